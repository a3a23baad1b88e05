//! The texts of one check: the user's unit and, behind it, the built-in one.

use super::context::Res;
use crate::cudac::parse::{Unit, ast};
use crate::cudac::source::{SourceMap, Span};
use crate::cudac::symbol::Symbol;

#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub unit: &'a Unit,
}

impl<'a> Sources<'a> {
    pub fn name(&self, symbol: Symbol) -> &'a str {
        self.unit.name(symbol)
    }

    pub fn map(&self) -> &'a SourceMap {
        &self.unit.sources
    }

    /// The user's spelling on one line, cut at `limit` characters.
    pub fn snippet(&self, span: Span, limit: usize) -> String {
        let text = self.unit.sources.snippet(span).unwrap_or("");
        let mut out = String::new();
        for word in text.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
            if out.chars().count() > limit {
                let cut: String = out.chars().take(limit).collect();
                return format!("{cut}...");
            }
        }
        out
    }

    pub fn body(&self, body: &'a ast::FnBody) -> Res<&'a ast::ParsedBody> {
        self.unit.body(body).map_err(|e| Box::new(e.clone()))
    }
}
