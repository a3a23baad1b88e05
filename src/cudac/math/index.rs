//! Name -> texts of the functions with that name, for tests and tools that look at the library as text. The compiler
//! has an index of its own (`builtins::places`).

use std::sync::OnceLock;

use crate::cudac::builtins::texts;

/// One function of the library.
#[derive(Debug, Clone, Copy)]
pub struct PreludeEntry {
    pub name: &'static str,
    /// File name for diagnostics.
    pub file: &'static str,
    /// The whole definition, from `__device__` to its closing brace.
    pub text: &'static str,
    /// Line of `text` in the file, from 1.
    pub line: u32,
}

/// All functions, sorted by name.
pub fn entries() -> &'static [PreludeEntry] {
    static ENTRIES: OnceLock<Vec<PreludeEntry>> = OnceLock::new();
    ENTRIES.get_or_init(build)
}

/// The functions called `name`, all overloads, or `None`.
pub fn lookup(name: &str) -> Option<&'static [PreludeEntry]> {
    let all = entries();
    let from = all.partition_point(|entry| entry.name < name);
    let count = all[from..].iter().take_while(|entry| entry.name == name).count();
    (count > 0).then(|| &all[from..from + count])
}

fn build() -> Vec<PreludeEntry> {
    let mut all = Vec::with_capacity(1024);
    for (file, text) in sources() {
        for found in texts::scan(text) {
            let line = text[..found.start].matches('\n').count() as u32 + 1;
            all.push(PreludeEntry { name: found.name, file, text: &text[found.start..found.end], line });
        }
    }
    // Overloads become neighbours; the sort is stable, so they keep the order of the files.
    all.sort_by_key(|entry| entry.name);
    all
}

/// The texts of the math library: file name and contents.
fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts::WRITTEN.iter().copied().filter(|(file, _)| file.starts_with("<vmgpu math>/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_and_whole() {
        let found = entries().len();
        let written: usize =
            sources().map(|s| s.1.lines().filter(|line| line.contains("__device__")).count()).sum();
        assert_eq!(found, written);
        assert!(found > 500, "only {found} functions");
        for entry in entries() {
            assert!(!entry.name.is_empty(), "no name: {}", entry.text);
            let count = |c: char| entry.text.matches(c).count();
            assert_eq!(count('{'), count('}'), "{}:{} {}", entry.file, entry.line, entry.name);
            assert_eq!(count('('), count(')'), "{}:{} {}", entry.file, entry.line, entry.name);
            let source = sources().find(|s| s.0 == entry.file).unwrap();
            let line = source.1.lines().nth(entry.line as usize - 1).unwrap();
            assert!(entry.text.starts_with(line), "{}:{} {}", entry.file, entry.line, entry.name);
        }
    }

    #[test]
    fn overloads_stand_together() {
        let exp = lookup("exp").unwrap();
        assert!(exp.iter().any(|e| e.text.contains("double exp(double")));
        assert!(exp.iter().any(|e| e.text.contains("float exp(float")));
        assert!(exp.iter().all(|e| e.name == "exp"));
        assert_eq!(lookup("expf").map(<[_]>::len), Some(1));
        assert!(lookup("no_such_function").is_none());
        for name in ["sincosf", "make_float4", "make_uchar1", "__fdividef", "jn", "max", "abs", "normcdfinvf"]
        {
            assert!(lookup(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_call_resolves() {
        // An identifier before a parenthesis is a keyword, a type in a cast, a native or a function of the library.
        let words = ["if", "for", "while", "return", "sizeof", "int", "float", "double"];
        for entry in entries() {
            let code: String = entry
                .text
                .lines()
                .map(|line| line.split("//").next().unwrap_or(""))
                .collect::<Vec<_>>()
                .join("\n");
            for (position, _) in code.match_indices('(') {
                let before = &code[..position];
                let start =
                    before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |p| p + 1);
                let word = &before[start..];
                let known = word.is_empty()
                    || words.contains(&word)
                    || word.starts_with("__vmgpu_host_math_")
                    || lookup(word).is_some()
                    || super::super::natives::is_native(word);
                assert!(known, "{}:{} {} calls unknown `{word}`", entry.file, entry.line, entry.name);
            }
        }
    }
}
