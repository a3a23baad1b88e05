//! `Queue`: the one in-order stream of a device, tickets that mark points in it, waiting, busy and flow control.
//!
//! A ticket is a number that the GPU writes into pinned host memory when it gets there, so that noticing completion
//! is a memory read. Where the driver cannot do that, events are polled. Nothing here calls a driver function that
//! may block behind a kernel that does not end.

use std::collections::VecDeque;
use std::ffi::c_uint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cudarc::driver::sys::{
    CUcontext, CUdeviceptr, CUevent, CUevent_flags, CUstream, CUstreamWriteValue_flags,
};
use parking_lot::{Mutex, MutexGuard};

use super::busy::BusyMark;
use super::driver::{Driver, Entered};
use super::error::{Doing, NOT_READY, SUCCESS};
use super::launch_log::LaunchLog;
use super::symbols::CuCode;
use crate::backend::DeviceState;
use crate::error::{GpuError, GpuResult};

/// Operations between two marks that flow control puts in.
const FLOW_PERIOD: u64 = 128;
/// Flow marks that may be outstanding. The driver's queue holds about 1,000 operations; this keeps at most about 640 in
/// it, so that a launch never blocks inside the driver.
const FLOW_WINDOW: usize = 4;
/// How long a waiter spins before it begins to sleep.
const SPIN: Duration = Duration::from_micros(200);
/// Time between two questions to the driver whether the stream has failed.
const QUERY_EVERY: Duration = Duration::from_micros(50);
/// Sleeps grow with the time waited, so that noticing the end adds only a few percent.
const SLEEP_SHORTEST: Duration = Duration::from_micros(20);
const SLEEP_FRACTION: u32 = 16;
const SLEEP_LONGEST: Duration = Duration::from_millis(1);

type WriteValue64 = unsafe extern "C" fn(CUstream, CUdeviceptr, u64, c_uint) -> CuCode;

/// How the GPU reports that it has passed a ticket.
enum Marker {
    /// It writes the ticket's number to this address.
    Word { host: *const AtomicU64, device: CUdeviceptr, write: WriteValue64 },
    /// An event per ticket, oldest first, and events to use again.
    Events(Mutex<Events>),
}

#[derive(Default)]
struct Events {
    pending: VecDeque<(u64, CUevent)>,
    free: Vec<CUevent>,
}

/// The queue of one device.
pub struct Queue {
    driver: Arc<Driver>,
    pub context: CUcontext,
    pub stream: CUstream,
    /// How the device is named in messages.
    pub label: String,
    marker: Marker,
    /// Last ticket given out.
    issued: AtomicU64,
    /// Tickets known to be passed other than through the word.
    passed: AtomicU64,
    /// Last ticket that the driver did not take and that counts all the same; 0: none. See [`Queue::mark_launch`].
    unmarked: AtomicU64,
    /// Operations that have begun to be submitted, and those whose submission has ended. For flow control, and to know
    /// without asking the driver that nothing is queued.
    begun: AtomicU64,
    /// How far `begun` may go until the flow control has to look. Changed under `submit` only.
    admitted: AtomicU64,
    ended: AtomicU64,
    /// Value of `ended` when the last ticket went into the stream.
    ended_at_mark: AtomicU64,
    /// Held while a ticket is put into the stream, so that tickets complete in order. Holds the flow marks.
    submit: Mutex<VecDeque<u64>>,
    busy: BusyMark,
    launches: LaunchLog,
    /// For peer copies: reused, since a wait keeps the state that the event had when the wait was queued.
    pub peer_event: Mutex<Option<CUevent>>,
}

// SAFETY: the raw pointers are driver handles, which any thread may use, and pinned memory that is never freed.
unsafe impl Send for Queue {}
// SAFETY: as above; everything that changes is atomic or behind a lock.
unsafe impl Sync for Queue {}

/// Pinned memory for the completion word, and whether the device can write to it.
pub struct Word {
    pub host: *mut u8,
    pub device: CUdeviceptr,
}

impl Queue {
    /// Makes the queue. `word` is 8 zeroed bytes of pinned memory; None asks for events. The context is current.
    pub fn new(
        driver: Arc<Driver>,
        context: CUcontext,
        stream: CUstream,
        label: String,
        word: Option<Word>,
    ) -> GpuResult<Arc<Queue>> {
        let marker = match (word, driver.api.stream_write_value64) {
            (Some(word), Some(write)) => {
                Marker::Word { host: word.host.cast::<AtomicU64>().cast_const(), device: word.device, write }
            }
            _ => Marker::Events(Mutex::new(Events::default())),
        };
        let mut queue = Queue {
            driver,
            context,
            stream,
            label,
            marker,
            issued: AtomicU64::new(0),
            passed: AtomicU64::new(0),
            unmarked: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            admitted: AtomicU64::new(FLOW_PERIOD),
            ended: AtomicU64::new(0),
            ended_at_mark: AtomicU64::new(0),
            submit: Mutex::new(VecDeque::with_capacity(FLOW_WINDOW + 2)),
            busy: BusyMark::default(),
            launches: LaunchLog::default(),
            peer_event: Mutex::new(None),
        };
        if matches!(queue.marker, Marker::Word { .. }) && !queue.word_works()? {
            queue.marker = Marker::Events(Mutex::new(Events::default()));
        }
        let queue = Arc::new(queue);
        queue.driver.add_queue(&queue);
        Ok(queue)
    }

    /// Tries the word once: some configurations announce the operation and refuse it, or never make it visible.
    fn word_works(&self) -> GpuResult<bool> {
        let Marker::Word { host, device, write } = self.marker else { return Ok(false) };
        // SAFETY: `device` is the device's address of the live pinned word.
        if unsafe { write(self.stream, device, 1, WRITE_DEFAULT) } != SUCCESS {
            return Ok(false);
        }
        let start = Instant::now();
        loop {
            // SAFETY: the word is live pinned memory, 8-byte aligned.
            if unsafe { (*host).load(Ordering::Acquire) } == 1 {
                self.issued.store(1, Ordering::Release);
                return Ok(true);
            }
            if start.elapsed() > Duration::from_secs(2) {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_micros(10));
        }
    }

    /// Makes the device's context current on this thread.
    #[inline]
    pub fn enter(&self) -> GpuResult<Entered<'_>> {
        Entered::new(&self.driver, self.context, &self.label)
    }

    /// True where completion is a word in memory and not an event.
    pub fn uses_word(&self) -> bool {
        matches!(self.marker, Marker::Word { .. })
    }

    // ---- tickets ----

    /// Last ticket that the GPU has passed.
    #[inline]
    pub fn completed(&self) -> u64 {
        match &self.marker {
            Marker::Word { host, .. } => {
                // SAFETY: the word is live pinned memory, 8-byte aligned, written by the device in whole.
                let word = unsafe { (**host).load(Ordering::Acquire) };
                word.max(self.passed.load(Ordering::Acquire))
            }
            Marker::Events(events) => self.poll_events(events),
        }
    }

    fn poll_events(&self, events: &Mutex<Events>) -> u64 {
        if self.driver.is_lost() {
            return self.passed.load(Ordering::Acquire);
        }
        let mut events = events.lock();
        while let Some(&(ticket, event)) = events.pending.front() {
            // SAFETY: a live event of this device; querying needs no current context.
            if unsafe { (self.driver.api.event_query)(event) } != SUCCESS {
                // Not ready, or failed: the stream query that every waiter makes tells the difference.
                break;
            }
            self.passed.fetch_max(ticket, Ordering::AcqRel);
            events.pending.pop_front();
            events.free.push(event);
        }
        self.passed.load(Ordering::Acquire)
    }

    /// Name for "everything queued until now": passed once [`Queue::completed`] reaches it. Costs nothing, but
    /// nobody may wait for it before [`Queue::issue`].
    #[inline]
    pub fn tag(&self) -> u64 {
        self.issued.load(Ordering::Acquire) + 1
    }

    /// [`Queue::tag`] for what this thread has just queued. Another thread may be between putting a ticket into the stream
    /// and counting it: that ticket comes before.
    pub fn tag_behind(&self) -> u64 {
        let _held = self.submit.lock();
        self.tag()
    }

    /// Makes sure that `tag` will be reached, putting a mark into the stream if none came since.
    pub fn issue(&self, tag: u64) -> GpuResult<()> {
        if self.issued.load(Ordering::Acquire) < tag {
            // Not `mark`, which gives no new ticket where nothing was queued since the last.
            self.mark_locked(&self.submit.lock())?;
        }
        Ok(())
    }

    /// A ticket for everything queued until now, never waiting for room: the last one where nothing came since, else one
    /// put at the end of the stream. That counts for flow control, so that asking often does not fill the stream. The
    /// context is current.
    pub fn mark(&self) -> GpuResult<u64> {
        let ended = self.ended.load(Ordering::Acquire);
        if self.ended_at_mark.load(Ordering::Acquire) >= ended {
            return Ok(self.issued.load(Ordering::Acquire));
        }
        // Nobody waits for room here: what has to is left to `admit`.
        if self.begun.load(Ordering::Acquire) < self.admitted.load(Ordering::Relaxed) {
            self.begun.fetch_add(1, Ordering::AcqRel);
            self.ended.fetch_add(1, Ordering::AcqRel);
        }
        self.mark_locked(&self.submit.lock())
    }

    /// Lock under which an operation and its ticket go into the stream together.
    #[inline]
    pub fn lock_submit(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.submit.lock()
    }

    /// [`Queue::mark`] for a caller that holds the submit lock.
    pub fn mark_locked(&self, _held: &MutexGuard<'_, VecDeque<u64>>) -> GpuResult<u64> {
        let ticket = self.issued.load(Ordering::Relaxed) + 1;
        // Read before the ticket is put in: all of these come before it in the stream.
        let ended = self.ended.load(Ordering::Acquire);
        match &self.marker {
            Marker::Word { device, write, .. } => {
                // SAFETY: stream and address are live; the context is current.
                let code = unsafe { write(self.stream, *device, ticket, WRITE_DEFAULT) };
                self.check(code, "cuStreamWriteValue64", Doing::Other)?;
            }
            Marker::Events(events) => {
                let mut events = events.lock();
                let event = match events.free.pop() {
                    Some(event) => event,
                    None => self.new_event()?,
                };
                // SAFETY: a live event and stream of the current context.
                let code = unsafe { (self.driver.api.event_record)(event, self.stream) };
                if let Err(error) = self.check(code, "cuEventRecord", Doing::Other) {
                    events.free.push(event);
                    return Err(error);
                }
                events.pending.push_back((ticket, event));
            }
        }
        self.issued.store(ticket, Ordering::Release);
        // In this order: who sees this number also sees the ticket, see `is_drained`.
        self.ended_at_mark.store(ended, Ordering::Release);
        Ok(ticket)
    }

    /// [`Queue::mark_locked`] behind a launch that is in the stream already, for a caller that has to wait for it whatever
    /// happens. A ticket that the driver refuses is passed once a later one is, or when the stream is found empty: every
    /// waiter asks that now and then, and so does who wants to know whether the device is busy.
    #[inline]
    pub fn mark_launch(&self, held: &MutexGuard<'_, VecDeque<u64>>) -> u64 {
        match self.mark_locked(held) {
            Ok(ticket) => ticket,
            Err(_) => self.count_unmarked(),
        }
    }

    #[cold]
    fn count_unmarked(&self) -> u64 {
        let ticket = self.issued.load(Ordering::Relaxed) + 1;
        self.unmarked.store(ticket, Ordering::Release);
        self.issued.store(ticket, Ordering::Release);
        ticket
    }

    /// [`Queue::completed`], after asking the driver if only it can know.
    fn completed_or_asked(&self) -> u64 {
        let completed = self.completed();
        if completed >= self.unmarked.load(Ordering::Acquire) {
            return completed;
        }
        // A failure shows to whoever uses the device.
        let _ = self.query();
        self.completed()
    }

    /// True if everything whose submission began before this call has completed. Asks nobody; false may be wrong.
    #[inline]
    pub fn is_drained(&self) -> bool {
        let ended = self.ended_at_mark.load(Ordering::Acquire);
        let issued = self.issued.load(Ordering::Acquire);
        self.begun.load(Ordering::Acquire) == ended && self.completed() >= issued
    }

    /// Waits until everything queued before has completed, at most until `deadline`. The context is current.
    pub fn drain(&self, deadline: Option<Instant>) -> GpuResult<()> {
        if self.is_drained() {
            return Ok(());
        }
        self.wait_until(self.mark()?, deadline)
    }

    /// A new event without timing. The context is current.
    pub fn new_event(&self) -> GpuResult<CUevent> {
        let mut event: CUevent = std::ptr::null_mut();
        let flags = CUevent_flags::CU_EVENT_DISABLE_TIMING as c_uint;
        // SAFETY: valid out pointer.
        let code = unsafe { (self.driver.api.event_create)(&mut event, flags) };
        self.check(code, "cuEventCreate", Doing::Other)?;
        Ok(event)
    }

    // ---- submitting ----

    /// To be called before `count` operations go into the stream: refuses while the device is busy and keeps the
    /// stream from filling up. The permit is dropped when they are in.
    #[inline]
    pub fn admit(&self, count: u64, deadline: Option<Instant>) -> GpuResult<Permit<'_>> {
        if self.busy.is_set()
            && let Some(error) = self.busy_error()
        {
            return Err(error);
        }
        let end = self.begun.fetch_add(count, Ordering::AcqRel) + count;
        let permit = Permit { queue: self, count };
        if end > self.admitted.load(Ordering::Relaxed)
            && let Err(error) = self.throttle(end, deadline)
        {
            permit.withdraw();
            return Err(error);
        }
        Ok(permit)
    }

    /// Waits until the operations up to number `end` may go in. Whoever comes first puts the next mark in; everybody waits
    /// while too many are outstanding, however many threads submit.
    #[cold]
    fn throttle(&self, end: u64, deadline: Option<Instant>) -> GpuResult<()> {
        let start = Instant::now();
        while let Some(target) = self.flow_mark(end)? {
            // Not patient: whichever kernel is in the way, the caller wants to queue something behind it.
            if !self.wait_or_fail(target, deadline, false)? {
                let limit =
                    deadline.map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(start));
                return Err(GpuError::Timeout {
                    what: format!("the full queue of {}", self.label),
                    limit_ms: limit.as_millis() as u64,
                });
            }
        }
        Ok(())
    }

    /// Admits the operations up to number `end`, putting a mark in before those that are the first of their period. While
    /// too many marks are outstanding it answers the ticket to wait for instead.
    fn flow_mark(&self, end: u64) -> GpuResult<Option<u64>> {
        let _entered = self.enter()?;
        let mut marks = self.submit.lock();
        if end <= self.admitted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let completed = self.completed();
        while marks.front().is_some_and(|mark| *mark <= completed) {
            marks.pop_front();
        }
        if marks.len() >= FLOW_WINDOW {
            return Ok(marks.front().copied());
        }
        let ticket = self.mark_locked(&marks)?;
        marks.push_back(ticket);
        self.admitted.store(end + FLOW_PERIOD, Ordering::Relaxed);
        Ok(None)
    }

    /// Like [`Queue::admit`] for one operation, but gives no permit where that would have to wait.
    pub fn try_admit(&self) -> Option<Permit<'_>> {
        if self.busy.is_set() && self.busy_error().is_some() {
            return None;
        }
        let end = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let permit = Permit { queue: self, count: 1 };
        if end > self.admitted.load(Ordering::Relaxed) && !matches!(self.flow_mark(end), Ok(None)) {
            permit.withdraw();
            return None;
        }
        Some(permit)
    }

    /// Remembers a launch for the message of a fault.
    #[inline]
    pub fn record_launch(&self, kernel: &Arc<str>) {
        let tag = self.tag();
        self.launches.push(kernel, tag);
    }

    /// "a, b (CUDA device 0)": launches that the GPU has not completed; None if there are none.
    pub fn outstanding_launches(&self) -> Option<String> {
        let completed = match &self.marker {
            Marker::Word { .. } => self.completed(),
            Marker::Events(_) => self.passed.load(Ordering::Acquire),
        };
        let names = self.launches.after(completed)?;
        Some(format!("{names} ({})", self.label))
    }

    // ---- waiting ----

    /// Waits until `ticket` is passed; false if `deadline` came first. Fails if the kernel that keeps the device busy
    /// comes before the ticket.
    pub fn wait(&self, ticket: u64, deadline: Option<Instant>) -> GpuResult<bool> {
        self.wait_or_fail(ticket, deadline, true)
    }

    /// [`Queue::wait`] for a caller that has nothing else to do when `deadline` passes.
    pub fn wait_until(&self, ticket: u64, deadline: Option<Instant>) -> GpuResult<()> {
        match self.wait(ticket, deadline)? {
            true => Ok(()),
            false => Err(self.late()),
        }
    }

    /// The error of a deadline that passed; the layer that knows the limit fills it in.
    pub fn late(&self) -> GpuError {
        GpuError::Timeout { what: format!("work queued earlier on {}", self.label), limit_ms: 0 }
    }

    /// [`Queue::wait`] that also fails, unless `patient`, when the device becomes busy for another reason.
    pub fn wait_or_fail(&self, ticket: u64, deadline: Option<Instant>, patient: bool) -> GpuResult<bool> {
        if self.completed() >= ticket {
            return Ok(true);
        }
        if ticket > self.issued.load(Ordering::Acquire) {
            return Err(GpuError::Internal(format!("ticket {ticket} of {} was never given out", self.label)));
        }
        let start = Instant::now();
        let mut next_query = start + QUERY_EVERY;
        // An event query costs about a microsecond, a read of the word nothing.
        let spins = if self.uses_word() { 32 } else { 1 };
        loop {
            for _ in 0..spins {
                std::hint::spin_loop();
                if self.completed() >= ticket {
                    return Ok(true);
                }
            }
            self.driver.usable(&self.label)?;
            if (self.busy.is_before(ticket) || (!patient && self.busy.is_set()))
                && let Some(error) = self.busy_error()
            {
                return if self.completed() >= ticket { Ok(true) } else { Err(error) };
            }
            let now = Instant::now();
            if let Some(deadline) = deadline
                && now >= deadline
            {
                return Ok(self.completed() >= ticket);
            }
            if now >= next_query {
                self.query()?;
                next_query = now + QUERY_EVERY;
            }
            let waited = now - start;
            if waited > SPIN {
                let sleep = (waited / SLEEP_FRACTION).clamp(SLEEP_SHORTEST, SLEEP_LONGEST);
                let left = deadline.map_or(sleep, |deadline| deadline.saturating_duration_since(now));
                std::thread::sleep(sleep.min(left));
            }
        }
    }

    /// Asks the driver whether the stream is empty; an error of the stream comes out here.
    pub fn query(&self) -> GpuResult<bool> {
        let _entered = self.enter()?;
        let issued = self.issued.load(Ordering::Acquire);
        // SAFETY: a live stream.
        match unsafe { (self.driver.api.stream_query)(self.stream) } {
            SUCCESS => {
                self.passed.fetch_max(issued, Ordering::AcqRel);
                Ok(true)
            }
            NOT_READY => Ok(false),
            code => Err(self.failed(code, "cuStreamQuery")),
        }
    }

    /// True if even asking the stream fails: its context is dead.
    pub fn answers_with_error(&self) -> bool {
        // SAFETY: a live stream; querying needs no current context.
        !matches!(unsafe { (self.driver.api.stream_query)(self.stream) }, SUCCESS | NOT_READY)
    }

    // ---- busy ----

    /// Marks the device busy until `ticket` is passed; false if it already is.
    pub fn give_up(&self, ticket: u64, what: &str) -> bool {
        self.busy.give_up(ticket, what, || self.completed_or_asked())
    }

    /// The text that names the kernel that keeps the device busy; None if there is none, or none any more.
    fn busy_text(&self) -> Option<String> {
        self.busy.text(|| self.completed_or_asked())
    }

    #[cold]
    fn busy_error(&self) -> Option<GpuError> {
        let reason = self.busy_text()?;
        Some(GpuError::DeviceBusy { device: self.label.clone(), reason })
    }

    /// Fails while the device is busy.
    pub fn check_not_busy(&self) -> GpuResult<()> {
        match self.busy_error() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Neither lost nor busy, as far as is known without asking.
    #[inline]
    pub fn is_free(&self) -> bool {
        !self.driver.is_lost() && !self.busy.is_set()
    }

    pub fn state(&self) -> DeviceState {
        if self.driver.is_lost() {
            return DeviceState::Lost(self.driver.lost_reason());
        }
        match self.busy_text() {
            Some(text) => DeviceState::Busy(text),
            None => DeviceState::Available,
        }
    }

    // ---- errors ----

    pub fn api(&self) -> &super::symbols::CudaApi {
        &self.driver.api
    }

    /// Fails if the device is lost, the process forked, or waiting is pointless because the device is busy.
    pub fn check_usable(&self) -> GpuResult<()> {
        self.driver.usable(&self.label)?;
        self.check_not_busy()
    }

    #[inline]
    pub fn check(&self, code: CuCode, call: &str, doing: Doing<'_>) -> GpuResult<()> {
        self.driver.check(code, call, doing, &self.label)
    }

    fn failed(&self, code: CuCode, call: &str) -> GpuError {
        match self.check(code, call, Doing::Other) {
            Err(error) => error,
            Ok(()) => GpuError::Internal(format!("{call} was taken for a failure")),
        }
    }
}

/// Permission to put operations into the stream; ends their submission when dropped.
pub struct Permit<'a> {
    queue: &'a Queue,
    count: u64,
}

impl Permit<'_> {
    /// Nothing went in: the operations are not counted, so that nobody marks a stream in which nothing is new.
    #[cold]
    fn withdraw(self) {
        self.queue.begun.fetch_sub(self.count, Ordering::AcqRel);
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.queue.ended.fetch_add(self.count, Ordering::AcqRel);
    }
}

const WRITE_DEFAULT: c_uint = CUstreamWriteValue_flags::CU_STREAM_WRITE_VALUE_DEFAULT as c_uint;
