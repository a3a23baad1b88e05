/*
 * A stand-in for libnvrtc: "compiles" by looking the kernel's name, parameters and module variables up in the source
 * and writing PTX that says so, with an ELF header before it where a cubin is asked for. fakecuda reads it back.
 *
 * What the source can ask for: a line `#error text` fails with that line in the log, `#warning text` only logs,
 * `// fake-compile-ms: N` takes that long.
 * Environment: FAKE_NVRTC_VERSION (13.0), FAKE_NVRTC_ARCHS (75,80,86,89,90,100,120), FAKE_NVRTC_BUILTINS=needed (fails
 * unless libnvrtc-builtins.so of its version is loaded), FAKE_NVRTC_ERROR (every compilation returns this code),
 * FAKE_NVRTC_LINGER_MS (how long the exiting process goes on after this library is gone).
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned code;
enum { OK = 0, INVALID_INPUT = 3, INVALID_OPTION = 5, COMPILATION = 6, BUILTINS = 7, NO_LOWERED = 9 };
typedef struct program {
    char *source, *file, *expression, lowered[256], log[4096];
    char ptx[32768];
    unsigned char cubin[40000];
    size_t cubin_size;
    int compiled;
} program;

static long compilations;
long fake_nvrtc_compilations(void) { return __atomic_load_n(&compilations, __ATOMIC_SEQ_CST); }

/* The real library's data is gone as well once its exit handlers have run; other threads still compile. */
static int gone;
__attribute__((destructor)) static void leave(void) {
    __atomic_store_n(&gone, 1, __ATOMIC_SEQ_CST);
    usleep(getenv("FAKE_NVRTC_LINGER_MS") ? 1000u * (unsigned)atoi(getenv("FAKE_NVRTC_LINGER_MS")) : 0);
}

static void version(int *major, int *minor) {
    const char *text = getenv("FAKE_NVRTC_VERSION");
    if (!text || sscanf(text, "%d.%d", major, minor) != 2) { *major = 13; *minor = 0; }
}
code nvrtcVersion(int *major, int *minor) { version(major, minor); return OK; }
const char *nvrtcGetErrorString(code c) {
    switch (c) {
    case 0: return "NVRTC_SUCCESS";
    case 5: return "NVRTC_ERROR_INVALID_OPTION";
    case 6: return "NVRTC_ERROR_COMPILATION";
    case 7: return "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE";
    case 11: return "NVRTC_ERROR_INTERNAL_ERROR";
    default: return "NVRTC_ERROR unknown";
    }
}
static int architectures(int *out) {
    const char *text = getenv("FAKE_NVRTC_ARCHS");
    int n = 0;
    for (const char *p = text && *text ? text : "75,80,86,89,90,100,120"; *p && n < 32;) {
        if (out) out[n] = atoi(p);
        n++;
        p += strcspn(p, ",");
        if (*p) p++;
    }
    return n;
}
code nvrtcGetNumSupportedArchs(int *n) { *n = architectures(NULL); return OK; }
code nvrtcGetSupportedArchs(int *out) { architectures(out); return OK; }
code nvrtcCreateProgram(program **out, const char *source, const char *file, int n, const char *const *texts,
                        const char *const *names) {
    (void)n; (void)texts; (void)names;
    program *p = calloc(1, sizeof *p);
    p->source = strdup(source);
    p->file = strdup(file ? file : "default_program");
    *out = p;
    return OK;
}
code nvrtcDestroyProgram(program **p) {
    free((*p)->source);
    free((*p)->file);
    free((*p)->expression);
    free(*p);
    *p = NULL;
    return OK;
}
code nvrtcAddNameExpression(program *p, const char *expression) {
    p->expression = strdup(expression);
    return OK;
}
static void say(program *p, const char *format, int line, const char *text, int length) {
    size_t used = strlen(p->log);
    if (used < sizeof p->log) snprintf(p->log + used, sizeof p->log - used, format, p->file, line, length, text);
}
static int identifier(int c) { return isalnum(c) || c == '_'; }
/* Where `word` stands in the text as a word of its own and is followed by a parameter list. */
static const char *find_word(const char *text, const char *word, size_t n) {
    for (const char *p = text; (p = strstr(p, word)); p++)
        if ((p == text || !identifier((unsigned char)p[-1])) && p[n + strspn(p + n, " \n\t")] == '(') return p;
    return NULL;
}
static size_t size_of(const char *type, size_t n) {
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)n, type);
    const char *size = strstr(text, "/*size=");
    if (size) return (size_t)atol(size + 7);
    if (strchr(text, '*') || strstr(text, "double") || strstr(text, "long") || strstr(text, "64_t") ||
        strstr(text, "size_t"))
        return 8;
    if (strstr(text, "short") || strstr(text, "16_t")) return 2;
    if (strstr(text, "char") || strstr(text, "bool") || strstr(text, "8_t")) return 1;
    return 4;
}
static void add(program *p, const char *format, const char *text, size_t n) {
    size_t used = strlen(p->ptx);
    snprintf(p->ptx + used, sizeof p->ptx - used, format, text, n);
}
static void variables(program *p) {
    static const char *words[] = {"__constant__ ", "__device__ "};
    for (int w = 0; w < 2; w++)
        for (const char *at = p->source; (at = strstr(at, words[w])); at++) {
            const char *end = at + strcspn(at, ";({=");
            if (*end != ';' && *end != '=') continue;
            while (end > at && isspace((unsigned char)end[-1])) end--;
            size_t times = 1;
            const char *bracket = memchr(at, '[', (size_t)(end - at));
            const char *name_end = bracket ? bracket : end, *name = name_end;
            while (name > at && identifier((unsigned char)name[-1])) name--;
            if (bracket) times = (size_t)atol(bracket + 1);
            char text[128];
            snprintf(text, sizeof text, "%.*s", (int)(name_end - name), name);
            add(p, w ? "\n.global .align 8 .b8 %s[%zu];" : "\n.const .align 8 .b8 %s[%zu];", text,
                times * size_of(at, (size_t)(name - at)));
        }
}
code nvrtcCompileProgram(program *p, int n, const char *const *options) {
    int arch = 0, real = 0;
    __atomic_fetch_add(&compilations, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < n; i++) {
        const char *value = strchr(options[i], '=');
        if (!strncmp(options[i], "--gpu-architecture=", 19) || !strncmp(options[i], "-arch=", 6)) {
            real = !strncmp(value + 1, "sm_", 3);
            arch = atoi(value + (real ? 4 : 9));
        } else if (!strncmp(options[i], "--no-such", 9)) {
            snprintf(p->log, sizeof p->log, "nvrtc: error: unrecognized option %s found", options[i]);
            return INVALID_OPTION;
        }
    }
    const char *wait = strstr(p->source, "// fake-compile-ms: ");
    if (wait) usleep(1000u * (unsigned)atoi(wait + 20));
    if (__atomic_load_n(&gone, __ATOMIC_SEQ_CST)) abort();
    const char *forced = getenv("FAKE_NVRTC_ERROR");
    if (forced && *forced) return (code)atoi(forced);
    int major, minor;
    version(&major, &minor);
    const char *builtins = getenv("FAKE_NVRTC_BUILTINS");
    if (builtins && !strcmp(builtins, "needed")) {
        char name[64];
        snprintf(name, sizeof name, "libnvrtc-builtins.so.%d.%d", major, minor);
        if (!dlopen(name, RTLD_NOW | RTLD_NOLOAD)) {
            snprintf(p->log, sizeof p->log, "nvrtc: error: failed to open %s.\n  Make sure that %s is installed correctly.",
                     name, name);
            return BUILTINS;
        }
    }
    int failed = 0, line = 1;
    for (const char *at = p->source; *at; line++) {
        size_t length = strcspn(at, "\n");
        if (!strncmp(at, "#error ", 7)) {
            say(p, "%s(%d): error: #error %.*s\n", line, at + 7, (int)length - 7);
            failed = 1;
        } else if (!strncmp(at, "#warning ", 9)) {
            say(p, "%s(%d): warning: #warning %.*s\n", line, at + 9, (int)length - 9);
        }
        at += length + (at[length] == '\n');
    }
    if (failed) {
        size_t used = strlen(p->log);
        snprintf(p->log + used, sizeof p->log - used, "1 error detected in the compilation of \"%s\".", p->file);
        return COMPILATION;
    }
    if (!p->expression) return INVALID_INPUT;
    char base[256];
    size_t length = strcspn(p->expression, "<");
    const char *start = p->expression;
    for (const char *q = p->expression; q + 1 < p->expression + length; q++)
        if (q[0] == ':' && q[1] == ':') start = q + 2;
    snprintf(base, sizeof base, "%.*s", (int)(p->expression + length - start), start);
    const char *kernel = find_word(p->source, base, strlen(base));
    if (!kernel) {
        snprintf(p->log, sizeof p->log, "__nv_name_map(2): error: identifier \"%s\" is undefined\n", base);
        return COMPILATION;
    }
    /* Declared extern "C" on the same declaration: the name stays as it is. */
    const char *declaration = kernel;
    while (declaration > p->source && !strchr(";}", declaration[-1])) declaration--;
    char head[512];
    snprintf(head, sizeof head, "%.*s", (int)(kernel - declaration), declaration);
    if (!strstr(head, "__global__")) {
        snprintf(p->log, sizeof p->log,
                 "__nv_name_map(2): error: Name expression cannot form address of a non-__global__ function\n");
        return COMPILATION;
    }
    if (strstr(head, "extern \"C\"")) snprintf(p->lowered, sizeof p->lowered, "%s", base);
    else {
        int used = snprintf(p->lowered, sizeof p->lowered, "_Z%zu%s", strlen(base), base);
        for (const char *q = p->expression + length; *q && used < 250; q++)
            if (isalnum((unsigned char)*q)) p->lowered[used++] = *q;
        snprintf(p->lowered + used, sizeof p->lowered - (size_t)used, "v");
    }
    snprintf(p->ptx, sizeof p->ptx, "\n.version 8.0\n.target sm_%d\n.address_size 64", arch);
    variables(p);
    add(p, "\n.visible .entry %s(", p->lowered, 0);
    const char *open = strchr(kernel, '('), *q = open + 1;
    for (int i = 0; *q && q[-1] != ')'; i++) {
        const char *end = q + strcspn(q, ",)");
        if (end > q + strspn(q, " \n\t")) {
            size_t size = size_of(q, (size_t)(end - q));
            char name[320];
            const char *comma = i ? "," : "";
            if (size == 1 || size == 2 || size == 4 || size == 8)
                snprintf(name, sizeof name, "%s\n\t.param .u%zu %s_param_%d", comma, size * 8, p->lowered, i);
            else
                snprintf(name, sizeof name, "%s\n\t.param .align 8 .b8 %s_param_%d[%zu]", comma, p->lowered, i, size);
            add(p, "%s", name, 0);
        }
        q = *end ? end + 1 : end;
    }
    add(p, "\n)\n{\n// fake-base %s\nret;\n}\n", base, 0);
    if (real) {
        static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
        memcpy(p->cubin, magic, sizeof magic);
        p->cubin[18] = 190;
        p->cubin_size = 64 + 1 + (size_t)sprintf((char *)p->cubin + 64, ".nv.constant0.%s", p->lowered);
        size_t text = strlen(p->ptx) + 1;
        memcpy(p->cubin + p->cubin_size, p->ptx, text);
        p->cubin_size += text;
    }
    p->compiled = 1;
    return OK;
}
code nvrtcGetLoweredName(program *p, const char *expression, const char **out) {
    if (!p->compiled || strcmp(expression, p->expression)) return NO_LOWERED;
    *out = p->lowered;
    return OK;
}
code nvrtcGetPTXSize(program *p, size_t *n) { *n = strlen(p->ptx) + 1; return OK; }
code nvrtcGetPTX(program *p, char *out) { strcpy(out, p->ptx); return OK; }
code nvrtcGetCUBINSize(program *p, size_t *n) { *n = p->cubin_size; return OK; }
code nvrtcGetCUBIN(program *p, char *out) { memcpy(out, p->cubin, p->cubin_size); return OK; }
code nvrtcGetProgramLogSize(program *p, size_t *n) { *n = strlen(p->log) + 1; return OK; }
code nvrtcGetProgramLog(program *p, char *out) { strcpy(out, p->log); return OK; }
