//! Functions as template arguments: `integrate<f>` for `template <float (*F)(float)>`. Such an argument is a
//! `TArg::Value` whose type is the pointer to function and whose value is the number of the instance.

use super::context::{Checker, Entity, FnRef, Res, ScopeId, TArg, fail};
use super::tree::{ExprKind, FuncId};
use super::types::{Type, TypeId};
use crate::cudac::parse::ast::{self, TypeSyntax};
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// The pointer type that arguments of a parameter of type `wanted` have, if it is a function, or a pointer or
    /// reference to one.
    pub fn function_param(&mut self, wanted: TypeId) -> Option<TypeId> {
        let target = match *self.types.get(wanted) {
            Type::Pointer(target) | Type::Reference { target, .. } => target.ty,
            _ => wanted,
        };
        matches!(self.types.get(target), Type::Function(_)).then(|| self.types.pointer_to(target))
    }

    /// The argument for a parameter that takes functions; nothing for other parameters.
    pub fn function_arg(
        &mut self,
        param: &'a TypeSyntax,
        arg: &'a ast::TemplateArg,
        params: &'a [ast::TemplateParam],
        earlier: &[TArg],
        scope: ScopeId,
    ) -> Res<Option<TArg>> {
        if matches!(param.kind, ast::TypeKind::Auto) {
            return Ok(None);
        }
        let wanted = self.param_type(param, params, earlier, scope)?.ty;
        let Some(pointer) = self.function_param(wanted) else { return Ok(None) };
        let (name, span) = match arg {
            ast::TemplateArg::Ambiguous(name) => (Some(name), name.span),
            ast::TemplateArg::Expr(e) => (named_function(e), e.span),
            _ => return Ok(None),
        };
        let Some(name) = name else { return not_a_function(span) };
        let function = match self.lookup_name(name)? {
            Some(Entity::Functions(set)) => {
                let targs = name.last().args.as_deref();
                let f = FnRef { fns: self.functions(set), targs, name, span };
                let Type::Pointer(target) = *self.types.get(pointer) else { return Ok(None) };
                match self.select_function(&f, target.ty) {
                    Some((id, targs)) => self.instance(id, targs, span)?,
                    None => return not_a_function(span),
                }
            }
            // Another template's parameter handed on.
            Some(Entity::Value(ty, value)) if ty == pointer => FuncId(value as u32),
            Some(Entity::Var(_)) => {
                let v = self.name_expr(name)?;
                match self.rvalue(v)?.e.kind {
                    ExprKind::FunctionAddress(id) => id,
                    _ => return not_a_function(span),
                }
            }
            _ => return not_a_function(span),
        };
        Ok(Some(TArg::Value(pointer, u64::from(function.0))))
    }
}

fn not_a_function<T>(span: Span) -> Res<T> {
    fail(span, "template argument is not a function of the type that the parameter wants")
}

/// `f` and `&f`, in parentheses or not.
fn named_function(e: &ast::Expr) -> Option<&ast::Name> {
    match &e.kind {
        ast::ExprKind::Name(name) => Some(name),
        ast::ExprKind::Paren(inner) => named_function(inner),
        ast::ExprKind::Unary { op: ast::UnaryOp::AddressOf, operand } => named_function(operand),
        _ => None,
    }
}
