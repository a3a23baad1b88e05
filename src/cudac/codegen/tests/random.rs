//! Random kernels: the interpreter against compiled code, with and without passes.
//!
//! `VMGPU_RANDOM_KERNELS` sets the number, `VMGPU_RANDOM_SEED` the first seed.

use super::generate::{COUNTERS, IN_WORDS, OUT, Rng, kernel, tangle};
use super::*;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default)
}

/// Small blocks of all kinds: one thread, part of a warp, several warps, two and three dimensions.
const BLOCKS: [[u32; 3]; 8] =
    [[1, 1, 1], [7, 1, 1], [32, 1, 1], [48, 1, 1], [70, 1, 1], [8, 4, 1], [5, 3, 4], [16, 5, 1]];

fn input(rng: &mut Rng) -> Vec<u8> {
    (0..IN_WORDS)
        .flat_map(|i| {
            let r = rng.next();
            // Words that are sensible as integers and as floats of either width.
            match i % 4 {
                0 => r,
                1 => (r as f32 / 1e18).to_bits() as u64 | 0x4049_0fdb_0000_0000,
                2 => (r as i64 as f64 / 1e17).to_bits(),
                _ => r % 50,
            }
            .to_le_bytes()
        })
        .collect()
}

#[test]
fn random_kernels_agree_with_the_interpreter() {
    let count = setting("VMGPU_RANDOM_KERNELS", 300);
    let first = setting("VMGPU_RANDOM_SEED", 1);
    let mut changed = 0;
    for seed in first..first + count {
        let m = kernel(seed);
        let mut rng = Rng(seed * 7 + 1);
        let block = rng.pick(&BLOCKS);
        let shape = Shape { grid: [1 + (seed % 3) as u32, 1, 1], block, dyn_shared: 0 };
        let threads = block.iter().product::<u32>() * shape.grid[0];
        let bufs = [input(&mut rng), vec![0xee; threads as usize * OUT * 8], vec![0; COUNTERS as usize * 8]];
        let out = std::panic::catch_unwind(|| differential(&m, shape, &bufs, &[]));
        let out = out.unwrap_or_else(|e| {
            let text = e.downcast_ref::<String>().cloned().unwrap_or_default();
            panic!("seed {seed} block {block:?} grid {:?}: {text}", shape.grid)
        });
        changed += (out[1] != bufs[1]) as u64;
    }
    assert!(changed * 10 > count * 8, "most kernels write results: {changed} of {count}");
}

/// The passes do something: a struct that is only used by fields leaves no slot accesses behind.
#[test]
fn passes_remove_local_memory_and_known_branches() {
    use crate::cudac::thread_ir::{Op, passes};
    let (mut before, mut after) = ([0usize; 2], [0usize; 2]);
    let count = |m: &Module, out: &mut [usize; 2]| {
        for i in m.funcs[0].blocks.iter().flat_map(|b| &b.insts) {
            out[0] += matches!(i.op, Op::SlotAddr(_)) as usize;
            out[1] += 1;
        }
    };
    for seed in 1..40 {
        let mut m = passes::inline_kernel(&kernel(seed), FuncId(0)).expect("inlines");
        count(&m, &mut before);
        passes::optimize(&mut m, true);
        verify::verify_module(&m).unwrap_or_else(|e| panic!("{e}\n{m}"));
        count(&m, &mut after);
    }
    assert!(after[0] * 3 < before[0], "slot addresses {} -> {}", before[0], after[0]);
    assert!(after[1] * 4 < before[1] * 3, "instructions {} -> {}", before[1], after[1]);
}

/// Checked mode changes nothing for right kernels, in whatever order threads and blocks run.
#[test]
fn random_kernels_agree_in_checked_mode() {
    let opts = CompileOptions { checked: true, ..CompileOptions::default() };
    let first = setting("VMGPU_RANDOM_SEED", 1);
    let (mut ran, mut divergent) = (0, 0);
    for seed in first..first + setting("VMGPU_RANDOM_KERNELS", 300) / 4 {
        let m = kernel(seed);
        let mut rng = Rng(seed * 7 + 1);
        let block = rng.pick(&BLOCKS);
        let shape = Shape { grid: [1 + (seed % 3) as u32, 1, 1], block, dyn_shared: 0 };
        let threads = block.iter().product::<u32>() * shape.grid[0];
        let bufs = [input(&mut rng), vec![0xee; threads as usize * OUT * 8], vec![0; COUNTERS as usize * 8]];
        let mut want = bufs.to_vec();
        interpret(&m, shape, &mut want, &[], seed).unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
        let k = compile(&m, FuncId(0), &opts).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut got = bufs.to_vec();
        match run_seeded(&k, &m, shape, &mut got, &[], seed) {
            // The generator writes divergent barriers on purpose.
            Err(KernelFault { kind: FaultKind::DivergentBarrier, .. }) => divergent += 1,
            Err(e) => panic!("seed {seed}: {e:?}\n{m}"),
            Ok(()) => {
                assert!(got == want, "seed {seed}");
                ran += 1;
            }
        }
    }
    assert!(ran > divergent && divergent > 0, "{ran} right, {divergent} with divergent barriers");
}

#[test]
fn random_jumps_agree_with_the_interpreter() {
    let count = setting("VMGPU_RANDOM_KERNELS", 300);
    let first = setting("VMGPU_RANDOM_SEED", 1);
    for seed in first..first + count {
        let m = tangle(seed);
        let mut rng = Rng(seed * 7 + 1);
        let shape = Shape { grid: [2, 1, 1], block: [1 + (seed % 40) as u32, 1, 1], dyn_shared: 0 };
        let bufs = [input(&mut rng), vec![0xee; 2 * 40 * 8], vec![0; 64]];
        let out = std::panic::catch_unwind(|| differential(&m, shape, &bufs, &[]));
        out.unwrap_or_else(|e| {
            panic!("seed {seed}: {}", e.downcast_ref::<String>().cloned().unwrap_or_default())
        });
    }
}
