/*
 * loader.c - uses the library without linking it: this program starts on a machine that does not have it, says so, and
 * goes on.
 *
 * Build and run:  cc loader.c -I/path/to/include -ldl -o loader && VMGPU_LIBRARY=/path/to/libvmgpu.so ./loader
 */
#define VMGPU_LOADER_IMPLEMENTATION /* in one file of the program: the code of the loader itself */
#define VMGPU_LOADER_NAMES          /* call functions by the names they have in the manual */
#include <stdio.h>
#include <vmgpu_loader.h>

static double sum_in_c(const double *values, int count) {
    double sum = 0;
    int i;
    for (i = 0; i < count; i++) sum += values[i];
    return sum;
}

int main(int count, char **arguments) {
    char why[4000], text[4000];
    vmgpu_manager *manager = NULL;
    vmgpu_device *device = NULL;
    vmgpu_buffer *buffer = NULL;
    double values[100], back[100];
    int i;
    for (i = 0; i < 100; i++) values[i] = 0.25 * i;

    /* NULL: the file named by VMGPU_LIBRARY, else the usual names. */
    switch (vmgpu_loader_open(count > 1 ? arguments[1] : NULL, why, sizeof why)) {
    case VMGPU_LOADER_OK: break;
    case VMGPU_LOADER_NOT_FOUND:
        printf("%s\nGoing on without: the sum is %g\n", why, sum_in_c(values, 100));
        return 0;
    default: /* an older library: what is missing is NULL in vmgpu_loader_table */
        printf("%s\n", why);
        return 1;
    }

    /* From here on the code is what it would be with the library linked. */
    printf("libvmgpu %u.%u.%u was opened at run time\n", vmgpu_version() >> 16, vmgpu_version() >> 8 & 0xff,
           vmgpu_version() & 0xff);
    if (vmgpu_manager_create(NULL, &manager) || vmgpu_manager_default_device(manager, &device) ||
        vmgpu_buffer_create(device, sizeof values, &buffer) ||
        vmgpu_buffer_write(buffer, 0, values, sizeof values) || vmgpu_buffer_read(buffer, 0, back, sizeof back)) {
        vmgpu_last_error(text, sizeof text, NULL);
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    printf("After the way to the device and back the sum is %g\n", sum_in_c(back, 100));
    vmgpu_buffer_destroy(buffer);
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return 0;
}
