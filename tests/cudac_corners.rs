//! Kernels in hard corners, each under odd shapes and lengths: the interpreter against machine code with and without the
//! optimising passes, all bits. They are free of races, so the order of threads must not matter either.
//!
//! Every kernel is `name(int *o, float *f, long long *l, const int *a, const float *b, int n)`: `a` and `b` hold 4096 random
//! numbers, `o`, `f` and `l` have room for 8192. `VMGPU_CORNERS_ONLY=name` runs those that contain it;
//! `VMGPU_GXX=1` asks the host's compiler as well.

#![cfg(feature = "cpu")]

#[path = "cudac_support/host.rs"]
mod host;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;

use rng::Rng;
use run::{Arg, Shape, compile};

/// Elements of `a` and `b`; `o`, `f` and `l` have twice as many, and no launch has more threads.
const INPUTS: usize = 4096;

const BLOCKS: &[[u32; 3]] = &[
    [1, 1, 1],
    [2, 1, 1],
    [31, 1, 1],
    [32, 1, 1],
    [33, 1, 1],
    [96, 1, 1],
    [7, 5, 1],
    [16, 2, 3],
    [1023, 1, 1],
];

fn bytes<T: Copy, const N: usize>(values: &[T], f: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|v| f(*v)).collect()
}

/// The names of a text's kernels.
fn kernels(text: &str) -> Vec<&str> {
    let after = text.split("__global__ void ").skip(1);
    after.filter_map(|rest| rest.split('(').next()).collect()
}

/// Runs a kernel under every shape; gives the first difference.
fn check(file: &str, text: &str, kernel: &str, with_host: bool) -> Result<(), String> {
    let options = ["-fmad=false".to_owned()];
    let compiled = compile(text, file, kernel, &options)?;
    let mut r = Rng::new(kernel.bytes().map(u64::from).sum());
    let a: Vec<i32> =
        r.vec(INPUTS, |r| if r.below(4) == 0 { r.u32() as i32 } else { r.int(-20, 200) as i32 });
    let b: Vec<f32> = r.vec(INPUTS, |r| r.f32(-50.0, 50.0));
    let (a, b) = (bytes(&a, i32::to_ne_bytes), bytes(&b, f32::to_ne_bytes));
    let room = |size: usize| vec![0xa5u8; 2 * INPUTS * size];
    let buffers = [room(4), room(4), room(8), a, b];
    let codes = [
        ("plain code", run::machine_code(&compiled, false)?),
        ("optimised code", run::machine_code(&compiled, true)?),
    ];
    for (number, &block) in BLOCKS.iter().enumerate() {
        let threads: u32 = block.iter().product();
        for grid in [[1, 1, 1], [3, 1, 1]] {
            // One block of the largest is enough: the interpreter takes its time.
            if threads * grid[0] > 2048 {
                continue;
            }
            let all = (threads * grid[0]) as i32;
            // A length inside or at an edge, and another; which ones changes with the shape.
            let lengths = [[all - 1, 3000], [0, all], [777, 1], [all / 2 + 1, -5]];
            for n in lengths[(number + grid[0] as usize) % 4] {
                let shape = Shape { grid, block, shared: 4096 };
                let mut args: Vec<Arg> = (0..5).map(Arg::Buffer).collect();
                args.push(Arg::Value(n.to_ne_bytes().to_vec()));
                let want = run::interpret(&compiled, shape, &args, &buffers, 0)?;
                if let Some(fault) = want.fault {
                    return Err(format!("{shape:?} n={n}: the interpreter faults: {fault:?}"));
                }
                let mut others = Vec::new();
                if threads < 100 {
                    others.push((
                        "another order",
                        run::interpret(&compiled, shape, &args, &buffers, 77)?.buffers,
                    ));
                }
                for (label, code) in &codes {
                    let got = run::launch(&compiled, code, shape, &args, &buffers)?;
                    if let Some(fault) = got.fault {
                        return Err(format!("{shape:?} n={n}: {label} faults: {fault:?}"));
                    }
                    others.push((*label, got.buffers));
                }
                if with_host {
                    match host::run(text, kernel, &options, shape, &args, &buffers) {
                        Ok(got) => others.push(("the host", got)),
                        // Votes of those who happen to be there.
                        Err(e) if e.starts_with("the shim gives") => {}
                        Err(e) => return Err(e),
                    }
                }
                for (label, got) in others {
                    for (i, (got, want)) in got.iter().zip(&want.buffers).enumerate() {
                        let size = if i == 2 { 8 } else { 4 };
                        let at = got.chunks(size).zip(want.chunks(size)).position(|(g, w)| g != w);
                        let Some(at) = at else { continue };
                        let part = |v: &[u8]| format!("{:02x?}", &v[at * size..][..size]);
                        return Err(format!(
                            "{block:?} in {grid:?}, n={n}, {label}: {}[{at}] is {}, interpreted {}",
                            ["o", "f", "l", "a", "b"][i],
                            part(got),
                            part(want)
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

fn check_file(file: &str, text: &str) {
    let only = std::env::var("VMGPU_CORNERS_ONLY").unwrap_or_default();
    let with_host = std::env::var_os("VMGPU_GXX").is_some();
    let all = kernels(text);
    assert!(all.len() > 5, "{file} holds {} kernels", all.len());
    let mut bad = Vec::new();
    for kernel in all.iter().filter(|k| k.contains(&only)) {
        if let Err(e) = check(file, text, kernel, with_host) {
            bad.push(format!("{kernel}: {e}"));
        }
    }
    assert!(bad.is_empty(), "{file}: {} of {} kernels:\n{}", bad.len(), all.len(), bad.join("\n"));
}

#[test]
fn indices() {
    check_file("indices.cu", include_str!("cudac_corners/indices.cu"));
}

#[test]
fn loops() {
    check_file("loops.cu", include_str!("cudac_corners/loops.cu"));
}

#[test]
fn sync() {
    check_file("sync.cu", include_str!("cudac_corners/sync.cu"));
}

#[test]
fn memory() {
    check_file("memory.cu", include_str!("cudac_corners/memory.cu"));
}
