//! Kernels of all tests with a few words changed, so that many are still valid: each is compiled, run in checked mode,
//! and where it neither faults nor depends on the order of threads, interpreted and run without checks. All bits must
//! agree. The fuzz target `fuzz_kernels` does the same with an eye on what is covered.
//!
//! `VMGPU_MUTANTS_SECONDS` and `VMGPU_MUTANTS_SEED` make it longer and different; what fails is printed with its text.

#![cfg(feature = "cpu")]

#[path = "cudac_mutants/execute.rs"]
mod execute;
#[path = "cudac_mutants/gentle.rs"]
mod gentle;
#[path = "cudac_mutants/judge.rs"]
mod judge;
#[path = "cudac_mutants/layout.rs"]
mod layout;
#[path = "cudac_robust/mischief.rs"]
#[allow(dead_code)]
mod mischief;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use judge::{Verdict, judge};
use mischief::Random;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn changed_kernels_run_alike_in_all_ways() {
    let samples = mischief::samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let end = Instant::now() + Duration::from_secs(setting("VMGPU_MUTANTS_SECONDS", 15));
    let mut random = Random::new(setting("VMGPU_MUTANTS_SEED", 1));
    let mut counts: HashMap<Verdict, u32> = HashMap::new();
    let mut bad = Vec::new();
    while Instant::now() < end && bad.len() < 5 {
        let sample = &samples[random.below(samples.len())];
        let names: Vec<&String> = [&sample.kernel].into_iter().chain(&sample.others).collect();
        let kernel = names[random.below(names.len())];
        let mut text = format!("// kernel {kernel}\n{}", sample.text);
        for _ in 0..random.below(3) {
            text = gentle::gentle(&text, &mut random);
        }
        match std::panic::catch_unwind(|| judge(&text, kernel)) {
            Ok(verdict) => *counts.entry(verdict).or_default() += 1,
            Err(error) => {
                let what = error.downcast_ref::<String>().map_or("(no text)", |s| s.as_str());
                bad.push(format!("from {}: {what}\n{text}", sample.name));
            }
        }
    }
    eprintln!("{counts:?}");
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert!(counts.get(&Verdict::Compared).is_some_and(|&n| n > 5), "{counts:?}");
}
