//! Arithmetic that C leaves undefined: on the CPU device each gives what a GPU gives, in run-time and in constant
//! form, and never a signal.

use vmgpu::kernel::GpuArg;
use vmgpu::types::LaunchConfig;

use crate::support::{assert_healthy, buffer, compile, cpu, ints, write_ints};

/// (expression over ints a, b, expected for pairs). `a`, `b` come from memory, or stand in the text.
#[test]
fn undefined_arithmetic_has_the_gpus_values() {
    let device = cpu();
    let pairs = [
        (1, 0),
        (0, 0),
        (i32::MIN, -1),
        (i32::MAX, 0),
        (-7, 0),
        (5, 31),
        (5, 32),
        (-5, 33),
        (-5, 200),
        (1, -1),
    ];
    // Any value is allowed where CUDA promises none; what counts is that nothing is raised.
    let free = [
        "a / b",
        "a % b",
        "(unsigned)a / (unsigned)b",
        "(unsigned)a % (unsigned)b",
        "(int)((long long)a / (long long)b)",
        "(int)((char)a / (char)b)",
        "(int)((short)a % (short)b)",
        "(int)((unsigned char)a / (unsigned char)b)",
        "a /= b",
        "a %= b",
        "__brev(a) / b",
    ];
    let text: String = free.iter().enumerate().map(|(i, e)| {
        format!("extern \"C\" __global__ void f{i}(int *x, int n) {{ for (int i = threadIdx.x; i < n; i += blockDim.x) {{ int a = x[2 * i], b = x[2 * i + 1]; x[2 * n + i] = {e}; }} }}\n")
    }).collect();
    let x = buffer(&device, 4 * 64);
    for i in 0..free.len() {
        for options in [&[][..], &["--use_fast_math"][..], &[vmgpu::types::CHECKED_OPTION][..]] {
            write_ints(&x, &pairs.iter().flat_map(|p| [p.0, p.1]).collect::<Vec<_>>());
            let kernel = compile(&device, &text, &format!("f{i}"), options);
            let args = [GpuArg::Buffer(&x), GpuArg::I32(pairs.len() as i32)];
            kernel.launch(&LaunchConfig::new(1, 4), &args).unwrap();
            if i == 0 {
                // Where there is a right answer it is given.
                let got = ints(&x);
                for (j, &(a, b)) in pairs.iter().enumerate() {
                    if b != 0 {
                        assert_eq!(got[2 * pairs.len() + j], a.wrapping_div(b), "{a} / {b}");
                    }
                }
            }
        }
    }
    // Shifts: PTX clamps the amount to the width.
    let shifts = "extern \"C\" __global__ void k(int *x, int n) { for (int i = 0; i < n; i++) { int a = x[2 * i], b = x[2 * i + 1];
        x[32 + i] = a << b; x[48 + i] = a >> b; } }";
    let kernel = compile(&device, shifts, "k", &[]);
    write_ints(&x, &pairs.iter().flat_map(|p| [p.0, p.1]).collect::<Vec<_>>());
    let n = pairs.len();
    kernel.launch(&LaunchConfig::new(1, 1), &[GpuArg::Buffer(&x), GpuArg::I32(n as i32)]).unwrap();
    let got = ints(&x);
    for (j, &(a, b)) in pairs.iter().enumerate() {
        let wide = b as u32 > 31;
        assert_eq!(got[32 + j], if wide { 0 } else { a << b }, "{a} << {b}");
        assert_eq!(got[48 + j], if wide { a >> 31 } else { a >> b }, "{a} >> {b}");
    }
    assert_healthy(&device);
}

/// Conversions of NaN, infinities and what does not fit: saturated, NaN is 0 (32 bit) as cvt.rzi gives it.
#[test]
fn conversions_out_of_range_saturate() {
    let device = cpu();
    let values = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        3e38,
        -3e38,
        2147483648.0,
        -2147483904.0,
        1e20,
        -1.5,
        0.0,
        -0.0,
        1e-45,
    ];
    let text = "extern \"C\" __global__ void k(const float *f, int *x, int n) { for (int i = 0; i < n; i++) {
        x[4 * i] = (int)f[i]; x[4 * i + 1] = (unsigned)f[i]; x[4 * i + 2] = (int)(double)f[i]; x[4 * i + 3] = __float2int_rn(f[i]); } }";
    let kernel = compile(&device, text, "k", &[]);
    let f = buffer(&device, 64);
    f.write(0, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let x = buffer(&device, 4 * 64);
    kernel
        .launch(
            &LaunchConfig::new(1, 1),
            &[GpuArg::Buffer(&f), GpuArg::Buffer(&x), GpuArg::I32(values.len() as i32)],
        )
        .unwrap();
    let got = ints(&x);
    for (i, v) in values.iter().enumerate() {
        // Rust's casts saturate and make 0 of NaN.
        assert_eq!(got[4 * i], *v as i32, "(int){v}");
        assert_eq!(got[4 * i + 1], *v as u32 as i32, "(unsigned){v}");
        if !v.is_nan() {
            assert_eq!(got[4 * i + 2], *v as i32, "(int)(double){v}");
        }
        assert_eq!(got[4 * i + 3], v.round_ties_even() as i32, "rn {v}");
    }
    assert_healthy(&device);
}

/// The same in text form, where the compiler itself has to compute.
#[test]
fn constants_of_undefined_arithmetic_do_no_harm() {
    let device = cpu();
    let numbers = [
        "0",
        "-1",
        "1",
        "(-2147483647 - 1)",
        "2147483647",
        "(-9223372036854775807ll - 1)",
        "31",
        "32",
        "64",
        "200",
        "4294967295u",
        "1e38f",
        "-1e300",
        "(0.0f / 0.0f)",
        "(1.0 / 0.0)",
    ];
    let mut body = String::new();
    let mut at = 0;
    for a in numbers {
        for b in numbers {
            let float = |s: &str| s.contains('.') || s.contains('e');
            let ops: &[&str] = if float(a) || float(b) {
                &["+", "*", "/", "<"]
            } else {
                &["+", "-", "*", "/", "%", "<<", ">>", "&", "<"]
            };
            for op in ops {
                body += &format!("x[{}] = (int)({a} {op} {b});\n", at % 64);
                at += 1;
            }
        }
        body += &format!(
            "x[0] = (int)(char){a}; x[1] = (int)(long long){a}; x[2] = (int)(unsigned){a}; x[3] = (int)(float){a}; x[4] = (bool){a};\n"
        );
    }
    let text = format!("extern \"C\" __global__ void k(int *x) {{ {body} }}");
    let x = buffer(&device, 256);
    match device.compile(&text, "k", &Default::default()) {
        Ok(kernel) => kernel.launch(&LaunchConfig::new(1, 3), &[GpuArg::Buffer(&x)]).unwrap(),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains("internal") && text.contains("error"), "{text}");
        }
    }
    assert_healthy(&device);
}
