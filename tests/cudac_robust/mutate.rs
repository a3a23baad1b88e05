//! Texts of all tests, cut, spliced and mutated at random: every result is a kernel or an error with a place.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::mischief::{mutate, samples};
use crate::support::{Random, compile_text, complaint, setting};

#[test]
fn mutated_texts_are_taken_well() {
    let samples = samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let seed = setting("VMGPU_ROBUST_SEED", 1);
    let limit = Duration::from_secs(setting("VMGPU_ROBUST_SECONDS", 15));
    let started = Instant::now();
    let mut random = Random::new(seed);
    let (mut valid, mut invalid) = (0, 0);
    let (mut slowest, mut largest) = (Duration::ZERO, 0);
    let mut bad = Vec::new();
    while started.elapsed() < limit && bad.len() < 20 {
        let sample = &samples[random.below(samples.len())];
        let mut text = sample.text.clone();
        for _ in 0..=random.below(4) {
            let next = mutate(&text, &samples, &mut random);
            if next.len() < 100_000 {
                text = next;
            }
        }
        let outcome = compile_text(&text, &sample.kernel, &[], &[]);
        *(if outcome.refused.is_some() { &mut invalid } else { &mut valid }) += 1;
        slowest = slowest.max(outcome.took);
        largest = largest.max(outcome.peak);
        if let Some(complaint) = complaint(&outcome) {
            if let Some(folder) = std::env::var_os("VMGPU_ROBUST_KEEP") {
                let path = Path::new(&folder).join(format!("bad-{seed}-{}.cu", bad.len()));
                std::fs::write(path, format!("// kernel {}\n{text}", sample.kernel)).unwrap();
            }
            eprintln!("from {}: {complaint}", sample.name);
            bad.push(format!("from {}, kernel {}: {complaint}\n{text}\n", sample.name, sample.kernel));
        }
    }
    eprintln!(
        "{} samples, {valid} valid and {invalid} invalid texts, slowest {slowest:?}, largest {} MB",
        samples.len(),
        largest >> 20
    );
    assert!(bad.is_empty(), "{} texts, the first: {}", bad.len(), bad[0]);
    assert!(invalid > 20 && valid > 5, "{valid} valid, {invalid} invalid");
}
