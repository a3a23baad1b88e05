extern "C" __global__ int kernel(int *out) {  // error: a __global__ function must have a void return type
    return 1;
}
