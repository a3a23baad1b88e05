//! The CPU device: present on every machine, host memory as device memory.

mod compile;
mod device;
mod facts;
mod futex;
mod kernel;
mod launch;
mod memory;
pub mod pool;
mod watchdog;

use std::sync::Arc;

pub use device::CpuDevice;

use super::registry::{Probe, ProbeOptions};

/// Always finds exactly one device.
pub fn probe(_options: &ProbeOptions) -> Probe {
    let device = CpuDevice::shared();
    let info = super::GpuCompute::device_info(&*device);
    Probe {
        explanation: format!(
            "{}: {} usable processors, kernels run on {}",
            info.name, info.multiprocessor_count, info.architecture
        ),
        devices: vec![device as Arc<dyn super::GpuCompute>],
    }
}
