//! The symbol tables of libcuda, libnvrtc and NVML: name, signature, required or optional, in one place each.
//!
//! Types come from cudarc's `sys` layer. Status codes and enumerations cross as plain integers: a driver newer than
//! the bindings may return a number that no Rust enum has, which would be undefined behaviour.

use std::ffi::{c_char, c_int, c_uint, c_void};

use cudarc::driver::sys::{
    CUcontext, CUdeviceptr, CUevent, CUfunction, CUlaunchConfig, CUmemoryPool, CUmodule, CUstream,
};
use cudarc::nvrtc::sys::nvrtcProgram;

use crate::backend::library::VendorLibrary;
use crate::error::{GpuError, GpuResult};

/// Result of a driver call; 0 is success.
pub type CuCode = c_uint;
/// Result of an NVRTC call; 0 is success.
pub type NvrtcCode = c_uint;
/// Ordinal-like handle of a device.
pub type CuDeviceHandle = c_int;

/// Makes the struct of function pointers and its loader from one list. A `required` symbol that is missing makes
/// the library unusable and is named; an `optional` one becomes `None`.
macro_rules! symbol_table {
    (
        $(#[$meta:meta])*
        $table:ident {
            required { $( $rname:ident = $rbase:literal / $rsymbol:literal @ $rversion:literal :
                fn($($rarg:ty),* $(,)?) -> $rret:ty; )* }
            optional { $( $oname:ident = $obase:literal / $osymbol:literal @ $oversion:literal :
                fn($($oarg:ty),* $(,)?) -> $oret:ty; )* }
        }
    ) => {
        $(#[$meta])*
        pub struct $table {
            $( pub $rname: unsafe extern "C" fn($($rarg),*) -> $rret, )*
            $( pub $oname: Option<unsafe extern "C" fn($($oarg),*) -> $oret>, )*
        }

        impl $table {
            /// Fills the table; `find(base name, exported name, version)` looks one symbol up.
            fn fill(find: &dyn Fn(&str, &str, c_int) -> Option<*const ()>) -> Result<Self, Vec<&'static str>> {
                let mut missing = Vec::new();
                $( let $rname = find($rbase, $rsymbol, $rversion);
                   if $rname.is_none() { missing.push($rsymbol); } )*
                if !missing.is_empty() {
                    return Err(missing);
                }
                Ok($table {
                    $( $rname: match $rname {
                        // SAFETY: the address is the named function of the vendor's library, and the signature is
                        // the one that the vendor documents for it.
                        Some(address) => unsafe {
                            std::mem::transmute::<*const (), unsafe extern "C" fn($($rarg),*) -> $rret>(address)
                        },
                        None => return Err(vec![$rsymbol]),
                    }, )*
                    $( $oname: find($obase, $osymbol, $oversion).map(|address| {
                        // SAFETY: as for the required symbols.
                        unsafe {
                            std::mem::transmute::<*const (), unsafe extern "C" fn($($oarg),*) -> $oret>(address)
                        }
                    }), )*
                })
            }
        }
    };
}

// Each line: field = "name for cuGetProcAddress" / "exported name" @ first CUDA version that has it.
symbol_table! {
    /// Functions of the CUDA driver. Everything newer than 12.0 is optional.
    CudaApi {
        required {
            init = "cuInit" / "cuInit" @ 12000: fn(c_uint) -> CuCode;
            driver_get_version = "cuDriverGetVersion" / "cuDriverGetVersion" @ 12000: fn(*mut c_int) -> CuCode;
            get_error_name = "cuGetErrorName" / "cuGetErrorName" @ 12000: fn(CuCode, *mut *const c_char) -> CuCode;
            get_error_string = "cuGetErrorString" / "cuGetErrorString" @ 12000:
                fn(CuCode, *mut *const c_char) -> CuCode;
            device_get_count = "cuDeviceGetCount" / "cuDeviceGetCount" @ 12000: fn(*mut c_int) -> CuCode;
            device_get = "cuDeviceGet" / "cuDeviceGet" @ 12000: fn(*mut CuDeviceHandle, c_int) -> CuCode;
            device_get_name = "cuDeviceGetName" / "cuDeviceGetName" @ 12000:
                fn(*mut c_char, c_int, CuDeviceHandle) -> CuCode;
            device_get_attribute = "cuDeviceGetAttribute" / "cuDeviceGetAttribute" @ 12000:
                fn(*mut c_int, c_uint, CuDeviceHandle) -> CuCode;
            device_total_mem = "cuDeviceTotalMem" / "cuDeviceTotalMem_v2" @ 12000:
                fn(*mut usize, CuDeviceHandle) -> CuCode;
            primary_ctx_retain = "cuDevicePrimaryCtxRetain" / "cuDevicePrimaryCtxRetain" @ 12000:
                fn(*mut CUcontext, CuDeviceHandle) -> CuCode;
            ctx_get_current = "cuCtxGetCurrent" / "cuCtxGetCurrent" @ 12000: fn(*mut CUcontext) -> CuCode;
            ctx_set_current = "cuCtxSetCurrent" / "cuCtxSetCurrent" @ 12000: fn(CUcontext) -> CuCode;
            mem_get_info = "cuMemGetInfo" / "cuMemGetInfo_v2" @ 12000: fn(*mut usize, *mut usize) -> CuCode;
            mem_alloc = "cuMemAlloc" / "cuMemAlloc_v2" @ 12000: fn(*mut CUdeviceptr, usize) -> CuCode;
            mem_free = "cuMemFree" / "cuMemFree_v2" @ 12000: fn(CUdeviceptr) -> CuCode;
            mem_host_alloc = "cuMemHostAlloc" / "cuMemHostAlloc" @ 12000:
                fn(*mut *mut c_void, usize, c_uint) -> CuCode;
            mem_host_get_device_pointer = "cuMemHostGetDevicePointer" / "cuMemHostGetDevicePointer_v2" @ 12000:
                fn(*mut CUdeviceptr, *mut c_void, c_uint) -> CuCode;
            memcpy_h2d_async = "cuMemcpyHtoDAsync" / "cuMemcpyHtoDAsync_v2" @ 12000:
                fn(CUdeviceptr, *const c_void, usize, CUstream) -> CuCode;
            memcpy_d2h_async = "cuMemcpyDtoHAsync" / "cuMemcpyDtoHAsync_v2" @ 12000:
                fn(*mut c_void, CUdeviceptr, usize, CUstream) -> CuCode;
            memcpy_d2d_async = "cuMemcpyDtoDAsync" / "cuMemcpyDtoDAsync_v2" @ 12000:
                fn(CUdeviceptr, CUdeviceptr, usize, CUstream) -> CuCode;
            memset_d8_async = "cuMemsetD8Async" / "cuMemsetD8Async" @ 12000:
                fn(CUdeviceptr, u8, usize, CUstream) -> CuCode;
            stream_create = "cuStreamCreate" / "cuStreamCreate" @ 12000: fn(*mut CUstream, c_uint) -> CuCode;
            stream_query = "cuStreamQuery" / "cuStreamQuery" @ 12000: fn(CUstream) -> CuCode;
            stream_wait_event = "cuStreamWaitEvent" / "cuStreamWaitEvent" @ 12000:
                fn(CUstream, CUevent, c_uint) -> CuCode;
            event_create = "cuEventCreate" / "cuEventCreate" @ 12000: fn(*mut CUevent, c_uint) -> CuCode;
            event_record = "cuEventRecord" / "cuEventRecord" @ 12000: fn(CUevent, CUstream) -> CuCode;
            event_query = "cuEventQuery" / "cuEventQuery" @ 12000: fn(CUevent) -> CuCode;
            module_load_data_ex = "cuModuleLoadDataEx" / "cuModuleLoadDataEx" @ 12000:
                fn(*mut CUmodule, *const c_void, c_uint, *mut c_uint, *mut *mut c_void) -> CuCode;
            module_unload = "cuModuleUnload" / "cuModuleUnload" @ 12000: fn(CUmodule) -> CuCode;
            module_get_function = "cuModuleGetFunction" / "cuModuleGetFunction" @ 12000:
                fn(*mut CUfunction, CUmodule, *const c_char) -> CuCode;
            module_get_global = "cuModuleGetGlobal" / "cuModuleGetGlobal_v2" @ 12000:
                fn(*mut CUdeviceptr, *mut usize, CUmodule, *const c_char) -> CuCode;
            func_get_attribute = "cuFuncGetAttribute" / "cuFuncGetAttribute" @ 12000:
                fn(*mut c_int, c_uint, CUfunction) -> CuCode;
            func_set_attribute = "cuFuncSetAttribute" / "cuFuncSetAttribute" @ 12000:
                fn(CUfunction, c_uint, c_int) -> CuCode;
            launch_kernel = "cuLaunchKernelEx" / "cuLaunchKernelEx" @ 12000:
                fn(*const CUlaunchConfig, CUfunction, *mut *mut c_void, *mut *mut c_void) -> CuCode;
        }
        optional {
            mem_host_register = "cuMemHostRegister" / "cuMemHostRegister_v2" @ 12000:
                fn(*mut c_void, usize, c_uint) -> CuCode;
            device_get_pci_bus_id = "cuDeviceGetPCIBusId" / "cuDeviceGetPCIBusId" @ 12000:
                fn(*mut c_char, c_int, CuDeviceHandle) -> CuCode;
            device_can_access_peer = "cuDeviceCanAccessPeer" / "cuDeviceCanAccessPeer" @ 12000:
                fn(*mut c_int, CuDeviceHandle, CuDeviceHandle) -> CuCode;
            memcpy_peer_async = "cuMemcpyPeerAsync" / "cuMemcpyPeerAsync" @ 12000:
                fn(CUdeviceptr, CUcontext, CUdeviceptr, CUcontext, usize, CUstream) -> CuCode;
            device_get_default_mem_pool = "cuDeviceGetDefaultMemPool" / "cuDeviceGetDefaultMemPool" @ 12000:
                fn(*mut CUmemoryPool, CuDeviceHandle) -> CuCode;
            mem_pool_set_attribute = "cuMemPoolSetAttribute" / "cuMemPoolSetAttribute" @ 12000:
                fn(CUmemoryPool, c_uint, *mut c_void) -> CuCode;
            mem_pool_get_attribute = "cuMemPoolGetAttribute" / "cuMemPoolGetAttribute" @ 12000:
                fn(CUmemoryPool, c_uint, *mut c_void) -> CuCode;
            mem_pool_set_access = "cuMemPoolSetAccess" / "cuMemPoolSetAccess" @ 12000:
                fn(CUmemoryPool, *const MemAccessDesc, usize) -> CuCode;
            mem_pool_trim_to = "cuMemPoolTrimTo" / "cuMemPoolTrimTo" @ 12000: fn(CUmemoryPool, usize) -> CuCode;
            mem_alloc_async = "cuMemAllocAsync" / "cuMemAllocAsync" @ 12000:
                fn(*mut CUdeviceptr, usize, CUstream) -> CuCode;
            mem_free_async = "cuMemFreeAsync" / "cuMemFreeAsync" @ 12000: fn(CUdeviceptr, CUstream) -> CuCode;
            stream_write_value64 = "cuStreamWriteValue64" / "cuStreamWriteValue64_v2" @ 12000:
                fn(CUstream, CUdeviceptr, u64, c_uint) -> CuCode;
            func_get_param_info = "cuFuncGetParamInfo" / "cuFuncGetParamInfo" @ 12040:
                fn(CUfunction, usize, *mut usize, *mut usize) -> CuCode;
        }
    }
}

// NVRTC has no cuGetProcAddress: base name and version are not used.
symbol_table! {
    /// Functions of NVRTC 12 and 13.
    NvrtcApi {
        required {
            version = "" / "nvrtcVersion" @ 0: fn(*mut c_int, *mut c_int) -> NvrtcCode;
            get_error_string = "" / "nvrtcGetErrorString" @ 0: fn(NvrtcCode) -> *const c_char;
            get_num_supported_archs = "" / "nvrtcGetNumSupportedArchs" @ 0: fn(*mut c_int) -> NvrtcCode;
            get_supported_archs = "" / "nvrtcGetSupportedArchs" @ 0: fn(*mut c_int) -> NvrtcCode;
            create_program = "" / "nvrtcCreateProgram" @ 0:
                fn(*mut nvrtcProgram, *const c_char, *const c_char, c_int, *const *const c_char,
                   *const *const c_char) -> NvrtcCode;
            destroy_program = "" / "nvrtcDestroyProgram" @ 0: fn(*mut nvrtcProgram) -> NvrtcCode;
            compile_program = "" / "nvrtcCompileProgram" @ 0:
                fn(nvrtcProgram, c_int, *const *const c_char) -> NvrtcCode;
            get_ptx_size = "" / "nvrtcGetPTXSize" @ 0: fn(nvrtcProgram, *mut usize) -> NvrtcCode;
            get_ptx = "" / "nvrtcGetPTX" @ 0: fn(nvrtcProgram, *mut c_char) -> NvrtcCode;
            get_cubin_size = "" / "nvrtcGetCUBINSize" @ 0: fn(nvrtcProgram, *mut usize) -> NvrtcCode;
            get_cubin = "" / "nvrtcGetCUBIN" @ 0: fn(nvrtcProgram, *mut c_char) -> NvrtcCode;
            get_program_log_size = "" / "nvrtcGetProgramLogSize" @ 0: fn(nvrtcProgram, *mut usize) -> NvrtcCode;
            get_program_log = "" / "nvrtcGetProgramLog" @ 0: fn(nvrtcProgram, *mut c_char) -> NvrtcCode;
            add_name_expression = "" / "nvrtcAddNameExpression" @ 0: fn(nvrtcProgram, *const c_char) -> NvrtcCode;
            get_lowered_name = "" / "nvrtcGetLoweredName" @ 0:
                fn(nvrtcProgram, *const c_char, *mut *const c_char) -> NvrtcCode;
        }
        optional {}
    }
}

symbol_table! {
    /// The few functions of NVML that tell free memory without a context.
    NvmlApi {
        required {
            init = "" / "nvmlInit_v2" @ 0: fn() -> c_uint;
            device_get_handle_by_pci_bus_id = "" / "nvmlDeviceGetHandleByPciBusId_v2" @ 0:
                fn(*const c_char, *mut *mut c_void) -> c_uint;
            device_get_memory_info = "" / "nvmlDeviceGetMemoryInfo" @ 0:
                fn(*mut c_void, *mut NvmlMemory) -> c_uint;
        }
        optional {}
    }
}

/// `nvmlMemory_t`: bytes.
#[repr(C)]
#[derive(Default)]
pub struct NvmlMemory {
    pub total: u64,
    pub free: u64,
    pub used: u64,
}

/// `CUmemAccessDesc` of CUDA 11 to 13: location type, location id, access flags. Spelt out because the binding's
/// enums change with its version; the layout is three 32-bit numbers in all of them.
#[repr(C)]
pub struct MemAccessDesc {
    pub location_type: c_uint,
    pub location_id: c_int,
    pub flags: c_uint,
}

const _: () = assert!(std::mem::size_of::<MemAccessDesc>() == 12);
const _: () = assert!(std::mem::size_of::<cudarc::driver::sys::CUmemAccessDesc>() == 12);

type GetProcAddressV2 =
    unsafe extern "C" fn(*const c_char, *mut *mut c_void, c_int, u64, *mut c_uint) -> CuCode;

impl CudaApi {
    /// Fills the table from an open libcuda. The error names every missing required symbol.
    pub fn load(library: &VendorLibrary) -> GpuResult<CudaApi> {
        let get_proc = library.symbol("cuGetProcAddress_v2").map(|address| {
            // SAFETY: documented signature of cuGetProcAddress_v2 (CUDA 12.0 and later).
            unsafe { std::mem::transmute::<*const (), GetProcAddressV2>(address) }
        });
        let find = |base: &str, exported: &str, version: c_int| {
            if let Some(get_proc) = get_proc {
                let mut name = base.as_bytes().to_vec();
                name.push(0);
                let mut address = std::ptr::null_mut();
                let mut status = 0;
                // SAFETY: a NUL-terminated name and two valid out pointers, as documented. May be called before cuInit.
                let code = unsafe { get_proc(name.as_ptr().cast(), &mut address, version, 0, &mut status) };
                if code == 0 && !address.is_null() {
                    return Some(address as *const ());
                }
            }
            library.symbol(exported)
        };
        CudaApi::fill(&find).map_err(|missing| missing_symbols("CUDA driver", library, &missing))
    }
}

impl NvrtcApi {
    /// Fills the table from an open libnvrtc.
    pub fn load(library: &VendorLibrary) -> GpuResult<NvrtcApi> {
        NvrtcApi::fill(&|_, exported, _| library.symbol(exported))
            .map_err(|missing| missing_symbols("NVRTC", library, &missing))
    }
}

impl NvmlApi {
    /// Fills the table from an open NVML.
    pub fn load(library: &VendorLibrary) -> GpuResult<NvmlApi> {
        NvmlApi::fill(&|_, exported, _| library.symbol(exported))
            .map_err(|missing| missing_symbols("NVML", library, &missing))
    }
}

fn missing_symbols(what: &str, library: &VendorLibrary, missing: &[&str]) -> GpuError {
    GpuError::DriverBindingFailed {
        driver_type: what.to_string(),
        reason: format!(
            "{} lacks the required {} {}",
            library.path.display(),
            if missing.len() == 1 { "symbol" } else { "symbols" },
            missing.join(", ")
        ),
        cause: None,
    }
}
