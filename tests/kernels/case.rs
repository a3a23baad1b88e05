//! What a kernel of this suite is: its text, and cases of buffers, launches and expected contents.

use super::rng::Rng;

/// The language stage of the census that a text needs; the highest one it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    S0,
    S1,
    S2,
    S3,
    S4,
    S5,
}

pub struct Kernel {
    pub name: &'static str,
    pub stage: Stage,
    pub source: &'static str,
    pub options: &'static [&'static str],
    pub cases: fn(&mut Rng) -> Vec<Case>,
}

pub fn kernel(
    name: &'static str,
    stage: Stage,
    source: &'static str,
    cases: fn(&mut Rng) -> Vec<Case>,
) -> Kernel {
    Kernel { name, stage, source, options: &[], cases }
}

impl Kernel {
    pub fn options(mut self, options: &'static [&'static str]) -> Self {
        self.options = options;
        self
    }
}

/// Plain numbers that go into buffers as they lie in memory.
pub trait Plain: Copy + 'static {
    fn push(self, bytes: &mut Vec<u8>);
}

#[derive(Clone, Copy, Debug)]
pub enum Number {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    U64(u64),
    I64(i64),
    F32(f32),
    F64(f64),
    Bool(bool),
}

#[derive(Clone, Debug)]
pub enum Arg {
    Buffer(usize),
    Number(Number),
    /// A struct by value, as it lies in memory.
    Struct(Vec<u8>),
}

macro_rules! plain {
    ($($t:ident $variant:ident),*) => {
        $(
            impl Plain for $t {
                fn push(self, bytes: &mut Vec<u8>) { bytes.extend_from_slice(&self.to_ne_bytes()); }
            }
            impl From<$t> for Arg {
                fn from(value: $t) -> Arg { Arg::Number(Number::$variant(value)) }
            }
        )*

        impl Number {
            pub fn bytes(self) -> Vec<u8> {
                match self {
                    $(Number::$variant(v) => v.to_ne_bytes().to_vec(),)*
                    Number::Bool(v) => vec![u8::from(v)],
                }
            }
        }
    };
}

plain!(u8 U8, i8 I8, u16 U16, i16 I16, u32 U32, i32 I32, u64 U64, i64 I64, f32 F32, f64 F64);

impl<T: Plain, const N: usize> Plain for [T; N] {
    fn push(self, bytes: &mut Vec<u8>) {
        self.into_iter().for_each(|v| v.push(bytes));
    }
}

impl Plain for bool {
    fn push(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Arg {
        Arg::Number(Number::Bool(value))
    }
}

impl From<BufferId> for Arg {
    fn from(id: BufferId) -> Arg {
        Arg::Buffer(id.0)
    }
}

pub fn bytes_of<T: Plain>(values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of_val(values));
    values.iter().for_each(|v| v.push(&mut bytes));
    bytes
}

/// A struct by value, its fields laid out by the caller (padding included).
pub fn by_value<T: Plain>(fields: &[T]) -> Arg {
    Arg::Struct(bytes_of(fields))
}

#[derive(Clone, Copy)]
pub struct BufferId(usize);

/// How far a float may be from the reference: `abs + rel * |reference|`.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    pub rel: f64,
    pub abs: f64,
    pub why: &'static str,
}

pub fn near(rel: f64, abs: f64, why: &'static str) -> Tolerance {
    Tolerance { rel, abs, why }
}

/// Decides over the bytes of a buffer by itself, where several results are right.
pub type Judge = Box<dyn Fn(&[u8]) -> Result<(), String>>;

pub enum Expect {
    Exact {
        bytes: Vec<u8>,
        element: usize,
    },
    F32(Vec<f32>, Tolerance),
    F64(Vec<f64>, Tolerance),
    Judge(Judge),
    /// Scratch whose contents mean nothing afterwards.
    Scratch,
}

pub struct Buffer {
    pub init: Vec<u8>,
    pub expect: Expect,
}

pub struct Launch {
    pub kernel: String,
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub shared: u32,
    pub args: Vec<Arg>,
    pub symbols: Vec<(&'static str, Vec<u8>)>,
}

pub struct Case {
    pub label: String,
    pub buffers: Vec<Buffer>,
    pub launches: Vec<Launch>,
    symbols: Vec<(&'static str, Vec<u8>)>,
}

/// Grid and block sizes may be given as a number, a pair or a triple.
pub trait Dims {
    fn dims(self) -> [u32; 3];
}

macro_rules! dims {
    ($($t:ty),*) => { $(
        impl Dims for $t { fn dims(self) -> [u32; 3] { [self as u32, 1, 1] } }
        impl Dims for ($t, $t) { fn dims(self) -> [u32; 3] { [self.0 as u32, self.1 as u32, 1] } }
        impl Dims for ($t, $t, $t) { fn dims(self) -> [u32; 3] { [self.0 as u32, self.1 as u32, self.2 as u32] } }
    )* };
}
dims!(u32, i32, usize);

/// Blocks of `block` threads that cover `n`, at least one.
pub fn blocks(n: usize, block: usize) -> usize {
    n.div_ceil(block).max(1)
}

#[allow(dead_code)]
impl Case {
    pub fn new(label: impl Into<String>) -> Case {
        Case { label: label.into(), buffers: Vec::new(), launches: Vec::new(), symbols: Vec::new() }
    }

    pub fn buffer(&mut self, init: Vec<u8>, expect: Expect) -> BufferId {
        self.buffers.push(Buffer { init, expect });
        BufferId(self.buffers.len() - 1)
    }

    /// Read by the kernel; must be unchanged afterwards.
    pub fn input<T: Plain>(&mut self, values: &[T]) -> BufferId {
        let bytes = bytes_of(values);
        self.buffer(bytes.clone(), Expect::Exact { bytes, element: size_of::<T>() })
    }

    /// Starts as rubbish and must become `expected` to the bit.
    pub fn output<T: Plain>(&mut self, expected: &[T]) -> BufferId {
        let bytes = bytes_of(expected);
        self.buffer(vec![0xA5; bytes.len()], Expect::Exact { bytes, element: size_of::<T>() })
    }

    /// Starts as `init` and must become `expected` to the bit.
    pub fn inout<T: Plain>(&mut self, init: &[T], expected: &[T]) -> BufferId {
        self.buffer(bytes_of(init), Expect::Exact { bytes: bytes_of(expected), element: size_of::<T>() })
    }

    pub fn output_f32(&mut self, expected: &[f32], tolerance: Tolerance) -> BufferId {
        self.buffer(vec![0xA5; expected.len() * 4], Expect::F32(expected.to_vec(), tolerance))
    }

    /// As `output_f32`, from a reference computed in double precision.
    pub fn output_f32_of(&mut self, expected: &[f64], tolerance: Tolerance) -> BufferId {
        let expected: Vec<f32> = expected.iter().map(|&v| v as f32).collect();
        self.output_f32(&expected, tolerance)
    }

    pub fn inout_f32(&mut self, init: &[f32], expected: &[f32], tolerance: Tolerance) -> BufferId {
        self.buffer(bytes_of(init), Expect::F32(expected.to_vec(), tolerance))
    }

    pub fn output_f64(&mut self, expected: &[f64], tolerance: Tolerance) -> BufferId {
        self.buffer(vec![0xA5; expected.len() * 8], Expect::F64(expected.to_vec(), tolerance))
    }

    pub fn inout_f64(&mut self, init: &[f64], expected: &[f64], tolerance: Tolerance) -> BufferId {
        self.buffer(bytes_of(init), Expect::F64(expected.to_vec(), tolerance))
    }

    pub fn scratch<T: Plain>(&mut self, init: &[T]) -> BufferId {
        self.buffer(bytes_of(init), Expect::Scratch)
    }

    /// Sets a `__constant__` or `__device__` variable of the kernel launched next.
    pub fn symbol<T: Plain>(&mut self, name: &'static str, values: &[T]) {
        self.symbols.push((name, bytes_of(values)));
    }

    pub fn launch(&mut self, kernel: &str, grid: impl Dims, block: impl Dims, shared: usize, args: Vec<Arg>) {
        self.launches.push(Launch {
            kernel: kernel.to_string(),
            grid: grid.dims(),
            block: block.dims(),
            shared: shared as u32,
            args,
            symbols: std::mem::take(&mut self.symbols),
        });
    }
}

/// `args![x, n as i32, 2.0f32]`: buffers and scalars as kernel arguments.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$(crate::kernels::case::Arg::from($arg)),*] };
}
pub(crate) use args;
