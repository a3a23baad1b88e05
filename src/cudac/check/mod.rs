//! From the untyped tree to the typed one: names, types, overloads, templates; only what the kernel reaches.
//!
//! `check_kernel` is the way in. A `Checker` enters the declarations of the text into scopes (`names`), finds the
//! kernel (`finish`) and checks bodies from a work list (`functions`, `bodies`, `stmt`, `expr`, `operators`, `calls`).
//! What a name or a type means is worked out when something asks (`syntax_types`, `classes`, `templates`, `globals`).

mod access;
mod assign;
mod binding;
mod bodies;
mod calls;
mod casts;
mod classes;
mod constexpr;
pub(in crate::cudac) mod context;
pub(in crate::cudac) mod convert;
mod deduction;
mod expr;
mod finish;
mod functions;
mod globals;
mod init;
mod jumps;
mod known;
mod lambda;
mod lists;
mod lookup;
mod members;
mod mentioned;
pub(in crate::cudac) mod names;
mod operators;
mod overload;
mod packs;
mod range_for;
mod read_only;
mod redeclare;
mod second_look;
mod sources;
mod special;
mod stmt;
mod suggest;
pub(in crate::cudac) mod syntax_types;
mod template_functions;
mod templates;
pub mod tree;
pub mod types;
mod uninitialised;
pub mod walk;

pub use self::context::CheckOptions;
pub use self::finish::check_kernel;
pub use self::second_look::earlier_mistake;

#[cfg(test)]
mod e2e_tests;
