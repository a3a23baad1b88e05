//! Random kernels whose threads work together: cooperative groups, warp operations with masks of parts, loops that lanes leave
//! one by one, barriers where only the input says that all come, shared memory as several types, overlapping buffers, atomics
//! and locks. Each is free of races, and computed by walking through its tree thread by thread, without our compiler.
//!
//! `VMGPU_TOGETHER_COUNT=n` sets how many, `VMGPU_TOGETHER_SEED=n` where they start.

#![cfg(feature = "cpu")]
// The simulation is written as close to the kernels as possible.
#![allow(clippy::needless_range_loop, clippy::precedence)]

#[path = "cudac_together/generate.rs"]
mod generate;
#[path = "cudac_parallel/many.rs"]
mod many;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;
#[path = "cudac_together/simulate.rs"]
mod simulate;
#[path = "cudac_together/text.rs"]
mod text;
#[path = "cudac_together/tree.rs"]
mod tree;

use many::{Codes, How, Work};
use rng::Rng;
use run::{Arg, Shape, compile};
use simulate::Mem;

const WAYS: [How; 8] = [
    How::Interpreted(0),
    How::Interpreted(77),
    How::Plain,
    How::Optimised,
    How::Backwards,
    How::TwoWorkers,
    How::Checked(0),
    How::Checked(7),
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn bytes(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_ne_bytes()).collect()
}

fn one(seed: u64) -> Result<(), String> {
    let tree = generate::tree(seed);
    let text = tree.text();
    let compiled = compile(&text, "together.cu", "kernel", &["-fmad=false".to_owned()])?;
    let codes = Codes::new(&compiled)?;
    let mut r = Rng::new(seed ^ 0x77);
    let a: Vec<u32> = r.vec(tree::IN, |r| match r.below(3) {
        0 => r.u32(),
        1 => r.below(64) as u32,
        _ => r.int(-50, 50) as u32,
    });
    let all = (tree.block.iter().product::<u32>() * tree.grid) as usize;
    // Room on both sides, for the pointer that is shifted.
    let own: Vec<u32> = r.vec(all * tree::OWN + 16, |r| r.u32());
    let b: Vec<f32> = r.f32s(tree::FLOAT_IN, -200.0, 200.0);
    let own_floats: Vec<f32> = r.f32s(all * tree::ROWS + 16, -9.0, 9.0);
    let times = 1 + seed as usize % 2;
    let mut mem = Mem {
        p: own[8..8 + all * tree::OWN].to_vec(),
        q: vec![0; all],
        kept: vec![0; 4096],
        g: own_floats[8..8 + all * tree::ROWS].to_vec(),
    };
    for _ in 0..times {
        simulate::run(&tree, &a, &b, &mut mem);
    }
    let mut p = own.clone();
    p[8..8 + mem.p.len()].copy_from_slice(&mem.p);
    let mut g = own_floats.clone();
    g[8..8 + mem.g.len()].copy_from_slice(&mem.g);
    let bits = |floats: &[f32]| bytes(&floats.iter().map(|f| f.to_bits()).collect::<Vec<_>>());
    let want = [bytes(&p), bytes(&mem.q), bits(&g)];
    let buffers = [bytes(&own), bytes(&vec![0; all]), bits(&own_floats), bytes(&a), bits(&b)];
    let args = [
        Arg::BufferAt(0, 32),
        Arg::BufferAt(0, (32 + tree.shift * 4) as usize),
        Arg::Buffer(1),
        Arg::Buffer(3),
        Arg::Value(tree.n.to_ne_bytes().to_vec()),
        Arg::BufferAt(2, 32),
        Arg::BufferAt(2, (32 + tree.shift * 4) as usize),
        Arg::Buffer(4),
    ];
    let shape = Shape { grid: [tree.grid, 1, 1], block: tree.block, shared: tree.shared() };
    let work = Work { compiled: &compiled, codes: &codes, shape, args: &args, buffers: &buffers, times };
    for how in WAYS {
        let got = work.run(how).map_err(|e| format!("{how:?}: {e}"))?;
        for (i, name) in ["p", "q", "g"].iter().enumerate().rev() {
            let wrong = got[i].chunks(4).zip(want[i].chunks(4)).position(|(g, w)| g != w);
            if let Some(at) = wrong {
                let part = |v: &[u8]| u32::from_ne_bytes(v[at * 4..][..4].try_into().expect("4 bytes"));
                let (got, want) = (part(&got[i]), part(&want[i]));
                return Err(format!("{how:?}, {shape:?}: {name}[{at}] is {got:#x}, not {want:#x}"));
            }
        }
    }
    Ok(())
}

#[test]
fn threads_that_work_together_compute_what_they_do_alone() {
    let (first, count) = (number("VMGPU_TOGETHER_SEED", 1), number("VMGPU_TOGETHER_COUNT", 60));
    let mut bad = Vec::new();
    for seed in first..first + count {
        if let Err(e) = one(seed) {
            eprintln!("VMGPU_TOGETHER_SEED={seed} VMGPU_TOGETHER_COUNT=1: {e}");
            bad.push((seed, e));
        }
    }
    if let Some((seed, e)) = bad.first() {
        let text = generate::tree(*seed).text();
        panic!("{} of {count}; VMGPU_TOGETHER_SEED={seed} VMGPU_TOGETHER_COUNT=1: {e}\n{text}", bad.len());
    }
}
