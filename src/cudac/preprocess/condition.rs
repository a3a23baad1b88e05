//! `#if` expressions: 64-bit integers, every operator of the language, nothing evaluated that need not be.

use super::Preprocessor;
use super::macros::spelling;
use super::token::{Kind, Token};
use super::words::Word;
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::literals;
use crate::cudac::source::Span;
use crate::cudac::symbol::Interner;

const MAX_DEPTH: u32 = 200;

#[derive(Clone, Copy)]
struct Value {
    bits: u64,
    unsigned: bool,
}

impl Value {
    fn bool(b: bool) -> Value {
        Value { bits: b.into(), unsigned: false }
    }

    fn is_true(self) -> bool {
        self.bits != 0
    }
}

/// Evaluates the expanded tokens of an `#if`; `span` is the directive's.
pub fn evaluate(tokens: &[Token], span: Span, names: &Interner) -> Result<bool, Diagnostic> {
    if tokens.is_empty() {
        return Err(Diagnostic::error(span, "expected an expression after #if"));
    }
    let mut eval = Evaluator { tokens, pos: 0, names, depth: 0, span };
    let value = eval.conditional(true)?;
    match eval.tokens.get(eval.pos) {
        None => Ok(value.is_true()),
        Some(extra) => Err(Diagnostic::error(extra.span, "extra text after the expression of #if")),
    }
}

struct Evaluator<'a> {
    tokens: &'a [Token],
    pos: usize,
    names: &'a Interner,
    depth: u32,
    span: Span,
}

type Res = Result<Value, Diagnostic>;

impl Evaluator<'_> {
    fn peek(&self) -> Kind {
        self.tokens.get(self.pos).map_or(Kind::Eof, |t| t.kind)
    }

    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.peek() == kind;
        self.pos += usize::from(found);
        found
    }

    fn here(&self) -> Span {
        self.tokens.get(self.pos).map_or(self.span, |t| t.span)
    }

    /// `live` is false in what is parsed but not evaluated.
    fn conditional(&mut self, live: bool) -> Res {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Diagnostic::error(self.here(), "expression of #if is nested too deeply"));
        }
        let cond = self.binary(0, live)?;
        let result = if self.eat(Kind::Question) {
            let a = self.conditional(live && cond.is_true())?;
            if !self.eat(Kind::Colon) {
                return Err(Diagnostic::error(self.here(), "expected a \":\""));
            }
            let b = self.conditional(live && !cond.is_true())?;
            let chosen = if cond.is_true() { a } else { b };
            Value { unsigned: a.unsigned || b.unsigned, ..chosen }
        } else if self.eat(Kind::Comma) {
            self.conditional(live)?
        } else {
            cond
        };
        self.depth -= 1;
        Ok(result)
    }

    fn binary(&mut self, min: u8, live: bool) -> Res {
        let mut left = self.unary(live)?;
        loop {
            let op = self.peek();
            let level = match op {
                Kind::PipePipe => 1,
                Kind::AmpAmp => 2,
                Kind::Pipe => 3,
                Kind::Caret => 4,
                Kind::Amp => 5,
                Kind::EqEq | Kind::BangEq => 6,
                Kind::Lt | Kind::Gt | Kind::LtEq | Kind::GtEq => 7,
                Kind::Shl | Kind::Shr => 8,
                Kind::Plus | Kind::Minus => 9,
                Kind::Star | Kind::Slash | Kind::Percent => 10,
                _ => return Ok(left),
            };
            if level <= min {
                return Ok(left);
            }
            let at = self.here();
            self.pos += 1;
            let needed = match op {
                Kind::PipePipe => !left.is_true(),
                Kind::AmpAmp => left.is_true(),
                _ => true,
            };
            let right = self.binary(level, live && needed)?;
            left = apply(op, left, right, live, at)?;
        }
    }

    fn unary(&mut self, live: bool) -> Res {
        // A chain of operators is collected, not recursed into.
        let mut ops = Vec::new();
        while matches!(self.peek(), Kind::Plus | Kind::Minus | Kind::Bang | Kind::Tilde) {
            ops.push(self.peek());
            self.pos += 1;
        }
        let mut value = self.primary(live)?;
        for op in ops.into_iter().rev() {
            value = match op {
                Kind::Minus => Value { bits: value.bits.wrapping_neg(), ..value },
                Kind::Bang => Value::bool(!value.is_true()),
                Kind::Tilde => Value { bits: !value.bits, ..value },
                _ => value,
            };
        }
        Ok(value)
    }

    fn primary(&mut self, live: bool) -> Res {
        let Some(&token) = self.tokens.get(self.pos) else {
            return Err(Diagnostic::error(self.span, "expected an expression after #if"));
        };
        self.pos += 1;
        let text = spelling(token, self.names);
        match token.kind {
            Kind::LParen => {
                let value = self.conditional(live)?;
                if self.eat(Kind::RParen) {
                    return Ok(value);
                }
                Err(Diagnostic::error(self.here(), "expected a \")\""))
            }
            Kind::Number => match literals::number(text) {
                Ok(literals::Number::Int(n)) => {
                    let unsigned = n.unsigned || n.value > i64::MAX as u64;
                    Ok(Value { bits: n.value, unsigned })
                }
                Ok(literals::Number::Float(_)) => {
                    Err(Diagnostic::error(token.span, "floating-point constant in the expression of #if"))
                }
                Err(message) => Err(Diagnostic::error(token.span, message)),
            },
            Kind::Char => match literals::character(text) {
                Ok(c) => Ok(Value { bits: c.value as u64, unsigned: false }),
                Err(message) => Err(Diagnostic::error(token.span, message)),
            },
            Kind::Ident if token.symbol == Word::True.symbol() => Ok(Value::bool(true)),
            // What is no macro is 0, as in C. An unknown function-like test is 0 too: skip what it is asked.
            Kind::Ident => {
                if self.peek() == Kind::LParen && text.starts_with("__has_") {
                    let mut depth = 0usize;
                    while let Some(t) = self.tokens.get(self.pos) {
                        self.pos += 1;
                        match t.kind {
                            Kind::LParen => depth += 1,
                            Kind::RParen if depth == 1 => break,
                            Kind::RParen => depth -= 1,
                            _ => {}
                        }
                    }
                } else if self.peek() == Kind::LParen {
                    let message = format!("function-like macro \"{text}\" is not defined");
                    return Err(Diagnostic::error(token.span, message));
                }
                Ok(Value::bool(false))
            }
            _ => Err(Diagnostic::error(token.span, "expected an expression")),
        }
    }
}

fn apply(op: Kind, a: Value, b: Value, live: bool, at: Span) -> Res {
    let unsigned = a.unsigned || b.unsigned;
    let (x, y) = (a.bits, b.bits);
    let (sx, sy) = (x as i64, y as i64);
    let order = if unsigned { x.cmp(&y) } else { sx.cmp(&sy) };
    let value = |bits: u64| Ok(Value { bits, unsigned });
    let shift = |left: bool| {
        // A negative count shifts the other way, as compilers do.
        let (left, count) = if !b.unsigned && sy < 0 { (!left, sy.unsigned_abs()) } else { (left, y) };
        let bits = match (left, u32::try_from(count).ok().filter(|n| *n < 64)) {
            (true, Some(n)) => x << n,
            (true, None) => 0,
            (false, n) if a.unsigned => n.map_or(0, |n| x >> n),
            (false, n) => (sx >> n.unwrap_or(63)) as u64,
        };
        Ok(Value { bits, unsigned: a.unsigned })
    };
    match op {
        Kind::PipePipe => Ok(Value::bool(a.is_true() || b.is_true())),
        Kind::AmpAmp => Ok(Value::bool(a.is_true() && b.is_true())),
        Kind::Pipe => value(x | y),
        Kind::Caret => value(x ^ y),
        Kind::Amp => value(x & y),
        Kind::EqEq => Ok(Value::bool(x == y)),
        Kind::BangEq => Ok(Value::bool(x != y)),
        Kind::Lt => Ok(Value::bool(order.is_lt())),
        Kind::Gt => Ok(Value::bool(order.is_gt())),
        Kind::LtEq => Ok(Value::bool(order.is_le())),
        Kind::GtEq => Ok(Value::bool(order.is_ge())),
        Kind::Shl => shift(true),
        Kind::Shr => shift(false),
        Kind::Plus => value(x.wrapping_add(y)),
        Kind::Minus => value(x.wrapping_sub(y)),
        Kind::Star => value(x.wrapping_mul(y)),
        _ if y == 0 && live => Err(Diagnostic::error(at, "division by zero in the expression of #if")),
        _ if y == 0 => value(0),
        Kind::Slash if unsigned => value(x / y),
        Kind::Slash => value(sx.wrapping_div(sy) as u64),
        _ if unsigned => value(x % y),
        _ => value(sx.wrapping_rem(sy) as u64),
    }
}

impl Preprocessor<'_> {
    /// `defined X`, `__has_include(..)` and relatives, also where a macro brought them in.
    pub fn condition_operator(&mut self, token: Token) -> Option<Token> {
        let answer = match Word::of(token.symbol)? {
            Word::Defined => {
                let mut name = self.next_raw();
                let paren = name.kind == Kind::LParen;
                if paren {
                    name = self.next_raw();
                }
                // `and`, `or` and friends are names here like all others.
                if name.symbol == Token::NO_SYMBOL || !matches!(name.kind, Kind::Ident) {
                    self.sink.error(token.span, "expected an identifier after \"defined\"");
                    return Some(self.number(0, token));
                }
                if paren && self.next_raw().kind != Kind::RParen {
                    self.sink.error(name.span, "expected a \")\" after \"defined(\"");
                }
                let operator = matches!(
                    Word::of(name.symbol),
                    Some(Word::HasInclude | Word::HasBuiltin | Word::HasFeature | Word::HasAttribute)
                );
                operator || self.macro_of(name.symbol).is_some()
            }
            Word::HasInclude => {
                let mut text = String::new();
                let mut depth = 0usize;
                loop {
                    let part = self.next_raw();
                    match part.kind {
                        Kind::Eof | Kind::Barrier => break,
                        Kind::LParen => depth += 1,
                        Kind::RParen if depth <= 1 => break,
                        Kind::RParen => depth -= 1,
                        _ => text.push_str(spelling(part, &self.names)),
                    }
                }
                let name = text.trim_matches(['<', '>', '"']).to_string();
                self.can_include(&name)
            }
            Word::HasBuiltin | Word::HasFeature | Word::HasAttribute | Word::HasCppAttribute => {
                let mut depth = 0usize;
                loop {
                    match self.next_raw().kind {
                        Kind::Eof | Kind::Barrier => break,
                        Kind::LParen => depth += 1,
                        Kind::RParen if depth <= 1 => break,
                        Kind::RParen => depth -= 1,
                        _ => {}
                    }
                }
                false
            }
            _ => return None,
        };
        Some(self.number(answer.into(), token))
    }

    fn number(&mut self, value: u32, at: Token) -> Token {
        let symbol = self.names.intern(if value == 0 { "0" } else { "1" });
        Token { symbol, ..Token::new(Kind::Number, at.span) }
    }
}
