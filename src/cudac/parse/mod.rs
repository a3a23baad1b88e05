//! Tokens to the untyped tree. C++ as CUDA programs write it: declarations eagerly, function bodies on demand.
//!
//! The grammar is recursive descent with bounded depth. What C++ leaves ambiguous is resolved by knowing which names
//! are types and templates (`scope`); names that nobody declared are judged by what stands around them, so that a
//! text that leans on something unknown still parses and fails, if at all, where that is used.

pub mod ast;
mod ast_expr;
pub mod builtins;
mod declarators;
mod decls;
mod exprs;
mod lambdas;
pub mod library;
pub mod literals;
pub mod made;
mod mistakes;
mod names;
mod parser;
mod primary;
mod records;
pub mod scope;
mod specifiers;
mod stmts;
mod templates;
mod types;

use std::sync::OnceLock;

use self::ast::{Decl, FnBody, ParsedBody, TemplateArg};
use self::library::Library;
use self::parser::{PResult, Parser, Scopes};
use self::scope::{NameInfo, Outer, ScopeId, ScopeTable};
use super::builtins::FIXED_NAMES;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::preprocess::token::{Kind, Token};
use super::preprocess::{MemoryHeader, PreprocessInput, PreprocessOptions, preprocess};
use super::source::{SourceMap, Span, Text};
use super::symbol::{Interner, Symbol};

/// Errors outside of function bodies that are reported before the parser gives up.
const MAX_ERRORS: usize = 10;

/// One text to parse.
#[derive(Clone, Copy)]
pub struct ParseInput<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub options: &'a PreprocessOptions,
    pub headers: &'a [MemoryHeader<'a>],
    /// The built-in functions.
    pub library: Option<&'static Library>,
    /// Like `add<float, 4>` or `ns::k`: parsed in the scope of the finished unit into `Unit::name_expressions`.
    pub name_expressions: &'a [&'a str],
}

/// A parsed text. Names are `Symbol`s of `names`; bodies are parsed by `body`.
#[derive(Debug)]
pub struct Unit {
    pub decls: Vec<Decl>,
    pub names: Interner,
    pub sources: SourceMap,
    pub name_expressions: Vec<Result<ast::Name, Diagnostic>>,
    /// What name lookup falls back to.
    pub library: Option<&'static Library>,
    /// What the checker adds.
    pub made: made::Made,
    /// Names in the place of types that were not declared before, see `check::earlier_mistake`.
    pub unknown_types: Vec<Span>,
    tokens: Vec<Token>,
    scopes: ScopeTable,
}

impl Unit {
    pub fn name(&self, symbol: Symbol) -> &str {
        self.names.name(symbol)
    }

    /// The symbol of a name, if the unit (or anything built in) mentions it.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        self.names.lookup(name)
    }

    pub fn token_count(&self) -> usize {
        self.tokens.len()
    }

    /// The statements of a function of this unit or of the library, parsed at the first call.
    pub fn body<'a>(&'a self, body: &'a FnBody) -> Result<&'a ParsedBody, &'a Diagnostic> {
        let parsed = body.parsed.get_or_init(|| match body.library.zip(self.library) {
            Some((name, library)) => library.parse_body(name, body),
            None => parse_body(body, &self.tokens, &self.names, &self.scopes, outer(self.library)),
        });
        parsed.as_ref().map_err(|error| &**error)
    }

    /// The error in the body of the last function of a declaration, if it has one.
    fn broken_body(&self, decl: &Decl, depth: u32) -> Option<Diagnostic> {
        match &decl.kind {
            ast::DeclKind::Function(f) => self.body(f.body.as_ref()?).err().cloned(),
            ast::DeclKind::Template(t) if depth < 8 => self.broken_body(&t.decl, depth + 1),
            ast::DeclKind::Namespace { decls, .. } if depth < 8 => self.broken_body(decls.last()?, depth + 1),
            _ => None,
        }
    }
}

fn parse_body(
    body: &FnBody,
    tokens: &[Token],
    names: &Interner,
    scopes: &ScopeTable,
    outer: Outer<'_>,
) -> PResult<ParsedBody> {
    let mut parser = Parser::new(tokens, names, Scopes::Frozen(scopes), outer);
    parser.pos = body.tokens.first as usize;
    parser.end = (body.tokens.end as usize).min(tokens.len());
    parser.scope = ScopeId(body.scope);
    parser.in_body = true;
    // Bodies of lambda expressions in it come from the same text.
    parser.library = body.library;
    for (name, kind) in body.locals.iter() {
        parser.declare_local(*name, NameInfo::of(*kind));
    }
    parser.function_body()
}

/// What is there before a text: names of built-in types, and the library.
fn outer(library: Option<&'static Library>) -> Outer<'static> {
    static BASE: OnceLock<ScopeTable> = OnceLock::new();
    let base = BASE.get_or_init(|| {
        let mut names = Interner::over(&FIXED_NAMES);
        let scopes = builtins::scopes(&mut names);
        debug_assert_eq!(names.len(), Interner::over(&FIXED_NAMES).len(), "a name without a fixed number");
        scopes
    });
    Outer { base: Some(base), library, unfinished: None }
}

/// Preprocesses and parses a text. Errors go to `sink`; the unit holds what could be read. Function bodies are not
/// looked at.
pub fn parse_unit(input: &ParseInput<'_>, sink: &mut Diagnostics) -> Unit {
    let mut sources = SourceMap::new();
    for file in input.library.into_iter().flat_map(Library::files) {
        sources.add_placed(file.clone());
    }
    let source = PreprocessInput {
        name: input.name,
        text: input.text.into(),
        options: input.options,
        headers: input.headers,
    };
    let mut done = preprocess(&source, Interner::over(&FIXED_NAMES), sources, sink);
    let expressions: Vec<_> = input
        .name_expressions
        .iter()
        .map(|text| {
            let options = PreprocessOptions::default();
            let source = PreprocessInput {
                name: "<name expression>",
                text: Text::from(*text),
                options: &options,
                headers: &[],
            };
            let mut own = Diagnostics::default();
            let names = std::mem::take(&mut done.names);
            let sources = std::mem::take(&mut done.sources);
            let result = preprocess(&source, names, sources, &mut own);
            done.names = result.names;
            done.sources = result.sources;
            match own.iter().next() {
                Some(error) => Err(error.clone()),
                None => Ok(result.tokens),
            }
        })
        .collect();
    let mut unit = Unit {
        decls: Vec::new(),
        names: done.names,
        sources: done.sources,
        name_expressions: Vec::new(),
        library: input.library,
        made: made::Made::default(),
        unknown_types: Vec::new(),
        tokens: done.tokens,
        scopes: ScopeTable::default(),
    };
    // After a broken preprocessing the rest would only be noise.
    if !sink.has_errors() {
        let mut scopes = ScopeTable::default();
        let done = declarations(&unit.tokens, &unit.names, &mut scopes, outer(input.library), None);
        (unit.decls, unit.unknown_types) = (done.decls, done.unknown_types);
        unit.scopes = scopes;
        for (i, (known, error)) in done.errors.into_iter().enumerate() {
            // A brace too many or too few in a body makes what follows it look wrong.
            let cause =
                if i == 0 { unit.decls[..known].last().and_then(|d| unit.broken_body(d, 0)) } else { None };
            sink.push(cause.unwrap_or(*error));
        }
    }
    let parse = |tokens: Result<Vec<Token>, Diagnostic>| parse_name(&unit, &tokens?).map_err(|e| *e);
    unit.name_expressions = expressions.into_iter().map(parse).collect();
    unit
}

struct Declared {
    decls: Vec<Decl>,
    /// Each with the number of declarations before it.
    errors: Vec<(usize, Box<Diagnostic>)>,
    unknown_types: Vec<Span>,
}

/// All declarations of a unit. After an error the parser goes on behind the declaration that has it.
fn declarations(
    tokens: &[Token],
    names: &Interner,
    scopes: &mut ScopeTable,
    outer: Outer<'_>,
    library: Option<Symbol>,
) -> Declared {
    let mut decls = Vec::new();
    let mut parser = Parser::new(tokens, names, Scopes::Open(scopes), outer);
    parser.library = library;
    let mut errors = Vec::new();
    while parser.kind() != Kind::Eof {
        if parser.kind() == Kind::RBrace && !errors.is_empty() {
            // Its partner was skipped.
            parser.bump();
            continue;
        }
        let start = parser.pos;
        let locals = parser.enter_locals();
        let Err(error) = parser.declaration(&mut decls) else { continue };
        errors.push((decls.len(), error));
        if errors.len() >= MAX_ERRORS {
            break;
        }
        parser.recover(start, locals);
    }
    Declared { decls, errors, unknown_types: parser.unknown_types }
}

impl Parser<'_> {
    /// Goes behind the broken declaration that began at `start`: its `;`, or the brace that ends it.
    fn recover(&mut self, start: usize, locals: usize) {
        let reached = self.pos;
        self.leave_locals(locals);
        self.nest = 0;
        self.height = 0;
        self.scope = ScopeId::GLOBAL;
        self.classes.clear();
        self.no_gt = false;
        self.extern_c = false;
        self.is_template = false;
        self.half = false;
        self.pos = start;
        let mut depth = 0usize;
        while self.pos < self.end {
            let kind = self.tokens[self.pos].kind;
            self.bump();
            match kind {
                Kind::LBrace => depth += 1,
                Kind::RBrace if depth <= 1 => {
                    depth = 0;
                    if self.pos > reached {
                        self.eat(Kind::Semi);
                        return;
                    }
                }
                Kind::RBrace => depth -= 1,
                Kind::Semi if depth == 0 && self.pos > reached => return,
                _ => {}
            }
            if self.kind() == Kind::Eof {
                return;
            }
        }
    }
}

/// `add<float, 4>`, `&ns::k`
fn parse_name(unit: &Unit, tokens: &[Token]) -> PResult<ast::Name> {
    let mut parser = Parser::new(tokens, &unit.names, Scopes::Frozen(&unit.scopes), outer(unit.library));
    parser.eat(Kind::Amp);
    let (name, _) = parser.name(names::NameContext::Declarator)?;
    if parser.kind() != Kind::Eof {
        return Err(parser.error(parser.span(), "expected the end of the name expression"));
    }
    Ok(name)
}

/// True if template arguments were written anywhere in the name.
pub fn has_template_args(name: &ast::Name) -> bool {
    name.segments.iter().any(|s| s.args.as_ref().is_some_and(|args: &Vec<TemplateArg>| !args.is_empty()))
}

#[cfg(test)]
mod dump;
#[cfg(test)]
mod robustness_tests;
#[cfg(test)]
mod tests;
