//! The CPU device, short ways to compile and launch, and the check that it is still healthy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vmgpu::backend::DeviceState;
use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::executor::{ExecutionRequest, ExecutionResult, GpuExecutor, GpuExecutorConfig, RequestTimeout};
use vmgpu::kernel::{GpuArg, Kernel};
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, DeviceType, LaunchConfig};

pub fn manager() -> GpuDeviceManager {
    GpuDeviceManager::new(&ManagerOptions::default())
}

pub fn cpu() -> Device {
    let manager = manager();
    manager.devices().iter().find(|d| d.device_type() == DeviceType::Cpu).expect("a CPU device").clone()
}

pub fn compile(device: &Device, source: &str, name: &str, options: &[&str]) -> Kernel {
    let options =
        CompileOptions { options: options.iter().map(|s| s.to_string()).collect(), ..Default::default() };
    match device.compile(source, name, &options) {
        Ok(kernel) => kernel,
        Err(error) => panic!("{error}\n{source}"),
    }
}

pub fn buffer(device: &Device, bytes: usize) -> Buffer {
    let buffer = Buffer::Device(Arc::new(device.create_buffer(bytes).expect("create")));
    buffer.fill(0, 0, bytes).expect("fill");
    buffer
}

pub fn ints(buffer: &Buffer) -> Vec<i32> {
    let mut bytes = vec![0; buffer.size()];
    buffer.read(0, &mut bytes).expect("read");
    bytes.chunks_exact(4).map(|c| i32::from_le_bytes(c.try_into().unwrap())).collect()
}

pub fn write_ints(buffer: &Buffer, values: &[i32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    buffer.write(0, &bytes).expect("write");
}

/// An executor that uses the CPU device.
pub fn executor() -> GpuExecutor {
    let config = GpuExecutorConfig { prefer_cpu_device: true, ..GpuExecutorConfig::default() };
    GpuExecutor::new(Arc::new(manager()), config)
}

pub fn execute(
    executor: &GpuExecutor,
    source: &str,
    config: LaunchConfig,
    args: &[GpuArg<'_>],
    limit: Duration,
) -> (ExecutionResult, Duration) {
    let options = CompileOptions::default();
    let started = Instant::now();
    let result = executor.execute(&ExecutionRequest {
        source,
        kernel_name: "k",
        options: &options,
        config,
        args,
        timeout: RequestTimeout::After(limit),
    });
    (result, started.elapsed())
}

/// A kernel over several blocks still gives right numbers.
pub fn assert_healthy(device: &Device) {
    assert_eq!(device.state(), DeviceState::Available);
    let text = "extern \"C\" __global__ void square(int *x, int n) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i < n) x[i] = i * i + 7;
    }";
    let kernel = compile(device, text, "square", &[]);
    let out = buffer(device, 4 * 1000);
    kernel.launch(&LaunchConfig::new(8, 128), &[GpuArg::Buffer(&out), GpuArg::I32(1000)]).expect("healthy");
    assert!(ints(&out).iter().enumerate().all(|(i, &v)| v == (i * i + 7) as i32));
}
