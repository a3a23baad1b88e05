//! Primary expressions: literals, names, parentheses, named casts.

use super::ast::{CastKind, Expr, ExprKind, FloatLiteral, FoldOp, OffsetofStep, TypeKind, TypeSyntax};
use super::literals::{self, Number};
use super::names::{NameContext, assignment_operator, binary_operator};
use super::parser::{PResult, Parser};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

impl Parser<'_> {
    pub fn primary(&mut self) -> PResult<Expr> {
        let token = self.token();
        let start = token.span;
        let kind = match token.kind {
            Kind::Number => {
                self.bump();
                match literals::number(self.name_of(token.symbol)) {
                    Ok(Number::Int(value)) => ExprKind::Int(value),
                    Ok(Number::Float(FloatLiteral { value, suffix })) => {
                        ExprKind::Float(FloatLiteral { value, suffix })
                    }
                    Err(message) => return Err(self.error(start, message)),
                }
            }
            Kind::Char => {
                self.bump();
                match literals::character(self.name_of(token.symbol)) {
                    Ok(c) => ExprKind::Char { value: c.value, wide: c.wide, multi: c.multi },
                    Err(message) => return Err(self.error(start, message)),
                }
            }
            Kind::String => self.strings()?,
            Kind::LParen => return self.nested(Self::parenthesised),
            Kind::LBracket => self.nested(Self::lambda)?,
            Kind::ColonColon => return self.name_expr(),
            Kind::Tilde => return self.name_expr(),
            Kind::LBrace => return Err(self.error(start, "expected an expression, found \"{\"")),
            Kind::Ident => return self.word_expr(),
            _ => return Err(self.expected("an expression")),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// Adjacent literals are one.
    fn strings(&mut self) -> PResult<ExprKind> {
        let mut bytes = Vec::new();
        let mut wide = false;
        while self.kind() == Kind::String {
            let token = self.bump();
            match literals::string(self.name_of(token.symbol)) {
                Ok(part) => {
                    bytes.extend(part.bytes);
                    wide |= part.wide;
                }
                Err(message) => return Err(self.error(token.span, message)),
            }
        }
        Ok(ExprKind::String { bytes: bytes.into(), wide })
    }

    fn parenthesised(&mut self) -> PResult<Expr> {
        let start = self.bump().span;
        let outer = std::mem::replace(&mut self.no_gt, false);
        let result = self.parenthesised_inner(start);
        self.no_gt = outer;
        result
    }

    fn parenthesised_inner(&mut self, start: Span) -> PResult<Expr> {
        let make = |p: &Self, kind| Ok(Expr { kind, span: p.since(start) });
        // GNU: `({ ... })`
        if self.kind() == Kind::LBrace {
            let block = self.nested(Self::block)?;
            self.expect(Kind::RParen)?;
            return make(self, ExprKind::StmtExpr(Box::new(block)));
        }
        // `(... + xs)`
        if self.eat(Kind::Ellipsis) {
            let op = self.fold_operator()?;
            let right = Some(Box::new(self.nested(Self::assignment)?));
            self.expect(Kind::RParen)?;
            return make(self, ExprKind::Fold { op, left: None, right });
        }
        let inner = self.expr()?;
        // `(xs + ...)`, `(xs + ... + 0)`
        if self.kind_at(1) == Kind::Ellipsis && self.fold_operator_here().is_some() {
            let op = self.fold_operator()?;
            self.bump();
            let mut right = None;
            if self.kind() != Kind::RParen {
                self.fold_operator()?;
                right = Some(Box::new(self.nested(Self::assignment)?));
            }
            self.expect(Kind::RParen)?;
            return make(self, ExprKind::Fold { op, left: Some(Box::new(inner)), right });
        }
        self.expect(Kind::RParen)?;
        make(self, ExprKind::Paren(Box::new(inner)))
    }

    fn fold_operator(&mut self) -> PResult<FoldOp> {
        match self.fold_operator_here() {
            Some(op) => {
                self.bump();
                Ok(op)
            }
            None => Err(self.expected("an operator")),
        }
    }

    fn fold_operator_here(&self) -> Option<FoldOp> {
        match self.kind() {
            Kind::Comma => Some(FoldOp::Comma),
            kind => binary_operator(kind)
                .map(FoldOp::Binary)
                .or_else(|| assignment_operator(kind).map(FoldOp::Assign)),
        }
    }

    /// An expression that begins with an identifier or a keyword.
    fn word_expr(&mut self) -> PResult<Expr> {
        let start = self.span();
        let make = |p: &Self, kind| Ok(Expr { kind, span: p.since(start) });
        let Some(word) = self.word() else { return self.name_expr() };
        let cast = match word {
            Word::StaticCast => Some(CastKind::Static),
            Word::ReinterpretCast => Some(CastKind::Reinterpret),
            Word::ConstCast => Some(CastKind::Const),
            Word::DynamicCast => Some(CastKind::Dynamic),
            _ => None,
        };
        if let Some(kind) = cast {
            self.bump();
            self.expect(Kind::Lt)?;
            let outer = std::mem::replace(&mut self.no_gt, true);
            let to = self.nested(Self::type_id);
            self.no_gt = outer;
            let to = to?;
            self.expect_close_angle()?;
            self.expect(Kind::LParen)?;
            let outer = std::mem::replace(&mut self.no_gt, false);
            let operand = self.nested(Self::expr);
            self.no_gt = outer;
            let operand = Box::new(operand?);
            self.expect(Kind::RParen)?;
            return make(self, ExprKind::Cast { kind, to, operand });
        }
        let simple = match word {
            Word::True => Some(ExprKind::Bool(true)),
            Word::False => Some(ExprKind::Bool(false)),
            Word::Nullptr | Word::Null => Some(ExprKind::NullPtr),
            Word::This => Some(ExprKind::This),
            _ => None,
        };
        if let Some(kind) = simple {
            self.bump();
            return make(self, kind);
        }
        match word {
            Word::Offsetof | Word::BuiltinOffsetof if self.kind_at(1) == Kind::LParen => self.offsetof(start),
            Word::Operator => self.name_expr(),
            Word::Typeid => Err(self.not_supported(start, "`typeid` and run-time type information")),
            Word::BuiltinVaArg => Err(self.not_supported(start, "variable argument lists")),
            Word::Asm | Word::Asm2 | Word::Asm3 => {
                Err(self.not_supported(start, "inline assembly statements"))
            }
            _ if self.is_type_word() => {
                let of = self.is_word(Word::Decltype);
                let to = self.simple_type()?;
                match to.kind {
                    // `decltype(x)::size()`: what it names is for the checker to say.
                    TypeKind::Named { name, typename: false } if of && self.kind() != Kind::LBrace => {
                        Ok(Expr { kind: ExprKind::Name(name), span: self.since(start) })
                    }
                    _ => self.functional(to, start),
                }
            }
            _ if self.ident().is_some() => self.name_expr(),
            _ => Err(self.expected("an expression")),
        }
    }

    /// A type that can stand before `(` or `{` in an expression: `float`, `unsigned`, `typename T::type`, ...
    fn simple_type(&mut self) -> PResult<TypeSyntax> {
        let spec = self.nested(|p| p.decl_spec(true))?;
        match spec.ty {
            Some(ty) => Ok(ty),
            None => Err(self.expected("a type specifier")),
        }
    }

    fn functional(&mut self, to: TypeSyntax, start: Span) -> PResult<Expr> {
        let kind = match self.kind() {
            Kind::LParen => ExprKind::Functional { to, args: self.paren_exprs()? },
            Kind::LBrace => ExprKind::BraceInit { to, list: self.nested(Self::brace_list)? },
            _ => return Err(self.error(start, "a type name is not allowed here")),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    fn name_expr(&mut self) -> PResult<Expr> {
        let start = self.span();
        let sight = self.sight();
        let info = sight.and_then(|s| s.info);
        if let Some(symbol) = self.ident()
            && info.is_none()
            && self.kind_at(1) == Kind::LParen
            && self.is_trait(self.name_of(symbol))
        {
            self.bump();
            self.bump();
            let mut args = Vec::new();
            loop {
                args.push(self.nested(Self::type_id)?);
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.expect(Kind::RParen)?;
            return Ok(Expr { kind: ExprKind::TypeTrait { name: symbol, args }, span: self.since(start) });
        }
        if info.is_some_and(|i| i.kind.is_type()) {
            let to = self.named_type(false)?;
            return self.functional(to, start);
        }
        let (name, _) = self.nested(|p| p.name(NameContext::Expr))?;
        if self.kind() == Kind::LBrace && info.is_none() && !name.segments.is_empty() {
            // Nothing but a type can stand before a brace in an expression.
            let to = TypeSyntax {
                span: name.span,
                kind: TypeKind::Named { name, typename: false },
                cv: Default::default(),
            };
            return self.functional(to, start);
        }
        Ok(Expr { kind: ExprKind::Name(name), span: self.since(start) })
    }

    pub fn is_trait(&self, name: &str) -> bool {
        name.starts_with("__is_") || name.starts_with("__has_trivial_") || name == "__underlying_type"
    }

    /// `offsetof(T, a.b[2])`
    fn offsetof(&mut self, start: Span) -> PResult<Expr> {
        self.bump();
        self.expect(Kind::LParen)?;
        let of = self.nested(Self::type_id)?;
        self.expect(Kind::Comma)?;
        let mut path = vec![OffsetofStep::Member(self.expect_ident()?.0)];
        loop {
            if self.eat(Kind::Dot) {
                path.push(OffsetofStep::Member(self.expect_ident()?.0));
            } else if self.eat(Kind::LBracket) {
                path.push(OffsetofStep::Index(self.nested(Self::expr)?));
                self.expect(Kind::RBracket)?;
            } else {
                break;
            }
        }
        self.expect(Kind::RParen)?;
        Ok(Expr { kind: ExprKind::Offsetof { of, path }, span: self.since(start) })
    }
}
