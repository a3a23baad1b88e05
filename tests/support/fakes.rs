//! Builds the fake CUDA driver and the fake NVRTC with `cc`, and talks to them.
//!
//! Devices are process-wide, so every scenario with other switches belongs into a process of its own
//! (`support/child.rs`), with the switches in its environment.
#![allow(dead_code)]

use std::ffi::{CString, c_char, c_long, c_uint, c_void};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use libloading::Library;
use vmgpu::backend::registry::ProbeOptions;

/// Shape of a launch as a registered host function gets it.
#[repr(C)]
pub struct FakeLaunch {
    pub grid: [c_uint; 3],
    pub block: [c_uint; 3],
    pub shared: c_uint,
}

/// Called once per launch with pointers to the argument values. Returns a CUDA error code, 0 if all is well.
pub type FakeKernel = unsafe extern "C" fn(*const FakeLaunch, *mut *mut c_void) -> c_uint;

/// The two fakes, built and open.
pub struct Fakes {
    pub cuda_path: PathBuf,
    pub nvrtc_path: PathBuf,
    cuda: Library,
    nvrtc: Library,
}

/// The complete fakes.
pub fn fakes() -> Fakes {
    fakes_without(&[])
}

/// Fakes whose driver lacks these exported symbols.
pub fn fakes_without(symbols: &[&str]) -> Fakes {
    let cuda_path = build("fakecuda.c", "libcuda.so.1", symbols);
    let nvrtc_path = build("fakenvrtc.c", "libnvrtc.so.13", &[]);
    let builtins = nvrtc_path.with_file_name("libnvrtc-builtins.so.13.0");
    if !builtins.exists() {
        build_builtins(&builtins);
    }
    // SAFETY: both are libraries of our own without initialisers.
    let (cuda, nvrtc) = unsafe { (Library::new(&cuda_path).unwrap(), Library::new(&nvrtc_path).unwrap()) };
    Fakes { cuda_path, nvrtc_path, cuda, nvrtc }
}

impl Fakes {
    /// Options that make a probe find these and nothing else.
    pub fn options(&self) -> ProbeOptions {
        ProbeOptions {
            rocm: false,
            cuda_path: Some(self.cuda_path.clone()),
            nvrtc_path: Some(self.nvrtc_path.clone()),
            ..ProbeOptions::default()
        }
    }

    /// Sets a switch of the fake driver (see fakecuda.c).
    pub fn control(&self, name: &str, value: i64) {
        let name = CString::new(name).unwrap();
        // SAFETY: signature of fake_control.
        unsafe {
            let f = self.cuda.get::<unsafe extern "C" fn(*const c_char, c_long)>(b"fake_control\0").unwrap();
            f(name.as_ptr(), value as c_long);
        }
    }

    /// Reads a counter of the fake driver (see fakecuda.c).
    pub fn counter(&self, name: &str) -> c_long {
        let name = CString::new(name).unwrap();
        // SAFETY: signature of fake_counter.
        unsafe {
            let f =
                self.cuda.get::<unsafe extern "C" fn(*const c_char) -> c_long>(b"fake_counter\0").unwrap();
            f(name.as_ptr())
        }
    }

    /// Lets `times` endless launches end.
    pub fn release(&self, times: i64) {
        // SAFETY: signature of fake_release.
        unsafe {
            let f = self.cuda.get::<unsafe extern "C" fn(c_long)>(b"fake_release\0").unwrap();
            f(times as c_long);
        }
    }

    /// Makes launches of kernel `name` call a function of the test.
    pub fn register(&self, name: &str, function: FakeKernel) {
        let name = CString::new(name).unwrap();
        // SAFETY: signature of fake_register_kernel.
        unsafe {
            let f = self
                .cuda
                .get::<unsafe extern "C" fn(*const c_char, FakeKernel)>(b"fake_register_kernel\0")
                .unwrap();
            f(name.as_ptr(), function);
        }
    }

    /// How often the fake NVRTC has compiled.
    pub fn compilations(&self) -> c_long {
        // SAFETY: signature of fake_nvrtc_compilations.
        unsafe {
            let f = self.nvrtc.get::<unsafe extern "C" fn() -> c_long>(b"fake_nvrtc_compilations\0").unwrap();
            f()
        }
    }
}

/// Builds an empty builtins library of NVRTC, named as its file.
pub fn build_builtins(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy();
    let unfinished = path.with_file_name(format!("unfinished-{}", std::process::id()));
    let status = Command::new(compiler())
        .args(["-shared", "-fPIC", "-x", "c", "/dev/null", &format!("-Wl,-soname,{name}"), "-o"])
        .arg(&unfinished)
        .status()
        .expect("a C compiler is needed to build the fake drivers");
    assert!(status.success());
    std::fs::rename(&unfinished, path).expect("putting the builtins in place");
}

fn compiler() -> std::ffi::OsString {
    std::env::var_os("CC").unwrap_or_else(|| "cc".into())
}

/// Builds one fake, unless that was done before, and returns its path. Its soname is unique, so that the loader never
/// takes another variant, or the real library, for it.
pub fn build(source: &str, name: &str, absent: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
    let source = folder.join(source);
    let read = |path: &Path| std::fs::read_to_string(path).expect("source of the fake");
    let mut hasher = DefaultHasher::new();
    (read(&source), read(&folder.join("fakecuda_machine.h")), absent).hash(&mut hasher);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fake-{:016x}", hasher.finish()));
    let library = place.join(name);
    if library.exists() {
        return library;
    }
    std::fs::create_dir_all(&place).expect("folder for the fake");
    let unfinished = place.join(format!("{name}.{}.{:?}", std::process::id(), std::thread::current().id()));
    let output = Command::new(compiler())
        .args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-pthread"])
        .arg(format!("-Wl,-soname,{}-{name}", place.file_name().unwrap().to_string_lossy()))
        .args(absent.iter().map(|symbol| format!("-D{symbol}=absent_{symbol}")))
        .arg(&source)
        .arg("-o")
        .arg(&unfinished)
        .arg("-ldl")
        .output()
        .expect("a C compiler is needed to build the fake drivers");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&unfinished, &library).expect("putting the fake in place");
    library
}
