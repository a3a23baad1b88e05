//! NVIDIA GPUs through the CUDA driver and NVRTC, both opened at run time.
//!
//! | file | what |
//! |---|---|
//! | `search`, `symbols`, `driver` | finding, opening and initialising the vendor's libraries; lost or not |
//! | `context`, `queue`, `busy`, `launch_log` | a device in use: primary context, the one queue, tickets, busy |
//! | `memory`, `staging`, `nvml` | allocation, copies, pinned memory |
//! | `compile`, `toolchain`, `binary`, `cubin`, `fatbin` | CUDA C to machine code; looking into binaries |
//! | `kernel`, `launch` | modules, kernel facts, the launch path |
//! | `device` | `GpuCompute` on top of all that |

pub mod binary;
mod busy;
pub mod compile;
mod context;
pub mod cubin;
mod device;
mod driver;
mod error;
pub mod fatbin;
mod host_headers;
mod kernel;
mod launch;
mod launch_log;
pub mod lz4;
mod memory;
mod nvml;
mod queue;
mod search;
mod spare;
mod staging;
mod symbols;
pub mod toolchain;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::context::DeviceCore;
pub use self::device::CudaDevice;
use self::driver::{Driver, version_text};
use self::error::SUCCESS;
use self::toolchain::Toolchain;
use super::GpuCompute;
use super::registry::{Probe, ProbeOptions};
use crate::fork::ForkLocal;
use crate::sync::Mutex;

/// Candidate files for NVRTC, in order: `path` alone if given, else what the environment and the machine offer.
pub fn nvrtc_candidates(path: &Option<PathBuf>) -> Vec<PathBuf> {
    search::nvrtc_candidates(path)
}

/// What this process has opened so far. Managers share it, and with it the devices and their queues.
#[derive(Clone, Default)]
struct Opened {
    drivers: Vec<(Arc<Driver>, Vec<Arc<DeviceCore>>)>,
    toolchains: Vec<(Vec<PathBuf>, Arc<Toolchain>)>,
    devices: Vec<Arc<CudaDevice>>,
    /// The parent of this process was opening something when it forked.
    torn: bool,
}

static OPENED: ForkLocal<Mutex<Opened>> = ForkLocal::new(|parent| {
    Mutex::new(match parent.map(Mutex::try_lock) {
        None => Opened::default(),
        Some(Some(opened)) => opened.clone(),
        Some(None) => Opened { torn: true, ..Opened::default() },
    })
});

/// Finds every CUDA device, or says why there is none. Creates no context.
pub fn probe(options: &ProbeOptions) -> Probe {
    let candidates = search::cuda_candidates(&options.cuda_path);
    let library = match driver::open(&candidates) {
        Ok(library) => library,
        Err(sentence) => return Probe::absent(sentence),
    };
    // One probe at a time: two must not initialise the same driver twice and make two queues for one device.
    let mut opened = OPENED.get().lock();
    if opened.torn {
        return Probe::absent(forked(&library.path));
    }

    let nvrtc = search::nvrtc_candidates(&options.nvrtc_path);
    let toolchain = match opened.toolchains.iter().find(|(key, _)| *key == nvrtc) {
        Some((_, toolchain)) => toolchain.clone(),
        None => {
            let toolchain = Arc::new(Toolchain::new(nvrtc.clone()));
            opened.toolchains.push((nvrtc, toolchain.clone()));
            toolchain
        }
    };
    let known = opened.drivers.iter().position(|(driver, _)| driver.path == library.path);
    let index = match known {
        Some(index) if opened.drivers[index].0.forked() => {
            return Probe::absent(forked(&library.path));
        }
        Some(index) => index,
        None => match start_driver(library, &toolchain) {
            Ok(entry) => {
                opened.drivers.push(entry);
                opened.drivers.len() - 1
            }
            Err(sentence) => return Probe::absent(sentence),
        },
    };
    let (driver, cores) = opened.drivers[index].clone();
    let mut devices: Vec<Arc<dyn GpuCompute>> = Vec::new();
    for core in &cores {
        let existing = opened.devices.iter().find(|device| device.is(core, &toolchain)).cloned();
        let device = existing.unwrap_or_else(|| {
            let device = Arc::new(CudaDevice::new(core.clone(), toolchain.clone()));
            opened.devices.push(device.clone());
            device
        });
        devices.push(device);
    }
    let mut explanation = format!(
        "the driver {} (CUDA {}) offers {} {}",
        driver.path.display(),
        version_text(driver.version),
        devices.len(),
        if devices.len() == 1 { "device" } else { "devices" }
    );
    explanation.push('\n');
    explanation.push_str(&toolchain.explanation(driver.version));
    if driver.is_lost() {
        explanation.push_str(&format!("\nevery CUDA device is lost: {}", driver.lost_reason()));
    }
    Probe { devices, explanation }
}

/// The sentence for the child of a process that used the driver.
fn forked(path: &Path) -> String {
    format!(
        "no CUDA device: this process was forked from one that already used the driver {}, and CUDA cannot be used in \
         the child of such a fork: open it only after fork(), or start the child with exec()",
        path.display()
    )
}

/// Initialises a driver and lists its devices. NVRTC is opened meanwhile: both take long and need nothing of each other.
fn start_driver(
    library: driver::Opened,
    toolchain: &Arc<Toolchain>,
) -> Result<(Arc<Driver>, Vec<Arc<DeviceCore>>), String> {
    let preload = toolchain.clone();
    let helper = std::thread::Builder::new()
        .name("vmgpu-nvrtc".to_string())
        .spawn(move || preload.first().map(|_| ()));
    let result = library.initialize().and_then(list_devices);
    if let Ok(helper) = helper {
        // Its result is kept in the toolchain; a panic of it shows when the toolchain is asked again.
        let _ = helper.join();
    }
    result
}

fn list_devices(driver: Driver) -> Result<(Arc<Driver>, Vec<Arc<DeviceCore>>), String> {
    let shown = driver.path.display().to_string();
    let mut count = 0;
    // SAFETY: valid out pointer; the driver is initialised.
    let code = unsafe { (driver.api.device_get_count)(&mut count) };
    if code == error::NO_DEVICE || (code == SUCCESS && count < 1) {
        return Err(driver::no_device(&shown, driver.version));
    }
    if code != SUCCESS {
        let text = error::text(&driver.api, "cuDeviceGetCount", code);
        return Err(format!("no CUDA device: the driver {shown} cannot list its devices; {text}"));
    }
    let driver = Arc::new(driver);
    let mut cores = Vec::new();
    let mut failures = Vec::new();
    for ordinal in 0..count as u32 {
        match DeviceCore::new(driver.clone(), ordinal) {
            Ok(core) => cores.push(core.share()),
            Err(error) => failures.push(format!("device {ordinal}: {error}")),
        }
    }
    if cores.is_empty() {
        return Err(format!("no CUDA device: none could be opened; {}", failures.join("; ")));
    }
    Ok((driver, cores))
}
