/*
 * What one call of the library costs by itself: nanoseconds above a CUDA driver that does nothing (nulldriver.c).
 *
 * `run` builds and starts it. Figures are the fastest of many rounds. Arguments: one row's name, number of rounds.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vmgpu.h"

int cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);

static const char SOURCE[] =
    "extern \"C\" __global__ void empty() {}\n"
    "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, int n) {\n"
    "  int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) c[i] = a[i] + b[i]; }\n"
    "extern \"C\" __global__ void touch(float *a) { if (a[0] == 12345.0f) a[1] = 1; }\n";

static vmgpu_device *device;
static vmgpu_executor *executor;
static vmgpu_kernel *empty, *vadd;
static vmgpu_buffer *plain[3], *managed[3];

static void must(vmgpu_status status, const char *what) {
    if (status == VMGPU_STATUS_OK) return;
    char text[4096];
    size_t length;
    vmgpu_last_error(text, sizeof text, &length);
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void fill(vmgpu_arg *args, vmgpu_buffer **buffers) {
    args[0] = vmgpu_arg_buffer_const(buffers[0]);
    args[1] = vmgpu_arg_buffer_const(buffers[1]);
    args[2] = vmgpu_arg_buffer(buffers[2]);
    args[3] = vmgpu_arg_i32(256);
}

static void launches(int count, vmgpu_kernel *kernel, int arg_count, int wait) {
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_arg args[4];
    fill(args, plain);
    for (int i = 0; i < count; i++) {
        must(vmgpu_kernel_launch(kernel, &launch, args, (size_t)arg_count), "launch");
        if (wait) must(vmgpu_device_synchronize(device), "wait");
    }
}

static void driver(int count) {
    for (int i = 0; i < count; i++) cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL);
}
static void launch_0(int count) { launches(count, empty, 0, 0); }
static void launch_4(int count) { launches(count, vadd, 4, 0); }
static void launch_wait(int count) { launches(count, vadd, 4, 1); }

static void hits(int count, vmgpu_buffer **buffers) {
    vmgpu_arg args[4];
    fill(args, buffers);
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    request.source = SOURCE;
    request.kernel_name = "vadd";
    request.args = args;
    request.arg_count = 4;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    for (int i = 0; i < count; i++) must(vmgpu_executor_execute(executor, &request, &result), "execute");
    if (!result.executed_on_gpu) exit(1);
}

static void hit_plain(int count) { hits(count, plain); }
static void hit_managed(int count) { hits(count, managed); }

static const struct row { const char *name, *what; void (*run)(int); } rows[] = {
    {"driver", "the driver's launch itself", driver},
    {"launch0", "launch, no arguments", launch_0},     {"launch4", "launch, 4 arguments", launch_4},
    {"wait", "launch, 4 arguments, and wait", launch_wait}, {"plain", "executor hit, plain buffers", hit_plain},
    {"managed", "executor hit, managed buffers", hit_managed},
};

int main(int argc, char **argv) {
    vmgpu_manager *manager;
    must(vmgpu_manager_create(NULL, &manager), "manager");
    must(vmgpu_manager_default_device(manager, &device), "device");
    must(vmgpu_executor_create(manager, NULL, &executor), "executor");
    must(vmgpu_kernel_compile(device, SOURCE, "empty", NULL, &empty), "compile");
    must(vmgpu_kernel_compile(device, SOURCE, "vadd", NULL, &vadd), "compile");
    for (int i = 0; i < 3; i++) {
        must(vmgpu_buffer_create(device, 1024, &plain[i]), "buffer");
        must(vmgpu_executor_buffer_create(executor, 1024, &managed[i]), "buffer");
        must(vmgpu_buffer_fill(managed[i], 0, 1, 1024), "fill");
    }
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (argc > 1 && strcmp(argv[1], rows[r].name)) continue;
        double best = 1e30;
        for (int round = 0; round < (argc > 2 ? atoi(argv[2]) : 200); round++) {
            double start = now();
            rows[r].run(2000);
            double each = (now() - start) / 2000;
            if (each < best) best = each;
        }
        printf("%-32s %7.1f ns\n", rows[r].what, best);
    }
    return 0;
}
