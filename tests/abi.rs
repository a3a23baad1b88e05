//! What may never change by accident: status and enumeration values, struct sizes and offsets as the C compiler and as
//! Rust see them, exported symbols, libraries needed, soname, versions, panic strategy.

#![cfg(target_os = "linux")]

mod c_support;

use std::mem::{offset_of, size_of};
use std::process::Command;

use c_support::header::{Header, root};
use c_support::{Compiler, library_dir, library_in, run_ok, scratch};
use vmgpu::capi::*;

/// Every value of every enumeration. A number here is never changed and never given to another name.
const VALUES: &[(&str, u32)] = &[
    ("VMGPU_STATUS_OK", 0),
    ("VMGPU_STATUS_INVALID_ARGUMENT", 1),
    ("VMGPU_STATUS_INVALID_HANDLE", 2),
    ("VMGPU_STATUS_OUT_OF_RANGE", 3),
    ("VMGPU_STATUS_BUFFER_TOO_SMALL", 4),
    ("VMGPU_STATUS_INVALID_STATE", 5),
    ("VMGPU_STATUS_UNSUPPORTED_STRUCT", 6),
    ("VMGPU_STATUS_NO_DEVICE_AVAILABLE", 100),
    ("VMGPU_STATUS_DRIVER_BINDING_FAILED", 101),
    ("VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED", 102),
    ("VMGPU_STATUS_FEATURE_NOT_SUPPORTED", 103),
    ("VMGPU_STATUS_MEMORY_ALLOCATION_FAILED", 104),
    ("VMGPU_STATUS_MEMORY_COPY_FAILED", 105),
    ("VMGPU_STATUS_IO", 106),
    ("VMGPU_STATUS_DEVICE_LOST", 107),
    ("VMGPU_STATUS_DEVICE_BUSY", 108),
    ("VMGPU_STATUS_DATA_LOST", 109),
    ("VMGPU_STATUS_FORKED", 110),
    ("VMGPU_STATUS_KERNEL_COMPILATION_FAILED", 200),
    ("VMGPU_STATUS_KERNEL_LOADING_FAILED", 201),
    ("VMGPU_STATUS_KERNEL_EXECUTION_FAILED", 202),
    ("VMGPU_STATUS_TIMEOUT", 203),
    ("VMGPU_STATUS_FALLBACK_FAILED", 204),
    ("VMGPU_STATUS_INTERNAL", 300),
    ("VMGPU_STATUS_OTHER", 301),
    ("VMGPU_DEVICE_TYPE_CUDA", 1),
    ("VMGPU_DEVICE_TYPE_ROCM", 2),
    ("VMGPU_DEVICE_TYPE_CPU", 3),
    ("VMGPU_DEVICE_TYPE_OTHER", 4),
    ("VMGPU_EXECUTED_BY_NONE", 0),
    ("VMGPU_EXECUTED_BY_GPU", 1),
    ("VMGPU_EXECUTED_BY_CPU_DEVICE", 2),
    ("VMGPU_EXECUTED_BY_CALLBACK", 3),
    ("VMGPU_FALLBACK_REASON_NONE", 0),
    ("VMGPU_FALLBACK_REASON_NO_DEVICE", 1),
    ("VMGPU_FALLBACK_REASON_COMPILE_FAILED", 2),
    ("VMGPU_FALLBACK_REASON_LOAD_FAILED", 3),
    ("VMGPU_FALLBACK_REASON_EXECUTION_FAILED", 4),
    ("VMGPU_FALLBACK_REASON_TIMEOUT", 5),
    ("VMGPU_FALLBACK_REASON_DEVICE_LOST", 6),
    ("VMGPU_FALLBACK_REASON_DEVICE_BUSY", 7),
    ("VMGPU_FALLBACK_REASON_OUT_OF_MEMORY", 8),
    ("VMGPU_FALLBACK_REASON_NOT_SUPPORTED", 9),
    ("VMGPU_LOG_LEVEL_ERROR", 1),
    ("VMGPU_LOG_LEVEL_WARN", 2),
    ("VMGPU_LOG_LEVEL_INFO", 3),
    ("VMGPU_LOG_LEVEL_DEBUG", 4),
    ("VMGPU_LOG_LEVEL_TRACE", 5),
    ("VMGPU_ACCESS_READ", 1),
    ("VMGPU_ACCESS_WRITE", 2),
    ("VMGPU_ACCESS_READ_WRITE", 3),
    ("VMGPU_ARG_KIND_U8", 1),
    ("VMGPU_ARG_KIND_I8", 2),
    ("VMGPU_ARG_KIND_U16", 3),
    ("VMGPU_ARG_KIND_I16", 4),
    ("VMGPU_ARG_KIND_U32", 5),
    ("VMGPU_ARG_KIND_I32", 6),
    ("VMGPU_ARG_KIND_U64", 7),
    ("VMGPU_ARG_KIND_I64", 8),
    ("VMGPU_ARG_KIND_F32", 9),
    ("VMGPU_ARG_KIND_F64", 10),
    ("VMGPU_ARG_KIND_BOOL", 11),
    ("VMGPU_ARG_KIND_BUFFER", 12),
    ("VMGPU_ARG_KIND_BUFFER_CONST", 13),
    ("VMGPU_ARG_KIND_POINTER", 14),
    ("VMGPU_ARG_KIND_STRUCT", 15),
];

/// A struct, its size, and the offset of each field.
struct Layout {
    name: &'static str,
    size: usize,
    fields: &'static [(&'static str, usize)],
}

/// What Rust says of a struct.
macro_rules! rust_layout {
    ($name:ident { $($field:ident),* $(,)? }) => {
        Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: &[$((stringify!($field), offset_of!($name, $field))),*],
        }
    };
}

const RUST: &[Layout] = &[
    rust_layout!(vmgpu_dim3 { x, y, z }),
    rust_layout!(vmgpu_arg { kind, size, value }),
    rust_layout!(vmgpu_manager_options {
        struct_size,
        enable_cuda,
        enable_rocm,
        enable_cpu,
        cuda_path,
        nvrtc_path,
        hip_path,
        hiprtc_path,
    }),
    rust_layout!(vmgpu_device_info {
        struct_size,
        device_type,
        device_id,
        name,
        architecture,
        compute_capability_major,
        compute_capability_minor,
        total_memory_mb,
        free_memory_mb,
        multiprocessor_count,
        clock_rate_khz,
        l2_cache_size,
        supports_unified_memory,
        supports_shared_memory,
        warp_size,
        max_threads_per_block,
        max_block_dim,
        max_grid_dim,
        shared_memory_per_block,
        max_shared_memory_per_block,
        driver_version,
    }),
    rust_layout!(vmgpu_compile_options {
        struct_size,
        options,
        option_count,
        header_names,
        header_texts,
        header_count,
    }),
    rust_layout!(vmgpu_launch_config { struct_size, grid, block, shared_memory_size, stream }),
    rust_layout!(vmgpu_kernel_info {
        struct_size,
        name,
        compiler,
        compiled_at,
        binary_size,
        num_params,
        shared_memory_size,
        registers,
        local_memory_size,
        constant_memory_size,
        max_threads_per_block,
    }),
    rust_layout!(vmgpu_executor_config {
        struct_size,
        enable_kernel_cache,
        enable_performance_monitoring,
        enable_cpu_fallback,
        prefer_cpu_device,
        max_cache_size,
        execution_timeout_ms,
    }),
    rust_layout!(vmgpu_executor_stats {
        struct_size,
        total_executions,
        gpu_success_count,
        gpu_failure_count,
        cpu_fallback_count,
        kernel_compilation_count,
        cache_hits,
        cache_misses,
        total_gpu_time_ns,
        total_cpu_time_ns,
        gpu_success_rate,
        cache_hit_rate,
        fallback_rate,
        avg_gpu_time_us,
    }),
    rust_layout!(vmgpu_execution_request {
        struct_size,
        source,
        kernel_name,
        compile_options,
        grid,
        block,
        shared_memory_size,
        args,
        arg_count,
        fallback,
        fallback_user,
        timeout_ms,
    }),
    rust_layout!(vmgpu_execution_result {
        struct_size,
        success,
        executed_on_gpu,
        executed_by,
        device_type,
        device_id,
        cache_hit,
        execution_time_ns,
        fallback_reason,
        status,
    }),
];

/// Sizes and offsets as released: fields are only appended, so a line here only ever grows at its end.
const RELEASED: &[&str] = &[
    "vmgpu_dim3 12: 0 4 8",
    "vmgpu_arg 16: 0 4 8",
    "vmgpu_manager_options 56: 0 8 12 16 24 32 40 48",
    "vmgpu_device_info 432: 0 8 12 16 272 336 340 344 352 360 364 368 376 380 384 388 392 404 416 420 424",
    "vmgpu_compile_options 48: 0 8 16 24 32 40",
    "vmgpu_launch_config 48: 0 8 20 32 40",
    "vmgpu_kernel_info 368: 0 8 264 328 336 344 348 352 356 360 364",
    "vmgpu_executor_config 40: 0 8 12 16 20 24 32",
    "vmgpu_executor_stats 112: 0 8 16 24 32 40 48 56 64 72 80 88 96 104",
    "vmgpu_execution_request 104: 0 8 16 24 32 44 56 64 72 80 88 96",
    "vmgpu_execution_result 48: 0 8 12 16 20 24 28 32 40 44",
];

#[test]
fn values_are_pinned() {
    let header = Header::read();
    let mut found: Vec<(String, u32)> = header.enumerations.into_iter().flat_map(|e| e.values).collect();
    let mut wanted: Vec<(String, u32)> = VALUES.iter().map(|(n, v)| (n.to_string(), *v)).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn structs_are_the_same_in_c_in_rust_and_as_released() {
    let dir = scratch("abi_layout");
    let mut text = String::from("#include <stdio.h>\n#include \"vmgpu.h\"\nint main(void) {\n");
    let mut rust = Vec::new();
    for layout in RUST {
        let name = layout.name;
        text += &format!("    printf(\"{name} %zu:\", sizeof({name}));\n");
        let mut line = format!("{name} {}:", layout.size);
        for (field, offset) in layout.fields {
            text += &format!("    printf(\" %zu\", offsetof({name}, {field}));\n");
            line += &format!(" {offset}");
        }
        text += "    printf(\"\\n\");\n";
        rust.push(line);
    }
    text += "    return 0;\n}\n";
    for (extension, standard) in [("c", "c99"), ("cpp", "c++11")] {
        let (source, program) =
            (dir.join(format!("layout.{extension}")), dir.join(format!("layout_{extension}")));
        std::fs::write(&source, &text).expect("scratch file");
        Compiler::new(extension, standard).build_unlinked(&source, &program);
        let printed = run_ok(&mut Command::new(&program));
        assert_eq!(printed.lines().collect::<Vec<_>>(), rust);
    }
    assert_eq!(rust, RELEASED);
}

#[test]
fn every_struct_of_the_header_is_pinned() {
    let text = std::fs::read_to_string(root().join("include/vmgpu.h")).expect("include/vmgpu.h");
    let defined: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(" {")).collect();
    assert_eq!(defined.len(), RUST.len(), "{defined:?}");
    for name in defined {
        assert!(RUST.iter().any(|layout| layout.name == name), "{name} is not pinned");
    }
}

#[test]
fn exactly_the_functions_of_the_header_are_exported() {
    let text = run_ok(Command::new("nm").args(["-D", "--defined-only"]).arg(library_in(&library_dir())));
    let mut exported: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let header = Header::read();
    let mut declared: Vec<&str> = header.functions.iter().map(|f| f.name.as_str()).collect();
    exported.sort();
    declared.sort();
    assert_eq!(exported, declared);
}

#[test]
fn the_library_needs_only_the_c_library_and_friends() {
    let text = run_ok(Command::new("readelf").arg("-d").arg(library_in(&library_dir())));
    let value = |line: &str| line.split(['[', ']']).nth(1).unwrap_or_default().to_string();
    let needed: Vec<String> = text.lines().filter(|l| l.contains("(NEEDED)")).map(value).collect();
    assert!(!needed.is_empty(), "{text}");
    for name in &needed {
        let allowed = ["libc.so", "libm.so", "libdl.so", "libpthread.so", "libgcc_s.so", "ld-linux"];
        assert!(allowed.iter().any(|a| name.starts_with(a)), "needs {name}");
    }
    let soname: Vec<String> = text.lines().filter(|l| l.contains("(SONAME)")).map(value).collect();
    assert_eq!(soname, ["libvmgpu.so.0"]);
}

#[test]
fn versions_agree() {
    let part = |text: &str| text.parse::<u32>().expect("a number");
    let (major, minor, patch) = (
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    );
    assert_eq!(vmgpu_version(), major << 16 | minor << 8 | patch);
    let header = std::fs::read_to_string(root().join("include/vmgpu.h")).expect("include/vmgpu.h");
    for (name, number) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch)] {
        let line = format!("#define VMGPU_VERSION_{name} {number}\n");
        assert!(header.contains(&line), "vmgpu.h does not say {line:?}");
    }
    // The macro computed from the parts, by the C compiler itself.
    let dir = scratch("abi_version");
    let (source, program) = (dir.join("version.c"), dir.join("version"));
    let text = "#include <stdio.h>\n#include \"vmgpu.h\"\nint main(void) { printf(\"%d\\n\", VMGPU_VERSION); return 0; }\n";
    std::fs::write(&source, text).expect("scratch file");
    Compiler::new("c", "c99").build_unlinked(&source, &program);
    assert_eq!(run_ok(&mut Command::new(&program)), format!("{}\n", vmgpu_version()));
}

/// A panic must be caught at the boundary, so no profile may turn it into an abort.
#[test]
fn no_profile_aborts_on_panic() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    for line in manifest.lines().map(|line| line.split('#').next().unwrap_or_default()) {
        let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(!compact.starts_with("panic="), "{line}");
    }
}

/// A panic must not leave a function of the C interface. `guard` and its kin catch it (src/panic.rs); the functions without
/// one only put their arguments together or answer a constant.
#[test]
fn every_c_function_that_does_anything_contains_panics() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi");
    let (mut guarded, mut plain) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for item in text.split("#[unsafe(no_mangle)]").skip(1) {
            let name = item.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap();
            let body = item.split("\n}\n").next().unwrap();
            match ["guard(", "guard_or(", "guard_quietly(", "contain("]
                .iter()
                .any(|frame| body.contains(frame))
            {
                true => guarded += 1,
                false => plain.push(name.to_string()),
            }
        }
    }
    assert_eq!(
        guarded + plain.len(),
        Header::read().functions.len(),
        "every function of the header was looked at"
    );
    plain.retain(|name| !name.starts_with("vmgpu_arg_"));
    plain.sort();
    assert_eq!(plain, ["vmgpu_status_name", "vmgpu_version"]);
}
