// thrust::complex and its other names, against numbers computed elsewhere.
// no gxx: thrust is not there
// launch: single grid=1 block=4
//   arg f32[8] = 0.5 -0.25 -1.5 2 0.75 0.125 -0.25 -0.5
//   arg f32[8] = 1.25 0.5 -0.5 -1 2 -0.25 0.125 0.75
//   arg f32[40] fill 0
//   expect 2 ~2e-6 = 2.59966216 2.97297297 4.92138218 3.64954842 4.17860492 -0.579314871 4.00218303 -0.737653947 0.373310811
//     2.22635135 -4.67567568 1.44594595 1.28998182 -2.05501547 1.85845918 -12.8939081 -1.97274533 3.22718835
//     6.12162162 -10.7972973 8.53631757 -2.21959459 7.94606127 -0.0625656864 8.46646864 0.442631141 6.26502896
//     -0.110797007 -10.7559122 19.2922297 -2.36317568 0.836570946 2.95658313 0.885737548 2.72902499 -1.35374597
//     1.01085094 -2.00646469 3.19974662 -5.5629223
// launch: twice grid=1 block=4
//   arg f64[8] = 0.5 -0.25 -1.5 2 0.75 0.125 -0.25 -0.5
//   arg f64[8] = 1.25 0.5 -0.5 -1 2 -0.25 0.125 0.75
//   arg f64[40] fill 0
//   expect 2 ~1e-8 = 2.59966216 2.97297297 4.92138218 3.64954842 4.17860492 -0.579314871 4.00218303 -0.737653947 0.373310811
//     2.22635135 -4.67567568 1.44594595 1.28998182 -2.05501547 1.85845918 -12.8939081 -1.97274533 3.22718835
//     6.12162162 -10.7972973 8.53631757 -2.21959459 7.94606127 -0.0625656864 8.46646864 0.442631141 6.26502896
//     -0.110797007 -10.7559122 19.2922297 -2.36317568 0.836570946 2.95658313 0.885737548 2.72902499 -1.35374597
//     1.01085094 -2.00646469 3.19974662 -5.5629223
// launch: names grid=1 block=2
//   arg f32[4] = 3 4 -1 2
//   arg f64[10] fill 0
//   expect 1 ~1e-6 = 5 25 -16 36 4 1 5 25 -11 2
#include <thrust/complex.h>
#include <cuda/std/complex>
#include <cupy/complex.cuh>
#include <pycuda-complex.hpp>

template <typename T> __device__ void work(const thrust::complex<T> &x, thrust::complex<T> y, thrust::complex<T> *o) {
    thrust::complex<T> I(0, 1);
    thrust::complex<T> z = x * y + x / y - T(2) * x + y * 3 + I;
    z += x;
    z *= y;
    z -= 1;
    z /= thrust::complex<T>(1.5, 0.25);
    o[0] = z;
    o[1] = thrust::conj(x) + thrust::exp(y) + sqrt(x) + thrust::polar(T(2), y.real());
    o[2] = thrust::abs(x) + norm(y) + thrust::arg(x) + log(y) + pow(x, 2) + pow(x, y) + pow(T(2), x);
    o[3] = sin(x) + cos(y) + tan(x) + thrust::sinh(x) + cosh(y) + tanh(x);
    thrust::complex<T> w;
    w.real(z.imag());
    w.imag(z.real() * 2);
    o[4] = x == y ? x : -z + w;
}
typedef thrust::complex<float> single_t;
extern "C" __global__ void single(const single_t *a, const single_t *b, single_t *o) {
    work(a[threadIdx.x], b[threadIdx.x], o + 5 * threadIdx.x);
}
extern "C" __global__ void twice(const complex<double> *a, const complex<double> *b, complex<double> *o) {
    work(a[threadIdx.x], b[threadIdx.x], o + 5 * threadIdx.x);
}
// Thread 0 has 3+4i, thread 1 has -1+2i.
extern "C" __global__ void names(const pycuda::complex<float> *in, double *o) {
    complex<float> z = in[threadIdx.x];
    cuda::std::complex<double> d = z;
    if (threadIdx.x == 0) {
        o[0] = abs(z);
        o[1] = pycuda::norm(z) + 0 * cuda::std::abs(d);
        pycuda::complex<float> back = z * z * 2.0f - complex<float>(z.real() - 1, 12);
        o[2] = back.real();
        o[3] = back.imag();
        o[4] = pycuda::imag(z);
        o[5] = sizeof(z) == 8 && alignof(complex<double>) == 16;
    } else {
        o[6] = (double)thrust::norm(z);
        d *= d;
        o[7] = norm(d);
        d = d * 2 + z.real() * 2.0f;
        o[8] = d.real() - 3;
        o[9] = conj(z) == complex<float>(-1, -2) ? d.imag() + 10 : -1;
    }
}
