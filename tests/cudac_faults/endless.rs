//! Kernels that never end, in all shapes: each is stopped at its limit, and the device works on.

use std::time::Duration;

use vmgpu::error::Status;
use vmgpu::executor::{ExecutionResult, GpuExecutor};
use vmgpu::kernel::GpuArg;
use vmgpu::types::LaunchConfig;

use crate::support::{assert_healthy, buffer, cpu, execute, executor};

const LIMIT: Duration = Duration::from_millis(120);
const LATE: Duration = Duration::from_millis(100);

/// One run, or the quickest of five if it was late: on a busy machine any thread may have to wait for its turn, but a
/// library that is late is late each time.
fn run(
    executor: &GpuExecutor,
    text: &str,
    config: LaunchConfig,
    args: &[GpuArg<'_>],
) -> (ExecutionResult, Duration) {
    let mut best = execute(executor, text, config, args, LIMIT);
    for _ in 1..5 {
        if best.1 <= LIMIT + LATE {
            break;
        }
        let next = execute(executor, text, config, args, LIMIT);
        if next.1 < best.1 {
            best = next;
        }
    }
    best
}

/// Declarations and body; `x` is zero.
const ENDLESS: &[(&str, &str)] = &[
    ("", "while (1) { }"),
    ("", "for (;;) ;"),
    ("", "do { } while (true);"),
    ("", "l: goto l;"),
    ("", "a: x[1]++; if (x[0] == 0) goto b; return; b: x[2]++; goto a;"),
    ("", "while (x[0] == 0) x[1]++;"),
    ("", "volatile int *v = x; while (v[0] == 0) { }"),
    ("", "while (atomicAdd(x, 0) == 0) { }"),
    ("", "while (atomicCAS(x, 1, 0) != 1) { }"),
    ("", "__shared__ volatile int s; s = 0; __syncthreads(); while (s == 0) { }"),
    ("", "__shared__ int s; s = 0; while (true) { __syncthreads(); if (s) break; }"),
    ("", "while (true) __syncthreads();"),
    ("", "while (__syncthreads_or(x[0]) == 0) { }"),
    ("", "while (true) __syncwarp();"),
    ("", "int v = 1; while (v) v = __shfl_xor_sync(~0u, v, 1);"),
    ("", "while (__any_sync(~0u, 1)) { }"),
    ("", "if (threadIdx.x == 0) while (1) { } __syncthreads(); x[1] = 1;"),
    ("", "if (threadIdx.x < 7) { while (true) __syncthreads(); } else { while (true) __syncthreads(); }"),
    ("", "for (unsigned i = 0; i >= 0; i++) x[1] += i;"),
    ("", "for (int i = 0; i < 10; i--) { if (i < -100) i = 0; }"),
    ("", "for (long long i = 0; i < 1ll << 60; i++) x[1] += (int)i;"),
    ("", "for (long long i = 0; i < 1ll << 60; i++) { }"),
    (
        "",
        "for (int i = 0; i < 1000000; i++) for (int j = 0; j < 1000000; j++) for (int l = 0; l < 1000000; l++) x[j & 7] ^= l;",
    ),
    (
        "",
        "switch (x[0]) { case 0: while (x[0] == 0) { switch (x[1]) { case 0: continue; default: break; } } }",
    ),
    ("", "clock_t t = clock(); while (true) if (clock() == t) break;"),
    ("__device__ void spin(int *x) { while (x[0] == 0) { } }", "spin(x);"),
    (
        "__device__ int f(int a) { return a == -1 ? 0 : f(a ^ 1) + 0 * f(a); }",
        "while (true) { x[1] += x[0] ? f(0) : 1; }",
    ),
    ("__device__ int fib(int a) { return a < 2 ? a : fib(a - 1) + fib(a - 2); }", "x[1] = fib(70);"),
    ("__device__ int lock;", "while (atomicExch(&lock, 1) != 2) { }"),
    ("", "float f = 1; while (f > 0) { f = f * 0.5f + 1; } x[1] = f;"),
    ("", "double d = 1; while (d == d) d = sin(d) + 1; x[1] = d;"),
    ("", "while (true) printf(\"\");"),
    ("", "char b[64]; while (true) { memset(b, x[0], 64); x[1] += b[3]; }"),
    ("", "while (true) memset(x, 0, 256);"),
    ("", "while (true) { __threadfence(); __nanosleep(100); }"),
];

#[test]
fn endless_kernels_are_stopped_in_time() {
    let device = cpu();
    let executor = executor();
    let mut bad = Vec::new();
    for (before, body) in ENDLESS {
        let text = format!("{before}\nextern \"C\" __global__ void k(int *x) {{ {body} }}");
        for config in [LaunchConfig::new(1, 1), LaunchConfig::new(3, 40)] {
            let x = executor.create_buffer(256).unwrap();
            x.fill(0, 0, 256).unwrap();
            // Compiled beforehand, so that only the run counts.
            crate::support::compile(&device, &text, "k", &[]);
            let (result, took) = run(&executor, &text, config, &[GpuArg::Buffer(&x)]);
            let status = result.error.as_ref().map(|e| e.status());
            if status != Some(Status::Timeout) {
                bad.push(format!("{body} ({} threads): {:?}", config.block.x, result.error));
            }
            if took < LIMIT || took > LIMIT + LATE {
                bad.push(format!("{body} ({} threads): took {took:?}", config.block.x));
            }
        }
    }
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert_healthy(&device);
}

/// Two thousand million blocks of next to nothing are stopped as well.
#[test]
fn a_huge_grid_is_stopped() {
    let device = cpu();
    let executor = executor();
    for (text, shape) in [
        ("extern \"C\" __global__ void k(int *x) { }", (0x7fff_ffff, 1)),
        ("extern \"C\" __global__ void k(int *x) { }", (0x7fff_ffff, 1024)),
        ("extern \"C\" __global__ void k(int *x) { x[threadIdx.x & 7] = blockIdx.x; }", (0x7fff_ffff, 1024)),
        ("extern \"C\" __global__ void k(int *x) { __syncthreads(); }", (0x7fff_ffff, 64)),
        ("extern \"C\" __global__ void k(int *x) { if (x[0]) x[1] = 2; }", (0x7fff_ffff, 2)),
    ] {
        let x = executor.create_buffer(256).unwrap();
        x.fill(0, 0, 256).unwrap();
        crate::support::compile(&device, text, "k", &[]);
        let config = LaunchConfig::new(shape.0, shape.1);
        let (result, took) = run(&executor, text, config, &[GpuArg::Buffer(&x)]);
        // An empty kernel may be done by then.
        let status = result.error.as_ref().map(|e| e.status());
        assert!(status.is_none() || status == Some(Status::Timeout), "{text}: {:?}", result.error);
        assert!(took < LIMIT + LATE, "{text}: {took:?}");
    }
    assert_healthy(&device);
}

/// Threads of one block that wait for each other get on.
#[test]
fn threads_of_a_block_let_each_other_get_on() {
    let device = cpu();
    for (name, body) in [
        (
            "flag",
            "__shared__ volatile int flag; if (t == 0) flag = 0; __syncthreads(); if (t == blockDim.x - 1) flag = 1; while (flag == 0) { } x[t] = t + 1;",
        ),
        (
            "flag in memory",
            "volatile int *v = x + 200; if (t == blockDim.x - 1) v[0] = 1; while (v[0] == 0) { } x[t] = t + 1;",
        ),
        (
            "turns",
            "__shared__ volatile int turn; if (t == 0) turn = blockDim.x - 1; __syncthreads(); while (turn != t) { } x[t] = t + 1; turn = t - 1;",
        ),
        (
            "ticket",
            "__shared__ int next; if (t == 0) next = blockDim.x - 1; __syncthreads(); while (atomicAdd(&next, 0) != (int)t) { } x[t] = t + 1; atomicSub(&next, 1);",
        ),
        (
            "lock",
            "__shared__ int lock; if (t == 0) lock = 0; __syncthreads(); bool done = false; while (!done) { if (atomicCAS(&lock, 0, 1) == 0) { x[t] = t + 1; __threadfence(); atomicExch(&lock, 0); done = true; } }",
        ),
    ] {
        let text = format!("extern \"C\" __global__ void k(int *x) {{ unsigned t = threadIdx.x; {body} }}");
        let executor = executor();
        let x = executor.create_buffer(1024).unwrap();
        x.fill(0, 0, 1024).unwrap();
        let limit = Duration::from_secs(5);
        let (result, _) = execute(&executor, &text, LaunchConfig::new(1, 64), &[GpuArg::Buffer(&x)], limit);
        assert!(result.success, "{name}: {:?}", result.error);
        let mut bytes = vec![0; 256];
        x.read(0, &mut bytes).unwrap();
        for (t, v) in bytes.chunks_exact(4).enumerate() {
            assert_eq!(i32::from_le_bytes(v.try_into().unwrap()), t as i32 + 1, "{name}, thread {t}");
        }
    }
    let _ = buffer(&device, 16);
    assert_healthy(&device);
}

/// Recursion without end is an error on threads with little stack too.
#[test]
fn deep_recursion_is_an_error_on_any_stack() {
    let text = "__device__ int f(int a, int *x) { int l[8]; for (int i = 0; i < 8; i++) l[i] = a + i; return a > 2000000000 ? 1 : f(a + 1, x) + l[a & 7] + x[0]; }\n\
                extern \"C\" __global__ void k(int *x) { x[threadIdx.x] = f(0, x); }";
    let fine = "__device__ int f(int a) { return a < 2 ? a : f(a - 1) + f(a - 2); }\nextern \"C\" __global__ void k(int *x) { x[threadIdx.x] = f(12); }";
    for stack in [64 << 10, 256 << 10, 2 << 20, 64 << 20] {
        std::thread::Builder::new()
            .stack_size(stack)
            .spawn(move || {
                let device = cpu();
                let x = buffer(&device, 256);
                let kernel = crate::support::compile(&device, text, "k", &[]);
                for config in [LaunchConfig::new(1, 1), LaunchConfig::new(64, 32)] {
                    let error = kernel.launch(&config, &[GpuArg::Buffer(&x)]).unwrap_err().to_string();
                    assert!(error.contains("recursion") && error.contains("`k`"), "{stack}: {error}");
                }
                if stack >= 256 << 10 {
                    let kernel = crate::support::compile(&device, fine, "k", &[]);
                    kernel
                        .launch(&LaunchConfig::new(1, 8), &[GpuArg::Buffer(&x)])
                        .expect("shallow recursion");
                    assert_eq!(crate::support::ints(&x)[..8], [144; 8]);
                }
                assert_healthy(&device);
            })
            .unwrap()
            .join()
            .unwrap();
    }
}
