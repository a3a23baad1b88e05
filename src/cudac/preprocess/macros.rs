//! Macro definitions: reading `#define`, comparing redefinitions, `#` and `##`.

use std::sync::Arc;

use super::lexer::Lexer;
use super::token::{Kind, LINE_START, SPACE, Token};
use super::words::Word;
use crate::cudac::diagnostics::{Diagnostic, Diagnostics};
use crate::cudac::source::Span;
use crate::cudac::symbol::{Interner, Symbol};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacroKind {
    Object,
    /// The last parameter takes the rest when `variadic`.
    Function {
        params: u32,
        variadic: bool,
    },
    /// `__LINE__` and the like, made at each use.
    Builtin(Word),
}

#[derive(Clone, Debug)]
pub struct Macro {
    pub kind: MacroKind,
    /// Parameters are `Kind::Param` with their number as symbol.
    pub body: Arc<[Token]>,
    pub span: Span,
    /// `assert` is not ours to insist on: a user's definition replaces it silently.
    pub predefined: bool,
}

impl Macro {
    /// True for a redefinition that changes nothing: same tokens, white space in the same places.
    pub fn same_as(&self, other: &Macro) -> bool {
        let same = |(a, b): (&Token, &Token)| {
            a.kind == b.kind && a.symbol == b.symbol && a.has(SPACE) == b.has(SPACE)
        };
        self.kind == other.kind
            && self.body.len() == other.body.len()
            && self.body.iter().zip(other.body.iter()).all(same)
    }
}

/// Reads what follows `#define`: `line` is the rest of the line as tokens.
pub fn read_definition(line: &[Token], names: &Interner) -> Result<(Symbol, Macro), Diagnostic> {
    let Some((name, rest)) = line.split_first() else {
        return Err(Diagnostic::error(Span::NONE, "expected an identifier after #define"));
    };
    if name.kind != Kind::Ident {
        return Err(Diagnostic::error(name.span, "expected an identifier after #define"));
    }
    if name.symbol == Word::Defined.symbol() || name.symbol == Word::VaArgs.symbol() {
        let text = names.name(name.symbol);
        return Err(Diagnostic::error(name.span, format!("\"{text}\" cannot be defined as a macro")));
    }
    let (kind, params, body) = match rest.first() {
        Some(paren) if paren.kind == Kind::LParen && !paren.has(SPACE) => {
            read_params(&rest[1..], paren.span)?
        }
        _ => (MacroKind::Object, Vec::new(), rest),
    };
    let mut body: Vec<Token> = body.to_vec();
    for token in &mut body {
        if token.kind == Kind::Ident
            && let Some(index) = params.iter().position(|p| *p == token.symbol)
        {
            token.kind = Kind::Param;
            token.symbol = Symbol(index as u32);
        }
    }
    // White space before the use counts, not that before the text.
    if let Some(first) = body.first_mut() {
        first.flags &= !SPACE;
    }
    let at_edge = |t: Option<&Token>| t.is_some_and(|t| t.kind == Kind::HashHash);
    if at_edge(body.first()) || at_edge(body.last()) {
        return Err(Diagnostic::error(name.span, "\"##\" may not stand at either end of a macro's text"));
    }
    if let MacroKind::Function { .. } = kind {
        for (i, token) in body.iter().enumerate() {
            let next = body.get(i + 1);
            let va_opt = |t: &Token| t.kind == Kind::Ident && t.symbol == Word::VaOpt.symbol();
            if token.kind == Kind::Hash && !next.is_some_and(|t| t.kind == Kind::Param || va_opt(t)) {
                return Err(Diagnostic::error(token.span, "\"#\" is not followed by a macro parameter"));
            }
        }
    }
    let body = body.into();
    Ok((name.symbol, Macro { kind, body, span: name.span, predefined: false }))
}

type Head<'a> = (MacroKind, Vec<Symbol>, &'a [Token]);

fn read_params(mut line: &[Token], open: Span) -> Result<Head<'_>, Diagnostic> {
    let mut params: Vec<Symbol> = Vec::new();
    let mut variadic = false;
    if let Some((first, rest)) = line.split_first()
        && first.kind == Kind::RParen
    {
        return Ok((MacroKind::Function { params: 0, variadic }, params, rest));
    }
    loop {
        let bad = |span| Err(Diagnostic::error(span, "expected a macro parameter"));
        let Some((token, rest)) = line.split_first() else { return bad(open) };
        line = rest;
        match token.kind {
            Kind::Ellipsis => {
                params.push(Word::VaArgs.symbol());
                variadic = true;
            }
            Kind::Ident if params.contains(&token.symbol) => {
                return Err(Diagnostic::error(token.span, "duplicate macro parameter name"));
            }
            Kind::Ident if params.len() < 1000 => params.push(token.symbol),
            _ => return bad(token.span),
        }
        let Some((token, rest)) = line.split_first() else { return bad(open) };
        line = rest;
        match token.kind {
            Kind::RParen => break,
            Kind::Comma if !variadic => {}
            // GNU: `args...`
            Kind::Ellipsis if !variadic => {
                variadic = true;
                match line.split_first() {
                    Some((t, rest)) if t.kind == Kind::RParen => {
                        line = rest;
                        break;
                    }
                    _ => return bad(token.span),
                }
            }
            _ => {
                return Err(Diagnostic::error(
                    token.span,
                    "expected \",\" or \")\" in a macro parameter list",
                ));
            }
        }
    }
    Ok((MacroKind::Function { params: params.len() as u32, variadic }, params, line))
}

/// The spelling of one token.
pub fn spelling(token: Token, names: &Interner) -> &str {
    if token.symbol == Token::NO_SYMBOL { token.kind.text() } else { names.name(token.symbol) }
}

/// `#param`: the argument as a string literal.
pub fn stringify(arg: &[Token], span: Span, names: &mut Interner) -> Token {
    let mut text = String::from("\"");
    for (i, token) in arg.iter().enumerate() {
        if i > 0 && token.flags & (SPACE | LINE_START) != 0 {
            text.push(' ');
        }
        let raw = spelling(*token, names);
        if matches!(token.kind, Kind::String | Kind::Char) {
            for c in raw.chars() {
                if c == '"' || c == '\\' {
                    text.push('\\');
                }
                // A raw string may hold a line break.
                if c == '\n' { text.push_str("\\n") } else { text.push(c) }
            }
        } else {
            text.push_str(raw);
        }
    }
    text.push('"');
    Token { symbol: names.intern(&text), ..Token::new(Kind::String, span) }
}

/// `a ## b`. What does not make one token is an error, and the left one alone remains.
pub fn paste(a: Token, b: Token, at: Span, names: &mut Interner, sink: &mut Diagnostics) -> Token {
    if b.kind == Kind::Placemarker {
        return a;
    }
    if a.kind == Kind::Placemarker {
        return Token { flags: a.flags | (b.flags & !SPACE), ..b };
    }
    let text = format!("{}{}", spelling(a, names), spelling(b, names));
    let mut lexer = Lexer::new(text.as_str().into(), 0);
    let mut quiet = Diagnostics::default();
    let token = lexer.next(names, &mut quiet);
    let rest = lexer.next(names, &mut quiet);
    if quiet.has_errors() || rest.kind != Kind::Eof || token.kind == Kind::Eof {
        let (a, b) = (spelling(a, names), spelling(b, names));
        sink.error(at, format!("pasting \"{a}\" and \"{b}\" does not give a valid token"));
        // Something stays in the place, so that the parser has little more to say.
        let kept = if token.kind == Kind::Eof { Token::new(Kind::Placemarker, at) } else { token };
        return Token { span: at, ..kept };
    }
    Token { flags: a.flags & (SPACE | LINE_START), span: at, ..token }
}
