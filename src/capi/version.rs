//! The version at run time. The macros of the header stand in cbindgen.toml; tests/abi.rs compares both with Cargo.toml.

/// Decimal digits of one part of the package version.
const fn number(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut value = 0;
    let mut i = 0;
    while i < bytes.len() {
        value = value * 10 + (bytes[i] - b'0') as u32;
        i += 1;
    }
    value
}

const VERSION: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | number(env!("CARGO_PKG_VERSION_PATCH"));

/// The version of the library in use: major << 16 | minor << 8 | patch. VMGPU_VERSION is that of this header.
///
/// A library of the same major version and of the same or a later minor version has everything this header declares.
#[unsafe(no_mangle)]
pub extern "C" fn vmgpu_version() -> u32 {
    VERSION
}
