//! The texts of all tests compiled for aarch64, by the same generator as for this machine, under Cranelift's verifier
//! (which debug builds switch on). Nothing is run.

#![cfg(feature = "cpu")]

#[path = "cudac_robust/mischief.rs"]
#[allow(dead_code)]
mod mischief;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use vmgpu::cudac::codegen::{self, CompileError, CompileOptions, cranelift};
use vmgpu::cudac::compile::{CompileInput, front_end};
use vmgpu::cudac::options::Options;
use vmgpu::cudac::thread_ir::FuncId;

/// Machine code of a kernel; None if the text is refused, or for a reason that has nothing to do with the target.
fn compile(
    text: &str,
    kernel: &str,
    checked: bool,
    target: &cranelift::Target,
) -> Option<Result<usize, String>> {
    let options = Options::parse(&[]);
    let front =
        front_end(&CompileInput { name: "t.cu", text, kernel, options: &options, headers: &[] }).ok()?;
    let settings = CompileOptions { checked, ..CompileOptions::default() };
    let block = match codegen::prepare(&front.module, FuncId(front.program.kernel.0), &settings, true) {
        Ok(block) => block,
        Err(CompileError::Unsupported(_) | CompileError::Refused { .. }) => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    let shared_offsets = codegen::shared_layout(&block.module).ok()?.0;
    let strings = vec![0x1000; block.module.strings.len()];
    let env = cranelift::Env {
        kernel: &block,
        target,
        shared_offsets: &shared_offsets,
        strings: &strings,
        checked,
        constants: Default::default(),
    };
    Some(cranelift::generate(&env).map(|code| code.bytes.len()))
}

#[test]
fn every_kernel_compiles_for_aarch64() {
    if cfg!(not(debug_assertions)) {
        panic!("without debug assertions nothing is verified");
    }
    let samples = mischief::samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let all: Vec<(&str, &str, &str)> = samples
        .iter()
        .flat_map(|s| {
            let names = [&s.kernel].into_iter().chain(&s.others);
            names.map(|kernel| (s.name.as_str(), s.text.as_str(), kernel.as_str()))
        })
        .collect();
    let (next, compiled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let bad = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                let target = cranelift::target_for("aarch64-unknown-linux-gnu").expect("the target");
                while let Some((i, &(file, text, kernel))) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, all.get(i)?)))
                {
                    // Checks are the same calls everywhere: some kernels are enough.
                    let modes: &[bool] = if i % 8 == 0 { &[false, true] } else { &[false] };
                    for &checked in modes {
                        match compile(text, kernel, checked, &target) {
                            None => {}
                            Some(Ok(bytes)) if bytes >= 8 && bytes.is_multiple_of(4) => {
                                compiled.fetch_add(1, Ordering::Relaxed);
                            }
                            Some(result) => {
                                bad.lock().push(format!("{file}, {kernel}, checked {checked}: {result:?}"));
                            }
                        }
                    }
                }
            });
        }
    });
    let (bad, compiled) = (bad.into_inner(), compiled.into_inner());
    eprintln!("{compiled} kernels of {} texts compiled for aarch64", samples.len());
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert!(compiled > 350, "{compiled} of {}", all.len());
}
