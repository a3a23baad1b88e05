//! libvmgpu: run CUDA C kernels from virtual machines and JIT engines.

#[cfg(feature = "cpu")]
pub mod cudac;
