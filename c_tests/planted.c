/*
 * Not a test: a program with bugs. The suite runs it under each checker and fails unless the checker finds them, which
 * proves that the checker is really in, on both sides of the C interface.
 */
#include "check.h"

int main(int count, char **arguments) {
    const char *bug = count > 1 ? arguments[1] : "";
    vmgpu_manager *manager = cpu_manager();
    vmgpu_device *device = cpu_device(manager);
    vmgpu_buffer *buffer = NULL;
    char *memory = malloc(16);
    REQUIRE(memory != NULL);
    memset(memory, 5, 16);
    STATUS(OK, vmgpu_buffer_create(device, 64, &buffer));
    if (strcmp(bug, "use-after-free") == 0) {
        /* Read by our own code. */
        char *volatile hidden = memory; /* or the compiler itself would find it */
        free(memory);
        printf("%d\n", hidden[3]);
        memory = NULL;
    } else if (strcmp(bug, "overflow-in-library") == 0) {
        /* Read by the library: 64 bytes are promised and 16 are there. */
        vmgpu_buffer_write(buffer, 0, memory, 64);
        vmgpu_buffer_write(buffer, 0, memory + 9, 55);
    } else if (strcmp(bug, "leak") == 0) {
        memory[0] = 1;
        memory = NULL;
    }
    free(memory);
    vmgpu_buffer_destroy(buffer);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return 0;
}
