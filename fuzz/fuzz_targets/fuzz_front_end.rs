//! Any text through the whole compiler: a kernel or an error with a place, and never an internal one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vmgpu::cudac::codegen;
use vmgpu::cudac::compile::{CompileInput, compile};
use vmgpu::cudac::options::Options;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // The first line may name the kernel: `// kernel NAME`.
    let kernel = text.lines().next().and_then(|l| l.strip_prefix("// kernel ")).unwrap_or("k");
    let options = Options::parse(&[]);
    let input = CompileInput { name: "t.cu", text: &text, kernel, options: &options, headers: &[] };
    if let Err(log) = compile(&input, &codegen::CompileOptions::default()) {
        assert!(!log.contains("internal compiler error"), "{log}");
        assert!(log.contains("error: "), "{log}");
    }
});
