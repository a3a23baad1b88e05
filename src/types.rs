//! Plain values that every layer shares: sizes of a launch, facts about devices and kernels, compile options.
//!
//! Nothing here owns a resource; all of it can be copied into another process.

use std::fmt;

use crate::error::{GpuError, GpuResult};

/// Three extents of a grid or a block, in blocks or threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dim3 {
    pub x: u32,
    pub y: u32,
    pub z: u32,
}

impl Dim3 {
    pub const fn new(x: u32, y: u32, z: u32) -> Self {
        Dim3 { x, y, z }
    }

    /// Number of elements, in 64 bit because a grid may hold up to 2^63 blocks.
    pub fn count(self) -> u64 {
        (self.x as u64).saturating_mul(self.y as u64).saturating_mul(self.z as u64)
    }

    /// Whether every extent is at least 1 and at most that of `limit`.
    #[inline]
    pub fn is_within(self, limit: Dim3) -> bool {
        let axis = |extent: u32, limit: u32| extent.wrapping_sub(1) < limit;
        axis(self.x, limit.x) && axis(self.y, limit.y) && axis(self.z, limit.z)
    }
}

impl From<u32> for Dim3 {
    fn from(x: u32) -> Self {
        Dim3::new(x, 1, 1)
    }
}

impl From<(u32, u32, u32)> for Dim3 {
    fn from((x, y, z): (u32, u32, u32)) -> Self {
        Dim3::new(x, y, z)
    }
}

impl fmt::Display for Dim3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {}, {})", self.x, self.y, self.z)
    }
}

/// Shape of one launch: `grid` in blocks, `block` in threads, dynamic shared memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaunchConfig {
    pub grid: Dim3,
    pub block: Dim3,
    pub shared_memory_size: u32,
}

impl LaunchConfig {
    pub fn new(grid: impl Into<Dim3>, block: impl Into<Dim3>) -> Self {
        LaunchConfig { grid: grid.into(), block: block.into(), shared_memory_size: 0 }
    }
}

/// Kind of device. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum DeviceType {
    Cuda = 1,
    Rocm = 2,
    Cpu = 3,
    Other = 4,
}

impl fmt::Display for DeviceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeviceType::Cuda => "CUDA",
            DeviceType::Rocm => "ROCm",
            DeviceType::Cpu => "CPU",
            DeviceType::Other => "other",
        })
    }
}

/// What is known of a device. Reading it creates no context and starts nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuDeviceInfo {
    pub device_type: DeviceType,
    pub name: String,
    /// Index among the devices of its type, from 0.
    pub device_id: u32,
    /// (major, minor); (0, 0) where the notion does not exist.
    pub compute_capability: (u32, u32),
    /// Architecture that kernels are compiled for: "sm_90", "gfx90a", "x86-64-avx512".
    pub architecture: String,
    /// MiB.
    pub total_memory_mb: u64,
    /// MiB; 0 means not known.
    pub free_memory_mb: u64,
    pub multiprocessor_count: u32,
    pub clock_rate_khz: u32,
    /// Bytes.
    pub l2_cache_size: u64,
    pub supports_unified_memory: bool,
    pub supports_shared_memory: bool,
    /// Threads of a warp.
    pub warp_size: u32,
    pub max_threads_per_block: u32,
    pub max_block_dim: Dim3,
    pub max_grid_dim: Dim3,
    /// Bytes of shared memory a block may use without asking for more.
    pub shared_memory_per_block: u32,
    /// Bytes of shared memory a block may use at most.
    pub max_shared_memory_per_block: u32,
    /// Vendor driver version as the driver counts (13000 for CUDA 13.0); 0 for the CPU device.
    pub driver_version: u32,
}

/// Options of one compilation. Headers are given in memory: `#include "name"` finds `(name, text)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CompileOptions {
    /// Compiler options as for NVRTC: `-DN=4`, `--use_fast_math`, `-I...`.
    pub options: Vec<String>,
    /// (name, text) pairs.
    pub headers: Vec<(String, String)>,
}

impl CompileOptions {
    /// Neither options nor headers.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.options.is_empty() && self.headers.is_empty()
    }
}

/// Options that begin so are this library's own; other compilers never see them.
pub const OWN_OPTION_PREFIX: &str = "--vmgpu-";

/// CPU device: check every access of the kernel against the live buffers and report the first bad one.
pub const CHECKED_OPTION: &str = "--vmgpu-checked";

/// One parameter of a kernel as its compiler or driver reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamInfo {
    /// Bytes.
    pub size: u32,
    /// Bytes from the start of the parameter block.
    pub offset: u32,
    /// Whether this is a pointer; None where the driver tells only sizes.
    pub is_pointer: Option<bool>,
    /// True if the compiler has proven that nothing is written through this pointer.
    pub read_only: bool,
}

/// Facts about a compiled kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelMetadata {
    /// Name as asked for (before any mangling).
    pub name: String,
    /// Kernel text; empty for a kernel loaded from a binary.
    pub source: String,
    /// Unix seconds.
    pub compiled_at: u64,
    /// The kernel's parameters in order; None if neither driver nor binary tells.
    pub params: Option<Vec<ParamInfo>>,
    /// Static shared memory in bytes.
    pub shared_memory_size: u32,
    /// Per thread; 0 if not known.
    pub registers: u32,
    /// Local memory per thread in bytes; 0 if not known.
    pub local_memory_size: u32,
    /// Constant memory in bytes; 0 if not known.
    pub constant_memory_size: u32,
    /// Largest block this kernel can be launched with.
    pub max_threads_per_block: u32,
    /// The compiler's log (warnings); empty if there was none.
    pub compile_log: String,
    /// Who compiled it: "NVRTC 13.0", "vmgpu cudac 0.1.0", or "binary".
    pub compiler: String,
}

impl KernelMetadata {
    /// Number of parameters; None if unknown.
    pub fn num_params(&self) -> Option<u32> {
        self.params.as_ref().map(|p| p.len() as u32)
    }
}

/// What a `map` allows. The numbers are bits of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Access {
    Read = 1,
    Write = 2,
    ReadWrite = 3,
}

impl Access {
    pub fn reads(self) -> bool {
        self as u32 & 1 != 0
    }

    pub fn writes(self) -> bool {
        self as u32 & 2 != 0
    }
}

/// Checks that `offset + size` lies within `limit` bytes; `what` names the object in the error.
pub fn check_range(what: &str, offset: usize, size: usize, limit: usize) -> GpuResult<()> {
    match offset.checked_add(size) {
        Some(end) if end <= limit => Ok(()),
        _ => Err(GpuError::OutOfRange {
            what: what.to_string(),
            offset: offset as u64,
            size: size as u64,
            limit: limit as u64,
        }),
    }
}
