//! Lambda expressions: the captures, and the call operator as a function of its own.

use std::collections::HashSet;

use super::ast::{
    Access, Capture, CaptureDefault, Decl, DeclKind, Definition, ExprKind, Function, FunctionKind, Lambda,
    MethodQualifiers, Name, OperatorName, Param, Segment, SegmentName, Specifiers, Template, TemplateParam,
    TemplateParamKind, TypeKind, TypeSyntax,
};
use super::parser::{PResult, Parser};
use super::scope::{NameInfo, NameKind};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::{self, Word};
use crate::cudac::source::Span;

impl Parser<'_> {
    pub fn lambda(&mut self) -> PResult<ExprKind> {
        let start = self.bump().span;
        let mut default_capture = None;
        let mut captures = Vec::new();
        if self.kind() == Kind::Eq {
            self.bump();
            default_capture = Some(CaptureDefault::ByValue);
            self.eat(Kind::Comma);
        } else if self.kind() == Kind::Amp && matches!(self.kind_at(1), Kind::Comma | Kind::RBracket) {
            self.bump();
            default_capture = Some(CaptureDefault::ByReference);
            self.eat(Kind::Comma);
        }
        while self.kind() != Kind::RBracket {
            captures.push(self.capture()?);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RBracket)?;
        let locals = self.enter_locals();
        let result = self.lambda_rest(default_capture, captures, start);
        self.leave_locals(locals);
        result
    }

    fn capture(&mut self) -> PResult<Capture> {
        let start = self.span();
        let star = self.eat(Kind::Star);
        if self.eat_word(Word::This) {
            return Ok(Capture { name: None, by_reference: !star, init: None, span: self.since(start) });
        }
        let by_reference = self.eat(Kind::Amp);
        let (name, _) = self.expect_ident()?;
        self.eat(Kind::Ellipsis);
        let init = if self.eat(Kind::Eq) { Some(self.initializer_clause()?) } else { None };
        Ok(Capture { name: Some(name), by_reference, init, span: self.since(start) })
    }

    fn lambda_rest(
        &mut self,
        default_capture: Option<CaptureDefault>,
        captures: Vec<Capture>,
        start: Span,
    ) -> PResult<ExprKind> {
        for name in captures.iter().filter(|c| c.init.is_some()).filter_map(|c| c.name) {
            self.declare_local(name, NameInfo::of(NameKind::Value));
        }
        while matches!(self.word(), Some(Word::Device | Word::Host)) {
            self.bump();
        }
        let mut params = if self.kind() == Kind::LParen { self.params()?.0 } else { Vec::new() };
        let (mut mutable, mut ret) = (false, None);
        // It runs where the function around it does.
        let mut specs = Specifiers { device: true, host: true, ..Specifiers::default() };
        loop {
            match (self.kind(), self.word()) {
                (_, Some(Word::Mutable)) => mutable = true,
                (_, Some(Word::Constexpr | Word::Device | Word::Host)) => {}
                (_, Some(Word::Noexcept)) => {
                    self.bump();
                    if self.kind() == Kind::LParen {
                        self.skip_group(Kind::LParen, Kind::RParen)?;
                    }
                    continue;
                }
                (Kind::Arrow, _) => {
                    self.bump();
                    ret = Some(self.type_id()?);
                    continue;
                }
                _ => {
                    if self.attribute(&mut specs)? {
                        continue;
                    }
                    break;
                }
            }
            self.bump();
        }
        if self.kind() != Kind::LBrace {
            return Err(self.expected("the body of a lambda expression"));
        }
        let (first, at) = (self.pos, self.span());
        self.skip_braces()?;
        let body = self.lazy_body(first, at);
        let mut seen = HashSet::new();
        let idents = self.tokens[first..self.pos].iter().filter(|t| t.kind == Kind::Ident);
        let names = idents.map(|t| t.symbol).filter(|s| !words::is_keyword(*s) && seen.insert(*s)).collect();
        let span = self.since(start);
        let template = self.generic_params(&mut params, span)?;
        let call = SegmentName::Operator(OperatorName::Call);
        let segment = Segment { name: call, args: None, span: start };
        let auto = TypeSyntax { kind: TypeKind::Auto, cv: Default::default(), span: start };
        let mut method = MethodQualifiers::default();
        method.cv.is_const = !mutable;
        let function = Function {
            name: Name { global: false, segments: vec![segment], span: start },
            kind: FunctionKind::Operator,
            specs,
            ret: ret.unwrap_or(auto),
            params,
            variadic: false,
            method,
            body: Some(body),
            definition: Definition::Body,
            span,
            name_span: start,
        };
        let lambda = Lambda { default_capture, captures, function, template, names, span };
        Ok(ExprKind::Lambda(Box::new(lambda)))
    }

    /// `auto` parameters become parameters of a type that has the parameter's own name.
    fn generic_params(&mut self, params: &mut [Param], span: Span) -> PResult<Option<Box<Template>>> {
        let mut list = Vec::new();
        for p in params {
            let at = p.ty.span;
            let Some(ty) = auto_inside(&mut p.ty) else { continue };
            // A parameter without a name can have that of no other.
            let symbol = p.name.unwrap_or(Word::Auto.symbol());
            if list.iter().any(|t: &TemplateParam| t.name == Some(symbol)) {
                return Err(self.error(at, "several unnamed parameters with \"auto\""));
            }
            let segment = Segment { name: SegmentName::Ident(symbol), args: None, span: at };
            let name = Name { global: false, segments: vec![segment], span: at };
            ty.kind = TypeKind::Named { name, typename: false };
            let kind = TemplateParamKind::Type { default: None };
            list.push(TemplateParam { name: Some(symbol), kind, pack: false, span: at });
        }
        if list.is_empty() {
            return Ok(None);
        }
        // The function stands beside it.
        let decl = Decl { kind: DeclKind::Access(Access::Public), span };
        Ok(Some(Box::new(Template { params: list, decl, span })))
    }
}

/// The `auto` behind pointers and references.
fn auto_inside(ty: &mut TypeSyntax) -> Option<&mut TypeSyntax> {
    match ty.kind {
        TypeKind::Auto => Some(ty),
        TypeKind::Pointer { pointee: ref mut inner, .. }
        | TypeKind::Reference { target: ref mut inner, .. } => auto_inside(inner),
        _ => None,
    }
}
