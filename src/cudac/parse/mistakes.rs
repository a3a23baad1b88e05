//! What to say of a declaration that cannot be read: the place that a reader would call wrong, rather than the token
//! where reading ended.

use super::ast::{Specifiers, TypeKind, TypeSyntax};
use super::parser::Parser;
use super::types::DeclSpec;
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::preprocess::token::Kind;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

impl Parser<'_> {
    /// An unknown word at the start is the likelier mistake than what follows it.
    pub fn explain_bad_start(&self, spec: &DeclSpec, at: Span, error: Box<Diagnostic>) -> Box<Diagnostic> {
        let nothing_read = self.span() == at;
        match &spec.ty {
            None if nothing_read && spec.span == at => self.expected("a declaration"),
            None if nothing_read => self.error(at, "expected a type in this declaration"),
            // `struct S {...}` and then something new: the semicolon was forgotten.
            Some(TypeSyntax {
                kind: TypeKind::Elaborated { .. } | TypeKind::Record(_) | TypeKind::Enum(_),
                ..
            }) if nothing_read && self.kind() != Kind::Eof => self.expected("a \";\""),
            _ => error,
        }
    }

    /// A function with a body among the statements of another. One for the device shows that the brace is missing.
    pub fn nested_function(&self, specs: &Specifiers, brace: Span) -> Box<Diagnostic> {
        let message = if specs.global || specs.device {
            "expected a \"}\" further up: a function definition is not allowed inside a function"
        } else {
            "a function definition is not allowed here, expected a \";\""
        };
        self.error(brace, message)
    }

    /// The first mistake in a body that begins at a token and never ends.
    pub fn error_inside(&mut self, first: usize) -> Option<Box<Diagnostic>> {
        let classes = std::mem::take(&mut self.classes);
        let in_body = std::mem::replace(&mut self.in_body, true);
        self.pos = first;
        let error = self.function_body().err();
        self.in_body = in_body;
        self.classes = classes;
        error
    }

    /// The name of a type that nothing has declared so far.
    pub fn note_unknown_type(&mut self, ty: Option<&TypeSyntax>) -> Option<(Symbol, Span)> {
        let TypeKind::Named { name, .. } = &ty?.kind else { return None };
        let symbol = name.as_ident()?;
        if self.lookup(symbol).is_some() {
            return None;
        }
        if !self.in_body && self.classes.is_empty() {
            self.unknown_types.push(name.span);
        }
        Some((symbol, name.span))
    }
}
