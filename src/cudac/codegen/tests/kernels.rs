//! Hand-written kernels with results computed in Rust.

use super::*;
use crate::cudac::thread_ir::*;

fn bytes_of<const N: usize, T: Copy>(v: &[T], f: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    v.iter().flat_map(|&x| f(x)).collect()
}

fn i32s(b: &[u8]) -> Vec<i32> {
    b.chunks_exact(4).map(|c| i32::from_le_bytes(c.try_into().expect("4 bytes"))).collect()
}

/// `blockIdx.x * blockDim.x + threadIdx.x`
pub fn global_id(b: &mut FunctionBuilder) -> Value {
    let (c, n, t) = (b.sreg(Sreg::CtaidX), b.sreg(Sreg::NtidX), b.sreg(Sreg::TidX));
    let base = b.binary(BinOp::Mul, c, n);
    b.binary(BinOp::Add, base, t)
}

pub fn element(b: &mut FunctionBuilder, base: Value, index: Value, size: i64) -> Value {
    let wide = b.cast(CastOp::SExt, index, Ty::I64);
    let k = b.iconst(Ty::I64, size);
    let off = b.binary(BinOp::Mul, wide, k);
    b.ptr_add(base, off)
}

fn natural(ty: Ty) -> MemFlags {
    MemFlags::natural(ty, Space::Global)
}

fn module(f: Function) -> Module {
    let mut m = Module::new();
    m.add_function(f);
    m
}

#[test]
fn saxpy_with_bounds_check() {
    let mut b = FunctionBuilder::new(Function::new_kernel("saxpy", kernel_params(4)));
    let i = global_id(&mut b);
    let n = b.param_load(Ty::I32, 24);
    let inside = b.icmp(ICmp::Slt, i, n);
    let (body, end) = (b.create_block(), b.create_block());
    b.brif(inside, body, &[], end, &[]);
    b.switch_to_block(body);
    let (x, y) = (b.param_load(Ty::Ptr, 0), b.param_load(Ty::Ptr, 8));
    let a = b.param_load(Ty::F32, 16);
    let (px, py) = (element(&mut b, x, i, 4), element(&mut b, y, i, 4));
    let (vx, vy) = (b.load(Ty::F32, px, natural(Ty::F32)), b.load(Ty::F32, py, natural(Ty::F32)));
    let r = b.fma(a, vx, vy);
    b.store(py, r, natural(Ty::F32));
    b.jump(end, &[]);
    b.switch_to_block(end);
    b.ret(None);
    let m = module(b.finish());
    for n in [0usize, 1, 31, 32, 33, 1000, 1023] {
        let x: Vec<f32> = (0..n).map(|i| i as f32 * 0.7 - 3.0).collect();
        let y: Vec<f32> = (0..n).map(|i| 100.0 / (i as f32 + 1.0)).collect();
        let a = 1.7f32;
        let bufs = [bytes_of(&x, f32::to_le_bytes), bytes_of(&y, f32::to_le_bytes)];
        let out = differential(&m, Shape::d1(8, 128), &bufs, &[a.to_bits() as u64, n as u64]);
        let want: Vec<f32> = x.iter().zip(&y).map(|(x, y)| a.mul_add(*x, *y)).collect();
        assert_eq!(out[1], bytes_of(&want, f32::to_le_bytes));
    }
}

/// Block sums by a tree in shared memory, after an early return of the threads beyond `n` (whose elements
/// count as 0): barriers in a loop, with some threads gone.
pub fn reduction(early_return: bool) -> Module {
    let mut m = Module::new();
    let sh = m.add_global(Global {
        name: "s".into(),
        space: GlobalSpace::Shared,
        size: 4 * 256,
        align: 4,
        init: Vec::new(),
        relocs: Vec::new(),
    });
    let sf = MemFlags::natural(Ty::I32, Space::Shared);
    let mut b = FunctionBuilder::new(Function::new_kernel("reduce", kernel_params(3)));
    let i = global_id(&mut b);
    let t = b.sreg(Sreg::TidX);
    let n = b.param_load(Ty::I32, 16);
    let base = b.global_addr(sh);
    let mine = element(&mut b, base, t, 4);
    let zero = b.iconst(Ty::I32, 0);
    b.store(mine, zero, sf);
    let inside = b.icmp(ICmp::Slt, i, n);
    let (read, go, out) = (b.create_block(), b.create_block(), b.create_block());
    b.brif(inside, read, &[], if early_return { out } else { go }, &[]);
    b.switch_to_block(read);
    let src = b.param_load(Ty::Ptr, 0);
    let p = element(&mut b, src, i, 4);
    let v = b.load(Ty::I32, p, natural(Ty::I32));
    b.store(mine, v, sf);
    b.jump(go, &[]);
    b.switch_to_block(go);
    b.barrier();
    let s = b.declare_var(Ty::I32);
    let half = b.iconst(Ty::I32, 128);
    b.def_var(s, half);
    let [head, body, add, next, done, write] = std::array::from_fn(|_| b.create_block());
    b.jump(head, &[]);
    b.switch_to_block(head);
    let sv = b.use_var(s);
    let more = b.icmp(ICmp::Sgt, sv, zero);
    b.brif(more, body, &[], done, &[]);
    b.switch_to_block(body);
    let low = b.icmp(ICmp::Slt, t, sv);
    b.brif(low, add, &[], next, &[]);
    b.switch_to_block(add);
    let other = b.binary(BinOp::Add, t, sv);
    let po = element(&mut b, base, other, 4);
    let (x, y) = (b.load(Ty::I32, mine, sf), b.load(Ty::I32, po, sf));
    let sum = b.binary(BinOp::Add, x, y);
    b.store(mine, sum, sf);
    b.jump(next, &[]);
    b.switch_to_block(next);
    b.barrier();
    let one = b.iconst(Ty::I32, 1);
    let sv = b.use_var(s);
    let sv = b.binary(BinOp::AShr, sv, one);
    b.def_var(s, sv);
    b.jump(head, &[]);
    b.switch_to_block(done);
    let first = b.icmp(ICmp::Eq, t, zero);
    b.brif(first, write, &[], out, &[]);
    b.switch_to_block(write);
    let dst = b.param_load(Ty::Ptr, 8);
    let c = b.sreg(Sreg::CtaidX);
    let pd = element(&mut b, dst, c, 4);
    let r = b.load(Ty::I32, base, sf);
    b.store(pd, r, natural(Ty::I32));
    b.jump(out, &[]);
    b.switch_to_block(out);
    b.ret(None);
    m.add_function(b.finish());
    m
}

#[test]
fn tree_reduction_in_shared_memory() {
    for early in [false, true] {
        let m = reduction(early);
        for n in [1000usize, 1024, 777, 5] {
            let x: Vec<i32> = (0..n as i32).map(|i| i * 37 % 101 - 40).collect();
            let bufs = [bytes_of(&x, i32::to_le_bytes), vec![0; 16]];
            let out = differential(&m, Shape::d1(4, 256), &bufs, &[n as u64]);
            let want: Vec<i32> = (0..4).map(|b| x.iter().skip(b * 256).take(256).sum()).collect();
            assert_eq!(i32s(&out[1]), want, "n {n} early {early}");
        }
    }
    let k =
        |early| prepare(&reduction(early), FuncId(0), &CompileOptions::default(), true).expect("compiles");
    assert!(k(false).uniform, "uniform flow needs no thread states");
    assert!(!k(true).uniform);
}

/// Each lane gets the sum of the lanes from itself on (lane 0 that of the warp).
pub fn warp_sum() -> Module {
    let mut b = FunctionBuilder::new(Function::new_kernel("wsum", kernel_params(2)));
    let i = global_id(&mut b);
    let (src, dst) = (b.param_load(Ty::Ptr, 0), b.param_load(Ty::Ptr, 8));
    let p = element(&mut b, src, i, 4);
    let mut v = b.load(Ty::I32, p, natural(Ty::I32));
    let full = b.iconst(Ty::I32, -1);
    let width = b.iconst(Ty::I32, 32);
    for d in [16, 8, 4, 2, 1] {
        let d = b.iconst(Ty::I32, d);
        let o = b.shfl(ShflKind::Down, Some(full), v, d, width);
        v = b.binary(BinOp::Add, v, o);
    }
    let q = element(&mut b, dst, i, 4);
    b.store(q, v, natural(Ty::I32));
    b.ret(None);
    module(b.finish())
}

#[test]
fn warp_sum_by_shuffles() {
    let m = warp_sum();
    let x: Vec<i32> = (0..192).map(|i| i * i % 97).collect();
    let out = differential(&m, Shape::d1(2, 96), &[bytes_of(&x, i32::to_le_bytes), vec![0; 192 * 4]], &[]);
    let got = i32s(&out[1]);
    for w in 0..6 {
        assert_eq!(got[w * 32], x[w * 32..w * 32 + 32].iter().sum::<i32>());
    }
}

/// Thread 0 waits for a flag that the last thread sets: progress needs a soft yield.
#[test]
fn spinning_threads_let_others_go_on() {
    let mut b = FunctionBuilder::new(Function::new_kernel("spin", kernel_params(1)));
    let t = b.sreg(Sreg::TidX);
    let flag = b.param_load(Ty::Ptr, 0);
    let vol = natural(Ty::I32).with_volatile(true);
    let (zero, last, one) = (b.iconst(Ty::I32, 0), b.iconst(Ty::I32, 63), b.iconst(Ty::I32, 1));
    let is_last = b.icmp(ICmp::Eq, t, last);
    let [set, wait, done] = std::array::from_fn(|_| b.create_block());
    b.brif(is_last, set, &[], wait, &[]);
    b.switch_to_block(set);
    b.store(flag, one, vol);
    b.jump(done, &[]);
    b.switch_to_block(wait);
    let v = b.load(Ty::I32, flag, vol);
    let go = b.icmp(ICmp::Ne, v, zero);
    b.brif(go, done, &[], wait, &[]);
    b.switch_to_block(done);
    let next = element(&mut b, flag, one, 4);
    b.atomic_rmw(RmwOp::Add, next, one, Space::Global);
    b.ret(None);
    let m = module(b.finish());
    let out = differential(&m, Shape::d1(1, 64), &[vec![0; 8]], &[]);
    assert_eq!(i32s(&out[0]), [1, 64]);
}

/// Recursion stays a call: factorial, and a depth that must end in an error and not in a crash.
#[test]
fn recursion_works_and_overflow_is_an_error() {
    let mut m = Module::new();
    let kernel = m.add_function(Function::new_kernel("k", kernel_params(2)));
    let fact = m.add_function(Function::new_device("fact", &[Ty::I64], Some(Ty::I64)));
    let mut b = FunctionBuilder::new(Function::new_device("fact", &[Ty::I64], Some(Ty::I64)));
    let (x, one) = (b.arg(0), b.iconst(Ty::I64, 1));
    let small = b.icmp(ICmp::Sle, x, one);
    let (leaf, rec) = (b.create_block(), b.create_block());
    b.brif(small, leaf, &[], rec, &[]);
    b.switch_to_block(leaf);
    b.ret(Some(one));
    b.switch_to_block(rec);
    let less = b.binary(BinOp::Sub, x, one);
    let r = b.call(fact, &[less], Some(Ty::I64)).expect("result");
    let r = b.binary(BinOp::Mul, r, x);
    b.ret(Some(r));
    m.funcs[fact.index()] = b.finish();
    let mut b = FunctionBuilder::new(Function::new_kernel("k", kernel_params(2)));
    let t = b.sreg(Sreg::TidX);
    let n = b.param_load(Ty::I64, 8);
    let wide = b.cast(CastOp::SExt, t, Ty::I64);
    let arg = b.binary(BinOp::Add, wide, n);
    let r = b.call(fact, &[arg], Some(Ty::I64)).expect("result");
    let dst = b.param_load(Ty::Ptr, 0);
    let p = element(&mut b, dst, t, 8);
    b.store(p, r, natural(Ty::I64));
    b.ret(None);
    m.funcs[kernel.index()] = b.finish();
    let out = differential(&m, Shape::d1(1, 8), &[vec![0; 64]], &[3]);
    assert_eq!(out[0][8..16], 24u64.to_le_bytes());
    let k = compile(&m, kernel, &CompileOptions::default()).expect("compiles");
    let e = run_compiled(&k, &m, Shape::d1(1, 8), &mut [vec![0; 64]], &[1 << 40]).expect_err("too deep");
    assert_eq!(e.kind, FaultKind::StackOverflow);
}

#[test]
fn an_endless_loop_can_be_stopped() {
    let mut b = FunctionBuilder::new(Function::new_kernel("k", kernel_params(1)));
    let looped = b.create_block();
    b.jump(looped, &[]);
    b.switch_to_block(looped);
    b.jump(looped, &[]);
    let m = module(b.finish());
    let k = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles");
    let stop = AtomicU32::new(0);
    let params = [0u8; 8];
    let launch = Launch {
        grid: [2, 1, 1],
        block: [4, 1, 1],
        dyn_shared: 0,
        params: params.as_ptr(),
        globals: &[],
        stop: &stop,
        printf: None,
        ranges: &[],
        stack_budget: 1 << 16,
        seed: 0,
    };
    let err = std::thread::scope(|s| {
        // SAFETY: the kernel touches no memory.
        let run = s.spawn(|| unsafe { k.run_blocks(&launch, &mut Worker::new(), 0..2) });
        std::thread::sleep(std::time::Duration::from_millis(20));
        stop.store(1, std::sync::atomic::Ordering::Relaxed);
        run.join().expect("no panic")
    });
    assert_eq!(err.expect_err("stopped").kind, FaultKind::Stopped);
}

#[test]
fn a_trap_names_block_thread_and_line() {
    let mut m = Module::new();
    let loc = m.add_loc(0, 17, 5);
    let mut b = FunctionBuilder::new(Function::new_kernel("k", kernel_params(1)));
    b.set_loc(loc);
    let i = global_id(&mut b);
    let k = b.iconst(Ty::I32, 37);
    let hit = b.icmp(ICmp::Eq, i, k);
    let (bad, good) = (b.create_block(), b.create_block());
    b.brif(hit, bad, &[], good, &[]);
    b.switch_to_block(bad);
    b.trap(TrapKind::Trap);
    b.switch_to_block(good);
    b.ret(None);
    m.add_function(b.finish());
    let k = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles");
    let e = run_compiled(&k, &m, Shape::d1(4, 16), &mut [vec![]], &[]).expect_err("trap");
    assert_eq!((e.kind, e.block, e.thread), (FaultKind::Trap, [2, 0, 0], [5, 0, 0]));
    assert_eq!(k.position(e.loc).map(|(f, l)| (f, l.line)), Some(("kernel.cu", 17)));
    let e = interpret(&m, Shape::d1(4, 16), &mut [vec![]], &[], 0).expect_err("trap");
    assert_eq!((e.block, e.thread, e.loc), ([2, 0, 0], 5, loc));
}

#[test]
fn the_aarch64_target_compiles_and_verifies() {
    let target = cranelift::target_for("aarch64-unknown-linux-gnu").expect("target");
    for m in [reduction(false), reduction(true)] {
        let block = prepare(&m, FuncId(0), &CompileOptions::default(), true).expect("prepares");
        let (offsets, _) = shared_layout(&block.module).expect("fits");
        let env = cranelift::Env {
            kernel: &block,
            target: &target,
            shared_offsets: &offsets,
            strings: &[],
            checked: false,
            constants: Default::default(),
        };
        let code = cranelift::generate(&env).expect("compiles");
        assert!(code.bytes.len() > 100 && code.regions.len() == block.regions.len());
    }
}

#[test]
fn checked_mode_reports_the_address() {
    let mut b = FunctionBuilder::new(Function::new_kernel("k", kernel_params(1)));
    let t = b.sreg(Sreg::TidX);
    let dst = b.param_load(Ty::Ptr, 0);
    let p = element(&mut b, dst, t, 4);
    b.store(p, t, natural(Ty::I32));
    b.ret(None);
    let m = module(b.finish());
    let k =
        compile(&m, FuncId(0), &CompileOptions { checked: true, ..Default::default() }).expect("compiles");
    let stop = AtomicU32::new(0);
    let mut data = vec![0u32; 64];
    let start = data.as_mut_ptr() as u64;
    let params = start.to_le_bytes();
    let run = |bytes: u64, writable: bool| {
        let ranges = [MemRange { start, size: bytes, writable }];
        let launch = Launch {
            grid: [1, 1, 1],
            block: [64, 1, 1],
            dyn_shared: 0,
            params: params.as_ptr(),
            globals: &[],
            stop: &stop,
            printf: None,
            ranges: &ranges,
            stack_budget: 1 << 16,
            seed: 0,
        };
        // SAFETY: all 64 elements exist; the ranges only pretend to be smaller.
        unsafe { k.run_blocks(&launch, &mut Worker::new(), 0..1) }
    };
    assert_eq!(run(256, true), Ok(()));
    let e = run(100, true).expect_err("beyond the end");
    assert_eq!((e.kind, e.thread, e.info), (FaultKind::OutOfBounds, [25, 0, 0], start + 100));
    assert_eq!(run(256, false).expect_err("read-only").kind, FaultKind::ReadOnly);
}
