//! Free memory of a device that has no context yet, from NVML opened at run time. Absence only means "not known".

use std::ffi::CString;
use std::path::PathBuf;

use once_cell::sync::Lazy;

use super::symbols::{NvmlApi, NvmlMemory};
use crate::backend::library::VendorLibrary;

struct Nvml {
    api: NvmlApi,
    _library: VendorLibrary,
}

static NVML: Lazy<Option<Nvml>> = Lazy::new(open);

fn open() -> Option<Nvml> {
    let candidates: Vec<PathBuf> = match std::env::var_os("VMGPU_NVML_PATH") {
        Some(path) => vec![PathBuf::from(path)],
        None => ["libnvidia-ml.so.1", "libnvidia-ml.so", "/usr/lib/wsl/lib/libnvidia-ml.so.1"]
            .iter()
            .map(PathBuf::from)
            .collect(),
    };
    let library = VendorLibrary::open_first("NVML", &candidates).ok()?;
    let api = NvmlApi::load(&library).ok()?;
    // SAFETY: documented call without arguments.
    (unsafe { (api.init)() } == 0).then_some(Nvml { api, _library: library })
}

/// Bytes; None if NVML is missing or does not know the device.
pub fn free_memory(pci_bus_id: &str) -> Option<usize> {
    let nvml = NVML.as_ref()?;
    let id = CString::new(pci_bus_id).ok()?;
    let mut device = std::ptr::null_mut();
    // SAFETY: a NUL-terminated text and a valid out pointer.
    if unsafe { (nvml.api.device_get_handle_by_pci_bus_id)(id.as_ptr(), &mut device) } != 0 {
        return None;
    }
    let mut memory = NvmlMemory::default();
    // SAFETY: a handle that NVML has just given and a valid out pointer of the documented layout.
    let code = unsafe { (nvml.api.device_get_memory_info)(device, &mut memory) };
    (code == 0).then_some(memory.free as usize)
}
