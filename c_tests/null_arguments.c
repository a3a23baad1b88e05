/* NULL in every argument of every function: a status, never a crash, and nothing written. */
#include "check.h"

static vmgpu_manager *manager;
static vmgpu_device *device;
static vmgpu_buffer *buffer;
static vmgpu_executor *executor;

/* A place that must stay as it is. */
static char marker;
#define UNTOUCHED ((void *)&marker)

static void initialisers(void) {
    vmgpu_manager_options a;
    vmgpu_device_info b;
    vmgpu_compile_options c;
    vmgpu_launch_config d;
    vmgpu_kernel_info e;
    vmgpu_executor_config f;
    vmgpu_executor_stats g;
    vmgpu_execution_request h;
    vmgpu_execution_result i;
    STATUS(INVALID_ARGUMENT, vmgpu_manager_options_init(NULL, sizeof a));
    STATUS(INVALID_ARGUMENT, vmgpu_device_info_init(NULL, sizeof b));
    STATUS(INVALID_ARGUMENT, vmgpu_compile_options_init(NULL, sizeof c));
    STATUS(INVALID_ARGUMENT, vmgpu_launch_config_init(NULL, sizeof d));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_info_init(NULL, sizeof e));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init(NULL, sizeof f));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_production(NULL, sizeof f));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_development(NULL, sizeof f));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_benchmark(NULL, sizeof f));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_stats_init(NULL, sizeof g));
    STATUS(INVALID_ARGUMENT, vmgpu_execution_request_init(NULL, sizeof h));
    STATUS(INVALID_ARGUMENT, vmgpu_execution_result_init(NULL, sizeof i));
    STATUS(INVALID_ARGUMENT, vmgpu_manager_options_init(&a, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_device_info_init(&b, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_compile_options_init(&c, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_launch_config_init(&d, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_info_init(&e, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init(&f, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_production(&f, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_development(&f, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_config_init_benchmark(&f, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_stats_init(&g, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_execution_request_init(&h, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_execution_result_init(&i, 0));
}

static void texts(void) {
    size_t length = 77;
    STATUS(INVALID_ARGUMENT, vmgpu_last_error(NULL, 10, &length));
    STATUS(INVALID_ARGUMENT, vmgpu_last_error(NULL, 0, NULL));
    STATUS(INVALID_ARGUMENT, vmgpu_last_report(NULL, 10, &length));
    STATUS(INVALID_ARGUMENT, vmgpu_last_report(NULL, 0, NULL));
    STATUS(INVALID_ARGUMENT, vmgpu_manager_explain(manager, NULL, 10, &length));
    CHECK(length > 0);
    STATUS(INVALID_ARGUMENT, vmgpu_manager_explain(manager, NULL, 0, NULL));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_format_stats(executor, NULL, 10, &length));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_format_stats(executor, NULL, 0, NULL));
    STATUS(OK, vmgpu_set_log(NULL, NULL, 0));
    CHECK(strcmp(vmgpu_status_name(12345), "unknown status") == 0);
}

static void managers(void) {
    vmgpu_device *out = UNTOUCHED;
    size_t length = 77;
    char text[8] = "abc";
    STATUS(INVALID_ARGUMENT, vmgpu_manager_create(NULL, NULL));
    CHECK(!vmgpu_manager_has_gpu(NULL));
    CHECK(vmgpu_manager_device_count(NULL) == 0);
    STATUS(INVALID_HANDLE, vmgpu_manager_device(NULL, 0, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_manager_device(manager, 0, NULL));
    STATUS(INVALID_HANDLE, vmgpu_manager_default_device(NULL, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_manager_default_device(manager, NULL));
    CHECK(out == UNTOUCHED);
    STATUS(INVALID_HANDLE, vmgpu_manager_explain(NULL, text, sizeof text, &length));
    /* out_length is always written, the text is not. */
    CHECK(length == 0 && strcmp(text, "abc") == 0);
    STATUS(OK, vmgpu_manager_destroy(NULL));
}

static void devices(void) {
    vmgpu_device_info info = VMGPU_DEVICE_INFO_INIT;
    STATUS(INVALID_HANDLE, vmgpu_device_get_info(NULL, &info));
    CHECK(info.device_type == 0);
    STATUS(INVALID_ARGUMENT, vmgpu_device_get_info(device, NULL));
    CHECK(!vmgpu_device_is_available(NULL));
    STATUS(INVALID_HANDLE, vmgpu_device_synchronize(NULL));
    STATUS(INVALID_HANDLE, vmgpu_device_wait(NULL, 0));
    STATUS(OK, vmgpu_device_destroy(NULL));
}

static void buffers(void) {
    vmgpu_buffer *out = UNTOUCHED;
    void *pointer = UNTOUCHED;
    int value = 5;
    STATUS(INVALID_HANDLE, vmgpu_buffer_create(NULL, 4, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_create(device, 4, NULL));
    CHECK(out == UNTOUCHED);
    CHECK(vmgpu_buffer_size(NULL) == 0);
    CHECK(vmgpu_buffer_device_pointer(NULL) == 0);
    STATUS(INVALID_HANDLE, vmgpu_buffer_write(NULL, 0, &value, sizeof value));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_write(buffer, 0, NULL, sizeof value));
    STATUS(INVALID_HANDLE, vmgpu_buffer_read(NULL, 0, &value, sizeof value));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_read(buffer, 0, NULL, sizeof value));
    CHECK(value == 5);
    STATUS(INVALID_HANDLE, vmgpu_buffer_fill(NULL, 0, 1, 1));
    STATUS(INVALID_HANDLE, vmgpu_buffer_copy(NULL, 0, buffer, 0, 1));
    STATUS(INVALID_HANDLE, vmgpu_buffer_copy(buffer, 0, NULL, 0, 1));
    STATUS(INVALID_HANDLE, vmgpu_buffer_map(NULL, VMGPU_ACCESS_READ, &pointer));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_map(buffer, VMGPU_ACCESS_READ, NULL));
    CHECK(pointer == UNTOUCHED);
    STATUS(INVALID_HANDLE, vmgpu_buffer_unmap(NULL));
    /* The refused map left the buffer unmapped. */
    STATUS(INVALID_STATE, vmgpu_buffer_unmap(buffer));
    STATUS(OK, vmgpu_buffer_destroy(NULL));
}

static void kernels(void) {
    static const char *source = "extern \"C\" __global__ void f() {}";
    vmgpu_kernel *out = UNTOUCHED;
    vmgpu_kernel_info info = VMGPU_KERNEL_INFO_INIT;
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_compile_options options = VMGPU_COMPILE_OPTIONS_INIT;
    const char *texts[1] = {NULL};
    const char *names[1] = {"a.h"};
    size_t length = 77;
    char text[8];
    int value = 5;
    STATUS(INVALID_HANDLE, vmgpu_kernel_compile(NULL, source, "f", NULL, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, NULL, "f", NULL, &out));
    CHECK(error_says("source"));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, NULL, NULL, &out));
    CHECK(error_says("kernel_name"));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, "f", NULL, NULL));
    CHECK(error_says("out_kernel"));
    options.option_count = 1;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, "f", &options, &out));
    options.options = texts;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, "f", &options, &out));
    CHECK(error_says("options[0]"));
    options.option_count = 0;
    options.header_count = 1;
    options.header_names = names;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, "f", &options, &out));
    options.header_texts = texts;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, source, "f", &options, &out));
    CHECK(error_says("header_texts[0]"));
    STATUS(INVALID_HANDLE, vmgpu_kernel_load(NULL, "x", 1, "f", &out));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_load(device, NULL, 1, "f", &out));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_load(device, NULL, 0, "f", &out));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_load(device, "x", 1, NULL, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_load(device, "x", 1, "f", NULL));
    CHECK(out == UNTOUCHED);
    STATUS(INVALID_HANDLE, vmgpu_kernel_get_info(NULL, &info));
    STATUS(INVALID_HANDLE, vmgpu_kernel_binary(NULL, text, sizeof text, &length));
    CHECK(length == 0);
    length = 77;
    STATUS(INVALID_HANDLE, vmgpu_kernel_source(NULL, text, sizeof text, &length));
    CHECK(length == 0);
    length = 77;
    STATUS(INVALID_HANDLE, vmgpu_kernel_compile_log(NULL, text, sizeof text, &length));
    CHECK(length == 0);
    STATUS(INVALID_HANDLE, vmgpu_kernel_symbol_write(NULL, "s", 0, &value, sizeof value));
    STATUS(INVALID_HANDLE, vmgpu_kernel_symbol_read(NULL, "s", 0, &value, sizeof value));
    STATUS(INVALID_HANDLE, vmgpu_kernel_launch(NULL, &launch, NULL, 0));
    STATUS(OK, vmgpu_kernel_destroy(NULL));
}

static void executors(void) {
    vmgpu_executor *out = UNTOUCHED;
    vmgpu_buffer *out_buffer = UNTOUCHED;
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    size_t length = 77;
    char text[8];
    vmgpu_arg arg = vmgpu_arg_buffer(NULL);
    STATUS(INVALID_HANDLE, vmgpu_executor_create(NULL, NULL, &out));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_create(manager, NULL, NULL));
    CHECK(out == UNTOUCHED);
    CHECK(!vmgpu_executor_has_gpu(NULL));
    STATUS(INVALID_HANDLE, vmgpu_executor_buffer_create(NULL, 4, &out_buffer));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_buffer_create(executor, 4, NULL));
    CHECK(out_buffer == UNTOUCHED);
    /* The result is filled whatever is wrong. */
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(NULL, &request, &result));
    CHECK(result.status == VMGPU_STATUS_INVALID_HANDLE && !result.success);
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, NULL, &result));
    CHECK(result.status == VMGPU_STATUS_INVALID_ARGUMENT);
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("source"));
    request.source = "extern \"C\" __global__ void f(int *p) {}";
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, NULL));
    CHECK(error_says("kernel_name"));
    request.kernel_name = "f";
    request.arg_count = 1;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("args"));
    request.args = &arg;
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("args[0]"));
    CHECK(result.executed_by == VMGPU_EXECUTED_BY_NONE && result.device_type == 0);
    arg = vmgpu_arg_buffer_const(NULL);
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(executor, &request, &result));
    arg = vmgpu_arg_struct(NULL, 8);
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    STATUS(INVALID_HANDLE, vmgpu_executor_get_stats(NULL, &stats));
    STATUS(INVALID_ARGUMENT, vmgpu_executor_get_stats(executor, NULL));
    STATUS(INVALID_HANDLE, vmgpu_executor_reset_stats(NULL));
    STATUS(INVALID_HANDLE, vmgpu_executor_format_stats(NULL, text, sizeof text, &length));
    CHECK(length == 0);
    STATUS(INVALID_HANDLE, vmgpu_executor_clear_cache(NULL));
    STATUS(OK, vmgpu_executor_destroy(NULL));
}

int main(void) {
    manager = cpu_manager();
    device = cpu_device(manager);
    executor = executor_of(manager);
    STATUS(OK, vmgpu_buffer_create(device, 64, &buffer));
    initialisers();
    texts();
    managers();
    devices();
    buffers();
    kernels();
    executors();
    STATUS(OK, vmgpu_buffer_destroy(buffer));
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
    return check_result();
}
