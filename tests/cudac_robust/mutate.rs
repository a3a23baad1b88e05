//! Texts of all tests, cut, spliced and mutated at random: every result is a kernel or an error with a place.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{Random, compile_text, complaint, setting};

/// One text and a kernel in it.
#[derive(Clone)]
struct Sample {
    name: String,
    text: String,
    kernel: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
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

fn samples() -> Vec<Sample> {
    let mut texts = Vec::new();
    for path in files(&root().join("cudac"), "cu") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        texts.push((name, std::fs::read_to_string(&path).unwrap()));
    }
    for folder in ["kernels", "conformance"] {
        for path in files(&root().join(folder), "rs") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let source = std::fs::read_to_string(&path).unwrap();
            texts.extend(literals(&source).into_iter().map(|t| (name.clone(), t)));
        }
    }
    let samples: Vec<Sample> = texts
        .into_iter()
        .filter_map(|(name, text)| {
            let kernel = kernels(&text).into_iter().next()?;
            Some(Sample { name, text, kernel })
        })
        .collect();
    assert!(samples.len() > 40, "{}", samples.len());
    samples
}

fn words(text: &str) -> Vec<(usize, usize)> {
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

const SPICE: &[&str] = &[
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
fn mutate(text: &str, all: &[Sample], random: &mut Random) -> String {
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

#[test]
fn mutated_texts_are_taken_well() {
    let samples = samples();
    let seed = setting("VMGPU_ROBUST_SEED", 1);
    let limit = Duration::from_secs(setting("VMGPU_ROBUST_SECONDS", 15));
    let started = Instant::now();
    let mut random = Random::new(seed);
    let (mut valid, mut invalid) = (0, 0);
    let (mut slowest, mut largest) = (Duration::ZERO, 0);
    let mut bad = Vec::new();
    while started.elapsed() < limit && bad.len() < 20 {
        let sample = &samples[random.below(samples.len())];
        let mut text = sample.text.clone();
        for _ in 0..=random.below(4) {
            let next = mutate(&text, &samples, &mut random);
            if next.len() < 100_000 {
                text = next;
            }
        }
        let outcome = compile_text(&text, &sample.kernel, &[], &[]);
        *(if outcome.refused.is_some() { &mut invalid } else { &mut valid }) += 1;
        slowest = slowest.max(outcome.took);
        largest = largest.max(outcome.peak);
        if let Some(complaint) = complaint(&outcome) {
            if let Some(folder) = std::env::var_os("VMGPU_ROBUST_KEEP") {
                let path = Path::new(&folder).join(format!("bad-{seed}-{}.cu", bad.len()));
                std::fs::write(path, format!("// kernel {}\n{text}", sample.kernel)).unwrap();
            }
            eprintln!("from {}: {complaint}", sample.name);
            bad.push(format!("from {}, kernel {}: {complaint}\n{text}\n", sample.name, sample.kernel));
        }
    }
    eprintln!(
        "{} samples, {valid} valid and {invalid} invalid texts, slowest {slowest:?}, largest {} MB",
        samples.len(),
        largest >> 20
    );
    assert!(bad.is_empty(), "{} texts, the first: {}", bad.len(), bad[0]);
    assert!(invalid > 20 && valid > 5, "{valid} valid, {invalid} invalid");
}
