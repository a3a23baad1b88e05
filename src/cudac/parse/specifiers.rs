//! Specifiers that stand where they mean nothing: `static` on a parameter, `__shared__` on a function, `mutable` outside of
//! a class.

use super::ast::{Function, SegmentName, Specifiers};
use super::parser::{PResult, Parser};
use super::types::DeclSpec;
use crate::cudac::source::Span;

/// The first of those memory and execution spaces that is written.
fn space(specs: &Specifiers, of_functions: bool) -> Option<&'static str> {
    let spaces = [
        (specs.shared, "__shared__"),
        (specs.constant, "__constant__"),
        (specs.managed, "__managed__"),
        (specs.global && !of_functions, "__global__"),
        (specs.host && !of_functions, "__host__"),
    ];
    spaces.into_iter().find(|(written, _)| *written).map(|(_, name)| name)
}

impl Parser<'_> {
    fn space_does_not_apply<T>(&self, span: Span, name: &str, what: &str) -> PResult<T> {
        Err(self.error(span, format!("attribute \"{name}\" does not apply here: this is a {what}")))
    }

    pub fn check_parameter_specifiers(&self, spec: &DeclSpec) -> PResult<()> {
        let specs = &spec.specs;
        if specs.is_static || specs.is_extern || specs.is_mutable || specs.thread_local {
            return Err(self.error(spec.span, "invalid storage class for a parameter"));
        }
        if specs.is_inline
            || specs.is_explicit
            || specs.is_virtual
            || specs.is_constexpr
            || spec.is_friend
            || spec.is_typedef
        {
            return Err(self.error(spec.span, "invalid specifier on a parameter"));
        }
        let device = specs.device.then_some("__device__");
        match space(specs, false).or(device) {
            Some(name) => self.space_does_not_apply(spec.span, name, "parameter"),
            None => Ok(()),
        }
    }

    /// What only members may have.
    fn check_member_words(&self, spec: &DeclSpec) -> PResult<()> {
        let specs = &spec.specs;
        let words = [
            (specs.is_mutable, "mutable"),
            (specs.is_virtual, "virtual"),
            (specs.is_explicit, "explicit"),
            (spec.is_friend, "friend"),
        ];
        match words.into_iter().find(|(written, _)| *written && self.classes.is_empty()) {
            Some((_, word)) => {
                Err(self.error(spec.span, format!("\"{word}\" is not allowed outside of a class")))
            }
            None => Ok(()),
        }
    }

    pub fn check_function_specifiers(&self, spec: &DeclSpec, f: &Function) -> PResult<()> {
        self.check_member_words(spec)?;
        let specs = &spec.specs;
        if let Some(name) = space(specs, true) {
            return self.space_does_not_apply(spec.span, name, "function");
        }
        if let Some(class) = self.classes.last().copied().flatten()
            && f.name.segments.len() > 1
            && !spec.is_friend
            && !matches!(f.name.segments[0].name, SegmentName::Ident(first) if first == class)
        {
            return Err(self.error(f.name_span, "a qualified name is not allowed for a member of a class"));
        }
        if specs.is_mutable {
            return Err(self.error(spec.span, "\"mutable\" is not allowed on a function"));
        }
        if self.classes.is_empty()
            && f.name.segments.len() == 1
            && (f.method.cv.is_const || f.method.cv.is_volatile)
        {
            return Err(self.error(f.name_span, "a type qualifier is not allowed on a nonmember function"));
        }
        if f.name.global && f.name.segments.len() == 1 && !spec.is_friend {
            return Err(
                self.error(f.name_span, "a declaration in the global scope needs no \"::\" before its name")
            );
        }
        if !specs.launch_bounds.is_empty() && !specs.global {
            let message = "__launch_bounds__ is only allowed on a __global__ function";
            return Err(self.error(f.name_span, message));
        }
        if !specs.global {
            return Ok(());
        }
        let problem = if specs.device || specs.host {
            "illegal combination of execution spaces: a __global__ function has no other"
        } else if specs.is_constexpr {
            "a __global__ function cannot be constexpr"
        } else {
            return Ok(());
        };
        Err(self.error(specs.global_at, problem))
    }

    pub fn check_variable_specifiers(&self, spec: &DeclSpec) -> PResult<()> {
        self.check_member_words(spec)?;
        let specs = &spec.specs;
        if specs.global || specs.host {
            let name = if specs.global { "__global__" } else { "__host__" };
            return self.space_does_not_apply(spec.span, name, "variable");
        }
        if self.in_body && self.classes.is_empty() {
            if specs.is_inline {
                return Err(self.error(spec.span, "\"inline\" is not allowed on a local variable"));
            }
            if specs.thread_local {
                return Err(self.error(spec.span, "thread_local variables do not exist in device code"));
            }
        }
        Ok(())
    }
}
