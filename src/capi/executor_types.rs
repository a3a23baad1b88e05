//! The executor's structs and their initialisers.

use std::ffi::{c_char, c_int, c_void};
use std::time::Duration;

use super::arg::vmgpu_arg;
use super::device::{VMGPU_NO_TIMEOUT, vmgpu_dim3};
use super::growing::{self, growing};
use super::guard::guard;
use super::kernel::vmgpu_compile_options;
use super::status::vmgpu_status;
use crate::executor::{ExecutionResult, GpuExecutorConfig, GpuExecutorStats, RequestTimeout};

/// How an executor behaves. VMGPU_EXECUTOR_CONFIG_INIT or vmgpu_executor_config_init() give the defaults; there are three
/// recommended sets beside them: production, development, benchmark.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_executor_config {
    /// sizeof(vmgpu_executor_config).
    pub struct_size: usize,
    /// Keep compiled kernels. Default 1. 0: every execution compiles.
    pub enable_kernel_cache: u32,
    /// Sum up execution times in the statistics. Default 1.
    pub enable_performance_monitoring: u32,
    /// Run elsewhere when the GPU cannot. Default 1. 0: the GPU's error is the answer.
    pub enable_cpu_fallback: u32,
    /// On fallback try the CPU device first and the request's fallback function last. Default 0: the function, if there
    /// is one, is the fallback, else the CPU device.
    pub prefer_cpu_device: u32,
    /// Kernels kept at most; the least recently used goes first. Default 100. 0 keeps none.
    pub max_cache_size: u64,
    /// Limit of each attempt, compilation and run together. Default 30000. 0 means that default; VMGPU_NO_TIMEOUT none.
    pub execution_timeout_ms: u64,
}

impl From<GpuExecutorConfig> for vmgpu_executor_config {
    fn from(config: GpuExecutorConfig) -> Self {
        vmgpu_executor_config {
            struct_size: size_of::<vmgpu_executor_config>(),
            enable_kernel_cache: config.enable_kernel_cache as u32,
            enable_performance_monitoring: config.enable_performance_monitoring as u32,
            enable_cpu_fallback: config.enable_cpu_fallback as u32,
            prefer_cpu_device: config.prefer_cpu_device as u32,
            max_cache_size: config.max_cache_size as u64,
            execution_timeout_ms: config.execution_timeout.map_or(VMGPU_NO_TIMEOUT, |t| t.as_millis() as u64),
        }
    }
}

impl From<vmgpu_executor_config> for GpuExecutorConfig {
    fn from(config: vmgpu_executor_config) -> Self {
        GpuExecutorConfig {
            enable_kernel_cache: config.enable_kernel_cache != 0,
            max_cache_size: usize::try_from(config.max_cache_size).unwrap_or(usize::MAX),
            enable_performance_monitoring: config.enable_performance_monitoring != 0,
            enable_cpu_fallback: config.enable_cpu_fallback != 0,
            prefer_cpu_device: config.prefer_cpu_device != 0,
            execution_timeout: match config.execution_timeout_ms {
                0 => GpuExecutorConfig::default().execution_timeout,
                VMGPU_NO_TIMEOUT => None,
                limit => Some(Duration::from_millis(limit)),
            },
        }
    }
}

growing!(vmgpu_executor_config {
    struct_size, enable_kernel_cache, enable_performance_monitoring, enable_cpu_fallback, prefer_cpu_device,
    max_cache_size, execution_timeout_ms,
} GpuExecutorConfig::default().into());

/// What an executor has counted since it was created or last reset; a rate with nothing counted is 0. Start with
/// VMGPU_EXECUTOR_STATS_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_executor_stats {
    /// sizeof(vmgpu_executor_stats).
    pub struct_size: usize,
    pub total_executions: u64,
    /// Executions that a GPU completed.
    pub gpu_success_count: u64,
    /// Attempts on a GPU that failed.
    pub gpu_failure_count: u64,
    /// Executions completed by the CPU device or a fallback function.
    pub cpu_fallback_count: u64,
    pub kernel_compilation_count: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    pub total_gpu_time_ns: u64,
    /// CPU device and fallback functions.
    pub total_cpu_time_ns: u64,
    /// gpu_success_count / total_executions.
    pub gpu_success_rate: f64,
    /// cache_hits / (cache_hits + cache_misses).
    pub cache_hit_rate: f64,
    /// cpu_fallback_count / total_executions.
    pub fallback_rate: f64,
    /// total_gpu_time_ns / gpu_success_count / 1000.
    pub avg_gpu_time_us: f64,
}

impl From<GpuExecutorStats> for vmgpu_executor_stats {
    fn from(stats: GpuExecutorStats) -> Self {
        vmgpu_executor_stats {
            struct_size: size_of::<vmgpu_executor_stats>(),
            total_executions: stats.total_executions,
            gpu_success_count: stats.gpu_success_count,
            gpu_failure_count: stats.gpu_failure_count,
            cpu_fallback_count: stats.cpu_fallback_count,
            kernel_compilation_count: stats.kernel_compilation_count,
            cache_hits: stats.cache_hits,
            cache_misses: stats.cache_misses,
            total_gpu_time_ns: stats.total_gpu_time_ns,
            total_cpu_time_ns: stats.total_cpu_time_ns,
            gpu_success_rate: stats.gpu_success_rate(),
            cache_hit_rate: stats.cache_hit_rate(),
            fallback_rate: stats.fallback_rate(),
            avg_gpu_time_us: stats.avg_gpu_time_us(),
        }
    }
}

growing!(vmgpu_executor_stats {
    struct_size, total_executions, gpu_success_count, gpu_failure_count, cpu_fallback_count,
    kernel_compilation_count, cache_hits, cache_misses, total_gpu_time_ns, total_cpu_time_ns, gpu_success_rate,
    cache_hit_rate, fallback_rate, avg_gpu_time_us,
} GpuExecutorStats::default().into());

/// Does the work of a request on the CPU when no device could. Runs on the thread that called vmgpu_executor_execute(),
/// with no lock held; it may read, write and map the request's buffers, and call anything else of this library.
///
/// It must return normally: no longjmp and no C++ exception may leave it.
///
/// @param user            `fallback_user` of the request.
/// @param error_buffer    Receives a terminated text if the function fails; it goes into the report.
/// @param error_capacity  Bytes at `error_buffer`.
/// @return 0 if the work is done; anything else if it failed.
pub type vmgpu_fallback_fn = Option<
    unsafe extern "C" fn(user: *mut c_void, error_buffer: *mut c_char, error_capacity: usize) -> c_int,
>;

/// One execution: what to run, on what, and what to do when no device can. Start with VMGPU_EXECUTION_REQUEST_INIT or
/// vmgpu_execution_request_init(): one block of one thread, no arguments, no fallback, the executor's time limit.
/// Everything it points to is borrowed until vmgpu_executor_execute() returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_execution_request {
    /// sizeof(vmgpu_execution_request).
    pub struct_size: usize,
    /// CUDA C text.
    pub source: *const c_char,
    /// Name of a `__global__` function or a name expression, as for vmgpu_kernel_compile().
    pub kernel_name: *const c_char,
    /// NULL means the defaults.
    pub compile_options: *const vmgpu_compile_options,
    /// Number of blocks.
    pub grid: vmgpu_dim3,
    /// Threads of a block.
    pub block: vmgpu_dim3,
    /// Bytes of dynamic shared memory of a block.
    pub shared_memory_size: u32,
    /// One for each parameter of the kernel, in order. May be NULL if `arg_count` is 0.
    pub args: *const vmgpu_arg,
    /// Number of `args`.
    pub arg_count: usize,
    /// Does the work when no device can. May be NULL.
    pub fallback: vmgpu_fallback_fn,
    /// Passed on to `fallback`.
    pub fallback_user: *mut c_void,
    /// Limit of each attempt in milliseconds. 0 means the executor's; VMGPU_NO_TIMEOUT none.
    pub timeout_ms: u64,
}

impl vmgpu_execution_request {
    pub(super) fn timeout(&self) -> RequestTimeout {
        match self.timeout_ms {
            0 => RequestTimeout::Configured,
            VMGPU_NO_TIMEOUT => RequestTimeout::Never,
            limit => RequestTimeout::After(Duration::from_millis(limit)),
        }
    }
}

const ONE: vmgpu_dim3 = vmgpu_dim3 { x: 1, y: 1, z: 1 };

growing!(vmgpu_execution_request {
    struct_size, source, kernel_name, compile_options, grid, block, shared_memory_size, args, arg_count, fallback,
    fallback_user, timeout_ms,
} vmgpu_execution_request {
    struct_size: size_of::<vmgpu_execution_request>(),
    source: std::ptr::null(),
    kernel_name: std::ptr::null(),
    compile_options: std::ptr::null(),
    grid: ONE,
    block: ONE,
    shared_memory_size: 0,
    args: std::ptr::null(),
    arg_count: 0,
    fallback: None,
    fallback_user: std::ptr::null_mut(),
    timeout_ms: 0,
});

/// What became of an execution. Start with VMGPU_EXECUTION_RESULT_INIT; vmgpu_executor_execute() always fills it, also
/// when it fails.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vmgpu_execution_result {
    /// sizeof(vmgpu_execution_result).
    pub struct_size: usize,
    /// 1 if the work was done, by whomever.
    pub success: u32,
    /// 1 if a GPU did it.
    pub executed_on_gpu: u32,
    /// A vmgpu_executed_by.
    pub executed_by: u32,
    /// vmgpu_device_type of the device that did it; 0 if none did.
    pub device_type: u32,
    /// Number of that device among those of its type.
    pub device_id: u32,
    /// 1 if the kernel came from the cache.
    pub cache_hit: u32,
    /// From submission to observed completion, without compilation and copies; the whole call of a fallback function.
    pub execution_time_ns: u64,
    /// A vmgpu_fallback_reason: why it was not a GPU.
    pub fallback_reason: u32,
    /// The vmgpu_status that the call returns.
    pub status: u32,
}

impl vmgpu_execution_result {
    pub(super) fn new(result: &ExecutionResult, status: vmgpu_status) -> Self {
        let (device_type, device_id) = result.device.map_or((0, 0), |(kind, id)| (kind as u32, id));
        vmgpu_execution_result {
            struct_size: size_of::<vmgpu_execution_result>(),
            success: result.success as u32,
            executed_on_gpu: result.executed_on_gpu as u32,
            executed_by: result.executed_by as u32,
            device_type,
            device_id,
            cache_hit: result.cache_hit as u32,
            execution_time_ns: result.execution_time_ns,
            fallback_reason: result.fallback_reason as u32,
            status: status as u32,
        }
    }
}

growing!(vmgpu_execution_result {
    struct_size, success, executed_on_gpu, executed_by, device_type, device_id, cache_hit, execution_time_ns,
    fallback_reason, status,
} vmgpu_execution_result::new(&ExecutionResult::default(), vmgpu_status::Ok));

/// Gives `config` the defaults. C programs may write `= VMGPU_EXECUTOR_CONFIG_INIT` instead.
///
/// @param config  Written.
/// @param size    sizeof(vmgpu_executor_config).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_config_init(
    config: *mut vmgpu_executor_config,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(config, size, "config", &GpuExecutorConfig::default().into()) })
}

/// Gives `config` the recommended set for engines in service: 200 kernels, 60 s.
///
/// @param config  Written.
/// @param size    sizeof(vmgpu_executor_config).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_config_init_production(
    config: *mut vmgpu_executor_config,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(config, size, "config", &GpuExecutorConfig::production().into()) })
}

/// Gives `config` the recommended set for writing kernels: cache off (its size 10, should you switch it on), 10 s.
///
/// @param config  Written.
/// @param size    sizeof(vmgpu_executor_config).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_config_init_development(
    config: *mut vmgpu_executor_config,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(config, size, "config", &GpuExecutorConfig::development().into()) })
}

/// Gives `config` the recommended set for measuring: 500 kernels, no fallback that would hide a failure, 120 s.
///
/// @param config  Written.
/// @param size    sizeof(vmgpu_executor_config).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_config_init_benchmark(
    config: *mut vmgpu_executor_config,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(config, size, "config", &GpuExecutorConfig::benchmark().into()) })
}

/// Prepares `stats` to be filled: zeros, and its size.
///
/// @param stats  Written.
/// @param size   sizeof(vmgpu_executor_stats).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_stats_init(
    stats: *mut vmgpu_executor_stats,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(stats, size, "stats", &growing::Growing::defaults()) })
}

/// Gives `request` the defaults. C programs may write `= VMGPU_EXECUTION_REQUEST_INIT` instead.
///
/// @param request  Written.
/// @param size     sizeof(vmgpu_execution_request).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_execution_request_init(
    request: *mut vmgpu_execution_request,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(request, size, "request", &growing::Growing::defaults()) })
}

/// Prepares `result` to be filled: zeros, and its size.
///
/// @param result  Written.
/// @param size    sizeof(vmgpu_execution_result).
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_execution_result_init(
    result: *mut vmgpu_execution_result,
    size: usize,
) -> vmgpu_status {
    // SAFETY: the header asks for `size` writable bytes.
    guard(|| unsafe { growing::init(result, size, "result", &growing::Growing::defaults()) })
}
