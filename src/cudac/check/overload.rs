//! Overload resolution: how well an argument fits a parameter, which candidate is best, and the call that results.

use std::rc::Rc;

use super::context::{Arg, Cat, Checker, FnId, FnRef, Res, Sig, TArg, Val, fail};
use super::convert::{CONVERSION, ELLIPSIS, EXACT, Purpose, Rank, USER};
use super::tree::ExprKind;
use super::types::{QualType, Quals, Type, TypeId};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast;
use crate::cudac::source::Span;

/// An implicit conversion sequence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ics {
    pub rank: Rank,
    /// Bound to a reference: an rvalue reference (true) or an lvalue reference.
    pub bind: Option<bool>,
    /// Qualifiers of the referred type.
    pub quals: Quals,
    /// User conversions: the function and the rank of the standard conversion after it.
    pub user: Option<FnId>,
    pub second: Rank,
    /// The argument is an rvalue.
    pub rvalue: bool,
}

impl Ics {
    fn new(rank: Rank) -> Ics {
        Ics { rank, bind: None, quals: Quals::NONE, user: None, second: Rank(0, 0), rvalue: false }
    }

    /// Negative: better than `other`. 0: neither is better.
    fn compare(&self, other: &Ics) -> i32 {
        let (a, b) = (self, other);
        if a.rank.0 != b.rank.0 {
            return if a.rank.0 < b.rank.0 { -1 } else { 1 };
        }
        if a.rank.0 == USER {
            if a.user.is_none() || a.user != b.user {
                return 0;
            }
            if a.second != b.second {
                return if a.second < b.second { -1 } else { 1 };
            }
        }
        if a.rank.1 != b.rank.1 {
            return if a.rank.1 < b.rank.1 { -1 } else { 1 };
        }
        if let (Some(x), Some(y)) = (a.bind, b.bind) {
            if x != y && a.rvalue {
                return if x { -1 } else { 1 };
            }
            if a.quals != b.quals {
                if b.quals.contains(a.quals) {
                    return -1;
                }
                if a.quals.contains(b.quals) {
                    return 1;
                }
            }
        }
        0
    }
}

/// A function that may be called, with what was deduced for it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub f: FnId,
    pub targs: Option<Rc<[TArg]>>,
    pub sig: Rc<Sig>,
    pub ics: Vec<Ics>,
}

/// What a call is resolved for.
pub struct Request<'a, 'b> {
    pub fns: &'b [FnId],
    pub explicit: Option<&'a [ast::TemplateArg]>,
    pub object: Option<&'b Val>,
    pub args: &'b [Arg<'a>],
    /// Explicit constructors and conversions do not count.
    pub implicit: bool,
    pub span: Span,
    pub name: &'b str,
}

impl<'a> Checker<'a> {
    /// The implicit conversion of an argument to a parameter type, if there is one.
    pub fn ics(&mut self, arg: &Arg<'a>, to: QualType, user: bool) -> Option<Ics> {
        if self.depth > super::context::MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = self.ics_inner(arg, to, user);
        self.depth -= 1;
        result
    }

    fn ics_inner(&mut self, arg: &Arg<'a>, to: QualType, user: bool) -> Option<Ics> {
        if let Type::Reference { target, rvalue } = *self.types.get(to.ty) {
            return self.reference_ics(arg, target, rvalue, user);
        }
        match arg {
            Arg::Val(v) => self.value_ics(v, to, user),
            Arg::Functions(f) => {
                let target = self.pointee(to.ty)?;
                self.select_function(f, target.ty)?;
                Some(Ics::new(Rank(EXACT, 0)))
            }
            Arg::List(list) => self.list_ics(list, to, user),
        }
    }

    fn list_ics(&mut self, list: &'a ast::BraceList, to: QualType, user: bool) -> Option<Ics> {
        if self.is_record(to.ty) {
            if let Some(class) = self.class_of(to.ty)
                && self.complete_class(class, list.span).is_ok()
                && !self.class(class).is_aggregate
            {
                if !user {
                    return None;
                }
                let args = self.list_args(list).ok()?;
                let ctors = self.class(class).ctors.clone();
                let found = self.candidates(&Request {
                    fns: &ctors,
                    explicit: None,
                    object: None,
                    args: &args,
                    implicit: true,
                    span: list.span,
                    name: "",
                });
                return if found.is_empty() { None } else { Some(Ics::new(Rank(USER, 0))) };
            }
            let fields = self.record_of(to.ty).map_or(0, |r| self.types.record(r).fields.len());
            return (list.items.len() <= fields.max(1) || fields > 0).then_some(Ics::new(Rank(USER, 0)));
        }
        match self.types.get(to.ty) {
            Type::Array { .. } => Some(Ics::new(Rank(CONVERSION, 0))),
            _ => match list.items.as_slice() {
                [] => Some(Ics::new(Rank(EXACT, 0))),
                [one] => {
                    let arg = self.argument(&one.value).ok()?;
                    self.ics(&arg, to, user)
                }
                _ => None,
            },
        }
    }

    fn reference_ics(&mut self, arg: &Arg<'a>, target: QualType, rvalue: bool, user: bool) -> Option<Ics> {
        let target_quals = self.referred_quals(target);
        let bound = |rank: Rank, is_rvalue: bool| Ics {
            rank,
            bind: Some(rvalue),
            quals: target_quals,
            user: None,
            second: Rank(0, 0),
            rvalue: is_rvalue,
        };
        let v = match arg {
            Arg::Val(v) => v,
            Arg::Functions(f) => {
                let found = match self.types.get(target.ty).clone() {
                    Type::Function(_) => self.select_function(f, target.ty),
                    Type::Pointer(p) if target.quals.is_const || rvalue => self.select_function(f, p.ty),
                    _ => None,
                };
                return found.map(|_| bound(Rank(EXACT, 0), false));
            }
            Arg::List(list) => {
                if !rvalue && !target.quals.is_const {
                    return None;
                }
                let inner = self.list_ics(list, target.ty.into(), user)?;
                return Some(Ics { bind: Some(rvalue), quals: target.quals, rvalue: true, ..inner });
            }
        };
        let is_rvalue = v.cat != Cat::Lvalue;
        let distance = if self.same_referred(v.e.ty, target.ty) {
            Some(0)
        } else if self.is_record(v.e.ty) && self.is_record(target.ty) {
            let _ = self.complete(v.e.ty, v.e.span);
            self.is_base_of(target.ty, v.e.ty)
        } else {
            None
        };
        if let Some(distance) = distance {
            let fits = target_quals.contains(self.referred_quals(v.qual_type()));
            let binds = if rvalue { is_rvalue } else { !is_rvalue || target_quals == Quals::CONST };
            let bits = !rvalue && !target.quals.is_const && self.is_bit_field(v);
            if fits && binds && !bits {
                let rank = if distance == 0 { Rank(EXACT, 0) } else { Rank(CONVERSION, distance as u8) };
                return Some(bound(rank, is_rvalue));
            }
            if rvalue || !fits {
                // A value of the type itself would have to be copied first.
                let copies = fits && !self.is_record(v.e.ty) && (rvalue && is_rvalue);
                let volatile_read = !fits && target.quals == Quals::CONST && !self.is_record(v.e.ty);
                return (copies || volatile_read).then(|| bound(Rank(EXACT, 0), true));
            }
        }
        // A class may convert to an lvalue of the type.
        if !rvalue && (!target.quals.is_const || target.quals.is_volatile) {
            if user && self.is_record(v.e.ty) {
                let wanted = self.types.reference_to(target, false);
                let (f, _) = self.conversion_function(v, wanted.into(), true)?;
                return Some(Ics { user: Some(f), ..bound(Rank(USER, 0), is_rvalue) });
            }
            return None;
        }
        let inner = self.value_ics(v, target.ty.into(), user)?;
        Some(Ics { bind: Some(rvalue), quals: target.quals, rvalue: true, ..inner })
    }

    /// The qualifiers of what a reference refers to: for an array those of its elements too.
    pub fn referred_quals(&self, ty: QualType) -> Quals {
        match self.types.get(ty.ty) {
            Type::Array { element, .. } => {
                let quals = ty.quals.union(element.quals);
                self.referred_quals(QualType { ty: element.ty, quals })
            }
            _ => ty.quals,
        }
    }

    /// The same type, or arrays of which one has no length.
    fn same_referred(&self, from: TypeId, to: TypeId) -> bool {
        if from == to {
            return true;
        }
        match (self.types.get(from), self.types.get(to)) {
            (Type::Array { element: a, len: x }, Type::Array { element: b, len: y }) => {
                self.same_referred(a.ty, b.ty) && b.quals.contains(a.quals) && (x == y || y.is_none())
            }
            _ => false,
        }
    }

    pub fn is_bit_field(&self, v: &Val) -> bool {
        match &v.e.kind {
            ExprKind::Field { base, field } => self
                .record_of(base.ty)
                .is_some_and(|r| self.types.record(r).fields[*field as usize].bits.is_some()),
            _ => false,
        }
    }

    fn value_ics(&mut self, v: &Val, to: QualType, user: bool) -> Option<Ics> {
        let (from_class, to_class) = (self.is_record(v.e.ty), self.is_record(to.ty));
        if !from_class && !to_class {
            return self.standard_rank(v, to.ty).map(Ics::new);
        }
        if v.e.ty == to.ty {
            return Some(Ics::new(Rank(EXACT, 0)));
        }
        if from_class && to_class {
            let _ = self.complete(v.e.ty, v.e.span);
            if let Some(d) = self.is_base_of(to.ty, v.e.ty) {
                return Some(Ics::new(Rank(CONVERSION, d as u8)));
            }
        }
        if !user {
            return None;
        }
        if to_class && let Some(found) = self.converting_constructor(&Arg::Val(v.clone()), to.ty) {
            let second = found.ics.first().map_or(Rank(0, 0), |i| i.rank);
            return Some(Ics { user: Some(found.f), second, ..Ics::new(Rank(USER, 0)) });
        }
        // dim3 has a constructor for it.
        if self.is_dim3(to.ty) && Some(v.e.ty) == self.types.predefined_record("uint3") {
            return Some(Ics::new(Rank(USER, 0)));
        }
        if from_class {
            let (f, second) = self.conversion_function(v, to, true)?;
            return Some(Ics { user: Some(f), second, ..Ics::new(Rank(USER, 0)) });
        }
        None
    }

    /// The constructor that converts one argument, without user conversions of the argument itself.
    pub fn converting_constructor(&mut self, arg: &Arg<'a>, to: TypeId) -> Option<Candidate> {
        let class = self.class_of(to)?;
        self.complete_class(class, arg.span()).ok()?;
        let ctors = self.class(class).ctors.clone();
        if ctors.is_empty() {
            return None;
        }
        let args = [arg.clone()];
        let request = Request {
            fns: &ctors,
            explicit: None,
            object: None,
            args: &args,
            implicit: true,
            span: arg.span(),
            name: "",
        };
        let mut found = self.candidates(&request);
        found.retain(|c| c.ics.iter().all(|i| i.rank.0 < USER));
        self.best(&found).map(|i| found.swap_remove(i))
    }

    /// A conversion function of the class of `v` that leads to `to`, and the rank of what follows.
    pub fn conversion_function(&mut self, v: &Val, to: QualType, implicit: bool) -> Option<(FnId, Rank)> {
        let class = self.class_of(v.e.ty)?;
        self.complete_class(class, v.e.span).ok()?;
        let mut all = Vec::new();
        self.all_conversions(class, &mut all, 0);
        let mut best: Option<(FnId, Rank)> = None;
        let mut tie = false;
        for f in all {
            let info = self.func(f);
            if info.template.is_some() || (implicit && info.decls[0].specs.is_explicit) {
                continue;
            }
            let Ok(sig) = self.signature(f) else { continue };
            if sig.this.is_some_and(|q| !q.contains(v.e.quals)) {
                continue;
            }
            let result = self.result_shape(sig.ret, v.e.span);
            let rank = match *self.types.get(to.ty) {
                Type::Reference { .. } => self.reference_rank(&result, to),
                _ if result.e.ty == to.ty => Some(Rank(EXACT, 0)),
                _ if self.is_record(to.ty) || self.is_record(result.e.ty) => None,
                _ => self.standard_rank(&result, to.ty),
            };
            let Some(rank) = rank else { continue };
            match best {
                Some((_, old)) if old < rank => {}
                Some((_, old)) if old == rank => tie = true,
                _ => {
                    best = Some((f, rank));
                    tie = false;
                }
            }
        }
        if tie { None } else { best }
    }

    fn reference_rank(&mut self, result: &Val, to: QualType) -> Option<Rank> {
        let Type::Reference { target, rvalue } = *self.types.get(to.ty) else { return None };
        let fits = result.e.ty == target.ty && target.quals.contains(result.e.quals);
        (fits && (rvalue || result.cat == Cat::Lvalue)).then_some(Rank(EXACT, 0))
    }

    pub fn all_conversions(&self, class: super::context::ClassId, out: &mut Vec<FnId>, depth: u32) {
        out.extend(self.class(class).conversions.iter().copied());
        if depth < 16 {
            for (base, _) in &self.class(class).bases {
                self.all_conversions(*base, out, depth + 1);
            }
        }
    }

    /// A value of the type that a call would give, for ranking only.
    pub fn result_shape(&self, ret: QualType, span: Span) -> Val {
        use super::tree::Expr;
        match *self.types.get(ret.ty) {
            Type::Reference { target, rvalue } => {
                let e = Expr::place(ExprKind::Zero, target, span);
                Val { e, cat: if rvalue { Cat::Xvalue } else { Cat::Lvalue }, zero: false }
            }
            _ => Val::value(Expr::value(ExprKind::Zero, ret.ty, span)),
        }
    }

    // ------------------------------------------------------------ candidates

    /// The viable candidates of a call.
    pub fn candidates(&mut self, r: &Request<'a, '_>) -> Vec<Candidate> {
        let mut out = Vec::new();
        for &f in r.fns {
            if let Ok(c) = self.viable(f, r) {
                out.push(c);
            }
        }
        out
    }

    fn viable(&mut self, f: FnId, r: &Request<'a, '_>) -> Result<Candidate, Option<Box<Diagnostic>>> {
        let info = self.func(f);
        let decl = info.decls[0];
        if r.implicit && decl.specs.is_explicit {
            return Err(None);
        }
        let (targs, sig) = if info.template.is_some() {
            let targs = self.deduce_call(f, r.explicit, r.args).map_err(Some)?;
            let sig = self.template_signature(f, &targs).map_err(Some)?;
            (Some(targs), sig)
        } else {
            if r.explicit.is_some() {
                return Err(None);
            }
            (None, self.signature(f).map_err(Some)?)
        };
        if r.args.len() < sig.required || (r.args.len() > sig.params.len() && !sig.variadic) {
            return Err(None);
        }
        let mut ics = Vec::with_capacity(r.args.len() + 1);
        if let (Some(quals), Some(object)) = (sig.this, r.object) {
            let rvalue = object.cat != Cat::Lvalue;
            let fits = match decl.method.ref_qualifier {
                None => true,
                Some(ast::RefQualifier::Lvalue) => !rvalue || quals.is_const,
                Some(ast::RefQualifier::Rvalue) => rvalue,
            };
            if !quals.contains(object.e.quals) || !fits {
                return Err(None);
            }
            let bind = Some(decl.method.ref_qualifier == Some(ast::RefQualifier::Rvalue));
            ics.push(Ics { bind, quals, rvalue, ..Ics::new(Rank(EXACT, 0)) });
        } else if r.object.is_some() {
            ics.push(Ics::new(Rank(EXACT, 0)));
        }
        // A copy of the class itself is made without converting the argument by a constructor again.
        for (i, arg) in r.args.iter().enumerate() {
            let one = match sig.params.get(i) {
                Some(p) => {
                    let own = decl.kind == ast::FunctionKind::Constructor && r.implicit;
                    self.ics(arg, *p, !own)
                }
                None => Some(Ics::new(Rank(ELLIPSIS, 0))),
            };
            ics.push(one.ok_or(None)?);
        }
        Ok(Candidate { f, targs, sig, ics })
    }

    /// Index of the best candidate, if one is best.
    pub fn best(&mut self, all: &[Candidate]) -> Option<usize> {
        let mut winner = 0;
        for i in 1..all.len() {
            if !self.is_better(&all[winner], &all[i]) {
                winner = i;
            }
        }
        if all.is_empty() {
            return None;
        }
        for i in 0..all.len() {
            if i != winner && !self.is_better(&all[winner], &all[i]) {
                return None;
            }
        }
        Some(winner)
    }

    fn is_better(&mut self, a: &Candidate, b: &Candidate) -> bool {
        let mut better = false;
        for (x, y) in a.ics.iter().zip(&b.ics) {
            match x.compare(y) {
                1 => return false,
                -1 => better = true,
                _ => {}
            }
        }
        if better {
            return true;
        }
        match (&a.targs, &b.targs) {
            (None, Some(_)) => return true,
            (Some(_), None) => return false,
            (Some(_), Some(_)) => {
                let (fwd, back) = (self.at_least_as_special(a.f, b.f), self.at_least_as_special(b.f, a.f));
                if fwd != back {
                    return fwd;
                }
                if fwd && self.binds_closer(a.f, b.f) {
                    return true;
                }
            }
            (None, None) => {}
        }
        // What the user declares goes before what is built in.
        !self.func(a.f).builtin && self.func(b.f).builtin
    }

    /// The one function to call, or an error in NVRTC's words.
    pub fn resolve(&mut self, r: &Request<'a, '_>) -> Res<Candidate> {
        let mut found = self.candidates(r);
        if let Some(best) = self.best(&found) {
            let chosen = found.swap_remove(best);
            let decl = self.func(chosen.f).decls[0];
            if decl.definition == ast::Definition::Deleted {
                return fail(
                    r.span,
                    format!(
                        "function \"{}\" cannot be referenced -- it is a deleted function",
                        self.describe(chosen.f)
                    ),
                );
            }
            self.check_function_access(chosen.f, r.span)?;
            return Ok(chosen);
        }
        if found.is_empty() {
            self.no_match(r)
        } else {
            let mut error = Diagnostic::error(
                r.span,
                format!(
                    "more than one instance of {} \"{}\" matches the argument list:",
                    self.kind_of(r),
                    r.name
                ),
            );
            for c in found.iter().take(8) {
                error = error.note(Span::NONE, format!("function \"{}\"", self.describe(c.f)));
            }
            let types = self.argument_types(r.args);
            Err(Box::new(error.note(Span::NONE, format!("argument types are: ({types})"))))
        }
    }

    fn kind_of(&self, r: &Request<'a, '_>) -> &'static str {
        let templates = r.fns.iter().any(|f| self.func(*f).template.is_some());
        let ctor = r.fns.iter().any(|f| self.func(*f).decls[0].kind == ast::FunctionKind::Constructor);
        match (ctor, templates, r.fns.len()) {
            (true, ..) => "constructor",
            (_, true, 1) => "function template",
            _ => "overloaded function",
        }
    }

    fn no_match<T>(&mut self, r: &Request<'a, '_>) -> Res<T> {
        // One function only: say what is wrong with this call.
        if let [only] = r.fns {
            let info = self.func(*only);
            let is_ctor = info.decls[0].kind == ast::FunctionKind::Constructor;
            if info.template.is_none() && r.explicit.is_none() && !is_ctor {
                let sig = self.signature(*only)?;
                if r.args.len() < sig.required {
                    return fail(r.span, "too few arguments in function call");
                }
                if r.args.len() > sig.params.len() && !sig.variadic {
                    let span = r.args[sig.params.len()].span();
                    return fail(span, "too many arguments in function call");
                }
                for (arg, param) in r.args.iter().zip(&sig.params) {
                    if self.ics(arg, *param, true).is_none() {
                        return self.initialise_error(arg, *param, Purpose::Argument);
                    }
                }
                if let Some(object) = r.object {
                    let shown = self.show(object.qual_type());
                    return Err(Box::new(
                        Diagnostic::error(
                            r.span,
                            "the object has type qualifiers that are not compatible with the member function",
                        )
                        .note(Span::NONE, format!("object type is: {shown}")),
                    ));
                }
            }
            // An unsupported construct in the only candidate is the real reason.
            if let Err(Some(e)) = self.viable(*only, r)
                && (e.message.contains("not supported yet")
                    || e.message.starts_with("identifier ") && e.message.ends_with("is undefined"))
            {
                return Err(e);
            }
        }
        let mut error = Diagnostic::error(
            r.span,
            format!("no instance of {} \"{}\" matches the argument list", self.kind_of(r), r.name),
        );
        if !r.args.is_empty() {
            let types = self.argument_types(r.args);
            error = error.note(Span::NONE, format!("argument types are: ({types})"));
        }
        if let Some(object) = r.object {
            let shown = self.show(object.qual_type());
            error = error.note(Span::NONE, format!("object type is: {shown}"));
        }
        for &f in r.fns.iter().filter(|f| !self.func(**f).builtin).take(8).collect::<Vec<_>>() {
            let at = self.func(f).decls[0].name_span;
            let kind = if self.func(f).template.is_some() { "function template" } else { "function" };
            let text = self.describe(f);
            error = error.note(at, format!("candidate: {kind} \"{text}\""));
        }
        Err(Box::new(error))
    }

    pub fn argument_types(&mut self, args: &[Arg<'a>]) -> String {
        let shown: Vec<_> = args
            .iter()
            .map(|a| match a {
                Arg::Val(v) => self.show(v.qual_type()),
                Arg::List(_) => "{...}".to_string(),
                Arg::Functions(_) => "<unknown-type>".to_string(),
            })
            .collect();
        shown.join(", ")
    }

    /// `float f(int, const T &)` for notes.
    pub fn describe(&mut self, f: FnId) -> String {
        let name = self.function_name(f);
        match self.signature(f) {
            Ok(sig) => {
                let params: Vec<_> = sig.params.iter().map(|p| self.show(*p)).collect();
                format!("{name}({})", params.join(", "))
            }
            Err(_) => name,
        }
    }

    /// The function of a set whose type is `target`.
    pub fn select_function(&mut self, f: &FnRef<'a>, target: TypeId) -> Option<(FnId, Option<Rc<[TArg]>>)> {
        let Type::Function(wanted) = self.types.get(target).clone() else { return None };
        for &id in f.fns.iter() {
            let info = self.func(id);
            if info.template.is_some() {
                let Ok(targs) = self.deduce_address(id, f.targs, &wanted) else { continue };
                let Ok(sig) = self.template_signature(id, &targs) else { continue };
                if self.function_type_of(&sig) == target {
                    return Some((id, Some(targs)));
                }
            } else if f.targs.is_none()
                && let Ok(sig) = self.signature(id)
                && self.function_type_of(&sig) == target
            {
                return Some((id, None));
            }
        }
        None
    }
}
