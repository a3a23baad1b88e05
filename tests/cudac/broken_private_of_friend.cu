class Account {
    int balance;
    friend struct Bank;

  public:
    __device__ Account(int b) : balance(b) {}
};
struct Bank {
    static __device__ int ask(const Account &a) { return a.balance; }
};
extern "C" __global__ void kernel(int *out, const float *in, int n) {
    Account a(n);
    out[0] = Bank::ask(a);
    out[1] = a.balance;  // error: member "Account::balance" is inaccessible
}
