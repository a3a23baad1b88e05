//! Runs cases on a device of this library: CUDA, or the CPU with its own compiler.

use std::collections::BTreeMap;
use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::kernel::GpuArg;
use vmgpu::manager::{GpuDeviceManager, ManagerOptions};
use vmgpu::types::{CompileOptions, DeviceType, Dim3, LaunchConfig};

use super::case::{Arg, Case, Kernel, Number};
use super::suite::{Runner, Runs};

pub struct OnDevice {
    name: &'static str,
    device: Device,
}

impl OnDevice {
    pub fn open(name: &'static str) -> Option<OnDevice> {
        let wanted = match name {
            "cuda" => DeviceType::Cuda,
            "cpu" => DeviceType::Cpu,
            other => panic!("{other}: not a backend this suite knows"),
        };
        let manager = GpuDeviceManager::new(&ManagerOptions::default());
        let device = manager.devices().iter().find(|d| d.device_type() == wanted)?.clone();
        Some(OnDevice { name, device })
    }

    fn run_case(
        &self,
        kernels: &BTreeMap<&str, vmgpu::kernel::Kernel>,
        case: &Case,
    ) -> Result<Vec<Vec<u8>>, String> {
        let error = |e: vmgpu::error::GpuError| format!("{}: {e}", case.label);
        let mut buffers = Vec::new();
        for buffer in &case.buffers {
            let memory = self.device.create_buffer(buffer.init.len()).map_err(error)?;
            memory.write(0, &buffer.init).map_err(error)?;
            buffers.push(Buffer::Device(Arc::new(memory)));
        }
        for step in &case.launches {
            let kernel = &kernels[step.kernel.as_str()];
            for (symbol, bytes) in &step.symbols {
                kernel.symbol_write(symbol, 0, bytes).map_err(error)?;
            }
            let args: Vec<GpuArg<'_>> = step
                .args
                .iter()
                .map(|arg| match arg {
                    Arg::Buffer(i) => GpuArg::Buffer(&buffers[*i]),
                    Arg::Struct(bytes) => GpuArg::Struct(bytes),
                    Arg::Number(number) => match *number {
                        Number::U8(v) => GpuArg::U8(v),
                        Number::I8(v) => GpuArg::I8(v),
                        Number::U16(v) => GpuArg::U16(v),
                        Number::I16(v) => GpuArg::I16(v),
                        Number::U32(v) => GpuArg::U32(v),
                        Number::I32(v) => GpuArg::I32(v),
                        Number::U64(v) => GpuArg::U64(v),
                        Number::I64(v) => GpuArg::I64(v),
                        Number::F32(v) => GpuArg::F32(v),
                        Number::F64(v) => GpuArg::F64(v),
                        Number::Bool(v) => GpuArg::Bool(v),
                    },
                })
                .collect();
            let dim = |d: [u32; 3]| Dim3::new(d[0], d[1], d[2]);
            let mut config = LaunchConfig::new(dim(step.grid), dim(step.block));
            config.shared_memory_size = step.shared;
            kernel.launch(&config, &args).map_err(error)?;
        }
        self.device.synchronize().map_err(error)?;
        let mut outputs = Vec::new();
        for (buffer, memory) in case.buffers.iter().zip(&buffers) {
            let mut bytes = vec![0; buffer.init.len()];
            memory.read(0, &mut bytes).map_err(error)?;
            outputs.push(bytes);
        }
        Ok(outputs)
    }
}

impl Runner for OnDevice {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, kernel: &Kernel, cases: &[Case]) -> Result<Vec<Runs>, String> {
        let options = CompileOptions {
            options: kernel.options.iter().map(|o| o.to_string()).collect(),
            ..CompileOptions::default()
        };
        let mut kernels = BTreeMap::new();
        for name in cases.iter().flat_map(|c| &c.launches).map(|l| l.kernel.as_str()) {
            if !kernels.contains_key(name) {
                let compiled = self.device.compile(kernel.source, name, &options);
                kernels.insert(name, compiled.map_err(|e| format!("{name}: {e}"))?);
            }
        }
        cases.iter().map(|case| Ok(vec![self.run_case(&kernels, case)?])).collect()
    }
}
