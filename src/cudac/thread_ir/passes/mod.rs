//! Passes over thread IR. `optimize` is the usual pipeline for one kernel.

pub mod dce;
pub mod gvn;
pub mod inline;
pub mod licm;
pub mod simplify;
pub mod sroa;
pub mod unroll;

use super::cleanup;
use super::ir::Module;

pub use inline::{InlineError, inline_kernel};

/// The usual passes on a module as `inline_kernel` leaves it. Each leaves a module that verifies. `fma`: the
/// target fuses products and sums in hardware, so contraction pays.
pub fn optimize(m: &mut Module, fma: bool) {
    for f in &mut m.funcs {
        simplify::run(f);
        sroa::run(f);
        // Registers made of memory open new constants, which open new branches.
        for _ in 0..2 {
            simplify::run(f);
            cleanup::remove_unreachable_blocks(f);
            cleanup::merge_blocks(f);
            cleanup::remove_trivial_params(f);
            gvn::run(f);
        }
        if unroll::run(f) {
            simplify::run(f);
            sroa::run(f);
            simplify::run(f);
            cleanup::remove_unreachable_blocks(f);
            cleanup::merge_blocks(f);
            cleanup::remove_trivial_params(f);
            gvn::run(f);
        }
        if fma {
            simplify::contract_fma(f);
        }
        dce::run(f);
        licm::run(f);
    }
}
