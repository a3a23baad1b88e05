/*
 * bytecode_vm.c - a small virtual machine that turns its hot array loops into GPU kernels while it runs.
 *
 * The machine has eight float registers, arrays, and bytecode. A FOREACH loop is interpreted at first. Once it has run
 * HOT times its body is translated into CUDA C text and handed to the executor. The interpreter stays as the fallback:
 * whatever happens to the GPU, the program goes on. In the end everything is computed again by the interpreter alone,
 * and compared.
 *
 * Build and run:  cc bytecode_vm.c $(pkg-config --cflags --libs vmgpu) -lm -o bytecode_vm && ./bytecode_vm
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vmgpu.h>

/* ---- bytecode ---- */

typedef enum opcode {
    TIMES,   /* counter[a] = b */
    AGAIN,   /* if (--counter[a] > 0) go to b */
    FOREACH, /* for i over the arrays: the instructions up to END */
    CONST,   /* r[a] = value */
    LOAD,    /* r[a] = array[b][i] */
    STORE,   /* array[a][i] = r[b] */
    ADD,     /* r[a] = r[b] + r[c] */
    SUB,
    MUL,
    SQRT, /* r[a] = sqrt(r[b]) */
    END,
    HALT
} opcode;

typedef struct instruction {
    opcode op;
    int a, b, c;
    float value;
} instruction;

/* A million damped oscillators, 300 steps in time, then the amplitude of each: x is array 0, v array 1, result array 2. */
static const instruction program[] = {
    {TIMES, 0, 300, 0, 0},
    {FOREACH, 0, 0, 0, 0},
    {LOAD, 0, 0, 0, 0},           /* r0 = x */
    {LOAD, 1, 1, 0, 0},           /* r1 = v */
    {CONST, 2, 0, 0, -4.0f},      /* r2 = -k */
    {MUL, 3, 2, 0, 0},            /* r3 = -k x */
    {CONST, 4, 0, 0, 0.1f},       /* r4 = damping */
    {MUL, 5, 4, 1, 0},            /* r5 = damping v */
    {SUB, 3, 3, 5, 0},            /* r3 = acceleration */
    {CONST, 6, 0, 0, 0.01f},      /* r6 = dt */
    {MUL, 3, 3, 6, 0},           
    {ADD, 1, 1, 3, 0},            /* v += a dt */
    {MUL, 7, 1, 6, 0},           
    {ADD, 0, 0, 7, 0},            /* x += v dt */
    {STORE, 0, 0, 0, 0},         
    {STORE, 1, 1, 0, 0},         
    {END, 0, 0, 0, 0},           
    {AGAIN, 0, 1, 0, 0},         
    {FOREACH, 0, 0, 0, 0},        /* sqrt(x x + v v / 4) */
    {LOAD, 0, 0, 0, 0},          
    {LOAD, 1, 1, 0, 0},          
    {CONST, 2, 0, 0, 0.25f},     
    {MUL, 0, 0, 0, 0},           
    {MUL, 1, 1, 1, 0},           
    {MUL, 1, 1, 2, 0},           
    {ADD, 0, 0, 1, 0},           
    {SQRT, 0, 0, 0, 0},          
    {STORE, 2, 0, 0, 0},         
    {END, 0, 0, 0, 0},           
    {HALT, 0, 0, 0, 0},
};
enum { LENGTH = sizeof program / sizeof program[0], ARRAYS = 3, REGISTERS = 8, HOT = 3 };

/* ---- the machine ---- */

enum { INTERPRETER, GPU, CPU_DEVICE, CALLBACK, WAYS };
static const char *const way_names[WAYS] = {"interpreter", "GPU", "CPU device", "interpreter as fallback"};

typedef struct loop {
    int runs;              /* how often it has been reached */
    char *source;          /* CUDA C, once it was hot */
    char name[32];
    int times[WAYS];       /* who ran it how often */
    double seconds[WAYS];
} loop;

typedef struct machine {
    int count;             /* elements of each array */
    int use_kernels;
    vmgpu_executor *executor;
    vmgpu_buffer *arrays[ARRAYS];
    loop loops[LENGTH];    /* by the place of their FOREACH */
    int interpreting;      /* the loop that the fallback has to do */
} machine;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    char text[4000];
    vmgpu_last_error(text, sizeof text, NULL);
    fprintf(stderr, "%s failed: %s\n", what, text);
    exit(1);
}

/* Runs the body of the FOREACH at `start` over all elements. 0 if an array cannot be reached. */
static int interpret(machine *m, int start) {
    float *arrays[ARRAYS], r[REGISTERS] = {0};
    void *pointer = NULL;
    int i, k;
    for (k = 0; k < ARRAYS; k++) {
        if (vmgpu_buffer_map(m->arrays[k], VMGPU_ACCESS_READ_WRITE, &pointer)) {
            while (k-- > 0) vmgpu_buffer_unmap(m->arrays[k]);
            return 0;
        }
        arrays[k] = pointer;
    }
    for (i = 0; i < m->count; i++) {
        const instruction *p;
        for (p = &program[start + 1]; p->op != END; p++) {
            switch (p->op) {
            case CONST: r[p->a] = p->value; break;
            case LOAD: r[p->a] = arrays[p->b][i]; break;
            case STORE: arrays[p->a][i] = r[p->b]; break;
            case ADD: r[p->a] = r[p->b] + r[p->c]; break;
            case SUB: r[p->a] = r[p->b] - r[p->c]; break;
            case MUL: r[p->a] = r[p->b] * r[p->c]; break;
            case SQRT: r[p->a] = sqrtf(r[p->b]); break;
            default: break;
            }
        }
    }
    for (k = 0; k < ARRAYS; k++) vmgpu_buffer_unmap(m->arrays[k]);
    return 1;
}

/* ---- from bytecode to CUDA C ---- */

static void say(char *text, size_t capacity, const char *format, ...) {
    size_t used = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + used, capacity - used, format, values);
    va_end(values);
}

/* One line of C for each instruction: the compiler makes fast code of it. */
static void translate(loop *l, int start) {
    const size_t capacity = 4000;
    const instruction *p;
    int i;
    l->source = calloc(capacity, 1);
    if (!l->source) exit(1);
    snprintf(l->name, sizeof l->name, "loop_%d", start);
    say(l->source, capacity, "extern \"C\" __global__ void %s(", l->name);
    for (i = 0; i < ARRAYS; i++) say(l->source, capacity, "float *m%d, ", i);
    say(l->source, capacity, "int count) {\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n");
    say(l->source, capacity, "    if (i >= count) return;\n    float r0 = 0");
    for (i = 1; i < REGISTERS; i++) say(l->source, capacity, ", r%d = 0", i);
    say(l->source, capacity, ";\n");
    for (p = &program[start + 1]; p->op != END; p++) {
        switch (p->op) {
        case CONST: say(l->source, capacity, "    r%d = %.9ef;\n", p->a, (double)p->value); break;
        case LOAD: say(l->source, capacity, "    r%d = m%d[i];\n", p->a, p->b); break;
        case STORE: say(l->source, capacity, "    m%d[i] = r%d;\n", p->a, p->b); break;
        case ADD: say(l->source, capacity, "    r%d = r%d + r%d;\n", p->a, p->b, p->c); break;
        case SUB: say(l->source, capacity, "    r%d = r%d - r%d;\n", p->a, p->b, p->c); break;
        case MUL: say(l->source, capacity, "    r%d = r%d * r%d;\n", p->a, p->b, p->c); break;
        case SQRT: say(l->source, capacity, "    r%d = sqrtf(r%d);\n", p->a, p->b); break;
        default: break;
        }
    }
    say(l->source, capacity, "}\n");
}

/* Called by the executor on this thread when no device could run the kernel. */
static int fall_back(void *user, char *error_buffer, size_t error_capacity) {
    machine *m = user;
    if (interpret(m, m->interpreting)) return 0;
    snprintf(error_buffer, error_capacity, "the interpreter cannot reach the arrays");
    return 1;
}

static void run_loop(machine *m, int start) {
    loop *l = &m->loops[start];
    double started = now();
    int way = INTERPRETER;
    l->runs++;
    if (m->use_kernels && l->runs > HOT) {
        vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
        vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
        vmgpu_arg args[ARRAYS + 1];
        int k;
        if (!l->source) translate(l, start);
        for (k = 0; k < ARRAYS; k++) args[k] = vmgpu_arg_buffer(m->arrays[k]);
        args[ARRAYS] = vmgpu_arg_i32(m->count);
        request.source = l->source;
        request.kernel_name = l->name;
        request.block.x = 256;
        request.grid.x = ((uint32_t)m->count + 255) / 256;
        request.args = args;
        request.arg_count = ARRAYS + 1;
        request.fallback = fall_back;
        request.fallback_user = m;
        m->interpreting = start;
        if (vmgpu_executor_execute(m->executor, &request, &result)) die(l->name);
        if (result.executed_by == VMGPU_EXECUTED_BY_GPU) way = GPU;
        if (result.executed_by == VMGPU_EXECUTED_BY_CPU_DEVICE) way = CPU_DEVICE;
        if (result.executed_by == VMGPU_EXECUTED_BY_CALLBACK) way = CALLBACK;
    } else if (!interpret(m, start)) {
        die("interpreting");
    }
    l->times[way]++;
    l->seconds[way] += now() - started;
}

static void run(machine *m) {
    int counters[4] = {0}, at = 0;
    for (;;) {
        const instruction *p = &program[at++];
        switch (p->op) {
        case TIMES: counters[p->a] = p->b; break;
        case AGAIN:
            if (--counters[p->a] > 0) at = p->b;
            break;
        case FOREACH:
            run_loop(m, at - 1);
            while (program[at++].op != END) {}
            break;
        case HALT: return;
        default: return;
        }
    }
}

static void prepare(machine *m, vmgpu_executor *executor, int count, int use_kernels) {
    void *pointer = NULL;
    int i, k;
    memset(m, 0, sizeof *m);
    m->executor = executor;
    m->count = count;
    m->use_kernels = use_kernels;
    for (k = 0; k < ARRAYS; k++) {
        if (vmgpu_executor_buffer_create(executor, (size_t)count * sizeof(float), &m->arrays[k])) die("allocating");
        if (vmgpu_buffer_map(m->arrays[k], VMGPU_ACCESS_WRITE, &pointer)) die("mapping");
        for (i = 0; i < count; i++) ((float *)pointer)[i] = k == 0 ? 1.0f + 0.001f * (float)(i % 997) : 0.0f;
        vmgpu_buffer_unmap(m->arrays[k]);
    }
}

static void tell(const char *title, const machine *m) {
    int i, way;
    printf("%s\n", title);
    for (i = 0; i < LENGTH; i++) {
        for (way = 0; way < WAYS; way++) {
            const loop *l = &m->loops[i];
            if (l->times[way] == 0) continue;
            printf("  loop at %2d: %4d x %-24s %10.3f ms, %8.3f ms each\n", i, l->times[way], way_names[way],
                   l->seconds[way] * 1e3, l->seconds[way] * 1e3 / l->times[way]);
        }
    }
}

int main(int argument_count, char **arguments) {
    static machine with_kernels, alone;
    const int count = argument_count > 1 ? atoi(arguments[1]) : 1000000;
    vmgpu_manager *manager = NULL;
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor *executor = NULL;
    void *one = NULL, *other = NULL;
    char report[4000];
    double started, fast, slow;
    int i, wrong = 0;

    if (count < 1) return 2;
    config.prefer_cpu_device = 1;
    if (vmgpu_manager_create(NULL, &manager) || vmgpu_executor_create(manager, &config, &executor)) die("starting");

    prepare(&with_kernels, executor, count, 1);
    started = now();
    run(&with_kernels);
    if (vmgpu_buffer_map(with_kernels.arrays[2], VMGPU_ACCESS_READ, &one)) die("reading");
    fast = now() - started;

    prepare(&alone, executor, count, 0);
    started = now();
    run(&alone);
    if (vmgpu_buffer_map(alone.arrays[2], VMGPU_ACCESS_READ, &other)) die("reading");
    slow = now() - started;

    /* A device may round a product and a sum once instead of twice, so the last digits may differ. */
    for (i = 0; i < count; i++) {
        float a = ((float *)one)[i], b = ((float *)other)[i];
        if (!(fabsf(a - b) <= 1e-4f * fabsf(b)) || !(b > 0.0f)) wrong++;
    }
    tell("with kernels for hot loops:", &with_kernels);
    tell("interpreter alone:", &alone);
    printf("%d elements: %.1f ms with kernels, %.1f ms without; %d results differ\n", count, fast * 1e3, slow * 1e3, wrong);
    vmgpu_last_report(report, sizeof report, NULL);
    printf("the last execution:\n%s", report);

    for (i = 0; i < ARRAYS; i++) {
        vmgpu_buffer_destroy(with_kernels.arrays[i]);
        vmgpu_buffer_destroy(alone.arrays[i]);
    }
    for (i = 0; i < LENGTH; i++) free(with_kernels.loops[i].source);
    vmgpu_executor_destroy(executor);
    vmgpu_manager_destroy(manager);
    return wrong != 0;
}
