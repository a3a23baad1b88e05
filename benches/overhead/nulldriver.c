/*
 * A CUDA driver that does nothing, at once: what is left of a library call above it is the library's own cost.
 *
 * Completion words are written when they are asked for, memory is host memory, every kernel has four parameters of 8, 8, 8
 * and 4 bytes unless it is called "empty". Built as libcuda.so.1 by `run`.
 *
 * A real driver's launch runs through so much code and data that nothing of the library is left in the first-level
 * caches. With NULL_DRIVER_COLD=1 this one's does the same: it passes through 64 KiB of code and reads 64 KiB.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef unsigned code;
typedef unsigned long long devptr;
enum { OK = 0, INVALID_VALUE = 1, NOT_FOUND = 500 };

static __thread void *current;
static int context, module, stream;
static struct function { int parameters; } empty = {0}, vadd = {4};

enum { COLD = 64 << 10, LINE = 64 };
static void (*pass_through_code)(void);
static volatile char data[COLD];

/* A jump to the next cache line in every line, and a return in the last. x86-64 only, as the figures are. */
static void make_cold(void) {
    unsigned char *lines = mmap(NULL, COLD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lines == MAP_FAILED) return;
    for (int at = 0; at < COLD; at += LINE) {
        lines[at] = 0xeb;
        lines[at + 1] = LINE - 2;
    }
    lines[COLD - LINE] = 0xc3;
    if (!mprotect(lines, COLD, PROT_READ | PROT_EXEC)) pass_through_code = (void (*)(void))lines;
}
static void cool(void) {
    if (!pass_through_code) return;
    pass_through_code();
    for (int at = 0; at < COLD; at += LINE) (void)data[at];
}

code cuInit(unsigned flags) {
    (void)flags;
    const char *cold = getenv("NULL_DRIVER_COLD");
    if (cold && *cold == '1') make_cold();
    return OK;
}
code cuDriverGetVersion(int *out) { *out = 13000; return OK; }
code cuGetErrorName(code c, const char **out) { (void)c; *out = "CUDA_ERROR_NULL_DRIVER"; return OK; }
code cuGetErrorString(code c, const char **out) { (void)c; *out = "the driver that does nothing"; return OK; }
code cuDeviceGetCount(int *out) { *out = 1; return OK; }
code cuDeviceGet(int *out, int ordinal) { *out = ordinal; return OK; }
code cuDeviceGetName(char *out, int n, int device) { (void)device; strncpy(out, "null device", (size_t)n); return OK; }
code cuDeviceGetAttribute(int *out, unsigned attribute, int device) {
    (void)device;
    switch (attribute) {
    case 1: *out = 1024; break;                                   /* threads per block */
    case 2: case 3: *out = 1024; break;                           /* block x, y */
    case 4: *out = 64; break;                                     /* block z */
    case 5: *out = 0x7fffffff; break;                             /* grid x */
    case 6: case 7: *out = 65535; break;                          /* grid y, z */
    case 8: *out = 49152; break;                                  /* shared memory per block */
    case 10: *out = 32; break;                                    /* warp size */
    case 75: *out = 9; break;                                     /* compute capability */
    case 76: *out = 0; break;
    case 92: case 122: *out = 1; break;                           /* write-value operations */
    default: *out = 0;
    }
    return OK;
}
code cuDeviceTotalMem_v2(size_t *out, int device) { (void)device; *out = (size_t)1 << 30; return OK; }
code cuDevicePrimaryCtxRetain(void **out, int device) { (void)device; *out = &context; return OK; }
code cuCtxGetCurrent(void **out) { *out = current; return OK; }
code cuCtxSetCurrent(void *c) { current = c; return OK; }
code cuMemGetInfo_v2(size_t *f, size_t *t) { *f = *t = (size_t)1 << 30; return OK; }
code cuMemAlloc_v2(devptr *out, size_t size) {
    void *p = NULL;
    if (posix_memalign(&p, 256, size)) return 2;
    *out = (uintptr_t)p;
    return OK;
}
code cuMemFree_v2(devptr p) { free((void *)(uintptr_t)p); return OK; }
code cuMemHostAlloc(void **out, size_t size, unsigned flags) { (void)flags; return posix_memalign(out, 4096, size) ? 2 : OK; }
code cuMemHostGetDevicePointer_v2(devptr *out, void *p, unsigned flags) { (void)flags; *out = (uintptr_t)p; return OK; }
code cuMemHostRegister_v2(void *p, size_t size, unsigned flags) { (void)p; (void)size; (void)flags; return OK; }
code cuMemcpyHtoDAsync_v2(devptr d, const void *s, size_t n, void *q) { (void)q; memcpy((void *)(uintptr_t)d, s, n); return OK; }
code cuMemcpyDtoHAsync_v2(void *d, devptr s, size_t n, void *q) { (void)q; memcpy(d, (void *)(uintptr_t)s, n); return OK; }
code cuMemcpyDtoDAsync_v2(devptr d, devptr s, size_t n, void *q) { (void)q; memmove((void *)(uintptr_t)d, (void *)(uintptr_t)s, n); return OK; }
code cuMemsetD8Async(devptr d, unsigned char v, size_t n, void *q) { (void)q; memset((void *)(uintptr_t)d, v, n); return OK; }
code cuStreamCreate(void **out, unsigned flags) { (void)flags; *out = &stream; return OK; }
code cuStreamQuery(void *q) { (void)q; return OK; }
code cuStreamWaitEvent(void *q, void *e, unsigned flags) { (void)q; (void)e; (void)flags; return OK; }
code cuStreamWriteValue64_v2(void *q, devptr at, uint64_t value, unsigned flags) {
    (void)q; (void)flags;
    __atomic_store_n((uint64_t *)(uintptr_t)at, value, __ATOMIC_RELEASE);
    return OK;
}
code cuEventCreate(void **out, unsigned flags) { (void)flags; *out = &stream; return OK; }
code cuEventRecord(void *e, void *q) { (void)e; (void)q; return OK; }
code cuEventQuery(void *e) { (void)e; return OK; }
code cuModuleLoadDataEx(void **out, const void *image, unsigned n, unsigned *keys, void **values) {
    (void)image; (void)n; (void)keys; (void)values;
    *out = &module;
    return OK;
}
code cuModuleUnload(void *m) { (void)m; return OK; }
code cuModuleGetFunction(void **out, void *m, const char *name) {
    (void)m;
    *out = strstr(name, "empty") ? &empty : &vadd;
    return OK;
}
code cuModuleGetGlobal_v2(devptr *out, size_t *n, void *m, const char *name) { (void)out; (void)n; (void)m; (void)name; return NOT_FOUND; }
code cuFuncGetAttribute(int *out, unsigned attribute, void *f) { (void)f; *out = attribute == 0 ? 1024 : 0; return OK; }
code cuFuncSetAttribute(void *f, unsigned attribute, int value) { (void)f; (void)attribute; (void)value; return OK; }
code cuFuncGetParamInfo(struct function *f, size_t index, size_t *offset, size_t *size) {
    if (index >= (size_t)f->parameters) return INVALID_VALUE;
    *offset = index * 8;
    *size = index == 3 ? 4 : 8;
    return OK;
}
code cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                    void *q, void **args, void **extra) {
    (void)f; (void)gx; (void)gy; (void)gz; (void)bx; (void)by; (void)bz; (void)shared; (void)q; (void)args; (void)extra;
    cool();
    return OK;
}
code cuLaunchKernelEx(const void *config, void *f, void **args, void **extra) {
    (void)config; (void)f; (void)args; (void)extra;
    cool();
    return OK;
}
