// Structs that point to each other, in local and in global memory by index.
// launch: lists grid=1 block=4
//   arg i32[4] fill 0
//   expect 0 = 466 932 1398 1864
struct node {
    int value;
    struct node *next;
};
extern "C" __global__ void lists(int *out) {
    struct node nodes[5], *head = 0;
    for (int i = 0; i < 5; i++) {
        nodes[i].value = i * (threadIdx.x + 1);
        nodes[i].next = head;
        head = &nodes[i];
    }
    struct node *reversed = NULL;
    while (head) {
        struct node *next = head->next;
        head->next = reversed;
        reversed = head;
        head = next;
    }
    int s = 0;
    for (struct node *p = reversed; p != nullptr; p = p->next) s = s * 7 + p->value;
    out[threadIdx.x] = s;
}
