//! Source positions: every text of a compile gets a range in one 32-bit position space, so that a `Span` is two
//! numbers. Names, lines and columns are worked out only when a diagnostic is printed.
//!
//! Positions from `BUILTIN_BASE` up belong to the built-in texts (the math prelude), which are parsed once for the
//! process: their spans mean the same in every map. A token out of a macro carries the place where the macro was used.

use std::path::Path;
use std::sync::{Arc, OnceLock};

/// First position of the built-in texts; the user's own texts lie below.
pub const BUILTIN_BASE: u32 = 0x8000_0000;

/// A range of positions, `lo` included, `hi` excluded. `Span::NONE` belongs to no text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Span {
    pub lo: u32,
    pub hi: u32,
}

impl Span {
    pub const NONE: Span = Span { lo: 0, hi: 0 };

    pub fn new(lo: u32, hi: u32) -> Span {
        Span { lo, hi: hi.max(lo) }
    }

    /// From the start of `self` to the end of `other`, where both lie in order; else `self`.
    pub fn to(self, other: Span) -> Span {
        if self == Span::NONE {
            return other;
        }
        if other.hi < self.lo || (other.lo ^ self.lo) & BUILTIN_BASE != 0 {
            return self;
        }
        Span { lo: self.lo, hi: other.hi.max(self.hi) }
    }

    pub fn is_builtin(self) -> bool {
        self.lo >= BUILTIN_BASE
    }
}

/// What a text is, for the diagnostics and for name lookup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceKind {
    /// The text that was handed in.
    Main,
    /// A header, from memory or from disk.
    Header,
    /// One of ours: predefined macros, command line, prelude.
    Builtin,
}

/// A text that several places hold: one of ours, or the user's.
#[derive(Clone, Debug)]
pub enum Text {
    Fixed(&'static str),
    Shared(Arc<str>),
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Fixed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::Shared(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::Shared(text.into())
    }
}

/// One text. Position 0 of the text is `base` in the map.
#[derive(Debug)]
pub struct SourceFile {
    pub name: Box<str>,
    pub text: Text,
    pub kind: SourceKind,
    pub base: u32,
    /// Where the `#include` stands that opened it; 0 for what nothing includes.
    pub included_at: u32,
    /// `#line` directives: (offset after the directive, line number of what follows, name if given).
    pub line_marks: Vec<(u32, u32, Option<Box<str>>)>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    pub fn new(name: &str, text: Text, kind: SourceKind, base: u32) -> SourceFile {
        SourceFile {
            name: name.into(),
            text,
            kind,
            base,
            included_at: 0,
            line_marks: Vec::new(),
            line_starts: OnceLock::new(),
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks =
                self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }

    fn end(&self) -> u32 {
        self.base + self.text.len() as u32
    }
}

/// A position in words. `line` and `column` count from 1; `column` counts bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    pub name: &'a str,
    pub line: u32,
    pub column: u32,
    /// The source line without its line break.
    pub text: &'a str,
}

/// All texts of one compile.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a text and gives its base, or `None` when the position space is full (2 GiB of text).
    pub fn add(&mut self, name: &str, text: Text, kind: SourceKind) -> Option<u32> {
        self.add_included(name, text, kind, Span::NONE)
    }

    /// The same for a text that an `#include` at `at` opens.
    pub fn add_included(&mut self, name: &str, text: Text, kind: SourceKind, at: Span) -> Option<u32> {
        let user = self.files.iter().rev().find(|f| f.base < BUILTIN_BASE);
        let base = user.map_or(1, |f| f.end() + 1);
        let end = u64::from(base) + text.len() as u64 + 1;
        if end >= u64::from(BUILTIN_BASE) {
            return None;
        }
        let file = SourceFile::new(name, text, kind, base);
        self.files.push(Arc::new(SourceFile { included_at: at.lo, ..file }));
        Some(base)
    }

    /// Makes an already placed text known here, such as a built-in one above `BUILTIN_BASE`.
    pub fn add_placed(&mut self, file: Arc<SourceFile>) {
        self.files.push(file);
    }

    /// Notes a `#line` directive: what begins at `pos` is line `line` (of `name`).
    pub fn mark_line(&mut self, pos: u32, line: u32, name: Option<&str>) {
        if let Some(file) = self.files.iter_mut().find(|f| f.base <= pos && pos <= f.end())
            && let Some(file) = Arc::get_mut(file)
        {
            let offset = pos - file.base;
            file.line_marks.push((offset, line, name.map(Into::into)));
        }
    }

    pub fn file_at(&self, pos: u32) -> Option<&Arc<SourceFile>> {
        self.files.iter().find(|f| f.base <= pos && pos <= f.end())
    }

    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// The words for a position; `None` for `Span::NONE` and positions of texts that are not here.
    pub fn locate(&self, pos: u32) -> Option<Location<'_>> {
        let file = self.file_at(pos)?;
        let offset = pos - file.base;
        let starts = file.line_starts();
        let row = starts.partition_point(|s| *s <= offset) - 1;
        let start = starts[row] as usize;
        let end = starts.get(row + 1).map_or(file.text.len(), |s| *s as usize - 1);
        let text = file.text.get(start..end).unwrap_or("").trim_end_matches('\r');
        let (mut name, mut line) = (&*file.name, row as u32 + 1);
        let marks = file.line_marks.iter().take_while(|m| m.0 <= offset);
        for (at, number, new_name) in marks {
            let marked_row = starts.partition_point(|s| s <= at) - 1;
            line = number.saturating_add((row - marked_row) as u32);
            name = new_name.as_deref().unwrap_or(name);
        }
        Some(Location { name, line, column: offset - start as u32 + 1, text })
    }

    /// `name:line:column` of a span's start, for messages outside a diagnostic.
    pub fn describe(&self, span: Span) -> String {
        match self.locate(span.lo) {
            Some(at) => format!("{}:{}:{}", at.name, at.line, at.column),
            None => "<unknown>".to_string(),
        }
    }

    /// Whether the compiler meets position `a` no later than `b`: a header's text stands where it was included.
    /// Positions of no text come first.
    pub fn precedes(&self, a: u32, b: u32) -> bool {
        // One text, which is nearly always the answer.
        let Some(file) = self.file_at(a) else { return true };
        if file.base <= b && b <= file.end() {
            return a <= b;
        }
        let (from, to) = (self.inclusion_path(a), self.inclusion_path(b));
        let shared = from.iter().zip(&to).take_while(|(x, y)| x == y).count();
        match (from.get(shared), to.get(shared)) {
            (Some(x), Some(y)) => x <= y,
            // One includes the other at the very place.
            _ => from.len() <= to.len(),
        }
    }

    /// The position and those of the `#include`s that lead to it, outermost first.
    fn inclusion_path(&self, pos: u32) -> Vec<u32> {
        let mut path = vec![pos];
        let mut at = pos;
        while let Some(file) = self.file_at(at)
            && file.included_at != 0
            && path.len() < 1000
        {
            at = file.included_at;
            path.push(at);
        }
        path.reverse();
        path
    }

    /// The text of a span, if it lies in one file.
    pub fn snippet(&self, span: Span) -> Option<&str> {
        let file = self.file_at(span.lo)?;
        file.text.get((span.lo - file.base) as usize..(span.hi.checked_sub(file.base)?) as usize)
    }

    /// True if the span lies in a text that is not the user's own work.
    pub fn is_builtin(&self, span: Span) -> bool {
        self.file_at(span.lo).is_none_or(|f| f.kind == SourceKind::Builtin)
    }
}

/// File names are compared as written; this is the part an `#include` looks beside.
pub fn folder_of(name: &str) -> &Path {
    Path::new(name).parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_become_lines_and_columns() {
        let mut map = SourceMap::new();
        let a = map.add("a.cu", "int x;\r\n  y z;\nlast".into(), SourceKind::Main).unwrap();
        let b = map.add("b.h", "other".into(), SourceKind::Header).unwrap();
        let at = map.locate(a + 10).unwrap();
        assert_eq!((at.name, at.line, at.column, at.text), ("a.cu", 2, 3, "  y z;"));
        assert_eq!(map.locate(a).unwrap().text, "int x;");
        assert_eq!(map.locate(a + 15 + 4).unwrap().text, "last");
        assert_eq!(map.describe(Span::new(b + 2, b + 3)), "b.h:1:3");
        assert_eq!(map.snippet(Span::new(a + 4, a + 5)), Some("x"));
        assert!(map.locate(0).is_none());
    }

    #[test]
    fn included_texts_stand_where_they_are_included() {
        let mut map = SourceMap::new();
        let a = map.add("a.cu", "0123456789".into(), SourceKind::Main).unwrap();
        let b = map.add_included("b.h", "01234".into(), SourceKind::Header, Span::new(a + 3, a + 5)).unwrap();
        let c = map.add_included("c.h", "01234".into(), SourceKind::Header, Span::new(b + 2, b + 3)).unwrap();
        let d = map.add_included("d.h", "01234".into(), SourceKind::Header, Span::new(a + 8, a + 9)).unwrap();
        let order = [0, a, a + 2, b, b + 1, c + 1, c + 4, b + 3, a + 6, d + 1, a + 9];
        for (i, x) in order.iter().enumerate() {
            for (k, y) in order.iter().enumerate() {
                assert_eq!(map.precedes(*x, *y), i <= k, "{i} {k}");
            }
        }
    }

    #[test]
    fn line_directives_rename_what_follows() {
        let mut map = SourceMap::new();
        let a = map.add("a.cu", "one\n#line 70 \"gen\"\ntwo\nthree\n".into(), SourceKind::Main).unwrap();
        map.mark_line(a + 19, 70, Some("gen"));
        assert_eq!(map.describe(Span::new(a, a + 1)), "a.cu:1:1");
        assert_eq!(map.describe(Span::new(a + 19, a + 20)), "gen:70:1");
        assert_eq!(map.describe(Span::new(a + 24, a + 25)), "gen:71:2");
    }
}
