//! The preprocessor: text and options to the tokens of the whole translation unit.
//!
//! A real one: object, function and variadic macros, `#` and `##`, `#if` with full expressions, `#include` of
//! in-memory headers, of folders on disk and of the well-known host headers. What is built in is read once for
//! the process (`Builtins`). Every amount is bounded; exceeding a bound is one clear error and the end.

mod condition;
mod directives;
mod expand;
mod header_texts;
mod headers;
mod lexer;
mod library;
mod macros;
pub mod token;
pub mod words;

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use self::expand::{Context, EXPANSION_BUDGET};
pub use self::headers::Builtins;
use self::lexer::Lexer;
pub use self::library::header_with;
use self::macros::{Macro, MacroKind};
use self::token::{Kind, LINE_START, Token};
use self::words::Word;
use crate::cudac::diagnostics::Diagnostics;
use crate::cudac::source::{SourceKind, SourceMap, Span, Text};
use crate::cudac::symbol::{FastMap, Interner, NameHasher, Symbol};

/// Bytes of text in one compile, headers included.
const MAX_TEXT: usize = 16 << 20;
/// Tokens that reach the parser.
const MAX_TOKENS: usize = 3_000_000;

/// `-D` and `-U`, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacroOption {
    /// `NAME`, `NAME=VALUE` or `NAME(a,b)=TEXT`
    Define(String),
    Undef(String),
}

#[derive(Clone, Debug, Default)]
pub struct PreprocessOptions {
    pub macros: Vec<MacroOption>,
    /// `-I`, searched in order.
    pub include_dirs: Vec<String>,
    /// `-include`, read before the text.
    pub forced_includes: Vec<String>,
    /// Two digits of `-std=c++NN`; 0 means 17.
    pub standard: u32,
    /// Without it no file is ever opened, `-I` or not.
    pub allow_disk: bool,
}

/// A header that the caller hands over: what `#include` calls it, and its text.
#[derive(Clone, Copy, Debug)]
pub struct MemoryHeader<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

pub struct PreprocessInput<'a> {
    pub name: &'a str,
    pub text: Text,
    pub options: &'a PreprocessOptions,
    pub headers: &'a [MemoryHeader<'a>],
}

/// What is left of the text.
pub struct Preprocessed {
    /// The last token is `Kind::Eof`.
    pub tokens: Vec<Token>,
    pub names: Interner,
    pub sources: SourceMap,
}

/// One open conditional group.
struct Group {
    span: Span,
    /// Some branch has been taken already.
    taken: bool,
    seen_else: bool,
}

struct File {
    lexer: Lexer,
    groups: Vec<Group>,
    name: String,
    on_disk: bool,
}

pub struct Preprocessor<'a> {
    names: Interner,
    sources: SourceMap,
    sink: &'a mut Diagnostics,
    builtins: &'static Builtins,
    headers: &'a [MemoryHeader<'a>],
    options: &'a PreprocessOptions,
    /// Defined, or with `None` undefined, by the text; over `Builtins`.
    macros: FastMap<Symbol, Option<Arc<Macro>>>,
    files: Vec<File>,
    contexts: Vec<Context>,
    disabled: HashSet<Symbol, BuildHasherDefault<NameHasher>>,
    once: HashSet<String>,
    in_condition: bool,
    nesting: u32,
    counter: u32,
    budget: u64,
    text_bytes: usize,
    is_fatal: bool,
}

/// Preprocesses one text. `names` stands on `builtins::FIXED_NAMES`. `sources` may hold built-in texts.
pub fn preprocess(
    input: &PreprocessInput<'_>,
    names: Interner,
    sources: SourceMap,
    sink: &mut Diagnostics,
) -> Preprocessed {
    let mut pre = Preprocessor::new(input.options, input.headers, names, sources, sink, Builtins::get());
    let mut tokens = Vec::with_capacity(input.text.len() / 4 + 16);
    let command_line = pre.command_line();
    if !command_line.is_empty() {
        pre.open("<command line>", command_line.into(), SourceKind::Builtin, false, Span::NONE);
        pre.run(&mut tokens);
    }
    for name in &input.options.forced_includes {
        pre.include(name, false, Span::NONE);
        pre.run(&mut tokens);
    }
    if pre.open(input.name, input.text.clone(), SourceKind::Main, false, Span::NONE) {
        pre.run(&mut tokens);
    }
    let end = pre.sources.files().iter().rfind(|f| f.kind == SourceKind::Main);
    let end = end.map_or(0, |f| f.base + f.text.trim_end().len() as u32);
    tokens.push(Token::new(Kind::Eof, Span::new(end, end)));
    Preprocessed { tokens, names: pre.names, sources: pre.sources }
}

impl<'a> Preprocessor<'a> {
    fn new(
        options: &'a PreprocessOptions,
        headers: &'a [MemoryHeader<'a>],
        names: Interner,
        sources: SourceMap,
        sink: &'a mut Diagnostics,
        builtins: &'static Builtins,
    ) -> Preprocessor<'a> {
        Preprocessor {
            names,
            sources,
            sink,
            builtins,
            headers,
            options,
            macros: FastMap::default(),
            files: Vec::new(),
            contexts: Vec::new(),
            disabled: HashSet::default(),
            once: HashSet::new(),
            in_condition: false,
            nesting: 0,
            counter: 0,
            budget: EXPANSION_BUDGET,
            text_bytes: 0,
            is_fatal: false,
        }
    }

    /// Options as text, so that they take the ordinary path and errors in them have a place.
    fn command_line(&self) -> String {
        let mut text = String::new();
        let standard = match self.options.standard {
            3 | 98 => "199711",
            11 => "201103",
            14 => "201402",
            20 => "202002",
            23 => "202302",
            _ => "",
        };
        if !standard.is_empty() {
            text += &format!("#undef __cplusplus\n#define __cplusplus {standard}L\n");
        }
        for option in &self.options.macros {
            match option {
                MacroOption::Define(definition) => {
                    let (name, value) = definition.split_once('=').unwrap_or((definition, "1"));
                    text += &format!("#define {} {}\n", one_line(name), one_line(value));
                }
                MacroOption::Undef(name) => text += &format!("#undef {}\n", one_line(name)),
            }
        }
        text
    }

    /// Expands everything that is open into `out`.
    fn run(&mut self, out: &mut Vec<Token>) {
        loop {
            let token = self.next_expanded();
            match token.kind {
                Kind::Eof | Kind::Barrier => break,
                Kind::Placemarker => {}
                Kind::Other if self.sink.has_errors() => {}
                _ => out.push(token),
            }
            if out.len() > MAX_TOKENS {
                self.fatal(token.span, "the program is too large");
                break;
            }
        }
    }

    fn stopped(&self) -> bool {
        self.is_fatal
    }

    /// Reports and ends everything: what follows would be noise.
    fn fatal(&mut self, span: Span, message: &str) {
        if !self.is_fatal {
            self.sink.error(span, message);
        }
        self.is_fatal = true;
        self.contexts.clear();
        self.disabled.clear();
    }

    /// Begins a text.
    fn open(&mut self, name: &str, text: Text, kind: SourceKind, on_disk: bool, at: Span) -> bool {
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        let base = if self.text_bytes > MAX_TEXT {
            None
        } else {
            self.sources.add_included(name, text.clone(), kind, at)
        };
        let Some(base) = base else {
            self.fatal(at, &format!("the program text is too large (limit {} MiB)", MAX_TEXT >> 20));
            return false;
        };
        let lexer = Lexer::new(text, base);
        self.files.push(File { lexer, groups: Vec::new(), name: name.to_string(), on_disk });
        true
    }

    fn macro_of(&self, name: Symbol) -> Option<Arc<Macro>> {
        let known = match self.macros.get(&name) {
            Some(own) => own.as_ref(),
            None => self.builtins.predefined.get(&name),
        }?;
        // `assert` follows NDEBUG as it is where it is used.
        if known.predefined && name == Word::Assert.symbol() && known.kind != MacroKind::Object {
            let off = self.macro_of(Word::Ndebug.symbol()).is_some();
            return Some(if off { self.builtins.no_assert.clone() } else { known.clone() });
        }
        Some(known.clone())
    }

    /// The next token of the innermost file, with directives done on the way.
    fn next_from_file(&mut self) -> Token {
        loop {
            let Some(file) = self.files.last_mut() else { return Token::new(Kind::Eof, Span::NONE) };
            if self.is_fatal || self.sink.at_limit() {
                return Token::new(Kind::Eof, Span::NONE);
            }
            let token = file.lexer.next(&mut self.names, self.sink);
            match token.kind {
                Kind::Hash if token.has(LINE_START) && !self.in_condition => self.directive(token),
                Kind::Eof => {
                    for group in std::mem::take(&mut file.groups) {
                        self.sink.error(group.span, "the #endif for this directive is missing");
                    }
                    self.files.pop();
                    if self.files.is_empty() {
                        return token;
                    }
                }
                _ => return token,
            }
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests;
