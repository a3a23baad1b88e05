//! Statements, and the question whether one is a declaration.

use super::ast::{
    Block, Condition, Decl, DeclKind, Expr, ExprKind, MemberInit, ParsedBody, Stmt, StmtKind, Variable,
};
use super::declarators::DeclaratorKind;
use super::names::NameContext;
use super::parser::{PResult, Parser};
use super::scope::NameKind;
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

/// What stands before a statement and belongs to it.
enum Label {
    Case(Box<(Expr, Option<Expr>)>),
    Default,
    Name(crate::cudac::symbol::Symbol),
}

impl Parser<'_> {
    /// A whole function body with its initialisers: all tokens there are.
    pub fn function_body(&mut self) -> PResult<ParsedBody> {
        let mut inits = Vec::new();
        if self.eat(Kind::Colon) {
            loop {
                let start = self.span();
                let (member, _) = self.name(NameContext::Type)?;
                let init = self.initializer()?;
                self.eat(Kind::Ellipsis);
                inits.push(MemberInit { member, init, span: self.since(start) });
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
        }
        let block = self.block()?;
        if self.pos < self.end {
            return Err(self.expected("the end of the function"));
        }
        Ok(ParsedBody { inits, block })
    }

    pub fn block(&mut self) -> PResult<Block> {
        let open = self.expect(Kind::LBrace)?;
        let locals = self.enter_locals();
        let mut stmts = Vec::new();
        let result = loop {
            match self.kind() {
                Kind::RBrace => {
                    self.bump();
                    break Ok(());
                }
                Kind::Eof => break Err(self.unclosed(open, Kind::RBrace)),
                _ => {}
            }
            match self.nested(Self::statement) {
                Ok(stmt) => stmts.push(stmt),
                Err(error) => break Err(error),
            }
        };
        self.leave_locals(locals);
        result.map(|()| Block { stmts, span: self.since(open) })
    }

    fn statement(&mut self) -> PResult<Stmt> {
        let mut labels = Vec::new();
        let height = self.height;
        while let Some(label) = self.label()? {
            self.grow()?;
            labels.push(label);
        }
        // A label at the end of a block needs no statement.
        let mut stmt = if !labels.is_empty() && self.kind() == Kind::RBrace {
            Stmt { kind: StmtKind::Empty, span: self.last_span() }
        } else {
            self.unlabelled()?
        };
        self.height = height;
        let end = stmt.span;
        for (label, span) in labels.into_iter().rev() {
            let inner = Box::new(stmt);
            let kind = match label {
                Label::Case(range) => StmtKind::Case { value: range.0, last: range.1, stmt: inner },
                Label::Default => StmtKind::Default(inner),
                Label::Name(name) => StmtKind::Label { name, stmt: inner },
            };
            stmt = Stmt { kind, span: span.to(end) };
        }
        Ok(stmt)
    }

    fn label(&mut self) -> PResult<Option<(Label, Span)>> {
        let start = self.span();
        let label = match self.word() {
            Some(Word::Case) => {
                self.bump();
                let value = self.nested(Self::conditional)?;
                let last =
                    if self.eat(Kind::Ellipsis) { Some(self.nested(Self::conditional)?) } else { None };
                self.expect(Kind::Colon)?;
                Label::Case(Box::new((value, last)))
            }
            Some(Word::Default) if self.kind_at(1) == Kind::Colon => {
                self.bump();
                self.bump();
                Label::Default
            }
            _ => match self.ident() {
                Some(name) if self.kind_at(1) == Kind::Colon => {
                    self.bump();
                    self.bump();
                    Label::Name(name)
                }
                _ => return Ok(None),
            },
        };
        Ok(Some((label, start)))
    }

    fn unlabelled(&mut self) -> PResult<Stmt> {
        let start = self.span();
        let mut specs = Default::default();
        while self.kind() == Kind::LBracket
            && self.kind_at(1) == Kind::LBracket
            && self.attribute(&mut specs)?
        {}
        let kind = match (self.kind(), self.word()) {
            (Kind::Semi, _) => {
                self.bump();
                StmtKind::Empty
            }
            (Kind::LBrace, _) => StmtKind::Block(self.block()?),
            (_, Some(word)) => match self.keyword_statement(word, start)? {
                Some(kind) => kind,
                None => self.declaration_or_expression()?,
            },
            _ => self.declaration_or_expression()?,
        };
        Ok(Stmt { kind, span: self.since(start) })
    }

    /// One small function for each: this one is on the stack once for every level of nesting.
    fn keyword_statement(&mut self, word: Word, start: Span) -> PResult<Option<StmtKind>> {
        let parse: fn(&mut Self, Span) -> PResult<StmtKind> = match word {
            Word::If => Self::if_statement,
            Word::For => Self::for_loop,
            Word::While => Self::while_loop,
            Word::Do => Self::do_loop,
            Word::Switch => Self::switch_statement,
            Word::Break | Word::Continue | Word::Return | Word::Goto => Self::jump,
            Word::Asm | Word::Asm2 | Word::Asm3 => Self::asm_statement,
            Word::Else => return Err(self.error(start, "\"else\" without a matching \"if\"")),
            Word::Try | Word::Throw => {
                self.bump();
                return Err(self.not_supported(start, "exceptions"));
            }
            Word::Case | Word::Default => return Err(self.expected("a statement")),
            _ => return Ok(None),
        };
        parse(self, start).map(Some)
    }

    fn asm_statement(&mut self, start: Span) -> PResult<StmtKind> {
        self.skip_asm()?;
        Ok(StmtKind::Unsupported(self.unsupported("inline assembly statements", start)))
    }

    fn for_loop(&mut self, _: Span) -> PResult<StmtKind> {
        self.scoped(Self::for_statement)
    }

    fn while_loop(&mut self, _: Span) -> PResult<StmtKind> {
        self.scoped(|p| {
            p.bump();
            p.expect(Kind::LParen)?;
            let cond = p.condition()?;
            p.expect(Kind::RParen)?;
            Ok(StmtKind::While { cond, body: p.substatement()? })
        })
    }

    fn do_loop(&mut self, _: Span) -> PResult<StmtKind> {
        self.bump();
        let body = self.substatement()?;
        if !self.eat_word(Word::While) {
            return Err(self.expected("\"while\" after the body of \"do\""));
        }
        self.expect(Kind::LParen)?;
        let cond = self.nested(Self::expr)?;
        self.expect(Kind::RParen)?;
        self.expect(Kind::Semi)?;
        Ok(StmtKind::Do { body, cond })
    }

    fn switch_statement(&mut self, _: Span) -> PResult<StmtKind> {
        self.scoped(|p| {
            p.bump();
            p.expect(Kind::LParen)?;
            let init = p.init_statement()?;
            let cond = p.condition()?;
            p.expect(Kind::RParen)?;
            Ok(StmtKind::Switch { init, cond, body: p.substatement()? })
        })
    }

    /// `break`, `continue`, `return`, `goto`
    fn jump(&mut self, start: Span) -> PResult<StmtKind> {
        let word = self.word();
        self.bump();
        let kind = match word {
            Some(Word::Break) => StmtKind::Break,
            Some(Word::Continue) => StmtKind::Continue,
            Some(Word::Goto) if self.kind() == Kind::Star => {
                return Err(self.not_supported(start, "computed gotos"));
            }
            Some(Word::Goto) => StmtKind::Goto(self.expect_ident()?.0),
            _ if self.kind() == Kind::Semi => StmtKind::Return(None),
            _ => StmtKind::Return(Some(self.return_value()?)),
        };
        self.expect(Kind::Semi)?;
        Ok(kind)
    }

    fn return_value(&mut self) -> PResult<Expr> {
        if self.kind() == Kind::LBrace { self.initializer_clause() } else { self.nested(Self::expr) }
    }

    /// Runs `f` in a block scope of its own.
    fn scoped(&mut self, f: impl FnOnce(&mut Self) -> PResult<StmtKind>) -> PResult<StmtKind> {
        let locals = self.enter_locals();
        let result = f(self);
        self.leave_locals(locals);
        result
    }

    /// The body of `if`, `for`, ...
    fn substatement(&mut self) -> PResult<Box<Stmt>> {
        if self.kind() == Kind::RBrace || self.is_word(Word::Else) {
            return Err(self.expected("a statement"));
        }
        let locals = self.enter_locals();
        let result = self.nested(|p| p.statement().map(Box::new));
        self.leave_locals(locals);
        result
    }

    /// A chain of `else if` is read in a loop and nested afterwards.
    fn if_statement(&mut self, _: Span) -> PResult<StmtKind> {
        let locals = self.enter_locals();
        let height = self.height;
        let result = self.if_chain();
        self.height = height;
        self.leave_locals(locals);
        result
    }

    fn if_chain(&mut self) -> PResult<StmtKind> {
        let mut links = Vec::new();
        let mut otherwise = None;
        loop {
            let start = self.bump().span;
            self.grow()?;
            let constexpr = self.eat_word(Word::Constexpr);
            self.expect(Kind::LParen)?;
            let init = self.init_statement()?;
            let cond = self.condition()?;
            self.expect(Kind::RParen)?;
            let then = self.substatement()?;
            links.push((start, constexpr, init, cond, then));
            if !self.eat_word(Word::Else) {
                break;
            }
            if !self.is_word(Word::If) {
                otherwise = Some(self.substatement()?);
                break;
            }
        }
        let end = self.last_span();
        while let Some((start, constexpr, init, cond, then)) = links.pop() {
            let kind = StmtKind::If { constexpr, init, cond, then, otherwise: otherwise.take() };
            if links.is_empty() {
                return Ok(kind);
            }
            otherwise = Some(Box::new(Stmt { kind, span: start.to(end) }));
        }
        Err(self.expected("\"if\""))
    }

    /// `init;` before the condition of `if` and `switch`, if there is one.
    fn init_statement(&mut self) -> PResult<Option<Box<Stmt>>> {
        // Only a `;` before the closing parenthesis tells.
        let mut depth = 0usize;
        let mut n = 0;
        let has_init = loop {
            match self.kind_at(n) {
                Kind::LParen | Kind::LBrace | Kind::LBracket => depth += 1,
                Kind::RParen | Kind::RBrace | Kind::RBracket if depth == 0 => break false,
                Kind::RParen | Kind::RBrace | Kind::RBracket => depth -= 1,
                Kind::Semi if depth == 0 => break true,
                Kind::Eof => break false,
                _ => {}
            }
            n += 1;
        };
        self.spend(n);
        if !has_init {
            return Ok(None);
        }
        let start = self.span();
        let kind = if self.eat(Kind::Semi) { StmtKind::Empty } else { self.declaration_or_expression()? };
        Ok(Some(Box::new(Stmt { kind, span: self.since(start) })))
    }

    fn condition(&mut self) -> PResult<Condition> {
        let start = self.span();
        if self.is_declaration() {
            let mark = self.mark();
            let locals = self.enter_locals();
            if let Some(decl) = self.condition_declaration(start) {
                return Ok(Condition::Decl(Box::new(decl)));
            }
            self.leave_locals(locals);
            self.reset(mark);
        }
        Ok(Condition::Expr(self.nested(Self::expr)?))
    }

    /// `T x = e`; anything else is an expression after all.
    fn condition_declaration(&mut self, start: Span) -> Option<Decl> {
        let spec = self.decl_spec(true).ok()?;
        let base = spec.ty?;
        let declarator = self.declarator(DeclaratorKind::Named).ok()?;
        let name = declarator.name?;
        let ty = self.apply_chunks(base, declarator.chunks);
        if !matches!(self.kind(), Kind::Eq | Kind::LBrace) {
            return None;
        }
        self.declare_value(name.as_ident()?);
        let init = self.initializer().ok()?;
        let span = self.since(start);
        let variable = Variable { name, specs: spec.specs, ty, init, bit_width: None, span };
        Some(Decl { kind: DeclKind::Variable(Box::new(variable)), span })
    }

    fn for_statement(&mut self) -> PResult<StmtKind> {
        self.bump();
        self.expect(Kind::LParen)?;
        let start = self.span();
        if let Some(var) = self.range_variable()? {
            let range = if self.kind() == Kind::LBrace {
                self.initializer_clause()?
            } else {
                self.nested(Self::expr)?
            };
            self.expect(Kind::RParen)?;
            let body = self.substatement()?;
            return Ok(StmtKind::RangeFor { var: Box::new(var), range, body });
        }
        let init = if self.eat(Kind::Semi) {
            None
        } else {
            let kind = self.declaration_or_expression()?;
            Some(Box::new(Stmt { kind, span: self.since(start) }))
        };
        let cond = if self.kind() == Kind::Semi { None } else { Some(self.condition()?) };
        self.expect(Kind::Semi)?;
        let step = if self.kind() == Kind::RParen { None } else { Some(self.nested(Self::expr)?) };
        self.expect(Kind::RParen)?;
        let body = self.substatement()?;
        Ok(StmtKind::For { init, cond, step, body })
    }

    /// `T x :` of a range-based `for`.
    fn range_variable(&mut self) -> PResult<Option<Decl>> {
        let start = self.span();
        if !self.is_declaration() {
            return Ok(None);
        }
        let mark = self.mark();
        let locals = self.enter_locals();
        let found = (|| {
            let spec = self.decl_spec(true).ok()?;
            let base = spec.ty?;
            let declarator = self.declarator(DeclaratorKind::Named).ok()?;
            let name = declarator.name?;
            let ty = self.apply_chunks(base, declarator.chunks);
            if !self.eat(Kind::Colon) {
                return None;
            }
            self.declare_value(name.as_ident()?);
            let span = self.since(start);
            let init = super::ast::Initializer::None;
            let variable = Variable { name, specs: spec.specs, ty, init, bit_width: None, span };
            Some(Decl { kind: DeclKind::Variable(Box::new(variable)), span })
        })();
        if found.is_none() {
            self.leave_locals(locals);
            self.reset(mark);
        }
        Ok(found)
    }

    // ------------------------------------------------------------ declaration or expression

    /// Ends with the `;`.
    fn declaration_or_expression(&mut self) -> PResult<StmtKind> {
        if self.is_declaration() {
            let mark = self.mark();
            let locals = self.enter_locals();
            let sure = self.is_certain_declaration();
            let mut decls = Vec::new();
            match self.declaration(&mut decls) {
                Ok(()) => return Ok(StmtKind::Decl(decls)),
                Err(error) if sure => return Err(error),
                Err(error) => {
                    // `T(x);`, `T::f();`: try it as an expression, and if that fails too, the first error counts.
                    self.leave_locals(locals);
                    self.reset(mark);
                    return self.expression_statement().map_err(|_| error);
                }
            }
        }
        self.expression_statement()
    }

    fn expression_statement(&mut self) -> PResult<StmtKind> {
        let expr = self.nested(Self::expr)?;
        if self.kind() == Kind::Semi {
            self.bump();
            return Ok(StmtKind::Expr(expr));
        }
        // `whlie (n)` and another statement: the misspelt word is the mistake.
        if let ExprKind::Call { callee, .. } = &expr.kind
            && let ExprKind::Name(name) = &callee.kind
            && let Some(symbol) = name.as_ident()
            && self.lookup(symbol).is_none()
        {
            let text = self.name_of(symbol);
            return Err(self.error(name.span, format!("identifier \"{text}\" is undefined")));
        }
        Err(self.expected("a \";\""))
    }

    /// Begins with something that no expression begins with.
    fn is_certain_declaration(&self) -> bool {
        use Word::*;
        matches!(
            self.word(),
            Some(
                Const
                    | Volatile
                    | Static
                    | Extern
                    | Constexpr
                    | Typedef
                    | Using
                    | Namespace
                    | Template
                    | StaticAssert
                    | StaticAssert2
                    | Struct
                    | Class
                    | Union
                    | Enum
                    | Auto
                    | Shared
                    | Constant
                    | Device
                    | Managed
                    | Register
                    | Inline
                    | ThreadLocal
                    | Mutable
                    | Friend
                    | Virtual
                    | Explicit
                    | Global
                    | Host
                    | Alignas
                    | Align
                    | Attribute
            )
        )
    }

    /// Whether a declaration may begin here.
    fn is_declaration(&mut self) -> bool {
        if self.is_certain_declaration() || self.kind() == Kind::LBracket && self.kind_at(1) == Kind::LBracket
        {
            return true;
        }
        if self.is_type_word() {
            // `float(x)...` is an expression, `float (*f)(int)` declares.
            let n = usize::from(!self.is_word(Word::Typename) && !self.is_word(Word::Decltype));
            if n == 1 && matches!(self.kind_at(1), Kind::LParen | Kind::LBrace) {
                return self.kind_at(1) == Kind::LParen && matches!(self.kind_at(2), Kind::Star | Kind::Amp);
            }
            return true;
        }
        if self.ident().is_none() && self.kind() != Kind::ColonColon {
            return self.word().is_some_and(|w| matches!(w, Word::Extension | Word::Const2 | Word::Const3));
        }
        let Some(sight) = self.sight() else { return false };
        if sight.special {
            return false;
        }
        let next = self.kind_at(sight.len);
        let after = self.kind_at(sight.len + 1);
        match sight.info.map(|i| i.kind) {
            Some(NameKind::Type | NameKind::TypeTemplate) => match next {
                Kind::LParen => matches!(after, Kind::Star | Kind::Amp),
                Kind::Ident | Kind::Star | Kind::Amp | Kind::AmpAmp => true,
                _ => false,
            },
            Some(_) => false,
            None => match next {
                Kind::Ident => {
                    self.ident_at(sight.len).is_some() || self.word_at(sight.len) == Some(Word::Const)
                }
                // `X * y;`, `X *y = ..`, `X &y = ..`: as an expression it would be pointless.
                Kind::Star | Kind::Amp | Kind::AmpAmp => {
                    let stars = (sight.len..).take_while(|n| {
                        matches!(self.kind_at(*n), Kind::Star | Kind::Amp | Kind::AmpAmp)
                            || matches!(
                                self.word_at(*n),
                                Some(Word::Const | Word::Restrict | Word::Restrict2)
                            )
                    });
                    let at = sight.len + stars.count();
                    self.ident_at(at).is_some()
                        && matches!(
                            self.kind_at(at + 1),
                            Kind::Semi | Kind::Eq | Kind::Comma | Kind::LBracket | Kind::LBrace | Kind::Colon
                        )
                }
                _ => false,
            },
        }
    }
}
