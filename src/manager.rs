//! `GpuDeviceManager`: which devices this machine has, which one to take, and why others are absent.

use crate::backend::DeviceState;
use crate::backend::registry::{BACKENDS, Probe, ProbeOptions};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::fork;
use crate::types::DeviceType;

/// Options of a manager: which backends to look for, and where their libraries are.
pub type ManagerOptions = ProbeOptions;

/// What was found for one backend.
struct Finding {
    name: &'static str,
    device_type: DeviceType,
    device_count: usize,
    text: String,
}

/// The devices of this machine in order of preference: CUDA, ROCm, CPU. Never fails because something is missing.
pub struct GpuDeviceManager {
    devices: Vec<Device>,
    findings: Vec<Finding>,
}

impl GpuDeviceManager {
    /// Probes every backend that `options` leaves on. Opens vendor libraries, creates no context.
    pub fn new(options: &ManagerOptions) -> Self {
        // Before anything exists that a fork could leave half done.
        fork::watch();
        let mut devices = Vec::new();
        let mut findings = Vec::new();
        for entry in BACKENDS {
            let probe = match (entry.enabled)(options) {
                true => (entry.probe)(options),
                false => Probe::absent("switched off in the manager's options"),
            };
            findings.push(Finding {
                name: entry.name,
                device_type: entry.device_type,
                device_count: probe.devices.len(),
                text: probe.explanation,
            });
            devices.extend(probe.devices.into_iter().map(Device::new));
        }
        GpuDeviceManager { devices, findings }
    }

    #[cfg(test)]
    pub(crate) fn of(devices: Vec<Device>) -> Self {
        GpuDeviceManager { devices, findings: Vec::new() }
    }

    /// Whether a GPU was found that is not lost.
    pub fn has_gpu(&self) -> bool {
        self.default_gpu().is_some()
    }

    /// Every device found, in order of preference.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The first device that is not lost.
    ///
    /// # Errors
    /// [`GpuError::NoDeviceAvailable`] if there is none (every backend switched off, or all devices lost).
    pub fn default_device(&self) -> GpuResult<Device> {
        self.devices.iter().find(|d| !is_lost(d)).cloned().ok_or(GpuError::NoDeviceAvailable)
    }

    /// The GPU an executor uses: the first that is not lost.
    pub fn default_gpu(&self) -> Option<&Device> {
        self.devices.iter().find(|d| d.is_gpu() && !is_lost(d))
    }

    /// The first GPU found, lost or not.
    pub fn first_gpu(&self) -> Option<&Device> {
        self.devices.iter().find(|d| d.is_gpu())
    }

    /// The CPU device, unless it was switched off.
    pub fn cpu_device(&self) -> Option<&Device> {
        self.devices.iter().find(|d| !d.is_gpu())
    }

    /// One paragraph a backend: what was tried, what was found, why it is absent; then the devices' present state.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let verdict = match finding.device_count {
                0 => "absent".to_string(),
                1 => "1 device".to_string(),
                n => format!("{n} devices"),
            };
            text.push_str(&format!("{} ({}): {verdict}\n", finding.device_type, finding.name));
            for line in finding.text.lines() {
                text.push_str(&format!("  {line}\n"));
            }
            for device in self.devices.iter().filter(|d| d.device_type() == finding.device_type) {
                match device.state() {
                    DeviceState::Available => {}
                    DeviceState::Busy(why) => {
                        text.push_str(&format!("  {} is busy: {why}\n", device.label()))
                    }
                    DeviceState::Lost(why) => {
                        text.push_str(&format!("  {} is lost: {why}\n", device.label()))
                    }
                }
            }
        }
        match self.default_device() {
            Ok(device) => text.push_str(&format!("default device: {}\n", device.label())),
            Err(error) => text.push_str(&format!("default device: none ({error})\n")),
        }
        text
    }
}

fn is_lost(device: &Device) -> bool {
    matches!(device.state(), DeviceState::Lost(_))
}
