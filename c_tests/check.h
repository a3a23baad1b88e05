/*
 * What every program of c_tests shares. CHECK goes on after a failure and is there in every build, unlike assert; a
 * program ends with `return check_result();`, 0 if nothing failed.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vmgpu.h>

static int check_failures;
static int check_count;

static inline const char *check_last_error(void) {
    static char text[4096];
    vmgpu_last_error(text, sizeof text, NULL);
    return text;
}

#define CHECK(condition)                                                                                       \
    do {                                                                                                       \
        check_count++;                                                                                         \
        if (!(condition)) {                                                                                    \
            check_failures++;                                                                                  \
            printf("%s:%d: failed: %s\n    last error: %s\n", __FILE__, __LINE__, #condition, check_last_error()); \
        }                                                                                                      \
    } while (0)

/* The status of `call` must be VMGPU_STATUS_<wanted>. */
#define STATUS(wanted, call)                                                                                   \
    do {                                                                                                       \
        vmgpu_status check_status = (call);                                                                    \
        check_count++;                                                                                         \
        if (check_status != VMGPU_STATUS_##wanted) {                                                           \
            check_failures++;                                                                                  \
            printf("%s:%d: %s\n    gave %s instead of %s\n    last error: %s\n", __FILE__, __LINE__, #call,      \
                   vmgpu_status_name(check_status), "VMGPU_STATUS_" #wanted, check_last_error());              \
        }                                                                                                      \
    } while (0)

/* Without this nothing that follows makes sense. */
#define REQUIRE(condition)                                                                                     \
    do {                                                                                                       \
        const int check_holds = !!(condition);                                                                 \
        CHECK(check_holds);                                                                                    \
        if (!check_holds) {                                                                                    \
            printf("%s:%d: %s is needed to go on\n", __FILE__, __LINE__, #condition);                           \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

static inline int check_result(void) {
    if (check_count == 0) {
        printf("nothing was checked\n");
        return 1;
    }
    printf("%d checks, %d failures\n", check_count, check_failures);
    return check_failures != 0;
}

/* A manager that finds the CPU device and nothing else, whatever the machine has. */
static inline vmgpu_manager *cpu_manager(void) {
    vmgpu_manager_options options = VMGPU_MANAGER_OPTIONS_INIT;
    vmgpu_manager *manager = NULL;
    options.enable_cuda = 0;
    options.enable_rocm = 0;
    STATUS(OK, vmgpu_manager_create(&options, &manager));
    REQUIRE(manager != NULL);
    return manager;
}

static inline vmgpu_device *cpu_device(vmgpu_manager *manager) {
    vmgpu_device *device = NULL;
    STATUS(OK, vmgpu_manager_default_device(manager, &device));
    REQUIRE(device != NULL);
    return device;
}

static inline vmgpu_executor *executor_of(vmgpu_manager *manager) {
    vmgpu_executor *executor = NULL;
    STATUS(OK, vmgpu_executor_create(manager, NULL, &executor));
    REQUIRE(executor != NULL);
    return executor;
}

/* Whether the last error mentions `part`. */
static inline int error_says(const char *part) { return strstr(check_last_error(), part) != NULL; }

#endif
