//! Directives: `#define`, `#if`, `#include` and the others.

use std::path::{Path, PathBuf};

use super::condition;
use super::lexer::Lexer;
use super::macros::{self, spelling};
use super::token::{Kind, LINE_START, Token};
use super::words::Word;
use super::{Group, Preprocessor};
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::parse::literals;
use crate::cudac::source::{SourceKind, Span, folder_of};
use crate::headers;

const MAX_INCLUDE_DEPTH: usize = 100;
/// Nested `#if`s in one file.
const MAX_GROUPS: usize = 1000;

/// Where an `#include` leads.
enum Found {
    Memory(usize),
    /// A host header whose macros are built in.
    Known(usize),
    /// A header of the library: name and text.
    Library(&'static str, &'static str),
    Disk(PathBuf, String),
    TooLarge,
}

impl Preprocessor<'_> {
    fn lexer(&mut self) -> Option<&mut Lexer> {
        self.files.last_mut().map(|f| &mut f.lexer)
    }

    fn lex(&mut self) -> Token {
        match self.files.last_mut() {
            Some(file) => file.lexer.next(&mut self.names, self.sink),
            None => Token { flags: LINE_START, ..Token::new(Kind::Eof, Span::NONE) },
        }
    }

    /// The tokens up to the end of the line.
    fn rest_of_directive(&mut self) -> Vec<Token> {
        let mut line = Vec::new();
        loop {
            let token = self.lex();
            if token.has(LINE_START) {
                if let Some(lexer) = self.lexer() {
                    lexer.return_to(token);
                }
                return line;
            }
            line.push(token);
        }
    }

    /// What follows a `#` at the start of a line.
    pub(super) fn directive(&mut self, hash: Token) {
        let name = self.lex();
        if name.has(LINE_START) {
            // `#` alone.
            if let Some(lexer) = self.lexer() {
                lexer.return_to(name);
            }
            return;
        }
        let word = if name.kind == Kind::Ident { Word::of(name.symbol) } else { None };
        match word {
            Some(Word::Define) => self.define(name),
            Some(Word::Undef) => {
                let line = self.rest_of_directive();
                match line.first() {
                    Some(t) if t.kind == Kind::Ident => {
                        self.macros.insert(t.symbol, None);
                    }
                    _ => self.sink.error(name.span, "expected an identifier after #undef"),
                }
            }
            Some(Word::Include | Word::IncludeNext) => self.include_directive(name),
            Some(Word::If) => {
                let value = self.condition(name);
                self.begin_group(name, value);
            }
            Some(Word::Ifdef | Word::Ifndef) => {
                let wanted = word == Some(Word::Ifdef);
                let line = self.rest_of_directive();
                let value = match line.first() {
                    Some(t) if t.kind == Kind::Ident => self.macro_of(t.symbol).is_some() == wanted,
                    _ => {
                        self.sink.error(name.span, "expected an identifier after #ifdef or #ifndef");
                        false
                    }
                };
                self.begin_group(name, value);
            }
            Some(Word::Elif | Word::Else) => {
                self.rest_of_directive();
                let else_after = self.files.last_mut().and_then(|f| f.groups.last_mut()).map(|g| {
                    let bad = g.seen_else;
                    g.seen_else |= word == Some(Word::Else);
                    bad
                });
                if else_after != Some(false) {
                    let text = if word == Some(Word::Else) { "#else" } else { "#elif" };
                    self.sink.error(name.span, format!("{text} without #if, or after #else"));
                }
                if else_after.is_some() {
                    self.skip_group();
                }
            }
            Some(Word::Endif) => {
                self.rest_of_directive();
                if self.files.last_mut().and_then(|f| f.groups.pop()).is_none() {
                    self.sink.error(name.span, "#endif without #if");
                }
            }
            Some(Word::Error) => {
                let text = self.lexer().map_or(String::new(), Lexer::rest_of_line);
                self.fatal(hash.span, &format!("#error directive: {text}"));
            }
            Some(Word::Warning) => {
                let text = self.lexer().map_or(String::new(), Lexer::rest_of_line);
                self.sink.warning(hash.span, format!("#warning directive: {text}"));
            }
            Some(Word::Pragma) => self.pragma(),
            Some(Word::Ident) => {
                self.rest_of_directive();
            }
            Some(Word::LineDirective) => {
                let line = self.rest_of_directive();
                let line = self.expand_all(line);
                self.line_mark(&line, name.span);
            }
            // `# 12 "file"`, as a preprocessor writes it
            _ if name.kind == Kind::Number => {
                let mut line = vec![name];
                line.extend(self.rest_of_directive());
                self.line_mark(&line, name.span);
            }
            _ => {
                self.rest_of_directive();
                self.sink.error(name.span, "unrecognized preprocessing directive");
            }
        }
    }

    fn define(&mut self, directive: Token) {
        let line = self.rest_of_directive();
        if line.is_empty() {
            return self.sink.error(directive.span, "expected an identifier after #define");
        }
        match macros::read_definition(&line, &self.names) {
            Err(diagnostic) => self.sink.push(diagnostic),
            Ok((name, definition)) => {
                if let Some(Some(old)) = self.macros.get(&name)
                    && !old.predefined
                    && !old.same_as(&definition)
                {
                    let message = format!("incompatible redefinition of macro \"{}\"", self.names.name(name));
                    let warning = Diagnostic::warning(line[0].span, message);
                    self.sink.push(warning.note(old.span, "the previous definition"));
                }
                self.macros.insert(name, Some(definition.into()));
            }
        }
    }

    /// Evaluates the rest of an `#if` or `#elif`.
    fn condition(&mut self, directive: Token) -> bool {
        let line = self.rest_of_directive();
        self.in_condition = true;
        let tokens = self.expand_all(line);
        self.in_condition = false;
        if self.stopped() {
            return false;
        }
        match condition::evaluate(&tokens, directive.span, &self.names) {
            Ok(value) => value,
            Err(diagnostic) => {
                self.sink.push(diagnostic);
                false
            }
        }
    }

    fn begin_group(&mut self, directive: Token, value: bool) {
        let Some(file) = self.files.last_mut() else { return };
        if file.groups.len() >= MAX_GROUPS {
            return self.fatal(directive.span, "conditional directives are nested too deeply");
        }
        file.groups.push(Group { span: directive.span, taken: value, seen_else: false });
        if !value {
            self.skip_group();
        }
    }

    /// Skips to the branch that is taken next, or past the `#endif`.
    fn skip_group(&mut self) {
        let mut depth = 0usize;
        loop {
            let found = match self.files.last_mut() {
                Some(file) => file.lexer.skip_to_directive(self.sink),
                None => false,
            };
            if !found {
                // The end of the file reports what is open.
                return;
            }
            let name = self.lex();
            if name.has(LINE_START) {
                if let Some(lexer) = self.lexer() {
                    lexer.return_to(name);
                }
                continue;
            }
            let word = if name.kind == Kind::Ident { Word::of(name.symbol) } else { None };
            match word {
                Some(Word::If | Word::Ifdef | Word::Ifndef) => depth += 1,
                Some(Word::Endif) if depth > 0 => depth -= 1,
                Some(Word::Endif) => {
                    self.rest_of_directive();
                    if let Some(file) = self.files.last_mut() {
                        file.groups.pop();
                    }
                    return;
                }
                Some(Word::Else | Word::Elif) if depth == 0 => {
                    let Some(group) = self.files.last_mut().and_then(|f| f.groups.last_mut()) else { return };
                    let is_else = word == Some(Word::Else);
                    let after_else = group.seen_else;
                    group.seen_else |= is_else;
                    let open = !group.taken;
                    if after_else {
                        self.sink.error(name.span, "#else or #elif after #else");
                    }
                    let value = if is_else {
                        self.rest_of_directive();
                        open
                    } else {
                        open && self.condition(name)
                    };
                    if value {
                        if let Some(group) = self.files.last_mut().and_then(|f| f.groups.last_mut()) {
                            group.taken = true;
                        }
                        return;
                    }
                    if self.stopped() {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn pragma(&mut self) {
        let line = self.rest_of_directive();
        if line.first().is_some_and(|t| t.kind == Kind::Ident && t.symbol == Word::Once.symbol())
            && let Some(file) = self.files.last()
        {
            self.once.insert(file.name.clone());
        }
    }

    fn line_mark(&mut self, line: &[Token], at: Span) {
        let number = line.first().filter(|t| t.kind == Kind::Number);
        let number = number.and_then(|t| spelling(*t, &self.names).parse::<u32>().ok());
        let Some(number) = number else {
            return self.sink.error(at, "expected a line number after #line");
        };
        let name = line.get(1).filter(|t| t.kind == Kind::String);
        let name = name.and_then(|t| literals::string(spelling(*t, &self.names)).ok());
        let name = name.map(|s| String::from_utf8_lossy(&s.bytes).into_owned());
        if let Some(pos) = self.lexer().map(|l| l.position()) {
            self.sources.mark_line(pos, number, name.as_deref());
        }
    }

    // ---------------------------------------------------------------- #include

    fn include_directive(&mut self, directive: Token) {
        let errors = self.sink.error_count();
        let angled = self.lexer().and_then(Lexer::angled_name);
        let (name, angled, span) = match angled {
            Some((name, span)) => {
                self.rest_of_directive();
                (name, true, span)
            }
            None => {
                let line = self.rest_of_directive();
                let line = self.expand_all(line);
                match line.first() {
                    Some(t) if t.kind == Kind::String => {
                        let text = spelling(*t, &self.names).trim_matches('"').to_string();
                        (text, false, t.span)
                    }
                    Some(t) if t.kind == Kind::Lt && !line.iter().any(|t| t.kind == Kind::Gt) => {
                        return self.sink.error(t.span, "missing closing \">\" of the file name");
                    }
                    Some(t) if t.kind == Kind::Lt => {
                        let inner = line[1..].iter().take_while(|t| t.kind != Kind::Gt);
                        let text: String = inner.map(|t| spelling(*t, &self.names)).collect();
                        (text, true, t.span)
                    }
                    // An unclosed quote has been reported.
                    _ if self.sink.error_count() > errors => return,
                    _ => return self.sink.error(directive.span, "expected a file name after #include"),
                }
            }
        };
        self.include(&name, angled, span);
    }

    /// Begins the header `name`; its text comes next.
    pub(super) fn include(&mut self, name: &str, angled: bool, span: Span) {
        if self.files.len() > MAX_INCLUDE_DEPTH {
            return self.fatal(span, "#include is nested too deeply");
        }
        match self.find(name, angled) {
            Some(Found::Memory(index)) => {
                let header = self.headers[index];
                if !self.once.contains(header.name) {
                    self.open(header.name, header.text.into(), SourceKind::Header, false, span);
                }
            }
            Some(Found::Library(name, text)) => {
                if !self.once.contains(name) {
                    self.open(name, text.into(), SourceKind::Header, false, span);
                }
            }
            Some(Found::Known(index)) => {
                let builtins = self.builtins;
                for (symbol, definition) in builtins.header(index) {
                    self.macros.entry(*symbol).or_insert_with(|| Some(definition.clone()));
                }
            }
            Some(Found::Disk(path, text)) => {
                let shown = path.to_string_lossy().into_owned();
                if !self.once.contains(&shown) {
                    self.open(&shown, text.into(), SourceKind::Header, true, span);
                }
            }
            Some(Found::TooLarge) => self.fatal(span, &format!("source file \"{name}\" is too large")),
            None => self.fatal(span, &format!("cannot open source file \"{name}\"")),
        }
    }

    pub(super) fn can_include(&self, name: &str) -> bool {
        self.find(name, true).is_some()
    }

    fn find(&self, name: &str, angled: bool) -> Option<Found> {
        let memory = |name: &str| self.headers.iter().position(|h| h.name == name).map(Found::Memory);
        let beside = self.files.last().map(|f| folder_of(&f.name)).unwrap_or(Path::new(""));
        if !angled
            && let Some(path) = beside.join(name).to_str()
            && let Some(found) = memory(path)
        {
            return Some(found);
        }
        if let Some(found) = memory(name).or_else(|| memory(name.strip_prefix("./")?)) {
            return Some(found);
        }
        let own = self.files.last().filter(|f| f.on_disk && !angled).map(|_| beside.to_path_buf());
        let folders = self.options.include_dirs.iter().map(PathBuf::from);
        // What lies beside the file that includes it is meant, and a header of the caller's own.
        if self.options.allow_disk && headers::is_standard(name) {
            let places = own.iter().cloned().chain(folders.clone());
            let mut theirs = places
                .filter(|folder| folder.join(name).is_file() && !headers::are_of_host(folder))
                .filter_map(|folder| read(&folder.join(name)));
            if let Some(found) = theirs.next() {
                return Some(found);
            }
        }
        if let Some((name, text)) = super::library::find(name) {
            return Some(Found::Library(name, text));
        }
        if let Some(index) = self.builtins.header_index(name) {
            return Some(Found::Known(index));
        }
        if !self.options.allow_disk {
            return None;
        }
        own.into_iter().chain(folders).find_map(|folder| read(&folder.join(name)))
    }
}

/// Reads an ordinary file of reasonable size; a pipe or a device would hang the compile.
fn read(path: &Path) -> Option<Found> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() {
        return None;
    }
    if meta.len() > super::MAX_TEXT as u64 {
        return Some(Found::TooLarge);
    }
    let bytes = std::fs::read(path).ok()?;
    Some(Found::Disk(path.to_path_buf(), String::from_utf8_lossy(&bytes).into_owned()))
}
