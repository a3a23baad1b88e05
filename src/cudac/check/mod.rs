//! From the untyped tree to the typed one: names, types, overloads, templates; only what the kernel reaches.

pub mod tree;
pub mod types;
