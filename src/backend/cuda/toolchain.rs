//! `Toolchain`: the NVRTC libraries that one probe may use, and which of them compiles for which architecture.

use std::path::PathBuf;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use super::compile::{NvrtcCompiler, Target};
use super::driver::version_text;
use crate::error::{GpuError, GpuResult};

type Choice = (Arc<NvrtcCompiler>, Target);

/// Finds the compiler for a device. Opens libraries only when asked, and remembers the answers.
pub struct Toolchain {
    candidates: Vec<PathBuf>,
    first: OnceCell<Result<Arc<NvrtcCompiler>, GpuError>>,
    chosen: Mutex<Vec<(u32, Choice)>>,
}

impl Toolchain {
    pub fn new(candidates: Vec<PathBuf>) -> Toolchain {
        Toolchain { candidates, first: OnceCell::new(), chosen: Mutex::new(Vec::new()) }
    }

    /// The first NVRTC that can be opened; nearly always the only one.
    pub fn first(&self) -> GpuResult<Arc<NvrtcCompiler>> {
        self.first.get_or_init(|| NvrtcCompiler::open(&self.candidates)).clone()
    }

    /// The compiler and target for architecture `arch` (90 for sm_90) under a driver of `driver_version`.
    ///
    /// Machine code for exactly this architecture is best, from whichever NVRTC makes it. Else PTX from one that is
    /// not newer than the driver, which could not read it.
    pub fn for_arch(&self, arch: u32, driver_version: i32) -> GpuResult<Choice> {
        let first = self.first()?;
        if let Some((_, choice)) = self.chosen.lock().iter().find(|(known, _)| *known == arch) {
            return Ok(choice.clone());
        }
        let choice = self.choose(first, arch, driver_version)?;
        self.chosen.lock().push((arch, choice.clone()));
        Ok(choice)
    }

    fn choose(&self, first: Arc<NvrtcCompiler>, arch: u32, driver_version: i32) -> GpuResult<Choice> {
        if let Some(target @ Target::Machine(_)) = first.target_for(arch) {
            return Ok((first, target));
        }
        let mut compilers = vec![first];
        for candidate in &self.candidates {
            if let Ok(compiler) = NvrtcCompiler::open(std::slice::from_ref(candidate))
                && !compilers.iter().any(|known| known.path == compiler.path)
            {
                compilers.push(compiler);
            }
        }
        let readable =
            |compiler: &NvrtcCompiler| compiler.version.0 * 1000 + compiler.version.1 * 10 <= driver_version;
        // From behind, since of equals the last wins: the first candidate is preferred.
        let best = compilers
            .iter()
            .rev()
            .filter_map(|compiler| compiler.target_for(arch).map(|target| (compiler, target)))
            .max_by_key(|(compiler, target)| match target {
                Target::Machine(_) => (2, 0),
                Target::Ptx(known) => (readable(compiler) as u32, *known),
            });
        match best {
            Some((compiler, target)) => Ok((compiler.clone(), target)),
            None => Err(GpuError::FeatureNotSupported {
                feature: format!(
                    "compiling for sm_{arch} (found {})",
                    compilers.iter().map(|compiler| compiler.name()).collect::<Vec<_>>().join(", ")
                ),
                device: "NVRTC".to_string(),
            }),
        }
    }

    /// A full sentence on what will compile kernels.
    pub fn explanation(&self, driver_version: i32) -> String {
        let compiler = match self.first() {
            Ok(compiler) => compiler,
            Err(error) => {
                return format!(
                    "NVRTC is missing, so CUDA C cannot be compiled; memory, copies and ready binaries work; {error}"
                );
            }
        };
        let place = format!("{} at {}", compiler.name(), compiler.path.display());
        if let Some(builtins) = compiler.missing_builtins() {
            return format!(
                "{place} lacks its builtins library {builtins} (neither beside it nor on the loader's path), so CUDA C \
                 cannot be compiled; memory, copies and ready binaries work"
            );
        }
        let newer = compiler.version.0 * 1000 + compiler.version.1 * 10 > driver_version;
        let remark = if newer {
            format!(
                "; it is newer than the driver (CUDA {}), which matters only for PTX",
                version_text(driver_version)
            )
        } else {
            String::new()
        };
        format!("CUDA C is compiled by {place}{remark}")
    }
}
