/*
 * The peer kernels through this library's C interface, on its CPU device.
 *
 *   vm bench NAME THREADS [kernel,...]   one line a kernel, as ref.c and ocl.c print them
 *   vm first NAME                        time from process start to the first result, each step
 *   vm cold  NAME                        source text to callable kernel, median over distinct texts
 * Run in the folder of kernels.cu.
 */
#include <math.h>

#include "common.h"
#include "vmgpu.h"

static vmgpu_manager *manager;
static vmgpu_device *device;
static vmgpu_buffer *A, *B, *C, *D, *S, *X, *T, *CA, *PU, *I, *H, *P, *AC, *PT;
static vmgpu_kernel *k_e, *k_v, *k_s, *k_m, *k_n, *k_r, *k_ma, *k_b, *k_st, *k_hz, *k_h, *k_hg, *k_sc;
static char *text;

#define CK(call)                                                                                                      \
  do {                                                                                                                \
    vmgpu_status s_ = (call);                                                                                         \
    if (s_) {                                                                                                         \
      char e_[8000];                                                                                                  \
      size_t n_;                                                                                                      \
      vmgpu_last_error(e_, sizeof e_, &n_);                                                                           \
      fprintf(stderr, "%s: %s\n%s\n", #call, vmgpu_status_name(s_), e_);                                              \
      exit(3);                                                                                                        \
    }                                                                                                                 \
  } while (0)

static char *slurp(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f) { perror(name); exit(2); }
  char *b = calloc(1, 1 << 20);
  if (!fread(b, 1, (1 << 20) - 1, f)) exit(2);
  fclose(f);
  return b;
}

static void init(void) {
  vmgpu_manager_options options;
  vmgpu_manager_options_init(&options, sizeof options);
  options.enable_cuda = 0;
  options.enable_rocm = 0;
  CK(vmgpu_manager_create(&options, &manager));
  CK(vmgpu_manager_default_device(manager, &device));
}

static vmgpu_kernel *kn(const char *name) {
  vmgpu_kernel *k;
  CK(vmgpu_kernel_compile(device, text, name, NULL, &k));
  return k;
}

static vmgpu_buffer *mk(size_t size, const void *content) {
  vmgpu_buffer *b;
  CK(vmgpu_buffer_create(device, size, &b));
  CK(vmgpu_buffer_write(b, 0, content, size));
  return b;
}

static void launch(vmgpu_kernel *k, uint32_t gx, uint32_t gy, uint32_t bx, uint32_t by, const vmgpu_arg *args, size_t n) {
  vmgpu_launch_config c = VMGPU_LAUNCH_CONFIG_INIT;
  c.grid.x = gx; c.grid.y = gy; c.block.x = bx; c.block.y = by;
  CK(vmgpu_kernel_launch(k, &c, args, n));
  CK(vmgpu_device_synchronize(device));
}
#define GO1(k, blocks, ...)                                                                                           \
  do { vmgpu_arg a_[] = {__VA_ARGS__}; launch(k, blocks, 1, 256, 1, a_, sizeof a_ / sizeof *a_); } while (0)
#define GO2(k, w, ...)                                                                                                \
  do { vmgpu_arg a_[] = {__VA_ARGS__}; launch(k, (w) / 16, (w) / 16, 16, 16, a_, sizeof a_ / sizeof *a_); } while (0)
#define b_ vmgpu_arg_buffer
#define u_ vmgpu_arg_u32
#define i_ vmgpu_arg_i32

static void va(uint32_t n) { GO1(k_v, n / 256, b_(A), b_(B), b_(C), u_(n)); }
static void empty(void) { launch(k_e, 1, 1, 256, 1, NULL, 0); }
static void vadd_256(void) { va(256); }
static void vadd_64k(void) { va(N64K); }
static void vadd_16m(void) { va(N16); }
static void saxpy(void) { GO1(k_s, N16 / 256, b_(A), b_(D), vmgpu_arg_f32(0.5f), u_(N16)); }
static void matmul(void) { GO2(k_m, MM, b_(A), b_(B), b_(C), i_(MM)); }
static void nbody(void) { GO1(k_n, NB / 256, b_(P), b_(AC), i_(NB)); }
static float redres, hp[RBLK];
static void reduce(void) {
  GO1(k_r, RBLK, b_(A), b_(PT), u_(N16));
  CK(vmgpu_buffer_read(PT, 0, hp, RBLK * 4));
  double s = 0;
  for (int i = 0; i < RBLK; i++) s += hp[i];
  redres = (float)s;
}
static void mandel(void) { GO2(k_ma, MB, b_(H), i_(MB), i_(MBIT)); }
static void bs(void) { GO1(k_b, N4 / 256, b_(S), b_(X), b_(T), b_(CA), b_(PU), u_(N4)); }
static void stencil(void) { GO2(k_st, ST, b_(A), b_(C), i_(ST)); }
static void histo(void) { GO1(k_hz, 1, b_(H)); GO1(k_h, RBLK, b_(I), b_(H), u_(N16)); }
static void histg(void) { GO1(k_hz, 1, b_(H)); GO1(k_hg, RBLK, b_(I), b_(H), u_(N16)); }
static void scan(void) { GO1(k_sc, N16 / 256, b_(A), b_(C)); }

static float *rb(vmgpu_buffer *m, size_t n) {
  static float *b;
  if (!b) b = malloc(N16 * 4ul);
  CK(vmgpu_buffer_read(m, 0, b, n * 4));
  return b;
}
static double c256(void) { return sumf(rb(C, 256), 256); }
static double c64k(void) { return sumf(rb(C, N64K), N64K); }
static double c16m(void) { return sumf(rb(C, N16), N16); }
static double cD(void) { return sumf(rb(D, N16), N16); }
static double cmm(void) { return sumf(rb(C, MM * MM), MM * MM); }
static double cacc(void) {
  float *a = rb(AC, NB * 4);
  double s = 0;
  for (int i = 0; i < NB; i++) s += fabs(a[4 * i]) + fabs(a[4 * i + 1]) + fabs(a[4 * i + 2]);
  return s;
}
static double cred(void) { return redres; }
static double cman(void) { return sumw((int32_t *)rb(H, MB * MB), MB * MB); }
static double cbs(void) { double s = sumf(rb(CA, N4), N4); return s + 3 * sumf(rb(PU, N4), N4); }
static double cst(void) {
  float *c = rb(C, N16);
  double s = 0;
  for (int y = 1; y < ST - 1; y++) s += sumf(c + (size_t)y * ST + 1, ST - 2);
  return s;
}
static double chi(void) { return sumw((int32_t *)rb(H, 256), 256); }

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "bench", *nm = argc > 2 ? argv[2] : "vmgpu";
  if (getenv("BUDGET_MS")) g_budget_ms = atof(getenv("BUDGET_MS"));
  if (!strcmp(mode, "first")) {
    exec_by_the_clock(argv);
    double t0 = now_us();
    init();
    double t1 = now_us();
    text = "extern \"C\" __global__ void vadd(const float *a, const float *b, float *c, unsigned n) {\n"
           "  unsigned i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) c[i] = a[i] + b[i]; }";
    k_v = kn("vadd");
    double t2 = now_us();
    float h[256];
    for (int i = 0; i < 256; i++) h[i] = genA(i);
    A = mk(1024, h); B = mk(1024, h); C = mk(1024, h);
    va(256);
    float r[256];
    CK(vmgpu_buffer_read(C, 0, r, 1024));
    double t3 = now_us();
    printf("F %s init_ms %.2f build_ms %.2f firstrun_ms %.2f from_main_ms %.2f from_exec_ms %.1f ok %d rss_mb %ld\n", nm,
           (t1 - t0) / 1e3, (t2 - t1) / 1e3, (t3 - t2) / 1e3, (t3 - t0) / 1e3, since_exec_us() / 1e3,
           fabsf(r[7] - 2 * h[7]) < 1e-6, rss_mb());
    return 0;
  }
  init();
  char *all = slurp("kernels.cu");
  if (!strcmp(mode, "cold")) {
    const char *names[] = {"empty", "vadd", "saxpy", "matmul", "nbody", "reduce", "mandel", "bs", "stencil", "hist", "scan"};
    text = malloc(strlen(all) + 64);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
      double v[21];
      for (int i = 0; i < 21; i++) {
        sprintf(text, "// %d\n%s", i, all);
        double t = now_us();
        vmgpu_kernel *kernel = kn(names[k]);
        v[i] = now_us() - t;
        vmgpu_kernel_destroy(kernel);
      }
      qsort(v, 21, sizeof *v, by_value);
      printf("C %s %s compile_ms median %.3f max %.3f\n", nm, names[k], v[10] / 1e3, v[20] / 1e3);
    }
    return 0;
  }
  int th = argc > 3 ? atoi(argv[3]) : 2;
  const char *l = argc > 4 ? argv[4] : "";
  text = all;
  float *h = malloc(N16 * 4ul);
  int32_t *hi = (int32_t *)h;
  for (uint32_t i = 0; i < N16; i++) h[i] = genA(i);
  A = mk(N16 * 4ul, h);
  for (uint32_t i = 0; i < N16; i++) h[i] = genB(i);
  B = mk(N16 * 4ul, h); D = mk(N16 * 4ul, h); C = mk(N16 * 4ul, h);
  for (uint32_t i = 0; i < N16; i++) hi[i] = genI(i);
  I = mk(N16 * 4ul, h);
  for (uint32_t i = 0; i < N4; i++) h[i] = 5 + 25 * genA(i);
  S = mk(N4 * 4ul, h);
  for (uint32_t i = 0; i < N4; i++) h[i] = 1 + 99 * genB(i);
  X = mk(N4 * 4ul, h);
  for (uint32_t i = 0; i < N4; i++) h[i] = 0.25f + 9.75f * genC(i);
  T = mk(N4 * 4ul, h);
  CA = mk(N4 * 4ul, h); PU = mk(N4 * 4ul, h); H = mk(MB * MB * 4, h); AC = mk(NB * 16, h); PT = mk(RBLK * 4, h);
  for (uint32_t i = 0; i < NB * 4; i++) h[i] = genA(i);
  P = mk(NB * 16, h);
  free(h);
  double t0 = now_us();
  k_e = kn("empty"); k_v = kn("vadd"); k_s = kn("saxpy"); k_m = kn("matmul"); k_n = kn("nbody"); k_r = kn("reduce");
  k_ma = kn("mandel"); k_b = kn("bs"); k_st = kn("stencil"); k_hz = kn("hzero"); k_h = kn("hist"); k_hg = kn("histg");
  k_sc = kn("scan");
  printf("M %s build_all_ms %.1f\n", nm, (now_us() - t0) / 1e3);
#define K(k, f, c) if (want(l, k)) bench(nm, k, th, f, c)
  K("empty", empty, NULL); K("vadd_256", vadd_256, c256); K("vadd_64k", vadd_64k, c64k); K("vadd_16m", vadd_16m, c16m);
  K("saxpy_16m", saxpy, cD); K("matmul", matmul, cmm); K("nbody", nbody, cacc); K("reduce", reduce, cred);
  K("mandel", mandel, cman); K("bs", bs, cbs); K("stencil", stencil, cst); K("hist", histo, chi); K("histg", histg, chi);
  K("scan", scan, c16m);
  printf("M %s rss_mb %ld\n", nm, rss_mb());
  return 0;
}
