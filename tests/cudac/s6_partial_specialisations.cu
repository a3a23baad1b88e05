// A partial specialisation is taken only for the very type, and the one that fixes most wins, whatever the order.
// launch: which grid=1 block=1
//   arg i32[8] fill 0
//   expect 0 = 1 2 3 4 5 6 7 8
template <typename T> struct kind { enum { value = 0 }; };
template <typename T> struct kind<const T *> { enum { value = 2 }; };
template <typename T> struct kind<T *> { enum { value = 1 }; };
template <typename T> struct kind<T &> { enum { value = 3 }; };
template <typename T> struct kind<const T> { enum { value = 4 }; };
template <typename T, typename U> struct two {};
template <typename T, typename U> struct kind<two<T, U> > { enum { value = 5 }; };
template <typename T> struct kind<two<T, T> > { enum { value = 6 }; };
template <typename T> struct kind<two<T, float> > { enum { value = 7 }; };
extern "C" __global__ void which(int *o) {
    o[0] = kind<int *>::value;
    o[1] = kind<const float *>::value;
    o[2] = kind<double &>::value;
    o[3] = kind<const short>::value;
    o[4] = kind<two<int, char> >::value;
    o[5] = kind<two<int, int> >::value;
    o[6] = kind<two<char, float> >::value;
    o[7] = 8 + kind<int>::value;
}
