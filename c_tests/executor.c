/* The executor on a machine without a GPU: fallback function, report, statistics, errors that never fall back. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

static vmgpu_manager *manager;

static const char *double_source = "extern \"C\" __global__ void twice(float *x, const float *y, int n) {\n"
                                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                   "    if (i < n) x[i] = 2.0f * y[i];\n"
                                   "}\n";

typedef struct job {
    vmgpu_buffer *x, *y;
    int calls, fail, n;
    const char *text;
} job;

/* The same work in C, by reading and mapping the request's buffers. */
static int twice_in_c(void *user, char *error, size_t capacity) {
    job *j = user;
    float y[256];
    void *pointer = NULL;
    int i;
    j->calls++;
    if (j->text) snprintf(error, capacity, "%s", j->text);
    if (j->fail) return j->fail;
    STATUS(OK, vmgpu_buffer_read(j->y, 0, y, (size_t)j->n * sizeof(float)));
    STATUS(OK, vmgpu_buffer_map(j->x, VMGPU_ACCESS_WRITE, &pointer));
    for (i = 0; i < j->n; i++) ((float *)pointer)[i] = 2.0f * y[i];
    STATUS(OK, vmgpu_buffer_unmap(j->x));
    return 0;
}

static void prepare(vmgpu_executor *executor, job *j, vmgpu_arg *args, vmgpu_execution_request *request) {
    float y[100];
    int i;
    memset(j, 0, sizeof *j);
    j->n = 100;
    for (i = 0; i < 100; i++) y[i] = 0.5f * (float)i - 3.25f;
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof y, &j->x));
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof y, &j->y));
    STATUS(OK, vmgpu_buffer_fill(j->x, 0, 0xff, sizeof y));
    STATUS(OK, vmgpu_buffer_write(j->y, 0, y, sizeof y));
    args[0] = vmgpu_arg_buffer(j->x);
    args[1] = vmgpu_arg_buffer_const(j->y);
    args[2] = vmgpu_arg_i32(100);
    STATUS(OK, vmgpu_execution_request_init(request, sizeof *request));
    request->source = double_source;
    request->kernel_name = "twice";
    request->grid.x = 4;
    request->block.x = 32;
    request->args = args;
    request->arg_count = 3;
    request->fallback = twice_in_c;
    request->fallback_user = j;
}

static int right(const job *j) {
    float x[100];
    int i;
    if (vmgpu_buffer_read(j->x, 0, x, sizeof x) != VMGPU_STATUS_OK) return 0;
    for (i = 0; i < 100; i++) {
        if (x[i] != 2.0f * (0.5f * (float)i - 3.25f)) return 0;
    }
    return 1;
}

static void finish(job *j) {
    STATUS(OK, vmgpu_buffer_destroy(j->x));
    STATUS(OK, vmgpu_buffer_destroy(j->y));
}

static void the_callback_does_the_work(void) {
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_execution_request request;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    vmgpu_arg args[3];
    char report[2000], text[2000];
    job j;
    prepare(executor, &j, args, &request);
    CHECK(!vmgpu_executor_has_gpu(executor));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(j.calls == 1 && right(&j));
    CHECK(result.struct_size == sizeof result && result.success == 1 && result.executed_on_gpu == 0);
    CHECK(result.executed_by == VMGPU_EXECUTED_BY_CALLBACK && result.device_type == 0);
    CHECK(result.fallback_reason == VMGPU_FALLBACK_REASON_NO_DEVICE && result.status == VMGPU_STATUS_OK);
    CHECK(result.execution_time_ns > 0 && result.cache_hit == 0);
    STATUS(OK, vmgpu_last_report(report, sizeof report, NULL));
    CHECK(strstr(report, "twice") && strstr(report, "callback") && strstr(report, "no GPU available"));
    /* The result is optional. */
    STATUS(OK, vmgpu_executor_execute(executor, &request, NULL));
    STATUS(OK, vmgpu_executor_get_stats(executor, &stats));
    CHECK(stats.total_executions == 2 && stats.cpu_fallback_count == 2 && stats.gpu_success_count == 0);
    CHECK(stats.fallback_rate == 1.0 && stats.gpu_success_rate == 0.0 && stats.cache_hit_rate == 0.0);
    CHECK(stats.avg_gpu_time_us == 0.0 && stats.total_cpu_time_ns >= result.execution_time_ns);
    STATUS(OK, vmgpu_executor_format_stats(executor, text, sizeof text, NULL));
    CHECK(strstr(text, "executions        2") && strstr(text, "100.0 %"));
    STATUS(OK, vmgpu_executor_reset_stats(executor));
    STATUS(OK, vmgpu_executor_get_stats(executor, &stats));
    CHECK(stats.total_executions == 0 && stats.total_cpu_time_ns == 0 && stats.fallback_rate == 0.0);
    STATUS(OK, vmgpu_executor_clear_cache(executor));
    finish(&j);
    vmgpu_executor_destroy(executor);
}

static void a_failing_callback_is_reported(void) {
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_execution_request request;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[3];
    char report[2000];
    job j;
    prepare(executor, &j, args, &request);
    j.fail = 5;
    j.text = "the interpreter is on holiday";
    STATUS(OTHER, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("on holiday") && error_says("returned 5"));
    CHECK(j.calls == 1 && !result.success && result.status == VMGPU_STATUS_OTHER);
    CHECK(result.executed_by == VMGPU_EXECUTED_BY_NONE);
    STATUS(OK, vmgpu_last_report(report, sizeof report, NULL));
    CHECK(strstr(report, "not executed") && strstr(report, "on holiday"));
    j.text = NULL;
    STATUS(OTHER, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("returned 5"));
    finish(&j);
    vmgpu_executor_destroy(executor);
}

static void errors_of_the_request_never_fall_back(void) {
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_execution_request request, bad;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    vmgpu_arg args[3], wrong[3];
    job j;
    prepare(executor, &j, args, &request);
#define REFUSED(status_name, change)                                                                           \
    do {                                                                                                       \
        bad = request;                                                                                         \
        memcpy(wrong, args, sizeof wrong);                                                                     \
        bad.args = wrong;                                                                                      \
        change;                                                                                                \
        result.status = 9999;                                                                                  \
        STATUS(status_name, vmgpu_executor_execute(executor, &bad, &result));                                  \
        CHECK(result.status == VMGPU_STATUS_##status_name && !result.success);                                 \
    } while (0)
    REFUSED(INVALID_ARGUMENT, bad.source = "");
    REFUSED(INVALID_ARGUMENT, bad.kernel_name = "");
    REFUSED(INVALID_ARGUMENT, bad.source = "bad \xc3(");
    REFUSED(INVALID_ARGUMENT, wrong[2].kind = 0);
    REFUSED(INVALID_ARGUMENT, wrong[2].kind = 16);
    CHECK(error_says("args[2]") && error_says("kind 16"));
    REFUSED(INVALID_ARGUMENT, wrong[2].size = 8);
    CHECK(error_says("args[2]") && error_says("size 8"));
    REFUSED(INVALID_ARGUMENT, wrong[0].size = 4);
    REFUSED(INVALID_ARGUMENT, wrong[1] = vmgpu_arg_struct(NULL, 4));
    REFUSED(INVALID_ARGUMENT, wrong[1] = vmgpu_arg_struct(args, 0));
    REFUSED(INVALID_ARGUMENT, wrong[1] = vmgpu_arg_struct(args, (size_t)1 << 40));
    REFUSED(INVALID_ARGUMENT, bad.arg_count = (size_t)-1);
    REFUSED(INVALID_HANDLE, wrong[1] = vmgpu_arg_buffer(NULL));
    CHECK(j.calls == 0);
    STATUS(OK, vmgpu_executor_get_stats(executor, &stats));
    CHECK(stats.cpu_fallback_count == 0);
    finish(&j);
    vmgpu_executor_destroy(executor);
}

/* The report is that of this call, however early it was refused. */
static void a_refused_call_has_a_report_of_its_own(void) {
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_execution_request request, bad;
    vmgpu_arg args[3], wrong[3];
    vmgpu_compile_options odd = VMGPU_COMPILE_OPTIONS_INIT;
    const char *no_text[1] = {NULL};
    char report[2000];
    size_t length = 0;
    job j;
    prepare(executor, &j, args, &request);
#define REPORTS(status_name, what, change)                                                                     \
    do {                                                                                                       \
        STATUS(OK, vmgpu_executor_execute(executor, &request, NULL));                                          \
        STATUS(OK, vmgpu_last_report(report, sizeof report, NULL));                                            \
        CHECK(strstr(report, "callback") && !strstr(report, "refused"));                                       \
        bad = request;                                                                                         \
        memcpy(wrong, args, sizeof wrong);                                                                     \
        bad.args = wrong;                                                                                      \
        change;                                                                                                \
        STATUS(status_name, vmgpu_executor_execute(executor, &bad, NULL));                                     \
        STATUS(OK, vmgpu_last_report(report, sizeof report, &length));                                         \
        CHECK(strstr(report, "not executed") && strstr(report, "refused") && strstr(report, what));            \
        CHECK(!strstr(report, "callback") && length == strlen(report));                                        \
        CHECK(error_says(what));                                                                               \
    } while (0)
    REPORTS(INVALID_ARGUMENT, "request->source", bad.source = NULL);
    REPORTS(INVALID_ARGUMENT, "request->source", bad.source = "bad \xc3(");
    REPORTS(INVALID_ARGUMENT, "request->kernel_name", bad.kernel_name = NULL);
    REPORTS(INVALID_ARGUMENT, "arg_count", bad.arg_count = (size_t)-1);
    REPORTS(INVALID_ARGUMENT, "args", bad.args = NULL);
    REPORTS(INVALID_HANDLE, "args[1]", wrong[1] = vmgpu_arg_buffer(NULL));
    REPORTS(INVALID_ARGUMENT, "args[2]", wrong[2].kind = 99);
    REPORTS(INVALID_ARGUMENT, "struct_size", bad.struct_size = 0);
    REPORTS(UNSUPPORTED_STRUCT, "vmgpu_execution_request", bad.struct_size = (size_t)-1);
    odd.options = no_text;
    odd.option_count = 1;
    REPORTS(INVALID_ARGUMENT, "options[0]", bad.compile_options = &odd);
    odd.options = NULL;
    odd.option_count = (size_t)-1;
    REPORTS(INVALID_ARGUMENT, "compile_options->options", bad.compile_options = &odd);
    STATUS(OK, vmgpu_executor_execute(executor, &request, NULL));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, NULL, NULL));
    STATUS(OK, vmgpu_last_report(report, sizeof report, NULL));
    CHECK(strstr(report, "refused") && strstr(report, "request"));
    finish(&j);
    vmgpu_executor_destroy(executor);
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(executor, &request, NULL));
    STATUS(OK, vmgpu_last_report(report, sizeof report, NULL));
    CHECK(strstr(report, "refused") && strstr(report, "destroyed"));
}

static void without_fallback_the_reason_is_the_answer(void) {
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_BENCHMARK_INIT;
    vmgpu_executor *executor = NULL;
    vmgpu_execution_request request;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[3];
    job j;
    STATUS(OK, vmgpu_executor_create(manager, &config, &executor));
    prepare(executor, &j, args, &request);
    STATUS(NO_DEVICE_AVAILABLE, vmgpu_executor_execute(executor, &request, &result));
    CHECK(j.calls == 0 && !result.success && result.fallback_reason == VMGPU_FALLBACK_REASON_NO_DEVICE);
    finish(&j);
    vmgpu_executor_destroy(executor);
}

/* Whether the CPU device can run the kernel or not, preferring it gives right numbers, and says who did it. */
static void the_cpu_device_first(void) {
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor *executor = NULL;
    vmgpu_execution_request request;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[3];
    job j;
    config.prefer_cpu_device = 1;
    STATUS(OK, vmgpu_executor_create(manager, &config, &executor));
    prepare(executor, &j, args, &request);
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(right(&j) && result.success);
    if (result.executed_by == VMGPU_EXECUTED_BY_CPU_DEVICE) {
        CHECK(j.calls == 0 && result.device_type == VMGPU_DEVICE_TYPE_CPU && result.execution_time_ns > 0);
        STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
        CHECK(result.cache_hit == 1 && result.executed_by == VMGPU_EXECUTED_BY_CPU_DEVICE);
    } else {
        CHECK(j.calls == 1 && result.executed_by == VMGPU_EXECUTED_BY_CALLBACK);
    }
    finish(&j);
    vmgpu_executor_destroy(executor);
}

/* More arguments than are converted on the stack; the callback only counts. */
static int count_only(void *user, char *error, size_t capacity) {
    (void)error;
    (void)capacity;
    ++*(int *)user;
    return 0;
}

static void many_arguments(void) {
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_arg args[40];
    vmgpu_buffer *buffer = NULL;
    int calls = 0, i;
    STATUS(OK, vmgpu_executor_buffer_create(executor, 64, &buffer));
    for (i = 0; i < 40; i++) args[i] = i % 2 ? vmgpu_arg_i32(i) : vmgpu_arg_buffer(buffer);
    request.source = "extern \"C\" __global__ void many() {}";
    request.kernel_name = "many";
    request.args = args;
    request.fallback = count_only;
    request.fallback_user = &calls;
    for (request.arg_count = 15; request.arg_count <= 40; request.arg_count++) {
        STATUS(OK, vmgpu_executor_execute(executor, &request, NULL));
    }
    CHECK(calls == 26);
    args[38] = vmgpu_arg_buffer(NULL);
    request.arg_count = 40;
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(executor, &request, NULL));
    CHECK(error_says("args[38]") && calls == 26);
    STATUS(OK, vmgpu_buffer_destroy(buffer));
    vmgpu_executor_destroy(executor);
}

static vmgpu_executor *shared;

static void *execute_often(void *unused) {
    vmgpu_execution_request request;
    vmgpu_arg args[3];
    job j;
    int i;
    (void)unused;
    prepare(shared, &j, args, &request);
    for (i = 0; i < 100; i++) {
        STATUS(OK, vmgpu_executor_execute(shared, &request, NULL));
    }
    CHECK(j.calls == 100 && right(&j));
    finish(&j);
    return NULL;
}

static void several_threads_share_an_executor(void) {
    pthread_t threads[4];
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    int i;
    shared = executor_of(manager);
    for (i = 0; i < 4; i++) REQUIRE(pthread_create(&threads[i], NULL, execute_often, NULL) == 0);
    for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    STATUS(OK, vmgpu_executor_get_stats(shared, &stats));
    CHECK(stats.total_executions == 400 && stats.cpu_fallback_count == 400);
    vmgpu_executor_destroy(shared);
}

/* The callback may destroy what the request uses, the executor included: the call under way keeps all of it. */
typedef struct suicide {
    vmgpu_executor *executor;
    vmgpu_buffer *buffer;
} suicide;

static int destroy_all(void *user, char *error, size_t capacity) {
    suicide *s = user;
    (void)error;
    (void)capacity;
    STATUS(OK, vmgpu_buffer_destroy(s->buffer));
    STATUS(OK, vmgpu_executor_destroy(s->executor));
    STATUS(INVALID_HANDLE, vmgpu_buffer_unmap(s->buffer));
    return 0;
}

static void a_callback_may_destroy_everything(void) {
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_arg arg;
    suicide s = {NULL, NULL};
    s.executor = executor_of(manager);
    STATUS(OK, vmgpu_executor_buffer_create(s.executor, 64, &s.buffer));
    arg = vmgpu_arg_buffer(s.buffer);
    request.source = "extern \"C\" __global__ void gone(int *p) {}";
    request.kernel_name = "gone";
    request.args = &arg;
    request.arg_count = 1;
    request.fallback = destroy_all;
    request.fallback_user = &s;
    STATUS(OK, vmgpu_executor_execute(s.executor, &request, NULL));
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(s.executor, &request, NULL));
}

/* The published kinds and the functions that make arguments agree. */
static void arguments_are_plain_data(void) {
    float f = -1.5f;
    double d = 1e300;
    uint32_t f_bits;
    uint64_t d_bits;
    vmgpu_arg a;
    memcpy(&f_bits, &f, 4);
    memcpy(&d_bits, &d, 8);
#define IS(call, k, s, v)                                                                                      \
    do {                                                                                                       \
        a = call;                                                                                              \
        CHECK(a.kind == VMGPU_ARG_KIND_##k && a.size == (s) && a.value == (uint64_t)(v));                      \
    } while (0)
    IS(vmgpu_arg_u8(200), U8, 1, 200);
    IS(vmgpu_arg_i8(-1), I8, 1, 0xff);
    IS(vmgpu_arg_u16(60000), U16, 2, 60000);
    IS(vmgpu_arg_i16(-2), I16, 2, 0xfffe);
    IS(vmgpu_arg_u32(4000000000u), U32, 4, 4000000000u);
    IS(vmgpu_arg_i32(-3), I32, 4, 0xfffffffdu);
    IS(vmgpu_arg_u64(UINT64_MAX), U64, 8, UINT64_MAX);
    IS(vmgpu_arg_i64(-4), I64, 8, UINT64_MAX - 3);
    IS(vmgpu_arg_f32(f), F32, 4, f_bits);
    IS(vmgpu_arg_f64(d), F64, 8, d_bits);
    IS(vmgpu_arg_bool(7), BOOL, 1, 1);
    IS(vmgpu_arg_bool(0), BOOL, 1, 0);
    IS(vmgpu_arg_pointer(0x123456789abcu), POINTER, 8, 0x123456789abcu);
    IS(vmgpu_arg_struct(&d, sizeof d), STRUCT, 8, (uintptr_t)&d);
    IS(vmgpu_arg_buffer((vmgpu_buffer *)8), BUFFER, 8, 8);
    IS(vmgpu_arg_buffer_const((const vmgpu_buffer *)16), BUFFER_CONST, 8, 16);
}

static void direct_kernels_on_the_cpu_device(void) {
    vmgpu_device *device = cpu_device(manager);
    vmgpu_kernel *kernel = NULL;
    vmgpu_status status = vmgpu_kernel_compile(device, double_source, "twice", NULL, &kernel);
    if (status == VMGPU_STATUS_OK) {
        vmgpu_kernel_info info = VMGPU_KERNEL_INFO_INIT;
        vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
        vmgpu_buffer *x = NULL, *y = NULL;
        vmgpu_arg args[3];
        vmgpu_kernel *loaded = NULL;
        size_t length;
        float in[100], out[100];
        int i, wrong = 0;
        for (i = 0; i < 100; i++) in[i] = (float)(i * i) - 17.5f;
        STATUS(OK, vmgpu_kernel_get_info(kernel, &info));
        CHECK(strcmp(info.name, "twice") == 0 && info.num_params == 3 && info.max_threads_per_block >= 128);
        STATUS(OK, vmgpu_buffer_create(device, sizeof in, &x));
        STATUS(OK, vmgpu_buffer_create(device, sizeof in, &y));
        STATUS(OK, vmgpu_buffer_write(y, 0, in, sizeof in));
        args[0] = vmgpu_arg_buffer(x);
        args[1] = vmgpu_arg_buffer_const(y);
        args[2] = vmgpu_arg_i32(100);
        launch.grid.x = 4;
        launch.block.x = 32;
        launch.stream = (vmgpu_stream *)(void *)&info;
        STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, args, 3));
        CHECK(error_says("stream"));
        launch.stream = NULL;
        STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, NULL, args, 3));
        STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, NULL, 3));
        STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, args, 2));
        /* A pointer is a buffer or an address given as one, not whatever has 8 bytes. */
        for (i = 0; i < 4; i++) {
            vmgpu_arg wrong[3];
            double bits = 1e9;
            memcpy(wrong, args, sizeof wrong);
            wrong[1] = i == 0   ? vmgpu_arg_u64(0x1000)
                       : i == 1 ? vmgpu_arg_i64(-1)
                       : i == 2 ? vmgpu_arg_f64(bits)
                                : vmgpu_arg_struct(&bits, sizeof bits);
            STATUS(INVALID_ARGUMENT, vmgpu_kernel_launch(kernel, &launch, wrong, 3));
            CHECK(error_says("args[1]") && error_says("pointer"));
        }
        args[2] = vmgpu_arg_struct(&i, sizeof i);
        STATUS(OK, vmgpu_kernel_launch(kernel, &launch, args, 3));
        args[2] = vmgpu_arg_i32(100);
        args[1] = vmgpu_arg_u64(0);
        args[2] = vmgpu_arg_i32(0);
        STATUS(OK, vmgpu_kernel_launch(kernel, &launch, args, 3));
        args[2] = vmgpu_arg_i32(100);
        args[1] = vmgpu_arg_pointer(vmgpu_buffer_device_pointer(y));
        STATUS(OK, vmgpu_kernel_launch(kernel, &launch, args, 3));
        STATUS(OK, vmgpu_buffer_read(x, 0, out, sizeof out));
        for (i = 0; i < 100; i++) wrong += out[i] != 2.0f * in[i];
        CHECK(wrong == 0);
        STATUS(INVALID_ARGUMENT, vmgpu_kernel_get_info(kernel, NULL));
        STATUS(INVALID_HANDLE, vmgpu_buffer_destroy((vmgpu_buffer *)kernel));
        vmgpu_buffer_destroy(x);
        vmgpu_buffer_destroy(y);
        /* There is no ready form of a kernel here: the binary is empty, and loading says what to do instead. */
        length = 1;
        STATUS(OK, vmgpu_kernel_binary(kernel, NULL, 0, &length));
        CHECK(length == 0 && info.binary_size == 0);
        STATUS(FEATURE_NOT_SUPPORTED, vmgpu_kernel_load(device, double_source, 10, "twice", &loaded));
        CHECK(loaded == NULL && error_says("vmgpu_kernel_compile"));
        STATUS(OK, vmgpu_kernel_destroy(kernel));
        STATUS(INVALID_HANDLE, vmgpu_kernel_launch(kernel, &launch, args, 3));
        STATUS(KERNEL_COMPILATION_FAILED, vmgpu_kernel_compile(device, "__global__ void f() { x = ; }", "f", NULL, &kernel));
    } else {
        CHECK(status == VMGPU_STATUS_FEATURE_NOT_SUPPORTED && kernel == NULL);
    }
    vmgpu_device_destroy(device);
}

int main(void) {
    manager = cpu_manager();
    the_callback_does_the_work();
    a_failing_callback_is_reported();
    errors_of_the_request_never_fall_back();
    a_refused_call_has_a_report_of_its_own();
    without_fallback_the_reason_is_the_answer();
    the_cpu_device_first();
    many_arguments();
    several_threads_share_an_executor();
    a_callback_may_destroy_everything();
    arguments_are_plain_data();
    direct_kernels_on_the_cpu_device();
    vmgpu_manager_destroy(manager);
    return check_result();
}
