extern "C" __global__ void kernel(int *out, const float *in, int n) {
    switch (n) {
    case 1: continue;  // error: a continue statement may only be used within a loop
    }
}
