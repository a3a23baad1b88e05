//! The texts of all tests, and ways of spoiling them: shared by the robustness test and the fuzz targets.

use std::path::{Path, PathBuf};

/// One text and a kernel in it.
#[derive(Clone)]
pub struct Sample {
    /// The file it is from.
    #[allow(dead_code)]
    pub name: String,
    pub text: String,
    /// The text's first kernel.
    pub kernel: String,
    /// Its other kernels, and the instances of templates that the file of the text names.
    #[allow(dead_code)]
    pub others: Vec<String>,
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|e| e.path()).collect())
        .unwrap_or_default();
    found.retain(|p| p.extension().is_some_and(|e| e == ending));
    found.sort();
    found
}

/// The names after `__global__ ... void`.
fn kernels(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("__global__").skip(1) {
        let Some(open) = part.find("void ") else { continue };
        let name: String =
            part[open + 5..].trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !name.is_empty() && open < 80 {
            names.push(name);
        }
    }
    names
}

/// CUDA C inside string literals of a Rust test.
fn literals(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("r#\"") {
        rest = &rest[at + 3..];
        let end = rest.find("\"#").unwrap_or(rest.len());
        out.push(rest[..end].to_string());
        rest = &rest[end..];
    }
    out.retain(|t| t.contains("__global__"));
    out
}

/// `name<...>` wherever a file has it as a word of its own.
fn instances(source: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices(&format!("{name}<")) {
        let rest = &source[at..];
        let whole = !source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let Some(end) = rest.find('>').filter(|end| whole && *end < 80) else { continue };
        let text = &rest[..=end];
        // Not what `format!` makes and not what other templates pass on.
        if !text.contains(['{', '\n']) && !text[name.len() + 1..].contains('<') {
            found.push(text.to_string());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The texts of all tests under `tests`.
pub fn samples(tests: &Path) -> Vec<Sample> {
    let mut texts = Vec::new();
    let read = |path: &Path| {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a readable file"))
    };
    for path in files(&tests.join("cudac"), "cu") {
        let (name, text) = read(&path);
        texts.push((name, text.clone(), text));
    }
    for folder in ["kernels", "conformance"] {
        for path in files(&tests.join(folder), "rs") {
            let (name, source) = read(&path);
            texts.extend(literals(&source).into_iter().map(|t| (name.clone(), t, source.clone())));
        }
    }
    let mut samples = Vec::new();
    for (name, text, source) in texts {
        let mut names = kernels(&text);
        names.extend(names.clone().iter().flat_map(|n| instances(&source, n)));
        if !names.is_empty() {
            let kernel = names.remove(0);
            samples.push(Sample { name, text, kernel, others: names });
        }
    }
    assert!(samples.len() > 40, "{}", samples.len());
    samples
}

/// Where the words of a text begin and end; a mark is a word.
pub fn words(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 128;
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        if word(bytes[from]) {
            while at < bytes.len() && word(bytes[at]) {
                at += 1;
            }
        }
        if !bytes[from].is_ascii_whitespace() {
            out.push((from, at));
        }
    }
    out
}

/// Words that mean something.
pub const SPICE: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ";",
    ",",
    "::",
    ".",
    "->",
    "*",
    "&",
    "&&",
    "=",
    "==",
    "+=",
    "<<",
    ">>",
    "<<<",
    "?",
    ":",
    "#",
    "##",
    "\\\n",
    "\n",
    "\"",
    "'",
    "/*",
    "//",
    "...",
    "~",
    "!",
    "-",
    "+",
    "++",
    "--",
    "%",
    "/",
    "0",
    "1",
    "-1",
    "0x",
    "2147483648",
    "0xffffffffffffffffull",
    "1e999",
    "1.0f",
    "nan",
    "'a'",
    "\"s\"",
    "int",
    "unsigned",
    "long",
    "char",
    "short",
    "float",
    "double",
    "void",
    "bool",
    "auto",
    "const",
    "constexpr",
    "volatile",
    "static",
    "extern",
    "inline",
    "struct",
    "union",
    "enum",
    "class",
    "typedef",
    "using",
    "namespace",
    "template",
    "typename",
    "operator",
    "sizeof",
    "alignof",
    "decltype",
    "this",
    "new",
    "delete",
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "default",
    "break",
    "continue",
    "return",
    "goto",
    "__global__",
    "__device__",
    "__host__",
    "__shared__",
    "__constant__",
    "__restrict__",
    "__forceinline__",
    "__syncthreads()",
    "threadIdx.x",
    "blockDim",
    "blockIdx.y",
    "warpSize",
    "atomicAdd",
    "__shfl_sync",
    "float4",
    "make_float4",
    "int2",
    "dim3",
    "printf",
    "assert",
    "min",
    "sinf",
    "pow",
    "static_cast<int>",
    "reinterpret_cast<float*>",
    "nullptr",
    "true",
    "false",
    "#define",
    "#if",
    "#endif",
    "#else",
    "#include",
    "#pragma unroll",
    "#undef",
    "defined",
    "__VA_ARGS__",
    "__LINE__",
    "asm",
    "try",
    "throw",
    "virtual",
    "friend",
    "private:",
    "mutable",
    "half",
    "size_t",
    "x",
    "n",
    "i",
    "T",
    "N",
    "std::",
    "template <class T>",
    "template <>",
    "<int>",
    "[[nodiscard]]",
    "__align__(16)",
    "__launch_bounds__(64)",
    "extern \"C\"",
    "{}",
    "()",
    "[]",
    "= default",
    "= 0",
];

/// A step of mischief.
pub fn mutate(text: &str, all: &[Sample], random: &mut Random) -> String {
    let places = words(text);
    if places.is_empty() {
        return SPICE[random.below(SPICE.len())].to_string();
    }
    let (from, to) = places[random.below(places.len())];
    let (other_from, other_to) = places[random.below(places.len())];
    let spice = SPICE[random.below(SPICE.len())];
    let replace = |from: usize, to: usize, new: &str| format!("{}{new}{}", &text[..from], &text[to..]);
    match random.below(12) {
        0 => replace(from, to, ""),
        1 => replace(from, to, &text[other_from..other_to]),
        2 => replace(from, from, &format!("{} ", &text[from..to])),
        3 => replace(from, from, &format!(" {spice} ")),
        4 => replace(from, to, spice),
        5 => text[..from].to_string(),
        6 | 7 => {
            // A stretch goes, or comes twice.
            let (a, mut b) = (from.min(other_from), to.max(other_to));
            b = b.min(a + 200);
            while !text.is_char_boundary(b) {
                b -= 1;
            }
            match random.below(2) {
                0 => replace(a, b, ""),
                _ => replace(b, b, &text[a..b]),
            }
        }
        8 => {
            // The head of one text and the tail of another.
            let other = &all[random.below(all.len())].text;
            let tail = words(other);
            let at = tail[random.below(tail.len())].0;
            format!("{}\n{}", &text[..from], &other[at..])
        }
        9 => {
            // A line of another text.
            let other = &all[random.below(all.len())].text;
            let lines: Vec<&str> = other.lines().collect();
            replace(from, from, &format!("\n{}\n", lines[random.below(lines.len())]))
        }
        10 => {
            let odd = char::from_u32(random.below(0x3000) as u32).unwrap_or('?');
            replace(from, from, &odd.to_string())
        }
        _ => {
            // Two words change places.
            let ((a, b), (c, d)) = if from < other_from {
                ((from, to), (other_from, other_to))
            } else {
                ((other_from, other_to), (from, to))
            };
            if b > c {
                return replace(from, to, spice);
            }
            format!("{}{}{}{}{}", &text[..a], &text[c..d], &text[b..c], &text[a..b], &text[d..])
        }
    }
}

/// xorshift64*
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 20) % limit.max(1) as u64) as usize
    }
}
