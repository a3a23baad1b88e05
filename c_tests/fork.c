/*
 * A child of fork() uses the library although other threads were in the middle of everything at that moment: handles,
 * compiles, launches, allocations, executions. Nothing hangs; what the parent left half done answers FORKED; a manager
 * made in the child works like any other.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static vmgpu_manager *manager;
static vmgpu_device *device;
static vmgpu_executor *executor;
static vmgpu_kernel *kernel;
static vmgpu_buffer *shared;
static volatile int stop;

static const char *add_source = "extern \"C\" __global__ void add(int *x, int n, int v) {"
                                "    int i = blockIdx.x * blockDim.x + threadIdx.x;"
                                "    if (i < n) x[i] += v;"
                                "}";
static const char *endless_source = "extern \"C\" __global__ void endless(int *x) { for (;;) if (*x == 77) break; }";

/* Handles come and go, and errors are made, while the process forks. */
static void *churn(void *unused) {
    (void)unused;
    while (!stop) {
        vmgpu_device *mine = NULL;
        if (vmgpu_manager_device(manager, 0, &mine)) abort();
        if (vmgpu_device_destroy(mine)) abort();
        if (vmgpu_device_destroy(mine) != VMGPU_STATUS_INVALID_HANDLE) abort();
    }
    return NULL;
}

static int child(void) {
    vmgpu_buffer *buffer = NULL;
    unsigned in = 0xabcd1234u, out = 0;
    int i;
    alarm(30);
    for (i = 0; i < 50; i++) {
        if (vmgpu_buffer_create(device, 64, &buffer)) return 1;
        if (vmgpu_buffer_write(buffer, 8, &in, sizeof in)) return 2;
        if (vmgpu_buffer_read(buffer, 8, &out, sizeof out) || out != in) return 3;
        if (vmgpu_buffer_destroy(buffer)) return 4;
        if (vmgpu_buffer_destroy(buffer) != VMGPU_STATUS_INVALID_HANDLE) return 5;
    }
    return 0;
}

/* ---- the parent's threads, each in the middle of something else ---- */

static void *compile_all_the_time(void *unused) {
    unsigned round = 0;
    (void)unused;
    while (!stop) {
        vmgpu_compile_options options = VMGPU_COMPILE_OPTIONS_INIT;
        vmgpu_kernel *mine = NULL;
        char define[32];
        const char *list[1];
        snprintf(define, sizeof define, "-DROUND=%u", round++);
        list[0] = define;
        options.options = list;
        options.option_count = 1;
        if (vmgpu_kernel_compile(device, add_source, "add", &options, &mine)) abort();
        if (vmgpu_kernel_destroy(mine)) abort();
    }
    return NULL;
}

static void *launch_all_the_time(void *unused) {
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_buffer *mine = NULL;
    vmgpu_arg args[3];
    (void)unused;
    if (vmgpu_buffer_create(device, 40000, &mine) || vmgpu_buffer_fill(mine, 0, 0, 40000)) abort();
    launch.grid.x = 100;
    launch.block.x = 100;
    args[0] = vmgpu_arg_buffer(mine);
    args[1] = vmgpu_arg_i32(10000);
    args[2] = vmgpu_arg_i32(1);
    while (!stop)
        if (vmgpu_kernel_launch(kernel, &launch, args, 3)) abort();
    vmgpu_buffer_destroy(mine);
    return NULL;
}

static void *allocate_all_the_time(void *unused) {
    (void)unused;
    while (!stop) {
        vmgpu_buffer *plain = NULL, *managed = NULL;
        void *pointer = NULL;
        if (vmgpu_buffer_create(device, 1000, &plain) || vmgpu_buffer_fill(plain, 0, 1, 1000)) abort();
        if (vmgpu_executor_buffer_create(executor, 5000, &managed)) abort();
        if (vmgpu_buffer_map(managed, VMGPU_ACCESS_WRITE, &pointer)) abort();
        memset(pointer, 1, 5000);
        if (vmgpu_buffer_unmap(managed) || vmgpu_buffer_copy(plain, 0, managed, 0, 1000)) abort();
        if (vmgpu_buffer_destroy(managed) || vmgpu_buffer_destroy(plain)) abort();
    }
    return NULL;
}

static void quiet(void *user, uint32_t level, const char *message) {
    (void)user;
    (void)level;
    (void)message;
}

static vmgpu_status add_with(vmgpu_executor *with, vmgpu_buffer *to, int value) {
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_arg args[3];
    args[0] = vmgpu_arg_buffer(to);
    args[1] = vmgpu_arg_i32(100);
    args[2] = vmgpu_arg_i32(value);
    request.source = add_source;
    request.kernel_name = "add";
    request.args = args;
    request.arg_count = 3;
    request.block.x = 100;
    request.timeout_ms = 20000;
    return vmgpu_executor_execute(with, &request, NULL);
}

static void *execute_all_the_time(void *unused) {
    unsigned round = 0;
    (void)unused;
    while (!stop) {
        if (add_with(executor, shared, 1)) abort();
        if (++round % 16 == 0 && vmgpu_executor_clear_cache(executor)) abort();
        if (vmgpu_set_log(round % 2 ? quiet : NULL, NULL, VMGPU_LOG_LEVEL_TRACE)) abort();
    }
    return NULL;
}

/* ---- the child ---- */

/* Whatever belongs to the parent works or says that it was in use at the fork. */
static int works_or_says_so(vmgpu_status status) {
    return status == VMGPU_STATUS_OK || status == VMGPU_STATUS_FORKED;
}

static int child_of_busy_parent(void) {
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_manager *own = NULL;
    vmgpu_device *cpu = NULL;
    vmgpu_kernel *add = NULL;
    vmgpu_executor *mine = NULL;
    vmgpu_buffer *x = NULL, *y = NULL;
    vmgpu_arg args[3];
    int values[100], i;
    char text[4000];
    alarm(60);
    /* The parent's objects. */
    if (!works_or_says_so(vmgpu_buffer_read(shared, 0, values, sizeof values))) return 10;
    if (!works_or_says_so(vmgpu_buffer_fill(shared, 0, 0, sizeof values))) return 11;
    if (!works_or_says_so(add_with(executor, shared, 2))) return 12;
    if (vmgpu_last_report(text, sizeof text, NULL)) return 13;
    if (vmgpu_executor_buffer_create(executor, sizeof values, &x)) return 14;
    if (vmgpu_buffer_fill(x, 0, 0, sizeof values)) return 15;
    if (!works_or_says_so(add_with(executor, x, 2))) return 16;
    if (!works_or_says_so(vmgpu_kernel_compile(device, add_source, "add", NULL, &add))) return 17;
    args[0] = vmgpu_arg_buffer(x);
    args[1] = vmgpu_arg_i32(100);
    args[2] = vmgpu_arg_i32(3);
    launch.block.x = 100;
    if (!works_or_says_so(vmgpu_kernel_launch(kernel, &launch, args, 3))) return 18;
    if (vmgpu_buffer_destroy(x) || vmgpu_kernel_destroy(add)) return 19;
    if (!works_or_says_so(vmgpu_executor_clear_cache(executor))) return 20;
    if (vmgpu_set_log(quiet, NULL, VMGPU_LOG_LEVEL_WARN)) return 21;
    /* A manager of its own. */
    {
        vmgpu_manager_options options = VMGPU_MANAGER_OPTIONS_INIT;
        options.enable_cuda = options.enable_rocm = 0;
        if (vmgpu_manager_create(&options, &own) || vmgpu_manager_default_device(own, &cpu)) return 30;
    }
    if (vmgpu_executor_create(own, NULL, &mine)) return 31;
    if (vmgpu_kernel_compile(cpu, add_source, "add", NULL, &add)) return 32;
    if (vmgpu_buffer_create(cpu, sizeof values, &x) || vmgpu_executor_buffer_create(mine, sizeof values, &y)) return 33;
    if (vmgpu_buffer_fill(x, 0, 0, sizeof values) || vmgpu_buffer_fill(y, 0, 0, sizeof values)) return 34;
    args[0] = vmgpu_arg_buffer(x);
    if (vmgpu_kernel_launch(add, &launch, args, 3)) return 35;
    if (vmgpu_buffer_read(x, 0, values, sizeof values)) return 36;
    for (i = 0; i < 100; i++)
        if (values[i] != 3) return 37;
    if (add_with(mine, y, 5) || add_with(mine, y, 6)) return 38;
    if (vmgpu_buffer_read(y, 0, values, sizeof values)) return 39;
    for (i = 0; i < 100; i++)
        if (values[i] != 11) return 40;
    /* Time limits hold as well. */
    request.source = endless_source;
    request.kernel_name = "endless";
    request.args = args;
    request.arg_count = 1;
    args[0] = vmgpu_arg_buffer(y);
    if (add_with(mine, y, 1)) return 41;
    request.timeout_ms = 20000;
    request.compile_options = NULL;
    {
        vmgpu_compile_options options = VMGPU_COMPILE_OPTIONS_INIT;
        vmgpu_kernel *warm = NULL;
        if (vmgpu_kernel_compile(cpu, endless_source, "endless", &options, &warm)) return 42;
        vmgpu_kernel_destroy(warm);
    }
    request.timeout_ms = 300;
    if (vmgpu_executor_execute(mine, &request, NULL) != VMGPU_STATUS_TIMEOUT) return 43;
    if (vmgpu_buffer_destroy(x) || vmgpu_buffer_destroy(y) || vmgpu_kernel_destroy(add)) return 44;
    if (vmgpu_executor_destroy(mine) || vmgpu_device_destroy(cpu) || vmgpu_manager_destroy(own)) return 45;
    return 0;
}

static void fork_often(int rounds, int (*in_child)(void)) {
    int round;
    for (round = 0; round < rounds; round++) {
        int status = 0;
        pid_t pid;
        struct timespec pause = {0, 0};
        pause.tv_nsec = (long)(round * 7919 % 13) * 300000;
        nanosleep(&pause, NULL);
        pid = fork();
        if (pid == 0) _exit(in_child());
        REQUIRE(pid > 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            printf("round %d: %s %d\n", round, WIFEXITED(status) ? "step" : "signal",
                   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
            break;
        }
    }
}

int main(int argc, char **argv) {
    static void *(*const work[])(void *) = {churn,
                                            compile_all_the_time,
                                            launch_all_the_time,
                                            allocate_all_the_time,
                                            execute_all_the_time,
                                            execute_all_the_time};
    enum { WORKERS = sizeof work / sizeof *work };
    pthread_t threads[WORKERS];
    int i, rounds = argc > 1 ? atoi(argv[1]) : 25;
    manager = cpu_manager();
    device = cpu_device(manager);
    for (i = 0; i < 2; i++) REQUIRE(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    fork_often(20, child);
    stop = 1;
    for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);

    stop = 0;
    executor = executor_of(manager);
    STATUS(OK, vmgpu_kernel_compile(device, add_source, "add", NULL, &kernel));
    STATUS(OK, vmgpu_executor_buffer_create(executor, 400, &shared));
    STATUS(OK, vmgpu_buffer_fill(shared, 0, 0, 400));
    for (i = 0; i < WORKERS; i++) REQUIRE(pthread_create(&threads[i], NULL, work[i], NULL) == 0);
    fork_often(rounds, child_of_busy_parent);
    stop = 1;
    for (i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    vmgpu_set_log(NULL, NULL, 0);
    vmgpu_buffer_destroy(shared);
    vmgpu_kernel_destroy(kernel);
    vmgpu_executor_destroy(executor);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return check_result();
}
