//! What the fast forms do with NaN, infinities, zeros, and results that do not fit; the exact functions meet such
//! values as edges of the sweeps.

use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::kernel::GpuArg;
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, LaunchConfig};

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;

/// (expression in a and b, a, b, result)
const CASES: &[(&str, f32, f32, f32)] = &[
    ("expf(a)", NAN, 0.0, NAN),
    ("expf(a)", INF, 0.0, INF),
    ("expf(a)", -INF, 0.0, 0.0),
    ("expf(a)", 0.0, 0.0, 1.0),
    ("expf(a)", -0.0, 0.0, 1.0),
    ("expf(a)", 1000.0, 0.0, INF),
    ("expf(a)", -1000.0, 0.0, 0.0),
    ("expf(a)", -1e30, 0.0, 0.0),
    ("expf(a)", 1e-40, 0.0, 1.0),
    ("exp10f(a)", 39.0, 0.0, INF),
    ("exp10f(a)", -60.0, 0.0, 0.0),
    ("exp10f(a)", -INF, 0.0, 0.0),
    ("exp10f(a)", NAN, 0.0, NAN),
    ("logf(a)", 0.0, 0.0, -INF),
    ("logf(a)", -0.0, 0.0, -INF),
    ("logf(a)", -1.0, 0.0, NAN),
    ("logf(a)", INF, 0.0, INF),
    ("logf(a)", -INF, 0.0, NAN),
    ("logf(a)", NAN, 0.0, NAN),
    ("logf(a)", 1.0, 0.0, 0.0),
    ("log2f(a)", 0.0, 0.0, -INF),
    ("log2f(a)", 8.0, 0.0, 3.0),
    ("log2f(a)", -2.0, 0.0, NAN),
    ("log2f(a)", INF, 0.0, INF),
    ("log10f(a)", 0.0, 0.0, -INF),
    ("log10f(a)", -2.0, 0.0, NAN),
    ("log10f(a)", NAN, 0.0, NAN),
    ("sinf(a)", 0.0, 0.0, 0.0),
    ("sinf(a)", INF, 0.0, NAN),
    ("sinf(a)", NAN, 0.0, NAN),
    ("cosf(a)", 0.0, 0.0, 1.0),
    ("cosf(a)", -INF, 0.0, NAN),
    ("tanf(a)", 0.0, 0.0, 0.0),
    ("tanf(a)", INF, 0.0, NAN),
    ("tanhf(a)", INF, 0.0, 1.0),
    ("tanhf(a)", -INF, 0.0, -1.0),
    ("tanhf(a)", 50.0, 0.0, 1.0),
    ("tanhf(a)", NAN, 0.0, NAN),
    ("tanhf(a)", 0.0, 0.0, 0.0),
    ("powf(a, b)", 2.0, 10.0, 1024.0),
    ("powf(a, b)", 2.0, 200.0, INF),
    ("powf(a, b)", 2.0, -200.0, 0.0),
    ("powf(a, b)", 0.0, 2.0, 0.0),
    ("powf(a, b)", NAN, 2.0, NAN),
    ("a / b", 1.0, 0.0, INF),
    ("a / b", -1.0, 0.0, -INF),
    ("a / b", 0.0, 0.0, NAN),
    ("a / b", 5.0, INF, 0.0),
    ("a / b", INF, INF, NAN),
    ("a / b", 6.0, 3.0, 2.0),
    ("sqrtf(a)", 0.0, 0.0, 0.0),
    ("sqrtf(a)", -0.0, 0.0, -0.0),
    ("sqrtf(a)", -1.0, 0.0, NAN),
    ("sqrtf(a)", INF, 0.0, INF),
    ("sqrtf(a)", 4.0, 0.0, 2.0),
    ("rsqrtf(a)", 0.0, 0.0, INF),
    ("rsqrtf(a)", INF, 0.0, 0.0),
    ("rsqrtf(a)", -1.0, 0.0, NAN),
    ("fmaxf(a, b)", NAN, 3.0, 3.0),
    ("fminf(a, b)", 3.0, NAN, 3.0),
    ("a < b ? 1.0f : 2.0f", NAN, 1.0, 2.0),
    ("a == a ? 1.0f : 2.0f", NAN, 0.0, 2.0),
    ("isnan(a) ? 1.0f : 2.0f", NAN, 0.0, 1.0),
    ("isinf(a) ? 1.0f : 2.0f", INF, 0.0, 1.0),
    ("a - a", INF, 0.0, NAN),
    ("a * b", INF, 0.0, NAN),
];

#[test]
fn fast_math_keeps_special_values() {
    let options = ManagerOptions { cuda: false, rocm: false, ..ManagerOptions::default() };
    let device = GpuDeviceManager::new(&options).default_device().expect("the CPU device");
    // The arguments from memory, and in the text, where the compiler computes.
    let number = |x: f32| format!("__int_as_float({:#x})", x.to_bits());
    let mut body = String::new();
    for (i, (expr, a, b, _)) in CASES.iter().enumerate() {
        body += &format!("{{ float a = in[{}], b = in[{}]; out[{}] = {expr}; }}\n", 2 * i, 2 * i + 1, 2 * i);
        body += &format!(
            "{{ const float a = {}, b = {}; out[{}] = {expr}; }}\n",
            number(*a),
            number(*b),
            2 * i + 1
        );
    }
    let text = format!("extern \"C\" __global__ void k(const float *in, float *out) {{\n{body}}}");
    let options = CompileOptions { options: vec!["--use_fast_math".into()], ..CompileOptions::default() };
    let kernel = device.compile(&text, "k", &options).unwrap_or_else(|e| panic!("{e}"));
    let buffer = |values: Vec<f32>| {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let buffer = Buffer::Device(Arc::new(device.create_buffer(bytes.len()).expect("a buffer")));
        buffer.write(0, &bytes).expect("write");
        buffer
    };
    let input = buffer(CASES.iter().flat_map(|c| [c.1, c.2]).collect());
    let output = buffer(vec![123.0; 2 * CASES.len()]);
    let args = [GpuArg::BufferConst(&input), GpuArg::Buffer(&output)];
    kernel.launch(&LaunchConfig::new(1, 1), &args).expect("launch");
    let mut bytes = vec![0; 8 * CASES.len()];
    output.read(0, &mut bytes).expect("read");
    let got: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_ne_bytes(b.try_into().expect("4"))).collect();
    let mut bad = Vec::new();
    for ((expr, a, b, want), got) in CASES.iter().zip(got.chunks_exact(2)) {
        for (got, from) in got.iter().zip(["memory", "the text"]) {
            let same = if want.is_nan() { got.is_nan() } else { got == want };
            if !same {
                bad.push(format!("{expr} of {a}, {b} from {from}: {got}, not {want}"));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
