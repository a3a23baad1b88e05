struct point { float x, y; };
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    point p = {1, 2};
    out[0] = p->x;  // error: pointer
}
