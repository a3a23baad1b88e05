//! Launching on the CPU device: parameter block, stop flag, blocks to the worker threads.
//!
//! A launch runs to its end before it returns, so the device's queue is always empty.

use std::cell::RefCell;
use std::time::Instant;

use once_cell::sync::Lazy;

use super::kernel::CpuKernel;
use super::memory;
use super::pool::{Pool, WORKER_STACK};
use super::watchdog;
use crate::backend::ArgValue;
use crate::cudac::codegen::{KernelFault, Launch, MemRange, Worker};
use crate::cudac::runtime::printf;
use crate::error::{GpuError, GpuResult};
use crate::sync::Mutex;
use crate::types::LaunchConfig;

/// Parameter blocks up to this size live on the stack. Bytes.
const STACK_PARAMS: usize = 512;
/// Stack that a recursive kernel may use where the thread's own bounds are not known. Bytes.
const UNKNOWN_STACK: usize = 128 << 10;
/// Left untouched below a recursive kernel, for helpers and signal handlers. Bytes.
const STACK_RESERVE: usize = 64 << 10;

/// `VMGPU_SEED` (checked mode): not 0, blocks and threads run in a reproducible random order on one thread, to bring out races.
static SEED: Lazy<u64> =
    Lazy::new(|| std::env::var("VMGPU_SEED").ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0));

thread_local! {
    /// Scratch memory of this thread, kept from launch to launch.
    static WORKER: RefCell<Worker> = RefCell::new(Worker::new());
}

/// Runs a whole grid and returns when it is done.
pub fn run(
    pool: &Pool,
    kernel: &CpuKernel,
    config: &LaunchConfig,
    args: &[ArgValue<'_>],
    deadline: Option<Instant>,
) -> GpuResult<()> {
    let code = &kernel.code;
    let size = code.param_bytes as usize;
    // In 16-byte steps, as vector types among the parameters want it.
    let mut on_stack = [0u128; STACK_PARAMS / 16];
    let mut on_heap = Vec::new();
    let params: *mut u8 = match size <= STACK_PARAMS {
        true => on_stack.as_mut_ptr().cast(),
        false => {
            on_heap.resize(size.div_ceil(16), 0u128);
            on_heap.as_mut_ptr().cast()
        }
    };
    if args.len() != code.params.len() {
        return Err(GpuError::Internal("arguments were not checked".into()));
    }
    for (param, arg) in code.params.iter().zip(args) {
        let (bytes, given): (*const u8, usize) = match arg {
            ArgValue::Scalar { bits, size } => ((&raw const *bits).cast(), *size as usize),
            ArgValue::Buffer { address, .. } => ((&raw const *address).cast(), 8),
            ArgValue::Bytes(bytes) => (bytes.as_ptr(), bytes.len()),
        };
        if given != param.size as usize || param.offset as usize + given > size {
            return Err(GpuError::Internal("arguments were not checked".into()));
        }
        // SAFETY: both sides have `given` bytes, as just checked.
        unsafe { std::ptr::copy_nonoverlapping(bytes, params.add(param.offset as usize), given) };
    }

    let ranges = if kernel.checked { live_ranges(kernel, args) } else { Vec::new() };
    let watch = watchdog::Guard::new(deadline);
    let sink: &(dyn Fn(&[u8]) + Sync) = &printf::write;
    let launch = Launch {
        grid: [config.grid.x, config.grid.y, config.grid.z],
        block: [config.block.x, config.block.y, config.block.z],
        dyn_shared: config.shared_memory_size,
        params,
        globals: &kernel.addresses,
        stop: watch.flag(),
        printf: Some(sink),
        ranges: &ranges,
        seed: if kernel.checked { *SEED } else { 0 },
        stack_budget: if code.facts.recursive { stack_budget() } else { 0 },
    };
    // The first fault of all workers; the others stop at their next block.
    let fault: Mutex<Option<KernelFault>> = Mutex::new(None);
    let blocks = |_worker: usize, start: u64, end: u64| {
        let outcome = WORKER.with(|worker| match worker.try_borrow_mut() {
            // SAFETY: the parameter block and the variables live until `pool.run` returns; the addresses in them are the
            // caller's buffers, kept alive by his arguments.
            Ok(mut worker) => unsafe { code.run_blocks(&launch, &mut worker, start..end) },
            // A printf sink that launches a kernel itself: scratch of its own.
            // SAFETY: as above.
            Err(_) => unsafe { code.run_blocks(&launch, &mut Worker::new(), start..end) },
        });
        match outcome {
            Ok(()) => true,
            Err(error) => {
                fault.lock().get_or_insert(error);
                false
            }
        }
    };
    match launch.seed {
        0 => pool.run(launch.blocks(), &blocks),
        // A reproducible order is that of one thread.
        _ => _ = blocks(0, 0, launch.blocks()),
    }
    let fault = fault.lock().take();
    match fault {
        None => Ok(()),
        Some(fault) => Err(kernel.explain(&fault)),
    }
}

/// Everything a kernel may touch in checked mode, sorted by address.
fn live_ranges(kernel: &CpuKernel, args: &[ArgValue<'_>]) -> Vec<MemRange> {
    let mut ranges = memory::live_ranges();
    ranges.extend(kernel.variable_ranges().map(|(start, size)| MemRange { start, size, writable: true }));
    for arg in args {
        // Managed buffers work on their host copy, which is no allocation of this device.
        if let ArgValue::Buffer { address, size, .. } = arg
            && *address != 0
            && !ranges.iter().any(|r| r.start == *address)
        {
            ranges.push(MemRange { start: *address, size: *size as u64, writable: true });
        }
    }
    ranges.sort_by_key(|r| r.start);
    ranges
}

/// Stack a recursive kernel may use: what the calling thread has left, and no more than a worker has.
fn stack_budget() -> usize {
    thread_local! {
        static LOWEST: usize = lowest_stack_address().unwrap_or(0);
    }
    let marker = 0u8;
    let here = &raw const marker as usize;
    match LOWEST.with(|lowest| *lowest) {
        0 => UNKNOWN_STACK,
        lowest => here.saturating_sub(lowest).saturating_sub(STACK_RESERVE).min(WORKER_STACK - STACK_RESERVE),
    }
}

#[cfg(target_os = "linux")]
fn lowest_stack_address() -> Option<usize> {
    // SAFETY: the attribute object is initialised by the first call, read by the second and destroyed.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return None;
        }
        let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
        let code = libc::pthread_attr_getstack(&attributes, &mut lowest, &mut size);
        libc::pthread_attr_destroy(&mut attributes);
        (code == 0 && size > 0).then_some(lowest as usize)
    }
}

#[cfg(not(target_os = "linux"))]
fn lowest_stack_address() -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The budget of a launch holds for its workers too, whatever stack the caller has.
    #[test]
    fn a_caller_with_a_deep_stack_grants_no_more_than_a_worker_has() {
        let deep = std::thread::Builder::new().stack_size(256 << 20).spawn(stack_budget).unwrap();
        let budget = deep.join().unwrap();
        assert!(budget <= WORKER_STACK - STACK_RESERVE && budget > WORKER_STACK / 2, "{budget}");
        let small = std::thread::Builder::new().stack_size(1 << 20).spawn(stack_budget).unwrap();
        let budget = small.join().unwrap();
        assert!(budget < 1 << 20 && budget > 512 << 10, "{budget}");
    }
}
