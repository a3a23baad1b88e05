//! The untyped tree of a translation unit: C++ as written, names unresolved, macros and comments gone.
//!
//! Function bodies are kept as token ranges and parsed when somebody asks (`Unit::body(&FnBody)` gives
//! `Result<&Block, &Diagnostic>`): what no kernel reaches may contain anything. Constructs that the parser knows but
//! the compiler does not do yet become `Unsupported` nodes, which are errors only where something reaches them.

use std::sync::{Arc, OnceLock};

pub use super::ast_expr::*;
use super::scope::NameKind;
use crate::cudac::diagnostics::Diagnostic;
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

/// A range in the unit's token list, end excluded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TokenRange {
    pub first: u32,
    pub end: u32,
}

/// A construct that is understood far enough to name it. `what` is a plural ("lambda expressions").
#[derive(Clone, Debug)]
pub struct Unsupported {
    pub what: &'static str,
    /// The user's own spelling, shortened; may be empty.
    pub text: String,
    pub span: Span,
}

// ---------------------------------------------------------------- names

/// One component between `::`.
#[derive(Clone, Debug)]
pub struct Segment {
    pub name: SegmentName,
    /// `Some` when `<...>` was written, even if empty.
    pub args: Option<Vec<TemplateArg>>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum SegmentName {
    Ident(Symbol),
    /// `operator+`
    Operator(OperatorName),
    /// `operator float`
    Conversion(Box<TypeSyntax>),
    /// `~T`
    Destructor(Symbol),
    /// `decltype(e)`, only as the first.
    Type(Box<TypeSyntax>),
}

/// `::a::b<int>::c`. Never without a segment.
#[derive(Clone, Debug)]
pub struct Name {
    /// Starts with `::`.
    pub global: bool,
    pub segments: Vec<Segment>,
    pub span: Span,
}

impl Name {
    /// The last segment.
    pub fn last(&self) -> &Segment {
        &self.segments[self.segments.len() - 1]
    }

    /// The identifier, if this is one plain identifier without `::` or `<>`.
    pub fn as_ident(&self) -> Option<Symbol> {
        match self.segments.as_slice() {
            [Segment { name: SegmentName::Ident(symbol), args: None, .. }] if !self.global => Some(*symbol),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum TemplateArg {
    Type(TypeSyntax),
    Expr(Expr),
    /// `N` or `T<X>`, where the grammar alone cannot tell whether a type or a value is named.
    Ambiguous(Name),
    /// `Ts...`
    Pack(Box<TemplateArg>),
}

/// The operators that can be declared as functions. Prefix and postfix, unary and binary share a name as in C++.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OperatorName {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Assign,
    CompoundAssign(BinaryOp),
    Increment,
    Decrement,
    Call,
    Subscript,
    Arrow,
    ArrowStar,
    Comma,
    New,
    Delete,
    /// `operator""_x`
    Literal(Symbol),
}
// `operator-`, `operator*`, `operator&`, `operator+` are always `Binary(..)`; `Unary` holds only `!` and `~`.

// ---------------------------------------------------------------- types

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cv {
    pub is_const: bool,
    pub is_volatile: bool,
}

/// A complete type: specifiers and the declarator around the name, already turned inside out.
#[derive(Clone, Debug)]
pub struct TypeSyntax {
    pub kind: TypeKind,
    pub cv: Cv,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `void`, `unsigned long`, ...
    Builtin(BuiltinType),
    /// `T`, `ns::S`, `Vec<float>`, `typename T::type`, also predefined names such as `float4` or `size_t`.
    Named {
        name: Name,
        typename: bool,
    },
    /// `struct S`, `enum E` naming a type without defining it.
    Elaborated {
        tag: Tag,
        name: Name,
    },
    /// A nameless definition in the specifiers: `struct { int a; } x, *y;`, where both share one `Arc`. A definition
    /// with a name is a `DeclKind::Record` of its own before the declaration, and is `Elaborated` here.
    Record(Arc<Record>),
    /// The same for `enum { A, B } x;`: its enumerators are declared in the surrounding scope.
    Enum(Arc<EnumDecl>),
    Auto,
    /// `decltype(auto)`
    DecltypeAuto,
    /// `decltype(e)`, `typeof(e)`
    Decltype(Box<Expr>),
    /// `__underlying_type(E)`
    Underlying(Box<TypeSyntax>),
    /// The qualifiers of the pointer itself are `TypeSyntax::cv`.
    Pointer {
        pointee: Box<TypeSyntax>,
        restrict: bool,
    },
    /// `&` or, with `rvalue`, `&&` (which may be a forwarding reference).
    Reference {
        target: Box<TypeSyntax>,
        rvalue: bool,
        restrict: bool,
    },
    /// `[]` has no length.
    Array {
        element: Box<TypeSyntax>,
        len: Option<Box<Expr>>,
    },
    Function(Box<FnType>),
    /// `int S::*`, `R (S::*)(A)`
    MemberPointer {
        class: Name,
        pointee: Box<TypeSyntax>,
    },
    /// `T...`
    Pack(Box<TypeSyntax>),
    Unsupported(Box<Unsupported>),
}

#[derive(Clone, Debug)]
pub struct FnType {
    pub ret: TypeSyntax,
    pub params: Vec<Param>,
    pub variadic: bool,
    pub method: MethodQualifiers,
}

/// What follows a parameter list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MethodQualifiers {
    pub cv: Cv,
    pub ref_qualifier: Option<RefQualifier>,
    pub is_noexcept: bool,
    pub is_override: bool,
    pub is_final: bool,
    pub is_pure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefQualifier {
    Lvalue,
    Rvalue,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BuiltinType {
    Void,
    Bool,
    Char,
    SChar,
    UChar,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    LongLong,
    ULongLong,
    WChar,
    Char8,
    Char16,
    Char32,
    Int128,
    UInt128,
    Float,
    Double,
    LongDouble,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tag {
    Struct,
    Class,
    Union,
    Enum,
}

// ---------------------------------------------------------------- statements

#[derive(Clone, Debug)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    Empty,
    Block(Block),
    Expr(Expr),
    /// Variables, types, using, static_assert: any declaration. One per declarator, in order, as one group.
    Decl(Vec<Decl>),
    If {
        constexpr: bool,
        init: Option<Box<Stmt>>,
        cond: Condition,
        then: Box<Stmt>,
        otherwise: Option<Box<Stmt>>,
    },
    For {
        init: Option<Box<Stmt>>,
        cond: Option<Condition>,
        step: Option<Expr>,
        body: Box<Stmt>,
    },
    /// `for (decl : range)`
    RangeFor {
        var: Box<Decl>,
        range: Expr,
        body: Box<Stmt>,
    },
    While {
        cond: Condition,
        body: Box<Stmt>,
    },
    Do {
        body: Box<Stmt>,
        cond: Expr,
    },
    Switch {
        init: Option<Box<Stmt>>,
        cond: Condition,
        body: Box<Stmt>,
    },
    /// `case a:`, GNU `case a ... b:`; the labelled statement follows.
    Case {
        value: Expr,
        last: Option<Expr>,
        stmt: Box<Stmt>,
    },
    Default(Box<Stmt>),
    Break,
    Continue,
    /// The value may be a `BraceList`.
    Return(Option<Expr>),
    Goto(Symbol),
    Label {
        name: Symbol,
        stmt: Box<Stmt>,
    },
    /// Inline assembly, `try`, `throw`, ...
    Unsupported(Box<Unsupported>),
}

/// What stands in the parentheses of `if`, `while`, `switch`.
#[derive(Clone, Debug)]
pub enum Condition {
    Expr(Expr),
    /// `if (int x = f())`
    Decl(Box<Decl>),
}

// ---------------------------------------------------------------- declarations

#[derive(Clone, Debug)]
pub struct Decl {
    pub kind: DeclKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum DeclKind {
    Function(Box<Function>),
    Variable(Box<Variable>),
    /// `struct S {...};`, `struct S;` (without body), anonymous unions in a class.
    Record(Arc<Record>),
    Enum(Arc<EnumDecl>),
    /// `typedef T N;` and `using N = T;`
    Alias(Box<Alias>),
    /// Members in order; `inline namespace` and anonymous ones have their flag or no name.
    Namespace {
        name: Option<Symbol>,
        inline: bool,
        decls: Vec<Decl>,
    },
    NamespaceAlias {
        name: Symbol,
        target: Name,
    },
    UsingNamespace(Name),
    /// `using ns::f;`
    Using(Name),
    StaticAssert {
        cond: Expr,
        message: Option<Arc<[u8]>>,
    },
    /// `template<...> decl`; never nested in itself except for member templates of class templates (`outer` first).
    Template(Box<Template>),
    /// `template float f<float>(float);`, `template struct S<int>;`
    ExplicitInstantiation(Box<Decl>),
    /// `friend ...`
    Friend(Box<Decl>),
    /// `public:` in a class
    Access(Access),
    /// `auto [a, b] = e;`
    StructuredBinding {
        names: Vec<Symbol>,
        /// The whole, under the first of the names.
        whole: Box<Variable>,
    },
    Unsupported(Box<Unsupported>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    Public,
    Protected,
    Private,
}

/// Every specifier and attribute that is not part of the type.
#[derive(Clone, Debug, Default)]
pub struct Specifiers {
    pub is_static: bool,
    pub is_extern: bool,
    /// `extern "C"`, alone or as a block around
    pub extern_c: bool,
    pub is_inline: bool,
    pub forceinline: bool,
    pub noinline: bool,
    pub is_constexpr: bool,
    pub is_explicit: bool,
    pub is_virtual: bool,
    pub is_mutable: bool,
    pub is_register: bool,
    pub thread_local: bool,
    pub global: bool,
    /// Where `__global__` stands.
    pub global_at: Span,
    pub device: bool,
    pub host: bool,
    pub shared: bool,
    pub constant: bool,
    pub managed: bool,
    pub grid_constant: bool,
    /// `__launch_bounds__(max threads [, min blocks [, ...]])`
    pub launch_bounds: Vec<Expr>,
    /// `alignas(..)`, `__align__(..)`, `__attribute__((aligned(..)))`; the strictest counts
    pub align: Vec<AlignArg>,
    pub packed: bool,
    pub noreturn: bool,
}

#[derive(Clone, Debug)]
pub enum AlignArg {
    Expr(Expr),
    Type(TypeSyntax),
    /// `__attribute__((aligned))`: the target's largest, 16.
    Max,
}

#[derive(Clone, Debug)]
pub struct Function {
    /// Qualified for definitions outside of the class (`S::f`).
    pub name: Name,
    pub kind: FunctionKind,
    pub specs: Specifiers,
    /// What is written before the name. For constructors and destructors `void`; for a conversion its target;
    /// a trailing return type has already replaced `auto`.
    pub ret: TypeSyntax,
    pub params: Vec<Param>,
    pub variadic: bool,
    pub method: MethodQualifiers,
    /// `: a(1), b{2}`; parsed with the body, see `ParsedBody::inits`.
    pub body: Option<FnBody>,
    pub definition: Definition,
    pub span: Span,
    /// Where the name stands.
    pub name_span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionKind {
    Plain,
    Constructor,
    Destructor,
    Operator,
    Conversion,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Definition {
    /// A declaration only.
    Declared,
    Body,
    Deleted,
    Defaulted,
}

/// A body as tokens: from the `:` of the initialiser list or the `{` to the matching `}`.
#[derive(Clone, Debug, Default)]
pub struct FnBody {
    pub tokens: TokenRange,
    /// The scope that names in the body are classified in (an index of the parser's own).
    pub scope: u32,
    /// Which part of the built-in library the tokens are of; none for the user's.
    pub library: Option<Symbol>,
    /// Names that are visible in the body without a scope: template and function parameters.
    pub locals: Arc<[(Symbol, NameKind)]>,
    /// Filled on first demand, by `Unit::body`.
    pub parsed: OnceLock<Result<ParsedBody, Box<Diagnostic>>>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct ParsedBody {
    /// Constructor initialisers in the order written; members, bases or the class itself (delegation).
    pub inits: Vec<MemberInit>,
    pub block: Block,
}

#[derive(Clone, Debug)]
pub struct MemberInit {
    pub member: Name,
    pub init: Initializer,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: Option<Symbol>,
    pub ty: TypeSyntax,
    pub default: Option<Expr>,
    pub grid_constant: bool,
    pub span: Span,
    /// Where the name stands; the whole of a nameless one.
    pub name_span: Span,
}

#[derive(Clone, Debug)]
pub struct Variable {
    /// Qualified for static members defined outside (`int S::count = 0;`). The empty symbol for a nameless bit-field.
    pub name: Name,
    pub specs: Specifiers,
    pub ty: TypeSyntax,
    pub init: Initializer,
    pub bit_width: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Initializer {
    None,
    /// `= e`; `e` may be a `BraceList`
    Copy(Expr),
    /// `(a, b)`
    Direct(Vec<Expr>),
    /// `{a, b}`
    List(BraceList),
}

#[derive(Clone, Debug)]
pub struct Record {
    pub tag: Tag,
    /// None for anonymous ones; qualified when defined outside of its scope; with arguments for a specialisation.
    pub name: Option<Name>,
    pub bases: Vec<Base>,
    /// `None` for a declaration `struct S;`. Fields are `Variable`s without `static`, methods are `Function`s.
    pub members: Option<Vec<Decl>>,
    pub align: Vec<AlignArg>,
    pub packed: bool,
    pub is_final: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Base {
    pub ty: TypeSyntax,
    pub access: Option<Access>,
    pub is_virtual: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct EnumDecl {
    pub name: Option<Name>,
    /// `enum class`
    pub scoped: bool,
    pub underlying: Option<TypeSyntax>,
    /// `None` for `enum E : int;`
    pub items: Option<Vec<Enumerator>>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Enumerator {
    pub name: Symbol,
    pub value: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Alias {
    pub name: Symbol,
    pub ty: TypeSyntax,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Template {
    /// Empty for an explicit specialisation `template<>`.
    pub params: Vec<TemplateParam>,
    /// Function, Variable, Record, Alias, Friend, or Template again (member template of a class template).
    /// For a specialisation its name's last segment carries arguments.
    pub decl: Decl,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct TemplateParam {
    pub name: Option<Symbol>,
    pub kind: TemplateParamKind,
    pub pack: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TemplateParamKind {
    Type {
        default: Option<TypeSyntax>,
    },
    Value {
        ty: TypeSyntax,
        default: Option<Expr>,
    },
    /// `template<class> class C`
    Template {
        params: Vec<TemplateParam>,
        default: Option<Name>,
    },
}
