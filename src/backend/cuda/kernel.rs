//! Modules and kernels: loading a binary, finding the kernel in it, its facts, its constants, its release.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cudarc::driver::sys::{
    CUdeviceptr, CUfunction, CUfunction_attribute as FunctionAttribute, CUjit_option, CUmodule,
};
use parking_lot::Mutex;

use super::binary::{self, Form};
use super::compile::{BinaryKind, Compiled, NvrtcCompiler};
use super::context::{DeviceCore, Retired, Up};
use super::cubin;
use super::driver::version_text;
use super::error::{self, Doing, SUCCESS};
use super::fatbin;
use crate::backend::{GpuBuffer, GpuKernel};
use crate::error::{GpuError, GpuResult};
use crate::types::{KernelMetadata, ParamInfo};

/// Dynamic shared memory that every kernel may use without asking for more (CUDA programming guide).
pub const DEFAULT_DYNAMIC_SHARED: u32 = 48 << 10;
/// Room for what the driver's own compiler says about PTX.
const JIT_LOG_SIZE: usize = 16 << 10;
/// More parameters than any kernel can have (4 KiB of them until CUDA 12.0, 32,764 bytes since).
const MAX_PARAMS: usize = 32 << 10;

/// A loaded module of the driver.
#[derive(Clone, Copy)]
pub struct Module(pub CUmodule);

// SAFETY: a driver handle, usable from any thread.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

/// What a [`GpuKernel`] of this backend carries.
pub struct KernelHandle {
    pub core: Arc<DeviceCore>,
    module: Module,
    pub function: CUfunction,
    pub name: Arc<str>,
    binary: Arc<[u8]>,
    /// Dynamic shared memory that the function has been allowed so far.
    pub dynamic_shared: AtomicU32,
    /// Taken while `dynamic_shared` is raised.
    pub raising: Mutex<()>,
    /// Variables of the module that somebody has asked for, by the names they were asked by.
    symbols: Mutex<HashMap<String, GpuBuffer>>,
}

// SAFETY: driver handles, usable from any thread; the rest is atomic or behind a lock.
unsafe impl Send for KernelHandle {}
// SAFETY: as above.
unsafe impl Sync for KernelHandle {}

impl Drop for KernelHandle {
    fn drop(&mut self) {
        // Launches may still be queued, and unloading may block: put off until the queue is empty.
        self.core.retire(Retired::Module(self.module));
    }
}

impl KernelHandle {
    /// A variable that was found before: it lies there for as long as the module is loaded.
    pub fn known_symbol(&self, symbol_name: &str) -> Option<GpuBuffer> {
        self.symbols.lock().get(symbol_name).cloned()
    }

    /// The handle inside a kernel of this backend.
    #[inline]
    pub fn of(kernel: &GpuKernel) -> GpuResult<&KernelHandle> {
        let handle: &(dyn Any + Send + Sync) = &*kernel.handle;
        handle.downcast_ref().ok_or_else(|| {
            GpuError::internal(format!("kernel `{}` was not made by the CUDA backend", kernel.name))
        })
    }
}

impl DeviceCore {
    /// Loads what NVRTC made.
    pub fn load_compiled(
        self: &Arc<Self>,
        compiled: Compiled,
        compiler: &NvrtcCompiler,
        source: &str,
        name: &str,
    ) -> GpuResult<GpuKernel> {
        let is_ptx = compiled.kind == BinaryKind::Ptx;
        let (up, module, jit_log) = self
            .load_module(&compiled.binary, is_ptx, name)
            .map_err(|error| if is_ptx { self.explain_ptx(error, compiler, name) } else { error })?;
        let told_by_binary = binary::ptx_params(&compiled.ptx, &compiled.lowered_name)
            .or_else(|| cubin::params(&compiled.binary, &compiled.lowered_name));
        let count = told_by_binary.as_ref().map(Vec::len);
        let loaded = self.finish(up, module, &compiled.lowered_name, name, count);
        let (function, facts) = match loaded {
            Ok(loaded) => loaded,
            Err(_) if !binary::kernel_names(compiled.binary.as_slice()).contains(&compiled.lowered_name) => {
                self.retire(Retired::Module(module));
                return Err(GpuError::KernelLoadingFailed {
                    kernel_name: name.to_string(),
                    reason: format!("`{name}` is not a __global__ function of the source"),
                });
            }
            Err(error) => {
                self.retire(Retired::Module(module));
                return Err(error);
            }
        };
        let mut log = compiled.log;
        for line in jit_log.lines().filter(|line| !line.trim().is_empty()) {
            if !log.is_empty() {
                log.push('\n');
            }
            log.push_str(line);
        }
        let binary: Arc<[u8]> = compiled.binary.into();
        let metadata = facts.metadata(name, source, told_by_binary, log, compiler.name());
        Ok(self.kernel(module, function, name, binary, metadata))
    }

    /// Loads a ready binary.
    pub fn load_binary(self: &Arc<Self>, bytes: &[u8], name: &str) -> GpuResult<GpuKernel> {
        let failed = |reason: String| GpuError::KernelLoadingFailed { kernel_name: name.to_string(), reason };
        let form = binary::recognise(bytes)
            .map_err(|sentence| failed(format!("the binary cannot be used: {sentence}")))?;
        let (up, module, log) = self.load_module(bytes, form == Form::Ptx, name)?;
        let (major, minor) = self.capability();
        // The part whose names and parameters can be read; of some fat binaries there is none.
        let (form, readable) = match form {
            Form::FatBinary => fatbin::part_for(bytes, major * 10 + minor).unwrap_or((form, Cow::default())),
            _ => (form, Cow::Borrowed(bytes)),
        };
        let readable = &readable[..];
        let known = binary::kernel_names(readable);
        let matching = binary::kernels_called(&known, name);
        let entry = match matching.as_slice() {
            [] => name.to_string(),
            [one] => one.clone(),
            several => {
                self.retire(Retired::Module(module));
                return Err(failed(format!("the name fits several kernels: {}", several.join(", "))));
            }
        };
        let told_by_binary = match form {
            Form::Ptx => binary::ptx_params(&String::from_utf8_lossy(readable), &entry),
            Form::Cubin => cubin::params(readable, &entry),
            Form::FatBinary => None,
        };
        let count = told_by_binary.as_ref().map(Vec::len);
        let (function, facts) = match self.finish(up, module, &entry, name, count) {
            Ok(loaded) => loaded,
            Err(error) => {
                self.retire(Retired::Module(module));
                return Err(match error {
                    GpuError::KernelLoadingFailed { reason, .. }
                        if !known.is_empty() && matching.is_empty() =>
                    {
                        failed(format!("{reason}; the binary has {}", known.join(", ")))
                    }
                    other => other,
                });
            }
        };
        let metadata = facts.metadata(name, "", told_by_binary, log, "binary".to_string());
        Ok(self.kernel(module, function, name, bytes.into(), metadata))
    }

    fn kernel(
        self: &Arc<Self>,
        module: Module,
        function: CUfunction,
        name: &str,
        binary: Arc<[u8]>,
        metadata: KernelMetadata,
    ) -> GpuKernel {
        let handle = KernelHandle {
            core: self.clone(),
            module,
            function,
            name: name.into(),
            binary: binary.clone(),
            dynamic_shared: AtomicU32::new(
                DEFAULT_DYNAMIC_SHARED.saturating_sub(metadata.shared_memory_size),
            ),
            raising: Mutex::new(()),
            symbols: Mutex::default(),
        };
        GpuKernel { name: name.to_string(), binary, metadata: Arc::new(metadata), handle: Arc::new(handle) }
    }

    /// Gives a binary to the driver. Returns what its own compiler said, if it had to compile.
    fn load_module(&self, bytes: &[u8], is_ptx: bool, name: &str) -> GpuResult<(&Up, Module, String)> {
        let up = self.up()?;
        up.queue.check_not_busy()?;
        let _entered = up.queue.enter()?;
        self.sweep(up, None);
        // A copy of our own is aligned as the driver's headers want it, and PTX ends with a NUL.
        let mut image: Vec<u64> = vec![0; bytes.len() / 8 + 1];
        // SAFETY: the vector has more than `bytes.len()` bytes, and at least one zero after them.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), image.as_mut_ptr().cast::<u8>(), bytes.len())
        };
        let mut info = vec![0u8; if is_ptx { JIT_LOG_SIZE } else { 0 }];
        let mut errors = info.clone();
        let mut options = [
            CUjit_option::CU_JIT_INFO_LOG_BUFFER as c_uint,
            CUjit_option::CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES as c_uint,
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER as c_uint,
            CUjit_option::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES as c_uint,
        ];
        let mut values: [*mut c_void; 4] = [
            info.as_mut_ptr().cast(),
            JIT_LOG_SIZE as *mut c_void,
            errors.as_mut_ptr().cast(),
            JIT_LOG_SIZE as *mut c_void,
        ];
        let count = if is_ptx { options.len() as c_uint } else { 0 };
        let mut module: CUmodule = std::ptr::null_mut();
        // SAFETY: a whole binary (checked or made by NVRTC), option arrays of the length given, sizes passed by value in
        // pointer form as documented; the context is current.
        let code = unsafe {
            (self.driver.api.module_load_data_ex)(
                &mut module,
                image.as_ptr().cast(),
                count,
                options.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        if code != SUCCESS {
            let log = log_text(&errors);
            let error = match up.queue.check(code, "cuModuleLoadDataEx", Doing::Load(name)) {
                Err(error) => error,
                Ok(()) => GpuError::Internal("a failed load succeeded".to_string()),
            };
            return Err(match error {
                GpuError::KernelLoadingFailed { kernel_name, mut reason } => {
                    if code == error::NO_BINARY {
                        let (major, minor) = self.capability();
                        reason.push_str(&format!(
                            "; the binary is for another architecture than this device's sm_{major}{minor}"
                        ));
                    }
                    if !log.is_empty() {
                        reason.push('\n');
                        reason.push_str(&log);
                    }
                    GpuError::KernelLoadingFailed { kernel_name, reason }
                }
                other => other,
            });
        }
        Ok((up, Module(module), log_text(&info)))
    }

    /// Adds what to do when the driver does not take the PTX of a newer NVRTC.
    fn explain_ptx(&self, error: GpuError, compiler: &NvrtcCompiler, name: &str) -> GpuError {
        match error {
            GpuError::KernelLoadingFailed { reason, .. }
                if reason.contains(&format!("({})", error::UNSUPPORTED_PTX)) =>
            {
                GpuError::KernelLoadingFailed {
                    kernel_name: name.to_string(),
                    reason: format!(
                        "{reason}\n{} writes newer PTX than this driver (CUDA {}) can read: update the driver or use an \
                         older NVRTC (VMGPU_NVRTC_PATH)",
                        compiler.name(),
                        version_text(self.driver.version)
                    ),
                }
            }
            other => other,
        }
    }

    /// Finds the function and asks its facts.
    fn finish(
        &self,
        up: &Up,
        module: Module,
        entry: &str,
        name: &str,
        param_count: Option<usize>,
    ) -> GpuResult<(CUfunction, FunctionFacts)> {
        let _entered = up.queue.enter()?;
        let entry =
            CString::new(entry).map_err(|_| GpuError::invalid("kernel_name", "contains a NUL character"))?;
        let mut function: CUfunction = std::ptr::null_mut();
        // SAFETY: valid out pointer, live module, NUL-terminated name; the context is current.
        let code = unsafe { (self.driver.api.module_get_function)(&mut function, module.0, entry.as_ptr()) };
        up.queue.check(code, "cuModuleGetFunction", Doing::Load(name))?;
        let ask = |attribute: FunctionAttribute| -> u32 {
            let mut value: c_int = 0;
            // SAFETY: valid out pointer, live function.
            let code =
                unsafe { (self.driver.api.func_get_attribute)(&mut value, attribute as c_uint, function) };
            if code == SUCCESS { value.max(0) as u32 } else { 0 }
        };
        use FunctionAttribute::*;
        let facts = FunctionFacts {
            shared: ask(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES),
            registers: ask(CU_FUNC_ATTRIBUTE_NUM_REGS),
            local: ask(CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES),
            constant: ask(CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES),
            max_threads: ask(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK),
            params: self.driver_params(function, param_count),
        };
        Ok((function, facts))
    }

    /// (offset, size) of every parameter, from drivers that tell (CUDA 12.4 and later). Where the binary tells their number,
    /// the driver is not asked past the last one, which tools like compute-sanitizer would report.
    fn driver_params(&self, function: CUfunction, count: Option<usize>) -> Option<Vec<(usize, usize)>> {
        let ask = self.driver.api.func_get_param_info?;
        let mut params = Vec::new();
        while params.len() < MAX_PARAMS {
            if count == Some(params.len()) {
                return Some(params);
            }
            let (mut offset, mut size) = (0usize, 0usize);
            // SAFETY: valid out pointers, live function. An index behind the last parameter is an ordinary error.
            if unsafe { ask(function, params.len(), &mut offset, &mut size) } != SUCCESS {
                return Some(params);
            }
            params.push((offset, size));
        }
        None
    }

    /// A `__device__` or `__constant__` variable of the kernel's module. The driver may block meanwhile.
    pub fn symbol(&self, kernel: &KernelHandle, symbol_name: &str) -> GpuResult<GpuBuffer> {
        let up = self.up()?;
        let _entered = up.queue.enter()?;
        let mut first_error = None;
        for candidate in binary::symbol_candidates(&kernel.binary, symbol_name) {
            let candidate = CString::new(candidate)
                .map_err(|_| GpuError::invalid("symbol_name", "contains a NUL character"))?;
            let (mut pointer, mut size): (CUdeviceptr, usize) = (0, 0);
            // SAFETY: valid out pointers, live module, NUL-terminated name; the context is current.
            let code = unsafe {
                (self.driver.api.module_get_global)(
                    &mut pointer,
                    &mut size,
                    kernel.module.0,
                    candidate.as_ptr(),
                )
            };
            match up.queue.check(code, "cuModuleGetGlobal", Doing::Load(&kernel.name)) {
                Ok(()) => {
                    let found = GpuBuffer { device_pointer: pointer, size, device_id: self.ordinal };
                    kernel.symbols.lock().insert(symbol_name.to_string(), found.clone());
                    return Ok(found);
                }
                Err(error @ GpuError::DeviceLost { .. }) => return Err(error),
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(GpuError::invalid(
            "symbol_name",
            format!(
                "kernel `{}` has no variable `{symbol_name}` in its module; one that the code does not use is removed \
                 by the compiler ({})",
                kernel.name,
                first_error.map_or_else(String::new, |error| error.to_string())
            ),
        ))
    }
}

/// Raises the limit of dynamic shared memory to `size` once; the context is current.
#[cold]
pub fn allow_dynamic_shared(core: &DeviceCore, up: &Up, kernel: &KernelHandle, size: u32) -> GpuResult<()> {
    let _raising = kernel.raising.lock();
    if size <= kernel.dynamic_shared.load(Ordering::Acquire) {
        return Ok(());
    }
    let attribute = FunctionAttribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES as c_uint;
    // SAFETY: live function; the context is current.
    let code = unsafe { (core.driver.api.func_set_attribute)(kernel.function, attribute, size as c_int) };
    up.queue.check(code, "cuFuncSetAttribute", Doing::Launch(&kernel.name))?;
    kernel.dynamic_shared.store(size, Ordering::Release);
    Ok(())
}

struct FunctionFacts {
    shared: u32,
    registers: u32,
    local: u32,
    constant: u32,
    max_threads: u32,
    params: Option<Vec<(usize, usize)>>,
}

impl FunctionFacts {
    fn metadata(
        &self,
        name: &str,
        source: &str,
        told_by_binary: Option<Vec<ParamInfo>>,
        compile_log: String,
        compiler: String,
    ) -> KernelMetadata {
        KernelMetadata {
            name: name.to_string(),
            source: source.to_string(),
            compiled_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            params: self.merge(told_by_binary),
            shared_memory_size: self.shared,
            registers: self.registers,
            local_memory_size: self.local,
            constant_memory_size: self.constant,
            max_threads_per_block: self.max_threads,
            compile_log,
            compiler,
        }
    }

    /// Sizes as the driver tells them; which ones are pointers only the binary may tell.
    fn merge(&self, told_by_binary: Option<Vec<ParamInfo>>) -> Option<Vec<ParamInfo>> {
        let Some(told) = &self.params else { return told_by_binary };
        let ptx = told_by_binary.filter(|params| {
            params.len() == told.len()
                && params.iter().zip(told).all(|(param, (_, size))| param.size as usize == *size)
        });
        Some(
            told.iter()
                .enumerate()
                .map(|(index, (offset, size))| ParamInfo {
                    size: *size as u32,
                    offset: *offset as u32,
                    is_pointer: match &ptx {
                        Some(params) => params[index].is_pointer,
                        // Pointers are 8 bytes; anything else is none.
                        None => (*size != 8).then_some(false),
                    },
                    read_only: false,
                })
                .collect(),
        )
    }
}

fn log_text(buffer: &[u8]) -> String {
    let end = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    if end == 0 {
        return String::new();
    }
    CStr::from_bytes_until_nul(buffer)
        .map_or_else(|_| String::from_utf8_lossy(&buffer[..end]), |text| text.to_string_lossy())
        .trim_end()
        .to_string()
}

const _: () = assert!(std::mem::size_of::<c_char>() == 1);
