//! `make install` into a fresh prefix, and programs built against that prefix the ways users build: pkg-config for C and
//! C++, the static library, and CMake's find_package. Needs make and pkg-config; CMake is used where it is installed
//! (`VMGPU_REQUIRE_CMAKE` makes its absence a failure).

#![cfg(target_os = "linux")]

mod c_support;

use std::path::{Path, PathBuf};
use std::process::Command;

use c_support::header::root;
use c_support::{library_in, run_ok, scratch};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Installs the very libraries of this test run: what `make install` would build first is there already.
fn install(prefix: &Path) {
    run_ok(
        Command::new("make")
            .current_dir(root())
            .args(["--no-print-directory", "install", "CARGO=true"])
            .arg(format!("PREFIX={}", prefix.display()))
            .arg(format!("BUILT={}", c_support::library_dir().display()))
            .env_remove("MAKEFLAGS"),
    );
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

fn pkg_config(prefix: &Path, arguments: &[&str]) -> Vec<String> {
    words(&run_ok(
        Command::new("pkg-config")
            .args(arguments)
            .arg("vmgpu")
            .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")),
    ))
}

fn example(name: &str) -> PathBuf {
    root().join("examples_c").join(name)
}

#[test]
fn installed_trees_serve_every_way_of_building() {
    let dir = scratch("install");
    let prefix = dir.join("prefix");
    install(&prefix);
    files_and_links(&prefix);
    with_pkg_config(&dir, &prefix);
    with_the_static_library(&dir, &prefix);
    with_cmake(&dir, &prefix);
    // Installing again over it works, and uninstalling leaves no file.
    install(&prefix);
    run_ok(
        Command::new("make")
            .current_dir(root())
            .args(["--no-print-directory", "uninstall"])
            .arg(format!("PREFIX={}", prefix.display())),
    );
    let left = run_ok(Command::new("find").arg(&prefix).args(["-type", "f", "-o", "-type", "l"]));
    assert_eq!(left, "");
}

fn files_and_links(prefix: &Path) {
    let major = VERSION.split('.').next().expect("major");
    let lib = prefix.join("lib");
    let link = |name: &str| std::fs::read_link(lib.join(name)).expect(name).display().to_string();
    assert_eq!(link("libvmgpu.so"), format!("libvmgpu.so.{major}"));
    assert_eq!(link(&format!("libvmgpu.so.{major}")), format!("libvmgpu.so.{VERSION}"));
    assert!(lib.join(format!("libvmgpu.so.{VERSION}")).metadata().expect("library").is_file());
    assert!(lib.join("libvmgpu.a").is_file());
    for header in ["vmgpu.h", "vmgpu.hpp", "vmgpu_loader.h"] {
        let installed = std::fs::read(prefix.join("include").join(header)).expect("header");
        assert_eq!(installed, std::fs::read(root().join("include").join(header)).expect("header"));
    }
    for made in
        ["pkgconfig/vmgpu.pc", "cmake/vmgpu/vmgpu-config.cmake", "cmake/vmgpu/vmgpu-config-version.cmake"]
    {
        let text = std::fs::read_to_string(lib.join(made)).expect(made);
        assert!(!text.contains('@'), "{made} has unfilled places:\n{text}");
    }
}

fn with_pkg_config(dir: &Path, prefix: &Path) {
    assert_eq!(pkg_config(prefix, &["--modversion"]), [VERSION]);
    let flags = pkg_config(prefix, &["--cflags", "--libs"]);
    for (compiler, standard, source) in [
        ("cc", "-std=c99", "vector_add.c"),
        ("c++", "-std=c++17", "wrapper.cpp"),
        ("cc", "-std=c99", "devices.c"),
    ] {
        let program = dir.join(format!("pkgconfig_{source}.out"));
        run_ok(
            Command::new(compiler)
                .args([standard, "-Wall", "-Werror"])
                .arg(example(source))
                .args(&flags)
                .arg("-o")
                .arg(&program),
        );
        // Found by its soname in the prefix, and only there.
        let text = run_ok(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")));
        assert!(text.contains("0 wrong") || text.contains("default device"), "{text}");
        let bare = Command::new(&program).env_remove("LD_LIBRARY_PATH").output().expect("starts");
        assert!(!bare.status.success(), "{source} found a library outside the prefix");
    }
}

fn with_the_static_library(dir: &Path, prefix: &Path) {
    let program = dir.join("static.out");
    let cflags = pkg_config(prefix, &["--cflags"]);
    let private: Vec<String> = pkg_config(prefix, &["--static", "--libs-only-l"])
        .into_iter()
        .filter(|flag| flag != "-lvmgpu")
        .collect();
    run_ok(
        Command::new("cc")
            .args(["-std=c99", "-Wall", "-Werror"])
            .args(&cflags)
            .arg(example("vector_add.c"))
            .arg(prefix.join("lib/libvmgpu.a"))
            .args(&private)
            .arg("-o")
            .arg(&program),
    );
    let text = run_ok(Command::new(&program).env_remove("LD_LIBRARY_PATH"));
    assert!(text.contains("0 wrong"), "{text}");
}

fn with_cmake(dir: &Path, prefix: &Path) {
    if Command::new("cmake").arg("--version").output().is_err() {
        assert!(std::env::var_os("VMGPU_REQUIRE_CMAKE").is_none(), "cmake is required and not installed");
        println!("cmake is not installed: its part is skipped");
        return;
    }
    let project = dir.join("cmake_project");
    std::fs::create_dir_all(&project).expect("project");
    let version = VERSION.rsplit_once('.').expect("version").0;
    let text = format!(
        "cmake_minimum_required(VERSION 3.10)\nproject(user C CXX)\nset(CMAKE_CXX_STANDARD 17)\n\
         find_package(vmgpu {version} REQUIRED)\n\
         add_executable(shared {c})\ntarget_link_libraries(shared vmgpu::vmgpu)\n\
         add_executable(cpp {cpp})\ntarget_link_libraries(cpp vmgpu::vmgpu)\n\
         add_executable(fixed {c})\ntarget_link_libraries(fixed vmgpu::static)\n",
        c = example("vector_add.c").display(),
        cpp = example("wrapper.cpp").display(),
    );
    std::fs::write(project.join("CMakeLists.txt"), &text).expect("CMakeLists.txt");
    let build = dir.join("cmake_build");
    let configure = |source: &Path, build: &Path| {
        let mut command = Command::new("cmake");
        command.arg("-S").arg(source).arg("-B").arg(build);
        command.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()));
        command
    };
    run_ok(&mut configure(&project, &build));
    run_ok(Command::new("cmake").arg("--build").arg(&build));
    for program in ["shared", "cpp", "fixed"] {
        let text = run_ok(&mut Command::new(build.join(program)));
        assert!(text.contains("0 wrong"), "{program}: {text}");
    }
    // Another minor version before 1.0 is another interface.
    let other = dir.join("cmake_other");
    std::fs::create_dir_all(&other).expect("project");
    let text = text.replace(&format!("vmgpu {version} REQUIRED"), "vmgpu 0.999 REQUIRED");
    std::fs::write(other.join("CMakeLists.txt"), text).expect("CMakeLists.txt");
    let refused = configure(&other, &dir.join("cmake_other_build")).output().expect("cmake starts");
    assert!(!refused.status.success(), "a version that is not there was accepted");
    assert!(library_in(&c_support::library_dir()).is_file());
}
