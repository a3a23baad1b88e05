//! Gives the shared library its soname, so that programs linked today keep finding a compatible version, and keeps it in
//! memory once loaded: its threads run to the end of the process, whoever calls dlclose().
//!
//! Prepares what is built into the compiler of the CPU device, so that a process that compiles one kernel need not read
//! three thousand lines first: every name in the built-in texts gets a fixed number, every declaration an entry in an
//! index. The compiler's own lexer does the reading, so both always agree on what a name is.

use std::fmt::Write;
use std::path::Path;

#[path = "src/headers"]
mod headers {
    pub mod c_macros;
}

// The stages that reading needs, as in the library.
#[allow(dead_code, reason = "the build script uses a small part of each")]
#[path = "src/cudac"]
mod cudac {
    pub mod diagnostics;
    pub mod source;
    pub mod symbol;
    pub mod preprocess {
        pub mod header_texts;
        pub mod lexer;
        pub mod token;
        pub mod words;
    }
    pub mod builtins {
        pub mod table;
        pub mod texts;
    }
}

use cudac::builtins::{table, texts};
use cudac::diagnostics::Diagnostics;
use cudac::preprocess::lexer::Lexer;
use cudac::preprocess::token::{Kind, Token};
use cudac::preprocess::{header_texts, words};
use cudac::symbol::{Interner, Symbol, hash_name};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for part in ["builtins", "math", "preprocess", "diagnostics.rs", "source.rs", "symbol.rs"] {
        println!("cargo:rerun-if-changed=src/cudac/{part}");
    }
    println!("cargo:rerun-if-changed=src/headers/c_macros.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" {
        let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libvmgpu.so.{major}");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let declarations = table::declarations();
    write(&folder, "declarations.cu", &declarations);
    write(&folder, "builtins.rs", &tables(&declarations));
}

fn write(folder: &str, name: &str, text: &str) {
    std::fs::write(Path::new(folder).join(name), text).expect("the build folder is writable");
}

/// The fixed names and the index of declarations, as Rust.
fn tables(declarations: &str) -> String {
    let mut names = Interner::new();
    for word in words::texts() {
        names.intern(word);
    }
    for name in texts::NAMES.split_whitespace() {
        names.intern(name);
    }
    for text in header_texts::GROUPS.iter().chain(&[header_texts::PREDEFINED, header_texts::NO_ASSERT]) {
        intern_all(text, &mut names);
    }
    let mut entries: Vec<[u32; 3]> = Vec::new();
    let mut base = 0;
    for text in std::iter::once(declarations).chain(texts::WRITTEN.iter().map(|t| t.1)) {
        intern_all(text, &mut names);
        for found in texts::scan(text) {
            let symbol = names.intern(found.name);
            let (start, end) = (base + found.start as u32, base + found.end as u32);
            entries.push([symbol.0 | found.kind << 16, start, end]);
        }
        base += text.len() as u32 + 1;
    }
    // One name's declarations become neighbours; the sort is stable, so they keep the order of the texts.
    entries.sort_by_key(|entry| entry[0] & 0xffff);
    assert!(names.len() < 1 << 15, "symbols share a number with the index of a scope");

    let mut out = String::new();
    let count = names.len() as usize;
    let mut slots = vec![0u16; (count * 2).next_power_of_two()];
    let (mut text, mut ends) = (String::new(), Vec::new());
    for number in 0..count {
        let name = names.name(Symbol(number as u32));
        text.push_str(name);
        ends.push(text.len() as u32);
        let mut at = hash_name(name) as usize & (slots.len() - 1);
        while slots[at] != 0 {
            at = (at + 1) & (slots.len() - 1);
        }
        slots[at] = number as u16 + 1;
    }
    let mut first = vec![0u16; count];
    for (at, entry) in entries.iter().enumerate().rev() {
        first[(entry[0] & 0xffff) as usize] = at as u16 + 1;
    }
    let _ = writeln!(out, "pub static FIXED_NAMES: FixedNames = FixedNames {{ text: {text:?},");
    let _ = writeln!(out, "ends: &{ends:?},\nslots: &{slots:?} }};");
    let _ = writeln!(out, "static FIRST: [u16; {count}] = {first:?};");
    let _ = writeln!(out, "static ENTRIES: [[u32; 3]; {}] = {entries:?};", entries.len());
    out
}

fn intern_all(text: &str, names: &mut Interner) {
    let mut sink = Diagnostics::default();
    let mut lexer = Lexer::new(text.into(), 1);
    loop {
        let token: Token = lexer.next(names, &mut sink);
        if token.kind == Kind::Eof {
            break;
        }
    }
    assert!(!sink.has_errors(), "a built-in text has an error:\n{text}");
}
