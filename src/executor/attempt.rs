//! One attempt to run a request on one device: kernel from the cache, data to the device, launch, bounded wait.

use std::time::{Duration, Instant};

use super::GpuExecutor;
use super::cache::Key;
use super::report::Costs;
use super::request::ExecutionRequest;
use crate::buffer::give_up_queue;
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::kernel::{Placement, Prepared, plain_values};
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

/// Runs `request` on `device`; the time limit runs from `started`. `costs` is filled as far as the attempt got.
pub(crate) fn run(
    executor: &GpuExecutor,
    device: &Device,
    request: &ExecutionRequest<'_>,
    plan: Plan,
    started: Instant,
    costs: &mut Costs,
) -> GpuResult<()> {
    device.ensure_available()?;
    device.check_launch(&request.config)?;
    // A limit past the end of the clock is no limit.
    let deadline = plan.limit.and_then(|limit| started.checked_add(limit));
    let timed_out = |what: String| GpuError::Timeout {
        what,
        limit_ms: plan.limit.map_or(0, |limit| limit.as_millis().min(u64::MAX as u128) as u64),
    };
    let restate = |error| match error {
        GpuError::Timeout { what, .. } => timed_out(what),
        other => other,
    };

    let key =
        Key { device, source: request.source, kernel_name: request.kernel_name, options: request.options };
    let found = executor.cache.get(key, deadline).map_err(restate)?;
    costs.cache_hit = Some(found.hit);
    costs.compile = found.compile_time;
    let kernel = found.kernel()?;
    kernel.check_launch(&request.config)?;

    let data_started = if found.hit { started } else { Instant::now() };
    let mut room = Room::new();
    let mut values = room.places(request.args.len());
    let mut prepared = None;
    // The usual launch of scalars and this device's own buffers has nothing to prepare and nothing to undo.
    if !plan.raw_pointers || !plain_values(kernel, request.args, &mut values)? {
        let placement = Placement { stage_buffers: true, raw_pointers: plan.raw_pointers };
        let prepared = prepared.insert(Prepared::until(deadline));
        prepared.prepare(kernel, request.args, placement).map_err(restate)?;
        if plan.undo {
            prepared.keep_pre_images().map_err(restate)?;
        }
    }
    let values = prepared.as_ref().map_or(values.as_slice(), Prepared::values);

    let submitted = Instant::now();
    costs.data = submitted - data_started;
    let compute = device.compute();
    let queued = compute.execute_and_mark(kernel.raw(), &request.config, values, deadline);
    let ticket = match queued {
        Ok(ticket) => ticket,
        Err(error) => {
            costs.run = submitted.elapsed();
            if matches!(error, GpuError::Timeout { .. }) {
                give_up_queue(device);
            }
            let error = restate(error);
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
        Ok(false) => Err(timed_out(format!("kernel `{}` on {}", kernel.name(), device.label()))),
        Err(error) => Err(restate(error)),
    };
    costs.run = submitted.elapsed();
    match completed {
        Ok(()) => prepared.map_or(Ok(()), |mut prepared| prepared.succeeded(device)).map_err(|error| {
            costs.spoiled = matches!(error, GpuError::DataLost { .. });
            restate(error)
        }),
        Err(error) => {
            if let Some(prepared) = &prepared {
                prepared.failed(device, &error, true);
            }
            Err(error)
        }
    }
}
