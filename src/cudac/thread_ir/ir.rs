//! Modules, functions, basic blocks and values of thread IR: the containers. Operations are in `ops.rs`.
//!
//! A "block" here is a basic block of the control-flow graph; a CUDA block is always called "thread block".

use super::ops::Op;
use super::ty::{Space, Ty};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, f)
            }
        }
    };
}

id!(
    /// An SSA value of one function.
    Value, "v"
);
id!(
    /// A basic block of one function; `Block(0)` is the entry.
    Block, "bb"
);
id!(
    /// A local slot of one function.
    SlotId, "slot"
);
id!(
    /// A function of the module.
    FuncId, "fn"
);
id!(
    /// A global variable of the module.
    GlobalId, "g"
);
id!(
    /// A string constant of the module.
    StringId, "str"
);
id!(
    /// Index into `Module::lines`; 0 is "unknown".
    Loc, "@"
);

/// One source position of the line table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct LineEntry {
    /// Index into `Module::files`.
    pub file: u32,
    /// 1-based; 0 is unknown.
    pub line: u32,
    pub column: u32,
}

/// Everything one kernel needs: functions, variables, strings and the line table.
#[derive(Clone, Debug)]
pub struct Module {
    pub funcs: Vec<Function>,
    pub globals: Vec<Global>,
    /// Without the terminating NUL, which `StrAddr` guarantees.
    pub strings: Vec<Vec<u8>>,
    pub files: Vec<String>,
    /// Entry 0 is the unknown position.
    pub lines: Vec<LineEntry>,
}

impl Default for Module {
    fn default() -> Self {
        Self {
            funcs: Vec::new(),
            globals: Vec::new(),
            strings: Vec::new(),
            files: vec![String::from("kernel.cu")],
            lines: vec![LineEntry::default()],
        }
    }
}

impl Module {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function (its body may be written later: `module.funcs[id.index()]`).
    pub fn add_function(&mut self, f: Function) -> FuncId {
        self.funcs.push(f);
        FuncId(self.funcs.len() as u32 - 1)
    }

    pub fn add_global(&mut self, g: Global) -> GlobalId {
        self.globals.push(g);
        GlobalId(self.globals.len() as u32 - 1)
    }

    /// Adds a string constant; equal strings share one id.
    pub fn add_string(&mut self, s: &[u8]) -> StringId {
        if let Some(i) = self.strings.iter().position(|t| t == s) {
            return StringId(i as u32);
        }
        self.strings.push(s.to_vec());
        StringId(self.strings.len() as u32 - 1)
    }

    /// A line table entry; repeated calls for the position just added give the same index.
    pub fn add_loc(&mut self, file: u32, line: u32, column: u32) -> Loc {
        let entry = LineEntry { file, line, column };
        if self.lines.last() != Some(&entry) {
            self.lines.push(entry);
        }
        Loc(self.lines.len() as u32 - 1)
    }

    pub fn line(&self, loc: Loc) -> Option<&LineEntry> {
        self.lines.get(loc.index()).filter(|l| l.line != 0)
    }

    pub fn find_kernel(&self, name: &str) -> Option<FuncId> {
        let is = |f: &Function| f.kind == FunctionKind::Kernel && f.name == name;
        self.funcs.iter().position(is).map(|i| FuncId(i as u32))
    }
}

/// Where a module variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GlobalSpace {
    /// `__device__`: one for the module, address known at load.
    Device,
    /// `__constant__`
    Constant,
    /// Static `__shared__`: at an offset in the thread block's shared area; never initialised.
    Shared,
    /// `extern __shared__ T a[]`: starts behind all static shared variables (aligned to 16 bytes or more); size 0.
    DynamicShared,
}

impl GlobalSpace {
    pub const fn space(self) -> Space {
        match self {
            GlobalSpace::Device => Space::Global,
            GlobalSpace::Constant => Space::Const,
            GlobalSpace::Shared | GlobalSpace::DynamicShared => Space::Shared,
        }
    }
}

/// An address inside an initialiser.
#[derive(Clone, Debug, PartialEq)]
pub struct Reloc {
    /// Byte offset in the initialiser where the 8-byte address goes.
    pub offset: u64,
    pub target: RelocTarget,
    pub addend: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RelocTarget {
    Global(GlobalId),
    String(StringId),
}

/// A `__device__`, `__constant__` or `__shared__` variable (also statics of device functions).
#[derive(Clone, Debug)]
pub struct Global {
    /// As the user can ask for it (`cuModuleGetGlobal`); unique in the module.
    pub name: String,
    pub space: GlobalSpace,
    pub size: u64,
    pub align: u64,
    /// Initial bytes, at most `size` long, the rest is zero. Empty for shared variables.
    pub init: Vec<u8>,
    pub relocs: Vec<Reloc>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionKind {
    Kernel,
    Device,
}

/// A kernel parameter's place in the parameter buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamInfo {
    pub name: String,
    pub offset: u32,
    pub size: u32,
    pub align: u32,
    /// Scalar type; `None` for a struct or vector by value.
    pub ty: Option<Ty>,
}

/// A local variable in memory: an array, a struct, or a scalar whose address is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub size: u32,
    pub align: u32,
    /// For the text form and error messages; may be empty.
    pub name: String,
}

/// An instruction: operation, result (with its type in `Function::values`) and source position.
#[derive(Clone, Debug)]
pub struct Inst {
    pub op: Op,
    pub result: Option<Value>,
    pub loc: Loc,
}

/// A jump to a block with the values of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockCall {
    pub block: Block,
    pub args: Vec<Value>,
}

/// Why a thread ends the kernel with an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrapKind {
    /// `__trap()`
    Trap,
    /// A failed `assert`; the whole message is in the string.
    Assert(StringId),
}

/// The last thing of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminator {
    Jump(BlockCall),
    /// On an `I1`: then, else.
    Brif(Value, BlockCall, BlockCall),
    /// On an integer: (bits, target) pairs without duplicates, and the default.
    Switch(Value, Vec<(u64, BlockCall)>, BlockCall),
    /// In a kernel it ends the thread (no value).
    Return(Option<Value>),
    Trap(TrapKind),
    /// The front end promises that control never comes here; compiled as a trap.
    Unreachable,
    /// Block IR only: the thread has come to a synchronisation point (its number).
    Exit(u32),
}

impl Terminator {
    pub fn for_each_call(&self, mut f: impl FnMut(&BlockCall)) {
        match self {
            Terminator::Jump(c) => f(c),
            Terminator::Brif(_, a, b) => {
                f(a);
                f(b);
            }
            Terminator::Switch(_, cases, default) => {
                cases.iter().for_each(|(_, c)| f(c));
                f(default);
            }
            Terminator::Return(_) | Terminator::Trap(_) | Terminator::Unreachable | Terminator::Exit(_) => {}
        }
    }

    pub fn for_each_call_mut(&mut self, mut f: impl FnMut(&mut BlockCall)) {
        match self {
            Terminator::Jump(c) => f(c),
            Terminator::Brif(_, a, b) => {
                f(a);
                f(b);
            }
            Terminator::Switch(_, cases, default) => {
                cases.iter_mut().for_each(|(_, c)| f(c));
                f(default);
            }
            Terminator::Return(_) | Terminator::Trap(_) | Terminator::Unreachable | Terminator::Exit(_) => {}
        }
    }

    /// All values used: the condition or result first, then the arguments of each edge.
    pub fn for_each_value(&self, mut f: impl FnMut(Value)) {
        match self {
            Terminator::Brif(v, ..) | Terminator::Switch(v, ..) | Terminator::Return(Some(v)) => f(*v),
            _ => {}
        }
        self.for_each_call(|c| c.args.iter().for_each(|v| f(*v)));
    }

    pub fn map_values(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Terminator::Brif(v, ..) | Terminator::Switch(v, ..) | Terminator::Return(Some(v)) => *v = f(*v),
            _ => {}
        }
        self.for_each_call_mut(|c| c.args.iter_mut().for_each(|v| *v = f(*v)));
    }

    /// Successor blocks in edge order; one may be there twice.
    pub fn successors(&self) -> Vec<Block> {
        let mut out = Vec::new();
        self.for_each_call(|c| out.push(c.block));
        out
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct BlockData {
    pub params: Vec<Value>,
    pub insts: Vec<Inst>,
    pub term: Terminator,
    pub term_loc: Loc,
}

impl Default for BlockData {
    fn default() -> Self {
        Self { params: Vec::new(), insts: Vec::new(), term: Terminator::Unreachable, term_loc: Loc(0) }
    }
}

/// A kernel or device function. Values are dense: `values[v]` is the type of `v`.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub kind: FunctionKind,
    /// Device functions: types of the arguments, which are the entry block's parameters. Empty for kernels.
    pub params: Vec<Ty>,
    /// Device functions: the result; structs are returned through a pointer argument.
    pub ret: Option<Ty>,
    /// Kernels: the parameter buffer.
    pub kernel_params: Vec<ParamInfo>,
    /// `__launch_bounds__` maximum of threads in a thread block; 0 when not given.
    pub max_threads: u32,
    pub blocks: Vec<BlockData>,
    pub values: Vec<Ty>,
    pub slots: Vec<Slot>,
}

impl Function {
    pub fn new_device(name: &str, params: &[Ty], ret: Option<Ty>) -> Self {
        Self {
            name: name.to_owned(),
            kind: FunctionKind::Device,
            params: params.to_vec(),
            ret,
            kernel_params: Vec::new(),
            max_threads: 0,
            blocks: Vec::new(),
            values: Vec::new(),
            slots: Vec::new(),
        }
    }

    pub fn new_kernel(name: &str, kernel_params: Vec<ParamInfo>) -> Self {
        let mut f = Self::new_device(name, &[], None);
        f.kind = FunctionKind::Kernel;
        f.kernel_params = kernel_params;
        f
    }

    pub const ENTRY: Block = Block(0);

    pub fn ty(&self, v: Value) -> Ty {
        self.values[v.index()]
    }

    pub fn new_value(&mut self, ty: Ty) -> Value {
        self.values.push(ty);
        Value(self.values.len() as u32 - 1)
    }

    pub fn new_block(&mut self) -> Block {
        self.blocks.push(BlockData::default());
        Block(self.blocks.len() as u32 - 1)
    }

    pub fn block(&self, b: Block) -> &BlockData {
        &self.blocks[b.index()]
    }

    pub fn block_mut(&mut self, b: Block) -> &mut BlockData {
        &mut self.blocks[b.index()]
    }

    pub fn block_ids(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }

    /// Bytes of the parameter buffer.
    pub fn param_bytes(&self) -> u32 {
        self.kernel_params.iter().map(|p| p.offset + p.size).max().unwrap_or(0)
    }
}
