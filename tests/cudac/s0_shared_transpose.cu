// A two-dimensional shared tile with padding, two-dimensional blocks and grids.
// launch: transpose grid=2,3 block=8,4
//   arg i32[192] random 0 999 14
//   arg i32[192] fill -1
//   arg i32 16
//   arg i32 12
//   expect 1 = 838 389 601 493 910 503 752 963 666 938 889 279 194 68 378 0 621 420 816 720 146 589 223 232
//     666 729 818 91 555 971 854 26 818 379 971 884 514 65 90 176 645 518 92 993 535 145 775 300 239 166
//     365 925 789 832 14 497 949 521 854 547 790 976 828 332 241 654 177 84 402 164 414 450 195 308 139 674
//     605 751 692 220 449 356 248 923 336 307 430 996 487 817 520 441 543 427 777 323 371 649 590 767 576
//     852 582 490 285 16 564 295 97 940 858 867 625 216 671 247 299 661 372 379 806 443 871 908 120 184 840
//     714 670 408 405 487 894 256 337 527 297 105 380 573 792 385 647 94 983 275 831 60 809 428 517 71 231
//     145 838 377 898 106 746 413 850 822 358 327 608 726 720 404 350 9 810 817 714 71 680 950 769 573 716
//     213 555 694 334 569 995 112 82 153 659 374 707 422
#define TILE 8
extern "C" __global__ void transpose(const int *in, int *out, int w, int h) {
    __shared__ int tile[TILE][TILE + 1];
    int x = blockIdx.x * TILE + threadIdx.x;
    int y = blockIdx.y * 4 + threadIdx.y;
    if (x < w && y < h) tile[threadIdx.y][threadIdx.x] = in[y * w + x];
    __syncthreads();
    if (x < w && y < h) out[x * h + y] = tile[threadIdx.y][threadIdx.x];
}
