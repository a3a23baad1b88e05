//! `vmgpu_executor`: run a kernel text and always come back with an answer.

use std::ffi::{CStr, c_char, c_int};
use std::sync::Arc;

use once_cell::sync::Lazy;

use super::arg::{self, with_args};
use super::buffer::vmgpu_buffer;
use super::executor_types::*;
use super::growing::{self, GrowingOut};
use super::guard::{failed, guard, guard_or};
use super::handle::{destroy, pin, publish};
use super::kernel::convert_options;
use super::manager::vmgpu_manager;
use super::ptr::{Out, text};
use super::status::vmgpu_status;
use super::text::TextOut;
use crate::error::GpuResult;
use crate::executor::{ExecutionRequest, ExecutionResult, GpuExecutor, last_report, refuse};
use crate::kernel::GpuArg;
use crate::manager::GpuDeviceManager;
use crate::panic::contain;
use crate::types::{CompileOptions, LaunchConfig};

/// Runs kernel texts on the best device there is: keeps what it compiled, falls back when the GPU cannot, holds time
/// limits, counts.
///
/// From vmgpu_executor_create() until vmgpu_executor_destroy(). Any thread may use it, several at once. It keeps the
/// manager's devices alive. Managed buffers made from it go on without it.
pub struct vmgpu_executor {
    _opaque: [u8; 0],
}

/// Makes an executor over the devices of a manager.
///
/// @param config        NULL means the defaults.
/// @param out_executor  Receives the handle, to be destroyed by the caller.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_UNSUPPORTED_STRUCT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_create(
    manager: *const vmgpu_manager,
    config: *const vmgpu_executor_config,
    out_executor: *mut *mut vmgpu_executor,
) -> vmgpu_status {
    guard(|| {
        let manager = pin::<Arc<GpuDeviceManager>>(manager, "manager")?;
        // SAFETY: the header asks for a writable place, and for NULL or a struct as long as its size says.
        let (out, config) =
            unsafe { (Out::new(out_executor, "out_executor")?, growing::read_or_default(config, "config")?) };
        out.write(publish(GpuExecutor::new((*manager).clone(), config.into()))?);
        Ok(())
    })
}

/// Whether there is a GPU that is not lost.
///
/// @return false also if `executor` is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_has_gpu(executor: *const vmgpu_executor) -> bool {
    guard_or(false, || Ok(pin::<GpuExecutor>(executor, "executor")?.has_gpu()))
}

/// Makes a managed buffer of `size` bytes, content unspecified. See "Managed buffers" at the top.
///
/// @param size        Bytes. 0 gives an empty buffer.
/// @param out_buffer  Receives the handle, to be destroyed by the caller with vmgpu_buffer_destroy().
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_MEMORY_ALLOCATION_FAILED if host memory is exhausted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_buffer_create(
    executor: *mut vmgpu_executor,
    size: usize,
    out_buffer: *mut *mut vmgpu_buffer,
) -> vmgpu_status {
    guard(|| {
        let executor = pin::<GpuExecutor>(executor, "executor")?;
        // SAFETY: the header asks for a writable place.
        let out = unsafe { Out::new(out_buffer, "out_buffer") }?;
        out.write(publish(executor.create_buffer(size)?)?);
        Ok(())
    })
}

/// Runs a kernel text on the best device and returns when the work is complete, or has finally failed. See "Fallback"
/// and "Time limits" at the top.
///
/// The first execution of a text compiles it; later ones take the kernel from the cache. Options, headers and name
/// belong to what is compared, so two texts with one kernel name are two kernels. So do the files that the text includes
/// from folders named with -I: if one has changed on disk, the text is compiled again (one that includes a file whose
/// name is a macro, every time). Refused texts are remembered apart from the kernels, and not compiled again.
///
/// @param request     What to run.
/// @param out_result  Prepared with VMGPU_EXECUTION_RESULT_INIT; filled whatever is returned. May be NULL.
/// @return VMGPU_STATUS_OK if the work was done, by whomever. Errors of the request (1 to 99) are returned without a
///         fallback. With the fallback off, or if it failed as well: the error if there was a single one, else
///         VMGPU_STATUS_FALLBACK_FAILED; VMGPU_STATUS_DATA_LOST outranks both. vmgpu_last_report() tells the story.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_execute(
    executor: *mut vmgpu_executor,
    request: *const vmgpu_execution_request,
    out_result: *mut vmgpu_execution_result,
) -> vmgpu_status {
    let mut out = None;
    let mut result = ExecutionResult::default();
    let mut course = Course::default();
    let outcome = contain("vmgpu_executor_execute", || {
        if !out_result.is_null() {
            // SAFETY: the header asks for NULL or a writable struct as long as its size says.
            out = Some(unsafe { GrowingOut::new(out_result, "out_result") }?);
        }
        let executor = pin::<GpuExecutor>(executor, "executor")?;
        // SAFETY: the header asks for a struct as long as its size says.
        let request = unsafe { growing::read(request, "request") }?;
        // SAFETY: the header asks that all the request points to stays as it is until the call returns.
        unsafe { execute(&executor, &request, &mut result, &mut course) }
    });
    let status = match &outcome {
        Ok(()) => vmgpu_status::Ok,
        Err(error) => {
            if !course.reported {
                refuse(course.kernel_name, error);
            }
            failed(error)
        }
    };
    if let Some(out) = out {
        out.write(&vmgpu_execution_result::new(&result, status));
    }
    status
}

/// How far an execution got, for the report of one that did not get to the executor.
#[derive(Default)]
struct Course<'a> {
    kernel_name: Option<&'a str>,
    /// The executor has written the report.
    reported: bool,
}

static NO_OPTIONS: Lazy<CompileOptions> = Lazy::new(CompileOptions::default);

/// # Safety
/// What `request` points to is as the header asks, and stays so.
unsafe fn execute<'a>(
    executor: &GpuExecutor,
    request: &vmgpu_execution_request,
    result: &mut ExecutionResult,
    course: &mut Course<'a>,
) -> GpuResult<()> {
    // SAFETY: promised by the caller.
    let kernel_name: GpuResult<&'a str> = unsafe { text(request.kernel_name, "request->kernel_name") };
    course.kernel_name = kernel_name.as_ref().ok().copied();
    // SAFETY: promised by the caller.
    let source = unsafe { text(request.source, "request->source") }?;
    let kernel_name = kernel_name?;
    let given;
    let options = match request.compile_options.is_null() {
        true => &*NO_OPTIONS,
        false => {
            // SAFETY: promised by the caller.
            given = unsafe { convert_options(request.compile_options) }?;
            &given
        }
    };
    let run = |args: &[GpuArg<'_>]| {
        let request_of_core = ExecutionRequest {
            source,
            kernel_name,
            options,
            config: LaunchConfig {
                grid: request.grid.into(),
                block: request.block.into(),
                shared_memory_size: request.shared_memory_size,
            },
            args,
            timeout: request.timeout(),
        };
        *result = match request.fallback {
            None => executor.execute(&request_of_core),
            Some(_) => executor.execute_with_fallback(&request_of_core, Some(&mut || call_fallback(request))),
        };
        course.reported = true;
        match result.error.take() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    };
    // SAFETY: promised by the caller.
    unsafe { with_args(arg::list(request.args, request.arg_count)?, run) }
}

/// Room for the error text of a fallback function.
const FALLBACK_ERROR_CAPACITY: usize = 1024;

fn call_fallback(request: &vmgpu_execution_request) -> Result<(), String> {
    let Some(fallback) = request.fallback else { return Err("no function".into()) };
    let mut buffer = [0 as c_char; FALLBACK_ERROR_CAPACITY];
    // SAFETY: the header asks for a function that takes these arguments and returns normally; `buffer` has the stated
    // size.
    let code: c_int = unsafe { fallback(request.fallback_user, buffer.as_mut_ptr(), buffer.len()) };
    if code == 0 {
        return Ok(());
    }
    // A function that forgets the terminator gets one.
    buffer[FALLBACK_ERROR_CAPACITY - 1] = 0;
    // SAFETY: terminated by the line above at the latest.
    let text = unsafe { CStr::from_ptr(buffer.as_ptr()) }.to_string_lossy().into_owned();
    Err(match text.is_empty() {
        true => format!("returned {code}"),
        false => format!("{text} (returned {code})"),
    })
}

/// Copies this thread's report: where its last execution ran and why, what was tried before and why that failed, and
/// what each step took. An execution that was refused has a report too, which says why. Empty if the thread has executed
/// nothing.
///
/// @param buffer      Receives the text, several lines. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_last_report(
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        out.text(&last_report())
    })
}

/// Reads the counters.
///
/// @param out_stats  Prepared with VMGPU_EXECUTOR_STATS_INIT or vmgpu_executor_stats_init().
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_get_stats(
    executor: *const vmgpu_executor,
    out_stats: *mut vmgpu_executor_stats,
) -> vmgpu_status {
    guard(|| {
        let executor = pin::<GpuExecutor>(executor, "executor")?;
        // SAFETY: the header asks for a writable struct as long as its size says.
        let out = unsafe { GrowingOut::new(out_stats, "out_stats") }?;
        out.write(&executor.stats().into());
        Ok(())
    })
}

/// Sets all counters to 0.
///
/// @return VMGPU_STATUS_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_reset_stats(executor: *mut vmgpu_executor) -> vmgpu_status {
    guard(|| {
        pin::<GpuExecutor>(executor, "executor")?.reset_stats();
        Ok(())
    })
}

/// The counters as a text of several lines, to be printed.
///
/// @param buffer      Receives the text. May be NULL if `capacity` is 0.
/// @param capacity    Bytes at `buffer`.
/// @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_format_stats(
    executor: *const vmgpu_executor,
    buffer: *mut c_char,
    capacity: usize,
    out_length: *mut usize,
) -> vmgpu_status {
    guard(|| {
        // SAFETY: the header asks for `capacity` writable bytes at `buffer` and a writable `out_length`.
        let out = unsafe { TextOut::new(buffer, capacity, out_length) }?;
        out.text(&pin::<GpuExecutor>(executor, "executor")?.stats().to_string())
    })
}

/// Forgets every kept kernel; the next execution of each compiles again. Executions under way go on.
///
/// @return VMGPU_STATUS_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_clear_cache(executor: *mut vmgpu_executor) -> vmgpu_status {
    guard(|| {
        pin::<GpuExecutor>(executor, "executor")?.clear_cache();
        Ok(())
    })
}

/// Ends the handle. Executions under way on other threads go on; managed buffers stay usable.
///
/// @param executor  NULL does nothing.
/// @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vmgpu_executor_destroy(executor: *mut vmgpu_executor) -> vmgpu_status {
    guard(|| destroy::<GpuExecutor>(executor, "executor"))
}
