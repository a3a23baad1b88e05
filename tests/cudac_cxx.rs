//! Random C++17 programs with no undefined behaviour, as the CPU device runs them and as the host's C++ compiler does: an
//! opinion on types, overloads, conversions, templates, lifetimes and constants that shares nothing with this library.
//!
//! `VMGPU_CXX_SEED=n` and `VMGPU_CXX_COUNT=n` choose the programs; `VMGPU_CXX_SECONDS=n` goes on with fresh ones that
//! long. `VMGPU_CXX_FILE=path` runs one text and shows what each side says, `VMGPU_CXX_REDUCE=path` writes it there
//! with every line left out that the difference does not need. Without g++ there is nothing to compare with.

#![cfg(feature = "cpu")]

#[path = "cudac_cxx/expr.rs"]
mod expr;
#[path = "cudac_cxx/functions.rs"]
mod functions;
#[path = "cudac_cxx/host.rs"]
mod host;
#[path = "cudac_cxx/literal.rs"]
mod literal;
#[path = "cudac_cxx/program.rs"]
mod program;
#[path = "cudac_cxx/records.rs"]
mod records;
#[path = "cudac_cxx/reduce.rs"]
mod reduce;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_cxx/scope.rs"]
mod scope;
#[path = "cudac_cxx/stmt.rs"]
mod stmt;
#[path = "cudac_cxx/templates.rs"]
mod templates;
#[path = "cudac_cxx/ty.rs"]
mod ty;

use std::sync::Arc;
use std::time::{Duration, Instant};

use program::{CASES, INPUTS, program};
use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::kernel::GpuArg;
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, DeviceType, Dim3, LaunchConfig};

const PRELUDE: &str = include_str!("cudac_cxx/prelude.h");
const BLOCKS: u32 = 2;
const THREADS: u32 = 21;
/// Programs that the host's compiler gets at once, in long runs.
const BATCH: usize = 20;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|v| v.parse().ok())
}

/// Small numbers, numbers at edges of types and arbitrary ones.
fn input() -> Vec<u64> {
    let edges = [
        0u64,
        1,
        !0,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff_ffff,
        0x7fff_ffff,
        0x8000_0000,
        1 << 63,
        1 << 32,
    ];
    let mut r = rng::Rng::new(11);
    r.vec(BLOCKS as usize * THREADS as usize * INPUTS, |r| match r.below(4) {
        0 => edges[r.below(edges.len())],
        1 => r.int(-100, 100) as u64,
        2 => r.int(0, 40) as u64,
        _ => r.next(),
    })
}

/// What the CPU device makes of a program.
fn on_device(device: &Device, text: &str, kernel: &str, checked: bool) -> Result<Vec<u64>, String> {
    let mut options = vec!["-fmad=false".to_owned()];
    if std::env::var_os("VMGPU_CXX_TRACE").is_some() {
        options.push("-DVMGPU_CXX_TRACE".into());
    }
    if checked {
        options.push("--vmgpu-checked".into());
    }
    let options = CompileOptions { options, ..CompileOptions::default() };
    let text = format!("{PRELUDE}\n#line 1 \"program\"\n{text}");
    let error = |e: vmgpu::error::GpuError| e.to_string();
    let kernel = device.compile(&text, kernel, &options).map_err(error)?;
    let input: Vec<u8> = input().iter().flat_map(|v| v.to_ne_bytes()).collect();
    let output = vec![0u8; (BLOCKS * THREADS) as usize * CASES * 8];
    let make = |bytes: &[u8]| {
        let memory = device.create_buffer(bytes.len())?;
        memory.write(0, bytes)?;
        Ok(Arc::new(memory))
    };
    let (input, output) = (make(&input).map_err(error)?, make(&output).map_err(error)?);
    let config = LaunchConfig::new(Dim3::new(BLOCKS, 1, 1), Dim3::new(THREADS, 1, 1));
    let (a, b) = (Buffer::Device(input), Buffer::Device(output.clone()));
    kernel.launch(&config, &[GpuArg::Buffer(&a), GpuArg::Buffer(&b)]).map_err(error)?;
    device.synchronize().map_err(error)?;
    let mut bytes = vec![0; (BLOCKS * THREADS) as usize * CASES * 8];
    output.read(0, &mut bytes).map_err(error)?;
    Ok(bytes.chunks_exact(8).map(|c| u64::from_ne_bytes(c.try_into().expect("8 bytes"))).collect())
}

#[derive(Clone, Copy, Default)]
struct How {
    sanitize: bool,
    pattern: bool,
    trace: bool,
}

fn host(programs: &[(u64, String)], how: How) -> Result<Vec<Result<Vec<u64>, String>>, String> {
    let input = input();
    host::run(&host::Batch {
        prelude: PRELUDE,
        programs,
        blocks: BLOCKS,
        threads: THREADS,
        input: &input,
        outputs: CASES,
        sanitize: how.sanitize,
        pattern: how.pattern,
        trace: how.trace,
    })
}

/// What is wrong with the device's results; a word first that says which kind of mistake it is.
fn complaint(device: &Device, seed: u64, text: &str, want: &[u64]) -> Option<String> {
    let kernel = format!("k{seed}");
    let checked = seed % 4 == 3;
    let got =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| on_device(device, text, &kernel, checked)));
    match got {
        Err(_) => Some("panics".into()),
        // What a kernel may be is bounded, and a random one may pass that.
        Ok(Err(e)) if e.contains("the kernel is too large") => None,
        Ok(Err(e)) => Some(format!("refused: {e}")),
        Ok(Ok(got)) => {
            let bad: Vec<usize> = (0..got.len()).filter(|&i| got[i] != want[i]).collect();
            let at = *bad.first()?;
            let mut cases: Vec<usize> = bad.iter().map(|i| i % CASES).collect();
            cases.sort_unstable();
            cases.dedup();
            Some(format!(
                "differs: {} of {} numbers, cases {cases:?}; thread {} case {}: {:#x}, the host says {:#x}",
                bad.len(),
                got.len(),
                at / CASES,
                at % CASES,
                got[at],
                want[at]
            ))
        }
    }
}

fn cpu() -> Device {
    let manager = GpuDeviceManager::new(&ManagerOptions::default());
    let found = manager.devices().iter().find(|d| d.device_type() == DeviceType::Cpu).cloned();
    found.expect("the CPU device is always there")
}

/// A text by path: the kernel's number is in its name, `k<seed>`.
fn one_file(device: &Device, path: &str) {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let at = text.find("__global__ void k").expect("a kernel") + "__global__ void k".len();
    let seed: u64 = text[at..].split('(').next().and_then(|n| n.parse().ok()).expect("its number");
    let verdict = |text: &str| -> Option<String> {
        let one = [(seed, text.to_owned())];
        let want = host(&one, How::default()).ok()?.remove(0).ok()?;
        // What depends on a variable without a value is no difference.
        let again = host(&one, How { pattern: true, ..How::default() }).ok()?.remove(0).ok()?;
        if want != again {
            return None;
        }
        complaint(device, seed, text, &want)
    };
    if std::env::var_os("VMGPU_CXX_TRACE").is_some() {
        let _ = host(&[(seed, text.clone())], How { trace: true, ..How::default() });
        let _ = on_device(device, &text, &format!("k{seed}"), false);
        return;
    }
    let first = verdict(&text);
    eprintln!("{first:?}");
    if let (Ok(to), Some(first)) = (std::env::var("VMGPU_CXX_REDUCE"), first) {
        let same = |t: &str| verdict(t).is_some_and(|v| reduce::kind(&v) == reduce::kind(&first));
        let small = reduce::reduce(&text, &same);
        let clean = host(&[(seed, small.clone())], How { sanitize: true, ..How::default() });
        eprintln!(
            "{small}\n{:?}\n{}",
            verdict(&small),
            if matches!(&clean, Ok(r) if r[0].is_ok()) { "no undefined behaviour" } else { "UNDEFINED" }
        );
        std::fs::write(to, small).expect("writable");
    }
}

#[test]
fn random_programs_agree_with_the_host_compiler() {
    if !host::available() {
        eprintln!("skipped: no g++");
        return;
    }
    let device = cpu();
    if let Ok(path) = std::env::var("VMGPU_CXX_FILE") {
        return one_file(&device, &path);
    }
    let first = number("VMGPU_CXX_SEED").unwrap_or(28);
    let count = number("VMGPU_CXX_COUNT").unwrap_or(40);
    let seconds = number("VMGPU_CXX_SECONDS");
    // As many as fit in a quarter of a minute, unless somebody asks for more.
    let bounded = std::env::var_os("VMGPU_CXX_COUNT").is_none();
    let started = Instant::now();
    let go_on = |done: u64| match seconds {
        Some(s) => started.elapsed() < Duration::from_secs(s),
        None => done < count && !(bounded && started.elapsed() > Duration::from_secs(8)),
    };
    let sanitize = std::env::var_os("VMGPU_CXX_SANITIZE").is_some();
    let keep = std::env::var("VMGPU_CXX_BAD").ok();
    let (mut done, mut refused, mut bad) = (0u64, Vec::new(), Vec::new());
    while go_on(done) {
        let most = if sanitize {
            1
        } else if bounded && seconds.is_none() {
            3
        } else {
            BATCH as u64
        };
        let batch = (count - done % count).min(most);
        let programs: Vec<(u64, String)> =
            (first + done..first + done + batch).map(|s| (s, program(s))).collect();
        done += batch;
        let wants = match host(&programs, How { sanitize, ..How::default() }) {
            Err(e) if sanitize => vec![Err(e)],
            other => other.unwrap_or_else(|e| panic!("seeds from {}: {e}", programs[0].0)),
        };
        for ((seed, text), want) in programs.iter().zip(wants) {
            let complaint = match want {
                Ok(want) => complaint(&device, *seed, text, &want),
                Err(e) => {
                    if let Some(folder) = &keep {
                        std::fs::write(format!("{folder}/{seed}.odd"), text).expect("writable");
                    }
                    refused.push(format!("{seed}: {e}"));
                    continue;
                }
            };
            let Some(complaint) = complaint else { continue };
            eprintln!("VMGPU_CXX_SEED={seed}: {complaint}");
            if let Some(folder) = &keep {
                std::fs::write(format!("{folder}/{seed}.cu"), text).expect("writable");
            }
            bad.push(format!("VMGPU_CXX_SEED={seed} VMGPU_CXX_COUNT=1: {complaint}"));
        }
    }
    eprintln!("{done} programs, {} not C++, {} bad", refused.len(), bad.len());
    if !refused.is_empty() {
        eprintln!("{}", refused.join("\n"));
    }
    assert!(refused.len() as u64 * 20 <= done, "the generator writes programs that are not C++");
    assert!(bad.is_empty(), "{} of {done}:\n{}", bad.len(), bad.join("\n"));
}
