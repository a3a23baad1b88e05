//! Runs the kernels of a topic on the chosen devices and reports every failure, not only the first.

use super::case::{Case, Kernel};
use super::compare;
use super::device::OnDevice;
use super::gxx::Gxx;
use super::rng::Rng;

/// One or more runs of a case (orders of threads), each with the contents of every buffer afterwards.
pub type Runs = Vec<Vec<Vec<u8>>>;

/// Somewhere to run cases. The result holds the runs of each case in turn.
pub trait Runner {
    fn name(&self) -> &'static str;
    fn run(&mut self, kernel: &Kernel, cases: &[Case]) -> Result<Vec<Runs>, String>;
}

fn seed() -> u64 {
    std::env::var("VMGPU_KERNELS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_250_117)
}

/// Where to run: what `VMGPU_KERNELS_ON` names, else what this machine has. `VMGPU_REQUIRE=cuda` makes a missing
/// GPU a failure.
fn runners() -> Vec<Box<dyn Runner>> {
    let list = |name: &str| -> Vec<String> {
        let text = std::env::var(name).unwrap_or_default();
        text.split(',').filter(|s| !s.is_empty()).map(str::to_string).collect()
    };
    let (asked, required) = (list("VMGPU_KERNELS_ON"), list("VMGPU_REQUIRE"));
    let mut runners: Vec<Box<dyn Runner>> = Vec::new();
    for name in DEVICES {
        let wanted =
            if asked.is_empty() { ON_BY_DEFAULT.contains(&name) } else { asked.iter().any(|a| a == name) };
        let required = required.iter().any(|r| r == name);
        if !wanted && !required {
            continue;
        }
        let runner: Option<Box<dyn Runner>> = match name {
            "gxx" => Gxx::available().then(|| Box::new(Gxx) as Box<dyn Runner>),
            _ => OnDevice::open(name).map(|d| Box::new(d) as Box<dyn Runner>),
        };
        assert!(
            runner.is_some() || (asked.is_empty() && !required),
            "{name}: asked for, but not on this machine"
        );
        runners.extend(runner);
    }
    runners
}

const DEVICES: [&str; 3] = ["cpu", "cuda", "gxx"];
/// The host compiler is for looking into differences; the devices are what is tested.
const ON_BY_DEFAULT: [&str; 2] = ["cpu", "cuda"];

pub fn run_topic(topic: &str, kernels: &[Kernel]) {
    let only = std::env::var("VMGPU_KERNELS_ONLY").unwrap_or_default();
    let kernels: Vec<_> = kernels.iter().filter(|k| k.name.contains(&only)).collect();
    let mut runners = runners();
    if runners.is_empty() {
        eprintln!("{topic}: {} kernels skipped, nothing to run them on", kernels.len());
    }
    let mut failures = Vec::new();
    let mut total = 0;
    for kernel in &kernels {
        let cases = (kernel.cases)(&mut Rng::for_name(seed(), kernel.name));
        assert!(!cases.is_empty(), "{} has no cases", kernel.name);
        total += cases.len();
        let mut results: Vec<(&str, Vec<Runs>)> = Vec::new();
        for runner in &mut runners {
            match runner.run(kernel, &cases) {
                Err(message) => failures.push(format!("{} on {}: {message}", kernel.name, runner.name())),
                Ok(result) => results.push((runner.name(), result)),
            }
        }
        for (i, case) in cases.iter().enumerate() {
            for (device, runs) in &results {
                failures.extend(runs[i].iter().filter_map(|run| judge(kernel, device, case, run)));
            }
            // Each is near the reference; they must be as near to each other.
            for pair in results.windows(2) {
                failures.extend(differ(
                    kernel,
                    case,
                    (pair[0].0, &pair[0].1[i][0]),
                    (pair[1].0, &pair[1].1[i][0]),
                ));
            }
        }
    }
    let names: Vec<_> = runners.iter().map(|r| r.name()).collect();
    eprintln!("{topic}: {} kernels, {total} cases on {}", kernels.len(), names.join(" and "));
    assert!(failures.is_empty(), "seed {}: {} failures\n{}", seed(), failures.len(), failures.join("\n"));
}

fn judge(kernel: &Kernel, device: &str, case: &Case, buffers: &[Vec<u8>]) -> Option<String> {
    for (i, (buffer, got)) in case.buffers.iter().zip(buffers).enumerate() {
        if let Err(message) = compare::check(&buffer.expect, got) {
            return Some(format!("{} on {device} [{}], buffer {i}: {message}", kernel.name, case.label));
        }
    }
    None
}

fn differ(kernel: &Kernel, case: &Case, a: (&str, &[Vec<u8>]), b: (&str, &[Vec<u8>])) -> Option<String> {
    for (i, buffer) in case.buffers.iter().enumerate() {
        if let Err(message) = compare::agree(&buffer.expect, &a.1[i], &b.1[i]) {
            let (name, label) = (kernel.name, &case.label);
            return Some(format!("{name} [{label}], buffer {i}, {} is not as {}: {message}", b.0, a.0));
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
