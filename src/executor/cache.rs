//! The kernel cache: by content, least recently used first out, one compile a key however many threads ask.
//!
//! A compile runs on another thread. Whoever asked waits with his own deadline; one that ran out of time
//! finishes in the background and serves later calls. Refused texts are remembered too, apart from the kernels and at
//! most as many. What a text includes from disk belongs to its content (`disk_headers.rs`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use rustc_hash::{FxBuildHasher, FxHasher};

use super::disk_headers::DiskHeaders;
use super::stats::{Counters, add};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::fork::ForkLocal;
use crate::kernel::Kernel;
use crate::sync::{Condvar, Mutex, RwLock};
use crate::threads;
use crate::types::CompileOptions;

/// What makes two requests the same kernel. The device stands for backend, exact architecture and compiler.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub device: &'a Device,
    pub source: &'a str,
    pub kernel_name: &'a str,
    pub options: &'a CompileOptions,
}

/// Looks at the disk that are under way in this process, and how many may be: on a network that does not answer each keeps
/// its thread for as long as that lasts.
static LOOKING: ForkLocal<AtomicU32> = ForkLocal::new(|_| AtomicU32::new(0));
const MAX_LOOKING: u32 = 64;

type Buckets = HashMap<u64, Vec<Arc<Entry>>, FxBuildHasher>;

struct Entry {
    device: Device,
    source: String,
    kernel_name: String,
    options: CompileOptions,
    /// Value of the cache's clock at the last use.
    last_used: AtomicU64,
    /// Until the cache lets go of it. Calls in progress may keep it alive a little longer.
    is_cached: AtomicBool,
    /// Set when the compile begins.
    disk: OnceCell<DiskHeaders>,
    /// Set once when the compile has succeeded; hits read it without a lock.
    ready: OnceCell<Kernel>,
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
}

#[derive(Clone)]
struct Outcome {
    /// Of a success the kernel is in `ready`.
    result: GpuResult<()>,
    took: Duration,
}

/// A kernel and how it was come by.
pub(crate) struct Found {
    entry: Arc<Entry>,
    pub hit: bool,
    /// Duration of the compile this call waited for; zero for a hit.
    pub compile_time: Duration,
}

impl Found {
    pub fn kernel(&self) -> GpuResult<&Kernel> {
        self.entry.ready.get().ok_or_else(|| GpuError::Internal("a compiled kernel is not there".into()))
    }
}

pub(crate) struct KernelCache {
    id: u64,
    /// 0: nothing is kept.
    capacity: usize,
    /// A child process goes on with the kernels that were ready; compiles under way ended with their threads.
    map: ForkLocal<RwLock<Buckets>>,
    clock: AtomicU64,
    counters: Arc<Counters>,
}

impl KernelCache {
    pub fn new(capacity: usize, counters: Arc<Counters>) -> Self {
        let inherit = |parent: Option<&RwLock<Buckets>>| {
            let mut map = Buckets::default();
            if let Some(entries) = parent.and_then(RwLock::try_read) {
                for (hash, bucket) in entries.iter() {
                    let ready = bucket.iter().filter(|entry| entry.ready.get().is_some());
                    map.insert(*hash, ready.cloned().collect());
                }
            }
            RwLock::new(map)
        };
        // From 1: a new entry, at 0, is then not taken for the one used last.
        KernelCache {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            capacity,
            map: ForkLocal::new(inherit),
            clock: AtomicU64::new(1),
            counters,
        }
    }

    fn map(&self) -> &RwLock<Buckets> {
        self.map.get()
    }

    /// The kernel for `key`, compiled if need be, waiting at most until `deadline`. For one that [`KernelCache::ready`] does
    /// not have.
    pub fn get(&self, key: Key<'_>, deadline: Option<Instant>) -> GpuResult<Found> {
        if self.capacity == 0 {
            let entry = Arc::new(Entry::new(key));
            self.start_compile(&entry);
            return wait(entry, deadline, false);
        }
        let hash = hash_of(key);
        let known = find(&self.map().read(), hash, key);
        if let Some(entry) = known {
            if !entry.is_current(deadline)? {
                self.forget(hash, &entry);
            } else if entry.ready.get().is_some() || !self.forget_passing_failure(hash, &entry) {
                // Else: a compile that failed after its waiters had left, and nobody has taken it out yet.
                return self.use_entry(hash, entry, deadline);
            }
        }
        let entry = {
            let mut map = self.map().write();
            // Another thread may have been faster between the two locks.
            if let Some(entry) = find(&map, hash, key) {
                drop(map);
                return self.use_entry(hash, entry, deadline);
            }
            let entry = Arc::new(Entry::new(key));
            self.touch(&entry);
            map.entry(hash).or_default().push(entry.clone());
            let evicted = self.evict(&mut map);
            drop(map);
            // Unloading a kernel may call the driver: not under the lock.
            drop(evicted);
            entry
        };
        self.start_compile(&entry);
        let found = wait(entry.clone(), deadline, false);
        if !self.forget_passing_failure(hash, &entry) {
            // Only now it is known to be a kernel, or refused.
            let evicted = self.evict(&mut self.map().write());
            drop(evicted);
        }
        found
    }

    /// The kernel for `key` if it is there, without waiting for anything.
    ///
    /// An engine passes the same pointers again and again, so a thread remembers which entry the texts at its last
    /// places led to. Whether these are the same texts still is compared.
    #[inline]
    pub fn ready(&self, key: Key<'_>) -> Option<Found> {
        let place = Place::of(key, self.id);
        let last = LAST.with_borrow(|(last, entry)| if *last == place { entry.upgrade() } else { None });
        let entry = match last {
            Some(entry) if entry.is_cached.load(Ordering::Relaxed) && entry.matches(key) => entry,
            _ => {
                let entry = find(&self.map().read(), hash_of(key), key)?;
                LAST.set((place, Arc::downgrade(&entry)));
                entry
            }
        };
        // What is to be compared with files on disk may wait for them.
        if entry.ready.get().is_none() || !entry.includes_nothing() {
            return None;
        }
        self.touch(&entry);
        add(&self.counters.cache_hits, 1);
        Some(Found { entry, hit: true, compile_time: Duration::ZERO })
    }

    /// Takes a finished entry, or waits for the compile that another call started.
    fn use_entry(&self, hash: u64, entry: Arc<Entry>, deadline: Option<Instant>) -> GpuResult<Found> {
        self.touch(&entry);
        if entry.ready.get().is_some() {
            add(&self.counters.cache_hits, 1);
            return Ok(Found { entry, hit: true, compile_time: Duration::ZERO });
        }
        let finished = entry.outcome.lock().is_some();
        add(if finished { &self.counters.cache_hits } else { &self.counters.cache_misses }, 1);
        let found = wait(entry.clone(), deadline, finished);
        self.forget_passing_failure(hash, &entry);
        found
    }

    fn start_compile(&self, entry: &Arc<Entry>) {
        add(&self.counters.cache_misses, 1);
        add(&self.counters.kernel_compilation_count, 1);
        let job = entry.clone();
        let started = threads::compile(move || {
            let started = Instant::now();
            let result = crate::panic::contain("compilation", || {
                job.disk.get_or_init(|| DiskHeaders::of(&job.source, &job.options));
                job.device.compile(&job.source, &job.kernel_name, &job.options)
            });
            job.finish(result, started.elapsed());
        });
        if let Err(error) = started {
            entry.finish(Err(error), Duration::ZERO);
        }
    }

    /// Makes the entry the most recently used one; nothing to do for the one that is.
    fn touch(&self, entry: &Entry) {
        if entry.last_used.load(Ordering::Relaxed) != self.clock.load(Ordering::Relaxed) {
            let now = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
            entry.last_used.store(now, Ordering::Relaxed);
        }
    }

    /// Takes out the least recently used kernels over the capacity, and as many refused texts. Compiles in progress
    /// are neither yet.
    fn evict(&self, map: &mut Buckets) -> Vec<Arc<Entry>> {
        let (mut kernels, mut refused) = (Vec::new(), Vec::new());
        for (hash, entry) in map.iter().flat_map(|(hash, bucket)| bucket.iter().map(move |e| (*hash, e))) {
            // In this order: a ready entry may be older than this process, and then its lock is not to be touched.
            let list = if entry.ready.get().is_some() {
                &mut kernels
            } else if entry.outcome.lock().is_some() {
                &mut refused
            } else {
                continue;
            };
            list.push((entry.last_used.load(Ordering::Relaxed), hash, entry.clone()));
        }
        let mut evicted = Vec::new();
        for mut list in [kernels, refused] {
            let surplus = list.len().saturating_sub(self.capacity);
            list.sort_unstable_by_key(|(last_used, ..)| *last_used);
            for (_, hash, entry) in list.drain(..surplus) {
                remove(map, hash, &entry);
                evicted.push(entry);
            }
        }
        evicted
    }

    fn forget(&self, hash: u64, entry: &Arc<Entry>) {
        remove(&mut self.map().write(), hash, entry);
    }

    /// A refused text is refused again without compiling; any other failure (memory, a missing library) may pass, so
    /// the next call tries again. True if the entry was such a failure.
    fn forget_passing_failure(&self, hash: u64, entry: &Arc<Entry>) -> bool {
        let passing = match &*entry.outcome.lock() {
            Some(Outcome { result: Err(error), .. }) => {
                !matches!(error, GpuError::KernelCompilationFailed { .. })
            }
            _ => false,
        };
        if !passing {
            return false;
        }
        self.forget(hash, entry);
        true
    }

    /// Forgets every kernel; those in use live until their last launch.
    pub fn clear(&self) {
        let old = std::mem::take(&mut *self.map().write());
        old.values().flatten().for_each(|entry| entry.is_cached.store(false, Ordering::Relaxed));
        drop(old);
    }
}

fn find(map: &Buckets, hash: u64, key: Key<'_>) -> Option<Arc<Entry>> {
    map.get(&hash)?.iter().find(|e| e.matches(key)).cloned()
}

fn remove(map: &mut Buckets, hash: u64, entry: &Arc<Entry>) {
    entry.is_cached.store(false, Ordering::Relaxed);
    if let Some(bucket) = map.get_mut(&hash) {
        bucket.retain(|e| !Arc::ptr_eq(e, entry));
        if bucket.is_empty() {
            map.remove(&hash);
        }
    }
}

impl Entry {
    fn new(key: Key<'_>) -> Self {
        Entry {
            device: key.device.clone(),
            source: key.source.to_string(),
            kernel_name: key.kernel_name.to_string(),
            options: key.options.clone(),
            last_used: AtomicU64::new(0),
            is_cached: AtomicBool::new(true),
            disk: OnceCell::new(),
            ready: OnceCell::new(),
            outcome: Mutex::new(None),
            done: Condvar::new(),
        }
    }

    #[inline]
    fn matches(&self, key: Key<'_>) -> bool {
        self.source == key.source
            && self.kernel_name == key.kernel_name
            && self.device.same(key.device)
            && ((self.options.is_empty() && key.options.is_empty()) || self.options == *key.options)
    }

    /// Whether its text includes nothing from disk.
    #[inline]
    fn includes_nothing(&self) -> bool {
        self.disk.get().is_none_or(DiskHeaders::are_none)
    }

    /// Whether the files that its text includes are still those it was compiled with.
    ///
    /// # Errors
    /// Timeout where the disk does not answer until `deadline`.
    #[inline]
    fn is_current(self: &Arc<Self>, deadline: Option<Instant>) -> GpuResult<bool> {
        let Some(disk) = self.disk.get() else { return Ok(true) };
        match (disk.known(), deadline) {
            (Some(known), _) => Ok(known),
            (None, None) => Ok(disk.are_unchanged()),
            (None, Some(deadline)) => self.look_at_disk(deadline),
        }
    }

    /// Looks on a thread that can be left behind: files may lie on a network that does not answer.
    #[cold]
    fn look_at_disk(self: &Arc<Self>, deadline: Instant) -> GpuResult<bool> {
        let late = || GpuError::Timeout {
            what: format!(
                "looking whether the headers of kernel `{}` have changed on disk",
                self.kernel_name
            ),
            limit_ms: 0,
        };
        while LOOKING.get().fetch_add(1, Ordering::Relaxed) >= MAX_LOOKING {
            LOOKING.get().fetch_sub(1, Ordering::Relaxed);
            if Instant::now() >= deadline {
                return Err(late());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let entry = self.clone();
        let started = threads::apart(move || {
            let unchanged = entry.disk.get().is_none_or(DiskHeaders::are_unchanged);
            // Before it is told: nobody finds the last of the threads taken because of a look that is over.
            LOOKING.get().fetch_sub(1, Ordering::Relaxed);
            _ = sender.send(unchanged);
        });
        if let Err(error) = started {
            LOOKING.get().fetch_sub(1, Ordering::Relaxed);
            return Err(error);
        }
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(unchanged) => Ok(unchanged),
            Err(RecvTimeoutError::Timeout) => Err(late()),
            Err(RecvTimeoutError::Disconnected) => {
                Err(GpuError::internal("the thread that looks at headers panicked"))
            }
        }
    }

    fn finish(&self, result: GpuResult<Kernel>, took: Duration) {
        let result = result.map(|kernel| {
            // Set once: only the compile thread of this entry gets here.
            let _ = self.ready.set(kernel);
        });
        *self.outcome.lock() = Some(Outcome { result, took });
        self.done.notify_all();
    }
}

/// Waits for an entry's compile to end.
fn wait(entry: Arc<Entry>, deadline: Option<Instant>, hit: bool) -> GpuResult<Found> {
    let started = Instant::now();
    let mut outcome = entry.outcome.lock();
    loop {
        if let Some(Outcome { result, took }) = &*outcome {
            let compile_time = if hit { Duration::ZERO } else { *took };
            let result = result.clone();
            drop(outcome);
            return result.map(|()| Found { entry, hit, compile_time });
        }
        let timed_out;
        (outcome, timed_out) = entry.done.wait(outcome, deadline);
        if timed_out && outcome.is_none() {
            return Err(GpuError::Timeout {
                what: format!("compilation of kernel `{}` (it goes on in the background)", entry.kernel_name),
                limit_ms: started.elapsed().as_millis() as u64,
            });
        }
    }
}

/// Where a request's texts are, not what they say, and which cache was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    source: (usize, usize),
    kernel_name: (usize, usize),
    device: usize,
    cache: u64,
}

impl Place {
    const NONE: Place = Place { source: (0, 0), kernel_name: (0, 0), device: 0, cache: 0 };

    #[inline]
    fn of(key: Key<'_>, cache: u64) -> Self {
        let place = |text: &str| (text.as_ptr() as usize, text.len());
        let device = Arc::as_ptr(key.device.compute()) as *const () as usize;
        Place { source: place(key.source), kernel_name: place(key.kernel_name), device, cache }
    }
}

thread_local! {
    /// The entry is not kept alive: a kernel goes when the cache lets go of it.
    static LAST: RefCell<(Place, Weak<Entry>)> = const { RefCell::new((Place::NONE, Weak::new())) };
}

/// Numbers caches, since another one may come to lie where one was.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Fast, not cryptographic: a hit compares the text itself.
fn hash_of(key: Key<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(key.source.as_bytes());
    hasher.write(key.kernel_name.as_bytes());
    if !key.options.is_empty() {
        key.options.hash(&mut hasher);
    }
    (Arc::as_ptr(key.device.compute()) as *const () as usize).hash(&mut hasher);
    hasher.finish()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::backend::mock::MockDevice;
    use crate::fork::tests::in_forked_child;
    use crate::types::DeviceType;

    /// A thread that compiled or runs a kernel may hold it longer than the cache does.
    #[test]
    fn a_kernel_that_was_let_go_is_no_hit_though_somebody_holds_it() {
        let cache = KernelCache::new(1, Arc::default());
        let mock = MockDevice::new(DeviceType::Cpu);
        mock.kernel("k", 0, |_| Ok(()));
        let device = Device::new(mock);
        let options = CompileOptions::default();
        let key = |source| Key { device: &device, source, kernel_name: "k", options: &options };
        let soon = || Some(Instant::now() + Duration::from_secs(5));
        let held = cache.get(key("one"), soon()).unwrap();
        assert!(cache.ready(key("one")).is_some_and(|found| found.hit));
        cache.clear();
        assert!(cache.ready(key("one")).is_none());
        assert!(!cache.get(key("one"), soon()).unwrap().hit);
        // The cache has room for one.
        assert!(cache.ready(key("one")).is_some());
        cache.get(key("two"), soon()).unwrap();
        assert!(cache.ready(key("one")).is_none());
        drop(held);
    }

    /// A thread of the parent was looking at an entry when another one forked: that lock never opens in the child.
    #[test]
    fn a_child_leaves_the_locks_of_inherited_kernels_alone() {
        let cache = KernelCache::new(1, Arc::default());
        let mock = MockDevice::new(DeviceType::Cpu);
        mock.kernel("k", 0, |_| Ok(()));
        let device = Device::new(mock);
        let options = CompileOptions::default();
        let key = |source| Key { device: &device, source, kernel_name: "k", options: &options };
        let soon = || Some(Instant::now() + Duration::from_secs(5));
        let inherited = cache.get(key("one"), soon()).unwrap();
        let _locked = inherited.entry.outcome.lock();
        in_forked_child(|| {
            let hit = cache.get(key("one"), soon()).is_ok_and(|found| found.hit);
            // The cache has room for one: this looks for what to throw out.
            let made = cache.get(key("two"), soon()).is_ok_and(|found| !found.hit);
            let thrown_out = cache.get(key("one"), soon()).is_ok_and(|found| !found.hit);
            hit && made && thrown_out
        });
    }
}
