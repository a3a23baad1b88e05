//! Arguments of a launch: typed values, their check against the kernel's parameters, and the buffers behind them
//! brought to the device that runs it.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crate::backend::ArgValue;
use crate::buffer::{Buffer, DeviceBuffer, Lease, ManagedBuffer, Patience};
use crate::device::Device;
use crate::error::{GpuError, GpuResult};
use crate::kernel::Kernel;
use crate::types::{KernelMetadata, ParamInfo};

/// One argument of a kernel.
#[derive(Clone, Copy)]
pub enum GpuArg<'a> {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    U64(u64),
    I64(i64),
    F32(f32),
    F64(f64),
    Bool(bool),
    /// A buffer the kernel may read and write.
    Buffer(&'a Buffer),
    /// A buffer the kernel only reads: other copies of a managed buffer stay valid.
    BufferConst(&'a Buffer),
    /// An address on the device, passed through unchecked.
    RawPtr(u64),
    /// A struct by value, laid out as the kernel declares it.
    Struct(&'a [u8]),
}

impl<'a> GpuArg<'a> {
    /// Bytes this argument takes as a parameter.
    pub fn size(&self) -> usize {
        match self {
            GpuArg::U8(_) | GpuArg::I8(_) | GpuArg::Bool(_) => 1,
            GpuArg::U16(_) | GpuArg::I16(_) => 2,
            GpuArg::U32(_) | GpuArg::I32(_) | GpuArg::F32(_) => 4,
            GpuArg::U64(_) | GpuArg::I64(_) | GpuArg::F64(_) => 8,
            GpuArg::Buffer(_) | GpuArg::BufferConst(_) | GpuArg::RawPtr(_) => 8,
            GpuArg::Struct(bytes) => bytes.len(),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            GpuArg::U8(_) => "u8",
            GpuArg::I8(_) => "i8",
            GpuArg::U16(_) => "u16",
            GpuArg::I16(_) => "i16",
            GpuArg::U32(_) => "u32",
            GpuArg::I32(_) => "i32",
            GpuArg::U64(_) => "u64",
            GpuArg::I64(_) => "i64",
            GpuArg::F32(_) => "f32",
            GpuArg::F64(_) => "f64",
            GpuArg::Bool(_) => "bool",
            GpuArg::Buffer(_) | GpuArg::BufferConst(_) => "buffer",
            GpuArg::RawPtr(_) => "pointer",
            GpuArg::Struct(_) => "struct",
        }
    }

    /// Adds what goes to the backend where nothing is to be taken or brought: scalars, structs, and plain buffers of
    /// `device` itself. False for the rest.
    #[inline]
    fn push_plain(
        &self,
        device: &Device,
        metadata: &KernelMetadata,
        index: usize,
        values: &mut Values<'a>,
    ) -> GpuResult<bool> {
        let (bits, size) = match *self {
            GpuArg::Buffer(Buffer::Device(plain)) | GpuArg::BufferConst(Buffer::Device(plain)) => {
                plain.ensure_unmapped()?;
                if !plain.device().same(device) {
                    return Ok(false);
                }
                let writes = is_written(metadata, index, self);
                values.push(ArgValue::Buffer { address: plain.device_pointer(), size: plain.size(), writes });
                return Ok(true);
            }
            GpuArg::Buffer(Buffer::Managed(_)) | GpuArg::BufferConst(Buffer::Managed(_)) => return Ok(false),
            GpuArg::Struct(bytes) => {
                values.push(ArgValue::Bytes(bytes));
                return Ok(true);
            }
            GpuArg::U8(v) => (v as u64, 1),
            GpuArg::I8(v) => (v as u8 as u64, 1),
            GpuArg::Bool(v) => (v as u64, 1),
            GpuArg::U16(v) => (v as u64, 2),
            GpuArg::I16(v) => (v as u16 as u64, 2),
            GpuArg::U32(v) => (v as u64, 4),
            GpuArg::I32(v) => (v as u32 as u64, 4),
            GpuArg::F32(v) => (v.to_bits() as u64, 4),
            GpuArg::U64(v) | GpuArg::RawPtr(v) => (v, 8),
            GpuArg::I64(v) => (v as u64, 8),
            GpuArg::F64(v) => (v.to_bits(), 8),
        };
        values.push(ArgValue::Scalar { bits, size });
        Ok(true)
    }
}

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

/// Checks number, width and kind against the kernel's own parameters, where these are known.
pub(crate) fn check_args(metadata: &KernelMetadata, args: &[GpuArg<'_>]) -> GpuResult<()> {
    let Some(params) = &metadata.params else { return Ok(()) };
    if params.len() != args.len() {
        return Err(GpuError::invalid(
            "args",
            format!("kernel `{}` takes {} arguments, {} given", metadata.name, params.len(), args.len()),
        ));
    }
    for (index, (param, arg)) in params.iter().zip(args).enumerate() {
        if param.size as usize != arg.size() {
            return Err(mismatch(metadata, index, param, arg, "wrong size"));
        }
        let is_buffer = matches!(arg, GpuArg::Buffer(_) | GpuArg::BufferConst(_));
        match param.is_pointer {
            Some(false) if is_buffer => {
                return Err(mismatch(metadata, index, param, arg, "the parameter is no pointer"));
            }
            // Whatever has 8 bytes would be followed as an address. Zero is the null pointer, as in C.
            Some(true)
                if !is_buffer && !matches!(arg, GpuArg::RawPtr(_) | GpuArg::U64(0) | GpuArg::I64(0)) =>
            {
                let why = "the parameter is a pointer, which takes a buffer or a pointer argument";
                return Err(mismatch(metadata, index, param, arg, why));
            }
            _ => {}
        }
    }
    Ok(())
}

fn mismatch(
    metadata: &KernelMetadata,
    index: usize,
    param: &ParamInfo,
    arg: &GpuArg<'_>,
    why: &str,
) -> GpuError {
    GpuError::invalid(
        format!("args[{index}]"),
        format!(
            "{why}: kernel `{}` takes {} bytes there, a {} of {} bytes was given",
            metadata.name,
            param.size,
            arg.type_name(),
            arg.size()
        ),
    )
}

/// Arguments of one launch as the backend takes them.
pub(crate) type Values<'a> = SmallVec<[ArgValue<'a>; INLINE_ARGS]>;

/// Checks the arguments and fills in `values`; false if not all are plain (see [`GpuArg::push_plain`]). If they are, there is
/// nothing to prepare and nothing to undo.
#[inline]
pub(crate) fn plain_values<'a>(
    kernel: &Kernel,
    args: &[GpuArg<'a>],
    values: &mut Values<'a>,
) -> GpuResult<bool> {
    let metadata = kernel.metadata();
    check_args(metadata, args)?;
    for (index, arg) in args.iter().enumerate() {
        if !arg.push_plain(kernel.device(), metadata, index, values)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Checked arguments with every buffer's content on the device, ready for one launch.
pub(crate) struct Prepared<'a> {
    values: Values<'a>,
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

/// Argument lists up to this length live on the stack: the launch path allocates nothing for them.
const INLINE_ARGS: usize = 16;

impl<'a> Prepared<'a> {
    /// Nothing prepared yet. Filled where it lies, because it is large and every launch makes one.
    pub(crate) fn until(deadline: Option<Instant>) -> Self {
        Prepared {
            values: SmallVec::new(),
            leases: SmallVec::new(),
            patience: Patience::until(deadline),
            rare: None,
        }
    }

    /// Checks `args` and brings their buffers to the kernel's device.
    pub(crate) fn prepare(
        &mut self,
        kernel: &Kernel,
        args: &[GpuArg<'a>],
        placement: Placement,
    ) -> GpuResult<()> {
        let metadata = kernel.metadata();
        check_args(metadata, args)?;
        let device = kernel.device();
        self.take_leases(metadata, device, args)?;
        for (index, arg) in args.iter().enumerate() {
            if let GpuArg::RawPtr(bits) = *arg
                && !placement.raw_pointers
                && bits != 0
            {
                return Err(GpuError::unsupported(
                    format!("following the raw device pointer args[{index}] ({bits:#x})"),
                    device.label(),
                ));
            }
            if arg.push_plain(device, metadata, index, &mut self.values)? {
                continue;
            }
            let (GpuArg::Buffer(buffer) | GpuArg::BufferConst(buffer)) = *arg else {
                return Err(GpuError::internal("argument of no kind"));
            };
            let writes = is_written(metadata, index, arg);
            let address = self.buffer_address(device, buffer, writes, placement)?;
            self.values.push(ArgValue::Buffer { address, size: buffer.size(), writes });
        }
        Ok(())
    }

    /// Takes every managed buffer once, in address order so that two executions never wait for each other in a ring.
    fn take_leases(
        &mut self,
        metadata: &KernelMetadata,
        device: &Device,
        args: &[GpuArg<'a>],
    ) -> GpuResult<()> {
        let mut wanted: SmallVec<[(&'a ManagedBuffer, bool); 8]> = SmallVec::new();
        for (index, arg) in args.iter().enumerate() {
            let (GpuArg::Buffer(Buffer::Managed(buffer)) | GpuArg::BufferConst(Buffer::Managed(buffer))) =
                arg
            else {
                continue;
            };
            let writes = is_written(metadata, index, arg);
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

    pub(crate) fn with_values<R>(&self, act: impl FnOnce(&[ArgValue<'_>]) -> R) -> R {
        act(&self.values)
    }

    /// The kernel has run (or is queued): what it writes is the newest content. An error means that it could not be
    /// brought back to plain buffers of another device; then nothing counts as written. DataLost: something is, and
    /// could not be undone.
    pub(crate) fn succeeded(&mut self, device: &Device) -> GpuResult<()> {
        if let Some(rare) = &self.rare
            && let Err(error) = bring_back(&rare.staged, &self.patience)
        {
            self.failed(device, &error, true);
            return Err(error);
        }
        if !self.leases.is_empty() {
            self.leases.drain(..).for_each(|lease| lease.complete_on(device));
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

/// Whether the kernel may write through this argument.
fn is_written(metadata: &KernelMetadata, index: usize, arg: &GpuArg<'_>) -> bool {
    let proven_read_only =
        metadata.params.as_ref().and_then(|p| p.get(index)).is_some_and(|param| param.read_only);
    matches!(arg, GpuArg::Buffer(_)) && !proven_read_only
}
