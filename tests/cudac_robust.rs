//! The compiler and the CPU device under bad treatment: mutated and broken texts, bombs of every kind, faulting and
//! endless kernels. Nothing panics, hangs, eats memory or gives an error without a place.
//!
//! `VMGPU_ROBUST_SECONDS` and `VMGPU_ROBUST_SEED` make the random parts longer and different.

#![cfg(feature = "cpu")]

#[path = "cudac_robust/bombs.rs"]
mod bombs;
#[path = "cudac_robust/broken.rs"]
mod broken;
#[path = "cudac_robust/mischief.rs"]
mod mischief;
#[path = "cudac_robust/mistakes.rs"]
mod mistakes;
#[path = "cudac_robust/mutate.rs"]
mod mutate;
#[path = "cudac_robust/near_mistakes.rs"]
mod near_mistakes;
#[path = "cudac_robust/support.rs"]
mod support;
