/* The log: levels, the user's pointer, changing and ending it, calling the library from inside. */
#include "check.h"

typedef struct seen {
    int count;
    unsigned worst, mildest;
    char last[500];
} seen;

static void receive(void *user, uint32_t level, const char *message) {
    seen *s = user;
    s->count++;
    if (s->worst == 0 || level < s->worst) s->worst = level;
    if (level > s->mildest) s->mildest = level;
    snprintf(s->last, sizeof s->last, "%s", message);
    /* No lock is held: the library may be called, even to change the log. */
    CHECK(vmgpu_version() == VMGPU_VERSION);
    STATUS(INVALID_HANDLE, vmgpu_device_synchronize(NULL));
}

static void receive_once(void *user, uint32_t level, const char *message) {
    receive(user, level, message);
    STATUS(OK, vmgpu_set_log(NULL, NULL, 0));
}

static int work(void *user, char *error, size_t capacity) {
    (void)user;
    (void)error;
    (void)capacity;
    return 0;
}

/* An execution on a machine without a GPU falls back, which is worth a warning. */
static void fall_back(vmgpu_executor *executor) {
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    request.source = "extern \"C\" __global__ void quietly() {}";
    request.kernel_name = "quietly";
    request.fallback = work;
    STATUS(OK, vmgpu_executor_execute(executor, &request, NULL));
}

int main(void) {
    vmgpu_manager *manager = cpu_manager();
    vmgpu_executor *executor = executor_of(manager);
    seen first = {0, 0, 0, ""}, second = {0, 0, 0, ""};
    STATUS(INVALID_ARGUMENT, vmgpu_set_log(receive, &first, 0));
    STATUS(INVALID_ARGUMENT, vmgpu_set_log(receive, &first, 6));
    fall_back(executor);
    CHECK(first.count == 0);
    STATUS(OK, vmgpu_set_log(receive, &first, VMGPU_LOG_LEVEL_WARN));
    fall_back(executor);
    CHECK(first.count >= 1 && first.worst == VMGPU_LOG_LEVEL_WARN && first.mildest == VMGPU_LOG_LEVEL_WARN);
    CHECK(strstr(first.last, "quietly") && strstr(first.last, "falling back"));
    /* Errors only: a warning does not come through. */
    first.count = 0;
    STATUS(OK, vmgpu_set_log(receive, &first, VMGPU_LOG_LEVEL_ERROR));
    fall_back(executor);
    CHECK(first.count == 0);
    /* A wrong level leaves the receiver as it was. */
    STATUS(OK, vmgpu_set_log(receive, &first, VMGPU_LOG_LEVEL_TRACE));
    STATUS(INVALID_ARGUMENT, vmgpu_set_log(receive, &second, 99));
    fall_back(executor);
    CHECK(first.count >= 1 && second.count == 0);
    /* One that ends the log from inside gets no further message. */
    STATUS(OK, vmgpu_set_log(receive_once, &second, VMGPU_LOG_LEVEL_WARN));
    fall_back(executor);
    fall_back(executor);
    CHECK(second.count == 1);
    vmgpu_executor_destroy(executor);
    vmgpu_manager_destroy(manager);
    return check_result();
}
