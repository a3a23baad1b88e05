//! The second way of evaluating a case: through this library's own compiler, as its users do.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::kernel::{GpuArg, Kernel};
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, LaunchConfig};

use crate::cases::{Case, Width};
use crate::executor::{Executor, c_type};

/// The CPU device; `fast`: with `--use_fast_math`.
pub struct OnDevice {
    fast: bool,
    device: Device,
    cases: Vec<Case>,
    /// Compiled when first asked for.
    kernels: Mutex<HashMap<usize, Arc<Kernel>>>,
}

impl OnDevice {
    pub fn new(cases: &[Case], fast: bool) -> OnDevice {
        let options = ManagerOptions { cuda: false, rocm: false, ..ManagerOptions::default() };
        let device = GpuDeviceManager::new(&options).default_device().expect("the CPU device");
        OnDevice { fast, device, cases: cases.to_vec(), kernels: Mutex::default() }
    }

    fn kernel(&self, number: usize) -> Arc<Kernel> {
        self.kernels.lock().entry(number).or_insert_with(|| Arc::new(self.compile(number))).clone()
    }

    fn compile(&self, number: usize) -> Kernel {
        let case = &self.cases[number];
        let t = c_type(case.width);
        // What C++ has to wrap into a lambda is the body of the function here.
        let body = match case.expr.strip_prefix("([&]{").and_then(|e| e.strip_suffix("}())")) {
            Some(body) => format!("{{ {body} }}"),
            None => format!("return {};", case.expr),
        };
        let text = format!(
            "__device__ {t} value({t} a, {t} b, {t} c, {t} d) {{ {body} }}\n\
             extern \"C\" __global__ void run(const {t} *a, const {t} *b, const {t} *c, const {t} *d, {t} *out, unsigned n) {{\n\
             unsigned i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) out[i] = value(a[i], b[i], c[i], d[i]); }}"
        );
        let options = if self.fast { vec!["--use_fast_math".to_string()] } else { Vec::new() };
        let options = CompileOptions { options, ..CompileOptions::default() };
        self.device.compile(&text, "run", &options).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    fn run<T: Copy>(&self, number: usize, arguments: &[Vec<T>; 4], out: &mut [T]) {
        let kernel = self.kernel(number);
        let size = size_of_val(out);
        // SAFETY: plain numbers, seen as the bytes they are made of.
        let bytes = |v: &[T]| unsafe { std::slice::from_raw_parts(v.as_ptr().cast::<u8>(), size) }.to_vec();
        let buffer = || Buffer::Device(Arc::new(self.device.create_buffer(size).expect("a buffer")));
        let inputs: [Buffer; 4] = std::array::from_fn(|i| {
            assert_eq!(arguments[i].len(), out.len());
            let input = buffer();
            input.write(0, &bytes(&arguments[i])).expect("write");
            input
        });
        let result = buffer();
        let [a, b, c, d] = std::array::from_fn(|i| GpuArg::BufferConst(&inputs[i]));
        let args = [a, b, c, d, GpuArg::Buffer(&result), GpuArg::U32(out.len() as u32)];
        kernel.launch(&LaunchConfig::new(out.len().div_ceil(256) as u32, 256), &args).expect("launch");
        // SAFETY: as above; any bits are a number.
        let out = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u8>(), size) };
        result.read(0, out).expect("read");
    }
}

impl Executor for OnDevice {
    fn name(&self) -> &str {
        if self.fast { "CPU device, fast math" } else { "CPU device" }
    }

    /// Fast math changes single precision only, and only the functions with a fast form; the others keep their limits.
    fn takes(&self, case: &Case) -> bool {
        let name = case.name.split('.').next().unwrap_or_default().replace("(float)", "f");
        let replaced = vmgpu::cudac::math::fast_math_name(&name).is_some();
        let plain = case.width == Width::F32 && !replaced && !matches!(case.name, "/" | "sqrtf");
        if self.fast { case.fast || plain } else { !case.fast }
    }

    fn run_f32(&self, case: usize, a: &[Vec<f32>; 4], out: &mut [f32]) {
        self.run(case, a, out);
    }

    fn run_f64(&self, case: usize, a: &[Vec<f64>; 4], out: &mut [f64]) {
        self.run(case, a, out);
    }
}
