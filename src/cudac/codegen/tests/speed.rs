//! Loop shapes that matter for speed: right results, and code of a reasonable size.

use super::kernels::{element, global_id};
use super::*;
use crate::cudac::thread_ir::*;

fn natural(ty: Ty) -> MemFlags {
    MemFlags::natural(ty, Space::Global)
}

fn module(f: Function) -> Module {
    let mut m = Module::new();
    m.add_function(f);
    m
}

/// `for (i = gid; i < n; i += blockDim.x * gridDim.x) { acc += x[i]; y[i] = x[i] * a; } z[gid] = acc;`
pub fn grid_stride() -> Module {
    let mut b = FunctionBuilder::new(Function::new_kernel("grid_stride", kernel_params(5)));
    let gid = global_id(&mut b);
    let (n1, n2) = (b.sreg(Sreg::NtidX), b.sreg(Sreg::NctaidX));
    let step = b.binary(BinOp::Mul, n1, n2);
    let n = b.param_load(Ty::I32, 32);
    let a = b.param_load(Ty::F32, 24);
    let (x, y, z) = (b.param_load(Ty::Ptr, 0), b.param_load(Ty::Ptr, 8), b.param_load(Ty::Ptr, 16));
    let (i, acc) = (b.declare_var(Ty::I32), b.declare_var(Ty::F32));
    b.def_var(i, gid);
    let zero = b.f32const(0.0);
    b.def_var(acc, zero);
    let [head, body, done] = std::array::from_fn(|_| b.create_block());
    b.jump(head, &[]);
    b.switch_to_block(head);
    let iv = b.use_var(i);
    let more = b.icmp(ICmp::Slt, iv, n);
    b.brif(more, body, &[], done, &[]);
    b.switch_to_block(body);
    let px = element(&mut b, x, iv, 4);
    let v = b.load(Ty::F32, px, natural(Ty::F32));
    let s = b.use_var(acc);
    let s = b.binary(BinOp::FAdd, s, v);
    b.def_var(acc, s);
    let py = element(&mut b, y, iv, 4);
    let w = b.binary(BinOp::FMul, v, a);
    b.store(py, w, natural(Ty::F32));
    let iv = b.binary(BinOp::Add, iv, step);
    b.def_var(i, iv);
    b.jump(head, &[]);
    b.switch_to_block(done);
    let pz = element(&mut b, z, gid, 4);
    let s = b.use_var(acc);
    b.store(pz, s, natural(Ty::F32));
    b.ret(None);
    module(b.finish())
}

/// One row of `c = a * b` for each thread pair, inner product over `k < n` (all `n` x `n`, f32).
pub fn matmul() -> Module {
    let mut b = FunctionBuilder::new(Function::new_kernel("matmul", kernel_params(4)));
    let col = global_id(&mut b);
    let row = b.sreg(Sreg::CtaidY);
    let n = b.param_load(Ty::I32, 24);
    let [pa, pb, pc] = [0, 8, 16].map(|o| b.param_load(Ty::Ptr, o));
    let (k, acc) = (b.declare_var(Ty::I32), b.declare_var(Ty::F32));
    let (zero, fzero, one) = (b.iconst(Ty::I32, 0), b.f32const(0.0), b.iconst(Ty::I32, 1));
    b.def_var(k, zero);
    b.def_var(acc, fzero);
    let base = b.binary(BinOp::Mul, row, n);
    let [head, body, done] = std::array::from_fn(|_| b.create_block());
    b.jump(head, &[]);
    b.switch_to_block(head);
    let kv = b.use_var(k);
    let more = b.icmp(ICmp::Slt, kv, n);
    b.brif(more, body, &[], done, &[]);
    b.switch_to_block(body);
    let ia = b.binary(BinOp::Add, base, kv);
    let ib = b.binary(BinOp::Mul, kv, n);
    let ib = b.binary(BinOp::Add, ib, col);
    let (ea, eb) = (element(&mut b, pa, ia, 4), element(&mut b, pb, ib, 4));
    let (va, vb) = (b.load(Ty::F32, ea, natural(Ty::F32)), b.load(Ty::F32, eb, natural(Ty::F32)));
    let s = b.use_var(acc);
    let s = b.fma(va, vb, s);
    b.def_var(acc, s);
    let kv = b.binary(BinOp::Add, kv, one);
    b.def_var(k, kv);
    b.jump(head, &[]);
    b.switch_to_block(done);
    let ic = b.binary(BinOp::Add, base, col);
    let ec = element(&mut b, pc, ic, 4);
    let s = b.use_var(acc);
    b.store(ec, s, natural(Ty::F32));
    b.ret(None);
    module(b.finish())
}

fn floats(n: usize) -> Vec<u8> {
    (0..n).flat_map(|i| ((i * 7 % 23) as f32 * 0.25 - 2.0).to_le_bytes()).collect()
}

#[test]
fn grid_stride_loops_are_interchanged_and_right() {
    let m = grid_stride();
    let opts = CompileOptions::default();
    let k = prepare(&m, FuncId(0), &opts, true).expect("prepares");
    assert_eq!(k.points.len(), 3, "strips, and the loop for the rest");
    assert!(k.uniform);
    let opts = CompileOptions { interchange: false, ..opts };
    assert_eq!(prepare(&m, FuncId(0), &opts, true).expect("prepares").points.len(), 1);
    for n in [0usize, 1, 100, 511, 512, 1500] {
        let bufs = [floats(n), vec![0; n * 4], vec![0; 128 * 4]];
        let out = differential(&m, Shape::d1(2, 64), &bufs, &[3f32.to_bits() as u64, n as u64]);
        if n > 100 {
            assert_ne!(out[2], bufs[2]);
        }
        let checked = CompileOptions { checked: true, ..CompileOptions::default() };
        let k = compile(&m, FuncId(0), &checked).expect("compiles");
        for seed in [0, 7] {
            let (mut got, scalars) = (bufs.clone(), [3f32.to_bits() as u64, n as u64]);
            run_seeded(&k, &m, Shape::d1(2, 64), &mut got, &scalars, seed).expect("runs");
            assert_eq!(got.to_vec(), out, "seed {seed}");
        }
    }
}

#[test]
fn naive_matmul_is_right() {
    let (n, m) = (24usize, matmul());
    let bufs = [floats(n * n), floats(n * n), vec![0; n * n * 4]];
    let shape = Shape { grid: [3, n as u32, 1], block: [8, 1, 1], dyn_shared: 0 };
    let out = differential(&m, shape, &bufs, &[n as u64]);
    assert_ne!(out[2], bufs[2]);
}

/// `i = blockIdx.x * blockDim.x + threadIdx.x + k; if (i < n) out[linear thread] = i + threadIdx.y;`
fn bounded(cc: ICmp) -> Module {
    let mut b = FunctionBuilder::new(Function::new_kernel("bounded", kernel_params(3)));
    let gid = global_id(&mut b);
    let k = b.param_load(Ty::I32, 8);
    let i = b.binary(BinOp::Add, gid, k);
    let n = b.param_load(Ty::I32, 16);
    let c = b.icmp(cc, i, n);
    let (work, end) = (b.create_block(), b.create_block());
    b.brif(c, work, &[], end, &[]);
    b.switch_to_block(work);
    let (y, ny, cx, nx) =
        (b.sreg(Sreg::TidY), b.sreg(Sreg::NtidY), b.sreg(Sreg::CtaidX), b.sreg(Sreg::NtidX));
    let lane = b.sreg(Sreg::WarpId);
    let x = b.sreg(Sreg::TidX);
    let row = b.binary(BinOp::Mul, cx, ny);
    let row = b.binary(BinOp::Add, row, y);
    let at = b.binary(BinOp::Mul, row, nx);
    let at = b.binary(BinOp::Add, at, x);
    let v = b.binary(BinOp::Add, i, y);
    let v = b.binary(BinOp::Xor, v, lane);
    let out = b.param_load(Ty::Ptr, 0);
    let p = element(&mut b, out, at, 4);
    b.store(p, v, natural(Ty::I32));
    b.jump(end, &[]);
    b.switch_to_block(end);
    b.ret(None);
    module(b.finish())
}

#[test]
fn clipped_rows_are_exact_at_every_bound() {
    for cc in [ICmp::Slt, ICmp::Ult] {
        let m = bounded(cc);
        let k = prepare(&m, FuncId(0), &CompileOptions::default(), true).expect("prepares");
        assert!(k.regions[0].threads.clip.is_some(), "the bound clips the thread loop");
        let max = i32::MAX as u64;
        let edges = [
            (0, 0),
            (0, 1),
            (0, 7),
            (0, 8),
            (0, 21),
            (0, 1000),
            (max - 10, max),
            (max - 3, 5),
            (max - 30, max),
        ];
        let unsigned =
            [(u32::MAX as u64 - 9, 4), (u32::MAX as u64 - 9, u32::MAX as u64), (u32::MAX as u64, 3)];
        for (k, n) in edges.into_iter().chain(unsigned) {
            let shape = Shape { grid: [3, 1, 1], block: [8, 3, 2], dyn_shared: 0 };
            differential(&m, shape, &[vec![0xcc; 3 * 48 * 4]], &[k, n]);
        }
    }
}

/// Neither code nor regions grow faster than the program.
#[test]
fn code_grows_as_the_program_does() {
    let mut first = None;
    for statements in [50, 200, 800] {
        let m = super::generate::sized_kernel(5, Some(statements));
        let insts: usize = m.funcs[0].blocks.iter().map(|b| b.insts.len()).sum();
        let b = prepare(&m, FuncId(0), &CompileOptions::default(), true).expect("prepares");
        let copies: usize = b.regions.iter().flat_map(|r| &r.body.blocks).map(|b| b.insts.len()).sum();
        let bytes = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles").code_bytes();
        let now = (copies as f64 / insts as f64, bytes as f64 / insts as f64);
        let (copies_before, bytes_before) = *first.get_or_insert(now);
        assert!(now.0 < 2.0 * copies_before, "{statements} statements: {} copies of each operation", now.0);
        assert!(now.1 < 2.0 * bytes_before, "{statements} statements: {} bytes for each operation", now.1);
    }
}

/// The same shapes as the lowering writes them, with unsigned indices.
#[test]
fn kernels_in_text_form_are_shaped_too() {
    use crate::cudac::compile::{CompileInput, front_end};
    let text = r#"
        __global__ void reduce(const float *a, float *part, unsigned n) {
            __shared__ float sh[256];
            unsigned t = threadIdx.x;
            float s = 0;
            for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += a[i];
            sh[t] = s;
            __syncthreads();
            for (unsigned k = 128; k > 0; k >>= 1) {
                if (t < k) sh[t] += sh[t + k];
                __syncthreads();
            }
            if (t == 0) part[blockIdx.x] = sh[0];
        }
        __global__ void saxpy(const float *x, float *y, float a, unsigned n) {
            unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) y[i] = a * x[i] + y[i];
        }"#;
    let shaped = |kernel| {
        let options = crate::cudac::options::Options::parse(&[]);
        let input = CompileInput { name: "t.cu", text, kernel, options: &options, headers: &[] };
        let front = front_end(&input).unwrap_or_else(|log| panic!("{log}"));
        let id = front.module.find_kernel(kernel).expect("lowered");
        prepare(&front.module, id, &CompileOptions::default(), true).expect("prepares")
    };
    let largest = crate::cudac::block_ir::PointKind::Largest { signed: false };
    let reduce = shaped("reduce");
    assert_eq!(reduce.points.iter().filter(|p| p.kind == largest).count(), 1);
    assert!(reduce.uniform);
    assert_eq!(reduce.same, [0, 1, 2, 3, 3], "both barriers go on at the tree's loop");
    assert!(shaped("saxpy").regions[0].threads.clip.is_some());
}
