//! `GpuExecutor`: hands a kernel text and its arguments to the best device and always comes back with an answer.
//!
//! The GPU first; when it cannot (no device, compile or load failed, memory exhausted, execution failed, device lost
//! or busy, time-out) the fallback: the caller's callback if there is one, else the CPU device on the same text and
//! data. Caller errors never fall back. [`last_report`] tells the whole story of a thread's last execution.

mod attempt;
mod cache;
mod config;
mod disk_headers;
mod report;
mod request;
mod stats;
#[cfg(test)]
mod tests;

pub use config::GpuExecutorConfig;
pub use report::last_report;
pub(crate) use report::refuse;
pub use request::{
    ExecutedBy, ExecutionRequest, ExecutionResult, FallbackFn, FallbackReason, RequestTimeout,
};
pub use stats::GpuExecutorStats;

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustc_hash::FxHasher;

use crate::buffer::{Buffer, ManagedBuffer};
use crate::device::Device;
use crate::error::{GpuError, GpuResult, Status};
use crate::fork::ForkLocal;
use crate::kernel::GpuArg;
use crate::log;
use crate::manager::GpuDeviceManager;
use crate::sync::RwLock;
use crate::types::CHECKED_OPTION;
use attempt::Plan;
use cache::KernelCache;
use report::{Costs, Report, Step};
use stats::{Counters, add};

/// Kernel cache, fallback, time-out and statistics over one manager's devices. Any thread may use it.
pub struct GpuExecutor {
    manager: Arc<GpuDeviceManager>,
    config: GpuExecutorConfig,
    cache: KernelCache,
    counters: Arc<Counters>,
    /// Numbers managed buffers for messages.
    next_buffer: AtomicU64,
    /// Kernels that faulted on a GPU (hash of text and name). The CPU device runs in this very process, so it runs them
    /// with every access checked.
    suspects: ForkLocal<RwLock<HashSet<u64>>>,
}

impl GpuExecutor {
    pub fn new(manager: Arc<GpuDeviceManager>, config: GpuExecutorConfig) -> Self {
        let counters = Arc::new(Counters::default());
        let capacity = if config.enable_kernel_cache { config.max_cache_size } else { 0 };
        let cache = KernelCache::new(capacity, counters.clone());
        GpuExecutor {
            manager,
            config,
            cache,
            counters,
            next_buffer: AtomicU64::new(1),
            suspects: ForkLocal::new(|parent| {
                let known = parent.and_then(RwLock::try_read).map(|known| known.clone());
                RwLock::new(known.unwrap_or_default())
            }),
        }
    }

    pub fn config(&self) -> &GpuExecutorConfig {
        &self.config
    }

    pub fn manager(&self) -> &Arc<GpuDeviceManager> {
        &self.manager
    }

    /// Whether a GPU is there that is not lost.
    pub fn has_gpu(&self) -> bool {
        self.manager.has_gpu()
    }

    /// A managed buffer of `size` bytes, content unspecified, usable on every device.
    pub fn create_buffer(&self, size: usize) -> GpuResult<Buffer> {
        let id = self.next_buffer.fetch_add(1, Ordering::Relaxed);
        Ok(Buffer::Managed(Arc::new(ManagedBuffer::create(size, id)?)))
    }

    /// Runs a request, falling back to the CPU device where the configuration allows it.
    pub fn execute(&self, request: &ExecutionRequest<'_>) -> ExecutionResult {
        self.execute_with_fallback(request, None)
    }

    /// Runs a request; `callback` does the same work when the GPU cannot. It runs on this thread, with no lock held,
    /// and may read, write and map the request's buffers.
    pub fn execute_with_fallback(
        &self,
        request: &ExecutionRequest<'_>,
        callback: Option<FallbackFn<'_>>,
    ) -> ExecutionResult {
        let mut execution = Execution {
            executor: self,
            request,
            limit: match request.timeout {
                RequestTimeout::Configured => self.config.execution_timeout,
                RequestTimeout::Never => None,
                RequestTimeout::After(limit) => Some(limit),
            },
            result: ExecutionResult::default(),
            failures: Vec::new(),
            report: report::begin(request.kernel_name),
        };
        let outcome = check_request(request).and_then(|()| execution.run(callback));
        // A wrong request is the caller's, and says nothing about the devices.
        if outcome.as_ref().is_err_and(|error| !is_caller_error(error)) {
            add(&self.counters.failed_executions, 1);
        }
        let mut result = execution.result;
        result.success = outcome.is_ok();
        result.error = outcome.err();
        execution.report.finish(result.executed_by, result.fallback_reason, result.error.as_ref());
        result
    }

    pub fn stats(&self) -> GpuExecutorStats {
        self.counters.snapshot()
    }

    pub fn reset_stats(&self) {
        self.counters.reset();
    }

    /// Forgets every cached kernel.
    pub fn clear_cache(&self) {
        self.cache.clear();
    }

    /// The GPU for a request: the one its plain buffers live on, else the first that can take work, else the first
    /// (whose state then is the reason for the fallback).
    fn choose_gpu(&self, args: &[GpuArg<'_>]) -> Option<&Device> {
        let devices = self.manager.devices();
        let home = args.iter().find_map(|arg| match arg.buffer() {
            Some(Buffer::Device(plain)) if plain.device().is_gpu() => Some(plain.device()),
            _ => None,
        });
        if let Some(home) = home {
            return devices.iter().find(|d| d.same(home));
        }
        let mut gpus = devices.iter().filter(|d| d.is_gpu());
        gpus.clone().find(|d| d.is_available()).or_else(|| gpus.next())
    }
}

impl GpuExecutor {
    fn is_suspect(&self, request: &ExecutionRequest<'_>) -> bool {
        let suspects = self.suspects.get().read();
        !suspects.is_empty() && suspects.contains(&identity(request))
    }
}

/// What is wrong on every device, and so also where a callback would do the work.
fn check_request(request: &ExecutionRequest<'_>) -> GpuResult<()> {
    // The rest of what can be wrong with texts is found when they are compiled; a hit need not look again.
    for (name, text) in [("source", request.source), ("kernel_name", request.kernel_name)] {
        if text.trim_start().is_empty() {
            return Err(GpuError::invalid(name, "is empty"));
        }
    }
    for (name, size) in [("grid", request.config.grid), ("block", request.config.block)] {
        if size.count() == 0 {
            return Err(GpuError::invalid(name, format!("is {size}; every extent is at least 1")));
        }
    }
    Ok(())
}

/// Text and name of a kernel, as a number.
fn identity(request: &ExecutionRequest<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    (request.source, request.kernel_name).hash(&mut hasher);
    hasher.finish()
}

/// The course of one request.
struct Execution<'e, 'r> {
    executor: &'e GpuExecutor,
    request: &'r ExecutionRequest<'r>,
    limit: Option<Duration>,
    result: ExecutionResult,
    failures: Vec<GpuError>,
    report: Box<Report>,
}

impl Execution<'_, '_> {
    fn run(&mut self, callback: Option<FallbackFn<'_>>) -> GpuResult<()> {
        let executor = self.executor;
        let gpu = executor.choose_gpu(self.request.args);
        match gpu {
            Some(device) => {
                if self.on_device(device, true, false)? {
                    return Ok(());
                }
                self.result.fallback_reason =
                    self.failures.last().map_or(FallbackReason::ExecutionFailed, FallbackReason::of);
            }
            None => {
                let why = match executor.manager.first_gpu() {
                    None => "none found (the manager's explain text says why)",
                    Some(_) => {
                        "a buffer among the arguments belongs to a GPU that this manager does not have"
                    }
                };
                self.report.step(Step::NoGpu(why.into()));
                self.result.fallback_reason = FallbackReason::NoDevice;
            }
        }
        if !executor.config.enable_cpu_fallback {
            return Err(self.failure());
        }
        let reason = self.result.fallback_reason;
        log::warn(|| format!("kernel `{}`: falling back: {}", self.request.kernel_name, reason.as_str()));
        // Without a GPU the CPU device is where raw pointers of the request can only belong.
        let raw_pointers = gpu.is_none();
        let cpu = executor.manager.cpu_device();
        match callback {
            Some(callback) => {
                if executor.config.prefer_cpu_device
                    && let Some(cpu) = cpu
                    && self.on_device(cpu, raw_pointers, true)?
                {
                    return Ok(());
                }
                // Devices check this themselves; a callback must not run on a mapped buffer either.
                for arg in self.request.args {
                    if let Some(buffer) = arg.buffer() {
                        buffer.ensure_unmapped()?;
                    }
                }
                if self.by_callback(callback) {
                    return Ok(());
                }
            }
            None => {
                if let Some(cpu) = cpu
                    && self.on_device(cpu, raw_pointers, false)?
                {
                    return Ok(());
                }
            }
        }
        Err(self.failure())
    }

    /// One attempt. Ok(false): it failed and another way may be tried. Err: the request itself is wrong.
    fn on_device(&mut self, device: &Device, raw_pointers: bool, undo: bool) -> GpuResult<bool> {
        let executor = self.executor;
        let mut costs = Costs::default();
        let plan = Plan { limit: self.limit, raw_pointers, undo };
        let outcome = match !device.is_gpu() && executor.is_suspect(self.request) {
            false => attempt::run(executor, device, self.request, &plan, &mut costs),
            true => {
                let mut options = self.request.options.clone();
                options.options.push(CHECKED_OPTION.to_string());
                let request = ExecutionRequest { options: &options, ..*self.request };
                attempt::run(executor, device, &request, &plan, &mut costs)
            }
        };
        match outcome {
            Ok(()) => {
                self.done_by(device, costs);
                Ok(true)
            }
            Err(error) => self.failed_on(device, costs, error),
        }
    }

    fn done_by(&mut self, device: &Device, costs: Costs) {
        let hit = costs.cache_hit == Some(true);
        let total = match costs.started {
            Some(started) if !hit => started.elapsed(),
            _ => costs.data + costs.run,
        };
        self.report.done_by(device, costs, total);
        let run_ns = costs.run.as_nanos() as u64;
        let info = device.static_info();
        self.result.device = Some((info.device_type, info.device_id));
        self.result.execution_time_ns = run_ns;
        self.result.cache_hit = hit;
        self.result.executed_on_gpu = device.is_gpu();
        let counters = &self.executor.counters;
        let (by, count, time) = match device.is_gpu() {
            true => (ExecutedBy::Gpu, &counters.gpu_success_count, &counters.total_gpu_time_ns),
            false => (ExecutedBy::CpuDevice, &counters.cpu_fallback_count, &counters.total_cpu_time_ns),
        };
        self.result.executed_by = by;
        add(count, 1);
        if self.executor.config.enable_performance_monitoring {
            add(time, run_ns);
        }
    }

    #[cold]
    fn failed_on(&mut self, device: &Device, costs: Costs, error: GpuError) -> GpuResult<bool> {
        let total = costs.started.map_or(Duration::ZERO, |started| started.elapsed());
        self.report.failed_on(device, costs, total, error.clone());
        if device.is_gpu() && !is_caller_error(&error) {
            add(&self.executor.counters.gpu_failure_count, 1);
            let ran = !costs.run.is_zero();
            if ran && matches!(error, GpuError::DeviceLost { .. } | GpuError::KernelExecutionFailed { .. }) {
                self.executor.suspects.get().write().insert(identity(self.request));
            }
        }
        log::warn(|| format!("kernel `{}` on {}: {error}", self.request.kernel_name, device.label()));
        if costs.spoiled && device.is_gpu() {
            self.result.fallback_reason = FallbackReason::of(&error);
        }
        if is_caller_error(&error) || costs.spoiled {
            return Err(error);
        }
        self.failures.push(error);
        Ok(false)
    }

    fn by_callback(&mut self, callback: FallbackFn<'_>) -> bool {
        let started = Instant::now();
        let outcome = callback();
        let total = started.elapsed();
        let error = outcome.err().map(|text| GpuError::Other(format!("fallback callback: {text}")));
        self.report.step(Step::Callback { total, error: error.clone() });
        if let Some(error) = error {
            self.failures.push(error);
            return false;
        }
        let counters = &self.executor.counters;
        add(&counters.cpu_fallback_count, 1);
        if self.executor.config.enable_performance_monitoring {
            add(&counters.total_cpu_time_ns, total.as_nanos() as u64);
        }
        self.result.executed_by = ExecutedBy::Callback;
        self.result.execution_time_ns = total.as_nanos() as u64;
        true
    }

    /// The error of an execution in which nothing worked. Lost data outranks the rest: it is what the caller must act on.
    fn failure(&mut self) -> GpuError {
        let lost = self.failures.iter().position(|e| matches!(e, GpuError::DataLost { .. }));
        match (lost, self.failures.len()) {
            (Some(index), _) => self.failures.swap_remove(index),
            (None, 0) => GpuError::NoDeviceAvailable,
            (None, 1) => self.failures.swap_remove(0),
            (None, _) => {
                let reasons: Vec<String> = self.failures.iter().map(|e| e.to_string()).collect();
                GpuError::FallbackFailed { reasons: reasons.join("\n") }
            }
        }
    }
}

/// Errors of the request itself: no other device would do better.
fn is_caller_error(error: &GpuError) -> bool {
    (error.status() as u32) < Status::NoDeviceAvailable as u32
}
