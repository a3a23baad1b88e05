//! A device for tests: host memory, kernels that are closures by name, and a queue that can be held up.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{ArgValue, DeviceState, GpuBuffer, GpuCompute, GpuKernel, Ticket};
use crate::error::{GpuError, GpuResult};
use crate::types::{
    CompileOptions, DeviceType, Dim3, GpuDeviceInfo, KernelMetadata, LaunchConfig, ParamInfo,
};

type Body = Arc<dyn Fn(&[ArgValue<'_>]) -> GpuResult<()> + Send + Sync>;

/// See the module text. Kernels take as many pointers as their entry says.
pub struct MockDevice {
    device_type: DeviceType,
    kernels: Mutex<HashMap<String, (usize, Body)>>,
    memory: Mutex<HashMap<u64, Box<[u8]>>>,
    next_address: AtomicU64,
    /// Nothing queued completes while this is set.
    pub stuck: AtomicBool,
    given_up: AtomicBool,
    /// The device is gone.
    pub lost: AtomicBool,
    /// Answers of the next compilations; none left: success.
    pub compile_errors: Mutex<Vec<GpuError>>,
    pub compile_time: Mutex<Duration>,
    pub register_error: AtomicBool,
    /// Copies into this device fail.
    pub refuse_writes: AtomicBool,
    /// The n-th copy into this device from now on fails; 0: none.
    pub refuse_write_at: AtomicU64,
    /// That failure is followed by others.
    pub refuse_after: AtomicBool,
    /// Whether the next copies into this device fail, half of each written; none left: as the rest says.
    pub torn_writes: Mutex<VecDeque<bool>>,
    /// What waiting for the queue takes although nothing is in the way.
    pub latency: Mutex<Duration>,
    /// Memory comes too late for whoever has a deadline.
    pub late_memory: AtomicBool,
    /// How often something was given up.
    pub times_given_up: AtomicU64,
    /// Copies out of this device that have begun.
    pub reads: AtomicU64,
}

impl MockDevice {
    pub fn new(device_type: DeviceType) -> Arc<MockDevice> {
        Arc::new(MockDevice {
            device_type,
            kernels: Mutex::default(),
            memory: Mutex::default(),
            next_address: AtomicU64::new(1 << 40),
            stuck: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            compile_errors: Mutex::default(),
            compile_time: Mutex::default(),
            register_error: AtomicBool::new(false),
            refuse_writes: AtomicBool::new(false),
            refuse_write_at: AtomicU64::new(0),
            refuse_after: AtomicBool::new(false),
            torn_writes: Mutex::default(),
            latency: Mutex::default(),
            late_memory: AtomicBool::new(false),
            times_given_up: AtomicU64::new(0),
            reads: AtomicU64::new(0),
        })
    }

    /// A kernel with `params` pointers.
    pub fn kernel(
        &self,
        name: &str,
        params: usize,
        body: impl Fn(&[ArgValue<'_>]) -> GpuResult<()> + Send + Sync + 'static,
    ) {
        self.kernels.lock().insert(name.into(), (params, Arc::new(body)));
    }

    /// Address of the bytes that a device address stands for. The CPU device's own addresses are host addresses.
    fn at(&self, address: u64) -> *mut u8 {
        match self.memory.lock().get_mut(&address) {
            Some(bytes) => bytes.as_mut_ptr(),
            None => address as *mut u8,
        }
    }

    /// Sets the first `count` bytes behind an argument.
    pub fn set(&self, arg: &ArgValue<'_>, value: u8, count: usize) {
        let ArgValue::Buffer { address, size, .. } = arg else { panic!("not a buffer") };
        // SAFETY: memory of this device or a host address of `size` bytes that the caller keeps alive.
        unsafe { std::ptr::write_bytes(self.at(*address), value, count.min(*size)) }
    }

    /// Forgets that something was given up, so that the next execution has to find out again.
    pub fn give_up_none(&self) {
        self.given_up.store(false, Ordering::Release);
    }

    /// Waits while the queue is stuck; false if `deadline` came first.
    fn pass(&self, deadline: Option<Instant>) -> bool {
        let ready = Instant::now() + *self.latency.lock();
        while self.stuck.load(Ordering::Acquire) || Instant::now() < ready {
            if deadline.is_some_and(|at| Instant::now() >= at) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

impl GpuCompute for MockDevice {
    fn device_type(&self) -> DeviceType {
        self.device_type
    }

    fn initialize(&self) -> GpuResult<()> {
        Ok(())
    }

    fn device_info(&self) -> GpuDeviceInfo {
        GpuDeviceInfo {
            device_type: self.device_type,
            name: "mock".into(),
            device_id: 0,
            compute_capability: (9, 0),
            architecture: "mock".into(),
            total_memory_mb: 64,
            free_memory_mb: 64,
            multiprocessor_count: 1,
            clock_rate_khz: 1,
            l2_cache_size: 1,
            supports_unified_memory: false,
            supports_shared_memory: true,
            warp_size: 32,
            max_threads_per_block: 1024,
            max_block_dim: Dim3::new(1024, 1024, 64),
            max_grid_dim: Dim3::new(1 << 20, 65535, 65535),
            shared_memory_per_block: 48 << 10,
            max_shared_memory_per_block: 64 << 10,
            driver_version: 1,
        }
    }

    fn state(&self) -> DeviceState {
        if self.lost.load(Ordering::Acquire) {
            return DeviceState::Lost("it was pulled out".into());
        }
        if self.given_up.load(Ordering::Acquire) && self.stuck.load(Ordering::Acquire) {
            return DeviceState::Busy("something still runs".into());
        }
        DeviceState::Available
    }

    fn compiler_identity(&self) -> GpuResult<String> {
        Ok("mock".into())
    }

    fn allocate_memory(&self, size: usize) -> GpuResult<GpuBuffer> {
        let address = self.next_address.fetch_add((size as u64).next_multiple_of(256), Ordering::Relaxed);
        self.memory.lock().insert(address, vec![0xEE; size].into());
        Ok(GpuBuffer { device_pointer: address, size, device_id: 0 })
    }

    fn allocate_until(&self, size: usize, deadline: Option<Instant>) -> GpuResult<GpuBuffer> {
        if self.late_memory.load(Ordering::Acquire) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            std::thread::sleep(left.unwrap_or_default());
            return Err(GpuError::Timeout { what: "allocating".into(), limit_ms: 0 });
        }
        self.settle_until(deadline)?;
        self.allocate_memory(size)
    }

    fn free_memory(&self, buffer: &GpuBuffer) {
        self.memory.lock().remove(&buffer.device_pointer);
    }

    fn copy_h2d(&self, src: &[u8], buffer: &GpuBuffer, offset: usize) -> GpuResult<()> {
        let torn = self.torn_writes.lock().pop_front().unwrap_or(false);
        if torn {
            let half = &src[..src.len() / 2];
            let mut memory = self.memory.lock();
            let bytes = memory.get_mut(&buffer.device_pointer).expect("live memory");
            bytes[offset..offset + half.len()].copy_from_slice(half);
        }
        let countdown = |left: u64| left.checked_sub(1);
        let due = self.refuse_write_at.fetch_update(Ordering::AcqRel, Ordering::Acquire, countdown) == Ok(1);
        if due && self.refuse_after.load(Ordering::Acquire) {
            self.refuse_writes.store(true, Ordering::Release);
        }
        if torn || due || self.refuse_writes.load(Ordering::Acquire) {
            return Err(GpuError::MemoryCopyFailed {
                direction: "host to device".into(),
                reason: "refused".into(),
            });
        }
        self.pass(None);
        let mut memory = self.memory.lock();
        let bytes = memory.get_mut(&buffer.device_pointer).expect("live memory");
        bytes[offset..offset + src.len()].copy_from_slice(src);
        Ok(())
    }

    fn copy_d2h(&self, buffer: &GpuBuffer, offset: usize, dst: &mut [u8]) -> GpuResult<()> {
        if self.lost.load(Ordering::Acquire) {
            return Err(GpuError::DeviceLost { device: "mock".into(), reason: "it was pulled out".into() });
        }
        self.reads.fetch_add(1, Ordering::AcqRel);
        self.pass(None);
        let memory = self.memory.lock();
        let bytes = memory.get(&buffer.device_pointer).expect("live memory");
        dst.copy_from_slice(&bytes[offset..offset + dst.len()]);
        Ok(())
    }

    fn copy_d2d(&self, _: &GpuBuffer, _: usize, _: &GpuBuffer, _: usize, _: usize) -> GpuResult<()> {
        Err(GpuError::unsupported("copying within the device", "the mock"))
    }

    fn fill(&self, _: &GpuBuffer, _: usize, _: u8, _: usize) -> GpuResult<()> {
        Err(GpuError::unsupported("filling", "the mock"))
    }

    fn register_host(&self, _: usize, _: usize) -> GpuResult<()> {
        match self.register_error.load(Ordering::Acquire) {
            true => Err(GpuError::unsupported("registering", "the mock")),
            false => Ok(()),
        }
    }

    fn compile_kernel(&self, source: &str, name: &str, _: &CompileOptions) -> GpuResult<GpuKernel> {
        std::thread::sleep(*self.compile_time.lock());
        if let Some(error) = self.compile_errors.lock().pop() {
            return Err(error);
        }
        let Some((params, body)) = self.kernels.lock().get(name).cloned() else {
            return Err(GpuError::KernelCompilationFailed {
                kernel_name: name.into(),
                r#source: source.into(),
                reason: "no such kernel".into(),
            });
        };
        let param =
            |index| ParamInfo { size: 8, offset: index * 8, is_pointer: Some(true), read_only: false };
        let metadata = KernelMetadata {
            name: name.into(),
            source: source.into(),
            compiled_at: 1,
            params: Some((0..params as u32).map(param).collect()),
            shared_memory_size: 0,
            registers: 1,
            local_memory_size: 0,
            constant_memory_size: 0,
            max_threads_per_block: 1024,
            compile_log: String::new(),
            compiler: "mock".into(),
        };
        Ok(GpuKernel {
            name: name.into(),
            binary: Arc::new([1]),
            metadata: Arc::new(metadata),
            handle: Arc::new(body),
        })
    }

    fn load_kernel(&self, _: &[u8], _: &str) -> GpuResult<GpuKernel> {
        Err(GpuError::unsupported("loading", "the mock"))
    }

    fn execute_kernel(&self, kernel: &GpuKernel, _: &LaunchConfig, args: &[ArgValue<'_>]) -> GpuResult<()> {
        kernel.handle.downcast_ref::<Body>().expect("a kernel of the mock")(args)
    }

    fn execute_and_mark(
        &self,
        kernel: &GpuKernel,
        config: &LaunchConfig,
        args: &[ArgValue<'_>],
        _: Option<Instant>,
    ) -> GpuResult<Ticket> {
        self.execute_kernel(kernel, config, args).map(|()| Ticket(1))
    }

    fn wait_ticket(&self, _: Ticket, deadline: Option<Instant>) -> GpuResult<bool> {
        Ok(self.pass(deadline))
    }

    fn give_up(&self, _: Ticket, _: &str) -> bool {
        let stuck = self.stuck.load(Ordering::Acquire);
        self.times_given_up.fetch_add(1, Ordering::AcqRel);
        self.given_up.store(stuck, Ordering::Release);
        stuck
    }

    fn mark(&self) -> GpuResult<Ticket> {
        Ok(Ticket(1))
    }

    fn kernel_symbol(&self, _: &GpuKernel, _: &str) -> GpuResult<GpuBuffer> {
        Err(GpuError::unsupported("symbols", "the mock"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
