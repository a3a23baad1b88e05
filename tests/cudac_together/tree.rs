//! A random kernel as a tree. Every variable is `unsigned`; what is signed, narrow or wide is so by casts.

/// Variables of each thread; the first is a hash of what the others have been.
pub const VARS: usize = 5;
/// Floats of each thread, and elements of the float input.
pub const FLOATS: usize = 3;
pub const FLOAT_IN: usize = 1024;
/// Rows of the float output, each with a place for every thread of the launch.
pub const ROWS: usize = 4;
/// Elements of the input; places of each thread in the buffer that two pointers name.
pub const IN: usize = 256;
pub const OWN: usize = 8;

#[derive(Clone, Debug)]
pub enum E {
    Var(usize),
    /// A loop's counter.
    Count(usize),
    Linear,
    Global,
    Lane,
    Length,
    Number(u32),
    /// `a[.. & 255]`
    Input(Box<E>),
    Bin(Bin, Box<E>, Box<E>),
    Un(Un, Box<E>),
    If(Box<E>, Box<E>, Box<E>),
}

#[derive(Clone, Copy, Debug)]
pub enum Bin {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    /// By 0 to 31.
    Shl,
    Shr,
    Sar,
    Less,
    LessSigned,
    Equal,
    Min,
    MaxSigned,
    /// The upper half of the product.
    High,
    /// `(int)a * (long long)(int)b >> 11`
    Wide,
    /// Of 16 bits, by 1 to 16.
    Div,
    Rem,
}

#[derive(Clone, Copy, Debug)]
pub enum Un {
    Byte,
    SignedByte,
    Short,
    Not,
    Count,
    Zeros,
    First,
}

/// What a warp does together; the mask names those that are here.
#[derive(Clone, Debug)]
pub enum Warp {
    Ballot,
    Any,
    All,
    MatchAny,
    MatchAll,
    Add,
    Min,
    Max,
    Or,
    /// From the lowest or the highest that is here.
    Lowest,
    Highest,
    /// From a lane at a distance in parts of a width; 7 where nobody is here.
    Xor(u32, u32),
    Up(u32, u32),
    Down(u32, u32),
    /// Of the lane that the second value says.
    Index(u32),
    /// Through shared memory, from the lane at a distance.
    Memory(u32),
    /// A coalesced group: what it adds up, its rank and size, from a rank, a scan.
    GroupSum,
    GroupRank,
    GroupFrom(u32),
    GroupScan,
    GroupBallot,
}

/// What a tile of 1 to 32 threads does; all of it is here.
#[derive(Clone, Copy, Debug)]
pub enum Tile {
    Sum,
    Most,
    From(u32),
    Xor(u32),
    Up(u32),
    Down(u32),
    Any,
    All,
    Ballot,
    Match,
    Scan,
    ScanBefore,
    Rank,
}

/// Which shared array an exchange goes through, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Room {
    Words,
    Shorts,
    Bytes,
    Wide,
    /// Words, read as bytes.
    WordsAsBytes,
    /// The words or those of the warps, as a condition says, through a pointer.
    Either,
    /// A function with barriers in it.
    Function,
}

/// A condition that all threads of a block answer alike.
#[derive(Clone, Debug)]
pub enum Uniform {
    /// `a[blockIdx.x + c] & bits`
    Input(u32, u32),
    Length(u32),
    Or(E),
    And(E),
    /// More than so many.
    Count(E, u32),
    /// What one thread has left in shared memory.
    Told(u32, E),
}

#[derive(Clone, Debug)]
pub enum Loop {
    /// `for (k = 0; k < (e & 7); k++)`
    Ascending(E),
    Descending(E),
    /// From `t` or `i` on, by a step, below a limit.
    Strided(bool, u32, u32),
    /// `do .. while (k >>= 1)`
    Halving(E),
    /// A byte that wraps: where it starts, rounds of 3.
    Byte(E, u32),
    /// `for (k = c - 1; k < c; k--)`
    Wrapping(E),
}

#[derive(Clone, Debug)]
pub enum S {
    Set(usize, E),
    If(E, Vec<S>, Vec<S>),
    For(usize, Loop, Vec<S>),
    Break(E),
    Continue(E),
    LocalSet(E, E, bool),
    LocalGet(usize, E, bool),
    /// Own words by one pointer or, shifted, by the other.
    OwnSet(Own, E, E),
    OwnGet(usize, Own, E),
    OwnAtomic(usize, Atomic, E, E),
    Device(usize, E),
    Bin(u32, E, E),
    Slot(E),
    Lock(E),
    /// Conditions with masks: number of the mask inside, and whether tiles of so many answer alike.
    Part(usize, Option<usize>, E, Vec<S>, Vec<S>),
    /// Number of mask and counter, trips.
    Leave(usize, usize, E, Vec<S>),
    /// Those for which it holds skip the rest of the round; number of the mask.
    Skip(usize, E),
    Warp(usize, Warp, E, E),
    Tile(usize, usize, Tile, E),
    /// A function that does warp operations, with the mask.
    Call(usize, E, E),
    Return(usize, Option<usize>, E),
    Exchange(usize, Room, E, Option<E>, u32, u32),
    Choose(Uniform, Vec<S>, Vec<S>),
    /// Number of the counter, at most so many rounds.
    Rounds(usize, u32, Uniform, Vec<S>),
    ReadBins(usize, E),
    ReadSlots(usize),
    /// Into the hash.
    Mix(usize),
    Float(usize, Float),
    FromFloat(usize, usize),
    /// To a place in a row of the output, and from there through a pointer that is shifted.
    FloatPut(u32, usize),
    FloatGet(usize, u32),
    /// All put theirs into shared memory; those for which a condition holds add that of one at a distance.
    FloatShare(usize, u32, E),
}

/// Sums and differences of halves, so that nothing grows.
#[derive(Clone, Debug)]
pub enum Float {
    Sum(usize, usize),
    Difference(usize, usize),
    Least(usize, usize),
    Most(usize, usize),
    Root(usize),
    Number(E),
    /// `b[i + c]`, `b[t * k + c]`
    Input(u32),
    Stepped(u32, u32),
    Either(E, usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Own {
    Word,
    /// Through the other pointer.
    Shifted,
    Pair,
    Half,
    Byte,
    Long,
}

#[derive(Clone, Copy, Debug)]
pub enum Atomic {
    Add,
    Exchange,
    Swap,
    Inc,
    MaxSigned,
}

/// A kernel, how its two pointers lie, and its launch.
#[derive(Clone, Debug)]
pub struct Tree {
    pub body: Vec<S>,
    pub shift: i32,
    pub block: [u32; 3],
    pub grid: u32,
    pub n: u32,
    pub noinline: bool,
}
