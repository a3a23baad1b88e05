//! `auto [a, b] = e;`: a variable for the whole, and references to its members or elements under the names.

use super::context::{Checker, Entity, Res, Val, fail, unsupported};
use super::stmt::stmt;
use super::tree::{Expr, ExprKind, Stmt, StmtKind};
use super::types::{QualType, Type};
use crate::cudac::parse::ast::Variable;
use crate::cudac::symbol::Symbol;

impl<'a> Checker<'a> {
    pub fn structured_binding(
        &mut self,
        names: &'a [Symbol],
        whole: &'a Variable,
        out: &mut Vec<Stmt>,
    ) -> Res<()> {
        let (scope, span) = (self.cx.scope, whole.span);
        self.local_variable(whole, out)?;
        let found = self.scope(scope).names.get(&names[0]).and_then(|s| s.ordinary);
        let Some(Entity::Local(_, index)) = found else {
            return unsupported(span, "structured bindings of static variables", "");
        };
        let var = self.cx.vars[index as usize].clone();
        let place = self.variable_place(&var, span);
        let parts = self.bound_parts(&place, names.len() as u64, whole)?;
        for (i, (name, part)) in names.iter().zip(parts).enumerate() {
            if i > 0 && self.scope(scope).names.get(name).is_some_and(|s| s.ordinary.is_some()) {
                let text = self.name(*name);
                return fail(span, format!("\"{text}\" has already been declared in the current scope"));
            }
            let ty = QualType::from(self.types.reference_to(part.qual_type(), false));
            let address = self.address_of(part.e);
            let text = self.name(*name);
            let local = self.new_reference_or_local(&text, ty, span);
            self.declare_local(*name, local, ty, None);
            out.push(stmt(StmtKind::DeclLocal { local, init: Some(address) }, span));
        }
        Ok(())
    }

    /// The places that the names stand for, `count` of them.
    fn bound_parts(&mut self, place: &Val, count: u64, whole: &'a Variable) -> Res<Vec<Val>> {
        let span = whole.span;
        if let Type::Array { element, len: Some(len) } = *self.types.get(place.e.ty) {
            if len != count {
                return fail(span, format!("the initializer has {len} elements for {count} names"));
            }
            let pointer = self.decay(place.clone())?.e;
            let at = |i: u64| {
                let index = Box::new(Expr::int(i, super::types::TypeId::LONG, span));
                let kind = ExprKind::Index { pointer: Box::new(pointer.clone()), index };
                Val::lvalue(Expr::place(kind, element, span))
            };
            return Ok((0..count).map(at).collect());
        }
        self.complete(place.e.ty, span)?;
        let Some(record) = self.record_of(place.e.ty) else {
            let shown = self.show(place.qual_type());
            return fail(span, format!("cannot bind names to parts of type \"{shown}\""));
        };
        let fields = &self.types.record(record).fields;
        if fields.iter().any(|f| f.name.is_empty()) {
            return unsupported(span, "structured bindings of classes with bases", "");
        }
        if fields.len() as u64 != count {
            let message = format!("the initializer has {} members for {count} names", fields.len());
            return fail(span, message);
        }
        let bit_field = fields.iter().any(|f| f.bits.is_some());
        if bit_field {
            return unsupported(span, "structured bindings of bit-fields", "");
        }
        Ok((0..count as u32).map(|i| self.member_place(place.clone(), &[i], span)).collect())
    }
}
