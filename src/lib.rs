//! libvmgpu: run CUDA C kernels from virtual machines and JIT engines.
//!
//! Text and arrays in, right numbers out, on whatever the machine has: an NVIDIA GPU, or the CPU. C programs use
//! `include/vmgpu.h`; this is the Rust side of the same objects.
//!
//! | module | what |
//! |---|---|
//! | [`executor`] | kernel cache, fallback, time-out, statistics: what an engine calls |
//! | [`manager`] | which devices there are, and why others are not |
//! | [`device`], [`buffer`], [`kernel`] | one device used directly, every argument checked |
//! | [`backend`] | the interface a device implements; CUDA and CPU implementations |
//! | [`error`], [`types`] | plain values all others share |
//! | [`capi`] | the C interface over all of it |

pub mod backend;
pub mod buffer;
pub mod capi;
pub mod device;
pub mod error;
pub mod executor;
mod fork;
#[cfg_attr(not(any(feature = "cpu", feature = "cuda")), allow(dead_code, reason = "read by the compilers"))]
mod headers;
pub mod kernel;
pub mod log;
pub mod manager;
mod panic;
mod room;
mod sync;
mod threads;
pub mod types;

#[cfg(feature = "cpu")]
pub mod cudac;
