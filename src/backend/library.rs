//! Opening vendor libraries at run time: candidate names in, an open library or the full list of what was tried out.
//!
//! A library stays loaded until the process ends: unloading a GPU driver while its threads run crashes.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libloading::Library;

use crate::error::{Cause, GpuError, GpuResult};

/// An open vendor library. Never closed, also not when the value is dropped.
#[derive(Debug)]
pub struct VendorLibrary {
    /// The name or path that worked.
    pub path: PathBuf,
    library: ManuallyDrop<Library>,
}

impl VendorLibrary {
    /// Opens the first candidate that loads. The error names `what` and every candidate with the loader's message.
    pub fn open_first(what: &str, candidates: &[PathBuf]) -> GpuResult<VendorLibrary> {
        let mut tried = Vec::new();
        let mut cause: Option<Cause> = None;
        for candidate in candidates {
            match Self::open(candidate) {
                Ok(library) => return Ok(library),
                Err(error) => {
                    // The loader's own text is in the source, and usually starts with the name again.
                    let name = candidate.display().to_string();
                    let text = std::error::Error::source(&error)
                        .map_or_else(|| error.to_string(), |source| source.to_string());
                    let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_string();
                    tried.push(format!("{name} ({text})"));
                    cause = Some(Arc::new(error));
                }
            }
        }
        let reason = if tried.is_empty() {
            "no library name to try".to_string()
        } else {
            format!("library not found; tried {}", tried.join(", "))
        };
        Err(GpuError::DriverBindingFailed { driver_type: what.to_string(), reason, cause })
    }

    /// Opens exactly this name or path.
    pub fn open(path: &Path) -> Result<VendorLibrary, libloading::Error> {
        // SAFETY: loading runs the library's initialisers. Vendor drivers are made to be opened this way, and any
        // other path was named by the user of the process.
        let library = unsafe { Library::new(path) }?;
        Ok(VendorLibrary { path: path.to_path_buf(), library: ManuallyDrop::new(library) })
    }

    /// Address of a symbol, or None. The caller transmutes it to the documented signature.
    pub fn symbol(&self, name: &str) -> Option<*const ()> {
        let mut bytes = Vec::with_capacity(name.len() + 1);
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        // SAFETY: the address is only stored here; its type is promised where it is used. The library is never
        // closed, so the address stays valid.
        let symbol = unsafe { self.library.get::<*const ()>(bytes.as_slice()) }.ok()?;
        let address = *symbol;
        (!address.is_null()).then_some(address)
    }
}
