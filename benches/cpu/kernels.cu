// The peer kernels as CUDA code: blocks of 256 or 16x16, shared memory and barriers where CUDA programs use them.
extern "C" {
__global__ void empty() {}
__global__ void vadd(const float *a, const float *b, float *c, unsigned n) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}
__global__ void saxpy(const float *x, float *y, float a, unsigned n) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}
__global__ void matmul(const float *a, const float *b, float *c, int n) {
  __shared__ float ta[16][16], tb[16][16];
  int tx = threadIdx.x, ty = threadIdx.y;
  int row = blockIdx.y * 16 + ty, col = blockIdx.x * 16 + tx;
  float s = 0;
  for (int m = 0; m < n / 16; m++) {
    ta[ty][tx] = a[row * n + m * 16 + tx];
    tb[ty][tx] = b[(m * 16 + ty) * n + col];
    __syncthreads();
    for (int k = 0; k < 16; k++) s += ta[ty][k] * tb[k][tx];
    __syncthreads();
  }
  c[row * n + col] = s;
}
__global__ void nbody(const float4 *pos, float4 *acc, int n) {
  __shared__ float4 sh[256];
  int t = threadIdx.x, i = blockIdx.x * blockDim.x + threadIdx.x;
  float4 p = pos[i];
  float ax = 0, ay = 0, az = 0;
  for (int tile = 0; tile < n / 256; tile++) {
    sh[t] = pos[tile * 256 + t];
    __syncthreads();
    for (int j = 0; j < 256; j++) {
      float4 q = sh[j];
      float dx = q.x - p.x, dy = q.y - p.y, dz = q.z - p.z;
      float d2 = dx * dx + dy * dy + dz * dz + 1e-3f;
      float inv = rsqrtf(d2);
      float s = q.w * inv * inv * inv;
      ax += dx * s; ay += dy * s; az += dz * s;
    }
    __syncthreads();
  }
  acc[i] = make_float4(ax, ay, az, 0);
}
__global__ void reduce(const float *a, float *part, unsigned n) {
  __shared__ float sh[256];
  unsigned t = threadIdx.x;
  float s = 0;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += a[i];
  sh[t] = s;
  __syncthreads();
  for (unsigned k = 128; k > 0; k >>= 1) {
    if (t < k) sh[t] += sh[t + k];
    __syncthreads();
  }
  if (t == 0) part[blockIdx.x] = sh[0];
}
__global__ void mandel(int *out, int w, int maxit) {
  int px = blockIdx.x * blockDim.x + threadIdx.x, py = blockIdx.y * blockDim.y + threadIdx.y;
  float cx = -2.0f + px * (3.0f / w), cy = -1.5f + py * (3.0f / w), x = 0, y = 0;
  int it = 0;
  while (it < maxit && x * x + y * y < 4.0f) {
    float t = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = t;
    it++;
  }
  out[py * w + px] = it;
}
}
__device__ float cnd(float d) {
  float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
  float c = 0.39894228f * expf(-0.5f * d * d) *
            (k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f)))));
  return d > 0 ? 1.0f - c : c;
}
extern "C" {
__global__ void bs(const float *s, const float *x, const float *t, float *c, float *p, unsigned n) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float r = 0.02f, v = 0.30f, sq = sqrtf(t[i]);
  float d1 = (logf(s[i] / x[i]) + (r + 0.5f * v * v) * t[i]) / (v * sq), d2 = d1 - v * sq;
  float c1 = cnd(d1), c2 = cnd(d2), e = expf(-r * t[i]);
  c[i] = s[i] * c1 - x[i] * e * c2;
  p[i] = x[i] * e * (1.0f - c2) - s[i] * (1.0f - c1);
}
__global__ void stencil(const float *in, float *out, int n) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x > 0 && y > 0 && x < n - 1 && y < n - 1)
    out[y * n + x] = 0.2f * (in[y * n + x] + in[y * n + x - 1] + in[y * n + x + 1] + in[(y - 1) * n + x] +
                             in[(y + 1) * n + x]);
}
__global__ void hzero(int *h) { h[blockIdx.x * blockDim.x + threadIdx.x] = 0; }
__global__ void hist(const int *in, int *h, unsigned n) {
  __shared__ int sh[256];
  unsigned t = threadIdx.x;
  sh[t] = 0;
  __syncthreads();
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    atomicAdd(&sh[in[i] & 255], 1);
  __syncthreads();
  atomicAdd(&h[t], sh[t]);
}
__global__ void histg(const int *in, int *h, unsigned n) {
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    atomicAdd(&h[in[i] & 255], 1);
}
__global__ void scan(const float *a, float *c) {
  __shared__ float sh[2][256];
  int t = threadIdx.x, i = blockIdx.x * blockDim.x + threadIdx.x, cur = 0;
  sh[0][t] = a[i];
  __syncthreads();
  for (int d = 1; d < 256; d <<= 1) {
    sh[1 - cur][t] = t >= d ? sh[cur][t] + sh[cur][t - d] : sh[cur][t];
    cur = 1 - cur;
    __syncthreads();
  }
  c[i] = sh[cur][t];
}
}
