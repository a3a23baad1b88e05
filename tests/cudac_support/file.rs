//! The file tests' own language: comments that say how a kernel is launched and what it must do.
//!
//! ```text
//! // options: -fmad=false -DN=4            for the whole file
//! // no gxx: reason                        the host compiler's shim cannot run this file
//! // launch: scale<float> grid=2 block=32 shared=128     a launch; what follows belongs to it
//! //   arg f32[100] random -1 1 7          a buffer of random numbers from a seed
//! //   arg i32[4] = 1 2 3 4                a buffer of given numbers
//! //   arg u8[16] fill 165                 a buffer of one number
//! //   arg i32 100                         a value
//! //   arg struct f32 1.5 i32 2 f64 3      a struct by value, laid out as in C
//! //   expect 2 ~1e-6 = 0.5 1 1.5          what argument 2 must hold; lines of plain numbers continue it
//! //   ignore 3                            argument 3 may hold anything afterwards
//! //   prints hello\n                      exactly this printf text
//! //   fault assert: text at 12            the kernel fails, with this text, in this line
//! float x = y;  // error: text             the compile fails here with this text
//! ```

use super::rng::Rng;
use super::run::{Arg, Shape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Num {
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

impl Num {
    fn parse(text: &str) -> Option<Num> {
        Some(match text {
            "i8" => Num::I8,
            "u8" | "bool" => Num::U8,
            "i16" => Num::I16,
            "u16" => Num::U16,
            "i32" => Num::I32,
            "u32" => Num::U32,
            "i64" => Num::I64,
            "u64" => Num::U64,
            "f32" => Num::F32,
            "f64" => Num::F64,
            _ => return None,
        })
    }

    pub fn size(self) -> usize {
        match self {
            Num::I8 | Num::U8 => 1,
            Num::I16 | Num::U16 => 2,
            Num::I32 | Num::U32 | Num::F32 => 4,
            Num::I64 | Num::U64 | Num::F64 => 8,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Num::F32 | Num::F64)
    }

    /// The bytes of a number as it is written.
    pub fn bytes(self, text: &str) -> Result<Vec<u8>, String> {
        let bad = || format!("`{text}` is not a number of this kind");
        if self.is_float() {
            let x: f64 = text.parse().map_err(|_| bad())?;
            return Ok(match self {
                // Parsed at its own width: going through f64 would round twice.
                Num::F32 => text.parse::<f32>().map_err(|_| bad())?.to_ne_bytes().to_vec(),
                _ => x.to_ne_bytes().to_vec(),
            });
        }
        let n: i128 = match text.strip_prefix("0x") {
            Some(hex) => i128::from_str_radix(hex, 16).map_err(|_| bad())?,
            None => text.parse().map_err(|_| bad())?,
        };
        Ok(n.to_le_bytes()[..self.size()].to_vec())
    }

    pub fn show(self, bytes: &[u8]) -> String {
        let mut wide = [0u8; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let n = u64::from_le_bytes(wide);
        match self {
            Num::I8 => (n as i8).to_string(),
            Num::I16 => (n as i16).to_string(),
            Num::I32 => (n as i32).to_string(),
            Num::I64 => (n as i64).to_string(),
            Num::U8 | Num::U16 | Num::U32 | Num::U64 => n.to_string(),
            Num::F32 => short(&format!("{:?}", f32::from_bits(n as u32))),
            Num::F64 => short(&format!("{:?}", f64::from_bits(n))),
        }
    }

    pub fn value(self, bytes: &[u8]) -> f64 {
        match self {
            Num::F32 => f32::from_ne_bytes(bytes.try_into().expect("4 bytes")).into(),
            _ => f64::from_ne_bytes(bytes.try_into().expect("8 bytes")),
        }
    }
}

fn short(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

pub struct Expect {
    pub arg: usize,
    pub tolerance: f64,
    pub text: Vec<String>,
    /// First line and one past the last of it in the file, for blessing.
    pub lines: (usize, usize),
}

pub struct LaunchTest {
    pub line: usize,
    pub kernel: String,
    pub shape: Shape,
    pub args: Vec<Arg>,
    pub buffers: Vec<Vec<u8>>,
    /// The kind of number in each buffer.
    pub kinds: Vec<Num>,
    pub expects: Vec<Expect>,
    /// Arguments whose buffers may hold anything afterwards.
    pub ignored: Vec<usize>,
    pub prints: Option<String>,
    pub fault: Option<(String, u32)>,
}

#[derive(Default)]
pub struct TestFile {
    pub options: Vec<String>,
    pub no_gxx: bool,
    pub launches: Vec<LaunchTest>,
    /// Line and text of each compile error that must come; the kernel is the file's only one or named by `// kernel:`.
    pub errors: Vec<(u32, String)>,
    pub kernel: Option<String>,
}

fn dims(text: &str) -> Result<[u32; 3], String> {
    let mut out = [1; 3];
    for (to, part) in out.iter_mut().zip(text.split(',')) {
        *to = part.parse().map_err(|_| format!("`{text}` are no dimensions"))?;
    }
    Ok(out)
}

pub fn parse(text: &str) -> Result<TestFile, String> {
    let mut file = TestFile::default();
    for (i, line) in text.lines().enumerate() {
        let at = |e: String| format!("line {}: {e}", i + 1);
        if let Some((_, error)) = line.split_once("// error: ") {
            file.errors.push((i as u32 + 1, error.trim().to_owned()));
            continue;
        }
        let Some(comment) = line.strip_prefix("//") else { continue };
        if let Some(rest) = comment.strip_prefix(" options:") {
            file.options = rest.split_whitespace().map(str::to_owned).collect();
        } else if comment.starts_with(" no gxx") {
            file.no_gxx = true;
        } else if let Some(rest) = comment.strip_prefix(" kernel:") {
            file.kernel = Some(rest.trim().to_owned());
        } else if let Some(rest) = comment.strip_prefix(" launch:") {
            file.launches.push(launch(rest, i).map_err(at)?);
        } else if comment.starts_with("   ")
            && let Some(launch) = file.launches.last_mut()
        {
            directive(launch, comment, i).map_err(at)?;
        }
    }
    Ok(file)
}

fn launch(rest: &str, line: usize) -> Result<LaunchTest, String> {
    let mut shape = Shape { grid: [1; 3], block: [1; 3], shared: 0 };
    let mut kernel = Vec::new();
    for word in rest.split_whitespace() {
        match word.split_once('=') {
            Some(("grid", v)) => shape.grid = dims(v)?,
            Some(("block", v)) => shape.block = dims(v)?,
            Some(("shared", v)) => shape.shared = v.parse().map_err(|_| "bad shared size".to_owned())?,
            _ => kernel.push(word),
        }
    }
    Ok(LaunchTest {
        line,
        kernel: kernel.join(" "),
        shape,
        args: Vec::new(),
        buffers: Vec::new(),
        kinds: Vec::new(),
        expects: Vec::new(),
        ignored: Vec::new(),
        prints: None,
        fault: None,
    })
}

fn directive(launch: &mut LaunchTest, comment: &str, line: usize) -> Result<(), String> {
    let text = comment.trim();
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "arg" => arg(launch, rest),
        "expect" => {
            let (head, values) = rest.split_once('=').ok_or("an expectation without `=`")?;
            let mut head = head.split_whitespace();
            let arg = head.next().and_then(|n| n.parse().ok()).ok_or("which argument?")?;
            let tolerance = match head.next() {
                Some(t) => t.trim_start_matches('~').parse().map_err(|_| "bad tolerance".to_owned())?,
                None => 0.0,
            };
            let text = values.split_whitespace().map(str::to_owned).collect();
            launch.expects.push(Expect { arg, tolerance, text, lines: (line, line + 1) });
            Ok(())
        }
        "ignore" => {
            launch.ignored.push(rest.trim().parse().map_err(|_| "which argument?".to_owned())?);
            Ok(())
        }
        "prints" => {
            launch.prints = Some(rest.replace("\\n", "\n"));
            Ok(())
        }
        "fault" => {
            let (text, at) = rest.rsplit_once(" at ").ok_or("a fault without a line")?;
            launch.fault = Some((text.to_owned(), at.parse().map_err(|_| "bad line".to_owned())?));
            Ok(())
        }
        _ => match launch.expects.last_mut() {
            Some(e) if e.lines.1 == line => {
                e.text.extend(text.split_whitespace().map(str::to_owned));
                e.lines.1 += 1;
                Ok(())
            }
            _ => Err(format!("`{word}` is no directive")),
        },
    }
}

fn arg(launch: &mut LaunchTest, rest: &str) -> Result<(), String> {
    let mut words = rest.split_whitespace();
    let first = words.next().ok_or("an argument of what?")?;
    if first == "struct" {
        let mut bytes = Vec::new();
        let mut align = 1;
        while let Some(kind) = words.next() {
            let kind = Num::parse(kind).ok_or("bad member")?;
            bytes.resize(bytes.len().next_multiple_of(kind.size()), 0);
            align = align.max(kind.size());
            bytes.extend(kind.bytes(words.next().ok_or("a member without value")?)?);
        }
        bytes.resize(bytes.len().next_multiple_of(align), 0);
        launch.args.push(Arg::Value(bytes));
        return Ok(());
    }
    let Some((kind, count)) = first.split_once('[') else {
        let kind = Num::parse(first).ok_or("bad kind")?;
        launch.args.push(Arg::Value(kind.bytes(words.next().ok_or("a value?")?)?));
        return Ok(());
    };
    let kind = Num::parse(kind).ok_or("bad kind")?;
    let count: usize = count.trim_end_matches(']').parse().map_err(|_| "bad count".to_owned())?;
    let how = words.next().ok_or("a buffer of what?")?;
    let mut numbers = words.map(str::to_owned).collect::<Vec<_>>();
    let bytes = match how {
        "=" => {
            if numbers.len() != count {
                return Err(format!("{} numbers for {count}", numbers.len()));
            }
            numbers.iter().map(|n| kind.bytes(n)).collect::<Result<Vec<_>, _>>()?.concat()
        }
        "fill" => kind.bytes(numbers.first().ok_or("fill with what?")?)?.repeat(count),
        "random" => {
            let seed = numbers.pop().and_then(|s| s.parse().ok()).ok_or("a seed?")?;
            random(kind, count, &numbers, seed)?
        }
        _ => return Err(format!("`{how}` is no way to fill a buffer")),
    };
    launch.args.push(Arg::Buffer(launch.buffers.len()));
    launch.buffers.push(bytes);
    launch.kinds.push(kind);
    Ok(())
}

fn random(kind: Num, count: usize, range: &[String], seed: u64) -> Result<Vec<u8>, String> {
    let [low, high] = range else { return Err("random from where to where?".into()) };
    let mut rng = Rng::new(seed);
    let mut out = Vec::new();
    for _ in 0..count {
        if kind.is_float() {
            let (low, high) = (low.parse().map_err(|_| "low?")?, high.parse().map_err(|_| "high?")?);
            let x = rng.f64(low, high);
            match kind {
                Num::F32 => out.extend((x as f32).to_ne_bytes()),
                _ => out.extend(x.to_ne_bytes()),
            }
        } else {
            let (low, high): (i128, i128) =
                (low.parse().map_err(|_| "low?")?, high.parse().map_err(|_| "high?")?);
            let n = low + i128::from(rng.next()) % (high - low + 1);
            out.extend(&n.to_le_bytes()[..kind.size()]);
        }
    }
    Ok(out)
}
