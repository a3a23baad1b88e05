/*
 * A stand-in for libcuda.so.1: host memory is device memory, each stream runs on a thread of its own, a launch calls a
 * host function found by the kernel's name. It is strict where the real driver is: a context must be current, freeing
 * and unloading wait for all streams, a full stream blocks the launcher, a fault is sticky for the whole process, and
 * asynchronous copies read their source when the stream gets there.
 *
 * Switches come from the environment as FAKE_CUDA_<NAME> or from fake_control("<NAME>", value):
 *   DEVICES (1)  VERSION (13000)  CC (90)  MEMORY_MB (1024)  INIT_ERROR (0)
 *   OOM_AT n         the n-th allocation fails; OOM_FROM n: all from the n-th on
 *   FAULT_AT n       the n-th launch is an illegal address; ENDLESS_AT n: it never ends until fake_release()
 *   LAUNCH_ERROR c   every launch is refused with this code; LOAD_ERROR c: every module
 *   NO_POOLS, NO_WRITE_VALUE, WRITE_VALUE_FAILS, WRITE_VALUE_LOST   1 switches off, refuses, or never performs
 *   WRITE_VALUE_MS   what the call takes after the operation is in the stream
 *   RECORD_FAILS     1: recording an event fails
 *   POOL_IDLE_MB     memory that the pool keeps although nothing uses it
 *   GROW_MS          what an allocation takes for which the pool has to grow
 *   ALLOC_WAITS      1: an allocation without a pool waits for all streams
 *   LOAD_WAITS       1: loading a module waits for all streams; INFO_WAITS: so does asking for free memory
 *   BLOCKS           1: page-locking and unloading block until fake_release(), as behind a kernel that came in between
 *   LOAD_BLOCKS      1: so does loading a module; GLOBAL_BLOCKS: looking for a variable
 *   NO_PEER          1: peer copies are refused
 *   PTX_VERSION v    newest PTX it reads (90 for 9.0)
 *
 * A symbol is made absent by building with -D<symbol>=absent_<symbol>.
 */
#include "fakecuda_machine.h"

/* ---- driver ---- */

code cuDriverGetVersion(int *version) { *version = (int)setting("VERSION", 13000); return OK; }
code cuInit(unsigned flags) {
    if (flags) return INVALID_VALUE;
    long error = setting("INIT_ERROR", 0);
    if (error) return (code)error;
    if (setting("DEVICES", 1) < 1) return NO_DEVICE;
    if (owner && owner != getpid()) return NOT_INITIALIZED;
    owner = getpid();
    return OK;
}
static const struct { code code; const char *name, *text; } errors[] = {
    {0, "CUDA_SUCCESS", "no error"}, {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}, {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"}, {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}, {999, "CUDA_ERROR_UNKNOWN", "unknown error"}};
static code error_text(code c, const char **text, int name) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == c) { *text = name ? errors[i].name : errors[i].text; return OK; }
    *text = NULL;
    return INVALID_VALUE;
}
code cuGetErrorName(code c, const char **text) { return error_text(c, text, 1); }
code cuGetErrorString(code c, const char **text) { return error_text(c, text, 0); }

static code device_ok(int device) {
    if (!owner) return NOT_INITIALIZED;
    return device >= 0 && device < setting("DEVICES", 1) && device < 16 ? OK : INVALID_DEVICE;
}
code cuDeviceGetCount(int *n) { *n = (int)setting("DEVICES", 1); return owner ? OK : NOT_INITIALIZED; }
code cuDeviceGet(int *device, int ordinal) { *device = ordinal; return device_ok(ordinal); }
code cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, (size_t)length, "Fake GPU %d", device);
    return device_ok(device);
}
code cuDeviceTotalMem_v2(size_t *bytes, int device) {
    *bytes = (size_t)setting("MEMORY_MB", 1024) << 20;
    return device_ok(device);
}
code cuDeviceGetAttribute(int *value, unsigned attribute, int device) {
    long cc = setting("CC", 90);
    switch (attribute) {
    case 1: *value = 1024; break;                     /* threads per block */
    case 2: case 3: *value = 1024; break;             /* block x, y */
    case 4: *value = 64; break;
    case 5: *value = 0x7fffffff; break;               /* grid x */
    case 6: case 7: *value = 65535; break;
    case 8: *value = 48 << 10; break;                 /* shared memory per block */
    case 10: *value = 32; break;
    case 13: *value = 1980000; break;                 /* kHz */
    case 16: *value = 132; break;
    case 38: *value = 50 << 20; break;                /* L2 */
    case 75: *value = (int)cc / 10; break;
    case 76: *value = (int)cc % 10; break;
    case 83: *value = 1; break;                       /* managed memory */
    case 97: *value = 227 << 10; break;               /* opt-in shared memory */
    case 115: *value = !setting("NO_POOLS", 0); break;
    case 122: *value = !setting("NO_WRITE_VALUE", 0); break;
    default: return INVALID_VALUE;
    }
    return device_ok(device);
}
code cuDevicePrimaryCtxRetain(context **out, int device) {
    code c = usable();
    if (c || (c = device_ok(device))) return c;
    contexts[device].device = device;
    *out = &contexts[device];
    count("contexts", 1);
    return OK;
}
code cuCtxGetCurrent(context **out) { if (usable()) return usable(); *out = current; return OK; }
code cuCtxSetCurrent(context *c) {
    if (usable()) return usable();
    current = c;
    count("set_current", 1);
    switched_here++;
    return OK;
}

/* ---- memory ---- */

static long allocated;
typedef struct block { struct block *next; void *memory; size_t size; } block;
static block *blocks;

static code allocate(devptr *out, size_t size) {
    code c = in_context();
    if (c) return c;
    if (!size) return INVALID_VALUE;
    long n = count("allocations", 1), from = setting("OOM_FROM", 0);
    if (n == setting("OOM_AT", 0) || (from && n >= from)) return OOM;
    pthread_mutex_lock(&work_lock);
    if ((size_t)allocated + size > (size_t)setting("MEMORY_MB", 1024) << 20) {
        pthread_mutex_unlock(&work_lock);
        return OOM;
    }
    allocated += (long)size;
    block *b = malloc(sizeof *b);
    b->memory = aligned_alloc(512, (size + 511) / 512 * 512);
    b->size = size;
    b->next = blocks;
    blocks = b;
    pthread_mutex_unlock(&work_lock);
    memset(b->memory, 0xCD, size);
    count("live", 1);
    *out = (devptr)(uintptr_t)b->memory;
    return OK;
}
static size_t forget(devptr pointer) {
    size_t size = 0;
    pthread_mutex_lock(&work_lock);
    for (block **b = &blocks; *b; b = &(*b)->next)
        if ((*b)->memory == (void *)(uintptr_t)pointer) {
            block *gone = *b;
            size = gone->size;
            allocated -= (long)size;
            *b = gone->next;
            free(gone);
            break;
        }
    pthread_mutex_unlock(&work_lock);
    if (size) count("live", -1);
    return size;
}
code cuMemGetInfo_v2(size_t *available, size_t *total) {
    code c = in_context();
    if (!c && setting("INFO_WAITS", 0)) wait_for_all();
    *total = (size_t)setting("MEMORY_MB", 1024) << 20;
    *available = *total - (size_t)allocated - ((size_t)setting("POOL_IDLE_MB", 0) << 20);
    return c;
}
code cuMemAlloc_v2(devptr *out, size_t size) {
    if (setting("ALLOC_WAITS", 0)) wait_for_all();
    return allocate(out, size);
}
code cuMemFree_v2(devptr pointer) {
    code c = in_context();
    if (c) return c;
    wait_for_all();
    if (!forget(pointer)) return INVALID_VALUE;
    count("blocking_frees", 1);
    free((void *)(uintptr_t)pointer);
    return sticky;
}
code cuMemAllocAsync(devptr *out, size_t size, stream *s) {
    if (size > (size_t)setting("POOL_IDLE_MB", 0) << 20) usleep(1000u * (unsigned)setting("GROW_MS", 0));
    return s ? allocate(out, size) : INVALID_HANDLE;
}
code cuMemFreeAsync(devptr pointer, stream *s) {
    code c = in_context();
    if (c) return c;
    size_t size = forget(pointer);
    if (!size) return INVALID_VALUE;
    op o = {.kind = FREE, .dst = (void *)(uintptr_t)pointer, .size = size};
    return submit(s, &o);
}
code cuDeviceGetDefaultMemPool(void **pool, int device) { *pool = &contexts[device]; return device_ok(device); }
code cuMemPoolSetAttribute(void *pool, unsigned attribute, void *value) {
    return pool && attribute == 4 && *(uint64_t *)value == UINT64_MAX ? OK : INVALID_VALUE;
}
code cuMemPoolGetAttribute(void *pool, unsigned attribute, uint64_t *value) {
    long idle = attribute == 5 ? setting("POOL_IDLE_MB", 0) << 20 : 0;
    if (!pool || (attribute != 5 && attribute != 7)) return INVALID_VALUE;
    *value = (uint64_t)(allocated + idle);
    return OK;
}
code cuMemPoolTrimTo(void *pool, size_t keep) { (void)keep; count("trims", 1); return pool ? OK : INVALID_VALUE; }
struct access { unsigned type; int id; unsigned flags; };
code cuMemPoolSetAccess(void *pool, const struct access *a, size_t n) {
    count("pool_access", 1);
    return pool && n == 1 && a->type == 1 && a->flags == 3 && !device_ok(a->id) ? OK : INVALID_VALUE;
}
code cuDeviceCanAccessPeer(int *can, int a, int b) { *can = a != b; return device_ok(a) || device_ok(b); }
code cuMemHostAlloc(void **out, size_t size, unsigned flags) {
    code c = in_context();
    (void)flags;
    if (c) return c;
    if (setting("BLOCKS", 0)) endless();
    *out = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
    if (*out) memset(*out, 0xAB, size);
    count("pinned", (long)size);
    return *out ? OK : OOM;
}
code cuMemHostGetDevicePointer_v2(devptr *out, void *host, unsigned flags) {
    (void)flags;
    *out = (devptr)(uintptr_t)host;
    return in_context();
}
static uintptr_t registered[256];
static int registered_count;
code cuMemHostRegister_v2(void *host, size_t size, unsigned flags) {
    code c = in_context();
    (void)flags;
    if (c) return c;
    if (((uintptr_t)host | size) & 4095) return INVALID_VALUE;
    if (setting("BLOCKS", 0)) endless();
    for (int i = 0; i < registered_count; i++)
        if (registered[i] == (uintptr_t)host) return ALREADY_REGISTERED;
    if (registered_count < 256) registered[registered_count++] = (uintptr_t)host;
    return OK;
}
static code copy(void *dst, const void *src, size_t size, stream *s) {
    op o = {.kind = COPY, .dst = dst, .src = src, .size = size};
    count("copies", 1);
    return submit(s, &o);
}
#define HOST(pointer) ((void *)(uintptr_t)(pointer))
code cuMemcpyHtoDAsync_v2(devptr d, const void *h, size_t n, stream *s) { return copy(HOST(d), h, n, s); }
code cuMemcpyDtoHAsync_v2(void *h, devptr d, size_t n, stream *s) { return copy(h, HOST(d), n, s); }
code cuMemcpyDtoDAsync_v2(devptr d, devptr h, size_t n, stream *s) { return copy(HOST(d), HOST(h), n, s); }
code cuMemcpyPeerAsync(devptr d, context *dc, devptr h, context *hc, size_t n, stream *s) {
    if (!dc || !hc || setting("NO_PEER", 0)) return NOT_SUPPORTED;
    count("peer_copies", 1);
    return copy(HOST(d), HOST(h), n, s);
}
code cuMemsetD8Async(devptr d, unsigned char value, size_t n, stream *s) {
    op o = {.kind = SET, .dst = HOST(d), .value = value, .size = n};
    return submit(s, &o);
}

/* ---- streams ---- */

code cuStreamCreate(stream **out, unsigned flags) {
    code c = in_context();
    (void)flags;
    if (c) return c;
    stream *s = calloc(1, sizeof *s);
    s->context = current;
    s->last = &s->first;
    pthread_mutex_lock(&work_lock);
    s->next = streams;
    streams = s;
    pthread_mutex_unlock(&work_lock);
    pthread_t thread;
    if (pthread_create(&thread, NULL, stream_thread, s)) return OOM;
    pthread_detach(thread);
    count("streams", 1);
    *out = s;
    return OK;
}
code cuStreamQuery(stream *s) {
    code c = usable();
    if (c) return c;
    pthread_mutex_lock(&work_lock);
    long queued = s->queued;
    pthread_mutex_unlock(&work_lock);
    return sticky ? sticky : queued ? NOT_READY : OK;
}
code cuStreamWriteValue64_v2(stream *s, devptr address, uint64_t value, unsigned flags) {
    if (flags || (address & 7)) return INVALID_VALUE;
    if (setting("NO_WRITE_VALUE", 0) || setting("WRITE_VALUE_FAILS", 0)) return NOT_SUPPORTED;
    op o = {.kind = WRITE, .dst = HOST(address), .number = value};
    count("write_values", 1);
    code c = submit(s, &o);
    usleep(1000u * (unsigned)setting("WRITE_VALUE_MS", 0));
    return c;
}
code cuEventCreate(event **out, unsigned flags) {
    code c = in_context();
    (void)flags;
    if (c) return c;
    *out = calloc(1, sizeof **out);
    count("events", 1);
    return OK;
}
code cuEventRecord(event *e, stream *s) {
    if (setting("RECORD_FAILS", 0)) return OOM;
    op o = {.kind = RECORD, .event = e};
    pthread_mutex_lock(&work_lock);
    e->wanted++;
    pthread_mutex_unlock(&work_lock);
    return submit(s, &o);
}
code cuEventQuery(event *e) {
    code c = usable();
    if (c) return c;
    pthread_mutex_lock(&work_lock);
    int ready = e->done >= e->wanted;
    pthread_mutex_unlock(&work_lock);
    return ready ? OK : NOT_READY;
}
code cuStreamWaitEvent(stream *s, event *e, unsigned flags) {
    if (flags) return INVALID_VALUE;
    pthread_mutex_lock(&work_lock);
    op o = {.kind = WAIT, .event = e, .target = e->wanted};
    pthread_mutex_unlock(&work_lock);
    return submit(s, &o);
}

/* ---- modules and launches ---- */

/* The part of a fat binary for this device, cubins before PTX; anything else is its own part. */
static const char *fat_part(const char *bytes) {
    if (memcmp(bytes, "\x50\xed\x55\xba", 4)) return bytes;
    uint64_t length, size;
    uint32_t header, arch;
    const char *ptx = NULL, *at = bytes + 16, *end;
    memcpy(&length, bytes + 8, 8);
    for (end = at + length; at < end; at += header + size) {
        memcpy(&header, at + 4, 4);
        memcpy(&size, at + 8, 8);
        memcpy(&arch, at + 28, 4);
        if (at[0] == 2 && arch == (uint32_t)setting("CC", 90)) return at + header;
        if (at[0] == 1) ptx = at + header;
    }
    return ptx;
}
code cuModuleLoadDataEx(module **out, const void *image, unsigned n, unsigned *options, void **values) {
    code c = in_context();
    if (c) return c;
    long refused = setting("LOAD_ERROR", 0);
    if (refused) return (code)refused;
    if (setting("LOAD_WAITS", 0)) wait_for_all();
    if (setting("LOAD_BLOCKS", 0)) endless();
    const char *bytes = fat_part(image);
    if (!bytes) return NO_BINARY;
    char *error_log = NULL;
    for (unsigned i = 0; i < n; i++) if (options[i] == 5) error_log = values[i];
    int cubin = !memcmp(bytes, "\177ELF", 4);
    const char *text = bytes;
    if (cubin) {
        /* After the ELF header come the section names and the text, each ended by NUL. */
        text = bytes + 64;
        while (strncmp(text, "\n.version", 9)) {
            if (text > bytes + 4096) return INVALID_IMAGE;
            text++;
        }
    }
    int major, minor, arch;
    const char *version = strstr(text, ".version "), *target = strstr(text, ".target sm_");
    if (!version || !target || sscanf(version, ".version %d.%d", &major, &minor) != 2 ||
        sscanf(target, ".target sm_%d", &arch) != 1) {
        if (error_log) strcpy(error_log, "ptxas fatal : no .version or .target");
        return cubin ? INVALID_IMAGE : INVALID_PTX;
    }
    long cc = setting("CC", 90);
    if (cubin && arch != cc) return NO_BINARY;
    if (!cubin && arch > cc) return NO_BINARY;
    if (!cubin && major * 10 + minor > setting("PTX_VERSION", 90)) {
        if (error_log) sprintf(error_log, "ptxas fatal : Unsupported .version %d.%d", major, minor);
        return UNSUPPORTED_PTX;
    }
    module *m = calloc(1, sizeof *m);
    m->context = current;
    m->text = strdup(text);
    for (const char *p = m->text; (p = strstr(p, ".entry ")); p += 7)
        if (!parse_function(m, p + 7)) return INVALID_PTX;
    if (!parse_variables(m)) return INVALID_PTX;
    count("modules", 1);
    note_module(m, 1);
    *out = m;
    return OK;
}
code cuModuleUnload(module *m) {
    code c = in_context();
    if (c) return c;
    if (setting("BLOCKS", 0)) endless();
    wait_for_all();
    count("modules_unloaded", 1);
    note_module(m, 0);
    for (int i = 0; i < m->variable_count; i++) free(m->variables[i].memory);
    free(m->text);
    free(m);
    return sticky;
}
code cuModuleGetFunction(function **out, module *m, const char *name) {
    code c = in_context();
    if (c) return c;
    for (int i = 0; i < m->function_count; i++)
        if (!strcmp(m->functions[i].entry, name)) { *out = &m->functions[i]; return OK; }
    return NOT_FOUND;
}
code cuModuleGetGlobal_v2(devptr *out, size_t *size, module *m, const char *name) {
    code c = in_context();
    if (c) return c;
    if (setting("GLOBAL_BLOCKS", 0)) endless();
    for (int i = 0; i < m->variable_count; i++)
        if (!strcmp(m->variables[i].name, name)) {
            *out = (devptr)(uintptr_t)m->variables[i].memory;
            *size = m->variables[i].size;
            return OK;
        }
    return NOT_FOUND;
}
code cuFuncGetAttribute(int *value, unsigned attribute, function *f) {
    switch (attribute) {
    case 0: *value = 1024; return OK;
    case 1: *value = 0; return OK;
    case 2: *value = 64; return OK;
    case 3: *value = 16; return OK;
    case 4: *value = 20 + f->param_count; return OK;
    default: return INVALID_VALUE;
    }
}
code cuFuncSetAttribute(function *f, unsigned attribute, int value) {
    if (attribute != 8 || value > 227 << 10) return INVALID_VALUE;
    count("set_attribute", 1);
    f->max_dynamic_shared = value;
    return in_context();
}
code cuFuncGetParamInfo(function *f, size_t index, size_t *offset, size_t *size) {
    if (index >= (size_t)f->param_count) return INVALID_VALUE;
    *offset = f->offsets[index];
    *size = f->sizes[index];
    return OK;
}
typedef struct launch_config {
    unsigned grid[3], block[3], shared;
    stream *stream;
    void *attributes;
    unsigned attribute_count;
} launch_config;
code cuLaunchKernelEx(const launch_config *config, function *f, void **params, void **extra) {
    unsigned gx = config->grid[0], gy = config->grid[1], gz = config->grid[2];
    unsigned bx = config->block[0], by = config->block[1], bz = config->block[2], shared = config->shared;
    code c = in_context();
    if (c) return c;
    if (config->attribute_count) return INVALID_VALUE;
    if (f->module->context != current) return INVALID_HANDLE;
    if (extra || !gx || !gy || !gz || !bx || !by || !bz || bx * by * bz > 1024) return INVALID_VALUE;
    if ((int)shared > f->max_dynamic_shared) return INVALID_VALUE;
    long refused = setting("LAUNCH_ERROR", 0);
    if (refused) return (code)refused;
    fake_kernel kernel = find_kernel(f->base);
    if (!kernel) {
        fprintf(stderr, "fakecuda: no host function for kernel `%s`; register one\n", f->base);
        return NOT_FOUND;
    }
    long n = count("launches", 1);
    if (n == setting("FAULT_AT", 0)) kernel = k_fault;
    void **args = calloc(1, sizeof(void *) * (size_t)(f->param_count + 1) + f->bytes + 64);
    char *values = (char *)(args + f->param_count + 1);
    values += 16 - (uintptr_t)values % 16;
    for (int i = 0; i < f->param_count; i++) {
        args[i] = values + f->offsets[i];
        memcpy(args[i], params[i], f->sizes[i]);
    }
    op o = {.kind = LAUNCH, .kernel = kernel, .args = args, .ends = n != setting("ENDLESS_AT", 0),
            .launch = {{gx, gy, gz}, {bx, by, bz}, shared}};
    return submit(config->stream, &o);
}

/* ---- looking functions up, as the real driver does it: base names, newest form ---- */

code cuGetProcAddress_v2(const char *name, void **out, int version, uint64_t flags, unsigned *status) {
    static const char *suffixes[] = {"_v2", ""};
    char full[128];
    (void)flags;
    *out = NULL;
    if (version > setting("VERSION", 13000)) { *status = 2; return NOT_FOUND; }
    static void *self;
    if (!self) {
        Dl_info info;
        if (!dladdr((void *)cuGetProcAddress_v2, &info)) return NOT_FOUND;
        self = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    }
    for (int i = 0; i < 2 && !*out && self; i++) {
        snprintf(full, sizeof full, "%s%s", name, suffixes[i]);
        *out = dlsym(self, full);
    }
    *status = *out ? 0 : 1;
    return *out ? OK : NOT_FOUND;
}
