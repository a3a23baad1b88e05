//! The compile layer against real NVRTC libraries, without a GPU. The libraries come from the Python wheels
//! nvidia-cuda-nvrtc (13) and nvidia-cuda-nvrtc-cu12, found through VMGPU_TEST_NVRTC13 / VMGPU_TEST_NVRTC12 (folders)
//! or in `.venv`. Absent ones are skipped with a printed count; VMGPU_REQUIRE_NVRTC=1 makes that a failure.

#![cfg(all(feature = "cuda", unix))]

#[path = "support/child.rs"]
mod child;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vmgpu::backend::cuda::binary;
use vmgpu::backend::cuda::compile::{BinaryKind, NvrtcCompiler, Target};
use vmgpu::backend::cuda::cubin;
use vmgpu::backend::cuda::toolchain::Toolchain;
use vmgpu::error::GpuError;
use vmgpu::types::CompileOptions;

const VADD: &str = "
extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
}
";

fn folder(major: i32) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(format!("VMGPU_TEST_NVRTC{major}")) {
        return Some(PathBuf::from(path));
    }
    let place = if major == 13 { "nvidia/cu13/lib" } else { "nvidia/cuda_nvrtc/lib" };
    let libraries = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/lib");
    std::fs::read_dir(libraries)
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("site-packages").join(place))
        .find(|path| path.join(format!("libnvrtc.so.{major}")).exists())
}

/// The library file of each version that is there.
fn libraries() -> Vec<(i32, PathBuf)> {
    let found: Vec<(i32, PathBuf)> = [13, 12]
        .into_iter()
        .filter_map(|major| Some((major, folder(major)?.join(format!("libnvrtc.so.{major}")))))
        .collect();
    let missing = 2 - found.len();
    if missing > 0 {
        assert!(
            std::env::var("VMGPU_REQUIRE_NVRTC").as_deref() != Ok("1"),
            "VMGPU_REQUIRE_NVRTC=1, but {missing} of 2 NVRTC versions are missing"
        );
        eprintln!("skipped: {missing} of 2 NVRTC versions are not installed");
    }
    found
}

fn compilers() -> Vec<(i32, Arc<NvrtcCompiler>)> {
    libraries()
        .into_iter()
        .map(|(major, path)| (major, NvrtcCompiler::open(&[path]).expect("opening NVRTC")))
        .collect()
}

fn options(list: &[&str]) -> CompileOptions {
    CompileOptions { options: list.iter().map(|option| option.to_string()).collect(), headers: vec![] }
}

/// The log of a compilation that must fail.
fn failure(compiler: &NvrtcCompiler, source: &str, name: &str, options: &CompileOptions) -> String {
    match compiler.compile(source, name, options, Target::Machine(90)) {
        Err(GpuError::KernelCompilationFailed { kernel_name, r#source: text, reason }) => {
            assert_eq!(kernel_name, name);
            assert_eq!(text, source);
            reason
        }
        other => panic!("expected a compile error, got {other:?}"),
    }
}

#[test]
fn opens_and_tells_version_and_architectures() {
    for (major, compiler) in compilers() {
        assert_eq!(compiler.version.0, major);
        assert_eq!(compiler.name(), format!("NVRTC {}.{}", major, compiler.version.1));
        assert!(compiler.identity().contains("bytes"), "{}", compiler.identity());
        assert!(compiler.architectures.is_sorted());
        assert!(compiler.architectures.contains(&90));
        // Volta needs NVRTC 12.
        assert_eq!(compiler.architectures.contains(&70), major == 12);
        assert_eq!(compiler.missing_builtins(), None);
    }
}

#[test]
fn chooses_machine_code_or_the_newest_older_ptx() {
    for (major, compiler) in compilers() {
        assert_eq!(compiler.target_for(90), Some(Target::Machine(90)));
        let newest = *compiler.architectures.last().unwrap();
        assert_eq!(compiler.target_for(newest + 7), Some(Target::Ptx(newest)));
        assert_eq!(compiler.target_for(91), Some(Target::Ptx(90)));
        let volta = if major == 12 { Some(Target::Machine(70)) } else { None };
        assert_eq!(compiler.target_for(70), volta);
    }
}

#[test]
fn makes_cubins_for_the_exact_architecture() {
    for (_, compiler) in compilers() {
        for arch in [75, 80, 90, 120] {
            let compiled =
                compiler.compile(VADD, "vadd", &options(&[]), Target::Machine(arch)).expect("compiling");
            assert_eq!(compiled.kind, BinaryKind::Cubin);
            assert_eq!(&compiled.binary[..4], b"\x7fELF");
            // EM_CUDA
            assert_eq!(u16::from_le_bytes([compiled.binary[18], compiled.binary[19]]), 190);
            assert!(compiled.ptx.contains(&format!(".target sm_{arch}")), "{}", compiled.ptx);
            assert!(compiled.ptx.contains(".entry vadd("));
            assert_eq!(compiled.lowered_name, "vadd");
            assert_eq!(compiled.log, "");
        }
    }
}

#[test]
fn makes_ptx_for_older_architectures() {
    for (_, compiler) in compilers() {
        let compiled = compiler.compile(VADD, "vadd", &options(&[]), Target::Ptx(80)).expect("compiling");
        assert_eq!(compiled.kind, BinaryKind::Ptx);
        assert_eq!(compiled.binary, compiled.ptx.as_bytes());
        assert!(compiled.ptx.contains(".target sm_80"));
        assert!(!compiled.binary.contains(&0));
    }
}

/// As on the CPU device (tests/cudac/s3_kernel_in_namespace.cu).
#[test]
fn extern_c_kernels_are_found_in_any_namespace() {
    let source = "
        namespace outer {
            namespace inner {
                extern \"C\" __global__ void plain(int *p) { *p = 7; }
                extern \"C\" __device__ int helper(int x) { return x + 1; }
                __global__ void mangled(int *p) { *p = helper(*p); }
            }
            extern \"C\" { __global__ void listed(int *p, float f) { *p = (int)f; } }
        }";
    for (major, compiler) in compilers() {
        for target in [Target::Machine(90), Target::Ptx(80)] {
            for name in ["plain", "listed", "outer::inner::plain"] {
                let compiled = compiler
                    .compile(source, name, &options(&[]), target)
                    .unwrap_or_else(|error| panic!("NVRTC {major}, {name}: {error}"));
                let entry = name.rsplit("::").next().unwrap();
                assert_eq!(compiled.lowered_name, entry);
                assert!(compiled.ptx.contains(&format!(".entry {entry}(")), "{}", compiled.ptx);
            }
        }
        for name in ["mangled", "helper", "absent", "plai"] {
            let reason = failure(&compiler, source, name, &options(&[]));
            assert!(reason.contains(&format!("the source does not define a kernel `{name}`")), "{reason}");
        }
        // What is wrong with the text is told as before.
        let reason = failure(&compiler, &source.replace("x + 1", "y + 1"), "plain", &options(&[]));
        assert!(reason.contains("\"y\" is undefined"), "{reason}");
    }
}

#[test]
fn names_plain_mangled_and_expressions() {
    let source = "
        __global__ void scale(float *p, float f) { p[threadIdx.x] *= f; }
        namespace deep { namespace er { __global__ void zero(int *p) { *p = 0; } } }
        template <typename T, int N> __global__ void add(T *p) { p[threadIdx.x] += N; }
    ";
    for (_, compiler) in compilers() {
        for (name, lowered) in [
            ("scale", "_Z5scalePff"),
            ("deep::er::zero", "_ZN4deep2er4zeroEPi"),
            ("add<float, 4>", "_Z3addIfLi4EEvPT_"),
            ("add<double,-1>", "_Z3addIdLin1EEvPT_"),
        ] {
            let compiled =
                compiler.compile(source, name, &options(&[]), Target::Machine(90)).expect("compiling");
            assert_eq!(compiled.lowered_name, lowered);
            assert!(compiled.ptx.contains(&format!(".entry {lowered}(")));
        }
    }
}

#[test]
fn unknown_names_are_said_clearly() {
    let source =
        "__device__ int helper(int x) { return x + 1; }\n__global__ void real(int *p) { *p = helper(*p); }\n";
    for (_, compiler) in compilers() {
        let log = failure(&compiler, source, "imaginary", &options(&[]));
        assert!(log.starts_with("the source does not define a kernel `imaginary`\n"), "{log}");
        let log = failure(&compiler, source, "helper", &options(&[]));
        assert!(log.starts_with("`helper` is not a kernel"), "{log}");
        let two = "__global__ void twice(int *p) {}\n__global__ void twice(float *p) {}\n";
        let log = failure(&compiler, two, "twice", &options(&[]));
        assert!(log.contains("does not name exactly one kernel"), "{log}");
    }
}

#[test]
fn errors_carry_the_whole_log_with_lines_of_the_source() {
    let source = "__global__ void k(int *p) {\n    int x = 1;\n    *p = undeclared_one;\n    *p = undeclared_two;\n}\n";
    for (_, compiler) in compilers() {
        let log = failure(&compiler, source, "k", &options(&[]));
        assert!(log.contains("k.cu(3): error:") && log.contains("undeclared_one"), "{log}");
        assert!(log.contains("k.cu(4): error:") && log.contains("undeclared_two"), "{log}");
        assert!(log.contains("2 errors detected in the compilation of \"k.cu\""), "{log}");
        assert!(!log.contains("does not define"), "{log}");
    }
}

#[test]
fn warnings_are_kept_when_compilation_succeeds() {
    let source = "__global__ void k(int *p) {\n    int never_used;\n    *p = 1;\n}\n";
    for (_, compiler) in compilers() {
        let compiled = compiler.compile(source, "k", &options(&[]), Target::Machine(90)).expect("compiling");
        assert!(compiled.log.contains("k.cu(2): warning"), "{}", compiled.log);
        assert!(compiled.log.contains("never_used"), "{}", compiled.log);
    }
}

#[test]
fn options_reach_the_compiler() {
    let source = "#ifndef WIDTH\n#error no width\n#endif\n__global__ void k(int *p) { *p = WIDTH; }\n";
    for (_, compiler) in compilers() {
        let compiled = compiler
            .compile(source, "k", &options(&["-DWIDTH=4711"]), Target::Machine(90))
            .expect("compiling");
        assert!(compiled.ptx.contains("4711"), "{}", compiled.ptx);
        let log = failure(&compiler, source, "k", &options(&[]));
        assert!(log.contains("no width"), "{log}");
        let log = failure(&compiler, source, "k", &options(&["--no-such-option"]));
        assert!(log.contains("no-such-option"), "{log}");
    }
}

#[test]
fn the_users_architecture_stands() {
    for (_, compiler) in compilers() {
        let compiled = compiler
            .compile(VADD, "vadd", &options(&["-arch=sm_90a"]), Target::Machine(80))
            .expect("compiling");
        assert!(compiled.ptx.contains(".target sm_90a"), "{}", compiled.ptx);
        assert_eq!(compiled.kind, BinaryKind::Cubin);
        let compiled = compiler
            .compile(VADD, "vadd", &options(&["--gpu-architecture=compute_75"]), Target::Machine(90))
            .expect("compiling");
        assert_eq!(compiled.kind, BinaryKind::Ptx);
        assert!(compiled.ptx.contains(".target sm_75"));
    }
}

#[test]
fn headers_from_memory() {
    let source = "#include \"outer.h\"\n__global__ void k(int *p) { *p = deep_value(); }\n";
    let headers = vec![
        ("outer.h".to_string(), "#include \"sub/inner.h\"\n".to_string()),
        ("sub/inner.h".to_string(), "__device__ inline int deep_value() { return 31337; }\n".to_string()),
    ];
    for (_, compiler) in compilers() {
        let with = CompileOptions { options: vec![], headers: headers.clone() };
        let compiled = compiler.compile(source, "k", &with, Target::Machine(90)).expect("compiling");
        assert!(compiled.ptx.contains("31337"), "{}", compiled.ptx);
        let log = failure(&compiler, source, "k", &options(&[]));
        assert!(log.contains("outer.h"), "{log}");
    }
}

#[test]
fn common_host_headers_are_there() {
    let source = "
        #include <stdint.h>
        #include <cstdint>
        #include <limits.h>
        #include <float.h>
        #include <math.h>
        #include <assert.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        extern \"C\" __global__ void k(int64_t *x, float *f, size_t n) {
            assert(n < SIZE_MAX);
            x[0] = INT64_MIN; x[1] = (int64_t)UINT32_MAX + INT_MAX + LLONG_MAX; x[2] = UINT64_C(1) << 63;
            f[0] = FLT_MAX; f[1] = sinf((float)M_PI); f[2] = INFINITY; f[3] = NAN; f[4] = (float)DBL_EPSILON;
            static_assert(sizeof(int64_t) == 8 && sizeof(uint32_t) == 4 && sizeof(uintptr_t) == 8, \"sizes\");
            static_assert(UINT64_MAX == ~0ull && INT64_MAX == LLONG_MAX, \"limits\");
        }";
    for (major, compiler) in compilers() {
        if let Err(error) = compiler.compile(source, "k", &options(&[]), Target::Machine(90)) {
            panic!("NVRTC {major}: {error}");
        }
        // The caller's own text of that name wins.
        let own = CompileOptions {
            options: Vec::new(),
            headers: vec![("stdint.h".into(), "typedef short int64_t;\n".into())],
        };
        let text = "#include <stdint.h>\n__global__ void k() { static_assert(sizeof(int64_t) == 2, \"\"); }";
        assert!(compiler.compile(text, "k", &own, Target::Machine(90)).is_ok());
    }
}

#[test]
fn the_standard_library_is_there() {
    let texts = [
        ("ranges", include_str!("kernels/standard/ranges.cu")),
        ("traits", include_str!("kernels/standard/traits.cu")),
        ("newton", include_str!("kernels/standard/complex.cu")),
    ];
    let names = "limits.h climits float.h cfloat stdint.h cstdint inttypes.h cinttypes math.h cmath stddef.h cstddef \
        stdlib.h cstdlib string.h cstring stdio.h cstdio assert.h cassert iostream vector string memory tuple \
        type_traits limits utility algorithm functional numeric array complex";
    for (major, compiler) in compilers() {
        for (kernel, text) in texts {
            if let Err(error) = compiler.compile(text, kernel, &options(&[]), Target::Machine(90)) {
                panic!("NVRTC {major}: {error}");
            }
        }
        // Each alone, in every dialect, and all at once beside what NVRTC has in std by itself.
        let mut all = String::new();
        for name in names.split_whitespace() {
            all += &format!("#include <{name}>\n");
            let text = format!("#include <{name}>\n__global__ void k(int *p) {{ *p = 1; }}\n");
            for dialect in ["-std=c++14", "-std=c++17", "-std=c++20"] {
                if let Err(error) = compiler.compile(&text, "k", &options(&[dialect]), Target::Machine(90)) {
                    panic!("NVRTC {major} {dialect}: {error}");
                }
            }
        }
        all += "__global__ void k(int *p) { int a = 1, b = 2; std::swap(a, b); *p = std::move(a) + std::max(a, b); }\n";
        if let Err(error) = compiler.compile(&all, "k", &options(&[]), Target::Machine(90)) {
            panic!("NVRTC {major}: {error}");
        }
        // A header of that name in the caller's folder wins.
        let folder = std::env::temp_dir().join(format!("vmgpu-own-headers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        std::fs::write(folder.join("limits"), "#define OWN_LIMITS\n").expect("a header");
        let own = options(&[&format!("-I{}", folder.display())]);
        let text =
            "#include <limits>\n#ifndef OWN_LIMITS\n#error\n#endif\n__global__ void k(int *p) { *p = 1; }\n";
        let outcome = compiler.compile(text, "k", &own, Target::Machine(90));
        let _ = std::fs::remove_dir_all(&folder);
        assert!(
            outcome.is_ok(),
            "NVRTC {major}: {}",
            outcome.err().map(|e| e.to_string()).unwrap_or_default()
        );
    }
}

#[test]
fn standard_headers_are_there_however_they_are_included() {
    let uses = "__global__ void k(int32_t *p) { *p = 1; }\n";
    for (major, compiler) in compilers() {
        for line in
            ["# include <cstdint>", "#\tinclude <stdint.h>", "%:include <cstdint>", "#/**/include <cstdint>"]
        {
            let text = format!("{line}\n{uses}");
            if let Err(error) = compiler.compile(&text, "k", &options(&[]), Target::Machine(90)) {
                panic!("NVRTC {major} {line}: {error}");
            }
        }
        for option in ["--pre-include=stdint.h", "-include=cstdint"] {
            if let Err(error) = compiler.compile(uses, "k", &options(&[option]), Target::Machine(90)) {
                panic!("NVRTC {major} {option}: {error}");
            }
        }
        // What only later languages have is left out.
        let old = "#include <cstddef>\n#include <cmath>\n#include <cstdint>\n__global__ void k(int32_t *p) { *p = 1; }\n";
        if let Err(error) = compiler.compile(old, "k", &options(&["-std=c++03"]), Target::Machine(90)) {
            panic!("NVRTC {major}: {error}");
        }
    }
}

/// Or `min(x, UINT64_MAX)` is ambiguous, and `std::min` finds no type.
#[test]
fn limits_have_the_types_they_are_the_limits_of() {
    let text = "
        #include <cstdint>
        #include <cstddef>
        #include <type_traits>
        #include <algorithm>
        #define SAME(limit, type) static_assert(std::is_same<decltype(limit), type>::value, #limit)
        SAME(INT64_MIN, int64_t); SAME(INT64_MAX, int64_t); SAME(UINT64_MAX, uint64_t);
        SAME(INTPTR_MIN, intptr_t); SAME(INTPTR_MAX, intptr_t); SAME(UINTPTR_MAX, uintptr_t);
        SAME(INTMAX_MIN, intmax_t); SAME(INTMAX_MAX, intmax_t); SAME(UINTMAX_MAX, uintmax_t);
        SAME(SIZE_MAX, size_t); SAME(PTRDIFF_MIN, ptrdiff_t); SAME(PTRDIFF_MAX, ptrdiff_t);
        SAME(INT64_C(1), int64_t); SAME(UINT64_C(1), uint64_t); SAME(INTMAX_C(1), intmax_t); SAME(UINTMAX_C(1), uintmax_t);
        SAME(INT32_MAX, int32_t); SAME(UINT32_MAX, uint32_t);
        __global__ void k(int64_t *x, uint64_t *u, size_t *n) {
            x[0] = max(x[0], INT64_MIN) + min(x[1], INT64_MAX) + std::min(x[2], INT64_C(7));
            u[0] = min(u[0], UINT64_MAX) + std::max(u[1], UINT64_C(7));
            n[0] = std::min(n[0], SIZE_MAX);
            static_assert(INT64_MIN < 0 && INT64_MAX == 0x7fffffffffffffff && UINT64_MAX == ~UINT64_C(0), \"values\");
        }";
    for (major, compiler) in compilers() {
        if let Err(error) = compiler.compile(text, "k", &options(&[]), Target::Machine(90)) {
            panic!("NVRTC {major}: {error}");
        }
    }
}

/// The folder of the host's C library, which Debian has CUDA's headers in; and files beside those that include them.
#[test]
fn folders_bring_what_is_meant_and_no_more() {
    let root = std::env::temp_dir().join(format!("vmgpu-folders-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a temporary folder");
        std::fs::write(path, text).expect("a header");
    };
    write("host/dirent.h", "");
    write("host/features.h", "#error not for NVRTC\n");
    write("host/stdint.h", "#include <features.h>\n");
    write("host/cuda_of_debian.h", "#define FROM_HOST 4\n");
    write("own/sub/a.h", "#include \"deeper/b.h\"\n");
    write("own/sub/deeper/b.h", "# include \"memory.h\"\n#include \"list\"\n#include \"math.h\"\n");
    write("own/sub/deeper/memory.h", "#define MEMORY 1\n");
    write("own/sub/deeper/list", "#define LIST 2\n");
    write("own/sub/deeper/math.h", "#define MATH 3\n");
    let text = "
        #include <stdint.h>
        #include <cuda_of_debian.h>
        #include <vector>
        #include \"sub/a.h\"
        #if MEMORY != 1 || LIST != 2 || MATH != 3 || FROM_HOST != 4
        #error other files than these
        #endif
        __global__ void k(int32_t *p) { *p = 1; }";
    let folders = ["host", "own"].map(|name| format!("-I{}", root.join(name).display()));
    let with = options(&[&folders[0], &folders[1]]);
    let outcomes: Vec<_> = compilers()
        .into_iter()
        .map(|(major, compiler)| (major, compiler.compile(text, "k", &with, Target::Machine(90)).err()))
        .collect();
    let _ = std::fs::remove_dir_all(&root);
    for (major, error) in outcomes {
        assert!(error.is_none(), "NVRTC {major}: {}", error.map(|e| e.to_string()).unwrap_or_default());
    }
}

#[test]
fn missing_cuda_headers_come_with_advice() {
    let source = "#include <no_such_cuda_header.h>\n__global__ void k(int *p) { *p = 1; }\n";
    for (_, compiler) in compilers() {
        let log = failure(&compiler, source, "k", &options(&[]));
        assert!(log.contains("no_such_cuda_header.h"), "{log}");
        assert!(log.contains("k.cu(1)"), "{log}");
        // The advice is given where no headers are installed at all.
        let installed = compiler.compile(
            "#include <cuda_fp16.h>\n__global__ void k(int *p) { *p = 1; }\n",
            "k",
            &options(&[]),
            Target::Machine(90),
        );
        assert_eq!(installed.is_err(), log.contains("install the CUDA toolkit"), "{log}");
    }
}

#[test]
fn binaries_tell_their_kernels_variables_and_parameters() {
    let source = "
        struct Big { double d[3]; };
        __constant__ float table[4];
        namespace ns { __device__ int counter; static __device__ int hidden; }
        __device__ __noinline__ float helper(float x) { return x * table[1]; }
        __global__ void vadd(const float *a, float *b, int n, Big big, char c, double d) {
            b[0] = helper(a[n]) + table[n] + ns::counter + ns::hidden + big.d[1] + c + d;
        }
        extern \"C\" __global__ void nothing() {}
    ";
    for (_, compiler) in compilers() {
        for target in [Target::Machine(80), Target::Machine(90), Target::Machine(120), Target::Ptx(90)] {
            let compiled = compiler.compile(source, "vadd", &options(&[]), target).expect("compiling");
            let form =
                if compiled.kind == BinaryKind::Cubin { binary::Form::Cubin } else { binary::Form::Ptx };
            assert_eq!(binary::recognise(&compiled.binary), Ok(form));
            let names = binary::kernel_names(&compiled.binary);
            assert_eq!(names, ["_Z4vaddPKfPfi3Bigcd", "nothing"], "{target:?}");
            assert_eq!(binary::kernels_called(&names, "vadd"), [compiled.lowered_name.as_str()]);
            let params = binary::ptx_params(&compiled.ptx, &compiled.lowered_name).expect("parameters");
            let layout: Vec<(u32, u32)> = params.iter().map(|p| (p.size, p.offset)).collect();
            assert_eq!(layout, [(8, 0), (8, 8), (4, 16), (24, 24), (1, 48), (8, 56)]);
            assert_eq!(binary::ptx_params(&compiled.ptx, "nothing"), Some(vec![]));
            let ends = |name: &str, ending: &str| {
                binary::symbol_candidates(&compiled.binary, name)
                    .iter()
                    .any(|symbol| symbol.ends_with(ending))
            };
            assert!(ends("table", "table") && ends("counter", "_ZN2ns7counterE"), "{target:?}");
            assert!(
                ends("ns::counter", "_ZN2ns7counterE") && ends("ns::hidden", "2ns6hiddenE"),
                "{target:?}"
            );
            // Every way of cutting a cubin short is noticed before the driver reads past its end.
            if compiled.kind == BinaryKind::Cubin {
                for length in (0..compiled.binary.len()).step_by(37) {
                    assert!(binary::recognise(&compiled.binary[..length]).is_err(), "{length}");
                }
            }
        }
    }
}

#[test]
fn nul_characters_are_refused_before_the_compiler() {
    for (_, compiler) in compilers() {
        for (source, name, option) in
            [("a\0b", "k", "-DX"), ("__global__ void k() {}", "k\0", "-DX"), ("", "k", "-D\0")]
        {
            let result = compiler.compile(source, name, &options(&[option]), Target::Machine(90));
            assert!(matches!(result, Err(GpuError::InvalidArgument { .. })), "{result:?}");
        }
    }
}

#[test]
fn each_architecture_gets_the_nvrtc_that_suits_it() {
    let found = libraries();
    if found.len() < 2 {
        return;
    }
    let toolchain = || Toolchain::new(found.iter().map(|(_, path)| path.clone()).collect());
    let choose = |arch: u32, driver: i32| {
        let (compiler, target) = toolchain().for_arch(arch, driver).expect("a compiler");
        (compiler.version.0, target)
    };
    assert_eq!(choose(90, 13000), (13, Target::Machine(90)));
    // Machine code from the older one is better than nothing from the newer.
    assert_eq!(choose(70, 13000), (12, Target::Machine(70)));
    // PTX must not be newer than the driver.
    assert_eq!(choose(999, 12090), (12, Target::Ptx(121)));
    assert_eq!(choose(999, 13900), (13, Target::Ptx(121)));
    let error = toolchain().for_arch(30, 13000).err().expect("too old for both");
    assert!(error.to_string().contains("sm_30"), "{error}");
    // One toolchain answers the same way again.
    let one = toolchain();
    let (first, again) = (one.for_arch(70, 13000).unwrap(), one.for_arch(70, 13000).unwrap());
    assert!(Arc::ptr_eq(&first.0, &again.0));
    assert!(
        one.explanation(13900).starts_with("CUDA C is compiled by NVRTC 13."),
        "{}",
        one.explanation(13900)
    );
    assert!(one.explanation(12000).contains("newer than the driver (CUDA 12.0)"));
}

#[test]
fn both_versions_and_several_threads_at_once() {
    let compilers = compilers();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            for (_, compiler) in &compilers {
                scope.spawn(move || {
                    for round in 0..3 {
                        let number = 1000 + thread * 10 + round;
                        let source = format!("__global__ void k(int *p) {{ *p = {number}; }}");
                        let compiled = compiler
                            .compile(&source, "k", &options(&[]), Target::Machine(90))
                            .expect("compiling");
                        assert!(compiled.ptx.contains(&number.to_string()));
                    }
                });
            }
        }
    });
}

#[test]
fn missing_builtins_are_named() {
    child::in_child("missing_builtins_are_named", &[("LD_LIBRARY_PATH", "")], || {
        for (major, library) in libraries() {
            // NVRTC alone in a folder. A link of the same file would be recognised as already open, hence the child.
            let alone = std::env::temp_dir().join(format!("vmgpu-nvrtc-{major}-{}", std::process::id()));
            std::fs::create_dir_all(&alone).unwrap();
            let copy = alone.join(library.file_name().unwrap());
            if std::fs::hard_link(&library, &copy).is_err() {
                std::fs::copy(&library, &copy).unwrap();
            }
            let compiler = NvrtcCompiler::open(std::slice::from_ref(&copy)).expect("opens without builtins");
            let name = format!("libnvrtc-builtins.so.{}.{}", compiler.version.0, compiler.version.1);
            assert_eq!(compiler.missing_builtins().as_deref(), Some(name.as_str()));
            let log = failure(&compiler, VADD, "vadd", &options(&[]));
            std::fs::remove_dir_all(&alone).unwrap();
            assert!(log.contains("cannot find its builtins library"), "{log}");
            assert!(log.contains(&name), "{log}");
        }
    });
}

#[test]
fn absent_and_foreign_libraries_are_refused_with_reasons() {
    let absent = PathBuf::from("/nowhere/libnvrtc.so.13");
    let error = NvrtcCompiler::open(&[absent]).err().expect("nothing there").to_string();
    assert!(error.contains("/nowhere/libnvrtc.so.13"), "{error}");
    let foreign = PathBuf::from("libc.so.6");
    let error = NvrtcCompiler::open(&[foreign]).err().expect("not NVRTC").to_string();
    assert!(error.contains("libc.so.6 lacks the required symbols nvrtcVersion"), "{error}");
}

/// A cubin's own metadata says of every parameter what the PTX beside it says.
#[test]
fn cubins_tell_their_parameters() {
    let source = "
struct S { char a[24]; };
struct Wide { int a[1250]; };
template <class T> __global__ void one(T *p, T v) { *p = v; }
extern \"C\" __global__ void none() {}
extern \"C\" __global__ void unused(int *p, char c, long long u) {}
extern \"C\" __global__ void many(const float *a, float *b, int n, S s, double d, char c, short h) {
    b[n] = a[n] + d + s.a[3] + c + h;
}
extern \"C\" __global__ void wide(int *p, Wide w, char c) { *p = w.a[threadIdx.x] + c; }
";
    let expected: [(&str, &[(u32, u32)]); 5] = [
        ("one<double>", &[(0, 8), (8, 8)]),
        ("none", &[]),
        ("unused", &[(0, 8), (8, 1), (16, 8)]),
        ("many", &[(0, 8), (8, 8), (16, 4), (20, 24), (48, 8), (56, 1), (58, 2)]),
        ("wide", &[(0, 8), (8, 5000), (5008, 1)]),
    ];
    for (major, compiler) in compilers() {
        for arch in compiler.architectures.iter().copied() {
            for (name, facts) in expected {
                // More than 4 KiB of parameters came with Volta.
                if name == "wide" && arch < 70 {
                    continue;
                }
                // Older machines refuse the whole text for its wide kernel.
                let narrow = source.replace("int a[1250]", "int a[1]");
                let text = if name == "wide" { source } else { &narrow };
                let compiled =
                    compiler.compile(text, name, &options(&[]), Target::Machine(arch)).expect("compiling");
                assert_eq!(compiled.kind, BinaryKind::Cubin);
                let told = cubin::params(&compiled.binary, &compiled.lowered_name)
                    .unwrap_or_else(|| panic!("NVRTC {major}, sm_{arch}, {name}: nothing"));
                let got: Vec<(u32, u32)> = told.iter().map(|p| (p.offset, p.size)).collect();
                assert_eq!(got, facts, "NVRTC {major}, sm_{arch}, {name}");
                let ptx = binary::ptx_params(&compiled.ptx, &compiled.lowered_name).expect("PTX");
                assert!(ptx.iter().map(|p| (p.offset, p.size)).eq(got), "NVRTC {major}, sm_{arch}, {name}");
            }
        }
    }
}
