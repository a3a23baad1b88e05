//! The references, in an object of their own built with libquadmath, and the measuring loop.

use std::path::Path;

use libloading::Library;

use crate::cases::{Case, Width};
use crate::executor::{Executor, c_type, compile_object};
use crate::inputs::{self, Generator};

/// The largest error of one case by one executor.
#[derive(Clone, Debug)]
pub struct Finding {
    pub case: usize,
    pub executor: String,
    pub error: f64,
    pub arguments: [f64; 4],
    pub got: f64,
    pub wanted: f64,
    pub points: usize,
}

pub struct Reference {
    object: Library,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    index: usize,
}

/// The two element types, and what differs between them.
pub trait Element: Copy + Default + 'static {
    const SUFFIX: &'static str;
    /// Bytes of one reference value.
    const WIDE: usize;
    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn run(executor: &dyn Executor, case: usize, arguments: &[Vec<Self>; 4], out: &mut [Self]);
    fn wide_to_f64(bytes: &[u128], index: usize) -> f64;
}

impl Element for f32 {
    const SUFFIX: &'static str = "f32";
    const WIDE: usize = 8;
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn run(executor: &dyn Executor, case: usize, arguments: &[Vec<f32>; 4], out: &mut [f32]) {
        executor.run_f32(case, arguments, out);
    }
    fn wide_to_f64(wide: &[u128], index: usize) -> f64 {
        f64::from_bits((wide[index / 2] >> (64 * (index % 2))) as u64)
    }
}

impl Element for f64 {
    const SUFFIX: &'static str = "f64";
    const WIDE: usize = 16;
    fn from_f64(x: f64) -> f64 {
        x
    }
    fn to_f64(self) -> f64 {
        self
    }
    fn run(executor: &dyn Executor, case: usize, arguments: &[Vec<f64>; 4], out: &mut [f64]) {
        executor.run_f64(case, arguments, out);
    }
    /// Binary128 cut to double: enough for a message.
    fn wide_to_f64(wide: &[u128], index: usize) -> f64 {
        let q = wide[index];
        let exponent = ((q >> 112) & 0x7fff) as i32;
        let fraction = (q & ((1 << 112) - 1)) as f64 / 2f64.powi(112);
        let sign = if q >> 127 == 1 { -1.0 } else { 1.0 };
        match exponent {
            0x7fff if fraction != 0.0 => f64::NAN,
            0x7fff => sign * f64::INFINITY,
            0 => 0.0 * sign,
            e => {
                sign * (1.0 + fraction)
                    * 2f64.powi((e - 16_383) / 2)
                    * 2f64.powi(e - 16_383 - (e - 16_383) / 2)
            }
        }
    }
}

/// Functions whose reference takes microseconds: fewer points.
fn is_slow(case: &Case) -> bool {
    case.width == Width::F64
        || case.reference.contains("_q(")
        || case.reference.contains("bessel")
        || case.reference.contains("gamma")
}

impl Reference {
    pub fn new(directory: &Path, cases: &[Case]) -> Reference {
        let mut text = String::from("#include \"reference.h\"\nextern \"C\" {\n");
        for (number, case) in cases.iter().enumerate() {
            let t = c_type(case.width);
            let wide = if case.width == Width::F32 { "double" } else { "Q" };
            text += &format!(
                "void ref_{number}(const {t} *A, const {t} *B, const {t} *C, const {t} *D, {wide} *out, size_t n) {{ \
                 for (size_t i = 0; i < n; i++) {{ {wide} a = A[i], b = B[i], c = C[i], d = D[i]; \
                 out[i] = {}; }} }}\n",
                case.reference
            );
        }
        text += "}\n";
        let flags = ["-fno-fast-math", "-ffp-contract=off", "-lquadmath", "-lm"];
        Reference { object: compile_object(directory, "reference", &text, &flags) }
    }

    fn fill<T: Element>(&self, out: &mut [T], generator: Generator, seed: u64, stride: u32) {
        type Fill<T> = unsafe extern "C" fn(*mut T, usize, i32, f64, f64, u64, u32);
        let name = format!("fill_{}", T::SUFFIX);
        // SAFETY: declared so in reference.h; it writes `out.len()` elements.
        unsafe {
            let fill = self.object.get::<Fill<T>>(name.as_bytes()).expect("fill");
            let Generator { mode, low, high } = generator;
            fill(out.as_mut_ptr(), out.len(), mode, low, high, seed, stride);
        }
    }

    /// Runs one case by every executor and returns the worst of each.
    pub fn measure<T: Element>(
        &self,
        number: usize,
        case: &Case,
        executors: &[&dyn Executor],
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> = executors
            .iter()
            .map(|e| Finding {
                case: number,
                executor: e.name().to_string(),
                error: -1.0,
                arguments: [0.0; 4],
                got: 0.0,
                wanted: 0.0,
                points: 0,
            })
            .collect();
        let (sets, with_edges) = inputs::parse(case.inputs);
        if with_edges {
            let arguments = edge_arguments::<T>(sets[0].len());
            self.check(number, case, executors, &arguments, &mut findings);
        }
        for (place, set) in sets.iter().enumerate() {
            let seed = (number * 16 + place) as u64 + 1;
            self.sweep::<T>(number, case, executors, set, seed, &mut findings);
        }
        findings
    }

    fn sweep<T: Element>(
        &self,
        number: usize,
        case: &Case,
        executors: &[&dyn Executor],
        set: &[Generator],
        seed: u64,
        findings: &mut [Finding],
    ) {
        let flag = |name: &str| std::env::var(name).ok();
        let factor: usize = flag("VMGPU_MATH_POINTS").map_or(1, |text| text.parse().expect("a number"));
        // All patterns of one float argument: every stride-th, a prime. Else random.
        let patterns = T::SUFFIX == "f32" && set.len() == 1 && set[0].mode == 0;
        let stride: u32 = if is_slow(case) { 104_729 } else { 2_039 };
        let stride =
            if flag("VMGPU_MATH_EXHAUSTIVE").is_some() { 1 } else { (stride / factor as u32).max(1) };
        let total = match (patterns, is_slow(case)) {
            (true, _) => (1usize << 32) / stride as usize,
            (false, true) => 20_000 * factor,
            (false, false) => 300_000 * factor,
        };
        const CHUNK: usize = 1 << 16;
        let mut start = 0;
        while start < total {
            let length = CHUNK.min(total - start);
            let mut arguments: [Vec<T>; 4] = std::array::from_fn(|_| vec![T::default(); length]);
            for (place, &generator) in set.iter().enumerate() {
                let single = patterns;
                let generator = if single || generator.mode != 0 {
                    generator
                } else {
                    Generator { mode: 3, ..generator }
                };
                let seed = if single {
                    (start as u64).wrapping_mul(u64::from(stride)).wrapping_add(seed)
                } else {
                    (seed << 32) + ((start as u64) << 3) + place as u64
                };
                self.fill(&mut arguments[place], generator, seed, stride);
            }
            self.check(number, case, executors, &arguments, findings);
            start += length;
        }
    }

    fn check<T: Element>(
        &self,
        number: usize,
        case: &Case,
        executors: &[&dyn Executor],
        arguments: &[Vec<T>; 4],
        findings: &mut [Finding],
    ) {
        type Evaluate<T> = unsafe extern "C" fn(*const T, *const T, *const T, *const T, *mut u128, usize);
        type Compare<T> = unsafe extern "C" fn(*const T, *const u128, usize, i32) -> Worst;
        let length = arguments[0].len();
        // u128 elements give both kinds of reference values their alignment.
        let mut wanted = vec![0u128; (length * T::WIDE).div_ceil(16)];
        let name = format!("ref_{number}");
        // SAFETY: generated above with this signature; `wanted` has room for `length` values of WIDE bytes.
        unsafe {
            let evaluate = self.object.get::<Evaluate<T>>(name.as_bytes()).expect("a reference");
            let [a, b, c, d] = arguments;
            evaluate(a.as_ptr(), b.as_ptr(), c.as_ptr(), d.as_ptr(), wanted.as_mut_ptr(), length);
        }
        for (executor, finding) in executors.iter().zip(findings) {
            let mut got = vec![T::default(); length];
            T::run(*executor, number, arguments, &mut got);
            let name = format!("worst_{}", T::SUFFIX);
            // SAFETY: declared so in reference.h; both arrays have `length` values.
            let worst = unsafe {
                let compare = self.object.get::<Compare<T>>(name.as_bytes()).expect("compare");
                compare(got.as_ptr(), wanted.as_ptr(), length, i32::from(case.absolute))
            };
            finding.points += length;
            if worst.error > finding.error {
                finding.error = worst.error;
                finding.arguments = std::array::from_fn(|i| arguments[i][worst.index].to_f64());
                finding.got = got[worst.index].to_f64();
                finding.wanted = T::wide_to_f64(&wanted, worst.index);
            }
        }
    }
}

/// All edge values for one argument, all pairs for two, pseudo-random tuples of them for more.
fn edge_arguments<T: Element>(count: usize) -> [Vec<T>; 4] {
    let edges: Vec<T> = inputs::edges(T::SUFFIX == "f32").into_iter().map(T::from_f64).collect();
    let mut out: [Vec<T>; 4] = std::array::from_fn(|_| Vec::new());
    let total = if count == 1 { edges.len() } else { edges.len() * edges.len() };
    for i in 0..total {
        let mut state = i as u64;
        for (place, list) in out.iter_mut().enumerate() {
            let index = match (count, place) {
                (1 | 2, 0) => i % edges.len(),
                (2, 1) => i / edges.len(),
                _ => {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) as usize % edges.len()
                }
            };
            list.push(if place < count { edges[index] } else { T::default() });
        }
    }
    out
}
