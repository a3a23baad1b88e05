//! Names with `::` and template arguments, and the question whether a name is a type.

use super::ast::{
    BinaryOp, Name, OperatorName, Segment, SegmentName, TemplateArg, TypeKind, TypeSyntax, UnaryOp,
};
use super::parser::{PResult, Parser};
use super::scope::{NameInfo, NameKind, ScopeId};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::{self, Word};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// Where a name stands; decides about `<` behind a name that nobody declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameContext {
    Type,
    Expr,
    /// The name that a declarator declares.
    Declarator,
    /// Behind `.` or `->`.
    Member,
}

/// What the tokens of a name tell before it is parsed.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// `None`: not declared, or inside something that depends on a template parameter.
    pub info: Option<NameInfo>,
    /// How many tokens the name has.
    pub len: usize,
    pub qualified: bool,
    /// `S::S`, `S::~S`, `S::operator T`: declares a member function without a return type.
    pub special: bool,
}

/// Template arguments are scanned this far ahead.
const MAX_SCAN: usize = 2000;

impl Parser<'_> {
    /// If balanced template arguments begin `n` ahead (at `<`): the number of the token behind them, and whether only
    /// half of a `>>` was needed.
    pub fn scan_angles(&mut self, n: usize) -> Option<(usize, bool)> {
        let mut angles = 0usize;
        let mut at = n;
        // `a<bool, x && y>` cannot be a comparison.
        let certain = self.is_type_word_at(n + 1);
        let mut groups: Vec<Kind> = Vec::new();
        while at < n + MAX_SCAN {
            let kind = self.kind_at(at);
            match kind {
                Kind::Lt if groups.is_empty() => angles += 1,
                Kind::Gt | Kind::Shr if groups.is_empty() => {
                    let closes = if kind == Kind::Gt { 1 } else { 2 };
                    if angles <= closes {
                        self.spend(at - n);
                        return Some((at + 1, angles < closes));
                    }
                    angles -= closes;
                }
                Kind::LParen => groups.push(Kind::RParen),
                Kind::LBracket => groups.push(Kind::RBracket),
                Kind::LBrace => groups.push(Kind::RBrace),
                Kind::RParen | Kind::RBracket | Kind::RBrace if groups.pop() != Some(kind) => break,
                Kind::Eof | Kind::Semi => break,
                // An `&&` or `||` outside of parentheses is a condition, not an argument list; `T&&` is followed
                // by the end of the argument.
                Kind::PipePipe if groups.is_empty() && !certain => break,
                Kind::AmpAmp if groups.is_empty() && !certain && !self.is_arg_end(at + 1) => break,
                _ => {}
            }
            at += 1;
        }
        self.spend(at - n);
        None
    }

    /// Looks at the name that begins here without consuming it. `None` if no name does.
    pub fn sight(&mut self) -> Option<Sighting> {
        let mut at = 0;
        let mut scope: Option<Option<ScopeId>> = None;
        if self.kind() == Kind::ColonColon {
            scope = Some(Some(ScopeId::GLOBAL));
            at = 1;
        }
        let mut previous: Option<Symbol> = None;
        loop {
            if scope.is_some() && self.word_at(at) == Some(Word::Template) {
                at += 1;
            }
            let qualified = scope.is_some();
            let special_tail =
                qualified && (self.kind_at(at) == Kind::Tilde || self.word_at(at) == Some(Word::Operator));
            if special_tail {
                return Some(Sighting { info: None, len: at, qualified, special: true });
            }
            let symbol = self.ident_at(at)?;
            let info = match scope {
                None => self.lookup(symbol),
                Some(Some(scope)) => self.lookup_in(scope, symbol),
                Some(None) => None,
            };
            at += 1;
            if previous == Some(symbol) && self.kind_at(at) == Kind::LParen {
                return Some(Sighting { info, len: at, qualified, special: true });
            }
            if self.kind_at(at) == Kind::Lt {
                let may_have_args = match info {
                    Some(info) => info.kind.is_template(),
                    None => true,
                };
                if may_have_args && let Some((after, false)) = self.scan_angles(at) {
                    at = after;
                }
            }
            let more = self.kind_at(at) == Kind::ColonColon
                && (self.ident_at(at + 1).is_some()
                    || self.kind_at(at + 1) == Kind::Tilde
                    || matches!(self.word_at(at + 1), Some(Word::Template | Word::Operator)));
            if !more {
                return Some(Sighting { info, len: at, qualified, special: false });
            }
            scope = Some(info.and_then(|i| i.inner));
            previous = Some(symbol);
            at += 1;
        }
    }

    /// Parses a name. The scope that its qualifiers open comes with it, if there are any and it is known.
    pub fn name(&mut self, context: NameContext) -> PResult<(Name, Option<ScopeId>)> {
        let start = self.span();
        let global = self.eat(Kind::ColonColon);
        let mut scope: Option<Option<ScopeId>> = global.then_some(Some(ScopeId::GLOBAL));
        let mut segments = Vec::new();
        if !global && self.is_word(Word::Decltype) {
            let ty = self.decltype()?;
            segments.push(Segment { span: ty.span, name: SegmentName::Type(Box::new(ty)), args: None });
            self.expect(Kind::ColonColon)?;
            scope = Some(None);
        }
        self.rest_of_name(start, global, scope, segments, context)
    }

    /// What follows `decltype(e)::`.
    pub fn name_in(&mut self, ty: TypeSyntax, context: NameContext) -> PResult<Name> {
        let start = ty.span;
        self.expect(Kind::ColonColon)?;
        let first = Segment { span: ty.span, name: SegmentName::Type(Box::new(ty)), args: None };
        Ok(self.rest_of_name(start, false, Some(None), vec![first], context)?.0)
    }

    fn rest_of_name(
        &mut self,
        start: Span,
        global: bool,
        mut scope: Option<Option<ScopeId>>,
        mut segments: Vec<Segment>,
        context: NameContext,
    ) -> PResult<(Name, Option<ScopeId>)> {
        loop {
            let segment_start = self.span();
            let template =
                (scope.is_some() || context == NameContext::Member) && self.eat_word(Word::Template);
            let mut info = None;
            let name = if self.eat(Kind::Tilde) {
                SegmentName::Destructor(self.expect_ident()?.0)
            } else if self.is_word(Word::Operator) {
                self.operator_name()?
            } else {
                let (symbol, _) = self.expect_ident()?;
                info = match scope {
                    None if context == NameContext::Member => None,
                    None => self.lookup(symbol),
                    Some(Some(scope)) => self.lookup_in(scope, symbol),
                    Some(None) => None,
                };
                SegmentName::Ident(symbol)
            };
            let args = if self.kind() == Kind::Lt && self.has_args(info, template, context) {
                Some(self.nested(Self::template_args)?)
            } else {
                None
            };
            segments.push(Segment { name, args, span: self.since(segment_start) });
            let more = self.kind() == Kind::ColonColon
                && (self.ident_at(1).is_some()
                    || self.kind_at(1) == Kind::Tilde
                    || matches!(self.word_at(1), Some(Word::Template | Word::Operator)));
            if !more || segments.len() > 100 {
                break;
            }
            self.bump();
            scope = Some(info.and_then(|i| i.inner));
        }
        let name = Name { global, segments, span: self.since(start) };
        Ok((name, scope.flatten()))
    }

    fn has_args(&mut self, info: Option<NameInfo>, template: bool, context: NameContext) -> bool {
        if template {
            return true;
        }
        match info {
            Some(info) if info.kind.is_template() => true,
            Some(info) if context == NameContext::Expr || info.kind == NameKind::Namespace => false,
            _ => match self.scan_angles(0) {
                None => false,
                Some((_, _)) if context != NameContext::Expr && context != NameContext::Member => true,
                Some((_, true)) => false,
                Some((after, false)) => {
                    matches!(self.kind_at(after), Kind::LParen | Kind::ColonColon | Kind::LBrace)
                        || self.is_launch(after)
                }
            },
        }
    }

    /// `<<<` stands `n` ahead.
    pub fn is_launch(&self, n: usize) -> bool {
        let (a, b) = (self.look(n), self.look(n + 1));
        a.kind == Kind::Shl && b.kind == Kind::Lt && a.span.hi == b.span.lo
    }

    /// `<a, b>`
    pub fn template_args(&mut self) -> PResult<Vec<TemplateArg>> {
        self.expect(Kind::Lt)?;
        let mut args = Vec::new();
        if self.at_close_angle() {
            self.expect_close_angle()?;
            return Ok(args);
        }
        loop {
            let mut arg = self.template_arg()?;
            if self.eat(Kind::Ellipsis) {
                arg = TemplateArg::Pack(Box::new(arg));
            }
            args.push(arg);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect_close_angle()?;
        Ok(args)
    }

    fn is_arg_end(&self, n: usize) -> bool {
        matches!(self.kind_at(n), Kind::Comma | Kind::Gt | Kind::Shr | Kind::Ellipsis)
    }

    fn template_arg(&mut self) -> PResult<TemplateArg> {
        let mark = self.mark();
        let sighting =
            if self.ident().is_some() || self.kind() == Kind::ColonColon { self.sight() } else { None };
        let try_type = match sighting {
            Some(Sighting { info: Some(info), .. }) => info.kind.is_type(),
            Some(Sighting { info: None, len, .. }) => {
                // A lone name that nobody knows is kept open.
                if self.is_arg_end(len) {
                    let (name, _) = self.name(NameContext::Type)?;
                    return Ok(TemplateArg::Ambiguous(name));
                }
                !self.ident().is_some_and(|s| self.is_trait(self.name_of(s)))
            }
            None => self.is_type_word(),
        };
        if try_type {
            if let Ok(ty) = self.type_id()
                && self.is_arg_end(0)
            {
                // `T *...`: the dots are part of what was read.
                return Ok(match ty.kind {
                    TypeKind::Pack(inner) => TemplateArg::Pack(Box::new(TemplateArg::Type(*inner))),
                    _ => TemplateArg::Type(ty),
                });
            }
            self.reset(mark);
        }
        let outer = std::mem::replace(&mut self.no_gt, true);
        let expr = self.conditional();
        self.no_gt = outer;
        Ok(TemplateArg::Expr(expr?))
    }

    /// `operator+`, `operator()`, `operator float`
    fn operator_name(&mut self) -> PResult<SegmentName> {
        self.bump();
        let token = self.token();
        let plain = |op| Ok(SegmentName::Operator(op));
        if let Some(op) = binary_operator(token.kind) {
            self.bump();
            return plain(OperatorName::Binary(op));
        }
        if let Some(op) = assignment_operator(token.kind) {
            self.bump();
            return plain(op.map_or(OperatorName::Assign, OperatorName::CompoundAssign));
        }
        let simple = match token.kind {
            Kind::Bang => Some(OperatorName::Unary(UnaryOp::Not)),
            Kind::Tilde => Some(OperatorName::Unary(UnaryOp::BitNot)),
            Kind::PlusPlus => Some(OperatorName::Increment),
            Kind::MinusMinus => Some(OperatorName::Decrement),
            Kind::Arrow => Some(OperatorName::Arrow),
            Kind::ArrowStar => Some(OperatorName::ArrowStar),
            Kind::Comma => Some(OperatorName::Comma),
            _ => None,
        };
        if let Some(op) = simple {
            self.bump();
            return plain(op);
        }
        match token.kind {
            Kind::LParen => {
                self.bump();
                self.expect(Kind::RParen)?;
                plain(OperatorName::Call)
            }
            Kind::LBracket => {
                self.bump();
                self.expect(Kind::RBracket)?;
                plain(OperatorName::Subscript)
            }
            Kind::String => {
                self.bump();
                let (suffix, _) = self.expect_ident()?;
                plain(OperatorName::Literal(suffix))
            }
            Kind::Ident if matches!(self.word(), Some(Word::New | Word::Delete)) => {
                let delete = self.is_word(Word::Delete);
                self.bump();
                if self.eat(Kind::LBracket) {
                    self.expect(Kind::RBracket)?;
                }
                plain(if delete { OperatorName::Delete } else { OperatorName::New })
            }
            _ => {
                let ty = self.conversion_type()?;
                Ok(SegmentName::Conversion(Box::new(ty)))
            }
        }
    }

    /// A name made of one identifier.
    pub fn simple_name(&self, symbol: Symbol, span: Span) -> Name {
        let segment = Segment { name: SegmentName::Ident(symbol), args: None, span };
        Name { global: false, segments: vec![segment], span }
    }

    /// True if a keyword that begins a type stands here.
    pub fn is_type_word(&self) -> bool {
        self.is_type_word_at(0)
    }

    fn is_type_word_at(&self, n: usize) -> bool {
        use Word::*;
        let token = self.look(n);
        token.kind == Kind::Ident
            && words::is_keyword(token.symbol)
            && matches!(
                self.word_at(n),
                Some(
                    Void | Bool
                        | Char
                        | Short
                        | Int
                        | Long
                        | Float
                        | Double
                        | Signed
                        | Unsigned
                        | WChar
                        | Char8
                        | Char16
                        | Char32
                        | Int128
                        | Signed2
                        | Int64
                        | Const
                        | Const2
                        | Const3
                        | Volatile
                        | Volatile2
                        | Volatile3
                        | Struct
                        | Class
                        | Union
                        | Enum
                        | Typename
                        | Auto
                        | Decltype
                        | Typeof
                        | Typeof2
                        | Typeof3
                        | UnderlyingType
                )
            )
    }

    /// True if what begins here can only be a type, as far as names are known.
    pub fn is_type_start(&mut self) -> bool {
        if self.is_type_word() {
            return true;
        }
        if self.ident().is_none() && self.kind() != Kind::ColonColon {
            return false;
        }
        self.sight().and_then(|s| s.info).is_some_and(|info| info.kind.is_type())
    }
}

/// Binary operators with their levels; higher binds tighter.
pub fn binary_operator(kind: Kind) -> Option<BinaryOp> {
    Some(match kind {
        Kind::Plus => BinaryOp::Add,
        Kind::Minus => BinaryOp::Sub,
        Kind::Star => BinaryOp::Mul,
        Kind::Slash => BinaryOp::Div,
        Kind::Percent => BinaryOp::Rem,
        Kind::Shl => BinaryOp::Shl,
        Kind::Shr => BinaryOp::Shr,
        Kind::Amp => BinaryOp::BitAnd,
        Kind::Pipe => BinaryOp::BitOr,
        Kind::Caret => BinaryOp::BitXor,
        Kind::Lt => BinaryOp::Lt,
        Kind::LtEq => BinaryOp::Le,
        Kind::Gt => BinaryOp::Gt,
        Kind::GtEq => BinaryOp::Ge,
        Kind::EqEq => BinaryOp::Eq,
        Kind::BangEq => BinaryOp::Ne,
        Kind::AmpAmp => BinaryOp::And,
        Kind::PipePipe => BinaryOp::Or,
        _ => return None,
    })
}

pub fn binary_level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::BitOr => 3,
        BinaryOp::BitXor => 4,
        BinaryOp::BitAnd => 5,
        BinaryOp::Eq | BinaryOp::Ne => 6,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 7,
        BinaryOp::Shl | BinaryOp::Shr => 8,
        BinaryOp::Add | BinaryOp::Sub => 9,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 10,
    }
}

/// `Some(None)` for `=`.
pub fn assignment_operator(kind: Kind) -> Option<Option<BinaryOp>> {
    Some(match kind {
        Kind::Eq => None,
        Kind::PlusEq => Some(BinaryOp::Add),
        Kind::MinusEq => Some(BinaryOp::Sub),
        Kind::StarEq => Some(BinaryOp::Mul),
        Kind::SlashEq => Some(BinaryOp::Div),
        Kind::PercentEq => Some(BinaryOp::Rem),
        Kind::ShlEq => Some(BinaryOp::Shl),
        Kind::ShrEq => Some(BinaryOp::Shr),
        Kind::AmpEq => Some(BinaryOp::BitAnd),
        Kind::PipeEq => Some(BinaryOp::BitOr),
        Kind::CaretEq => Some(BinaryOp::BitXor),
        _ => return None,
    })
}
