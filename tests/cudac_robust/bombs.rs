//! Depth and size bombs at every level: each is accepted or refused with a clear error, in bounded time and memory.

use crate::support::{compile_text, complaint, first_line};

struct Bomb {
    name: String,
    text: String,
    kernel: &'static str,
    headers: Vec<(String, String)>,
}

#[derive(Default)]
struct Bombs(Vec<Bomb>);

impl Bombs {
    /// A whole text; the kernel is `k`.
    fn text(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.push(Bomb { name: name.into(), text: text.into(), kernel: "k", headers: Vec::new() });
    }

    /// The body of a kernel `k(int *x, int n)`.
    fn body(&mut self, name: impl Into<String>, body: impl AsRef<str>) {
        self.around(name, "", body);
    }

    /// Declarations and a body.
    fn around(&mut self, name: impl Into<String>, before: impl AsRef<str>, body: impl AsRef<str>) {
        let (before, body) = (before.as_ref(), body.as_ref());
        self.text(name, format!("{before}\nextern \"C\" __global__ void k(int *x, int n) {{\n{body}\n}}\n"));
    }

    fn run(&self) {
        let mut bad = Vec::new();
        let only = std::env::var("VMGPU_ROBUST_ONLY").unwrap_or_default();
        for bomb in self.0.iter().filter(|b| b.name.contains(&only)) {
            if std::env::var_os("VMGPU_ROBUST_VERBOSE").is_some() {
                eprintln!("... {}", bomb.name);
            }
            let headers: Vec<_> = bomb.headers.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            let outcome = compile_text(&bomb.text, bomb.kernel, &[], &headers);
            let what: String = match &outcome.refused {
                Some(log) => first_line(log).chars().take(110).collect(),
                None => "accepted".into(),
            };
            eprintln!(
                "{:34} {:5} ms {:4} MB {what}",
                bomb.name,
                outcome.took.as_millis(),
                outcome.peak >> 20
            );
            if let Some(complaint) = complaint(&outcome) {
                bad.push(format!("{}: {complaint}", bomb.name));
            }
        }
        assert!(bad.is_empty(), "{} bombs went off:\n{}", bad.len(), bad.join("\n"));
    }
}

const DEPTHS: [usize; 3] = [100, 3000, 100_000];

#[test]
fn nesting() {
    let mut b = Bombs::default();
    for n in DEPTHS {
        let (r, e) =
            (|s: &str| s.repeat(n), |s: &str, t: &str, m: &str| format!("{}{m}{}", s.repeat(n), t.repeat(n)));
        b.body(format!("parentheses {n}"), format!("x[0] = {};", e("(", ")", "1")));
        b.body(format!("open parentheses {n}"), r("("));
        b.body(format!("closing parentheses {n}"), r(")"));
        b.body(format!("unary minus {n}"), format!("x[0] = {} n;", r("- ")));
        b.body(format!("not {n}"), format!("x[0] = {} n;", r("!")));
        b.body(format!("casts {n}"), format!("x[0] = {} n;", r("(int)")));
        b.body(format!("static casts {n}"), format!("x[0] = {};", e("static_cast<int>(", ")", "n")));
        b.body(format!("sizeof {n}"), format!("x[0] = {} n;", r("sizeof ")));
        b.body(format!("address of {n}"), format!("x[0] = *{} n;", r("&* &")));
        b.body(format!("ternaries {n}"), format!("x[0] = {} 1;", r("n ? 2 : ")));
        b.body(format!("left ternaries {n}"), format!("x[0] = {} n {};", r("n ? "), r(" : 1")));
        b.body(format!("sum {n}"), format!("x[0] = n{};", r(" + n")));
        b.body(format!("products {n}"), format!("x[0] = n{};", r(" * 3 + n")));
        b.body(format!("commas {n}"), format!("x[0] = (n{});", r(", n")));
        b.body(format!("assignments {n}"), format!("int a; {} n;", r("a = ")));
        b.body(format!("and or {n}"), format!("x[0] = n {};", r("&& n || n")));
        b.body(format!("indices {n}"), format!("x[0] = {}0{};", r("x["), r("]")));
        b.body(format!("calls {n}"), format!("x[0] = {}n{};", r("min(1, "), r(")")));
        b.around(
            format!("own calls {n}"),
            "__device__ int f(int a) { return a + 1; }",
            format!("x[0] = {}n{};", r("f("), r(")")),
        );
        b.around(
            format!("template calls {n}"),
            "template <class T> __device__ T f(T a) { return a + 1; }",
            format!("x[0] = {}n{};", r("f("), r(")")),
        );
        b.body(format!("shifts {n}"), format!("x[0] = n {};", r("<< 1 >> 1")));
        b.body(format!("blocks {n}"), e("{", "}", "x[0] = 1;"));
        b.body(format!("open blocks {n}"), r("{"));
        b.body(format!("closing blocks {n}"), r("}"));
        b.body(format!("ifs {n}"), format!("{} x[0] = 1;", r("if (n) ")));
        b.body(format!("else ifs {n}"), format!("{} x[0] = 1;", r("if (n == 3) x[1]++; else ")));
        b.body(format!("fors {n}"), format!("{} x[0]++;", r("for (int i = 0; i < n; i++) ")));
        b.body(format!("whiles {n}"), format!("{} x[0]++;", r("while (n--) ")));
        b.body(format!("dos {n}"), format!("{} x[0]++; {}", r("do {"), r("} while (x[0] < n);")));
        b.body(format!("switches {n}"), format!("{} x[0]++; {}", r("switch (n) { case 1:"), r("}")));
        b.body(format!("labels {n}"), (0..n).map(|i| format!("l{i}: ")).collect::<String>() + "x[0] = 1;");
        b.body(format!("initialiser {n}"), format!("int a[] = {}; x[0] = a[0];", e("{", "}", "1")));
        b.body(format!("pointer type {n}"), format!("int {}a = 0; x[0] = a != 0;", r("*")));
        b.body(format!("references {n}"), format!("int {}a = n;", r("&")));
        b.body(format!("array type {n}"), format!("int a{}; x[0] = 1;", r("[1]")));
        b.body(format!("big array type {n}"), format!("int a{}; x[0] = 1;", r("[9]")));
        b.body(format!("declarator {n}"), format!("int {}a{};", r("("), r(")")));
        b.body(format!("function type {n}"), format!("int {}a{};", r("(*"), r(")(int)")));
        b.body(format!("const {n}"), format!("{} int a = 1;", r("const ")));
        b.body(format!("long {n}"), format!("{} a = 1;", r("long ")));
        b.body(format!("members {n}"), format!("x{} = 1;", r(".a")));
        b.body(format!("arrows {n}"), format!("x{} = 1;", r("->a")));
        b.body(format!("lambda {n}"), format!("{} {}", r("[&](){"), r("}")));
        b.around(format!("structs {n}"), e("struct S { ", "};", "int a;"), "x[0] = 1;");
        b.around(
            format!("named structs {n}"),
            (0..n).map(|i| format!("struct S{i} {{ ")).collect::<String>() + "int a;" + &r("};"),
            "x[0] = 1;",
        );
        b.around(
            format!("unions in structs {n}"),
            format!("struct T {{ {} int a; {} }};", r("struct { union { "), r("}; };")),
            "T t; t.a = n; x[0] = t.a;",
        );
        b.around(format!("namespaces {n}"), e("namespace a { ", "}", "__device__ int v;"), "x[0] = 1;");
        b.around(format!("qualified {n}"), "", format!("x[0] = {}b;", r("a::")));
        b.around(format!("extern C {n}"), e("extern \"C\" { ", "}", ""), "x[0] = 1;");
        b.around(
            format!("template arguments {n}"),
            "template <class T> struct A { T t; };",
            format!("{}int{} a;", r("A<"), r(">")),
        );
        b.around(
            format!("template templates {n}"),
            format!("{} struct B;", r("template <class T> ")),
            "x[0] = 1;",
        );
        b.around(format!("decltype {n}"), "", format!("{}n{} a = 1; x[0] = a;", r("decltype("), r(")")));
        b.around(format!("attributes {n}"), r("__device__ "), "x[0] = 1;");
        b.text(format!("garbage braces {n}"), r("{([<"));
        b.text(format!("name expression {n}"), "template <class T> __global__ void k(T *x) {}");
    }
    b.run();
}

#[test]
fn preprocessor() {
    let mut b = Bombs::default();
    for n in DEPTHS {
        let r = |s: &str| s.repeat(n);
        b.around(format!("if nesting {n}"), r("#if 1\n") + &r("#endif\n"), "x[0] = 1;");
        b.around(format!("open ifs {n}"), r("#if 0\n"), "x[0] = 1;");
        b.around(format!("elifs {n}"), format!("#if 0\n{}#endif", r("#elif 0\n")), "x[0] = 1;");
        b.around(format!("condition parentheses {n}"), format!("#if {}1{}\n#endif", r("("), r(")")), "");
        b.around(format!("condition not {n}"), format!("#if {}1\n#endif", r("!")), "");
        b.around(format!("condition ternary {n}"), format!("#if {}1\n#endif", r("1 ? 2 : ")), "");
        b.around(format!("condition sum {n}"), format!("#if 1 {}\n#endif", r("+ 1")), "");
        let chain: String = (0..n).map(|i| format!("#define M{} M{i}\n", i + 1)).collect();
        b.around(format!("macro chain {n}"), format!("#define M0 1\n{chain}"), format!("x[0] = M{n};"));
        b.around(
            format!("function macro nesting {n}"),
            "#define F(a) (a)",
            format!("x[0] = {}1{};", r("F("), r(")")),
        );
        b.around(
            format!("macro many arguments {n}"),
            "#define F(...) 1",
            format!("x[0] = F(1{});", r(", 1")),
        );
        let names: Vec<String> = (0..n).map(|i| format!("a{i}")).collect();
        b.around(
            format!("macro many parameters {n}"),
            format!("#define F({}) 1", names.join(",")),
            "x[0] = 1;",
        );
        b.around(format!("pasting {n}"), format!("#define F a {}", r("## a")), "int F = 1; x[0] = 1;");
        b.around(format!("continued lines {n}"), format!("#define F 1 {}", r("\\\n")), "x[0] = F;");
        b.around(format!("pragmas {n}"), r("#pragma unroll\n"), "x[0] = 1;");
        b.around(format!("line directives {n}"), r("#line 7\n"), "x[0] = y;");
    }
    let mut doubling = "#define D0 1 +\n".to_string();
    for i in 0..40 {
        doubling += &format!("#define D{} D{i} D{i}\n", i + 1);
    }
    b.around("doubling macros", &doubling, "x[0] = D40 1;");
    b.around("doubling in a condition", doubling + "#if D40 1\n#endif", "x[0] = 1;");
    let mut pasted =
        "#define CAT(a, b) CAT_(a, b)\n#define CAT_(a, b) a ## b\n#define D0 aaaaaaaa\n".to_string();
    for i in 0..30 {
        pasted += &format!("#define D{} CAT(D{i}, D{i})\n", i + 1);
    }
    b.around("doubling by pasting", pasted, "x[0] = D30;");
    let mut quoted = "#define S(a) S_(a)\n#define S_(a) #a\n#define D0 1\n".to_string();
    for i in 0..30 {
        quoted += &format!("#define D{} S(D{i} D{i})\n", i + 1);
    }
    b.around("doubling by quoting", quoted, "const char *s = D30;");
    b.around("self macro", "#define A A A\n#define B C C\n#define C B B", "x[0] = A + B;");
    b.around("macro calling itself", "#define F(x) F(x F(x)) x", "x[0] = F(F(F(F(F(F(F(F(F(1)))))))));");
    let nested = format!("{}1{}", "F(".repeat(40), ")".repeat(40));
    b.around("doubling arguments", "#define F(x) x x x", format!("x[0] = {nested};"));
    b.text("includes itself", "#include \"a.h\"\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }");
    b.0.last_mut().unwrap().headers = vec![("a.h".into(), "#include \"a.h\"\n".into())];
    b.text("includes itself twice", "#include \"a.h\"\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }");
    b.0.last_mut().unwrap().headers = vec![("a.h".into(), "#include \"a.h\"\n#include \"a.h\"\n".into())];
    b.text("headers in a circle", "#include \"a.h\"\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }");
    b.0.last_mut().unwrap().headers = vec![
        ("a.h".into(), "#include \"b.h\"\n#include \"b.h\"\n".into()),
        ("b.h".into(), "#include \"a.h\"\n#include \"a.h\"\n".into()),
    ];
    b.text("doubling includes", "#include \"h0\"\nextern \"C\" __global__ void k(int *x) { x[0] = 1; }");
    b.0.last_mut().unwrap().headers = (0..30)
        .map(|i| (format!("h{i}"), format!("#include \"h{0}\"\n#include \"h{0}\"\nint f{i}();\n", i + 1)))
        .chain([("h30".to_string(), "int f30();".to_string())])
        .collect();
    b.run();
}

#[test]
fn lengths() {
    let mut b = Bombs::default();
    let n = 300_000;
    b.body("long identifier", format!("int {} = 1; x[0] = {};", "a".repeat(n), "b".repeat(n)));
    b.body("long number", format!("x[0] = {};", "1".repeat(n)));
    b.body("long hex number", format!("x[0] = 0x{};", "f".repeat(n)));
    b.body("long float", format!("x[0] = 0.{}f;", "1".repeat(n)));
    b.body("long exponent", format!("x[0] = 1e{}f;", "9".repeat(n)));
    b.body("long hex float", format!("x[0] = 0x1.{}p3f;", "9".repeat(n)));
    b.body("long suffix", format!("x[0] = 1{};", "u".repeat(n)));
    b.body("long string", format!("printf(\"{}\");", "s".repeat(n)));
    b.body("many strings", format!("printf({});", "\"s\" ".repeat(n / 4)));
    b.body("many formats", format!("printf(\"{}\"{});", "%d ".repeat(2000), ", n".repeat(2000)));
    b.body("wide format", "printf(\"%999999999d %.*f\", n, 999999999, 1.0);");
    b.body("long character", format!("x[0] = '{}';", "c".repeat(n)));
    b.body("unterminated string", format!("printf(\"{}", "s".repeat(n)));
    b.body("unterminated comment", format!("/*{}", "s".repeat(n)));
    b.body("long comment", format!("/*{}*/ x[0] = 1; //{}", "s\n".repeat(n), "c".repeat(n)));
    b.body("long line", format!("x[0] = {} 1;", " ".repeat(n * 4)));
    b.body("errors everywhere", "x[0] = y; ".repeat(20_000));
    b.body("errors on lines", "x[0] = y;\n".repeat(20_000));
    b.body("stray characters", "@ ".repeat(n));
    b.body("warnings everywhere", "x[0] == 1;\n".repeat(5_000));
    b.text("megabytes of text", "__device__ int f(int a);\n".repeat(100_000));
    b.text(
        "ten megabytes",
        format!("// {}\nextern \"C\" __global__ void k(int *x) {{ x[0] = 1; }}", "a".repeat(10 << 20)),
    );
    b.text(
        "a hundred megabytes",
        format!("// {}\nextern \"C\" __global__ void k(int *x) {{ x[0] = 1; }}", "a".repeat(100 << 20)),
    );
    b.text("nothing", "");
    b.text("bytes", (0..=0x2ffu32).filter_map(char::from_u32).collect::<String>());
    b.text("zeros", "\0".repeat(n));
    for (name, kernel) in [
        ("long", "k".repeat(n)),
        ("parentheses", format!("k<{}1{}>", "(".repeat(n), ")".repeat(n))),
        ("angles", "k<".repeat(n)),
    ] {
        b.text(format!("kernel name {name}"), "template <int N> __global__ void k(int *x) { x[0] = N; }");
        b.0.last_mut().unwrap().kernel = kernel.leak();
    }
    b.run();
}

#[test]
fn counts() {
    let mut b = Bombs::default();
    for n in [50, 500, 2000, 20_000] {
        let each = |f: &dyn Fn(usize) -> String| (0..n).map(f).collect::<String>();
        b.around(
            format!("functions {n}"),
            each(&|i| format!("__device__ int f{i}(int a) {{ return a + {i}; }}\n")),
            "x[0] = f7(n);",
        );
        b.around(
            format!("called functions {n}"),
            each(&|i| format!("__device__ int f{i}(int a) {{ return a + {i}; }}\n")),
            each(&|i| format!("x[{i}] = f{i}(n);\n")),
        );
        b.around(
            format!("chain of functions {n}"),
            "__device__ int f0(int a) { return a; }\n".to_string()
                + &each(&|i| format!("__device__ int f{}(int a) {{ return f{i}(a) + 1; }}\n", i + 1)),
            format!("x[0] = f{n}(n);"),
        );
        b.around(
            format!("overloads {n}"),
            each(&|i| format!("struct S{i} {{ int a; }}; __device__ int f(S{i} a) {{ return a.a; }}\n")),
            "S5 s; s.a = n; x[0] = f(s);",
        );
        b.around(
            format!("specialisations {n}"),
            "template <int N> __device__ int f() { return 0; }\n".to_string()
                + &each(&|i| format!("template <> __device__ int f<{i}>() {{ return {i}; }}\n")),
            "x[0] = f<7>();",
        );
        b.around(
            format!("instances {n}"),
            "template <int N> __device__ int f(int a) { return a + N; }\n",
            each(&|i| format!("x[0] += f<{i}>(n);\n")),
        );
        b.text(
            format!("parameters {n}"),
            format!(
                "extern \"C\" __global__ void k(int *x{}) {{ x[0] = a3; }}",
                each(&|i| format!(", int a{i}"))
            ),
        );
        b.around(
            format!("function parameters {n}"),
            format!("__device__ int f(int x{}) {{ return x + a3; }}", each(&|i| format!(", int a{i}"))),
            format!("x[0] = f(1{});", ", n".repeat(n)),
        );
        b.body(
            format!("cases {n}"),
            format!("switch (n) {{ {} }}", each(&|i| format!("case {}: x[0] = {i}; break;\n", i * 3))),
        );
        b.body(
            format!("falling cases {n}"),
            format!("switch (n) {{ {} x[0] = 1; }}", each(&|i| format!("case {i}: "))),
        );
        b.body(
            format!("case range {n}"),
            format!("switch (n) {{ {} x[0] = 1; }}", each(&|i| format!("case {}: ", i * 100_000))),
        );
        b.body(
            format!("variables {n}"),
            each(&|i| format!("int v{i} = x[{i}];\n")) + &each(&|i| format!("x[{i}] = v{};\n", n - 1 - i)),
        );
        b.body(format!("straight code {n}"), each(&|i| format!("x[{i}] = x[{i}] * n + {i};\n")));
        b.body(format!("ifs in a row {n}"), each(&|i| format!("if (n > {i}) x[{i}] = n;\n")));
        b.body(format!("returns in a row {n}"), each(&|i| format!("if (x[{i}] > {i}) return;\n")));
        b.body(
            format!("loops in a row {n}"),
            each(&|i| format!("for (int i = 0; i < n; i++) x[i] += {i};\n")),
        );
        b.body(format!("barriers in a row {n}"), each(&|i| format!("x[{i}]++; __syncthreads();\n")));
        b.body(
            format!("shuffles in a row {n}"),
            "int v = n;\n".to_string()
                + &each(&|_| "v += __shfl_xor_sync(~0u, v, 1);\n".into())
                + "x[0] = v;",
        );
        b.body(
            format!("variables over barriers {n}"),
            each(&|i| format!("int v{i} = x[{i}];\n"))
                + "__syncthreads();\n"
                + &each(&|i| format!("x[{i}] = v{i};\n")),
        );
        b.body(format!("barriers under ifs {n}"), each(&|i| format!("if (x[{i}] > 2) __syncthreads();\n")));
        b.body(format!("atomics in a row {n}"), each(&|i| format!("atomicAdd(x + {i}, {i});\n")));
        b.body(format!("math in a row {n}"), each(&|i| format!("x[{i}] = (int)sinf(x[{i}]);\n")));
        // Each is a few hundred instructions once it is inlined.
        b.body(
            format!("pow in a row {n}"),
            each(&|i| format!("x[{i}] = (int)pow((double)x[{i}], (double)n);\n")),
        );
        b.body(format!("printfs in a row {n}"), each(&|i| format!("printf(\"{i} %d\\n\", n);\n")));
        b.body(
            format!("goto forward {n}"),
            each(&|i| format!("if (x[{i}]) goto l{};\n", (i * 7919) % n))
                + &each(&|i| format!("l{i}: x[{i}]++;\n")),
        );
        b.body(
            format!("goto spaghetti {n}"),
            each(&|i| format!("l{i}: x[{i}]++; if (x[{i}] & 1) goto l{};\n", (i * 7919 + 13) % n)),
        );
        b.body(
            format!("goto chain {n}"),
            each(&|i| format!("l{i}: if (x[{i}]) goto l{};\n", if i == 0 { 0 } else { i - 1 })),
        );
        b.around(
            format!("members {n}"),
            format!("struct S {{ {} }};", each(&|i| format!("int m{i};"))),
            "S s; s.m5 = n; S t = s; x[0] = t.m5;",
        );
        b.around(
            format!("members initialised {n}"),
            format!("struct S {{ {} }};", each(&|i| format!("int m{i} = {i};"))),
            "S s; x[0] = s.m5 + s.m6;",
        );
        b.around(
            format!("enumerators {n}"),
            format!("enum E {{ {} }};", each(&|i| format!("e{i},"))),
            "x[0] = e7;",
        );
        b.around(
            format!("globals {n}"),
            each(&|i| format!("__device__ int g{i} = {i};\n")),
            each(&|i| format!("x[{i}] = g{i};")),
        );
        b.around(
            format!("shared variables {n}"),
            "",
            each(&|i| format!("__shared__ int s{i}; s{i} = n;\n")) + "x[0] = s3;",
        );
        b.around(
            format!("structs {n}"),
            each(&|i| format!("struct S{i} {{ int a; }};\n")),
            "S7 s; s.a = 1; x[0] = s.a;",
        );
        b.around(
            format!("doubling structs {n}"),
            "struct S0 { int a; };\n".to_string()
                + &(0..60).map(|i| format!("struct S{} {{ S{i} a, b; }};\n", i + 1)).collect::<String>(),
            "S60 s; x[0] = 1;",
        );
        b.around(
            format!("typedefs {n}"),
            "typedef int T0;\n".to_string() + &each(&|i| format!("typedef T{i} T{};\n", i + 1)),
            format!("T{n} a = n; x[0] = a;"),
        );
        b.around(
            format!("pointer typedefs {n}"),
            "typedef int T0;\n".to_string() + &each(&|i| format!("typedef T{i} *T{};\n", i + 1)),
            format!("T{n} a = 0; x[0] = a != 0;"),
        );
        b.around(
            format!("struct chain {n}"),
            "struct S0 { int a; };\n".to_string() + &each(&|i| format!("struct S{} {{ S{i} s; }};\n", i + 1)),
            format!("S{n} a; S{n} b = a; x[0] = sizeof(b);"),
        );
        b.around(
            format!("initialiser list {n}"),
            format!("__constant__ int c[] = {{ {} }};", each(&|i| format!("{i},"))),
            "x[0] = c[n];",
        );
        b.body(
            format!("local initialiser {n}"),
            format!("int c[] = {{ {} }}; x[0] = c[n];", each(&|i| format!("x[{i}],"))),
        );
        b.around(
            format!("using {n}"),
            each(&|i| format!("namespace a{i} {{ int f(); }} using namespace a{i};\n")),
            "x[0] = 1;",
        );
        b.around(
            format!("default arguments {n}"),
            format!("__device__ int f({} int z = 1) {{ return z; }}", each(&|i| format!("int a{i} = {i},"))),
            "x[0] = f();",
        );
        b.around(
            format!("static asserts {n}"),
            each(&|i| format!("static_assert({i} >= 0, \"no\");\n")),
            "x[0] = 1;",
        );
        b.body(
            format!("asserts {n}"),
            format!("#include <assert.h>\n{}", each(&|i| format!("assert(x[{i}] > 0);\n"))),
        );
    }
    b.run();
}

#[test]
fn too_large_a_kernel_is_refused_at_a_line() {
    let each = |f: &dyn Fn(usize) -> String| (0..20_000).map(f).collect::<String>();
    for (body, phrase) in [
        (each(&|i| format!("if (n > {i}) x[{i}] = n;\n")), "control may part or meet"),
        (each(&|i| format!("x[{i}]++; __syncthreads();\n")), "barriers and warp operations"),
        (each(&|i| format!("__shared__ int s{i}; s{i} = n;\n")), "variables outside of functions"),
        (
            each(&|i| format!("int v{i} = x[{i}];\n")) + &each(&|i| format!("x[{i}] = v{};\n", 19_999 - i)),
            "values in use at one time",
        ),
        // Each label begins a loop that has the next one inside.
        (
            (0..100).map(|i| format!("l{i}: if (x[{i}]) goto l{};\n", i.max(1) - 1)).collect(),
            "loops are nested",
        ),
    ] {
        let text = format!("extern \"C\" __global__ void k(int *x, int n) {{\n{body}}}\n");
        let outcome = compile_text(&text, "k", &[], &[]);
        let log = outcome.refused.unwrap_or_default();
        let line = log.strip_prefix("t.cu(").and_then(|rest| rest.split(')').next()?.parse::<usize>().ok());
        assert!(line.is_some_and(|line| line > 2), "{phrase}: {}", first_line(&log));
        assert!(first_line(&log).contains(phrase), "{phrase}: {}", first_line(&log));
    }
}

#[test]
fn sizes_and_recursion() {
    let mut b = Bombs::default();
    for size in [
        "0",
        "-1",
        "1 << 20",
        "1 << 30",
        "1ll << 40",
        "1ll << 61",
        "0x7fffffffffffffff",
        "0xffffffffffffffffull",
        "n",
        "1.5",
        "0x80000000",
    ] {
        b.body(format!("local array {size}"), format!("int a[{size}]; a[n] = 1; x[0] = a[n / 2];"));
        b.body(format!("initialised array {size}"), format!("int a[{size}] = {{ 1, 2 }}; x[0] = a[n / 2];"));
        b.body(
            format!("shared array {size}"),
            format!("__shared__ int a[{size}]; a[n] = 1; x[0] = a[n / 2];"),
        );
        b.around(format!("global array {size}"), format!("__device__ int a[{size}];"), "x[0] = a[n];");
        b.around(
            format!("constant array {size}"),
            format!("__constant__ int a[{size}] = {{ 1 }};"),
            "x[0] = a[n];",
        );
        b.around(
            format!("constexpr array {size}"),
            format!("constexpr int a[{size}] = {{ 1 }};"),
            "x[0] = a[0] + a[n];",
        );
        b.around(
            format!("member array {size}"),
            format!("struct S {{ int a[{size}]; }};"),
            "S s; s.a[n] = 2; S t = s; x[0] = t.a[n];",
        );
        b.text(format!("parameter array {size}"), format!("struct S {{ int a[{size}]; }}; extern \"C\" __global__ void k(int *x, S s) {{ x[0] = s.a[1]; }}"));
        b.around(
            format!("returned array {size}"),
            format!("struct S {{ int a[{size}]; }}; __device__ S f(S s) {{ s.a[0]++; return s; }}"),
            "S s; s.a[n] = 2; x[0] = f(f(s)).a[n];",
        );
        b.body(format!("two dimensions {size}"), format!("int a[{size}][{size}]; x[0] = sizeof(a);"));
        b.body(format!("alignment {size}"), format!("__align__({size}) int a = n; x[0] = a;"));
        b.around(
            format!("bit field {size}"),
            format!("struct S {{ int a : {size}; }};"),
            "S s; s.a = n; x[0] = s.a;",
        );
        b.text(
            format!("launch bounds {size}"),
            format!("extern \"C\" __global__ __launch_bounds__({size}) void k(int *x) {{ x[0] = 1; }}"),
        );
        b.body(format!("shift {size}"), format!("x[0] = 1 << ({size});"));
        b.body(format!("memset {size}"), format!("int a[4]; memset(a, 0, {size}); x[0] = a[0];"));
        b.body(
            format!("unroll {size}"),
            format!("#pragma unroll {size}\nfor (int i = 0; i < n; i++) x[i]++;"),
        );
        b.around(
            format!("template array {size}"),
            "template <long long N> __device__ int f() { int a[N]; a[0] = 1; return a[0]; }",
            format!("x[0] = f<({size})>();"),
        );
    }
    for (name, text) in [
        ("self containing", "struct S { S s; };"),
        ("containing each other", "struct B; struct A { B b; }; struct B { A a; };"),
        ("self array", "struct S { S s[2]; int a; };"),
        ("incomplete", "struct S;"),
        ("incomplete base", "struct T; struct S : T { };"),
        ("own base", "struct S : S { };"),
        ("method returning self", "struct S { int a; __device__ S f() { return f(); } };"),
        ("static member of self", "struct S { static S s; int a; };"),
        ("size of itself", "struct S { int a[sizeof(S)]; };"),
        ("default member of itself", "struct S { int a = S().a; };"),
        ("conversion to itself", "struct S { int a; __device__ operator S() { return *this; } };"),
        ("arrow of itself", "struct S { int a; __device__ S operator->() { return *this; } };"),
        ("typedef of itself", "typedef S S; struct S { int a; };"),
        ("enum of itself", "enum S { a = b, b = a };"),
        ("constructor of itself", "struct S { int a; __device__ S() : S() { } };"),
        ("auto of itself", "struct S { int a; }; __device__ auto g() { return g(); } "),
    ] {
        b.around(name, text, "S s; S *p = &s; x[0] = sizeof(s) + (p != 0);");
        b.around(format!("{name}, used"), text, "S s; s->a = 1; x[0] = s.a; s.f(); x[1] = g();");
    }
    b.around("constant of itself", "constexpr int a = a + 1;", "x[0] = a;");
    b.around(
        "constants in a circle",
        "extern const int b; const int a = b; const int b = a;",
        "int q[a]; x[0] = q[0];",
    );
    for depth in ["10", "500", "5000", "100000", "-1"] {
        b.around(format!("template recursion {depth}"), "template <int N> __device__ int f() { if constexpr (N == 0) return 1; else return f<N - 1>() + 1; }", format!("x[0] = f<{depth}>();"));
        b.around(format!("template tree {depth}"), "template <int N> __device__ int f() { if constexpr (N == 0) return 1; else return f<N - 1>() + f<N - 2>(); }", format!("x[0] = f<{depth}>();"));
        b.around(
            format!("constexpr recursion {depth}"),
            "constexpr __device__ int f(int n) { return n == 0 ? 1 : f(n - 1) + 1; }",
            format!("constexpr int a = f({depth}); x[0] = a;"),
        );
        b.around(
            format!("constexpr tree {depth}"),
            "constexpr __device__ int f(int n) { return n < 2 ? 1 : f(n - 1) + f(n - 2); }",
            format!("constexpr int a = f({depth}); x[0] = a;"),
        );
        b.around(format!("constexpr loop {depth}"), "constexpr __device__ int f(int n) { int s = 0; for (int i = 0; i != n; i++) for (int j = 0; j != n; j++) s ^= i; return s; }", format!("constexpr int a = f({depth}); int q[f({depth}) % 7 + 8]; x[0] = a + q[0];"));
        b.around(
            format!("constexpr array fill {depth}"),
            "struct A { int v[100000]; constexpr A(int n) : v() { for (int i = 0; i < n; i++) v[i] = i; } };",
            format!("constexpr A a({depth}); x[0] = a.v[5];"),
        );
    }
    b.around(
        "types growing by template",
        "template <class T> struct P { T *p; }; template <class T> __device__ int f(T t) { return f(&t); }",
        "x[0] = f(n);",
    );
    b.around(
        "numbers growing by template",
        "template <int N, class T> __device__ int f(T t) { return f<N + 1>(t); }",
        "x[0] = f<0>(n);",
    );
    b.around("two templates in turn", "template <int N> __device__ int g(); template <int N> __device__ int f() { return g<N + 1>(); } template <int N> __device__ int g() { return f<N + 1>(); }", "x[0] = f<0>();");
    b.around(
        "deduction with a default of itself",
        "template <class T = int, int N = sizeof(T)> __device__ int f(T t = T()) { return N; }",
        "x[0] = f();",
    );
    b.around(
        "endless constexpr",
        "constexpr __device__ int f() { while (true) { } return 1; }",
        "int q[f()]; x[0] = q[0];",
    );
    b.around(
        "endless constexpr goto",
        "constexpr __device__ int f() { l: goto l; return 1; }",
        "int q[f()]; x[0] = q[0];",
    );
    b.around("constexpr division by zero", "constexpr int a = 1 / 0; constexpr int c = (-2147483647 - 1) / -1; constexpr int d = (-2147483647 - 1) % -1;", "int q[a]; x[0] = q[c] + d;");
    b.body(
        "constant division by zero",
        "x[0] = 1 / 0; x[1] = 1 % 0; x[2] = (-2147483647 - 1) / -1; x[3] = 1.0 / 0; x[4] = (int)(0.0 / 0);",
    );
    b.body("overflow", "x[0] = 2147483647 + 1; x[1] = 9223372036854775807ll + 1; x[2] = -(-2147483647 - 1); x[3] = 1 << 40; x[4] = 1 << -1;");
    b.around(
        "recursion",
        "__device__ int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }",
        "x[0] = f(n);",
    );
    b.around("mutual recursion", "__device__ int g(int n); __device__ int f(int n) { return n < 2 ? n : g(n - 1); } __device__ int g(int n) { return f(n - 1) + g(n - 2); }", "x[0] = f(n) + g(n);");
    b.around(
        "recursion with barrier",
        "__device__ int f(int n) { __syncthreads(); return n < 2 ? n : f(n - 1); }",
        "x[0] = f(n);",
    );
    b.around(
        "doubling calls",
        (0..40).fold("__device__ int f0(int a) { return a * 3 + 1; }\n".to_string(), |s, i| {
            s + &format!("__device__ int f{}(int a) {{ return f{i}(a) + f{i}(a + 1); }}\n", i + 1)
        }),
        "x[0] = f40(n);",
    );
    b.around("doubling template calls", "template <int N, int M> __device__ int f(int a) { if constexpr (N == 0) return a; else return f<N - 1, M * 2>(a) + f<N - 1, M * 2 + 1>(a); }", "x[0] = f<24, 1>(n);");
    for n in [5, 8, 12] {
        b.body(
            format!("unrolled loops {n}"),
            format!(
                "int s = n; {} s = s * 3 + 1; x[0] = s;",
                (0..n)
                    .map(|i| format!("\n#pragma unroll\nfor (int i{i} = 0; i{i} < 64; i{i}++)"))
                    .collect::<String>()
            ),
        );
    }
    b.body("struct of a thousand copies", "struct S { int a[1000]; } s, t; for (int i = 0; i < 1000; i++) s.a[i] = x[i]; t = s; s = t; x[0] = s.a[n] + t.a[n];");
    b.run();
}
