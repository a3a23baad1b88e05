/* struct_size: smaller, equal, larger with and without unknown content; initialisers by macro and by function. */
#include "check.h"

static void macros_and_functions_agree(void) {
#define AGREE(type, macro, function)                                                                           \
    do {                                                                                                       \
        static const type by_macro = macro;                                                                    \
        type by_function;                                                                                      \
        memset(&by_function, 0x55, sizeof by_function);                                                        \
        STATUS(OK, function(&by_function, sizeof by_function));                                                \
        CHECK(memcmp(&by_macro, &by_function, sizeof by_macro) == 0);                                          \
        CHECK(by_macro.struct_size == sizeof by_macro);                                                        \
    } while (0)
    AGREE(vmgpu_manager_options, VMGPU_MANAGER_OPTIONS_INIT, vmgpu_manager_options_init);
    AGREE(vmgpu_device_info, VMGPU_DEVICE_INFO_INIT, vmgpu_device_info_init);
    AGREE(vmgpu_compile_options, VMGPU_COMPILE_OPTIONS_INIT, vmgpu_compile_options_init);
    AGREE(vmgpu_launch_config, VMGPU_LAUNCH_CONFIG_INIT, vmgpu_launch_config_init);
    AGREE(vmgpu_kernel_info, VMGPU_KERNEL_INFO_INIT, vmgpu_kernel_info_init);
    AGREE(vmgpu_executor_config, VMGPU_EXECUTOR_CONFIG_INIT, vmgpu_executor_config_init);
    AGREE(vmgpu_executor_config, VMGPU_EXECUTOR_CONFIG_PRODUCTION_INIT, vmgpu_executor_config_init_production);
    AGREE(vmgpu_executor_config, VMGPU_EXECUTOR_CONFIG_DEVELOPMENT_INIT, vmgpu_executor_config_init_development);
    AGREE(vmgpu_executor_config, VMGPU_EXECUTOR_CONFIG_BENCHMARK_INIT, vmgpu_executor_config_init_benchmark);
    AGREE(vmgpu_executor_stats, VMGPU_EXECUTOR_STATS_INIT, vmgpu_executor_stats_init);
    AGREE(vmgpu_execution_request, VMGPU_EXECUTION_REQUEST_INIT, vmgpu_execution_request_init);
    AGREE(vmgpu_execution_result, VMGPU_EXECUTION_RESULT_INIT, vmgpu_execution_result_init);
}

static void presets_are_as_documented(void) {
    vmgpu_executor_config c;
    STATUS(OK, vmgpu_executor_config_init(&c, sizeof c));
    CHECK(c.enable_kernel_cache && c.enable_performance_monitoring && c.enable_cpu_fallback && !c.prefer_cpu_device);
    CHECK(c.max_cache_size == 100 && c.execution_timeout_ms == 30000);
    STATUS(OK, vmgpu_executor_config_init_production(&c, sizeof c));
    CHECK(c.max_cache_size == 200 && c.execution_timeout_ms == 60000 && c.enable_kernel_cache);
    STATUS(OK, vmgpu_executor_config_init_development(&c, sizeof c));
    CHECK(c.max_cache_size == 10 && c.execution_timeout_ms == 10000 && !c.enable_kernel_cache);
    STATUS(OK, vmgpu_executor_config_init_benchmark(&c, sizeof c));
    CHECK(c.max_cache_size == 500 && c.execution_timeout_ms == 120000 && !c.enable_cpu_fallback);
}

/* A struct as a newer header might have it. */
typedef struct newer_options {
    vmgpu_manager_options known;
    uint64_t unknown[4];
} newer_options;

static void input_structs(void) {
    newer_options newer;
    vmgpu_manager_options options = VMGPU_MANAGER_OPTIONS_INIT;
    vmgpu_manager *manager = NULL;
    memset(&newer, 0, sizeof newer);
    newer.known = options;
    newer.known.enable_cuda = 0;
    newer.known.enable_rocm = 0;
    newer.known.struct_size = sizeof newer;
    STATUS(OK, vmgpu_manager_create(&newer.known, &manager));
    STATUS(OK, vmgpu_manager_destroy(manager));
    manager = NULL;
    newer.unknown[3] = 1;
    STATUS(UNSUPPORTED_STRUCT, vmgpu_manager_create(&newer.known, &manager));
    CHECK(manager == NULL && error_says("vmgpu_manager_options"));
    options.struct_size = 0;
    STATUS(INVALID_ARGUMENT, vmgpu_manager_create(&options, &manager));
    CHECK(error_says("struct_size"));
    options.struct_size = (size_t)-1;
    STATUS(UNSUPPORTED_STRUCT, vmgpu_manager_create(&options, &manager));
    /* A shorter struct lacks fields, which have their defaults: with only the switch for CUDA there, CPU is on. */
    options.struct_size = offsetof(vmgpu_manager_options, enable_cpu);
    options.enable_cuda = 0;
    options.enable_rocm = 0;
    options.enable_cpu = 0;
    STATUS(OK, vmgpu_manager_create(&options, &manager));
    CHECK(vmgpu_manager_device_count(manager) == 1);
    STATUS(OK, vmgpu_manager_destroy(manager));
    options.struct_size = sizeof options;
    STATUS(OK, vmgpu_manager_create(&options, &manager));
    CHECK(vmgpu_manager_device_count(manager) == 0);
    CHECK(!vmgpu_manager_has_gpu(manager));
    {
        vmgpu_device *device = NULL;
        STATUS(NO_DEVICE_AVAILABLE, vmgpu_manager_default_device(manager, &device));
        STATUS(OUT_OF_RANGE, vmgpu_manager_device(manager, 0, &device));
        CHECK(device == NULL);
    }
    STATUS(OK, vmgpu_manager_destroy(manager));
}

static void output_structs(void) {
    struct {
        vmgpu_device_info known;
        unsigned char after[16];
    } larger;
    vmgpu_device_info info = VMGPU_DEVICE_INFO_INIT;
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    STATUS(OK, vmgpu_device_get_info(device, &info));
    CHECK(info.struct_size == sizeof info);
    CHECK(info.device_type == VMGPU_DEVICE_TYPE_CPU && info.device_id == 0);
    CHECK(info.name[0] != '\0' && info.architecture[0] != '\0');
    CHECK(info.total_memory_mb > 0 && info.warp_size > 0 && info.max_threads_per_block >= 1024);
    CHECK(info.max_block_dim.x >= 1024 && info.max_grid_dim.x > 65535);
    /* Longer than known: what the library does not know stays as it is, also the size. */
    memset(&larger, 0x77, sizeof larger);
    larger.known.struct_size = sizeof larger;
    STATUS(OK, vmgpu_device_get_info(device, &larger.known));
    CHECK(larger.known.struct_size == sizeof larger && larger.known.device_type == VMGPU_DEVICE_TYPE_CPU);
    CHECK(larger.after[0] == 0x77 && larger.after[15] == 0x77);
    /* Shorter: nothing is written behind its end. */
    memset(&larger, 0x77, sizeof larger);
    larger.known.struct_size = offsetof(vmgpu_device_info, name);
    STATUS(OK, vmgpu_device_get_info(device, &larger.known));
    CHECK(larger.known.device_type == VMGPU_DEVICE_TYPE_CPU);
    CHECK((unsigned char)larger.known.name[0] == 0x77 && larger.known.warp_size == 0x77777777u);
    larger.known.struct_size = 4;
    STATUS(INVALID_ARGUMENT, vmgpu_device_get_info(device, &larger.known));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
}

static void other_growing_structs_are_checked_too(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    vmgpu_executor *executor = executor_of(manager), *other = NULL;
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor_stats stats = VMGPU_EXECUTOR_STATS_INIT;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_compile_options options = VMGPU_COMPILE_OPTIONS_INIT;
    vmgpu_kernel *kernel = NULL;
    config.struct_size = 1;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_create(manager, &config, &other));
    CHECK(other == NULL);
    stats.struct_size = 0;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_get_stats(executor, &stats));
    options.struct_size = 3;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, "x", "y", &options, &kernel));
    CHECK(error_says("compile_options"));
    result.struct_size = 0;
    result.status = 77;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("out_result") && result.status == 77);
    result.struct_size = sizeof result;
    request.struct_size = 2;
    STATUS(INVALID_ARGUMENT, vmgpu_executor_execute(executor, &request, &result));
    CHECK(error_says("request") && result.status == VMGPU_STATUS_INVALID_ARGUMENT);
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
}

int main(void) {
    macros_and_functions_agree();
    presets_are_as_documented();
    input_structs();
    output_structs();
    other_growing_structs_are_checked_too();
    return check_result();
}
