/*
 * Four threads call everything with good, bad, absurd and destroyed arguments, as a seeded random source says, on the CPU
 * device. Nothing crashes or hangs (an alarm ends a program that does), and every answer is a status that the header
 * names; INTERNAL is never one of them.
 *
 *   monkey [seed [milliseconds]]
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, SLOTS = 8, MANAGERS = 0, DEVICES, BUFFERS, KERNELS, EXECUTORS, KINDS, MEMORY = 1 << 16 };

static uintptr_t slots[KINDS][SLOTS];
static uintptr_t grave[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t answers[400];
static uint64_t calls;
static volatile int stop;

typedef struct monkey {
    uint64_t state;
    int depth;
    unsigned char memory[MEMORY];
    char text[512];
} monkey;

static uint64_t rnd(monkey *m) {
    m->state ^= m->state << 13;
    m->state ^= m->state >> 7;
    m->state ^= m->state << 17;
    return m->state * 0x2545F4914F6CDD1Dull >> 11;
}
static uint64_t below(monkey *m, uint64_t n) { return rnd(m) % n; }
static int one_in(monkey *m, uint64_t n) { return below(m, n) == 0; }

/* ---- what comes in ---- */

static size_t any_size(monkey *m) {
    static const size_t odd[] = {0, 1, 7, 8, 255, 4096, MEMORY, MEMORY + 1, SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2,
                                 SIZE_MAX / 2 + 1, (size_t)1 << 40};
    return one_in(m, 2) ? (size_t)below(m, MEMORY) : odd[below(m, sizeof odd / sizeof *odd)];
}

/* More than there can be. */
static size_t any_count(monkey *m) {
    static const size_t odd[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8 + 1, (size_t)1 << 40, 100000};
    return odd[below(m, 5)];
}

/* Of a buffer that is made: at most as large as the memory that is copied from and to, or impossible. */
static size_t new_size(monkey *m) {
    static const size_t odd[] = {0, 1, 64, MEMORY, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 255};
    return one_in(m, 2) ? (size_t)below(m, MEMORY) : odd[below(m, sizeof odd / sizeof *odd)];
}

static uintptr_t handle(monkey *m, int kind) {
    uintptr_t found;
    switch (below(m, 24)) {
    case 0: return 0;
    case 1: return (uintptr_t)rnd(m);
    case 2: return (uintptr_t)(rnd(m) & 0x7ffffffffff8u);
    case 3: kind = (int)below(m, KINDS); break;
    case 4:
        pthread_mutex_lock(&lock);
        found = grave[below(m, 64)];
        pthread_mutex_unlock(&lock);
        return found;
    default: break;
    }
    pthread_mutex_lock(&lock);
    found = slots[kind][below(m, SLOTS)];
    pthread_mutex_unlock(&lock);
    return found;
}
#define MANAGER(m) ((vmgpu_manager *)handle(m, MANAGERS))
#define DEVICE(m) ((vmgpu_device *)handle(m, DEVICES))
#define BUFFER(m) ((vmgpu_buffer *)handle(m, BUFFERS))
#define KERNEL(m) ((vmgpu_kernel *)handle(m, KERNELS))
#define EXECUTOR(m) ((vmgpu_executor *)handle(m, EXECUTORS))

static const char *any_text(monkey *m) {
    static const char *const texts[] = {
        "", " ", "f", "none", "add", "endless", "twice<float>", "twice<", "f<1,2,3>", "\xff\xfe", "ok \xc3(", "a\nb", "::", "%s%n",
        "extern \"C\" __global__ void f(char *p, int n) { if (p && n) p[0] = (char)n; }",
        "extern \"C\" __global__ void f(char *p, int n) { if (p && n) p[0] = (char)(n + 1); __syncthreads(); }",
        "template <class T> __global__ void twice(T *p, int n) { if (p && n == 12345) *p *= 2; }",
        "extern \"C\" __global__ void f( { ]", "#error no", "#include \"monkey.h\"\n__global__ void f() {}", "(((((((((((((((((((((((("};
    return one_in(m, 12) ? NULL : texts[below(m, sizeof texts / sizeof *texts)];
}

/* A text and a name that belong together, mostly. */
static void any_kernel(monkey *m, const char **source, const char **name) {
    static const char *const good = "template <class T> __global__ void twice(T *p, int n) { if (p && n == 12345) *p *= 2; }\n"
                                    "extern \"C\" __global__ void f(char *p, int n) { if (p && n) p[0] = (char)n; }\n"
                                    "extern \"C\" __global__ void none() {}";
    static const char *const names[] = {"f", "none", "twice<int>", "twice<double>"};
    *source = one_in(m, 4) ? any_text(m) : good;
    *name = one_in(m, 6) ? any_text(m) : names[below(m, 4)];
}

static vmgpu_arg any_arg(monkey *m) {
    vmgpu_arg arg;
    switch (below(m, 12)) {
    case 0: return vmgpu_arg_u64(rnd(m));
    case 1: return vmgpu_arg_f64(1.5);
    case 2: return vmgpu_arg_struct(m->memory, (size_t)below(m, 64));
    case 3: return vmgpu_arg_struct(one_in(m, 2) ? NULL : (void *)m->memory, any_size(m) > MEMORY ? SIZE_MAX : 4);
    /* No other address: it would be followed. */
    case 4: return vmgpu_arg_pointer(0);
    case 5:
        arg.kind = (uint32_t)below(m, 20);
        arg.size = (uint32_t)below(m, 10);
        arg.value = rnd(m);
        if (arg.kind == VMGPU_ARG_KIND_POINTER || arg.kind == VMGPU_ARG_KIND_STRUCT) arg.value = 0;
        return arg;
    case 6: return vmgpu_arg_buffer_const(BUFFER(m));
    case 7: return vmgpu_arg_bool((uint32_t)rnd(m));
    case 8: return vmgpu_arg_i32((int32_t)rnd(m));
    default: return vmgpu_arg_buffer(BUFFER(m));
    }
}

static size_t any_args(monkey *m, vmgpu_arg *args) {
    size_t i, count = one_in(m, 2) ? 2 : (size_t)below(m, 5);
    for (i = 0; i < 4; i++) args[i] = any_arg(m);
    if (!one_in(m, 3)) args[0] = vmgpu_arg_buffer(BUFFER(m));
    if (!one_in(m, 3)) args[1] = vmgpu_arg_i32((int32_t)below(m, 3));
    return count;
}

/* `huge` grids only where a time limit ends them. */
static vmgpu_dim3 any_grid(monkey *m, int huge) {
    static const uint32_t odd[] = {0, 1, 2, 65535, 65536, 0x7fffffffu, 0x80000000u, UINT32_MAX};
    vmgpu_dim3 grid = {1, 1, 1};
    if (one_in(m, 3)) {
        grid.x = odd[below(m, huge ? 8 : 3)];
        grid.y = odd[below(m, huge ? 8 : 3)];
        grid.z = odd[below(m, huge ? 8 : 3)];
        if (!huge && one_in(m, 2)) grid.y = UINT32_MAX;
    }
    return grid;
}

static vmgpu_dim3 any_block(monkey *m) {
    static const uint32_t odd[] = {0, 1, 2, 33, 1024, 1025, 65536, UINT32_MAX};
    vmgpu_dim3 block = {1, 1, 1};
    if (one_in(m, 2)) block.x = odd[below(m, 8)];
    if (one_in(m, 4)) block.y = odd[below(m, 8)];
    if (one_in(m, 4)) block.z = odd[below(m, 8)];
    return block;
}

/* A struct in a larger place, with the size it states and perhaps something in the tail. */
#define PLACED(type, name, initial)                                                                            \
    union { type value; unsigned char bytes[sizeof(type) + 64]; size_t size; } name##_place;                     \
    type *name = &name##_place.value;                                                                          \
    do {                                                                                                       \
        const type name##_defaults = initial;                                                                  \
        memset(&name##_place, 0, sizeof name##_place);                                                          \
        *name = name##_defaults;                                                                               \
    } while (0)

static void any_struct_size(monkey *m, size_t *size, size_t real) {
    switch (below(m, 24)) {
    case 0: *size = 0; break;
    case 1: *size = 7; break;
    case 2: *size = real + 64; break;
    case 3: *size = real + 64; ((unsigned char *)size)[real + below(m, 64)] = (unsigned char)rnd(m); break;
    case 4: *size = SIZE_MAX - below(m, 2) * 4096; break;
    default: break;
    }
}

static const vmgpu_compile_options *any_options(monkey *m, vmgpu_compile_options *options) {
    static const char *const lists[4][2] = {
        {"-DN=4", "--use_fast_math"}, {"", "--no-such-option"}, {NULL, "-I"}, {"\xff", "-std=c++99"}};
    static const char *const names[2] = {"monkey.h", "other.h"}, *const texts[2] = {"#define M 1\n", "int m();"};
    static const char *const no_texts[2] = {"#define M 2\n", NULL};
    if (one_in(m, 2)) return NULL;
    options->options = one_in(m, 6) ? NULL : lists[below(m, 4)];
    options->option_count = one_in(m, 6) ? any_count(m) : (size_t)below(m, 3);
    options->header_names = one_in(m, 6) ? NULL : names;
    options->header_texts = one_in(m, 6) ? NULL : one_in(m, 4) ? no_texts : texts;
    options->header_count = one_in(m, 8) ? any_count(m) : (size_t)below(m, 3);
    any_struct_size(m, &options->struct_size, sizeof *options);
    return options;
}

/* ---- what comes out ---- */

static void judge(const char *call, vmgpu_status status) {
    const char *name = vmgpu_status_name(status);
    int known = status < 400 && name && strncmp(name, "VMGPU_STATUS_", 13) == 0 && status != VMGPU_STATUS_INTERNAL;
    pthread_mutex_lock(&lock);
    calls++;
    if (status < 400) answers[status]++;
    if (!known || status == VMGPU_STATUS_FORKED || status == VMGPU_STATUS_DEVICE_LOST) {
        check_failures++;
        printf("%s answered %u (%s): %s\n", call, (unsigned)status, name ? name : "no name", check_last_error());
    }
    pthread_mutex_unlock(&lock);
}

static void keep(monkey *m, int kind, const void *made, vmgpu_status (*destroy)(void *)) {
    uintptr_t old;
    if (!made) return;
    pthread_mutex_lock(&lock);
    {
        uintptr_t *place = &slots[kind][below(m, SLOTS)];
        old = *place;
        *place = (uintptr_t)made;
        if (old) grave[below(m, 64)] = old;
    }
    pthread_mutex_unlock(&lock);
    judge("destroy of a replaced handle", destroy((void *)old));
}
static vmgpu_status end_manager(void *h) { return vmgpu_manager_destroy(h); }
static vmgpu_status end_device(void *h) { return vmgpu_device_destroy(h); }
static vmgpu_status end_buffer(void *h) { return vmgpu_buffer_destroy(h); }
static vmgpu_status end_kernel(void *h) { return vmgpu_kernel_destroy(h); }
static vmgpu_status end_executor(void *h) { return vmgpu_executor_destroy(h); }

typedef vmgpu_status (*text_call)(monkey *m, char *buffer, size_t capacity, size_t *length);
static vmgpu_status text_explain(monkey *m, char *b, size_t c, size_t *l) { return vmgpu_manager_explain(MANAGER(m), b, c, l); }
static vmgpu_status text_error(monkey *m, char *b, size_t c, size_t *l) { (void)m; return vmgpu_last_error(b, c, l); }
static vmgpu_status text_report(monkey *m, char *b, size_t c, size_t *l) { (void)m; return vmgpu_last_report(b, c, l); }
static vmgpu_status text_stats(monkey *m, char *b, size_t c, size_t *l) { return vmgpu_executor_format_stats(EXECUTOR(m), b, c, l); }
static vmgpu_status text_source(monkey *m, char *b, size_t c, size_t *l) { return vmgpu_kernel_source(KERNEL(m), b, c, l); }
static vmgpu_status text_log(monkey *m, char *b, size_t c, size_t *l) { return vmgpu_kernel_compile_log(KERNEL(m), b, c, l); }
static vmgpu_status text_binary(monkey *m, char *b, size_t c, size_t *l) { return vmgpu_kernel_binary(KERNEL(m), b, c, l); }

static void any_text_out(monkey *m) {
    static const text_call all[] = {text_explain, text_error, text_report, text_stats, text_source, text_log, text_binary};
    const size_t capacity = (size_t)below(m, sizeof m->text - 1);
    size_t length = 12345;
    char *buffer = one_in(m, 6) ? NULL : m->text;
    m->text[capacity] = 0x5a;
    judge("text out", all[below(m, sizeof all / sizeof *all)](m, buffer, one_in(m, 4) ? 0 : capacity, one_in(m, 4) ? NULL : &length));
    if (m->text[capacity] != 0x5a) judge("text out wrote past its end", VMGPU_STATUS_INTERNAL);
}

static int any_call(monkey *m);

/* A fallback that does anything, and fails at times, with a text that may lack its end. */
static int fallback(void *user, char *error, size_t capacity) {
    monkey *m = user;
    int calls_left = m->depth < 2 ? (int)below(m, 3) : 0;
    m->depth++;
    while (calls_left-- > 0) any_call(m);
    m->depth--;
    if (one_in(m, 4)) {
        memset(error, 'x', one_in(m, 2) ? capacity : capacity / 2);
        return (int)rnd(m) | 1;
    }
    return 0;
}

static void listen(void *user, uint32_t level, const char *message) {
    (void)user;
    if (level < 1 || level > 5 || !message) abort();
}

static void any_execution(monkey *m) {
    static const char *const endless = "extern \"C\" __global__ void endless(char *p, int n) { for (;;) if (n == -7) break; }";
    vmgpu_arg args[4];
    PLACED(vmgpu_compile_options, options, VMGPU_COMPILE_OPTIONS_INIT);
    PLACED(vmgpu_execution_request, request, VMGPU_EXECUTION_REQUEST_INIT);
    PLACED(vmgpu_execution_result, result, VMGPU_EXECUTION_RESULT_INIT);
    const int limited = one_in(m, 3);
    any_kernel(m, &request->source, &request->kernel_name);
    request->arg_count = any_args(m, args);
    request->args = one_in(m, 24) ? NULL : args;
    if (one_in(m, 24)) request->arg_count = any_count(m);
    request->compile_options = one_in(m, 3) ? any_options(m, options) : NULL;
    request->grid = any_grid(m, limited);
    request->block = any_block(m);
    if (one_in(m, 6)) request->shared_memory_size = (uint32_t)any_size(m);
    if (limited) {
        request->timeout_ms = 1 + below(m, 20);
        if (one_in(m, 2)) {
            request->source = endless;
            request->kernel_name = "endless";
        }
    } else if (one_in(m, 4)) {
        request->timeout_ms = VMGPU_NO_TIMEOUT;
    }
    if (one_in(m, 2)) {
        request->fallback = fallback;
        request->fallback_user = m;
    }
    any_struct_size(m, &request->struct_size, sizeof *request);
    /* A struct that is too short for its time limit has none. */
    if (limited && request->struct_size < sizeof *request && request->struct_size > 7) return;
    any_struct_size(m, &result->struct_size, sizeof *result);
    {
        vmgpu_executor *executor = EXECUTOR(m);
        const vmgpu_execution_request *given = one_in(m, 32) ? NULL : request;
        judge("execute", vmgpu_executor_execute(executor, given, one_in(m, 4) ? NULL : result));
    }
}

static void any_launch(monkey *m) {
    vmgpu_arg args[4];
    size_t count = any_args(m, args);
    PLACED(vmgpu_launch_config, launch, VMGPU_LAUNCH_CONFIG_INIT);
    launch->grid = any_grid(m, 0);
    launch->block = any_block(m);
    if (one_in(m, 6)) launch->shared_memory_size = (uint32_t)any_size(m);
    if (one_in(m, 16)) launch->stream = (vmgpu_stream *)(uintptr_t)rnd(m);
    if (one_in(m, 24)) count = any_count(m);
    any_struct_size(m, &launch->struct_size, sizeof *launch);
    judge("launch", vmgpu_kernel_launch(KERNEL(m), one_in(m, 32) ? NULL : launch, one_in(m, 24) ? NULL : args, count));
}

static void any_infos(monkey *m) {
    PLACED(vmgpu_device_info, device, VMGPU_DEVICE_INFO_INIT);
    PLACED(vmgpu_kernel_info, kernel, VMGPU_KERNEL_INFO_INIT);
    PLACED(vmgpu_executor_stats, stats, VMGPU_EXECUTOR_STATS_INIT);
    any_struct_size(m, &device->struct_size, sizeof *device);
    any_struct_size(m, &kernel->struct_size, sizeof *kernel);
    any_struct_size(m, &stats->struct_size, sizeof *stats);
    judge("device info", vmgpu_device_get_info(DEVICE(m), one_in(m, 8) ? NULL : device));
    judge("kernel info", vmgpu_kernel_get_info(KERNEL(m), one_in(m, 8) ? NULL : kernel));
    judge("stats", vmgpu_executor_get_stats(EXECUTOR(m), one_in(m, 8) ? NULL : stats));
}

static int any_call(monkey *m) {
    vmgpu_buffer *buffer = NULL;
    const char *source, *name;
    void *pointer = NULL;
    if (stop) return 0;
    switch (below(m, 34)) {
    case 0: {
        vmgpu_manager *made = NULL;
        PLACED(vmgpu_manager_options, options, VMGPU_MANAGER_OPTIONS_INIT);
        options->enable_cuda = options->enable_rocm = 0;
        options->enable_cpu = !one_in(m, 8);
        any_struct_size(m, &options->struct_size, sizeof *options);
        judge("manager_create", vmgpu_manager_create(options, one_in(m, 16) ? NULL : &made));
        keep(m, MANAGERS, made, end_manager);
        break;
    }
    case 1: {
        vmgpu_device *made = NULL;
        judge("manager_device", one_in(m, 2) ? vmgpu_manager_device(MANAGER(m), any_size(m) % 3, &made)
                                             : vmgpu_manager_default_device(MANAGER(m), one_in(m, 16) ? NULL : &made));
        keep(m, DEVICES, made, end_device);
        break;
    }
    case 2: {
        vmgpu_executor *made = NULL;
        PLACED(vmgpu_executor_config, config, VMGPU_EXECUTOR_CONFIG_INIT);
        config->enable_kernel_cache = (uint32_t)below(m, 2);
        config->enable_cpu_fallback = !one_in(m, 4);
        config->prefer_cpu_device = (uint32_t)rnd(m);
        config->max_cache_size = one_in(m, 2) ? (uint32_t)below(m, 4) : UINT32_MAX;
        any_struct_size(m, &config->struct_size, sizeof *config);
        judge("executor_create", vmgpu_executor_create(MANAGER(m), one_in(m, 4) ? NULL : config, one_in(m, 16) ? NULL : &made));
        keep(m, EXECUTORS, made, end_executor);
        break;
    }
    case 3: case 4:
        judge("buffer_create", vmgpu_buffer_create(DEVICE(m), new_size(m), one_in(m, 16) ? NULL : &buffer));
        keep(m, BUFFERS, buffer, end_buffer);
        break;
    case 5: case 6:
        judge("executor_buffer_create", vmgpu_executor_buffer_create(EXECUTOR(m), new_size(m), one_in(m, 16) ? NULL : &buffer));
        keep(m, BUFFERS, buffer, end_buffer);
        break;
    case 7: case 8: {
        vmgpu_kernel *made = NULL;
        PLACED(vmgpu_compile_options, options, VMGPU_COMPILE_OPTIONS_INIT);
        any_kernel(m, &source, &name);
        judge("compile", vmgpu_kernel_compile(DEVICE(m), source, name, any_options(m, options), one_in(m, 16) ? NULL : &made));
        keep(m, KERNELS, made, end_kernel);
        break;
    }
    case 9: {
        vmgpu_kernel *made = NULL;
        size_t size = one_in(m, 8) ? SIZE_MAX : (size_t)below(m, MEMORY);
        judge("load", vmgpu_kernel_load(DEVICE(m), one_in(m, 4) ? NULL : m->memory, size, any_text(m), &made));
        keep(m, KERNELS, made, end_kernel);
        break;
    }
    case 10: case 11: judge("write", vmgpu_buffer_write(BUFFER(m), any_size(m), one_in(m, 8) ? NULL : m->memory, any_size(m))); break;
    case 12: case 13: judge("read", vmgpu_buffer_read(BUFFER(m), any_size(m), one_in(m, 8) ? NULL : m->memory, any_size(m))); break;
    case 14: judge("fill", vmgpu_buffer_fill(BUFFER(m), any_size(m), (uint8_t)rnd(m), any_size(m))); break;
    case 15: judge("copy", vmgpu_buffer_copy(BUFFER(m), any_size(m), BUFFER(m), any_size(m), any_size(m))); break;
    case 16: judge("map", vmgpu_buffer_map(BUFFER(m), (uint32_t)below(m, 6), one_in(m, 16) ? NULL : &pointer)); break;
    case 17: case 18: judge("unmap", vmgpu_buffer_unmap(BUFFER(m))); break;
    case 19: case 20: case 21: case 22: any_execution(m); break;
    case 23: case 24: any_launch(m); break;
    case 25:
        judge("symbol_write", vmgpu_kernel_symbol_write(KERNEL(m), any_text(m), any_size(m), one_in(m, 4) ? NULL : m->memory,
                                                        one_in(m, 8) ? SIZE_MAX : (size_t)below(m, 64)));
        judge("symbol_read", vmgpu_kernel_symbol_read(KERNEL(m), any_text(m), any_size(m), one_in(m, 4) ? NULL : m->memory,
                                                      one_in(m, 8) ? SIZE_MAX : (size_t)below(m, 64)));
        break;
    case 26: any_text_out(m); break;
    case 27: any_infos(m); break;
    case 28:
        judge("set_log", vmgpu_set_log(one_in(m, 2) ? listen : NULL, m, (uint32_t)below(m, 8)));
        (void)vmgpu_status_name((uint32_t)rnd(m));
        break;
    case 29:
        judge("synchronize", vmgpu_device_synchronize(DEVICE(m)));
        judge("wait", vmgpu_device_wait(DEVICE(m), one_in(m, 2) ? UINT64_MAX : below(m, 3)));
        (void)vmgpu_device_is_available(DEVICE(m));
        break;
    case 30:
        (void)vmgpu_manager_has_gpu(MANAGER(m));
        (void)vmgpu_manager_device_count(MANAGER(m));
        (void)vmgpu_executor_has_gpu(EXECUTOR(m));
        (void)vmgpu_buffer_size(BUFFER(m));
        (void)vmgpu_buffer_device_pointer(BUFFER(m));
        break;
    case 31:
        judge("clear_cache", vmgpu_executor_clear_cache(EXECUTOR(m)));
        judge("reset_stats", vmgpu_executor_reset_stats(EXECUTOR(m)));
        break;
    default:
        /* While others use it, and perhaps for the second time. */
        switch (below(m, 8)) {
        case 0: judge("manager_destroy", vmgpu_manager_destroy(MANAGER(m))); break;
        case 1: judge("device_destroy", vmgpu_device_destroy(DEVICE(m))); break;
        case 2: judge("kernel_destroy", vmgpu_kernel_destroy(KERNEL(m))); break;
        case 3: judge("executor_destroy", vmgpu_executor_destroy(EXECUTOR(m))); break;
        default: judge("buffer_destroy", vmgpu_buffer_destroy(BUFFER(m))); break;
        }
    }
    return 1;
}

static void *play(void *given) {
    monkey *m = given;
    while (any_call(m)) {}
    return NULL;
}

static int enough(void) {
    int enough_calls;
    pthread_mutex_lock(&lock);
    enough_calls = calls >= 2000;
    pthread_mutex_unlock(&lock);
    return enough_calls;
}

int main(int argc, char **argv) {
    static monkey monkeys[THREADS];
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20250117;
    const long milliseconds = argc > 2 ? atol(argv[2]) : 3000;
    const struct timespec moment = {0, 50 * 1000000};
    pthread_t threads[THREADS];
    struct timespec start, now;
    long passed;
    int i, kind;
    alarm((unsigned)(milliseconds / 1000 + 300));
    clock_gettime(CLOCK_MONOTONIC, &start);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    for (i = 0; i < THREADS; i++) {
        monkeys[i].state = seed * 0x9E3779B97F4A7C15ull + (uint64_t)i * 0xD1B54A32D192ED03ull + 1;
        REQUIRE(pthread_create(&threads[i], NULL, play, &monkeys[i]) == 0);
    }
    /* Under a checker a call takes long, and too few would show nothing. */
    do {
        nanosleep(&moment, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
        passed = (long)(now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    } while (passed < 40000 && !(passed >= milliseconds && enough()));
    stop = 1;
    for (i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    vmgpu_set_log(NULL, NULL, 0);
    for (kind = 0; kind < KINDS; kind++) {
        static vmgpu_status (*const ends[KINDS])(void *) = {end_manager, end_device, end_buffer, end_kernel, end_executor};
        for (i = 0; i < SLOTS; i++) {
            vmgpu_status status = ends[kind]((void *)slots[kind][i]);
            CHECK(status == VMGPU_STATUS_OK || status == VMGPU_STATUS_INVALID_HANDLE);
        }
    }
    /* It got somewhere: work was done, and each family of answers came up. */
    printf("%llu calls\n", (unsigned long long)calls);
    for (i = 0; i < 400; i++)
        if (answers[i]) printf("  %-40s %llu\n", vmgpu_status_name((uint32_t)i), (unsigned long long)answers[i]);
    CHECK(answers[VMGPU_STATUS_OK] > 50 && answers[VMGPU_STATUS_INVALID_HANDLE] > 50);
    CHECK(answers[VMGPU_STATUS_INVALID_ARGUMENT] > 20 && answers[VMGPU_STATUS_OUT_OF_RANGE] > 20);
    return check_result();
}
