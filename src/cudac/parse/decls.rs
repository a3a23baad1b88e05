//! Declarations of namespaces, blocks and classes: functions, variables, aliases, namespaces, `using`.

use super::ast::{
    Alias, Decl, DeclKind, Definition, Expr, ExprKind, Function, FunctionKind, Initializer, MethodQualifiers,
    Name, Segment, SegmentName, Tag, TypeKind, TypeSyntax, Variable,
};
use super::declarators::{Chunk, Declarator, DeclaratorKind, FunctionChunk};
use super::names::NameContext;
use super::parser::{PResult, Parser, Scopes};
use super::scope::{NameInfo, NameKind, ScopeId};
use super::types::DeclSpec;
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

impl Parser<'_> {
    /// One declaration of any kind.
    pub fn declaration(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        self.nested(|p| p.declaration_inner(out))
    }

    fn declaration_inner(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        let start = self.span();
        let kind = match self.word() {
            None if self.kind() == Kind::Semi => {
                self.bump();
                return Ok(());
            }
            Some(Word::Namespace) if self.in_body && self.kind_at(2) != Kind::Eq => {
                return Err(self.error(start, "a namespace is not allowed inside a function"));
            }
            Some(Word::Namespace) => self.namespace(false)?,
            Some(Word::Inline) if self.word_at(1) == Some(Word::Namespace) => {
                self.bump();
                self.namespace(true)?
            }
            Some(Word::Using) => self.using()?,
            Some(Word::Template | Word::Extern)
                if self.in_body
                    && self.classes.is_empty()
                    && (self.is_word(Word::Template) || self.kind_at(1) == Kind::String) =>
            {
                let what = if self.is_word(Word::Template) { "template" } else { "linkage" };
                return Err(
                    self.error(start, format!("a {what} declaration is not allowed inside a function"))
                );
            }
            Some(Word::Template) => return self.template(out),
            Some(Word::Extern) if self.word_at(1) == Some(Word::Template) => {
                self.bump();
                return self.template(out);
            }
            Some(Word::Extern) if self.kind_at(1) == Kind::String && self.kind_at(2) == Kind::LBrace => {
                return self.linkage_block(out);
            }
            Some(Word::StaticAssert | Word::StaticAssert2) => self.static_assert()?,
            Some(Word::Asm | Word::Asm2 | Word::Asm3) => {
                self.skip_asm()?;
                DeclKind::Unsupported(self.unsupported("inline assembly declarations", start))
            }
            _ => return self.simple_declaration(out),
        };
        out.push(Decl { kind, span: self.since(start) });
        Ok(())
    }

    /// `asm volatile ("..." : ...);`
    pub fn skip_asm(&mut self) -> PResult<()> {
        self.bump();
        while matches!(
            self.word(),
            Some(Word::Volatile | Word::Volatile2 | Word::Volatile3 | Word::Goto | Word::Inline)
        ) {
            self.bump();
        }
        self.skip_group(Kind::LParen, Kind::RParen)?;
        self.eat(Kind::Semi);
        Ok(())
    }

    fn linkage_block(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        self.bump();
        let c = self.linkage()?;
        let open = self.expect(Kind::LBrace)?;
        let outer = std::mem::replace(&mut self.extern_c, c);
        let result = self.declarations_until_brace(open, out);
        self.extern_c = outer;
        result
    }

    fn declarations_until_brace(&mut self, open: Span, out: &mut Vec<Decl>) -> PResult<()> {
        while self.kind() != Kind::RBrace {
            if self.kind() == Kind::Eof {
                return Err(self.unclosed_before(open, Kind::RBrace, false));
            }
            self.declaration(out)?;
        }
        self.bump();
        Ok(())
    }

    // ------------------------------------------------------------ namespaces

    fn namespace(&mut self, inline: bool) -> PResult<DeclKind> {
        let start = self.bump().span;
        let mut specs = Default::default();
        while self.attribute(&mut specs)? {}
        if self.ident().is_some() && self.kind_at(1) == Kind::Eq {
            let (name, _) = self.expect_ident()?;
            self.bump();
            let (target, info) = self.namespace_name()?;
            self.expect(Kind::Semi)?;
            self.declare(name, info);
            return Ok(DeclKind::NamespaceAlias { name, target });
        }
        let name = self.ident();
        if name.is_some() {
            self.bump();
        }
        let outer = self.scope;
        let inner = match name.and_then(|n| self.lookup_in(outer, n)).and_then(|i| i.inner) {
            Some(known) if known.is_own() => Some(known),
            known => {
                let opened = self.open_scope();
                // The user adds to a namespace that is built in: both are seen.
                if let (Some(opened), Some(known)) = (opened, known) {
                    self.use_scope(opened, known);
                }
                opened
            }
        };
        if let Some(name) = name {
            self.declare(name, NameInfo { kind: NameKind::Namespace, inner });
        }
        if let Some(inner) = inner {
            if inline || name.is_none() {
                self.use_scope(outer, inner);
            }
            self.scope = inner;
        }
        let mut decls = Vec::new();
        let result = if self.kind() == Kind::ColonColon {
            // `namespace a::b {`: as if nested.
            let inner_start = self.span();
            let inline = self.word_at(1) == Some(Word::Inline);
            if inline {
                self.bump();
            }
            self.nested(|p| p.namespace(inline))
                .map(|kind| decls.push(Decl { kind, span: self.since(inner_start) }))
        } else {
            match self.expect(Kind::LBrace) {
                Ok(open) => self.declarations_until_brace(open, &mut decls),
                Err(error) => Err(error),
            }
        };
        self.scope = outer;
        result.map_err(|e| if e.span == Span::NONE { self.error(start, e.message) } else { e })?;
        Ok(DeclKind::Namespace { name, inline, decls })
    }

    fn use_scope(&mut self, scope: ScopeId, used: ScopeId) {
        match &mut self.scopes {
            Scopes::Open(table) if !self.in_body => table.use_scope(scope, used),
            _ => {
                if self.used.len() < 32 {
                    self.used.push(used);
                }
            }
        }
    }

    fn namespace_name(&mut self) -> PResult<(Name, NameInfo)> {
        let sight = self.sight();
        let (name, _) = self.name(NameContext::Type)?;
        let info = sight.and_then(|s| s.info);
        Ok((name, info.unwrap_or(NameInfo::of(NameKind::Namespace))))
    }

    /// `using namespace N;`, `using T = X;`, `using N::f;`
    pub fn using(&mut self) -> PResult<DeclKind> {
        let start = self.bump().span;
        if self.eat_word(Word::Namespace) {
            let (name, info) = self.namespace_name()?;
            self.expect(Kind::Semi)?;
            if let Some(inner) = info.inner {
                self.use_scope(self.scope, inner);
            }
            return Ok(DeclKind::UsingNamespace(name));
        }
        if self.eat_word(Word::Enum) {
            while !matches!(self.kind(), Kind::Semi | Kind::Eof) {
                self.bump();
            }
            self.expect(Kind::Semi)?;
            return Ok(DeclKind::Unsupported(self.unsupported("`using enum` declarations", start)));
        }
        if let Some(name) = self.ident()
            && matches!(self.kind_at(1), Kind::Eq | Kind::LBracket)
        {
            self.bump();
            let mut specs = Default::default();
            while self.attribute(&mut specs)? {}
            self.expect(Kind::Eq)?;
            let template = std::mem::take(&mut self.is_template);
            // The scope of a class stays reachable through its alias.
            let inner = self.sight().and_then(|s| s.info).and_then(|i| i.inner);
            let ty = self.type_id()?;
            self.expect(Kind::Semi)?;
            let kind = if template { NameKind::TypeTemplate } else { NameKind::Type };
            self.declare(name, NameInfo { kind, inner });
            return Ok(DeclKind::Alias(Box::new(Alias { name, ty, span: self.since(start) })));
        }
        self.eat_word(Word::Typename);
        let sight = self.sight();
        let (name, _) = self.name(NameContext::Type)?;
        if self.kind() == Kind::Comma {
            return Err(self.not_supported(self.span(), "using-declarations of several names"));
        }
        self.eat(Kind::Ellipsis);
        self.expect(Kind::Semi)?;
        if let (Some(info), SegmentName::Ident(symbol)) = (sight.and_then(|s| s.info), &name.last().name) {
            self.declare(*symbol, info);
        }
        Ok(DeclKind::Using(name))
    }

    pub fn static_assert(&mut self) -> PResult<DeclKind> {
        self.bump();
        self.expect(Kind::LParen)?;
        let cond = self.nested(Self::assignment)?;
        let mut message = None;
        if self.eat(Kind::Comma) {
            let text = self.nested(Self::assignment)?;
            if let ExprKind::String { bytes, .. } = text.kind {
                message = Some(bytes);
            }
        }
        self.expect(Kind::RParen)?;
        self.expect(Kind::Semi)?;
        Ok(DeclKind::StaticAssert { cond, message })
    }

    // ------------------------------------------------------------ declarations with declarators

    /// Specifiers and declarators, up to `;` or the end of a function's body.
    pub fn simple_declaration(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        let start = self.span();
        let first = out.len();
        let spec = self.decl_spec(false)?;
        let unknown = self.note_unknown_type(spec.ty.as_ref());
        let result = self.rest_of_declaration(spec, start, first, out);
        match (result, unknown) {
            // `structt S { int a; };`: what follows the misspelt word makes no sense for that reason.
            (Err(_), Some((symbol, span))) if self.classes.is_empty() => {
                let text = self.name_of(symbol);
                Err(self.error(span, format!("identifier \"{text}\" is undefined")))
            }
            (result, _) => result,
        }
    }

    fn rest_of_declaration(
        &mut self,
        mut spec: DeclSpec,
        start: Span,
        first: usize,
        out: &mut Vec<Decl>,
    ) -> PResult<()> {
        let template = self.is_template;
        self.is_template = false;
        self.settle_definition(&mut spec, start, out);
        if self.eat(Kind::Semi) {
            return self.lone_specifiers(spec, start, first, out);
        }
        if let Some(ty) = &spec.ty
            && matches!(ty.kind, TypeKind::Auto)
        {
            // `auto &[a, b] = e;`
            let n = usize::from(matches!(self.kind(), Kind::Amp | Kind::AmpAmp));
            if self.kind_at(n) == Kind::LBracket {
                return self.structured_binding(spec, start, out);
            }
        }
        loop {
            let at = self.span();
            let class = !self.classes.is_empty();
            // `int : 3;`
            let declarator = if class && self.kind() == Kind::Colon {
                None
            } else {
                Some(
                    self.declarator(DeclaratorKind::Named)
                        .map_err(|e| self.explain_bad_start(&spec, at, e))?,
                )
            };
            if let Some(mut declarator) = declarator {
                let function = matches!(declarator.chunks.first(), Some(Chunk::Function(_)));
                if spec.is_typedef {
                    let ty = self.declared_type(&spec, declarator.chunks, at)?;
                    let Some(name) = declarator.name.as_ref().and_then(Name::as_ident) else {
                        return Err(self.error(at, "a typedef needs a plain name"));
                    };
                    let inner = self.scope_of_type(&ty);
                    self.declare(name, NameInfo { kind: NameKind::Type, inner });
                    let alias = Alias { name, ty, span: self.since(at) };
                    self.emit(DeclKind::Alias(Box::new(alias)), start, &spec, out);
                } else if function {
                    let Some(Chunk::Function(chunk)) = declarator.chunks.drain(..1).next() else { continue };
                    let function = self.function(&spec, declarator, *chunk, template, start)?;
                    self.check_function_specifiers(&spec, &function)?;
                    let done = function.body.is_some();
                    self.emit(DeclKind::Function(Box::new(function)), start, &spec, out);
                    if done {
                        return Ok(());
                    }
                } else {
                    self.check_variable_specifiers(&spec)?;
                    let variable = self.variable(&spec, declarator, template, at)?;
                    self.emit(DeclKind::Variable(Box::new(variable)), start, &spec, out);
                }
            } else {
                let variable = self.nameless_bits(&spec, at)?;
                self.emit(DeclKind::Variable(Box::new(variable)), start, &spec, out);
            }
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        if self.kind() == Kind::Semi {
            self.bump();
            return Ok(());
        }
        Err(self.expected("a \";\""))
    }

    fn emit(&self, kind: DeclKind, start: Span, spec: &DeclSpec, out: &mut Vec<Decl>) {
        let span = self.since(start);
        let decl = Decl { kind, span };
        let kind = if spec.is_friend { DeclKind::Friend(Box::new(decl)) } else { return out.push(decl) };
        out.push(Decl { kind, span });
    }

    /// A class or enum defined in the specifiers becomes a declaration of its own, and the specifiers name it.
    fn settle_definition(&mut self, spec: &mut DeclSpec, start: Span, out: &mut Vec<Decl>) {
        let Some(ty) = &mut spec.ty else { return };
        let span = ty.span;
        match &ty.kind {
            TypeKind::Record(record) => {
                let (tag, name) = (record.tag, record.name.clone());
                if let Some(name) = name {
                    out.push(Decl { kind: DeclKind::Record(record.clone()), span: start.to(span) });
                    ty.kind = TypeKind::Elaborated { tag, name };
                }
            }
            TypeKind::Enum(decl) => {
                if let Some(name) = decl.name.clone() {
                    out.push(Decl { kind: DeclKind::Enum(decl.clone()), span: start.to(span) });
                    ty.kind = TypeKind::Elaborated { tag: Tag::Enum, name };
                }
            }
            _ => {}
        }
    }

    /// `struct S;`, `struct { ... };`, `enum { A };`, or nothing declared at all.
    fn lone_specifiers(
        &mut self,
        spec: DeclSpec,
        start: Span,
        first: usize,
        out: &mut Vec<Decl>,
    ) -> PResult<()> {
        if out.len() > first && !spec.is_friend {
            return Ok(());
        }
        let span = self.since(start);
        let kind = match spec.ty.map(|ty| ty.kind) {
            Some(TypeKind::Record(record)) => DeclKind::Record(record),
            Some(TypeKind::Enum(decl)) => DeclKind::Enum(decl),
            Some(TypeKind::Elaborated { tag, name }) => self.forward_declaration(tag, name, span),
            Some(TypeKind::Named { .. }) if spec.is_friend => return Ok(()),
            _ => return Err(self.error(span, "declaration does not declare anything")),
        };
        let decl = Decl { kind, span };
        let kind = if spec.is_friend { DeclKind::Friend(Box::new(decl)) } else { decl.kind };
        out.push(Decl { kind, span });
        Ok(())
    }

    fn declared_type(&mut self, spec: &DeclSpec, chunks: Vec<Chunk>, at: Span) -> PResult<TypeSyntax> {
        match &spec.ty {
            Some(ty) => Ok(self.apply_chunks(ty.clone(), chunks)),
            None => Err(self.error(at, "this declaration has no storage class or type specifier")),
        }
    }

    /// The scope that `N::` opens when `N` names this type.
    fn scope_of_type(&mut self, ty: &TypeSyntax) -> Option<ScopeId> {
        let name = match &ty.kind {
            TypeKind::Named { name, .. } | TypeKind::Elaborated { name, .. } => name.as_ident()?,
            _ => return None,
        };
        self.lookup(name)?.inner
    }

    fn structured_binding(&mut self, spec: DeclSpec, start: Span, out: &mut Vec<Decl>) -> PResult<()> {
        let Some(base) = spec.ty else { return Err(self.expected("a type specifier")) };
        let mut chunks = Vec::new();
        self.pointer_chunks(&mut chunks)?;
        let ty = self.apply_chunks(base, chunks);
        self.expect(Kind::LBracket)?;
        let mut names = Vec::new();
        loop {
            names.push(self.expect_ident()?.0);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RBracket)?;
        let init = self.initializer()?;
        for name in &names {
            self.declare_value(*name);
        }
        // `for (auto [a, b] : list)` has its colon next.
        if self.kind() != Kind::Colon {
            self.expect(Kind::Semi)?;
        }
        let span = self.since(start);
        let segment = Segment { name: SegmentName::Ident(names[0]), args: None, span };
        let name = Name { global: false, segments: vec![segment], span };
        let whole = Box::new(Variable { name, specs: spec.specs, ty, init, bit_width: None, span });
        out.push(Decl { kind: DeclKind::StructuredBinding { names, whole }, span });
        Ok(())
    }

    // ------------------------------------------------------------ variables

    fn variable(
        &mut self,
        spec: &DeclSpec,
        declarator: Declarator,
        template: bool,
        at: Span,
    ) -> PResult<Variable> {
        let Some(name) = declarator.name else { return Err(self.error(at, "expected an identifier")) };
        if !matches!(name.last().name, SegmentName::Ident(_)) {
            return Err(self.error(name.span, "this name can only be declared as a function"));
        }
        if spec.ty.is_none() {
            // `foo;` or `foo = 1;` outside of a function.
            return Err(self.error(name.span, "this declaration has no storage class or type specifier"));
        }
        let ty = self.declared_type(spec, declarator.chunks, at)?;
        if let Some(symbol) = Self::declared_symbol(&name)
            && !name.global
            && !spec.is_friend
        {
            let kind = if template { NameKind::ValueTemplate } else { NameKind::Value };
            self.declare(symbol, NameInfo::of(kind));
        }
        let mut bit_width = None;
        if self.kind() == Kind::Colon && !self.classes.is_empty() {
            self.bump();
            bit_width = Some(self.nested(Self::conditional)?);
        }
        let outer = self.scope;
        self.scope = declarator.scope.unwrap_or(outer);
        let init = self.initializer();
        self.scope = outer;
        let init = init?;
        Ok(Variable { name, specs: spec.specs.clone(), ty, init, bit_width, span: self.since(at) })
    }

    fn nameless_bits(&mut self, spec: &DeclSpec, at: Span) -> PResult<Variable> {
        let ty = self.declared_type(spec, Vec::new(), at)?;
        self.expect(Kind::Colon)?;
        let bit_width = Some(self.nested(Self::conditional)?);
        let name = self.simple_name(Word::Nameless.symbol(), at);
        Ok(Variable {
            name,
            specs: spec.specs.clone(),
            ty,
            init: Initializer::None,
            bit_width,
            span: self.since(at),
        })
    }

    /// `= e`, `(a, b)`, `{a, b}` or nothing.
    pub fn initializer(&mut self) -> PResult<Initializer> {
        match self.kind() {
            Kind::Eq => {
                self.bump();
                Ok(Initializer::Copy(self.initializer_clause()?))
            }
            Kind::LParen => Ok(Initializer::Direct(self.paren_exprs()?)),
            Kind::LBrace => Ok(Initializer::List(self.nested(Self::brace_list)?)),
            _ => Ok(Initializer::None),
        }
    }

    /// An expression or `{...}`.
    pub fn initializer_clause(&mut self) -> PResult<Expr> {
        if self.kind() == Kind::LBrace {
            let list = self.nested(Self::brace_list)?;
            let span = list.span;
            return Ok(Expr { kind: ExprKind::BraceList(list), span });
        }
        self.nested(Self::assignment)
    }

    // ------------------------------------------------------------ functions

    fn function(
        &mut self,
        spec: &DeclSpec,
        declarator: Declarator,
        chunk: FunctionChunk,
        template: bool,
        start: Span,
    ) -> PResult<Function> {
        let Declarator { name, scope, chunks, .. } = declarator;
        let Some(name) = name else { return Err(self.error(chunk.span, "expected a function name")) };
        let FunctionChunk { params, variadic, method, trailing, .. } = chunk;
        let name_span = name.span;
        let kind = self.function_kind(spec, &name)?;
        let void = TypeSyntax {
            kind: TypeKind::Builtin(super::ast::BuiltinType::Void),
            cv: Default::default(),
            span: name_span,
        };
        let ret = match (trailing, kind, &spec.ty) {
            (Some(ty), ..) => ty,
            (_, FunctionKind::Conversion, _) => match &name.last().name {
                SegmentName::Conversion(ty) => (**ty).clone(),
                _ => void,
            },
            (_, FunctionKind::Constructor | FunctionKind::Destructor, _) => void,
            (_, _, Some(ty)) => self.apply_chunks(ty.clone(), chunks),
            _ => return Err(self.error(name_span, "this declaration has no storage class or type specifier")),
        };
        if let Some(symbol) = Self::declared_symbol(&name)
            && kind == FunctionKind::Plain
        {
            let kind = if template { NameKind::ValueTemplate } else { NameKind::Value };
            self.declare(symbol, NameInfo::of(kind));
        }
        let mut method: MethodQualifiers = method;
        let mut definition = Definition::Declared;
        let mut body = None;
        match self.kind() {
            Kind::Eq => {
                self.bump();
                if self.eat_word(Word::Default) {
                    definition = Definition::Defaulted;
                } else if self.eat_word(Word::Delete) {
                    definition = Definition::Deleted;
                } else if self.kind() == Kind::Number {
                    self.bump();
                    method.is_pure = true;
                } else {
                    return Err(self.expected("\"default\", \"delete\" or 0"));
                }
            }
            Kind::LBrace | Kind::Colon => {
                definition = Definition::Body;
                let locals = self.enter_locals();
                let outer = self.scope;
                self.scope = scope.unwrap_or(outer);
                for param in params.iter().filter_map(|p| p.name) {
                    self.declare_local(param, NameInfo::of(NameKind::Value));
                }
                let (first, start) = (self.pos, self.span());
                let found = match self.skip_body() {
                    Ok(()) if self.in_body && self.classes.is_empty() => {
                        Err(self.nested_function(&spec.specs, start))
                    }
                    Ok(()) => Ok(self.lazy_body(first, start)),
                    // Without an end to the body: what is wrong inside it says more.
                    Err(error) => Err(self.error_inside(first).unwrap_or(error)),
                };
                self.scope = outer;
                self.leave_locals(locals);
                body = Some(found?);
            }
            _ if self.is_word(Word::Try) => return Err(self.not_supported(self.span(), "exceptions")),
            _ => {}
        }
        let span = self.since(start);
        let specs = spec.specs.clone();
        Ok(Function { name, kind, specs, ret, params, variadic, method, body, definition, span, name_span })
    }

    fn function_kind(&mut self, spec: &DeclSpec, name: &Name) -> PResult<FunctionKind> {
        Ok(match &name.last().name {
            SegmentName::Operator(_) => FunctionKind::Operator,
            SegmentName::Conversion(_) => FunctionKind::Conversion,
            SegmentName::Destructor(_) => FunctionKind::Destructor,
            // Never the last.
            SegmentName::Type(_) => FunctionKind::Plain,
            SegmentName::Ident(symbol) => {
                if spec.ty.is_some() {
                    return Ok(FunctionKind::Plain);
                }
                let outer = name.segments.iter().rev().nth(1).map(|s| &s.name);
                let own = self.classes.last().copied().flatten() == Some(*symbol) && outer.is_none();
                let twice = matches!(outer, Some(SegmentName::Ident(class)) if class == symbol);
                if !own && !twice {
                    let message = "this declaration has no storage class or type specifier";
                    return Err(self.error(name.span, message));
                }
                FunctionKind::Constructor
            }
        })
    }

    /// Goes past a function's body, with the initialiser list of a constructor.
    fn skip_body(&mut self) -> PResult<()> {
        if self.eat(Kind::Colon) {
            loop {
                // The member's name, which may have template arguments.
                while !matches!(self.kind(), Kind::LParen | Kind::LBrace | Kind::Eof | Kind::Semi) {
                    self.bump();
                }
                match self.kind() {
                    Kind::LParen => self.skip_group(Kind::LParen, Kind::RParen)?,
                    Kind::LBrace => self.skip_braces()?,
                    _ => return Err(self.expected("a member initialiser")),
                }
                self.eat(Kind::Ellipsis);
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
        }
        if self.kind() != Kind::LBrace {
            return Err(self.expected("a \"{\""));
        }
        self.skip_braces()
    }
}
