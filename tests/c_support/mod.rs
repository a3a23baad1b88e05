//! What the tests of the C side share: the compiler, places for built programs, running them.

#![allow(dead_code, reason = "each test crate uses its own part of this module")]

pub mod header;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of this test's own below the build folder.
pub fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("scratch folder");
    dir
}

/// Folder of the shared library that belongs to this test run: cargo leaves it beside the test's own executable.
pub fn library_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("VMGPU_C_LIBRARY_DIR") {
        return dir.into();
    }
    let exe = std::env::current_exe().expect("path of the test");
    let dir = exe.parent().expect("folder of the test").to_path_buf();
    assert!(library_in(&dir).is_file(), "no {} beside the test", library_in(&dir).display());
    dir
}

pub fn library_in(dir: &Path) -> PathBuf {
    dir.join("libvmgpu.so")
}

/// A C or C++ compiler with the warnings that every header and program here must pass.
pub struct Compiler {
    command: Vec<String>,
}

impl Compiler {
    /// `extension` is that of the source file: "c" or "cpp".
    pub fn new(extension: &str, standard: &str) -> Self {
        let (variable, default) = match extension {
            "c" => ("CC", "cc"),
            _ => ("CXX", "c++"),
        };
        let program = std::env::var(variable).unwrap_or_else(|_| default.into());
        let mut command: Vec<String> = program.split_whitespace().map(String::from).collect();
        command.push(format!("-std={standard}"));
        for flag in ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"] {
            command.push(flag.into());
        }
        command.push(format!("-I{}", header::root().join("include").display()));
        Compiler { command }
    }

    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.command.push(flag.into());
        self
    }

    fn run(&self, arguments: &[String]) {
        let output =
            Command::new(&self.command[0]).args(&self.command[1..]).args(arguments).output().unwrap_or_else(
                |e| panic!("{} does not start ({e}); a C and a C++ compiler are needed", self.command[0]),
            );
        assert!(
            output.status.success(),
            "{} {}:\n{}",
            self.command.join(" "),
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Compiles without linking.
    pub fn check_only(&self, source: &Path) {
        self.run(&["-fsyntax-only".into(), source.display().to_string()]);
    }

    /// Builds a program linked with the shared library, which it finds by its own run path.
    pub fn build(&self, source: &Path, program: &Path) {
        let library = linkable_library();
        let dir = library.parent().expect("folder").display().to_string();
        self.run(&[
            source.display().to_string(),
            "-o".into(),
            program.display().to_string(),
            library.display().to_string(),
            format!("-Wl,-rpath,{dir}"),
            "-lm".into(),
            "-lpthread".into(),
        ]);
    }

    /// Builds a program that does not link the library.
    pub fn build_unlinked(&self, source: &Path, program: &Path) {
        self.run(&[
            source.display().to_string(),
            "-o".into(),
            program.display().to_string(),
            "-ldl".into(),
            "-lm".into(),
            "-lpthread".into(),
        ]);
    }
}

/// The library under the name that programs look for at run time (its soname). Made once a process.
pub fn linkable_library() -> PathBuf {
    use std::sync::OnceLock;
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY
        .get_or_init(|| {
            use std::hash::{DefaultHasher, Hash, Hasher};
            let real = std::fs::canonicalize(library_in(&library_dir())).expect("libvmgpu.so");
            let mut hasher = DefaultHasher::new();
            real.hash(&mut hasher);
            let folder = format!("library-{:x}", hasher.finish());
            let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
            std::fs::create_dir_all(&dir).expect("library folder");
            for name in ["libvmgpu.so", "libvmgpu.so.0"] {
                // Another test program may have made it already.
                let _ = std::os::unix::fs::symlink(&real, dir.join(name));
                assert_eq!(std::fs::canonicalize(dir.join(name)).expect("link to libvmgpu.so"), real);
            }
            dir.join("libvmgpu.so")
        })
        .clone()
}

/// Runs a program; panics with everything it printed unless it answers 0.
pub fn run_ok(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    let text = printed(&output);
    assert!(output.status.success(), "{command:?} ended with {}:\n{text}", output.status);
    text
}

pub fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
