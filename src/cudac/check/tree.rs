//! The typed tree: what the checker makes of a kernel and everything it reaches, and what the lowering consumes.
//! Nothing is left to interpretation. The contract, in short:
//!
//! * **Places and values.** An expression with `Category::Place` designates memory of type `ty`; everything else is a
//!   value. A place is read only through `Load`. Array and function types never occur as values, except an array-typed
//!   `Aggregate`/`Zero` as initialiser. Struct values are whole aggregates (a copy is a memory copy).
//! * **References** are pointers: a reference variable is a local of pointer type, and its uses are `Deref(Load(..))`.
//! * **Types** of expressions have no reference and, for enums, stay `Enum`: compute on the underlying integer.
//!   `Binary` and `Unary` operands have the types the comments below say; whatever C++ converts is a `Convert` node.
//! * **Evaluation order** is left to right everywhere: operands, arguments, initialisers; in an assignment the right side comes first.
//! * **Arithmetic** is total, as on a GPU: signed overflow wraps; x / 0 gives all ones and x % 0 gives x for integers, INT_MIN / -1
//!   gives INT_MIN (remainder 0); shift counts (read as unsigned) past the width give 0, or the sign for signed `>>`. Conversions: see `Conversion`.
//! * **Memory** is little-endian, addresses are 64 bits wide and generic (no address spaces in types).
//!   `Quals::is_volatile` of a place asks for exactly one access in program order; `is_const` is only information.
//! * **Booleans** are one byte, 0 or 1. Conditions are always of type bool.
//! * **Names** are gone: locals, globals, functions and labels are numbers into tables of this module.

#[path = "tree_ops.rs"]
mod ops;

use std::sync::Arc;

pub use self::ops::*;
use super::types::{QualType, Quals, TypeId, TypeTable};
use crate::cudac::source::{SourceMap, Span};

/// Index into `Program::functions`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FuncId(pub u32);

/// Index into `Program::globals`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct GlobalId(pub u32);

/// Index into `FunctionDef::locals`. Parameters are the first ones, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);

/// A jump target, unique within its function: `0 .. FunctionDef::label_count`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LabelId(pub u32);

// ---------------------------------------------------------------- the module

/// One kernel and all it reaches.
#[derive(Clone, Debug)]
pub struct Program {
    pub kernel: FuncId,
    /// Only reached functions, each complete.
    pub functions: Vec<FunctionDef>,
    /// Reached variables, and every `__constant__`/`__device__` one the text defines (they can be asked for by name).
    pub globals: Vec<GlobalDef>,
    pub types: TypeTable,
    pub kernel_params: Vec<KernelParam>,
    /// Bytes of the parameter block (end of the last one).
    pub kernel_params_size: u32,
    /// From `__launch_bounds__`.
    pub max_threads_per_block: Option<u32>,
    pub sources: SourceMap,
}

/// One kernel argument as the host sees it. Parameters follow each other at their natural alignment (struct layout).
#[derive(Clone, Debug)]
pub struct KernelParam {
    pub name: Box<str>,
    pub ty: TypeId,
    pub size: u32,
    pub align: u32,
    pub offset: u32,
    pub is_pointer: bool,
    /// `const T *`: the kernel promises not to write through it.
    pub pointee_const: bool,
    /// Size of what it points to; 0 for `void *` and non-pointers.
    pub pointee_size: u32,
    /// A pointer that nothing is ever written through, with or without `const`.
    pub read_only: bool,
}

#[derive(Clone, Debug)]
pub struct FunctionDef {
    /// As the user would write it, with template arguments: `ns::add<float, 4>`.
    pub name: Box<str>,
    /// The parameters are `locals[..param_count]`; records are passed by value (the callee owns its copy).
    pub param_count: u32,
    /// VOID for none. A record is returned by value; a reference has become a pointer.
    pub ret: TypeId,
    pub locals: Vec<LocalDef>,
    pub label_count: u32,
    pub body: Stmt,
    pub is_kernel: bool,
    /// Can reach itself through calls (also indirect ones): needs real frames, cannot be inlined away.
    pub is_recursive: bool,
    /// `__noinline__` / `__forceinline__`
    pub inline: InlineHint,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum InlineHint {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Debug)]
pub struct LocalDef {
    /// Empty for temporaries.
    pub name: Box<str>,
    pub ty: TypeId,
    pub quals: Quals,
    /// In bytes, at least that of the type.
    pub align: u32,
    /// `AddressOf` or array decay is applied to it or to a part of it (also through a bound reference or a method
    /// call): it needs memory. Otherwise it can live in a value; only whole loads, stores and constant fields occur.
    pub address_taken: bool,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GlobalSpace {
    /// `__device__`: one per loaded module, zero or its initialiser at load, kept between launches.
    Device,
    /// `__constant__`, and `const`/`constexpr` variables of namespace scope, and string literals: never written by kernels.
    Constant,
    /// Static `__shared__`: one per block, uninitialised at its start.
    Shared,
    /// `extern __shared__ T x[]`: the dynamic shared memory of the launch; all such variables start at the same address.
    DynamicShared,
    /// A `static` local variable or an unqualified mutable global: as `Device`.
    Static,
}

#[derive(Clone, Debug)]
pub struct GlobalDef {
    /// For lookup by the host; qualified (`ns::table`). String literals have an empty name.
    pub name: Box<str>,
    pub space: GlobalSpace,
    /// For `DynamicShared` an array without length.
    pub ty: TypeId,
    pub quals: Quals,
    /// Bytes; 0 for `DynamicShared`.
    pub size: u64,
    pub align: u32,
    /// Exactly `size` bytes, or `None` for all zero.
    pub init: Option<Arc<[u8]>>,
    /// Pointers inside `init`: at byte offset, the address of a global plus an addend.
    pub relocations: Vec<(u64, GlobalId, i64)>,
    /// Function pointers inside `init`: at byte offset, the function.
    pub functions: Vec<(u64, FuncId)>,
    pub span: Span,
}

// ---------------------------------------------------------------- statements

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    /// In order. Scopes mean nothing any more: locals are unique numbers.
    Block(Vec<Stmt>),
    /// For its effects; a value is dropped.
    Expr(Expr),
    /// The declaration is reached: the local becomes `init`, or indeterminate (each iteration anew).
    /// `init` is a value of the local's type, possibly an array-typed `Aggregate` or `Zero`.
    DeclLocal {
        local: LocalId,
        init: Option<Expr>,
    },
    If {
        cond: Expr,
        then: Box<Stmt>,
        otherwise: Option<Box<Stmt>>,
    },
    /// `for`, `while` and `do`: test `cond` (if any) first when `test_first`, run `body`, then `step`, then test again.
    /// `continue` goes to `step`. A `for` initialiser stands before the loop.
    Loop {
        cond: Option<Expr>,
        step: Option<Expr>,
        body: Box<Stmt>,
        test_first: bool,
        unroll: Option<u32>,
    },
    /// Jumps to the label of the case equal to `value`, else to `default`, else past the body. The labels are
    /// `Label` statements somewhere in `body` (fall-through and Duff's device need no special care); `break` leaves.
    /// `value` is of an integer type of at least 32 bits; case values are its bits, zero-extended to 64. `Case` ranges are inclusive
    /// in the signedness of `value`.
    Switch {
        value: Expr,
        cases: Vec<SwitchCase>,
        default: Option<LabelId>,
        body: Box<Stmt>,
    },
    Break,
    Continue,
    /// The value has the function's return type.
    Return(Option<Expr>),
    /// Marks a place; falls through to the next statement. Every label is placed exactly once.
    Label(LabelId),
    /// Forward or backward, into or out of blocks; never past what the checker refused.
    Goto(LabelId),
}

#[derive(Clone, Debug)]
pub struct SwitchCase {
    pub first: u64,
    /// Equal to `first` but for GNU ranges.
    pub last: u64,
    pub target: LabelId,
}

// ---------------------------------------------------------------- expressions

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Category {
    Place,
    Value,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    /// Type of the value, or of what the place holds. VOID for effects only.
    pub ty: TypeId,
    pub category: Category,
    /// Of the place; `NONE` for values.
    pub quals: Quals,
    pub span: Span,
}

/// What floating-point operations may do beyond IEEE. Meaningless (and `STRICT`) on integers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FpFlags {
    /// May be fused with another add/mul that also has it (`-fmad`, on by default).
    pub contract: bool,
    /// `--use_fast_math`: approximate division and square root, denormals of float may be flushed.
    pub fast: bool,
}

impl FpFlags {
    pub const STRICT: FpFlags = FpFlags { contract: false, fast: false };
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    // ---- places
    Local(LocalId),
    Global(GlobalId),
    /// What the pointer value points to.
    Deref(Box<Expr>),
    /// A member of a record place, by index into `RecordDef::fields` (union members too). A bit-field place may only be loaded and
    /// stored (a read-modify-write of its unit); loads extend by the signedness of its type.
    Field {
        base: Box<Expr>,
        field: u32,
    },
    /// `*(pointer + index)`: `pointer` is a value of type pointer to `ty`, `index` a value of type LONG. Array
    /// subscripts have the array's `Convert(ArrayDecay)` as pointer.
    Index {
        pointer: Box<Expr>,
        index: Box<Expr>,
    },

    // ---- places or values, as `body`/`rhs` is
    /// Makes the temporary `local` (indeterminate without `init`), then evaluates `body`, which uses it. A value bound to a
    /// reference, an object under construction, a place that is needed twice. Its life goes on to the end of the function.
    Let {
        local: LocalId,
        init: Option<Box<Expr>>,
        body: Box<Expr>,
    },
    /// Effects of `lhs`, then `rhs`.
    Comma {
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },

    // ---- values
    Const(Const),
    /// All bytes zero, of any object type.
    Zero,
    /// A record, array or union built from parts; what no part names is zero bytes. `index` is the field or element
    /// number, ascending. The part's expression has the part's type (nested aggregates are nested nodes).
    Aggregate(Vec<AggregatePart>),
    /// The code address of a device function; `ty` is a pointer to function.
    FunctionAddress(FuncId),
    /// Reads a place.
    Load(Box<Expr>),
    /// `ty` is a pointer to the place's type.
    AddressOf(Box<Expr>),
    Convert {
        kind: Conversion,
        operand: Box<Expr>,
    },
    /// Operand and result have the same type, except where the operator says otherwise.
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
        fp: FpFlags,
    },
    /// Both operands have the same type, except for shifts (each its own integer type of 32 or 64 bits) and
    /// pointer operators. Arithmetic types are promoted already: INT, UINT, LONG.., FLOAT, DOUBLE.
    Binary {
        op: BinaryOp,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
        fp: FpFlags,
    },
    /// `lhs && rhs`, `lhs || rhs`: bools; `rhs` is evaluated only if needed.
    Logical {
        and: bool,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    /// Both arms are values of type `ty` (or VOID); only one is evaluated.
    Conditional {
        cond: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `place + index` elements; `index` is of type LONG, negative to go back.
    PointerAdd {
        pointer: Box<Expr>,
        index: Box<Expr>,
    },
    /// Elements between two pointers of one type; LONG.
    PointerDiff {
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    /// `value` (of the place's type) goes into `place`; the result is the new value of the place (a bit-field's after truncation).
    /// Where C++ uses the result as a place, the checker has made a `Comma` or `Let`.
    Assign {
        place: Box<Expr>,
        value: Box<Expr>,
    },
    /// `place = back(forth(load place) op value)` with the place evaluated once. `forth`/`back` convert between the
    /// place's type and `compute`, the type of the operation (`None` where they are equal). `value` has type `compute`, or for
    /// shifts its own. The result is the new value.
    CompoundAssign {
        op: BinaryOp,
        place: Box<Expr>,
        value: Box<Expr>,
        compute: TypeId,
        forth: Option<Conversion>,
        back: Option<Conversion>,
        fp: FpFlags,
    },
    /// `place = place + index` for pointers, evaluated once; the result is the new pointer.
    PointerAssign {
        place: Box<Expr>,
        index: Box<Expr>,
    },
    /// `++`/`--` on an integer (wraps in its own type), float or pointer place. The result is the old value if `postfix`,
    /// else the new one.
    IncDec {
        place: Box<Expr>,
        decrement: bool,
        postfix: bool,
    },
    /// Methods and constructors have `this` as first argument, a pointer; reference parameters take pointers.
    /// Default arguments are filled in.
    Call {
        function: FuncId,
        args: Vec<Expr>,
    },
    /// Through a value of type pointer to function.
    CallIndirect {
        callee: Box<Expr>,
        args: Vec<Expr>,
    },
    Intrinsic {
        op: IntrinsicOp,
        args: Vec<Expr>,
    },
    /// Device printf; each argument promoted (float to double, small integers to int). INT: the number of arguments.
    Printf {
        format: Arc<[u8]>,
        args: Vec<Expr>,
    },
    /// A failed `assert`: stops the kernel with this text. VOID, does not return.
    AssertFail(Box<AssertInfo>),
}

#[derive(Clone, Debug)]
pub struct AggregatePart {
    pub index: u64,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub struct AssertInfo {
    pub message: Box<str>,
    pub file: Box<str>,
    pub line: u32,
    pub function: Box<str>,
}

/// Constants by the expression's type: `Int` for bool, integers, enums (low bits count, the rest is zero) and null or absolute pointers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Const {
    Int(u64),
    Float(f32),
    Double(f64),
}

/// From the operand's type to the expression's. Both types say the rest (width, signedness).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Conversion {
    /// Integer, bool or enum to integer or enum: truncate, or extend by the operand's signedness.
    Int,
    /// Anything scalar to bool: `!= 0` (NaN is true).
    Bool,
    /// To nearest even.
    IntToFloat,
    /// Toward zero, saturating to the result's range. NaN gives 0 for a float made a 32-bit integer, and otherwise only the top bit
    /// set. Results of 8 or 16 bits are the low bits of the conversion to 32.
    FloatToInt,
    /// To nearest even (float <-> double).
    Float,
    /// Pointer to pointer, nullptr_t to pointer: the bits stay.
    Pointer,
    PointerToInt,
    IntToPointer,
    /// An array place to a pointer to its first element.
    ArrayDecay,
    /// Same size, the bits stay: `__float_as_int`, `__longlong_as_double`, ...
    Bitcast,
    /// With a rounding mode: `__float2int_ru`, `__double2float_rd`, `__int2float_rz`. Else as the plain conversion of that pair.
    Rounded(Rounding),
    /// Any value to VOID.
    Discard,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rounding {
    NearestEven,
    Zero,
    Up,
    Down,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    Neg,
    BitNot,
    /// Of bool.
    Not,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    /// The result has the left type; the count is read as unsigned.
    Shl,
    Shr,
    And,
    Or,
    Xor,
    /// Comparisons give BOOL, of integers (by signedness), bools, floats (ordered; `Ne` is true on NaN) or pointers (unsigned).
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl Expr {
    pub fn value(kind: ExprKind, ty: TypeId, span: Span) -> Expr {
        Expr { kind, ty, category: Category::Value, quals: Quals::NONE, span }
    }

    pub fn place(kind: ExprKind, ty: QualType, span: Span) -> Expr {
        Expr { kind, ty: ty.ty, category: Category::Place, quals: ty.quals, span }
    }

    pub fn is_place(&self) -> bool {
        self.category == Category::Place
    }

    /// Reads a place; its type stays.
    pub fn load(self) -> Expr {
        let (ty, span) = (self.ty, self.span);
        Expr::value(ExprKind::Load(Box::new(self)), ty, span)
    }

    pub fn int(value: u64, ty: TypeId, span: Span) -> Expr {
        Expr::value(ExprKind::Const(Const::Int(value)), ty, span)
    }
}
