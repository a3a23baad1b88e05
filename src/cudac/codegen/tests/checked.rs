//! Checked mode: races on shared memory and divergent barriers.

use super::kernels::element;
use super::*;
use crate::cudac::thread_ir::*;

/// `s[threadIdx.x] = threadIdx.x; <between> out[threadIdx.x] = s[(threadIdx.x + 1) % blockDim.x];`
fn neighbours(between: impl Fn(&mut FunctionBuilder)) -> Module {
    let mut m = Module::new();
    let sh = m.add_global(Global {
        name: "s".into(),
        space: GlobalSpace::Shared,
        size: 256,
        align: 4,
        init: Vec::new(),
        relocs: Vec::new(),
    });
    let read = m.add_loc(0, 9, 1);
    let mut b = FunctionBuilder::new(Function::new_kernel("k", kernel_params(1)));
    let flags = MemFlags::natural(Ty::I32, Space::Shared);
    let (t, n, one) = (b.sreg(Sreg::TidX), b.sreg(Sreg::NtidX), b.iconst(Ty::I32, 1));
    let base = b.global_addr(sh);
    let mine = element(&mut b, base, t, 4);
    let v = b.binary(BinOp::Add, t, one);
    b.store(mine, v, flags);
    between(&mut b);
    let next = b.binary(BinOp::Add, t, one);
    let next = b.binary(BinOp::URem, next, n);
    let theirs = element(&mut b, base, next, 4);
    b.set_loc(read);
    let v = b.load(Ty::I32, theirs, flags);
    let out = b.param_load(Ty::Ptr, 0);
    let p = element(&mut b, out, t, 4);
    b.store(p, v, MemFlags::natural(Ty::I32, Space::Global));
    b.ret(None);
    m.add_function(b.finish());
    m
}

fn run(m: &Module, threads: u32, seed: u64) -> Result<(), KernelFault> {
    let opts = CompileOptions { checked: true, ..CompileOptions::default() };
    let k = compile(m, FuncId(0), &opts).unwrap_or_else(|e| panic!("{e}"));
    run_seeded(&k, m, Shape::d1(2, threads), &mut [vec![0; 256]], &[], seed)
}

#[test]
fn a_missing_barrier_is_a_race() {
    let full = |b: &mut FunctionBuilder| b.iconst(Ty::I32, -1);
    let none = neighbours(|_| {});
    let e = run(&none, 64, 0).expect_err("race");
    assert_eq!(e.kind, FaultKind::Race);
    // In ascending order thread 1 writes what thread 0 has read.
    assert_eq!((e.block, e.thread, e.other), ([0, 0, 0], [1, 0, 0], 0));
    for seed in 1..6 {
        assert_eq!(run(&none, 64, seed).expect_err("race in any order").kind, FaultKind::Race);
        assert_eq!(run(&neighbours(|b| b.barrier()), 64, seed), Ok(()));
    }
    // Within one warp `__syncwarp` is enough, across warps it is not.
    let warp = neighbours(|b| {
        let m = full(b);
        b.sync_warp(m);
    });
    assert_eq!(run(&warp, 32, 3), Ok(()));
    assert_eq!(run(&warp, 64, 3).expect_err("across warps").kind, FaultKind::Race);
}

#[test]
fn atomics_and_equal_writes_do_not_race() {
    let m = neighbours(|b| {
        b.barrier();
        let base = b.global_addr(GlobalId(0));
        let zero = b.iconst(Ty::I32, 0);
        b.atomic_rmw(RmwOp::Add, base, zero, Space::Shared);
        b.barrier();
        // Every thread writes the same word.
        let p = b.ptr_add_const(base, 128);
        let seven = b.iconst(Ty::I32, 7);
        b.store(p, seven, MemFlags::natural(Ty::I32, Space::Shared));
        b.barrier();
    });
    assert_eq!(run(&m, 32, 5), Ok(()));
}

#[test]
fn threads_at_different_barriers_are_reported() {
    let m = neighbours(|b| {
        let (t, five) = (b.sreg(Sreg::TidX), b.iconst(Ty::I32, 5));
        let low = b.icmp(ICmp::Ult, t, five);
        let [x, y, z] = std::array::from_fn(|_| b.create_block());
        b.brif(low, x, &[], y, &[]);
        for side in [x, y] {
            b.switch_to_block(side);
            b.barrier();
            b.jump(z, &[]);
        }
        b.switch_to_block(z);
    });
    let e = run(&m, 32, 0).expect_err("divergent");
    assert_eq!((e.kind, e.thread, e.other), (FaultKind::DivergentBarrier, [0, 0, 0], 5));
}
