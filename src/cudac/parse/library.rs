//! The built-in library: declarations that are there without being written. Each name is a part of its own, with all that
//! is declared under it, read and parsed when somebody first asks for it and kept for the life of the process.

use std::sync::{Arc, OnceLock};

use super::ast::{Decl, FnBody, ParsedBody};
use super::parser::PResult;
use super::scope::{NameKind, Outer, ScopeTable};
use super::{Declared, declarations, outer, parse_body};
use crate::cudac::builtins::{self, FIXED_NAMES};
use crate::cudac::diagnostics::{Diagnostic, Diagnostics};
use crate::cudac::preprocess::token::{Kind, Token};
use crate::cudac::preprocess::{PreprocessInput, PreprocessOptions, preprocess};
use crate::cudac::source::{BUILTIN_BASE, SourceFile, SourceKind, SourceMap, Span, Text};
use crate::cudac::symbol::{FastMap, Interner, Symbol};
use crate::sync::Mutex;

/// All declarations of one name, in the order of the texts.
#[derive(Debug)]
pub struct Part {
    pub decls: Vec<Decl>,
    /// Names inside, for a namespace.
    pub(super) scopes: ScopeTable,
    tokens: Vec<Token>,
    /// Errors in the text itself; there are none (a test looks).
    pub errors: Vec<Diagnostic>,
}

#[derive(Debug)]
pub struct Library {
    names: Interner,
    files: Vec<Arc<SourceFile>>,
    /// By name. A part is never dropped, so that a tree may refer to it for good.
    parts: Mutex<FastMap<Symbol, &'static Part>>,
}

impl Library {
    pub fn get() -> &'static Library {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| {
            let mut at = BUILTIN_BASE;
            let place = |(name, text): (&str, &'static str)| {
                let file = SourceFile::new(name, Text::Fixed(text), SourceKind::Builtin, at);
                at += text.len() as u32 + 1;
                Arc::new(file)
            };
            let files = builtins::texts().map(place).collect();
            let names = Interner::over(&FIXED_NAMES);
            Library { names, files, parts: Mutex::default() }
        })
    }

    /// The texts, placed where the spans of the parts say.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// What the library declares under a name; nothing is parsed for this.
    pub fn kind(&self, name: Symbol) -> Option<NameKind> {
        let mut kinds = builtins::places(name).map(|place| place.kind);
        let first = kinds.next()?;
        // A template among functions of one name decides how `name<` is read.
        if first == NameKind::Value && kinds.any(|kind| kind == NameKind::ValueTemplate) {
            return Some(NameKind::ValueTemplate);
        }
        Some(first)
    }

    /// Everything that is declared under a name.
    pub fn part(&'static self, name: Symbol) -> Option<&'static Part> {
        self.kind(name)?;
        if let Some(known) = self.parts.lock().get(&name) {
            return Some(known);
        }
        // Parsed outside of the lock: a part may ask for another. Who comes second drops his.
        let part = self.parse(name);
        Some(self.parts.lock().entry(name).or_insert_with(|| Box::leak(Box::new(part))))
    }

    fn parse(&'static self, name: Symbol) -> Part {
        let mut sink = Diagnostics::default();
        let mut tokens: Vec<Token> = Vec::new();
        let options = PreprocessOptions::default();
        for place in builtins::places(name) {
            let (lo, hi) = (BUILTIN_BASE + place.start, BUILTIN_BASE + place.end);
            let Some(file) = self.files.iter().rfind(|f| f.base <= lo) else { continue };
            let text = Text::from(&file.text[(lo - file.base) as usize..(hi - file.base) as usize]);
            // Preprocessed in a map of its own, then moved to its place.
            let input = PreprocessInput { name: &file.name, text, options: &options, headers: &[] };
            let done = preprocess(&input, Interner::over(&FIXED_NAMES), SourceMap::new(), &mut sink);
            debug_assert_eq!(done.names.len(), self.names.len(), "a name without a fixed number");
            let shift =
                |span: Span| Span::new((span.lo - 1).wrapping_add(lo), (span.hi - 1).wrapping_add(lo));
            tokens.pop();
            tokens.extend(done.tokens.iter().map(|t| Token { span: shift(t.span), ..*t }));
        }
        debug_assert!(tokens.last().is_some_and(|t| t.kind == Kind::Eof));
        let mut scopes = ScopeTable::default();
        let outer = Outer { unfinished: Some(name), ..outer(Some(self)) };
        let Declared { decls, errors, .. } =
            declarations(&tokens, &self.names, &mut scopes, outer, Some(name));
        errors.into_iter().for_each(|(_, error)| sink.push(*error));
        Part { decls, scopes, tokens, errors: sink.iter().cloned().collect() }
    }

    /// The statements of a function of the part `name`.
    pub(super) fn parse_body(&'static self, name: Symbol, body: &FnBody) -> PResult<ParsedBody> {
        match self.part(name) {
            Some(part) => parse_body(body, &part.tokens, &self.names, &part.scopes, outer(Some(self))),
            None => Err(Box::new(Diagnostic::error(body.span, "a function of no library"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ast::DeclKind;
    use super::*;
    use crate::cudac::check::names::segment_symbol;

    /// The name that a declaration enters, and what the parser should know of it.
    fn declared(decl: &Decl) -> Option<(Symbol, NameKind)> {
        match &decl.kind {
            DeclKind::Function(f) => Some((segment_symbol(&f.name.last().name)?, NameKind::Value)),
            DeclKind::Namespace { name, .. } => Some(((*name)?, NameKind::Namespace)),
            DeclKind::Template(t) => Some((declared(&t.decl)?.0, NameKind::ValueTemplate)),
            _ => None,
        }
    }

    #[test]
    fn every_part_parses_and_declares_its_name() {
        let library = Library::get();
        let (mut parts, mut bodies) = (0, 0);
        for number in 0..library.names.len() {
            let symbol = Symbol(number);
            let name = library.names.name(symbol);
            let Some(part) = library.part(symbol) else { continue };
            let mut map = SourceMap::new();
            library.files.iter().for_each(|f| map.add_placed(f.clone()));
            assert!(part.errors.is_empty(), "{name}: {:?}", part.errors);
            let places: Vec<_> = builtins::places(symbol).collect();
            assert_eq!(part.decls.len(), places.len(), "{name}");
            for (decl, place) in part.decls.iter().zip(places) {
                assert_eq!(declared(decl), Some((symbol, place.kind)), "{name}");
                assert_eq!(decl.span.lo, BUILTIN_BASE + place.start, "{name}");
                assert!(map.snippet(decl.span).is_some_and(|text| text.contains(name)), "{name}");
                if let DeclKind::Function(f) = &decl.kind
                    && let Some(body) = &f.body
                {
                    let parsed = library.parse_body(symbol, body);
                    assert!(
                        parsed.is_ok_and(|b| map.snippet(b.block.span).is_some_and(|t| t.ends_with('}')))
                    );
                    bodies += 1;
                }
            }
            parts += 1;
        }
        assert!(parts > 600 && bodies > 700, "{parts} parts, {bodies} bodies");
    }
}
