/*
 * This library beside the raw CUDA driver API and NVRTC, in one run on one GPU, the two sides in turn.
 *
 * `make bench-gpu` builds and runs it. It needs no CUDA headers: the few driver functions it calls are declared here
 * and opened at run time. Every line is: what, driver, library, ratio (below 1: the library is faster), difference.
 * Figures are medians over rounds; both sides run in every round, so that a drifting clock hits both.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vmgpu.h"

typedef struct CUctx *CUcontext;
typedef struct CUmod *CUmodule;
typedef struct CUfunc *CUfunction;
typedef struct CUstr *CUstream;
typedef struct NvProg *nvrtcProgram;
typedef unsigned long long CUdeviceptr;

#define DRIVER(X)                                                                                                     \
    X(cuInit, "cuInit", (unsigned))                                                                                   \
    X(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", (CUcontext *, int))                                       \
    X(cuCtxSetCurrent, "cuCtxSetCurrent", (CUcontext))                                                                \
    X(cuModuleLoadData, "cuModuleLoadData", (CUmodule *, const void *))                                               \
    X(cuModuleUnload, "cuModuleUnload", (CUmodule))                                                                   \
    X(cuModuleGetFunction, "cuModuleGetFunction", (CUfunction *, CUmodule, const char *))                             \
    X(cuStreamCreate, "cuStreamCreate", (CUstream *, unsigned))                                                       \
    X(cuStreamSynchronize, "cuStreamSynchronize", (CUstream))                                                         \
    X(cuLaunchKernel, "cuLaunchKernel", (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,      \
                                         unsigned, CUstream, void **, void **))                                       \
    X(cuMemAlloc, "cuMemAlloc_v2", (CUdeviceptr *, size_t))                                                           \
    X(cuMemFree, "cuMemFree_v2", (CUdeviceptr))                                                                       \
    X(cuMemAllocAsync, "cuMemAllocAsync", (CUdeviceptr *, size_t, CUstream))                                          \
    X(cuMemFreeAsync, "cuMemFreeAsync", (CUdeviceptr, CUstream))                                                      \
    X(cuMemHostAlloc, "cuMemHostAlloc", (void **, size_t, unsigned))                                                  \
    X(cuMemFreeHost, "cuMemFreeHost", (void *))                                                                       \
    X(cuMemcpyHtoD, "cuMemcpyHtoD_v2", (CUdeviceptr, const void *, size_t))                                           \
    X(cuMemcpyDtoH, "cuMemcpyDtoH_v2", (void *, CUdeviceptr, size_t))                                                 \
    X(cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2", (CUdeviceptr, const void *, size_t, CUstream))                       \
    X(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2", (void *, CUdeviceptr, size_t, CUstream))
#define NVRTC(X)                                                                                                      \
    X(nvrtcCreateProgram, "nvrtcCreateProgram",                                                                       \
      (nvrtcProgram *, const char *, const char *, int, const char *const *, const char *const *))                    \
    X(nvrtcCompileProgram, "nvrtcCompileProgram", (nvrtcProgram, int, const char *const *))                           \
    X(nvrtcGetCUBINSize, "nvrtcGetCUBINSize", (nvrtcProgram, size_t *))                                               \
    X(nvrtcGetCUBIN, "nvrtcGetCUBIN", (nvrtcProgram, char *))                                                         \
    X(nvrtcDestroyProgram, "nvrtcDestroyProgram", (nvrtcProgram *))

#define DECLARE(name, symbol, params) static int(*name) params;
DRIVER(DECLARE)
NVRTC(DECLARE)

static void *open_first(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

static void fail(const char *what, int code) {
    char text[4096];
    size_t length = 0;
    vmgpu_last_error(text, sizeof text, &length);
    fprintf(stderr, "%s failed with %d\n%s\n", what, code, text);
    exit(1);
}

#define CU(call)                                                                                                      \
    do {                                                                                                              \
        int code_ = (call);                                                                                           \
        if (code_) fail(#call, code_);                                                                                \
    } while (0)
#define VM(call)                                                                                                      \
    do {                                                                                                              \
        int code_ = (int)(call);                                                                                      \
        if (code_) fail(#call, code_);                                                                                \
    } while (0)

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum { MAX_ROUNDS = 201 };
typedef double (*side_fn)(size_t);

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/*
 * Runs both sides in turn and prints their medians, divided by `per`, in `unit`; the median of the rounds' ratios; and
 * for times also that of their differences. Two neighbours of one round see the same machine, whatever its clock does.
 */
static void compare(const char *what, side_fn driver, side_fn library, size_t size, int rounds, double per,
                    const char *unit) {
    static double a[MAX_ROUNDS], b[MAX_ROUNDS], ratios[MAX_ROUNDS], differences[MAX_ROUNDS];
    driver(size);
    library(size);
    for (int i = 0; i < rounds; i++) {
        if (i & 1) {
            b[i] = library(size);
            a[i] = driver(size);
        } else {
            a[i] = driver(size);
            b[i] = library(size);
        }
        ratios[i] = b[i] / a[i];
        differences[i] = b[i] - a[i];
    }
    double x = median(a, rounds), y = median(b, rounds), ratio = median(ratios, rounds);
    if (size > 1 && strchr(unit, 'G'))
        printf("%-34s %12.2f %12.2f %s %8.3f   (us %.1f, %.1f)\n", what, size / x, size / y, unit, ratio, x / 1e3,
               y / 1e3);
    else
        printf("%-34s %12.1f %12.1f %s %8.3f   (%+.0f ns)\n", what, x / per, y / per, unit, ratio,
               median(differences, rounds));
    fflush(stdout);
}

static const char SOURCE[] =
    "extern \"C\" __global__ void empty() {}\n"
    "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {\n"
    "  int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) c[i] = a[i] + b[i]; }\n"
    "extern \"C\" __global__ void touch(float *a) { if (a[0] == 12345.0f) a[1] = 1; }\n";

static CUcontext context;
static CUstream stream;
static CUfunction raw_empty, raw_vadd;
static CUdeviceptr raw_a, raw_b, raw_c, raw_big;
static char *pageable, *pinned;
static vmgpu_device *device;
static vmgpu_kernel *lib_empty, *lib_vadd;
static vmgpu_buffer *lib_a, *lib_b, *lib_c, *lib_big, *man_a, *man_b, *man_c;
static vmgpu_executor *executor;
static int elements = 256;
static char arch[32];

/* ---- launch ---- */

static double raw_launch(size_t count) {
    double t = now();
    for (size_t i = 0; i < count; i++) CU(cuLaunchKernel(raw_empty, 1, 1, 1, 32, 1, 1, 0, stream, NULL, NULL));
    CU(cuStreamSynchronize(stream));
    return (now() - t) / count;
}

static vmgpu_launch_config shape(unsigned threads) {
    vmgpu_launch_config launch;
    vmgpu_launch_config_init(&launch, sizeof launch);
    launch.block.x = threads;
    return launch;
}

static double lib_launch(size_t count) {
    vmgpu_launch_config launch = shape(32);
    double t = now();
    for (size_t i = 0; i < count; i++) VM(vmgpu_kernel_launch(lib_empty, &launch, NULL, 0));
    VM(vmgpu_device_synchronize(device));
    return (now() - t) / count;
}

static double raw_vadd_launch(size_t count) {
    void *args[] = {&raw_a, &raw_b, &raw_c, &elements};
    double t = now();
    for (size_t i = 0; i < count; i++) CU(cuLaunchKernel(raw_vadd, 1, 1, 1, 256, 1, 1, 0, stream, args, NULL));
    CU(cuStreamSynchronize(stream));
    return (now() - t) / count;
}

static void vadd_args(vmgpu_arg *args, vmgpu_buffer *a, vmgpu_buffer *b, vmgpu_buffer *c) {
    args[0] = vmgpu_arg_buffer_const(a);
    args[1] = vmgpu_arg_buffer_const(b);
    args[2] = vmgpu_arg_buffer(c);
    args[3] = vmgpu_arg_i32(elements);
}

static double lib_vadd_launch(size_t count) {
    vmgpu_launch_config launch = shape(256);
    vmgpu_arg args[4];
    vadd_args(args, lib_a, lib_b, lib_c);
    double t = now();
    for (size_t i = 0; i < count; i++) VM(vmgpu_kernel_launch(lib_vadd, &launch, args, 4));
    VM(vmgpu_device_synchronize(device));
    return (now() - t) / count;
}

static double raw_launch_wait(size_t count) {
    void *args[] = {&raw_a, &raw_b, &raw_c, &elements};
    double t = now();
    for (size_t i = 0; i < count; i++) {
        CU(cuLaunchKernel(raw_vadd, 1, 1, 1, 256, 1, 1, 0, stream, args, NULL));
        CU(cuStreamSynchronize(stream));
    }
    return (now() - t) / count;
}

static double lib_launch_wait(size_t count) {
    vmgpu_launch_config launch = shape(256);
    vmgpu_arg args[4];
    vadd_args(args, lib_a, lib_b, lib_c);
    double t = now();
    for (size_t i = 0; i < count; i++) {
        VM(vmgpu_kernel_launch(lib_vadd, &launch, args, 4));
        VM(vmgpu_device_synchronize(device));
    }
    return (now() - t) / count;
}

static vmgpu_execution_request request_for(const char *source, const char *name, unsigned threads,
                                           const vmgpu_arg *args, size_t count) {
    vmgpu_execution_request request;
    vmgpu_execution_request_init(&request, sizeof request);
    request.source = source;
    request.kernel_name = name;
    request.block.x = threads;
    request.args = args;
    request.arg_count = count;
    return request;
}

static double run_executor(size_t count, vmgpu_buffer *a, vmgpu_buffer *b, vmgpu_buffer *c) {
    vmgpu_arg args[4];
    vadd_args(args, a, b, c);
    vmgpu_execution_request request = request_for(SOURCE, "vadd", 256, args, 4);
    vmgpu_execution_result result;
    vmgpu_execution_result_init(&result, sizeof result);
    double t = now();
    for (size_t i = 0; i < count; i++) VM(vmgpu_executor_execute(executor, &request, &result));
    t = (now() - t) / count;
    if (!result.executed_on_gpu || !result.cache_hit) fail("executor hit on the GPU", 0);
    return t;
}

static double hit_plain(size_t count) { return run_executor(count, lib_a, lib_b, lib_c); }
static double hit_managed(size_t count) { return run_executor(count, man_a, man_b, man_c); }

/* ---- memory ---- */

static double raw_alloc(size_t size) {
    double t = now();
    for (int i = 0; i < 200; i++) {
        CUdeviceptr p;
        CU(cuMemAlloc(&p, size));
        CU(cuMemFree(p));
    }
    return (now() - t) / 200;
}

static double raw_alloc_async(size_t size) {
    double t = now();
    for (int i = 0; i < 200; i++) {
        CUdeviceptr p;
        CU(cuMemAllocAsync(&p, size, stream));
        CU(cuMemFreeAsync(p, stream));
    }
    CU(cuStreamSynchronize(stream));
    return (now() - t) / 200;
}

static double lib_alloc(size_t size) {
    double t = now();
    for (int i = 0; i < 200; i++) {
        vmgpu_buffer *buffer;
        VM(vmgpu_buffer_create(device, size, &buffer));
        vmgpu_buffer_destroy(buffer);
    }
    return (now() - t) / 200;
}

static int copies_of(size_t size) { return size <= 65536 ? 200 : size <= (16u << 20) ? 10 : 1; }

static double raw_h2d(size_t size) {
    int n = copies_of(size);
    double t = now();
    for (int i = 0; i < n; i++) CU(cuMemcpyHtoD(raw_big, pageable, size));
    return (now() - t) / n;
}

static double lib_h2d(size_t size) {
    int n = copies_of(size);
    double t = now();
    for (int i = 0; i < n; i++) VM(vmgpu_buffer_write(lib_big, 0, pageable, size));
    VM(vmgpu_device_synchronize(device));
    return (now() - t) / n;
}

static double raw_d2h(size_t size) {
    int n = copies_of(size);
    double t = now();
    for (int i = 0; i < n; i++) CU(cuMemcpyDtoH(pageable, raw_big, size));
    return (now() - t) / n;
}

static double lib_d2h(size_t size) {
    int n = copies_of(size);
    double t = now();
    for (int i = 0; i < n; i++) VM(vmgpu_buffer_read(lib_big, 0, pageable, size));
    return (now() - t) / n;
}

static double raw_pinned(size_t size) {
    int n = copies_of(size);
    double t = now();
    for (int i = 0; i < n; i++) {
        CU(cuMemcpyHtoDAsync(raw_big, pinned, size, stream));
        CU(cuStreamSynchronize(stream));
    }
    return (now() - t) / n;
}

/* Map for writing, unmap, execute: what an engine pays to bring its newest content to the GPU. */
static double lib_mapped(size_t size) {
    vmgpu_buffer *buffer;
    VM(vmgpu_executor_buffer_create(executor, size, &buffer));
    vmgpu_arg args[1] = {vmgpu_arg_buffer(buffer)};
    vmgpu_execution_request request = request_for(SOURCE, "touch", 1, args, 1);
    vmgpu_execution_result result;
    vmgpu_execution_result_init(&result, sizeof result);
    int n = copies_of(size);
    double best = 0;
    for (int i = 0; i < n + 1; i++) {
        void *p;
        VM(vmgpu_buffer_map(buffer, VMGPU_ACCESS_WRITE, &p));
        ((volatile char *)p)[0] = 1;
        VM(vmgpu_buffer_unmap(buffer));
        double t = now();
        VM(vmgpu_executor_execute(executor, &request, &result));
        if (i) best += now() - t;
        VM(vmgpu_buffer_read(buffer, 0, pageable, 1));
    }
    vmgpu_buffer_destroy(buffer);
    return best / n;
}

/* ---- compile ---- */

static int serial;

/* Compile and load; with `launch` also one launch and its end, which is when the driver really loads the kernel. */
static double raw_new_kernel(int launch) {
    char text[2048];
    snprintf(text, sizeof text, "// %d\n%s", serial++, SOURCE);
    const char *options[] = {arch};
    double t = now();
    nvrtcProgram program;
    CU(nvrtcCreateProgram(&program, text, "k.cu", 0, NULL, NULL));
    CU(nvrtcCompileProgram(program, 1, options));
    size_t size;
    CU(nvrtcGetCUBINSize(program, &size));
    char *cubin = malloc(size);
    CU(nvrtcGetCUBIN(program, cubin));
    CU(nvrtcDestroyProgram(&program));
    CUmodule module;
    CUfunction function;
    CU(cuModuleLoadData(&module, cubin));
    CU(cuModuleGetFunction(&function, module, "vadd"));
    if (launch) {
        void *args[] = {&raw_a, &raw_b, &raw_c, &elements};
        CU(cuLaunchKernel(function, 1, 1, 1, 256, 1, 1, 0, stream, args, NULL));
        CU(cuStreamSynchronize(stream));
    }
    t = now() - t;
    CU(cuModuleUnload(module));
    free(cubin);
    return t;
}

static double raw_compile(size_t unused) {
    (void)unused;
    return raw_new_kernel(0);
}

static double raw_compile_and_run(size_t unused) {
    (void)unused;
    return raw_new_kernel(1);
}

static double lib_compile(size_t unused) {
    (void)unused;
    char text[2048];
    snprintf(text, sizeof text, "// %d\n%s", serial++, SOURCE);
    vmgpu_kernel *kernel;
    double t = now();
    VM(vmgpu_kernel_compile(device, text, "vadd", NULL, &kernel));
    t = now() - t;
    vmgpu_kernel_destroy(kernel);
    return t;
}

static double lib_execute_new(size_t unused) {
    (void)unused;
    char text[2048];
    snprintf(text, sizeof text, "// %d\n%s", serial++, SOURCE);
    vmgpu_arg args[4];
    vadd_args(args, lib_a, lib_b, lib_c);
    vmgpu_execution_request request = request_for(text, "vadd", 256, args, 4);
    vmgpu_execution_result result;
    vmgpu_execution_result_init(&result, sizeof result);
    double t = now();
    VM(vmgpu_executor_execute(executor, &request, &result));
    return now() - t;
}

int main(void) {
    const char *drivers[] = {"libcuda.so.1", "libcuda.so", NULL};
    const char *compilers[] = {"libnvrtc.so.13", "libnvrtc.so.12", "/usr/local/cuda/lib64/libnvrtc.so",
                               "/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12", NULL};
    void *cuda = open_first(drivers), *nvrtc = open_first(compilers);
    if (!cuda || !nvrtc) {
        printf("no CUDA driver or no NVRTC on this machine: nothing to compare with\n");
        return 0;
    }
#define LOAD_CUDA(name, symbol, params)                                                                               \
    if (!(*(void **)(&name) = dlsym(cuda, symbol))) fail(symbol, 0);
#define LOAD_NVRTC(name, symbol, params)                                                                              \
    if (!(*(void **)(&name) = dlsym(nvrtc, symbol))) fail(symbol, 0);
    DRIVER(LOAD_CUDA)
    NVRTC(LOAD_NVRTC)

    double start = now();
    vmgpu_manager *manager;
    vmgpu_device_info info;
    VM(vmgpu_manager_create(NULL, &manager));
    VM(vmgpu_manager_default_device(manager, &device));
    vmgpu_device_info_init(&info, sizeof info);
    VM(vmgpu_device_get_info(device, &info));
    if (info.device_type != VMGPU_DEVICE_TYPE_CUDA) {
        printf("the default device is %s: nothing to compare with\n", info.name);
        return 0;
    }
    snprintf(arch, sizeof arch, "-arch=sm_%u%u", info.compute_capability_major, info.compute_capability_minor);
    VM(vmgpu_kernel_compile(device, SOURCE, "empty", NULL, &lib_empty));
    printf("%s, driver %u; manager, context and first kernel %.1f ms\n", info.name, info.driver_version,
           (now() - start) / 1e6);
    VM(vmgpu_kernel_compile(device, SOURCE, "vadd", NULL, &lib_vadd));
    vmgpu_executor_config config;
    vmgpu_executor_config_init(&config, sizeof config);
    config.enable_cpu_fallback = 0;
    VM(vmgpu_executor_create(manager, &config, &executor));

    CU(cuInit(0));
    CU(cuDevicePrimaryCtxRetain(&context, 0));
    CU(cuCtxSetCurrent(context));
    CU(cuStreamCreate(&stream, 1));
    CUmodule module;
    {
        nvrtcProgram program;
        size_t size;
        const char *options[] = {arch};
        CU(nvrtcCreateProgram(&program, SOURCE, "k.cu", 0, NULL, NULL));
        CU(nvrtcCompileProgram(program, 1, options));
        CU(nvrtcGetCUBINSize(program, &size));
        char *cubin = malloc(size);
        CU(nvrtcGetCUBIN(program, cubin));
        CU(cuModuleLoadData(&module, cubin));
        CU(cuModuleGetFunction(&raw_empty, module, "empty"));
        CU(cuModuleGetFunction(&raw_vadd, module, "vadd"));
    }
    size_t big = (size_t)1 << 30;
    pageable = malloc(big);
    for (size_t i = 0; i < big; i++) pageable[i] = (char)(i * 2654435761u >> 24);
    CU(cuMemHostAlloc((void **)&pinned, big, 0));
    memcpy(pinned, pageable, big);
    CU(cuMemAlloc(&raw_a, 1024));
    CU(cuMemAlloc(&raw_b, 1024));
    CU(cuMemAlloc(&raw_c, 1024));
    CU(cuMemAlloc(&raw_big, big));
    vmgpu_buffer **small[] = {&lib_a, &lib_b, &lib_c};
    vmgpu_buffer **managed[] = {&man_a, &man_b, &man_c};
    for (int i = 0; i < 3; i++) {
        VM(vmgpu_buffer_create(device, 1024, small[i]));
        VM(vmgpu_buffer_write(*small[i], 0, pageable, 1024));
        VM(vmgpu_executor_buffer_create(executor, 1024, managed[i]));
        VM(vmgpu_buffer_write(*managed[i], 0, pageable, 1024));
    }
    VM(vmgpu_buffer_create(device, big, &lib_big));
    {
        vmgpu_arg args[4];
        vadd_args(args, man_a, man_b, man_c);
        vmgpu_execution_request request = request_for(SOURCE, "vadd", 256, args, 4);
        VM(vmgpu_executor_execute(executor, &request, NULL));
    }

    printf("%-34s %12s %12s\n", "", "driver", "library");
    compare("launch, empty, sustained", raw_launch, lib_launch, 2000, 151, 1, "ns  ");
    compare("launch, 4 arguments, sustained", raw_vadd_launch, lib_vadd_launch, 2000, 151, 1, "ns  ");
    compare("launch and wait", raw_launch_wait, lib_launch_wait, 500, 151, 1, "ns  ");
    compare("executor hit, plain buffers", raw_launch_wait, hit_plain, 500, 151, 1, "ns  ");
    compare("executor hit, managed buffers", raw_launch_wait, hit_managed, 500, 151, 1, "ns  ");
    compare("(library launch and wait) | hit", lib_launch_wait, hit_managed, 500, 151, 1, "ns  ");
    compare("allocate and free 1 MB", raw_alloc, lib_alloc, 1 << 20, 15, 1, "ns  ");
    compare("the driver's pool | library, 1 MB", raw_alloc_async, lib_alloc, 1 << 20, 15, 1, "ns  ");
    size_t sizes[] = {1024, 65536, 1 << 20, 16 << 20, 256 << 20, big};
    const char *names[] = {"1 KB", "64 KB", "1 MB", "16 MB", "256 MB", "1 GB"};
    for (int i = 0; i < 6; i++) {
        char what[64];
        int rounds = sizes[i] > (64u << 20) ? 5 : 11;
        snprintf(what, sizeof what, "host to device, pageable, %s", names[i]);
        compare(what, raw_h2d, lib_h2d, sizes[i], rounds, 1, "GB/s");
        snprintf(what, sizeof what, "device to host, pageable, %s", names[i]);
        compare(what, raw_d2h, lib_d2h, sizes[i], rounds, 1, "GB/s");
        snprintf(what, sizeof what, "pinned copy | mapped+execute, %s", names[i]);
        compare(what, raw_pinned, lib_mapped, sizes[i], rounds, 1, "GB/s");
    }
    compare("compile and load", raw_compile, lib_compile, 1, 9, 1e6, "ms  ");
    compare("compile, load, run | executor miss", raw_compile_and_run, lib_execute_new, 1, 9, 1e6, "ms  ");
    return 0;
}
