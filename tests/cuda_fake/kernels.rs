//! Compiling, loading and launching: names, logs, parameters, arguments, shared memory, variables, binaries.

use std::ffi::{c_uint, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vmgpu::backend::{ArgValue, GpuKernel, cuda};
use vmgpu::buffer::Buffer;
use vmgpu::device::Device;
use vmgpu::error::{GpuError, Status};
use vmgpu::kernel::GpuArg;
use vmgpu::types::{CompileOptions, LaunchConfig};

use crate::child::in_child;
use crate::fakes::{FakeLaunch, fakes, fakes_without};
use crate::{ADD_ONE, EMPTY, VADD, compile, devices, floats, int, on_device, one, pointer, read};

#[test]
fn vector_addition() {
    on_device("kernels::vector_addition", &[], |_, device| {
        let n = 1000usize;
        let a: Vec<f32> = (0..n).map(|i| i as f32 * 0.5 + 1.0).collect();
        let b: Vec<f32> = (0..n).map(|i| 1000.0 - i as f32 * 0.25).collect();
        let buffers: Vec<_> = (0..3).map(|_| device.allocate_memory(n * 4).unwrap()).collect();
        device.copy_h2d(&floats(&a), &buffers[0], 0).unwrap();
        device.copy_h2d(&floats(&b), &buffers[1], 0).unwrap();
        let kernel = compile(device, VADD, "vadd");
        let args = [pointer(&buffers[0]), pointer(&buffers[1]), pointer(&buffers[2]), int(n as i32)];
        device.execute_kernel(&kernel, &LaunchConfig::new(4, 256), &args).unwrap();
        let sum: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        assert_eq!(read(device, &buffers[2]), floats(&sum));
    });
}

#[test]
fn kernels_tell_their_facts() {
    on_device("kernels::kernels_tell_their_facts", &[], |_, device| {
        let source = "struct S { double d[3]; };\n\
                      __global__ void k(const float *p, int n, char c, double d, S /*size=24*/ s, short h) {}";
        let kernel = compile(device, source, "k");
        assert_eq!(kernel.name, "k");
        assert_eq!(&kernel.binary[..4], b"\x7fELF");
        let metadata = &kernel.metadata;
        assert_eq!(metadata.name, "k");
        assert_eq!(metadata.source, source);
        assert_eq!(metadata.compiler, "NVRTC 13.0");
        assert!(metadata.compiled_at > 1_600_000_000);
        let params = metadata.params.as_ref().unwrap();
        let facts: Vec<(u32, u32)> = params.iter().map(|p| (p.size, p.offset)).collect();
        assert_eq!(facts, [(8, 0), (4, 8), (1, 12), (8, 16), (24, 24), (2, 48)]);
        // 8 bytes may be a pointer or a number; anything else is none.
        assert_eq!(params[0].is_pointer, None);
        assert_eq!(params[1].is_pointer, Some(false));
        assert_eq!(params[4].is_pointer, Some(false));
        assert_eq!((metadata.registers, metadata.local_memory_size), (26, 16));
        assert_eq!((metadata.constant_memory_size, metadata.max_threads_per_block), (64, 1024));
        assert_eq!(metadata.compile_log, "");
    });
}

#[test]
fn names_with_and_without_extern_c_and_expressions() {
    on_device("kernels::names_with_and_without_extern_c_and_expressions", &[], |_, device| {
        let buffer = device.allocate_memory(40).unwrap();
        device.fill(&buffer, 0, 0, 40).unwrap();
        let template = "template <typename T, int N> __global__ void add_one(T *p, int n) {}";
        for (source, name) in [
            (ADD_ONE, "add_one"),
            (template, "add_one<int, 4>"),
            ("namespace a { extern \"C\" __global__ void add_one(int *p, int n) {} }", "a::add_one"),
        ] {
            let kernel = compile(device, source, name);
            device.execute_kernel(&kernel, &LaunchConfig::new(1, 32), &[pointer(&buffer), int(10)]).unwrap();
        }
        assert_eq!(read(device, &buffer), [3u8, 0, 0, 0].repeat(10));
    });
}

#[test]
fn compile_errors_carry_the_log() {
    on_device("kernels::compile_errors_carry_the_log", &[], |_, device| {
        let source = "__global__ void k() {}\n#error first trouble\n#error second trouble\n";
        match device.compile_kernel(source, "k", &CompileOptions::default()) {
            Err(GpuError::KernelCompilationFailed { kernel_name, r#source: text, reason }) => {
                assert_eq!((kernel_name.as_str(), text.as_str()), ("k", source));
                assert!(reason.contains("k.cu(2): error: #error first trouble\n"), "{reason}");
                assert!(reason.contains("k.cu(3): error: #error second trouble\n"), "{reason}");
            }
            other => panic!("{:?}", other.err()),
        }
        let warned = compile(device, "__global__ void k() {}\n#warning look out\n", "k");
        assert_eq!(warned.metadata.compile_log, "k.cu(2): warning: #warning look out");
        let missing = device.compile_kernel(EMPTY, "other", &CompileOptions::default()).err().unwrap();
        assert!(missing.to_string().contains("does not define a kernel `other`"), "{missing}");
        let options = CompileOptions { options: vec!["--no-such-thing".into()], headers: vec![] };
        let refused = device.compile_kernel(EMPTY, "empty", &options).err().unwrap();
        assert!(refused.to_string().contains("unrecognized option"), "{refused}");
        assert_eq!(refused.status(), Status::KernelCompilationFailed);
    });
}

#[test]
fn an_internal_error_without_log_names_the_call() {
    let name = "kernels::an_internal_error_without_log_names_the_call";
    on_device(name, &[("FAKE_NVRTC_ERROR", "11")], |_, device| {
        let error = device.compile_kernel(EMPTY, "empty", &CompileOptions::default()).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("nvrtcCompileProgram failed: NVRTC_ERROR_INTERNAL_ERROR (11)"), "{text}");
    });
}

#[test]
fn identities_tell_compilers_and_targets_apart() {
    on_device("kernels::identities_tell_compilers_and_targets_apart", &[], |_, device| {
        let identity = device.compiler_identity().unwrap();
        for part in ["NVRTC 13.0", "sm_90", "Machine(90)", "13000"] {
            assert!(identity.contains(part), "{identity}");
        }
        assert_eq!(identity, device.compiler_identity().unwrap());
    });
}

#[test]
fn an_architecture_unknown_to_nvrtc_gets_ptx() {
    let name = "kernels::an_architecture_unknown_to_nvrtc_gets_ptx";
    on_device(name, &[("FAKE_NVRTC_ARCHS", "75,80,86,120")], |fakes, device| {
        assert!(device.compiler_identity().unwrap().contains("Ptx(86)"));
        let kernel = compile(device, VADD, "vadd");
        let text = std::str::from_utf8(&kernel.binary).unwrap();
        assert!(text.contains(".target sm_86"), "{text}");
        assert_eq!(kernel.metadata.num_params(), Some(4));
        // A driver that is older than the PTX says so, and what to do.
        fakes.control("PTX_VERSION", 79);
        match device.compile_kernel(EMPTY, "empty", &CompileOptions::default()) {
            Err(GpuError::KernelLoadingFailed { reason, .. }) => {
                assert!(reason.contains("CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)"), "{reason}");
                assert!(reason.contains("Unsupported .version 8.0"), "{reason}");
                assert!(reason.contains("newer PTX than this driver"), "{reason}");
            }
            other => panic!("{:?}", other.err()),
        }
    });
}

#[test]
fn a_device_too_old_for_nvrtc_is_not_supported() {
    let name = "kernels::a_device_too_old_for_nvrtc_is_not_supported";
    on_device(name, &[("FAKE_CUDA_CC", "52")], |_, device| {
        let error = device.compile_kernel(EMPTY, "empty", &CompileOptions::default()).err().unwrap();
        assert_eq!(error.status(), Status::FeatureNotSupported);
        assert!(error.to_string().contains("sm_52") && error.to_string().contains("NVRTC 13.0"), "{error}");
    });
}

/// A fat binary of parts (kind, architecture, flags, content): 1 is PTX, 2 a cubin.
fn fat(parts: &[(u16, u32, u64, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, arch, flags, content) in parts {
        body.extend(kind.to_le_bytes());
        body.extend([1, 1, 72, 0, 0, 0]);
        body.extend((content.len() as u64).to_le_bytes());
        body.extend([0; 12]);
        body.extend(arch.to_le_bytes());
        body.extend([0; 8]);
        body.extend(flags.to_le_bytes());
        body.extend([0; 24]);
        body.extend_from_slice(content);
    }
    let mut bytes = vec![0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0];
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// With a driver that does not tell parameters.
#[test]
fn fat_binaries_tell_names_and_parameters() {
    in_child("kernels::fat_binaries_tell_names_and_parameters", &[], || {
        let fakes = fakes_without(&["cuFuncGetParamInfo"]);
        let device = &devices(&fakes)[0];
        let ptx = b".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry _Z7add_onePii(\n\
                    .param .u64 .ptr .align 4 p0,\n.param .u32 p1\n)\n{\nret;\n}\n// fake-base add_one\n\0";
        let sizes = |kernel: &GpuKernel| {
            let params = kernel.metadata.params.as_ref()?;
            Some(params.iter().map(|param| (param.size, param.offset)).collect::<Vec<_>>())
        };
        let readable = fat(&[(2, 80, 0, b"\x7fELF of another device"), (1, 80, 0, ptx)]);
        // The plain name finds the mangled kernel.
        let kernel = device.load_kernel(&readable, "add_one").unwrap();
        assert_eq!(sizes(&kernel), Some(vec![(8, 0), (4, 8)]));
        let buffer = device.allocate_memory(4).unwrap();
        device.fill(&buffer, 0, 0, 4).unwrap();
        device.execute_kernel(&kernel, &one(), &[pointer(&buffer), int(1)]).unwrap();
        assert_eq!(read(device, &buffer), [1, 0, 0, 0]);
        let absent = device.load_kernel(&readable, "sub_one").err().unwrap();
        assert!(absent.to_string().contains("the binary has _Z7add_onePii"), "{absent}");
        // The fake does not unpack; it only matters that nothing is read out of what is marked as compressed and is not.
        let packed = fat(&[(1, 80, 0x2000, ptx)]);
        assert_eq!(sizes(&device.load_kernel(&packed, "_Z7add_onePii").unwrap()), None);
    });
}

#[test]
fn binaries_are_loaded_and_bad_ones_refused() {
    on_device("kernels::binaries_are_loaded_and_bad_ones_refused", &[], |fakes, device| {
        let buffer = device.allocate_memory(4).unwrap();
        device.fill(&buffer, 0, 0, 4).unwrap();
        let cubin = compile(device, ADD_ONE, "add_one").binary;
        // The plain name finds the mangled kernel.
        let kernel = device.load_kernel(&cubin, "add_one").unwrap();
        assert_eq!(kernel.metadata.compiler, "binary");
        assert_eq!(kernel.metadata.num_params(), Some(2));
        assert_eq!(kernel.binary, cubin);
        device.execute_kernel(&kernel, &one(), &[pointer(&buffer), int(1)]).unwrap();
        let ptx = b".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry add_one(\n\
                    .param .u64 .ptr .align 4 add_one_param_0,\n.param .u32 add_one_param_1\n)\n{\nret;\n}\n";
        let kernel = device.load_kernel(ptx, "add_one").unwrap();
        assert_eq!(kernel.metadata.params.as_ref().unwrap()[0].is_pointer, Some(true));
        device.execute_kernel(&kernel, &one(), &[pointer(&buffer), int(1)]).unwrap();
        assert_eq!(read(device, &buffer), [2, 0, 0, 0]);

        let refused = |bytes: &[u8], name: &str| match device.load_kernel(bytes, name) {
            Err(GpuError::KernelLoadingFailed { reason, .. }) => reason,
            other => panic!("{:?}", other.err()),
        };
        assert!(refused(b"nonsense", "k").contains("neither PTX, nor a cubin"));
        assert!(refused(&cubin[..40], "add_one").contains("cut off"));
        assert!(refused(ptx, "other").contains("the binary has add_one"));
        let broken = refused(b".version 8.0\n.entry k()\n{}\n", "k");
        assert!(broken.contains("CUDA_ERROR_INVALID_PTX") && broken.contains("ptxas fatal"), "{broken}");
        fakes.control("CC", 80);
        let foreign = refused(&cubin, "add_one");
        assert!(foreign.contains("CUDA_ERROR_NO_BINARY_FOR_GPU") && foreign.contains("sm_90"), "{foreign}");
        fakes.control("LOAD_ERROR", 2);
        assert_eq!(
            device.load_kernel(ptx, "add_one").err().unwrap().status(),
            Status::MemoryAllocationFailed
        );
    });
}

#[test]
fn module_variables_are_found_by_their_names() {
    on_device("kernels::module_variables_are_found_by_their_names", &[], |_, device| {
        let source = "__constant__ float table[5];\n__device__ double total = 0;\n__global__ void empty() {}";
        let kernel = compile(device, source, "empty");
        let table = device.kernel_symbol(&kernel, "table").unwrap();
        assert_eq!(table.size, 20);
        device.copy_h2d(&floats(&[1.0, 2.0, 3.0]), &table, 8).unwrap();
        assert_eq!(read(device, &table), floats(&[0.0, 0.0, 1.0, 2.0, 3.0]));
        assert_eq!(device.kernel_symbol(&kernel, "total").unwrap().size, 8);
        let error = device.kernel_symbol(&kernel, "nothing").unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.to_string().contains("`nothing`"), "{error}");
        let ptx = b".version 8.0\n.target sm_80\n.global .align 4 .b8 _ZN2ns1vE[12];\n.visible .entry empty()\n{}\n";
        let kernel = device.load_kernel(ptx, "empty");
        // The fake wants variables at the start of a line, as compilers write them.
        let kernel = kernel.unwrap();
        assert_eq!(device.kernel_symbol(&kernel, "ns::v").unwrap().size, 12);
        assert_eq!(device.kernel_symbol(&kernel, "v").unwrap().size, 12);
    });
}

static SEEN: [AtomicU64; 128] = [const { AtomicU64::new(0) }; 128];
static SHARED: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn collect(launch: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    // SAFETY: the fake passes a live launch and one pointer per parameter of 4 bytes.
    unsafe {
        let launch = &*launch;
        SHARED.store(launch.shared as u64, Ordering::Relaxed);
        for (index, seen) in SEEN.iter().enumerate().take(launch.block[0] as usize) {
            let value = (*args.add(index)).cast::<u32>().read();
            seen.store(value as u64, Ordering::Relaxed);
        }
    }
    0
}

#[test]
fn any_number_of_arguments() {
    on_device("kernels::any_number_of_arguments", &[], |fakes, device| {
        fakes.register("collect", collect);
        for count in [1usize, 63, 64, 65, 100] {
            let params = vec!["int x"; count].join(", ");
            let kernel = compile(device, &format!("__global__ void collect({params}) {{}}"), "collect");
            assert_eq!(kernel.metadata.num_params(), Some(count as u32));
            let args: Vec<ArgValue<'_>> = (0..count).map(|i| int(i as i32 * 7 + 1)).collect();
            device.execute_kernel(&kernel, &LaunchConfig::new(1, count as u32), &args).unwrap();
            device.synchronize().unwrap();
            for (index, seen) in SEEN.iter().enumerate().take(count) {
                assert_eq!(seen.load(Ordering::Relaxed), index as u64 * 7 + 1);
            }
        }
    });
}

unsafe extern "C" fn take_struct(_launch: *const FakeLaunch, args: *mut *mut c_void) -> c_uint {
    // SAFETY: the fake passes a pointer to the 24 bytes of the struct and one to the byte behind it.
    unsafe {
        let bytes = (*args).cast::<[u64; 3]>().read_unaligned();
        SEEN[0].store(bytes[0] ^ bytes[1] ^ bytes[2], Ordering::Relaxed);
        SEEN[1].store((*args.add(1)).cast::<u8>().read() as u64, Ordering::Relaxed);
    }
    0
}

#[test]
fn structs_and_small_values_arrive_whole() {
    on_device("kernels::structs_and_small_values_arrive_whole", &[], |fakes, device| {
        fakes.register("take_struct", take_struct);
        let kernel =
            compile(device, "__global__ void take_struct(S /*size=24*/ s, bool b) {}", "take_struct");
        let words = [0x0123_4567_89AB_CDEFu64, 0x1111_2222_3333_4444, 0xF0F0_F0F0_0F0F_0F0F];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let args = [ArgValue::Bytes(&bytes), ArgValue::Scalar { bits: 0xAB, size: 1 }];
        device.execute_kernel(&kernel, &one(), &args).unwrap();
        drop(bytes);
        device.synchronize().unwrap();
        assert_eq!(SEEN[0].load(Ordering::Relaxed), words[0] ^ words[1] ^ words[2]);
        assert_eq!(SEEN[1].load(Ordering::Relaxed), 0xAB);
    });
}

#[test]
fn large_shared_memory_is_allowed_once() {
    on_device("kernels::large_shared_memory_is_allowed_once", &[], |fakes, device| {
        fakes.register("collect", collect);
        let kernel = compile(device, "__global__ void collect(int x) {}", "collect");
        let launch = |size: u32| {
            let config = LaunchConfig { shared_memory_size: size, ..one() };
            device.execute_kernel(&kernel, &config, &[int(1)])
        };
        launch(48 << 10).unwrap();
        assert_eq!(fakes.counter("set_attribute"), 0);
        for _ in 0..3 {
            launch(100 << 10).unwrap();
        }
        launch(64 << 10).unwrap();
        launch(200 << 10).unwrap();
        device.synchronize().unwrap();
        assert_eq!(fakes.counter("set_attribute"), 2);
        assert_eq!(SHARED.load(Ordering::Relaxed), 200 << 10);
        let error = launch(250 << 10).unwrap_err();
        assert_eq!(error.status(), Status::KernelExecutionFailed);
        assert!(error.to_string().contains("cuFuncSetAttribute"), "{error}");
    });
}

#[test]
fn a_refused_launch_leaves_the_device_usable() {
    on_device("kernels::a_refused_launch_leaves_the_device_usable", &[], |fakes, device| {
        let kernel = compile(device, EMPTY, "empty");
        fakes.control("LAUNCH_ERROR", 701);
        let error = device.execute_kernel(&kernel, &one(), &[]).unwrap_err();
        assert_eq!(error.status(), Status::KernelExecutionFailed);
        assert!(error.to_string().contains("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701)"), "{error}");
        fakes.control("LAUNCH_ERROR", 0);
        device.execute_kernel(&kernel, &one(), &[]).unwrap();
        device.synchronize().unwrap();
        assert!(device.is_available());
    });
}

#[test]
fn kernels_belong_to_their_device() {
    in_child("kernels::kernels_belong_to_their_device", &[("FAKE_CUDA_DEVICES", "2")], || {
        let devices = devices(&fakes());
        let kernel = compile(&devices[0], EMPTY, "empty");
        let error = devices[1].execute_kernel(&kernel, &one(), &[]).unwrap_err();
        assert_eq!(error.status(), Status::Internal);
        let foreign = vmgpu::backend::GpuKernel { handle: Arc::new(5u8), ..kernel };
        assert_eq!(devices[0].execute_kernel(&foreign, &one(), &[]).unwrap_err().status(), Status::Internal);
    });
}

#[test]
fn unused_modules_are_unloaded_after_their_last_launch() {
    on_device("kernels::unused_modules_are_unloaded_after_their_last_launch", &[], |fakes, device| {
        for _ in 0..5 {
            let kernel = compile(device, EMPTY, "empty");
            let clone = kernel.clone();
            drop(kernel);
            device.execute_kernel(&clone, &one(), &[]).unwrap();
        }
        device.synchronize().unwrap();
        assert_eq!((fakes.counter("modules"), fakes.counter("modules_unloaded")), (5, 5));
        // A failed load leaves nothing behind either.
        let ptx = b".version 8.0\n.target sm_80\n.visible .entry a()\n{}\n";
        assert!(device.load_kernel(ptx, "b").is_err());
        device.synchronize().unwrap();
        assert_eq!((fakes.counter("modules"), fakes.counter("modules_unloaded")), (6, 6));
    });
}

#[test]
fn several_threads_compile_and_launch() {
    on_device("kernels::several_threads_compile_and_launch", &[], |fakes, device| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let buffer = device.allocate_memory(400).unwrap();
                    device.fill(&buffer, 0, 0, 400).unwrap();
                    let kernel = compile(device, ADD_ONE, "add_one");
                    let args = [pointer(&buffer), int(100)];
                    for round in 0..100 {
                        if round % 3 == 0 {
                            let ticket = device
                                .execute_and_mark(&kernel, &LaunchConfig::new(1, 128), &args, None)
                                .unwrap();
                            assert!(device.wait_ticket(ticket, None).unwrap());
                        } else {
                            device.execute_kernel(&kernel, &LaunchConfig::new(1, 128), &args).unwrap();
                        }
                    }
                    assert_eq!(read(device, &buffer), [100u8, 0, 0, 0].repeat(100));
                    device.free_memory(&buffer);
                });
            }
        });
        assert_eq!(fakes.counter("launches"), 800);
        assert_eq!(fakes.compilations(), 8);
        let probe = cuda::probe(&fakes.options());
        assert!(probe.devices[0].is_available());
    });
}

/// A bare cubin and a driver that does not tell parameters: the binary's own metadata does, if it has any.
#[test]
fn a_bare_cubin_tells_its_parameters_where_the_driver_does_not() {
    in_child("kernels::a_bare_cubin_tells_its_parameters_where_the_driver_does_not", &[], || {
        let fakes = fakes_without(&["cuFuncGetParamInfo"]);
        let device = Device::new(devices(&fakes).remove(0));
        let made = device.compile(ADD_ONE, "add_one", &CompileOptions::default()).unwrap();
        assert_eq!(made.metadata().num_params(), Some(2), "from the PTX");
        let silent = device.load(made.binary(), "add_one").unwrap();
        assert_eq!(silent.metadata().num_params(), None, "not known");

        // (int *, int), as compilers write it.
        let entry = "_Z7add_onev";
        let mut info = Vec::new();
        for (number, offset, size) in [(1u16, 8u16, 4u32), (0, 0, 8)] {
            info.extend([4, 0x17, 12, 0, 0, 0, 0, 0]);
            info.extend(number.to_le_bytes().iter().chain(&offset.to_le_bytes()));
            info.extend((size << 18 | 0x1f000).to_le_bytes());
        }
        info.extend([3, 0x19, 12, 0]);
        let mut binary = made.binary().to_vec();
        let names = format!("\0.nv.info.{entry}\0");
        let (names_at, info_at) = (binary.len(), binary.len() + names.len());
        binary.extend(names.as_bytes());
        binary.extend(&info);
        let table = binary.len() as u64;
        for (name, start, size) in [(0u32, names_at, names.len()), (1, info_at, info.len())] {
            let mut header = [0u8; 64];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[4] = 1;
            header[24..32].copy_from_slice(&(start as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(size as u64).to_le_bytes());
            binary.extend(header);
        }
        binary[40..48].copy_from_slice(&table.to_le_bytes());
        (binary[58], binary[60], binary[62]) = (64, 2, 0);

        let kernel = device.load(&binary, "add_one").unwrap();
        assert_eq!(kernel.metadata().num_params(), Some(2));
        let buffer = Buffer::Device(Arc::new(device.create_buffer(4).unwrap()));
        buffer.fill(0, 0, 4).unwrap();
        let refused = |args: &[GpuArg<'_>]| {
            let error = kernel.launch(&one(), args).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument, "{error}");
        };
        refused(&[GpuArg::Buffer(&buffer)]);
        refused(&[GpuArg::Buffer(&buffer), GpuArg::I32(1), GpuArg::I32(1)]);
        refused(&[GpuArg::Buffer(&buffer), GpuArg::I64(1)]);
        refused(&[GpuArg::I32(1), GpuArg::Buffer(&buffer)]);
        kernel.launch(&one(), &[GpuArg::Buffer(&buffer), GpuArg::I32(1)]).unwrap();
        let mut value = [0; 4];
        buffer.read(0, &mut value).unwrap();
        assert_eq!(value, [1, 0, 0, 0]);
    });
}
