//! The parser's state: a cursor over tokens, knowledge of names, and the bounds that keep every input cheap.
//!
//! Lookahead that fails is undone with `mark`/`reset`. All movement and all scanning ahead is paid from `fuel`, so
//! no text can make the backtracking expensive; `nest` bounds recursion, `height` the depth of trees built by loops.

use super::ast::{FnBody, TokenRange, Unsupported};
use super::scope::{NameInfo, NameKind, Outer, ScopeId, ScopeTable};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::preprocess::token::{Kind, Token};
use crate::cudac::preprocess::words::{self, Word};
use crate::cudac::source::Span;
use crate::cudac::symbol::{FastMap, Interner, Symbol};

pub type PResult<T> = Result<T, Box<Diagnostic>>;

/// Nested parentheses, blocks, types: one level is a handful of stack frames.
pub const MAX_NEST: u32 = 100;
/// Nodes above one another in a tree: long sums, chains of member accesses, `else if` chains.
pub const MAX_HEIGHT: u32 = 1000;

pub enum Scopes<'a> {
    /// A whole unit is parsed: declarations are entered.
    Open(&'a mut ScopeTable),
    /// One body of a finished unit.
    Frozen(&'a ScopeTable),
}

pub struct Parser<'a> {
    pub tokens: &'a [Token],
    pub pos: usize,
    /// Tokens from here on do not exist.
    pub end: usize,
    /// The first `>` of the `>>` at `pos` is consumed.
    pub half: bool,
    pub names: &'a Interner,
    pub scopes: Scopes<'a>,
    pub outer: Outer<'a>,
    /// The part of the built-in library that is parsed.
    pub library: Option<Symbol>,
    pub scope: ScopeId,
    /// Names without a scope of their own: parameters, template parameters, variables of blocks.
    pub locals: FastMap<Symbol, NameInfo>,
    undo: Vec<(Symbol, Option<NameInfo>)>,
    /// Inside a function body.
    pub in_body: bool,
    /// Classes whose members are being read, innermost last.
    pub classes: Vec<Option<Symbol>>,
    pub nest: u32,
    pub height: u32,
    fuel: u64,
    /// `>` ends a template argument list.
    pub no_gt: bool,
    pub extern_c: bool,
    /// What is declared next is a template.
    pub is_template: bool,
    /// `using namespace` in the body.
    pub used: Vec<ScopeId>,
    /// Names that stand where a type is needed and are none that the text has declared so far.
    pub unknown_types: Vec<Span>,
}

#[derive(Clone, Copy)]
pub struct Mark {
    pos: usize,
    half: bool,
    height: u32,
}

impl<'a> Parser<'a> {
    pub fn new(tokens: &'a [Token], names: &'a Interner, scopes: Scopes<'a>, outer: Outer<'a>) -> Parser<'a> {
        let end = tokens.len().saturating_sub(1);
        Parser {
            tokens,
            pos: 0,
            end,
            half: false,
            names,
            scopes,
            outer,
            library: None,
            scope: ScopeId::GLOBAL,
            locals: FastMap::default(),
            undo: Vec::new(),
            in_body: false,
            classes: Vec::new(),
            nest: 0,
            height: 0,
            fuel: tokens.len() as u64 * 16 + 200_000,
            no_gt: false,
            extern_c: false,
            is_template: false,
            used: Vec::new(),
            unknown_types: Vec::new(),
        }
    }

    // ------------------------------------------------------------ cursor

    /// The token `n` ahead.
    pub fn look(&self, n: usize) -> Token {
        let at = self.pos + n;
        if at < self.end && self.fuel > 0 {
            let mut token = self.tokens[at];
            if self.half && n == 0 {
                token.kind = Kind::Gt;
                token.span.lo += 1;
            }
            return token;
        }
        // Past the end stands the end of the unit, or for a body its last token.
        let last = self.tokens.get(self.end.min(self.tokens.len().saturating_sub(1)));
        Token::new(Kind::Eof, last.map_or(Span::NONE, |t| t.span))
    }

    pub fn token(&self) -> Token {
        self.look(0)
    }

    pub fn kind(&self) -> Kind {
        self.look(0).kind
    }

    pub fn kind_at(&self, n: usize) -> Kind {
        self.look(n).kind
    }

    pub fn span(&self) -> Span {
        self.look(0).span
    }

    /// The span of what was consumed last.
    pub fn last_span(&self) -> Span {
        self.tokens.get(self.pos.wrapping_sub(1)).map_or(Span::NONE, |t| t.span)
    }

    pub fn since(&self, start: Span) -> Span {
        start.to(self.last_span())
    }

    pub fn bump(&mut self) -> Token {
        let token = self.token();
        self.fuel = self.fuel.saturating_sub(1);
        if self.pos < self.end {
            self.pos += 1;
        }
        self.half = false;
        token
    }

    pub fn spend(&mut self, amount: usize) {
        self.fuel = self.fuel.saturating_sub(amount as u64);
    }

    pub fn mark(&self) -> Mark {
        Mark { pos: self.pos, half: self.half, height: self.height }
    }

    pub fn reset(&mut self, mark: Mark) {
        self.pos = mark.pos;
        self.half = mark.half;
        self.height = mark.height;
    }

    pub fn eat(&mut self, kind: Kind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    pub fn word_at(&self, n: usize) -> Option<Word> {
        let token = self.look(n);
        if token.kind == Kind::Ident { Word::of(token.symbol) } else { None }
    }

    pub fn word(&self) -> Option<Word> {
        self.word_at(0)
    }

    pub fn is_word(&self, word: Word) -> bool {
        self.word() == Some(word)
    }

    pub fn eat_word(&mut self, word: Word) -> bool {
        let found = self.is_word(word);
        if found {
            self.bump();
        }
        found
    }

    /// An identifier that is no keyword, `n` ahead.
    pub fn ident_at(&self, n: usize) -> Option<Symbol> {
        let token = self.look(n);
        (token.kind == Kind::Ident && !words::is_keyword(token.symbol)).then_some(token.symbol)
    }

    pub fn ident(&self) -> Option<Symbol> {
        self.ident_at(0)
    }

    pub fn expect_ident(&mut self) -> PResult<(Symbol, Span)> {
        match self.ident() {
            Some(symbol) => Ok((symbol, self.bump().span)),
            None => Err(self.expected("an identifier")),
        }
    }

    pub fn expect(&mut self, kind: Kind) -> PResult<Span> {
        if self.kind() == kind {
            return Ok(self.bump().span);
        }
        Err(self.expected(&format!("a \"{}\"", kind.text())))
    }

    /// `>` that closes template arguments, also as the first half of `>>`.
    pub fn at_close_angle(&self) -> bool {
        matches!(self.kind(), Kind::Gt | Kind::Shr)
    }

    pub fn expect_close_angle(&mut self) -> PResult<()> {
        match self.kind() {
            Kind::Gt => {
                self.bump();
                Ok(())
            }
            Kind::Shr => {
                self.half = true;
                Ok(())
            }
            _ => Err(self.expected("a \">\"")),
        }
    }

    // ------------------------------------------------------------ errors

    pub fn error(&self, span: Span, message: impl Into<String>) -> Box<Diagnostic> {
        if self.fuel == 0 {
            return Box::new(Diagnostic::error(self.here(), "the program is too complex to parse"));
        }
        Box::new(Diagnostic::error(span, message))
    }

    fn here(&self) -> Span {
        self.tokens.get(self.pos).map_or(Span::NONE, |t| t.span)
    }

    /// "expected X" at the current token, or just behind the last one where a line end lies between.
    pub fn expected(&self, what: &str) -> Box<Diagnostic> {
        let token = self.token();
        match token.kind {
            Kind::Eof if self.pos >= self.end && !self.in_body => {
                self.error(token.span, format!("expected {what}, found the end of the file"))
            }
            _ => self.error(token.span, format!("expected {what}")),
        }
    }

    pub fn unsupported(&self, what: &'static str, start: Span) -> Box<Unsupported> {
        let span = self.since(start);
        Box::new(Unsupported { what, text: self.spelled(span), span })
    }

    pub fn not_supported(&self, span: Span, what: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::unsupported(span, what, &self.spelled(span)))
    }

    /// The tokens of a span, shortened, as they would be written.
    pub fn spelled(&self, span: Span) -> String {
        const MOST: usize = 60;
        let mut text = String::new();
        // Spans of tokens are ascending but for macros and headers; the tokens before `pos` are the likely ones.
        let mut from = self.pos;
        while from > 0 && self.tokens[from - 1].span.lo >= span.lo && self.pos - from < 200 {
            from -= 1;
        }
        for (i, token) in self.tokens[from..self.end].iter().take_while(|t| t.span.hi <= span.hi).enumerate()
        {
            if i > 0 && token.flags & 3 != 0 {
                text.push(' ');
            }
            let spelling = token.kind.text();
            text.push_str(if spelling.is_empty() { self.names.name(token.symbol) } else { spelling });
            if text.len() > MOST {
                let mut cut = MOST;
                while !text.is_char_boundary(cut) {
                    cut -= 1;
                }
                text.truncate(cut);
                text.push_str("...");
                break;
            }
        }
        text
    }

    pub fn name_of(&self, symbol: Symbol) -> &'a str {
        self.names.name(symbol)
    }

    // ------------------------------------------------------------ bounds

    /// Runs `f` one level deeper.
    pub fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> PResult<T>) -> PResult<T> {
        if self.nest >= MAX_NEST {
            return Err(self.error(self.span(), "the program is nested too deeply here"));
        }
        self.nest += 1;
        let result = f(self);
        self.nest -= 1;
        result
    }

    /// One more node on top of the tree that a loop builds.
    pub fn grow(&mut self) -> PResult<()> {
        self.height += 1;
        if self.height > MAX_HEIGHT {
            return Err(self.error(self.span(), "this expression or statement is too long"));
        }
        Ok(())
    }

    // ------------------------------------------------------------ names

    pub fn table(&self) -> &ScopeTable {
        match &self.scopes {
            Scopes::Open(table) => table,
            Scopes::Frozen(table) => table,
        }
    }

    pub fn lookup(&self, name: Symbol) -> Option<NameInfo> {
        let local = self.locals.get(&name).copied();
        let used = || self.used.iter().find_map(|scope| self.lookup_in(*scope, name));
        local.or_else(used).or_else(|| self.table().lookup(self.scope, name, self.outer))
    }

    pub fn lookup_in(&self, scope: ScopeId, name: Symbol) -> Option<NameInfo> {
        self.table().member(scope, name, self.outer)
    }

    /// Enters a name where it is declared: a scope of the unit, or the current block.
    pub fn declare(&mut self, name: Symbol, info: NameInfo) {
        let scope = self.scope;
        match &mut self.scopes {
            Scopes::Open(table) if !self.in_body => table.declare(scope, name, info),
            _ => self.declare_local(name, info),
        }
    }

    pub fn declare_local(&mut self, name: Symbol, info: NameInfo) {
        let old = self.locals.insert(name, info);
        self.undo.push((name, old));
    }

    pub fn declare_value(&mut self, name: Symbol) {
        self.declare(name, NameInfo::of(NameKind::Value));
    }

    /// Opens a scope inside the current one, if scopes are kept here.
    pub fn open_scope(&mut self) -> Option<ScopeId> {
        let parent = self.scope;
        match &mut self.scopes {
            Scopes::Open(table) if !self.in_body => Some(table.open(parent)),
            _ => None,
        }
    }

    /// The state that `leave_locals` goes back to.
    pub fn enter_locals(&self) -> usize {
        self.undo.len()
    }

    pub fn leave_locals(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((name, old)) = self.undo.pop() {
                match old {
                    Some(info) => self.locals.insert(name, info),
                    None => self.locals.remove(&name),
                };
            }
        }
    }

    // ------------------------------------------------------------ bodies

    /// A body that is parsed later: tokens `first..pos` are its own.
    pub fn lazy_body(&mut self, first: usize, start: Span) -> FnBody {
        self.spend(self.locals.len());
        let mut locals: Vec<_> = self.locals.iter().map(|(name, info)| (*name, info.kind)).collect();
        locals.sort_unstable_by_key(|(name, _)| *name);
        FnBody {
            tokens: TokenRange { first: first as u32, end: self.pos as u32 },
            scope: self.scope.0,
            library: self.library,
            locals: locals.into(),
            parsed: Default::default(),
            span: self.since(start),
        }
    }

    /// Goes past the brace that closes the one here.
    pub fn skip_braces(&mut self) -> PResult<()> {
        self.skip_group(Kind::LBrace, Kind::RBrace)
    }

    /// Goes past the closing token of the group that opens here, looking at nothing else.
    pub fn skip_group(&mut self, open: Kind, close: Kind) -> PResult<()> {
        let start = self.span();
        if self.tokens[self.pos..self.end].first().is_none_or(|t| t.kind != open) {
            return Err(self.error(start, format!("expected a \"{}\"", open.text())));
        }
        let mut depth = 0usize;
        for at in self.pos..self.end {
            let kind = self.tokens[at].kind;
            if kind == open {
                depth += 1;
            } else if kind == close {
                depth -= 1;
                if depth == 0 {
                    self.spend(at - self.pos);
                    self.pos = at + 1;
                    return Ok(());
                }
            }
            if depth == 0 {
                break;
            }
        }
        Err(self.unclosed(start, close))
    }

    /// The group that began at `start` never ends. The place is the end of the text, as with other compilers, or the
    /// kernel that begins inside of what should have ended.
    pub fn unclosed(&self, start: Span, close: Kind) -> Box<Diagnostic> {
        self.unclosed_before(start, close, true)
    }

    /// The same for a group in which kernels may begin, such as a namespace.
    pub fn unclosed_before(&self, start: Span, close: Kind, no_kernels: bool) -> Box<Diagnostic> {
        let from = self.tokens[..self.end].iter().rposition(|t| t.span == start).unwrap_or(self.end);
        let kernel = Word::Global.symbol();
        let mut rest = self.tokens[from..self.end].iter();
        let inside = rest.find(|t| no_kernels && t.kind == Kind::Ident && t.symbol == kernel);
        let end = self.tokens.get(self.end).or(self.tokens.last()).map_or(start, |t| t.span);
        let at = inside.map_or(end, |t| t.span);
        let error = self.error(at, format!("expected a \"{}\"", close.text()));
        Box::new(error.note(start, "to match this one"))
    }
}
