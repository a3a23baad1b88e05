//! The CUDA backend through its public trait, against the fake driver and the fake NVRTC: every path that needs no GPU.
//! Each test runs in a process of its own, since a driver and its devices are process-wide.

#![cfg(all(feature = "cuda", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;
#[path = "support/fakes.rs"]
mod fakes;

#[path = "cuda_fake/blocking.rs"]
mod blocking;
#[path = "cuda_fake/executor.rs"]
mod executor;
#[path = "cuda_fake/faults.rs"]
mod faults;
#[path = "cuda_fake/kernels.rs"]
mod kernels;
#[path = "cuda_fake/memory.rs"]
mod memory;
#[path = "cuda_fake/probe.rs"]
mod probe;
#[path = "cuda_fake/waiting.rs"]
mod waiting;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fakes::Fakes;
use vmgpu::backend::cuda;
use vmgpu::backend::{ArgValue, GpuBuffer, GpuCompute, GpuKernel};
use vmgpu::types::{CompileOptions, LaunchConfig};

type Device = Arc<dyn GpuCompute>;

/// The devices that a probe of these fakes finds.
fn devices(fakes: &Fakes) -> Vec<Device> {
    let probe = cuda::probe(&fakes.options());
    assert!(!probe.devices.is_empty(), "{}", probe.explanation);
    probe.devices
}

/// Runs `body` with the first device of the complete fakes in a child process.
fn on_device(test: &str, environment: &[(&str, &str)], body: impl FnOnce(&Fakes, &Device)) {
    child::in_child(test, environment, || {
        let fakes = fakes::fakes();
        let devices = devices(&fakes);
        body(&fakes, &devices[0]);
    });
}

fn compile(device: &Device, source: &str, name: &str) -> GpuKernel {
    device.compile_kernel(source, name, &CompileOptions::default()).expect("compiling")
}

const VADD: &str = "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {}";
const ENDLESS: &str = "extern \"C\" __global__ void endless() { for (;;); }";
const EMPTY: &str = "extern \"C\" __global__ void empty() {}";
const ADD_ONE: &str = "__global__ void add_one(int *p, int n) { }";

fn pointer(buffer: &GpuBuffer) -> ArgValue<'static> {
    ArgValue::Scalar { bits: buffer.device_pointer, size: 8 }
}

fn int(value: i32) -> ArgValue<'static> {
    ArgValue::Scalar { bits: value as u32 as u64, size: 4 }
}

fn one() -> LaunchConfig {
    LaunchConfig::new(1, 1)
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn read(device: &Device, buffer: &GpuBuffer) -> Vec<u8> {
    let mut bytes = vec![0u8; buffer.size];
    device.copy_d2h(buffer, 0, &mut bytes).expect("reading");
    bytes
}

/// Bytes that differ everywhere and are never all zero.
fn pattern(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..size)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

/// Polls until `condition` holds; fails after ten seconds.
fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "timed out: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
