/* Managed buffers: content through write, map and kernels; what a map forbids; two threads on one buffer. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>

#include "check.h"

static vmgpu_manager *manager;
static vmgpu_device *device;
static vmgpu_executor *executor;

static void content_goes_in_and_out_by_every_way(void) {
    vmgpu_buffer *a = NULL, *plain = NULL;
    uint32_t in[300], back[300], *mapped = NULL;
    void *pointer = NULL;
    size_t i;
    for (i = 0; i < 300; i++) in[i] = (uint32_t)(i * 2654435761u);
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof in, &a));
    CHECK(vmgpu_buffer_size(a) == sizeof in);
    CHECK(vmgpu_buffer_device_pointer(a) == 0);
    STATUS(OK, vmgpu_buffer_write(a, 0, in, sizeof in));
    STATUS(OK, vmgpu_buffer_map(a, VMGPU_ACCESS_READ_WRITE, &pointer));
    mapped = pointer;
    CHECK(memcmp(mapped, in, sizeof in) == 0);
    mapped[7] = in[7] = 12345;
    STATUS(OK, vmgpu_buffer_unmap(a));
    STATUS(OK, vmgpu_buffer_fill(a, 1, 0x11, 3));
    memset((char *)in + 1, 0x11, 3);
    STATUS(OK, vmgpu_buffer_read(a, 0, back, sizeof back));
    CHECK(memcmp(back, in, sizeof in) == 0);
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(a, 4, in, sizeof in));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_read(a, SIZE_MAX, back, 2));
    STATUS(OK, vmgpu_buffer_create(device, sizeof in, &plain));
    STATUS(OK, vmgpu_buffer_copy(plain, 0, a, 0, sizeof in));
    memset(back, 0, sizeof back);
    STATUS(OK, vmgpu_buffer_read(plain, 0, back, sizeof back));
    CHECK(memcmp(back, in, sizeof in) == 0);
    STATUS(OK, vmgpu_buffer_destroy(plain));
    STATUS(OK, vmgpu_buffer_destroy(a));
}

static int never(void *user, char *error, size_t capacity) {
    (void)error;
    (void)capacity;
    ++*(int *)user;
    return 0;
}

static void a_map_forbids_all_other_use(void) {
    vmgpu_buffer *a = NULL, *b = NULL;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[1];
    void *pointer = NULL, *second = NULL;
    char byte = 1;
    int called = 0;
    STATUS(OK, vmgpu_executor_buffer_create(executor, 64, &a));
    STATUS(OK, vmgpu_executor_buffer_create(executor, 64, &b));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_map(a, 0, &pointer));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_map(a, 7, &pointer));
    STATUS(INVALID_STATE, vmgpu_buffer_unmap(a));
    STATUS(OK, vmgpu_buffer_map(a, VMGPU_ACCESS_WRITE, &pointer));
    memset(pointer, 3, 64);
    STATUS(INVALID_STATE, vmgpu_buffer_map(a, VMGPU_ACCESS_READ, &second));
    CHECK(second == NULL);
    STATUS(INVALID_STATE, vmgpu_buffer_write(a, 0, &byte, 1));
    STATUS(INVALID_STATE, vmgpu_buffer_read(a, 0, &byte, 1));
    STATUS(INVALID_STATE, vmgpu_buffer_fill(a, 0, 1, 1));
    STATUS(INVALID_STATE, vmgpu_buffer_copy(b, 0, a, 0, 1));
    STATUS(INVALID_STATE, vmgpu_buffer_copy(a, 0, b, 0, 1));
    request.source = "extern \"C\" __global__ void f(unsigned char *p) { p[0] = 1; }";
    request.kernel_name = "f";
    args[0] = vmgpu_arg_buffer(a);
    request.args = args;
    request.arg_count = 1;
    request.fallback = never;
    request.fallback_user = &called;
    STATUS(INVALID_STATE, vmgpu_executor_execute(executor, &request, &result));
    CHECK(called == 0 && result.executed_by == VMGPU_EXECUTED_BY_NONE && !result.success);
    STATUS(OK, vmgpu_buffer_unmap(a));
    STATUS(OK, vmgpu_executor_execute(executor, &request, &result));
    CHECK(called == 1 && result.executed_by == VMGPU_EXECUTED_BY_CALLBACK);
    STATUS(OK, vmgpu_buffer_read(a, 5, &byte, 1));
    CHECK(byte == 3);
    STATUS(OK, vmgpu_buffer_destroy(a));
    STATUS(OK, vmgpu_buffer_destroy(b));
}

static void empty_buffers_work(void) {
    vmgpu_buffer *a = NULL;
    void *pointer = &a;
    STATUS(OK, vmgpu_executor_buffer_create(executor, 0, &a));
    STATUS(OK, vmgpu_buffer_write(a, 0, NULL, 0));
    STATUS(OK, vmgpu_buffer_read(a, 0, NULL, 0));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_fill(a, 0, 1, 1));
    STATUS(OK, vmgpu_buffer_map(a, VMGPU_ACCESS_READ, &pointer));
    CHECK(pointer == NULL);
    STATUS(OK, vmgpu_buffer_unmap(a));
    STATUS(OK, vmgpu_buffer_destroy(a));
    STATUS(MEMORY_ALLOCATION_FAILED, vmgpu_executor_buffer_create(executor, SIZE_MAX, &a));
    STATUS(MEMORY_ALLOCATION_FAILED, vmgpu_executor_buffer_create(executor, SIZE_MAX / 2, &a));
}

static vmgpu_buffer *shared;
static int torn;

static void *write_whole(void *value) {
    unsigned char in[4096], back[4096];
    int round;
    size_t i;
    memset(in, *(unsigned char *)value, sizeof in);
    for (round = 0; round < 500; round++) {
        if (vmgpu_buffer_write(shared, 0, in, sizeof in) != VMGPU_STATUS_OK) torn = 1;
        if (vmgpu_buffer_read(shared, 0, back, sizeof back) != VMGPU_STATUS_OK) torn = 1;
        for (i = 1; i < sizeof back; i++) {
            if (back[i] != back[0]) torn = 1;
        }
    }
    return NULL;
}

static void two_threads_never_see_half_a_write(void) {
    pthread_t threads[2];
    unsigned char values[2] = {1, 200};
    int i;
    STATUS(OK, vmgpu_executor_buffer_create(executor, 4096, &shared));
    STATUS(OK, vmgpu_buffer_fill(shared, 0, 1, 4096));
    for (i = 0; i < 2; i++) REQUIRE(pthread_create(&threads[i], NULL, write_whole, &values[i]) == 0);
    for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    CHECK(!torn);
    STATUS(OK, vmgpu_buffer_destroy(shared));
}

int main(void) {
    manager = cpu_manager();
    device = cpu_device(manager);
    executor = executor_of(manager);
    content_goes_in_and_out_by_every_way();
    a_map_forbids_all_other_use();
    empty_buffers_work();
    two_threads_never_see_half_a_write();
    vmgpu_executor_destroy(executor);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return check_result();
}
