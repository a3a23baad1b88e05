//! Functions of random signatures, overload sets and tables of functions.

use super::scope::{Array, Func, Gen, Obj, Param, Ret};
use super::ty::{Cat, Expr, Ty};

impl Gen {
    pub fn param(&mut self) -> Param {
        let ty = self.ty();
        match self.r.below(12) {
            0 | 1 => Param::ConstRef(ty),
            2 => Param::Ref(ty),
            3 => Param::ConstPtr(ty, 2),
            4 | 5 if !self.recs.is_empty() => Param::Rec(self.r.below(self.recs.len())),
            6 if !self.recs.is_empty() => Param::ConstRec(self.r.below(self.recs.len())),
            7 if !self.recs.is_empty() => Param::RefRec(self.r.below(self.recs.len())),
            8 => Param::RvalueRef(ty),
            _ => Param::Value(ty),
        }
    }

    /// Its text, and the parameter comes into scope.
    pub fn declare_param(&mut self, p: Param, name: &str) -> String {
        match p {
            Param::Value(ty) => {
                self.add_var(name, ty, true, true);
                format!("{} {name}", self.spell(ty))
            }
            Param::ConstRef(ty) => {
                self.add_var(name, ty, false, true);
                let both = self.pick(&["const T &", "T const &"]);
                format!("{}{name}", both.replace('T', ty.name()))
            }
            Param::Ref(ty) => {
                self.add_var(name, ty, true, true);
                format!("{} &{name}", ty.name())
            }
            Param::RvalueRef(ty) => {
                self.add_var(name, ty, true, true);
                format!("{} &&{name}", ty.name())
            }
            Param::ConstPtr(ty, len) => {
                self.arrays.push(Array { text: name.into(), ty, len, mutable: false, real: false });
                let form = self.pick(&[
                    "const T *N",
                    "const T N[]",
                    "T const *N",
                    "const T N[7]",
                    "const T *const N",
                ]);
                form.replace('N', name).replace('T', ty.name())
            }
            Param::Rec(rec) => {
                self.objs.push(Obj { text: name.into(), rec, mutable: true });
                format!("{} {name}", self.recs[rec].name)
            }
            Param::ConstRec(rec) => {
                self.objs.push(Obj { text: name.into(), rec, mutable: false });
                format!("const {} &{name}", self.recs[rec].name)
            }
            Param::RefRec(rec) => {
                self.objs.push(Obj { text: name.into(), rec, mutable: true });
                format!("{} &{name}", self.recs[rec].name)
            }
        }
    }

    /// `Sum s;`, statements and a `return`.
    pub fn body(&mut self, ret_text: &str, ret: Ret, statements: usize) {
        let m = self.mark();
        let s = self.name("s");
        self.sum = s.clone();
        self.line(format!("Sum {s};"));
        for _ in 0..statements {
            self.statement();
            if self.chance(8) {
                let c = self.full(2).s;
                let e = self.result(ret_text, ret);
                self.line(format!("if ({c}) return {e};"));
            }
        }
        self.put(3);
        let e = self.result(ret_text, ret);
        self.line(format!("return {e};"));
        self.leave(m);
    }

    fn result(&mut self, ret_text: &str, ret: Ret) -> String {
        let s = self.sum.clone();
        self.begin_full();
        let e = match ret {
            Ret::Scalar(Cat::Int) => format!("({ret_text})({s}.h ^ {})", self.int(2)),
            Ret::Scalar(Cat::Float) => {
                format!("({ret_text})({s}.h >> 40) + ({ret_text})({})", self.expr(2).s)
            }
            Ret::Scalar(Cat::Either) => format!("cv<{ret_text}>(({s}.h >> 44) + {})", self.expr(2).s),
            Ret::Rec(at) => self.object(at, 2),
        };
        self.end_full();
        e
    }

    pub fn function(&mut self) {
        let name = self.name("fn");
        let params: Vec<Param> = (0..self.r.below(4)).map(|_| self.param()).collect();
        let (ret_text, ret) = if self.chance(4) && !self.recs.is_empty() {
            let at = self.r.below(self.recs.len());
            (self.recs[at].name.clone(), Ret::Rec(at))
        } else {
            let ty = self.plain_ty();
            (ty.name().to_owned(), Ret::Scalar(ty.cat()))
        };
        let space = self.chance(4).then(|| self.name("ns"));
        if let Some(space) = &space {
            self.open(format!("namespace {space}"));
        }
        let mut defaults = 0;
        let ((), cost) = self.isolated(|g| {
            let mut list = Vec::new();
            for (i, p) in params.iter().enumerate() {
                let text = g.declare_param(*p, &format!("a{i}"));
                list.push(text);
            }
            for at in (0..params.len()).rev() {
                let Param::Value(ty) = params[at] else { break };
                if g.chance(2) {
                    break;
                }
                list[at] += &format!(" = {}", g.exact_literal(ty));
                defaults += 1;
            }
            let kind =
                g.pick(&["", "", "static ", "inline ", "__forceinline__ ", "__noinline__ ", "__host__ "]);
            let trailing = g.chance(5);
            let list = list.join(", ");
            if trailing {
                g.open(format!("{kind}__device__ auto {name}({list}) -> {ret_text}"));
            } else {
                g.open(format!("{kind}__device__ {ret_text} {name}({list})"));
            }
            let n = 2 + g.r.below(5);
            g.body(&ret_text, ret, n);
            g.close("");
        });
        let call = match space {
            Some(space) => {
                self.close("");
                match self.r.below(3) {
                    0 => {
                        self.line(format!("using {space}::{name};"));
                        name
                    }
                    1 => {
                        self.line(format!("namespace {space}a = {space};"));
                        format!("{space}a::{name}")
                    }
                    _ => format!("{space}::{name}"),
                }
            }
            None => name,
        };
        self.funcs.push(Func { call, params, defaults, ret, cost, exact: false });
    }

    /// Overloads of one name, told apart by conversions. A call's arguments are of some overload's very types in one
    /// place at least, so that the best is unique.
    pub fn overloads(&mut self) {
        let name = self.name("ov");
        let mut types: Vec<Ty> = super::ty::SCALARS.to_vec();
        self.r.shuffle(&mut types);
        let count = 2 + self.r.below(5);
        types.truncate(count);
        for (i, ty) in types.iter().enumerate() {
            let by = self.pick(&["T a", "const T &a", "T a"]).replace('T', ty.name());
            self.line(format!(
                "__device__ inline u64 {name}({by}) {{ Sum s; put(s, a); return s.h + {i}; }}"
            ));
        }
        if self.chance(2) {
            self.line(format!(
                "template <class T> __device__ u64 {name}(const T *a) {{ Sum s; put(s, *a); put(s, sizeof(T)); return s.h; }}"
            ));
        }
        if self.chance(2) {
            self.line(format!("__device__ inline u64 {name}(...) {{ return 77; }}"));
        }
        for ty in &types {
            self.funcs.push(Func {
                call: name.clone(),
                params: vec![Param::Value(*ty)],
                defaults: 0,
                ret: Ret::Scalar(Cat::Int),
                cost: 2,
                exact: true,
            });
        }
        // What promotes to one of them is as good.
        for (small, large) in
            [(Ty::Short, Ty::Int), (Ty::Float, Ty::Double), (Ty::Bool, Ty::Int), (Ty::UChar, Ty::Int)]
        {
            if types.contains(&large) && !types.contains(&small) {
                self.funcs.push(Func {
                    call: name.clone(),
                    params: vec![Param::Value(small)],
                    defaults: 0,
                    ret: Ret::Scalar(Cat::Int),
                    cost: 2,
                    exact: true,
                });
            }
        }
        // By the category of value.
        if self.chance(2) {
            let (n, ty) = (self.name("vc"), self.plain_ty());
            let t = ty.name();
            self.line(format!("__device__ inline int {n}({t} &) {{ return 1; }}"));
            self.line(format!("__device__ inline int {n}(const {t} &) {{ return 2; }}"));
            self.line(format!("__device__ inline int {n}({t} &&) {{ return 3; }}"));
            for p in [Param::ConstRef(ty), Param::RvalueRef(ty)] {
                self.funcs.push(Func {
                    call: n.clone(),
                    params: vec![p],
                    defaults: 0,
                    ret: Ret::Scalar(Cat::Int),
                    cost: 1,
                    exact: false,
                });
            }
        }
    }

    /// A table of functions with the same signature, and calls through pointers.
    pub fn function_table(&mut self) {
        let (a, b, ret) = (self.plain_ty(), self.plain_ty(), self.plain_ty());
        let n = self.name("tb");
        let count = 2 + self.r.below(3);
        let mut names = Vec::new();
        for i in 0..count {
            let f = format!("{n}f{i}");
            let (e, _) = self.isolated(|g| {
                g.add_var("a", a, false, true);
                g.add_var("b", b, false, true);
                g.begin_full();
                let e = g.to(ret, 2);
                g.end_full();
                e
            });
            self.line(format!(
                "__device__ inline {} {f}({} a, {} b) {{ return {e}; }}",
                ret.name(),
                a.name(),
                b.name()
            ));
            names.push(f);
        }
        let (r, at, bt) = (ret.name(), a.name(), b.name());
        self.line(format!("typedef {r} (*{n}t)({at}, {bt});"));
        self.line(format!("__device__ inline {r} {n}(unsigned which, {at} a, {bt} b) {{"));
        let list: Vec<String> =
            names.iter().map(|f| if self.chance(2) { f.clone() } else { format!("&{f}") }).collect();
        match self.r.below(3) {
            0 => {
                self.line(format!("  {n}t table[] = {{{}}};", list.join(", ")));
                self.line(format!("  return table[which % {count}u](a, b);"));
            }
            1 => {
                self.line(format!("  {r} (*f)({at}, {bt}) = which & 1 ? {} : {};", names[0], names[1]));
                self.line("  return (*f)(a, b);");
            }
            _ => {
                self.line(format!("  const auto apply = [=]({n}t f) {{ return f(a, b); }};"));
                self.line(format!("  return which % 3 == 0 ? apply({}) : apply({});", list[0], list[1]));
            }
        }
        self.line("}");
        self.funcs.push(Func {
            call: n,
            params: vec![Param::Value(Ty::UInt), Param::Value(a), Param::Value(b)],
            defaults: 0,
            ret: Ret::Scalar(ret.cat()),
            cost: 5,
            exact: false,
        });
    }

    /// Enumerations of both kinds, with operators.
    pub fn enumeration(&mut self) {
        let n = self.name("E");
        let ty = self.int_ty();
        let ty = if ty == Ty::Bool { Ty::UChar } else { ty };
        let mut list = Vec::new();
        for i in 0..3 + self.r.below(3) {
            let init = match self.r.below(3) {
                0 => format!(" = ({})(({}) & 63)", ty.name(), self.constant(2)),
                1 if i > 0 => format!(" = {n}_{} + 1", i - 1),
                _ => String::new(),
            };
            list.push(format!("{n}_{i}{init}"));
        }
        let list_text = list.join(", ");
        if self.chance(2) {
            self.line(format!("enum {n} : {} {{ {list_text} }};", ty.name()));
            for i in 0..list.len() {
                self.atoms.push(Expr::int(format!("{n}_{i}")));
                self.atoms.push(Expr::int(format!("{n}::{n}_{i}")));
            }
            self.line(format!(
                "__device__ inline {n} operator|({n} a, {n} b) {{ return ({n})((int)a ^ (int)b); }}"
            ));
            self.atoms.push(Expr::int(format!("({n}_0 | {n}_1)")));
            self.atoms.push(Expr::int(format!("({n})({n}_2 + 1)")));
        } else {
            self.line(format!("enum class {n} : {} {{ {list_text} }};", ty.name()));
            self.line(format!(
                "__device__ constexpr {n} operator&({n} a, {n} b) {{ return static_cast<{n}>(({0})a & ({0})b); }}",
                ty.name()
            ));
            self.line(format!("__device__ inline {n} &operator++({n} &e) {{ return e = {n}((int)e + 1); }}"));
            self.line(format!("__device__ inline int {n}step({n} e) {{ {n} f = e; ++f; switch (f) {{ case {n}::{n}_1: return 5; default: return (int)f; }} }}"));
            self.atoms.push(Expr::int(format!("(int)({n}::{n}_0 & {n}::{n}_2)")));
            self.atoms.push(Expr::int(format!("{n}step({n}::{n}_2)")));
            self.atoms.push(Expr::int(format!("({n}::{n}_0 < {n}::{n}_2)")));
            self.atoms.push(Expr::int(format!("static_cast<std::underlying_type<{n}>::type>({n}::{n}_1)")));
        }
    }

    /// Constants and tables outside of functions.
    pub fn global(&mut self) {
        let n = self.name("k");
        let ty = self.plain_ty();
        let t = ty.name();
        match self.r.below(4) {
            0 => {
                let c = self.constant(3);
                let kind = self.pick(&[
                    "constexpr",
                    "static const",
                    "__constant__ const",
                    "static constexpr",
                    "__device__ constexpr",
                ]);
                self.line(format!("{kind} {t} {n} = ({t})({c});"));
                self.atoms.push(Expr::new(n, ty.cat()));
            }
            1 => {
                let len = 2 + self.r.below(5);
                let v: Vec<String> = (0..len).map(|_| format!("({t})({})", self.constant(2))).collect();
                let kind = self.pick(&[
                    "__constant__",
                    "__device__ const",
                    "__device__",
                    "static __constant__ const",
                ]);
                self.line(format!("{kind} {t} {n}[] = {{{}}};", v.join(", ")));
                self.globals.push(Array { text: n, ty, len, mutable: false, real: true });
            }
            2 => {
                let text = self.pick(&["ab\\x41z\\0q", "hello", "\\377\\t\\\"x", "A\" \"B"]);
                let len = 3;
                self.line(format!("__device__ const char {n}[] = \"{text}\";"));
                self.globals.push(Array { text: n.clone(), ty: Ty::Char, len, mutable: false, real: true });
                self.atoms.push(Expr::int(format!("sizeof({n})")));
                self.atoms.push(Expr::int(format!("\"{text}\"[1]")));
            }
            _ => {
                let k = self.r.below(9);
                self.line(format!("#define {n}(a, b) ((a) + {} * (b))", k));
                self.atoms.push(Expr::int(format!("{n}(3, {n}(1, 2))")));
            }
        }
    }

    /// A function that the compiler itself can run, and its values in constant expressions.
    pub fn constexpr_function(&mut self) {
        let n = self.name("ce");
        let (ty, k) = (self.int_ty(), 1 + self.r.below(6));
        let ty = if ty == Ty::Bool { Ty::UInt } else { ty };
        let t = ty.name();
        let op = self.pick(&["+", "^", "-", "|"]);
        let c = self.constant(2);
        match self.r.below(4) {
            0 => self.line(format!(
                "__host__ __device__ constexpr {t} {n}({t} x) {{ return x <= 1 ? ({t})(({c}) & 31) : ({t})(({n}(({t})(x - 1)) & 0xff) {op} ({n}(({t})(x - 2)) & 0x7f)); }}"
            )),
            1 => self.line(format!(
                "__host__ __device__ constexpr {t} {n}({t} x) {{ {t} r = 0; for (int i = 0; i < {k}; ++i) {{ if (i == 3) continue; r = ({t})((r & 1023) * 3 {op} (x & 15)); if (r > 900) break; }} return r; }}"
            )),
            2 => self.line(format!(
                "__host__ __device__ constexpr {t} {n}({t} x) {{ {t} a[3] = {{x, 2, ({t})(({c}) & 7)}}; int i = 3; while (i--) a[i] = ({t})((a[i] & 63) {op} (a[(i + 1) % 3] & 31)); switch (a[0] & 3) {{ case 0: a[1]++; case 1: a[2] = 5; break; default: a[0]--; }} return ({t})((a[0] & 0x1f) + (a[1] & 0x1f) * 2 + (a[2] & 7)); }}"
            )),
            _ => {
                self.line(format!("struct {n}s {{ {t} a; short b; constexpr __device__ {n}s({t} x) : a(x), b((short)((x & 99) * 3)) {{}} constexpr __device__ {t} get(int k) const {{ return ({t})((a & 255) {op} (b + k)); }} }};"));
                self.line(format!("__host__ __device__ constexpr {t} {n}({t} x) {{ {n}s s(x); return s.get({k}) > 7 ? s.get(1) : ({t})s.b; }}"));
            }
        }
        let a = self.r.below(9);
        self.line(format!("constexpr {t} {n}c = {n}({a});"));
        self.line(format!("enum {{ {n}e = (int)({n}({}) & 0xffff) }};", a + 1));
        self.line(format!("template <{t} V> struct {n}w {{ static constexpr {t} value = V; enum {{ twice = (int)(V & 0xffff) * 2 }}; int a[(V & 3) + 1]; }};"));
        for text in [
            format!("{n}c"),
            format!("{n}e"),
            format!("{n}w<{n}(2)>::value"),
            format!("{n}w<({t})({n}c & 15)>::twice"),
            format!("sizeof({n}w<{n}(3)>)"),
        ] {
            self.atoms.push(Expr::int(text));
        }
        self.funcs.push(Func {
            call: n,
            params: vec![Param::Value(Ty::UChar)],
            defaults: 0,
            ret: Ret::Scalar(Cat::Int),
            cost: 40,
            exact: false,
        });
        // The recursive one stays shallow.
        if let Some(f) = self.funcs.last_mut() {
            f.call = format!("[](unsigned char x) {{ return {}(({t})(x & 7)); }}", f.call);
        }
    }
}
