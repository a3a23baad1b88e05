//! Where the fuzzers begin: the texts of all tests, one seed for each kernel, and word by word changes of a text.
//! A seed begins with the line `// kernel NAME`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::gentle;
use super::mischief::{self, Random, Sample};

pub fn samples() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| mischief::samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")))
}

/// Writes the seeds into the folder that `VMGPU_FUZZ_SEEDS` names, if it does.
pub fn write() {
    let Some(folder) = std::env::var_os("VMGPU_FUZZ_SEEDS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("the folder of seeds");
    let mut count = 0;
    for (i, sample) in samples().iter().enumerate() {
        for (j, kernel) in [&sample.kernel].into_iter().chain(&sample.others).enumerate() {
            let text = format!("// kernel {kernel}\n{}", sample.text);
            std::fs::write(folder.join(format!("seed-{i}-{j}.cu")), text).expect("a seed is written");
            count += 1;
        }
    }
    eprintln!("{count} seeds");
}

/// The kernel that a text names in its first line.
pub fn kernel(text: &str) -> &str {
    text.lines().next().and_then(|l| l.strip_prefix("// kernel ")).unwrap_or("k").trim()
}

/// One to a few changes of what is in `data`; the new size. Texts that are no UTF-8 are left to libFuzzer.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, mostly_valid: bool) -> usize {
    let mut random = Random::new(seed as u64);
    if random.below(16) != 0
        && let Ok(text) = std::str::from_utf8(&data[..size])
    {
        let mut text = text.to_string();
        for _ in 0..=random.below(3) {
            let wild = random.below(10) < if mostly_valid { 1 } else { 7 };
            let new = if wild {
                mischief::mutate(&text, samples(), &mut random)
            } else {
                gentle::gentle(&text, &mut random)
            };
            if new.len() <= max_size {
                text = new;
            }
        }
        if text.len() <= max_size && !text.is_empty() {
            data[..text.len()].copy_from_slice(text.as_bytes());
            return text.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}
