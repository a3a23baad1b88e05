//! Declarators: `*p`, `a[4]`, `(*f)(int)`, `S::operator+(S b) const`, turned inside out into types.

use std::collections::HashSet;

use super::ast::{
    Cv, Expr, FnType, MethodQualifiers, Name, Param, RefQualifier, Segment, SegmentName, Specifiers,
    TypeKind, TypeSyntax,
};
use super::names::NameContext;
use super::parser::{PResult, Parser};
use super::scope::{NameInfo, NameKind, ScopeId};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

/// One step from the declared name towards the specifiers.
pub enum Chunk {
    Pointer { cv: Cv, restrict: bool, span: Span },
    Reference { rvalue: bool, restrict: bool, span: Span },
    MemberPointer { class: Name, cv: Cv, span: Span },
    Array { len: Option<Box<Expr>>, span: Span },
    Function(Box<FunctionChunk>),
    Pack { span: Span },
}

pub struct FunctionChunk {
    pub params: Vec<Param>,
    pub variadic: bool,
    pub method: MethodQualifiers,
    pub trailing: Option<TypeSyntax>,
    pub span: Span,
}

pub struct Declarator {
    pub name: Option<Name>,
    /// What the qualifiers of the name open: definitions of members see the class.
    pub scope: Option<ScopeId>,
    /// From the name outwards.
    pub chunks: Vec<Chunk>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DeclaratorKind {
    /// A name must come.
    Named,
    /// No name may come.
    Abstract,
    /// Parameters: either.
    Either,
}

impl Parser<'_> {
    /// `*`, `&`, `&&`, `S::*` and their qualifiers, in the order written.
    pub fn pointer_chunks(&mut self, chunks: &mut Vec<Chunk>) -> PResult<()> {
        loop {
            let start = self.span();
            if chunks.len() > 100 {
                return Err(self.error(start, "too many pointers or references in this declaration"));
            }
            match self.kind() {
                Kind::Star => {
                    self.bump();
                    let (cv, restrict) = self.pointer_qualifiers()?;
                    chunks.push(Chunk::Pointer { cv, restrict, span: self.since(start) });
                }
                Kind::Amp | Kind::AmpAmp => {
                    let rvalue = self.bump().kind == Kind::AmpAmp;
                    let (_, restrict) = self.pointer_qualifiers()?;
                    chunks.push(Chunk::Reference { rvalue, restrict, span: self.since(start) });
                }
                Kind::Ident if self.ident().is_some() && self.is_member_pointer() => {
                    let (class, _) = self.name(NameContext::Type)?;
                    self.expect(Kind::ColonColon)?;
                    self.expect(Kind::Star)?;
                    let (cv, _) = self.pointer_qualifiers()?;
                    chunks.push(Chunk::MemberPointer { class, cv, span: self.since(start) });
                }
                _ => return Ok(()),
            }
        }
    }

    /// `S::*` stands here.
    fn is_member_pointer(&mut self) -> bool {
        match self.sight() {
            Some(sight) => {
                self.kind_at(sight.len) == Kind::ColonColon && self.kind_at(sight.len + 1) == Kind::Star
            }
            None => false,
        }
    }

    fn pointer_qualifiers(&mut self) -> PResult<(Cv, bool)> {
        let mut cv = Cv::default();
        let mut restrict = false;
        loop {
            match self.word() {
                Some(Word::Const | Word::Const2 | Word::Const3) => cv.is_const = true,
                Some(Word::Volatile | Word::Volatile2 | Word::Volatile3) => cv.is_volatile = true,
                Some(Word::Restrict | Word::Restrict2) => restrict = true,
                Some(Word::Attribute | Word::Attribute2) => {
                    self.attribute(&mut Specifiers::default())?;
                    continue;
                }
                // C's keyword is an ordinary name in C++; before a name or a comma it can only be meant as the keyword.
                _ if self.ident().is_some_and(|s| self.name_of(s) == "restrict")
                    && matches!(self.kind_at(1), Kind::Ident | Kind::Comma | Kind::RParen) =>
                {
                    restrict = true;
                }
                _ => return Ok((cv, restrict)),
            }
            self.bump();
        }
    }

    pub fn declarator(&mut self, kind: DeclaratorKind) -> PResult<Declarator> {
        self.nested(|p| p.declarator_inner(kind))
    }

    fn declarator_inner(&mut self, kind: DeclaratorKind) -> PResult<Declarator> {
        let mut prefix = Vec::new();
        self.pointer_chunks(&mut prefix)?;
        if self.kind() == Kind::Ellipsis
            && kind != DeclaratorKind::Named
            && (self.ident_at(1).is_some() || self.is_pack_end(1))
        {
            let span = self.bump().span;
            prefix.push(Chunk::Pack { span });
        }
        let mut chunks = Vec::new();
        let mut name = None;
        let mut scope = None;
        let name_here = self.ident().is_some()
            || (self.kind() == Kind::ColonColon)
            || self.kind() == Kind::Tilde
            || self.is_word(Word::Operator);
        if name_here && kind != DeclaratorKind::Abstract {
            let (found, inner) = self.name(NameContext::Declarator)?;
            name = Some(found);
            scope = inner;
        } else if self.kind() == Kind::LParen && self.is_nested_declarator(kind) {
            self.bump();
            let inner = self.declarator(kind)?;
            self.expect(Kind::RParen)?;
            name = inner.name;
            scope = inner.scope;
            chunks = inner.chunks;
        } else if kind == DeclaratorKind::Named {
            return Err(self.expected("an identifier"));
        }
        let mut specs = Specifiers::default();
        while self.attribute(&mut specs)? {}
        // Parameters and array bounds of a member's definition see the class.
        let outer = self.scope;
        if let Some(scope) = scope {
            self.scope = scope;
        }
        let suffixes = self.declarator_suffixes(&mut chunks, kind);
        self.scope = outer;
        suffixes?;
        chunks.extend(prefix.into_iter().rev());
        Ok(Declarator { name, scope, chunks })
    }

    fn is_pack_end(&self, n: usize) -> bool {
        matches!(self.kind_at(n), Kind::Comma | Kind::RParen | Kind::Gt | Kind::Eq)
    }

    /// The parenthesis here belongs to a declarator, and is not a parameter list.
    fn is_nested_declarator(&mut self, kind: DeclaratorKind) -> bool {
        let inner = self.kind_at(1);
        if matches!(inner, Kind::Star | Kind::Amp | Kind::AmpAmp) {
            return true;
        }
        let Some(name) = self.ident_at(1) else { return false };
        if self.kind_at(2) == Kind::ColonColon {
            // `(S::*f)`
            let mark = self.mark();
            self.bump();
            let pointer = self.is_member_pointer();
            self.reset(mark);
            return pointer;
        }
        // `int (x)`: a redundant parenthesis around a name that is no type.
        kind == DeclaratorKind::Named
            && matches!(self.kind_at(2), Kind::RParen | Kind::LBracket)
            && !self.lookup(name).is_some_and(|i| i.kind.is_type())
    }

    fn declarator_suffixes(&mut self, chunks: &mut Vec<Chunk>, kind: DeclaratorKind) -> PResult<()> {
        loop {
            let start = self.span();
            if chunks.len() > 100 {
                return Err(self.error(start, "too many array bounds in this declaration"));
            }
            match self.kind() {
                Kind::LBracket if self.kind_at(1) != Kind::LBracket => {
                    self.bump();
                    while matches!(
                        self.word(),
                        Some(Word::Static | Word::Const | Word::Restrict | Word::Volatile)
                    ) {
                        self.bump();
                    }
                    let outer = std::mem::replace(&mut self.no_gt, false);
                    let len = if self.kind() == Kind::RBracket {
                        Ok(None)
                    } else {
                        self.nested(Self::expr).map(|e| Some(Box::new(e)))
                    };
                    self.no_gt = outer;
                    let len = len?;
                    self.expect(Kind::RBracket)?;
                    chunks.push(Chunk::Array { len, span: self.since(start) });
                }
                Kind::LParen if self.is_param_list(kind) => {
                    let chunk = self.nested(Self::function_chunk)?;
                    chunks.push(Chunk::Function(Box::new(chunk)));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Whether `(` behind a declared name begins parameters and not an initialiser.
    fn is_param_list(&mut self, kind: DeclaratorKind) -> bool {
        if kind != DeclaratorKind::Named || matches!(self.kind_at(1), Kind::RParen | Kind::Ellipsis) {
            return true;
        }
        if !self.classes.is_empty() && !self.in_body {
            return true;
        }
        let mark = self.mark();
        self.bump();
        let answer = self.is_param_start();
        self.reset(mark);
        answer
    }

    fn is_param_start(&mut self) -> bool {
        use Word::*;
        // Most of these are wrong there, and the message is to say so.
        let specifier = matches!(
            self.word(),
            Some(
                GridConstant
                    | Register
                    | Static
                    | Extern
                    | Mutable
                    | Inline
                    | Explicit
                    | Virtual
                    | Friend
                    | Typedef
                    | Constexpr
                    | Shared
                    | Constant
                    | Managed
                    | Device
                    | Host
                    | Global
                    | Forceinline
                    | Attribute
                    | Alignas
                    | Align
            )
        );
        if specifier || self.kind() == Kind::LBracket && self.kind_at(1) == Kind::LBracket {
            return true;
        }
        if self.is_type_start() {
            // `float4 v(float(x), 1)` in a body is an initialiser; so is `S s(T{1})`.
            let mark = self.mark();
            let spec = self.decl_spec(true);
            let follows = self.kind();
            let function = spec.is_ok()
                && match follows {
                    Kind::LParen => !self.in_body && self.is_nested_declarator(DeclaratorKind::Either),
                    Kind::LBrace | Kind::Dot | Kind::Arrow | Kind::ColonColon => false,
                    _ => true,
                };
            self.reset(mark);
            return function;
        }
        // An undeclared name: a type if a declarator follows it, or outside of bodies if nothing else is there.
        let Some(sight) = self.sight() else { return false };
        if sight.info.is_some() {
            return false;
        }
        let next = self.kind_at(sight.len);
        match next {
            Kind::Ident => true,
            Kind::Star | Kind::Amp | Kind::AmpAmp => {
                let after = self.kind_at(sight.len + 1);
                !self.in_body || matches!(after, Kind::Comma | Kind::RParen)
            }
            Kind::Comma | Kind::RParen => !self.in_body,
            _ => false,
        }
    }

    fn function_chunk(&mut self) -> PResult<FunctionChunk> {
        let start = self.span();
        let locals = self.enter_locals();
        let list = self.params();
        let rest = list.and_then(|(params, variadic)| {
            let (method, trailing) = self.function_tail()?;
            Ok(FunctionChunk { params, variadic, method, trailing, span: self.since(start) })
        });
        self.leave_locals(locals);
        rest
    }

    /// `(int a, float b = 1)`: each name is visible in what follows.
    pub fn params(&mut self) -> PResult<(Vec<Param>, bool)> {
        self.expect(Kind::LParen)?;
        let mut params = Vec::new();
        let mut seen = HashSet::new();
        let mut variadic = false;
        let outer = std::mem::replace(&mut self.no_gt, false);
        let result = (|| {
            if self.is_word(Word::Void) && self.kind_at(1) == Kind::RParen {
                self.bump();
            }
            while self.kind() != Kind::RParen {
                if self.eat(Kind::Ellipsis) {
                    variadic = true;
                    break;
                }
                let param = self.param()?;
                if let Some(name) = param.name {
                    if !seen.insert(name) {
                        let text = self.name_of(name);
                        let message = format!("\"{text}\" has already been declared in the current scope");
                        return Err(self.error(param.name_span, message));
                    }
                    self.declare_local(name, NameInfo::of(NameKind::Value));
                }
                params.push(param);
                if self.eat(Kind::Ellipsis) {
                    variadic = true;
                    break;
                }
                if !self.eat(Kind::Comma) {
                    break;
                }
                if self.kind() == Kind::RParen {
                    return Err(self.expected("a type specifier"));
                }
            }
            self.expect(Kind::RParen)?;
            Ok(())
        })();
        self.no_gt = outer;
        result.map(|()| (params, variadic))
    }

    pub fn param(&mut self) -> PResult<Param> {
        let start = self.span();
        let spec = self.decl_spec(true)?;
        self.check_parameter_specifiers(&spec)?;
        self.note_unknown_type(spec.ty.as_ref());
        let Some(base) = spec.ty else { return Err(self.expected("a type specifier")) };
        let declarator = self.declarator(DeclaratorKind::Either)?;
        let name = declarator.name.as_ref().and_then(Name::as_ident);
        let name_span = declarator.name.as_ref().map(|n| n.span);
        let ty = self.apply_chunks(base, declarator.chunks);
        let default = if self.eat(Kind::Eq) { Some(self.initializer_clause()?) } else { None };
        let span = self.since(start);
        let grid_constant = spec.specs.grid_constant;
        Ok(Param { name, ty, default, grid_constant, span, name_span: name_span.unwrap_or(span) })
    }

    /// Whether a type, or a name that can only be one, stands `n` ahead.
    fn begins_declaration_at(&self, n: usize) -> bool {
        use Word::*;
        match self.word_at(n) {
            Some(Override | Final | Noexcept | Throw | Const | Volatile | Restrict | Restrict2 | Try) => {
                false
            }
            Some(Attribute | Attribute2 | Declspec) => false,
            Some(_) => self.ident_at(n).is_none(),
            None => self.ident_at(n).is_some(),
        }
    }

    /// `const & noexcept -> T override = 0`
    fn function_tail(&mut self) -> PResult<(MethodQualifiers, Option<TypeSyntax>)> {
        let mut method = MethodQualifiers::default();
        let mut trailing = None;
        let mut specs = Specifiers::default();
        loop {
            if self.attribute(&mut specs)? {
                continue;
            }
            match (self.kind(), self.word()) {
                // `void f() const int a = 1; }`: the brace before the body is missing.
                (_, Some(Word::Const | Word::Volatile)) if self.begins_declaration_at(1) => {
                    return Err(self.expected("a \"{\""));
                }
                (_, Some(Word::Const)) => method.cv.is_const = true,
                (_, Some(Word::Volatile)) => method.cv.is_volatile = true,
                (_, Some(Word::Override)) => method.is_override = true,
                (_, Some(Word::Final)) => method.is_final = true,
                (_, Some(Word::Restrict | Word::Restrict2)) => {}
                (_, Some(Word::Noexcept | Word::Throw)) => {
                    method.is_noexcept = true;
                    self.bump();
                    if self.kind() == Kind::LParen {
                        self.skip_group(Kind::LParen, Kind::RParen)?;
                    }
                    continue;
                }
                (Kind::Amp, _) => method.ref_qualifier = Some(RefQualifier::Lvalue),
                (Kind::AmpAmp, _) => method.ref_qualifier = Some(RefQualifier::Rvalue),
                (Kind::Arrow, _) => {
                    self.bump();
                    trailing = Some(self.type_id()?);
                    continue;
                }
                _ => return Ok((method, trailing)),
            }
            self.bump();
        }
    }

    pub fn abstract_declarator(&mut self, base: TypeSyntax) -> PResult<TypeSyntax> {
        let declarator = self.declarator(DeclaratorKind::Abstract)?;
        Ok(self.apply_chunks(base, declarator.chunks))
    }

    /// Wraps `base` from the specifiers outwards to the name.
    pub fn apply_chunks(&mut self, base: TypeSyntax, chunks: Vec<Chunk>) -> TypeSyntax {
        let mut ty = base;
        for chunk in chunks.into_iter().rev() {
            let inner = Box::new(ty);
            let none = Cv::default();
            let (kind, cv, span) = match chunk {
                Chunk::Pointer { cv, restrict, span } => {
                    (TypeKind::Pointer { pointee: inner, restrict }, cv, span)
                }
                Chunk::Reference { rvalue, restrict, span } => {
                    (TypeKind::Reference { target: inner, rvalue, restrict }, none, span)
                }
                Chunk::MemberPointer { class, cv, span } => {
                    (TypeKind::MemberPointer { class, pointee: inner }, cv, span)
                }
                Chunk::Array { len, span } => (TypeKind::Array { element: inner, len }, none, span),
                Chunk::Pack { span } => (TypeKind::Pack(inner), none, span),
                Chunk::Function(f) => {
                    let FunctionChunk { params, variadic, method, trailing, span } = *f;
                    let ret = trailing.unwrap_or(*inner);
                    (TypeKind::Function(Box::new(FnType { ret, params, variadic, method })), none, span)
                }
            };
            let span = match kind {
                TypeKind::Array { ref element, .. } => element.span,
                TypeKind::Pointer { ref pointee, .. } => pointee.span.to(span),
                _ => span,
            };
            ty = TypeSyntax { kind, cv, span };
        }
        ty
    }

    /// The last identifier of a declared name, for entering it.
    pub fn declared_symbol(name: &Name) -> Option<crate::cudac::symbol::Symbol> {
        match name.segments.as_slice() {
            [Segment { name: SegmentName::Ident(symbol), .. }] => Some(*symbol),
            _ => None,
        }
    }
}
