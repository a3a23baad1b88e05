//! The one list of backends: probe order, names shown to users, and the reason why each absent backend is absent.
//!
//! A new backend is one more entry here and one folder beside this file.

use std::path::PathBuf;
use std::sync::Arc;

use super::GpuCompute;
use crate::types::DeviceType;

/// What a caller may change about probing. The environment variables named here win where an option is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeOptions {
    pub cuda: bool,
    pub rocm: bool,
    pub cpu: bool,
    /// Path of libcuda; else `VMGPU_CUDA_PATH`, else the usual names.
    pub cuda_path: Option<PathBuf>,
    /// Path of libnvrtc; else `VMGPU_NVRTC_PATH`, else the usual names and places.
    pub nvrtc_path: Option<PathBuf>,
    /// Path of libamdhip64; else `VMGPU_HIP_PATH`.
    pub hip_path: Option<PathBuf>,
    /// Path of libhiprtc; else `VMGPU_HIPRTC_PATH`.
    pub hiprtc_path: Option<PathBuf>,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        ProbeOptions {
            cuda: true,
            rocm: true,
            cpu: true,
            cuda_path: None,
            nvrtc_path: None,
            hip_path: None,
            hiprtc_path: None,
        }
    }
}

/// Outcome of probing one backend.
pub struct Probe {
    pub devices: Vec<Arc<dyn GpuCompute>>,
    /// What was tried and found, in full sentences, one a line; never empty.
    pub explanation: String,
}

impl Probe {
    /// A backend that is not there, and why.
    pub fn absent(reason: impl Into<String>) -> Self {
        Probe { devices: Vec::new(), explanation: reason.into() }
    }
}

/// One backend as the manager sees it.
pub struct BackendEntry {
    pub name: &'static str,
    pub device_type: DeviceType,
    pub enabled: fn(&ProbeOptions) -> bool,
    pub probe: fn(&ProbeOptions) -> Probe,
}

/// Every backend in order of preference.
pub const BACKENDS: &[BackendEntry] = &[
    BackendEntry { name: "cuda", device_type: DeviceType::Cuda, enabled: |o| o.cuda, probe: probe_cuda },
    BackendEntry { name: "rocm", device_type: DeviceType::Rocm, enabled: |o| o.rocm, probe: probe_rocm },
    BackendEntry { name: "cpu", device_type: DeviceType::Cpu, enabled: |o| o.cpu, probe: probe_cpu },
];

#[cfg(feature = "cuda")]
fn probe_cuda(options: &ProbeOptions) -> Probe {
    super::cuda::probe(options)
}

#[cfg(not(feature = "cuda"))]
fn probe_cuda(_options: &ProbeOptions) -> Probe {
    Probe::absent("this build of libvmgpu has no CUDA backend (feature `cuda` is off)")
}

fn probe_rocm(_options: &ProbeOptions) -> Probe {
    Probe::absent("this version of libvmgpu has no ROCm backend; AMD GPUs are not used")
}

#[cfg(feature = "cpu")]
fn probe_cpu(options: &ProbeOptions) -> Probe {
    super::cpu::probe(options)
}

#[cfg(not(feature = "cpu"))]
fn probe_cpu(_options: &ProbeOptions) -> Probe {
    Probe::absent("this build of libvmgpu has no CPU device (feature `cpu` is off)")
}
