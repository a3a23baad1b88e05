// Enums that are declared before their enumerators are known, and used in between.
// launch: pick<4, Order::Squared> grid=1 block=4
//   arg i32[4] fill 0
//   arg struct i32 7 i16 -1
//   expect 0 = 709 710 711 712
enum class Order : int;
enum Depth : short;
struct Choice {
    Order order;
    Depth depth;
};
enum class Order : int { Plain = 7, Squared, Count };
enum class Order : int;
enum Depth : short { FLAT = -1, DEEP = 300 };
template <int n, Order order>
__global__ void pick(int *out, Choice c) {
    int t = threadIdx.x;
    out[t] = (c.order == Order::Plain && c.depth == FLAT ? 700 : 0) + (order == Order::Squared ? (int)Order::Count : n) + t;
}
