//! One attempt to run a request on one device: kernel from the cache, data to the device, launch, bounded wait.

use std::time::{Duration, Instant};

use super::GpuExecutor;
use super::cache::Key;
use super::report::Costs;
use super::request::ExecutionRequest;
use crate::buffer::give_up_queue;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::kernel::{Placement, Prepared, at_once};
use crate::room::Room;

/// What an attempt needs to know beside the request.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub limit: Option<Duration>,
    /// Raw pointers among the arguments are addresses of this device.
    pub raw_pointers: bool,
    /// Another attempt may follow, which must see the content as it was before this one.
    pub undo: bool,
}

impl Plan {
    /// A limit past the end of the clock is no limit.
    fn deadline(&self, costs: &mut Costs) -> Option<Instant> {
        let limit = self.limit?;
        costs.start().checked_add(limit)
    }

    #[cold]
    fn timed_out(&self, what: String) -> GpuError {
        let limit_ms = self.limit.map_or(0, |limit| limit.as_millis().min(u64::MAX as u128) as u64);
        GpuError::Timeout { what, limit_ms }
    }

    /// Puts the limit into the error of a wait that knew only its deadline.
    #[cold]
    fn restate(&self, error: GpuError) -> GpuError {
        match error {
            GpuError::Timeout { what, .. } => self.timed_out(what),
            other => other,
        }
    }
}

/// Runs `request` on `device`. `costs` is filled as far as the attempt got.
pub(crate) fn run(
    executor: &GpuExecutor,
    device: &Device,
    request: &ExecutionRequest<'_>,
    plan: &Plan,
    costs: &mut Costs,
) -> GpuResult<()> {
    device.ensure_available()?;
    device.check_launch(&request.config)?;
    let key =
        Key { device, source: request.source, kernel_name: request.kernel_name, options: request.options };
    let found = match executor.cache.ready(key) {
        Some(found) => found,
        None => {
            let deadline = plan.deadline(costs);
            costs.start();
            executor.cache.get(key, deadline).map_err(|error| plan.restate(error))?
        }
    };
    costs.cache_hit = Some(found.hit);
    costs.compile = found.compile_time;
    let kernel = found.kernel()?;
    kernel.check_launch(&request.config)?;

    let mut room = Room::new();
    let mut values = room.places(request.args.len());
    let begun = if found.hit { costs.start() } else { Instant::now() };
    let deadline = plan.deadline(costs);
    let mut prepared = None;
    let is_ready = plan.raw_pointers && at_once(kernel, request.args, deadline, &mut values, &mut prepared)?;
    let mut submitted = begun;
    if !is_ready || plan.undo {
        let prepared = prepared.get_or_insert_with(|| Prepared::until(deadline));
        if !is_ready {
            let placement = Placement { stage_buffers: true, raw_pointers: plan.raw_pointers };
            let done = prepared.prepare(kernel, request.args, placement, &mut values);
            done.map_err(|error| plan.restate(error))?;
        }
        if plan.undo {
            prepared.keep_pre_images().map_err(|error| plan.restate(error))?;
        }
        if !prepared.was_in_place() {
            submitted = Instant::now();
            costs.data = submitted - begun;
        }
    }

    let values = values.as_slice();
    let compute = device.compute();
    let ticket = match compute.execute_and_mark(kernel.raw(), &request.config, values, deadline) {
        Ok(ticket) => ticket,
        Err(error) => {
            costs.run = submitted.elapsed();
            if matches!(error, GpuError::Timeout { .. }) {
                give_up_queue(device);
            }
            let error = plan.restate(error);
            if let Some(prepared) = &prepared {
                prepared.failed(device, &error, false);
            }
            return Err(error);
        }
    };
    let completed = match compute.wait_ticket(ticket, deadline) {
        Ok(true) => Ok(()),
        // It may have ended in this very moment: then nothing is given up.
        Ok(false) if !compute.give_up(ticket, kernel.name()) => Ok(()),
        Ok(false) => Err(plan.timed_out(format!("kernel `{}` on {}", kernel.name(), device.label()))),
        Err(error) => Err(plan.restate(error)),
    };
    costs.run = submitted.elapsed();
    let Some(prepared) = &mut prepared else { return completed };
    match completed {
        Ok(()) => prepared.succeeded(device).map_err(|error| {
            costs.spoiled = matches!(error, GpuError::DataLost { .. });
            plan.restate(error)
        }),
        Err(error) => {
            prepared.failed(device, &error, true);
            Err(error)
        }
    }
}
