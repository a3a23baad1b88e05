//! Checked mode at the awkward places: the last byte past an end, accesses that straddle it, gaps between live
//! buffers, buffers that are gone, races by part of an access, barriers in functions.

use vmgpu::device::Device;
use vmgpu::kernel::GpuArg;
use vmgpu::types::{CHECKED_OPTION, LaunchConfig};

use crate::support::{assert_healthy, buffer, compile, cpu, ints};

fn launch(device: &Device, text: &str, config: &LaunchConfig, args: &[GpuArg<'_>]) -> String {
    match compile(device, text, "k", &[CHECKED_OPTION]).launch(config, args) {
        Ok(()) => "no error".to_string(),
        Err(error) => error.to_string(),
    }
}

/// Statement on line 3 by thread (1, 2) of block (1, 1, 1); `x` has `SIZE` bytes.
const SIZE: usize = 4 * 64 + 3;
const OUTSIDE: &[&str] = &[
    // One byte past the end, alone or as part of more.
    "((char *)x)[259] = 1;",
    "((char *)x)[n + 258] = 1;",
    "x[64] = n;",
    "x[63 + n] += 1;",
    "y[n] = x[64];",
    "((short *)x)[129] = 1;",
    "y[n] = ((unsigned char *)x)[259];",
    "y[n] = (int)((long long *)x)[32];",
    "((float4 *)x)[16] = make_float4(1, 2, 3, n);",
    "((char3 *)x)[86].y = 1;",
    "memcpy((char *)x + 252, y, 8);",
    "memcpy(y, (char *)x + 252, 8);",
    "memset((char *)x + 259, 7, n);",
    "memset(x, 0, 260);",
    "memmove((char *)x + 1, x, 259);",
    // Before the start.
    "((char *)x)[-1] = 1;",
    "((char *)x)[-n] = 1;",
    "y[n] = ((short *)x)[-n];",
    "((double2 *)x)[-1].y = 1;",
    "y[n] = ((S *)x)[-1].last;",
    "memset((char *)x - 1, 0, 1);",
    // Members of what lies partly outside.
    "((S *)x)[12].last = 1;",
    "((S *)x)[13].first = n; ((S *)x)[13].first = n; ((S *)x)[n * 13].last = 1;",
    "S s = ((S *)x)[12]; y[n] = s.first + s.last;",
    "((S *)x)[12].pair[n + 2].y = 2;",
    // An index that is wrong by far, also past what 32 bits hold.
    "x[0x7fffffff] = 1;",
    "x[(long long)n << 40] = 1;",
    "x[-((long long)n << 40)] = 1;",
    "y[n] = *(int *)(~0ull - 3 * n);",
    "*(long long *)(~0ull - 7) = n;",
    // Atomics.
    "atomicAdd(x + 64, 1);",
    "atomicSub(x - 1, 1);",
    "y[n] = atomicOr((unsigned *)x + 64, 1u);",
    "atomicAdd((double *)x + 32, 1.0);",
    "atomicMax((long long *)x - 1, 3ll);",
    "y[n] = atomicCAS(x - n, 0, 1);",
    "y[n] = (int)atomicExch((float *)x + 64, 1.0f);",
    "atomicInc((unsigned *)x + 64, 5u);",
    // Shared, local and constant memory, and variables.
    "s[39 + n] = 1;",
    "y[n] = s[-n];",
    "((float4 *)s)[10] = make_float4(1, 2, 3, 4);",
    "atomicAdd(s + 40, 1);",
    "memset(s + 38, 1, 9);",
    "d[8] = n;",
    "((char *)d)[32] = n;",
    "y[n] = c[4 + n];",
    "y[n] = c[-n];",
    "y[n] = ((const short *)c)[10];",
    "g[5] = 1;",
    "((char *)g)[20] = 1;",
    "atomicAdd(g + 5, 1);",
    "int l[6]; for (int i = 0; i < 6; i++) l[i] = n + i; l[n * 4000000] = 2; y[n] = l[2] + l[n];",
];

#[test]
fn edges_of_memory() {
    let device = cpu();
    let mut bad = Vec::new();
    for statement in OUTSIDE {
        let text = format!(
            "struct S {{ int first; short2 pair[3]; int last; }}; __constant__ int c[5] = {{ 1, 2, 3, 4, 5 }}; __device__ int g[5];\n\
             extern \"C\" __global__ void k(int *x, int *y, int n) {{ __shared__ __align__(16) int s[40]; extern __shared__ int d[]; if (y[3]) s[threadIdx.x] = d[threadIdx.y] = g[0] + c[0]; if (blockIdx.x == 1 && blockIdx.y == 1 && blockIdx.z == 1 && threadIdx.x == 1 && threadIdx.y == 2) {{\n\
             {statement}\n}} }}"
        );
        let (x, y) = (buffer(&device, SIZE), buffer(&device, 256));
        let mut config = LaunchConfig::new(2, 8);
        (config.grid.y, config.grid.z, config.block.y) = (2, 3, 3);
        config.shared_memory_size = 32;
        let report =
            launch(&device, &text, &config, &[GpuArg::Buffer(&x), GpuArg::Buffer(&y), GpuArg::I32(1)]);
        for part in ["outside", "(3)", "`k`", "block (1, 1, 1)", "thread (1, 2, 0)"] {
            if !report.contains(part) {
                bad.push(format!("{statement}: no `{part}` in: {report}"));
            }
        }
        // What was refused was not done.
        let mut bytes = vec![0; SIZE];
        x.read(0, &mut bytes).unwrap();
        if bytes[..48].iter().any(|b| *b != 0) && !statement.contains("first") {
            bad.push(format!("{statement}: wrote all the same"));
        }
    }
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert_healthy(&device);
}

/// Between two live buffers lies nothing, and an access may not begin in one and end in another.
#[test]
fn gaps_between_buffers() {
    let device = cpu();
    let buffers: Vec<_> = (0..8).map(|i| buffer(&device, 100 + 8 * i)).collect();
    let mut places: Vec<(u64, u64)> = buffers.iter().map(|b| (b.device_pointer(), b.size() as u64)).collect();
    places.sort();
    let text = "extern \"C\" __global__ void k(char *x, long long at, int value) {\n x[at] = value; }";
    let wide =
        "extern \"C\" __global__ void k(char *x, long long at, int value) {\n memset(x + at, value, 8); }";
    let first = &buffers[0];
    let start = first.device_pointer();
    for pair in places.windows(2) {
        let (end, next) = (pair[0].0 + pair[0].1, pair[1].0);
        let try_at = |text: &str, address: u64| {
            let at = address.wrapping_sub(start) as i64;
            let args = [GpuArg::Buffer(first), GpuArg::I64(at), GpuArg::I32(7)];
            launch(&device, text, &LaunchConfig::new(1, 1), &args)
        };
        assert_eq!(try_at(text, end - 1), "no error");
        assert_eq!(try_at(text, next), "no error");
        assert_eq!(try_at(wide, end - 8), "no error");
        for inside in [end, (end + next) / 2, next - 1].into_iter().filter(|at| (end..next).contains(at)) {
            assert!(try_at(text, inside).contains("outside"), "{end:#x} {next:#x} {inside:#x}");
        }
        for across in [end - 7, end - 1, next - 1] {
            assert!(try_at(wide, across).contains("outside"), "{end:#x} {next:#x} {across:#x}");
        }
    }
    assert_healthy(&device);
}

/// The address of a buffer that is gone, kept by a kernel's own variable.
#[test]
fn freed_buffers() {
    let device = cpu();
    let text = "__device__ int *kept;\nextern \"C\" __global__ void k(int *x, int n) { if (n == 0) kept = x; else\n x[0] = kept[n]; }";
    let kernel = compile(&device, text, "k", &[CHECKED_OPTION]);
    let own = buffer(&device, 64);
    // Large, so that nothing else takes its place at once.
    let gone = buffer(&device, 3 << 20);
    let config = LaunchConfig::new(1, 1);
    kernel.launch(&config, &[GpuArg::Buffer(&gone), GpuArg::I32(0)]).unwrap();
    kernel.launch(&config, &[GpuArg::Buffer(&own), GpuArg::I32(5000)]).expect("it is still live");
    drop(gone);
    let report = kernel.launch(&config, &[GpuArg::Buffer(&own), GpuArg::I32(5000)]).unwrap_err().to_string();
    for part in ["outside", "(3)", "`k`", "block (0, 0, 0)", "thread (0, 0, 0)"] {
        assert!(report.contains(part), "no `{part}` in: {report}");
    }
    assert_healthy(&device);
}

/// (declarations, body on line 3); 64 threads.
const RACES: &[(&str, &str)] = &[
    // A read, then another thread's write.
    ("", "int v = s[0]; x[t] = v; if (t == 40) s[0] = v + 1;"),
    ("", "s[t] = t; __syncthreads(); if (t < 63) s[t] = s[t + 1] + 1;"),
    // Parts of one access.
    ("", "((float4 *)s)[t / 4] = make_float4(t, t, t, t);"),
    ("", "if (t == 3) ((long long *)s)[2] = 77; if (t == 50) s[5] = 9;"),
    ("", "if (t == 3) memset(s + 4, 1, 16); if (t == 50) ((char *)s)[31] = 9;"),
    ("", "int l[4] = { t, t + 1, 3, 4 }; if (t == 50) memcpy(s + 4, l, 16); x[t] = s[4 + t % 4];"),
    // In a function, through a pointer that could point anywhere.
    ("__device__ void put(int *p, int v) { *p = v; }", "put(s + t % 5, t + 1);"),
    // Atomic on one side only.
    ("", "atomicAdd(s, 1); if (t == 33) s[0] = 7;"),
    ("", "if (t & 1) atomicMax(s, t); else x[t] = s[0];"),
    // A barrier of the wrong kind: only the own warp is in order.
    ("", "s[t] = t + 1; __syncwarp(); x[t] = s[(t + 32) % 64];"),
    ("", "for (int i = 1; i < 64; i *= 2) { if (t % (2 * i) == 0) s[t] += s[t + i] + 1; }"),
    // Dynamic shared memory.
    ("", "extern __shared__ int d[]; d[t / 2] = t;"),
];

const NO_RACES: &[&str] = &[
    "s[t] = t; __syncthreads(); x[t] = s[63 - t];",
    "s[t] = t; __syncwarp(); x[t] = s[t ^ 1];",
    "s[0] = 5; __syncthreads(); x[t] = s[0];",
    "atomicAdd(s, 1); atomicMax(s + 1, t); __syncthreads(); x[t] = s[0];",
    "((char *)s)[t] = t; __syncthreads(); x[t] = ((char *)s)[63 - t];",
    "for (int i = 0; i < 4; i++) { s[t] = i; __syncthreads(); x[t] += s[63 - t]; __syncthreads(); }",
    "if (t < 32) { s[t] = t; __syncwarp(); s[t] += s[(t + 1) & 31] * 0; __syncwarp(); x[t] = s[31 - t]; }",
    "s[t] = t; int v = s[t]; s[t] = v + 1; __syncthreads(); x[t] = s[63 - t];",
    "if (t == 9) s[0] = 4; if (__syncthreads_or(t == 9)) x[t] = s[0];",
];

const DIVERGENT: &[(&str, &str)] = &[
    ("", "if (t & 1) __syncthreads(); else { x[t]++; __syncthreads(); }"),
    (
        "__device__ void a() { __syncthreads(); } __device__ void b() { __syncthreads(); }",
        "if (t < 9) a(); else b();",
    ),
    ("", "switch (t & 3) { case 0: __syncthreads(); break; default: if (__syncthreads_and(t)) x[t] = 1; }"),
];

#[test]
fn races_and_barriers_at_the_edges() {
    let device = cpu();
    let mut bad = Vec::new();
    let mut judge = |what: &str, before: &str, body: &str| {
        let text = format!(
            "{before}\nextern \"C\" __global__ void k(int *x) {{ __shared__ __align__(16) int s[128]; const int t = threadIdx.x; if (blockIdx.x == 1) {{\n{body}\n}} x[t] += s[127] & 0; }}"
        );
        let x = buffer(&device, 256);
        let mut config = LaunchConfig::new(2, 64);
        config.shared_memory_size = 256;
        let report = launch(&device, &text, &config, &[GpuArg::Buffer(&x)]);
        let parts: &[&str] = match what {
            "no error" => &["no error"],
            _ => &[what, "`k`", "block (1, 0, 0)", "thread ("],
        };
        bad.extend(
            parts.iter().filter(|p| !report.contains(**p)).map(|p| format!("{body}: no `{p}` in: {report}")),
        );
        let line = if before.contains("put") || before.contains("__syncthreads") { "(1)" } else { "(3)" };
        if what != "no error" && !report.contains(line) {
            bad.push(format!("{body}: not line {line}: {report}"));
        }
    };
    RACES.iter().for_each(|(before, body)| judge("race", before, body));
    NO_RACES.iter().for_each(|body| judge("no error", "", body));
    DIVERGENT.iter().for_each(|(before, body)| judge("barriers", before, body));
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    assert_healthy(&device);
}

/// Bytes at any address may be copied; a member may be read where the whole object would be misaligned on a GPU.
#[test]
fn unaligned_bytes_are_no_error() {
    let device = cpu();
    let text = "struct __attribute__((packed)) P { char tag; int value; short last; };\n\
        extern \"C\" __global__ void k(unsigned char *b, int *x, int n) {\n\
        int v; memcpy(&v, b + 1, 4); x[0] = v; memcpy(b + 33, &v, 4); memcpy(b + 41, b + 1, 8); memmove(b + 50, b + 49, 7);\n\
        memset(b + 61, 5, 3); float3 f = *(float3 *)(x + 5); x[1] = (int)(f.x + f.y + f.z); ((float3 *)(x + 9))[n] = f;\n\
        P *p = (P *)(b + 65); p->value = 77; p->last = 3; P copy = *p; x[2] = copy.value + copy.last;\n\
        float4 v4 = make_float4(1, 2, 3, 4); *(float4 *)(x + 16) = v4; x[3] = (int)((float4 *)(x + 16))[n].w; }";
    let (b, x) = (buffer(&device, 128), buffer(&device, 128));
    b.write(0, &(0..128).map(|i| i as u8).collect::<Vec<_>>()).unwrap();
    let args = [GpuArg::Buffer(&b), GpuArg::Buffer(&x), GpuArg::I32(0)];
    assert_eq!(launch(&device, text, &LaunchConfig::new(1, 1), &args), "no error");
    assert_eq!(ints(&x)[..4], [i32::from_le_bytes([1, 2, 3, 4]), 0, 80, 4]);
    let bytes: Vec<u8> = ints(&b).iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(bytes[41..49], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(bytes[61..64], [5, 5, 5]);
}
