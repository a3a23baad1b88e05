//! Any text through the whole compiler: a kernel or an error with a place, and never an internal one.

#![no_main]

#[path = "../../tests/cudac_mutants/gentle.rs"]
mod gentle;
#[path = "../../tests/cudac_robust/mischief.rs"]
mod mischief;
#[path = "support/seeds.rs"]
mod seeds;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use vmgpu::cudac::codegen;
use vmgpu::cudac::compile::{CompileInput, compile};
use vmgpu::cudac::options::Options;

fuzz_target!(
    init: seeds::write(),
    |data: &[u8]| {
        let text = String::from_utf8_lossy(data);
        let options = Options::parse(&[]);
        let kernel = seeds::kernel(&text);
        let input = CompileInput { name: "t.cu", text: &text, kernel, options: &options, headers: &[] };
        if let Err(log) = compile(&input, &codegen::CompileOptions::default()) {
            assert!(!log.contains("internal compiler error"), "{log}");
            assert!(log.contains("error: "), "{log}");
        }
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    seeds::mutate(data, size, max_size, seed, false)
});
