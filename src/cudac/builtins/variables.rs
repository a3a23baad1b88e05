//! Built-in variables, and how names fall back to what is built in.

use crate::cudac::check::context::{Checker, Entity, Val};
use crate::cudac::check::syntax_types::builtin_type;
use crate::cudac::check::tree::{AggregatePart, Axis, Expr, ExprKind, IntrinsicOp};
use crate::cudac::check::types::TypeId;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

impl<'a> Checker<'a> {
    /// `threadIdx` and friends, as values.
    pub fn builtin_variable(&mut self, name: &str, span: Span) -> Option<Val> {
        let op: fn(Axis) -> IntrinsicOp = match name {
            "threadIdx" => IntrinsicOp::ThreadIdx,
            "blockIdx" => IntrinsicOp::BlockIdx,
            "blockDim" => IntrinsicOp::BlockDim,
            "gridDim" => IntrinsicOp::GridDim,
            "warpSize" => {
                let kind = ExprKind::Intrinsic { op: IntrinsicOp::WarpSize, args: Vec::new() };
                return Some(Val::value(Expr::value(kind, TypeId::INT, span)));
            }
            "__func__" | "__FUNCTION__" | "__PRETTY_FUNCTION__" => {
                let text = self.cx.name.to_string();
                return Some(self.string_value(text.as_bytes(), span));
            }
            _ => return None,
        };
        let record = if name.ends_with("Idx") { "uint3" } else { "dim3" };
        let ty = self.types.predefined_record(record)?;
        let parts = [Axis::X, Axis::Y, Axis::Z].iter().enumerate().map(|(i, axis)| AggregatePart {
            index: i as u64,
            value: Expr::value(ExprKind::Intrinsic { op: op(*axis), args: Vec::new() }, TypeId::UINT, span),
        });
        let kind = ExprKind::Aggregate(parts.collect());
        Some(Val::value(Expr::value(kind, ty, span)))
    }

    /// What a name means that no scope declares: built-in types, functions, namespaces.
    pub fn lookup_builtin(&mut self, symbol: Symbol) -> Option<Entity<'a>> {
        let root = self.builtin_root;
        if let Some(known) = self.builtin_names.get(&symbol) {
            return *known;
        }
        let text = self.src.name(symbol);
        let mut found = None;
        if let Some(ty) = builtin_type(text).or_else(|| self.types.predefined_record(text)) {
            found = Some(Entity::Type(ty.into()));
        } else if let Some(part) = self.src.unit.library.and_then(|library| library.part(symbol)) {
            for decl in &part.decls {
                self.enter(root, decl, None, None);
            }
            let slot = self.scope(root).names.get(&symbol).copied().unwrap_or_default();
            found = slot.ordinary.or(slot.tag);
        }
        self.builtin_names.insert(symbol, found);
        found
    }
}
