//! Arguments of a launch: their check against the kernel's parameters, and the buffers behind them
//! brought to the device that runs it.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use super::Kernel;
use super::arg::{ArgKind, GpuArg};
use crate::backend::ArgValue;
use crate::buffer::{Buffer, DeviceBuffer, Lease, ManagedBuffer, Patience};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::room::Places;
use crate::types::{KernelMetadata, ParamInfo};

/// How far arguments may belong elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    /// Plain buffers of other devices are copied in and back; otherwise they are an error.
    pub stage_buffers: bool,
    /// Raw pointers are addresses of this device; otherwise they cannot be followed.
    pub raw_pointers: bool,
}

impl Placement {
    /// Everything belongs to the kernel's own device.
    pub(crate) const NATIVE: Placement = Placement { stage_buffers: false, raw_pointers: true };
}

/// Parameters of the kernel, if they are known: then as many as there are arguments.
#[inline]
fn params_for<'m>(metadata: &'m KernelMetadata, args: &[GpuArg<'_>]) -> GpuResult<Option<&'m [ParamInfo]>> {
    match &metadata.params {
        Some(params) if params.len() != args.len() => Err(wrong_count(metadata, params.len(), args.len())),
        params => Ok(params.as_deref()),
    }
}

#[cold]
fn wrong_count(metadata: &KernelMetadata, takes: usize, given: usize) -> GpuError {
    GpuError::invalid("args", format!("kernel `{}` takes {takes} arguments, {given} given", metadata.name))
}

/// What is wrong with giving `arg` for `param`.
#[inline]
fn fit(param: &ParamInfo, arg: &GpuArg<'_>) -> Result<(), &'static str> {
    if param.size as usize != arg.size() {
        return Err("wrong size");
    }
    let kind = arg.kind();
    match param.is_pointer {
        Some(false) if kind.is_buffer() => Err("the parameter is no pointer"),
        // Whatever has 8 bytes would be followed as an address. Zero is the null pointer, as in C.
        Some(true)
            if !kind.is_buffer()
                && kind != ArgKind::Pointer
                && !(matches!(kind, ArgKind::U64 | ArgKind::I64) && arg.bits() == 0) =>
        {
            Err("the parameter is a pointer, which takes a buffer or a pointer argument")
        }
        _ => Ok(()),
    }
}

#[cold]
fn mismatch(metadata: &KernelMetadata, index: usize, arg: &GpuArg<'_>, why: &str) -> GpuError {
    let takes = metadata.params.as_ref().and_then(|params| params.get(index)).map_or(0, |param| param.size);
    GpuError::invalid(
        format!("args[{index}]"),
        format!(
            "{why}: kernel `{}` takes {takes} bytes there, a {} of {} bytes was given",
            metadata.name,
            arg.kind().name(),
            arg.size()
        ),
    )
}

/// Whether the kernel may write through this argument.
#[inline]
fn is_written(param: Option<&ParamInfo>, arg: &GpuArg<'_>) -> bool {
    arg.kind() == ArgKind::Buffer && param.is_none_or(|param| !param.read_only)
}

/// Adds what goes to the backend where nothing is to be taken or brought: scalars, structs, and plain buffers of `device`
/// itself. False for the rest.
#[inline]
fn push_plain<'a>(
    arg: &GpuArg<'a>,
    param: Option<&ParamInfo>,
    device: &Device,
    push: impl FnOnce(ArgValue<'a>),
) -> GpuResult<bool> {
    if let Some(buffer) = arg.buffer() {
        let Buffer::Device(plain) = buffer else { return Ok(false) };
        plain.ensure_unmapped()?;
        if !plain.device().same(device) {
            return Ok(false);
        }
        let writes = is_written(param, arg);
        push(ArgValue::Buffer { address: plain.device_pointer(), size: plain.size(), writes });
    } else if let Some(bytes) = arg.struct_bytes() {
        push(ArgValue::Bytes(bytes));
    } else {
        push(ArgValue::Scalar { bits: arg.bits(), size: arg.size() as u32 });
    }
    Ok(true)
}

/// The usual launch in one pass: checks number, width and kind of the arguments against the kernel's own parameters, where
/// these are known, and fills in `values`. If all are plain (see [`push_plain`]) nothing is prepared and nothing is to be
/// undone; `prepared` then stays none. It has managed buffers whose content is on the device and that nobody has to be waited
/// for. False for anything else, which [`Prepared::prepare`] sees to; nothing is taken then.
#[inline]
pub(crate) fn at_once<'a>(
    kernel: &Kernel,
    args: &[GpuArg<'a>],
    deadline: Option<Instant>,
    values: &mut Places<'_, ArgValue<'a>>,
    prepared: &mut Option<Prepared<'a>>,
) -> GpuResult<bool> {
    let metadata = kernel.metadata();
    let params = params_for(metadata, args)?;
    for (index, arg) in args.iter().enumerate() {
        let param = params.map(|params| &params[index]);
        if let Some(param) = param
            && let Err(why) = fit(param, arg)
        {
            return Err(mismatch(metadata, index, arg, why));
        }
        if push_plain(arg, param, kernel.device(), |value| values.push(value))? {
            continue;
        }
        let writes = is_written(param, arg);
        let there = arg.buffer().and_then(|buffer| {
            let Buffer::Managed(managed) = buffer else { return None };
            let prepared = prepared.get_or_insert_with(|| Prepared::until(deadline));
            let address = prepared.take_at_once(managed, writes, kernel.device())?;
            Some(ArgValue::Buffer { address, size: managed.size(), writes })
        });
        let Some(value) = there else {
            // Whoever waits for one buffer must not hold others, unless all wait in one order.
            *prepared = None;
            values.clear();
            return Ok(false);
        };
        values.push(value);
    }
    Ok(true)
}

/// Buffers of one launch, with their content on its device.
pub(crate) struct Prepared<'a> {
    leases: SmallVec<[Lease<'a>; 8]>,
    patience: Patience,
    /// None in a usual launch, which then has nothing more to drop.
    rare: Option<Box<Rare<'a>>>,
}

/// What few launches have.
#[derive(Default)]
struct Rare<'a> {
    /// Plain buffers of other devices.
    staged: Vec<Staged<'a>>,
    /// (lease, content before the attempt), where the attempt may have to be undone.
    pre_images: Vec<(usize, Vec<u8>)>,
    /// What is to be logged once the leases have ended, since a log callback may use the buffers.
    notes: Vec<String>,
}

/// A plain buffer of another device and its copy here.
struct Staged<'a> {
    original: &'a DeviceBuffer,
    copy: DeviceBuffer,
    /// Content before the launch.
    before: Vec<u8>,
    /// The kernel may write it, so the copy goes back.
    back: bool,
}

impl<'a> Prepared<'a> {
    /// Nothing prepared yet. Filled where it lies, because it is large and every launch makes one.
    pub(crate) fn until(deadline: Option<Instant>) -> Self {
        Prepared { leases: SmallVec::new(), patience: Patience::until(deadline), rare: None }
    }

    /// The address of a managed buffer whose content is on the device, if nobody has to be waited for.
    fn take_at_once(&mut self, buffer: &'a ManagedBuffer, writes: bool, device: &Device) -> Option<u64> {
        // A buffer that comes twice; what reads it first and writes it later has to be prepared.
        let held = self.leases.iter().find(|lease| std::ptr::eq(lease.buffer(), buffer));
        if let Some(held) = held {
            return held.address().filter(|_| held.writes() || !writes);
        }
        let lease = buffer.lease_at_once(writes, device)?;
        let address = lease.address();
        self.leases.push(lease);
        address
    }

    /// Checks `args` and brings their buffers to the kernel's device.
    #[inline(never)]
    pub(crate) fn prepare(
        &mut self,
        kernel: &Kernel,
        args: &[GpuArg<'a>],
        placement: Placement,
        values: &mut Places<'_, ArgValue<'a>>,
    ) -> GpuResult<()> {
        let metadata = kernel.metadata();
        let params = params_for(metadata, args)?;
        let param = |index: usize| params.map(|params| &params[index]);
        for (index, arg) in args.iter().enumerate() {
            if let Some(Err(why)) = param(index).map(|param| fit(param, arg)) {
                return Err(mismatch(metadata, index, arg, why));
            }
        }
        let device = kernel.device();
        self.take_leases(params, device, args)?;
        for (index, arg) in args.iter().enumerate() {
            if arg.kind() == ArgKind::Pointer && !placement.raw_pointers && arg.bits() != 0 {
                return Err(GpuError::unsupported(
                    format!("following the raw device pointer args[{index}] ({:#x})", arg.bits()),
                    device.label(),
                ));
            }
            if push_plain(arg, param(index), device, |value| values.push(value))? {
                continue;
            }
            let Some(buffer) = arg.buffer() else {
                return Err(GpuError::internal("argument of no kind"));
            };
            let writes = is_written(param(index), arg);
            let address = self.buffer_address(device, buffer, writes, placement)?;
            values.push(ArgValue::Buffer { address, size: buffer.size(), writes });
        }
        Ok(())
    }

    /// Takes every managed buffer once, in address order so that two executions never wait for each other in a ring.
    fn take_leases(
        &mut self,
        params: Option<&[ParamInfo]>,
        device: &Device,
        args: &[GpuArg<'a>],
    ) -> GpuResult<()> {
        let mut wanted: SmallVec<[(&'a ManagedBuffer, bool); 8]> = SmallVec::new();
        for (index, arg) in args.iter().enumerate() {
            let Some(Buffer::Managed(buffer)) = arg.buffer() else { continue };
            let writes = is_written(params.map(|params| &params[index]), arg);
            match wanted.iter_mut().find(|(b, _)| std::ptr::eq(*b, &**buffer)) {
                Some((_, w)) => *w |= writes,
                None => wanted.push((buffer, writes)),
            }
        }
        wanted.sort_unstable_by_key(|(buffer, _)| std::ptr::from_ref(*buffer) as usize);
        for (buffer, writes) in wanted {
            self.leases.push(buffer.lease(writes, Some(device), self.patience.deadline)?);
        }
        Ok(())
    }

    fn buffer_address(
        &mut self,
        device: &Device,
        buffer: &'a Buffer,
        writes: bool,
        placement: Placement,
    ) -> GpuResult<u64> {
        match buffer {
            Buffer::Managed(managed) => {
                let lease = self.leases.iter().find(|l| std::ptr::eq(l.buffer(), &**managed));
                let Some(lease) = lease else {
                    return Err(GpuError::internal("managed argument without a lease"));
                };
                let mut unregistered = None;
                let address = lease.address_on(device, &self.patience, &mut unregistered);
                if let Some(error) = unregistered {
                    let note = format!("{}: host memory is not page-locked: {error}", device.label());
                    self.rare.get_or_insert_default().notes.push(note);
                }
                address
            }
            Buffer::Device(plain) => {
                if !placement.stage_buffers {
                    return Err(GpuError::invalid(
                        "args",
                        format!(
                            "a buffer of {} was given to a kernel on {}",
                            plain.device().label(),
                            device.label()
                        ),
                    ));
                }
                self.stage(device, plain, writes)
            }
        }
    }

    /// Copies a plain buffer of another device over, once however often it appears among the arguments.
    fn stage(&mut self, device: &Device, plain: &'a DeviceBuffer, writes: bool) -> GpuResult<u64> {
        let staged = &mut self.rare.get_or_insert_default().staged;
        if let Some(known) = staged.iter_mut().find(|staged| std::ptr::eq(staged.original, plain)) {
            known.back |= writes;
            return Ok(known.copy.device_pointer());
        }
        let mut before = host_memory(plain.size())?;
        let patience = &self.patience;
        patience.settle(plain.device())?;
        patience.within(plain.device(), |deadline| plain.read_until(&mut before, deadline))?;
        patience.settle(device)?;
        let create = |deadline| DeviceBuffer::create_until(device, plain.size(), deadline);
        let copy = patience.within(device, create)?;
        patience.within(device, |deadline| copy.write_until(&before, deadline))?;
        let address = copy.device_pointer();
        staged.push(Staged { original: plain, copy, before, back: writes });
        Ok(address)
    }

    /// Keeps the content of every managed buffer that the kernel may write, so that `failed` can put it back.
    pub(crate) fn keep_pre_images(&mut self) -> GpuResult<()> {
        for (index, lease) in self.leases.iter().enumerate().filter(|(_, l)| l.writes()) {
            let image = lease.pre_image(&self.patience)?;
            self.rare.get_or_insert_default().pre_images.push((index, image));
        }
        Ok(())
    }

    /// Whether preparing was a matter of nanoseconds: no copy, no wait.
    #[inline]
    pub(crate) fn was_in_place(&self) -> bool {
        self.rare.is_none() && self.leases.iter().all(|lease| lease.address().is_some())
    }

    /// The kernel has run (or is queued): what it writes is the newest content. An error means that it could not be
    /// brought back to plain buffers of another device; then nothing counts as written. DataLost: something is, and
    /// could not be undone.
    #[inline]
    pub(crate) fn succeeded(&mut self, device: &Device) -> GpuResult<()> {
        if let Some(rare) = &self.rare
            && let Err(error) = bring_back(&rare.staged, &self.patience)
        {
            self.failed(device, &error, true);
            return Err(error);
        }
        while let Some(lease) = self.leases.pop() {
            lease.complete_on(device);
        }
        Ok(())
    }

    /// Content of a lease before the attempt, if it was kept.
    fn pre_image(&self, lease: usize) -> Option<&[u8]> {
        let kept = self.rare.as_ref()?.pre_images.iter().find(|(index, _)| *index == lease);
        kept.map(|(_, image)| &image[..])
    }

    /// The execution failed. `launched`: the kernel was queued, so it may have run in part or still run; a launch
    /// that was refused has touched nothing.
    pub(crate) fn failed(&self, device: &Device, error: &GpuError, launched: bool) {
        if !device.is_gpu() {
            for (index, lease) in self.leases.iter().enumerate().filter(|(_, l)| l.writes()) {
                match self.pre_image(index) {
                    Some(image) => lease.restore(image),
                    None => lease.spoiled_on_host(),
                }
            }
        } else if launched || matches!(error, GpuError::DeviceLost { .. }) {
            let why = error.to_string();
            self.leases.iter().filter(|l| l.writes()).for_each(|l| l.abandon_on(device, &why));
        }
    }
}

/// Everything is read before the first buffer is written, so that most of what can fail leaves all of them as they
/// were. If a write fails, those before it are undone.
fn bring_back(staged: &[Staged<'_>], patience: &Patience) -> GpuResult<()> {
    let mut contents: SmallVec<[(&Staged<'_>, Vec<u8>); 4]> = SmallVec::new();
    for staged in staged.iter().filter(|staged| staged.back) {
        let mut content = host_memory(staged.copy.size())?;
        let device = staged.copy.device();
        patience.within(device, |deadline| staged.copy.read_until(&mut content, deadline))?;
        patience.settle(staged.original.device())?;
        contents.push((staged, content));
    }
    for (index, (staged, content)) in contents.iter().enumerate() {
        let device = staged.original.device();
        let write = |deadline| staged.original.write_until(content, deadline);
        if let Err(error) = patience.within(device, write) {
            // The one that failed may be written in part.
            let undone = contents[..=index].iter().map(|(staged, _)| staged.undo(patience, &error));
            // All of them, also where one cannot be.
            let failed: Vec<GpuError> = undone.filter_map(Result::err).collect();
            return Err(failed.into_iter().next().unwrap_or(error));
        }
    }
    Ok(())
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        let Some(rare) = &mut self.rare else { return };
        self.leases.clear();
        for note in rare.notes.drain(..) {
            crate::log::debug(|| note);
        }
    }
}

/// How long undoing may take where the limit has passed already.
const UNDO_PATIENCE: Duration = Duration::from_millis(3);

impl Staged<'_> {
    /// Writes the content from before the launch again. DataLost if that fails and something else is there.
    fn undo(&self, patience: &Patience, cause: &GpuError) -> GpuResult<()> {
        let deadline = patience.deadline.map(|at| at.max(Instant::now() + UNDO_PATIENCE));
        let Err(error) = self.original.write_until(&self.before, deadline) else { return Ok(()) };
        if matches!(error, GpuError::DeviceLost { .. }) {
            // Whoever reads the buffer is told.
            return Ok(());
        }
        let intact = host_memory(self.before.len()).and_then(|mut now| {
            self.original.read_until(&mut now, deadline)?;
            Ok(now == self.before)
        });
        match intact {
            Ok(true) => Ok(()),
            _ => Err(GpuError::DataLost {
                buffer: format!(
                    "the buffer of {} bytes on {}",
                    self.original.size(),
                    self.original.device().label()
                ),
                reason: format!(
                    "results could be written back only in part ({cause}), and the content before not at all ({error})"
                ),
            }),
        }
    }
}

/// Zeroed host memory; memory that is not there is an error, not an abort.
fn host_memory(size: usize) -> GpuResult<Vec<u8>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(size).map_err(|cause| GpuError::MemoryAllocationFailed {
        requested_size: size,
        reason: format!("host copy of a device buffer: {cause}"),
    })?;
    memory.resize(size, 0);
    Ok(memory)
}
