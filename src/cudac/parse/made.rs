//! Expressions that the checker writes itself, such as the elements of an expanded parameter pack. They live as long as
//! the unit, so that they can stand wherever the text's own do.

use std::sync::OnceLock;

use super::ast::Expr;

/// A list that only grows: each part holds the next.
#[derive(Debug, Default)]
pub struct Made {
    next: OnceLock<Box<Part>>,
}

#[derive(Debug)]
struct Part {
    exprs: Vec<Expr>,
    rest: Made,
}

impl Made {
    /// Puts expressions behind the last part; `self` must be the end. Gives them back with the new end.
    pub fn add(&self, exprs: Vec<Expr>) -> (&[Expr], &Made) {
        let part = self.next.get_or_init(|| Box::new(Part { exprs, rest: Made::default() }));
        (&part.exprs, &part.rest)
    }
}

impl Drop for Made {
    /// One after the other: the list may be longer than the stack is deep.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut part) = next {
            next = part.rest.next.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::parse::ast::ExprKind;
    use crate::cudac::source::Span;

    #[test]
    fn parts_stay_and_long_lists_drop() {
        let start = Made::default();
        let mut end = &start;
        let mut first = None;
        for i in 0..200_000 {
            let (exprs, next) = end.add(vec![Expr { kind: ExprKind::Bool(i == 0), span: Span::NONE }]);
            first = first.or(Some(&exprs[0]));
            end = next;
        }
        assert!(matches!(first.expect("one was added").kind, ExprKind::Bool(true)));
    }
}
