//! Passes over thread IR. `optimize` is the usual pipeline for one kernel.

pub mod inline;

pub use inline::{InlineError, inline_kernel};

use super::ir::Module;

/// The usual passes on a module as `inline_kernel` leaves it.
pub fn optimize(m: &mut Module) {
    let _ = m;
}
