/* Destroyed and wrong-kind handles, any order of destruction, and threads that destroy what others use. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "check.h"

static void destroyed_handles_are_recognised(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager), *other = NULL;
    vmgpu_executor *executor = executor_of(manager), *other_executor = NULL;
    vmgpu_buffer *buffer = NULL;
    vmgpu_device_info info = VMGPU_DEVICE_INFO_INIT;
    STATUS(OK, vmgpu_buffer_create(device, 16, &buffer));
    STATUS(OK, vmgpu_buffer_destroy(buffer));
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
    STATUS(INVALID_HANDLE, vmgpu_buffer_destroy(buffer));
    CHECK(error_says("destroyed"));
    STATUS(INVALID_HANDLE, vmgpu_buffer_fill(buffer, 0, 0, 1));
    CHECK(vmgpu_buffer_size(buffer) == 0);
    STATUS(INVALID_HANDLE, vmgpu_executor_destroy(executor));
    STATUS(INVALID_HANDLE, vmgpu_executor_clear_cache(executor));
    CHECK(!vmgpu_executor_has_gpu(executor));
    STATUS(INVALID_HANDLE, vmgpu_device_destroy(device));
    STATUS(INVALID_HANDLE, vmgpu_device_get_info(device, &info));
    CHECK(!vmgpu_device_is_available(device));
    STATUS(INVALID_HANDLE, vmgpu_manager_destroy(manager));
    STATUS(INVALID_HANDLE, vmgpu_manager_default_device(manager, &other));
    STATUS(INVALID_HANDLE, vmgpu_executor_create(manager, NULL, &other_executor));
    CHECK(vmgpu_manager_device_count(manager) == 0);
    CHECK(other == NULL && other_executor == NULL);
}

static void a_destroyed_handle_stays_destroyed_when_its_place_is_reused(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    vmgpu_buffer *old = NULL, *now = NULL;
    int i;
    STATUS(OK, vmgpu_buffer_create(device, 16, &old));
    STATUS(OK, vmgpu_buffer_destroy(old));
    for (i = 0; i < 10000; i++) {
        if (vmgpu_buffer_create(device, 16, &now) != VMGPU_STATUS_OK) break;
        if (now == old || vmgpu_buffer_size(old) != 0) break;
        if (vmgpu_buffer_destroy(now) != VMGPU_STATUS_OK) break;
    }
    CHECK(i == 10000);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
}

static void wrong_kinds_are_recognised(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_buffer *buffer = NULL, *out = NULL;
    vmgpu_launch_config launch = VMGPU_LAUNCH_CONFIG_INIT;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_arg arg;
    double real[4] = {0};
    STATUS(OK, vmgpu_buffer_create(device, 16, &buffer));
    STATUS(INVALID_HANDLE, vmgpu_buffer_create((vmgpu_device *)buffer, 4, &out));
    CHECK(error_says("of kind buffer, not device"));
    STATUS(INVALID_HANDLE, vmgpu_executor_buffer_create((vmgpu_executor *)manager, 4, &out));
    STATUS(INVALID_HANDLE, vmgpu_kernel_launch((vmgpu_kernel *)device, &launch, NULL, 0));
    STATUS(INVALID_HANDLE, vmgpu_kernel_destroy((vmgpu_kernel *)executor));
    STATUS(INVALID_HANDLE, vmgpu_manager_destroy((vmgpu_manager *)device));
    STATUS(INVALID_HANDLE, vmgpu_device_destroy((vmgpu_device *)manager));
    STATUS(INVALID_HANDLE, vmgpu_buffer_destroy((vmgpu_buffer *)executor));
    STATUS(INVALID_HANDLE, vmgpu_executor_destroy((vmgpu_executor *)buffer));
    /* A pointer to the caller's own memory is no handle either. */
    STATUS(INVALID_HANDLE, vmgpu_device_synchronize((vmgpu_device *)(void *)real));
    request.source = "extern \"C\" __global__ void f(int *p) {}";
    request.kernel_name = "f";
    request.args = &arg;
    request.arg_count = 1;
    arg = vmgpu_arg_buffer((vmgpu_buffer *)device);
    STATUS(INVALID_HANDLE, vmgpu_executor_execute(executor, &request, NULL));
    CHECK(error_says("args[0]") && error_says("of kind device, not buffer"));
    /* After all these refusals everything still works. */
    STATUS(OK, vmgpu_buffer_destroy(buffer));
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_manager_destroy(manager));
    CHECK(out == NULL);
}

static void children_outlive_their_parents(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager), *second = NULL;
    vmgpu_executor *executor = executor_of(manager);
    vmgpu_buffer *plain = NULL, *managed = NULL;
    unsigned char in[100], back[100];
    size_t i;
    for (i = 0; i < sizeof in; i++) in[i] = (unsigned char)(i * 7 + 3);
    STATUS(OK, vmgpu_manager_device(manager, 0, &second));
    CHECK(second != device);
    STATUS(OK, vmgpu_manager_destroy(manager));
    STATUS(OK, vmgpu_buffer_create(device, sizeof in, &plain));
    STATUS(OK, vmgpu_executor_buffer_create(executor, sizeof in, &managed));
    STATUS(OK, vmgpu_device_destroy(device));
    STATUS(OK, vmgpu_device_destroy(second));
    STATUS(OK, vmgpu_executor_destroy(executor));
    STATUS(OK, vmgpu_buffer_write(plain, 0, in, sizeof in));
    STATUS(OK, vmgpu_buffer_copy(managed, 0, plain, 0, sizeof in));
    STATUS(OK, vmgpu_buffer_destroy(plain));
    memset(back, 0, sizeof back);
    STATUS(OK, vmgpu_buffer_read(managed, 0, back, sizeof back));
    CHECK(memcmp(in, back, sizeof in) == 0);
    STATUS(OK, vmgpu_buffer_destroy(managed));
}

#define THREADS 4
#define ROUNDS 100

static vmgpu_buffer *shared;
static pthread_barrier_t begin, end;
static int wrong[THREADS];

static void *use_until_destroyed(void *index) {
    int *mistakes = &wrong[*(int *)index], round;
    for (round = 0; round < ROUNDS; round++) {
        vmgpu_status status;
        unsigned value;
        pthread_barrier_wait(&begin);
        for (;;) {
            value = 0;
            status = vmgpu_buffer_read(shared, 4, &value, sizeof value);
            if (status != VMGPU_STATUS_OK) break;
            if (value != 0x5a5a5a5au) (*mistakes)++;
        }
        if (status != VMGPU_STATUS_INVALID_HANDLE || value != 0) (*mistakes)++;
        pthread_barrier_wait(&end);
    }
    return NULL;
}

static void threads_may_destroy_what_others_use(void) {
    pthread_t threads[THREADS];
    int index[THREADS], i, round;
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    pthread_barrier_init(&begin, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (i = 0; i < THREADS; i++) {
        index[i] = i;
        REQUIRE(pthread_create(&threads[i], NULL, use_until_destroyed, &index[i]) == 0);
    }
    for (round = 0; round < ROUNDS; round++) {
        vmgpu_buffer *other = NULL;
        REQUIRE(vmgpu_buffer_create(device, 64, &shared) == VMGPU_STATUS_OK);
        REQUIRE(vmgpu_buffer_fill(shared, 0, 0x5a, 64) == VMGPU_STATUS_OK);
        pthread_barrier_wait(&begin);
        CHECK(vmgpu_buffer_destroy(shared) == VMGPU_STATUS_OK);
        /* Its place is taken at once by a buffer with other content. */
        CHECK(vmgpu_buffer_create(device, 64, &other) == VMGPU_STATUS_OK);
        CHECK(vmgpu_buffer_fill(other, 0, 0xff, 64) == VMGPU_STATUS_OK);
        pthread_barrier_wait(&end);
        CHECK(vmgpu_buffer_destroy(other) == VMGPU_STATUS_OK);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(wrong[i] == 0);
    }
    pthread_barrier_destroy(&begin);
    pthread_barrier_destroy(&end);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
}

static vmgpu_buffer *racing;
static int winners[THREADS];

static void *destroy_it(void *index) {
    pthread_barrier_wait(&begin);
    if (vmgpu_buffer_destroy(racing) == VMGPU_STATUS_OK) winners[*(int *)index]++;
    pthread_barrier_wait(&end);
    return NULL;
}

static void one_of_several_destroyers_wins(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    int round, i, index[THREADS];
    pthread_barrier_init(&begin, NULL, THREADS);
    pthread_barrier_init(&end, NULL, THREADS);
    for (round = 0; round < 50; round++) {
        pthread_t threads[THREADS];
        int won = 0;
        REQUIRE(vmgpu_buffer_create(device, 64, &racing) == VMGPU_STATUS_OK);
        for (i = 0; i < THREADS; i++) {
            index[i] = i;
            winners[i] = 0;
            REQUIRE(pthread_create(&threads[i], NULL, destroy_it, &index[i]) == 0);
        }
        for (i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            won += winners[i];
        }
        CHECK(won == 1);
    }
    pthread_barrier_destroy(&begin);
    pthread_barrier_destroy(&end);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
}

int main(void) {
    destroyed_handles_are_recognised();
    a_destroyed_handle_stays_destroyed_when_its_place_is_reused();
    wrong_kinds_are_recognised();
    children_outlive_their_parents();
    threads_may_destroy_what_others_use();
    one_of_several_destroyers_wins();
    return check_result();
}
