//! The names that a piece of syntax mentions: those of packs before a `...`, and template parameters that a type or
//! value depends on.

use super::names::segment_symbol;
use crate::cudac::parse::ast::{
    Expr, ExprKind, Name, OffsetofStep, Segment, SegmentName, TemplateArg, TypeKind, TypeSyntax,
};
use crate::cudac::symbol::Symbol;

pub struct Mentioned {
    names: Vec<Symbol>,
    /// Also where an inner `...` has expanded them already.
    everywhere: bool,
}

/// Names that a `...` behind it would expand.
pub fn unexpanded(work: impl FnOnce(&mut Mentioned)) -> Vec<Symbol> {
    let mut mentioned = Mentioned { names: Vec::new(), everywhere: false };
    work(&mut mentioned);
    mentioned.names
}

/// All names.
pub fn mentioned(work: impl FnOnce(&mut Mentioned)) -> Vec<Symbol> {
    let mut mentioned = Mentioned { names: Vec::new(), everywhere: true };
    work(&mut mentioned);
    mentioned.names
}

impl Mentioned {
    pub fn in_name(&mut self, name: &Name) {
        self.in_segments(name.global, &name.segments);
    }

    /// What stands before the last `::`.
    pub fn in_qualifiers(&mut self, name: &Name) {
        self.in_segments(name.global, &name.segments[..name.segments.len() - 1]);
    }

    fn in_segments(&mut self, global: bool, segments: &[Segment]) {
        let first = segments.first().and_then(|first| segment_symbol(&first.name));
        self.names.extend(first.filter(|_| !global));
        for segment in segments {
            if let SegmentName::Type(ty) = &segment.name {
                self.in_type(ty);
            }
            segment.args.iter().flatten().for_each(|a| self.in_arg(a));
        }
    }

    pub fn in_arg(&mut self, arg: &TemplateArg) {
        match arg {
            TemplateArg::Type(ty) => self.in_type(ty),
            TemplateArg::Expr(e) => self.in_expr(e),
            TemplateArg::Ambiguous(name) => self.in_name(name),
            TemplateArg::Pack(inner) if self.everywhere => self.in_arg(inner),
            TemplateArg::Pack(_) => {}
        }
    }

    pub fn in_type(&mut self, ty: &TypeSyntax) {
        match &ty.kind {
            TypeKind::Named { name, .. } | TypeKind::Elaborated { name, .. } => self.in_name(name),
            TypeKind::Pointer { pointee: t, .. }
            | TypeKind::Reference { target: t, .. }
            | TypeKind::Underlying(t) => self.in_type(t),
            TypeKind::Array { element, len } => {
                self.in_type(element);
                len.iter().for_each(|e| self.in_expr(e));
            }
            TypeKind::Decltype(e) => self.in_expr(e),
            TypeKind::Function(f) => {
                self.in_type(&f.ret);
                f.params.iter().for_each(|p| self.in_type(&p.ty));
            }
            TypeKind::MemberPointer { class, pointee } => {
                self.in_name(class);
                self.in_type(pointee);
            }
            TypeKind::Pack(inner) if self.everywhere => self.in_type(inner),
            _ => {}
        }
    }

    pub fn in_expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.in_name(name),
            ExprKind::Member { member, .. } => {
                member.segments.iter().flat_map(|s| s.args.iter().flatten()).for_each(|a| self.in_arg(a));
            }
            ExprKind::Cast { to, .. } | ExprKind::Functional { to, .. } | ExprKind::BraceInit { to, .. } => {
                self.in_type(to)
            }
            ExprKind::SizeofType(to) | ExprKind::AlignofType(to) => self.in_type(to),
            ExprKind::TypeTrait { args, .. } => args.iter().for_each(|t| self.in_type(t)),
            ExprKind::SizeofPack(name) if self.everywhere => self.names.push(*name),
            ExprKind::PackExpansion(inner) if self.everywhere => self.in_expr(inner),
            ExprKind::Fold { left, right, .. } if self.everywhere => {
                left.iter().chain(right).for_each(|e| self.in_expr(e));
            }
            ExprKind::Lambda(lambda) if self.everywhere => self.names.extend(&lambda.names),
            _ => {}
        }
        parts(e, &mut |part| self.in_expr(part));
    }
}

pub fn contains_lambda(e: &Expr) -> bool {
    let mut found = matches!(e.kind, ExprKind::Lambda(_));
    parts(e, &mut |part| found = found || contains_lambda(part));
    found
}

/// Calls `with` for every part of an expression that is an expression itself.
fn parts<'e>(e: &'e Expr, with: &mut dyn FnMut(&'e Expr)) {
    match &e.kind {
        ExprKind::Paren(x) | ExprKind::SizeofExpr(x) | ExprKind::AlignofExpr(x) | ExprKind::Noexcept(x) => {
            with(x)
        }
        ExprKind::Unary { operand, .. }
        | ExprKind::IncDec { operand, .. }
        | ExprKind::Cast { operand, .. }
        | ExprKind::Delete { operand, .. } => with(operand),
        ExprKind::Binary { lhs, rhs, .. } | ExprKind::Comma { lhs, rhs } => {
            with(lhs);
            with(rhs);
        }
        ExprKind::Assign { target, value, .. } => {
            with(target);
            with(value);
        }
        ExprKind::Conditional { cond, then, otherwise } => {
            with(cond);
            then.iter().for_each(|e| with(e));
            with(otherwise);
        }
        ExprKind::Call { callee, args } | ExprKind::KernelLaunch { callee, args, .. } => {
            with(callee);
            args.iter().for_each(with);
        }
        ExprKind::Subscript { base, index } => {
            with(base);
            with(index);
        }
        ExprKind::Member { object, .. } => with(object),
        ExprKind::MemberPointer { object, pointer, .. } => {
            with(object);
            with(pointer);
        }
        ExprKind::Functional { args, .. } => args.iter().for_each(with),
        ExprKind::BraceInit { list, .. } | ExprKind::BraceList(list) => {
            list.items.iter().for_each(|i| with(&i.value));
        }
        ExprKind::Offsetof { path, .. } => path.iter().for_each(|step| {
            if let OffsetofStep::Index(e) = step {
                with(e);
            }
        }),
        _ => {}
    }
}
