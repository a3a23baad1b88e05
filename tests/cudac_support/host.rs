//! Runs a launch through the host's C++ compiler and `tests/support/cuda_shim.h`: an opinion that knows nothing of this
//! library. Objects are kept under the target folder by the hash of what went into them.

use std::collections::hash_map::DefaultHasher;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::run::{Arg, Shape};

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

/// The buffers afterwards, which must not depend on the order of threads.
pub fn run(
    text: &str,
    kernel: &str,
    options: &[String],
    shape: Shape,
    args: &[Arg],
    buffers: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, String> {
    let object = build(text, kernel, options)?;
    // SAFETY: built from a text of these tests and the shim; loading it runs no constructors but those of plain globals.
    let library = unsafe { libloading::Library::new(&object) }.map_err(|e| e.to_string())?;
    // SAFETY: `build` puts this function with this signature into every object.
    let launch: libloading::Symbol<Launch> =
        unsafe { library.get(b"shim_launch\0") }.map_err(|e| e.to_string())?;
    let words = |bytes: &[u8]| -> Vec<u128> {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(16) + 64, 0x5a);
        bytes.chunks_exact(16).map(|c| u128::from_ne_bytes(c.try_into().expect("16 bytes"))).collect()
    };
    let mut memory: Vec<Vec<u128>> = buffers.iter().map(|b| words(b)).collect();
    let mut values: Vec<Vec<u128>> = Vec::new();
    let mut sizes = Vec::new();
    for arg in args {
        match arg {
            Arg::Buffer(i) => {
                values.push(vec![u128::from(memory[*i].as_mut_ptr() as u64)]);
                sizes.push(8);
            }
            Arg::BufferAt(i, offset) => {
                values.push(vec![u128::from(memory[*i].as_mut_ptr() as u64 + *offset as u64)]);
                sizes.push(8);
            }
            Arg::Value(bytes) => {
                values.push(words(bytes));
                sizes.push(bytes.len());
            }
        }
    }
    let pointers: Vec<*mut c_void> = values.iter_mut().map(|v| v.as_mut_ptr().cast()).collect();
    // SAFETY: as many arguments as `sizes` says, which the shim compares with the kernel's parameters.
    let status = unsafe {
        launch(
            0,
            shape.grid.as_ptr(),
            shape.block.as_ptr(),
            shape.shared,
            pointers.as_ptr(),
            sizes.as_ptr(),
            pointers.len(),
            false,
        )
    };
    if status != 0 {
        return Err(format!("the shim gives {status}"));
    }
    let bytes = |(m, b): (&Vec<u128>, &Vec<u8>)| {
        let mut bytes: Vec<u8> = m.iter().flat_map(|v| v.to_ne_bytes()).collect();
        bytes.truncate(b.len());
        bytes
    };
    Ok(memory.iter().zip(buffers).map(bytes).collect())
}

fn build(text: &str, kernel: &str, options: &[String]) -> Result<PathBuf, String> {
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cudac-host");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let program = program(text, kernel);
    let mut hash = DefaultHasher::new();
    (&program, options, "-O0 -frounding-math").hash(&mut hash);
    for header in ["cuda_shim.h", "cuda_shim_types.h", "cuda_shim_builtins.h"] {
        std::fs::read(support.join(header)).map_err(|e| e.to_string())?.hash(&mut hash);
    }
    let object = folder.join(format!("{:016x}.so", hash.finish()));
    if object.exists() {
        return Ok(object);
    }
    let source = object.with_extension("cpp");
    let fresh = object.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&source, program).map_err(|e| e.to_string())?;
    // Not optimised: g++ 12 gives wrong numbers with -O1 for one in a hundred of the random kernels. And careful with
    // rounding, else it makes -0 of 0.0f - (float)(unsigned short)0.
    let output = Command::new("g++")
        .args(["-std=c++20", "-O0", "-fPIC", "-shared", "-w", "-fwrapv", "-fno-strict-aliasing"])
        .args(["-ffp-contract=off", "-frounding-math", "-fpermissive"])
        .args(options.iter().filter(|o| o.starts_with("-D")))
        .arg("-I")
        .arg(&support)
        .arg("-o")
        .arg(&fresh)
        .arg(&source)
        .output()
        .map_err(|e| format!("g++: {e}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let first: Vec<&str> = errors.lines().filter(|l| l.contains("error")).take(3).collect();
        return Err(format!("g++ refuses it: {}", first.join(" | ")));
    }
    std::fs::rename(&fresh, &object).map_err(|e| e.to_string())?;
    Ok(object)
}

/// The text for the host compiler: dynamic shared arrays become pointers, and an entry point follows.
fn program(text: &str, kernel: &str) -> String {
    let mut out = String::from("#include \"cuda_shim.h\"\n#line 1 \"kernel\"\n");
    let text = text.replace("static __shared__", "__shared__");
    let mut rest = text.as_str();
    while let Some(at) = rest.find("extern __shared__") {
        let (before, tail) = rest.split_at(at);
        let Some(end) = tail.find(';') else { break };
        let declaration = tail["extern __shared__".len()..end].trim().trim_end_matches("[]").trim();
        let (ty, name) = declaration.rsplit_once(char::is_whitespace).unwrap_or(("int", declaration));
        let _ = write!(out, "{before}static {ty} *const {name} = ({ty} *)shim::dynamic_shared");
        rest = &tail[end..];
    }
    out.push_str(rest);
    let _ = write!(
        out,
        "\nextern \"C\" int shim_launch(unsigned which, const unsigned *grid, const unsigned *block, unsigned shared,\n\
         void **args, const size_t *sizes, size_t given, bool reversed) {{\n\
         if (!shim::sizes_match(&{kernel}, sizes, given)) return 3;\n\
         return shim::launch([](void **a) {{ shim::call(&{kernel}, a); }}, grid, block, shared, args, reversed);\n}}\n"
    );
    out
}
