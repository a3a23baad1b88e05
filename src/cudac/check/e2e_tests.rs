//! CUDA C through the whole front end and the thread IR interpreter, against numbers from plain Rust.

use crate::cudac::compile::{CompileInput, FrontEnd, front_end};
use crate::cudac::options::Options;
use crate::cudac::thread_ir::FuncId;
use crate::cudac::thread_ir::interp::{InterpLaunch, run};

pub fn compiled(text: &str, kernel: &str, options: &[&str]) -> Result<FrontEnd, String> {
    let list: Vec<String> = options.iter().map(|s| s.to_string()).collect();
    let options = Options::parse(&list);
    front_end(&CompileInput { name: "k.cu", text, kernel, options: &options, headers: &[] })
}

/// Runs one block of `threads` threads (two blocks with `blocks` 2) over one buffer.
fn run_on<T: Copy>(text: &str, kernel: &str, grid: u32, block: u32, data: &mut [T]) {
    let front = compiled(text, kernel, &[]).unwrap_or_else(|log| panic!("{log}"));
    let mut memory: Vec<Vec<u64>> =
        front.module.globals.iter().map(|g| vec![0u64; (g.size as usize).div_ceil(8) + 2]).collect();
    for (g, m) in front.module.globals.iter().zip(&mut memory) {
        // SAFETY: the vector is larger than the initial bytes.
        unsafe { std::ptr::copy_nonoverlapping(g.init.as_ptr(), m.as_mut_ptr().cast::<u8>(), g.init.len()) };
    }
    let globals: Vec<*mut u8> = memory.iter_mut().map(|m| m.as_mut_ptr().cast::<u8>()).collect();
    let params = (data.as_mut_ptr() as u64).to_le_bytes();
    let launch = InterpLaunch {
        grid: [grid, 1, 1],
        block: [block, 1, 1],
        dyn_shared: 1024,
        params: &params,
        globals: &globals,
        step_limit: 10_000_000,
        seed: 0,
        printf: None,
    };
    // SAFETY: the kernels of these tests stay within their buffer.
    unsafe { run(&front.module, FuncId(0), &launch) }.unwrap_or_else(|f| panic!("{f:?}"));
}

fn ints(text: &str, kernel: &str, count: usize) -> Vec<i32> {
    let mut data: Vec<i32> = (0..count as i32).map(|i| i * 7 - 3).collect();
    run_on(text, kernel, 1, count as u32, &mut data);
    data
}

#[test]
fn a_plain_kernel_computes() {
    let text = "extern \"C\" __global__ void k(int *p) { int i = threadIdx.x; p[i] = p[i] * 2 + i; }";
    let expect: Vec<i32> = (0..8).map(|i| (i * 7 - 3) * 2 + i).collect();
    assert_eq!(ints(text, "k", 8), expect);
}

/// Development aid: compiles every text of the folder named by VMGPU_CHECK_DIR and prints the logs.
#[test]
#[ignore]
fn texts_of_a_folder() {
    let Ok(folder) = std::env::var("VMGPU_CHECK_DIR") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let kernel = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("// kernel: "))
            .unwrap_or("kernel")
            .trim()
            .to_string();
        let kernel = kernel.split(" // ").next().unwrap_or("kernel").to_string();
        let start = std::time::Instant::now();
        match compiled(&text, &kernel, &[]) {
            Ok(_) => println!("ok   {} {:?}", path.display(), start.elapsed()),
            Err(log) => println!("FAIL {} {:?}\n{log}", path.display(), start.elapsed()),
        }
    }
}
