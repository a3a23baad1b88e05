//! Macro expansion. Tokens come from a stack of contexts over the current file; a macro is disabled while its own
//! context is open, and its name met then is never expanded again. Every token pushed is paid from a budget, so no
//! set of macros can grow without end.

use std::sync::Arc;

use super::Preprocessor;
use super::macros::{self, Macro, MacroKind};
use super::token::{Kind, LINE_START, NO_EXPAND, SPACE, Token};
use super::words::Word;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Tokens that expansion may push in one compile.
pub const EXPANSION_BUDGET: u64 = 4_000_000;
/// Macro calls inside of arguments of macro calls.
const MAX_NESTING: u32 = 150;

pub enum Tokens {
    Shared(Arc<[Token]>),
    Owned(Vec<Token>),
}

pub struct Context {
    pub tokens: Tokens,
    pub pos: usize,
    /// Enabled again when the context is done.
    pub owner: Option<Symbol>,
    /// Where the macro was used; tokens of a shared body get it.
    pub span: Option<Span>,
    /// Does not end by itself: gives `Kind::Barrier` at its end.
    pub barrier: bool,
}

impl Context {
    fn get(&self) -> Option<Token> {
        let list: &[Token] = match &self.tokens {
            Tokens::Shared(list) => list,
            Tokens::Owned(list) => list,
        };
        let token = *list.get(self.pos)?;
        Some(Token { span: self.span.unwrap_or(token.span), ..token })
    }
}

/// The arguments of one call, with their tokens one after the other.
struct Args {
    tokens: Vec<Token>,
    ends: Vec<usize>,
    expanded: Vec<Option<Vec<Token>>>,
}

impl Args {
    fn raw(&self, index: usize) -> &[Token] {
        let start = if index == 0 { 0 } else { self.ends.get(index - 1).copied().unwrap_or(0) };
        self.ends.get(index).map_or(&[], |end| &self.tokens[start..*end])
    }
}

impl Preprocessor<'_> {
    /// The next token without expanding it: from the innermost context, or else from the file.
    pub fn next_raw(&mut self) -> Token {
        while let Some(context) = self.contexts.last_mut() {
            if let Some(token) = context.get() {
                context.pos += 1;
                return token;
            }
            if context.barrier {
                return Token::new(Kind::Barrier, Span::NONE);
            }
            if let Some(context) = self.contexts.pop()
                && let Some(owner) = context.owner
            {
                self.disabled.remove(&owner);
            }
        }
        self.next_from_file()
    }

    /// Pays for `tokens`; false, with an error, once the budget is gone.
    fn pay(&mut self, tokens: usize, span: Span) -> bool {
        if self.budget < tokens as u64 {
            self.fatal(span, "macro expansion is too large");
            return false;
        }
        self.budget -= tokens as u64;
        true
    }

    fn push(&mut self, tokens: Tokens, owner: Option<Symbol>, span: Option<Span>) {
        if let Some(owner) = owner {
            self.disabled.insert(owner);
        }
        self.contexts.push(Context { tokens, pos: 0, owner, span, barrier: false });
    }

    /// The next token after expansion.
    pub fn next_expanded(&mut self) -> Token {
        loop {
            let mut token = self.next_raw();
            if token.kind != Kind::Ident || token.has(NO_EXPAND) {
                return token;
            }
            if self.in_condition
                && let Some(answer) = self.condition_operator(token)
            {
                return answer;
            }
            let Some(definition) = self.macro_of(token.symbol) else { return token };
            if self.disabled.contains(&token.symbol) {
                token.flags |= NO_EXPAND;
                return token;
            }
            if !self.enter(token, &definition) {
                return token;
            }
        }
    }

    /// Expands `tokens` by themselves.
    pub fn expand_all(&mut self, tokens: Vec<Token>) -> Vec<Token> {
        self.contexts.push(Context {
            tokens: Tokens::Owned(tokens),
            pos: 0,
            owner: None,
            span: None,
            barrier: true,
        });
        let mut out = Vec::new();
        loop {
            let token = self.next_expanded();
            if matches!(token.kind, Kind::Barrier | Kind::Eof) {
                break;
            }
            out.push(token);
        }
        // A fatal error may have cleared the stack.
        self.contexts.pop();
        out
    }

    /// Begins an expansion. False if the token stays as it is (a function-like macro without a call).
    fn enter(&mut self, name: Token, definition: &Arc<Macro>) -> bool {
        if !self.pay(1 + definition.body.len(), name.span) {
            return false;
        }
        let spacing = name.flags & (SPACE | LINE_START);
        match definition.kind {
            MacroKind::Builtin(word) => {
                let tokens = self.builtin(word, name);
                self.push(Tokens::Owned(tokens), None, None);
            }
            MacroKind::Object if !definition.body.iter().any(|t| t.kind == Kind::HashHash) => {
                if spacing != 0 && definition.body.first().is_some_and(|t| t.flags & spacing != spacing) {
                    let span = name.span;
                    let mut tokens: Vec<Token> =
                        definition.body.iter().map(|t| Token { span, ..*t }).collect();
                    tokens[0].flags |= spacing;
                    self.push(Tokens::Owned(tokens), Some(name.symbol), None);
                } else {
                    let body = Tokens::Shared(definition.body.clone());
                    self.push(body, Some(name.symbol), Some(name.span));
                }
            }
            MacroKind::Object => {
                let mut args = Args { tokens: Vec::new(), ends: Vec::new(), expanded: Vec::new() };
                let mut out = Vec::new();
                self.substitute(&definition.body, &mut args, None, name, &mut out);
                self.push(Tokens::Owned(out), Some(name.symbol), None);
            }
            MacroKind::Function { params, variadic } => {
                let next = self.next_raw();
                if next.kind != Kind::LParen {
                    if !matches!(next.kind, Kind::Barrier | Kind::Eof) {
                        self.push(Tokens::Owned(vec![next]), None, None);
                    }
                    return false;
                }
                if self.nesting >= MAX_NESTING {
                    self.fatal(name.span, "macro expansion is nested too deeply");
                    return false;
                }
                self.nesting += 1;
                let done = self.call(name, definition, params as usize, variadic, spacing);
                self.nesting -= 1;
                return done;
            }
        }
        true
    }

    fn call(&mut self, name: Token, definition: &Macro, params: usize, variadic: bool, spacing: u8) -> bool {
        let Some(mut args) = self.collect_args(name, params, variadic) else { return false };
        let given = args.ends.len();
        let missing_rest = variadic && given + 1 == params;
        if given != params && !missing_rest {
            let text = self.names.name(name.symbol);
            let word = if given < params { "few" } else { "many" };
            let message = format!("too {word} arguments in the use of macro \"{text}\"");
            self.sink.error(name.span, message);
            return true;
        }
        args.ends.resize(params, args.tokens.len());
        args.expanded.resize_with(params, || None);
        let rest = variadic.then(|| params - 1);
        let mut out = Vec::new();
        self.substitute(&definition.body, &mut args, rest, name, &mut out);
        if let Some(first) = out.first_mut() {
            first.flags = (first.flags & !(SPACE | LINE_START)) | spacing;
        }
        self.push(Tokens::Owned(out), Some(name.symbol), None);
        true
    }

    /// Reads up to the closing parenthesis; the opening one is read already.
    fn collect_args(&mut self, name: Token, params: usize, variadic: bool) -> Option<Args> {
        let mut args = Args { tokens: Vec::new(), ends: Vec::new(), expanded: Vec::new() };
        let mut depth = 0usize;
        loop {
            let mut token = self.next_raw();
            if !self.pay(1, name.span) {
                return None;
            }
            match token.kind {
                Kind::Eof | Kind::Barrier => {
                    let text = self.names.name(name.symbol).to_string();
                    self.fatal(name.span, &format!("unterminated argument list invoking macro \"{text}\""));
                    return None;
                }
                Kind::LParen => depth += 1,
                Kind::RParen if depth == 0 => break,
                Kind::RParen => depth -= 1,
                Kind::Comma if depth == 0 && !(variadic && args.ends.len() + 1 >= params) => {
                    args.ends.push(args.tokens.len());
                    continue;
                }
                Kind::Ident if self.disabled.contains(&token.symbol) => token.flags |= NO_EXPAND,
                _ => {}
            }
            if token.has(LINE_START) {
                token.flags = (token.flags & !LINE_START) | SPACE;
            }
            args.tokens.push(token);
        }
        // `F()` has no argument for a macro without parameters, and an empty one for all others.
        if params > 0 || !args.tokens.is_empty() || !args.ends.is_empty() {
            args.ends.push(args.tokens.len());
        }
        Some(args)
    }

    fn expanded_arg(&mut self, args: &mut Args, index: usize) -> Vec<Token> {
        if let Some(Some(done)) = args.expanded.get(index) {
            return done.clone();
        }
        let raw = args.raw(index).to_vec();
        let plain = !raw.iter().any(|t| t.kind == Kind::Ident && !t.has(NO_EXPAND));
        let done = if plain { raw } else { self.expand_all(raw) };
        if let Some(slot) = args.expanded.get_mut(index) {
            *slot = Some(done.clone());
        }
        done
    }

    /// Puts arguments into a macro's text. `rest` is the number of the variadic parameter.
    fn substitute(
        &mut self,
        body: &[Token],
        args: &mut Args,
        rest: Option<usize>,
        name: Token,
        out: &mut Vec<Token>,
    ) {
        let span = name.span;
        let mut i = 0;
        while let Some(&token) = body.get(i) {
            if self.stopped() {
                return;
            }
            let next_is_paste = |at: usize| body.get(at).is_some_and(|t| t.kind == Kind::HashHash);
            match token.kind {
                Kind::Hash if rest.is_some() || !args.ends.is_empty() => {
                    let Some(param) = body.get(i + 1).filter(|t| t.kind == Kind::Param) else {
                        out.push(Token { span, ..token });
                        i += 1;
                        continue;
                    };
                    let text = macros::stringify(args.raw(param.symbol.0 as usize), span, &mut self.names);
                    let length = self.names.name(text.symbol).len();
                    if !self.pay(1 + length / 8, span) {
                        return;
                    }
                    out.push(Token { flags: token.flags & SPACE, ..text });
                    i += 2;
                }
                Kind::HashHash => i = self.paste_next(body, i, args, rest, span, out),
                Kind::Param => {
                    let index = token.symbol.0 as usize;
                    let raw = next_is_paste(i + 1);
                    let tokens = if raw { args.raw(index).to_vec() } else { self.expanded_arg(args, index) };
                    if !self.pay(tokens.len(), span) {
                        return;
                    }
                    let start = out.len();
                    out.extend(tokens);
                    if out.len() > start {
                        out[start].flags = (out[start].flags & !SPACE) | (token.flags & SPACE);
                    } else if raw {
                        out.push(Token { flags: token.flags & SPACE, ..Token::new(Kind::Placemarker, span) });
                    }
                    i += 1;
                }
                Kind::Ident if token.symbol == Word::VaOpt.symbol() && rest.is_some() => {
                    let inner = group(body, i + 1);
                    let filled = rest.is_some_and(|r| !args.raw(r).is_empty());
                    if filled && let Some(inner) = body.get(i + 2..inner) {
                        self.substitute(inner, args, rest, name, out);
                    }
                    i = inner + 1;
                }
                _ => {
                    out.push(Token { span, ..token });
                    i += 1;
                }
            }
        }
        if rest.is_some() || body.iter().any(|t| t.kind == Kind::HashHash) {
            out.retain(|t| t.kind != Kind::Placemarker);
        }
    }

    /// Handles the `##` at `body[i]`; gives the index that follows its right operand.
    fn paste_next(
        &mut self,
        body: &[Token],
        i: usize,
        args: &mut Args,
        rest: Option<usize>,
        span: Span,
        out: &mut Vec<Token>,
    ) -> usize {
        let empty = Token::new(Kind::Placemarker, span);
        let Some(&right) = body.get(i + 1) else { return i + 1 };
        let mut tail = Vec::new();
        let mut after = i + 2;
        let first = if right.kind == Kind::Param {
            let index = right.symbol.0 as usize;
            let raw = args.raw(index);
            // GNU: `, ## __VA_ARGS__` drops the comma when there is nothing, and pastes nothing otherwise.
            if rest == Some(index) && out.last().is_some_and(|t| t.kind == Kind::Comma) {
                if raw.is_empty() {
                    out.pop();
                } else {
                    let tokens = self.expanded_arg(args, index);
                    if self.pay(tokens.len(), span) {
                        out.extend(tokens);
                    }
                }
                return after;
            }
            tail.extend_from_slice(raw.get(1..).unwrap_or(&[]));
            raw.first().copied().unwrap_or(empty)
        } else if right.kind == Kind::Hash && body.get(i + 2).is_some_and(|t| t.kind == Kind::Param) {
            after = i + 3;
            macros::stringify(args.raw(body[i + 2].symbol.0 as usize), span, &mut self.names)
        } else {
            right
        };
        let left = out.pop().unwrap_or(empty);
        let joined = macros::paste(left, first, span, &mut self.names, self.sink);
        let length = macros::spelling(joined, &self.names).len();
        if self.pay(1 + tail.len() + length / 8, span) {
            out.push(joined);
            out.extend(tail);
        }
        after
    }

    /// `__LINE__` and the other macros that are made at each use.
    fn builtin(&mut self, word: Word, name: Token) -> Vec<Token> {
        let flags = name.flags & (SPACE | LINE_START);
        let (kind, text) = match word {
            Word::Line => {
                let line = self.sources.locate(name.span.lo).map_or(0, |at| at.line);
                (Kind::Number, line.to_string())
            }
            Word::File => {
                let file = self.sources.locate(name.span.lo).map_or("", |at| at.name);
                (Kind::String, format!("\"{}\"", file.replace('\\', "\\\\").replace('"', "\\\"")))
            }
            Word::Counter => {
                self.counter += 1;
                (Kind::Number, (self.counter - 1).to_string())
            }
            Word::IncludeLevel => (Kind::Number, (self.files.len().saturating_sub(1)).to_string()),
            // Fixed, so that the same text always gives the same program.
            Word::Date => (Kind::String, "\"Jan  1 2000\"".to_string()),
            Word::Time => (Kind::String, "\"00:00:00\"".to_string()),
            _ => return self.pragma_operator(),
        };
        let symbol = self.names.intern(&text);
        vec![Token { flags, symbol, ..Token::new(kind, name.span) }]
    }

    /// `_Pragma("...")`: nothing in it concerns us.
    fn pragma_operator(&mut self) -> Vec<Token> {
        let open = self.next_raw();
        if open.kind != Kind::LParen {
            return if matches!(open.kind, Kind::Barrier | Kind::Eof) { Vec::new() } else { vec![open] };
        }
        for _ in 0..2 {
            let token = self.next_raw();
            match token.kind {
                Kind::RParen | Kind::Barrier | Kind::Eof => return Vec::new(),
                Kind::String => {}
                _ => return vec![token],
            }
        }
        Vec::new()
    }
}

/// The index of the parenthesis that closes the one at `open`, or the end.
fn group(body: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in body.iter().enumerate().skip(open) {
        match token.kind {
            Kind::LParen => depth += 1,
            Kind::RParen if depth <= 1 => return i,
            Kind::RParen => depth -= 1,
            _ if depth == 0 => return i,
            _ => {}
        }
    }
    body.len()
}
