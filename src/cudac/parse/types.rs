//! Declaration specifiers and type names.

use super::ast::{AlignArg, BuiltinType, Cv, Expr, Specifiers, Tag, TypeKind, TypeSyntax};
use super::names::NameContext;
use super::parser::{PResult, Parser};
use super::scope::{NameInfo, NameKind};
use crate::cudac::preprocess::token::Kind;
use crate::cudac::preprocess::words::Word;
use crate::cudac::source::Span;

/// Everything that stands before the declarators.
pub struct DeclSpec {
    pub specs: Specifiers,
    /// `None` for constructors, destructors and conversions.
    pub ty: Option<TypeSyntax>,
    pub is_typedef: bool,
    pub is_friend: bool,
    pub span: Span,
}

/// The words of built-in types seen so far.
#[derive(Default)]
struct TypeWords {
    base: Option<Word>,
    longs: u32,
    short: bool,
    signed: bool,
    unsigned: bool,
}

impl TypeWords {
    fn any(&self) -> bool {
        self.base.is_some() || self.longs > 0 || self.short || self.signed || self.unsigned
    }

    /// Whether this word, which may be there once, is there already.
    fn repeats(&self, word: Word) -> bool {
        match word {
            Word::Unsigned => self.unsigned,
            Word::Short => self.short,
            _ => self.signed,
        }
    }

    fn resolve(&self) -> Option<BuiltinType> {
        use BuiltinType as T;
        let (u, plain) = (self.unsigned, self.longs == 0 && !self.short);
        let no_sign = !self.signed && !self.unsigned;
        if self.signed && self.unsigned || self.short && self.longs > 0 {
            return None;
        }
        let pick = |unsigned: T, signed: T| Some(if u { unsigned } else { signed });
        match self.base {
            None | Some(Word::Int) => match (self.short, self.longs) {
                (true, _) => pick(T::UShort, T::Short),
                (_, 0) => pick(T::UInt, T::Int),
                (_, 1) => pick(T::ULong, T::Long),
                (_, 2) => pick(T::ULongLong, T::LongLong),
                _ => None,
            },
            Some(Word::Char) if plain => {
                if no_sign {
                    Some(T::Char)
                } else {
                    pick(T::UChar, T::SChar)
                }
            }
            Some(Word::Int128) if plain => pick(T::UInt128, T::Int128),
            Some(Word::Int64) if plain => pick(T::ULongLong, T::LongLong),
            Some(Word::Double) if no_sign && !self.short => match self.longs {
                0 => Some(T::Double),
                1 => Some(T::LongDouble),
                _ => None,
            },
            Some(word) if plain && no_sign => match word {
                Word::Void => Some(T::Void),
                Word::Bool => Some(T::Bool),
                Word::Float => Some(T::Float),
                Word::WChar => Some(T::WChar),
                Word::Char8 => Some(T::Char8),
                Word::Char16 => Some(T::Char16),
                Word::Char32 => Some(T::Char32),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Parser<'_> {
    /// Specifiers of a declaration. `need_type`: a type must be among them (parameters, type names).
    pub fn decl_spec(&mut self, need_type: bool) -> PResult<DeclSpec> {
        let start = self.span();
        let mut specs = Specifiers { extern_c: self.extern_c, ..Specifiers::default() };
        let mut cv = Cv::default();
        let mut words = TypeWords::default();
        let mut ty: Option<TypeSyntax> = None;
        let (mut is_typedef, mut is_friend) = (false, false);
        let type_start = self.span();
        loop {
            let at = self.span();
            if self.attribute(&mut specs)? {
                continue;
            }
            let have_type = ty.is_some() || words.any();
            let Some(word) = self.word() else {
                // `::name` or nothing of a specifier.
                if !have_type && self.kind() == Kind::ColonColon && self.takes_type(need_type)? {
                    ty = Some(self.named_type(false)?);
                    continue;
                }
                if !have_type && self.ident().is_some() && self.takes_type(need_type)? {
                    ty = Some(self.named_type(false)?);
                    continue;
                }
                break;
            };
            use Word::*;
            // `struct S {...}` without its semicolon, and the next declaration.
            let defines =
                ty.as_ref().is_some_and(|t| matches!(t.kind, TypeKind::Record(_) | TypeKind::Enum(_)));
            if defines && matches!(word, Extern | Global | Static | Inline) {
                return Err(self.expected("a \";\""));
            }
            match word {
                Const | Const2 | Const3 => cv.is_const = true,
                Volatile | Volatile2 | Volatile3 => cv.is_volatile = true,
                Restrict | Restrict2 | Extension | InlineHint => {}
                Static if specs.is_static => {
                    return Err(self.error(at, "more than one storage class may not be specified"));
                }
                Static => specs.is_static = true,
                Extern => {
                    specs.is_extern = true;
                    if self.kind_at(1) == Kind::String {
                        self.bump();
                        specs.extern_c = self.linkage()?;
                        continue;
                    }
                }
                Inline | Inline2 | Inline3 => specs.is_inline = true,
                Forceinline | Forceinline2 => specs.forceinline = true,
                Noinline => specs.noinline = true,
                Register => specs.is_register = true,
                ThreadLocal | Thread => specs.thread_local = true,
                Constexpr | Constinit | Consteval => specs.is_constexpr = true,
                Virtual => specs.is_virtual = true,
                Mutable => specs.is_mutable = true,
                Typedef => is_typedef = true,
                Friend => is_friend = true,
                Global => (specs.global, specs.global_at) = (true, at),
                Device => specs.device = true,
                Host => specs.host = true,
                Shared => specs.shared = true,
                Constant => specs.constant = true,
                Managed => specs.managed = true,
                GridConstant => specs.grid_constant = true,
                Explicit => {
                    specs.is_explicit = true;
                    if self.kind_at(1) == Kind::LParen {
                        self.bump();
                        self.skip_group(Kind::LParen, Kind::RParen)?;
                        continue;
                    }
                }
                LaunchBounds => {
                    self.bump();
                    specs.launch_bounds = self.paren_exprs()?;
                    match specs.launch_bounds.as_slice() {
                        [] => return Err(self.error(self.last_span(), "expected an expression")),
                        [_, _, _, extra, ..] => {
                            return Err(
                                self.error(extra.span, "__launch_bounds__ has at most three arguments")
                            );
                        }
                        _ => {}
                    }
                    continue;
                }
                MaxNReg | ClusterDims | BlockSize => {
                    self.bump();
                    self.skip_group(Kind::LParen, Kind::RParen)?;
                    continue;
                }
                Signed | Signed2 | Unsigned | Short if words.repeats(word) => {
                    return Err(self.error(at, "duplicate specifier in declaration"));
                }
                Signed | Signed2 if ty.is_none() => words.signed = true,
                Unsigned if ty.is_none() => words.unsigned = true,
                Short if ty.is_none() => words.short = true,
                Long if ty.is_none() => words.longs += 1,
                Void | Bool | Char | Int | Float | Double | WChar | Char8 | Char16 | Char32 | Int128
                | Int64
                    if ty.is_none() =>
                {
                    let doubled = words.base.is_some();
                    if doubled {
                        return Err(self.error(at, "invalid combination of type specifiers"));
                    }
                    words.base = Some(word);
                }
                Struct | Class | Union if !have_type => {
                    ty = Some(self.nested(Self::record_specifier)?);
                    continue;
                }
                Enum if !have_type => {
                    ty = Some(self.enum_specifier()?);
                    continue;
                }
                Auto if !have_type => {
                    self.bump();
                    ty = Some(TypeSyntax { kind: TypeKind::Auto, cv: Cv::default(), span: at });
                    continue;
                }
                Typename if !have_type => {
                    self.bump();
                    ty = Some(self.named_type(true)?);
                    continue;
                }
                Decltype | Typeof | Typeof2 | Typeof3 if !have_type => {
                    let known = self.decltype()?;
                    ty = Some(if self.kind() == Kind::ColonColon {
                        let name = self.nested(|p| p.name_in(known, NameContext::Type))?;
                        TypeSyntax {
                            span: name.span,
                            kind: TypeKind::Named { name, typename: false },
                            cv: Cv::default(),
                        }
                    } else {
                        known
                    });
                    continue;
                }
                UnderlyingType if !have_type => {
                    self.bump();
                    self.expect(Kind::LParen)?;
                    let of = self.nested(Self::type_id)?;
                    self.expect(Kind::RParen)?;
                    let kind = TypeKind::Underlying(Box::new(of));
                    ty = Some(TypeSyntax { kind, cv: Cv::default(), span: self.since(type_start) });
                    continue;
                }
                _ if self.ident().is_some() && !have_type && self.takes_type(need_type)? => {
                    ty = Some(self.named_type(false)?);
                    continue;
                }
                _ => break,
            }
            self.bump();
        }
        if words.any() {
            if ty.is_some() {
                return Err(self.error(type_start, "invalid combination of type specifiers"));
            }
            let Some(builtin) = words.resolve() else {
                return Err(self.error(type_start, "invalid combination of type specifiers"));
            };
            ty = Some(TypeSyntax { kind: TypeKind::Builtin(builtin), cv, span: self.since(type_start) });
        }
        if let Some(ty) = &mut ty {
            ty.cv.is_const |= cv.is_const;
            ty.cv.is_volatile |= cv.is_volatile;
        } else if need_type {
            return Err(self.expected("a type specifier"));
        }
        Ok(DeclSpec { specs, ty, is_typedef, is_friend, span: self.since(start) })
    }

    /// Whether the name here is taken as the type of a declaration.
    fn takes_type(&mut self, need_type: bool) -> PResult<bool> {
        let Some(sight) = self.sight() else { return Ok(false) };
        if sight.special {
            return Ok(false);
        }
        let class = self.classes.last().copied().flatten();
        if !sight.qualified && self.ident() == class && self.kind_at(sight.len) == Kind::LParen {
            // A constructor, unless the parenthesis begins a declarator (`S (*f)();`).
            return Ok(need_type || matches!(self.kind_at(sight.len + 1), Kind::Star | Kind::Amp));
        }
        if need_type {
            return Ok(true);
        }
        match sight.info {
            Some(info) if info.kind.is_type() => Ok(true),
            Some(NameInfo { kind: NameKind::Namespace, .. }) => Ok(false),
            Some(_) if sight.qualified => Ok(false),
            // A value's name in the place of a type may be hidden knowledge (a name used for both), if a declarator follows.
            _ => {
                let after = self.look(sight.len);
                let declares = match after.kind {
                    Kind::Ident => true,
                    Kind::Star | Kind::Amp | Kind::AmpAmp => {
                        self.ident_at(sight.len + 1).is_some()
                            || self.kind_at(sight.len + 1) == Kind::Star
                            || self.word_at(sight.len + 1).is_some()
                    }
                    _ => false,
                };
                if declares && sight.info.is_none() && !sight.qualified && self.is_unknown_marker(sight.len) {
                    let text = self.ident().map_or("", |s| self.name_of(s)).to_string();
                    return Err(self.error(self.span(), format!("identifier \"{text}\" is undefined")));
                }
                Ok(declares)
            }
        }
    }

    /// An undeclared name before something that is a type itself: a macro that nobody defined.
    fn is_unknown_marker(&mut self, len: usize) -> bool {
        let mark = self.mark();
        for _ in 0..len {
            self.bump();
        }
        use Word::*;
        let storage = matches!(
            self.word(),
            Some(
                Global
                    | Device
                    | Host
                    | Static
                    | Inline
                    | Extern
                    | Void
                    | Int
                    | Float
                    | Double
                    | Unsigned
                    | Struct
                    | Template
            )
        );
        self.reset(mark);
        storage
    }

    /// `T`, `ns::S<int>`; the name stands here.
    pub fn named_type(&mut self, typename: bool) -> PResult<TypeSyntax> {
        let start = self.span();
        let (name, _) = self.nested(|p| p.name(NameContext::Type))?;
        Ok(TypeSyntax {
            kind: TypeKind::Named { name, typename },
            cv: Cv::default(),
            span: self.since(start),
        })
    }

    pub fn decltype(&mut self) -> PResult<TypeSyntax> {
        // What looks like a type, `T(f<U>())`, is an expression there; only `typeof` takes both.
        let takes_type = !self.is_word(Word::Decltype);
        let start = self.bump().span;
        self.expect(Kind::LParen)?;
        let kind = if self.is_word(Word::Auto) && self.kind_at(1) == Kind::RParen {
            self.bump();
            TypeKind::DecltypeAuto
        } else if takes_type
            && self.is_type_start()
            && let mark = self.mark()
            && let Some(ty) = self.type_before_paren(mark)
        {
            // `typeof(int)`
            self.expect(Kind::RParen)?;
            return Ok(ty);
        } else {
            let outer = std::mem::replace(&mut self.no_gt, false);
            let expr = self.nested(Self::expr);
            self.no_gt = outer;
            TypeKind::Decltype(Box::new(expr?))
        };
        self.expect(Kind::RParen)?;
        Ok(TypeSyntax { kind, cv: Cv::default(), span: self.since(start) })
    }

    /// A type that ends at `)`, or nothing consumed.
    pub fn type_before_paren(&mut self, mark: super::parser::Mark) -> Option<TypeSyntax> {
        if let Ok(ty) = self.nested(Self::type_id)
            && self.kind() == Kind::RParen
        {
            return Some(ty);
        }
        self.reset(mark);
        None
    }

    /// `const float *`, `int (*)[4]`: a type without a name.
    pub fn type_id(&mut self) -> PResult<TypeSyntax> {
        let spec = self.nested(|p| p.decl_spec(true))?;
        let Some(base) = spec.ty else { return Err(self.expected("a type specifier")) };
        self.abstract_declarator(base)
    }

    /// The target of a conversion function: specifiers and `*`/`&`, but no parentheses.
    pub fn conversion_type(&mut self) -> PResult<TypeSyntax> {
        let spec = self.nested(|p| p.decl_spec(true))?;
        let Some(base) = spec.ty else { return Err(self.expected("a type specifier")) };
        let mut chunks = Vec::new();
        self.pointer_chunks(&mut chunks)?;
        Ok(self.apply_chunks(base, chunks))
    }

    /// `"C"` behind `extern`; true for C.
    pub fn linkage(&mut self) -> PResult<bool> {
        let token = self.bump();
        match self.name_of(token.symbol) {
            "\"C\"" => Ok(true),
            "\"C++\"" => Ok(false),
            _ => Err(self.error(token.span, "unknown linkage: expected \"C\" or \"C++\"")),
        }
    }

    /// `(a, b, c)`
    pub fn paren_exprs(&mut self) -> PResult<Vec<Expr>> {
        self.expect(Kind::LParen)?;
        let outer = std::mem::replace(&mut self.no_gt, false);
        let list = self.nested(|p| p.expr_list(Kind::RParen));
        self.no_gt = outer;
        list
    }

    // ------------------------------------------------------------ attributes

    /// One attribute in any of the spellings, if one stands here.
    pub fn attribute(&mut self, specs: &mut Specifiers) -> PResult<bool> {
        match self.word() {
            Some(Word::Alignas | Word::Align | Word::Builtin_align) => {
                self.bump();
                self.expect(Kind::LParen)?;
                let mark = self.mark();
                let arg = if self.is_type_start()
                    && let Some(ty) = self.type_before_paren(mark)
                {
                    AlignArg::Type(ty)
                } else {
                    AlignArg::Expr(self.nested(Self::assignment)?)
                };
                specs.align.push(arg);
                self.eat(Kind::Ellipsis);
                self.expect(Kind::RParen)?;
                Ok(true)
            }
            Some(Word::DeviceBuiltin) => {
                self.bump();
                Ok(true)
            }
            Some(Word::Attribute | Word::Attribute2) => {
                self.bump();
                self.expect(Kind::LParen)?;
                self.expect(Kind::LParen)?;
                self.attribute_list(specs, Kind::RParen)?;
                self.expect(Kind::RParen)?;
                self.expect(Kind::RParen)?;
                Ok(true)
            }
            Some(Word::Declspec) => {
                self.bump();
                self.expect(Kind::LParen)?;
                self.attribute_list(specs, Kind::RParen)?;
                self.expect(Kind::RParen)?;
                Ok(true)
            }
            None if self.kind() == Kind::LBracket && self.kind_at(1) == Kind::LBracket => {
                self.bump();
                self.bump();
                self.attribute_list(specs, Kind::RBracket)?;
                self.expect(Kind::RBracket)?;
                self.expect(Kind::RBracket)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Attributes in any order; unknown ones mean nothing.
    fn attribute_list(&mut self, specs: &mut Specifiers, close: Kind) -> PResult<()> {
        while self.kind() != close {
            if matches!(self.kind(), Kind::Comma | Kind::ColonColon | Kind::Colon) {
                self.bump();
                continue;
            }
            let word = self.word();
            let token = self.bump();
            match word {
                Some(Word::Aligned | Word::Aligned2 | Word::Align) if self.kind() == Kind::LParen => {
                    let mut args = self.paren_exprs()?;
                    if let Some(arg) = args.pop() {
                        specs.align.push(AlignArg::Expr(arg));
                    }
                    continue;
                }
                Some(Word::Aligned | Word::Aligned2) => specs.align.push(AlignArg::Max),
                Some(Word::Packed | Word::Packed2) => specs.packed = true,
                Some(Word::AlwaysInline | Word::AlwaysInline2) => specs.forceinline = true,
                Some(Word::NoinlineAttr | Word::Noinline) => specs.noinline = true,
                Some(Word::Noreturn | Word::Noreturn2) => specs.noreturn = true,
                Some(Word::GlobalAttr) => (specs.global, specs.global_at) = (true, token.span),
                Some(Word::DeviceAttr) => specs.device = true,
                Some(Word::HostAttr) => specs.host = true,
                Some(Word::SharedAttr) => specs.shared = true,
                Some(Word::ConstantAttr) => specs.constant = true,
                _ => {}
            }
            if token.kind == Kind::Eof {
                return Err(self.expected("the end of an attribute"));
            }
            if self.kind() == Kind::LParen {
                self.skip_group(Kind::LParen, Kind::RParen)?;
            }
            if word != Some(Word::Using)
                && self.kind() != close
                && !matches!(self.kind(), Kind::Comma | Kind::ColonColon | Kind::Colon)
            {
                return Err(self.expected("a \",\""));
            }
        }
        Ok(())
    }

    /// The tag behind `struct`, `class`, `union`, `enum`.
    pub fn tag(&self) -> Option<Tag> {
        match self.word()? {
            Word::Struct => Some(Tag::Struct),
            Word::Class => Some(Tag::Class),
            Word::Union => Some(Tag::Union),
            Word::Enum => Some(Tag::Enum),
            _ => None,
        }
    }
}
