//! What running kernels call back into: shared by the interpreter and generated code, so that both print and fail alike.

pub mod printf;
