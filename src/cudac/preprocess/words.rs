//! Words with a meaning, interned first in every compile so that their symbols are constants.

use super::token::Kind;
use crate::cudac::symbol::Symbol;

macro_rules! words {
    ($($name:ident $text:literal)*) => {
        /// Keywords up to `LAST_KEYWORD`; the rest are names that some stage looks for.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u32)]
        #[allow(non_camel_case_types, reason = "the words are spelled as in the language")]
        pub enum Word { $($name),* }

        const WORDS: &[Word] = &[$(Word::$name),*];
        const TEXTS: &[&str] = &[$($text),*];
    };
}

words! {
    If "if" Else "else" For "for" While "while" Do "do" Switch "switch" Case "case" Default "default"
    Break "break" Continue "continue" Return "return" Goto "goto"
    Void "void" Bool "bool" Char "char" Short "short" Int "int" Long "long" Float "float" Double "double"
    Signed "signed" Unsigned "unsigned" WChar "wchar_t" Char8 "char8_t" Char16 "char16_t" Char32 "char32_t"
    Int128 "__int128" Signed2 "__signed__" Int64 "__int64"
    Const "const" Const2 "__const" Const3 "__const__" Volatile "volatile" Volatile2 "__volatile__" Volatile3 "__volatile"
    Restrict "__restrict__" Restrict2 "__restrict"
    Struct "struct" Class "class" Union "union" Enum "enum" Typedef "typedef" Using "using"
    Namespace "namespace" Template "template" Typename "typename" Operator "operator" Friend "friend"
    Public "public" Protected "protected" Private "private" Virtual "virtual" Explicit "explicit" Mutable "mutable"
    Static "static" Extern "extern" Inline "inline" Inline2 "__inline__" Inline3 "__inline" Forceinline "__forceinline__"
    Forceinline2 "__forceinline" Noinline "__noinline__" InlineHint "__inline_hint__" Register "register" ThreadLocal "thread_local" Thread "__thread"
    Constexpr "constexpr" Constinit "constinit" Consteval "consteval" Auto "auto" Decltype "decltype" Typeof "typeof"
    Typeof2 "__typeof__" Typeof3 "__typeof" UnderlyingType "__underlying_type" Alignas "alignas" Alignof "alignof" Alignof2 "__alignof__" Alignof3 "__alignof" Sizeof "sizeof" Noexcept "noexcept"
    StaticAssert "static_assert" StaticAssert2 "_Static_assert" True "true" False "false" Nullptr "nullptr" Null "__null" This "this"
    New "new" Delete "delete" Throw "throw" Try "try" Catch "catch" Typeid "typeid"
    StaticCast "static_cast" ReinterpretCast "reinterpret_cast" ConstCast "const_cast" DynamicCast "dynamic_cast"
    Asm "asm" Asm2 "__asm__" Asm3 "__asm" Attribute "__attribute__" Attribute2 "__attribute" Declspec "__declspec" Extension "__extension__"
    Global "__global__" Device "__device__" Host "__host__" Shared "__shared__" Constant "__constant__"
    Managed "__managed__" GridConstant "__grid_constant__" LaunchBounds "__launch_bounds__" Align "__align__"
    MaxNReg "__maxnreg__" ClusterDims "__cluster_dims__" BlockSize "__block_size__" Builtin_align "__builtin_align__"
    DeviceBuiltin "__device_builtin__"
    And "and" Or "or" Not "not" Xor "xor" BitAnd "bitand" BitOr "bitor" Compl "compl" AndEq "and_eq" OrEq "or_eq"
    XorEq "xor_eq" NotEq "not_eq"
    // ---- not keywords
    Override "override" Final "final" Offsetof "offsetof" BuiltinOffsetof "__builtin_offsetof" Defined "defined"
    VaArgs "__VA_ARGS__" VaOpt "__VA_OPT__" File "__FILE__" Line "__LINE__" Counter "__COUNTER__" Date "__DATE__" Time "__TIME__"
    Pragma2 "_Pragma" HasInclude "__has_include" HasBuiltin "__has_builtin" HasFeature "__has_feature"
    HasAttribute "__has_attribute" HasCppAttribute "__has_cpp_attribute" Assert "assert" Ndebug "NDEBUG"
    Define "define" Undef "undef" Include "include" Ifdef "ifdef" Ifndef "ifndef" Elif "elif" Endif "endif"
    Error "error" Warning "warning" Pragma "pragma" LineDirective "line" Once "once" Std "std" Aligned "aligned" Aligned2 "__aligned__"
    Packed "packed" Packed2 "__packed__" AlwaysInline "always_inline" AlwaysInline2 "__always_inline__" NoinlineAttr "noinline"
    Noreturn "noreturn" Noreturn2 "__noreturn__" Ident "ident" GlobalAttr "global" DeviceAttr "device" HostAttr "host" SharedAttr "shared"
    ConstantAttr "constant" Main "main" Requires "requires" Concept "concept" BuiltinVaArg "__builtin_va_arg" IncludeNext "include_next"
    IncludeLevel "__INCLUDE_LEVEL__" Nameless ""
}

const LAST_KEYWORD: Word = Word::NotEq;

impl Word {
    pub const fn symbol(self) -> Symbol {
        Symbol(self as u32)
    }

    /// The word behind a symbol, keyword or not.
    pub fn of(symbol: Symbol) -> Option<Word> {
        WORDS.get(symbol.0 as usize).copied()
    }

    pub fn text(self) -> &'static str {
        TEXTS[self as usize]
    }
}

/// True for names that a program cannot use for its own things.
pub fn is_keyword(symbol: Symbol) -> bool {
    symbol.0 <= LAST_KEYWORD as u32
}

/// The punctuator that an alternative token stands for.
pub fn alternative(symbol: Symbol) -> Option<Kind> {
    if symbol.0 < Word::And as u32 || symbol.0 > LAST_KEYWORD as u32 {
        return None;
    }
    Some(match WORDS[symbol.0 as usize] {
        Word::And => Kind::AmpAmp,
        Word::Or => Kind::PipePipe,
        Word::Not => Kind::Bang,
        Word::Xor => Kind::Caret,
        Word::BitAnd => Kind::Amp,
        Word::BitOr => Kind::Pipe,
        Word::Compl => Kind::Tilde,
        Word::AndEq => Kind::AmpEq,
        Word::OrEq => Kind::PipeEq,
        Word::XorEq => Kind::CaretEq,
        _ => Kind::BangEq,
    })
}

/// All words, in the order of their symbols: the first of the fixed names.
pub fn texts() -> &'static [&'static str] {
    TEXTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::builtins::FIXED_NAMES;
    use crate::cudac::symbol::Interner;

    #[test]
    fn words_have_their_own_symbols() {
        let interner = Interner::over(&FIXED_NAMES);
        for (number, text) in TEXTS.iter().enumerate() {
            assert_eq!(interner.lookup(text), Some(Symbol(number as u32)), "`{text}` is listed twice");
        }
        assert_eq!(interner.lookup("__shared__"), Some(Word::Shared.symbol()));
        assert_eq!(Word::of(Word::Offsetof.symbol()), Some(Word::Offsetof));
        assert!(is_keyword(Word::While.symbol()) && !is_keyword(Word::Override.symbol()));
        assert_eq!(alternative(Word::NotEq.symbol()), Some(Kind::BangEq));
        assert_eq!(alternative(Word::If.symbol()), None);
    }
}
