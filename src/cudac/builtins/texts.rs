//! Everything built in that is written in CUDA C, in the order in which it would be declared. The build script reads
//! this file too: it gives every word in the texts a number and lists the declarations by name.
//!
//! Layout rule that the list relies on: a declaration starts at column 0 with `__device__`, `template` or `namespace` and
//! ends with a `}` at column 0, or with the first line if that ends in `}` or `;`. A namespace is a text of its own.

/// File name for diagnostics and contents. The declarations of the intrinsics, which `table` makes, come before these.
pub static WRITTEN: &[(&str, &str)] = &[
    ("<prelude>", include_str!("prelude.cu")),
    ("<simd>", include_str!("simd.cu")),
    ("<cooperative groups>", include_str!("cooperative_groups.cu")),
    ("<vmgpu math>/exp_log_f32.cu", include_str!("../math/exp_log_f32.cu")),
    ("<vmgpu math>/trig_f32.cu", include_str!("../math/trig_f32.cu")),
    ("<vmgpu math>/pow_f32.cu", include_str!("../math/pow_f32.cu")),
    ("<vmgpu math>/hyper_f32.cu", include_str!("../math/hyper_f32.cu")),
    ("<vmgpu math>/special_f32.cu", include_str!("../math/special_f32.cu")),
    ("<vmgpu math>/manip_f32.cu", include_str!("../math/manip_f32.cu")),
    ("<vmgpu math>/exp_log_f64.cu", include_str!("../math/exp_log_f64.cu")),
    ("<vmgpu math>/trig_f64.cu", include_str!("../math/trig_f64.cu")),
    ("<vmgpu math>/pow_f64.cu", include_str!("../math/pow_f64.cu")),
    ("<vmgpu math>/hyper_f64.cu", include_str!("../math/hyper_f64.cu")),
    ("<vmgpu math>/special_f64.cu", include_str!("../math/special_f64.cu")),
    ("<vmgpu math>/manip_f64.cu", include_str!("../math/manip_f64.cu")),
    ("<vmgpu math>/fast.cu", include_str!("../math/fast.cu")),
    ("<vmgpu math>/vector.cu", include_str!("../math/vector.cu")),
    ("<vmgpu math>/overloads.cu", include_str!("../math/overloads.cu")),
];

/// Names that are known without being in any text: types of the host headers, vector types, built-in variables.
/// A test compares them with what the parser declares.
pub const NAMES: &str = "
size_t ptrdiff_t ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t int_fast8_t int_fast16_t
int_fast32_t int_fast64_t uint_fast8_t uint_fast16_t uint_fast32_t uint_fast64_t int_least8_t int_least16_t
int_least32_t int_least64_t uint_least8_t uint_least16_t uint_least32_t uint_least64_t intptr_t uintptr_t intmax_t
uintmax_t clock_t uint ushort ulong time_t __int8_t __int16_t __int32_t __int64_t __uint8_t __uint16_t __uint32_t
__uint64_t cudaTextureObject_t cudaSurfaceObject_t
char1 char2 char3 char4 uchar1 uchar2 uchar3 uchar4 short1 short2 short3 short4 ushort1 ushort2 ushort3 ushort4
int1 int2 int3 int4 uint1 uint2 uint3 uint4 long1 long2 long3 long4 ulong1 ulong2 ulong3 ulong4
longlong1 longlong2 longlong3 longlong4 ulonglong1 ulonglong2 ulonglong3 ulonglong4
float1 float2 float3 float4 double1 double2 double3 double4 dim3 nullptr_t
threadIdx blockIdx blockDim gridDim warpSize __func__ __FUNCTION__ __PRETTY_FUNCTION__ x y z w
";

/// What a declaration makes of its name, for the parser.
pub const FUNCTION: u32 = 0;
pub const TEMPLATE: u32 = 1;
pub const NAMESPACE: u32 = 2;

/// A declaration in a text: its name, what that is, and where it stands.
pub struct Found<'a> {
    pub name: &'a str,
    pub kind: u32,
    pub start: usize,
    pub end: usize,
}

/// The declarations of one text.
pub fn scan(text: &str) -> Vec<Found<'_>> {
    let mut found: Vec<Found> = Vec::new();
    let mut open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let kind = match bare.split([' ', '<']).next() {
            Some("__device__") => Some(FUNCTION),
            Some("template") => Some(TEMPLATE),
            Some("namespace") => Some(NAMESPACE),
            _ => None,
        };
        let mut ends = bare == "}";
        if let (false, Some(kind)) = (open, kind) {
            found.push(Found { name: name_of(bare, kind), kind, start: at, end: text.trim_end().len() });
            open = true;
            ends = bare.ends_with(['}', ';']);
        }
        if let (true, Some(last)) = (open && ends, found.last_mut())
            && last.kind != NAMESPACE
        {
            last.end = at + bare.len();
            open = false;
        }
        at += line.len();
    }
    found
}

/// The identifier before the first parenthesis, or the one after `namespace`.
fn name_of(line: &str, kind: u32) -> &str {
    if kind == NAMESPACE {
        return line.split(' ').nth(1).unwrap_or("");
    }
    let before = line.split('(').next().unwrap_or(line).trim_end();
    let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    &before[start..]
}
