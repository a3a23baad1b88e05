//! Variables that stay without a value though they are constant, or hold something that is.

use super::context::{Checker, Res, fail};
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::parse::ast::Initializer;
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// A definition without an initialiser: nothing can ever give a constant its value.
    pub fn check_uninitialised(&self, name: &str, ty: QualType, span: Span) -> Res<()> {
        let mut element = ty;
        while let Type::Array { element: inner, .. } = *self.types.get(element.ty) {
            element = QualType {
                ty: inner.ty,
                quals: Quals { is_const: element.quals.is_const || inner.quals.is_const, ..inner.quals },
            };
        }
        if matches!(self.types.get(element.ty), Type::Reference { .. }) {
            return Ok(());
        }
        if element.quals.is_const {
            if !self.is_record(element.ty) {
                return fail(span, format!("const variable \"{name}\" requires an initializer"));
            }
            if self.stays_without_value(element.ty) {
                let class = self.types.display(element.ty);
                let message = format!(
                    "const variable \"{name}\" requires an initializer: class \"{class}\" has no default constructor of its own"
                );
                return fail(span, message);
            }
        } else if self.has_constant_without_value(element.ty) {
            let message = format!("variable \"{name}\" has an uninitialized const or reference member");
            return fail(span, message);
        }
        Ok(())
    }

    /// Default initialisation of a class leaves a member as it is.
    fn stays_without_value(&self, ty: TypeId) -> bool {
        let Some(class) = self.class_of(ty) else { return !self.is_dim3(ty) };
        let info = self.class(class);
        let own = self.scope(info.parent).unit == 0 && info.ctors.is_empty() && info.bases.is_empty();
        own && info.fields.iter().flatten().any(|f| matches!(f.init, Initializer::None))
            && !info.nontrivial_default
    }

    fn has_constant_without_value(&self, ty: TypeId) -> bool {
        let Some(class) = self.class_of(ty) else { return false };
        let info = self.class(class);
        if self.scope(info.parent).unit != 0 || !info.ctors.is_empty() {
            return false;
        }
        let fields = &self.types.record(info.record).fields;
        fields.iter().zip(&info.fields).enumerate().any(|(i, (field, ast))| {
            let open = ast.is_some_and(|v| matches!(v.init, Initializer::None));
            let reference = info.refs.iter().any(|(at, _)| *at == i as u32);
            let scalar =
                !self.is_record(field.ty.ty) && !matches!(self.types.get(field.ty.ty), Type::Array { .. });
            open && (reference || field.ty.quals.is_const && scalar)
        })
    }
}
