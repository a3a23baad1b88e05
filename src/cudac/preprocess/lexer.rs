//! Text to preprocessing tokens. Line splices, comments, raw strings and pp-numbers are done here; the lexer never
//! fails: what cannot be a token is reported and handed on as `Kind::Other`, or skipped.

use super::token::{Kind, LINE_START, SPACE, Token};
use super::words;
use crate::cudac::diagnostics::Diagnostics;
use crate::cudac::source::{Span, Text};
use crate::cudac::symbol::Interner;

#[derive(Clone, Debug)]
pub struct Lexer {
    text: Text,
    pos: usize,
    base: u32,
    /// Only white space since the last line break.
    line_start: bool,
}

fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b == b'$' || b >= 0x80
}

fn is_word(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit()
}

impl Lexer {
    pub fn new(text: Text, base: u32) -> Lexer {
        let pos = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Lexer { text, pos, base, line_start: true }
    }

    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn at(&self, pos: usize) -> u8 {
        self.bytes().get(pos).copied().unwrap_or(0)
    }

    fn is_end(&self, pos: usize) -> bool {
        pos >= self.text.len()
    }

    /// Length of the line splice at `pos`, or 0.
    fn splice(&self, pos: usize) -> usize {
        match self.bytes().get(pos..) {
            Some([b'\\', b'\n', ..]) => 2,
            Some([b'\\', b'\r', b'\n', ..]) => 3,
            _ => 0,
        }
    }

    fn skip_splices(&self, mut pos: usize) -> usize {
        loop {
            match self.splice(pos) {
                0 => return pos,
                n => pos += n,
            }
        }
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.base + from as u32, self.base + to as u32)
    }

    /// The position that the next token is looked for at.
    pub fn position(&self) -> u32 {
        self.base + self.pos as u32
    }

    /// Goes back to the start of a token of this text that began a line.
    pub fn return_to(&mut self, token: Token) {
        self.pos =
            if token.kind == Kind::Eof { self.text.len() } else { (token.span.lo - self.base) as usize };
        self.line_start = true;
    }

    /// White space and comments. Gives the flags of the token that follows.
    fn skip_blanks(&mut self, sink: &mut Diagnostics) -> u8 {
        let mut flags = if self.line_start { LINE_START } else { 0 };
        self.line_start = false;
        loop {
            match self.at(self.pos) {
                b'\n' => {
                    flags |= LINE_START | SPACE;
                    self.pos += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                    flags |= SPACE;
                    self.pos += 1;
                }
                b'\\' if self.splice(self.pos) > 0 => {
                    flags |= SPACE;
                    self.pos += self.splice(self.pos);
                }
                b'/' => {
                    let next = self.skip_splices(self.pos + 1);
                    match self.at(next) {
                        b'/' => self.pos = self.line_comment_end(next + 1),
                        b'*' => self.block_comment(next + 1, sink),
                        _ => return flags,
                    }
                    flags |= SPACE;
                }
                _ => return flags,
            }
        }
    }

    fn line_comment_end(&self, mut pos: usize) -> usize {
        while !self.is_end(pos) && self.at(pos) != b'\n' {
            pos += self.splice(pos).max(1);
        }
        pos
    }

    fn block_comment(&mut self, from: usize, sink: &mut Diagnostics) {
        let start = self.pos;
        match self.bytes()[from..].windows(2).position(|w| w == b"*/") {
            Some(n) => self.pos = from + n + 2,
            None => {
                sink.error(self.span(start, start + 2), "comment unclosed at end of file");
                self.pos = self.text.len();
            }
        }
    }

    pub fn next(&mut self, names: &mut Interner, sink: &mut Diagnostics) -> Token {
        let flags = self.skip_blanks(sink);
        let start = self.pos;
        if self.is_end(start) {
            let flags = flags | LINE_START;
            return Token { flags, ..Token::new(Kind::Eof, self.span(start, start)) };
        }
        let first = self.at(start);
        let mut token = if is_word_start(first) {
            self.word(names, sink)
        } else if first.is_ascii_digit() || (first == b'.' && self.at(start + 1).is_ascii_digit()) {
            self.number(names)
        } else if first == b'"' || first == b'\'' {
            self.quoted(start, start, names, sink)
        } else {
            self.punctuator(names, sink)
        };
        token.flags |= flags;
        token
    }

    fn finish(&mut self, kind: Kind, from: usize, to: usize, names: &mut Interner) -> Token {
        self.pos = to;
        let raw = &self.text[from..to];
        let symbol = if raw.contains("\\\n") || raw.contains("\\\r\n") {
            names.intern(&raw.replace("\\\r\n", "").replace("\\\n", ""))
        } else {
            names.intern(raw)
        };
        Token { symbol, ..Token::new(kind, self.span(from, to)) }
    }

    fn word(&mut self, names: &mut Interner, sink: &mut Diagnostics) -> Token {
        let start = self.pos;
        let mut end = start;
        loop {
            while is_word(self.at(end)) {
                end += 1;
            }
            let past = self.skip_splices(end);
            if past == end || !is_word(self.at(past)) {
                break;
            }
            end = past;
        }
        if matches!(self.at(end), b'"' | b'\'') {
            let prefix = &self.text[start..end];
            if matches!(prefix, "R" | "LR" | "uR" | "UR" | "u8R") && self.at(end) == b'"' {
                return self.raw_string(start, end, names, sink);
            }
            if matches!(prefix, "L" | "u" | "U" | "u8") {
                return self.quoted(start, end, names, sink);
            }
        }
        let mut token = self.finish(Kind::Ident, start, end, names);
        if let Some(kind) = words::alternative(token.symbol) {
            token.kind = kind;
        }
        token
    }

    fn number(&mut self, names: &mut Interner) -> Token {
        let start = self.pos;
        let mut end = start;
        loop {
            let b = self.at(end);
            if matches!(b, b'e' | b'E' | b'p' | b'P') && matches!(self.at(end + 1), b'+' | b'-') {
                // `0xE+1` is one pp-number in the standard, and an error; like every compiler's user we mean the sum.
                let hex = self.at(start) == b'0' && matches!(self.at(start + 1), b'x' | b'X');
                end += if hex && matches!(b, b'e' | b'E') { 1 } else { 2 };
            } else if is_word(b) || b == b'.' || (b == b'\'' && is_word(self.at(end + 1))) {
                end += 1;
            } else {
                let past = self.skip_splices(end);
                if past == end || !(is_word(self.at(past)) || self.at(past) == b'.') {
                    break;
                }
                end = past;
            }
        }
        self.finish(Kind::Number, start, end, names)
    }

    /// `quote` is where the opening quote stands, after a prefix.
    fn quoted(&mut self, start: usize, quote: usize, names: &mut Interner, sink: &mut Diagnostics) -> Token {
        let mark = self.at(quote);
        let kind = if mark == b'"' { Kind::String } else { Kind::Char };
        let mut end = quote + 1;
        loop {
            let b = self.at(end);
            if b == b'\n' || self.is_end(end) {
                let what = if kind == Kind::String { "string literal" } else { "character constant" };
                sink.error(self.span(start, end), format!("missing closing quote in {what}"));
                let mut token = self.finish(Kind::Other, start, end.min(self.text.len()), names);
                token.span.hi = token.span.lo + 1;
                return token;
            }
            end += 1;
            if b == mark {
                return self.finish(kind, start, end, names);
            }
            if b == b'\\' {
                // The escaped character, which may be a quote; a splice is two or three bytes of no meaning.
                end += self.splice(end - 1).saturating_sub(1).max(1);
                while !self.text.is_char_boundary(end.min(self.text.len())) {
                    end += 1;
                }
            }
        }
    }

    fn raw_string(
        &mut self,
        start: usize,
        quote: usize,
        names: &mut Interner,
        sink: &mut Diagnostics,
    ) -> Token {
        let rest = &self.text[quote + 1..];
        let end = rest.find('(').filter(|n| *n <= 16).and_then(|n| {
            let close = format!("){}\"", &rest[..n]);
            rest[n..].find(&close).map(|m| quote + 1 + n + m + close.len())
        });
        let Some(end) = end else {
            sink.error(self.span(start, quote + 1), "raw string literal is not closed");
            self.pos = self.text.len();
            return Token::new(Kind::Other, self.span(start, quote + 1));
        };
        self.pos = end;
        let symbol = names.intern(&self.text[start..end]);
        Token { symbol, ..Token::new(Kind::String, self.span(start, end)) }
    }

    fn punctuator(&mut self, names: &mut Interner, sink: &mut Diagnostics) -> Token {
        use Kind::*;
        let start = self.pos;
        let a = self.at(start);
        // A splice inside of a punctuator is not worth care: `+\` newline `=` are two tokens.
        let (b, c) = (self.at(start + 1), self.at(start + 2));
        let (kind, len) = match (a, b, c) {
            (b'(', ..) => (LParen, 1),
            (b')', ..) => (RParen, 1),
            (b'[', ..) => (LBracket, 1),
            (b']', ..) => (RBracket, 1),
            (b'{', ..) => (LBrace, 1),
            (b'}', ..) => (RBrace, 1),
            (b';', ..) => (Semi, 1),
            (b',', ..) => (Comma, 1),
            (b'?', ..) => (Question, 1),
            (b'~', ..) => (Tilde, 1),
            (b':', b':', _) => (ColonColon, 2),
            (b':', ..) => (Colon, 1),
            (b'.', b'.', b'.') => (Ellipsis, 3),
            (b'.', b'*', _) => (DotStar, 2),
            (b'.', ..) => (Dot, 1),
            (b'-', b'>', b'*') => (ArrowStar, 3),
            (b'-', b'>', _) => (Arrow, 2),
            (b'-', b'-', _) => (MinusMinus, 2),
            (b'-', b'=', _) => (MinusEq, 2),
            (b'-', ..) => (Minus, 1),
            (b'+', b'+', _) => (PlusPlus, 2),
            (b'+', b'=', _) => (PlusEq, 2),
            (b'+', ..) => (Plus, 1),
            (b'*', b'=', _) => (StarEq, 2),
            (b'*', ..) => (Star, 1),
            (b'/', b'=', _) => (SlashEq, 2),
            (b'/', ..) => (Slash, 1),
            (b'%', b'=', _) => (PercentEq, 2),
            (b'%', ..) => (Percent, 1),
            (b'&', b'&', _) => (AmpAmp, 2),
            (b'&', b'=', _) => (AmpEq, 2),
            (b'&', ..) => (Amp, 1),
            (b'|', b'|', _) => (PipePipe, 2),
            (b'|', b'=', _) => (PipeEq, 2),
            (b'|', ..) => (Pipe, 1),
            (b'^', b'=', _) => (CaretEq, 2),
            (b'^', ..) => (Caret, 1),
            (b'!', b'=', _) => (BangEq, 2),
            (b'!', ..) => (Bang, 1),
            (b'=', b'=', _) => (EqEq, 2),
            (b'=', ..) => (Kind::Eq, 1),
            (b'<', b'<', b'=') => (ShlEq, 3),
            (b'<', b'<', _) => (Shl, 2),
            (b'<', b'=', _) => (LtEq, 2),
            (b'<', ..) => (Lt, 1),
            (b'>', b'>', b'=') => (ShrEq, 3),
            (b'>', b'>', _) => (Shr, 2),
            (b'>', b'=', _) => (GtEq, 2),
            (b'>', ..) => (Gt, 1),
            (b'#', b'#', _) => (HashHash, 2),
            (b'#', ..) => (Hash, 1),
            _ => {
                if a < 0x20 || a == 0x7f {
                    sink.error(self.span(start, start + 1), "unrecognized token");
                }
                return self.finish(Other, start, start + 1, names);
            }
        };
        self.pos = start + len;
        Token::new(kind, self.span(start, start + len))
    }

    /// `<...>` of an `#include`, if that comes next.
    pub fn angled_name(&mut self) -> Option<(String, Span)> {
        let mut start = self.pos;
        while matches!(self.at(start), b' ' | b'\t') {
            start += 1;
        }
        let rest = self.text[start..].strip_prefix('<')?;
        let end = rest.find(['>', '\n'])?;
        if rest.as_bytes()[end] != b'>' {
            return None;
        }
        let name = rest[..end].to_string();
        self.pos = start + end + 2;
        Some((name, self.span(start, self.pos)))
    }

    /// The rest of the line as written, without comments being anything special.
    pub fn rest_of_line(&mut self) -> String {
        let end = self.line_comment_end(self.pos);
        let text = self.text[self.pos..end].replace("\\\r\n", " ").replace("\\\n", " ");
        self.pos = end;
        text.trim().to_string()
    }

    /// In a group that is skipped: goes to the next line that begins with `#` and stands behind the `#`. False at the
    /// end. Nothing is interned and nothing but an open comment is reported.
    pub fn skip_to_directive(&mut self, sink: &mut Diagnostics) -> bool {
        loop {
            let flags = self.skip_blanks(sink);
            if self.is_end(self.pos) {
                return false;
            }
            if flags & LINE_START != 0 && self.at(self.pos) == b'#' {
                self.pos += 1;
                return true;
            }
            // The rest of a token or of a literal; broken literals end at the line.
            let b = self.at(self.pos);
            self.pos += 1;
            if b == b'"' || b == b'\'' {
                let mut end = self.pos;
                while !self.is_end(end) && self.at(end) != b'\n' && self.at(end) != b {
                    end += self.splice(end).max(if self.at(end) == b'\\' { 2 } else { 1 });
                }
                if self.at(end) == b {
                    self.pos = end + 1;
                }
            } else if is_word(b) {
                while is_word(self.at(self.pos)) {
                    self.pos += 1;
                }
                if matches!(self.at(self.pos), b'\'') && b.is_ascii_digit() {
                    self.pos += 1;
                }
            }
            while !self.is_end(self.pos) && !self.text.is_char_boundary(self.pos) {
                self.pos += 1;
            }
        }
    }
}
