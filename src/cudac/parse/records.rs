//! Classes, unions and enums.

use std::sync::Arc;

use super::ast::{
    Access, Base, Cv, Decl, DeclKind, EnumDecl, Enumerator, Name, Record, SegmentName, Specifiers, Tag,
    TypeKind, TypeSyntax,
};
use super::names::NameContext;
use super::parser::{PResult, Parser, Scopes};
use super::scope::{NameInfo, NameKind, ScopeId};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

impl Parser<'_> {
    /// `struct S {...}`, `struct S`, `union {...}`: the keyword stands here.
    pub fn record_specifier(&mut self) -> PResult<TypeSyntax> {
        let start = self.span();
        let Some(tag) = self.tag() else { return Err(self.expected("a class")) };
        self.bump();
        let template = std::mem::take(&mut self.is_template);
        let mut specs = Specifiers::default();
        while self.attribute(&mut specs)? {}
        let mut name = None;
        let mut within = None;
        if self.ident().is_some() || self.kind() == Kind::ColonColon {
            let (found, scope) = self.name(NameContext::Type)?;
            name = Some(found);
            within = scope;
        }
        while self.attribute(&mut specs)? {}
        let is_final = self.is_word(Word::Final) && matches!(self.kind_at(1), Kind::LBrace | Kind::Colon);
        if is_final {
            self.bump();
        }
        let has_bases = self.kind() == Kind::Colon && name.is_some();
        let cv = Cv::default();
        if self.kind() != Kind::LBrace && !has_bases {
            let Some(name) = name else { return Err(self.expected("a class name or \"{\"")) };
            if template {
                self.declare_record(&name, true, None);
            }
            return Ok(TypeSyntax { kind: TypeKind::Elaborated { tag, name }, cv, span: self.since(start) });
        }
        let outer = self.scope;
        self.scope = within.unwrap_or(outer);
        let inner = self.open_scope();
        if let Some(name) = &name {
            self.declare_record(name, template, inner);
        }
        let bases = if has_bases { self.bases() } else { Ok(Vec::new()) };
        let class = name.as_ref().and_then(|n| match &n.last().name {
            SegmentName::Ident(symbol) => Some(*symbol),
            _ => None,
        });
        let members = bases.and_then(|bases| {
            self.use_bases(&bases, inner);
            Ok((bases, self.members(class, inner)?))
        });
        self.scope = outer;
        let (bases, members) = members?;
        while self.attribute(&mut specs)? {}
        let record = Record {
            tag,
            name,
            bases,
            members: Some(members),
            align: specs.align,
            packed: specs.packed,
            is_final,
            span: self.since(start),
        };
        Ok(TypeSyntax { kind: TypeKind::Record(Arc::new(record)), cv, span: self.since(start) })
    }

    fn declare_record(&mut self, name: &Name, template: bool, inner: Option<ScopeId>) {
        if let Some(symbol) = Self::declared_symbol(name) {
            // A specialisation's scope stands for its template: the last one read counts.
            let specialised = name.last().args.is_some();
            let kind = if template || specialised { NameKind::TypeTemplate } else { NameKind::Type };
            self.declare(symbol, NameInfo { kind, inner });
        }
    }

    /// `struct S;`
    pub fn forward_declaration(&mut self, tag: Tag, name: Name, span: Span) -> DeclKind {
        self.declare_record(&name, false, None);
        if tag == Tag::Enum {
            let decl = EnumDecl { name: Some(name), scoped: false, underlying: None, items: None, span };
            return DeclKind::Enum(Arc::new(decl));
        }
        DeclKind::Record(Arc::new(Record {
            tag,
            name: Some(name),
            bases: Vec::new(),
            members: None,
            align: Vec::new(),
            packed: false,
            is_final: false,
            span,
        }))
    }

    fn bases(&mut self) -> PResult<Vec<Base>> {
        self.bump();
        let mut bases = Vec::new();
        loop {
            let start = self.span();
            let (mut access, mut is_virtual) = (None, false);
            loop {
                match self.word() {
                    Some(Word::Public) => access = Some(Access::Public),
                    Some(Word::Protected) => access = Some(Access::Protected),
                    Some(Word::Private) => access = Some(Access::Private),
                    Some(Word::Virtual) => is_virtual = true,
                    _ => break,
                }
                self.bump();
            }
            let typename = self.eat_word(Word::Typename);
            let mut ty =
                if self.is_word(Word::Decltype) { self.type_id()? } else { self.named_type(typename)? };
            if self.kind() == Kind::Ellipsis {
                let span = self.bump().span;
                ty = TypeSyntax { kind: TypeKind::Pack(Box::new(ty)), cv: Cv::default(), span };
            }
            bases.push(Base { ty, access, is_virtual, span: self.since(start) });
            if !self.eat(Kind::Comma) {
                return Ok(bases);
            }
        }
    }

    /// Members of bases are seen in the class.
    fn use_bases(&mut self, bases: &[Base], inner: Option<ScopeId>) {
        for base in bases {
            let TypeKind::Named { name, .. } = &base.ty.kind else { continue };
            let Some(symbol) = Self::declared_symbol(name) else { continue };
            if let (Some(inner), Some(scope)) = (inner, self.lookup(symbol).and_then(|i| i.inner))
                && let Scopes::Open(table) = &mut self.scopes
            {
                table.use_scope(inner, scope);
            }
        }
    }

    fn members(&mut self, class: Option<Symbol>, inner: Option<ScopeId>) -> PResult<Vec<Decl>> {
        let open = self.expect(Kind::LBrace)?;
        let outer = self.scope;
        let locals = self.enter_locals();
        if let Some(inner) = inner {
            self.scope = inner;
        }
        self.classes.push(class);
        let linkage = std::mem::replace(&mut self.extern_c, false);
        let mut members = Vec::new();
        let result = loop {
            match self.kind() {
                Kind::RBrace => {
                    self.bump();
                    break Ok(());
                }
                Kind::Eof => break Err(self.unclosed(open, Kind::RBrace)),
                _ => {}
            }
            if let Err(error) = self.member(&mut members) {
                break Err(error);
            }
        };
        self.extern_c = linkage;
        self.classes.pop();
        // In a body the members were entered as locals: what follows the class must not see them.
        self.leave_locals(locals);
        self.scope = outer;
        result.map(|()| members)
    }

    fn member(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        let start = self.span();
        let access = match self.word() {
            Some(Word::Public) => Some(Access::Public),
            Some(Word::Protected) => Some(Access::Protected),
            Some(Word::Private) => Some(Access::Private),
            _ => None,
        };
        if let Some(access) = access {
            self.bump();
            self.expect(Kind::Colon)?;
            out.push(Decl { kind: DeclKind::Access(access), span: self.since(start) });
            return Ok(());
        }
        self.declaration(out)
    }

    // ------------------------------------------------------------ enums

    /// `enum class E : int {...}`, `enum E`: the keyword stands here.
    pub fn enum_specifier(&mut self) -> PResult<TypeSyntax> {
        let start = self.bump().span;
        let scoped = matches!(self.word(), Some(Word::Class | Word::Struct));
        if scoped {
            self.bump();
        }
        let mut specs = Specifiers::default();
        while self.attribute(&mut specs)? {}
        let mut name = None;
        if self.ident().is_some() || self.kind() == Kind::ColonColon {
            name = Some(self.name(NameContext::Type)?.0);
        }
        let mut underlying = None;
        // In a class `enum E : 3` could be a bit-field; nobody writes that.
        if self.kind() == Kind::Colon {
            self.bump();
            underlying = Some(self.type_id()?);
        }
        let cv = Cv::default();
        if self.kind() != Kind::LBrace {
            let Some(name) = name else { return Err(self.expected("an enum name or \"{\"")) };
            let span = self.since(start);
            if scoped || underlying.is_some() {
                // An opaque declaration; `enum class E x` is not valid anyway.
                self.declare_record(&name, false, None);
                let decl = EnumDecl { name: Some(name), scoped, underlying, items: None, span };
                return Ok(TypeSyntax { kind: TypeKind::Enum(Arc::new(decl)), cv, span });
            }
            return Ok(TypeSyntax { kind: TypeKind::Elaborated { tag: Tag::Enum, name }, cv, span });
        }
        let inner = self.open_scope();
        if let Some(name) = &name {
            self.declare_record(name, false, inner);
        }
        self.bump();
        let mut items = Vec::new();
        while self.kind() != Kind::RBrace {
            let (symbol, at) = self.expect_ident()?;
            while self.attribute(&mut specs)? {}
            let value = if self.eat(Kind::Eq) { Some(self.nested(Self::conditional)?) } else { None };
            items.push(Enumerator { name: symbol, value, span: at });
            if !scoped {
                self.declare_value(symbol);
            }
            if let (Some(inner), Scopes::Open(table)) = (inner, &mut self.scopes) {
                table.declare(inner, symbol, NameInfo::of(NameKind::Value));
            }
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        if self.kind() != Kind::RBrace {
            return Err(self.expected("a \",\" or \"}\""));
        }
        self.bump();
        let span = self.since(start);
        let decl = EnumDecl { name, scoped, underlying, items: Some(items), span };
        Ok(TypeSyntax { kind: TypeKind::Enum(Arc::new(decl)), cv, span })
    }
}
