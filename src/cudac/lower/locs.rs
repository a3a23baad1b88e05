//! Source positions for instructions: spans become entries of the module's line table.

use crate::cudac::source::{BUILTIN_BASE, SourceMap, Span};
use crate::cudac::thread_ir::{Loc, Module};

/// Remembers the last lines asked for, as neighbours in the tree are neighbours in the text.
pub(crate) struct LocTable {
    /// `(first position, last position, file, line)` of recently used lines.
    recent: [(u32, u32, u32, u32); 4],
    next: usize,
}

impl LocTable {
    /// Lists the program's texts as the module's files, by the names the user knows; built-in ones join when used.
    pub fn new(sources: &SourceMap, module: &mut Module) -> Self {
        if !sources.files().is_empty() {
            module.files.clear();
        }
        for file in sources.files().iter().filter(|f| f.base < BUILTIN_BASE) {
            if !module.files.iter().any(|f| **f == *file.name) {
                module.files.push(file.name.to_string());
            }
        }
        Self { recent: [(1, 0, 0, 0); 4], next: 0 }
    }

    pub fn loc(&mut self, sources: &SourceMap, module: &mut Module, span: Span) -> Loc {
        if span == Span::NONE {
            return Loc(0);
        }
        let hit = self.recent.iter().find(|r| r.0 <= span.lo && span.lo <= r.1).copied();
        let (first, _, file, line) = match hit {
            Some(line) => line,
            None => {
                let Some(at) = sources.locate(span.lo) else { return Loc(0) };
                let first = span.lo - (at.column - 1);
                let known = module.files.iter().position(|f| f == at.name);
                let file = known.unwrap_or_else(|| {
                    module.files.push(at.name.to_string());
                    module.files.len() - 1
                });
                let entry = (first, first + at.text.len() as u32, file as u32, at.line);
                self.recent[self.next] = entry;
                self.next = (self.next + 1) % self.recent.len();
                entry
            }
        };
        module.add_loc(file, line, span.lo - first + 1)
    }
}
