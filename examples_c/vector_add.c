/*
 * vector_add.c - adds two arrays on the best device this machine has, and checks every element.
 *
 * It shows the shortest way to use the library in an engine: an executor, managed buffers, kernel text, and a function
 * of your own that does the work when no device can.
 *
 * Build and run:  cc vector_add.c $(pkg-config --cflags --libs vmgpu) -o vector_add && ./vector_add
 */
#include <stdio.h>
#include <vmgpu.h>

enum { COUNT = 1000000 };

/* CUDA C. Each thread adds one pair; the last block has a few threads too many, hence the comparison. */
static const char *source = "extern \"C\" __global__ void add(const float *a, const float *b, float *sum, int count) {\n"
                            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                            "    if (i < count) sum[i] = a[i] + b[i];\n"
                            "}\n";

typedef struct vectors {
    vmgpu_buffer *a, *b, *sum;
} vectors;

static int failed(const char *what) {
    char text[4000];
    vmgpu_last_error(text, sizeof text, NULL);
    fprintf(stderr, "%s failed: %s\n", what, text);
    return 1;
}

/* The same work in C, for a machine where nothing can run the kernel. Mapped buffers are ordinary memory. */
static int add_in_c(void *user, char *error_buffer, size_t error_capacity) {
    const vectors *v = user;
    void *a = NULL, *b = NULL, *sum = NULL;
    int i;
    if (vmgpu_buffer_map(v->a, VMGPU_ACCESS_READ, &a) || vmgpu_buffer_map(v->b, VMGPU_ACCESS_READ, &b) ||
        vmgpu_buffer_map(v->sum, VMGPU_ACCESS_WRITE, &sum)) {
        snprintf(error_buffer, error_capacity, "the vectors could not be mapped");
        return 1;
    }
    for (i = 0; i < COUNT; i++) ((float *)sum)[i] = ((float *)a)[i] + ((float *)b)[i];
    vmgpu_buffer_unmap(v->a);
    vmgpu_buffer_unmap(v->b);
    vmgpu_buffer_unmap(v->sum);
    return 0;
}

int main(void) {
    static const char *const by[] = {"nobody", "the GPU", "the CPU device", "our own C function"};
    const size_t size = COUNT * sizeof(float);
    vmgpu_manager *manager = NULL;
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor *executor = NULL;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[4];
    vectors v = {NULL, NULL, NULL};
    void *pointer = NULL;
    char report[4000];
    int i, wrong = 0;

    /* Without a GPU, let the library's CPU device try before our own function. */
    config.prefer_cpu_device = 1;
    if (vmgpu_manager_create(NULL, &manager)) return failed("looking for devices");
    if (vmgpu_executor_create(manager, &config, &executor)) return failed("making an executor");

    /* Managed buffers move by themselves to where they are needed. */
    if (vmgpu_executor_buffer_create(executor, size, &v.a) || vmgpu_executor_buffer_create(executor, size, &v.b) ||
        vmgpu_executor_buffer_create(executor, size, &v.sum)) {
        return failed("allocating");
    }
    if (vmgpu_buffer_map(v.a, VMGPU_ACCESS_WRITE, &pointer)) return failed("mapping");
    for (i = 0; i < COUNT; i++) ((float *)pointer)[i] = (float)i;
    vmgpu_buffer_unmap(v.a);
    if (vmgpu_buffer_map(v.b, VMGPU_ACCESS_WRITE, &pointer)) return failed("mapping");
    for (i = 0; i < COUNT; i++) ((float *)pointer)[i] = 0.5f * (float)(i % 1000);
    vmgpu_buffer_unmap(v.b);

    /* One argument for each parameter of the kernel. `const`: the kernel only reads, so nothing need be copied back. */
    args[0] = vmgpu_arg_buffer_const(v.a);
    args[1] = vmgpu_arg_buffer_const(v.b);
    args[2] = vmgpu_arg_buffer(v.sum);
    args[3] = vmgpu_arg_i32(COUNT);
    request.source = source;
    request.kernel_name = "add";
    request.block.x = 256;
    request.grid.x = (COUNT + 255) / 256;
    request.args = args;
    request.arg_count = 4;
    request.fallback = add_in_c;
    request.fallback_user = &v;
    if (vmgpu_executor_execute(executor, &request, &result)) return failed("adding");

    if (vmgpu_buffer_map(v.sum, VMGPU_ACCESS_READ, &pointer)) return failed("mapping");
    for (i = 0; i < COUNT; i++) {
        if (((float *)pointer)[i] != (float)i + 0.5f * (float)(i % 1000)) wrong++;
    }
    vmgpu_buffer_unmap(v.sum);

    printf("%d sums by %s in %.3f ms, %d wrong\n", COUNT, by[result.executed_by < 4 ? result.executed_by : 0],
           (double)result.execution_time_ns / 1e6, wrong);
    vmgpu_last_report(report, sizeof report, NULL);
    printf("%s", report);

    /* Any order of destruction is fine. */
    vmgpu_manager_destroy(manager);
    vmgpu_executor_destroy(executor);
    vmgpu_buffer_destroy(v.a);
    vmgpu_buffer_destroy(v.b);
    vmgpu_buffer_destroy(v.sum);
    return wrong != 0;
}
