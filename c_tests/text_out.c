/* Text out: asking, exact room, one byte too little, no room; last error and its rules; status names; version. */
#include "check.h"

typedef vmgpu_status (*text_function)(char *buffer, size_t capacity, size_t *out_length);

static vmgpu_manager *manager;
static vmgpu_executor *executor;

static vmgpu_status explain(char *buffer, size_t capacity, size_t *out_length) {
    return vmgpu_manager_explain(manager, buffer, capacity, out_length);
}
static vmgpu_status format_stats(char *buffer, size_t capacity, size_t *out_length) {
    return vmgpu_executor_format_stats(executor, buffer, capacity, out_length);
}

static void conventions(text_function function) {
    size_t length = 0, again = 0;
    char *text, *small;
    STATUS(OK, function(NULL, 0, &length));
    REQUIRE(length > 10);
    text = malloc(length + 1);
    small = malloc(length);
    memset(text, 'x', length + 1);
    /* Exact room. */
    STATUS(OK, function(text, length + 1, &again));
    CHECK(again == length && strlen(text) == length);
    /* The length is optional. */
    STATUS(OK, function(text, length + 1, NULL));
    /* One byte too little: cut, terminated, and the whole length told. */
    memset(small, 'x', length);
    again = 0;
    STATUS(BUFFER_TOO_SMALL, function(small, length, &again));
    CHECK(again == length && strlen(small) == length - 1 && strncmp(small, text, length - 1) == 0);
    /* Room for the terminator only. */
    small[0] = 'x';
    small[1] = 'y';
    STATUS(BUFFER_TOO_SMALL, function(small, 1, &again));
    CHECK(again == length && small[0] == '\0' && small[1] == 'y');
    /* No room at all. */
    small[0] = 'x';
    STATUS(BUFFER_TOO_SMALL, function(small, 0, &again));
    CHECK(again == length && small[0] == 'x');
    free(text);
    free(small);
}

static void last_error_is_replaced_by_failures_only(void) {
    char text[300], again[300];
    size_t length = 0;
    vmgpu_device *none = NULL;
    STATUS(OUT_OF_RANGE, vmgpu_manager_device(manager, 41, &none));
    STATUS(OK, vmgpu_last_error(text, sizeof text, &length));
    CHECK(strlen(text) == length && strstr(text, "41") != NULL);
    /* A call that succeeds leaves it, and so does reading it, well or badly. */
    CHECK(vmgpu_manager_device_count(manager) == 1);
    STATUS(BUFFER_TOO_SMALL, vmgpu_last_error(again, 5, &length));
    CHECK(length == strlen(text) && strncmp(again, text, 4) == 0 && again[4] == '\0');
    STATUS(INVALID_ARGUMENT, vmgpu_last_error(NULL, 5, &length));
    STATUS(OK, vmgpu_last_error(again, sizeof again, NULL));
    CHECK(strcmp(text, again) == 0);
    /* A value getter on a bad handle is a failure too. */
    CHECK(vmgpu_buffer_size(NULL) == 0);
    STATUS(OK, vmgpu_last_error(again, sizeof again, NULL));
    CHECK(strcmp(text, again) != 0 && strstr(again, "buffer") != NULL);
}

static void names_and_version(void) {
    CHECK(strcmp(vmgpu_status_name(VMGPU_STATUS_OK), "VMGPU_STATUS_OK") == 0);
    CHECK(strcmp(vmgpu_status_name(VMGPU_STATUS_DATA_LOST), "VMGPU_STATUS_DATA_LOST") == 0);
    CHECK(strcmp(vmgpu_status_name(VMGPU_STATUS_OTHER), "VMGPU_STATUS_OTHER") == 0);
    CHECK(strcmp(vmgpu_status_name(0xffffffffu), "unknown status") == 0);
    CHECK(vmgpu_version() == VMGPU_VERSION);
}

static void explain_says_why_backends_are_absent(void) {
    char text[4000];
    STATUS(OK, vmgpu_manager_explain(manager, text, sizeof text, NULL));
    CHECK(strstr(text, "CUDA") && strstr(text, "ROCm") && strstr(text, "CPU"));
    CHECK(strstr(text, "switched off") && strstr(text, "default device: CPU"));
}

static void text_in_is_checked(void) {
    vmgpu_device *device = cpu_device(manager);
    vmgpu_kernel *kernel = NULL;
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, "int \xff;", "f", NULL, &kernel));
    CHECK(error_says("UTF-8 from byte 4"));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, "", "f", NULL, &kernel));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, "__global__ void f() {}", "", NULL, &kernel));
    STATUS(INVALID_ARGUMENT, vmgpu_kernel_compile(device, "__global__ void f() {}", "a\nb", NULL, &kernel));
    CHECK(kernel == NULL);
    vmgpu_device_destroy(device);
}

int main(void) {
    manager = cpu_manager();
    executor = executor_of(manager);
    conventions(explain);
    conventions(format_stats);
    CHECK(vmgpu_buffer_size(NULL) == 0);
    conventions(vmgpu_last_error);
    last_error_is_replaced_by_failures_only();
    names_and_version();
    explain_says_why_backends_are_absent();
    text_in_is_checked();
    vmgpu_executor_destroy(executor);
    vmgpu_manager_destroy(manager);
    return check_result();
}
