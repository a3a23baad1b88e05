//! Function templates with random bodies, and class templates in the forms that people use: partial specialisations,
//! packs and folds, choice by traits, bases that know their derived class, tag dispatch, variable and alias templates.

use super::scope::{Func, Gen, Param, Ret};
use super::ty::{Cat, Expr, Ty};

impl Gen {
    fn scalar_func(&mut self, call: String, params: Vec<Ty>, ret: Cat, cost: u64, exact: bool) {
        let params = params.into_iter().map(Param::Value).collect();
        self.funcs.push(Func { call, params, defaults: 0, ret: Ret::Scalar(ret), cost, exact });
    }

    /// A function template with a random body, called with several argument types.
    pub fn function_template(&mut self) {
        let n = self.name("ft");
        let two = self.chance(2);
        let number = self.chance(3);
        let mut head = vec!["class T".to_owned()];
        let mut params = vec!["T"];
        if two {
            head.push(self.pick(&["typename U", "class U = int"]).to_owned());
            params.push("U");
        }
        if number {
            head.insert(0, "int N".into());
        }
        self.line(format!("template <{}>", head.join(", ")));
        let ((), cost) = self.isolated(|g| {
            g.params = params.clone();
            if number {
                g.atoms.push(Expr::int("N"));
            }
            let by = g.pick(&["T a", "const T &a", "T a"]);
            let list = if two { format!("{by}, U b") } else { by.to_owned() };
            g.add_var("a", Ty::Param("T"), by == "T a", true);
            if two {
                g.add_var("b", Ty::Param("U"), true, true);
            }
            let form = g.r.below(3);
            let ret_text = match form {
                0 => "T",
                1 => "auto",
                _ => "double",
            };
            g.open(format!("__device__ {ret_text} {n}({list})"));
            let count = 1 + g.r.below(4);
            if g.chance(2) {
                let c = g.pick(&[
                    "std::is_floating_point<T>::value",
                    "sizeof(T) == 4",
                    "std::is_signed<T>::value && sizeof(T) < 8",
                    "std::is_same<T, short>::value",
                ]);
                g.open(format!("if constexpr ({c})"));
                g.body("T", Ret::Scalar(Cat::Either), 1);
                g.indent -= 1;
                g.open("} else");
                g.body("T", Ret::Scalar(Cat::Either), count);
                g.close("");
                if form == 1 {
                    // Both branches return a T.
                }
            } else {
                let text = if form == 2 { "double" } else { "T" };
                g.body(text, Ret::Scalar(Cat::Either), count);
            }
            g.close("");
        });
        self.params.clear();
        for _ in 0..2 + self.r.below(2) {
            let (a, b) = (self.plain_ty(), self.plain_ty());
            let mut call = n.clone();
            let given = self.chance(2);
            if number || given {
                let mut args = Vec::new();
                if number {
                    args.push(format!("({}) & 15", self.constant(2)));
                }
                if given {
                    args.push(a.name().to_owned());
                }
                call = format!("{n}<{}>", args.join(", "));
            }
            let types = if two { vec![a, b] } else { vec![a] };
            self.scalar_func(call, types, Cat::Either, cost, true);
        }
    }

    /// One of the idioms, its holes filled at random.
    pub fn idiom(&mut self) {
        match self.r.below(14) {
            0 => self.traits_by_specialisation(),
            1 => self.packs(),
            2 => self.enable_if(),
            3 => self.derived(),
            4 => self.crtp(),
            5 => self.variable_template(),
            6 => self.typelist(),
            7 => self.functor_argument(),
            8 => self.tag_dispatch(),
            9 => self.nested_template(),
            10 => self.tuple(),
            11 => self.adl(),
            12 => self.logged_lifetimes(),
            _ => self.deduction(),
        }
    }

    fn small(&mut self) -> String {
        format!("{}", 1 + self.r.below(9))
    }

    /// An expression of `vars` that every arithmetic type allows.
    fn hole(&mut self, vars: &[(&str, Ty)], to: Ty) -> String {
        let (e, _) = self.isolated(|g| {
            for (v, ty) in vars {
                g.add_var(*v, *ty, false, false);
            }
            g.begin_full();
            let e = g.to(to, 2);
            g.end_full();
            e
        });
        e
    }

    fn traits_by_specialisation(&mut self) {
        let n = self.name("tr");
        let (a, b) = (self.plain_ty().name(), self.plain_ty().name());
        let k: Vec<String> = (0..9).map(|_| self.constant(2)).collect();
        self.line(format!(
            "template <class T> struct {n} {{ enum {{ v = (int)({}) }}; typedef T type; }};",
            k[0]
        ));
        self.line(format!("template <class T> struct {n}<T *> {{ static constexpr int v = {n}<T>::v * 2 + 1; typedef T type; }};"));
        self.line(format!("template <class T> struct {n}<const T> {{ static const int v = (int)({}); typedef typename {n}<T>::type type; }};", k[1]));
        self.line(format!("template <class T> struct {n}<T &> : {n}<T> {{ static constexpr int w = 4; }};"));
        self.line(format!("template <class T, int N> struct {n}<T[N]> {{ static constexpr int v = N * (int)sizeof(T) + {n}<T>::v; using type = T; }};"));
        self.line(format!("template <class R, class A> struct {n}<R(A)> {{ static constexpr int v = {n}<R>::v - {n}<A>::v; using type = A; }};"));
        self.line(format!(
            "template <> struct {n}<{a}> {{ static constexpr int v = (int)({}); typedef {b} type; }};",
            k[2]
        ));
        for t in [
            "char".to_owned(),
            format!("{a} *"),
            "const float".into(),
            format!("const {b}"),
            format!("{a} &"),
            "int[5]".into(),
            format!("{b}[2][3]"),
            format!("{a}({b})"),
            format!("{b} *const *"),
        ] {
            self.atoms.push(Expr::int(format!("{n}<{t}>::v")));
        }
        self.line(format!("template <class T> __device__ typename {n}<T>::type {n}f(T x) {{ return ({n}<T>::v & 1) ? cv<typename {n}<T>::type>(x) : cv<typename {n}<T>::type>({}); }}", k[3]));
        let ty = self.plain_ty();
        self.scalar_func(format!("{n}f"), vec![ty], Cat::Either, 4, true);
        self.atoms.push(Expr::int(format!("sizeof({n}<{a}>::type)")));
    }

    fn packs(&mut self) {
        let n = self.name("pk");
        let op = self.pick(&["+", "^", "*"]);
        match self.r.below(4) {
            0 => {
                self.line(
                    format!(
                        "template <class... A> __device__ auto {n}(A... a) {{ return (fit(a) {op} ...); }}"
                    )
                    .replace(if op == "^" { "" } else { "fit(a)" }, if op == "^" { "" } else { "a" }),
                );
            }
            1 => {
                let k = self.r.below(99);
                self.line(format!("__device__ inline u64 {n}() {{ return {}; }}", k));
                self.line(format!("template <class T, class... R> __device__ u64 {n}(T t, R... r) {{ Sum s; put(s, t); return s.h * (sizeof...(R) + 1) + {n}(r...); }}"));
            }
            2 => {
                self.line(format!("template <class... A> __device__ u64 {n}(const A &...a) {{ Sum s; (put(s, a), ...); int k[] = {{(int)sizeof(A)..., 0}}; for (int i : k) put(s, i); return s.h; }}"));
            }
            _ => {
                self.line(format!("template <int... I> struct {n}s {{ static constexpr int sum = (0 + ... + I); static constexpr int n = sizeof...(I); }};"));
                self.line(format!("template <int N, int... I> struct {n}m : {n}m<N - 1, N - 1, I...> {{}}; template <int... I> struct {n}m<0, I...> {{ using type = {n}s<I...>; }};"));
                self.line(format!("template <class T, int... I> __device__ u64 {n}x(T t, {n}s<I...>) {{ return (0ull + ... + (u64)fit(t * (T)I)); }}"));
                self.line(format!("template <class... A> __device__ u64 {n}(A... a) {{ return ({n}x(a, typename {n}m<sizeof...(A)>::type()) ^ ... ^ (u64){n}s<3, -1, sizeof...(A)>::sum); }}"));
            }
        }
        for count in 1..4 {
            let types: Vec<Ty> = (0..count).map(|_| self.plain_ty()).collect();
            self.scalar_func(n.clone(), types, Cat::Either, 8, true);
        }
    }

    fn enable_if(&mut self) {
        let n = self.name("ei");
        let e1 = self.hole(&[("x", Ty::LLong)], Ty::Int);
        let e2 = self.hole(&[("x", Ty::Double)], Ty::Double);
        match self.r.below(3) {
            0 => {
                self.line(format!("template <class T> __device__ typename std::enable_if<std::is_integral<T>::value, int>::type {n}(T y) {{ long long x = y; return {e1}; }}"));
                self.line(format!("template <class T> __device__ std::enable_if_t<std::is_floating_point<T>::value, double> {n}(T y) {{ double x = y; return {e2}; }}"));
            }
            1 => {
                self.line(format!("template <class T, std::enable_if_t<(sizeof(T) > 4), int> = 0> __device__ double {n}(T y) {{ double x = (double)y; return {e2}; }}"));
                self.line(format!("template <class T, std::enable_if_t<!(sizeof(T) > 4), int> = 0> __device__ int {n}(T y) {{ long long x = (long long)fit(y); return {e1}; }}"));
            }
            _ => {
                self.line(format!("template <class T> __device__ auto {n}i(T y, int) -> decltype(y % 2, 0) {{ long long x = (long long)y; return {e1}; }}"));
                self.line(format!(
                    "template <class T> __device__ double {n}i(T y, long) {{ double x = y; return {e2}; }}"
                ));
                self.line(format!("template <class T> __device__ auto {n}(T y) {{ return {n}i(y, 0); }}"));
            }
        }
        for _ in 0..3 {
            let ty = self.plain_ty();
            self.scalar_func(n.clone(), vec![ty], Cat::Either, 6, true);
        }
    }

    fn derived(&mut self) {
        let n = self.name("D");
        let (a, b, c) = (self.plain_ty(), self.plain_ty(), self.plain_ty());
        let e = self.hole(&[("x", a), ("z", c)], b);
        let (an, bn, cn) = (a.name(), b.name(), c.name());
        let k = self.small();
        self.line(format!("struct {n}b {{ {an} x; {cn} z = 3; __device__ {n}b({an} v) : x(v) {{}} __device__ {bn} f() const {{ return {e}; }} __device__ int g(int k) {{ return k + 1; }} __device__ int g(double k) {{ return (int)lim_s(k) + 2; }} static constexpr int id = {}; }};", k));
        let second = self.chance(2);
        if second {
            self.line(format!("struct {n}c {{ {bn} y = 2; __device__ void bump() {{ y = cv<{bn}>(y + 3); }} __device__ {bn} h() const {{ return y; }} }};"));
        }
        let bases = if second { format!("public {n}b, {n}c") } else { format!("{n}b") };
        let using = if self.chance(2) { format!("using {n}b::g; ") } else { String::new() };
        let bump = if second { "bump(); " } else { "" };
        self.line(format!("struct {n} : {bases} {{ {an} x; {using}__device__ {n}({an} p, {cn} q) : {n}b(cv<{an}>(p + 1)), x(p) {{ z = q; {bump}}} __device__ {bn} f() const {{ return cv<{bn}>({n}b::f() + 5); }} __device__ int g(short k) {{ return k + 3; }} static constexpr int id = {n}b::id * 10; }};"));
        self.line(format!("__device__ inline {bn} {n}base(const {n}b &v) {{ return v.f(); }}"));
        self.line(format!(
            "__device__ inline {an} {n}slice({n}b v) {{ v.x = cv<{an}>(v.x + 1); return v.x; }}"
        ));
        self.open(format!("__device__ inline u64 {n}run({an} p, {cn} q)"));
        self.line(format!("Sum s; {n} d(p, q); {n}b *pb = &d; {n}b &rb = d; const {n} &cd = d;"));
        self.line(format!("put(s, d.f()); put(s, pb->f()); put(s, rb.x); put(s, d.x); put(s, d.{n}b::x); put(s, {n}base(cd)); put(s, {n}slice(d)); put(s, d.g((short)2)); put(s, d.g(1.5)); put(s, d.g(7)); put(s, {n}::id + pb->id); put(s, static_cast<{n} *>(pb)->x);"));
        if second {
            self.line(format!(
                "{n}c *pc = &d; pc->bump(); put(s, d.y); put(s, static_cast<{n} &>(*pc).h());"
            ));
        }
        self.line("return s.h;");
        self.close("");
        self.scalar_func(format!("{n}run"), vec![a, c], Cat::Int, 30, false);
    }

    fn crtp(&mut self) {
        let n = self.name("C");
        let ty = self.plain_ty();
        let t = ty.name();
        let e1 = self.hole(&[("v", ty), ("k", Ty::Int)], ty);
        let e2 = self.hole(&[("v", ty), ("k", Ty::Int)], Ty::Double);
        self.line(format!("template <class X> struct {n} {{ __device__ X &self() {{ return static_cast<X &>(*this); }} __device__ const X &self() const {{ return *static_cast<const X *>(this); }} __device__ double twice(int k) const {{ return (double)self().at(k) + (double)self().at(k + 1); }} __device__ X &step() {{ self().v = cv<decltype(self().v)>(self().v + 1); return self(); }} friend __device__ bool operator==(const {n} &a, const {n} &b) {{ return a.self().v == b.self().v; }} }};").replace("cv<decltype(self().v)>(self().v + 1)", "self().next()"));
        self.line(format!("struct {n}x : {n}<{n}x> {{ {t} v; __device__ {n}x({t} a) : v(a) {{}} __device__ {t} next() const {{ return cv<{t}>(v + 1); }} __device__ {t} at(int k) const {{ return {e1}; }} }};"));
        self.line(format!("template <class T> struct {n}y : {n}<{n}y<T>> {{ T v; using base = {n}<{n}y<T>>; __device__ {n}y(T a) : v(a) {{}} __device__ T next() const {{ return cv<T>(v * 2); }} __device__ double at(int k) const {{ return {e2}; }} __device__ double both(int k) {{ return this->twice(k) + base::step().twice(k - 1); }} }};").replace("T v;", &format!("{t} v;")));
        self.line(format!("__device__ inline u64 {n}run({t} a, int k) {{ Sum s; {n}x x(a); {n}y<{t}> y{{a}}; put(s, x.twice(k)); put(s, x.step().step().v); put(s, y.both(k)); put(s, x == {n}x(a)); put(s, y == y); put(s, sizeof x); return s.h; }}"));
        self.scalar_func(format!("{n}run"), vec![ty, Ty::Int], Cat::Int, 40, false);
    }

    fn variable_template(&mut self) {
        let n = self.name("vt");
        let (a, b) = (self.plain_ty(), self.plain_ty());
        let (c, d) = (self.constant(2), self.constant(2));
        self.line(format!("template <class T> constexpr T {n} = (T)(({c}) & 63);"));
        self.line(format!("template <> constexpr {0} {n}<{0}> = ({0})({d});", a.name()));
        let k = self.small();
        self.line(format!(
            "template <int N> constexpr int {n}f = (N * 7 + 3 * {n}f<N - 1>) % 1009; template <> constexpr int {n}f<0> = {k};"
        ));
        self.line(format!(
            "template <class T> constexpr int {n}p = {n}f<3>; template <class T> constexpr int {n}p<T *> = 1 + 2 * {n}p<T>; template <> constexpr int {n}p<{0} *> = {k};",
            a.name()
        ));
        for t in [a, b, Ty::Int] {
            self.atoms.push(Expr::new(format!("{n}<{}>", t.name()), t.cat()));
        }
        self.atoms.push(Expr::int(format!("{n}f<{}>", self.r.below(9))));
        self.atoms.push(Expr::int(format!("{n}p<{} **>", b.name())));
        let alias = self.name("al");
        self.line(format!(
            "template <class T> using {alias} = T *; template <class T, int N = 3> using {alias}a = T[N];"
        ));
        self.atoms.push(Expr::int(format!("sizeof({alias}a<{}, 5>)", a.name())));
        self.atoms.push(Expr::int(format!("std::is_same<{alias}<{0}>, {0} *>::value", a.name())));
    }

    fn typelist(&mut self) {
        let n = self.name("tl");
        let types: Vec<&str> = (0..4).map(|_| self.plain_ty().name()).collect();
        self.line(format!("template <class... T> struct {n} {{}};"));
        self.line(format!("template <int I, class L> struct {n}at; template <class H, class... T> struct {n}at<0, {n}<H, T...>> {{ using type = H; }}; template <int I, class H, class... T> struct {n}at<I, {n}<H, T...>> : {n}at<I - 1, {n}<T...>> {{}};"));
        self.line(format!("template <class L> struct {n}size; template <class... T> struct {n}size<{n}<T...>> {{ static constexpr int value = (sizeof(T) + ... + 0) * 10 + sizeof...(T); }};"));
        self.line(format!("using {n}l = {n}<{}>;", types.join(", ")));
        for i in 0..4 {
            self.atoms.push(Expr::int(format!("sizeof({n}at<{i}, {n}l>::type)")));
            self.atoms.push(Expr::new(format!("(({n}at<{i}, {n}l>::type)3)"), Cat::Either));
        }
        self.atoms.push(Expr::int(format!("{n}size<{n}l>::value")));
    }

    fn functor_argument(&mut self) {
        let n = self.name("fa");
        let (a, b) = (self.plain_ty(), self.plain_ty());
        let e = self.hole(&[("x", a), ("k", b)], a);
        let e2 = self.hole(&[("x", a)], a);
        let (an, bn) = (a.name(), b.name());
        self.line(format!("template <class F, class T> __device__ T {n}apply(F f, T x, int times) {{ for (int i = 0; i < times; ++i) x = f(x); return x; }}"));
        self.line(format!(
            "struct {n}o {{ {bn} k; __device__ {an} operator()({an} x) const {{ return {e}; }} }};"
        ));
        self.line(format!("template <class F, class G> struct {n}c {{ F f; G g; template <class T> __device__ T operator()(T x) const {{ return f(g(x)); }} }};"));
        self.line(format!(
            "template <class F, class G> __device__ {n}c<F, G> {n}compose(F f, G g) {{ return {{f, g}}; }}"
        ));
        self.open(format!("__device__ inline u64 {n}run({an} x0, {bn} k)"));
        self.line(format!("Sum s; {an} count = 0; {n}o o{{k}};"));
        self.line(format!("auto l = [=]({an} x) {{ return ({an})({e2}); }};"));
        self.line("auto m = [&count, k](auto x) mutable { count = 1; k = 2; return (decltype(x))k == x ? x : cv<decltype(x)>(x + 1); };");
        self.line(format!("auto r = [&s, total = {n}apply(o, x0, 2)](auto &&y) {{ put(s, total); put(s, y); return sizeof(y); }};"));
        self.line(format!("put(s, {n}apply(o, x0, 3)); put(s, {n}apply(l, x0, 2)); put(s, {n}apply(m, x0, 1)); put(s, {n}apply({n}compose(o, l), x0, 2)); put(s, {n}compose(l, {n}compose(o, l))(x0));"));
        self.line("put(s, r(x0)); put(s, r('c')); put(s, count);");
        let k = self.small();
        self.line(format!("auto fact = [](auto self, int v) -> u64 {{ return v <= 1 ? 1 : v * self(self, v - 1); }}; put(s, fact(fact, {}));", k).replace("auto fact", "auto rec").replace("fact(fact,", "rec(rec,"));
        self.line("return s.h;");
        self.close("");
        self.scalar_func(format!("{n}run"), vec![a, b], Cat::Int, 60, false);
    }

    fn tag_dispatch(&mut self) {
        let n = self.name("tg");
        let ty = self.plain_ty();
        let (e1, e2) = (self.hole(&[("x", ty)], Ty::Int), self.hole(&[("x", ty)], Ty::Float));
        let t = ty.name();
        let d = if ty == Ty::Double { "double *" } else { "double" };
        self.line(format!(
            "namespace {n} {{ struct one {{}}; struct two : one {{}}; struct three : two {{}};"
        ));
        self.line(format!("__device__ inline int f({t} x, one) {{ return {e1}; }} __device__ inline float f({t} x, two) {{ return {e2}; }}"));
        self.line(format!("template <class T> struct tag {{ using type = one; }}; template <> struct tag<{t}> {{ using type = three; }}; template <> struct tag<{d}> {{ using type = std::conditional_t<(sizeof({t}) > 2), one, three>; }}; }}"));
        self.line(format!("template <class T> __device__ auto {n}run({t} x, T) {{ return {n}::f(x, typename {n}::tag<T>::type()); }}"));
        let other = self.plain_ty();
        self.scalar_func(format!("{n}run"), vec![ty, other], Cat::Either, 5, true);
        self.scalar_func(format!("{n}run"), vec![ty, ty], Cat::Either, 5, true);
        self.scalar_func(format!("{n}run"), vec![ty, Ty::Double], Cat::Either, 5, true);
    }

    fn nested_template(&mut self) {
        let n = self.name("N");
        let (a, b) = (self.plain_ty(), self.plain_ty());
        let (an, bn) = (a.name(), b.name());
        let e = self.hole(&[("x", a), ("y", b)], a);
        self.line(format!("template <class T, int R, int K = R> struct {n} {{ T d[R * K]; struct row {{ T *p; __device__ T &operator[](int i) {{ return p[i]; }} }}; template <class U> struct other {{ U u; T t; }};"));
        self.line("  __device__ row operator[](int i) { return row{d + i * K}; } __device__ const T &operator()(int i, int j) const { return d[i * K + j]; } template <class F> __device__ void each(F f) { for (int i = 0; i < R; i++) for (int j = 0; j < K; j++) f((*this)[i][j], i, j); }");
        self.line(format!("  template <int C> __device__ auto times(const {n}<T, K, C> &o) const {{ {n}<T, R, C> r{{}}; for (int i = 0; i < R; ++i) for (int j = 0; j < C; ++j) for (int k = 0; k < K; ++k) r.d[i * C + j] = cv<T>(r.d[i * C + j] + (*this)(i, k) * o(k, j)); return r; }} static __device__ {n} filled(T v) {{ {n} m; for (auto &x : m.d) x = v; return m; }} }};"));
        self.open(format!("__device__ inline u64 {n}run({an} x, {bn} y)"));
        self.line(format!("Sum s; {n}<{an}, 2, 3> m = {n}<{an}, 2, 3>::filled(x); {n}<{an}, 3> q{{}};"));
        self.line(format!("m[1][2] = {e}; q.each([&]({an} &v, int i, int j) {{ v = cv<{an}>(i * 2 - j); }}); auto p = m.times(q); for ({an} v : p.d) put(s, v); put(s, sizeof p);"));
        self.line(format!("typename {n}<{an}, 2>::template other<{bn}> o = {{y, x}}; put(s, o.u); put(s, o.t); put(s, sizeof(o)); put(s, p(1, 1)); return s.h;"));
        self.close("");
        self.scalar_func(format!("{n}run"), vec![a, b], Cat::Int, 60, false);
    }

    fn tuple(&mut self) {
        let n = self.name("tu");
        let types: Vec<Ty> = (0..3).map(|_| self.plain_ty()).collect();
        self.line(format!("template <class... T> struct {n}; template <> struct {n}<> {{}}; template <class H, class... T> struct {n}<H, T...> {{ H head; {n}<T...> tail; }};"));
        self.line(format!("template <int I, class H, class... T> __device__ auto &{n}get({n}<H, T...> &t) {{ if constexpr (I == 0) return t.head; else return {n}get<I - 1>(t.tail); }}"));
        self.line(format!("__device__ inline void {n}all(Sum &, {n}<>) {{}} template <class H, class... T> __device__ void {n}all(Sum &s, const {n}<H, T...> &t) {{ put(s, t.head); {n}all(s, t.tail); }}"));
        self.line(format!("template <class... T> __device__ {n}<std::decay_t<T>...> {n}make(T &&...t);"));
        let t: Vec<&str> = types.iter().map(|t| t.name()).collect();
        self.line(format!("__device__ inline u64 {n}run({} a, {} b, {} c) {{ Sum s; {n}<{0}, {1}, {2}> t{{a, {{b, {{c, {{}}}}}}}}; {n}get<1>(t) = cv<{1}>({n}get<0>(t) + {n}get<2>(t)); {n}all(s, t); auto u = t; {n}get<0>(u)  = {{}}; {n}all(s, u); put(s, sizeof(t)); return s.h; }}", t[0], t[1], t[2]));
        self.scalar_func(format!("{n}run"), types, Cat::Int, 20, false);
    }

    fn adl(&mut self) {
        let n = self.name("ad");
        let ty = self.plain_ty();
        let t = ty.name();
        let e = self.hole(&[("x", ty)], Ty::Int);
        self.line(format!("namespace {n} {{ struct P {{ {t} x; int k; struct Q {{ {t} y; }}; __device__ friend int hidden(const P &p) {{ return p.k * 7; }} }}; __device__ inline int seen(P p) {{ {t} x = p.x; return {e}; }} __device__ inline int seen(P::Q q) {{ return (int)sizeof(q) + 3; }} template <class T> __device__ int seen(T) {{ return -9; }} __device__ inline P operator+(P a, int b) {{ a.k += b; return a; }} inline namespace v2 {{ __device__ inline int late(P p) {{ return p.k + 100; }} }} }}"));
        self.line(format!("template <class T> __device__ int {n}other(T) {{ return -5; }}"));
        self.line(format!("__device__ inline u64 {n}run({t} x) {{ Sum s; {n}::P p{{x, 4}}; {n}::P::Q q{{x}}; put(s, seen(p)); put(s, seen(q)); put(s, hidden(p + 3)); put(s, late(p)); put(s, {n}::v2::late(p + 1)); put(s, {n}other(p)); put(s, {n}::seen(x)); using namespace {n}; put(s, hidden(P{{x, 12}})); {{ using {n}::seen; put(s, seen('a')); }} return s.h; }}"));
        self.scalar_func(format!("{n}run"), vec![ty], Cat::Int, 20, false);
    }

    /// Objects that note when they are made, copied, moved and destroyed.
    fn logged_lifetimes(&mut self) {
        let n = self.name("L");
        let ty = self.plain_ty();
        let t = ty.name();
        self.line(format!("struct {n} {{ Sum *s; {t} v; __device__ {n}(Sum &l, {t} x) : s(&l), v(x) {{ put(l, 'c'); put(l, x); }} __device__ {n}(const {n} &o) : s(o.s), v(o.v) {{ put(*s, 'k'); }} __device__ {n}({n} &&o) : s(o.s), v(o.v) {{ o.v = 0; put(*s, 'm'); }} __device__ {n} &operator=(const {n} &o) {{ v = o.v; put(*s, '='); return *this; }} __device__ {n} &operator=({n} &&o) {{ v = o.v; o.v = 1; put(*s, '>'); return *this; }} __device__ ~{n}() {{ put(*s, 'd'); put(*s, v); }} __device__ {n} operator+(const {n} &o) const {{ return {n}(*s, cv<{t}>(v + o.v)); }} __device__ operator {t}() const {{ put(*s, 'v'); return v; }} }};").replace(&format!("__device__ operator {t}() const {{ put(*s, 'v'); return v; }} "), ""));
        self.line(format!("struct {n}h {{ {n} a; {n} b; int k; __device__ {n}h(Sum &l, {t} x) : a(l, x), b(l, cv<{t}>(x + 1)), k(3) {{ put(l, 'H'); }} __device__ ~{n}h() {{ put(*a.s, 'h'); }} }};"));
        self.line(format!("struct {n}e : {n} {{ {n} m; __device__ {n}e(Sum &l, {t} x) : {n}(l, x), m(l, 7) {{}} __device__ ~{n}e() {{ put(*s, 'e'); }} }};"));
        self.line(format!("__device__ inline {n} {n}make(Sum &l, {t} x) {{ return {n}(l, cv<{t}>(x + 2)); }} __device__ inline {t} {n}look(const {n} &a) {{ return a.v; }} __device__ inline {t} {n}eat({n} &&a) {{ {n} mine(std::move(a)); return mine.v; }}"));
        let pieces = [
            format!("{n} a(s, x); {n} b = a; b = {n}(s, 3); {n} c(std::move(a)); put(s, a.v);"),
            format!("{n} a = {n}make(s, x); put(s, {n}look({n}make(s, 1) + a)); put(s, (a + a).v);"),
            format!("{n}h h(s, x); {n}h g = h; g.a = h.b; put(s, g.k);"),
            format!(
                "for (int i = 0; i < 3; ++i) {{ {n} a(s, (  {t})i); if (i == 1) continue; {n} b(a); if (k > 4) break; put(s, b.v); }}"
            ),
            format!("{n}e e(s, x); {n} a(e); e.m = a; put(s, e.m.v);"),
            format!(
                "const {n} &r = {n}(s, 4); {n} &&q = {n}make(s, x); put(s, r.v); q = r; put(s, q.v); put(s, {n}eat({n}(s, 5)));"
            ),
            format!("{n} a[2] = {{{n}(s, x), {n}make(s, 2)}}; a[0] = a[1]; put(s, a[0].v);"),
            format!(
                "auto f = [&](int z) {{ {n} t(s, ({t})z); if (z > 2) return 1; {n} u(t); return 2; }}; put(s, f(1)); put(s, f(k & 7));"
            ),
            format!("if ({n} w = {n}make(s, x); k & 1) {{ {n} a(w); }} else {{ w = {n}(s, 2); }}"),
            format!("{n} a(s, x), *p = &a; {n} b = k & 1 ? *p : a; put(s, b.v); put(s, {n}look(b));"),
            format!(
                "switch (k & 3) {{ case 0: {{ {n} a(s, 1); break; }} case 1: {{ {n} a(s, 2); }} default: {{ {n} a(s, 3); if (k & 4) return s.h; }} }}"
            ),
        ];
        self.open(format!("__device__ inline u64 {n}run({t} x, int k)"));
        self.line("Sum s;");
        let count = 2 + self.r.below(3);
        for _ in 0..count {
            let piece = self.pick(&pieces);
            self.line(format!("{{ {piece} }}"));
            self.line("put(s, k);");
        }
        self.line("return s.h;");
        self.close("");
        self.scalar_func(format!("{n}run"), vec![ty, Ty::Int], Cat::Int, 50, false);
    }

    /// Deduction from arrays, references, function types and class templates.
    fn deduction(&mut self) {
        let n = self.name("dd");
        let (a, b) = (self.plain_ty(), self.plain_ty());
        let (an, bn) = (a.name(), b.name());
        self.line(format!("template <class T, int N> struct {n}v {{ T e[N]; __device__ T &operator[](int i) {{ return e[i]; }} }}; template <class A, class B> struct {n}p {{ A first; B second; __device__ {n}p(A a, B b) : first(a), second(b) {{}} }};"));
        self.line(format!("template <class T, int N> __device__ int {n}(T (&x)[N]) {{ return N * 100 + sizeof(T); }} template <class T, int N, int M> __device__ int {n}(T (&)[N][M]) {{ return N * 1000 + M; }} template <class T> __device__ int {n}(T *p) {{ return (int)sizeof(*p) + 7; }} template <class T> __device__ int {n}(const T &) {{ return 3; }} template <class T, int N> __device__ int {n}(const {n}v<T, N> &) {{ return N + 50; }} template <class A, class B> __device__ int {n}({n}p<A, B> p) {{ return (int)(sizeof(A) * 16 + sizeof(B)); }} template <class R, class... A> __device__ int {n}(R (*)(A...)) {{ return (int)sizeof...(A) + 500 + sizeof(R); }}"));
        self.line(format!("template <class T> __device__ int {n}f(T &&) {{ return std::is_lvalue_reference<T>::value * 2 + std::is_const<std::remove_reference_t<T>>::value; }} template <class T> __device__ int {n}g(T &&x) {{ return {n}f(std::forward<T>(x)) * 10 + {n}f(x); }}"));
        self.line(format!("__device__ inline {an} {n}h({bn} x, int) {{ return cv<{an}>(x); }}"));
        self.line(format!("__device__ inline u64 {n}run({an} x, {bn} y) {{ Sum s; {an} t[4] = {{x}}; {bn} u[2][3] = {{{{y}}, {{y, y}}}}; {an} *p = t; const {bn} c = y; {n}v<{an}, 5> v = {{{{x, x}}}}; {n}p<{an}, {bn}> w(x, y); {n}p<float, {bn}> w2{{1.0f, y}};"));
        self.line(format!("  put(s, {n}(v)); put(s, {n}(w)); put(s, {n}(w2)); put(s, {n}(&{n}h)); put(s, {n}(x)); put(s, {n}(c)); put(s, {n}f(x)); put(s, {n}f(c)); put(s, {n}f(x + y)); put(s, {n}g(c)); put(s, {n}g(7)); put(s, {n}f(t)); put(s, {n}f(std::move(p)));"));
        self.line(format!("  auto &[i, j, k, l] = t; i = cv<{an}>(y); l = k; put(s, t[0]); put(s, j); auto [f, g] = w; put(s, f); put(s, g); decltype(auto) z = (x); z = cv<{an}>(z + 1); put(s, x); decltype(t[0]) q = t[1]; q = x; put(s, t[1]); auto *r = &u[1]; put(s, (*r)[1]); put(s, sizeof(*r)); decltype(x + y) dd = x; put(s, dd); v[3] = x; put(s, v.e[3]); return s.h; }}"));
        self.scalar_func(format!("{n}run"), vec![a, b], Cat::Int, 20, false);
    }
}
