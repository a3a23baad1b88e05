//! Random CUDA C kernels: integer and float expressions of all widths, loops, branches, switches, local arrays, structs with
//! methods, helper functions and templates, shared memory with barriers, shuffles and votes.
//!
//! A kernel is free of races: shared memory is written at the thread's own place between barriers, and barriers and warp
//! operations stand only where control flow is uniform. `safe` keeps to what C++ defines as well (no division by zero, no
//! shift past the width, no conversion out of range), so that a host compiler must agree.

use std::fmt::Write;

use super::rng::Rng;

/// Threads of a block, and blocks, of every generated kernel.
pub const BLOCK: usize = 48;
pub const GRID: usize = 2;
/// Elements of each input buffer.
pub const INPUTS: usize = 64;
/// Elements that each thread writes to each output buffer.
pub const OUTPUTS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

const ALL: [Ty; 11] =
    [Ty::I32, Ty::U32, Ty::F32, Ty::I64, Ty::U64, Ty::F64, Ty::I8, Ty::U8, Ty::I16, Ty::U16, Ty::Bool];

impl Ty {
    fn name(self) -> &'static str {
        match self {
            Ty::Bool => "bool",
            Ty::I8 => "signed char",
            Ty::U8 => "unsigned char",
            Ty::I16 => "short",
            Ty::U16 => "unsigned short",
            Ty::I32 => "int",
            Ty::U32 => "unsigned",
            Ty::I64 => "long long",
            Ty::U64 => "unsigned long long",
            Ty::F32 => "float",
            Ty::F64 => "double",
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Ty::F32 | Ty::F64)
    }

    fn bits(self) -> u32 {
        match self {
            Ty::Bool | Ty::I8 | Ty::U8 => 8,
            Ty::I16 | Ty::U16 => 16,
            Ty::I32 | Ty::U32 | Ty::F32 => 32,
            Ty::I64 | Ty::U64 | Ty::F64 => 64,
        }
    }
}

pub struct Generator {
    rng: Rng,
    safe: bool,
    /// Variables in scope.
    vars: Vec<(String, Ty)>,
    /// Loop counters: read, never written.
    fixed: Vec<(String, Ty)>,
    /// Helper functions: name, parameters, result.
    helpers: Vec<(String, Vec<Ty>, Ty)>,
    next: u32,
    out: String,
    indent: usize,
    /// In a kernel: inputs, arrays and the struct are there.
    in_kernel: bool,
    in_loop: bool,
    budget: i32,
}

/// The text of a kernel called `kernel` with parameters
/// `(const int *a, const float *b, const long long *c, int *oi, float *of, double *od, unsigned long long *ol)`.
pub fn generate(seed: u64, safe: bool) -> String {
    let mut g = Generator {
        rng: Rng::new(seed),
        safe,
        vars: Vec::new(),
        fixed: Vec::new(),
        helpers: Vec::new(),
        next: 0,
        out: String::new(),
        indent: 0,
        in_kernel: false,
        in_loop: false,
        budget: 0,
    };
    g.unit();
    g.out
}

impl Generator {
    fn chance(&mut self, percent: usize) -> bool {
        self.rng.below(100) < percent
    }

    fn any_ty(&mut self) -> Ty {
        // The usual types come more often.
        let i = self.rng.below(18);
        ALL[if i < 11 { i } else { (i - 11) % 6 }]
    }

    fn name(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn line(&mut self, text: &str) {
        let indent = "    ".repeat(self.indent);
        let _ = writeln!(self.out, "{indent}{text}");
    }

    fn unit(&mut self) {
        self.line("template <typename T> __device__ T pick(bool c, T a, T b) { return c ? a : b; }");
        self.line("template <int N, typename T> __device__ T repeat(T x) {");
        self.line("    for (int i = 0; i < N; i++) x = x * T(3) + T(i);");
        self.line("    return x;");
        self.line("}");
        self.line("struct state {");
        self.line("    int i; unsigned char c; float f; double d; unsigned long long l; unsigned low : 5; int mid : 11;");
        self.line("    __device__ state(int x) : i(x), c(x * 7), f(x * 0.5f), d(x), l(x * 3ull), low(x), mid(-x) {}");
        self.line("    __device__ int next() { i = i * 1103515245 + 12345; return i >> 16; }");
        self.line("    __device__ unsigned mix(unsigned x) const { return x * 31u + c + low; }");
        self.line("    __device__ state &operator+=(int x) { i += x; c ^= x; mid += x; l = l * 5 + x; return *this; }");
        self.line("};");
        for _ in 0..self.rng.below(4) {
            self.helper();
        }
        self.kernel();
    }

    fn helper(&mut self) {
        let name = self.name("helper");
        let count = 1 + self.rng.below(3);
        let params: Vec<Ty> = (0..count).map(|_| self.any_ty()).collect();
        let ret = self.any_ty();
        let list: Vec<String> =
            params.iter().enumerate().map(|(i, t)| format!("{} p{i}", t.name())).collect();
        self.line(&format!("__device__ {} {name}({}) {{", ret.name(), list.join(", ")));
        self.vars = params.iter().enumerate().map(|(i, t)| (format!("p{i}"), *t)).collect();
        self.indent = 1;
        self.in_kernel = false;
        self.budget = 8;
        let n = 1 + self.rng.below(4);
        self.statements(n, false, 2);
        if self.chance(30) {
            let c = self.condition(2);
            let e = self.expr(ret, 2);
            self.line(&format!("if ({c}) return {e};"));
        }
        let e = self.expr(ret, 3);
        self.line(&format!("return {e};"));
        self.indent = 0;
        self.line("}");
        self.vars.clear();
        self.helpers.push((name, params, ret));
    }

    fn kernel(&mut self) {
        self.line(
            "extern \"C\" __global__ void kernel(const int *a, const float *b, const long long *c, int *oi, float *of, \
             double *od, unsigned long long *ol) {",
        );
        self.indent = 1;
        self.in_kernel = true;
        self.line(&format!("__shared__ int s[{BLOCK}];"));
        self.line("int t = threadIdx.x, g = blockIdx.x * blockDim.x + threadIdx.x;");
        self.line("int arr[8] = {1, t, 3, g, 5};");
        self.line("state st(a[t]);");
        self.line("s[t] = t * 7;");
        self.line("__syncthreads();");
        self.fixed = vec![("t".into(), Ty::I32), ("g".into(), Ty::I32), ("threadIdx.x".into(), Ty::U32)];
        self.budget = 40;
        let n = 4 + self.rng.below(8);
        self.statements(n, true, 3);
        for k in 0..OUTPUTS {
            let at = format!("g * {OUTPUTS} + {k}");
            let e = self.expr(Ty::I32, 3);
            self.line(&format!("oi[{at}] = {e};"));
            let e = self.expr(Ty::F32, 3);
            self.line(&format!("{{ float r = {e}; of[{at}] = r == r ? r : 0.0f; }}"));
            let e = self.expr(Ty::F64, 3);
            self.line(&format!("{{ double r = {e}; od[{at}] = r == r ? r : 0.0; }}"));
            let e = self.expr(Ty::U64, 3);
            self.line(&format!("ol[{at}] = {e};"));
        }
        self.line(&format!("oi[g * {OUTPUTS}] += arr[t & 7] + st.i + st.c + st.mid + s[t];"));
        self.line(&format!("ol[g * {OUTPUTS}] ^= st.l + st.low;"));
        self.indent = 0;
        self.line("}");
    }

    // ---- statements ----

    /// `uniform`: all threads of the block come here together.
    fn statements(&mut self, n: usize, uniform: bool, depth: u32) {
        for _ in 0..n {
            self.statement(uniform, depth);
        }
    }

    fn block(&mut self, uniform: bool, depth: u32) {
        let scope = self.vars.len();
        self.indent += 1;
        let n = 1 + self.rng.below(3);
        self.statements(n, uniform, depth);
        self.indent -= 1;
        self.vars.truncate(scope);
    }

    fn statement(&mut self, uniform: bool, depth: u32) {
        self.budget -= 1;
        let pick = if self.budget <= 0 || depth == 0 { self.rng.below(45) } else { self.rng.below(100) };
        match pick {
            0..20 => {
                let ty = self.any_ty();
                let e = self.expr(ty, 3);
                let name = self.name("v");
                self.line(&format!("{} {name} = {e};", ty.name()));
                self.vars.push((name, ty));
            }
            20..34 => self.assignment(),
            34..45 if self.in_kernel => self.memory_statement(),
            34..45 => self.assignment(),
            45..62 => {
                let c = self.condition(2);
                self.line(&format!("if ({c}) {{"));
                self.block(false, depth - 1);
                if self.chance(50) {
                    self.line("} else {");
                    self.block(false, depth - 1);
                }
                self.line("}");
            }
            62..76 => self.counted_loop(uniform, depth),
            76..82 => self.while_loop(depth),
            82..88 => self.switch(depth),
            _ if uniform && self.in_kernel => self.exchange(),
            _ => self.assignment(),
        }
    }

    fn assignment(&mut self) {
        if self.vars.is_empty() {
            return;
        }
        let (name, ty) = self.vars[self.rng.below(self.vars.len())].clone();
        let kind = self.rng.below(10);
        if ty == Ty::Bool || kind < 4 {
            let e = self.expr(ty, 3);
            self.line(&format!("{name} = {e};"));
        } else if kind < 5 {
            let op = if self.chance(50) { "++" } else { "--" };
            let text = if self.chance(50) { format!("{op}{name};") } else { format!("{name}{op};") };
            self.line(&text);
        } else if ty.is_float() {
            let op = ["+=", "-=", "*="][self.rng.below(3)];
            let e = self.expr(ty, 2);
            self.line(&format!("{name} {op} {e};"));
        } else {
            let op = ["+=", "-=", "*=", "^=", "|=", "&="][self.rng.below(6)];
            // The right side may be of another type: the operation is done in the common one.
            let rhs = [ty, Ty::I32, Ty::U32, Ty::I64][self.rng.below(4)];
            let e = self.expr(rhs, 2);
            self.line(&format!("{name} {op} {e};"));
        }
    }

    fn memory_statement(&mut self) {
        let i = self.expr(Ty::I32, 2);
        let e = self.expr(Ty::I32, 2);
        let text = match self.rng.below(6) {
            0 | 1 => format!("arr[({i}) & 7] = {e};"),
            2 => format!("arr[({i}) & 7] ^= {e};"),
            3 => format!("st += {e};"),
            4 => format!("st.mid = {e};"),
            _ => format!("st.f = st.f * 0.25f + (float)(({e}) & 1023);"),
        };
        self.line(&text);
    }

    fn counted_loop(&mut self, uniform: bool, depth: u32) {
        let i = self.name("i");
        let divergent = self.chance(40);
        let bound = if divergent {
            let e = self.expr(Ty::I32, 2);
            format!("(({e}) & 7)")
        } else {
            (1 + self.rng.below(6)).to_string()
        };
        let body_uniform = uniform && !divergent;
        match self.rng.below(3) {
            0 => self.line(&format!("for (int {i} = 0; {i} < {bound}; {i}++) {{")),
            1 => self.line(&format!("for (int {i} = {bound}; {i} > 0; --{i}) {{")),
            _ => self.line(&format!("for (unsigned {i} = 0; {i} < {bound} * 3u; {i} += 3) {{")),
        }
        let ty = if self.out.trim_end().ends_with("3) {") { Ty::U32 } else { Ty::I32 };
        self.fixed.push((i, ty));
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.block(body_uniform, depth - 1);
        if !body_uniform && self.chance(35) {
            let c = self.condition(2);
            let word = if self.chance(50) { "break" } else { "continue" };
            self.line(&format!("    if ({c}) {word};"));
            if word == "continue" {
                self.block(false, 0);
            }
        }
        self.in_loop = outer;
        self.fixed.pop();
        self.line("}");
    }

    fn while_loop(&mut self, depth: u32) {
        let w = self.name("w");
        let start = self.expr(Ty::U32, 2);
        self.line(&format!("unsigned {w} = ({start}) & 15;"));
        let is_do = self.chance(40);
        if is_do {
            self.line("do {");
        } else {
            self.line(&format!("while ({w} != 0) {{"));
        }
        self.fixed.push((w.clone(), Ty::U32));
        self.block(false, depth - 1);
        self.fixed.pop();
        self.line(&format!("    {w} >>= 1;"));
        let close = if is_do { format!("}} while ({w});") } else { "}".into() };
        self.line(&close);
    }

    fn switch(&mut self, depth: u32) {
        let e = self.expr(Ty::I32, 2);
        self.line(&format!("switch (({e}) & 7) {{"));
        for case in 0..1 + self.rng.below(5) {
            self.line(&format!("case {}: {{", case * 2 % 7));
            self.block(false, depth - 1);
            self.line("}");
            if self.chance(65) {
                self.line("    break;");
            }
        }
        if self.chance(60) {
            self.line("default: {");
            self.block(false, depth - 1);
            self.line("}");
        }
        self.line("}");
    }

    /// Threads exchange values: through shared memory, or within the warp.
    fn exchange(&mut self) {
        let e = self.expr(Ty::I32, 2);
        match self.rng.below(5) {
            0 | 1 => {
                let name = self.name("x");
                let i = self.expr(Ty::U32, 2);
                self.line("__syncthreads();");
                self.line(&format!("s[t] = {e};"));
                self.line("__syncthreads();");
                self.line(&format!("int {name} = s[({i}) % {BLOCK}u];"));
                self.line("__syncthreads();");
                self.vars.push((name, Ty::I32));
            }
            2 => {
                let name = self.name("x");
                self.line(&format!("int {name} = __syncthreads_count(({e}) & 1);"));
                self.vars.push((name, Ty::I32));
            }
            // The second warp of a block is half full: only its lower lanes are there.
            3 => {
                let ty = [Ty::I32, Ty::U32, Ty::F32, Ty::I64, Ty::F64][self.rng.below(5)];
                let v = self.expr(ty, 2);
                let name = self.name("x");
                let mode = ["__shfl_xor_sync", "__shfl_sync", "__shfl_up_sync", "__shfl_down_sync"]
                    [self.rng.below(4)];
                let by = self.rng.below(8);
                let mask = "(t < 32 ? 0xffffffffu : 0x0000ffffu)";
                self.line(&format!("{} {name} = {mode}({mask}, ({}){v}, {by}, 8);", ty.name(), ty.name()));
                self.vars.push((name, ty));
            }
            _ => {
                let name = self.name("x");
                let mask = "(t < 32 ? 0xffffffffu : 0x0000ffffu)";
                self.line(&format!("unsigned {name} = __ballot_sync({mask}, ({e}) & 2);"));
                self.vars.push((name, Ty::U32));
            }
        }
    }

    // ---- expressions ----

    fn condition(&mut self, depth: u32) -> String {
        self.expr(Ty::Bool, depth)
    }

    fn literal(&mut self, ty: Ty) -> String {
        match ty {
            Ty::Bool => ["true", "false"][self.rng.below(2)].into(),
            Ty::F32 => {
                format!("{}f", ["0.5", "1.0", "-2.25", "3.0", "1e3", "0.1", "-0.0"][self.rng.below(7)])
            }
            Ty::F64 => ["0.5", "1.0", "-2.25", "3.0", "1e5", "0.1", "7.0"][self.rng.below(7)].into(),
            _ => {
                let n = match self.rng.below(4) {
                    0 => self.rng.int(-3, 3),
                    1 => self.rng.int(0, 255),
                    2 => self.rng.int(-70000, 70000),
                    _ => self.rng.int(-(1 << 31), (1 << 31) - 1),
                };
                format!("({})({n}LL)", ty.name())
            }
        }
    }

    /// A variable of the type, or one converted to it.
    fn leaf(&mut self, ty: Ty) -> String {
        let all = self.vars.len() + self.fixed.len();
        if all == 0 || self.chance(25) {
            return self.literal(ty);
        }
        let at = self.rng.below(all);
        let (name, from) = match at.checked_sub(self.vars.len()) {
            None => self.vars[at].clone(),
            Some(i) => self.fixed[i].clone(),
        };
        self.convert(&name, from, ty)
    }

    fn convert(&mut self, text: &str, from: Ty, to: Ty) -> String {
        if from == to {
            return text.into();
        }
        if from.is_float() && !to.is_float() && to != Ty::Bool && self.safe {
            // Into the range that every integer type has; NaN compares false.
            return format!("({})(({text}) > 0.0 && ({text}) < 100.0 ? ({text}) : 1)", to.name());
        }
        if from == Ty::F64 && to == Ty::F32 && self.safe {
            return format!("(float)(({text}) > -1e30 && ({text}) < 1e30 ? ({text}) : 1)");
        }
        match self.rng.below(3) {
            0 => format!("static_cast<{}>({text})", to.name()),
            // With more than a name inside, C++ may read `(int((unsigned(x))))` as a function type.
            1 if !to.name().contains(' ') && !text.contains('(') => format!("{}({text})", to.name()),
            _ => format!("({})({text})", to.name()),
        }
    }

    fn expr(&mut self, ty: Ty, depth: u32) -> String {
        if depth == 0 || self.chance(12) {
            return self.leaf(ty);
        }
        let d = depth - 1;
        match self.rng.below(20) {
            0 | 1 => {
                let from = self.any_ty();
                let e = self.expr(from, d);
                self.convert(&format!("({e})"), from, ty)
            }
            2 => {
                let (c, a, b) = (self.condition(d), self.expr(ty, d), self.expr(ty, d));
                format!("(({c}) ? ({}) ({a}) : ({}) ({b}))", ty.name(), ty.name())
            }
            3 if !self.helpers.is_empty() => {
                let (name, params, ret) = self.helpers[self.rng.below(self.helpers.len())].clone();
                let args: Vec<String> = params.iter().map(|p| self.expr(*p, d)).collect();
                self.convert(&format!("{name}({})", args.join(", ")), ret, ty)
            }
            4 => {
                let (c, a, b) = (self.condition(d), self.expr(ty, d), self.expr(ty, d));
                format!("pick<{}>({c}, {a}, {b})", ty.name())
            }
            5 if !ty.is_float() && ty.bits() >= 32 => {
                let e = self.expr(ty, d);
                format!("repeat<{}>(({})({e}))", 1 + self.rng.below(4), ty.name())
            }
            6 | 7 if self.in_kernel => {
                let i = self.expr(Ty::U32, d);
                let (text, from) = match self.rng.below(6) {
                    0 => (format!("a[({i}) & 63]"), Ty::I32),
                    1 => (format!("b[({i}) & 63]"), Ty::F32),
                    2 => (format!("c[({i}) & 63]"), Ty::I64),
                    3 => (format!("arr[({i}) & 7]"), Ty::I32),
                    4 => (format!("st.mix({i})"), Ty::U32),
                    _ => [
                        ("st.f", Ty::F32),
                        ("st.d", Ty::F64),
                        ("st.mid", Ty::I32),
                        ("st.l", Ty::U64),
                        ("st.c", Ty::U8),
                    ]
                    .map(|(n, t)| (n.to_owned(), t))[self.rng.below(5)]
                    .clone(),
                };
                self.convert(&text, from, ty)
            }
            8 if !ty.is_float() => self.intrinsic(ty, d),
            _ if ty == Ty::Bool => self.comparison(d),
            _ if ty.is_float() => self.float_op(ty, d),
            _ => self.int_op(ty, d),
        }
    }

    fn comparison(&mut self, d: u32) -> String {
        match self.rng.below(6) {
            0 => format!("(({}) && ({}))", self.condition(d), self.condition(d)),
            1 => format!("(({}) || ({}))", self.condition(d), self.condition(d)),
            2 => format!("!({})", self.condition(d)),
            _ => {
                let ty = self.any_ty();
                let op = ["<", "<=", ">", ">=", "==", "!="][self.rng.below(6)];
                format!("(({}) {op} ({}))", self.expr(ty, d), self.expr(ty, d))
            }
        }
    }

    fn float_op(&mut self, ty: Ty, d: u32) -> String {
        let suffix = if ty == Ty::F32 { "f" } else { "" };
        let (a, b) = (self.expr(ty, d), self.expr(ty, d));
        match self.rng.below(10) {
            0..3 => format!("(({a}) + ({b}))"),
            3 | 4 => format!("(({a}) - ({b}))"),
            5 | 6 => format!("(({a}) * ({b}))"),
            7 => format!("(({a}) / ({b}))"),
            8 => format!("-({a})"),
            _ => {
                let f = ["fabs", "floor", "ceil", "trunc", "rint"][self.rng.below(5)];
                format!("{f}{suffix}({a})")
            }
        }
    }

    fn int_op(&mut self, ty: Ty, d: u32) -> String {
        let (a, b) = (self.expr(ty, d), self.expr(ty, d));
        let t = ty.name();
        let text = match self.rng.below(14) {
            0..3 => format!("({a}) + ({b})"),
            3 | 4 => format!("({a}) - ({b})"),
            5 | 6 => format!("({a}) * ({b})"),
            7 => format!("({a}) & ({b})"),
            8 => format!("({a}) | ({b})"),
            9 => format!("({a}) ^ ({b})"),
            10 => {
                let op = if self.chance(50) { "<<" } else { ">>" };
                let count = self.expr(Ty::I32, d);
                let mask = if self.safe { format!("({count}) & {}", ty.bits().min(31) - 1) } else { count };
                format!("({a}) {op} ({mask})")
            }
            11 | 12 => {
                let op = if self.chance(50) { "/" } else { "%" };
                if self.safe {
                    // Neither zero nor minus one.
                    format!("({a}) {op} ({t})((({b}) & 63) + 2)")
                } else {
                    format!("({a}) {op} ({b})")
                }
            }
            _ => {
                let op = if self.chance(50) { "~" } else { "-" };
                format!("{op}({a})")
            }
        };
        format!("({t})({text})")
    }

    fn intrinsic(&mut self, ty: Ty, d: u32) -> String {
        let (x, y) = (self.expr(Ty::U32, d), self.expr(Ty::U32, d));
        let l = self.expr(Ty::U64, d);
        let (text, from) = match self.rng.below(10) {
            0 => (format!("__popc({x})"), Ty::I32),
            1 => (format!("__clz((int)({x}))"), Ty::I32),
            2 => (format!("__ffs((int)({x}))"), Ty::I32),
            3 => (format!("__brev({x})"), Ty::U32),
            4 => (format!("__umulhi({x}, {y})"), Ty::U32),
            5 => (format!("__mulhi((int)({x}), (int)({y}))"), Ty::I32),
            6 => (format!("__popcll({l})"), Ty::I32),
            7 => (format!("__byte_perm({x}, {y}, 0x{:04x})", self.rng.below(0x8000) & 0x7777), Ty::U32),
            8 => (format!("min((int)({x}), (int)({y}))"), Ty::I32),
            _ => (format!("max((unsigned)({x}), (unsigned)({y}))"), Ty::U32),
        };
        self.convert(&text, from, ty)
    }
}
