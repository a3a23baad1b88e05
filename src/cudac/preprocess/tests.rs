//! The preprocessor against texts whose result the standard (or nvcc) fixes.

use super::*;
use crate::cudac::builtins::FIXED_NAMES;

struct Run {
    text: String,
    log: String,
}

fn run_with(text: &str, options: &PreprocessOptions, headers: &[MemoryHeader<'_>]) -> Run {
    let mut sink = Diagnostics::default();
    let input = PreprocessInput { name: "k.cu", text: text.into(), options, headers };
    let names = Interner::over(&FIXED_NAMES);
    let done = preprocess(&input, names, SourceMap::new(), &mut sink);
    let mut out = String::new();
    for (i, token) in done.tokens.iter().enumerate() {
        if i > 0 && token.has(token::LINE_START) && token.kind != Kind::Eof {
            out.push('\n');
        } else if i > 0 && token.has(token::SPACE) && token.kind != Kind::Eof {
            out.push(' ');
        }
        out.push_str(macros::spelling(*token, &done.names));
    }
    Run { text: out, log: sink.render(&done.sources, "k.cu") }
}

fn run(text: &str) -> Run {
    run_with(text, &PreprocessOptions::default(), &[])
}

/// The result of a text that must be fine.
fn clean(text: &str) -> String {
    let run = run(text);
    assert_eq!(run.log, "", "{text}");
    run.text
}

#[test]
fn object_and_function_macros() {
    assert_eq!(clean("#define N 16\nint a[N];"), "int a[16];");
    assert_eq!(clean("#define SQ(x) ((x)*(x))\nSQ(a + 1)"), "((a + 1)*(a + 1))");
    assert_eq!(clean("#define F(a,b) a-b\nF((1,2),3) F ( x , y )"), "(1,2)-3 x-y");
    assert_eq!(clean("#define F() 1\nF() F"), "1 F");
    assert_eq!(clean("#define A B\n#define B A\nA B"), "A B");
    assert_eq!(clean("#define f(x) x f\nf(1)(2)(3)"), "1 f(2)(3)");
    assert_eq!(clean("#define EMPTY\n#define G(x) [x]\nG(EMPTY) EMPTY G()"), "[] []");
    assert_eq!(clean("#define CALL(m, ...) m(__VA_ARGS__)\n#define ADD(a,b) a+b\nCALL(ADD,1,2)"), "1+2");
}

#[test]
fn the_standards_own_examples() {
    let text = "#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n#define h g(~\n\
                #define m(a) a(w)\n#define w 0,1\n#define t(a) a\n#define p() int\n#define q(x) x\n#define r(x,y) x ## y\n\
                #define str(x) # x\nf(y+1) + f(f(z)) % t(t(g)(0) + t)(1);\ng(x+(3,4)-w) | h 5) & m\n(f)^m(m);\n\
                p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };\nchar c[2][6] = { str(hello), str() };";
    let flat = clean(text).replace('\n', " ");
    assert_eq!(
        flat,
        "f(2 * (y+1)) + f(2 * (f(2 * (z[0])))) % f(2 * (0)) + t(1); f(2 * (2+(3,4)-0,1)) | f(2 * (~ 5)) & \
         f(2 * (0,1))^m(0,1); int i[] = { 1, 23, 4, 5,  }; char c[2][6] = { \"hello\", \"\" };"
            .replace(",  }", ", }")
    );
}

#[test]
fn stringifying_and_pasting() {
    assert_eq!(clean("#define S(x) #x\nS( a  +  \"b\\n\" )"), r#""a + \"b\\n\"""#);
    assert_eq!(clean("#define C(a,b) a##b\nC(foo,bar) C(1,e5) C(,x) C(+,=)"), "foobar 1e5 x +=");
    assert_eq!(clean("#define X(n) int v##n##_t = n\nX(7);"), "int v7_t = 7;");
    let text = "#define XS(x) S(x)\n#define S(x) #x\n#define V 4\nXS(V) S(V)";
    assert_eq!(clean(text), "\"4\" \"V\"");
    assert_eq!(clean("#define H(a) a ## 1\n#define v1 ok\nH(v)"), "ok");
    assert!(run("#define P(a,b) a##b\nP(+,x)").log.contains("does not give a valid token"));
}

#[test]
fn variadic_macros() {
    assert_eq!(
        clean("#define P(f, ...) printf(f, ##__VA_ARGS__)\nP(\"x\"); P(\"y\", 1, 2);"),
        "printf(\"x\"); printf(\"y\", 1, 2);"
    );
    assert_eq!(clean("#define P(f, a...) g(f, a)\nP(1, 2, 3)"), "g(1, 2, 3)");
    assert_eq!(clean("#define P(f, ...) g(f __VA_OPT__(,) __VA_ARGS__)\nP(1) P(1, 2)"), "g(1) g(1, 2)");
    assert_eq!(clean("#define S(...) #__VA_ARGS__\nS(a, b ,c)"), "\"a, b ,c\"");
}

#[test]
fn conditions() {
    let yes = |c: &str| assert_eq!(clean(&format!("#if {c}\nyes\n#else\nno\n#endif")), "yes", "{c}");
    let no = |c: &str| assert_eq!(clean(&format!("#if {c}\nyes\n#else\nno\n#endif")), "no", "{c}");
    yes("1 + 2 * 3 == 7 && (4 >> 1) == 2");
    yes("defined(__CUDACC__) && defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 700");
    yes("-1 < 0");
    no("-1 < 0u");
    yes("0 || !(1/1 - 1)");
    yes("0 ? 1/0 : 1");
    yes("'a' == 97");
    yes("(-8 >> 1) == -4 && -7 / 2 == -3 && -7 % 2 == -1");
    yes("~0 == -1 && 0xffffffffffffffff == -1");
    no("UNKNOWN");
    no("defined(x) || 0");
    yes("not 0 and true");
    yes("__cplusplus == 201703L");
    yes("__has_include(<math.h>) && !__has_include(\"nothing.h\") && !__has_builtin(__foo)");
    yes("defined(__has_include)");
    assert_eq!(clean("#define HAS (defined(A) && A)\n#define A 1\n#if HAS\nyes\n#endif"), "yes");
    let chain =
        "#if 0\na\n#elif 0\nb\n#elif 1\nc\n#if 0\nx\n#else\nd\n#endif\n#elif 1/0\ne\n#else\nf\n#endif";
    assert_eq!(clean(chain), "c\nd");
    assert_eq!(clean("#ifndef A\n#define A\n#ifdef A\nin\n#endif\n#else\nno\n#endif\nout"), "in\nout");
    assert_eq!(
        clean("#if 0\ndon't mind \"this\n/* #endif\n*/ z #endif is not one\n#else garbage\nx\n#endif"),
        "x"
    );
    for bad in [
        "#if\n#endif",
        "#if 1 +\n#endif",
        "#if (1\n#endif",
        "#if 1/0\n#endif",
        "#if 1.5\n#endif",
        "#if f(1)\n#endif",
    ] {
        assert!(run(bad).log.contains("k.cu(1): error"), "{bad}");
    }
    for bad in ["#if 1", "#endif", "#else", "#if 1\n#else\n#else\n#endif", "#if 0\n#else\n#elif 1\n#endif"] {
        assert!(run(bad).log.contains("error"), "{bad}");
    }
}

#[test]
fn comments_splices_and_raw_strings() {
    assert_eq!(clean("a/* x */b // c\\\nd\ne"), "a b\ne");
    assert_eq!(clean("in\\\nt x\\\r\n = 1\\\n2;"), "int x = 12;");
    assert_eq!(clean("#define M a \\\n b\nM"), "a b");
    assert_eq!(clean("R\"(a\nb \"//)\" x"), "R\"(a\nb \"//)\" x");
    assert_eq!(clean("\"a\\\"b\" 'x' '\\''"), "\"a\\\"b\" 'x' '\\''");
    assert!(run("/* open").log.contains("comment unclosed"));
    assert!(run("char *s = \"abc;\nint x;").log.contains("k.cu(1): error: missing closing quote"));
}

#[test]
fn punctuators_are_the_longest() {
    assert_eq!(clean("a<<=b>>=c->*d...e.*f::g<=>h"), "a<<=b>>=c->*d...e.*f::g<=>h");
    assert_eq!(clean("x+++++y"), "x+++++y");
}

#[test]
fn headers_from_memory_and_known_ones() {
    let headers = [
        MemoryHeader { name: "a.h", text: "#pragma once\nint a;\n#include \"sub/b.h\"\n" },
        MemoryHeader { name: "sub/b.h", text: "#ifndef B\n#define B\n#include \"c.h\"\n#endif\n" },
        MemoryHeader { name: "sub/c.h", text: "int c = __LINE__;" },
    ];
    let options = PreprocessOptions::default();
    let text = "#include \"a.h\"\n#include <a.h>\n#include \"sub/b.h\"\n#define H <a.h>\n#include H\nx";
    let done = run_with(text, &options, &headers);
    assert_eq!((done.text.as_str(), done.log.as_str()), ("int a;\nint c = 1;\nx", ""));
    assert_eq!(clean("INT_MAX\n#include <climits>\nINT_MAX"), "INT_MAX\n2147483647");
    assert_eq!(clean("#include <cuda_runtime.h>\n#include <math.h>\nM_PI"), "3.14159265358979323846");
    let log = run("#include \"none.h\"\nint x;").log;
    assert!(log.starts_with("k.cu(1): error: cannot open source file \"none.h\"\n"), "{log}");
    let own = [MemoryHeader { name: "loop.h", text: "#include \"loop.h\"\n" }];
    let log = run_with("#include \"loop.h\"", &options, &own).log;
    assert!(log.contains("nested too deeply") && log.contains("1 error"), "{log}");
}

#[test]
fn headers_from_disk_only_when_allowed() {
    let folder = std::env::temp_dir().join(format!("vmgpu-pp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("d.h"), "#include \"e.h\"\nint d;").unwrap();
    std::fs::write(folder.join("e.h"), "int e;").unwrap();
    let include_dirs = vec![folder.to_string_lossy().into_owned()];
    let mut options = PreprocessOptions { include_dirs, allow_disk: true, ..Default::default() };
    let allowed = run_with("#include <d.h>", &options, &[]);
    options.allow_disk = false;
    let refused = run_with("#include <d.h>", &options, &[]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((allowed.text.as_str(), allowed.log.as_str()), ("int e;\nint d;", ""));
    assert!(refused.log.contains("cannot open"));
}

/// As NVRTC sees it: what lies beside the file that includes it, or in a folder of the caller's, but not the host's own.
#[test]
fn files_of_the_caller_take_the_place_of_standard_headers() {
    let root = std::env::temp_dir().join(format!("vmgpu-pp-own-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("host/dirent.h", "");
    write("host/features.h", "int host;");
    write("host/limits.h", "int host;");
    write("host/of_debian.h", "int debian;");
    write(
        "own/sub/a.h",
        "#include \"memory.h\"\n#include \"list\"\n#include \"math.h\"\n#include <string.h>",
    );
    write("own/sub/memory.h", "int memory;");
    write("own/sub/list", "int list;");
    write("own/sub/math.h", "int math;");
    write("own/sub/string.h", "int not_in_a_folder;");
    write("own/numeric", "int numeric;");
    let include_dirs = ["host", "own"].map(|name| root.join(name).to_string_lossy().into_owned()).to_vec();
    let mut options = PreprocessOptions { include_dirs, allow_disk: true, ..Default::default() };
    let text =
        "#include <limits.h>\n#include <of_debian.h>\n#include \"sub/a.h\"\n#include <numeric>\nCHAR_BIT";
    let done = run_with(text, &options, &[]);
    options.allow_disk = false;
    let refused = run_with("#include <numeric>\n#include <limits.h>\nCHAR_BIT", &options, &[]);
    std::fs::remove_dir_all(&root).unwrap();
    assert_eq!(done.log, "");
    let words = ["int debian;", "int memory;", "int list;", "int math;", "int numeric;", "8"];
    assert_eq!(done.text.split_whitespace().collect::<Vec<_>>().join(" "), words.join(" "));
    assert!(refused.log.is_empty() && refused.text.contains("8") && !refused.text.contains("int numeric"));
}

#[test]
fn options_define_and_undefine() {
    let macros = vec![
        MacroOption::Define("N=4".into()),
        MacroOption::Define("FLAG".into()),
        MacroOption::Define("ADD(a,b)=a+b".into()),
        MacroOption::Undef("__CUDA_ARCH__".into()),
    ];
    let options = PreprocessOptions { macros, standard: 20, ..Default::default() };
    let done = run_with("N FLAG ADD(1,2) __CUDA_ARCH__ __cplusplus", &options, &[]);
    assert_eq!((done.text.as_str(), done.log.as_str()), ("4 1 1+2 __CUDA_ARCH__ 202002L", ""));
    let macros = vec![MacroOption::Define("9x=1".into())];
    let bad = run_with("x", &PreprocessOptions { macros, ..Default::default() }, &[]);
    assert!(bad.log.contains("<command line>(1): error"), "{}", bad.log);
}

#[test]
fn positions_and_dynamic_macros() {
    assert_eq!(clean("__LINE__\n\n__LINE__ __FILE__ __COUNTER__ __COUNTER__"), "1\n3 \"k.cu\" 0 1");
    assert_eq!(clean("#define L __LINE__\n#define F(x) x L\nF(\n1)"), "1 3");
    assert_eq!(clean("#line 40 \"gen.cu\"\n__LINE__ __FILE__"), "40 \"gen.cu\"");
    assert_eq!(clean("_Pragma(\"unroll\") for\n#pragma unroll 4\nx"), "for\nx");
    let log = run("#line 7 \"gen.cu\"\n#define B )\n#error stop  here\n").log;
    assert!(log.starts_with("gen.cu(8): error: #error directive: stop  here\n"), "{log}");
}

#[test]
fn assert_follows_ndebug() {
    let on = clean("assert(a < b, c);");
    assert!(
        on.starts_with("((a < b, c) ? (void)0 : __assert_fail(\"a < b, c\", \"k.cu\", 1, __func__))"),
        "{on}"
    );
    assert_eq!(clean("#define NDEBUG\nassert(x);"), "((void)0);");
    assert_eq!(clean("#define assert(x) mine(x)\nassert(1);"), "mine(1);");
    assert_eq!(clean("#define N 1\n#define N 1\nN"), "1");
    assert!(
        run("#define N 1\n#define N 2\nN").log.contains("warning: incompatible redefinition of macro \"N\"")
    );
}

#[test]
fn broken_directives_are_named() {
    let errors = [
        ("#define", "expected an identifier"),
        ("#define 1x", "expected an identifier"),
        ("#define F(a,a) a", "duplicate"),
        ("#define F(a b) a", "expected"),
        ("#define F(a", "expected"),
        ("#define F(a) #b", "not followed by a macro parameter"),
        ("#define A ##x", "may not stand"),
        ("#define defined 1", "cannot be defined"),
        ("#nonsense", "unrecognized preprocessing directive"),
        ("#include", "expected a file name"),
        ("#undef 1", "expected an identifier"),
        ("#ifdef\n#endif", "expected an identifier"),
        ("#define F(a,b) a\nF(1)", "too few arguments"),
        ("#define F(a) a\nF(1,2)", "too many arguments"),
        ("#define F(a) a\nF(1", "unterminated argument list"),
    ];
    for (text, message) in errors {
        let log = run(text).log;
        assert!(log.contains(message) && log.contains("error"), "{text}: {log}");
    }
}

#[test]
fn growth_is_bounded() {
    let mut doubling = String::from("#define A0 x x\n");
    for i in 1..60 {
        doubling += &format!("#define A{i} A{} A{}\n", i - 1, i - 1);
    }
    let log = run(&format!("{doubling}A59")).log;
    assert!(log.contains("macro expansion is too large"), "{log}");
    let mut empty = String::from("#define E0\n");
    for i in 1..60 {
        empty += &format!("#define E{i} E{} E{}\n", i - 1, i - 1);
    }
    assert!(run(&format!("{empty}E59")).log.contains("too large"));
    let mut paste = String::from("#define P0(a) a##a\n");
    for i in 1..40 {
        paste += &format!("#define P{i}(a) P{}(a##a)\n", i - 1);
    }
    assert!(run(&format!("{paste}P39(abcdefgh)")).log.contains("too large"));
    let deep = format!("#define F(x) x\n{}1{}", "F(".repeat(5000), ")".repeat(5000));
    assert!(run(&deep).log.contains("nested too deeply"));
    let ifs = "#if 1\n".repeat(5000);
    assert!(run(&ifs).log.contains("nested too deeply"));
    let parens = format!("#if {}1{}\n#endif", "(".repeat(5000), ")".repeat(5000));
    assert!(run(&parens).log.contains("nested too deeply"));
    let long = "int x;\n".repeat(3_000_000);
    assert!(run(&long).log.contains("too large"));
}
