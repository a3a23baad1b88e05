//! Many programs through the host's C++ compiler at once: one file, one executable, results on its standard output.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands before the programs so that they are plain C++.
const SHIM: &str = "#include <cstring>
#include <cstdio>
#define __device__
#define __global__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __noinline__
#define printf(...) fprintf(stderr, __VA_ARGS__)
struct shim_dim { unsigned x, y, z; };
static shim_dim threadIdx, blockIdx, blockDim, gridDim;
";

pub fn available() -> bool {
    Command::new("g++").arg("--version").output().is_ok_and(|o| o.status.success())
}

pub struct Batch<'a> {
    pub prelude: &'a str,
    /// Seed and text.
    pub programs: &'a [(u64, String)],
    pub blocks: u32,
    pub threads: u32,
    /// Inputs of all threads, and how many numbers each writes.
    pub input: &'a [u64],
    pub outputs: usize,
    pub sanitize: bool,
    /// Variables without a value get an odd one: the results are then no longer those of a lucky stack.
    pub pattern: bool,
    /// Every number that goes into a checksum is written to the standard error as well.
    pub trace: bool,
}

/// For each program what all threads wrote, or the first error line; `Err` if there is no such compiler.
pub fn run(batch: &Batch) -> Result<Vec<Result<Vec<u64>, String>>, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cudac-cxx");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let stem = folder.join(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
    let mut results: Vec<Result<Vec<u64>, String>> = vec![Ok(Vec::new()); batch.programs.len()];
    // Programs with errors are left out one after another; as a rule there are none.
    let exe = loop {
        let good: Vec<usize> = (0..results.len()).filter(|&i| results[i].is_ok()).collect();
        if good.is_empty() {
            return Ok(results);
        }
        match build(batch, &good, &stem)? {
            Ok(exe) => break exe,
            Err(errors) => {
                let mut found = false;
                for (i, (seed, _)) in batch.programs.iter().enumerate() {
                    let line =
                        errors.lines().find(|l| l.starts_with(&format!("p{seed}:")) && l.contains("error:"));
                    // What the linker does not find is declared in some program's namespace.
                    let lost = errors
                        .lines()
                        .find(|l| l.contains("undefined reference") && l.contains(&format!("`p{seed}::")));
                    if let Some(line) = line.or(lost) {
                        results[i] = Err(line.to_owned());
                        found = true;
                    }
                }
                if !found {
                    let head: Vec<&str> = errors.lines().take(20).collect();
                    return Err(format!("g++ fails elsewhere: {}", head.join("\n")));
                }
            }
        }
    };
    let output = Command::new(&exe).output().map_err(|e| e.to_string());
    let _ = std::fs::remove_file(&exe);
    let output = output?;
    if batch.trace {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    if !output.status.success() {
        return Err(format!(
            "the programs end with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let count = (batch.blocks * batch.threads) as usize * batch.outputs;
    let numbers: Vec<u64> =
        output.stdout.chunks_exact(8).map(|c| u64::from_ne_bytes(c.try_into().expect("8 bytes"))).collect();
    let mut parts = numbers.chunks_exact(count);
    for r in results.iter_mut().filter(|r| r.is_ok()) {
        *r = Ok(parts.next().ok_or("the programs wrote too little")?.to_vec());
    }
    Ok(results)
}

fn build(batch: &Batch, which: &[usize], stem: &Path) -> Result<Result<PathBuf, String>, String> {
    let mut text = format!("{SHIM}#line 1 \"prelude\"\n{}", batch.prelude);
    for &i in which {
        let (seed, program) = &batch.programs[i];
        let _ = write!(text, "\n#line 1 \"p{seed}\"\n{program}");
    }
    let _ = write!(text, "\n#line 1 \"main\"\nstatic const u64 input[] = {{");
    for v in batch.input {
        let _ = write!(text, "{v}ull,");
    }
    let count = (batch.blocks * batch.threads) as usize * batch.outputs;
    let _ = writeln!(
        text,
        "}};\nstatic u64 output[{count}];\ntypedef void (*kernel)(const u64 *, u64 *);\nint main() {{"
    );
    let _ = write!(text, "static const kernel all[] = {{");
    for &i in which {
        let _ = write!(text, "k{},", batch.programs[i].0);
    }
    let (blocks, threads) = (batch.blocks, batch.threads);
    let _ = write!(
        text,
        "}};\ngridDim = {{{blocks}, 1, 1}}; blockDim = {{{threads}, 1, 1}};\n\
         for (kernel k : all) {{\n memset(output, 0, sizeof output);\n\
         for (blockIdx.x = 0; blockIdx.x < {blocks}; blockIdx.x++)\n\
         for (threadIdx.x = 0; threadIdx.x < {threads}; threadIdx.x++) k(input, output);\n\
         fwrite(output, 1, sizeof output, stdout);\n}}\nreturn 0;\n}}\n"
    );
    let source = stem.with_extension("cpp");
    let exe = stem.with_extension("exe");
    std::fs::write(&source, text).map_err(|e| e.to_string())?;
    // Not optimised, and careful with rounding: see the other user of the host's compiler for why.
    let mut command = Command::new("g++");
    command.args(["-std=c++17", "-O0", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off"]);
    command.args(["-frounding-math", "-fmax-errors=0", "-Werror=return-type"]);
    if batch.pattern {
        command.arg("-ftrivial-auto-var-init=pattern");
    }
    if batch.trace {
        command.arg("-DVMGPU_CXX_TRACE");
    }
    if batch.sanitize {
        command.args([
            "-fsanitize=undefined,address",
            "-fno-sanitize-recover=all",
            "-fno-sanitize=shift-base",
        ]);
    }
    let output = command.arg("-o").arg(&exe).arg(&source).output().map_err(|e| format!("g++: {e}"))?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    if std::env::var_os("VMGPU_CXX_KEEP").is_none() {
        let _ = std::fs::remove_file(&source);
    }
    Ok(Ok(exe))
}
