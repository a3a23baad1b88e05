// Partial specialisations whose arguments tell nothing about the parameters (void_t, enable_if, typename ..::type, values
// that depend), and deduction through alias templates.
// launch: choose grid=1 block=1
//   arg i32[21] fill 0
//   expect 0 = 2 1 2 1 2 3 1 2 1 2 2 1 10 1 8 7 3 5 3 2 1
// launch: construct grid=1 block=1
//   arg i32[6] fill 0
//   expect 0 = 2 1 2 2 1 1
template<class...> struct always { using type = void; };
template<class... T> using void_t = typename always<T...>::type;
template<class...> using void_u = void;
template<bool B, class T = void> struct enable_if {}; template<class T> struct enable_if<true, T> { using type = T; };
template<bool B, class T = void> using enable_if_t = typename enable_if<B, T>::type;
template<class T> __device__ T&& make();
template<class T> struct is_float { static constexpr bool value = false; }; template<> struct is_float<float> { static constexpr bool value = true; };
template<class T> struct id { using type = T; }; template<class T> using id_t = typename id<T>::type;
template<class T, int N> struct arr { T a[N]; };
template<class T> using arr3 = arr<T, 3>;
template<int N> using iarr = arr<int, N>;
struct Empty {}; struct Data { int x; float f(int) const; using inner = float; };
template<class T, class = void> struct has_x { static constexpr int v = 1; };
template<class T> struct has_x<T, void_t<decltype(make<T>().x)>> { static constexpr int v = 2; };
template<class T, class = void> struct has_f_and_inner { static constexpr int v = 1; };
template<class T> struct has_f_and_inner<T, void_u<decltype(make<T>().f(0)), typename T::inner>> { static constexpr int v = 2; };
template<class T, class Enable = void> struct by_condition { static constexpr int v = 1; };
template<class T> struct by_condition<T, enable_if_t<is_float<T>::value>> { static constexpr int v = 2; };
template<class T> struct by_condition<T, typename enable_if<(sizeof(T) == 8)>::type> { static constexpr int v = 3; };
template<class T, bool B> struct by_value { static constexpr int v = 1; };
template<class T> struct by_value<T, is_float<T>::value> { static constexpr int v = 2; };
template<class T, class U> struct same_as_id { static constexpr int v = 1; };
template<class T> struct same_as_id<T, id_t<T>> { static constexpr int v = 2; };
template<class T> struct of_alias { static constexpr int v = 1; };
template<class T> struct of_alias<arr3<T>> { static constexpr int v = 2 + sizeof(T); };
template<class T> __device__ int element_size(arr3<T> a) { return sizeof(T); }
template<int N> __device__ int length(const iarr<N> &a) { return N; }
template<class T> __device__ T sum_of(T a, id_t<T> b) { return a + b; }
template<class T> __device__ T sum_at(T a, typename id<T>::type *b) { return a + *b; }
template<class... A> struct all { static constexpr bool value = true; };
template<class... A, enable_if_t<all<id_t<A>...>::value, int> = 0> __device__ int count(A... a) { return sizeof...(a); }
template<class T, class... A> struct all_void { static constexpr int v = 1; };
template<class T, class... A> struct all_void<T, void_t<A...>, A...> { static constexpr int v = 2; };
extern "C" __global__ void choose(int *o) {
  o[0] = has_x<Data>::v; o[1] = has_x<Empty>::v; o[2] = has_f_and_inner<Data>::v; o[3] = has_f_and_inner<Empty>::v; o[4] = by_condition<float>::v; o[5] = by_condition<double>::v; o[6]=by_condition<int>::v;
  o[7] = by_value<float, true>::v; o[8] = by_value<float, false>::v; o[9] = by_value<int, false>::v; o[10] = same_as_id<int,int>::v; o[11]=same_as_id<int,float>::v; o[12] = of_alias<arr<double,3>>::v; o[13]=of_alias<arr<double,4>>::v;
  arr<double,3> q; arr<int,7> w; o[14]=element_size(q); o[15]=length(w); double d=3; o[16]=sum_of(1.5, 2); o[17]=sum_at(2.5,&d); o[18]=count(1,2.f,'c'); o[19]=all_void<int,void,int,float>::v; o[20]=all_void<int,int>::v;
}
// In decltype what looks like a function type is a conversion of a call's result.
struct Pair { int a; __device__ Pair(int, float); };
template<class Void, class T, class... A> struct constructible { static constexpr int v = 1; };
template<class T, class... A> struct constructible<void_t<decltype(T(make<A>()...))>, T, A...> { static constexpr int v = 2; };
extern "C" __global__ void construct(int *o) {
  o[0] = constructible<void, float, int>::v; o[1] = constructible<void, Empty, int>::v; o[2] = constructible<void, Empty>::v;
  o[3] = constructible<void, Pair, int, float>::v; o[4] = constructible<void, Pair, int>::v; o[5] = constructible<void, Pair>::v;
}
