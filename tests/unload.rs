//! The shared library stays in memory after dlclose(): threads of it go on, and language run-times close libraries when
//! their garbage collector says so.

#![cfg(target_os = "linux")]

use libloading::os::unix::{Library, RTLD_NOW};

const RTLD_NOLOAD: i32 = 4;

#[test]
fn closing_the_library_leaves_it_in_memory() {
    let path = std::env::current_exe().unwrap().with_file_name("libvmgpu.so");
    // SAFETY: the library has no initialisers of its own; with RTLD_NOLOAD nothing is loaded at all.
    unsafe {
        assert!(Library::open(Some(&path), RTLD_NOW | RTLD_NOLOAD).is_err(), "nobody has loaded it yet");
        let library = Library::open(Some(&path), RTLD_NOW).unwrap();
        let version = *library.get::<unsafe extern "C" fn() -> u32>(b"vmgpu_version\0").unwrap();
        let before = version();
        library.close().unwrap();
        let still = Library::open(Some(&path), RTLD_NOW | RTLD_NOLOAD);
        assert!(still.is_ok(), "unloaded: its threads would run where nothing is");
        assert_eq!(version(), before);
    }
}
