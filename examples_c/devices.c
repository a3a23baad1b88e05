/*
 * devices.c - lists the devices of this machine, and says why other kinds are not there.
 *
 * Build and run:  cc devices.c $(pkg-config --cflags --libs vmgpu) -o devices && ./devices
 */
#include <stdio.h>
#include <vmgpu.h>

/* Prints what went wrong; every function that can fail leaves a text behind. */
static int failed(const char *what) {
    char text[2000];
    vmgpu_last_error(text, sizeof text, NULL);
    fprintf(stderr, "%s failed: %s\n", what, text);
    return 1;
}

int main(void) {
    static const char *const kinds[] = {"?", "CUDA", "ROCm", "CPU", "other"};
    vmgpu_manager *manager = NULL;
    char text[8000];
    size_t i, count;

    /* NULL: look for everything, in the usual places. This never fails because a driver is missing. */
    if (vmgpu_manager_create(NULL, &manager) != VMGPU_STATUS_OK) return failed("looking for devices");

    count = vmgpu_manager_device_count(manager);
    printf("libvmgpu %u.%u.%u, devices: %zu\n", vmgpu_version() >> 16, vmgpu_version() >> 8 & 0xff,
           vmgpu_version() & 0xff, count);
    for (i = 0; i < count; i++) {
        vmgpu_device *device = NULL;
        /* The library fills as much of this struct as struct_size says; the macro sets it. */
        vmgpu_device_info info = VMGPU_DEVICE_INFO_INIT;
        if (vmgpu_manager_device(manager, i, &device) != VMGPU_STATUS_OK) return failed("opening a device");
        if (vmgpu_device_get_info(device, &info) != VMGPU_STATUS_OK) return failed("asking a device");
        printf("\n%s device %u: %s\n", kinds[info.device_type < 5 ? info.device_type : 0], info.device_id, info.name);
        printf("  architecture        %s\n", info.architecture);
        if (info.compute_capability_major != 0) {
            printf("  compute capability  %u.%u\n", info.compute_capability_major, info.compute_capability_minor);
        }
        printf("  memory              %llu MiB", (unsigned long long)info.total_memory_mb);
        if (info.free_memory_mb != 0) printf(", %llu free", (unsigned long long)info.free_memory_mb);
        printf("\n  multiprocessors     %u\n", info.multiprocessor_count);
        printf("  largest block       %u threads, %u bytes of shared memory\n", info.max_threads_per_block,
               info.max_shared_memory_per_block);
        printf("  takes work now      %s\n", vmgpu_device_is_available(device) ? "yes" : "no");
        vmgpu_device_destroy(device);
    }

    /* The same in words, with what was tried for each kind of device. Send this along when you report a problem. */
    if (vmgpu_manager_explain(manager, text, sizeof text, NULL) != VMGPU_STATUS_OK) return failed("explaining");
    printf("\n%s", text);
    vmgpu_manager_destroy(manager);
    return 0;
}
