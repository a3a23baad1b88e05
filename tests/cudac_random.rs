//! Random kernels, the same text three ways: interpreted, and run as machine code with and without the optimising passes.
//! All bits must agree.
//!
//! `VMGPU_RANDOM_SECONDS=n` sets how long it goes on (20 by default), `VMGPU_RANDOM_SEED=n` where it starts; with a
//! count of 1 kernel by `VMGPU_RANDOM_COUNT=1` a failure is repeated. `VMGPU_GXX=1` generates only what C++ defines
//! and asks the host's compiler as well.

#[path = "cudac_support/generate.rs"]
mod generate;
#[path = "cudac_support/host.rs"]
mod host;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;

use std::time::{Duration, Instant};

use generate::{BLOCK, GRID, INPUTS, OUTPUTS, generate};
use run::{Arg, Shape, compile};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn inputs(seed: u64) -> Vec<Vec<u8>> {
    let mut rng = rng::Rng::new(seed ^ 0x5eed);
    let threads = BLOCK * GRID * OUTPUTS;
    let ints = rng.vec(INPUTS, |r| if r.below(3) == 0 { r.int(-9, 9) as i32 } else { r.u32() as i32 });
    let floats = rng.vec(INPUTS, |r| r.f32(-100.0, 100.0));
    let longs = rng.vec(INPUTS, |r| if r.below(3) == 0 { r.int(-99, 99) } else { r.next() as i64 });
    vec![
        bytes(&ints, |v| v.to_ne_bytes()),
        bytes(&floats, |v| v.to_ne_bytes()),
        bytes(&longs, |v| v.to_ne_bytes()),
        vec![0xa5; threads * 4],
        vec![0xa5; threads * 4],
        vec![0xa5; threads * 8],
        vec![0xa5; threads * 8],
    ]
}

fn bytes<T: Copy, const N: usize>(values: &[T], f: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|v| f(*v)).collect()
}

const NAMES: [&str; 7] = ["a", "b", "c", "oi", "of", "od", "ol"];

fn one(seed: u64, with_host: bool) -> Result<(), String> {
    let text = generate(seed, with_host);
    let options = ["-fmad=false".to_owned()];
    let compiled = compile(&text, "random.cu", "kernel", &options)?;
    let shape = Shape { grid: [GRID as u32, 1, 1], block: [BLOCK as u32, 1, 1], shared: 0 };
    let args: Vec<Arg> = (0..7).map(Arg::Buffer).collect();
    let buffers = inputs(seed);
    let want = run::interpret(&compiled, shape, &args, &buffers, 0)?;
    if let Some(fault) = want.fault {
        return Err(format!("the interpreter faults: {fault:?}"));
    }
    let mut others = vec![(
        "threads in another order",
        run::interpret(&compiled, shape, &args, &buffers, seed | 1)?.buffers,
    )];
    for optimize in [false, true] {
        let got = run::generated(&compiled, shape, &args, &buffers, optimize)?;
        if let Some(fault) = got.fault {
            return Err(format!("generated code faults: {fault:?}"));
        }
        others.push((if optimize { "optimised code" } else { "plain code" }, got.buffers));
    }
    if with_host {
        others.push(("the host compiler", host::run(&text, "kernel", &options, shape, &args, &buffers)?));
    }
    for (label, got) in others {
        for (i, (got, want)) in got.iter().zip(&want.buffers).enumerate() {
            if let Some(at) = got.iter().zip(want).position(|(a, b)| a != b) {
                let element = if matches!(i, 2 | 5 | 6) { 8 } else { 4 };
                let part = |v: &[u8]| format!("{:02x?}", &v[at / element * element..][..element]);
                return Err(format!(
                    "{label}: {}[{}] is {}, interpreted {}",
                    NAMES[i],
                    at / element,
                    part(got),
                    part(want)
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn random_kernels_agree() {
    let seconds = number("VMGPU_RANDOM_SECONDS", 20);
    let first = number("VMGPU_RANDOM_SEED", 1);
    let count = number("VMGPU_RANDOM_COUNT", u64::MAX);
    let with_host = std::env::var("VMGPU_GXX").is_ok();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut done = 0;
    while done < count && Instant::now() < end {
        let seed = first + done;
        let result = std::panic::catch_unwind(|| one(seed, with_host)).unwrap_or_else(|e| {
            Err(format!("panicked: {}", e.downcast_ref::<String>().map_or("(no text)", |s| s.as_str())))
        });
        if let Err(e) = result {
            panic!("VMGPU_RANDOM_SEED={seed} VMGPU_RANDOM_COUNT=1: {e}\n{}", generate(seed, with_host));
        }
        done += 1;
    }
    eprintln!("{done} random kernels");
    assert!(done > 0);
}
