//! Jumps: labels that are nowhere, and variables whose initialisation a jump comes past.

use super::context::{Checker, Entity, Initialised, Res};
use super::names::segment_symbol;
use super::types::Type;
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::ast;
use crate::cudac::source::Span;

impl<'a> Checker<'a> {
    /// A variable with an initialiser is in scope from here on.
    pub fn note_initialised(&mut self, v: &'a ast::Variable) {
        let Some(Entity::Local(_, index)) = segment_symbol(&v.name.last().name)
            .and_then(|s| self.scope(self.cx.scope).names.get(&s))
            .and_then(|s| s.ordinary)
        else {
            return;
        };
        let mut ty = self.cx.vars[index as usize].ty.ty;
        while let Type::Array { element, .. } = self.types.get(ty) {
            ty = element.ty;
        }
        let class = self.class_of(ty);
        let built = class.is_some_and(|c| self.class(c).nontrivial_default);
        let destroyed = class.is_some_and(|c| self.class(c).nontrivial_dtor);
        let Some(name) = segment_symbol(&v.name.last().name) else { return };
        if matches!(v.init, ast::Initializer::None) && !built {
            return;
        }
        let outer = self.cx.inits;
        let depth = self.init_depth(outer) + 1;
        let span = v.name.span;
        let of_class = self.is_record(ty);
        self.cx.initialised.push(Initialised { outer, depth, name, span, of_class, destroyed });
        self.cx.inits = self.cx.initialised.len() as u32;
    }

    fn init_depth(&self, at: u32) -> u32 {
        at.checked_sub(1).map_or(0, |i| self.cx.initialised[i as usize].depth)
    }

    /// A jump may leave scopes but not enter the scope of a variable behind its initialisation. As with NVRTC that is
    /// an error only for objects of classes, in a switch only for those that something must run for at the end.
    fn check_jump(&mut self, from: u32, to: u32, span: Span, is_case: bool) -> Res<()> {
        let outer = |at: u32| self.cx.initialised[at as usize - 1].outer;
        let (mut a, mut b) = (from, to);
        let mut entered = 0;
        let mut wrong = 0;
        let forbidden = |at: u32| {
            let var = &self.cx.initialised[at as usize - 1];
            if is_case { var.destroyed } else { var.of_class }
        };
        while a != b {
            // Of two on one level the target's is entered, the other one left.
            let leave = self.init_depth(b) <= self.init_depth(a);
            if self.init_depth(b) >= self.init_depth(a) {
                entered = b;
                if forbidden(b) {
                    wrong = b;
                }
                b = outer(b);
            }
            if leave {
                a = outer(a);
            }
        }
        let Some(at) = [wrong, entered].into_iter().find(|at| *at != 0) else { return Ok(()) };
        let var = &self.cx.initialised[at as usize - 1];
        let (name, place) = (self.name(var.name), var.span);
        let message = "transfer of control bypasses initialization of:";
        let note = format!("variable \"{name}\"");
        if wrong == 0 {
            self.diags.push(Diagnostic::warning(span, message).note(place, note));
            return Ok(());
        }
        Err(Box::new(Diagnostic::error(span, message).note(place, note)))
    }

    pub fn check_case(&mut self, inits: u32, span: Span) -> Res<()> {
        let here = self.cx.inits;
        let result = self.check_jump(inits, here, span, true);
        if here != inits
            && let Some(s) = self.cx.switches.last_mut()
        {
            // The cases after it are not to blame.
            s.inits = here;
        }
        result
    }

    /// Reports jumps to labels that are nowhere.
    pub fn check_labels(&mut self) {
        let missing: Vec<_> =
            self.cx.labels.iter().filter(|(_, l)| !l.placed).map(|(s, l)| (*s, l.used)).collect();
        for (name, used) in missing {
            let text = self.name(name);
            self.diags.error(used, format!("label \"{text}\" was referenced but not defined"));
        }
        for (name, span, from) in std::mem::take(&mut self.cx.gotos) {
            if let Some(label) = self.cx.labels.get(&name).filter(|l| l.placed)
                && let Err(e) = self.check_jump(from, label.inits, span, false)
            {
                self.report(e);
            }
        }
    }
}
