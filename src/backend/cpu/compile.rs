//! CUDA C text to a kernel of the CPU device, with cudac.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::kernel::CpuKernel;
use crate::backend::GpuKernel;
use crate::cudac::codegen;
use crate::cudac::compile::{CompileInput, compile};
use crate::cudac::options::Options;
use crate::cudac::preprocess::MemoryHeader;
use crate::error::{GpuError, GpuResult};
use crate::fork;
use crate::types::{CHECKED_OPTION, CompileOptions, KernelMetadata, OWN_OPTION_PREFIX, ParamInfo};

/// Largest block of every kernel, as on NVIDIA GPUs.
pub const MAX_THREADS: u32 = 1024;

/// Name and version, as kernels carry it.
pub const COMPILER: &str = concat!("vmgpu cudac ", env!("CARGO_PKG_VERSION"));

/// Compiles one kernel for this machine.
pub fn kernel(source: &str, kernel_name: &str, options: &CompileOptions) -> GpuResult<GpuKernel> {
    // The compiler's tables are made when they are first needed, by one thread for all.
    let _hold = fork::hold();
    if fork::is_torn() {
        let device = "the compiler of the CPU device was at work at a fork(): it".to_string();
        return Err(GpuError::Forked { device });
    }
    let refused = |log: String| GpuError::KernelCompilationFailed {
        kernel_name: kernel_name.to_string(),
        r#source: source.to_string(),
        reason: log,
    };
    let (own, others): (Vec<String>, Vec<String>) =
        options.options.iter().cloned().partition(|option| option.starts_with(OWN_OPTION_PREFIX));
    if let Some(unknown) = own.iter().find(|option| *option != CHECKED_OPTION) {
        return Err(GpuError::invalid("options", format!("there is no option `{unknown}`")));
    }
    let checked =
        !own.is_empty() || std::env::var_os("VMGPU_CHECKED").is_some_and(|v| v != "0" && !v.is_empty());
    let mut parsed = Options::parse(&others);
    parsed.preprocess.allow_disk = true;
    let headers: Vec<MemoryHeader<'_>> =
        options.headers.iter().map(|(name, text)| MemoryHeader { name, text }).collect();
    let input = CompileInput {
        name: &format!("{}.cu", plain_name(kernel_name)),
        text: source,
        kernel: kernel_name,
        options: &parsed,
        headers: &headers,
    };
    let back_end = codegen::CompileOptions { checked, ..codegen::CompileOptions::default() };
    let compiled = compile(&input, &back_end).map_err(refused)?;

    let limit = match compiled.kernel.max_threads {
        0 => MAX_THREADS,
        bound => bound.min(MAX_THREADS),
    };
    let params = compiled
        .program
        .kernel_params
        .iter()
        .map(|p| ParamInfo {
            size: p.size,
            offset: p.offset,
            is_pointer: Some(p.is_pointer),
            read_only: p.read_only,
        })
        .collect();
    let constant_memory_size =
        compiled.kernel.symbols.iter().filter(|s| s.used).map(|s| s.size).sum::<u64>().min(u32::MAX as u64);
    let metadata = KernelMetadata {
        name: kernel_name.to_string(),
        source: source.to_string(),
        compiled_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs()),
        params: Some(params),
        shared_memory_size: compiled.kernel.static_shared,
        registers: 0,
        local_memory_size: 0,
        constant_memory_size: constant_memory_size as u32,
        max_threads_per_block: limit,
        compile_log: compiled.log,
        compiler: COMPILER.to_string(),
    };
    Ok(GpuKernel {
        name: kernel_name.to_string(),
        binary: Arc::from([]),
        metadata: Arc::new(metadata),
        handle: Arc::new(CpuKernel::new(compiled.kernel, checked)?),
    })
}

/// The kernel's name without template arguments and namespaces: what diagnostics call the text.
fn plain_name(kernel_name: &str) -> &str {
    let name = kernel_name.split('<').next().unwrap_or(kernel_name).trim();
    name.rsplit("::").next().unwrap_or(name)
}
