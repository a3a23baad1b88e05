//! Tokens to the untyped tree. C++ as CUDA programs write it: declarations eagerly, function bodies on demand.

pub mod ast;
pub mod literals;
