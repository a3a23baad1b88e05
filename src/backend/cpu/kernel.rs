//! `CpuKernel`: machine code of one kernel and the memory of its module's variables.

use crate::backend::GpuBuffer;
use crate::cudac::codegen::{CompiledKernel, FaultKind, KernelFault};
use crate::cudac::thread_ir::GlobalSpace;
use crate::error::{GpuError, GpuResult};

use super::memory;

/// A kernel of the CPU device; code and variables are freed on drop, after the last launch.
pub struct CpuKernel {
    pub code: CompiledKernel,
    /// Memory of each `__device__` and `__constant__` variable by the code's symbol index; None for shared ones.
    variables: Vec<Option<GpuBuffer>>,
    /// The same as addresses, as generated code wants them (null for shared ones).
    pub addresses: Vec<*mut u8>,
    /// Accesses are checked against the live buffers.
    pub checked: bool,
}

// SAFETY: the addresses are memory of this kernel's own; what kernels do with it concurrently is up to their author, as
// on a GPU.
unsafe impl Send for CpuKernel {}
// SAFETY: as above.
unsafe impl Sync for CpuKernel {}

impl CpuKernel {
    /// Allocates and initialises the module's variables.
    pub fn new(code: CompiledKernel, checked: bool) -> GpuResult<Self> {
        let mut kernel = CpuKernel { variables: Vec::new(), addresses: Vec::new(), code, checked };
        for symbol in &kernel.code.symbols {
            let wanted =
                matches!(symbol.space, GlobalSpace::Device | GlobalSpace::Constant) && symbol.size > 0;
            let variable = match wanted {
                true => Some(memory::allocate(symbol.size as usize)?),
                false => None,
            };
            let address = variable.as_ref().map_or(std::ptr::null_mut(), |v| v.device_pointer as *mut u8);
            kernel.addresses.push(address);
            kernel.variables.push(variable);
        }
        for (index, variable) in kernel.variables.iter().enumerate() {
            if variable.is_some() {
                // SAFETY: the variable's memory is as large as the symbol says, and nothing runs yet.
                unsafe { kernel.code.init_symbol(index, &kernel.addresses) };
            }
        }
        Ok(kernel)
    }

    /// Memory of a variable by its name in the text.
    pub fn symbol(&self, name: &str) -> GpuResult<GpuBuffer> {
        let index = self.code.symbols.iter().position(|s| s.name == name);
        match index.and_then(|i| self.variables[i].clone()) {
            Some(memory) => Ok(memory),
            None => Err(GpuError::invalid(
                "symbol_name",
                format!("kernel `{}` uses no __device__ or __constant__ variable `{name}`", self.code.name),
            )),
        }
    }

    /// Module variables as (address, bytes), for checked mode.
    pub fn variable_ranges(&self) -> impl Iterator<Item = (u64, u64)> {
        self.variables.iter().flatten().map(|v| (v.device_pointer, v.size as u64))
    }

    /// What a fault means to the caller. Who set a limit knows how long it was.
    pub fn explain(&self, fault: &KernelFault) -> GpuError {
        let failed = |what: String| {
            let position = match self.code.position(fault.loc) {
                Some((file, line)) => format!(" at {file}({})", line.line),
                None => String::new(),
            };
            let ([bx, by, bz], [tx, ty, tz]) = (fault.block, fault.thread);
            GpuError::KernelExecutionFailed {
                kernel_name: self.code.name.clone(),
                reason: format!("{what}{position}, block ({bx}, {by}, {bz}), thread ({tx}, {ty}, {tz})"),
            }
        };
        match fault.kind {
            FaultKind::Stopped => {
                GpuError::Timeout { what: format!("kernel `{}`", self.code.name), limit_ms: 0 }
            }
            FaultKind::OutOfMemory => GpuError::MemoryAllocationFailed {
                requested_size: fault.info as usize,
                reason: format!("working memory of kernel `{}`", self.code.name),
            },
            FaultKind::Trap => failed("trap".into()),
            FaultKind::Assert => {
                let text = self.code.string(fault.info).unwrap_or_default();
                failed(format!("assertion `{text}` failed"))
            }
            FaultKind::Unreachable => failed("control reached a place that was promised unreachable".into()),
            FaultKind::StackOverflow => failed("stack overflow: the recursion is too deep".into()),
            FaultKind::OutOfBounds => {
                failed(format!("access outside every live buffer, address {:#x},", fault.info))
            }
            FaultKind::Misaligned => failed(format!("misaligned access, address {:#x},", fault.info)),
            FaultKind::ReadOnly => failed(format!("write to read-only memory, address {:#x},", fault.info)),
            FaultKind::Race => {
                failed(format!("race on shared memory with thread {} (linear) of the block", fault.other))
            }
            FaultKind::DivergentBarrier => failed(format!(
                "threads of one block wait at different barriers; thread {} (linear) at another one",
                fault.other
            )),
            FaultKind::None => {
                GpuError::Internal(format!("kernel `{}` ended early without reason", self.code.name))
            }
        }
    }
}

impl Drop for CpuKernel {
    fn drop(&mut self) {
        self.variables.iter().flatten().for_each(memory::free);
    }
}
