//! Kernels whose threads work together: groups, parts of warps, overlapping buffers, shared memory, atomics, barriers in hard
//! places. Each against plain Rust, and in every way there is to run it: interpreted, machine code with and without
//! optimisation, blocks backwards and by two workers, checked and in random orders. They are free of races.
//!
//! Most kernels are `name(int *o, int *q, const int *a, int n)`: `a` holds 4096 numbers from -1000 to 1000, `o` and `q` have
//! room for 8192; `q` starts with zeros. `VMGPU_PARALLEL_ONLY=name` runs those that contain it, `VMGPU_PARALLEL_ALL=1` under
//! every shape instead of a third of them, `VMGPU_PARALLEL_DUMP=file` writes them all in the form of a list of runs for other devices.

#![cfg(feature = "cpu")]
// References are written as close to the formula as possible.
#![allow(clippy::needless_range_loop, clippy::precedence)]

#[path = "cudac_parallel/alias.rs"]
mod alias;
#[path = "cudac_parallel/atomics.rs"]
mod atomics;
#[path = "cudac_parallel/flow.rs"]
mod flow;
#[path = "cudac_parallel/groups.rs"]
mod groups;
#[path = "cudac_parallel/idioms.rs"]
mod idioms;
#[path = "cudac_parallel/many.rs"]
mod many;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;
#[path = "cudac_parallel/shared.rs"]
mod shared;
#[path = "cudac_parallel/table.rs"]
mod table;
#[path = "cudac_parallel/warps.rs"]
mod warps;

use many::{Codes, How, Work};
use rng::Rng;
use run::{Arg, Shape, compile};
use table::{Env, Kernel, Mem, OUT, Reference};

const WAYS: [How; 9] = [
    How::Interpreted(0),
    How::Interpreted(77),
    How::Plain,
    How::Optimised,
    How::Backwards,
    How::TwoWorkers,
    How::Checked(0),
    How::Checked(7),
    How::Checked(12345),
];

fn bytes(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_ne_bytes()).collect()
}

fn ints(bytes: &[u8]) -> Vec<i32> {
    bytes.chunks_exact(4).map(|c| i32::from_ne_bytes(c.try_into().expect("4 bytes"))).collect()
}

/// `o+4`: the buffer by its letter, from a byte on.
fn argument(text: &str, n: i32, shape: Shape) -> Arg {
    if text == "n" {
        return Arg::Value(n.to_ne_bytes().to_vec());
    }
    let (name, offset) = table::split_argument(text, shape.block, shape.grid[0]);
    Arg::BufferAt(["o", "q", "a"].iter().position(|b| *b == name).expect("a buffer"), offset)
}

fn check(file: &str, text: &str, kernel: &Kernel) -> Result<(), String> {
    let compiled = compile(text, file, kernel.name, &["-fmad=false".to_owned()])?;
    let codes = Codes::new(&compiled)?;
    let mut r = Rng::for_name(3, kernel.name);
    let a: Vec<i32> = r.vec(table::IN, |r| r.int(-1000, 1000) as i32);
    let (every, start) = (std::env::var_os("VMGPU_PARALLEL_ALL").is_some(), r.below(3));
    for (number, &block) in kernel.blocks.iter().enumerate() {
        if !every && number % 3 != start {
            continue;
        }
        let threads: u32 = block.iter().product();
        let blocks = if threads > 300 { 1 + number as u32 % 2 } else { 1 + number as u32 % 4 };
        let shape = Shape { grid: [blocks, 1, 1], block, shared: kernel.shared };
        let n = [5, 100, 1000, -3, 62, 0][number % 6];
        let mut mem = Mem { o: vec![0x5a5a_5a5a; OUT], q: vec![0; OUT] };
        let buffers = [bytes(&mem.o), bytes(&mem.q), bytes(&a)];
        let all = (threads * blocks) as usize;
        let args: Vec<Arg> = kernel.args.split(' ').map(|t| argument(t, n, shape)).collect();
        let work = Work {
            compiled: &compiled,
            codes: &codes,
            shape,
            args: &args,
            buffers: &buffers,
            times: kernel.times,
        };
        let env = Env::new(&a, n, block.map(|d| d as usize), blocks as usize);
        for _ in 0..kernel.times {
            match kernel.reference {
                Reference::Each(f) => (0..all).for_each(|g| mem.o[g] = f(&env, g) as i32),
                Reference::Two(f) => (0..all).for_each(|g| {
                    let (x, y) = f(&env, g);
                    (mem.o[g], mem.q[g]) = (x as i32, y as i32);
                }),
                Reference::All(f) => f(&env, &mut mem),
            }
        }
        for how in WAYS {
            // The interpreter takes its time.
            if threads > 200 && matches!(how, How::Interpreted(_) | How::Plain | How::Checked(7)) {
                continue;
            }
            let what = format!("{block:?} in {blocks}, n={n}, {how:?}");
            let got = work.run(how).map_err(|e| format!("{what}: {e}"))?;
            let mut got = Mem { o: ints(&got[0]), q: ints(&got[1]) };
            if let Some(settle) = kernel.settle {
                settle(&env, &mut got);
            }
            for (name, got, want) in [("o", &got.o, &mem.o), ("q", &got.q, &mem.q)] {
                let wrong: Vec<usize> = (0..OUT).filter(|&i| got[i] != want[i]).collect();
                if let Some(&at) = wrong.first() {
                    let (got, want) = (got[at], want[at]);
                    return Err(format!("{what}: {} wrong, {name}[{at}] is {got}, not {want}", wrong.len()));
                }
            }
        }
    }
    Ok(())
}

fn check_file(file: &str, text: &str, kernels: &[Kernel]) {
    let only = std::env::var("VMGPU_PARALLEL_ONLY").unwrap_or_default();
    assert_eq!(
        text.matches("__global__ void ").count(),
        kernels.len(),
        "{file}: kernels without a reference"
    );
    let mut bad = Vec::new();
    for kernel in kernels.iter().filter(|k| k.name.contains(&only)) {
        if let Err(e) = check(file, text, kernel) {
            bad.push(format!("{}: {e}", kernel.name));
        }
    }
    assert!(bad.is_empty(), "{file}: {} of {} kernels:\n{}", bad.len(), kernels.len(), bad.join("\n"));
}

macro_rules! files {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                check_file(concat!(stringify!($name), ".cu"), include_str!(concat!("cudac_parallel/", stringify!($name), ".cu")), &$name::kernels());
            }
        )*

        /// Every kernel as a run for a tool that compares devices.
        #[test]
        fn written_for_other_devices() {
            let (mut out, mut kernels) = (String::new(), 0);
            $(
                let text = include_str!(concat!("cudac_parallel/", stringify!($name), ".cu"));
                kernels += $name::kernels().len();
                out += &format!("//// h1_{}\n{}{text}", stringify!($name), table::runs(&$name::kernels()));
            )*
            assert_eq!(out.matches("//@ run ").count(), 3 * kernels);
            if let Ok(path) = std::env::var("VMGPU_PARALLEL_DUMP") {
                std::fs::write(path, out).expect("written");
            }
        }
    };
}

files!(groups, warps, alias, shared, atomics, flow, idioms);
