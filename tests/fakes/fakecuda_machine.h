/*
 * What is behind the functions of the fake driver: switches and counters, the kernels it knows, modules read from text,
 * and streams, each a thread with a queue. Part of fakecuda.c, which is the one file to include it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef unsigned code;
typedef unsigned long long devptr;
typedef struct context { int device; } context;
enum { OK = 0, INVALID_VALUE = 1, OOM = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_IMAGE = 200, INVALID_CONTEXT = 201, NO_BINARY = 209, INVALID_PTX = 218, UNSUPPORTED_PTX = 222,
       INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, ALREADY_REGISTERED = 712,
       LAUNCH_FAILED = 719, NOT_SUPPORTED = 801 };

/* ---- switches and counters ---- */

struct named { char name[32]; long value; };
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct named switches[64], counters[64];

static struct named *named(struct named *table, const char *name) {
    for (int i = 0; i < 64; i++) {
        if (!table[i].name[0]) { snprintf(table[i].name, sizeof table[i].name, "%s", name); table[i].value = -1; }
        if (!strcmp(table[i].name, name)) return &table[i];
    }
    abort();
}
void fake_control(const char *name, long value) {
    pthread_mutex_lock(&table_lock);
    named(switches, name)->value = value;
    pthread_mutex_unlock(&table_lock);
}
static long setting(const char *name, long fallback) {
    char variable[64];
    pthread_mutex_lock(&table_lock);
    long value = named(switches, name)->value;
    pthread_mutex_unlock(&table_lock);
    if (value >= 0) return value;
    snprintf(variable, sizeof variable, "FAKE_CUDA_%s", name);
    const char *text = getenv(variable);
    return text && *text ? atol(text) : fallback;
}
static long count(const char *name, long by) {
    pthread_mutex_lock(&table_lock);
    struct named *counter = named(counters, name);
    if (counter->value < 0 && by) counter->value = 0;
    long now = counter->value < 0 ? 0 : (counter->value += by);
    pthread_mutex_unlock(&table_lock);
    return now;
}
/* contexts, streams, allocations, live, launches, modules, modules_unloaded, set_current, pinned, write_values */
static __thread long switched_here; /* "set_current_here": by the calling thread only */
long fake_counter(const char *name) { return strcmp(name, "set_current_here") ? count(name, 0) : switched_here; }

static pid_t owner;
static volatile code sticky;
static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_cond = PTHREAD_COND_INITIALIZER;
static long released;
static __thread context *current;
static context contexts[16];

static code usable(void) {
    if (!owner || owner != getpid()) return NOT_INITIALIZED;
    return sticky;
}
static code in_context(void) { code c = usable(); return c ? c : current ? OK : INVALID_CONTEXT; }
static void wake(void) { pthread_cond_broadcast(&work_cond); }

/* ---- kernels ---- */

typedef struct { unsigned grid[3], block[3], shared; } fake_launch;
typedef code (*fake_kernel)(const fake_launch *launch, void **args);
struct host_kernel { char name[64]; fake_kernel function; };
static struct host_kernel host_kernels[128];

void fake_register_kernel(const char *name, fake_kernel function) {
    pthread_mutex_lock(&table_lock);
    for (int i = 0; i < 128; i++)
        if (!host_kernels[i].name[0] || !strcmp(host_kernels[i].name, name)) {
            snprintf(host_kernels[i].name, sizeof host_kernels[i].name, "%s", name);
            host_kernels[i].function = function;
            break;
        }
    pthread_mutex_unlock(&table_lock);
}
/* Lets endless launches end: those that run now and, if `count` is above 1, later ones. */
void fake_release(long times) {
    pthread_mutex_lock(&work_lock);
    released += times;
    wake();
    pthread_mutex_unlock(&work_lock);
}
static code endless(void) {
    pthread_mutex_lock(&work_lock);
    while (released == 0) pthread_cond_wait(&work_cond, &work_lock);
    released--;
    pthread_mutex_unlock(&work_lock);
    return OK;
}
#define P(type, index) (*(type *)args[index])
static code k_empty(const fake_launch *l, void **args) { (void)l; (void)args; return OK; }
static code k_vadd(const fake_launch *l, void **args) {
    long threads = (long)l->grid[0] * l->block[0];
    float *a = P(float *, 0), *b = P(float *, 1), *c = P(float *, 2);
    for (long i = 0; i < P(int, 3) && i < threads; i++) c[i] = a[i] + b[i];
    return OK;
}
static code k_scale(const fake_launch *l, void **args) {
    long threads = (long)l->grid[0] * l->block[0];
    float *p = P(float *, 0);
    for (long i = 0; i < P(int, 2) && i < threads; i++) p[i] *= P(float, 1);
    return OK;
}
static code k_add_one(const fake_launch *l, void **args) {
    long threads = (long)l->grid[0] * l->block[0];
    int *p = P(int *, 0);
    for (long i = 0; i < P(int, 1) && i < threads; i++) p[i] += 1;
    return OK;
}
static code k_sleep_ms(const fake_launch *l, void **args) {
    (void)l;
    usleep(1000u * (unsigned)P(int, 0));
    return OK;
}
static code k_endless(const fake_launch *l, void **args) { (void)l; (void)args; return endless(); }
static code k_fault(const fake_launch *l, void **args) { (void)l; (void)args; return ILLEGAL_ADDRESS; }
static code k_trap(const fake_launch *l, void **args) { (void)l; (void)args; return LAUNCH_FAILED; }

static fake_kernel find_kernel(const char *name) {
    static const struct { const char *name; fake_kernel function; } builtin[] = {
        {"empty", k_empty}, {"vadd", k_vadd}, {"scale", k_scale}, {"add_one", k_add_one},
        {"sleep_ms", k_sleep_ms}, {"endless", k_endless}, {"fault", k_fault}, {"trap", k_trap}};
    fake_kernel found = NULL;
    pthread_mutex_lock(&table_lock);
    for (int i = 0; i < 128 && !found; i++)
        if (!strcmp(host_kernels[i].name, name)) found = host_kernels[i].function;
    pthread_mutex_unlock(&table_lock);
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin && !found; i++)
        if (!strcmp(builtin[i].name, name)) found = builtin[i].function;
    return found;
}

/* ---- modules: the text after the marker is PTX, in a cubin as well ---- */

#define MAX_PARAMS 256
typedef struct { char name[256]; size_t size; void *memory; } variable;
typedef struct function {
    struct module *module;
    char entry[256], base[256];
    int param_count;
    size_t sizes[MAX_PARAMS], offsets[MAX_PARAMS], bytes;
    int max_dynamic_shared;
} function;
typedef struct module { context *context; char *text; function functions[8]; int function_count; variable variables[16];
                        int variable_count; } module;

static size_t name_length(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");
}
static int parse_function(module *m, const char *at) {
    if (m->function_count == 8) return 0;
    function *f = &m->functions[m->function_count++];
    memset(f, 0, sizeof *f);
    f->module = m;
    f->max_dynamic_shared = 48 << 10;
    size_t n = name_length(at);
    if (!n || n >= sizeof f->entry) return 0;
    memcpy(f->entry, at, n);
    strcpy(f->base, f->entry);
    const char *p = at + n, *close = strchr(p, ')'), *open = strchr(p, '(');
    if (!open || !close) return 0;
    while ((p = strstr(p, ".param")) && p < close && f->param_count < MAX_PARAMS) {
        const char *end = p + strcspn(p, ",)");
        size_t width = 0, align = 0, times = 1;
        for (const char *q = p; q < end; q++) {
            int bits;
            if (!strncmp(q, ".align", 6)) align = (size_t)atol(q + 6);
            else if (q[0] == '.' && q[1] && strchr("ubsf", q[1]) && sscanf(q + 2, "%d", &bits) == 1)
                width = (size_t)bits / 8;
            else if (*q == '[') times = (size_t)atol(q + 1);
        }
        if (!width) return 0;
        if (!align) align = width;
        f->bytes = (f->bytes + align - 1) / align * align;
        f->offsets[f->param_count] = f->bytes;
        f->sizes[f->param_count++] = width * times;
        f->bytes += width * times;
        p = end;
    }
    const char *base = strstr(close, "// fake-base ");
    const char *next = strstr(close, ".entry ");
    if (base && (!next || base < next)) {
        n = strcspn(base + 13, "\n");
        if (n < sizeof f->base) { memcpy(f->base, base + 13, n); f->base[n] = 0; }
    }
    return 1;
}
static int parse_variables(module *m) {
    static const char *spaces[] = {"\n.global ", "\n.const "};
    for (int s = 0; s < 2; s++)
        for (const char *p = m->text; (p = strstr(p, spaces[s])); p++) {
            const char *width = strstr(p, ".b8 ");
            if (!width || m->variable_count == 16) return 0;
            const char *name = width + 4;
            size_t n = name_length(name);
            variable *v = &m->variables[m->variable_count++];
            memcpy(v->name, name, n);
            v->name[n] = 0;
            v->size = name[n] == '[' ? (size_t)atol(name + n + 1) : 1;
            v->memory = calloc(1, v->size + 64);
        }
    return 1;
}

/* ---- streams and events ---- */

typedef struct event { long wanted, done; } event;
typedef enum { COPY, SET, LAUNCH, WRITE, RECORD, WAIT, FREE } kind;
typedef struct op {
    struct op *next;
    kind kind;
    void *dst;
    const void *src;
    size_t size;
    int value;
    uint64_t number;
    fake_kernel kernel;
    fake_launch launch;
    void **args;
    int ends;
    event *event;
    long target;
} op;
typedef struct stream { context *context; op *first, **last; long queued; int running; struct stream *next; } stream;
static stream *streams;
#define QUEUE_DEPTH 1024

static void drop(op *o) { free(o->args); free(o); }
static code perform(op *o) {
    switch (o->kind) {
    case COPY: memmove(o->dst, o->src, o->size); return OK;
    case SET: memset(o->dst, o->value, o->size); return OK;
    case WRITE: if (!setting("WRITE_VALUE_LOST", 0)) __atomic_store_n((uint64_t *)o->dst, o->number, __ATOMIC_RELEASE); return OK;
    case FREE: memset(o->dst, 0xDD, o->size < 4096 ? o->size : 4096); free(o->dst); return OK;
    case RECORD: pthread_mutex_lock(&work_lock); o->event->done++; wake(); pthread_mutex_unlock(&work_lock); return OK;
    case WAIT:
        pthread_mutex_lock(&work_lock);
        while (o->event->done < o->target && !sticky) pthread_cond_wait(&work_cond, &work_lock);
        pthread_mutex_unlock(&work_lock);
        return OK;
    case LAUNCH:
        if (!o->ends) return endless();
        return o->kernel(&o->launch, o->args);
    }
    return OK;
}
/*
 * Modules in use, hidden from leak checkers: one that is forgotten counts as leaked. After a fault nobody can unload them
 * any more, and then they are the driver's, as everything that it keeps in its own tables.
 */
static uintptr_t hidden_modules[1024];
static void *volatile kept_modules[1024];

static void note_module(void *module, int in_use) {
    pthread_mutex_lock(&table_lock);
    uintptr_t wanted = in_use ? 0 : ~(uintptr_t)module;
    for (int i = 0; i < 1024; i++)
        if (hidden_modules[i] == wanted) {
            hidden_modules[i] = in_use ? ~(uintptr_t)module : 0;
            break;
        }
    pthread_mutex_unlock(&table_lock);
}
static void keep_modules(void) {
    pthread_mutex_lock(&table_lock);
    for (int i = 0; i < 1024; i++) kept_modules[i] = hidden_modules[i] ? (void *)~hidden_modules[i] : NULL;
    pthread_mutex_unlock(&table_lock);
}
static void *stream_thread(void *pointer) {
    stream *s = pointer;
    pthread_mutex_lock(&work_lock);
    for (;;) {
        while (!s->first) pthread_cond_wait(&work_cond, &work_lock);
        op *o = s->first;
        s->first = o->next;
        if (!s->first) s->last = &s->first;
        s->running = 1;
        pthread_mutex_unlock(&work_lock);
        code result = sticky ? OK : perform(o);
        drop(o);
        pthread_mutex_lock(&work_lock);
        if (result && !sticky) {
            sticky = result;
            keep_modules();
        }
        s->running = 0;
        s->queued--;
        wake();
    }
    return NULL;
}
static code submit(stream *s, op *template) {
    code c = in_context();
    if (c) return c;
    if (!s || s->context != current) return INVALID_HANDLE;
    op *o = malloc(sizeof *o);
    *o = *template;
    o->next = NULL;
    pthread_mutex_lock(&work_lock);
    while (s->queued >= QUEUE_DEPTH && !sticky) pthread_cond_wait(&work_cond, &work_lock);
    *s->last = o;
    s->last = &o->next;
    s->queued++;
    wake();
    pthread_mutex_unlock(&work_lock);
    return OK;
}
/* What cuMemFree, cuModuleUnload and the like do in the real driver: wait for everything. */
static void wait_for_all(void) {
    pthread_mutex_lock(&work_lock);
    for (stream *s = streams; s; s = s->next)
        while (s->queued && !sticky) pthread_cond_wait(&work_cond, &work_lock);
    pthread_mutex_unlock(&work_lock);
}
