//! A second look at a text that is refused: is there a mistake further up than the one that was met first? Bodies are
//! checked in the order in which the kernel reaches them, and a brace that is missing shows at the end of the text; the
//! reader wants the first line that is wrong. Nothing of this runs for a text that compiles.

use super::context::{CheckOptions, Checker, FnId, Progress};
use crate::cudac::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::cudac::parse::Unit;
use crate::cudac::parse::ast::{self, DeclKind, Definition};
use crate::cudac::source::Span;

/// Larger texts are not looked at twice.
const MOST_TOKENS: usize = 100_000;

/// The first mistake in what the text declares above `first`, whether or not the kernel reaches it.
pub fn earlier_mistake(unit: &Unit, options: &CheckOptions, first: &Diagnostic) -> Option<Diagnostic> {
    if first.span == Span::NONE || first.span.is_builtin() || unit.token_count() > MOST_TOKENS {
        return None;
    }
    let mut sink = Diagnostics::default();
    sink.suppress_warnings = true;
    let mut checker = Checker::new(unit, options.clone(), &mut sink);
    checker.enter_unit();
    checker.check_outside();
    checker.check_all_before(first.span);
    checker.report_unknown_types();
    let before = |a: Span, b: Span| a.lo != b.lo && unit.sources.precedes(a.lo, b.lo);
    let mut best: Option<&Diagnostic> = None;
    for found in sink.iter() {
        let counts = found.severity == Severity::Error
            && found.span != Span::NONE
            && !found.span.is_builtin()
            // What this compiler does not have is no mistake of a function that nothing calls.
            && !found.message.contains("not supported")
            // The rest of a text that cannot be parsed may define it.
            && !found.message.ends_with("referenced but not defined")
            && before(found.span, best.map_or(first.span, |b| b.span));
        if counts {
            best = Some(found);
        }
    }
    let line = |d: &Diagnostic| unit.sources.locate(d.span.lo).map(|at| (at.name.to_owned(), at.line));
    best.filter(|b| line(b) != line(first)).cloned()
}

impl<'a> Checker<'a> {
    /// Checks the types and the functions of the text that stand before a place; templates stay as they are.
    fn check_all_before(&mut self, end: Span) {
        let map = self.src.map();
        let unit = self.src.unit;
        for decl in unit.decls.iter().filter(|d| map.precedes(d.span.lo, end.lo)) {
            let ty = match &decl.kind {
                DeclKind::Alias(alias) => &alias.ty,
                DeclKind::Variable(v) if v.specs.device || v.specs.constant || v.specs.shared => &v.ty,
                _ => continue,
            };
            let root = self.root;
            if let Err(e) = self.in_context(root, |c| c.type_of(ty)) {
                self.report(e);
            }
        }
        // Both lists grow while they are worked on.
        let (mut class, mut f) = (0, 0);
        while (class < self.classes.len() || f < self.fns.len()) && !self.diags.at_limit() {
            if class < self.classes.len() {
                self.look_at_class(class, end);
                class += 1;
            } else {
                self.look_at_function(FnId(f as u32), end);
                f += 1;
            }
        }
    }

    /// Names in the types of functions, templates among them, that are nowhere in the text nor known otherwise.
    fn report_unknown_types(&mut self) {
        let unit = self.src.unit;
        for span in &unit.unknown_types {
            let Some(text) = unit.sources.snippet(*span) else { continue };
            let Some(symbol) = unit.symbol(text) else { continue };
            let root = self.root;
            if self.in_context(root, |c| c.lookup(symbol, root)).is_none() {
                self.diags.error(*span, format!("identifier \"{text}\" is undefined"));
            }
        }
    }

    fn look_at_class(&mut self, index: usize, end: Span) {
        let info = &self.classes[index];
        let Some(record) = info.ast.filter(|r| r.members.is_some()) else { return };
        let (parent, span) = (info.parent, record.span);
        if info.instance.is_some()
            || info.state != Progress::Not
            || self.scope(parent).unit != 0
            || !self.src.map().precedes(span.lo, end.lo)
        {
            return;
        }
        let class = super::context::ClassId(index as u32);
        if let Err(e) = self.in_context(parent, |c| c.complete_class(class, span)) {
            self.report(e);
        }
    }

    fn look_at_function(&mut self, f: FnId, end: Span) {
        let info = self.func(f);
        let decl = info.decls[0];
        let of_instance = info.class.is_some_and(|c| self.class(c).instance.is_some());
        if info.builtin
            || info.template.is_some()
            || of_instance
            || decl.definition != Definition::Body
            || !self.runs_on_device(decl)
            || !self.src.map().precedes(decl.name_span.lo, end.lo)
        {
            return;
        }
        let root = self.root;
        if let Err(e) = self.in_context(root, |c| c.instance(f, None, decl.name_span)) {
            self.report(e);
        }
        self.run_work_list();
    }

    fn runs_on_device(&self, f: &ast::Function) -> bool {
        f.specs.device || f.specs.global || self.opts.default_device && !f.specs.host
    }
}
