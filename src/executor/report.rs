//! The report of a thread's last execution: where it ran, why, what was tried, and what each step cost.
//!
//! Kept as plain values, because every execution writes one; the text is made when somebody asks.

use std::cell::Cell;
use std::fmt::Write;
use std::time::{Duration, Instant};

use super::request::{ExecutedBy, FallbackReason};
use crate::device::Device;
use crate::error::GpuError;

/// What one attempt cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Costs {
    /// When it began. A kernel that is found at once is found in less time than it takes to look at the clock, so its
    /// attempt begins with the data.
    pub started: Option<Instant>,
    pub cache_hit: Option<bool>,
    pub compile: Duration,
    /// Arguments checked and buffers brought to the device.
    pub data: Duration,
    /// Submission to observed completion.
    pub run: Duration,
    /// A plain buffer is left with part of the results: no other way can start from the content before.
    pub spoiled: bool,
}

impl Costs {
    /// The beginning; now, if nobody asked before.
    #[inline]
    pub(crate) fn start(&mut self) -> Instant {
        *self.started.get_or_insert_with(Instant::now)
    }
}

/// One attempt that failed or a callback, or the reason why there was none.
pub(crate) enum Step {
    /// No GPU to try; the text says what was found.
    NoGpu(String),
    Device {
        /// Index among the report's devices.
        device: usize,
        costs: Costs,
        total: Duration,
        error: GpuError,
    },
    Callback {
        total: Duration,
        error: Option<GpuError>,
    },
}

#[derive(Default)]
pub(crate) struct Report {
    kernel_name: String,
    steps: Vec<Step>,
    /// The attempt that did the work, after all steps: plain data, since most reports have nothing else.
    done: Option<Done>,
    /// Devices of this thread's last executions: they stay from one report to the next, so that the usual case changes no
    /// reference count.
    devices: Vec<Device>,
    executed_by: ExecutedBy,
    fallback_reason: FallbackReason,
    /// An error found before anything was tried.
    refused: Option<GpuError>,
}

#[derive(Clone, Copy)]
struct Done {
    /// Index among the report's devices.
    device: usize,
    costs: Costs,
    total: Duration,
}

/// More devices than this are forgotten before the next execution.
const DEVICES_KEPT: usize = 4;

thread_local! {
    static LAST: Cell<Option<Box<Report>>> = const { Cell::new(None) };
}

/// An empty report for a new execution, with the memory of the thread's last one. It belongs to the execution until
/// `finish`: a fallback callback may execute as well, and then writes a report of its own.
pub(crate) fn begin(kernel_name: &str) -> Box<Report> {
    // A thread that is being torn down has none to give.
    let mut report = LAST.try_with(Cell::take).ok().flatten().unwrap_or_default();
    report.kernel_name.clear();
    report.kernel_name.push_str(kernel_name);
    if !report.steps.is_empty() {
        report.steps.clear();
    }
    report.done = None;
    if report.devices.len() > DEVICES_KEPT {
        report.devices.clear();
    }
    report.refused = None;
    report
}

impl Report {
    pub(crate) fn step(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Adds the attempt that did the work.
    pub(crate) fn done_by(&mut self, device: &Device, costs: Costs, total: Duration) {
        self.done = Some(Done { device: self.index_of(device), costs, total });
    }

    /// Adds an attempt that failed.
    pub(crate) fn failed_on(&mut self, device: &Device, costs: Costs, total: Duration, error: GpuError) {
        let device = self.index_of(device);
        self.steps.push(Step::Device { device, costs, total, error });
    }

    fn index_of(&mut self, device: &Device) -> usize {
        let known = self.devices.iter().position(|known| known.same(device));
        known.unwrap_or_else(|| {
            self.devices.push(device.clone());
            self.devices.len() - 1
        })
    }

    /// Makes this the report of the thread's last execution.
    pub(crate) fn finish(
        mut self: Box<Self>,
        executed_by: ExecutedBy,
        fallback_reason: FallbackReason,
        error: Option<&GpuError>,
    ) {
        self.executed_by = executed_by;
        self.fallback_reason = fallback_reason;
        if self.steps.is_empty() && self.done.is_none() {
            self.refused = error.cloned();
        }
        let _ = LAST.try_with(|last| last.replace(Some(self)));
    }
}

/// Makes this the report of an execution that was refused before the executor saw it. The name may not be known.
pub(crate) fn refuse(kernel_name: Option<&str>, error: &GpuError) {
    begin(kernel_name.unwrap_or_default()).finish(ExecutedBy::None, FallbackReason::None, Some(error));
}

/// The report of the calling thread's last execution; empty if it has made none.
pub fn last_report() -> String {
    let render = |last: &Cell<Option<Box<Report>>>| {
        let report = last.take()?;
        let text = report.render();
        last.set(Some(report));
        Some(text)
    };
    LAST.try_with(render).ok().flatten().unwrap_or_default()
}

impl Report {
    fn render(&self) -> String {
        let mut text = String::new();
        if self.kernel_name.is_empty() && self.steps.is_empty() && self.refused.is_none() {
            return text;
        }
        let by = match self.executed_by {
            ExecutedBy::None => "not executed",
            ExecutedBy::Gpu => "executed by the GPU",
            ExecutedBy::CpuDevice => "executed by the CPU device",
            ExecutedBy::Callback => "executed by the caller's callback",
        };
        let _ = match self.kernel_name.as_str() {
            "" => write!(text, "a kernel without a name: {by}"),
            name => write!(text, "kernel `{name}`: {by}"),
        };
        match self.fallback_reason {
            FallbackReason::None => text.push('\n'),
            reason => {
                let _ = writeln!(text, "; not on a GPU because: {}", reason.as_str());
            }
        }
        if let Some(error) = &self.refused {
            let _ = writeln!(text, "refused: {error}");
        }
        for step in &self.steps {
            self.render_step(step, &mut text);
        }
        if let Some(Done { device, costs, total }) = self.done {
            self.render_attempt(device, &costs, total, "done", &mut text);
        }
        text
    }

    fn render_step(&self, step: &Step, text: &mut String) {
        match step {
            Step::NoGpu(why) => _ = writeln!(text, "- GPU: {why}"),
            Step::Callback { total, error: None } => _ = writeln!(text, "- callback, {total:.1?}: done"),
            Step::Callback { total, error: Some(error) } => {
                _ = writeln!(text, "- callback, {total:.1?}: failed: {error}");
            }
            Step::Device { device, costs, total, error } => {
                self.render_attempt(*device, costs, *total, &format!("failed: {error}"), text);
            }
        }
    }

    fn render_attempt(
        &self,
        device: usize,
        costs: &Costs,
        total: Duration,
        outcome: &str,
        text: &mut String,
    ) {
        let cache = match costs.cache_hit {
            Some(true) => "cached kernel".to_string(),
            Some(false) => format!("compiled in {:.1?}", costs.compile),
            None => "no kernel".to_string(),
        };
        let _ = writeln!(
            text,
            "- {}, {total:.1?} ({cache}, data {:.1?}, run {:.1?}): {outcome}",
            self.devices.get(device).map_or("a device", Device::label),
            costs.data,
            costs.run,
        );
    }
}
