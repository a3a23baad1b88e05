/*
 * The executor and kernels on a (fake) GPU. Run once a case, in a process of its own: `fake_gpu CASE`, with
 * VMGPU_CUDA_PATH and VMGPU_NVRTC_PATH naming the fake driver and compiler of tests/fakes, which know the kernels used
 * here by name.
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <time.h>

#include "check.h"

static const char *vadd_source =
    "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n) c[i] = a[i] + b[i];\n"
    "}\n";
static const char *endless_source = "extern \"C\" __global__ void endless() { for (;;); }\n";
static const char *fault_source = "extern \"C\" __global__ void fault(float *c) { *(float *)1 = c[0]; }\n";
static const char *scale_source =
    "extern \"C\" __global__ void scale(float *p, float factor, int n) {\n"
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n) p[i] *= factor;\n"
    "}\n";

static vmgpu_manager *manager;
static vmgpu_executor *executor;
static vmgpu_buffer *a, *b, *c;
static vmgpu_arg args[4];
static vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
static vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;

enum { N = 1000 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Calls a control function of the fake driver. */
static void fake(const char *function, const char *name, long value) {
    void *library = dlopen(getenv("VMGPU_CUDA_PATH"), RTLD_NOW | RTLD_LOCAL);
    void *symbol;
    REQUIRE(library != NULL);
    symbol = dlsym(library, function);
    REQUIRE(symbol != NULL);
    if (name) {
        void (*control)(const char *, long);
        memcpy(&control, &symbol, sizeof control);
        control(name, value);
    } else {
        void (*release)(long);
        memcpy(&release, &symbol, sizeof release);
        release(value);
    }
}

static int calls;

static int add_in_c(void *user, char *error, size_t capacity) {
    float x[N], y[N];
    void *pointer = NULL;
    int i;
    (void)user;
    (void)error;
    (void)capacity;
    calls++;
    STATUS(OK, vmgpu_buffer_read(a, 0, x, sizeof x));
    STATUS(OK, vmgpu_buffer_read(b, 0, y, sizeof y));
    STATUS(OK, vmgpu_buffer_map(c, VMGPU_ACCESS_WRITE, &pointer));
    if (!pointer) return 1;
    for (i = 0; i < N; i++) ((float *)pointer)[i] = x[i] + y[i];
    STATUS(OK, vmgpu_buffer_unmap(c));
    return 0;
}

static void set_up(int with_callback) {
    float x[N], y[N];
    int i;
    for (i = 0; i < N; i++) {
        x[i] = 0.25f * (float)i;
        y[i] = 100.0f - (float)i;
    }
    STATUS(OK, vmgpu_manager_create(NULL, &manager));
    executor = executor_of(manager);
    REQUIRE(vmgpu_executor_has_gpu(executor));
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof x, &a));
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof x, &b));
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof x, &c));
    STATUS(OK, vmgpu_buffer_write(a, 0, x, sizeof x));
    STATUS(OK, vmgpu_buffer_write(b, 0, y, sizeof y));
    STATUS(OK, vmgpu_buffer_fill(c, 0, 0xff, sizeof x));
    args[0] = vmgpu_arg_buffer_const(a);
    args[1] = vmgpu_arg_buffer_const(b);
    args[2] = vmgpu_arg_buffer(c);
    args[3] = vmgpu_arg_i32(N);
    request.source = vadd_source;
    request.kernel_name = "vadd";
    request.grid.x = 4;
    request.block.x = 256;
    request.args = args;
    request.arg_count = 4;
    if (with_callback) request.fallback = add_in_c;
}

static int sums_are_right(void) {
    float z[N];
    int i;
    if (vmgpu_buffer_read(c, 0, z, sizeof z) != VMGPU_STATUS_OK) return 0;
    for (i = 0; i < N; i++) {
        if (z[i] != 0.25f * (float)i + (100.0f - (float)i)) return 0;
    }
    return 1;
}

static int report_says(const char *part) {
    char text[4000];
    vmgpu_last_report(text, sizeof text, NULL);
    if (strstr(text, part)) return 1;
    printf("no \"%s\" in the report:\n%s", part, text);
    return 0;
}

static void tear_down(void) {
    STATUS(OK, vmgpu_buffer_destroy(a));
    STATUS(OK, vmgpu_buffer_destroy(b));
    STATUS(OK, vmgpu_buffer_destroy(c));
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_manager_destroy(manager));
}

static void success(void) {
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    set_up(1);
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(result.success && result.executed_on_gpu && result.executed_by == VMGPU_EXECUTED_BY_GPU);
    CHECK(result.device_type == VMGPU_DEVICE_TYPE_CUDA && result.device_id == 0 && result.cache_hit == 0);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_NONE && result.status == VMGPU_STATUS_OK);
    CHECK(result.execution_time_ns > 0 && calls == 0 && sums_are_right());
    CHECK(report_says("executed by the GPU"));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(result.cache_hit == 1);
    STATUS(OK, vmgpu_executor_get_stats(executor, &stats));
    CHECK(stats.gpu_success_count == 2 && stats.cache_hits == 1 && stats.cache_misses == 1);
    CHECK(stats.kernel_compilation_count == 1 && stats.gpu_success_rate == 1.0 && stats.cache_hit_rate == 0.5);
    CHECK(stats.avg_gpu_time_us > 0 && stats.total_gpu_time_ns > 0 && stats.cpu_fallback_count == 0);
    STATUS(OK, vmgpu_executor_clear_cache(executor));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(result.cache_hit == 0);
    /* Arguments that do not fit the kernel are the request's own fault: no callback. */
    request.arg_count = 3;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("takes 4 arguments, 3 given"));
    request.arg_count = 4;
    args[3] = vmgpu_arg_f64(1.0);
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("args[3]"));
    args[3] = vmgpu_arg_i32(N);
    request.block.x = 4096;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("block") && calls == 0);
    tear_down();
}

static void compile_error(void) {
    char text[4000];
    vmgpu_device *device = NULL;
    vmgpu_kernel *kernel = NULL;
    set_up(1);
    request.source = "#error there is a hole in the bucket\nextern \"C\" __global__ void vadd() {}\n";
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(calls == 1 && sums_are_right() && result.executed_by == VMGPU_EXECUTED_BY_CALLBACK);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_COMPILE_FAILED);
    CHECK(report_says("hole in the bucket"));
    /* Directly: the compiler's whole log is the last error. */
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    STATUS(KERNEL_COMPILATION_FAILED, vmgpu_kernel_compile(device, request.source, "vadd", NULL, &kernel));
    STATUS(OK, vmgpu_last_error(text, sizeof text, NULL));
    CHECK(strstr(text, "hole in the bucket") && strstr(text, "vadd"));
    CHECK(kernel == NULL);
    STATUS(OK, vmgpu_device_destroy(device));
    tear_down();
}

static void direct_kernel(void) {
    vmgpu_device *device = NULL;
    vmgpu_kernel *kernel = NULL, *loaded = NULL, *none = NULL;
    vmgpu_kernel_info info = VMGPU_KERNEL_INFO_INIT;
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_buffer *p = NULL;
    vmgpu_arg list[3];
    float in[100], out[100];
    unsigned char binary[40000];
    char text[1000];
    size_t length = 0;
    void *pointer = NULL;
    int i, wrong = 0;
    set_up(0);
    for (i = 0; i < 100; i++) in[i] = (float)i - 49.5f;
    STATUS(OK, vmgpu_manager_device(manager, 0, &device));
    STATUS(OK, vmgpu_kernel_compile(device, scale_source, "scale", NULL, &kernel));
    STATUS(OK, vmgpu_kernel_get_info(kernel, &info));
    CHECK(strcmp(info.name, "scale") == 0 && info.num_params == 3 && strstr(info.compiler, "NVRTC") != NULL);
    CHECK(info.binary_size > 0 && info.compiled_at > 1600000000u && info.max_threads_per_block > 0);
    STATUS(OK, vmgpu_kernel_source(kernel, text, sizeof text, &length));
    CHECK(strcmp(text, scale_source) == 0 && length == strlen(scale_source));
    STATUS(OK, vmgpu_kernel_compile_log(kernel, text, sizeof text, &length));
    /* Binary out: asked for, too small and untouched, exact. */
    STATUS(OK, vmgpu_kernel_binary(kernel, NULL, 0, &length));
    CHECK(length == info.binary_size);
    REQUIRE(length <= sizeof binary);
    binary[0] = 0x77;
    STATUS(BUFFER_TOO_SMALL, vmgpu_kernel_binary(kernel, binary, length - 1, &length));
    CHECK(binary[0] == 0x77 && length == info.binary_size);
    STATUS(OK, vmgpu_kernel_binary(kernel, binary, length, NULL));
    STATUS(OK, vmgpu_kernel_load(device, binary, length, "scale", &loaded));
    STATUS(KERNEL_LOADING_FAILED, vmgpu_kernel_load(device, "not a kernel", 12, "scale", &none));
    CHECK(none == NULL);
    STATUS(OK, vmgpu_buffer_create(device, sizeof in, &p));
    STATUS(OK, vmgpu_buffer_write(p, 0, in, sizeof in));
    list[0] = vmgpu_arg_buffer(p);
    list[1] = vmgpu_arg_f32(-2.0f);
    list[2] = vmgpu_arg_i32(100);
    launch.grid.x = 1;
    launch.block.x = 128;
    STATUS(OK, vmgpu_kernel_launch(kernel, &launch, list, 3));
    STATUS(OK, vmgpu_kernel_launch(loaded, &launch, list, 3));
    STATUS(OK, vmgpu_device_synchronize(device));
    STATUS(OK, vmgpu_buffer_read(p, 0, out, sizeof out));
    for (i = 0; i < 100; i++) wrong += out[i] != 4.0f * in[i];
    CHECK(wrong == 0);
    list[0] = vmgpu_arg_pointer(vmgpu_buffer_device_pointer(p) + 50 * sizeof(float));
    list[2] = vmgpu_arg_i32(50);
    STATUS(OK, vmgpu_kernel_launch(kernel, &launch, list, 3));
    STATUS(OK, vmgpu_buffer_read(p, 0, out, sizeof out));
    CHECK(out[49] == 4.0f * in[49] && out[50] == -8.0f * in[50]);
    STATUS(FEATURE_NOT_SUPPORTED, vmgpu_buffer_map(p, VMGPU_ACCESS_READ, &pointer));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, list, 2));
    launch.block.x = 0;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, list, 3));
    STATUS(OK, vmgpu_kernel_destroy(kernel));
    STATUS(OK, vmgpu_kernel_destroy(loaded));
    STATUS(OK, vmgpu_buffer_destroy(p));
    STATUS(OK, vmgpu_device_destroy(device));
    tear_down();
}

static void symbols(void) {
    static const char *source = "__constant__ int table[4];\n__device__ float scalar;\n"
                                "extern \"C\" __global__ void empty() {}\n";
    vmgpu_device *device = NULL;
    vmgpu_kernel *kernel = NULL;
    int in[4] = {3, 1, 4, 1}, out[4] = {0, 0, 0, 0};
    STATUS(OK, vmgpu_manager_create(NULL, &manager));
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    STATUS(OK, vmgpu_kernel_compile(device, source, "empty", NULL, &kernel));
    STATUS(OK, vmgpu_kernel_symbol_write(kernel, "table", 0, in, sizeof in));
    STATUS(OK, vmgpu_kernel_symbol_write(kernel, "table", 4, &in[2], 4));
    STATUS(OK, vmgpu_kernel_symbol_read(kernel, "table", 0, out, sizeof out));
    CHECK(out[0] == 3 && out[1] == 4 && out[2] == 4 && out[3] == 1);
    STATUS(OUT_OF_RANGE, vmgpu_kernel_symbol_write(kernel, "table", 4, in, sizeof in));
    STATUS(OUT_OF_RANGE, vmgpu_kernel_symbol_read(kernel, "table", (size_t)-1, out, 4));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_symbol_read(kernel, "nothing", 0, out, 4));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_symbol_write(kernel, NULL, 0, in, 4));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_symbol_write(kernel, "table", 0, NULL, 4));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_symbol_read(kernel, NULL, 0, out, 4));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_symbol_read(kernel, "table", 0, NULL, 4));
    STATUS(OK, vmgpu_kernel_symbol_write(kernel, "table", 16, NULL, 0));
    STATUS(OK, vmgpu_kernel_destroy(kernel));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
}

static void out_of_memory(void) {
    set_up(1);
    fake("fake_control", "OOM_FROM", 1);
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(calls == 1 && result.executed_by == VMGPU_EXECUTED_BY_CALLBACK && sums_are_right());
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_OUT_OF_MEMORY);
    CHECK(report_says("out of memory"));
    {
        vmgpu_device *device = NULL;
        vmgpu_buffer *plain = NULL;
        STATUS(OK, vmgpu_manager_default_device(manager, &device));
        STATUS(MEMORY_ALLOCATION_FAILED, vmgpu_buffer_create(device, 1 << 20, &plain));
        CHECK(plain == NULL && error_says("1048576"));
        /* It passes: with memory there the GPU is used again. */
        fake("fake_control", "OOM_FROM", 1000000);
        STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
        CHECK(result.executed_on_gpu && sums_are_right());
        STATUS(OK, vmgpu_device_destroy(device));
    }
    tear_down();
}

static void illegal_address(void) {
    vmgpu_device *device = NULL;
    vmgpu_buffer *plain = NULL, *other = NULL;
    vmgpu_execution_request bad;
    vmgpu_arg arg;
    char explained[4000];
    set_up(1);
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    STATUS(OK, vmgpu_buffer_create(device, 64, &plain));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(result.executed_on_gpu);
    bad = request;
    bad.source = fault_source;
    bad.kernel_name = "fault";
    bad.fallback = NULL;
    arg = vmgpu_arg_buffer_const(a);
    bad.args = &arg;
    bad.arg_count = 1;
    /* The device is lost, and whatever the CPU device says of such a kernel, the call comes back. */
    CHECK(vmgpu_executor_execute(executor, &bad, &result) != VMGPU_STATUS_OK || !result.executed_on_gpu);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_DEVICE_LOST);
    CHECK(!vmgpu_device_is_available(device));
    STATUS(DEVICE_LOST, vmgpu_device_synchronize(device));
    STATUS(DEVICE_LOST, vmgpu_buffer_fill(plain, 0, 1, 64));
    STATUS(DEVICE_LOST, vmgpu_buffer_create(device, 64, &other));
    CHECK(other == NULL && error_says("fault"));
    CHECK(!vmgpu_executor_has_gpu(executor) && !vmgpu_manager_has_gpu(manager));
    STATUS(OK, vmgpu_manager_explain(manager, explained, sizeof explained, NULL));
    CHECK(strstr(explained, "is lost"));
    /* Inputs are still there: they were only read. The output's newest content was on the device: write it again. */
    {
        float x[N];
        STATUS(OK, vmgpu_buffer_read(a, 0, x, sizeof x));
        CHECK(x[4] == 1.0f);
        STATUS(DATA_LOST, vmgpu_buffer_read(c, 0, x, sizeof x));
        CHECK(error_says("lost"));
        STATUS(OK, vmgpu_buffer_fill(c, 0, 0, sizeof x));
    }
    calls = 0;
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(calls == 1 && sums_are_right() && result.executed_by == VMGPU_EXECUTED_BY_CALLBACK);
    /* What belonged to the lost device can be destroyed. */
    STATUS(OK, vmgpu_buffer_destroy(plain));
    STATUS(OK, vmgpu_device_destroy(device));
    tear_down();
}

static void endless(void) {
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor *strict = NULL;
    vmgpu_device *device = NULL;
    vmgpu_execution_request bad = VMGPU_EXECUTION_REQUEST_INIT;
    double started;
    int i;
    set_up(1);
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    /* Reading brings the content to the host; what only a busy device has could not be mapped. */
    CHECK(sums_are_right());
    config.enable_cpu_fallback = 0;
    STATUS(OK, vmgpu_executor_create(manager, &config, &strict));
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    bad.source = endless_source;
    bad.kernel_name = "endless";
    bad.timeout_ms = 300;
    started = now_ms();
    STATUS(TIMEOUT, vmgpu_executor_execute(strict, &bad, &result));
    CHECK(now_ms() - started >= 290 && now_ms() - started < 5000);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_TIMEOUT && !result.success);
    CHECK(error_says("endless") && error_says("300 ms"));
    /* Busy: said at once, and other work falls back. */
    CHECK(!vmgpu_device_is_available(device));
    started = now_ms();
    STATUS(DEVICE_BUSY, vmgpu_executor_execute(strict, &bad, &result));
    STATUS(DEVICE_BUSY, vmgpu_device_synchronize(device));
    CHECK(now_ms() - started < 1000);
    calls = 0;
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(calls == 1 && result.fallback_reason == VMGPU_FALLBACK_REASON_DEVICE_BUSY && sums_are_right());
    /* The kernel ends, and the device is used again. */
    fake("fake_release", NULL, 1);
    for (i = 0; i < 200 && !vmgpu_device_is_available(device); i++) {
        struct timespec pause = {0, 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    CHECK(vmgpu_device_is_available(device));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(result.executed_on_gpu && calls == 1 && sums_are_right());
    STATUS(OK, vmgpu_executor_destroy(strict));
    STATUS(OK, vmgpu_device_destroy(device));
    tear_down();
}

/* Waiting for a device with a limit of one's own. */
static void wait_with_limit(void) {
    vmgpu_device *device = NULL;
    vmgpu_kernel *kernel = NULL;
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    double started;
    STATUS(OK, vmgpu_manager_create(NULL, &manager));
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    STATUS(OK, vmgpu_kernel_compile(device, endless_source, "endless", NULL, &kernel));
    STATUS(OK, vmgpu_kernel_launch(kernel, &launch, NULL, 0));
    STATUS(TIMEOUT, vmgpu_device_wait(device, 0));
    started = now_ms();
    STATUS(TIMEOUT, vmgpu_device_wait(device, 200));
    CHECK(now_ms() - started >= 190 && now_ms() - started < 5000);
    CHECK(vmgpu_device_is_available(device));
    fake("fake_release", NULL, 1);
    STATUS(OK, vmgpu_device_wait(device, 10000));
    STATUS(OK, vmgpu_kernel_destroy(kernel));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
}

/* Ends with a kernel still running and nothing destroyed: the process must end all the same. */
static void exit_while_busy(void) {
    vmgpu_execution_request bad = VMGPU_EXECUTION_REQUEST_INIT;
    set_up(1);
    bad.source = endless_source;
    bad.kernel_name = "endless";
    bad.timeout_ms = 100;
    CHECK(vmgpu_executor_execute(executor, &bad, &result) != VMGPU_STATUS_OK || !result.executed_on_gpu);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_TIMEOUT);
}

/* As before, but everything is destroyed while the kernel runs. */
static void destroy_while_busy(void) {
    double started;
    exit_while_busy();
    started = now_ms();
    tear_down();
    CHECK(now_ms() - started < 2000);
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"success", success},           {"compile_error", compile_error}, {"direct_kernel", direct_kernel},
        {"symbols", symbols},           {"out_of_memory", out_of_memory}, {"illegal_address", illegal_address},
        {"endless", endless},           {"wait_with_limit", wait_with_limit},
        {"exit_while_busy", exit_while_busy}, {"destroy_while_busy", destroy_while_busy},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (count < 2) printf("%s\n", cases[i].name);
        if (count == 2 && strcmp(arguments[1], cases[i].name) == 0) cases[i].run();
    }
    return count < 2 ? 0 : check_result();
}
