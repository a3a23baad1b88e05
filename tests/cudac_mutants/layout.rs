//! Where in an object which numbers lie: to fill buffers with likely values, and to compare them knowing that one NaN
//! is as good as another.

use vmgpu::cudac::check::types::{FloatKind, Type, TypeId, TypeTable};

/// What begins at a byte.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Mark {
    Inside,
    Int(u8),
    F32,
    F64,
}

/// The repeating pattern of an array of some type.
#[derive(Clone, Debug)]
pub struct Layout(Vec<Mark>);

/// Larger objects are taken for bytes.
const LARGEST: u64 = 1 << 16;

impl Layout {
    pub fn of(types: &TypeTable, ty: TypeId) -> Layout {
        let size = types.size_align(ty).map_or(1, |s| s.0);
        if size == 0 || size > LARGEST {
            return Layout(vec![Mark::Int(1)]);
        }
        let mut marks = vec![Mark::Int(1); size as usize];
        mark(types, ty, 0, &mut marks);
        Layout(marks)
    }

    /// What a pointer points to.
    pub fn behind(types: &TypeTable, pointer: TypeId) -> Layout {
        match types.get(pointer) {
            Type::Pointer(to) => Layout::of(types, to.ty),
            _ => Layout(vec![Mark::Int(4), Mark::Inside, Mark::Inside, Mark::Inside]),
        }
    }

    fn at(&self, byte: usize) -> Mark {
        self.0[byte % self.0.len()]
    }

    /// Small numbers, with a few odd ones among them.
    pub fn contents(&self, bytes: usize, state: &mut u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes);
        while out.len() < bytes {
            let r = next(state);
            let whole = if r & 15 == 0 { (r >> 8) as i32 as i64 } else { (r >> 8) as i64 % 40 };
            let number = whole as f64 / 8.0 - 1.0;
            match self.at(out.len()) {
                Mark::F32 => out.extend((number as f32).to_le_bytes()),
                Mark::F64 => out.extend(number.to_le_bytes()),
                Mark::Int(size) => out.extend(&whole.to_le_bytes()[..size as usize]),
                Mark::Inside => out.push(0),
            }
        }
        out.truncate(bytes);
        out
    }

    /// The first byte of the first number that differs.
    pub fn difference(&self, a: &[u8], b: &[u8]) -> Option<usize> {
        let mut at = if a == b { a.len() } else { 0 };
        while at < a.len() {
            let size = match self.at(at) {
                Mark::F32 => 4,
                Mark::F64 => 8,
                Mark::Int(_) | Mark::Inside => 1,
            };
            let end = (at + size).min(a.len());
            let (x, y) = (&a[at..end], &b[at..end]);
            if x != y && !(is_nan(x) && is_nan(y)) {
                return Some(at);
            }
            at = end;
        }
        None
    }
}

fn is_nan(bytes: &[u8]) -> bool {
    match bytes.len() {
        4 => f32::from_le_bytes(bytes.try_into().expect("4 bytes")).is_nan(),
        8 => f64::from_le_bytes(bytes.try_into().expect("8 bytes")).is_nan(),
        _ => false,
    }
}

fn mark(types: &TypeTable, ty: TypeId, at: usize, marks: &mut [Mark]) {
    let size = types.size_align(ty).map_or(0, |s| s.0) as usize;
    let whole = match types.get(ty) {
        Type::Float(FloatKind::Float) => Mark::F32,
        Type::Float(FloatKind::Double) => Mark::F64,
        Type::Array { element, len } => {
            let one = types.size_align(element.ty).map_or(0, |s| s.0) as usize;
            (0..len.unwrap_or(0) as usize).for_each(|i| mark(types, element.ty, at + i * one, marks));
            return;
        }
        Type::Record(id) => {
            for field in &types.record(*id).fields {
                mark(types, field.ty.ty, at + field.offset as usize, marks);
            }
            return;
        }
        _ if matches!(size, 1 | 2 | 4 | 8) => Mark::Int(size as u8),
        _ => return,
    };
    if let Some(place) = marks.get_mut(at..at + size) {
        place.fill(Mark::Inside);
        place[0] = whole;
    }
}

/// xorshift
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
