//! Runs cases through the host's C++ compiler and the CUDA shim beside it: no GPU and nothing of this library.
//!
//! A text becomes one shared object, kept under the target folder by the hash of what went into it. Each case
//! runs twice, its threads and blocks in opposite orders, which brings out races and forgotten barriers.

use std::collections::hash_map::DefaultHasher;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::case::{Arg, Case, Kernel};
use super::suite::{Runner, Runs};

type Launch = unsafe extern "C" fn(
    u32,
    *const u32,
    *const u32,
    u32,
    *const *mut c_void,
    *const usize,
    usize,
    bool,
) -> i32;

const GUARD: usize = 64;
const GUARD_BYTE: u8 = 0x5A;

pub struct Gxx;

impl Gxx {
    pub fn available() -> bool {
        Command::new("g++").arg("--version").output().is_ok_and(|o| o.status.success())
    }
}

impl Runner for Gxx {
    fn name(&self) -> &'static str {
        "gxx"
    }

    fn run(&mut self, kernel: &Kernel, cases: &[Case]) -> Result<Vec<Runs>, String> {
        let mut names: Vec<&str> =
            cases.iter().flat_map(|c| &c.launches).map(|l| l.kernel.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let object = build(kernel, &names)?;
        // SAFETY: the object was just built from a kernel of this suite and the shim; loading it runs no constructor
        // beyond those of plain globals.
        let library = unsafe { libloading::Library::new(&object) }.map_err(|e| e.to_string())?;
        let mut all = Vec::new();
        for case in cases {
            let mut orders = Vec::new();
            for reversed in [false, true] {
                orders.push(
                    run_case(&library, &names, case, reversed).map_err(|e| format!("{}: {e}", case.label))?,
                );
            }
            all.push(orders);
        }
        Ok(all)
    }
}

fn run_case(
    library: &libloading::Library,
    names: &[&str],
    case: &Case,
    reversed: bool,
) -> Result<Vec<Vec<u8>>, String> {
    // SAFETY: `build` emits this function with this signature in every object.
    let launch: libloading::Symbol<Launch> =
        unsafe { library.get(b"shim_launch\0") }.map_err(|e| e.to_string())?;
    // u64 elements: as aligned as any kernel type here needs with the 16 bytes that malloc gives.
    let mut memory: Vec<Vec<u64>> = case
        .buffers
        .iter()
        .map(|b| {
            let mut bytes = b.init.clone();
            bytes.resize((bytes.len() + GUARD).next_multiple_of(8), GUARD_BYTE);
            bytes.chunks_exact(8).map(|c| u64::from_ne_bytes(c.try_into().unwrap())).collect()
        })
        .collect();
    for step in &case.launches {
        for (symbol, bytes) in &step.symbols {
            // SAFETY: a kernel variable at global scope, at least as large as what the case writes to it.
            unsafe {
                let address: libloading::Symbol<*mut u8> =
                    library.get(symbol.as_bytes()).map_err(|e| e.to_string())?;
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), *address, bytes.len());
            }
        }
        let mut pointers: Vec<*mut c_void> = memory.iter_mut().map(|m| m.as_mut_ptr().cast()).collect();
        let mut values: Vec<Vec<u64>> = Vec::new();
        let mut sizes = Vec::new();
        for arg in &step.args {
            let mut bytes = match arg {
                Arg::Buffer(_) => {
                    sizes.push(size_of::<*mut c_void>());
                    continue;
                }
                Arg::Number(number) => number.bytes(),
                Arg::Struct(bytes) => bytes.clone(),
            };
            sizes.push(bytes.len());
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            values.push(bytes.chunks_exact(8).map(|c| u64::from_ne_bytes(c.try_into().unwrap())).collect());
        }
        let mut value = values.iter_mut();
        let args: Vec<*mut c_void> = step
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Buffer(i) => (&raw mut pointers[*i]).cast(),
                Arg::Number(_) | Arg::Struct(_) => value.next().unwrap().as_mut_ptr().cast(),
            })
            .collect();
        let index = names.iter().position(|n| *n == step.kernel).unwrap() as u32;
        // SAFETY: the arguments point to as many values as `sizes` says, whose sizes the shim checks against the kernel.
        let status = unsafe {
            launch(
                index,
                step.grid.as_ptr(),
                step.block.as_ptr(),
                step.shared,
                args.as_ptr(),
                sizes.as_ptr(),
                args.len(),
                reversed,
            )
        };
        match status {
            0 => {}
            1 => return Err(format!("{}: threads wait for each other for ever", step.kernel)),
            2 => return Err(format!("{}: launch larger than the shim takes", step.kernel)),
            _ => return Err(format!("{}: arguments do not match the kernel's parameters", step.kernel)),
        }
    }
    let mut outputs = Vec::new();
    for (i, (buffer, memory)) in case.buffers.iter().zip(&memory).enumerate() {
        let mut bytes: Vec<u8> = memory.iter().flat_map(|v| v.to_ne_bytes()).collect();
        if bytes[buffer.init.len()..].iter().any(|&b| b != GUARD_BYTE) {
            return Err(format!("buffer {i} was written past its end"));
        }
        bytes.truncate(buffer.init.len());
        outputs.push(bytes);
    }
    Ok(outputs)
}

fn build(kernel: &Kernel, names: &[&str]) -> Result<PathBuf, String> {
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels-gxx");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let text = program(kernel.source, names);
    let mut hash = DefaultHasher::new();
    (&text, kernel.options).hash(&mut hash);
    for header in ["cuda_shim.h", "cuda_shim_types.h", "cuda_shim_builtins.h", "cooperative_groups.h"] {
        std::fs::read(support.join(header)).map_err(|e| e.to_string())?.hash(&mut hash);
    }
    let object = folder.join(format!("{}-{:016x}.so", kernel.name, hash.finish()));
    if object.exists() {
        return Ok(object);
    }
    let source = object.with_extension("cpp");
    let fresh = object.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&source, text).map_err(|e| e.to_string())?;
    let output = Command::new("g++")
        .args([
            "-std=c++17",
            "-O1",
            "-fPIC",
            "-shared",
            "-w",
            "-fwrapv",
            "-fno-strict-aliasing",
            "-ffp-contract=off",
        ])
        .arg("-fpermissive")
        .args(kernel.options.iter().filter(|o| o.starts_with("-D")))
        .arg("-I")
        .arg(&support)
        .arg("-o")
        .arg(&fresh)
        .arg(&source)
        .output()
        .map_err(|e| format!("g++: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "g++ refuses {}:\n{}",
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    std::fs::rename(&fresh, &object).map_err(|e| e.to_string())?;
    Ok(object)
}

/// The kernel text for the host compiler: dynamic shared arrays become pointers, and an entry point follows.
fn program(source: &str, names: &[&str]) -> String {
    let mut text = String::from("#include \"cuda_shim.h\"\n#line 1 \"kernel\"\n");
    let source = source.replace("static __shared__", "__shared__");
    let mut rest = source.as_str();
    while let Some(at) = rest.find("extern __shared__") {
        let (before, tail) = rest.split_at(at);
        let end = tail.find(';').expect("a declaration ends");
        let declaration = tail["extern __shared__".len()..end].trim();
        let declaration = declaration.replace("__align__(16)", "").replace("__align__(8)", "");
        let declaration = declaration.trim_end_matches("[]").trim();
        let (ty, name) = declaration.rsplit_once(char::is_whitespace).expect("a type and a name");
        let _ = write!(text, "{before}static {ty} *const {name} = ({ty} *)shim::dynamic_shared");
        rest = &tail[end..];
    }
    text.push_str(rest);
    text.push_str(
        "\nextern \"C\" int shim_launch(unsigned which, const unsigned *grid, const unsigned *block,\n",
    );
    text.push_str("    unsigned shared, void **args, const size_t *sizes, size_t given, bool reversed) {\n");
    text.push_str("    switch (which) {\n");
    for (i, name) in names.iter().enumerate() {
        let _ = write!(
            text,
            "    case {i}:\n        if (!shim::sizes_match(&{name}, sizes, given)) return 3;\n        \
             return shim::launch([](void **a) {{ shim::call(&{name}, a); }}, grid, block, shared, args, reversed);\n"
        );
    }
    text.push_str("    }\n    return 3;\n}\n");
    text
}
