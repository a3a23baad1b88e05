//! What tests share: the device under test, seeded random data, short ways to compile, launch and compare.

use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, ExecutionResult, GpuExecutor, GpuExecutorConfig, RequestTimeout,
};
use vmgpu::kernel::{GpuArg, Kernel};
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, LaunchConfig};

use crate::backends::Backend;

/// The device under test and the manager it came from.
pub struct Context {
    pub manager: Arc<GpuDeviceManager>,
    pub device: Device,
}

impl Context {
    /// None if this machine has no such device.
    pub fn open(backend: &Backend) -> Option<Context> {
        let manager = GpuDeviceManager::new(&backend.manager_options());
        let device = manager.devices().iter().find(|d| d.device_type() == backend.device_type)?.clone();
        Some(Context { manager: Arc::new(manager), device })
    }

    pub fn executor(&self, config: GpuExecutorConfig) -> GpuExecutor {
        GpuExecutor::new(self.manager.clone(), config)
    }

    /// Who has to have done the work when all goes well.
    pub fn executes(&self) -> ExecutedBy {
        match self.device.is_gpu() {
            true => ExecutedBy::Gpu,
            false => ExecutedBy::CpuDevice,
        }
    }

    pub fn compile(&self, source: &str, name: &str) -> Kernel {
        match self.device.compile(source, name, &CompileOptions::default()) {
            Ok(kernel) => kernel,
            Err(error) => panic!("{error}"),
        }
    }

    /// A plain buffer holding `content`.
    pub fn buffer<T: Pod>(&self, content: &[T]) -> Buffer {
        let bytes = bytes_of(content);
        let buffer = Buffer::Device(Arc::new(self.device.create_buffer(bytes.len()).expect("create buffer")));
        buffer.write(0, bytes).expect("write buffer");
        buffer
    }
}

pub fn explain() -> String {
    GpuDeviceManager::new(&ManagerOptions::default()).explain()
}

/// Plain numbers: any bytes are a value.
pub trait Pod: Copy + Default + 'static {}
impl Pod for u8 {}
impl Pod for i8 {}
impl Pod for u16 {}
impl Pod for u32 {}
impl Pod for i32 {}
impl Pod for u64 {}
impl Pod for i64 {}
impl Pod for f32 {}
impl Pod for f64 {}

pub fn bytes_of<T: Pod>(values: &[T]) -> &[u8] {
    // SAFETY: plain numbers without padding, viewed as the bytes they are.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

pub fn read<T: Pod>(buffer: &Buffer) -> Vec<T> {
    let mut values = vec![T::default(); buffer.size() / size_of::<T>()];
    // SAFETY: as in `bytes_of`; any bytes are a value.
    let bytes = unsafe {
        std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u8>(), size_of_val(values.as_slice()))
    };
    buffer.read(0, bytes).expect("read buffer");
    values
}

pub fn launch(kernel: &Kernel, config: LaunchConfig, args: &[GpuArg<'_>]) {
    if let Err(error) = kernel.launch(&config, args) {
        panic!("{error}");
    }
}

pub fn grid(blocks: u32, threads: u32) -> LaunchConfig {
    LaunchConfig::new(blocks, threads)
}

/// Runs a request with the executor's own limits.
pub fn execute(
    executor: &GpuExecutor,
    source: &str,
    kernel_name: &str,
    config: LaunchConfig,
    args: &[GpuArg<'_>],
) -> ExecutionResult {
    let options = CompileOptions::default();
    executor.execute(&ExecutionRequest {
        source,
        kernel_name,
        options: &options,
        config,
        args,
        timeout: RequestTimeout::Configured,
    })
}

/// xorshift64*: seeded, so that a failure can be seen again.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// In -1..1.
    pub fn float(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

pub const VADD: &str = r#"
extern "C" __global__ void vadd(const float *a, const float *b, float *c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
}
"#;

/// Sizes around block and warp borders, and none.
pub const SIZES: &[usize] = &[0, 1, 2, 31, 32, 33, 127, 128, 129, 1000, 4097];
