/* A child of fork() uses the library although other threads made and ended handles at that moment: no lock stays locked. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static vmgpu_manager *manager;
static vmgpu_device *device;
static volatile int stop;

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

int main(void) {
    pthread_t threads[2];
    int i, round;
    manager = cpu_manager();
    device = cpu_device(manager);
    for (i = 0; i < 2; i++) REQUIRE(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (round = 0; round < 20; round++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) _exit(child());
        REQUIRE(pid > 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    stop = 1;
    for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return check_result();
}
