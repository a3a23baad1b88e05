// cupy/complex.cuh: the class by its bare name.
#pragma once
#include <thrust/complex.h>
using thrust::complex;
using thrust::arg;
using thrust::conj;
using thrust::norm;
using thrust::polar;
using thrust::proj;
