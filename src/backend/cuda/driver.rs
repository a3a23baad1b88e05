//! `Driver`: one open and initialised libcuda, shared by all its devices, and whether it is lost.
//!
//! A fault on one device ends every context of the process, so "lost" belongs here and not to a device.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use cudarc::driver::sys::{CUcontext, CUresult};
use parking_lot::Mutex;

use super::error::{self, Doing, SUCCESS};
use super::queue::Queue;
use super::symbols::{CuCode, CudaApi};
use crate::backend::library::VendorLibrary;
use crate::error::{GpuError, GpuResult};
use crate::fork;

/// Oldest driver that is supported, as `cuDriverGetVersion` counts.
pub const OLDEST_VERSION: i32 = 12000;

/// An initialised CUDA driver.
pub struct Driver {
    pub api: CudaApi,
    /// Real path of the library where it can be found out.
    pub path: PathBuf,
    pub version: i32,
    lost: AtomicBool,
    lost_reason: OnceLock<String>,
    queues: Mutex<Vec<Weak<Queue>>>,
    fork_generation: u32,
    _library: VendorLibrary,
}

/// Why there is no usable driver, as a full sentence.
pub type Absence = String;

/// An open libcuda before `cuInit`.
pub struct Opened {
    library: VendorLibrary,
    pub path: PathBuf,
}

/// Opens libcuda without initialising it.
pub fn open(candidates: &[PathBuf]) -> Result<Opened, Absence> {
    fork::watch();
    let library = VendorLibrary::open_first("CUDA driver", candidates)
        .map_err(|error| format!("no CUDA device: the NVIDIA driver library was not found; {error}"))?;
    let path = real_path(&library, "cuInit");
    Ok(Opened { library, path })
}

impl Opened {
    /// Fills the symbol table, checks the version and initialises the driver.
    pub fn initialize(self) -> Result<Driver, Absence> {
        let path = self.path;
        let shown = path.display();
        let api = CudaApi::load(&self.library)
            .map_err(|error| format!("no CUDA device: the driver library is not usable; {error}"))?;
        let mut version = 0;
        // SAFETY: documented call with a valid out pointer; allowed before cuInit.
        let code = unsafe { (api.driver_get_version)(&mut version) };
        if code == error::STUB_LIBRARY {
            return Err(stub(&shown.to_string()));
        }
        if code != SUCCESS {
            let text = error::text(&api, "cuDriverGetVersion", code);
            return Err(format!("no CUDA device: the driver {shown} does not tell its version; {text}"));
        }
        if version < OLDEST_VERSION {
            return Err(format!(
                "no CUDA device: the driver {shown} is too old; it supports CUDA {}, and CUDA {} or later is needed: \
                 update the NVIDIA driver",
                version_text(version),
                version_text(OLDEST_VERSION)
            ));
        }
        // SAFETY: documented call; the only defined flags value is 0.
        let code = unsafe { (api.init)(0) };
        if code == error::NO_DEVICE {
            return Err(no_device(&shown.to_string(), version));
        }
        if code == error::STUB_LIBRARY {
            return Err(stub(&shown.to_string()));
        }
        if code != SUCCESS {
            return Err(format!(
                "no CUDA device: the driver {shown} (CUDA {}) could not be initialised; {}",
                version_text(version),
                error::text(&api, "cuInit", code)
            ));
        }
        Ok(Driver {
            api,
            path,
            version,
            lost: AtomicBool::new(false),
            lost_reason: OnceLock::new(),
            queues: Mutex::new(Vec::new()),
            fork_generation: fork::generation(),
            _library: self.library,
        })
    }
}

/// The sentence for a driver that works and sees no device.
pub fn no_device(path: &str, version: i32) -> Absence {
    format!(
        "no CUDA device: the driver {path} (CUDA {}) works but sees no device (no NVIDIA GPU, no permission on \
         /dev/nvidia*, or CUDA_VISIBLE_DEVICES hides all)",
        version_text(version)
    )
}

fn stub(path: &str) -> Absence {
    format!("no CUDA device: {path} is the toolkit's stub for linking, not the driver")
}

/// "13.0" for 13000.
pub fn version_text(version: i32) -> String {
    format!("{}.{}", version / 1000, version % 1000 / 10)
}

/// Path of the file that a symbol really came from; else the name the library was opened by.
pub fn real_path(library: &VendorLibrary, symbol: &str) -> PathBuf {
    #[cfg(unix)]
    if let Some(address) = library.symbol(symbol) {
        // SAFETY: an all-zero Dl_info is a valid value of this plain C struct.
        let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
        // SAFETY: dladdr accepts any address and fills the struct, whose strings live as long as the library.
        if unsafe { libc::dladdr(address.cast(), &mut info) } != 0 && !info.dli_fname.is_null() {
            // SAFETY: see above; a NUL-terminated string.
            let name = unsafe { std::ffi::CStr::from_ptr(info.dli_fname) };
            let path = Path::new(std::ffi::OsStr::new(name.to_str().unwrap_or_default()));
            if let Ok(path) = path.canonicalize() {
                return path;
            }
        }
    }
    let _ = symbol;
    library.path.clone()
}

impl Driver {
    /// True in a child of the process that initialised the driver.
    #[inline]
    pub fn forked(&self) -> bool {
        self.fork_generation != fork::generation()
    }

    #[inline]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Why the driver is lost; empty while it is not.
    pub fn lost_reason(&self) -> String {
        self.lost_reason.get().cloned().unwrap_or_default()
    }

    /// Errors that end every call: forked, lost.
    #[inline]
    pub fn usable(&self, device: &str) -> GpuResult<()> {
        if self.forked() {
            return Err(forked(device));
        }
        if self.is_lost() {
            return Err(self.lost_error(device));
        }
        Ok(())
    }

    #[cold]
    pub fn lost_error(&self, device: &str) -> GpuError {
        GpuError::DeviceLost { device: device.to_string(), reason: self.lost_reason() }
    }

    /// Queues tell which launches were outstanding when the driver is lost.
    pub fn add_queue(&self, queue: &Arc<Queue>) {
        self.queues.lock().push(Arc::downgrade(queue));
    }

    /// Turns a code into a result. A sticky code makes the driver lost.
    #[inline]
    pub fn check(&self, code: CuCode, call: &str, doing: Doing<'_>, device: &str) -> GpuResult<()> {
        if code == SUCCESS { Ok(()) } else { Err(self.failed(code, call, doing, device)) }
    }

    #[cold]
    fn failed(&self, code: CuCode, call: &str, doing: Doing<'_>, device: &str) -> GpuError {
        let reason = error::text(&self.api, call, code);
        if error::is_sticky(code) || (code == error::UNKNOWN && self.really_dead()) {
            self.lose(reason);
            return self.lost_error(device);
        }
        error::translate(doing, code, reason, device)
    }

    /// CUDA_ERROR_UNKNOWN says nothing by itself: the context is dead if its queues answer with an error too.
    fn really_dead(&self) -> bool {
        let queues: Vec<_> = self.queues.lock().iter().filter_map(Weak::upgrade).collect();
        queues.iter().any(|queue| queue.answers_with_error())
    }

    /// Marks every device of this driver lost, once, and names the launches that had not completed.
    fn lose(&self, reason: String) {
        let queues: Vec<_> = self.queues.lock().iter().filter_map(Weak::upgrade).collect();
        self.lost_reason.get_or_init(|| {
            let outstanding: Vec<String> =
                queues.iter().filter_map(|queue| queue.outstanding_launches()).collect();
            let launches = if outstanding.is_empty() {
                "no launch was outstanding".to_string()
            } else {
                format!("launches outstanding: {}", outstanding.join("; "))
            };
            format!(
                "{reason}; {launches}; every CUDA device of this process is lost, a new process may use them"
            )
        });
        self.lost.store(true, Ordering::Release);
    }
}

#[cold]
fn forked(device: &str) -> GpuError {
    GpuError::Forked { device: device.to_string() }
}

/// Makes a context current on this thread for as long as the value lives, and puts back what was current before.
/// Costs two driver calls of a few nanoseconds, or one if the context is current already.
pub struct Entered<'a> {
    driver: &'a Driver,
    /// What to put back; None if nothing changed.
    previous: Option<CUcontext>,
}

impl<'a> Entered<'a> {
    #[inline]
    pub fn new(driver: &'a Driver, context: CUcontext, device: &str) -> GpuResult<Entered<'a>> {
        let mut current: CUcontext = std::ptr::null_mut();
        // SAFETY: valid out pointer.
        let code = unsafe { (driver.api.ctx_get_current)(&mut current) };
        driver.check(code, "cuCtxGetCurrent", Doing::Other, device)?;
        if current == context {
            return Ok(Entered { driver, previous: None });
        }
        // SAFETY: the context is the retained primary context of a device, which is never released.
        let code = unsafe { (driver.api.ctx_set_current)(context) };
        driver.check(code, "cuCtxSetCurrent", Doing::Other, device)?;
        Ok(Entered { driver, previous: Some(current) })
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(previous) = self.previous {
            // SAFETY: this context was current before, or NULL, which makes none current. A failure cannot be
            // helped here and shows in the owner's next call.
            let _: CuCode = unsafe { (self.driver.api.ctx_set_current)(previous) };
        }
    }
}

const _: () = assert!(CUresult::CUDA_SUCCESS as u32 == 0);
