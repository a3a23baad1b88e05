//! `NvrtcCompiler`: CUDA C text to a cubin or PTX with one NVRTC library. Needs neither driver nor device.

use std::ffi::{CStr, CString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use cudarc::nvrtc::sys::{nvrtcProgram, nvrtcResult as R};
use parking_lot::Mutex;

use super::binary;
use super::driver::real_path;
use super::host_headers;
use super::search;
use super::symbols::{NvrtcApi, NvrtcCode};
use crate::backend::library::VendorLibrary;
use crate::error::{GpuError, GpuResult};
use crate::headers::{self, include_options};
use crate::types::{CompileOptions, OWN_OPTION_PREFIX};

const SUCCESS: NvrtcCode = R::NVRTC_SUCCESS as NvrtcCode;
const BUILTINS_MISSING: NvrtcCode = R::NVRTC_ERROR_BUILTIN_OPERATION_FAILURE as NvrtcCode;

/// The file in which NVRTC resolves name expressions, as its log names it.
const NAME_LOOKUP: &str = "__nv_name_map";

/// What to compile for: 90 is `sm_90` or `compute_90`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Machine code for exactly this architecture (cubin).
    Machine(u32),
    /// PTX for this architecture, which the driver compiles for its device.
    Ptx(u32),
}

/// Form of [`Compiled::binary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryKind {
    Cubin,
    Ptx,
}

/// A finished compilation.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub kind: BinaryKind,
    /// cubin, or PTX text without terminating NUL.
    pub binary: Vec<u8>,
    /// PTX text, also beside a cubin; empty if the compiler gave none.
    pub ptx: String,
    /// The kernel's name in the binary.
    pub lowered_name: String,
    /// Warnings and remarks; empty if there were none.
    pub log: String,
}

impl Compiled {
    fn has_kernel(&self, entry: &str) -> bool {
        let forms = [self.ptx.as_bytes(), &self.binary];
        forms.into_iter().any(|form| binary::kernel_names(form).iter().any(|known| known == entry))
    }
}

/// One open NVRTC. Any number of threads may compile at once.
pub struct NvrtcCompiler {
    api: NvrtcApi,
    /// Real path of the library where it can be found out.
    pub path: PathBuf,
    /// (13, 0) for NVRTC 13.0.
    pub version: (i32, i32),
    /// Architectures it can make machine code for, ascending.
    pub architectures: Vec<u32>,
    include: OnceLock<Option<PathBuf>>,
    builtins: Mutex<Option<VendorLibrary>>,
    _library: VendorLibrary,
}

impl NvrtcCompiler {
    /// Opens the first candidate that is a usable NVRTC.
    pub fn open(candidates: &[PathBuf]) -> GpuResult<Arc<NvrtcCompiler>> {
        let mut broken = None;
        for candidate in candidates {
            let Ok(library) = VendorLibrary::open(candidate) else { continue };
            match Self::from_library(library) {
                Ok(compiler) => return Ok(Arc::new(compiler)),
                Err(error) => _ = broken.get_or_insert(error),
            }
        }
        // A library that is there and not usable says more than all those that are absent.
        Err(match (broken, VendorLibrary::open_first("NVRTC", candidates)) {
            (Some(error), _) | (None, Err(error)) => error,
            (None, Ok(library)) => return Self::from_library(library).map(Arc::new),
        })
    }

    fn from_library(library: VendorLibrary) -> GpuResult<NvrtcCompiler> {
        let api = NvrtcApi::load(&library)?;
        let path = real_path(&library, "nvrtcVersion");
        let broken = |call: &str, code: NvrtcCode| GpuError::DriverBindingFailed {
            driver_type: "NVRTC".to_string(),
            reason: format!("{}: {call} failed with code {code}", path.display()),
            cause: None,
        };
        let (mut major, mut minor, mut count) = (0, 0, 0);
        // SAFETY: valid out pointers.
        match unsafe { (api.version)(&mut major, &mut minor) } {
            SUCCESS => {}
            code => return Err(broken("nvrtcVersion", code)),
        }
        // SAFETY: valid out pointer.
        match unsafe { (api.get_num_supported_archs)(&mut count) } {
            SUCCESS => {}
            code => return Err(broken("nvrtcGetNumSupportedArchs", code)),
        }
        let mut architectures: Vec<c_int> = vec![0; count.max(0) as usize];
        // SAFETY: room for the number of entries that NVRTC has just announced.
        match unsafe { (api.get_supported_archs)(architectures.as_mut_ptr()) } {
            SUCCESS => {}
            code => return Err(broken("nvrtcGetSupportedArchs", code)),
        }
        architectures.sort_unstable();
        Ok(NvrtcCompiler {
            api,
            path,
            version: (major, minor),
            architectures: architectures.into_iter().map(|arch| arch.max(0) as u32).collect(),
            include: OnceLock::new(),
            builtins: Mutex::new(None),
            _library: library,
        })
    }

    /// "NVRTC 13.0".
    pub fn name(&self) -> String {
        format!("NVRTC {}.{}", self.version.0, self.version.1)
    }

    /// Name and version, and the size of the library file, which tells builds of one version apart.
    pub fn identity(&self) -> String {
        let size = std::fs::metadata(&self.path).map_or(0, |data| data.len());
        format!("{} ({size} bytes)", self.name())
    }

    /// The best target for a device of architecture `arch`: its own machine code, else the newest PTX it can take.
    pub fn target_for(&self, arch: u32) -> Option<Target> {
        if self.architectures.contains(&arch) {
            return Some(Target::Machine(arch));
        }
        self.architectures.iter().rev().find(|known| **known < arch).map(|known| Target::Ptx(*known))
    }

    /// Says if the builtins library, without which nothing compiles, can be neither found beside NVRTC nor by name.
    pub fn missing_builtins(&self) -> Option<String> {
        let name = format!("libnvrtc-builtins.so.{}.{}", self.version.0, self.version.1);
        if !search::builtins_beside(&self.path, self.version).is_empty() {
            return None;
        }
        match VendorLibrary::open(Path::new(&name)) {
            Ok(library) => {
                *self.builtins.lock() = Some(library);
                None
            }
            Err(_) => Some(name),
        }
    }

    /// Opens the builtins library by its path, once. True if it is open.
    fn preload_builtins(&self) -> bool {
        let mut builtins = self.builtins.lock();
        if builtins.is_none() {
            let found = search::builtins_beside(&self.path, self.version);
            *builtins = found.iter().find_map(|path| VendorLibrary::open(path).ok());
        }
        builtins.is_some()
    }

    /// Folder of CUDA's headers, looked for once.
    fn include_folder(&self) -> Option<&Path> {
        self.include.get_or_init(|| search::include_folder(&self.path)).as_deref()
    }

    /// Compiles `kernel_name` (a plain name or a name expression) out of `source`.
    pub fn compile(
        &self,
        source: &str,
        kernel_name: &str,
        options: &CompileOptions,
        target: Target,
    ) -> GpuResult<Compiled> {
        let program_text = c_text("source", source)?;
        let expression = c_text("kernel_name", kernel_name)?;
        let file = c_text("kernel_name", &format!("{kernel_name}.cu"))?;
        let mut arguments = Vec::new();
        for option in options.options.iter().filter(|o| !o.starts_with(OWN_OPTION_PREFIX)) {
            arguments.push(c_text("options", option)?);
        }
        if !options.options.iter().any(|option| names_architecture(option)) {
            arguments.push(c_text("options", &architecture_option(target))?);
        }
        let mut own = Vec::new();
        for (name, text) in &options.headers {
            own.push((c_text("headers", name)?, c_text("headers", text)?));
        }
        let mut all: Vec<(&CStr, &CStr)> = own.iter().map(|(n, t)| (&**n, &**t)).collect();
        let (folders, forced) = include_options(&options.options);
        // However it is written: "# include", "%:include".
        let includes = |text: &str| text.contains("include");
        if !forced.is_empty() || includes(source) || options.headers.iter().any(|(_, text)| includes(text)) {
            // The caller's own header of the same name wins, in memory or in a folder.
            let folders: Vec<(&Path, bool)> =
                folders.iter().map(|folder| (&**folder, headers::are_of_host(folder))).collect();
            let texts = options.headers.iter().map(|(_, text)| &**text).chain([source]);
            let beside = host_headers::taken_from_beside(texts, &folders);
            let is_own = |name: &str| {
                options.headers.iter().any(|(own, _)| own == name)
                    || beside.contains(name)
                    || folders.iter().any(|(folder, of_host)| {
                        // The host's C headers are of no use to NVRTC; they may lie beside something that is.
                        !(*of_host && headers::is_of_c(name)) && folder.join(name).is_file()
                    })
            };
            let mut given = |texts: &'static [(CString, CString)]| {
                let theirs = texts.iter().filter(|(name, _)| !name.to_str().is_ok_and(is_own));
                all.extend(theirs.map(|(name, text)| (&**name, &**text)));
            };
            given(host_headers::standard());
            // The user's own folders come first.
            if let Some(folder) = self.include_folder() {
                arguments.push(c_text("options", &format!("-I{}", folder.display()))?);
                // Toolkits from 13 on keep <cuda/std/..> and <nv/target>, which their own headers need, in a folder below.
                let cccl = folder.join("cccl");
                if cccl.is_dir() {
                    arguments.push(c_text("options", &format!("-I{}", cccl.display()))?);
                }
            } else {
                given(host_headers::of_cuda());
            }
        }
        let attempt = |expression: Option<&CStr>| {
            let program = Program::create(&self.api, &program_text, &file, &all)?;
            program.compile(expression, &arguments)
        };
        // If another thread opens them meanwhile, trying again makes sense as well.
        let had_builtins = self.builtins.lock().is_some();
        let mut outcome = attempt(Some(&expression));
        if matches!(outcome, Err(Failure { code: BUILTINS_MISSING, .. }))
            && !had_builtins
            && self.preload_builtins()
        {
            outcome = attempt(Some(&expression));
        }
        if let Err(failure) = &outcome
            && failure.log.contains(NAME_LOOKUP)
            && is_plain(kernel_name)
            && let Ok(compiled) = attempt(None)
            && compiled.has_kernel(kernel_name)
        {
            // An `extern "C"` kernel in a namespace: name lookup does not see it, and its name needs none.
            outcome = Ok(Compiled { lowered_name: kernel_name.to_string(), ..compiled });
        }
        outcome.map_err(|failure| GpuError::KernelCompilationFailed {
            kernel_name: kernel_name.to_string(),
            r#source: source.to_string(),
            reason: self.explain(failure, kernel_name),
        })
    }

    /// The compiler's whole log, and a sentence before it where the log alone would puzzle.
    fn explain(&self, failure: Failure, kernel_name: &str) -> String {
        let Failure { code, call, log } = failure;
        let mut text = String::new();
        if code == BUILTINS_MISSING {
            text = format!(
                "{} at {} cannot find its builtins library libnvrtc-builtins.so.{}.{}, which belongs beside it\n",
                self.name(),
                self.path.display(),
                self.version.0,
                self.version.1
            );
        } else if log.contains(NAME_LOOKUP) {
            // NVRTC looks names up in a file of its own, after the program: say what that means for the user's text.
            text = if log.contains("is undefined") {
                format!("the source does not define a kernel `{kernel_name}`\n")
            } else if log.contains("non-__global__") {
                format!("`{kernel_name}` is not a kernel: it is not declared __global__\n")
            } else {
                format!("the kernel name `{kernel_name}` does not name exactly one kernel of the source\n")
            };
        }
        if log.contains("open source file") && self.include_folder().is_none() {
            text.push_str(
                "CUDA's own headers were not found on this machine: install the CUDA toolkit or the Python package \
                 nvidia-cuda-runtime, name their folder with -I, or give headers in memory\n",
            );
        }
        if log.is_empty() {
            // SAFETY: NVRTC answers every code with a static text.
            let meaning = unsafe { CStr::from_ptr((self.api.get_error_string)(code)) };
            text.push_str(&format!("{call} failed: {} ({code})", meaning.to_string_lossy()));
        } else {
            text.push_str(&log);
        }
        text
    }
}

/// A failed NVRTC call and the program's log.
struct Failure {
    code: NvrtcCode,
    call: &'static str,
    log: String,
}

/// An NVRTC program; destroyed with the value.
struct Program<'a> {
    api: &'a NvrtcApi,
    handle: nvrtcProgram,
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        // SAFETY: a program that was created and not yet destroyed.
        unsafe { (self.api.destroy_program)(&mut self.handle) };
    }
}

impl<'a> Program<'a> {
    fn create(
        api: &'a NvrtcApi,
        source: &CStr,
        file: &CStr,
        headers: &[(&CStr, &CStr)],
    ) -> Result<Program<'a>, Failure> {
        let names: Vec<*const c_char> = headers.iter().map(|(name, _)| name.as_ptr()).collect();
        let texts: Vec<*const c_char> = headers.iter().map(|(_, text)| text.as_ptr()).collect();
        let mut handle: nvrtcProgram = std::ptr::null_mut();
        // SAFETY: NUL-terminated texts that outlive the call, and arrays of the length given.
        let code = unsafe {
            (api.create_program)(
                &mut handle,
                source.as_ptr(),
                file.as_ptr(),
                names.len() as c_int,
                texts.as_ptr(),
                names.as_ptr(),
            )
        };
        if code != SUCCESS {
            return Err(Failure { code, call: "nvrtcCreateProgram", log: String::new() });
        }
        Ok(Program { api, handle })
    }

    /// Without an expression the name of the result stays empty, and only kernels that need no instance are in it.
    fn compile(&self, expression: Option<&CStr>, arguments: &[CString]) -> Result<Compiled, Failure> {
        if let Some(expression) = expression {
            // SAFETY: a live program and a NUL-terminated text.
            self.check("nvrtcAddNameExpression", unsafe {
                (self.api.add_name_expression)(self.handle, expression.as_ptr())
            })?;
        }
        let pointers: Vec<*const c_char> = arguments.iter().map(|argument| argument.as_ptr()).collect();
        // SAFETY: a live program and an array of NUL-terminated texts of the length given.
        self.check("nvrtcCompileProgram", unsafe {
            (self.api.compile_program)(self.handle, pointers.len() as c_int, pointers.as_ptr())
        })?;
        let mut lowered_name = String::new();
        if let Some(expression) = expression {
            let mut lowered = std::ptr::null();
            // SAFETY: a compiled program; the expression is the one added above.
            self.check("nvrtcGetLoweredName", unsafe {
                (self.api.get_lowered_name)(self.handle, expression.as_ptr(), &mut lowered)
            })?;
            // SAFETY: NVRTC gave a NUL-terminated text that lives as long as the program.
            lowered_name = unsafe { CStr::from_ptr(lowered) }.to_string_lossy().into_owned();
        }
        let cubin = self.output("nvrtcGetCUBIN", self.api.get_cubin_size, self.api.get_cubin)?;
        let mut ptx = self.output("nvrtcGetPTX", self.api.get_ptx_size, self.api.get_ptx)?;
        while ptx.last() == Some(&0) {
            ptx.pop();
        }
        let (kind, binary) =
            if cubin.is_empty() { (BinaryKind::Ptx, ptx.clone()) } else { (BinaryKind::Cubin, cubin) };
        Ok(Compiled {
            kind,
            binary,
            ptx: String::from_utf8_lossy(&ptx).into_owned(),
            lowered_name,
            log: self.log(),
        })
    }

    fn output(
        &self,
        call: &'static str,
        size_of: unsafe extern "C" fn(nvrtcProgram, *mut usize) -> NvrtcCode,
        get: unsafe extern "C" fn(nvrtcProgram, *mut c_char) -> NvrtcCode,
    ) -> Result<Vec<u8>, Failure> {
        let mut size = 0;
        // SAFETY: a compiled program and a valid out pointer.
        self.check(call, unsafe { size_of(self.handle, &mut size) })?;
        let mut bytes = vec![0u8; size];
        if size > 0 {
            // SAFETY: room for the size that NVRTC has just announced.
            self.check(call, unsafe { get(self.handle, bytes.as_mut_ptr().cast()) })?;
        }
        Ok(bytes)
    }

    fn log(&self) -> String {
        let mut size = 0;
        // SAFETY: a live program and a valid out pointer.
        if unsafe { (self.api.get_program_log_size)(self.handle, &mut size) } != SUCCESS || size <= 1 {
            return String::new();
        }
        let mut bytes = vec![0u8; size];
        // SAFETY: room for the size that NVRTC has just announced.
        if unsafe { (self.api.get_program_log)(self.handle, bytes.as_mut_ptr().cast()) } != SUCCESS {
            return String::new();
        }
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(size);
        String::from_utf8_lossy(&bytes[..end]).trim_end().to_string()
    }

    fn check(&self, call: &'static str, code: NvrtcCode) -> Result<(), Failure> {
        if code == SUCCESS { Ok(()) } else { Err(Failure { code, call, log: self.log() }) }
    }
}

fn c_text(argument: &str, text: &str) -> GpuResult<CString> {
    CString::new(text).map_err(|_| GpuError::invalid(argument, "contains a NUL character"))
}

/// Whether a kernel's name is just that, and no expression.
fn is_plain(kernel_name: &str) -> bool {
    kernel_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$')
}

/// Whether the user chose the architecture; then his choice stands.
fn names_architecture(option: &str) -> bool {
    let option = option.trim_start();
    ["-arch", "--gpu-architecture", "--gpu-code", "-code"].iter().any(|name| {
        option.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ' ']))
    })
}

fn architecture_option(target: Target) -> String {
    match target {
        Target::Machine(arch) => format!("--gpu-architecture=sm_{arch}"),
        Target::Ptx(arch) => format!("--gpu-architecture=compute_{arch}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_architecture_is_recognised() {
        for option in ["-arch=sm_90a", "--gpu-architecture=compute_80", "-arch", "--gpu-architecture sm_75"] {
            assert!(names_architecture(option), "{option}");
        }
        for option in ["-archive", "-DN=4", "--use_fast_math", "-I/arch"] {
            assert!(!names_architecture(option), "{option}");
        }
    }
}
