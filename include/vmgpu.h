/*
 * vmgpu.h - run CUDA C kernels from virtual machines and JIT engines.
 *
 * Hand over kernel text and arrays, get the right numbers back, on whatever the machine has: an NVIDIA GPU, an AMD GPU,
 * or the CPU. Vendor drivers are opened at run time; nothing of them is needed to build, link or start.
 *
 * This header is the manual. It holds what is common to all functions here at the top; each function then says only
 * what is special to it. It is generated from src/capi (see cbindgen.toml): do not edit it.
 *
 * FIRST EXAMPLE
 *
 *     #include <stdio.h>
 *     #include <vmgpu.h>
 *
 *     static const char *source =
 *         "__global__ void scale(float *x, float factor, int n) {"
 *         "    int i = blockIdx.x * blockDim.x + threadIdx.x;"
 *         "    if (i < n) x[i] *= factor;"
 *         "}";
 *
 *     int main(void) {
 *         vmgpu_manager *manager = NULL;
 *         vmgpu_executor *executor = NULL;
 *         vmgpu_buffer *x = NULL;
 *         float data[1000], back[1000];
 *         char text[1000];
 *         for (int i = 0; i < 1000; i++) data[i] = (float)i;
 *         if (vmgpu_manager_create(NULL, &manager) || vmgpu_executor_create(manager, NULL, &executor) ||
 *             vmgpu_executor_buffer_create(executor, sizeof data, &x) ||
 *             vmgpu_buffer_write(x, 0, data, sizeof data)) goto failed;
 *         vmgpu_arg args[3] = {vmgpu_arg_buffer(x), vmgpu_arg_f32(2.5f), vmgpu_arg_i32(1000)};
 *         vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
 *         request.source = source;
 *         request.kernel_name = "scale";
 *         request.grid.x = 4;
 *         request.block.x = 256;
 *         request.args = args;
 *         request.arg_count = 3;
 *         if (vmgpu_executor_execute(executor, &request, NULL) || vmgpu_buffer_read(x, 0, back, sizeof back)) goto failed;
 *         printf("%g\n", back[999]);  // 2497.5
 *         vmgpu_buffer_destroy(x);
 *         vmgpu_executor_destroy(executor);
 *         vmgpu_manager_destroy(manager);
 *         return 0;
 *     failed:
 *         vmgpu_last_error(text, sizeof text, NULL);
 *         fprintf(stderr, "%s\n", text);
 *         return 1;
 *     }
 *
 * OBJECTS
 *
 * A manager finds the devices. A device gives plain buffers and kernels, to be used directly. An executor stands above the
 * devices: it keeps compiled kernels, holds time limits, falls back when the GPU cannot, and has managed buffers. An
 * engine that just wants its arrays computed needs a manager, an executor and managed buffers.
 *
 * Ownership. Every handle that a function gives through an out_ parameter belongs to the caller, who ends it with the
 * _destroy function of its type. _destroy(NULL) does nothing. A child keeps its parents alive inside, so any order of
 * destruction is fine. What the caller passes in is copied, or borrowed until the call returns where that is said.
 *
 * Handles. Opaque: never look behind the pointer. They are multiples of 8 and fit in 47 bits. NULL, a destroyed handle and
 * one of another kind give VMGPU_STATUS_INVALID_HANDLE.
 *
 * Fork. A child of fork() gets VMGPU_STATUS_FORKED from GPU handles at once, and finds no CUDA device once its parent
 * has. The CPU device works there as in any process, through a manager of the child's own or through inherited handles;
 * of these, what another thread of the parent was using at that moment may answer VMGPU_STATUS_FORKED. No call hangs.
 * fork() itself waits for kernels being compiled for the CPU device, 2 seconds at most.
 *
 * Threads. Any thread may use any handle, several at once. A handle may be destroyed while another thread is inside a call
 * with it: that call finishes, later ones get VMGPU_STATUS_INVALID_HANDLE.
 *
 * CALLS
 *
 * Errors. What can fail returns a vmgpu_status, 0 for success. vmgpu_last_error() then has the text of this thread's last
 * failing call: what was attempted, with which values, and a compiler's whole log. A call that succeeds leaves that text
 * alone. Any function that takes a handle may return VMGPU_STATUS_INVALID_HANDLE, and any may return
 * VMGPU_STATUS_INVALID_ARGUMENT for a pointer that must not be NULL and VMGPU_STATUS_INTERNAL; what moves data or starts
 * work on a GPU may return VMGPU_STATUS_DEVICE_LOST, VMGPU_STATUS_DEVICE_BUSY, VMGPU_STATUS_FORKED and
 * VMGPU_STATUS_MEMORY_COPY_FAILED. That is not repeated below, or only where there is more to say. Functions that return a
 * value instead say what they return for an invalid handle.
 *
 * Nothing half done. When a call fails its out_ parameters are as before, except out_length, which is always written,
 * and the result of vmgpu_executor_execute(), which is always filled.
 *
 * NULL is allowed only where it is said. A size or count of 0 never looks at its pointer.
 *
 * Text in is UTF-8 and ends with NUL; it is copied. Text out is copied into (buffer, capacity, out_length): *out_length
 * receives the length without terminator, also when it does not fit. Memory that is too small gives
 * VMGPU_STATUS_BUFFER_TOO_SMALL with the text cut and terminated (binary data is not written at all). (NULL, 0, &length)
 * asks for the length and succeeds. A text needs length + 1 bytes.
 *
 * Blocking. Each device has one in-order queue shared by all threads. A launch, a fill and a copy on one device queue and
 * return; a write returns when the source may be reused; a read, a map, vmgpu_device_synchronize() and vmgpu_device_wait()
 * wait for what was queued before them. vmgpu_executor_execute() returns when the work is complete.
 *
 * Growing structs. Options, infos and results begin with struct_size. Set it, and all defaults, with the _INIT macro
 * (`vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;`) or the _init function, so that fields which a later version
 * appends have their defaults. The library reads and writes at most struct_size bytes. A larger struct from a newer header
 * is fine as long as what this library does not know is zero, else the status is VMGPU_STATUS_UNSUPPORTED_STRUCT; a
 * smaller one has defaults for the fields it lacks. Booleans in structs are uint32_t, anything but 0 is true.
 * Enumerations are passed as uint32_t.
 *
 * EXECUTION
 *
 * Fallback. vmgpu_executor_execute() tries the GPU first. If there is none, or the kernel does not compile or load, memory
 * is exhausted, the launch or the kernel fails, the device is lost or busy, or the time limit passes, then the request's
 * fallback function does the work if there is one, else the CPU device does with the same text and buffers
 * (prefer_cpu_device in the configuration: CPU device first, function last). Errors of the request itself, such as
 * arguments that do not fit the kernel, never fall back. It is never silent: the result says who did the work and why it
 * was not the GPU, the statistics count it, vmgpu_last_report() tells the whole story, and the log has a warning.
 *
 * Time limits. The limit holds for each attempt, compilation and run together; the call returns, or falls back, within it
 * plus a few milliseconds. A compilation that ran out of time finishes in the background and serves later calls. A kernel
 * that does not end keeps its GPU: VMGPU_STATUS_DEVICE_BUSY until it ends, then the device is used again. A fallback
 * function takes the time it takes.
 *
 * Managed buffers belong to no device: they have one page-locked host copy and at most one copy a device, and content moves
 * only when a side needs it. An attempt that fails leaves the content from before it, so a fallback starts from the right
 * data; only a last attempt, on the CPU device, may leave part of what its kernel wrote before it was stopped. If the newest
 * content was only on a device that is lost, the status is VMGPU_STATUS_DATA_LOST until the buffer is written again.
 * vmgpu_buffer_map() gives the host copy itself: the fastest way in and out. Two executions that use one
 * managed buffer wait for each other, unless both only read it.
 *
 * Plain buffers in an execution: the GPU is then the one they live on. Another device, such as the CPU device as a fallback,
 * works on copies, which are written back when all is done. Nothing restores a plain buffer: after an attempt that ran on
 * it and failed it holds whatever the kernel had written, if it can be read at all. Use managed buffers where a fallback
 * has to start from the right data.
 *
 * A lost device. A kernel that uses an illegal address or traps ends every CUDA device of the process; that is how the
 * driver works. Every later call on them returns VMGPU_STATUS_DEVICE_LOST at once; executors go on with the fallback.
 */


#ifndef VMGPU_H
#define VMGPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Version of this header; vmgpu_version() is that of the library in use. */
#define VMGPU_VERSION_MAJOR 0
#define VMGPU_VERSION_MINOR 1
#define VMGPU_VERSION_PATCH 0
#define VMGPU_VERSION ((VMGPU_VERSION_MAJOR << 16) | (VMGPU_VERSION_MINOR << 8) | VMGPU_VERSION_PATCH)

/* Define VMGPU_STATIC when linking the static library on Windows. */
#ifndef VMGPU_API
#if defined(_WIN32) && !defined(VMGPU_STATIC)
#define VMGPU_API __declspec(dllimport)
#else
#define VMGPU_API
#endif
#endif

/* Enumerations are 32 bits wide everywhere: `uint32_t` in C, an enumeration of that width in C++. */
#ifdef __cplusplus
#define VMGPU_ENUM_BASE : uint32_t
#else
#define VMGPU_ENUM_BASE
#endif

/* Initialisers: the defaults of each growing struct, to be written behind `=` in a definition. */
#define VMGPU_MANAGER_OPTIONS_INIT {sizeof(vmgpu_manager_options), 1, 1, 1, NULL, NULL, NULL, NULL}
#define VMGPU_DEVICE_INFO_INIT                                                                                \
    {sizeof(vmgpu_device_info), 0, 0, {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0, 0}, {0, 0, 0}, 0, 0, 0}
#define VMGPU_COMPILE_OPTIONS_INIT {sizeof(vmgpu_compile_options), NULL, 0, NULL, NULL, 0}
#define VMGPU_LAUNCH_CONFIG_INIT {sizeof(vmgpu_launch_config), {1, 1, 1}, {1, 1, 1}, 0, NULL}
#define VMGPU_KERNEL_INFO_INIT {sizeof(vmgpu_kernel_info), {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0}
#define VMGPU_EXECUTOR_CONFIG_INIT {sizeof(vmgpu_executor_config), 1, 1, 1, 0, 100, 30000}
/* Recommended for engines in service: 200 kernels, 60 s. */
#define VMGPU_EXECUTOR_CONFIG_PRODUCTION_INIT {sizeof(vmgpu_executor_config), 1, 1, 1, 0, 200, 60000}
/* Recommended for writing kernels: cache off, 10 s. */
#define VMGPU_EXECUTOR_CONFIG_DEVELOPMENT_INIT {sizeof(vmgpu_executor_config), 0, 1, 1, 0, 10, 10000}
/* Recommended for measuring: 500 kernels, no fallback that would hide a failure, 120 s. */
#define VMGPU_EXECUTOR_CONFIG_BENCHMARK_INIT {sizeof(vmgpu_executor_config), 1, 1, 0, 0, 500, 120000}
#define VMGPU_EXECUTOR_STATS_INIT                                                                             \
    {sizeof(vmgpu_executor_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0}
#define VMGPU_EXECUTION_REQUEST_INIT                                                                          \
    {sizeof(vmgpu_execution_request), NULL, NULL, NULL, {1, 1, 1}, {1, 1, 1}, 0, NULL, 0, NULL, NULL, 0}
#define VMGPU_EXECUTION_RESULT_INIT {sizeof(vmgpu_execution_result), 0, 0, 0, 0, 0, 0, 0, 0, 0}


/** Bytes of a name in an info struct, terminator included; longer names are cut. */
#define VMGPU_NAME_SIZE 256

/** Bytes of an architecture or compiler name in an info struct, terminator included. */
#define VMGPU_SHORT_NAME_SIZE 64

/** "No limit" wherever a time limit in milliseconds is given. */
#define VMGPU_NO_TIMEOUT 18446744073709551615ull

/** `num_params` of a kernel whose parameters neither driver nor binary tell. */
#define VMGPU_UNKNOWN_COUNT 4294967295

/**
 * Answer of every function that can fail. The numbers are fixed for ever; later versions may add some, so treat an
 * unknown one as you treat VMGPU_STATUS_OTHER. vmgpu_last_error() has the story behind each.
 *
 * 1 to 99: the call was wrong; nothing was done, and trying again will not help. 100 to 199: the machine, its drivers or
 * its memory. 200 to 299: kernels. 300 on: the library itself.
 */
enum vmgpu_status VMGPU_ENUM_BASE {
    /** Everything was done. */
    VMGPU_STATUS_OK = 0,
    /**
     * An argument breaks its description: NULL where that is not allowed, a value out of the list, text that is not
     * UTF-8, kernel arguments that do not fit the kernel. Correct the call.
     */
    VMGPU_STATUS_INVALID_ARGUMENT = 1,
    /** A handle is NULL, was destroyed, or is of another kind. Correct the call. */
    VMGPU_STATUS_INVALID_HANDLE = 2,
    /** Offset and size, or an index, pass the end of the object. Nothing was read or written. */
    VMGPU_STATUS_OUT_OF_RANGE = 3,
    /** The memory given for a text or a binary is too small; `*out_length` says how much there is. */
    VMGPU_STATUS_BUFFER_TOO_SMALL = 4,
    /** The object's state does not allow the call now, such as running a kernel on a mapped buffer. */
    VMGPU_STATUS_INVALID_STATE = 5,
    /**
     * A struct of a newer header sets fields that this older library does not know. Leave them zero or use a newer library.
     */
    VMGPU_STATUS_UNSUPPORTED_STRUCT = 6,
    /** No device can do it. vmgpu_manager_explain() says what was tried. Run your own code, or install a driver. */
    VMGPU_STATUS_NO_DEVICE_AVAILABLE = 100,
    /**
     * A vendor library, or a function in it, is missing. The text names what was tried; see vmgpu_manager_explain().
     */
    VMGPU_STATUS_DRIVER_BINDING_FAILED = 101,
    /** A device was found but does not start. Often another process holds it, or driver and library do not match. */
    VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED = 102,
    /** This device or this driver cannot do that. Another device may. */
    VMGPU_STATUS_FEATURE_NOT_SUPPORTED = 103,
    /** Device or host memory is exhausted. Free some and try again, or let the executor fall back. */
    VMGPU_STATUS_MEMORY_ALLOCATION_FAILED = 104,
    /** The driver refused or broke off a copy. */
    VMGPU_STATUS_MEMORY_COPY_FAILED = 105,
    /** A file or system call failed. */
    VMGPU_STATUS_IO = 106,
    /**
     * The device is gone for this process: a kernel used an illegal address or trapped, or the hardware went away. Every
     * later call on it answers the same at once. Go on without it; a new process may use it again.
     */
    VMGPU_STATUS_DEVICE_LOST = 107,
    /** A kernel that outlived its time limit still occupies the device. Usable again once that kernel ends. */
    VMGPU_STATUS_DEVICE_BUSY = 108,
    /**
     * The newest content of a managed buffer existed only on a device that was lost; or results that came back to
     * plain buffers of another device could be neither completed nor undone. Write the buffers again.
     */
    VMGPU_STATUS_DATA_LOST = 109,
    /**
     * A GPU handle from before fork() was used in the child, or an object that another thread was using at the fork.
     * Create a manager in the child.
     */
    VMGPU_STATUS_FORKED = 110,
    /** The compiler refused the kernel; vmgpu_last_error() has its whole log. */
    VMGPU_STATUS_KERNEL_COMPILATION_FAILED = 200,
    /** A binary could not be loaded, or has no kernel of that name. */
    VMGPU_STATUS_KERNEL_LOADING_FAILED = 201,
    /** The launch was refused, or the kernel failed while it ran. */
    VMGPU_STATUS_KERNEL_EXECUTION_FAILED = 202,
    /** The time limit passed first. */
    VMGPU_STATUS_TIMEOUT = 203,
    /** Every way of executing the request failed; vmgpu_last_error() lists all reasons. */
    VMGPU_STATUS_FALLBACK_FAILED = 204,
    /** A defect of this library. Please report it with the text of vmgpu_last_error(). */
    VMGPU_STATUS_INTERNAL = 300,
    /** Anything else; the text says what. */
    VMGPU_STATUS_OTHER = 301,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_status;
#endif // __cplusplus

/** What kind of device it is. */
enum vmgpu_device_type VMGPU_ENUM_BASE {
    /** An NVIDIA GPU. */
    VMGPU_DEVICE_TYPE_CUDA = 1,
    /** An AMD GPU. */
    VMGPU_DEVICE_TYPE_ROCM = 2,
    /** The processor this program runs on, used as a device. */
    VMGPU_DEVICE_TYPE_CPU = 3,
    /** Anything a later version adds. */
    VMGPU_DEVICE_TYPE_OTHER = 4,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_device_type;
#endif // __cplusplus

/** Who did the work of an execution. */
enum vmgpu_executed_by VMGPU_ENUM_BASE {
    /** Nobody: the execution failed. */
    VMGPU_EXECUTED_BY_NONE = 0,
    /** A GPU. */
    VMGPU_EXECUTED_BY_GPU = 1,
    /** The CPU device, with the same source and buffers. */
    VMGPU_EXECUTED_BY_CPU_DEVICE = 2,
    /** The fallback function of the request. */
    VMGPU_EXECUTED_BY_CALLBACK = 3,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_executed_by;
#endif // __cplusplus

/** Why an execution was not done by a GPU. vmgpu_last_report() has the details. */
enum vmgpu_fallback_reason VMGPU_ENUM_BASE {
    /** A GPU did it, or the request was refused before anything was tried. */
    VMGPU_FALLBACK_REASON_NONE = 0,
    /** There is no GPU here that works; vmgpu_manager_explain() says why. */
    VMGPU_FALLBACK_REASON_NO_DEVICE = 1,
    /** The kernel did not compile, or there is no compiler library. */
    VMGPU_FALLBACK_REASON_COMPILE_FAILED = 2,
    /** The compiled kernel could not be loaded. */
    VMGPU_FALLBACK_REASON_LOAD_FAILED = 3,
    /** The launch or a copy failed, or the kernel failed while it ran. */
    VMGPU_FALLBACK_REASON_EXECUTION_FAILED = 4,
    /** The time limit passed. */
    VMGPU_FALLBACK_REASON_TIMEOUT = 5,
    /** The GPU is lost for this process. */
    VMGPU_FALLBACK_REASON_DEVICE_LOST = 6,
    /** A kernel that outlived its limit still occupies the GPU. */
    VMGPU_FALLBACK_REASON_DEVICE_BUSY = 7,
    /** Device memory is exhausted. */
    VMGPU_FALLBACK_REASON_OUT_OF_MEMORY = 8,
    /** The GPU or its driver cannot do what was asked. */
    VMGPU_FALLBACK_REASON_NOT_SUPPORTED = 9,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_fallback_reason;
#endif // __cplusplus

/** Importance of a log message; a smaller number is more important. */
enum vmgpu_log_level VMGPU_ENUM_BASE {
    /** Something is broken and stays so. */
    VMGPU_LOG_LEVEL_ERROR = 1,
    /** Something went wrong and was dealt with, such as a fallback. */
    VMGPU_LOG_LEVEL_WARN = 2,
    /** Rare events of normal life, such as devices found. */
    VMGPU_LOG_LEVEL_INFO = 3,
    /** For finding out what an engine makes the library do. */
    VMGPU_LOG_LEVEL_DEBUG = 4,
    /** Everything. */
    VMGPU_LOG_LEVEL_TRACE = 5,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_log_level;
#endif // __cplusplus

/** What a mapped buffer is used for; the values are bits. */
enum vmgpu_access VMGPU_ENUM_BASE {
    /** The content is read. */
    VMGPU_ACCESS_READ = 1,
    /**
     * The content is written. Without VMGPU_ACCESS_READ what was there before is still kept where you do not write.
     */
    VMGPU_ACCESS_WRITE = 2,
    /** Both. */
    VMGPU_ACCESS_READ_WRITE = 3,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_access;
#endif // __cplusplus

/**
 * Kind of a kernel argument: what `value` of vmgpu_arg holds, and which `size` goes with it. A program that does not
 * use the vmgpu_arg_ functions fills the three fields itself.
 */
enum vmgpu_arg_kind VMGPU_ENUM_BASE {
    /** Unsigned 8 bits in the low bits of `value`; `size` 1. Bits above `size` bytes are ignored, here and below. */
    VMGPU_ARG_KIND_U8 = 1,
    /** Signed 8 bits; `size` 1. */
    VMGPU_ARG_KIND_I8 = 2,
    /** Unsigned 16 bits; `size` 2. */
    VMGPU_ARG_KIND_U16 = 3,
    /** Signed 16 bits; `size` 2. */
    VMGPU_ARG_KIND_I16 = 4,
    /** Unsigned 32 bits; `size` 4. */
    VMGPU_ARG_KIND_U32 = 5,
    /** Signed 32 bits; `size` 4. */
    VMGPU_ARG_KIND_I32 = 6,
    /** Unsigned 64 bits; `size` 8. */
    VMGPU_ARG_KIND_U64 = 7,
    /** Signed 64 bits; `size` 8. */
    VMGPU_ARG_KIND_I64 = 8,
    /** The bits of a float; `size` 4. */
    VMGPU_ARG_KIND_F32 = 9,
    /** The bits of a double; `size` 8. */
    VMGPU_ARG_KIND_F64 = 10,
    /** 0 is false, anything else in the low byte is true; `size` 1. The parameter is a C++ `bool`. */
    VMGPU_ARG_KIND_BOOL = 11,
    /** A vmgpu_buffer handle that the kernel may read and write; `size` 8. The parameter is a pointer. */
    VMGPU_ARG_KIND_BUFFER = 12,
    /** A vmgpu_buffer handle that the kernel only reads: other copies of a managed buffer stay valid; `size` 8. */
    VMGPU_ARG_KIND_BUFFER_CONST = 13,
    /** An address on the device, passed on as it is; `size` 8. */
    VMGPU_ARG_KIND_POINTER = 14,
    /**
     * The host address of a struct that is passed by value; `size` is that of the struct. Borrowed until the call
     * returns.
     */
    VMGPU_ARG_KIND_STRUCT = 15,
};
#ifndef __cplusplus
typedef uint32_t vmgpu_arg_kind;
#endif // __cplusplus

/**
 * Memory that kernels work on: plain memory of one device (vmgpu_buffer_create), or a managed buffer that moves between
 * host and devices by itself (vmgpu_executor_buffer_create).
 *
 * Until vmgpu_buffer_destroy(). Any thread may use it; calls on a managed buffer wait for executions that use it. It
 * keeps its device alive. A launch that uses it may be under way when it is destroyed.
 */
typedef struct vmgpu_buffer vmgpu_buffer;

/**
 * One device. It has a single in-order queue, shared by all threads that use it.
 *
 * From vmgpu_manager_device() or vmgpu_manager_default_device() until vmgpu_device_destroy(). Any thread may use it.
 * Buffers and kernels made from it go on without it.
 */
typedef struct vmgpu_device vmgpu_device;

/**
 * Runs kernel texts on the best device there is: keeps what it compiled, falls back when the GPU cannot, holds time
 * limits, counts.
 *
 * From vmgpu_executor_create() until vmgpu_executor_destroy(). Any thread may use it, several at once. It keeps the
 * manager's devices alive. Managed buffers made from it go on without it.
 */
typedef struct vmgpu_executor vmgpu_executor;

/**
 * A compiled kernel on its device.
 *
 * From vmgpu_kernel_compile() or vmgpu_kernel_load() until vmgpu_kernel_destroy(). Any thread may use it, several at
 * once. It keeps its device alive. Launches under way when it is destroyed go on.
 */
typedef struct vmgpu_kernel vmgpu_kernel;

/**
 * The devices of this machine in order of preference: CUDA, ROCm, CPU.
 *
 * From vmgpu_manager_create() until vmgpu_manager_destroy(). Any thread may use it. It keeps the vendor libraries
 * loaded, which stay so until the process ends. Devices and executors made from it go on without it.
 */
typedef struct vmgpu_manager vmgpu_manager;

/** Reserved for streams of a later version. */
typedef struct vmgpu_stream vmgpu_stream;

/**
 * Receives one log message, without a line end. `message` is valid during the call only.
 *
 * Called on any thread, also on those of the library, several at once, with no lock held; it may call the library. It
 * must return normally: no longjmp and no C++ exception may leave it.
 */
typedef void (*vmgpu_log_fn)(void *user, uint32_t level, const char *message);

/**
 * What a manager looks for. VMGPU_MANAGER_OPTIONS_INIT or vmgpu_manager_options_init() give the defaults: everything,
 * in the usual places.
 */
typedef struct vmgpu_manager_options {
    /** sizeof(vmgpu_manager_options). */
    size_t struct_size;
    /** Look for NVIDIA GPUs. Default 1. */
    uint32_t enable_cuda;
    /** Look for AMD GPUs. Default 1. */
    uint32_t enable_rocm;
    /** Offer the CPU device. Default 1. */
    uint32_t enable_cpu;
    /** Path of libcuda. NULL (default): environment variable VMGPU_CUDA_PATH, else the usual names. */
    const char *cuda_path;
    /** Path of libnvrtc, the CUDA compiler. NULL: VMGPU_NVRTC_PATH, else the usual names and places. */
    const char *nvrtc_path;
    /** Path of libamdhip64. NULL: VMGPU_HIP_PATH, else the usual names. */
    const char *hip_path;
    /** Path of libhiprtc. NULL: VMGPU_HIPRTC_PATH, else the usual names. */
    const char *hiprtc_path;
} vmgpu_manager_options;

/** Extents of a grid in blocks, or of a block in threads. Each is at least 1 in a launch. */
typedef struct vmgpu_dim3 {
    uint32_t x;
    uint32_t y;
    uint32_t z;
} vmgpu_dim3;

/** Facts about a device, written by vmgpu_device_get_info(). Start with VMGPU_DEVICE_INFO_INIT. */
typedef struct vmgpu_device_info {
    /** sizeof(vmgpu_device_info). */
    size_t struct_size;
    /** A vmgpu_device_type. */
    uint32_t device_type;
    /** Number among the devices of its type, from 0. */
    uint32_t device_id;
    /** What the vendor calls it. */
    char name[VMGPU_NAME_SIZE];
    /** What kernels are compiled for: "sm_90", "gfx90a", "x86_64". */
    char architecture[VMGPU_SHORT_NAME_SIZE];
    /** CUDA compute capability, such as 9 and 0; both 0 where the notion does not exist. */
    uint32_t compute_capability_major;
    uint32_t compute_capability_minor;
    /** MiB. */
    uint64_t total_memory_mb;
    /** MiB; 0 means not known. */
    uint64_t free_memory_mb;
    /** Multiprocessors of a GPU, processors of the CPU device. */
    uint32_t multiprocessor_count;
    /** 0 means not known. */
    uint32_t clock_rate_khz;
    /** Bytes; 0 means not known. */
    uint64_t l2_cache_size;
    /** Whether host and device may use one address for the same memory. */
    uint32_t supports_unified_memory;
    /** Whether kernels may use `__shared__` memory. */
    uint32_t supports_shared_memory;
    /** Threads of a warp. */
    uint32_t warp_size;
    uint32_t max_threads_per_block;
    vmgpu_dim3 max_block_dim;
    vmgpu_dim3 max_grid_dim;
    /** Bytes of shared memory a block has without asking for more. */
    uint32_t shared_memory_per_block;
    /** Bytes of shared memory a block may have at most. */
    uint32_t max_shared_memory_per_block;
    /** As the vendor counts (13000 is CUDA 13.0); 0 for the CPU device. */
    uint32_t driver_version;
} vmgpu_device_info;

/**
 * How to compile. VMGPU_COMPILE_OPTIONS_INIT or vmgpu_compile_options_init() give the defaults: no options, no
 * headers. All texts are copied.
 */
typedef struct vmgpu_compile_options {
    /** sizeof(vmgpu_compile_options). */
    size_t struct_size;
    /** Options of the CUDA compiler, each a text of its own: "-DN=4", "--use_fast_math", "-I/path". */
    const char *const *options;
    /** Number of `options`, at most 65536. */
    size_t option_count;
    /**
     * Names under which the kernel text may include headers that are given in memory. The usual headers of the C and C++
     * standard libraries (`<cstdint>`, `<cmath>`, `<limits>`, `<type_traits>`, `<algorithm>`, ...) are there on every device;
     * one that is given here takes their place.
     */
    const char *const *header_names;
    /** The headers' texts, in the order of `header_names`. */
    const char *const *header_texts;
    /** Number of `header_names`, and of `header_texts`; at most 65536. */
    size_t header_count;
} vmgpu_compile_options;

/**
 * Shape of a launch. VMGPU_LAUNCH_CONFIG_INIT or vmgpu_launch_config_init() give the defaults: one block of one thread,
 * no dynamic shared memory.
 */
typedef struct vmgpu_launch_config {
    /** sizeof(vmgpu_launch_config). */
    size_t struct_size;
    /** Number of blocks. */
    vmgpu_dim3 grid;
    /** Threads of a block. */
    vmgpu_dim3 block;
    /** Bytes of dynamic shared memory of a block. More than 48 KiB needs nothing special. */
    uint32_t shared_memory_size;
    /** Must be NULL: work goes to the device's one queue. */
    vmgpu_stream *stream;
} vmgpu_launch_config;

/** Facts about a kernel, written by vmgpu_kernel_get_info(). Start with VMGPU_KERNEL_INFO_INIT. */
typedef struct vmgpu_kernel_info {
    /** sizeof(vmgpu_kernel_info). */
    size_t struct_size;
    /** As asked for, before mangling. */
    char name[VMGPU_NAME_SIZE];
    /** Who compiled it, such as "NVRTC 13.0"; "binary" for one that was loaded. */
    char compiler[VMGPU_SHORT_NAME_SIZE];
    /** Unix seconds. */
    uint64_t compiled_at;
    /** Bytes of vmgpu_kernel_binary(). */
    size_t binary_size;
    /** VMGPU_UNKNOWN_COUNT if not known; then count and sizes of arguments cannot be checked at launch. */
    uint32_t num_params;
    /** Bytes of static shared memory of a block. */
    uint32_t shared_memory_size;
    /** Registers of a thread; 0 if not known. */
    uint32_t registers;
    /** Bytes of local memory of a thread; 0 if not known. */
    uint32_t local_memory_size;
    /** Bytes of constant memory; 0 if not known. */
    uint32_t constant_memory_size;
    /** Largest block this kernel can be launched with. */
    uint32_t max_threads_per_block;
} vmgpu_kernel_info;

/**
 * One argument of a kernel. Made by the vmgpu_arg_ functions, or filled by hand as vmgpu_arg_kind says. It owns nothing
 * and may be copied and reused; a buffer or struct in it must live until the call that uses it returns.
 */
typedef struct vmgpu_arg {
    /** A vmgpu_arg_kind. */
    uint32_t kind;
    /** Bytes of the kernel's parameter. */
    uint32_t size;
    /** Bits, handle or address. */
    uint64_t value;
} vmgpu_arg;

/**
 * How an executor behaves. VMGPU_EXECUTOR_CONFIG_INIT or vmgpu_executor_config_init() give the defaults; there are three
 * recommended sets beside them: production, development, benchmark.
 */
typedef struct vmgpu_executor_config {
    /** sizeof(vmgpu_executor_config). */
    size_t struct_size;
    /** Keep compiled kernels. Default 1. 0: every execution compiles. */
    uint32_t enable_kernel_cache;
    /** Sum up execution times in the statistics. Default 1. */
    uint32_t enable_performance_monitoring;
    /** Run elsewhere when the GPU cannot. Default 1. 0: the GPU's error is the answer. */
    uint32_t enable_cpu_fallback;
    /**
     * On fallback try the CPU device first and the request's fallback function last. Default 0: the function, if there
     * is one, is the fallback, else the CPU device.
     */
    uint32_t prefer_cpu_device;
    /** Kernels kept at most; the least recently used goes first. Default 100. 0 keeps none. */
    uint64_t max_cache_size;
    /**
     * Limit of each attempt, compilation and run together. Default 30000. 0 means that default; VMGPU_NO_TIMEOUT none.
     */
    uint64_t execution_timeout_ms;
} vmgpu_executor_config;

/**
 * What an executor has counted since it was created or last reset; a rate with nothing counted is 0. Start with
 * VMGPU_EXECUTOR_STATS_INIT.
 */
typedef struct vmgpu_executor_stats {
    /** sizeof(vmgpu_executor_stats). */
    size_t struct_size;
    uint64_t total_executions;
    /** Executions that a GPU completed. */
    uint64_t gpu_success_count;
    /** Attempts on a GPU that failed. */
    uint64_t gpu_failure_count;
    /** Executions completed by the CPU device or a fallback function. */
    uint64_t cpu_fallback_count;
    uint64_t kernel_compilation_count;
    uint64_t cache_hits;
    uint64_t cache_misses;
    uint64_t total_gpu_time_ns;
    /** CPU device and fallback functions. */
    uint64_t total_cpu_time_ns;
    /** gpu_success_count / total_executions. */
    double gpu_success_rate;
    /** cache_hits / (cache_hits + cache_misses). */
    double cache_hit_rate;
    /** cpu_fallback_count / total_executions. */
    double fallback_rate;
    /** total_gpu_time_ns / gpu_success_count / 1000. */
    double avg_gpu_time_us;
} vmgpu_executor_stats;

/**
 * Does the work of a request on the CPU when no device could. Runs on the thread that called vmgpu_executor_execute(),
 * with no lock held; it may read, write and map the request's buffers, and call anything else of this library.
 *
 * It must return normally: no longjmp and no C++ exception may leave it.
 *
 * @param user            `fallback_user` of the request.
 * @param error_buffer    Receives a terminated text if the function fails; it goes into the report.
 * @param error_capacity  Bytes at `error_buffer`.
 * @return 0 if the work is done; anything else if it failed.
 */
typedef int (*vmgpu_fallback_fn)(void *user, char *error_buffer, size_t error_capacity);

/**
 * One execution: what to run, on what, and what to do when no device can. Start with VMGPU_EXECUTION_REQUEST_INIT or
 * vmgpu_execution_request_init(): one block of one thread, no arguments, no fallback, the executor's time limit.
 * Everything it points to is borrowed until vmgpu_executor_execute() returns.
 */
typedef struct vmgpu_execution_request {
    /** sizeof(vmgpu_execution_request). */
    size_t struct_size;
    /** CUDA C text. */
    const char *source;
    /** Name of a `__global__` function or a name expression, as for vmgpu_kernel_compile(). */
    const char *kernel_name;
    /** NULL means the defaults. */
    const vmgpu_compile_options *compile_options;
    /** Number of blocks. */
    vmgpu_dim3 grid;
    /** Threads of a block. */
    vmgpu_dim3 block;
    /** Bytes of dynamic shared memory of a block. */
    uint32_t shared_memory_size;
    /** One for each parameter of the kernel, in order. May be NULL if `arg_count` is 0. */
    const vmgpu_arg *args;
    /** Number of `args`. */
    size_t arg_count;
    /** Does the work when no device can. May be NULL. */
    vmgpu_fallback_fn fallback;
    /** Passed on to `fallback`. */
    void *fallback_user;
    /** Limit of each attempt in milliseconds. 0 means the executor's; VMGPU_NO_TIMEOUT none. */
    uint64_t timeout_ms;
} vmgpu_execution_request;

/**
 * What became of an execution. Start with VMGPU_EXECUTION_RESULT_INIT; vmgpu_executor_execute() always fills it, also
 * when it fails.
 */
typedef struct vmgpu_execution_result {
    /** sizeof(vmgpu_execution_result). */
    size_t struct_size;
    /** 1 if the work was done, by whomever. */
    uint32_t success;
    /** 1 if a GPU did it. */
    uint32_t executed_on_gpu;
    /** A vmgpu_executed_by. */
    uint32_t executed_by;
    /** vmgpu_device_type of the device that did it; 0 if none did. */
    uint32_t device_type;
    /** Number of that device among those of its type. */
    uint32_t device_id;
    /** 1 if the kernel came from the cache. */
    uint32_t cache_hit;
    /**
     * From submission to observed completion, without compilation and copies; the whole call of a fallback function.
     */
    uint64_t execution_time_ns;
    /** A vmgpu_fallback_reason: why it was not a GPU. */
    uint32_t fallback_reason;
    /** The vmgpu_status that the call returns. */
    uint32_t status;
} vmgpu_execution_result;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* Status and version ------------------------------------------------------------------------------------- */

/**
 * The name of a status number, such as "VMGPU_STATUS_OUT_OF_RANGE"; "unknown status" for a number that is none.
 *
 * @return A constant text. Never NULL, never to be freed.
 */
VMGPU_API const char *vmgpu_status_name(uint32_t status);

/**
 * The version of the library in use: major << 16 | minor << 8 | patch. VMGPU_VERSION is that of this header.
 *
 * A library of the same major version and of the same or a later minor version has everything this header declares.
 */
VMGPU_API uint32_t vmgpu_version(void);

/* Errors and log ----------------------------------------------------------------------------------------- */

/**
 * Copies the text of this thread's last failing call; empty if none has failed. A failed compilation has the
 * compiler's whole log here, with line numbers of your source.
 *
 * This call itself never replaces the text, also when it fails.
 *
 * @param buffer      Receives the text. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated); VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_last_error(char *buffer, size_t capacity, size_t *out_length);

/**
 * Sends the library's log messages to `log_fn`; there is one receiver for the process, and at first there is none.
 *
 * A message being delivered on another thread at this moment may still reach the receiver before, so leave what its
 * `user` points to in place.
 *
 * @param log_fn     Receiver. NULL ends the log; then `min_level` is ignored.
 * @param user       Passed on to `log_fn`.
 * @param min_level  Least important vmgpu_log_level wanted: VMGPU_LOG_LEVEL_WARN gives errors and warnings.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT if `min_level` is none (the receiver stays as it was).
 */
VMGPU_API vmgpu_status vmgpu_set_log(vmgpu_log_fn log_fn, void *user, uint32_t min_level);

/* Manager ------------------------------------------------------------------------------------------------ */

/**
 * Gives `options` the defaults. C programs may write `= VMGPU_MANAGER_OPTIONS_INIT` instead.
 *
 * @param options  Written.
 * @param size     sizeof(vmgpu_manager_options).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_manager_options_init(vmgpu_manager_options *options, size_t size);

/**
 * Looks for devices. Opens the vendor libraries that are there; starts no device.
 *
 * Never fails because something is missing: a machine without a GPU has the CPU device, and vmgpu_manager_explain()
 * says why there is no other.
 *
 * @param options      What to look for. NULL means the defaults.
 * @param out_manager  Receives the handle, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_UNSUPPORTED_STRUCT.
 */
VMGPU_API vmgpu_status vmgpu_manager_create(const vmgpu_manager_options *options,
    vmgpu_manager **out_manager);

/**
 * Whether there is a GPU that is not lost.
 *
 * @return false also if `manager` is invalid.
 */
VMGPU_API bool vmgpu_manager_has_gpu(const vmgpu_manager *manager);

/**
 * Number of devices found, lost ones included.
 *
 * @return 0 if `manager` is invalid, or if every backend was switched off.
 */
VMGPU_API size_t vmgpu_manager_device_count(const vmgpu_manager *manager);

/**
 * Gives a handle for the device at `index`, in order of preference.
 *
 * @param index       From 0 to vmgpu_manager_device_count() - 1.
 * @param out_device  Receives a handle of the caller's own, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if there is no such device.
 */
VMGPU_API vmgpu_status vmgpu_manager_device(const vmgpu_manager *manager, size_t index,
    vmgpu_device **out_device);

/**
 * Gives a handle for the first device that is not lost: a GPU if there is one, else the CPU device.
 *
 * @param out_device  Receives a handle of the caller's own, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_NO_DEVICE_AVAILABLE if every backend was switched off.
 */
VMGPU_API vmgpu_status vmgpu_manager_default_device(const vmgpu_manager *manager, vmgpu_device **out_device);

/**
 * Says in plain words, for each backend, what was tried, what was found, and why it is absent. The first thing to
 * look at, and to put into a bug report, when a GPU is not used.
 *
 * @param buffer      Receives the text, several lines. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
 */
VMGPU_API vmgpu_status vmgpu_manager_explain(const vmgpu_manager *manager, char *buffer, size_t capacity,
    size_t *out_length);

/**
 * Ends the handle. Devices, buffers, kernels and executors made from it go on.
 *
 * @param manager  NULL does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
 */
VMGPU_API vmgpu_status vmgpu_manager_destroy(vmgpu_manager *manager);

/* Device ------------------------------------------------------------------------------------------------- */

/**
 * Prepares `info` to be filled: zeros, and its size.
 *
 * @param info  Written.
 * @param size  sizeof(vmgpu_device_info).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_device_info_init(vmgpu_device_info *info, size_t size);

/**
 * Says what is known of the device. Starts nothing and creates no context, so every device of a machine may be asked.
 *
 * @param out_info  Prepared with VMGPU_DEVICE_INFO_INIT or vmgpu_device_info_init(); receives the facts.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_device_get_info(const vmgpu_device *device, vmgpu_device_info *out_info);

/**
 * Whether the device can take work now: not lost, and not occupied by a kernel that outlived its limit.
 *
 * @return false also if `device` is invalid.
 */
VMGPU_API bool vmgpu_device_is_available(const vmgpu_device *device);

/**
 * Waits until everything queued on the device before, by any thread, is done.
 *
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_DEVICE_LOST if a kernel among it failed; VMGPU_STATUS_DEVICE_BUSY;
 *         VMGPU_STATUS_FORKED.
 */
VMGPU_API vmgpu_status vmgpu_device_synchronize(vmgpu_device *device);

/**
 * As vmgpu_device_synchronize(), but waits at most `timeout_ms`.
 *
 * @param timeout_ms  Milliseconds. 0 only looks; VMGPU_NO_TIMEOUT waits without limit.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_TIMEOUT if work is left (it goes on, and the device stays usable);
 *         VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY; VMGPU_STATUS_FORKED.
 */
VMGPU_API vmgpu_status vmgpu_device_wait(vmgpu_device *device, uint64_t timeout_ms);

/**
 * Ends the handle. The device itself, its buffers and its kernels go on.
 *
 * @param device  NULL does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
 */
VMGPU_API vmgpu_status vmgpu_device_destroy(vmgpu_device *device);

/* Buffer ------------------------------------------------------------------------------------------------- */

/**
 * Allocates `size` bytes on a device, content unspecified, aligned to 256 bytes.
 *
 * Takes as long as the driver needs, which behind a running kernel can be a third of a second. Within
 * vmgpu_executor_execute() allocating counts towards the time limit instead.
 *
 * @param size        Bytes. 0 gives an empty buffer, whose address is 0.
 * @param out_buffer  Receives the handle, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_MEMORY_ALLOCATION_FAILED; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY;
 *         VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED; VMGPU_STATUS_FORKED.
 */
VMGPU_API vmgpu_status vmgpu_buffer_create(vmgpu_device *device, size_t size, vmgpu_buffer **out_buffer);

/**
 * Size in bytes.
 *
 * @return 0 also if `buffer` is invalid.
 */
VMGPU_API size_t vmgpu_buffer_size(const vmgpu_buffer *buffer);

/**
 * Address on the device, for kernels that take it inside a struct or as VMGPU_ARG_KIND_POINTER.
 *
 * @return 0 for a managed buffer (it has no fixed place), an empty one, and an invalid handle.
 */
VMGPU_API uint64_t vmgpu_buffer_device_pointer(const vmgpu_buffer *buffer);

/**
 * Copies `size` bytes from host memory into `buffer`, starting `offset` bytes in.
 *
 * Returns once `src` may be reused; launches queued later on the same device see the new content.
 *
 * @param buffer  Destination.
 * @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
 * @param src     Host memory, any alignment, copied. May be NULL if `size` is 0.
 * @param size    Bytes. 0 is allowed and does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if the range does not fit (nothing is written);
 *         VMGPU_STATUS_INVALID_STATE if the buffer is mapped; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DATA_LOST
 *         when part of a managed buffer whose content is lost is written (write all of it).
 */
VMGPU_API vmgpu_status vmgpu_buffer_write(vmgpu_buffer *buffer, size_t offset, const void *src, size_t size);

/**
 * Copies `size` bytes out of `buffer`, starting `offset` bytes in, after everything queued before on its device.
 *
 * @param buffer  Source.
 * @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
 * @param dst     Host memory, any alignment. May be NULL if `size` is 0.
 * @param size    Bytes. 0 is allowed and does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if the range does not fit (nothing is read);
 *         VMGPU_STATUS_INVALID_STATE if the buffer is mapped; VMGPU_STATUS_DEVICE_LOST, also when a kernel queued
 *         before has failed; VMGPU_STATUS_DEVICE_BUSY; VMGPU_STATUS_DATA_LOST.
 */
VMGPU_API vmgpu_status vmgpu_buffer_read(vmgpu_buffer *buffer, size_t offset, void *dst, size_t size);

/**
 * Sets `size` bytes, starting `offset` bytes in, to `value`.
 *
 * @param offset  Bytes from the start of the buffer; `offset + size` must not pass its end.
 * @param value   The byte to set.
 * @param size    Bytes. 0 is allowed and does nothing.
 * @return As vmgpu_buffer_write().
 */
VMGPU_API vmgpu_status vmgpu_buffer_fill(vmgpu_buffer *buffer, size_t offset, uint8_t value, size_t size);

/**
 * Copies `size` bytes from `src` to `dst`: buffers of any two kinds and devices.
 *
 * @param dst         Destination.
 * @param dst_offset  Bytes from the start of `dst`.
 * @param src         Source. May be `dst` if the two ranges do not overlap.
 * @param src_offset  Bytes from the start of `src`.
 * @param size        Bytes. 0 is allowed and does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE if a range does not fit; VMGPU_STATUS_INVALID_ARGUMENT if the
 *         ranges overlap; else as vmgpu_buffer_read() and vmgpu_buffer_write().
 */
VMGPU_API vmgpu_status vmgpu_buffer_copy(vmgpu_buffer *dst, size_t dst_offset, vmgpu_buffer *src,
    size_t src_offset, size_t size);

/**
 * Gives the host address of the newest content: the page-locked host copy of a managed buffer itself, or the memory
 * of a buffer on the CPU device. Writing there costs no extra copy.
 *
 * The pointer is valid until vmgpu_buffer_unmap(). Until then the buffer is yours alone: launching or executing on it,
 * mapping it again, read, write, fill and copy give VMGPU_STATUS_INVALID_STATE.
 *
 * @param access       VMGPU_ACCESS_READ, VMGPU_ACCESS_WRITE or both. What is written without VMGPU_ACCESS_WRITE may
 *                     be lost.
 * @param out_pointer  Receives the address; it is NULL for an empty buffer.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_INVALID_STATE if it is mapped;
 *         VMGPU_STATUS_FEATURE_NOT_SUPPORTED for plain memory of a GPU; VMGPU_STATUS_DATA_LOST (map for writing only,
 *         then write all of it).
 */
VMGPU_API vmgpu_status vmgpu_buffer_map(vmgpu_buffer *buffer, uint32_t access, void **out_pointer);

/**
 * Ends a map. The pointer is invalid from now on; the next execution sees what was written.
 *
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_STATE if the buffer is not mapped.
 */
VMGPU_API vmgpu_status vmgpu_buffer_unmap(vmgpu_buffer *buffer);

/**
 * Ends the handle and frees the memory, after the work queued on it. A map ends with it.
 *
 * @param buffer  NULL does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
 */
VMGPU_API vmgpu_status vmgpu_buffer_destroy(vmgpu_buffer *buffer);

/* Kernel ------------------------------------------------------------------------------------------------- */

/**
 * Gives `options` the defaults. C programs may write `= VMGPU_COMPILE_OPTIONS_INIT` instead.
 *
 * @param options  Written.
 * @param size     sizeof(vmgpu_compile_options).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_compile_options_init(vmgpu_compile_options *options, size_t size);

/**
 * Gives `launch` the defaults. C programs may write `= VMGPU_LAUNCH_CONFIG_INIT` instead.
 *
 * @param launch  Written.
 * @param size    sizeof(vmgpu_launch_config).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_launch_config_init(vmgpu_launch_config *launch, size_t size);

/**
 * Prepares `info` to be filled: zeros, and its size.
 *
 * @param info  Written.
 * @param size  sizeof(vmgpu_kernel_info).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_kernel_info_init(vmgpu_kernel_info *info, size_t size);

/**
 * Compiles CUDA C text for this very device. Takes 30 to 100 ms on a GPU; vmgpu_executor_execute() keeps what it
 * compiled, this function does not.
 *
 * @param source           CUDA C, at most 64 MiB.
 * @param kernel_name      Name of a `__global__` function, found with or without `extern "C"`; or a name expression for
 *                         an instance of a template, such as "add<float, 4>".
 * @param compile_options  NULL means the defaults.
 * @param out_kernel       Receives the handle, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_KERNEL_COMPILATION_FAILED (vmgpu_last_error() has the compiler's log);
 *         VMGPU_STATUS_KERNEL_LOADING_FAILED if there is no such kernel in the text; VMGPU_STATUS_DRIVER_BINDING_FAILED
 *         if the compiler library is missing; VMGPU_STATUS_FEATURE_NOT_SUPPORTED; VMGPU_STATUS_DEVICE_LOST.
 */
VMGPU_API vmgpu_status vmgpu_kernel_compile(vmgpu_device *device, const char *source, const char *kernel_name,
    const vmgpu_compile_options *compile_options, vmgpu_kernel **out_kernel);

/**
 * Loads a ready binary: PTX, cubin or fatbin for NVIDIA, a code object for AMD; what vmgpu_kernel_binary() gave for the
 * same device. The CPU device has no ready binaries: keep the source text and use vmgpu_kernel_compile(), which takes
 * milliseconds there.
 *
 * What can be checked at launch (`num_params` of vmgpu_kernel_info) comes from the driver, or from the binary. Of a fat
 * binary the part for this device is read, unless it is compressed as by CUDA 13: then an old driver leaves them unknown.
 *
 * @param binary       Copied.
 * @param size         Bytes; 0 is not allowed.
 * @param kernel_name  Name in the binary; of a C++ function the mangled one.
 * @param out_kernel   Receives the handle, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_KERNEL_LOADING_FAILED; VMGPU_STATUS_FEATURE_NOT_SUPPORTED on the CPU device;
 *         VMGPU_STATUS_DEVICE_LOST.
 */
VMGPU_API vmgpu_status vmgpu_kernel_load(vmgpu_device *device, const void *binary, size_t size,
    const char *kernel_name, vmgpu_kernel **out_kernel);

/**
 * Says what is known of the kernel.
 *
 * @param out_info  Prepared with VMGPU_KERNEL_INFO_INIT or vmgpu_kernel_info_init(); receives the facts.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_kernel_get_info(const vmgpu_kernel *kernel, vmgpu_kernel_info *out_info);

/**
 * Copies the compiled kernel (cubin, PTX or code object), which vmgpu_kernel_load() takes again. A kernel of the CPU
 * device has no such form: its binary is empty (0 bytes, VMGPU_STATUS_OK). vmgpu_kernel_source() gives the text.
 *
 * @param buffer      Receives the binary. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the number of bytes. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (nothing is copied).
 */
VMGPU_API vmgpu_status vmgpu_kernel_binary(const vmgpu_kernel *kernel, void *buffer, size_t capacity,
    size_t *out_length);

/**
 * Copies the kernel's source text; empty for a kernel loaded from a binary.
 *
 * @param buffer      Receives the text. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
 */
VMGPU_API vmgpu_status vmgpu_kernel_source(const vmgpu_kernel *kernel, char *buffer, size_t capacity,
    size_t *out_length);

/**
 * Copies what the compiler said about the kernel although it compiled: warnings. Usually empty.
 *
 * @param buffer      Receives the text. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
 */
VMGPU_API vmgpu_status vmgpu_kernel_compile_log(const vmgpu_kernel *kernel, char *buffer, size_t capacity,
    size_t *out_length);

/**
 * Writes to a `__device__` or `__constant__` variable beside the kernel. Launches queued later see it.
 *
 * @param symbol_name  The variable's name.
 * @param offset       Bytes from its start; `offset + size` must not pass its end.
 * @param src          Host memory, copied. May be NULL if `size` is 0.
 * @param size         Bytes.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_OUT_OF_RANGE; VMGPU_STATUS_INVALID_ARGUMENT if there is no such variable;
 *         VMGPU_STATUS_FEATURE_NOT_SUPPORTED; VMGPU_STATUS_DEVICE_LOST.
 */
VMGPU_API vmgpu_status vmgpu_kernel_symbol_write(vmgpu_kernel *kernel, const char *symbol_name, size_t offset,
    const void *src, size_t size);

/**
 * Reads a `__device__` or `__constant__` variable beside the kernel, after everything queued before.
 *
 * @param symbol_name  The variable's name.
 * @param offset       Bytes from its start; `offset + size` must not pass its end.
 * @param dst          Host memory. May be NULL if `size` is 0.
 * @param size         Bytes.
 * @return As vmgpu_kernel_symbol_write().
 */
VMGPU_API vmgpu_status vmgpu_kernel_symbol_read(vmgpu_kernel *kernel, const char *symbol_name, size_t offset,
    void *dst, size_t size);

/**
 * Queues a launch and returns without waiting for it. Arguments and limits are checked first: a launch that cannot work
 * is refused here, and the driver never sees it.
 *
 * Number and sizes of the arguments are checked wherever driver or binary tell them (`num_params` of vmgpu_kernel_info
 * says whether they do). Where it is known which parameters are pointers, these take buffers, VMGPU_ARG_KIND_POINTER and
 * an integer 0 (NULL), and no other parameter takes a buffer. That is known on the CPU device, and for NVIDIA as far as
 * the compiler marks pointers in its PTX; else anything of 8 bytes passes there.
 *
 * What goes wrong while the kernel runs is answered by a later call that waits (vmgpu_buffer_read,
 * vmgpu_device_synchronize). There is no fallback and no time limit; that is what vmgpu_executor_execute() is for.
 *
 * @param launch     Grid, block and shared memory.
 * @param args       One for each parameter of the kernel, in order. May be NULL if `arg_count` is 0.
 * @param arg_count  Number of `args`.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT if arguments or shape do not fit kernel or device;
 *         VMGPU_STATUS_INVALID_HANDLE for a NULL or destroyed buffer among `args`; VMGPU_STATUS_INVALID_STATE if one is
 *         mapped; VMGPU_STATUS_KERNEL_EXECUTION_FAILED; VMGPU_STATUS_DEVICE_LOST; VMGPU_STATUS_DEVICE_BUSY.
 */
VMGPU_API vmgpu_status vmgpu_kernel_launch(vmgpu_kernel *kernel, const vmgpu_launch_config *launch,
    const vmgpu_arg *args, size_t arg_count);

/**
 * Ends the handle. Launches queued before go on.
 *
 * @param kernel  NULL does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
 */
VMGPU_API vmgpu_status vmgpu_kernel_destroy(vmgpu_kernel *kernel);

/* Kernel arguments --------------------------------------------------------------------------------------- */

/** A kernel parameter of type `unsigned char`. */
VMGPU_API vmgpu_arg vmgpu_arg_u8(uint8_t value);

/** A kernel parameter of type `signed char`. */
VMGPU_API vmgpu_arg vmgpu_arg_i8(int8_t value);

/** A kernel parameter of type `unsigned short`. */
VMGPU_API vmgpu_arg vmgpu_arg_u16(uint16_t value);

/** A kernel parameter of type `short`. */
VMGPU_API vmgpu_arg vmgpu_arg_i16(int16_t value);

/** A kernel parameter of type `unsigned int`. */
VMGPU_API vmgpu_arg vmgpu_arg_u32(uint32_t value);

/** A kernel parameter of type `int`. */
VMGPU_API vmgpu_arg vmgpu_arg_i32(int32_t value);

/** A kernel parameter of type `unsigned long long` or `size_t`. */
VMGPU_API vmgpu_arg vmgpu_arg_u64(uint64_t value);

/** A kernel parameter of type `long long`. */
VMGPU_API vmgpu_arg vmgpu_arg_i64(int64_t value);

/** A kernel parameter of type `float`. */
VMGPU_API vmgpu_arg vmgpu_arg_f32(float value);

/** A kernel parameter of type `double`. */
VMGPU_API vmgpu_arg vmgpu_arg_f64(double value);

/** A kernel parameter of type `bool`; anything but 0 is true. */
VMGPU_API vmgpu_arg vmgpu_arg_bool(uint32_t value);

/** A pointer parameter that the kernel may read and write. A NULL or destroyed buffer is an error at launch. */
VMGPU_API vmgpu_arg vmgpu_arg_buffer(vmgpu_buffer *buffer);

/**
 * A pointer parameter that the kernel only reads. Use it wherever it is true: a managed buffer then need not be copied
 * back or sent again. A kernel that writes all the same gives unspecified content.
 */
VMGPU_API vmgpu_arg vmgpu_arg_buffer_const(const vmgpu_buffer *buffer);

/**
 * A pointer parameter given as an address on the device, passed on unchecked: one of vmgpu_buffer_device_pointer(), with
 * an offset if you like. 0 is NULL in the kernel. It cannot follow a fallback to another device.
 */
VMGPU_API vmgpu_arg vmgpu_arg_pointer(uint64_t device_pointer);

/**
 * A struct passed by value, laid out as the kernel declares it.
 *
 * @param data  Host memory, any alignment, borrowed until the call that uses the argument returns.
 * @param size  sizeof of the struct. Checked against the kernel's parameter at launch.
 */
VMGPU_API vmgpu_arg vmgpu_arg_struct(const void *data, size_t size);

/* Executor ----------------------------------------------------------------------------------------------- */

/**
 * Gives `config` the defaults. C programs may write `= VMGPU_EXECUTOR_CONFIG_INIT` instead.
 *
 * @param config  Written.
 * @param size    sizeof(vmgpu_executor_config).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_config_init(vmgpu_executor_config *config, size_t size);

/**
 * Gives `config` the recommended set for engines in service: 200 kernels, 60 s.
 *
 * @param config  Written.
 * @param size    sizeof(vmgpu_executor_config).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_config_init_production(vmgpu_executor_config *config, size_t size);

/**
 * Gives `config` the recommended set for writing kernels: cache off (its size 10, should you switch it on), 10 s.
 *
 * @param config  Written.
 * @param size    sizeof(vmgpu_executor_config).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_config_init_development(vmgpu_executor_config *config, size_t size);

/**
 * Gives `config` the recommended set for measuring: 500 kernels, no fallback that would hide a failure, 120 s.
 *
 * @param config  Written.
 * @param size    sizeof(vmgpu_executor_config).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_config_init_benchmark(vmgpu_executor_config *config, size_t size);

/**
 * Prepares `stats` to be filled: zeros, and its size.
 *
 * @param stats  Written.
 * @param size   sizeof(vmgpu_executor_stats).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_stats_init(vmgpu_executor_stats *stats, size_t size);

/**
 * Gives `request` the defaults. C programs may write `= VMGPU_EXECUTION_REQUEST_INIT` instead.
 *
 * @param request  Written.
 * @param size     sizeof(vmgpu_execution_request).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_execution_request_init(vmgpu_execution_request *request, size_t size);

/**
 * Prepares `result` to be filled: zeros, and its size.
 *
 * @param result  Written.
 * @param size    sizeof(vmgpu_execution_result).
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_execution_result_init(vmgpu_execution_result *result, size_t size);

/**
 * Makes an executor over the devices of a manager.
 *
 * @param config        NULL means the defaults.
 * @param out_executor  Receives the handle, to be destroyed by the caller.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT; VMGPU_STATUS_UNSUPPORTED_STRUCT.
 */
VMGPU_API vmgpu_status vmgpu_executor_create(const vmgpu_manager *manager,
    const vmgpu_executor_config *config, vmgpu_executor **out_executor);

/**
 * Whether there is a GPU that is not lost.
 *
 * @return false also if `executor` is invalid.
 */
VMGPU_API bool vmgpu_executor_has_gpu(const vmgpu_executor *executor);

/**
 * Makes a managed buffer of `size` bytes, content unspecified. See "Managed buffers" at the top.
 *
 * @param size        Bytes. 0 gives an empty buffer.
 * @param out_buffer  Receives the handle, to be destroyed by the caller with vmgpu_buffer_destroy().
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_MEMORY_ALLOCATION_FAILED if host memory is exhausted.
 */
VMGPU_API vmgpu_status vmgpu_executor_buffer_create(vmgpu_executor *executor, size_t size,
    vmgpu_buffer **out_buffer);

/**
 * Runs a kernel text on the best device and returns when the work is complete, or has finally failed. See "Fallback"
 * and "Time limits" at the top.
 *
 * The first execution of a text compiles it; later ones take the kernel from the cache. Options, headers and name
 * belong to what is compared, so two texts with one kernel name are two kernels. So do the files that the text includes
 * from folders named with -I: if one has changed on disk, the text is compiled again (one that includes a file whose
 * name is a macro, every time). Refused texts are remembered apart from the kernels, and not compiled again.
 *
 * @param request     What to run.
 * @param out_result  Prepared with VMGPU_EXECUTION_RESULT_INIT; filled whatever is returned. May be NULL.
 * @return VMGPU_STATUS_OK if the work was done, by whomever. Errors of the request (1 to 99) are returned without a
 *         fallback. With the fallback off, or if it failed as well: the error if there was a single one, else
 *         VMGPU_STATUS_FALLBACK_FAILED; VMGPU_STATUS_DATA_LOST outranks both. vmgpu_last_report() tells the story.
 */
VMGPU_API vmgpu_status vmgpu_executor_execute(vmgpu_executor *executor,
    const vmgpu_execution_request *request, vmgpu_execution_result *out_result);

/**
 * Copies this thread's report: where its last execution ran and why, what was tried before and why that failed, and
 * what each step took. An execution that was refused has a report too, which says why. Empty if the thread has executed
 * nothing.
 *
 * @param buffer      Receives the text, several lines. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
 */
VMGPU_API vmgpu_status vmgpu_last_report(char *buffer, size_t capacity, size_t *out_length);

/**
 * Reads the counters.
 *
 * @param out_stats  Prepared with VMGPU_EXECUTOR_STATS_INIT or vmgpu_executor_stats_init().
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_ARGUMENT.
 */
VMGPU_API vmgpu_status vmgpu_executor_get_stats(const vmgpu_executor *executor,
    vmgpu_executor_stats *out_stats);

/**
 * Sets all counters to 0.
 *
 * @return VMGPU_STATUS_OK.
 */
VMGPU_API vmgpu_status vmgpu_executor_reset_stats(vmgpu_executor *executor);

/**
 * The counters as a text of several lines, to be printed.
 *
 * @param buffer      Receives the text. May be NULL if `capacity` is 0.
 * @param capacity    Bytes at `buffer`.
 * @param out_length  Receives the length without terminator. May be NULL if `buffer` is given.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_BUFFER_TOO_SMALL (text truncated).
 */
VMGPU_API vmgpu_status vmgpu_executor_format_stats(const vmgpu_executor *executor, char *buffer,
    size_t capacity, size_t *out_length);

/**
 * Forgets every kept kernel; the next execution of each compiles again. Executions under way go on.
 *
 * @return VMGPU_STATUS_OK.
 */
VMGPU_API vmgpu_status vmgpu_executor_clear_cache(vmgpu_executor *executor);

/**
 * Ends the handle. Executions under way on other threads go on; managed buffers stay usable.
 *
 * @param executor  NULL does nothing.
 * @return VMGPU_STATUS_OK; VMGPU_STATUS_INVALID_HANDLE if it was destroyed before.
 */
VMGPU_API vmgpu_status vmgpu_executor_destroy(vmgpu_executor *executor);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VMGPU_H */
