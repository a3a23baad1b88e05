//! Statistics of an executor: counters any thread adds to, read as one snapshot.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A snapshot of an executor's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GpuExecutorStats {
    /// Executions that have ended, less those refused because the request itself was wrong.
    pub total_executions: u64,
    /// Executions that a GPU completed.
    pub gpu_success_count: u64,
    /// GPU attempts that failed.
    pub gpu_failure_count: u64,
    /// Executions completed by the CPU device or a callback instead.
    pub cpu_fallback_count: u64,
    pub kernel_compilation_count: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    pub total_gpu_time_ns: u64,
    /// CPU device and callbacks.
    pub total_cpu_time_ns: u64,
}

impl GpuExecutorStats {
    /// gpu_success_count / total_executions; 0 with nothing counted.
    pub fn gpu_success_rate(&self) -> f64 {
        ratio(self.gpu_success_count, self.total_executions)
    }

    /// hits / (hits + misses); 0 with nothing counted.
    pub fn cache_hit_rate(&self) -> f64 {
        ratio(self.cache_hits, self.cache_hits.saturating_add(self.cache_misses))
    }

    /// cpu_fallback_count / total_executions; 0 with nothing counted.
    pub fn fallback_rate(&self) -> f64 {
        ratio(self.cpu_fallback_count, self.total_executions)
    }

    /// Mean GPU time of a successful execution in microseconds; 0 with nothing counted.
    pub fn avg_gpu_time_us(&self) -> f64 {
        ratio(self.total_gpu_time_ns, self.gpu_success_count) / 1000.0
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        _ => part as f64 / whole as f64,
    }
}

impl fmt::Display for GpuExecutorStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |rate: f64| 100.0 * rate;
        writeln!(f, "executions        {}", self.total_executions)?;
        writeln!(
            f,
            "on the GPU        {} ({:.1} %), {} failed, mean {:.2} us",
            self.gpu_success_count,
            percent(self.gpu_success_rate()),
            self.gpu_failure_count,
            self.avg_gpu_time_us()
        )?;
        let rate = percent(self.fallback_rate());
        writeln!(f, "by fallback       {} ({rate:.1} %)", self.cpu_fallback_count)?;
        writeln!(
            f,
            "kernel cache      {} hits, {} misses ({:.1} % hits), {} compilations",
            self.cache_hits,
            self.cache_misses,
            percent(self.cache_hit_rate()),
            self.kernel_compilation_count
        )?;
        let (gpu, cpu) = (self.total_gpu_time_ns as f64 / 1e6, self.total_cpu_time_ns as f64 / 1e6);
        write!(f, "time              GPU {gpu:.3} ms, CPU {cpu:.3} ms")
    }
}

/// The live counters.
#[derive(Default)]
pub(crate) struct Counters {
    /// Executions that nothing completed. The total is not counted apart: every execution is in one of three counters.
    pub failed_executions: AtomicU64,
    pub gpu_success_count: AtomicU64,
    pub gpu_failure_count: AtomicU64,
    pub cpu_fallback_count: AtomicU64,
    pub kernel_compilation_count: AtomicU64,
    pub cache_hits: AtomicU64,
    pub cache_misses: AtomicU64,
    pub total_gpu_time_ns: AtomicU64,
    pub total_cpu_time_ns: AtomicU64,
}

/// Adds without ordering: the counters are statistics, nothing is published through them.
pub(crate) fn add(counter: &AtomicU64, value: u64) {
    counter.fetch_add(value, Ordering::Relaxed);
}

impl Counters {
    pub fn snapshot(&self) -> GpuExecutorStats {
        let get = |c: &AtomicU64| c.load(Ordering::Relaxed);
        let (gpu, fallback) = (get(&self.gpu_success_count), get(&self.cpu_fallback_count));
        GpuExecutorStats {
            total_executions: gpu + fallback + get(&self.failed_executions),
            gpu_success_count: gpu,
            gpu_failure_count: get(&self.gpu_failure_count),
            cpu_fallback_count: fallback,
            kernel_compilation_count: get(&self.kernel_compilation_count),
            cache_hits: get(&self.cache_hits),
            cache_misses: get(&self.cache_misses),
            total_gpu_time_ns: get(&self.total_gpu_time_ns),
            total_cpu_time_ns: get(&self.total_cpu_time_ns),
        }
    }

    pub fn reset(&self) {
        for counter in [
            &self.failed_executions,
            &self.gpu_success_count,
            &self.gpu_failure_count,
            &self.cpu_fallback_count,
            &self.kernel_compilation_count,
            &self.cache_hits,
            &self.cache_misses,
            &self.total_gpu_time_ns,
            &self.total_cpu_time_ns,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(s: &GpuExecutorStats) -> [f64; 4] {
        [s.gpu_success_rate(), s.cache_hit_rate(), s.fallback_rate(), s.avg_gpu_time_us()]
    }

    #[test]
    fn rates_of_nothing_are_zero_and_of_something_right() {
        let none = GpuExecutorStats::default();
        assert_eq!(rates(&none), [0.0; 4]);
        let some = GpuExecutorStats {
            total_executions: 8,
            gpu_success_count: 6,
            cpu_fallback_count: 2,
            cache_hits: 3,
            cache_misses: 1,
            total_gpu_time_ns: 12_000,
            ..none
        };
        assert_eq!(rates(&some), [0.75, 0.75, 0.25, 2.0]);
    }
}
