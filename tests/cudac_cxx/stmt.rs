//! Random statements: declarations in every form of initialisation, loops, switches, jumps, assignments, references,
//! pointers, structured bindings and range-for.

use super::scope::{Array, Func, Gen, Obj, Param, Ret};
use super::ty::{Cat, Ty};

impl Gen {
    /// Adds `e` to the checksum.
    pub fn put(&mut self, d: u32) {
        if self.chance(5)
            && let Some(at) = self.any_record()
        {
            self.begin_full();
            let o = self.object(at, d.min(2));
            self.end_full();
            let s = self.sum.clone();
            self.line(format!("put({s}, {o});"));
            return;
        }
        let e = self.full(d);
        let s = self.sum.clone();
        self.line(format!("put({s}, {});", e.s));
    }

    pub fn block(&mut self, count: usize) {
        let m = self.mark();
        for _ in 0..count {
            self.statement();
        }
        self.leave(m);
    }

    fn full_to(&mut self, ty: Ty, d: u32) -> String {
        self.begin_full();
        let e = self.to(ty, d);
        self.end_full();
        e
    }

    fn condition(&mut self) -> String {
        let e = self.full(3);
        e.s
    }

    pub fn statement(&mut self) {
        self.cost += self.times;
        let deep = self.depth > 3;
        match self.r.below(if deep { 18 } else { 34 }) {
            0..=3 => self.declaration(),
            4 => self.reference(),
            5 => self.array(),
            6 | 7 => self.object_declaration(),
            8..=11 => self.change(),
            12..=14 => self.put(4),
            15 => self.lambda(),
            16 => self.object_change(),
            17 => self.array_change(),
            18..=21 => self.branch(),
            22..=24 => self.counted_loop(),
            25 => self.while_loop(),
            26 | 27 => self.switch(),
            28 => self.range_for(),
            29 => self.bindings(),
            30 => self.jump(),
            31 => {
                self.open("");
                self.depth += 1;
                self.block(3);
                self.depth -= 1;
                self.close("");
            }
            32 => self.pointers(),
            _ => self.changing_call(),
        }
    }

    pub fn declaration(&mut self) {
        let ty = self.ty();
        let name = self.name("v");
        let spelled = self.spell(ty);
        let e = self.full_to(ty, 4);
        let constant = self.chance(4);
        let text = match self.r.below(9) {
            0 => format!("{spelled} {name}(({e}));"),
            1 => format!("{spelled} {name}{{cv<{}>({e})}};", ty.name()),
            2 => format!("auto {name} = cv<{}>({e});", ty.name()),
            3 if !constant => format!("{spelled} {name}; {name} = {e};"),
            4 => format!("decltype(({})1) {name} = {e};", ty.name()),
            5 if constant => format!("{spelled} const {name} = {e};"),
            6 => {
                let text = format!("{spelled} {name} = {e}, {name}b = {name};", spelled = spelled);
                self.line(if constant { format!("const {text}") } else { text });
                self.add_var(format!("{name}b"), ty, !constant, true);
                self.add_var(name, ty, !constant, true);
                return;
            }
            _ if ty.cat() == Cat::Int && self.chance(6) => {
                let c = self.constant(3);
                self.line(format!("constexpr {spelled} {name} = ({})({c});", ty.name()));
                self.line(format!("static_assert({name} == ({})({c}), \"\");", ty.name()));
                self.add_var(name, ty, false, true);
                return;
            }
            _ => format!("{spelled} {name} = {e};"),
        };
        self.line(if constant && !text.contains("const ") { format!("const {text}") } else { text });
        self.add_var(name, ty, !constant, true);
    }

    /// A reference to something in scope, or to a temporary.
    fn reference(&mut self) {
        let name = self.name("r");
        let mutable: Vec<usize> = (0..self.vars.len()).filter(|&i| self.vars[i].mutable).collect();
        match self.r.below(4) {
            0 if !mutable.is_empty() => {
                let at = self.pick(&mutable);
                let (text, ty) = (self.vars[at].text.clone(), self.vars[at].ty);
                self.vars[at].owned = false;
                let how = self.pick(&["T &", "auto &", "auto &&"]).replace('T', ty.name());
                self.line(format!("{how}{name} = {text};"));
                self.add_var(name, ty, true, false);
            }
            1 if !mutable.is_empty() => {
                let at = self.pick(&mutable);
                let (text, ty) = (self.vars[at].text.clone(), self.vars[at].ty);
                self.vars[at].owned = false;
                self.line(format!("{} *{name} = &{text};", ty.name()));
                let deref = self.pick(&["(*P)", "P[0]", "(*&*P)"]).replace('P', &name);
                self.add_var(deref, ty, true, false);
            }
            2 if !self.arrays.is_empty() => {
                let arrays: Vec<Array> = self.arrays.iter().filter(|a| a.mutable).cloned().collect();
                if arrays.is_empty() {
                    return;
                }
                let a = self.pick(&arrays);
                if a.real && self.chance(2) {
                    self.line(format!("{} (&{name})[{}] = {};", a.ty.name(), a.len, a.text));
                    self.arrays.push(Array { text: name, ..a });
                } else {
                    self.line(format!("{} *{name} = {};", a.ty.name(), a.text));
                    self.arrays.push(Array { text: name, real: false, ..a });
                }
            }
            _ => {
                let ty = self.ty();
                let e = self.full_to(ty, 3);
                let how = self.pick(&["const T &", "T &&", "const auto &"]);
                let e = if how.contains("auto") {
                    format!("cv<{}>({e})", ty.name())
                } else {
                    format!("({})({e})", ty.name())
                };
                self.line(format!("{}{name} = {e};", how.replace('T', ty.name())));
                self.add_var(name, ty, how == "T &&", true);
            }
        }
    }

    fn array(&mut self) {
        let name = self.name("t");
        let ty = self.ty();
        let len = 1 + self.r.below(6);
        if self.chance(4) && len > 1 {
            // Rows of a table.
            let rows = 2 + self.r.below(2);
            let init: Vec<String> = (0..rows)
                .map(|_| {
                    let v: Vec<String> =
                        (0..len).map(|_| format!("cv<{}>({})", ty.name(), self.full_to(ty, 1))).collect();
                    format!("{{{}}}", v.join(", "))
                })
                .collect();
            self.line(format!("{} {name}[{rows}][{len}] = {{{}}};", ty.name(), init.join(", ")));
            for row in 0..rows {
                self.arrays.push(Array {
                    text: format!("{name}[{row}]"),
                    ty,
                    len,
                    mutable: true,
                    real: true,
                });
            }
            let row = self.name("w");
            self.line(format!("{} (*{row})[{len}] = {name} + 1;", ty.name()));
            self.arrays.push(Array { text: format!("{row}[-1]"), ty, len, mutable: true, real: true });
            return;
        }
        let given = if self.chance(3) { 1 + self.r.below(len) } else { len };
        let v: Vec<String> =
            (0..given).map(|_| format!("cv<{}>({})", ty.name(), self.full_to(ty, 2))).collect();
        let size = if given == len && self.chance(3) { String::new() } else { format!("{len}") };
        let eq = self.pick(&["", " ="]);
        self.line(format!("{} {name}[{size}]{eq} {{{}}};", ty.name(), v.join(", ")));
        self.arrays.push(Array { text: name, ty, len, mutable: true, real: true });
    }

    fn object_declaration(&mut self) {
        let Some(at) = self.any_record() else { return self.declaration() };
        let name = self.name("o");
        let rec = self.recs[at].name.clone();
        self.begin_full();
        let text = match self.r.below(6) {
            0 if self.recs[at].aggregate => {
                let eq = self.pick(&[" = ", ""]);
                format!("{rec} {name}{eq}{};", self.braces(at, 2))
            }
            1 => format!("auto {name} = {};", self.object(at, 3)),
            2 => format!("{rec} {name}(({}));", self.object(at, 2)),
            3 => format!("{rec} {name}{{{}}};", self.fresh(at, 2)),
            4 => format!("{rec} {name}{{}}; {name} = {};", self.object(at, 2)),
            _ => format!("{rec} {name} = {};", self.object(at, 3)),
        };
        self.end_full();
        self.line(text);
        match self.r.below(5) {
            0 => {
                let p = self.name("p");
                self.line(format!("{rec} *{p} = &{name};"));
                self.objs.push(Obj { text: format!("(*{p})"), rec: at, mutable: true });
                self.objs.push(Obj { text: format!("{p}[0]"), rec: at, mutable: true });
            }
            1 => {
                let p = self.name("p");
                self.line(format!("const {rec} &{p} = {name};"));
                self.objs.push(Obj { text: p, rec: at, mutable: false });
            }
            2 => {
                let a = self.name("y");
                let n = 2 + self.r.below(3);
                self.line(format!("{rec} {a}[{n}] = {{{name}, {name}}};"));
                for i in 0..2 {
                    self.objs.push(Obj { text: format!("{a}[{i}]"), rec: at, mutable: true });
                }
            }
            _ => {}
        }
        self.objs.push(Obj { text: name, rec: at, mutable: true });
    }

    /// Something in scope is assigned to.
    fn change(&mut self) {
        let places: Vec<(String, Ty)> =
            self.vars.iter().filter(|v| v.mutable).map(|v| (v.text.clone(), v.ty)).collect();
        let place = match self.r.below(4) {
            0 => self.field(true),
            _ if places.is_empty() => self.field(true),
            _ => Some(self.pick(&places)),
        };
        let Some((text, ty)) = place else { return self.declaration() };
        // The place is read and written only by the assignment itself.
        if ty != Ty::Bool && !ty.is_param() && self.chance(4) {
            let form = self.pick(&["V++;", "++V;", "V--;", "--V;"]);
            self.line(form.replace('V', &text));
            return;
        }
        self.begin_full();
        let busy: Vec<usize> = (0..self.vars.len()).filter(|&i| self.vars[i].text == text).collect();
        busy.iter().for_each(|&i| self.vars[i].touched = true);
        let e = self.assignment(&text, ty, 4);
        self.end_full();
        // The masked form names the place twice, and so its index's effects.
        if e.contains(" &= 63, ") && text.contains('[') {
            return self.put(3);
        }
        self.line(format!("{e};"));
    }

    fn array_change(&mut self) {
        let arrays: Vec<Array> = self.arrays.iter().filter(|a| a.mutable).cloned().collect();
        if arrays.is_empty() {
            return self.array();
        }
        let a = self.pick(&arrays);
        self.begin_full();
        let i = self.index(a.len, 1);
        let e = self.assignment(&format!("{}[{i}]", a.text), a.ty, 3);
        self.end_full();
        if e.contains(" &= 63, ") {
            return self.put(3);
        }
        self.line(format!("{e};"));
    }

    fn object_change(&mut self) {
        let objs: Vec<Obj> = self.objs.iter().filter(|o| o.mutable).cloned().collect();
        if objs.is_empty() {
            return self.object_declaration();
        }
        let o = self.pick(&objs);
        let rec = self.recs[o.rec].clone();
        self.begin_full();
        let text = match self.r.below(5) {
            0 | 1 if !rec.compound.is_empty() => {
                let (op, _) = self.pick(&rec.compound);
                format!("{} {op} {};", o.text, self.object(o.rec, 2))
            }
            2 if rec.steps => self.pick(&["V++;", "++V;", "--V;", "V--;", "++++V;"]).replace('V', &o.text),
            3 if rec.index.is_some() => {
                let (ty, _) = rec.index.unwrap_or_default();
                let i = self.int(1);
                format!("{}[(int)({i})] = {};", o.text, self.to(ty, 2))
            }
            _ => format!("{} = {};", o.text, self.object(o.rec, 3)),
        };
        self.end_full();
        self.line(text);
    }

    fn branch(&mut self) {
        self.depth += 1;
        let m = self.mark();
        let with_init = self.chance(5);
        if with_init {
            let (ty, name) = (self.plain_ty(), self.name("v"));
            let e = self.full_to(ty, 3);
            self.open(format!("if ({} {name} = {e}; {name})", ty.name()));
            self.add_var(name, ty, true, true);
        } else if self.chance(6) {
            let (ty, name) = (self.plain_ty(), self.name("v"));
            let e = self.full_to(ty, 3);
            self.open(format!("if ({} {name} = {e})", ty.name()));
            self.add_var(name, ty, true, true);
        } else {
            let c = self.condition();
            self.open(format!("if ({c})"));
        }
        let n = 1 + self.r.below(3);
        self.block(n);
        if self.chance(2) {
            self.indent -= 1;
            if self.chance(3) {
                let c = self.condition();
                self.open(format!("}} else if ({c})"));
                self.block(1);
                self.indent -= 1;
            }
            self.open("} else");
            self.block(2);
        }
        self.close("");
        self.leave(m);
        self.depth -= 1;
    }

    fn loop_body(&mut self, rounds: u64) {
        let (times, in_loop) = (self.times, self.in_loop);
        self.times *= rounds;
        self.in_loop = true;
        self.depth += 1;
        let n = 1 + self.r.below(3);
        let m = self.mark();
        self.block(n);
        if self.chance(3) {
            let c = self.condition();
            let how = self.pick(&["break", "continue"]);
            self.line(format!("if ({c}) {how};"));
            self.put(2);
        }
        self.leave(m);
        self.depth -= 1;
        (self.times, self.in_loop) = (times, in_loop);
    }

    fn counted_loop(&mut self) {
        if self.times > 40 {
            return self.put(3);
        }
        let m = self.mark();
        let rounds = 1 + self.r.below(5) as u64;
        let i = self.name("i");
        let ty = self.pick(&[Ty::Int, Ty::UInt, Ty::Short, Ty::UChar, Ty::LLong, Ty::Char, Ty::Float]);
        let head = match self.r.below(4) {
            0 => format!("for ({} {i} = {rounds}; {i} > 0; --{i})", ty.name()),
            1 => format!("for ({} {i} = 0, {i}e = {rounds}; {i} < {i}e; {i} += 1)", ty.name()),
            2 => {
                let e = self.int(1);
                format!("for ({} {i} = 0; {i} < (({e}) & 3) + 1; {i}++)", ty.name())
                    .replace(&format!("(({e}) & 3) + 1"), &format!("{rounds}"))
            }
            _ => format!("for ({} {i} = 0; {i} < {rounds}; {i}++)", ty.name()),
        };
        self.open(head);
        self.add_var(&i, ty, false, true);
        self.loop_body(rounds);
        self.close("");
        self.leave(m);
    }

    fn while_loop(&mut self) {
        if self.times > 40 {
            return self.put(3);
        }
        let m = self.mark();
        let n = self.name("n");
        let rounds = 1 + self.r.below(4) as u64;
        let ty = self.pick(&[Ty::Int, Ty::UInt, Ty::UChar]);
        let e = self.full(3);
        let e = self.as_int(e);
        self.line(format!("{} {n} = ({e}) & 3;", ty.name()));
        self.add_var(&n, ty, false, true);
        if self.chance(2) {
            let c = self.condition();
            self.open(format!("while ({n}-- > 0 && ({c}))"));
            self.loop_body(rounds);
            self.close("");
        } else {
            self.open("do");
            self.loop_body(rounds + 1);
            self.close(&format!(" while ({n}-- > 0);"));
        }
        self.leave(m);
    }

    fn switch(&mut self) {
        self.depth += 1;
        let e = self.full(3);
        let e = self.as_int(e);
        let negative = self.chance(3);
        let head = match self.r.below(3) {
            _ if negative => format!("switch ((int)({e}) % 5)"),
            0 => format!("switch (auto x = {e}; x & 7)"),
            _ => format!("switch (({e}) & 7)"),
        };
        self.open(head);
        let mut labels: Vec<i32> = if negative { (-4..5).collect() } else { (0..8).collect() };
        self.r.shuffle(&mut labels);
        let arms = 2 + self.r.below(4);
        let default_at = self.r.below(arms + 1);
        let in_loop = std::mem::replace(&mut self.in_loop, false);
        for arm in 0..arms {
            if arm == default_at {
                self.line("default:");
            }
            if let Some(label) = labels.pop() {
                self.line(format!("case {label}:"));
            }
            if labels.len() > arms && self.chance(4) {
                let label = labels.remove(0);
                self.line(format!("case {label}:"));
            }
            self.open("");
            self.block(2);
            self.close("");
            if !self.chance(3) {
                self.line("break;");
            }
        }
        self.close("");
        self.in_loop = in_loop;
        self.depth -= 1;
    }

    fn range_for(&mut self) {
        let real: Vec<Array> = self.arrays.iter().filter(|a| a.real).cloned().collect();
        if real.is_empty() || self.times > 40 {
            return self.array();
        }
        let a = self.pick(&real);
        let m = self.mark();
        let i = self.name("e");
        let how =
            if a.mutable { self.pick(&["auto ", "auto &", "const auto &", "auto &&"]) } else { "auto " };
        self.open(format!("for ({how}{i} : {})", a.text));
        self.add_var(&i, a.ty, how != "const auto &", how == "auto ");
        self.loop_body(a.len as u64);
        self.close("");
        self.leave(m);
    }

    fn bindings(&mut self) {
        let flat: Vec<usize> =
            (0..self.recs.len()).filter(|&i| self.recs[i].aggregate && !self.has_bits(i)).collect();
        if flat.is_empty() {
            return self.declaration();
        }
        let at = self.pick(&flat);
        let rec = self.recs[at].clone();
        let names: Vec<String> = (0..rec.fields.len() + rec.inner.len()).map(|_| self.name("b")).collect();
        self.begin_full();
        let o = self.object(at, 2);
        self.end_full();
        let how = self.pick(&["auto ", "const auto &", "auto &&", "const auto "]);
        // A method may return a reference into a temporary.
        let o = if how.contains('&') { format!("{}({o})", rec.name) } else { o };
        self.line(format!("{how}[{}] = {o};", names.join(", ")));
        for (f, n) in rec.fields.iter().zip(names.iter().take(rec.fields.len())) {
            match f.array {
                // Neither a bit-field nor, in C++17, any binding can be captured: a copy stands for it from here on.
                None => {
                    let copy = self.name("v");
                    let sum = self.sum.clone();
                    if how == "auto " && f.bits.is_none() {
                        let e = self.full_to(f.ty, 2);
                        self.line(format!("{n} = {e};"));
                    }
                    self.line(format!("auto {copy} = {n}; put({sum}, {n});"));
                    self.add_var(copy, f.ty, true, true);
                }
                Some(len) => {
                    let sum = self.sum.clone();
                    self.line(format!("for (auto x : {n}) put({sum}, x); put({sum}, {n}[{}]);", len - 1));
                }
            }
        }
        for ((_, i), n) in rec.inner.iter().zip(names.iter().skip(rec.fields.len())) {
            let copy = self.name("o");
            self.line(format!("auto {copy} = {n};"));
            self.objs.push(Obj { text: copy, rec: *i, mutable: true });
        }
    }

    /// Bindings of bit-fields are not supported.
    fn has_bits(&self, rec: usize) -> bool {
        self.recs[rec].fields.iter().any(|f| f.bits.is_some())
    }

    /// Forward and bounded backward jumps.
    fn jump(&mut self) {
        let (l, n) = (self.name("l"), self.name("n"));
        let c = self.condition();
        if self.chance(2) || self.times > 40 {
            self.line(format!("if ({c}) goto {l};"));
            self.open("");
            self.block(2);
            self.close("");
            self.line(format!("{l}:;"));
            return;
        }
        self.open("");
        self.line(format!("int {n} = 0;"));
        self.line(format!("{l}:"));
        self.open("");
        let times = self.times;
        self.times *= 3;
        self.depth += 1;
        self.block(2);
        self.depth -= 1;
        self.times = times;
        self.close("");
        self.line(format!("if (++{n} < 3 && ({c})) goto {l};"));
        self.close("");
    }

    fn pointers(&mut self) {
        let arrays: Vec<Array> = self.arrays.iter().filter(|a| a.len > 1).cloned().collect();
        if arrays.is_empty() {
            return self.array();
        }
        let a = self.pick(&arrays);
        let (p, q) = (self.name("p"), self.name("q"));
        let c = if a.mutable { "" } else { "const " };
        let k = self.index(a.len, 1);
        let ty = a.ty.name();
        let sum = self.sum.clone();
        self.line(format!("{c}{ty} *{p} = {} + ({k}), **{q} = &{p};", a.text));
        self.line(format!(
            "put({sum}, (*{q})[0]); put({sum}, {p} - {}); put({sum}, {p} < {} + 1);",
            a.text, a.text
        ));
        self.line(format!("{p} = {};", a.text));
        let line = match self.r.below(4) {
            0 => format!("while ({p} != {} + {}) put({sum}, *{p}++);", a.text, a.len),
            1 => format!("{p} += {}; put({sum}, *--*{q}); put({sum}, {p}[-1]);", a.len),
            2 => format!("put({sum}, *++{p}); put({sum}, (*{q})[-1]);"),
            _ => format!("for ({c}{ty} *z = *{q}, *ze = z + {}; z < ze; ++z) put({sum}, z[0]);", a.len),
        };
        self.line(line);
    }

    /// A function that changes what it is given.
    fn changing_call(&mut self) {
        let times = self.times;
        let fits: Vec<Func> = self
            .funcs
            .iter()
            .filter(|f| {
                f.cost * times < 1500
                    && f.params.iter().any(|p| matches!(p, Param::RefRec(_) | Param::Ref(_)))
            })
            .cloned()
            .collect();
        if fits.is_empty() {
            return self.put(3);
        }
        let f = self.pick(&fits);
        self.begin_full();
        let mut given = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for p in &f.params {
            match p {
                Param::RefRec(rec) => {
                    let objs: Vec<String> = self
                        .objs
                        .iter()
                        .filter(|o| o.rec == *rec && o.mutable && !taken.contains(&o.text))
                        .map(|o| o.text.clone())
                        .collect();
                    if objs.is_empty() {
                        self.end_full();
                        return self.object_declaration();
                    }
                    let o = self.pick(&objs);
                    taken.push(o.clone());
                    given.push(o);
                }
                other => match self.arguments(&[*other], 0, f.exact, 1) {
                    Some(a) => given.push(a),
                    None => {
                        self.end_full();
                        return self.declaration();
                    }
                },
            }
        }
        self.end_full();
        self.cost += f.cost * self.times;
        let call = format!("{}({})", f.call, given.join(", "));
        let sum = self.sum.clone();
        match f.ret {
            Ret::Scalar(_) if taken.is_empty() => self.line(format!("put({sum}, {call});")),
            _ => self.line(format!("{call};")),
        }
    }

    /// A named closure, called by later expressions.
    fn lambda(&mut self) {
        let name = self.name("g");
        let params: Vec<Ty> = (0..self.r.below(3)).map(|_| self.plain_ty()).collect();
        let generic = !params.is_empty() && self.chance(4);
        let capture = self.pick(&["[&]", "[=]"]);
        let m = self.mark();
        let was: Vec<(bool, bool)> = self.vars.iter().map(|v| (v.mutable, v.touched)).collect();
        self.vars.iter_mut().for_each(|v| {
            v.mutable = false;
            v.touched = false;
            v.busy = false;
        });
        let mut list = Vec::new();
        for ty in &params {
            let a = self.name("a");
            list.push(if generic { format!("auto {a}") } else { format!("{} {a}", ty.name()) });
            let ty = if generic { Ty::Param("auto") } else { *ty };
            self.add_var(a, ty, !generic, true);
        }
        // `auto` is no type to convert to.
        self.vars.iter_mut().filter(|v| v.ty == Ty::Param("auto")).for_each(|v| v.mutable = false);
        let ret = self.plain_ty();
        let (times, cost) = (self.times, self.cost);
        (self.times, self.cost) = (1, 1);
        let depth = std::mem::replace(&mut self.depth, 4);
        let (arrays, objs): (Vec<bool>, Vec<bool>) =
            (self.arrays.iter().map(|a| a.mutable).collect(), self.objs.iter().map(|o| o.mutable).collect());
        self.arrays.iter_mut().for_each(|a| a.mutable = false);
        self.objs.iter_mut().for_each(|o| o.mutable = false);
        let body = self.full_to(ret, 4);
        self.depth = depth;
        let spent = self.cost;
        (self.times, self.cost) = (times, cost);
        let used: Vec<bool> = self.vars.iter().map(|v| v.touched).collect();
        self.leave(m);
        self.arrays.iter_mut().zip(arrays).for_each(|(a, m)| a.mutable = m);
        self.objs.iter_mut().zip(objs).for_each(|(o, m)| o.mutable = m);
        for ((v, (mutable, touched)), used) in self.vars.iter_mut().zip(was).zip(used) {
            v.mutable = mutable;
            v.touched = touched;
            if used && capture == "[&]" {
                v.owned = false;
            }
        }
        let arrow = if self.chance(2) {
            format!(" -> {} {{ return {body}; }}", ret.name())
        } else {
            format!(" {{ return ({})({body}); }}", ret.name())
        };
        self.line(format!("auto {name} = {capture}({}){arrow};", list.join(", ")));
        self.funcs.push(Func {
            call: name,
            params: params.into_iter().map(Param::Value).collect(),
            defaults: 0,
            ret: Ret::Scalar(ret.cat()),
            cost: spent + 1,
            exact: generic,
        });
    }
}
