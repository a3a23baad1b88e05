//! Random expressions: every operator and conversion, on every type, with calls, side effects and lambda expressions
//! among their operands. What C++ leaves undefined or in no order is avoided: divisors are made positive, shift counts
//! small, conversions go through `fit`, and what an expression changes is read nowhere else in it.

use super::scope::{Gen, Param, Ret};
use super::ty::{Cat, Expr, Ty, both};

impl Gen {
    /// An expression that is nobody's operand.
    pub fn full(&mut self, d: u32) -> Expr {
        self.begin_full();
        let e = self.expr(d);
        self.end_full();
        e
    }

    pub fn begin_full(&mut self) {
        if self.full_depth == 0 {
            for v in &mut self.vars {
                v.touched = false;
                v.busy = false;
            }
        }
        self.full_depth += 1;
    }

    pub fn end_full(&mut self) {
        self.full_depth -= 1;
        if self.full_depth == 0 {
            self.vars.iter_mut().for_each(|v| v.busy = false);
        }
    }

    pub fn expr(&mut self, d: u32) -> Expr {
        if d == 0 || self.chance(7) {
            return self.atom();
        }
        let d = d - 1;
        match self.r.below(30) {
            0..=5 => self.arithmetic(d),
            6 | 7 => self.bitwise(d),
            8 | 9 => self.comparison(d),
            10 => {
                let (a, b) = (self.expr(d), self.expr(d));
                let op = self.pick(&["&&", "||"]);
                Expr::int(format!("({} {op} {})", a.s, b.s))
            }
            11 | 12 => {
                let c = self.expr(d.min(2));
                let (a, b) = (self.expr(d), self.expr(d));
                Expr::new(format!("({} ? {} : {})", c.s, a.s, b.s), both(a.c, b.c))
            }
            13 | 14 => self.cast(d),
            15 => {
                let a = self.expr(d);
                if self.chance(3) {
                    return Expr::int(format!("(!{})", a.s));
                }
                if a.c == Cat::Int && self.chance(2) {
                    return Expr::int(format!("(~{})", a.s));
                }
                let op = self.pick(&["-", "+", "- -"]);
                Expr::new(format!("({op}{})", a.s), a.c)
            }
            16 | 17 => self.shift(d),
            18 | 19 => self.division(d),
            20 => {
                let (a, b) = (self.expr(d.min(1)), self.expr(d));
                Expr::new(format!("({}, {})", a.s, b.s), b.c)
            }
            21 => self.size_of(),
            22..=24 => self.call(d),
            25 | 26 => self.object_scalar(d),
            27 | 28 => self.effect(d),
            _ => self.immediate_lambda(d),
        }
    }

    /// An integer expression.
    pub fn int(&mut self, d: u32) -> String {
        let e = self.expr(d);
        self.as_int(e)
    }

    pub fn as_int(&mut self, e: Expr) -> String {
        if e.c == Cat::Int { e.s } else { format!("fit({})", e.s) }
    }

    /// An expression that converts to `ty` without harm; of whatever type itself.
    pub fn to(&mut self, ty: Ty, d: u32) -> String {
        let e = self.expr(d);
        self.convert(e, ty)
    }

    pub fn convert(&mut self, e: Expr, ty: Ty) -> String {
        match (ty.cat(), e.c) {
            _ if ty == Ty::Bool => e.s,
            (Cat::Float, _) | (_, Cat::Int) => e.s,
            (Cat::Int, Cat::Float) if self.chance(3) => {
                format!("{}({})", if self.chance(2) || ty == Ty::SChar { "lim_s" } else { "lim_u" }, e.s)
                    .replace("lim_s", if signed(ty) { "lim_s" } else { "lim_u" })
            }
            (Cat::Int, _) => format!("fit({})", e.s),
            _ => format!("cv<{}>({})", ty.name(), e.s),
        }
    }

    /// An expression of exactly this type.
    pub fn exactly(&mut self, ty: Ty, d: u32) -> String {
        if self.chance(3) {
            let same: Vec<usize> =
                (0..self.vars.len()).filter(|&i| self.vars[i].ty == ty && !self.vars[i].busy).collect();
            if !same.is_empty() {
                let i = self.pick(&same);
                self.vars[i].touched = true;
                return self.vars[i].text.clone();
            }
        }
        let e = self.to(ty, d);
        match self.r.below(3) {
            0 => format!("static_cast<{}>({e})", ty.name()),
            1 if !ty.name().contains(' ') => format!("{}({e})", ty.name()),
            _ => format!("(({})({e}))", ty.name()),
        }
    }

    pub fn atom(&mut self) -> Expr {
        for _ in 0..4 {
            match self.r.below(9) {
                0..=3 => {
                    if let Some(e) = self.variable() {
                        return e;
                    }
                }
                4 => {
                    if let Some((text, ty)) = self.element(1) {
                        return Expr::new(text, ty.cat());
                    }
                }
                5 => {
                    if let Some((text, ty)) = self.field(false) {
                        return Expr::new(text, ty.cat());
                    }
                }
                6 if !self.atoms.is_empty() => {
                    let atoms = self.atoms.clone();
                    return self.pick(&atoms);
                }
                _ => return self.literal(),
            }
        }
        self.literal()
    }

    pub fn variable(&mut self) -> Option<Expr> {
        let free: Vec<usize> = (0..self.vars.len()).filter(|&i| !self.vars[i].busy).collect();
        if free.is_empty() {
            return None;
        }
        // Those declared last are the most interesting.
        let at = if self.chance(2) {
            free[free.len() - 1 - self.r.below(free.len().min(4))]
        } else {
            self.pick(&free)
        };
        self.vars[at].touched = true;
        let v = &self.vars[at];
        Some(Expr::new(v.text.clone(), v.ty.cat()))
    }

    pub fn index(&mut self, len: usize, d: u32) -> String {
        let e = self.int(d.min(1));
        let e = if e.starts_with('[') { format!("({e})") } else { e };
        match self.r.below(4) {
            0 => format!("{}", self.r.below(len)),
            1 if len.is_power_of_two() => format!("{e} & {}", len - 1),
            2 => format!("(unsigned char)({e}) % {len}"),
            _ => format!("(unsigned)({e}) % {len}u"),
        }
    }

    /// An element of some array, as an lvalue.
    pub fn element(&mut self, d: u32) -> Option<(String, Ty)> {
        if self.arrays.is_empty() {
            return None;
        }
        let arrays = self.arrays.clone();
        let a = self.pick(&arrays);
        let i = self.index(a.len, d);
        let text = match self.r.below(6) {
            0 => format!("(*({} + ({i})))", a.text),
            1 => format!("({i})[{}]", a.text),
            2 => format!("(*(&{}[{}] - ({i})))", a.text, a.len - 1),
            _ => format!("{}[{i}]", a.text),
        };
        Some((text, a.ty))
    }

    pub fn arithmetic(&mut self, d: u32) -> Expr {
        let (a, b) = (self.expr(d), self.expr(d));
        let op = self.pick(&["+", "-", "*", "+", "-", "*"]);
        Expr::new(format!("({} {op} {})", a.s, b.s), both(a.c, b.c))
    }

    fn bitwise(&mut self, d: u32) -> Expr {
        let (a, b) = (self.int(d), self.int(d));
        let op = self.pick(&["&", "|", "^"]);
        Expr::int(format!("({a} {op} {b})"))
    }

    fn comparison(&mut self, d: u32) -> Expr {
        let (a, b) = (self.expr(d), self.expr(d));
        let op = self.pick(&["<", ">", "<=", ">=", "==", "!="]);
        Expr::int(format!("({} {op} {})", a.s, b.s))
    }

    fn shift(&mut self, d: u32) -> Expr {
        let (a, b) = (self.int(d), self.int(d));
        let op = self.pick(&["<<", ">>"]);
        let mask = self.pick(&[31, 31, 15, 7]);
        Expr::int(format!("({a} {op} ({b} & {mask}))"))
    }

    fn division(&mut self, d: u32) -> Expr {
        let a = self.expr(d);
        if a.c == Cat::Int {
            let (b, op) = (self.int(d), self.pick(&["/", "%"]));
            let mask = self.pick(&[127, 0xffff, 7]);
            return Expr::int(format!("({} {op} (({b} & {mask}) | 1))", a.s));
        }
        if a.c == Cat::Float {
            let b = self.expr(d);
            let b = if b.c == Cat::Int { format!("(({} & 63) | 1)", b.s) } else { b.s };
            let b = if b.starts_with("((") || !self.chance(2) { b } else { format!("(float){b}") };
            return Expr::new(format!("({} / ({b} + 0.5f))", a.s), Cat::Float);
        }
        let b = self.int(d);
        Expr::new(format!("({} / (({b} & 31) | 1))", a.s), Cat::Either)
    }

    fn cast(&mut self, d: u32) -> Expr {
        let ty = self.ty();
        let e = self.expr(d);
        if e.c == ty.cat() && self.chance(8) && !ty.is_param() && ty.cat() == Cat::Int && ty.bits() == 64 {
            return Expr::int(format!("{}{{({}) ({})}}", "u64", "u64", e.s));
        }
        let inner = self.convert(e, ty);
        let name = self.spell(ty);
        let text = match self.r.below(4) {
            0 => format!("static_cast<{name}>({inner})"),
            1 if !name.contains(' ') => format!("{name}({inner})"),
            2 => format!("cv<{name}>({inner})"),
            _ => format!("(({name})({inner}))"),
        };
        Expr::new(text, ty.cat())
    }

    fn size_of(&mut self) -> Expr {
        let text = match self.r.below(6) {
            0 => {
                let e = self.expr(1);
                // Neither a lambda expression nor a bit-field may stand there.
                if e.s.contains(['{', ']']) || e.s.contains(".m") || e.s.starts_with('m') {
                    "sizeof('x')".into()
                } else {
                    format!("sizeof({})", e.s)
                }
            }
            1 if !self.recs.is_empty() => {
                let i = self.r.below(self.recs.len());
                let what = self.pick(&["sizeof", "alignof"]);
                format!("{what}({})", self.recs[i].name)
            }
            2 => {
                let real: Vec<String> =
                    self.arrays.iter().filter(|a| a.real).map(|a| a.text.clone()).collect();
                if real.is_empty() {
                    "sizeof(int[3])".into()
                } else {
                    let a = self.pick(&real);
                    format!("(sizeof({a}) / sizeof {a}[0])")
                }
            }
            _ => {
                let ty = self.ty();
                format!("{}({})", self.pick(&["sizeof", "alignof"]), self.spell(ty))
            }
        };
        Expr::int(text)
    }

    /// A call of a function in scope whose result is a scalar.
    pub fn call(&mut self, d: u32) -> Expr {
        let times = self.times;
        let fits: Vec<usize> = (0..self.funcs.len())
            .filter(|&i| matches!(self.funcs[i].ret, Ret::Scalar(_)) && self.funcs[i].cost * times < 1500)
            .collect();
        for _ in 0..3 {
            if fits.is_empty() {
                break;
            }
            // Later ones call the earlier ones.
            let i = if self.chance(2) {
                fits[fits.len() - 1 - self.r.below(fits.len().min(5))]
            } else {
                self.pick(&fits)
            };
            let f = self.funcs[i].clone();
            let Ret::Scalar(c) = f.ret else { continue };
            if let Some(args) = self.arguments(&f.params, f.defaults, f.exact, d) {
                self.cost += f.cost * self.times;
                return Expr::new(format!("{}({args})", f.call), c);
            }
        }
        self.arithmetic(d)
    }

    pub fn arguments(&mut self, params: &[Param], defaults: usize, exact: bool, d: u32) -> Option<String> {
        let mut given = Vec::new();
        let count = params.len() - self.r.below(defaults + 1);
        let d = d.min(2);
        for p in &params[..count] {
            given.push(match *p {
                Param::Value(ty) | Param::ConstRef(ty) | Param::RvalueRef(ty) => {
                    if exact || matches!(p, Param::RvalueRef(_)) {
                        let e = self.to(ty, d);
                        format!("({})({e})", ty.name())
                    } else {
                        self.to(ty, d)
                    }
                }
                Param::Ref(ty) => {
                    let at = self.untouched(Some(ty))?;
                    self.vars[at].text.clone()
                }
                Param::ConstPtr(ty, len) => {
                    let fit: Vec<_> =
                        self.arrays.iter().filter(|a| a.ty == ty && a.len >= len).cloned().collect();
                    if fit.is_empty() {
                        return None;
                    }
                    let a = self.pick(&fit);
                    let off = self.r.below(a.len - len + 1);
                    match self.r.below(3) {
                        0 if off == 0 => a.text,
                        1 => format!("&{}[{off}]", a.text),
                        _ => format!("{} + {off}", a.text),
                    }
                }
                Param::Rec(rec) | Param::ConstRec(rec) => self.object(rec, d),
                Param::RefRec(_) => return None,
            });
        }
        Some(given.join(", "))
    }

    /// A variable that this full expression may change; it is nobody else's from now on.
    pub fn untouched(&mut self, ty: Option<Ty>) -> Option<usize> {
        let free: Vec<usize> = (0..self.vars.len())
            .filter(|&i| {
                let v = &self.vars[i];
                v.mutable && v.owned && !v.touched && ty.is_none_or(|t| t == v.ty)
            })
            .collect();
        if free.is_empty() {
            return None;
        }
        let at = self.pick(&free);
        self.vars[at].touched = true;
        self.vars[at].busy = true;
        Some(at)
    }

    /// An assignment, increment or decrement as an operand.
    fn effect(&mut self, d: u32) -> Expr {
        let Some(at) = self.untouched(None) else { return self.comparison(d) };
        let (text, ty) = (self.vars[at].text.clone(), self.vars[at].ty);
        if ty != Ty::Bool && !ty.is_param() && self.chance(2) {
            let form = self.pick(&["(V++)", "(V--)", "(++V)", "(--V)", "V++", "(++V)--"]);
            return Expr::new(format!("({})", form.replace('V', &text)), ty.cat());
        }
        let e = self.assignment(&text, ty, d);
        Expr::new(format!("({e})"), ty.cat())
    }

    /// `v = e` or `v op= e`.
    pub fn assignment(&mut self, v: &str, ty: Ty, d: u32) -> String {
        if self.chance(3) {
            return format!("{v} = {}", self.to(ty, d));
        }
        match ty.cat() {
            Cat::Int => match self.r.below(5) {
                0 => format!("{v} {} {}", self.pick(&["&=", "|=", "^="]), self.int(d)),
                1 => format!("{v} {} (({}) & 7)", self.pick(&["<<=", ">>="]), self.int(d)),
                2 => format!("{v} {} ((({}) & 31) | 1)", self.pick(&["/=", "%="]), self.int(d)),
                3 if ty != Ty::Bool && self.chance(2) => {
                    // A sum in floating point, back within the type.
                    let e = self.expr(d);
                    let e = if e.c == Cat::Int { format!("(float)({})", e.s) } else { e.s };
                    format!("{v} &= 63, {v} += lim_u({e})")
                }
                _ => format!("{v} {} {}", self.pick(&["+=", "-=", "*="]), self.int(d)),
            },
            Cat::Float => match self.r.below(4) {
                0 => format!("{v} /= ((({}) & 15) | 1)", self.int(d)),
                _ => format!("{v} {} {}", self.pick(&["+=", "-=", "*="]), self.expr(d).s),
            },
            Cat::Either => {
                let e = self.to(ty, d);
                format!("{v} {} cv<{}>({e})", self.pick(&["+=", "-=", "*="]), ty.name())
            }
        }
    }

    /// `[..](..) { .. }(..)`
    fn immediate_lambda(&mut self, d: u32) -> Expr {
        if self.depth > 3 || self.times > 30 {
            return self.atom();
        }
        let ty = self.plain_ty();
        let arg = self.to(ty, d);
        let name = self.name("q");
        let m = self.mark();
        let was: Vec<bool> = self.vars.iter().map(|v| v.mutable).collect();
        let capture = self.pick(&["[&]", "[=]"]);
        self.vars.iter_mut().for_each(|v| v.mutable = false);
        self.add_var(&name, ty, true, true);
        self.depth += 1;
        let result = self.ty();
        let body = self.full_nested(result, d);
        self.depth -= 1;
        self.leave(m);
        for (v, was) in self.vars.iter_mut().zip(was) {
            v.mutable = was;
        }
        let arrow = if self.chance(2) { format!(" -> {}", result.name()) } else { String::new() };
        let back = if arrow.is_empty() { format!("({})({body})", result.name()) } else { body };
        let change = self.pick(&["", "", "++"]);
        let step = if change.is_empty() || ty == Ty::Bool { String::new() } else { format!("{name}++; ") };
        Expr::new(
            format!("{capture}({} {name}){arrow} {{ {step}return {back}; }}({arg})", ty.name()),
            result.cat(),
        )
    }

    /// The operand of a `return` within an expression.
    fn full_nested(&mut self, ty: Ty, d: u32) -> String {
        self.full_depth += 1;
        let e = self.to(ty, d.min(2));
        self.full_depth -= 1;
        e
    }
}

pub fn signed(ty: Ty) -> bool {
    matches!(ty, Ty::Char | Ty::SChar | Ty::Short | Ty::Int | Ty::Long | Ty::LLong)
}
