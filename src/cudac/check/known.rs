//! Names of CUDA and of the standard library that programs use and this compiler does not have, and what the message
//! calls them. A name that is in no list is a mistake of the user's.

/// Types, by their last name.
pub fn unsupported_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "nv_bfloat16" | "__nv_bfloat16" | "nv_bfloat162" | "__nv_bfloat162" => "bfloat16 types",
        "__nv_fp8_e4m3" | "__nv_fp8_e5m2" | "__nv_fp8x2_e4m3" | "__nv_fp8x4_e4m3" => {
            "8-bit floating-point types"
        }
        "cudaTextureObject_t" | "cudaSurfaceObject_t" | "texture" | "surface" | "CUtexObject" => {
            "textures and surfaces"
        }
        "curandState"
        | "curandState_t"
        | "curandStateXORWOW_t"
        | "curandStatePhilox4_32_10_t"
        | "curandStateMRG32k3a"
        | "curandStateMRG32k3a_t"
        | "curandStateXORWOW"
        | "curandStateSobol32_t"
        | "curandStatePhilox4_32_10" => "curand device generators",
        "cudaError_t" | "cudaStream_t" | "cudaEvent_t" | "cudaDeviceProp" => {
            "host types of the CUDA runtime in device code"
        }
        _ => return None,
    })
}

/// Functions, by the name that is called.
pub fn unsupported_function(name: &str) -> Option<&'static str> {
    let starts = |list: &[&str]| list.iter().any(|head| name.starts_with(head));
    Some(match name {
        "malloc" | "free" | "calloc" | "realloc" | "alloca" | "__nv_aligned_device_malloc" => {
            "device-side memory allocations"
        }
        "cudaLaunchDevice" | "cudaGetParameterBuffer" => "kernel launches from device code",
        _ if starts(&[
            "tex1D",
            "tex2D",
            "tex3D",
            "texCubemap",
            "surf1D",
            "surf2D",
            "surf3D",
            "surfCubemap",
        ]) =>
        {
            "textures and surfaces"
        }
        _ if starts(&["curand"]) => "curand device functions",
        _ if starts(&["cudaMalloc", "cudaFree", "cudaMemcpy", "cudaMemset", "cudaDevice", "cudaStream"]) => {
            "calls of the CUDA runtime from device code"
        }
        _ if starts(&["__float2bfloat16", "__bfloat162float"]) => "bfloat16 functions",
        _ => return None,
    })
}

/// What the standard library has under `std::`, `cuda::` or `cooperative_groups::` but this compiler has not.
pub fn is_standard(name: &str) -> bool {
    const STD: &[&str] = &[
        "accumulate",
        "allocator",
        "any",
        "array",
        "async",
        "atomic",
        "basic_string",
        "bind",
        "bitset",
        "cerr",
        "chrono",
        "cin",
        "complex",
        "cout",
        "deque",
        "enable_if",
        "enable_if_t",
        "endl",
        "exception",
        "fill",
        "for_each",
        "function",
        "future",
        "get",
        "initializer_list",
        "invoke",
        "invoke_result_t",
        "iota",
        "less",
        "list",
        "make_pair",
        "make_shared",
        "make_tuple",
        "make_unique",
        "map",
        "multimap",
        "multiset",
        "mutex",
        "optional",
        "ostream",
        "pair",
        "plus",
        "priority_queue",
        "queue",
        "random_device",
        "reduce",
        "runtime_error",
        "set",
        "shared_ptr",
        "shuffle",
        "sort",
        "span",
        "stable_sort",
        "stack",
        "string",
        "string_view",
        "stringstream",
        "thread",
        "tie",
        "transform",
        "tuple",
        "tuple_element",
        "tuple_size",
        "unique_ptr",
        "unordered_map",
        "unordered_set",
        "variant",
        "vector",
        "wstring",
    ];
    if let Some(rest) = name.strip_prefix("cuda::") {
        let rest = rest.strip_prefix("std::").unwrap_or(rest);
        let first = rest.split("::").next().unwrap_or("");
        let own =
            ["atomic", "atomic_ref", "barrier", "pipeline", "memcpy_async", "latch", "binary_semaphore"];
        return own.contains(&first) || STD.contains(&first);
    }
    if let Some(rest) = name.strip_prefix("cg::").or_else(|| name.strip_prefix("cooperative_groups::")) {
        let all = [
            "this_grid",
            "this_cluster",
            "this_multi_grid",
            "grid_group",
            "cluster_group",
            "coalesced_threads",
            "coalesced_group",
            "tiled_partition",
            "thread_block_tile",
            "labeled_partition",
            "binary_partition",
            "reduce",
            "inclusive_scan",
            "exclusive_scan",
            "memcpy_async",
            "wait",
            "wait_prior",
            "plus",
            "less",
            "greater",
            "thread_group",
            "sync",
            "invoke_one",
        ];
        return all.contains(&rest.split("::").next().unwrap_or(""));
    }
    name.strip_prefix("std::").is_some_and(|rest| STD.contains(&rest.split("::").next().unwrap_or("")))
}
