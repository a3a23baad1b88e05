__global__ void child(int *p) { p[0] = 1; }
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    child<<<1, 1>>>(out);  // error: kernel launches from device code
}
