//! Math functions that stay calls into the host, through the whole compiler of the CPU device: checked by identities that
//! tie them to others, and by a few published values.

#![cfg(feature = "cpu")]

use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::kernel::GpuArg;
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, LaunchConfig};

const SOURCE: &str = r#"
extern "C" __global__ void rare(const double *in, double *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    double x = in[i];
    double *o = out + 10 * i;
    o[0] = erfinv(erf(x));
    o[1] = erfcinv(erfc(x));
    o[2] = normcdfinv(normcdf(x));
    o[3] = jn(2, x) - (2 / x * j1(x) - j0(x));
    o[4] = yn(3, x) - (4 / x * yn(2, x) - y1(x));
    o[5] = cyl_bessel_i0(x);
    o[6] = cyl_bessel_i1(x);
    int q;
    o[7] = remquo(x * 7, 0.75, &q);
    o[8] = q & 7;
    o[9] = erfinvf((float)erf(x));
}
"#;

#[test]
fn rare_functions_agree_with_their_identities() {
    let options = ManagerOptions { cuda: false, rocm: false, ..ManagerOptions::default() };
    let device = GpuDeviceManager::new(&options).default_device().unwrap();
    let kernel = device.compile(SOURCE, "rare", &CompileOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    let inputs: Vec<f64> = (1..=200).map(|i| 0.013 * i as f64).collect();
    let buffer = |bytes: Vec<u8>| {
        let buffer = Buffer::Device(Arc::new(device.create_buffer(bytes.len()).unwrap()));
        buffer.write(0, &bytes).unwrap();
        buffer
    };
    let input = buffer(inputs.iter().flat_map(|x| x.to_le_bytes()).collect());
    let output = buffer(vec![0xff; inputs.len() * 80]);
    let args = [GpuArg::BufferConst(&input), GpuArg::Buffer(&output), GpuArg::I32(inputs.len() as i32)];
    kernel.launch(&LaunchConfig::new(4, 64), &args).unwrap();
    let mut bytes = vec![0; output.size()];
    output.read(0, &mut bytes).unwrap();
    let values: Vec<f64> = bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    for (x, o) in inputs.iter().zip(values.chunks_exact(10)) {
        let near = |got: f64, want: f64, tolerance: f64, what: &str| {
            assert!(
                (got - want).abs() <= tolerance * want.abs().max(1.0),
                "{what} at {x}: {got}, not {want}"
            );
        };
        // erf saturates: its inverse loses digits as the slope goes to zero.
        let slope = (-x * x).exp();
        near(o[0], *x, 1e-14 / slope, "erfinv");
        near(o[1], *x, 1e-13, "erfcinv");
        near(o[2], *x, 1e-14 / slope, "normcdfinv");
        near(o[3], 0.0, 1e-12 / x, "jn");
        near(o[4], 0.0, 1e-10 / (x * x * x), "yn");
        // The power series of I0 and I1 (Abramowitz and Stegun 9.6.12, 9.6.10).
        let (mut term, mut i0, mut i1) = (1.0, 0.0, 0.0);
        for k in 0..60 {
            i0 += term;
            i1 += term * (x / 2.0) / (k + 1) as f64;
            term *= (x / 2.0) * (x / 2.0) / ((k + 1) * (k + 1)) as f64;
        }
        near(o[5], i0, 1e-14, "cyl_bessel_i0");
        near(o[6], i1, 1e-14, "cyl_bessel_i1");
        let quotient = (x * 7.0 / 0.75).round_ties_even();
        near(o[7], x * 7.0 - quotient * 0.75, 1e-12, "remquo");
        assert_eq!(o[8], (quotient as i64 & 7) as f64, "remquo's quotient at {x}");
        near(o[9], *x, 1e-6 / slope, "erfinvf");
    }
}
