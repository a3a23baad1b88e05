//! `Patience`: how long the data of one execution may wait for devices.
//!
//! What is queued before a copy may be a kernel that never ends. So before a copy that waits, the queue itself is waited
//! for, with the execution's limit, and the copy gets the limit too: others may queue something between the two.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use crate::backend::Ticket;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};

/// The limit of one execution, and the devices known to have done what was queued when it began.
pub(crate) struct Patience {
    pub deadline: Option<Instant>,
    settled: RefCell<Vec<Device>>,
}

impl Patience {
    pub fn endless() -> Self {
        Patience::until(None)
    }

    pub fn until(deadline: Option<Instant>) -> Self {
        Patience { deadline, settled: RefCell::new(Vec::new()) }
    }

    /// Waits until `device` has done what is queued, once. A device that does not get there in time is marked busy, so
    /// that others need not find out for themselves.
    ///
    /// # Errors
    /// Timeout (the executor puts its limit in); DeviceBusy, DeviceLost.
    pub fn settle(&self, device: &Device) -> GpuResult<()> {
        if self.deadline.is_none()
            || !device.is_gpu()
            || self.settled.borrow().iter().any(|known| known.same(device))
        {
            return Ok(());
        }
        let compute = device.compute();
        let ticket = compute.mark()?;
        let passed = compute.wait_ticket(ticket, self.deadline)?;
        // It may have ended in this very moment: then nothing is given up.
        if !passed && give_up_if_stuck(device, ticket) {
            let what = format!("{EARLIER} on {}", device.label());
            return Err(GpuError::Timeout { what, limit_ms: 0 });
        }
        self.settled.borrow_mut().push(device.clone());
        Ok(())
    }

    /// Runs a step on `device` that may have to wait there, and is given the deadline to keep.
    pub fn within<R>(
        &self,
        device: &Device,
        step: impl FnOnce(Option<Instant>) -> GpuResult<R>,
    ) -> GpuResult<R> {
        let result = step(self.deadline);
        if let Err(GpuError::Timeout { .. }) = &result {
            give_up_queue(device);
        }
        result
    }
}

const EARLIER: &str = "work queued earlier";

/// What a queue in which nothing is in the way takes to come to its end, seen from outside.
const MOMENT: Duration = Duration::from_millis(4);

/// Marks a GPU busy whose queue did not move in time, so that others need not find out for themselves.
#[cold]
pub(crate) fn give_up_queue(device: &Device) {
    if device.is_gpu()
        && let Ok(ticket) = device.compute().mark()
    {
        give_up_if_stuck(device, ticket);
    }
}

/// Marks the device busy until it passes `ticket`, unless it does so within a moment: then it was not what took the time (a
/// driver that is slow to allocate, say), and nobody is to be told that it is busy. True if it was marked.
#[cold]
fn give_up_if_stuck(device: &Device, ticket: Ticket) -> bool {
    let compute = device.compute();
    matches!(compute.wait_ticket(ticket, Some(Instant::now() + MOMENT)), Ok(false))
        && compute.give_up(ticket, EARLIER)
}
