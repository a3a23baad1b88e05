//! Runs the kernels of a topic on the chosen device and reports every failure, not only the first.

use super::case::{Case, Kernel};
use super::compare;
use super::gxx::Gxx;
use super::rng::Rng;

/// Runs cases somewhere. The result holds, for each case, one or more runs of it (orders of threads), each with
/// the contents of every buffer afterwards.
pub trait Runner {
    fn name(&self) -> &'static str;
    fn run(&mut self, kernel: &Kernel, cases: &[Case]) -> Result<Vec<Vec<Vec<Vec<u8>>>>, String>;
}

fn seed() -> u64 {
    std::env::var("VMGPU_KERNELS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_250_117)
}

fn runner() -> Option<Box<dyn Runner>> {
    match std::env::var("VMGPU_KERNELS_ON").as_deref() {
        Ok("gxx") | Err(_) => Gxx::available().then(|| Box::new(Gxx) as Box<dyn Runner>),
        Ok(other) => panic!("VMGPU_KERNELS_ON={other}: not a device this suite knows"),
    }
}

pub fn run_topic(topic: &str, kernels: &[Kernel]) {
    let only = std::env::var("VMGPU_KERNELS_ONLY").unwrap_or_default();
    let Some(mut runner) = runner() else {
        eprintln!("{topic}: {} kernels skipped, nothing to run them on", kernels.len());
        return;
    };
    let mut failures = Vec::new();
    let mut total = 0;
    for kernel in kernels.iter().filter(|k| k.name.contains(&only)) {
        let cases = (kernel.cases)(&mut Rng::for_name(seed(), kernel.name));
        assert!(!cases.is_empty(), "{} has no cases", kernel.name);
        total += cases.len();
        match runner.run(kernel, &cases) {
            Err(message) => failures.push(format!("{}: {message}", kernel.name)),
            Ok(results) => {
                for (case, runs) in cases.iter().zip(results) {
                    failures.extend(runs.iter().filter_map(|run| judge(kernel, case, run)));
                }
            }
        }
    }
    eprintln!("{topic}: {} kernels, {total} cases on {}", kernels.len(), runner.name());
    assert!(failures.is_empty(), "seed {}: {} failures\n{}", seed(), failures.len(), failures.join("\n"));
}

fn judge(kernel: &Kernel, case: &Case, buffers: &[Vec<u8>]) -> Option<String> {
    for (i, (buffer, got)) in case.buffers.iter().zip(buffers).enumerate() {
        if let Err(message) = compare::check(&buffer.expect, got) {
            return Some(format!("{} [{}], buffer {i}: {message}", kernel.name, case.label));
        }
    }
    None
}

/// `VMGPU_KERNELS_DUMP=folder` writes every text with its options and kernel names, for other compilers to read.
pub fn dump_if_asked(kernels: &[Kernel]) {
    let Ok(folder) = std::env::var("VMGPU_KERNELS_DUMP") else { return };
    for kernel in kernels {
        let cases = (kernel.cases)(&mut Rng::for_name(seed(), kernel.name));
        let mut names: Vec<_> = cases.iter().flat_map(|c| &c.launches).map(|l| l.kernel.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let head = format!("// options: {}\n// kernels: {}\n", kernel.options.join(" "), names.join(" ; "));
        std::fs::write(format!("{folder}/{}.cu", kernel.name), head + kernel.source)
            .expect("the dump is written");
    }
}
