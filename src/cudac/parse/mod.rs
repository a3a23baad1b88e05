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
pub mod literals;
mod names;
mod parser;
mod primary;
mod records;
pub mod scope;
mod stmts;
mod templates;
mod types;

use std::sync::{Arc, OnceLock};

use self::ast::{Decl, FnBody, ParsedBody, TemplateArg};
use self::parser::{PResult, Parser, Scopes};
use self::scope::{NameInfo, ScopeId, ScopeTable};
use super::diagnostics::{Diagnostic, Diagnostics};
use super::preprocess::token::{Kind, Token};
use super::preprocess::{Builtins, MemoryHeader, PreprocessInput, PreprocessOptions, preprocess};
use super::source::{BUILTIN_BASE, SourceFile, SourceKind, SourceMap, Span};
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
    /// The built-in functions, parsed once with `parse_builtin`.
    pub builtin: Option<&'a Arc<Unit>>,
    /// Like `add<float, 4>` or `ns::k`: parsed in the scope of the finished unit into `Unit::name_expressions`.
    pub name_expressions: &'a [&'a str],
}

/// A parsed text. Names are `Symbol`s of `names`; bodies are parsed by `body`.
#[derive(Debug)]
pub struct Unit {
    pub decls: Vec<Decl>,
    pub names: Arc<Interner>,
    pub sources: SourceMap,
    pub name_expressions: Vec<Result<ast::Name, Diagnostic>>,
    /// What name lookup falls back to.
    pub builtin: Option<Arc<Unit>>,
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

    /// The statements of a function of this unit or of its built-in one, parsed at the first call.
    pub fn body<'a>(&'a self, body: &'a FnBody) -> Result<&'a ParsedBody, &'a Diagnostic> {
        if body.span.is_builtin()
            && let Some(builtin) = &self.builtin
        {
            return builtin.body(body);
        }
        let parsed = body.parsed.get_or_init(|| self.parse_body(body));
        parsed.as_ref().map_err(|error| &**error)
    }

    fn parse_body(&self, body: &FnBody) -> PResult<ParsedBody> {
        let end = (body.tokens.end as usize).min(self.tokens.len());
        let mut parser =
            Parser::new(&self.tokens, &self.names, Scopes::Frozen(&self.scopes), self.outer_scopes());
        parser.pos = body.tokens.first as usize;
        parser.end = end;
        parser.scope = ScopeId(body.scope);
        parser.in_body = true;
        for (name, kind) in body.locals.iter() {
            parser.declare_local(*name, NameInfo::of(*kind));
        }
        parser.function_body()
    }

    fn outer_scopes(&self) -> Option<&ScopeTable> {
        match &self.builtin {
            Some(unit) => Some(&unit.scopes),
            None => Some(&Base::get().scopes),
        }
    }
}

/// What is there before any text: keywords, macros of known headers, names of built-in types.
struct Base {
    names: Arc<Interner>,
    scopes: ScopeTable,
}

impl Base {
    fn get() -> &'static Base {
        static BASE: OnceLock<Base> = OnceLock::new();
        BASE.get_or_init(|| {
            let mut names = Interner::over(Builtins::get().names());
            let scopes = builtins::scopes(&mut names);
            Base { names: Arc::new(names), scopes }
        })
    }
}

/// Preprocesses and parses a text. Errors go to `sink`; the unit holds what could be read. Function bodies are not
/// looked at.
pub fn parse_unit(input: &ParseInput<'_>, sink: &mut Diagnostics) -> Unit {
    let base = match input.builtin {
        Some(unit) => unit.names.clone(),
        None => Base::get().names.clone(),
    };
    let mut sources = SourceMap::new();
    if let Some(unit) = input.builtin {
        for file in unit.sources.files() {
            sources.add_placed(file.clone());
        }
    }
    let source = PreprocessInput {
        name: input.name,
        text: input.text,
        options: input.options,
        headers: input.headers,
    };
    let mut done = preprocess(&source, Interner::over(base), sources, sink);
    let expressions: Vec<_> = input
        .name_expressions
        .iter()
        .map(|text| {
            let options = PreprocessOptions::default();
            let source = PreprocessInput { name: "<name expression>", text, options: &options, headers: &[] };
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
        names: Arc::new(done.names),
        sources: done.sources,
        name_expressions: Vec::new(),
        builtin: input.builtin.cloned(),
        tokens: done.tokens,
        scopes: ScopeTable::default(),
    };
    // After a broken preprocessing the rest would only be noise.
    if !sink.has_errors() {
        let mut scopes = ScopeTable::default();
        unit.decls = declarations(&unit.tokens, &unit.names, &mut scopes, unit.outer_scopes(), sink);
        unit.scopes = scopes;
    }
    let parse = |tokens: Result<Vec<Token>, Diagnostic>| parse_name(&unit, &tokens?).map_err(|e| *e);
    unit.name_expressions = expressions.into_iter().map(parse).collect();
    unit
}

/// Parses texts that are built in, to be given to every `parse_unit`. They see each other in order; their spans are
/// the same in all units.
pub fn parse_builtin(texts: &[(&str, &str)], sink: &mut Diagnostics) -> Unit {
    let base = Base::get();
    let mut names = Interner::over(base.names.clone());
    let mut sources = SourceMap::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = BUILTIN_BASE;
    let options = PreprocessOptions::default();
    for (name, text) in texts {
        // Preprocessed in a map of its own, then moved to its final place.
        let input = PreprocessInput { name, text, options: &options, headers: &[] };
        let mut own = Diagnostics::default();
        let done = preprocess(&input, names, SourceMap::new(), &mut own);
        names = done.names;
        let shift = |span: Span| {
            Span::new(span.lo.wrapping_sub(1).wrapping_add(at), span.hi.wrapping_sub(1).wrapping_add(at))
        };
        tokens.pop();
        tokens.extend(done.tokens.iter().map(|t| Token { span: shift(t.span), ..*t }));
        for diagnostic in own.iter() {
            sink.push(Diagnostic { span: shift(diagnostic.span), ..diagnostic.clone() });
        }
        sources.add_placed(Arc::new(SourceFile::new(name, (*text).into(), SourceKind::Builtin, at)));
        at += text.len() as u32 + 1;
    }
    let mut scopes = base.scopes.clone();
    let decls = declarations(&tokens, &names, &mut scopes, None, sink);
    Unit {
        decls,
        names: Arc::new(names),
        sources,
        name_expressions: Vec::new(),
        builtin: None,
        tokens,
        scopes,
    }
}

/// All declarations of a unit. After an error the parser goes on behind the declaration that has it.
fn declarations(
    tokens: &[Token],
    names: &Interner,
    scopes: &mut ScopeTable,
    builtin: Option<&ScopeTable>,
    sink: &mut Diagnostics,
) -> Vec<Decl> {
    let mut decls = Vec::new();
    let mut parser = Parser::new(tokens, names, Scopes::Open(scopes), builtin);
    let mut errors = 0;
    while parser.kind() != Kind::Eof {
        let start = parser.pos;
        let locals = parser.enter_locals();
        let Err(error) = parser.declaration(&mut decls) else { continue };
        sink.push(*error);
        errors += 1;
        if errors >= MAX_ERRORS || sink.at_limit() {
            break;
        }
        parser.recover(start, locals);
    }
    decls
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
    let mut parser = Parser::new(tokens, &unit.names, Scopes::Frozen(&unit.scopes), unit.outer_scopes());
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
