//! Parameter packs. A pack is a list of entities under one name. What stands before `...` is looked at once for each
//! element, with the packs in it standing for that element; folds are written out as the operators they stand for.

use std::rc::Rc;

use super::context::{Checker, Entity, Res, TArg, Val, fail, unsupported};
use super::mentioned::{contains_lambda, unexpanded};
use super::tree::Expr as TreeExpr;
use super::types::TypeId;
use crate::cudac::parse::ast::{BraceItem, BraceList, Expr, ExprKind, FoldOp, TemplateArg, TypeSyntax};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// More elements than any program has; each is a copy of its pattern.
const MAX_ELEMENTS: usize = 4096;

impl<'a> Checker<'a> {
    pub fn new_pack(&mut self, elements: Vec<Entity<'a>>) -> Entity<'a> {
        let index = self.packs.len() as u32;
        self.packs.push(elements.into());
        Entity::Pack(index)
    }

    /// What a name means here: of a pack the element that is being looked at.
    pub fn element_of(&self, found: Option<Entity<'a>>, span: Span) -> Res<Option<Entity<'a>>> {
        let Some(Entity::Pack(pack)) = found else { return Ok(found) };
        let Some(index) = self.cx.pack else {
            return fail(span, "parameter packs not expanded with \"...\"");
        };
        match self.packs[pack as usize].get(index as usize) {
            Some(entity) => Ok(Some(*entity)),
            None => fail(span, "parameter packs of different lengths are expanded together"),
        }
    }

    /// Does `work` with the packs standing for their element `index`.
    pub fn at_element<T>(&mut self, index: u32, work: impl FnOnce(&mut Self) -> T) -> T {
        let saved = self.cx.pack.replace(index);
        let result = work(self);
        self.cx.pack = saved;
        result
    }

    fn count_of(&mut self, names: &[Symbol], span: Span) -> Res<u32> {
        let mut count: Option<usize> = None;
        for name in names {
            if let Some(Entity::Pack(pack)) = self.lookup(*name, self.cx.scope) {
                let len = self.packs[pack as usize].len();
                if count.is_some_and(|c| c != len) {
                    return fail(span, "parameter packs of different lengths are expanded together");
                }
                count = Some(len);
            }
        }
        match count {
            Some(n) if n <= MAX_ELEMENTS => Ok(n as u32),
            Some(_) => fail(span, "the parameter pack is too long"),
            None => fail(span, "there is no parameter pack to expand with \"...\""),
        }
    }

    /// How many elements `e...` has.
    fn count_in_expr(&mut self, e: &Expr) -> Res<u32> {
        let names = unexpanded(|m| m.in_expr(e));
        if contains_lambda(e) {
            return unsupported(e.span, "lambda expressions in expanded packs", &self.snippet(e.span));
        }
        self.count_of(&names, e.span)
    }

    pub fn count_in_type(&mut self, ty: &TypeSyntax) -> Res<u32> {
        let names = unexpanded(|m| m.in_type(ty));
        self.count_of(&names, ty.span)
    }

    /// The arguments that `arg...` stands for.
    pub fn expanded_arg(&mut self, arg: &'a TemplateArg, span: Span) -> Res<Vec<TArg>> {
        let names = unexpanded(|m| m.in_arg(arg));
        let count = self.count_of(&names, span)?;
        (0..count).map(|i| self.at_element(i, |c| c.template_arg(arg))).collect()
    }

    fn make(&mut self, exprs: Vec<Expr>) -> &'a [Expr] {
        let (made, end) = self.made.add(exprs);
        self.made = end;
        made
    }

    fn elements(&mut self, pattern: &Expr, out: &mut Vec<Expr>) -> Res<()> {
        let count = self.count_in_expr(pattern)?;
        out.extend((0..count).map(|index| {
            let kind = ExprKind::PackElement { pattern: Box::new(pattern.clone()), index };
            Expr { kind, span: pattern.span }
        }));
        Ok(())
    }

    /// A list of arguments with every `e...` written out.
    pub fn expanded(&mut self, args: &'a [Expr]) -> Res<&'a [Expr]> {
        if !args.iter().any(|a| matches!(a.kind, ExprKind::PackExpansion(_))) {
            return Ok(args);
        }
        let mut out = Vec::with_capacity(args.len());
        for arg in args {
            match &arg.kind {
                ExprKind::PackExpansion(pattern) => self.elements(pattern, &mut out)?,
                _ => out.push(arg.clone()),
            }
        }
        Ok(self.make(out))
    }

    pub fn expanded_list(&mut self, list: &'a BraceList) -> Res<&'a BraceList> {
        if !list.items.iter().any(|i| matches!(i.value.kind, ExprKind::PackExpansion(_))) {
            return Ok(list);
        }
        let mut items = Vec::with_capacity(list.items.len());
        for item in &list.items {
            match &item.value.kind {
                ExprKind::PackExpansion(pattern) => {
                    let mut out = Vec::new();
                    self.elements(pattern, &mut out)?;
                    items.extend(out.into_iter().map(|value| BraceItem { designators: Vec::new(), value }));
                }
                _ => items.push(item.clone()),
            }
        }
        let span = list.span;
        let made = self.make(vec![Expr { kind: ExprKind::BraceList(BraceList { items, span }), span }]);
        match &made[0].kind {
            ExprKind::BraceList(list) => Ok(list),
            _ => Ok(list),
        }
    }

    pub fn sizeof_pack(&mut self, name: Symbol, span: Span) -> Res<Val> {
        match self.lookup(name, self.cx.scope) {
            Some(Entity::Pack(pack)) => {
                let count = self.packs[pack as usize].len() as u64;
                Ok(Val::value(TreeExpr::int(count, TypeId::ULONG, span)))
            }
            _ => fail(span, format!("\"{}\" is not a parameter pack", self.name(name))),
        }
    }

    /// `(... op xs)`, `(xs op ...)`, `(init op ... op xs)`, `(xs op ... op init)`.
    pub fn fold(
        &mut self,
        op: FoldOp,
        left: Option<&'a Expr>,
        right: Option<&'a Expr>,
        span: Span,
    ) -> Res<Val> {
        let has_pack = |c: &mut Self, e: Option<&Expr>| {
            let names = unexpanded(|m| e.into_iter().for_each(|e| m.in_expr(e)));
            names.iter().any(|n| matches!(c.lookup(*n, c.cx.scope), Some(Entity::Pack(_))))
        };
        let pack_is_left = has_pack(self, left);
        let (pattern, init) = if pack_is_left { (left, right) } else { (right, left) };
        let Some(pattern) = pattern else { return fail(span, "there is no parameter pack to fold") };
        let mut all = Vec::new();
        self.elements(pattern, &mut all)?;
        let join = |lhs: Expr, rhs: Expr| {
            let (a, b) = (Box::new(lhs), Box::new(rhs));
            let kind = match op {
                FoldOp::Binary(op) => ExprKind::Binary { op, lhs: a, rhs: b },
                FoldOp::Assign(op) => ExprKind::Assign { op, target: a, value: b },
                FoldOp::Comma => ExprKind::Comma { lhs: a, rhs: b },
            };
            Expr { kind, span }
        };
        let written = if pack_is_left {
            let mut items = all.into_iter().chain(init.cloned()).rev();
            let last = items.next();
            last.map(|last| items.fold(last, |rest, one| join(one, rest)))
        } else {
            let mut items = init.cloned().into_iter().chain(all);
            let first = items.next();
            first.map(|first| items.fold(first, join))
        };
        let Some(written) = written else { return self.empty_fold(op, span) };
        let made = self.make(vec![written]);
        self.expr(&made[0])
    }

    fn empty_fold(&mut self, op: FoldOp, span: Span) -> Res<Val> {
        use crate::cudac::parse::ast::BinaryOp;
        let truth = |v: u64| Ok(Val::value(TreeExpr::int(v, TypeId::BOOL, span)));
        match op {
            FoldOp::Binary(BinaryOp::And) => truth(1),
            FoldOp::Binary(BinaryOp::Or) => truth(0),
            FoldOp::Comma => {
                let nothing = TreeExpr::int(0, TypeId::INT, span);
                Ok(Val::value(self.void_cast(Val::value(nothing))))
            }
            _ => fail(span, "a fold of an empty parameter pack needs an initial value with this operator"),
        }
    }
}

/// The arguments of an instance as they are written: the elements of packs in line.
pub fn flat(args: &[TArg]) -> Rc<[TArg]> {
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            TArg::Pack(list) => out.extend(list.iter().cloned()),
            other => out.push(other.clone()),
        }
    }
    out.into()
}
