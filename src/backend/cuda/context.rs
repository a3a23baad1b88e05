//! `DeviceCore`: one CUDA device of the process, its facts, and what exists once it is in use: primary context, queue,
//! pinned staging memory, memory pool.
//!
//! All managers share one core per device. Nothing is destroyed at exit: releasing a context behind a kernel that does
//! not end would hang.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use cudarc::driver::sys::{
    CU_MEMHOSTALLOC_DEVICEMAP, CU_MEMHOSTALLOC_PORTABLE, CUcontext, CUdevice_attribute as Attribute,
    CUdeviceptr, CUmemPool_attribute, CUmemoryPool, CUstream, CUstream_flags,
};
use parking_lot::{Mutex, RwLock};

use super::driver::{Driver, Entered};
use super::error::{Doing, SUCCESS};
use super::nvml;
use super::queue::{Queue, Word};
use super::spare::Spare;
use super::staging::{Staging, WORD_PAGE};
use super::symbols::CuDeviceHandle;
use crate::error::{GpuError, GpuResult};
use crate::threads;
use crate::types::{DeviceType, Dim3, GpuDeviceInfo};

/// How long the question for free memory may take before NVML is asked instead.
const INFO_PATIENCE: Duration = Duration::from_millis(50);
/// How often a caller who waits for a driver call looks whether waiting is still of use.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// One device. Exists once per (library, ordinal) in a process.
pub struct DeviceCore {
    pub driver: Arc<Driver>,
    pub ordinal: u32,
    pub handle: CuDeviceHandle,
    /// "CUDA device 0 (NVIDIA H100 80GB HBM3)".
    pub label: String,
    /// Everything but the free memory.
    facts: GpuDeviceInfo,
    pci_bus_id: Option<String>,
    pools_supported: bool,
    write_value_supported: bool,
    up: OnceLock<Up>,
    bring_up: Mutex<()>,
    /// Itself, for work on threads of its own.
    myself: OnceLock<Weak<DeviceCore>>,
}

/// What exists once the device is in use. Never dropped.
pub struct Up {
    pub queue: Arc<Queue>,
    /// For reads into the caller's own page-locked memory, see `memory.rs`.
    pub reader: Arc<Queue>,
    pub staging: Staging,
    /// The device's default pool; None where the driver has no stream-ordered allocation.
    pub pool: Option<Pool>,
    /// Host ranges [start, end) that are page-locked.
    pub registered: RwLock<Vec<(usize, usize)>>,
    /// Memory that was given back and may be used again.
    pub spare: Spare,
    /// What could not be released at once; see `memory.rs`.
    pub retired: Mutex<Vec<Retired>>,
    /// Devices that may access the pool's memory directly.
    pub peers: Mutex<Vec<u32>>,
}

#[derive(Clone, Copy)]
pub struct Pool(pub CUmemoryPool);

/// A resource whose release may block and is therefore put off until the queue is empty.
pub enum Retired {
    Memory(CUdeviceptr),
    Module(super::kernel::Module),
}

// SAFETY: a driver handle, usable from any thread.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}

impl DeviceCore {
    /// Reads the facts of device `ordinal`. Creates no context.
    pub fn new(driver: Arc<Driver>, ordinal: u32) -> GpuResult<DeviceCore> {
        let api = &driver.api;
        let short = format!("CUDA device {ordinal}");
        let mut handle = 0;
        // SAFETY: valid out pointer.
        let code = unsafe { (api.device_get)(&mut handle, ordinal as c_int) };
        driver.check(code, "cuDeviceGet", Doing::Initialize, &short)?;
        let name = text_of(|buffer, length| {
            // SAFETY: the buffer has `length` bytes.
            unsafe { (api.device_get_name)(buffer, length, handle) }
        })
        .unwrap_or_else(|| "unnamed NVIDIA GPU".to_string());
        let pci_bus_id = api.device_get_pci_bus_id.and_then(|function| {
            text_of(|buffer, length| {
                // SAFETY: the buffer has `length` bytes.
                unsafe { function(buffer, length, handle) }
            })
        });
        let mut total = 0usize;
        // SAFETY: valid out pointer.
        let code = unsafe { (api.device_total_mem)(&mut total, handle) };
        driver.check(code, "cuDeviceTotalMem", Doing::Initialize, &short)?;
        let ask = |attribute: Attribute| -> u32 {
            let mut value = 0;
            // SAFETY: valid out pointer. Attributes that a driver does not know leave 0.
            let code = unsafe { (api.device_get_attribute)(&mut value, attribute as c_uint, handle) };
            if code == SUCCESS { value.max(0) as u32 } else { 0 }
        };
        use Attribute::*;
        let capability = (
            ask(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
            ask(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        );
        let shared = ask(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
        let label = format!("{short} ({name})");
        let facts = GpuDeviceInfo {
            device_type: DeviceType::Cuda,
            name,
            device_id: ordinal,
            compute_capability: capability,
            architecture: format!("sm_{}{}", capability.0, capability.1),
            total_memory_mb: (total >> 20) as u64,
            free_memory_mb: 0,
            multiprocessor_count: ask(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
            clock_rate_khz: ask(CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
            l2_cache_size: ask(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE) as u64,
            supports_unified_memory: ask(CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY) != 0,
            supports_shared_memory: shared != 0,
            warp_size: ask(CU_DEVICE_ATTRIBUTE_WARP_SIZE),
            max_threads_per_block: ask(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK),
            max_block_dim: Dim3::new(
                ask(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X),
                ask(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y),
                ask(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z),
            ),
            max_grid_dim: Dim3::new(
                ask(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X),
                ask(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y),
                ask(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z),
            ),
            shared_memory_per_block: shared,
            max_shared_memory_per_block: shared
                .max(ask(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)),
            driver_version: driver.version as u32,
        };
        let pools_supported = ask(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0;
        let write_value_supported = ask(CU_DEVICE_ATTRIBUTE_CAN_USE_64_BIT_STREAM_MEM_OPS) != 0;
        Ok(DeviceCore {
            driver,
            ordinal,
            handle,
            label,
            facts,
            pci_bus_id,
            pools_supported,
            write_value_supported,
            up: OnceLock::new(),
            bring_up: Mutex::new(()),
            myself: OnceLock::new(),
        })
    }

    /// Makes the core what all managers share.
    pub fn share(self) -> Arc<DeviceCore> {
        let core = Arc::new(self);
        let _ = core.myself.set(Arc::downgrade(&core));
        core
    }

    /// Runs `work` on a thread of its own, because it may have to wait inside the driver for a kernel that runs, or that
    /// somebody queues this very moment. Timeout at `deadline`; fails as well once the device is busy or lost. Then it goes on
    /// without its caller: what it makes is dropped, or it has to keep that itself.
    pub fn apart<R: Send + 'static>(
        &self,
        deadline: Option<Instant>,
        what: &str,
        work: impl FnOnce(&Arc<DeviceCore>) -> GpuResult<R> + Send + 'static,
    ) -> GpuResult<R> {
        let core = self.myself.get().and_then(Weak::upgrade);
        let core = core.ok_or_else(|| GpuError::Internal(format!("{} is not shared", self.label)))?;
        let (sender, receiver) = mpsc::sync_channel(1);
        threads::apart(move || _ = sender.send(work(&core)))?;
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match receiver.recv_timeout(left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY))) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(GpuError::Internal(format!("the thread for {what} panicked")));
                }
                Err(RecvTimeoutError::Timeout) if left.is_some_and(|left| left.is_zero()) => {
                    return Err(GpuError::Timeout { what: format!("{what} on {}", self.label), limit_ms: 0 });
                }
                Err(RecvTimeoutError::Timeout) => match self.existing() {
                    Some(up) => up.queue.check_usable()?,
                    None => self.driver.usable(&self.label)?,
                },
            }
        }
    }

    /// Facts and the free memory of this moment.
    pub fn info(&self) -> GpuDeviceInfo {
        let mut info = self.facts.clone();
        info.free_memory_mb = (self.free_memory().unwrap_or(0) >> 20) as u64;
        info
    }

    /// "sm_90".
    pub fn architecture(&self) -> &str {
        &self.facts.architecture
    }

    pub fn capability(&self) -> (u32, u32) {
        self.facts.compute_capability
    }

    fn free_memory(&self) -> Option<usize> {
        if self.driver.usable(&self.label).is_err() {
            return None;
        }
        let Some(up) = self.up.get() else {
            return nvml::free_memory(self.pci_bus_id.as_deref()?);
        };
        // Behind a running kernel the driver may answer only once that has ended.
        if !up.queue.is_drained() && !up.queue.query().ok()? {
            return nvml::free_memory(self.pci_bus_id.as_deref()?);
        }
        // Somebody may have queued something since.
        let told = self.apart(Some(Instant::now() + INFO_PATIENCE), "asking for free memory", |core| {
            let up = core.up()?;
            let _entered = up.queue.enter()?;
            let (mut free, mut total) = (0usize, 0usize);
            // SAFETY: valid out pointers; a context is current.
            let code = unsafe { (core.driver.api.mem_get_info)(&mut free, &mut total) };
            Ok((code == SUCCESS).then(|| free + core.idle_in_pool(up)))
        });
        told.unwrap_or_else(|_| nvml::free_memory(self.pci_bus_id.as_deref()?))
    }

    /// Bytes that the pool keeps for later allocations; to the driver they look used.
    pub fn idle_in_pool(&self, up: &Up) -> usize {
        let (Some(pool), Some(get)) = (up.pool, self.driver.api.mem_pool_get_attribute) else { return 0 };
        let ask = |attribute: CUmemPool_attribute| {
            let mut value = 0u64;
            // SAFETY: a live pool; both attributes asked for are 64-bit numbers.
            let code = unsafe { get(pool.0, attribute as c_uint, (&raw mut value).cast()) };
            (code == SUCCESS).then_some(value)
        };
        let reserved = ask(CUmemPool_attribute::CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT);
        let used = ask(CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT);
        match (reserved, used) {
            (Some(reserved), Some(used)) => reserved.saturating_sub(used) as usize,
            _ => 0,
        }
    }

    /// What exists in use, if it does; does not bring the device up.
    pub fn existing(&self) -> Option<&Up> {
        self.up.get()
    }

    /// The device in use, brought up by the first caller. Fails if the process forked or the device is lost.
    #[inline]
    pub fn up(&self) -> GpuResult<&Up> {
        self.driver.usable(&self.label)?;
        match self.up.get() {
            Some(up) => Ok(up),
            None => self.start(),
        }
    }

    #[cold]
    fn start(&self) -> GpuResult<&Up> {
        let _one_at_a_time = self.bring_up.lock();
        if let Some(up) = self.up.get() {
            return Ok(up);
        }
        let up = self.make_up()?;
        Ok(self.up.get_or_init(|| up))
    }

    fn make_up(&self) -> GpuResult<Up> {
        let api = &self.driver.api;
        let check = |code, call: &str| self.driver.check(code, call, Doing::Initialize, &self.label);
        let mut context: CUcontext = std::ptr::null_mut();
        // SAFETY: valid out pointer. The reference is kept until the process ends.
        check(unsafe { (api.primary_ctx_retain)(&mut context, self.handle) }, "cuDevicePrimaryCtxRetain")?;
        let _entered = Entered::new(&self.driver, context, &self.label)?;
        let pinned = self.pinned(Staging::FIXED_SIZE, "the staging memory of the device")?;
        // SAFETY: the words lie in the first page of what the driver has just given.
        unsafe { pinned.write_bytes(0, WORD_PAGE) };
        // Each word has a cache line, or rather a pair of them, of its own.
        let make_queue = |offset: usize, with_word: bool| -> GpuResult<Arc<Queue>> {
            let mut stream: CUstream = std::ptr::null_mut();
            let flags = CUstream_flags::CU_STREAM_NON_BLOCKING as c_uint;
            // SAFETY: valid out pointer; the context is current.
            check(unsafe { (api.stream_create)(&mut stream, flags) }, "cuStreamCreate")?;
            // SAFETY: within the page that staging leaves to the words.
            let host = unsafe { pinned.add(offset) };
            let word = with_word.then(|| self.mapped(host)).flatten();
            Queue::new(self.driver.clone(), context, stream, self.label.clone(), word)
        };
        let queue = make_queue(0, self.write_value_supported)?;
        Ok(Up {
            reader: make_queue(256, queue.uses_word())?,
            queue,
            staging: Staging::new(pinned),
            pool: self.default_pool(),
            registered: RwLock::new(Vec::new()),
            spare: Spare::from_environment(),
            retired: Mutex::new(Vec::new()),
            peers: Mutex::new(Vec::new()),
        })
    }

    /// Page-locked host memory that every device can use. The context is current.
    pub fn pinned(&self, size: usize, what: &str) -> GpuResult<*mut u8> {
        let mut host: *mut c_void = std::ptr::null_mut();
        let flags = CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP;
        // SAFETY: valid out pointer; the context is current.
        let code = unsafe { (self.driver.api.mem_host_alloc)(&mut host, size, flags) };
        self.driver.check(code, "cuMemHostAlloc", Doing::Allocate(size), &self.label)?;
        if host.is_null() {
            return Err(GpuError::MemoryAllocationFailed {
                requested_size: size,
                reason: format!("the driver gave no page-locked memory for {what}"),
            });
        }
        Ok(host.cast())
    }

    /// The completion word at `pinned` as the device sees it; None if it is not mapped.
    fn mapped(&self, pinned: *mut u8) -> Option<Word> {
        let mut device: CUdeviceptr = 0;
        // SAFETY: valid out pointer; `pinned` came from cuMemHostAlloc.
        let code = unsafe { (self.driver.api.mem_host_get_device_pointer)(&mut device, pinned.cast(), 0) };
        (code == SUCCESS && device != 0).then_some(Word { host: pinned, device })
    }

    /// The default pool, told to keep freed memory; None where stream-ordered allocation is missing.
    fn default_pool(&self) -> Option<Pool> {
        let api = &self.driver.api;
        if !self.pools_supported || api.mem_alloc_async.is_none() || api.mem_free_async.is_none() {
            return None;
        }
        let (get, set) = (api.device_get_default_mem_pool?, api.mem_pool_set_attribute?);
        let mut pool: CUmemoryPool = std::ptr::null_mut();
        // SAFETY: valid out pointer.
        if unsafe { get(&mut pool, self.handle) } != SUCCESS {
            return None;
        }
        let mut threshold = u64::MAX;
        let attribute = CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD as c_uint;
        // SAFETY: this attribute is a 64-bit number. A failure only costs speed.
        unsafe { set(pool, attribute, (&raw mut threshold).cast()) };
        Some(Pool(pool))
    }
}

/// Text that the driver writes into a buffer.
fn text_of(call: impl FnOnce(*mut c_char, c_int) -> u32) -> Option<String> {
    let mut buffer = [0u8; 256];
    if call(buffer.as_mut_ptr().cast(), buffer.len() as c_int) != SUCCESS {
        return None;
    }
    let end = buffer.iter().position(|byte| *byte == 0)?;
    (end > 0).then(|| String::from_utf8_lossy(&buffer[..end]).into_owned())
}
