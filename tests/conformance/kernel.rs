//! Compiling, what is known of a kernel, argument types and checks, module variables, ready binaries.

use vmgpu::error::Status;
use vmgpu::kernel::GpuArg;
use vmgpu::types::CompileOptions;

use crate::support::{Context, Random, SIZES, VADD, grid, launch, read};

crate::tests!("kernel":
    vadd_is_exact_at_awkward_sizes,
    every_argument_type_arrives,
    structs_by_value_arrive,
    many_arguments_arrive,
    arguments_are_checked,
    metadata_is_filled,
    options_and_headers_reach_the_compiler,
    names_with_and_without_extern_c,
    name_expressions_instantiate_templates,
    module_variables_can_be_written_and_read,
    binaries_load_again,
);

fn vadd_is_exact_at_awkward_sizes(context: &Context) {
    let kernel = context.compile(VADD, "vadd");
    let mut random = Random::new(1);
    for &n in SIZES {
        let (a, b) = (random.floats(n), random.floats(n));
        // One element more, to see that nothing past the end is written.
        let c = context.buffer(&vec![f32::NAN; n + 1]);
        let (a_buffer, b_buffer) = (context.buffer(&a), context.buffer(&b));
        let args = [
            GpuArg::BufferConst(&a_buffer),
            GpuArg::BufferConst(&b_buffer),
            GpuArg::Buffer(&c),
            GpuArg::I32(n as i32),
        ];
        launch(&kernel, grid((n as u32).div_ceil(128).max(1), 128), &args);
        let result: Vec<f32> = read(&c);
        for i in 0..n {
            assert_eq!(result[i], a[i] + b[i], "n {n}, element {i}");
        }
        assert!(result[n].is_nan(), "n {n}: wrote past the end");
    }
}

const ALL_TYPES: &str = r#"
extern "C" __global__ void all_types(unsigned char u8, signed char i8, unsigned short u16, short i16,
        unsigned int u32, int i32, unsigned long long u64, long long i64, float f32, double f64, bool flag,
        long long *out, double *fout) {
    out[0] = u8; out[1] = i8; out[2] = u16; out[3] = i16; out[4] = u32; out[5] = i32;
    out[6] = (long long)u64; out[7] = i64; out[8] = flag;
    fout[0] = f32; fout[1] = f64;
}
"#;

fn every_argument_type_arrives(context: &Context) {
    let kernel = context.compile(ALL_TYPES, "all_types");
    let mut random = Random::new(2);
    for _ in 0..10 {
        let r = random.next();
        let (f, d) = (random.float(), random.float() as f64 * 1e200);
        let out = context.buffer(&[-1i64; 9]);
        let fout = context.buffer(&[0.5f64; 2]);
        let args = [
            GpuArg::U8(r as u8),
            GpuArg::I8((r >> 8) as i8),
            GpuArg::U16((r >> 16) as u16),
            GpuArg::I16((r >> 24) as i16),
            GpuArg::U32((r >> 32) as u32),
            GpuArg::I32((r >> 20) as i32),
            GpuArg::U64(r),
            GpuArg::I64(!r as i64),
            GpuArg::F32(f),
            GpuArg::F64(d),
            GpuArg::Bool(r & 1 == 1),
            GpuArg::Buffer(&out),
            GpuArg::RawPtr(fout.device_pointer()),
        ];
        launch(&kernel, grid(1, 1), &args);
        let expected = [
            (r as u8) as i64,
            ((r >> 8) as i8) as i64,
            ((r >> 16) as u16) as i64,
            ((r >> 24) as i16) as i64,
            ((r >> 32) as u32) as i64,
            ((r >> 20) as i32) as i64,
            r as i64,
            !r as i64,
            (r & 1) as i64,
        ];
        assert_eq!(read::<i64>(&out), expected);
        assert_eq!(read::<f64>(&fout), [f as f64, d]);
    }
}

const STRUCTS: &str = r#"
struct Inner { short a; double b; };
struct Params { char tag; Inner inner[2]; int n; unsigned char rest[5]; };
extern "C" __global__ void structs(int before, Params p, double *out) {
    out[0] = before; out[1] = p.tag; out[2] = p.inner[0].a; out[3] = p.inner[0].b;
    out[4] = p.inner[1].a; out[5] = p.inner[1].b; out[6] = p.n;
    for (int i = 0; i < 5; i++) out[7 + i] = p.rest[i];
    out[12] = sizeof(Params);
}
"#;

#[repr(C)]
#[derive(Clone, Copy)]
struct Inner {
    a: i16,
    b: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Params {
    tag: i8,
    inner: [Inner; 2],
    n: i32,
    rest: [u8; 5],
}

fn structs_by_value_arrive(context: &Context) {
    let kernel = context.compile(STRUCTS, "structs");
    let value = Params {
        tag: -7,
        inner: [Inner { a: -300, b: 1.5e-7 }, Inner { a: 301, b: -2.25 }],
        n: 123_456_789,
        rest: [1, 2, 250, 4, 5],
    };
    // Zeroed first: the padding travels as well.
    let mut bytes = [0u8; size_of::<Params>()];
    // SAFETY: both are `size_of::<Params>()` bytes; writing through a byte pointer needs no alignment.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), bytes.as_mut_ptr(), bytes.len())
    };
    let out = context.buffer(&[0.25f64; 13]);
    launch(&kernel, grid(1, 1), &[GpuArg::I32(-5), GpuArg::Struct(&bytes), GpuArg::Buffer(&out)]);
    let size = size_of::<Params>() as f64;
    let expected = [-5.0, -7.0, -300.0, 1.5e-7, 301.0, -2.25, 123_456_789.0, 1.0, 2.0, 250.0, 4.0, 5.0, size];
    assert_eq!(read::<f64>(&out), expected);
}

fn many_arguments_arrive(context: &Context) {
    const COUNT: usize = 70;
    let params: Vec<String> = (0..COUNT).map(|i| format!("int a{i}")).collect();
    let stores: Vec<String> = (0..COUNT).map(|i| format!("out[{i}] = a{i};")).collect();
    let source = format!(
        "extern \"C\" __global__ void many({}, int *out) {{ {} }}",
        params.join(", "),
        stores.join(" ")
    );
    let kernel = context.compile(&source, "many");
    let mut random = Random::new(9);
    let values: Vec<i32> = (0..COUNT).map(|_| random.next() as i32).collect();
    let out = context.buffer(&[-1i32; COUNT]);
    let mut args: Vec<GpuArg<'_>> = values.iter().map(|v| GpuArg::I32(*v)).collect();
    args.push(GpuArg::Buffer(&out));
    launch(&kernel, grid(1, 1), &args);
    assert_eq!(read::<i32>(&out), values);
}

fn arguments_are_checked(context: &Context) {
    let kernel = context.compile(VADD, "vadd");
    let buffer = context.buffer(&[1.0f32; 4]);
    let b = GpuArg::Buffer(&buffer);
    let wrong: &[&[GpuArg<'_>]] = &[
        &[],
        &[b, b, b],
        &[b, b, b, GpuArg::I32(1), GpuArg::I32(1)],
        &[b, b, b, GpuArg::I64(1)],
        &[b, b, b, GpuArg::U8(1)],
        &[b, b, GpuArg::F32(1.0), GpuArg::I32(1)],
        &[b, b, b, GpuArg::Struct(&[0; 12])],
    ];
    for args in wrong {
        let error = kernel.launch(&grid(1, 4), args).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    }
    let zero = [grid(0, 1), grid(1, 0), grid(1, 1_000_000)];
    for config in zero {
        let error = kernel.launch(&config, &[b, b, b, GpuArg::I32(4)]).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    }
    let mut config = grid(1, 4);
    config.shared_memory_size = u32::MAX;
    let error = kernel.launch(&config, &[b, b, b, GpuArg::I32(4)]).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    assert_eq!(read::<f32>(&buffer), [1.0; 4]);
}

fn metadata_is_filled(context: &Context) {
    let source = r#"
        extern "C" __global__ void meta(const float *in, float *out, double d, char c) {
            __shared__ float tile[300];
            tile[threadIdx.x] = in[threadIdx.x];
            __syncthreads();
            out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x] + (float)d + c;
        }"#;
    let kernel = context.compile(source, "meta");
    let metadata = kernel.metadata();
    assert_eq!(metadata.name, "meta");
    assert_eq!(metadata.source, source);
    assert!(metadata.compiled_at > 1_600_000_000);
    assert!(metadata.shared_memory_size >= 1200, "{metadata:?}");
    assert!(metadata.max_threads_per_block >= 256, "{metadata:?}");
    assert!(!metadata.compiler.is_empty());
    if let Some(params) = &metadata.params {
        let layout: Vec<(u32, u32)> = params.iter().map(|p| (p.offset, p.size)).collect();
        assert_eq!(layout, [(0, 8), (8, 8), (16, 8), (24, 1)]);
        assert_eq!(metadata.num_params(), Some(4));
    }
}

fn options_and_headers_reach_the_compiler(context: &Context) {
    let source = r#"
        #include "scale.h"
        #include "deep/add.h"
        extern "C" __global__ void k(int *out) { out[threadIdx.x] = scale(threadIdx.x) + added() + N; }"#;
    let options = CompileOptions {
        options: vec!["-DN=1000".into(), "-DFACTOR=3".into()],
        headers: vec![
            ("scale.h".into(), "__device__ int scale(int x) { return x * FACTOR; }\n".into()),
            ("deep/add.h".into(), "#pragma once\n__device__ int added() { return 20; }\n".into()),
        ],
    };
    let kernel = context.device.compile(source, "k", &options).unwrap_or_else(|e| panic!("{e}"));
    let out = context.buffer(&[-1i32; 5]);
    launch(&kernel, grid(1, 5), &[GpuArg::Buffer(&out)]);
    assert_eq!(read::<i32>(&out), [1020, 1023, 1026, 1029, 1032]);
}

fn names_with_and_without_extern_c(context: &Context) {
    let source = r#"
        __global__ void plain(int *out) { out[0] = 1; }
        extern "C" __global__ void linked(int *out) { out[0] = 2; }
        namespace outer { namespace inner { __global__ void nested(int *out) { out[0] = 3; } } }"#;
    for (name, expected) in [("plain", 1), ("linked", 2), ("outer::inner::nested", 3)] {
        let kernel = context.compile(source, name);
        assert_eq!(kernel.name(), name);
        let out = context.buffer(&[0i32]);
        launch(&kernel, grid(1, 1), &[GpuArg::Buffer(&out)]);
        assert_eq!(read::<i32>(&out), [expected]);
    }
}

fn name_expressions_instantiate_templates(context: &Context) {
    let source = r#"
        template <typename T, int N> __global__ void add(T *data, T value) {
            for (int i = threadIdx.x; i < N; i += blockDim.x) data[i] += value * (T)N;
        }"#;
    let floats = context.buffer(&[0.5f32; 6]);
    let kernel = context.compile(source, "add<float, 4>");
    launch(&kernel, grid(1, 2), &[GpuArg::Buffer(&floats), GpuArg::F32(0.25)]);
    assert_eq!(read::<f32>(&floats), [1.5, 1.5, 1.5, 1.5, 0.5, 0.5]);
    let longs = context.buffer(&[7i64; 6]);
    let kernel = context.compile(source, "add<long long, 5>");
    launch(&kernel, grid(1, 3), &[GpuArg::Buffer(&longs), GpuArg::I64(1 << 40)]);
    let big = 7 + 5 * (1i64 << 40);
    assert_eq!(read::<i64>(&longs), [big, big, big, big, big, 7]);
}

const SYMBOLS: &str = r#"
__constant__ float weights[4];
__device__ int counter = 41;
__device__ unsigned char raw[7];
extern "C" __global__ void symbols(float *out) {
    out[threadIdx.x] = weights[threadIdx.x] * 2;
    if (threadIdx.x == 0) counter += 1;
    if (threadIdx.x < 7) raw[threadIdx.x] = 10 + threadIdx.x;
}
"#;

fn module_variables_can_be_written_and_read(context: &Context) {
    let kernel = context.compile(SYMBOLS, "symbols");
    let weights = Random::new(12).floats(4);
    kernel.symbol_write("weights", 0, crate::support::bytes_of(&weights[..1])).unwrap();
    kernel.symbol_write("weights", 4, crate::support::bytes_of(&weights[1..])).unwrap();
    let out = context.buffer(&[0.0f32; 4]);
    launch(&kernel, grid(1, 4), &[GpuArg::Buffer(&out)]);
    assert_eq!(read::<f32>(&out), weights.iter().map(|w| w * 2.0).collect::<Vec<_>>());
    let mut counter = [0u8; 4];
    kernel.symbol_read("counter", 0, &mut counter).unwrap();
    assert_eq!(i32::from_le_bytes(counter), 42);
    let mut raw = [9u8; 3];
    kernel.symbol_read("raw", 1, &mut raw).unwrap();
    assert_eq!(raw, [11, 12, 13]);
    let error = kernel.symbol_write("weights", 13, &[0; 4]).unwrap_err();
    assert_eq!(error.status(), Status::OutOfRange, "{error}");
    let error = kernel.symbol_read("no_such_symbol", 0, &mut [0]).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    // Two compilations are two modules.
    let other = context.compile(SYMBOLS, "symbols");
    other.symbol_read("counter", 0, &mut counter).unwrap();
    assert_eq!(i32::from_le_bytes(counter), 41);
}

fn binaries_load_again(context: &Context) {
    let kernel = context.compile(VADD, "vadd");
    let binary = kernel.binary().to_vec();
    if !context.device.is_gpu() && binary.is_empty() {
        // The CPU device's kernels have no binary form; loading says so.
        let error = context.device.load(&[1, 2, 3], "vadd").err().expect("no binary form");
        assert_eq!(error.status(), Status::FeatureNotSupported, "{error}");
        return;
    }
    let loaded = context.device.load(&binary, "vadd").unwrap_or_else(|e| panic!("{e}"));
    let (a, c) = (context.buffer(&[1.5f32, 2.5, 3.5]), context.buffer(&[0.0f32; 3]));
    let args = [GpuArg::Buffer(&a), GpuArg::Buffer(&a), GpuArg::Buffer(&c), GpuArg::I32(3)];
    launch(&loaded, grid(1, 32), &args);
    assert_eq!(read::<f32>(&c), [3.0, 5.0, 7.0]);
    for (bytes, name) in [(&binary[..], "absent"), (&b"no such format"[..], "vadd"), (&binary[..8], "vadd")] {
        let error = context.device.load(bytes, name).err().expect("must not load");
        assert_eq!(error.status(), Status::KernelLoadingFailed, "{error}");
    }
}
