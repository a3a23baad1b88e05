//! Random executions from several threads on one executor, shared and own buffers, over a driver that fails in many ways.
//!
//! Kernels add known amounts to whole buffers whose elements differ by a fixed step. So every content that anybody sees must
//! have that step throughout, must hold at least what had been added before the look began and at most what had been begun
//! when it ended, and at the end exactly what succeeded, however often the GPU failed, hung or was given up meanwhile.

use std::ffi::{c_uint, c_void};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, mpsc};
use std::time::Duration;

use vmgpu::buffer::Buffer;
use vmgpu::error::{GpuError, Status};
use vmgpu::executor::{
    ExecutedBy, ExecutionRequest, GpuExecutor, GpuExecutorConfig, RequestTimeout, last_report,
};
use vmgpu::kernel::{GpuArg, Kernel};
use vmgpu::manager::GpuDeviceManager;
use vmgpu::types::{Access, CompileOptions, LaunchConfig};

use crate::fakes::{FakeLaunch, Fakes, fakes};
use crate::{Random, bytes, child};

const N: usize = 2048;
const STEP: i32 = 7;
const SHARED: usize = 3;
const THREADS: usize = 5;
/// Kernels that the cache keeps, and texts that there are.
const KEPT: usize = 4;
const TEXTS: u64 = 7;
const BUMP: &str = "extern \"C\" __global__ void bump(int *p, int *q, int by, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) { p[i] += by; q[i] += by; }
}";
const TAKE: &str = "extern \"C\" __global__ void take(const int *a, const int *b, int *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] * 3 + b[i];
}";
const ADD: &str = "extern \"C\" __global__ void add(const int *five, int *p, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) p[i] += five[i];
}";

/// Launches of `bump` that hang from now on; those that do; those that may end.
static TO_HANG: AtomicI64 = AtomicI64::new(0);
static HANGING: AtomicI64 = AtomicI64::new(0);
static RELEASED: AtomicI64 = AtomicI64::new(0);

fn one_less(counter: &AtomicI64) -> bool {
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left > 0).then_some(left - 1)).is_ok()
}

/// The numbers behind pointer argument `index`.
///
/// # Safety
/// The argument is a pointer to `N` numbers.
unsafe fn numbers_of<'a>(args: *mut *mut c_void, index: usize) -> &'a mut [i32] {
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts_mut((*args.add(index)).cast::<*mut i32>().read(), N) }
}

/// Hangs where it is told to, and does its work all the same when it ends: then it must reach nobody any more.
unsafe extern "C" fn bump(_: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    if one_less(&TO_HANG) {
        HANGING.fetch_add(1, Ordering::SeqCst);
        while !one_less(&RELEASED) {
            std::thread::sleep(Duration::from_millis(1));
        }
        HANGING.fetch_sub(1, Ordering::SeqCst);
    }
    // SAFETY: the arguments are those of the text above.
    let by = unsafe { (*args.add(2)).cast::<i32>().read() };
    for index in [0, 1] {
        // SAFETY: as above; the two may be one buffer, so they are not held at once.
        unsafe { numbers_of(args, index) }.iter_mut().for_each(|x| *x += by);
    }
    0
}

unsafe extern "C" fn take(_: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    // SAFETY: as for `bump`; `out` is another buffer than the two that are read.
    let (a, b, out) = unsafe { (numbers_of(args, 0).to_vec(), numbers_of(args, 1), numbers_of(args, 2)) };
    for i in 0..N {
        out[i] = a[i] * 3 + b[i];
    }
    0
}

unsafe extern "C" fn add(_: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    // SAFETY: as for `bump`; these are two buffers.
    let (five, p) = unsafe { (numbers_of(args, 0), numbers_of(args, 1)) };
    p.iter_mut().zip(five.iter()).for_each(|(x, by)| *x += by);
    0
}

/// A managed buffer that all threads use.
struct Shared {
    buffer: Buffer,
    /// Held for reading by every use. Alone only by whoever gives lost content a new beginning.
    uses: RwLock<()>,
    /// Sums of what was to be added and of what has been, since that beginning.
    begun: AtomicI64,
    done: AtomicI64,
}

/// What the results of all threads say, for the statistics.
#[derive(Default)]
struct Counted {
    by_gpu: AtomicU64,
    by_others: AtomicU64,
    failed: AtomicU64,
    lost: AtomicU64,
    hung: AtomicU64,
}

struct World {
    fakes: Fakes,
    manager: Arc<GpuDeviceManager>,
    executor: GpuExecutor,
    shared: Vec<Shared>,
    /// Plain memory of the GPU that nobody writes.
    five: Buffer,
    /// For launches that do not wait.
    kernel: Kernel,
    options: CompileOptions,
    counted: Counted,
}

/// One thread's own.
struct Worker<'w> {
    world: &'w World,
    random: Random,
    managed: Buffer,
    plain: Buffer,
    /// What `plain` holds at least, and how much more at most: a kernel that was given up may run all the same.
    plain_sum: i64,
    plain_slack: i64,
}

fn ramp(from: i32) -> Vec<u8> {
    bytes(&(0..N as i32).map(|i| from + i * STEP).collect::<Vec<_>>())
}

/// First number of the content, whose others must follow in equal steps.
fn first_of(buffer: &Buffer, step: i32) -> Result<i64, GpuError> {
    let mut bytes = vec![0; N * 4];
    buffer.read(0, &mut bytes)?;
    let found: Vec<i32> =
        bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let torn = (1..N).find(|i| found[*i] - found[*i - 1] != step);
    assert!(torn.is_none(), "content of two moments: {torn:?} {:?}", torn.map(|i| &found[i - 1..i + 1]));
    Ok(found[0] as i64)
}

/// What may befall a thread because of what it or another one does.
fn is_excused(error: &GpuError) -> bool {
    use Status::*;
    matches!(
        error.status(),
        Timeout
            | DeviceBusy
            | DeviceLost
            | MemoryAllocationFailed
            | KernelExecutionFailed
            | KernelCompilationFailed
            | FallbackFailed
            | DataLost
            | InvalidState
            // The driver refuses a ticket.
            | FeatureNotSupported
    )
}

impl Shared {
    /// The sum now, if the content can be had, which must lie between those of before and after.
    fn look(&self, buffer: &Buffer, factor: i64, before: i64) -> Option<i64> {
        match first_of(buffer, STEP * factor as i32) {
            Ok(sum) => {
                let most = self.begun.load(Ordering::SeqCst) * factor;
                assert!((before..=most).contains(&sum), "{sum} is not within {before} to {most}");
                Some(sum)
            }
            Err(error) if is_excused(&error) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn renew_if_lost(&self, counted: &Counted) {
        let _alone = self.uses.write().unwrap();
        if first_of(&self.buffer, STEP).is_err_and(|error| error.status() == Status::DataLost) {
            self.buffer.write(0, &ramp(0)).unwrap();
            self.begun.store(0, Ordering::SeqCst);
            self.done.store(0, Ordering::SeqCst);
            counted.lost.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Adds to the content on the host, if the buffer can be mapped.
    fn add_by_map(&self, by: i32) -> Result<(), GpuError> {
        let pointer = self.buffer.map(Access::ReadWrite)?.cast::<i32>();
        for i in 0..N {
            // SAFETY: the map gives `N` numbers, which are this thread's until `unmap`.
            unsafe { pointer.add(i).write(pointer.add(i).read() + by) };
            if i == N / 2 {
                std::thread::yield_now();
            }
        }
        self.buffer.unmap()
    }
}

impl World {
    fn new() -> World {
        let fakes = fakes();
        fakes.register("bump", bump);
        fakes.register("take", take);
        fakes.register("add", add);
        let manager = Arc::new(GpuDeviceManager::new(&fakes.options()));
        let config = GpuExecutorConfig { max_cache_size: KEPT, ..GpuExecutorConfig::default() };
        let executor = GpuExecutor::new(manager.clone(), config);
        let shared = || {
            let buffer = executor.create_buffer(N * 4).unwrap();
            buffer.write(0, &ramp(0)).unwrap();
            Shared { buffer, uses: RwLock::new(()), begun: AtomicI64::new(0), done: AtomicI64::new(0) }
        };
        let shared = (0..SHARED).map(|_| shared()).collect();
        let options = CompileOptions::default();
        let gpu = &manager.devices()[0];
        let five = Buffer::Device(Arc::new(gpu.create_buffer(N * 4).unwrap()));
        five.write(0, &bytes(&[5; N])).unwrap();
        let kernel = gpu.compile(BUMP, "bump", &options).unwrap();
        World { fakes, manager, executor, shared, five, kernel, options, counted: Counted::default() }
    }

    /// Guards for the use of these shared buffers, in one order whoever asks.
    fn uses(&self, mut indices: Vec<usize>) -> Vec<RwLockReadGuard<'_, ()>> {
        indices.sort_unstable();
        indices.dedup();
        indices.iter().map(|index| self.shared[*index].uses.read().unwrap()).collect()
    }
}

impl Worker<'_> {
    fn new(world: &World, seed: u64) -> Worker<'_> {
        let managed = world.executor.create_buffer(N * 4).unwrap();
        let gpu = &world.manager.devices()[0];
        let plain = Buffer::Device(Arc::new(gpu.create_buffer(N * 4).unwrap()));
        plain.write(0, &ramp(0)).unwrap();
        let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Worker { world, random, managed, plain, plain_sum: 0, plain_slack: 0 }
    }

    fn pick(&mut self) -> usize {
        self.random.below(SHARED as u64) as usize
    }

    /// Runs one of the texts, a few of which are broken, and says by whom it was done.
    fn run(&mut self, text: &str, name: &str, args: &[GpuArg<'_>], callback: Option<&Shared>) -> ExecutedBy {
        let variant = self.random.below(TEXTS);
        let broken = self.random.below(40) == 0;
        let source =
            format!("{}// text {variant}\n{text}", if broken { "#error as it should be\n" } else { "" });
        // A kernel that the CPU device has to stop leaves what it wrote, so what may be stopped has a callback instead.
        let (timeout, refuses) = match self.random.below(8) {
            0 => (RequestTimeout::After(Duration::from_millis(1)), true),
            1 | 2 => (RequestTimeout::After(Duration::from_millis(30)), true),
            3 => (RequestTimeout::Never, false),
            _ => (RequestTimeout::After(Duration::from_secs(20)), false),
        };
        let request = ExecutionRequest {
            source: &source,
            kernel_name: name,
            options: &self.world.options,
            config: LaunchConfig::new(N as u32 / 64, 64),
            args,
            timeout,
        };
        let executor = &self.world.executor;
        let result = match callback {
            None if refuses => {
                executor.execute_with_fallback(&request, Some(&mut || Err("not this time".to_string())))
            }
            None => executor.execute(&request),
            Some(shared) => {
                let mut by_map = || shared.add_by_map(2).map_err(|error| error.to_string());
                executor.execute_with_fallback(&request, Some(&mut by_map))
            }
        };
        let counted = &self.world.counted;
        let counter = match (&result.error, result.executed_by) {
            (None, ExecutedBy::Gpu) => &counted.by_gpu,
            (None, _) => &counted.by_others,
            (Some(error), _) => {
                assert!(is_excused(error), "{error}\n{}", last_report());
                // A mapped buffer is the caller's mistake, which no statistic counts.
                if error.status() == Status::InvalidState {
                    return ExecutedBy::None;
                }
                &counted.failed
            }
        };
        counter.fetch_add(1, Ordering::SeqCst);
        assert!(!broken || !result.success || callback.is_some(), "{}", last_report());
        if result.success { result.executed_by } else { ExecutedBy::None }
    }

    /// Adds to two shared buffers, which may be one.
    fn bump(&mut self) {
        let (p, q) = (self.pick(), self.pick());
        // A callback can map but one.
        let with_callback = p == q && self.random.below(2) == 0;
        let by = if with_callback { 1 } else { 1 + self.random.below(9) as i32 };
        let world = self.world;
        let guards = world.uses(vec![p, q]);
        let (p, q) = (&world.shared[p], &world.shared[q]);
        for shared in [p, q] {
            shared.begun.fetch_add(by as i64, Ordering::SeqCst);
        }
        let args =
            [GpuArg::Buffer(&p.buffer), GpuArg::Buffer(&q.buffer), GpuArg::I32(by), GpuArg::I32(N as i32)];
        let done = match self.random.below(16) {
            0 => world.kernel.launch(&LaunchConfig::new(N as u32 / 64, 64), &args).is_ok(),
            _ => {
                if self.random.below(24) == 0 && HANGING.load(Ordering::SeqCst) == 0 {
                    TO_HANG.store(1, Ordering::SeqCst);
                    world.counted.hung.fetch_add(1, Ordering::SeqCst);
                }
                self.run(BUMP, "bump", &args, with_callback.then_some(p)) != ExecutedBy::None
            }
        };
        for shared in [p, q].into_iter().filter(|_| done) {
            shared.done.fetch_add(by as i64, Ordering::SeqCst);
        }
        drop(guards);
        if !done {
            p.renew_if_lost(&world.counted);
            q.renew_if_lost(&world.counted);
        }
    }

    /// Reads shared buffers by a kernel into an own one, and looks at what came of it.
    fn take(&mut self) {
        let (a, b) = (self.pick(), self.pick());
        let world = self.world;
        let _guards = world.uses(vec![a, b]);
        let (a, b) = (&world.shared[a], &world.shared[b]);
        let before = a.done.load(Ordering::SeqCst) * 3 + b.done.load(Ordering::SeqCst);
        let own = self.managed.clone();
        let args = [
            GpuArg::BufferConst(&a.buffer),
            GpuArg::BufferConst(&b.buffer),
            GpuArg::Buffer(&own),
            GpuArg::I32(N as i32),
        ];
        if self.run(TAKE, "take", &args, None) == ExecutedBy::None {
            return;
        }
        let most = a.begun.load(Ordering::SeqCst) * 3 + b.begun.load(Ordering::SeqCst);
        match first_of(&own, STEP * 4) {
            Ok(sum) => assert!((before..=most).contains(&sum), "{sum} is not within {before} to {most}"),
            Err(error) => assert!(is_excused(&error), "{error}"),
        }
    }

    /// Reads a shared buffer on the host, straight or through an own one.
    fn look(&mut self) {
        let world = self.world;
        let index = self.pick();
        let _guards = world.uses(vec![index]);
        let shared = &world.shared[index];
        let before = shared.done.load(Ordering::SeqCst);
        if self.random.below(2) == 0 {
            shared.look(&shared.buffer, 1, before);
        } else if let Err(error) = self.managed.copy_from(0, &shared.buffer, 0, N * 4) {
            assert!(is_excused(&error), "{error}");
        } else {
            shared.look(&self.managed, 1, before);
        }
    }

    fn map(&mut self) {
        let world = self.world;
        let index = self.pick();
        let guards = world.uses(vec![index]);
        let shared = &world.shared[index];
        shared.begun.fetch_add(3, Ordering::SeqCst);
        match shared.add_by_map(3) {
            Ok(()) => _ = shared.done.fetch_add(3, Ordering::SeqCst),
            Err(error) => assert!(is_excused(&error), "{error}"),
        }
        drop(guards);
        shared.renew_if_lost(&world.counted);
    }

    fn add_to_plain(&mut self) {
        let (plain, world) = (self.plain.clone(), self.world);
        let args = [GpuArg::BufferConst(&world.five), GpuArg::Buffer(&plain), GpuArg::I32(N as i32)];
        let by = self.run(ADD, "add", &args, None);
        self.plain_sum += if by == ExecutedBy::None { 0 } else { 5 };
        self.plain_slack += if by == ExecutedBy::Gpu { 0 } else { 5 };
        match first_of(&plain, STEP) {
            Ok(sum) => {
                let most = self.plain_sum + self.plain_slack;
                assert!((self.plain_sum..=most).contains(&sum), "{sum}: {} to {most}", self.plain_sum);
            }
            Err(error) => assert!(is_excused(&error), "{error}"),
        }
    }

    /// What goes wrong in the driver, for whomever it hits.
    fn trouble(&mut self) {
        let fakes = &self.world.fakes;
        let switch = match self.random.below(4) {
            0 => ("LAUNCH_ERROR", 701),
            1 => ("OOM_AT", fakes.counter("allocations") + 1),
            2 => ("GROW_MS", 20),
            _ => ("WRITE_VALUE_FAILS", 1),
        };
        fakes.control(switch.0, switch.1);
        std::thread::sleep(Duration::from_millis(self.random.below(4)));
        fakes.control(switch.0, 0);
    }

    fn step(&mut self) {
        let world = self.world;
        match self.random.below(40) {
            // The old one may be under a kernel that was given up.
            0..2 => self.managed = world.executor.create_buffer(N * 4).unwrap(),
            2 => self
                .managed
                .write(8, &[9; 16])
                .or_else(|e| if is_excused(&e) { Ok(()) } else { Err(e) })
                .unwrap(),
            3 => self.trouble(),
            4 => world.executor.clear_cache(),
            5..8 => self.map(),
            8..14 => self.look(),
            14..19 => self.add_to_plain(),
            19..27 => self.take(),
            _ => self.bump(),
        }
    }
}

/// Ends the process if the threads stand still.
fn watch(over: mpsc::Receiver<()>) {
    if over.recv_timeout(Duration::from_secs(120)) == Err(mpsc::RecvTimeoutError::Timeout) {
        eprintln!("no end in sight: the threads wait for each other");
        std::process::exit(102);
    }
}

/// Lets all threads do `steps` each. Kernels that hang do so for a while.
fn all_together(world: &World, workers: &mut [Worker<'_>], steps: u64) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let janitor = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) || HANGING.load(Ordering::SeqCst) > 0 {
                std::thread::sleep(Duration::from_millis(50));
                RELEASED.store(HANGING.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        });
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| scope.spawn(move || (0..steps).for_each(|_| worker.step())))
            .collect();
        let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        TO_HANG.store(0, Ordering::SeqCst);
        over.store(true, Ordering::SeqCst);
        janitor.join().unwrap();
        outcomes.into_iter().for_each(|outcome| outcome.unwrap());
    });
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while matches!(world.manager.devices()[0].state(), vmgpu::backend::DeviceState::Busy(_)) {
        assert!(std::time::Instant::now() < until, "still busy");
        std::thread::sleep(Duration::from_millis(1));
    }
    for shared in &world.shared {
        shared.renew_if_lost(&world.counted);
        assert_eq!(first_of(&shared.buffer, STEP).unwrap(), shared.done.load(Ordering::SeqCst));
    }
}

fn scenario(test: &str, seed: u64, environment: &[(&str, &str)]) {
    child::in_child(test, environment, || {
        let (done, over) = mpsc::channel();
        let watchdog = std::thread::spawn(move || watch(over));
        let world = World::new();
        let mut workers: Vec<_> =
            (1..=THREADS as u64).map(|i| Worker::new(&world, seed.wrapping_mul(100) + i)).collect();
        let steps =
            std::env::var("VMGPU_RANDOM_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
        all_together(&world, &mut workers, steps);
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        let counted = &world.counted;
        let by_gpu = count(&counted.by_gpu);
        eprintln!(
            "{by_gpu} by the GPU, {} by others, {} failed, {} hung, {} times lost",
            count(&counted.by_others),
            count(&counted.failed),
            count(&counted.hung),
            count(&counted.lost)
        );
        assert!(by_gpu > 50 && count(&counted.by_others) > 20 && count(&counted.hung) > 0);
        // At last a fault, with all of them at work.
        world.fakes.control("FAULT_AT", world.fakes.counter("launches") + 20);
        all_together(&world, &mut workers, steps / 4);
        assert!(matches!(world.manager.devices()[0].state(), vmgpu::backend::DeviceState::Lost(_)));
        let stats = world.executor.stats();
        assert_eq!(stats.gpu_success_count, count(&counted.by_gpu));
        assert_eq!(stats.cpu_fallback_count, count(&counted.by_others));
        let all = stats.gpu_success_count + stats.cpu_fallback_count + count(&counted.failed);
        assert_eq!(stats.total_executions, all);
        assert!(stats.kernel_compilation_count > TEXTS && stats.cache_hits > 0);
        done.send(()).unwrap();
        watchdog.join().unwrap();
    });
}

#[test]
fn random_executions_of_many_threads() {
    scenario("threads::random_executions_of_many_threads", 5, &[]);
}

#[test]
fn many_threads_with_events_and_without_pools() {
    let environment =
        [("FAKE_CUDA_NO_WRITE_VALUE", "1"), ("FAKE_CUDA_NO_POOLS", "1"), ("VMGPU_KEEP_MB", "0")];
    scenario("threads::many_threads_with_events_and_without_pools", 6, &environment);
}
