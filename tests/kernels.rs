//! Kernels in the manner of real programs, each checked against plain Rust on random inputs and awkward sizes.
//!
//! `VMGPU_KERNELS_ON` chooses where they run: `gxx` (the host compiler through `tests/support/cuda_shim.h`), or a
//! backend of this library. `VMGPU_KERNELS_ONLY=text` keeps the kernels whose name contains the text, and
//! `VMGPU_KERNELS_SEED=n` changes all inputs.

#[path = "kernels/mod.rs"]
mod kernels;
