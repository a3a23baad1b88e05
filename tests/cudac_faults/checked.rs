//! Checked mode: every kind of wrong access is found, and the report says where and by whom.

use vmgpu::kernel::GpuArg;
use vmgpu::types::{CHECKED_OPTION, LaunchConfig};

use crate::support::{assert_healthy, buffer, compile, cpu, ints};

/// (what the report says, declarations, statement on line 4). Thread 5 of block 2 does it; `x` has 64 ints.
const FAULTS: &[(&str, &str, &str)] = &[
    ("outside", "", "x[64] = 1;"),
    ("outside", "", "x[-1] = 1;"),
    ("outside", "", "x[n] = x[64];"),
    ("outside", "", "x[n] = x[-1 - n];"),
    ("outside", "", "x[1000000000] = 1;"),
    ("outside", "", "*(int *)nullptr = 1;"),
    ("outside", "", "x[n] = *(int *)16;"),
    ("outside", "", "((char *)x)[256] = 1;"),
    ("outside", "", "x[n] = ((short *)x)[128];"),
    ("outside", "", "((long long *)x)[32] = 1;"),
    ("outside", "", "((double *)x)[-1] = 1;"),
    ("outside", "", "((float4 *)x)[16] = make_float4(1, 2, 3, 4);"),
    ("outside", "", "float4 v = ((float4 *)x)[-1]; x[n] = v.x + v.w;"),
    ("outside", "", "((int2 *)x)[32].y = 3;"),
    ("outside", "", "atomicAdd(x + 64, 1);"),
    ("outside", "", "atomicAdd((float *)x - 1, 1.0f);"),
    ("outside", "", "atomicCAS(x + 64, 0, 1);"),
    ("outside", "", "atomicExch((unsigned long long *)x + 32, 1ull);"),
    ("outside", "", "x[n] = atomicMax(x - 1, 3);"),
    ("outside", "", "memcpy(x + 60, x, 32);"),
    ("outside", "", "memcpy(x, x + 60, 32);"),
    ("outside", "", "memset(x + 60, 1, 17);"),
    ("outside", "", "memset(x - 1, 1, 4);"),
    ("outside", "", "x[n] = __ldg(x + 64);"),
    ("outside", "", "volatile int *v = x; v[64] = 1;"),
    ("outside", "", "x[64]++;"),
    ("outside", "", "x[64] += 2;"),
    ("outside", "struct S { int a[20]; };", "S s = *(S *)(x + 50); x[n] = s.a[n];"),
    ("outside", "struct S { int a, b; };", "((S *)x)[32].b = 1;"),
    ("outside", "__device__ void put(int *p) {\n\n*p = 1; }", "put(x + 64);"),
    ("outside", "__shared__ int s[16];", "s[16 + n] = 1;"),
    ("outside", "__shared__ int s[16];", "s[n - 1] = 1;"),
    ("outside", "__shared__ int s[16];", "x[n] = s[100 + n];"),
    ("outside", "__shared__ int s[16];", "atomicAdd(s + 16 + n, 1);"),
    ("outside", "", "__shared__ char s[16]; s[4000 + n] = 1;"),
    ("outside", "", "extern __shared__ int d[]; d[8 + n] = 1;"),
    ("outside", "", "extern __shared__ int d[]; x[n] = d[8 + n];"),
    ("outside", "__constant__ int c[4] = { 1, 2, 3, 4 };", "x[n] = c[4 + n];"),
    ("outside", "__constant__ int c[4] = { 1, 2, 3, 4 };", "x[n] = c[n - 1];"),
    ("outside", "__device__ int g[4];", "g[4 + n] = 1;"),
    ("outside", "__device__ int g[4];", "g[n - 1] = 1;"),
    ("outside", "", "int l[4] = { 1, 2, 3, 4 }; l[4096 * 1024 + n] = 1; x[n] = l[n];"),
    ("misaligned", "", "*(int *)((char *)x + 1) = 1;"),
    ("misaligned", "", "x[n] = *(short *)((char *)x + 3);"),
    ("misaligned", "", "*(double *)(x + 1) = 1;"),
    ("misaligned", "", "*(float4 *)(x + 1) = make_float4(1, 2, 3, 4);"),
    ("misaligned", "", "*(float2 *)(x + 3) = make_float2(1, 2);"),
    ("misaligned", "", "*(double2 *)(x + 2) = make_double2(1, n);"),
    ("misaligned", "", "float4 v = *(float4 *)(x + 2); x[n] = v.x + v.y + v.z + v.w;"),
    ("misaligned", "", "int2 v = ((int2 *)(x + 1))[n]; x[n] = v.x * v.y;"),
    ("misaligned", "", "*(uchar4 *)((char *)x + 2) = make_uchar4(1, 2, 3, n);"),
    ("misaligned", "struct __align__(16) S { int a[4]; };", "S s = *(S *)(x + 2); x[n] = s.a[0] + s.a[n];"),
    ("misaligned", "struct __align__(16) S { int a[40]; };", "((S *)(x + 2))[0] = ((S *)x)[n];"),
    ("misaligned", "", "atomicAdd((int *)((char *)x + 2), 1);"),
    ("misaligned", "", "atomicAdd((unsigned long long *)(x + 1), 1ull);"),
    ("trap", "", "__trap();"),
    ("assertion", "#include <assert.h>", "assert(n == 99);"),
    (
        "recursion",
        "__device__ int f(int a) { return a > 1000000000 ? 1 : f(a + 1) * 3 + 1; }",
        "x[n] = f(n);",
    ),
];

#[test]
fn wrong_accesses_are_reported() {
    let device = cpu();
    let mut bad = Vec::new();
    for &(what, before, statement) in FAULTS {
        // Block-scope declarations go where they belong.
        let (outside, inside) = match before.starts_with("__shared__") {
            true => ("", before),
            false => (before, ""),
        };
        let text = format!(
            "{outside}\nextern \"C\" __global__ void k(int *x, int n) {{ {inside}\n    if (blockIdx.x == 2 && threadIdx.x == 5) {{\n        {statement}\n    }}\n}}\n"
        );
        // Trap, assertion and recursion are reported without checks too.
        let modes: &[&[&str]] = match what {
            "trap" | "assertion" | "recursion" => &[&[CHECKED_OPTION], &[]],
            _ => &[&[CHECKED_OPTION]],
        };
        for mode in modes {
            let kernel = compile(&device, &text, "k", mode);
            let x = buffer(&device, 256);
            let mut config = LaunchConfig::new(4, 8);
            config.shared_memory_size = 32;
            let report = match kernel.launch(&config, &[GpuArg::Buffer(&x), GpuArg::I32(0)]) {
                Ok(()) => "no error".to_string(),
                Err(error) => error.to_string(),
            };
            let line = match what {
                "recursion" => "k",
                _ if statement.starts_with("put") => "(3)",
                _ => "(4)",
            };
            for part in [what, line, "`k`", "block (2, 0, 0)", "thread (5, 0, 0)"] {
                if !report.contains(part) {
                    bad.push(format!("{before} {statement} {mode:?}: no `{part}` in: {report}"));
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert_healthy(&device);
}

/// What is right stays right in checked mode: ends of arrays, zero sizes, null pointers not used.
#[test]
fn right_accesses_at_the_edge_are_left_alone() {
    let device = cpu();
    let text = "__constant__ int c[3] = { 1, 2, 3 };\n__device__ int g[3];\n\
        extern \"C\" __global__ void k(int *x, int *none, int n) {\n  __shared__ int s[32];\n  extern __shared__ int d[];\n  int l[4];\n\
        int t = threadIdx.x;\n  for (int i = 0; i < 4; i++) l[i] = t + i;\n  s[t] = l[3]; d[t] = c[t % 3];\n  __syncthreads();\n\
        memcpy(x + 64, x + 64, 0); memset(x + 64, 0, 0);\n  if (none) none[0] = 1;\n  if (t == 31) ((int4 *)x)[15] = make_int4(1, 2, 3, s[31]);\n\
        if (t < 3) atomicAdd(g + t, 1);\n  if (t < 60) x[t] = s[31 - t] + d[31 - t]; }";
    let kernel = compile(&device, text, "k", &[CHECKED_OPTION]);
    let x = buffer(&device, 256);
    let mut config = LaunchConfig::new(1, 32);
    config.shared_memory_size = 128;
    kernel.launch(&config, &[GpuArg::Buffer(&x), GpuArg::U64(0), GpuArg::I32(0)]).unwrap();
    let got = ints(&x);
    let want: Vec<i32> = (0..32).map(|t| (31 - t + 3) + [1, 2, 3][(31 - t) as usize % 3]).collect();
    assert_eq!(got[..32], want[..]);
    assert_eq!(got[60..], [1, 2, 3, 34]);
}

#[test]
fn races_and_divergent_barriers_are_reported() {
    let device = cpu();
    for (what, body) in [
        ("race", "s[0] = t;"),
        ("race", "s[t] = t; x[t] = s[t ^ 1];"),
        ("race", "s[t / 2] = t;"),
        ("race", "s[t] = t; __syncthreads(); s[t] = s[(t + 1) % 64];"),
        ("race", "((char *)s)[t / 3] = t + 1;"),
        ("race", "s[t] = 0; __syncthreads(); atomicAdd(&s[1], 1); x[t] = s[1];"),
        ("barriers", "if (t < 7) __syncthreads(); else __syncthreads();"),
        (
            "barriers",
            "for (int i = 0; i < t % 3 + 1; i++) { __syncthreads(); x[t]++; } if (t) __syncthreads();",
        ),
    ] {
        let text = format!(
            "extern \"C\" __global__ void k(int *x) {{ __shared__ int s[64]; int t = threadIdx.x;\n{body}\n x[t] += s[0]; }}"
        );
        let kernel = compile(&device, &text, "k", &[CHECKED_OPTION]);
        let x = buffer(&device, 256);
        let report = match kernel.launch(&LaunchConfig::new(1, 64), &[GpuArg::Buffer(&x)]) {
            Ok(()) => "no error".to_string(),
            Err(error) => error.to_string(),
        };
        for part in [what, "`k`", "(2)", "block (0, 0, 0)", "thread ("] {
            assert!(report.contains(part), "{body}: no `{part}` in: {report}");
        }
    }
    assert_healthy(&device);
}

/// The first, plain read of a compare-and-swap loop is everybody's idiom; the swap proves what it read.
#[test]
fn swap_loops_on_shared_memory_are_left_alone() {
    let device = cpu();
    let text = "__device__ void raise(float *p, float v) {
        int *bits = (int *)p, old = *bits, seen;
        do { seen = old; old = atomicCAS(bits, seen, __float_as_int(fmaxf(v, __int_as_float(seen)))); } while (seen != old);
    }
    extern \"C\" __global__ void k(float *x) {
        __shared__ float top[2];
        if (threadIdx.x < 2) top[threadIdx.x] = -1;
        __syncthreads();
        raise(&top[threadIdx.x & 1], x[threadIdx.x]);
        __syncthreads();
        x[threadIdx.x] = top[threadIdx.x & 1];
    }";
    let kernel = compile(&device, text, "k", &[CHECKED_OPTION]);
    let values: Vec<f32> = (0..64).map(|i| (i * 37 % 64) as f32).collect();
    let x = buffer(&device, 256);
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    x.write(0, &bytes).unwrap();
    kernel.launch(&LaunchConfig::new(1, 64), &[GpuArg::Buffer(&x)]).unwrap();
    let top = |odd: usize| values.iter().skip(odd).step_by(2).copied().fold(-1.0, f32::max);
    let mut bytes = vec![0; 256];
    x.read(0, &mut bytes).unwrap();
    let got: Vec<f32> = bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(got, (0..64).map(|i| top(i % 2)).collect::<Vec<_>>());
    assert_healthy(&device);
}
