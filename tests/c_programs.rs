//! Builds every program of c_tests as C99 with all warnings as errors and runs it. `VMGPU_C_TESTS` repeats that under a
//! checker: `asan` (library and programs instrumented) or `valgrind`; each checker must first find planted bugs.

#![cfg(target_os = "linux")]

mod c_support;
#[path = "support/fakes.rs"]
mod fakes;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use c_support::header::{Header, root};
use c_support::{Compiler, printed, run_ok, scratch};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Plain,
    Asan,
    Valgrind,
}

fn mode() -> Mode {
    match std::env::var("VMGPU_C_TESTS").as_deref() {
        Ok("asan") => Mode::Asan,
        Ok("valgrind") => Mode::Valgrind,
        Ok("") | Err(_) => Mode::Plain,
        Ok(other) => panic!("VMGPU_C_TESTS is {other}; it can be asan or valgrind"),
    }
}

/// Builds the library with AddressSanitizer (once; cargo keeps it) and makes the other helpers use it.
fn library_for_mode() {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        if mode() != Mode::Asan {
            return;
        }
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../asan");
        run_ok(
            Command::new(env!("CARGO"))
                .args(["build", "--lib", "--target", &target, "--target-dir"])
                .arg(&dir)
                .current_dir(root())
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", "-Zsanitizer=address -Zexternal-clangrt")
                .env_remove("CARGO_ENCODED_RUSTFLAGS"),
        );
        let built = std::fs::canonicalize(dir.join(target).join("debug")).expect("the instrumented library");
        // SAFETY: every test passes here before it reads the variable, and nothing else in this process reads the
        // environment meanwhile: other tests wait for this initialisation.
        unsafe { std::env::set_var("VMGPU_C_LIBRARY_DIR", built) };
    });
}

/// The program built from c_tests/NAME.c.
fn program(name: &str) -> PathBuf {
    library_for_mode();
    let source = root().join(format!("c_tests/{name}.c"));
    let built = scratch(&format!("c_{name}_{:?}_{:?}", mode(), std::thread::current().id())).join(name);
    let mut compiler = Compiler::new("c", "c99");
    if mode() == Mode::Asan {
        compiler = compiler.flag("-fsanitize=address").flag("-fno-omit-frame-pointer");
    }
    compiler.build(&source, &built);
    built
}

/// The command that runs a program under the checker of this mode. A program that hangs is ended. Memory errors always
/// count, leaks where the program gives everything back.
fn command(program: &Path, leaks_count: bool) -> Command {
    let limit = match mode() {
        Mode::Plain => 120,
        _ => 900,
    };
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(limit.to_string());
    match mode() {
        Mode::Plain => {}
        Mode::Asan => {
            let leaks = u32::from(leaks_count);
            let options = format!("detect_leaks={leaks}:exitcode=99:allocator_may_return_null=1");
            command.env("ASAN_OPTIONS", options);
        }
        Mode::Valgrind => {
            command.args(["valgrind", "--quiet", "--error-exitcode=99", "--fair-sched=yes"]);
            if leaks_count {
                command.args(["--leak-check=full", "--errors-for-leak-kinds=definite"]);
                command.arg("--show-leak-kinds=definite");
            }
        }
    }
    command.arg(program);
    command
}

fn run(name: &str) {
    let text = run_ok(&mut command(&program(name), true));
    assert!(text.contains(" 0 failures"), "{name} did not say that it passed:\n{text}");
}

#[test]
fn null_arguments() {
    run("null_arguments");
}

#[test]
fn handles() {
    run("handles");
}

#[test]
fn structs() {
    run("structs");
}

#[test]
fn text_out() {
    run("text_out");
}

#[test]
fn buffers() {
    run("buffers");
}

#[test]
fn managed() {
    run("managed");
}

#[test]
fn log() {
    run("log");
}

#[test]
fn executor() {
    run("executor");
}

#[test]
fn monkey() {
    run("monkey");
}

#[test]
fn fork() {
    if mode() == Mode::Asan {
        // Its allocator's own locks stay locked in a child: the child hangs there, not in our code.
        return;
    }
    // A child has the memory of threads that it does not have. Under valgrind one thread runs at a time, and a compile
    // takes longer than a fork waits for it: there only the first part is run.
    let mut command = command(&program("fork"), false);
    if mode() == Mode::Valgrind {
        command.arg("0");
    }
    let text = run_ok(&mut command);
    assert!(text.contains(" 0 failures"), "fork did not say that it passed:\n{text}");
}

/// Every case of fake_gpu.c against the fake driver, each in a process of its own.
#[test]
#[cfg(feature = "cuda")]
fn fake_gpu() {
    let program = program("fake_gpu");
    let cuda = fakes::build("fakecuda.c", "libcuda.so.1", &[]);
    let nvrtc = fakes::build("fakenvrtc.c", "libnvrtc.so.13", &[]);
    let builtins = nvrtc.with_file_name("libnvrtc-builtins.so.13.0");
    if !builtins.exists() {
        fakes::build_builtins(&builtins);
    }
    let cases = run_ok(&mut command(&program, true));
    let cases: Vec<&str> = cases.lines().filter(|line| !line.is_empty()).collect();
    assert!(cases.len() >= 10, "{cases:?}");
    for case in cases {
        // What a lost device or a running kernel holds cannot be given back by a process that goes on or ends.
        let gives_back = case != "illegal_address" && !case.ends_with("while_busy");
        let mut command = command(&program, gives_back);
        command.arg(case).env("VMGPU_CUDA_PATH", &cuda).env("VMGPU_NVRTC_PATH", &nvrtc);
        let text = run_ok(&mut command);
        assert!(text.contains(" 0 failures"), "{case} did not say that it passed:\n{text}");
    }
}

/// A checker that is not really there finds nothing: these programs have bugs.
#[test]
fn the_checker_finds_planted_bugs() {
    let found: &[(&str, &str)] = match mode() {
        Mode::Plain => &[],
        Mode::Asan => &[
            ("use-after-free", "heap-use-after-free"),
            ("overflow-in-library", "heap-buffer-overflow"),
            ("leak", "detected memory leaks"),
        ],
        Mode::Valgrind => &[
            ("use-after-free", "Invalid read"),
            ("overflow-in-library", "Invalid read"),
            ("leak", "definitely lost"),
        ],
    };
    let program = program("planted");
    run_ok(command(&program, true).arg("none"));
    for (bug, message) in found {
        let output = command(&program, true).arg(bug).output().expect("the checker starts");
        let text = printed(&output);
        assert_eq!(output.status.code(), Some(99), "{bug} went unnoticed:\n{text}");
        assert!(text.contains(message), "{bug} was reported as something else:\n{text}");
    }
}

/// Every source file here is run by a test above, and every function of the header is called by one of them.
#[test]
fn nothing_is_left_out() {
    let this = std::fs::read_to_string(root().join("tests/c_programs.rs")).expect("this file");
    let mut all = String::new();
    for entry in std::fs::read_dir(root().join("c_tests")).expect("c_tests") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|e| e != "c") {
            continue;
        }
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_string();
        let called = ["run(", "program("].iter().any(|how| this.contains(&format!("{how}\"{name}\"")));
        assert!(called, "c_tests/{name}.c is not run");
        all += &std::fs::read_to_string(&path).expect("source");
    }
    let words: std::collections::HashSet<&str> =
        all.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let header = Header::read();
    let missing: Vec<&String> =
        header.functions.iter().map(|f| &f.name).filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no C test calls {missing:?}");
    // In null_arguments.c every function that takes a pointer appears with NULL in each of them.
    let nulls = std::fs::read_to_string(root().join("c_tests/null_arguments.c")).expect("null_arguments.c");
    for function in &header.functions {
        let pointers = function.parameters.matches('*').count();
        let calls = nulls.matches(&format!("{}(", function.name)).count();
        let by_value = function.name.starts_with("vmgpu_arg_");
        assert!(
            pointers == 0 || by_value || calls > 0,
            "null_arguments.c does not call {} ({pointers} pointers)",
            function.name
        );
    }
}
