// <type_traits>: what device code asks of types. The cuda::std spelling is the same namespace.
#pragma once
namespace std {}
namespace cuda { namespace std = ::std; }

namespace std {

template<class _T, _T _V> struct integral_constant {
    static constexpr _T value = _V;
    using value_type = _T;
    using type = integral_constant;
    __host__ __device__ constexpr operator _T() const noexcept { return _V; }
    __host__ __device__ constexpr _T operator()() const noexcept { return _V; }
};
template<bool _B> using bool_constant = integral_constant<bool, _B>;
using true_type = integral_constant<bool, true>;
using false_type = integral_constant<bool, false>;

template<bool _B, class _T = void> struct enable_if {};
template<class _T> struct enable_if<true, _T> { using type = _T; };
template<bool _B, class _T, class _F> struct conditional { using type = _T; };
template<class _T, class _F> struct conditional<false, _T, _F> { using type = _F; };
template<class _T> struct type_identity { using type = _T; };

template<class _T> struct remove_const { using type = _T; };
template<class _T> struct remove_const<const _T> { using type = _T; };
template<class _T> struct remove_volatile { using type = _T; };
template<class _T> struct remove_volatile<volatile _T> { using type = _T; };
template<class _T> struct remove_cv { using type = typename remove_const<typename remove_volatile<_T>::type>::type; };
template<class _T> struct remove_reference { using type = _T; };
template<class _T> struct remove_reference<_T &> { using type = _T; };
template<class _T> struct remove_reference<_T &&> { using type = _T; };
template<class _T> struct remove_cvref {
    using type = typename remove_cv<typename remove_reference<_T>::type>::type;
};
template<class _T> struct remove_pointer { using type = _T; };
template<class _T> struct remove_pointer<_T *> { using type = _T; };
template<class _T> struct remove_pointer<_T *const> { using type = _T; };
template<class _T> struct remove_extent { using type = _T; };
template<class _T, size_t _N> struct remove_extent<_T[_N]> { using type = _T; };
template<class _T> struct add_const { using type = const _T; };
template<class _T> struct add_pointer { using type = typename remove_reference<_T>::type *; };
template<class _T> struct add_lvalue_reference { using type = _T &; };
template<class _T> struct add_rvalue_reference { using type = _T &&; };
template<class _T> struct __decay { using type = typename remove_cv<_T>::type; };
template<class _T, size_t _N> struct __decay<_T[_N]> { using type = _T *; };
template<class _T> struct decay { using type = typename __decay<typename remove_reference<_T>::type>::type; };
template<class _T> typename add_rvalue_reference<_T>::type declval() noexcept;

template<class _A, class _B> struct is_same : false_type {};
template<class _A> struct is_same<_A, _A> : true_type {};
template<class _T> struct is_const : false_type {};
template<class _T> struct is_const<const _T> : true_type {};
template<class _T> struct is_volatile : false_type {};
template<class _T> struct is_volatile<volatile _T> : true_type {};
template<class _T> struct is_reference : false_type {};
template<class _T> struct is_reference<_T &> : true_type {};
template<class _T> struct is_reference<_T &&> : true_type {};
template<class _T> struct is_lvalue_reference : false_type {};
template<class _T> struct is_lvalue_reference<_T &> : true_type {};
template<class _T> struct __is_pointer : false_type {};
template<class _T> struct __is_pointer<_T *> : true_type {};
template<class _T> struct is_pointer : __is_pointer<typename remove_cv<_T>::type> {};
template<class _T> struct is_array : false_type {};
template<class _T, size_t _N> struct is_array<_T[_N]> : true_type {};
template<class _T> struct is_void : is_same<typename remove_cv<_T>::type, void> {};

template<class _T> struct is_integral : bool_constant<__is_integral(_T)> {};
template<class _T> struct is_floating_point : bool_constant<__is_floating_point(_T)> {};
template<class _T> struct is_arithmetic : bool_constant<__is_arithmetic(_T)> {};
template<class _T> struct is_fundamental : bool_constant<__is_arithmetic(_T) || is_void<_T>::value> {};
template<class _T> struct is_signed : bool_constant<__is_signed(_T)> {};
template<class _T> struct is_unsigned : bool_constant<__is_unsigned(_T)> {};
template<class _T> struct is_enum : bool_constant<__is_enum(_T)> {};
template<class _T> struct is_class : bool_constant<__is_class(_T)> {};
template<class _B, class _D> struct is_base_of : bool_constant<__is_base_of(_B, _D)> {};
template<class _T> struct is_trivially_copyable : bool_constant<__is_trivially_copyable(_T)> {};

template<class _T> struct make_unsigned { using type = _T; };
template<> struct make_unsigned<char> { using type = unsigned char; };
template<> struct make_unsigned<signed char> { using type = unsigned char; };
template<> struct make_unsigned<short> { using type = unsigned short; };
template<> struct make_unsigned<int> { using type = unsigned int; };
template<> struct make_unsigned<long> { using type = unsigned long; };
template<> struct make_unsigned<long long> { using type = unsigned long long; };
template<class _T> struct make_signed { using type = _T; };
template<> struct make_signed<char> { using type = signed char; };
template<> struct make_signed<unsigned char> { using type = signed char; };
template<> struct make_signed<unsigned short> { using type = short; };
template<> struct make_signed<unsigned int> { using type = int; };
template<> struct make_signed<unsigned long> { using type = long; };
template<> struct make_signed<unsigned long long> { using type = long long; };

template<class _A, class _B> struct common_type { using type = decltype(true ? _A() : _B()); };

template<bool _B, class _T = void> using enable_if_t = typename enable_if<_B, _T>::type;
template<bool _B, class _T, class _F> using conditional_t = typename conditional<_B, _T, _F>::type;
template<class _T> using remove_const_t = typename remove_const<_T>::type;
template<class _T> using remove_volatile_t = typename remove_volatile<_T>::type;
template<class _T> using remove_cv_t = typename remove_cv<_T>::type;
template<class _T> using remove_reference_t = typename remove_reference<_T>::type;
template<class _T> using remove_cvref_t = typename remove_cvref<_T>::type;
template<class _T> using remove_pointer_t = typename remove_pointer<_T>::type;
template<class _T> using remove_extent_t = typename remove_extent<_T>::type;
template<class _T> using add_const_t = typename add_const<_T>::type;
template<class _T> using add_pointer_t = typename add_pointer<_T>::type;
template<class _T> using add_lvalue_reference_t = typename add_lvalue_reference<_T>::type;
template<class _T> using decay_t = typename decay<_T>::type;
template<class _T> using make_unsigned_t = typename make_unsigned<_T>::type;
template<class _T> using make_signed_t = typename make_signed<_T>::type;
template<class _A, class _B> using common_type_t = typename common_type<_A, _B>::type;

template<class _A, class _B> inline constexpr bool is_same_v = is_same<_A, _B>::value;
template<class _T> inline constexpr bool is_const_v = is_const<_T>::value;
template<class _T> inline constexpr bool is_reference_v = is_reference<_T>::value;
template<class _T> inline constexpr bool is_pointer_v = is_pointer<_T>::value;
template<class _T> inline constexpr bool is_array_v = is_array<_T>::value;
template<class _T> inline constexpr bool is_void_v = is_void<_T>::value;
template<class _T> inline constexpr bool is_integral_v = is_integral<_T>::value;
template<class _T> inline constexpr bool is_floating_point_v = is_floating_point<_T>::value;
template<class _T> inline constexpr bool is_arithmetic_v = is_arithmetic<_T>::value;
template<class _T> inline constexpr bool is_signed_v = is_signed<_T>::value;
template<class _T> inline constexpr bool is_unsigned_v = is_unsigned<_T>::value;
template<class _T> inline constexpr bool is_enum_v = is_enum<_T>::value;
template<class _T> inline constexpr bool is_class_v = is_class<_T>::value;
template<class _B, class _D> inline constexpr bool is_base_of_v = is_base_of<_B, _D>::value;
template<class _T> inline constexpr bool is_trivially_copyable_v = is_trivially_copyable<_T>::value;

}
