//! `GpuExecutorConfig` and the recommended sets.

use std::time::Duration;

/// How an executor behaves. `Default` gives the documented defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuExecutorConfig {
    /// Keep compiled kernels (true). Off: every execution compiles.
    pub enable_kernel_cache: bool,
    /// Kernels kept at most (100); the least recently used goes first.
    pub max_cache_size: usize,
    /// Sum up execution times in the statistics (true).
    pub enable_performance_monitoring: bool,
    /// Run elsewhere when the GPU cannot (true). Off: the GPU's error is the answer.
    pub enable_cpu_fallback: bool,
    /// On fallback try the CPU device first and the caller's callback last (false: a callback, if given, is the fallback).
    pub prefer_cpu_device: bool,
    /// Limit of each attempt, compile plus run (30 s); None: no limit.
    pub execution_timeout: Option<Duration>,
}

impl Default for GpuExecutorConfig {
    fn default() -> Self {
        GpuExecutorConfig {
            enable_kernel_cache: true,
            max_cache_size: 100,
            enable_performance_monitoring: true,
            enable_cpu_fallback: true,
            prefer_cpu_device: false,
            execution_timeout: Some(Duration::from_secs(30)),
        }
    }
}

impl GpuExecutorConfig {
    /// For engines in service: 200 kernels, 60 s.
    pub fn production() -> Self {
        let execution_timeout = Some(Duration::from_secs(60));
        GpuExecutorConfig { max_cache_size: 200, execution_timeout, ..Self::default() }
    }

    /// For writing kernels: nothing cached, 10 s.
    pub fn development() -> Self {
        let execution_timeout = Some(Duration::from_secs(10));
        GpuExecutorConfig {
            enable_kernel_cache: false,
            max_cache_size: 10,
            execution_timeout,
            ..Self::default()
        }
    }

    /// For measuring the GPU: 500 kernels, no fallback that would hide a failure, 120 s.
    pub fn benchmark() -> Self {
        let execution_timeout = Some(Duration::from_secs(120));
        GpuExecutorConfig {
            max_cache_size: 500,
            enable_cpu_fallback: false,
            execution_timeout,
            ..Self::default()
        }
    }
}
