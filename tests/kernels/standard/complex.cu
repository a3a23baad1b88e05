#include <complex>

// Newton's method for the roots of z^3 = 1: which one each start ends at.
extern "C" __global__ void newton(const float *re, const float *im, int *root, float *size, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    std::complex<float> z(re[i], im[i]);
    for (int step = 0; step < 40; step++) {
        std::complex<float> square = z * z;
        z -= (square * z - 1.0f) / (3.0f * square);
    }
    size[i] = std::norm(z);
    root[i] = z.real() > 0.0f ? 0 : z.imag() > 0.0f ? 1 : 2;
}
