//! Expressions of the untyped tree; part of `ast`, which re-exports all of it.

use std::sync::Arc;

use super::ast::{Block, Function, Initializer, Name, Template, TypeSyntax, Unsupported};
use crate::cudac::source::Span;
use crate::cudac::symbol::Symbol;

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Int(IntLiteral),
    Float(FloatLiteral),
    /// `'a'`: type char (int for a multi-character literal, `wide` for L/u/U prefixes).
    Char {
        value: i64,
        wide: bool,
        multi: bool,
    },
    /// Adjacent literals are joined; no terminating zero.
    String {
        bytes: Arc<[u8]>,
        wide: bool,
    },
    Bool(bool),
    NullPtr,
    This,
    Name(Name),
    /// `(e)`: kept because `decltype((x))`, deduction and messages can see it.
    Paren(Box<Expr>),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    /// `++x`, `x--`
    IncDec {
        decrement: bool,
        postfix: bool,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    /// `=`, or `+=` and friends with `op`. The right side may be a `BraceList`.
    Assign {
        op: Option<BinaryOp>,
        target: Box<Expr>,
        value: Box<Expr>,
    },
    /// `c ? a : b`; without `then` it is the GNU form `c ?: b`.
    Conditional {
        cond: Box<Expr>,
        then: Option<Box<Expr>>,
        otherwise: Box<Expr>,
    },
    Comma {
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    /// Also a functional cast when `callee` turns out to name a type that the parser could not know.
    Call {
        callee: Box<Expr>,
        args: Vec<Expr>,
    },
    /// `k<<<grid, block>>>(...)`
    KernelLaunch {
        callee: Box<Expr>,
        config: Vec<Expr>,
        args: Vec<Expr>,
    },
    /// `a[i]`
    Subscript {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    /// `a.b`, `p->b`, `a.template f<T>`; `member` may be qualified (`a.Base::f`), an operator, or a destructor.
    Member {
        object: Box<Expr>,
        arrow: bool,
        member: Name,
    },
    /// `a.*p`, `a->*p`
    MemberPointer {
        object: Box<Expr>,
        arrow: bool,
        pointer: Box<Expr>,
    },
    /// `(T)e` and the named casts.
    Cast {
        kind: CastKind,
        to: TypeSyntax,
        operand: Box<Expr>,
    },
    /// `T(a, b)`, `T()`; the type is known to be one.
    Functional {
        to: TypeSyntax,
        args: Vec<Expr>,
    },
    /// `T{...}`
    BraceInit {
        to: TypeSyntax,
        list: BraceList,
    },
    /// `{...}` as an initialiser, an argument, a returned or an assigned value.
    BraceList(BraceList),
    SizeofType(TypeSyntax),
    SizeofExpr(Box<Expr>),
    /// `sizeof...(Ts)`
    SizeofPack(Symbol),
    AlignofType(TypeSyntax),
    AlignofExpr(Box<Expr>),
    Noexcept(Box<Expr>),
    /// `offsetof(T, a.b[1])`: `path` is a member expression on nothing, outermost last.
    Offsetof {
        of: TypeSyntax,
        path: Vec<OffsetofStep>,
    },
    /// Type traits known to compilers: `__is_same(A, B)`, `__is_trivially_copyable(T)`.
    TypeTrait {
        name: Symbol,
        args: Vec<TypeSyntax>,
    },
    New {
        placement: Vec<Expr>,
        of: TypeSyntax,
        init: Option<Box<Initializer>>,
    },
    Delete {
        array: bool,
        operand: Box<Expr>,
    },
    Lambda(Box<Lambda>),
    /// `e...`
    PackExpansion(Box<Expr>),
    /// Made by the checker: a pattern with the packs in it at one of their elements.
    PackElement {
        pattern: Box<Expr>,
        index: u32,
    },
    /// `(... + xs)`, `(xs + ... + 0)`
    Fold {
        op: FoldOp,
        left: Option<Box<Expr>>,
        right: Option<Box<Expr>>,
    },
    /// GNU `({ ... })`
    StmtExpr(Box<Block>),
    Unsupported(Box<Unsupported>),
}

#[derive(Clone, Debug)]
pub enum OffsetofStep {
    Member(Symbol),
    Index(Expr),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IntLiteral {
    pub value: u64,
    pub unsigned: bool,
    /// How many `l`: 0, 1 or 2.
    pub longs: u8,
    /// Decimal literals never become unsigned by size, others may.
    pub decimal: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FloatLiteral {
    /// Rounded once, to the literal's own type; an `f` literal is exact as f64.
    pub value: f64,
    pub suffix: FloatSuffix,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatSuffix {
    None,
    Float,
    Long,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    Plus,
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
    Deref,
    AddressOf,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    And,
    Or,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoldOp {
    Binary(BinaryOp),
    /// `=`, `+=`
    Assign(Option<BinaryOp>),
    Comma,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CastKind {
    CStyle,
    Static,
    Reinterpret,
    Const,
    Dynamic,
}

/// `{a, .x = b, {c}}`
#[derive(Clone, Debug)]
pub struct BraceList {
    pub items: Vec<BraceItem>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct BraceItem {
    pub designators: Vec<OffsetofStep>,
    /// `ExprKind::BraceList` when nested.
    pub value: Expr,
}

/// `[captures](params) { body }`: what the class that it stands for is made from.
#[derive(Clone, Debug)]
pub struct Lambda {
    pub default_capture: Option<CaptureDefault>,
    pub captures: Vec<Capture>,
    /// The call operator; without a written result it has `auto`.
    pub function: Function,
    /// For parameters with `auto`: each has a type parameter of its own name.
    pub template: Option<Box<Template>>,
    /// The identifiers that stand in the body, each once.
    pub names: Vec<Symbol>,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaptureDefault {
    ByValue,
    ByReference,
}

#[derive(Clone, Debug)]
pub struct Capture {
    /// `None` for `this`.
    pub name: Option<Symbol>,
    pub by_reference: bool,
    pub init: Option<Expr>,
    pub span: Span,
}
