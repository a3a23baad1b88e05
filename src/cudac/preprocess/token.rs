//! Tokens: 16 bytes each, spelling by interned symbol. The same type serves the preprocessor and the parser.

use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// End of the text (also the parser's answer past the end).
    Eof,
    /// Identifiers and keywords.
    Ident,
    /// A preprocessing number, not yet checked.
    Number,
    /// With quotes and prefix, as spelled.
    Char,
    String,
    /// A character that begins no token.
    Other,
    /// In macro bodies: the parameter with number `symbol`.
    Param,
    /// Nothing, where `##` needs an operand; never leaves the preprocessor.
    Placemarker,
    /// End of an argument that is expanded by itself; never leaves the preprocessor.
    Barrier,
    LParen,
    RParen,
    LBracket,
    RBracket,
    LBrace,
    RBrace,
    Semi,
    Comma,
    Colon,
    ColonColon,
    Question,
    Dot,
    DotStar,
    Ellipsis,
    Arrow,
    ArrowStar,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Amp,
    Pipe,
    Caret,
    Tilde,
    Bang,
    Lt,
    Gt,
    LtEq,
    GtEq,
    EqEq,
    BangEq,
    AmpAmp,
    PipePipe,
    Shl,
    Shr,
    Eq,
    PlusEq,
    MinusEq,
    StarEq,
    SlashEq,
    PercentEq,
    AmpEq,
    PipeEq,
    CaretEq,
    ShlEq,
    ShrEq,
    PlusPlus,
    MinusMinus,
    Hash,
    HashHash,
}

impl Kind {
    /// How a punctuator is written; empty for the others.
    pub fn text(self) -> &'static str {
        PUNCTUATORS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, text)| text)
    }
}

/// Longest first where one begins another.
pub const PUNCTUATORS: &[(Kind, &str)] = &[
    (Kind::Ellipsis, "..."),
    (Kind::ArrowStar, "->*"),
    (Kind::ShlEq, "<<="),
    (Kind::ShrEq, ">>="),
    (Kind::ColonColon, "::"),
    (Kind::DotStar, ".*"),
    (Kind::Arrow, "->"),
    (Kind::LtEq, "<="),
    (Kind::GtEq, ">="),
    (Kind::EqEq, "=="),
    (Kind::BangEq, "!="),
    (Kind::AmpAmp, "&&"),
    (Kind::PipePipe, "||"),
    (Kind::Shl, "<<"),
    (Kind::Shr, ">>"),
    (Kind::PlusEq, "+="),
    (Kind::MinusEq, "-="),
    (Kind::StarEq, "*="),
    (Kind::SlashEq, "/="),
    (Kind::PercentEq, "%="),
    (Kind::AmpEq, "&="),
    (Kind::PipeEq, "|="),
    (Kind::CaretEq, "^="),
    (Kind::PlusPlus, "++"),
    (Kind::MinusMinus, "--"),
    (Kind::HashHash, "##"),
    (Kind::LParen, "("),
    (Kind::RParen, ")"),
    (Kind::LBracket, "["),
    (Kind::RBracket, "]"),
    (Kind::LBrace, "{"),
    (Kind::RBrace, "}"),
    (Kind::Semi, ";"),
    (Kind::Comma, ","),
    (Kind::Colon, ":"),
    (Kind::Question, "?"),
    (Kind::Dot, "."),
    (Kind::Plus, "+"),
    (Kind::Minus, "-"),
    (Kind::Star, "*"),
    (Kind::Slash, "/"),
    (Kind::Percent, "%"),
    (Kind::Amp, "&"),
    (Kind::Pipe, "|"),
    (Kind::Caret, "^"),
    (Kind::Tilde, "~"),
    (Kind::Bang, "!"),
    (Kind::Lt, "<"),
    (Kind::Gt, ">"),
    (Kind::Eq, "="),
    (Kind::Hash, "#"),
];

/// White space stands before the token.
pub const SPACE: u8 = 1;
/// First token of its line.
pub const LINE_START: u8 = 2;
/// An identifier that names a macro but was met inside that macro's own expansion: never expanded again.
pub const NO_EXPAND: u8 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    pub kind: Kind,
    pub flags: u8,
    /// The spelling of identifiers, numbers, literals and odd characters; `Symbol::NONE` for punctuators.
    pub symbol: Symbol,
    pub span: Span,
}

impl Token {
    pub const NO_SYMBOL: Symbol = Symbol(u32::MAX);

    pub fn new(kind: Kind, span: Span) -> Token {
        Token { kind, flags: 0, symbol: Token::NO_SYMBOL, span }
    }

    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}
