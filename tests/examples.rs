//! Every example is built as a reader would build it, run, and its output checked. What the machine has decides where a
//! kernel runs; that the numbers are right and that the program says where they come from does not.

#![cfg(target_os = "linux")]

mod c_support;

use std::path::{Path, PathBuf};
use std::process::Command;

use c_support::header::root;
use c_support::{Compiler, library_in, linkable_library, run_ok, scratch};

fn build(name: &str) -> (PathBuf, PathBuf) {
    let dir = scratch(&format!("example_{name}"));
    let program = dir.join(name);
    let (extension, standard) = match root().join(format!("examples_c/{name}.c")).is_file() {
        true => ("c", "c99"),
        false => ("cpp", "c++17"),
    };
    let source = root().join(format!("examples_c/{name}.{extension}"));
    Compiler::new(extension, standard).flag("-O2").build(&source, &program);
    (dir, program)
}

/// Who the program says did the work; a GPU machine that is asked to use its GPU must have done so.
fn executed_by(text: &str) -> &str {
    let by = ["the GPU", "the CPU device", "our own"]
        .into_iter()
        .find(|by| text.lines().any(|line| line.contains(&format!("by {by}"))))
        .unwrap_or_else(|| panic!("nobody did the work:\n{text}"));
    if std::env::var("VMGPU_REQUIRE").is_ok_and(|r| r.contains("cuda") || r.contains("rocm")) {
        assert_eq!(by, "the GPU", "{text}");
    }
    by
}

#[test]
fn devices() {
    let (_, program) = build("devices");
    let text = run_ok(&mut Command::new(program));
    assert!(text.contains(&format!("libvmgpu {}", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(text.contains("CPU device 0: "), "{text}");
    for backend in ["CUDA (cuda): ", "ROCm (rocm): ", "CPU (cpu): 1 device", "default device: "] {
        assert!(text.contains(backend), "no {backend:?} in:\n{text}");
    }
}

#[test]
fn vector_add() {
    let (_, program) = build("vector_add");
    let text = run_ok(&mut Command::new(program));
    assert!(text.contains("1000000 sums by ") && text.contains(", 0 wrong"), "{text}");
    assert!(text.contains("kernel `add`: executed by"), "{text}");
    executed_by(&text);
}

#[test]
fn picture() {
    let (dir, program) = build("picture");
    let text = run_ok(Command::new(&program).args(["301", "203"]).current_dir(&dir));
    assert!(text.contains("julia.ppm: 301 x 203 pixels by "), "{text}");
    executed_by(&text);
    let bytes = std::fs::read(dir.join("julia.ppm")).expect("julia.ppm");
    let header = b"P6\n301 203\n255\n";
    assert_eq!(&bytes[..header.len()], header);
    let pixels = &bytes[header.len()..];
    assert_eq!(pixels.len(), 301 * 203 * 3);
    // The same set in Rust. Points near its edge depend on the last bit, so a few may differ.
    let (width, height) = (301, 203);
    let mut different = 0;
    for y in 0..height {
        for x in 0..width {
            let mut zx = 3.0f32 * (x as f32 - 0.5 * width as f32) / height as f32;
            let mut zy = 3.0f32 * (y as f32 - 0.5 * height as f32) / height as f32;
            let mut step = 0u32;
            while step < 255 && zx * zx + zy * zy < 16.0 {
                (zx, zy) = (zx * zx - zy * zy - 0.8, 2.0 * zx * zy + 0.156);
                step += 1;
            }
            different += usize::from(pixels[3 * (y * width + x) + 1] != step as u8);
        }
    }
    assert!(different * 50 < width * height, "{different} of {} pixels differ", width * height);
    let colours: std::collections::HashSet<&[u8]> = pixels.chunks(3).collect();
    assert!(colours.len() > 30, "a picture of {} colours is no Julia set", colours.len());
    // Sizes that make no sense are refused.
    let refused = Command::new(&program).args(["0", "5"]).status().expect("picture starts");
    assert_eq!(refused.code(), Some(2));
}

#[test]
fn bytecode_vm() {
    let (_, program) = build("bytecode_vm");
    let text = run_ok(Command::new(program).arg("20011"));
    assert!(text.contains("20011 elements") && text.contains("; 0 results differ"), "{text}");
    // The first rounds are interpreted, the hot ones are kernels, or the fallback for them.
    assert!(text.contains("3 x interpreter "), "{text}");
    assert!(text.contains("297 x "), "{text}");
    assert!(text.contains("300 x interpreter "), "{text}");
    assert!(text.contains("kernel `loop_1`: executed by"), "{text}");
}

#[test]
fn loader() {
    let dir = scratch("example_loader");
    let program = dir.join("loader");
    Compiler::new("c", "c99").build_unlinked(&root().join("examples_c/loader.c"), &program);
    let sum = "the sum is 1237.5";
    let found = run_ok(Command::new(&program).env("VMGPU_LIBRARY", linkable_library()));
    assert!(found.contains("was opened at run time") && found.contains(sum), "{found}");
    // The path as an argument, and no library at all: the program starts and says what it tried.
    let given = run_ok(Command::new(&program).arg(linkable_library()).env_remove("VMGPU_LIBRARY"));
    assert!(given.contains("was opened at run time"), "{given}");
    let nowhere = dir.join("nowhere.so");
    let absent = run_ok(Command::new(&program).arg(&nowhere));
    assert!(absent.contains("was not found; tried:") && absent.contains("nowhere.so"), "{absent}");
    assert!(absent.contains(sum), "{absent}");
    // A library that is not ours: every function is missing, and the first and last are named.
    let stranger = dir.join("libstranger.so");
    std::fs::write(dir.join("stranger.c"), "int stranger = 1;\n").expect("scratch file");
    run_ok(
        Command::new("cc").args(["-shared", "-fPIC"]).arg(dir.join("stranger.c")).arg("-o").arg(&stranger),
    );
    let output = Command::new(&program).arg(&stranger).output().expect("loader starts");
    let text = c_support::printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("lacks vmgpu_status_name, ") && text.contains("vmgpu_executor_destroy"), "{text}");
}

#[test]
fn wrapper() {
    let (_, program) = build("wrapper");
    let text = run_ok(&mut Command::new(program));
    assert!(text.contains("100000 elements by ") && text.contains(", 0 wrong"), "{text}");
    executed_by(&text);
}

#[test]
fn python_vector_add() {
    let script = root().join("examples_python/vector_add.py");
    let text = run_ok(Command::new("python3").arg(script).env("VMGPU_LIBRARY", linkable_library()));
    assert!(text.contains("100000 sums by ") && text.contains(", 0 wrong"), "{text}");
    executed_by(&text);
}

/// The first example of the manual is a real program.
#[test]
fn the_example_at_the_top_of_the_header() {
    let header = std::fs::read_to_string(root().join("include/vmgpu.h")).expect("include/vmgpu.h");
    let start = header.find(" * FIRST EXAMPLE\n").expect("the example");
    let code: Vec<&str> = header[start..]
        .lines()
        .skip(2)
        .take_while(|line| *line == " *" || line.starts_with(" *     "))
        .map(|line| line.strip_prefix(" *     ").unwrap_or(""))
        .collect();
    assert!(code.len() > 30, "{code:?}");
    let dir = scratch("example_manual");
    let (source, program) = (dir.join("manual.c"), dir.join("manual"));
    std::fs::write(&source, code.join("\n") + "\n").expect("scratch file");
    Compiler::new("c", "c11").flag("-Wno-comment").build(&source, &program);
    assert_eq!(run_ok(&mut Command::new(program)), "2497.5\n");
}

/// No example is forgotten here.
#[test]
fn the_example_of_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```c\n").expect("a C example");
    let (code, _) = rest.split_once("```").expect("its end");
    let dir = scratch("example_readme");
    let source = dir.join("readme.c");
    std::fs::write(&source, code).unwrap();
    let program = dir.join("readme");
    Compiler::new("c", "c99").build(&source, &program);
    assert_eq!(run_ok(&mut Command::new(program)).trim(), "499.5");
}

#[test]
fn every_example_has_a_test() {
    let this = std::fs::read_to_string(root().join("tests/examples.rs")).expect("this file");
    for folder in ["examples_c", "examples_python"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("examples") {
            let path: PathBuf = entry.expect("entry").path();
            let name = Path::new(path.file_stem().unwrap_or_default()).display().to_string();
            assert!(
                this.contains(&format!("{name}\"")) || this.contains(&format!("{name}.")),
                "{folder}/{name}"
            );
        }
    }
    assert!(library_in(&c_support::library_dir()).is_file());
}
