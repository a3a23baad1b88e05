//! Template heads, explicit instantiations, specialisations.

use super::ast::{Decl, DeclKind, Name, Template, TemplateParam, TemplateParamKind};
use super::declarators::DeclaratorKind;
use super::names::NameContext;
use super::parser::{PResult, Parser};
use super::scope::{NameInfo, NameKind};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;

impl Parser<'_> {
    /// `template<...> declaration` or `template declaration`; the keyword stands here.
    pub fn template(&mut self, out: &mut Vec<Decl>) -> PResult<()> {
        let start = self.bump().span;
        let mut decls = Vec::new();
        if self.kind() != Kind::Lt {
            self.simple_declaration(&mut decls)?;
            let span = self.since(start);
            out.extend(
                decls.into_iter().map(|d| Decl { kind: DeclKind::ExplicitInstantiation(Box::new(d)), span }),
            );
            return Ok(());
        }
        let locals = self.enter_locals();
        let result = self.template_declaration(&mut decls);
        self.leave_locals(locals);
        self.is_template = false;
        let params = result?;
        let span = self.since(start);
        for decl in decls {
            let template = Template { params: params.clone(), decl, span };
            out.push(Decl { kind: DeclKind::Template(Box::new(template)), span });
        }
        Ok(())
    }

    fn template_declaration(&mut self, decls: &mut Vec<Decl>) -> PResult<Vec<TemplateParam>> {
        let params = self.template_params()?;
        let start = self.span();
        match self.word() {
            Some(Word::Template) => self.nested(|p| p.template(decls))?,
            Some(Word::Using) => {
                self.is_template = true;
                let kind = self.using()?;
                decls.push(Decl { kind, span: self.since(start) });
            }
            Some(Word::Requires | Word::Concept) => {
                let mut braces = false;
                while !matches!(self.kind(), Kind::Semi | Kind::Eof) && !braces {
                    braces = self.kind() == Kind::LBrace;
                    if braces {
                        self.skip_braces()?;
                    } else {
                        self.bump();
                    }
                }
                self.eat(Kind::Semi);
                let kind = DeclKind::Unsupported(self.unsupported("concepts and requires-clauses", start));
                decls.push(Decl { kind, span: self.since(start) });
            }
            _ => {
                // A full specialisation declares nothing that is not a template already.
                self.is_template = true;
                self.simple_declaration(decls)?;
            }
        }
        Ok(params)
    }

    /// `<class T, int N = 4, typename... Ts>`; the names are visible from here on.
    fn template_params(&mut self) -> PResult<Vec<TemplateParam>> {
        self.expect(Kind::Lt)?;
        let mut params = Vec::new();
        let outer = std::mem::replace(&mut self.no_gt, true);
        let result = (|| {
            while !self.at_close_angle() {
                let param = self.nested(Self::template_param)?;
                if let Some(name) = param.name {
                    let kind = match param.kind {
                        TemplateParamKind::Type { .. } => NameKind::Type,
                        TemplateParamKind::Value { .. } => NameKind::Value,
                        TemplateParamKind::Template { .. } => NameKind::TypeTemplate,
                    };
                    self.declare_local(name, NameInfo::of(kind));
                }
                params.push(param);
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.expect_close_angle()
        })();
        self.no_gt = outer;
        result.map(|()| params)
    }

    fn template_param(&mut self) -> PResult<TemplateParam> {
        let start = self.span();
        if self.is_word(Word::Template) {
            self.bump();
            let locals = self.enter_locals();
            let params = self.template_params();
            self.leave_locals(locals);
            let params = params?;
            if !self.eat_word(Word::Class) && !self.eat_word(Word::Typename) {
                return Err(self.expected("\"class\""));
            }
            let pack = self.eat(Kind::Ellipsis);
            let name = self.optional_ident();
            let default: Option<Name> =
                if self.eat(Kind::Eq) { Some(self.name(NameContext::Type)?.0) } else { None };
            let kind = TemplateParamKind::Template { params, default };
            return Ok(TemplateParam { name, kind, pack, span: self.since(start) });
        }
        let introduces_type = match self.word() {
            Some(Word::Class) => true,
            // `typename T::size_type N` is a value.
            Some(Word::Typename) => {
                let n = if self.ident_at(1).is_some() { 2 } else { 1 };
                matches!(self.kind_at(n), Kind::Comma | Kind::Gt | Kind::Shr | Kind::Eq | Kind::Ellipsis)
            }
            _ => false,
        };
        if introduces_type {
            self.bump();
            let pack = self.eat(Kind::Ellipsis);
            let name = self.optional_ident();
            let default = if self.eat(Kind::Eq) { Some(self.type_id()?) } else { None };
            let kind = TemplateParamKind::Type { default };
            return Ok(TemplateParam { name, kind, pack, span: self.since(start) });
        }
        let spec = self.decl_spec(true)?;
        let Some(base) = spec.ty else { return Err(self.expected("a template parameter")) };
        let pack = self.eat(Kind::Ellipsis);
        let declarator = self.declarator(DeclaratorKind::Either)?;
        let name = declarator.name.as_ref().and_then(Name::as_ident);
        let ty = self.apply_chunks(base, declarator.chunks);
        let default = if self.eat(Kind::Eq) { Some(self.nested(Self::conditional)?) } else { None };
        let kind = TemplateParamKind::Value { ty, default };
        Ok(TemplateParam { name, kind, pack, span: self.since(start) })
    }

    fn optional_ident(&mut self) -> Option<crate::cudac::symbol::Symbol> {
        let name = self.ident()?;
        self.bump();
        Some(name)
    }
}
