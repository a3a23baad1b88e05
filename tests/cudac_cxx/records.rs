//! Structs with constructors, methods, operators and conversions, and what expressions make of their objects.

use super::scope::{Field, Func, Gen, Param, Rec, Ret, Rhs};
use super::ty::{Cat, Expr, SCALARS, Ty};

/// How a record is written: under its name, or as a class template with type parameters.
pub struct Style {
    pub template: bool,
}

impl Gen {
    /// Declares a struct or a class template with some of its instances.
    pub fn record(&mut self, style: Style) {
        let name = self.name(if style.template { "G" } else { "S" });
        let dependent = Ty::Param("T");
        let mut fields = Vec::new();
        for i in 0..1 + self.r.below(4) {
            let ty = if style.template && self.chance(2) { dependent } else { self.plain_ty() };
            // g++ makes types of their own of bit-fields wider than `int`.
            let bits = if ty.cat() == Cat::Int && ty.bits() <= 32 && self.chance(4) {
                Some(if ty == Ty::Bool { 1 } else { 1 + self.r.below(ty.bits() as usize) as u32 })
            } else {
                None
            };
            let array = (bits.is_none() && self.chance(6)).then(|| 2 + self.r.below(3));
            fields.push(Field { name: format!("m{i}"), ty, bits, array });
        }
        let mut inner = Vec::new();
        let plain: Vec<usize> = (0..self.recs.len()).filter(|&i| self.recs[i].inner.is_empty()).collect();
        if !plain.is_empty() && self.chance(3) {
            inner.push(("in".to_owned(), self.pick(&plain)));
        }
        let aggregate = self.chance(3);
        let own = if style.template { "G_self".to_owned() } else { name.clone() };
        let mut rec = Rec {
            name: name.clone(),
            fields,
            inner,
            ctors: Vec::new(),
            aggregate,
            methods: Vec::new(),
            binary: Vec::new(),
            compound: Vec::new(),
            unary: Vec::new(),
            steps: false,
            index: None,
            call: None,
            converts: Vec::new(),
            with: None,
        };
        if style.template {
            let value = if self.chance(2) { "int N = 3" } else { "int N" };
            let extra = if self.chance(2) { "class" } else { "typename" };
            self.line(format!("template <{extra} T, {value}>"));
            self.params = vec!["T"];
        }
        let key = if self.chance(4) { "class" } else { "struct" };
        self.open(format!("{key} {name}"));
        if key == "class" {
            self.line("public:");
        }
        if style.template {
            self.line(format!("using G_self = {name};"));
            self.line("using value_type = T;");
            self.line("static constexpr int size = N + 1;");
        }
        self.fields(&rec);
        let (body, _) = self.isolated(|g| {
            g.member_names(&rec);
            if style.template {
                g.atoms.push(Expr::int("N"));
                g.atoms.push(Expr::int("(size * 2)"));
            }
            g.aside(|g| {
                g.constructors(&mut rec, &name);
                g.methods(&mut rec, &own);
                g.operators(&mut rec, &own);
            })
        });
        self.out.push_str(&body);
        self.close(";");
        self.params.clear();
        self.free_operators(&mut rec, &name, style.template);
        if style.template {
            for _ in 0..2 + self.r.below(2) {
                let ty = self.plain_ty();
                let n = self.constant(2);
                let full = format!("{name}<{}, (({n}) & 7)>", ty.name());
                if self.recs.iter().all(|r| r.name != full) {
                    let instance = instance(&rec, full.clone(), ty);
                    self.atoms.push(Expr::int(format!("{full}::size")));
                    self.recs.push(instance);
                }
            }
        } else {
            self.recs.push(rec);
        }
    }

    fn fields(&mut self, rec: &Rec) {
        for f in rec.fields.clone() {
            let ty = self.spell(f.ty);
            let init = if rec.aggregate || f.bits.is_some() || self.chance(2) {
                String::new()
            } else {
                match f.array {
                    Some(_) => " = {}".to_owned(),
                    None => format!(" = {}", self.exact_literal(f.ty)),
                }
            };
            let tail = match (f.bits, f.array) {
                (Some(b), _) => format!(" : {b}"),
                (_, Some(n)) => format!("[{n}]"),
                _ => String::new(),
            };
            self.line(format!("{ty} {}{tail}{init};", f.name));
        }
        for (name, i) in &rec.inner {
            let ty = self.recs[*i].name.clone();
            self.line(format!("{ty} {name};"));
        }
    }

    fn constructors(&mut self, rec: &mut Rec, name: &str) {
        if rec.aggregate {
            return;
        }
        let zero: Vec<String> = rec
            .fields
            .iter()
            .map(|f| if f.array.is_some() { format!("{}{{}}", f.name) } else { format!("{}(1)", f.name) })
            .chain(rec.inner.iter().map(|(n, _)| format!("{n}()")))
            .collect();
        // Objects of records that have no default constructor of their own are value-initialised.
        self.line(format!("__device__ {name}() : {} {{}}", zero.join(", ")));
        rec.ctors.push(Vec::new());
        let count = 1 + self.r.below(2);
        for params in 1..=count {
            let types: Vec<Ty> = (0..params).map(|_| self.plain_ty()).collect();
            let m = self.mark();
            self.vars.clear();
            let list: Vec<String> =
                types.iter().enumerate().map(|(i, t)| format!("{} a{i}", t.name())).collect();
            for (i, t) in types.iter().enumerate() {
                self.add_var(format!("a{i}"), *t, false, false);
            }
            let mut inits = Vec::new();
            for f in rec.fields.clone() {
                inits.push(match f.array {
                    None => format!("{}({})", f.name, self.full_of(f.ty, 1)),
                    Some(_) => {
                        let e = self.full_of(f.ty, 1);
                        format!("{}{{cv<{}>({e})}}", f.name, f.ty.name())
                    }
                });
            }
            inits.extend(rec.inner.iter().map(|(n, _)| format!("{n}()")));
            let explicit = if self.chance(2) { "explicit " } else { "" };
            self.line(format!(
                "__device__ {explicit}{name}({}) : {} {{}}",
                list.join(", "),
                inits.join(", ")
            ));
            rec.ctors.push(types);
            self.leave(m);
            self.vars.clear();
            self.member_names(rec);
        }
    }

    /// Fields as methods see them.
    fn member_names(&mut self, rec: &Rec) {
        for f in &rec.fields {
            if f.array.is_none() {
                let plus = f.bits.is_some() && f.ty.bits() >= 32;
                let text = if plus { format!("(+{})", f.name) } else { f.name.clone() };
                self.add_var(text, f.ty, false, false);
            }
        }
    }

    fn full_of(&mut self, ty: Ty, d: u32) -> String {
        self.begin_full();
        let e = self.to(ty, d);
        self.end_full();
        e
    }

    fn methods(&mut self, rec: &mut Rec, own: &str) {
        for _ in 0..self.r.below(3) {
            let name = self.name("f");
            let ty = self.ty();
            let arg = self.plain_ty();
            let m = self.mark();
            self.add_var("a", arg, true, true);
            let e = self.full_of(ty, 3);
            self.leave(m);
            let constant = self.chance(2);
            let kind = self.r.below(4);
            if kind == 0 {
                let ret = ty.name();
                self.line(format!(
                    "__device__ static {ret} {name}({} a) {{ return cv<{ret}>(a); }}",
                    arg.name()
                ));
            } else {
                let tail = if constant { " const" } else { "" };
                self.line(format!(
                    "__device__ {} {name}({} a){tail} {{ return {e}; }}",
                    ty.name(),
                    arg.name()
                ));
                if constant && kind == 1 {
                    // The same for objects that may change: another body.
                    let f = rec.fields[0].clone();
                    if f.array.is_none() && f.ty != Ty::Bool {
                        self.line(format!(
                            "__device__ {} {name}({} a) {{ {}++; return ({})(({})3 + {}); }}",
                            ty.name(),
                            arg.name(),
                            f.name,
                            ty.name(),
                            ty.name(),
                            "cv<".to_owned() + ty.name() + ">(a)"
                        ));
                        // Which changes the object: called in statements only.
                        continue;
                    }
                }
            }
            let f = Func {
                call: name,
                params: vec![Param::Value(arg)],
                defaults: 0,
                ret: Ret::Scalar(ty.cat()),
                cost: 3,
                exact: false,
            };
            rec.methods.push((f, constant || kind == 0));
        }
        if self.chance(3) && rec.fields[0].array.is_none() && rec.fields[0].bits.is_none() {
            let name = self.name("with");
            let f = rec.fields[0].clone();
            self.line(format!(
                "__device__ {own} &{name}({} v) {{ {} = v; return *this; }}",
                f.ty.name(),
                f.name
            ));
            self.line(format!(
                "__device__ {own} {name}(int v, int w) const {{ {own} r(*this); r.{} = ({})((v & 15) + (w & 7)); return r; }}",
                f.name, f.ty.name()
            ));
            rec.with = Some((name, f.ty));
        }
    }

    /// `r.m = <of this and o>` for every field.
    fn fieldwise(&mut self, rec: &Rec, other: &str) -> String {
        let mut text = String::new();
        for f in &rec.fields {
            let (n, ty) = (&f.name, f.ty.name());
            let places: Vec<String> = match f.array {
                None => vec![n.clone()],
                Some(k) => (0..k).map(|i| format!("{n}[{i}]")).collect(),
            };
            for p in places {
                let op = self.pick(&["+", "-", "*"]);
                let rhs = if other.is_empty() { "3".to_owned() } else { other.replace("#", &p) };
                text.push_str(&format!("r.{p} = cv<{ty}>(r.{p} {op} {rhs}); "));
            }
        }
        text
    }

    fn operators(&mut self, rec: &mut Rec, own: &str) {
        for op in ["+", "-", "*", "&", "^", "<<", "%", "|"] {
            if !self.chance(4) {
                continue;
            }
            let body = self.fieldwise(rec, "o.#");
            let by = self.pick(&["const X &o", "X o"]).replace('X', own);
            self.line(format!(
                "__device__ {own} operator{op}({by}) const {{ {own} r = *this; {body}return r; }}"
            ));
            rec.binary.push((op, Rhs::Same, Ret::Rec(usize::MAX)));
        }
        for op in ["+=", "-=", "*=", "<<=", "|="] {
            if self.chance(4) {
                let body = self.fieldwise(rec, "o.#");
                self.line(format!("__device__ {own} &operator{op}(const {own} &o) {{ {own} &r = *this; {body}return *this; }}"));
                rec.compound.push((op, Rhs::Same));
            }
        }
        for op in ["/", ">>", "+", "*"] {
            if self.chance(5) {
                let ty = self.plain_ty();
                let body = self.fieldwise(rec, "o");
                self.line(format!(
                    "__device__ {own} operator{op}({} o) const {{ {own} r = *this; {body}return r; }}",
                    ty.name()
                ));
                rec.binary.push((op, Rhs::Scalar(ty), Ret::Rec(usize::MAX)));
            }
        }
        for op in ["-", "~", "!", "+"] {
            if self.chance(5) {
                let body = self.fieldwise(rec, "");
                self.line(format!(
                    "__device__ {own} operator{op}() const {{ {own} r{{*this}}; {body}return r; }}"
                ));
                rec.unary.push((op, Ret::Rec(usize::MAX)));
            }
        }
        if self.chance(3) {
            let body = self.fieldwise(rec, "");
            self.line(format!("__device__ {own} &operator++() {{ {own} &r = *this; {body}return r; }}"));
            self.line(format!(
                "__device__ {own} operator++(int) {{ {own} old = *this; ++*this; return old; }}"
            ));
            self.line(format!(
                "__device__ {own} operator--(int) {{ {own} old(*this); {own} &r = *this; {body}return old; }}"
            ));
            self.line(format!("__device__ {own} &operator--() {{ (*this)--; return *this; }}"));
            rec.steps = true;
        }
        if let Some(f) = rec.fields.iter().find(|f| f.array.is_some()).cloned() {
            let n = f.array.unwrap_or(1);
            self.line(format!(
                "__device__ {} operator[](int i) const {{ return {}[(unsigned)i % {n}u]; }}",
                f.ty.name(),
                f.name
            ));
            self.line(format!(
                "__device__ {} &operator[](int i) {{ return {}[(unsigned)i % {n}u]; }}",
                f.ty.name(),
                f.name
            ));
            rec.index = Some((f.ty, n));
        }
        if self.chance(4) {
            let types = vec![self.plain_ty(), self.plain_ty()];
            let m = self.mark();
            self.add_var("a", types[0], false, false);
            self.add_var("b", types[1], false, false);
            let e = self.full_of(Ty::Double, 2);
            self.leave(m);
            self.line(format!(
                "__device__ double operator()({} a, {} b = 1) const {{ return {e}; }}",
                types[0].name(),
                types[1].name()
            ));
            rec.call = Some(types);
        }
        if self.chance(3) {
            let ty = self.plain_ty();
            let e = self.full_of(ty, 2);
            self.line(format!("__device__ explicit operator {}() const {{ return {e}; }}", ty.name()));
            rec.converts.push(ty);
        }
        if self.chance(3) && !rec.converts.contains(&Ty::Bool) {
            let e = self.full_of(Ty::Bool, 2);
            self.line(format!("__device__ explicit operator bool() const {{ return {e}; }}"));
            rec.converts.push(Ty::Bool);
        }
        for op in ["==", "<", "&&", ","] {
            if self.chance(5) {
                let f = rec.fields.iter().find(|f| f.array.is_none()).cloned();
                if let Some(f) = f {
                    let c = if op == "," { "+" } else { op };
                    let ty = if op == "," { "int" } else { "bool" };
                    self.line(format!(
                        "__device__ friend {ty} operator{op}(const {own} &a, const {own} &b) {{ return cv<{ty}>(a.{0} {c} b.{0}); }}",
                        f.name
                    ));
                    rec.binary.push((op, Rhs::Same, Ret::Scalar(Cat::Int)));
                }
            }
        }
    }

    /// Operators outside of the record, and its checksum.
    fn free_operators(&mut self, rec: &mut Rec, name: &str, template: bool) {
        let head = if template { "template <class T, int N> " } else { "" };
        let full = if template { format!("{name}<T, N>") } else { name.to_owned() };
        if self.chance(3) {
            let ty = self.plain_ty();
            let op = self.pick(&["+", "*", "-"]);
            let body = self.fieldwise(rec, "o");
            self.line(format!(
                "{head}__device__ {full} operator{op}({} o, const {full} &s) {{ {full} r = s; {body}return r; }}",
                ty.name()
            ));
            rec.binary.push((op, Rhs::Left(ty), Ret::Rec(usize::MAX)));
        }
        self.open(format!("{head}__device__ void put(Sum &s, const {full} &v)"));
        for f in &rec.fields.clone() {
            match f.array {
                None => self.line(format!("put(s, v.{});", f.name)),
                Some(n) => self.line(format!("for (int i = 0; i < {n}; i++) put(s, v.{}[i]);", f.name)),
            }
        }
        for (n, _) in &rec.inner {
            self.line(format!("put(s, v.{n});"));
        }
        self.line("put(s, sizeof(v));");
        self.close("");
    }

    /// A scalar place inside an object.
    pub fn field(&mut self, to_change: bool) -> Option<(String, Ty)> {
        let objs: Vec<_> = self.objs.iter().filter(|o| o.mutable || !to_change).cloned().collect();
        if objs.is_empty() {
            return None;
        }
        let o = self.pick(&objs);
        let mut rec = self.recs[o.rec].clone();
        let mut text = o.text;
        if !rec.inner.is_empty() && self.chance(3) {
            let (n, i) = rec.inner[0].clone();
            text = format!("{text}.{n}");
            rec = self.recs[i].clone();
        }
        let f = self.pick(&rec.fields);
        if f.array.is_some() {
            let i = self.index(f.array?, 1);
            return Some((format!("{text}.{}[{i}]", f.name), f.ty));
        }
        // Compilers do not agree on what a bit-field promotes to in `c ? a : b`, nor whether `b++` is still one.
        if f.bits.is_some() && f.ty.bits() >= 32 && !to_change {
            return Some((format!("(+{text}.{})", f.name), f.ty));
        }
        Some((format!("{text}.{}", f.name), f.ty))
    }

    /// A scalar made of an object.
    pub fn object_scalar(&mut self, d: u32) -> Expr {
        if self.recs.is_empty() {
            return self.atom();
        }
        let at = if self.objs.is_empty() || self.chance(3) {
            self.r.below(self.recs.len())
        } else {
            self.objs[self.r.below(self.objs.len())].rec
        };
        let rec = self.recs[at].clone();
        for _ in 0..3 {
            match self.r.below(6) {
                0 if !rec.methods.is_empty() => {
                    let (f, constant) = self.pick(&rec.methods);
                    let o = if constant { self.object(at, d.min(2)) } else { self.fresh(at, d.min(2)) };
                    let Some(args) = self.arguments(&f.params, 0, false, d.min(2)) else { continue };
                    let Ret::Scalar(c) = f.ret else { continue };
                    return Expr::new(format!("{o}.{}({args})", f.call), c);
                }
                1 if rec.index.is_some() => {
                    let (ty, _) = rec.index.unwrap_or((Ty::Int, 1));
                    let o = self.object(at, d.min(2));
                    let i = self.int(1);
                    return Expr::new(format!("{o}[(int)({i})]"), ty.cat());
                }
                2 if rec.call.is_some() => {
                    let types = rec.call.clone().unwrap_or_default();
                    let o = self.object(at, d.min(2));
                    let a = self.to(types[0], 1);
                    let b =
                        if self.chance(2) { format!(", {}", self.to(types[1], 1)) } else { String::new() };
                    return Expr::new(format!("{o}({a}{b})"), Cat::Float);
                }
                3 if !rec.converts.is_empty() => {
                    let ty = self.pick(&rec.converts);
                    let o = self.object(at, d.min(2));
                    if ty == Ty::Bool && self.chance(2) {
                        let (a, b) = (self.expr(1), self.expr(1));
                        return Expr::new(format!("({o} ? {} : {})", a.s, b.s), super::ty::both(a.c, b.c));
                    }
                    return Expr::new(format!("static_cast<{}>({o})", ty.name()), ty.cat());
                }
                4 => {
                    let ops: Vec<_> =
                        rec.binary.iter().filter(|b| matches!(b.2, Ret::Scalar(_))).copied().collect();
                    if ops.is_empty() {
                        continue;
                    }
                    let (op, _, _) = self.pick(&ops);
                    let (a, b) = (self.object(at, d.min(1)), self.object(at, d.min(1)));
                    return Expr::int(format!("({a} {op} {b})"));
                }
                _ => {
                    if let Some((text, ty)) = self.field(false) {
                        return Expr::new(text, ty.cat());
                    }
                }
            }
        }
        self.atom()
    }

    /// An object of this record.
    pub fn object(&mut self, at: usize, d: u32) -> String {
        let named: Vec<String> = self.objs.iter().filter(|o| o.rec == at).map(|o| o.text.clone()).collect();
        if !named.is_empty() && (d == 0 || self.chance(3)) {
            return self.pick(&named);
        }
        let rec = self.recs[at].clone();
        if d > 0 {
            let d = d - 1;
            match self.r.below(6) {
                0 | 1 => {
                    let ops: Vec<_> =
                        rec.binary.iter().filter(|b| matches!(b.2, Ret::Rec(_))).copied().collect();
                    if !ops.is_empty() {
                        let (op, rhs, _) = self.pick(&ops);
                        let a = self.object(at, d);
                        return match rhs {
                            Rhs::Same => format!("({a} {op} {})", self.object(at, d)),
                            Rhs::Scalar(ty) => format!("({a} {op} {})", self.exactly(ty, 1)),
                            Rhs::Left(ty) => format!("({} {op} {a})", self.exactly(ty, 1)),
                        };
                    }
                }
                2 if !rec.unary.is_empty() => {
                    let (op, _) = self.pick(&rec.unary);
                    return format!("({op}{})", self.object(at, d));
                }
                5 if rec.with.is_some() => {
                    let (f, ty) = rec.with.clone().unwrap_or_default();
                    return if self.chance(2) {
                        let (a, b) = (self.int(1), self.int(1));
                        format!("{}.{f}({a}, {b})", self.object(at, d))
                    } else {
                        let (new, v) = (self.fresh(at, d), self.to(ty, 1));
                        format!("{new}.{f}({v})")
                    };
                }
                3 => {
                    let c = self.expr(1);
                    let (a, b) = (self.object(at, d), self.object(at, d));
                    return format!("({} ? {a} : {b})", c.s);
                }
                4 => {
                    let times = self.times;
                    let makers: Vec<Func> = self
                        .funcs
                        .iter()
                        .filter(|f| f.ret == Ret::Rec(at) && f.cost * times < 1500)
                        .cloned()
                        .collect();
                    if !makers.is_empty() {
                        let f = self.pick(&makers);
                        if let Some(args) = self.arguments(&f.params, f.defaults, f.exact, d) {
                            self.cost += f.cost * self.times;
                            return format!("{}({args})", f.call);
                        }
                    }
                }
                _ => {}
            }
        }
        self.fresh(at, d)
    }

    /// A new object: constructed, or its fields in braces.
    pub fn fresh(&mut self, at: usize, d: u32) -> String {
        let rec = self.recs[at].clone();
        if rec.aggregate {
            return format!("{}{}", rec.name, self.braces(at, d));
        }
        let types = self.pick(&rec.ctors);
        let args: Vec<String> = types.iter().map(|t| self.exactly(*t, d.min(1))).collect();
        // `S()` in parentheses could be a function type.
        if !args.is_empty() && self.chance(2) {
            format!("{}({})", rec.name, args.join(", "))
        } else {
            format!("{}{{{}}}", rec.name, args.join(", "))
        }
    }

    /// The fields of an aggregate in braces, perhaps not all of them.
    pub fn braces(&mut self, at: usize, d: u32) -> String {
        let rec = self.recs[at].clone();
        let mut parts = Vec::new();
        let count = if self.chance(4) { self.r.below(rec.fields.len() + 1) } else { rec.fields.len() };
        for f in &rec.fields[..count] {
            let one = |g: &mut Gen| format!("cv<{}>({})", f.ty.name(), g.to(f.ty, d.min(1)));
            match f.array {
                Some(n) => {
                    let k = 1 + self.r.below(n);
                    let v: Vec<String> = (0..k).map(|_| one(self)).collect();
                    parts.push(format!("{{{}}}", v.join(", ")));
                }
                None => parts.push(one(self)),
            }
        }
        if count == rec.fields.len() && self.chance(2) {
            for (_, i) in &rec.inner {
                parts.push(self.object(*i, 1));
            }
        }
        format!("{{{}}}", parts.join(", "))
    }

    /// Some object, of a record at random.
    pub fn any_record(&mut self) -> Option<usize> {
        (!self.recs.is_empty()).then(|| self.r.below(self.recs.len()))
    }
}

/// A class template's instance for one argument.
fn instance(rec: &Rec, name: String, ty: Ty) -> Rec {
    let mut rec = rec.clone();
    rec.name = name;
    let swap = |t: &mut Ty| {
        if t.is_param() {
            *t = ty;
        }
    };
    rec.fields.iter_mut().for_each(|f| swap(&mut f.ty));
    if let Some((_, t)) = &mut rec.with {
        swap(t);
    }
    for (f, _) in &mut rec.methods {
        if f.ret == Ret::Scalar(Cat::Either) {
            f.ret = Ret::Scalar(ty.cat());
        }
    }
    if let Some((t, _)) = &mut rec.index {
        swap(t);
    }
    debug_assert!(rec.fields.iter().all(|f| SCALARS.contains(&f.ty)));
    rec
}
