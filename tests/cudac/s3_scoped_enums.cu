// enum class, underlying types, comparisons and casts of them.
// launch: modes grid=1 block=4
//   arg i32[8] fill 0
//   expect 0 = 12 300 1035 330 -7 645 0 695
enum class Mode : unsigned char { Add, Mul = 3, Neg };
enum Level : short { LOW = -5, HIGH = 300 };
namespace ops { enum Kind { A, B, C }; }
__device__ int run(Mode m, int a, int b) {
    switch (m) {
    case Mode::Add: return a + b;
    case Mode::Mul: return a * b;
    case Mode::Neg: return -a;
    }
    return 0;
}
extern "C" __global__ void modes(int *out) {
    int t = threadIdx.x;
    Mode list[] = {Mode::Add, Mode::Mul, Mode::Neg, static_cast<Mode>(9)};
    out[t * 2] = run(list[t], 7, 5) + (list[t] == Mode::Mul) * 1000;
    out[t * 2 + 1] = static_cast<int>(list[t]) * 10 + sizeof(Mode) + sizeof(Level) + (t > 1 ? HIGH : LOW) + ops::C + Level::HIGH;
}
