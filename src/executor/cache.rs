//! The kernel cache: by content, least recently used first out, one compile a key however many threads ask.
//!
//! A compile runs on another thread. Whoever asked waits with his own deadline; one that ran out of time
//! finishes in the background and serves later calls.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use parking_lot::{Condvar, Mutex, RwLock};
use rustc_hash::{FxBuildHasher, FxHasher};

use super::stats::{Counters, add};
use crate::compile_threads;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::kernel::Kernel;
use crate::types::CompileOptions;

/// What makes two requests the same kernel. The device stands for backend, exact architecture and compiler.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub device: &'a Device,
    pub source: &'a str,
    pub kernel_name: &'a str,
    pub options: &'a CompileOptions,
}

type Buckets = HashMap<u64, Vec<Arc<Entry>>, FxBuildHasher>;

struct Entry {
    device: Device,
    source: String,
    kernel_name: String,
    options: CompileOptions,
    /// Value of the cache's clock at the last use.
    last_used: AtomicU64,
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
    /// 0: nothing is kept.
    capacity: usize,
    map: RwLock<Buckets>,
    clock: AtomicU64,
    counters: Arc<Counters>,
}

impl KernelCache {
    pub fn new(capacity: usize, counters: Arc<Counters>) -> Self {
        KernelCache { capacity, map: RwLock::new(Buckets::default()), clock: AtomicU64::new(0), counters }
    }

    /// The kernel for `key`, compiled if need be, waiting at most until `deadline`.
    pub fn get(&self, key: Key<'_>, deadline: Option<Instant>) -> GpuResult<Found> {
        if self.capacity == 0 {
            let entry = Arc::new(Entry::new(key));
            self.start_compile(&entry);
            return wait(entry, deadline, false);
        }
        let (hash, known) = self.look_up(key);
        if let Some(entry) = known {
            // A compile that failed after its waiters had left: nobody has taken it out yet.
            if entry.ready.get().is_some() || !self.forget_passing_failure(hash, &entry) {
                return self.use_entry(hash, entry, deadline);
            }
        }
        let entry = {
            let mut map = self.map.write();
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
        self.forget_passing_failure(hash, &entry);
        found
    }

    /// The key's hash and its entry, if there is one.
    ///
    /// An engine passes the same pointers again and again, so a thread remembers the hash for where its last texts were.
    /// If other texts are there now, no entry with that hash matches, and the hash is made anew.
    fn look_up(&self, key: Key<'_>) -> (u64, Option<Arc<Entry>>) {
        thread_local! {
            static LAST: Cell<(Fingerprint, u64)> = const { Cell::new((Fingerprint::NONE, 0)) };
        }
        let fingerprint = Fingerprint::of(key);
        let (last, remembered) = LAST.get();
        if last == fingerprint {
            let known = find(&self.map.read(), remembered, key);
            if known.is_some() {
                return (remembered, known);
            }
        }
        let hash = hash_of(key);
        LAST.set((fingerprint, hash));
        (hash, find(&self.map.read(), hash, key))
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
        let started = compile_threads::run(move || {
            let started = Instant::now();
            let result = crate::panic::contain("compilation", || {
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

    /// Takes out the least recently used entries over the capacity. A compile in progress goes on for its waiters.
    fn evict(&self, map: &mut Buckets) -> Vec<Arc<Entry>> {
        let mut evicted = Vec::new();
        while map.values().map(Vec::len).sum::<usize>() > self.capacity {
            let stamps = map.iter().flat_map(|(hash, bucket)| {
                bucket.iter().enumerate().map(move |(i, e)| (e.last_used.load(Ordering::Relaxed), *hash, i))
            });
            let Some((_, hash, index)) = stamps.min() else { break };
            let Some(bucket) = map.get_mut(&hash) else { break };
            evicted.push(bucket.swap_remove(index));
            if bucket.is_empty() {
                map.remove(&hash);
            }
        }
        evicted
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
        let mut map = self.map.write();
        if let Some(bucket) = map.get_mut(&hash) {
            bucket.retain(|e| !Arc::ptr_eq(e, entry));
            if bucket.is_empty() {
                map.remove(&hash);
            }
        }
        true
    }

    /// Forgets every kernel; those in use live until their last launch.
    pub fn clear(&self) {
        let old = std::mem::take(&mut *self.map.write());
        drop(old);
    }
}

fn find(map: &Buckets, hash: u64, key: Key<'_>) -> Option<Arc<Entry>> {
    map.get(&hash)?.iter().find(|e| e.matches(key)).cloned()
}

impl Entry {
    fn new(key: Key<'_>) -> Self {
        Entry {
            device: key.device.clone(),
            source: key.source.to_string(),
            kernel_name: key.kernel_name.to_string(),
            options: key.options.clone(),
            last_used: AtomicU64::new(0),
            ready: OnceCell::new(),
            outcome: Mutex::new(None),
            done: Condvar::new(),
        }
    }

    fn matches(&self, key: Key<'_>) -> bool {
        self.source == key.source
            && self.kernel_name == key.kernel_name
            && self.device.same(key.device)
            && self.options == *key.options
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
        let Some(at) = deadline else {
            entry.done.wait(&mut outcome);
            continue;
        };
        if entry.done.wait_until(&mut outcome, at).timed_out() && outcome.is_none() {
            return Err(GpuError::Timeout {
                what: format!("compilation of kernel `{}` (it goes on in the background)", entry.kernel_name),
                limit_ms: started.elapsed().as_millis() as u64,
            });
        }
    }
}

/// Where a request's texts are, not what they say.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    source: (usize, usize),
    kernel_name: (usize, usize),
    device: usize,
    plain_options: bool,
}

impl Fingerprint {
    const NONE: Fingerprint =
        Fingerprint { source: (0, 0), kernel_name: (0, 0), device: 0, plain_options: false };

    fn of(key: Key<'_>) -> Self {
        let place = |text: &str| (text.as_ptr() as usize, text.len());
        Fingerprint {
            source: place(key.source),
            kernel_name: place(key.kernel_name),
            device: Arc::as_ptr(key.device.compute()) as *const () as usize,
            plain_options: *key.options == CompileOptions::default(),
        }
    }
}

/// Fast, not cryptographic: a hit compares the text itself.
fn hash_of(key: Key<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(key.source.as_bytes());
    hasher.write(key.kernel_name.as_bytes());
    if *key.options != CompileOptions::default() {
        key.options.hash(&mut hasher);
    }
    (Arc::as_ptr(key.device.compute()) as *const () as usize).hash(&mut hasher);
    hasher.finish()
}
