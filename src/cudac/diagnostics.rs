//! Diagnostics in the format of NVRTC's log, so that one parser in the user's tools reads both:
//!
//! ```text
//! NAME(line): error: message
//!       source line
//!           ^
//!
//! 1 error detected in the compilation of "NAME".
//! ```

use std::fmt::Write;

use super::source::{SourceMap, Span};

#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    pub span: Span,
    pub message: String,
    /// Further places or explanations; `Span::NONE` for one without a place.
    pub notes: Vec<(Span, String)>,
}

impl Diagnostic {
    pub fn error(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Error, span, message: message.into(), notes: Vec::new() }
    }

    pub fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, span, message: message.into(), notes: Vec::new() }
    }

    /// `what` is a construct in the plural, such as "class templates"; `text` the user's own spelling.
    pub fn unsupported(span: Span, what: &str, text: &str) -> Diagnostic {
        let tail = if text.is_empty() { String::new() } else { format!(": `{text}`") };
        Diagnostic::error(span, format!("{what} are not supported yet{tail}"))
    }

    pub fn note(mut self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.notes.push((span, message.into()));
        self
    }
}

/// Collects diagnostics, at most `limit` errors and as many warnings; more are counted, not kept.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    limit: usize,
    pub suppress_warnings: bool,
}

impl Default for Diagnostics {
    fn default() -> Self {
        Diagnostics::new(50)
    }
}

impl Diagnostics {
    pub fn new(limit: usize) -> Diagnostics {
        Diagnostics { list: Vec::new(), errors: 0, warnings: 0, limit, suppress_warnings: false }
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning if self.suppress_warnings => return,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= self.limit && self.list.last() != Some(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(span, message));
    }

    pub fn warning(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::warning(span, message));
    }

    /// Adds a note to the last diagnostic, unless it has enough already.
    pub fn note_last(&mut self, span: Span, message: &str) {
        if let Some(last) = self.list.last_mut()
            && last.notes.len() < 4
            && !last.notes.iter().any(|n| n.1 == message)
        {
            last.notes.push((span, message.to_string()));
        }
    }

    /// Puts an error before all others; where it is among them already, it moves.
    pub fn push_first(&mut self, diagnostic: Diagnostic) {
        match self.list.iter().position(|d| d.span == diagnostic.span && d.message == diagnostic.message) {
            Some(at) => self.list[..=at].rotate_right(1),
            None => {
                self.errors += 1;
                self.list.insert(0, diagnostic);
            }
        }
    }

    pub fn first_error(&self) -> Option<&Diagnostic> {
        self.list.iter().find(|d| d.severity == Severity::Error)
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// True once more errors came than are kept: time to give up.
    pub fn at_limit(&self) -> bool {
        self.errors >= self.limit
    }

    pub fn error_count(&self) -> usize {
        self.errors
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// The whole log; empty when there is nothing to say. `program` is the name in the closing line.
    pub fn render(&self, sources: &SourceMap, program: &str) -> String {
        let mut out = String::new();
        for diagnostic in &self.list {
            render_one(diagnostic, sources, program, &mut out);
        }
        if self.errors > self.limit {
            let _ = writeln!(out, "{} further errors are not shown.\n", self.errors - self.limit);
        }
        if self.errors > 0 {
            let plural = if self.errors == 1 { "error" } else { "errors" };
            let _ = writeln!(out, "{} {plural} detected in the compilation of \"{program}\".", self.errors);
        }
        out
    }
}

fn render_one(diagnostic: &Diagnostic, sources: &SourceMap, program: &str, out: &mut String) {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    render_part(diagnostic.span, word, &diagnostic.message, sources, program, out);
    for (span, message) in &diagnostic.notes {
        if *span == Span::NONE {
            let _ = writeln!(out, "          note: {message}");
        } else {
            render_part(*span, "note", message, sources, program, out);
        }
    }
    out.push('\n');
}

/// Very long lines (generated code) are shown around the caret only.
const SHOWN_BEFORE: usize = 120;
const SHOWN_AFTER: usize = 80;

fn render_part(span: Span, word: &str, message: &str, map: &SourceMap, program: &str, out: &mut String) {
    let Some(at) = map.locate(span.lo) else {
        let _ = writeln!(out, "{program}: {word}: {message}");
        return;
    };
    let _ = writeln!(out, "{}({}): {word}: {message}", at.name, at.line);
    let column = (at.column as usize - 1).min(at.text.len());
    let mut from = column.saturating_sub(SHOWN_BEFORE);
    while !at.text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (column + SHOWN_AFTER).min(at.text.len());
    while !at.text.is_char_boundary(to) {
        to += 1;
    }
    let shown = &at.text[from..to];
    out.push_str("      ");
    out.extend(shown.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push_str("\n      ");
    let mut end = column;
    while !at.text.is_char_boundary(end) {
        end -= 1;
    }
    out.extend(at.text[from..end].chars().map(|_| ' '));
    out.push_str("^\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::source::SourceKind;

    #[test]
    fn the_log_reads_like_nvrtcs() {
        let mut map = SourceMap::new();
        let base = map.add("k.cu", "int a;\n  int b = c;\n".into(), SourceKind::Main).unwrap();
        let mut sink = Diagnostics::default();
        sink.error(Span::new(base + 17, base + 18), "identifier \"c\" is undefined");
        let log = sink.render(&map, "k.cu");
        let expected = "k.cu(2): error: identifier \"c\" is undefined\n        int b = c;\n                ^\n\n\
                        1 error detected in the compilation of \"k.cu\".\n";
        assert_eq!(log, expected);
    }

    #[test]
    fn warnings_can_be_silenced_and_errors_are_limited() {
        let map = SourceMap::new();
        let mut sink = Diagnostics::new(2);
        sink.suppress_warnings = true;
        sink.warning(Span::NONE, "w");
        for i in 0..5 {
            sink.error(Span::NONE, format!("e{i}"));
        }
        let log = sink.render(&map, "p");
        assert!(log.contains("p: error: e1\n") && !log.contains("e2") && !log.contains("warning"), "{log}");
        assert!(log.contains("3 further errors") && log.contains("5 errors detected"), "{log}");
        assert!(sink.at_limit());
    }

    #[test]
    fn odd_bytes_around_the_caret_do_no_harm() {
        let mut map = SourceMap::new();
        let text: String = "\u{e4}\u{4e2d}\t\u{7}".repeat(100);
        let base = map.add("k", text.as_str().into(), SourceKind::Main).unwrap();
        for at in 0..text.len() as u32 {
            let mut sink = Diagnostics::default();
            sink.error(Span::new(base + at, base + at), "x");
            assert!(sink.render(&map, "k").contains('^'));
        }
    }
}
