//! The library's log: one callback for the process, called on any thread with no lock held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fork::ForkLocal;
use crate::sync::RwLock;

/// Severity. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum LogLevel {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

/// Receives one message without a line end.
pub type LogSink = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

/// A child has its parent's receiver, unless it was being changed at the fork.
static SINK: ForkLocal<RwLock<Option<LogSink>>> =
    ForkLocal::new(|parent| RwLock::new(parent.and_then(RwLock::try_read).and_then(|sink| sink.clone())));
/// Highest level wanted; 0 while nobody listens, so that a silent log costs one load.
static LEVEL: AtomicU32 = AtomicU32::new(0);

/// Sends messages up to `level` to `sink`; None ends it. A message being delivered on another thread may still
/// arrive at the old sink.
pub fn set_sink(sink: Option<LogSink>, level: LogLevel) {
    let enabled = sink.is_some();
    *SINK.get().write() = sink;
    LEVEL.store(if enabled { level as u32 } else { 0 }, Ordering::Release);
}

/// Whether a message of this level would be delivered.
pub fn enabled(level: LogLevel) -> bool {
    level as u32 <= LEVEL.load(Ordering::Acquire)
}

/// Delivers a message; the text is made only if somebody listens.
pub fn log(level: LogLevel, text: impl FnOnce() -> String) {
    if !enabled(level) {
        return;
    }
    // The sink is cloned out, so that it runs without our lock and may itself change the sink.
    let sink = SINK.get().read().clone();
    if let Some(sink) = sink {
        sink(level, &text());
    }
}

pub fn error(text: impl FnOnce() -> String) {
    log(LogLevel::Error, text);
}

pub fn warn(text: impl FnOnce() -> String) {
    log(LogLevel::Warn, text);
}

pub fn info(text: impl FnOnce() -> String) {
    log(LogLevel::Info, text);
}

pub fn debug(text: impl FnOnce() -> String) {
    log(LogLevel::Debug, text);
}
