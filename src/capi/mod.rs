//! The C interface: the only module with `extern "C"` functions. `include/vmgpu.h` is generated from it, so every doc
//! comment on a public item here is a sentence of the manual for C users.
//!
//! A function does four things in this order: `guard`, check pointers (`ptr`, `handle`, `growing`), call the
//! safe object, write the result. Nothing is written before everything has succeeded.

#![expect(non_camel_case_types, reason = "the types have the names that C sees")]
#![expect(
    clippy::missing_safety_doc,
    reason = "a `# Safety` heading would land in the header, which is the contract"
)]

mod growing;
mod guard;
mod handle;
mod last_error;
mod ptr;
mod text;

mod arg;
mod buffer;
mod device;
mod enums;
mod executor;
mod executor_types;
mod kernel;
mod log;
mod manager;
mod status;
mod version;

pub use arg::*;
pub use buffer::*;
pub use device::*;
pub use enums::*;
pub use executor::*;
pub use executor_types::*;
pub use kernel::*;
pub use log::*;
pub use manager::*;
pub use status::*;
pub use version::*;
