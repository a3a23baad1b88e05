//! Expressions: operators, casts and postfix forms. Chains are loops, nesting is counted.

use super::ast::{
    BinaryOp, BraceItem, BraceList, CastKind, Expr, ExprKind, Initializer, OffsetofStep, TypeKind, UnaryOp,
};
use super::names::{NameContext, assignment_operator, binary_level, binary_operator};
use super::parser::{PResult, Parser};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

impl Parser<'_> {
    fn make(&self, kind: ExprKind, start: Span) -> Expr {
        Expr { kind, span: self.since(start) }
    }

    /// With commas.
    pub fn expr(&mut self) -> PResult<Expr> {
        let start = self.span();
        let height = self.height;
        let mut left = self.assignment()?;
        // `(f(xs), ...)` is the fold's.
        while self.kind() == Kind::Comma && self.kind_at(1) != Kind::Ellipsis {
            self.grow()?;
            self.bump();
            let rhs = Box::new(self.assignment()?);
            left = self.make(ExprKind::Comma { lhs: Box::new(left), rhs }, start);
        }
        self.height = height;
        Ok(left)
    }

    /// Comma-separated expressions or brace lists up to `close`, which is consumed.
    pub fn expr_list(&mut self, close: Kind) -> PResult<Vec<Expr>> {
        let mut list = Vec::new();
        if self.eat(close) {
            return Ok(list);
        }
        loop {
            let start = self.span();
            let mut item = self.initializer_clause()?;
            if self.eat(Kind::Ellipsis) {
                item = self.make(ExprKind::PackExpansion(Box::new(item)), start);
            }
            list.push(item);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(close)?;
        Ok(list)
    }

    pub fn assignment(&mut self) -> PResult<Expr> {
        // `a = b = c` nests to the right: collect, then fold.
        let start = self.span();
        let height = self.height;
        let mut targets = Vec::new();
        let mut value = loop {
            let expr = self.conditional()?;
            let Some(op) = assignment_operator(self.kind()).filter(|_| self.kind_at(1) != Kind::Ellipsis)
            else {
                break expr;
            };
            self.grow()?;
            self.bump();
            targets.push((expr, op));
            if self.kind() == Kind::LBrace {
                break self.initializer_clause()?;
            }
        };
        self.height = height;
        let end = self.last_span();
        for (target, op) in targets.into_iter().rev() {
            let span = target.span.to(end);
            let (target, boxed) = (Box::new(target), Box::new(value));
            value = Expr { kind: ExprKind::Assign { op, target, value: boxed }, span };
        }
        if self.is_word(Word::Throw) {
            return Err(self.not_supported(start, "exceptions"));
        }
        Ok(value)
    }

    /// Without assignments and commas.
    pub fn conditional(&mut self) -> PResult<Expr> {
        // `a ? b : c ? d : e` nests to the right: collect, then fold.
        let height = self.height;
        let mut arms = Vec::new();
        let mut last = loop {
            let cond = self.nested(Self::binary)?;
            if self.kind() != Kind::Question {
                break cond;
            }
            self.grow()?;
            self.bump();
            let outer = std::mem::replace(&mut self.no_gt, false);
            let then = if self.kind() == Kind::Colon { Ok(None) } else { self.nested(Self::expr).map(Some) };
            self.no_gt = outer;
            let then = then?;
            self.expect(Kind::Colon)?;
            arms.push((cond, then));
            // The last arm may be an assignment: `a ? b : c = d`.
            if self.is_word(Word::Throw) {
                return Err(self.not_supported(self.span(), "exceptions"));
            }
        };
        if !arms.is_empty()
            && let Some(op) = assignment_operator(self.kind())
        {
            self.bump();
            let value = Box::new(self.nested(Self::assignment)?);
            let span = last.span.to(value.span);
            last = Expr { kind: ExprKind::Assign { op, target: Box::new(last), value }, span };
        }
        self.height = height;
        let end = self.last_span();
        for (cond, then) in arms.into_iter().rev() {
            let span = cond.span.to(end);
            let kind = ExprKind::Conditional {
                cond: Box::new(cond),
                then: then.map(Box::new),
                otherwise: Box::new(last),
            };
            last = Expr { kind, span };
        }
        Ok(last)
    }

    /// The binary operator here, if it may stand here.
    fn operator_here(&self) -> Option<BinaryOp> {
        let kind = self.kind();
        if self.no_gt && matches!(kind, Kind::Gt | Kind::Shr) || self.is_launch(0) {
            return None;
        }
        // `(xs + ...)` is the fold's.
        if self.kind_at(1) == Kind::Ellipsis {
            return None;
        }
        binary_operator(kind)
    }

    /// Operands wait on a list for operators that bind tighter: no recursion, whatever the levels.
    fn binary(&mut self) -> PResult<Expr> {
        let height = self.height;
        let mut left = self.operand()?;
        let mut waiting: Vec<(Expr, BinaryOp)> = Vec::new();
        while let Some(op) = self.operator_here() {
            let level = binary_level(op);
            while let Some((lhs, op)) = waiting.pop_if(|(_, op)| binary_level(*op) >= level) {
                left = join(lhs, op, left);
            }
            self.grow()?;
            self.bump();
            waiting.push((left, op));
            left = self.operand()?;
        }
        while let Some((lhs, op)) = waiting.pop() {
            left = join(lhs, op, left);
        }
        self.height = height;
        Ok(left)
    }

    /// A unary expression, with `.*` and `->*` behind it.
    fn operand(&mut self) -> PResult<Expr> {
        let start = self.span();
        let mut left = self.unary()?;
        while matches!(self.kind(), Kind::DotStar | Kind::ArrowStar) {
            self.grow()?;
            let arrow = self.bump().kind == Kind::ArrowStar;
            let pointer = Box::new(self.unary()?);
            left = self.make(ExprKind::MemberPointer { object: Box::new(left), arrow, pointer }, start);
        }
        Ok(left)
    }

    fn unary(&mut self) -> PResult<Expr> {
        let start = self.span();
        let op = match self.kind() {
            Kind::Plus => Some(UnaryOp::Plus),
            Kind::Minus => Some(UnaryOp::Neg),
            Kind::Bang => Some(UnaryOp::Not),
            Kind::Tilde => Some(UnaryOp::BitNot),
            Kind::Star => Some(UnaryOp::Deref),
            Kind::Amp => Some(UnaryOp::AddressOf),
            _ => None,
        };
        if let Some(op) = op {
            self.bump();
            let operand = Box::new(self.nested(Self::unary)?);
            return Ok(self.make(ExprKind::Unary { op, operand }, start));
        }
        match self.kind() {
            Kind::PlusPlus | Kind::MinusMinus => {
                let decrement = self.bump().kind == Kind::MinusMinus;
                let operand = Box::new(self.nested(Self::unary)?);
                Ok(self.make(ExprKind::IncDec { decrement, postfix: false, operand }, start))
            }
            Kind::LParen => {
                if let Some(cast) = self.c_cast()? {
                    return Ok(cast);
                }
                self.postfix()
            }
            Kind::AmpAmp => Err(self.not_supported(start, "addresses of labels")),
            Kind::Ident => match self.word() {
                Some(Word::Sizeof) => self.sizeof(),
                Some(Word::Alignof | Word::Alignof2 | Word::Alignof3) => {
                    self.bump();
                    let (ty, expr) = self.type_or_unary()?;
                    let kind = match (ty, expr) {
                        (Some(ty), _) => ExprKind::AlignofType(ty),
                        (_, Some(e)) => ExprKind::AlignofExpr(Box::new(e)),
                        _ => return Err(self.expected("a type specifier")),
                    };
                    Ok(self.make(kind, start))
                }
                Some(Word::Extension) => {
                    self.bump();
                    self.nested(Self::unary)
                }
                Some(Word::New) => self.new_expr(start),
                Some(Word::Delete) => {
                    self.bump();
                    let array = self.eat(Kind::LBracket);
                    if array {
                        self.expect(Kind::RBracket)?;
                    }
                    let operand = Box::new(self.nested(Self::unary)?);
                    Ok(self.make(ExprKind::Delete { array, operand }, start))
                }
                Some(Word::Noexcept) => {
                    self.bump();
                    self.expect(Kind::LParen)?;
                    let inner = self.nested(Self::expr)?;
                    self.expect(Kind::RParen)?;
                    Ok(self.make(ExprKind::Noexcept(Box::new(inner)), start))
                }
                Some(Word::Throw) => Err(self.not_supported(start, "exceptions")),
                _ => self.postfix(),
            },
            Kind::ColonColon if matches!(self.word_at(1), Some(Word::New | Word::Delete)) => {
                self.bump();
                self.nested(Self::unary)
            }
            _ => self.postfix(),
        }
    }

    /// `(T)e`, if a type in parentheses stands here and an operand follows.
    fn c_cast(&mut self) -> PResult<Option<Expr>> {
        let start = self.span();
        let mark = self.mark();
        self.bump();
        let known = self.is_type_start();
        let unknown = !known && self.may_be_unknown_type();
        if !known && !unknown {
            self.reset(mark);
            return Ok(None);
        }
        let inner = self.mark();
        // `(short(x)) - y`: nothing can be cast to a function, so this is a conversion in parentheses.
        let to = self.type_before_paren(inner).filter(|to| !matches!(to.kind, TypeKind::Function(_)));
        let Some(to) = to else {
            self.reset(mark);
            return Ok(None);
        };
        self.bump();
        if self.kind() == Kind::LBrace {
            // A compound literal.
            let list = self.nested(Self::brace_list)?;
            return Ok(Some(self.make(ExprKind::BraceInit { to, list }, start)));
        }
        if !self.is_operand_start(known) {
            self.reset(mark);
            return Ok(None);
        }
        let operand = Box::new(self.nested(Self::unary)?);
        Ok(Some(self.make(ExprKind::Cast { kind: CastKind::CStyle, to, operand }, start)))
    }

    /// `(X *)` or `(X)`, where nothing is known of X.
    fn may_be_unknown_type(&mut self) -> bool {
        if self.ident().is_none() {
            return false;
        }
        let Some(sight) = self.sight() else { return false };
        if sight.info.is_some() || sight.special {
            return false;
        }
        match self.kind_at(sight.len) {
            Kind::RParen => true,
            Kind::Star => matches!(self.kind_at(sight.len + 1), Kind::RParen | Kind::Star),
            _ => false,
        }
    }

    /// Whether an operand of a cast follows. After a name that may be a value, signs and parentheses are operators.
    fn is_operand_start(&self, known_type: bool) -> bool {
        match self.kind() {
            Kind::Number | Kind::String | Kind::Char | Kind::Tilde | Kind::Bang => true,
            Kind::Ident => !matches!(self.word(), Some(Word::Const | Word::Volatile)),
            Kind::LParen | Kind::Plus | Kind::Minus | Kind::Star | Kind::Amp => known_type,
            Kind::PlusPlus | Kind::MinusMinus => known_type,
            Kind::ColonColon => true,
            Kind::LBracket => known_type,
            _ => false,
        }
    }

    fn type_or_unary(&mut self) -> PResult<(Option<super::ast::TypeSyntax>, Option<Expr>)> {
        if self.kind() == Kind::LParen {
            let mark = self.mark();
            self.bump();
            if self.is_type_start() {
                let inner = self.mark();
                if let Some(ty) = self.type_before_paren(inner)
                    && !matches!(ty.kind, TypeKind::Function(_))
                {
                    self.bump();
                    // `sizeof (T){...}` is rare enough.
                    return Ok((Some(ty), None));
                }
            } else if self.may_be_unknown_type() && self.kind_at(1) == Kind::Star {
                let inner = self.mark();
                if let Some(ty) = self.type_before_paren(inner) {
                    self.bump();
                    return Ok((Some(ty), None));
                }
            }
            self.reset(mark);
        }
        Ok((None, Some(self.nested(Self::unary)?)))
    }

    fn sizeof(&mut self) -> PResult<Expr> {
        let start = self.bump().span;
        if self.eat(Kind::Ellipsis) {
            self.expect(Kind::LParen)?;
            let (name, _) = self.expect_ident()?;
            self.expect(Kind::RParen)?;
            return Ok(self.make(ExprKind::SizeofPack(name), start));
        }
        let kind = match self.type_or_unary()? {
            (Some(ty), _) => ExprKind::SizeofType(ty),
            (_, Some(e)) => ExprKind::SizeofExpr(Box::new(e)),
            _ => return Err(self.expected("an expression")),
        };
        Ok(self.make(kind, start))
    }

    fn new_expr(&mut self, start: Span) -> PResult<Expr> {
        self.bump();
        let mut placement = Vec::new();
        if self.kind() == Kind::LParen {
            placement = self.paren_exprs()?;
        }
        let spec = self.decl_spec(true)?;
        let Some(base) = spec.ty else { return Err(self.expected("a type specifier")) };
        let declarator = self.new_declarator(base)?;
        let init = match self.initializer_without_equals()? {
            Initializer::None => None,
            init => Some(Box::new(init)),
        };
        Ok(self.make(ExprKind::New { placement, of: declarator, init }, start))
    }

    /// `*` and `[n]`, but no parentheses: those are the initialiser.
    fn new_declarator(&mut self, base: super::ast::TypeSyntax) -> PResult<super::ast::TypeSyntax> {
        let mut chunks = Vec::new();
        self.pointer_chunks(&mut chunks)?;
        chunks.reverse();
        let mut bounds = Vec::new();
        while self.kind() == Kind::LBracket {
            let at = self.bump().span;
            let len = Some(Box::new(self.nested(Self::expr)?));
            self.expect(Kind::RBracket)?;
            bounds.push(super::declarators::Chunk::Array { len, span: self.since(at) });
        }
        bounds.extend(chunks);
        Ok(self.apply_chunks(base, bounds))
    }

    fn initializer_without_equals(&mut self) -> PResult<Initializer> {
        if self.kind() == Kind::Eq { Ok(Initializer::None) } else { self.initializer() }
    }

    // ------------------------------------------------------------ postfix

    fn postfix(&mut self) -> PResult<Expr> {
        let start = self.span();
        let height = self.height;
        let mut expr = self.primary()?;
        loop {
            let kind = match self.kind() {
                Kind::LParen => {
                    let callee = Box::new(expr);
                    ExprKind::Call { callee, args: self.paren_exprs()? }
                }
                Kind::LBracket if self.kind_at(1) != Kind::LBracket => {
                    self.bump();
                    let outer = std::mem::replace(&mut self.no_gt, false);
                    let index = self.nested(Self::expr);
                    self.no_gt = outer;
                    let index = Box::new(index?);
                    self.expect(Kind::RBracket)?;
                    ExprKind::Subscript { base: Box::new(expr), index }
                }
                Kind::Dot | Kind::Arrow => {
                    let arrow = self.bump().kind == Kind::Arrow;
                    let (member, _) = self.nested(|p| p.name(NameContext::Member))?;
                    ExprKind::Member { object: Box::new(expr), arrow, member }
                }
                Kind::PlusPlus | Kind::MinusMinus => {
                    let decrement = self.bump().kind == Kind::MinusMinus;
                    ExprKind::IncDec { decrement, postfix: true, operand: Box::new(expr) }
                }
                Kind::Shl if self.is_launch(0) => self.launch(expr)?,
                _ => break,
            };
            self.grow()?;
            expr = self.make(kind, start);
        }
        self.height = height;
        Ok(expr)
    }

    /// `<<<grid, block>>>(...)`
    fn launch(&mut self, callee: Expr) -> PResult<ExprKind> {
        self.bump();
        self.bump();
        let outer = std::mem::replace(&mut self.no_gt, true);
        let config = self.launch_config();
        self.no_gt = outer;
        let config = config?;
        if self.kind() != Kind::Shr || self.kind_at(1) != Kind::Gt {
            return Err(self.expected("\">>>\""));
        }
        self.bump();
        self.bump();
        Ok(ExprKind::KernelLaunch { callee: Box::new(callee), config, args: self.paren_exprs()? })
    }

    fn launch_config(&mut self) -> PResult<Vec<Expr>> {
        let mut config = vec![self.nested(Self::conditional)?];
        while self.eat(Kind::Comma) {
            config.push(self.nested(Self::conditional)?);
        }
        Ok(config)
    }

    /// `{a, .b = c, {d}}`
    pub fn brace_list(&mut self) -> PResult<BraceList> {
        let start = self.expect(Kind::LBrace)?;
        let outer = std::mem::replace(&mut self.no_gt, false);
        let items = self.brace_items();
        self.no_gt = outer;
        Ok(BraceList { items: items?, span: self.since(start) })
    }

    fn brace_items(&mut self) -> PResult<Vec<BraceItem>> {
        let mut items = Vec::new();
        while self.kind() != Kind::RBrace {
            let mut designators = Vec::new();
            loop {
                if self.kind() == Kind::Dot && self.ident_at(1).is_some() {
                    self.bump();
                    designators.push(OffsetofStep::Member(self.expect_ident()?.0));
                } else if self.kind() == Kind::LBracket && self.is_designator() {
                    self.bump();
                    designators.push(OffsetofStep::Index(self.nested(Self::conditional)?));
                    self.expect(Kind::RBracket)?;
                } else {
                    break;
                }
            }
            if !designators.is_empty() && self.kind() != Kind::LBrace {
                self.expect(Kind::Eq)?;
            }
            let start = self.span();
            let mut value = self.initializer_clause()?;
            if self.eat(Kind::Ellipsis) {
                value = self.make(ExprKind::PackExpansion(Box::new(value)), start);
            }
            items.push(BraceItem { designators, value });
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        if self.kind() != Kind::RBrace {
            return Err(self.expected("a \",\" or \"}\""));
        }
        self.bump();
        Ok(items)
    }

    /// `[3] =` and not a lambda.
    fn is_designator(&mut self) -> bool {
        let mark = self.mark();
        let skipped = self.skip_group(Kind::LBracket, Kind::RBracket).is_ok();
        let answer = skipped && matches!(self.kind(), Kind::Eq | Kind::LBracket | Kind::Dot);
        self.reset(mark);
        answer
    }
}

fn join(lhs: Expr, op: BinaryOp, rhs: Expr) -> Expr {
    let span = lhs.span.to(rhs.span);
    Expr { kind: ExprKind::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs) }, span }
}
