//! Threads that do not fill a group of four: run by code that exists only once they are met, with the right results.

use super::*;
use crate::cudac::compile::{CompileInput, front_end};

fn module_of(text: &str) -> Module {
    let options = crate::cudac::options::Options::parse(&[]);
    let input = CompileInput { name: "t.cu", text, kernel: "k", options: &options, headers: &[] };
    let front = front_end(&input).unwrap_or_else(|log| panic!("{log}"));
    // The kernel first, as `differential` runs it.
    passes::inline_kernel(&front.module, front.module.find_kernel("k").expect("lowered")).expect("inlines")
}

fn numbers(count: usize) -> Vec<u8> {
    (0..count).flat_map(|i| ((i * 37 % 101) as f32 - 50.0).to_le_bytes()).collect()
}

#[test]
fn tails_are_compiled_when_they_are_met() {
    let m = module_of(
        "__global__ void k(const float *a, float *b, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) b[i] = a[i] * 2.0f + 1.0f;
        }",
    );
    let k = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles");
    let small = k.code_bytes();
    let run = |n: u64, block: u32| {
        let mut bufs = [numbers(256), numbers(256)];
        let mut want = bufs.clone();
        run_compiled(&k, &m, Shape::d1(4, block), &mut bufs, &[n]).expect("runs");
        interpret(&m, Shape::d1(4, block), &mut want, &[n], 0).expect("runs");
        assert_eq!(bufs, want, "n {n}, blocks of {block}");
    };
    run(128, 32);
    run(200, 64);
    assert_eq!(k.code_bytes(), small, "nobody needed a tail");
    run(99, 32);
    let grown = k.code_bytes();
    assert!(grown > small, "the last three threads");
    run(97, 32);
    run(54, 17);
    assert_eq!(k.code_bytes(), grown, "compiled once");
}

#[test]
fn several_threads_meet_one_tail() {
    let m = module_of(
        "__global__ void k(float *a, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) a[i] = a[i] * 3.0f;
        }",
    );
    for _ in 0..20 {
        let k = compile(&m, FuncId(0), &CompileOptions::default()).expect("compiles");
        std::thread::scope(|scope| {
            for n in [5u64, 6, 7, 9] {
                let (k, m) = (&k, &m);
                scope.spawn(move || {
                    let mut bufs = [numbers(64)];
                    let mut want = bufs.clone();
                    run_compiled(k, m, Shape::d1(2, 32), &mut bufs, &[n]).expect("runs");
                    interpret(m, Shape::d1(2, 32), &mut want, &[n], 0).expect("runs");
                    assert_eq!(bufs, want);
                });
            }
        });
    }
}

#[test]
fn rows_of_every_width_in_every_region() {
    // Uniform values are kept across the barrier and change there; rows, layers and both sides of the condition have
    // threads left over.
    let m = module_of(
        "__global__ void k(const float *a, float *b, int n) {
            __shared__ float s[1024];
            int w = blockDim.x, h = blockDim.y;
            int t = threadIdx.x + w * (threadIdx.y + h * threadIdx.z);
            float sum = 0, scale = 1;
            for (int round = 0; round < 3; round++) {
                s[t] = a[t] * scale + round;
                __syncthreads();
                if ((int)threadIdx.x < n) sum += s[(t / w) * w + (threadIdx.x + 1) % w];
                else sum -= s[t] * 0.5f;
                scale = scale * 0.5f + 1.0f;
                __syncthreads();
            }
            b[t] = sum * 2.0f + threadIdx.y + 10.0f * threadIdx.z;
        }",
    );
    for (x, y, z) in
        [(1, 3, 2), (2, 2, 1), (3, 5, 1), (4, 2, 2), (5, 3, 2), (7, 1, 1), (13, 4, 1), (33, 2, 1)]
    {
        for n in [0u64, 2, 5, 40] {
            let shape = Shape { grid: [1, 1, 1], block: [x, y, z], dyn_shared: 0 };
            differential(&m, shape, &[numbers(1024), numbers(1024)], &[n]);
        }
    }
}

#[test]
fn fields_of_neighbouring_structs() {
    // An address is used by four single accesses and then again with another offset.
    let m = module_of(
        "struct P { float x, y, z; };
         __global__ void k(const P *p, float *b, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i >= n) return;
            float x = p[i].x;
            b[i] = x * x + 1.0f;
            float y = p[i].y, z = p[i].z;
            float d = x * x + y * y + z * z, e = d * 0.25f + x, f = e * d - y;
            b[i] = d * e + f * x - e * z + f * f * 0.125f + d * d + (e - f) * (d - x) + b[i];
        }",
    );
    for n in [0u64, 3, 64, 117] {
        differential(&m, Shape::d1(2, 64), &[numbers(3 * 128), numbers(128)], &[n]);
    }
}
