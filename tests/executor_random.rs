//! Random executions on managed buffers over a driver that fails in every way it can, beside a model that knows what the
//! buffers must hold: the content after what succeeded, the content before what did not, or DATA_LOST where no more is
//! possible. Never what a kernel wrote after it was given up.

#![cfg(all(feature = "cuda", feature = "cpu", target_os = "linux"))]

#[path = "support/child.rs"]
mod child;
#[path = "support/fakes.rs"]
mod fakes;
#[path = "executor_random/threads.rs"]
mod threads;

use std::ffi::{c_uint, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use fakes::{FakeLaunch, Fakes};
use vmgpu::backend::DeviceState;
use vmgpu::buffer::Buffer;
use vmgpu::error::{GpuError, Status};
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, GpuExecutor, GpuExecutorConfig, RequestTimeout, last_report,
};
use vmgpu::kernel::GpuArg;
use vmgpu::manager::GpuDeviceManager;
use vmgpu::types::{Access, CompileOptions, LaunchConfig};

const MIX: &str = "extern \"C\" __global__ void mix(const int *a, const int *b, int *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] * 3 + b[i] + out[i];
}";
const N: usize = 96;
const BUFFERS: usize = 4;

/// Launches of `mix` that hang from now on, and those that may end.
static HANGING: AtomicI64 = AtomicI64::new(0);
static RELEASED: AtomicI64 = AtomicI64::new(0);

/// `mix` on the fake GPU. One that hangs writes rubbish when it ends at last.
unsafe extern "C" fn mix(_: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    // SAFETY: the arguments are those of the text above, and each pointer leads to `N` numbers.
    let (a, b, out) = unsafe {
        let pointer = |index: usize| (*args.add(index)).cast::<*mut i32>().read();
        let numbers = |index| std::slice::from_raw_parts(pointer(index).cast_const(), N);
        (numbers(0).to_vec(), numbers(1).to_vec(), std::slice::from_raw_parts_mut(pointer(2), N))
    };
    if HANGING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left > 0).then_some(left - 1)).is_ok()
    {
        while RELEASED.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n > 0).then_some(n - 1)).is_err()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        out.fill(-777);
        return 0;
    }
    for i in 0..N {
        out[i] = a[i].wrapping_mul(3).wrapping_add(b[i]).wrapping_add(out[i]);
    }
    0
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// What a buffer must hold; None while its content is lost.
type Model = Vec<Option<Vec<i32>>>;

struct World {
    fakes: Fakes,
    manager: Arc<GpuDeviceManager>,
    executor: GpuExecutor,
    buffers: Vec<Buffer>,
    model: Model,
    random: Random,
    /// Kernels that were given up and not released.
    hanging: i64,
    /// What happened, to be compared with what should happen at all.
    by_gpu: u32,
    by_others: u32,
    lost: u32,
}

fn bytes(numbers: &[i32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn numbers(buffer: &Buffer) -> Result<Vec<i32>, GpuError> {
    let mut bytes = vec![0; N * 4];
    buffer.read(0, &mut bytes)?;
    Ok(bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

impl World {
    fn new(seed: u64) -> World {
        let fakes = fakes::fakes();
        fakes.register("mix", mix);
        let manager = Arc::new(GpuDeviceManager::new(&fakes.options()));
        let executor = GpuExecutor::new(manager.clone(), GpuExecutorConfig::default());
        let buffers = (0..BUFFERS).map(|_| executor.create_buffer(N * 4).unwrap()).collect();
        let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let model = vec![None; BUFFERS];
        let mut world = World {
            fakes,
            manager,
            executor,
            buffers,
            model,
            random,
            hanging: 0,
            by_gpu: 0,
            by_others: 0,
            lost: 0,
        };
        (0..BUFFERS).for_each(|index| world.write_all(index));
        world
    }

    fn gpu_state(&self) -> DeviceState {
        self.manager.devices()[0].state()
    }

    fn write_all(&mut self, index: usize) {
        let values: Vec<i32> = (0..N).map(|_| self.random.below(1 << 20) as i32 - 5000).collect();
        self.buffers[index].write(0, &bytes(&values)).unwrap();
        self.model[index] = Some(values);
    }

    fn write_part(&mut self, index: usize) {
        let at = self.random.below(N as u64 - 8) as usize;
        let values = [self.random.below(1000) as i32; 8];
        match self.buffers[index].write(at * 4, &bytes(&values)) {
            Ok(()) => self.model[index].as_mut().expect("lost content takes no part")[at..at + 8]
                .copy_from_slice(&values),
            Err(error) => self.excused(index, &error),
        }
    }

    fn by_map(&mut self, index: usize) {
        let pointer = match self.buffers[index].map(Access::ReadWrite) {
            Ok(pointer) => pointer.cast::<i32>(),
            Err(error) => return self.excused(index, &error),
        };
        let model = self.model[index].as_mut().expect("lost content cannot be read");
        for (i, expected) in model.iter_mut().enumerate() {
            // SAFETY: the map gives `N` numbers, which are this thread's until `unmap`.
            unsafe {
                assert_eq!(pointer.add(i).read(), *expected);
                *expected = expected.wrapping_add(1);
                pointer.add(i).write(*expected);
            }
        }
        self.buffers[index].unmap().unwrap();
    }

    /// Content that cannot be had: because it is lost, as the model may not know yet, or for as long as the GPU is busy.
    fn excused(&mut self, index: usize, error: &GpuError) {
        match error.status() {
            Status::DataLost => {
                self.lost += 1;
                self.model[index] = None;
                self.write_all(index);
            }
            Status::DeviceBusy if self.hanging > 0 => {}
            // A queue that took too long only because the machine did.
            Status::DeviceBusy => {
                self.release();
                self.check(index);
            }
            _ => panic!("{error}"),
        }
    }

    fn check(&mut self, index: usize) {
        match numbers(&self.buffers[index]) {
            Ok(found) => {
                assert_eq!(Some(&found), self.model[index].as_ref(), "buffer {index}\n{}", last_report())
            }
            Err(error) => self.excused(index, &error),
        }
    }

    fn execute(&mut self) {
        let pick = |random: &mut Random| random.below(BUFFERS as u64) as usize;
        let (a, b, out) = (pick(&mut self.random), pick(&mut self.random), pick(&mut self.random));
        if a == out || b == out {
            return;
        }
        let mut limit = Duration::from_secs(20);
        let launches = self.fakes.counter("launches");
        // The fault of this round; most have none.
        match self.random.below(16) {
            0 => self.fakes.control("LAUNCH_ERROR", 701),
            1 => self.fakes.control("OOM_AT", self.fakes.counter("allocations") + 1),
            2 => {
                self.fakes.control("GROW_MS", 60);
                limit = Duration::from_millis(20);
            }
            3 => self.fakes.control("WRITE_VALUE_FAILS", 1),
            4 | 5 if self.hanging == 0 => {
                HANGING.store(1, Ordering::SeqCst);
                limit = Duration::from_millis(40);
            }
            _ => {}
        }
        let expected = match (&self.model[a], &self.model[b], &self.model[out]) {
            (Some(a), Some(b), Some(out)) => {
                let mix = |i: usize| a[i].wrapping_mul(3).wrapping_add(b[i]).wrapping_add(out[i]);
                Some((0..N).map(mix).collect::<Vec<i32>>())
            }
            _ => None,
        };
        let before = self.model.clone();
        let with_callback = self.random.below(2) == 0;
        let refuses = self.random.below(4) == 0;
        let args = [
            GpuArg::BufferConst(&self.buffers[a]),
            GpuArg::BufferConst(&self.buffers[b]),
            GpuArg::Buffer(&self.buffers[out]),
            GpuArg::I32(N as i32),
        ];
        let options = CompileOptions::default();
        let request = ExecutionRequest {
            source: MIX,
            kernel_name: "mix",
            options: &options,
            config: LaunchConfig::new(3, 32),
            args: &args,
            timeout: RequestTimeout::After(limit),
        };
        let buffers = &self.buffers;
        let mut callback = || {
            let text = |error: GpuError| error.to_string();
            let read = |index: usize| {
                let found = numbers(&buffers[index]).map_err(text)?;
                assert_eq!(
                    Some(&found),
                    before[index].as_ref(),
                    "a callback sees the content before the attempt"
                );
                Ok::<_, String>(found)
            };
            let (a, b, mut sum) = (read(a)?, read(b)?, read(out)?);
            if refuses {
                return Err("not this time".to_string());
            }
            sum.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x = a[i].wrapping_mul(3).wrapping_add(b[i]).wrapping_add(*x));
            buffers[out].write(0, &bytes(&sum)).map_err(text)
        };
        let result = match with_callback {
            true => self.executor.execute_with_fallback(&request, Some(&mut callback)),
            false => self.executor.execute(&request),
        };
        let report = last_report();
        for switch in ["LAUNCH_ERROR", "OOM_AT", "GROW_MS", "WRITE_VALUE_FAILS"] {
            self.fakes.control(switch, 0);
        }
        // It hangs only if it got as far as the launch.
        let hangs = limit == Duration::from_millis(40) && HANGING.swap(0, Ordering::SeqCst) == 0;
        if hangs {
            self.hanging += 1;
            assert_eq!(self.fakes.counter("launches"), launches + 1);
            assert!(matches!(self.gpu_state(), DeviceState::Busy(_)), "{report}");
            assert_ne!(result.executed_by, ExecutedBy::Gpu);
        }
        match result.success {
            true => {
                match result.executed_by {
                    ExecutedBy::Gpu => self.by_gpu += 1,
                    _ => self.by_others += 1,
                }
                self.model[out] = Some(expected.expect("nothing is made of lost content"));
            }
            false => self.lost += report.contains("is lost") as u32,
        }
        // Not always: what stays on the GPU alone can be lost there.
        if self.random.below(3) == 0 {
            self.check(out);
        }
    }

    fn release(&mut self) {
        RELEASED.store(self.hanging, Ordering::SeqCst);
        let until = Instant::now() + Duration::from_secs(10);
        while self.gpu_state() != DeviceState::Available {
            assert!(Instant::now() < until, "{:?}", self.gpu_state());
            std::thread::sleep(Duration::from_millis(1));
        }
        self.hanging = 0;
    }

    fn step(&mut self) {
        let index = self.random.below(BUFFERS as u64) as usize;
        match self.random.below(12) {
            10 => {
                // Another buffer, whose copies have to be allocated; the old one may be under a kernel.
                self.buffers[index] = self.executor.create_buffer(N * 4).unwrap();
                self.write_all(index);
            }
            0 => self.write_all(index),
            1 => self.write_part(index),
            2 => self.by_map(index),
            3 => self.check(index),
            4 if self.hanging > 0 => self.release(),
            _ => self.execute(),
        }
    }
}

fn scenario(test: &str, seed: u64, environment: &[(&str, &str)]) {
    child::in_child(test, environment, || {
        let mut world = World::new(seed);
        let steps =
            std::env::var("VMGPU_RANDOM_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
        for _ in 0..steps {
            world.step();
        }
        world.release();
        (0..BUFFERS).for_each(|index| world.check(index));
        eprintln!("{} by the GPU, {} by others, {} times lost", world.by_gpu, world.by_others, world.lost);
        assert!(world.by_gpu > 30 && world.by_others > 30 && world.lost > 0);
        // At last a fault: every buffer holds what it must, or says that it is lost.
        world.fakes.control("FAULT_AT", world.fakes.counter("launches") + 1);
        while world.gpu_state() == DeviceState::Available {
            world.execute();
        }
        (0..BUFFERS).for_each(|index| world.check(index));
        (0..20).for_each(|_| world.step());
    });
}

#[test]
fn random_executions_first_seed() {
    scenario("random_executions_first_seed", 1, &[]);
}

/// Every allocation asks the driver.
#[test]
fn random_executions_without_spare_memory() {
    scenario("random_executions_without_spare_memory", 20_261_123, &[("VMGPU_KEEP_MB", "0")]);
}

#[test]
fn random_executions_with_events_and_without_pools() {
    let name = "random_executions_with_events_and_without_pools";
    let environment =
        [("FAKE_CUDA_NO_WRITE_VALUE", "1"), ("FAKE_CUDA_NO_POOLS", "1"), ("VMGPU_KEEP_MB", "0")];
    scenario(name, 77, &environment);
}
