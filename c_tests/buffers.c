/* Plain buffers on the CPU device: sizes, ranges, offsets that are not aligned, overflow, overlap, map. */
#include <stdint.h>

#include "check.h"

static vmgpu_manager *manager;
static vmgpu_device *device;

static void fill_with_pattern(unsigned char *bytes, size_t size, unsigned seed) {
    size_t i;
    for (i = 0; i < size; i++) bytes[i] = (unsigned char)(seed + i * 31 + (i >> 8));
}

static void write_and_read_at_any_offset(void) {
    enum { SIZE = 1000 };
    static const size_t offsets[] = {0, 1, 3, 7, 8, 255, 256, 257, 999};
    unsigned char in[SIZE], back[SIZE], model[SIZE];
    vmgpu_buffer *buffer = NULL;
    size_t i;
    STATUS(OK, vmgpu_buffer_create(device, SIZE, &buffer));
    CHECK(vmgpu_buffer_size(buffer) == SIZE && vmgpu_buffer_device_pointer(buffer) != 0);
    CHECK(vmgpu_buffer_device_pointer(buffer) % 256 == 0);
    fill_with_pattern(model, SIZE, 1);
    STATUS(OK, vmgpu_buffer_write(buffer, 0, model, SIZE));
    for (i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        size_t size = SIZE - offsets[i] < 100 ? SIZE - offsets[i] : 100;
        fill_with_pattern(in, size, (unsigned)(50 + i));
        STATUS(OK, vmgpu_buffer_write(buffer, offsets[i], in, size));
        memcpy(model + offsets[i], in, size);
        memset(back, 0, SIZE);
        STATUS(OK, vmgpu_buffer_read(buffer, offsets[i], back, size));
        CHECK(memcmp(back, in, size) == 0);
        STATUS(OK, vmgpu_buffer_read(buffer, 0, back, SIZE));
        CHECK(memcmp(back, model, SIZE) == 0);
    }
    STATUS(OK, vmgpu_buffer_fill(buffer, 333, 0xe7, 5));
    memset(model + 333, 0xe7, 5);
    STATUS(OK, vmgpu_buffer_read(buffer, 0, back, SIZE));
    CHECK(memcmp(back, model, SIZE) == 0);
    STATUS(OK, vmgpu_buffer_destroy(buffer));
}

static void ranges_are_checked_before_anything_moves(void) {
    unsigned char bytes[64], back[64];
    vmgpu_buffer *buffer = NULL, *other = NULL;
    fill_with_pattern(bytes, sizeof bytes, 9);
    STATUS(OK, vmgpu_buffer_create(device, 64, &buffer));
    STATUS(OK, vmgpu_buffer_create(device, 32, &other));
    STATUS(OK, vmgpu_buffer_write(buffer, 0, bytes, 64));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, 1, back, 64));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, 65, back, 0));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, 8, back, SIZE_MAX - 4));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, SIZE_MAX, back, 1));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, SIZE_MAX, NULL, SIZE_MAX));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_read(buffer, 64, back, 1));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_read(buffer, SIZE_MAX - 1, back, 3));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_read(buffer, 0, back, SIZE_MAX));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_fill(buffer, 60, 1, 5));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_fill(buffer, 1, 1, SIZE_MAX));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_copy(other, 0, buffer, 0, 33));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_copy(buffer, 0, other, 1, 32));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_copy(buffer, SIZE_MAX, other, 0, 2));
    CHECK(error_says("offset"));
    STATUS(OK, vmgpu_buffer_read(buffer, 0, back, 64));
    CHECK(memcmp(bytes, back, 64) == 0);
    STATUS(OK, vmgpu_buffer_destroy(buffer));
    STATUS(OK, vmgpu_buffer_destroy(other));
}

static void size_zero_is_allowed_everywhere(void) {
    vmgpu_buffer *empty = NULL, *buffer = NULL;
    void *pointer = &empty;
    STATUS(OK, vmgpu_buffer_create(device, 0, &empty));
    STATUS(OK, vmgpu_buffer_create(device, 16, &buffer));
    CHECK(vmgpu_buffer_size(empty) == 0 && vmgpu_buffer_device_pointer(empty) == 0);
    STATUS(OK, vmgpu_buffer_write(empty, 0, NULL, 0));
    STATUS(OK, vmgpu_buffer_read(empty, 0, NULL, 0));
    STATUS(OK, vmgpu_buffer_fill(empty, 0, 9, 0));
    STATUS(OK, vmgpu_buffer_copy(empty, 0, buffer, 16, 0));
    STATUS(OK, vmgpu_buffer_write(buffer, 16, NULL, 0));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_fill(empty, 0, 9, 1));
    STATUS(OK, vmgpu_buffer_map(empty, VMGPU_ACCESS_READ_WRITE, &pointer));
    CHECK(pointer == NULL);
    STATUS(OK, vmgpu_buffer_unmap(empty));
    STATUS(OK, vmgpu_buffer_destroy(empty));
    STATUS(OK, vmgpu_buffer_destroy(buffer));
}

static void copies_between_and_within_buffers(void) {
    unsigned char bytes[100], back[100];
    vmgpu_buffer *a = NULL, *b = NULL;
    fill_with_pattern(bytes, sizeof bytes, 77);
    STATUS(OK, vmgpu_buffer_create(device, 100, &a));
    STATUS(OK, vmgpu_buffer_create(device, 100, &b));
    STATUS(OK, vmgpu_buffer_write(a, 0, bytes, 100));
    STATUS(OK, vmgpu_buffer_fill(b, 0, 0xaa, 100));
    STATUS(OK, vmgpu_buffer_copy(b, 13, a, 21, 50));
    STATUS(OK, vmgpu_buffer_read(b, 0, back, 100));
    CHECK(back[12] == 0xaa && back[63] == 0xaa && memcmp(back + 13, bytes + 21, 50) == 0);
    STATUS(OK, vmgpu_buffer_copy(a, 50, a, 0, 50));
    STATUS(OK, vmgpu_buffer_read(a, 50, back, 50));
    CHECK(memcmp(back, bytes, 50) == 0);
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_copy(a, 49, a, 0, 50));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_copy(a, 0, a, 0, 1));
    STATUS(OK, vmgpu_buffer_destroy(a));
    STATUS(OK, vmgpu_buffer_destroy(b));
}

static void memory_of_the_cpu_device_can_be_mapped(void) {
    vmgpu_buffer *buffer = NULL, *other = NULL;
    void *pointer = NULL, *again = NULL;
    unsigned char back[8];
    STATUS(OK, vmgpu_buffer_create(device, 8, &buffer));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_map(buffer, 0, &pointer));
    STATUS(INVALID_ARGUMENT, vmgpu_buffer_map(buffer, 4, &pointer));
    CHECK(pointer == NULL);
    STATUS(OK, vmgpu_buffer_map(buffer, VMGPU_ACCESS_WRITE, &pointer));
    memcpy(pointer, "mapping", 8);
    STATUS(INVALID_STATE, vmgpu_buffer_map(buffer, VMGPU_ACCESS_READ, &again));
    CHECK(again == NULL);
    /* The rule of managed buffers: a mapped buffer belongs to whoever mapped it. */
    memset(back, 0x55, sizeof back);
    STATUS(OK, vmgpu_buffer_create(device, 8, &other));
    STATUS(INVALID_STATE, vmgpu_buffer_write(buffer, 0, back, 8));
    STATUS(INVALID_STATE, vmgpu_buffer_read(buffer, 0, back, 8));
    STATUS(INVALID_STATE, vmgpu_buffer_fill(buffer, 0, 1, 8));
    STATUS(INVALID_STATE, vmgpu_buffer_copy(other, 0, buffer, 0, 8));
    STATUS(INVALID_STATE, vmgpu_buffer_copy(buffer, 0, other, 0, 8));
    CHECK(error_says("mapped") && back[3] == 0x55 && memcmp(pointer, "mapping", 8) == 0);
    STATUS(OK, vmgpu_buffer_write(buffer, 8, NULL, 0));
    STATUS(OUT_OF_RANGE, vmgpu_buffer_write(buffer, 1, back, 8));
    STATUS(OK, vmgpu_buffer_destroy(other));
    STATUS(OK, vmgpu_buffer_unmap(buffer));
    STATUS(INVALID_STATE, vmgpu_buffer_unmap(buffer));
    STATUS(OK, vmgpu_buffer_read(buffer, 0, back, 8));
    CHECK(memcmp(back, "mapping", 8) == 0);
    /* Destroyed while mapped: the map ends with it. */
    STATUS(OK, vmgpu_buffer_map(buffer, VMGPU_ACCESS_READ, &pointer));
    STATUS(OK, vmgpu_buffer_destroy(buffer));
}

static void too_much_memory_is_an_ordinary_error(void) {
    vmgpu_buffer *buffer = NULL;
    STATUS(MEMORY_ALLOCATION_FAILED, vmgpu_buffer_create(device, SIZE_MAX, &buffer));
    STATUS(MEMORY_ALLOCATION_FAILED, vmgpu_buffer_create(device, SIZE_MAX / 2, &buffer));
    CHECK(buffer == NULL && error_says("allocation of"));
}

static void waiting_for_an_idle_device_returns_at_once(void) {
    STATUS(OK, vmgpu_device_synchronize(device));
    STATUS(OK, vmgpu_device_wait(device, 0));
    STATUS(OK, vmgpu_device_wait(device, 50));
    STATUS(OK, vmgpu_device_wait(device, VMGPU_NO_TIMEOUT));
    CHECK(vmgpu_device_is_available(device));
}

int main(void) {
    manager = cpu_manager();
    device = cpu_device(manager);
    write_and_read_at_any_offset();
    ranges_are_checked_before_anything_moves();
    size_zero_is_allowed_everywhere();
    copies_between_and_within_buffers();
    memory_of_the_cpu_device_can_be_mapped();
    too_much_memory_is_an_ordinary_error();
    waiting_for_an_idle_device_returns_at_once();
    vmgpu_device_destroy(device);
    vmgpu_manager_destroy(manager);
    return check_result();
}
