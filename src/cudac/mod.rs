//! CUDA C for the CPU device: source text and options in, callable code or diagnostics out.
//!
//! Knows nothing of devices, buffers or the executor. One stage a folder, in the order the text passes them:
//!
//! ```text
//! preprocess/  text -> tokens       macros, #if, #include of in-memory and known host headers
//! parse/       tokens -> ast        C++ grammar; templates and bodies kept unresolved
//! builtins/    what is there undeclared: intrinsics, built-in variables, texts in CUDA C
//! check/       ast -> typed tree    names, types, overloads, templates; lazily, from the requested kernel
//! lower/       typed tree -> thread IR
//! thread_ir/   typed SSA per thread: verifier, text form, interpreter (the oracle), analyses
//! block_ir/    one function per block: regions between synchronisation points, thread loops, slots
//! codegen/     block IR -> machine code
//! runtime/     what running kernels call back into: printf
//! math/        the device math library, written in CUDA C itself
//! ```

pub mod block_ir;
pub mod builtins;
pub mod check;
pub mod codegen;
pub mod compile;
mod crew;
pub mod diagnostics;
pub mod lower;
pub mod math;
pub mod options;
pub mod parse;
pub mod preprocess;
pub mod runtime;
pub mod source;
pub mod symbol;
pub mod thread_ir;
