// <type_traits>: what device code asks of types. The cuda::std spelling is the same namespace.
#pragma once
#include "vmgpu/arithmetic.h"

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
template<class _T> __host__ __device__ typename add_rvalue_reference<_T>::type declval() noexcept;

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
template<class _T> struct __bare_pointer : false_type {};
template<class _T> struct __bare_pointer<_T *> : true_type {};
template<class _T> struct is_pointer : __bare_pointer<typename remove_cv<_T>::type> {};
template<class _T> struct is_array : false_type {};
template<class _T, size_t _N> struct is_array<_T[_N]> : true_type {};
template<class _T> struct is_void : is_same<typename remove_cv<_T>::type, void> {};

template<class _T> struct is_null_pointer : is_same<typename remove_cv<_T>::type, decltype(nullptr)> {};
template<class _T> struct is_rvalue_reference : false_type {};
template<class _T> struct is_rvalue_reference<_T &&> : true_type {};
// Neither functions nor references can be made const.
template<class _T> struct is_function : bool_constant<!is_const<const _T>::value && !is_reference<_T>::value> {};

template<class _T> struct is_integral : bool_constant<__arithmetic<_T>::__integral> {};
template<class _T> struct is_floating_point : bool_constant<__arithmetic<_T>::__floating> {};
template<class _T> struct is_arithmetic : bool_constant<__arithmetic<_T>::__integral || __arithmetic<_T>::__floating> {};
template<class _T> struct is_fundamental : bool_constant<is_arithmetic<_T>::value || is_void<_T>::value || is_null_pointer<_T>::value> {};
template<class _T> struct is_signed : bool_constant<__arithmetic<_T>::__signed> {};
template<class _T> struct is_unsigned : bool_constant<__arithmetic<_T>::__integral && !__arithmetic<_T>::__signed> {};
template<class _T> struct is_enum : bool_constant<__is_enum(_T)> {};
template<class _T> struct is_union : bool_constant<__is_union(_T)> {};
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

template<class... _T> struct common_type {};
template<class _T> struct common_type<_T> { using type = typename decay<_T>::type; };
template<class _A, class _B> struct common_type<_A, _B> {
    using type = typename decay<decltype(true ? declval<_A>() : declval<_B>())>::type;
};
template<class _A, class _B, class _C, class... _R> struct common_type<_A, _B, _C, _R...>
    : common_type<typename common_type<_A, _B>::type, _C, _R...> {};
template<class _T> struct underlying_type { using type = __underlying_type(_T); };

template<class... _T> struct __void { using type = void; };
template<class... _T> using void_t = typename __void<_T...>::type;
template<class...> struct conjunction : true_type {};
template<class _B> struct conjunction<_B> : _B {};
template<class _B, class... _R> struct conjunction<_B, _R...> : conditional<bool(_B::value), conjunction<_R...>, _B>::type {};
template<class...> struct disjunction : false_type {};
template<class _B> struct disjunction<_B> : _B {};
template<class _B, class... _R> struct disjunction<_B, _R...> : conditional<bool(_B::value), _B, disjunction<_R...>>::type {};
template<class _B> struct negation : bool_constant<!bool(_B::value)> {};

template<class _To> __host__ __device__ void __take(_To) noexcept;
template<class _From, class _To, class = void> struct __has_conversion : false_type {};
template<class _From, class _To> struct __has_conversion<_From, _To, void_t<decltype(::std::__take<_To>(declval<_From>()))>>
    : true_type {};
template<class _From, class _To> struct is_convertible
    : bool_constant<(is_void<_From>::value && is_void<_To>::value) || __has_conversion<_From, _To>::value> {};
template<class _Void, class _T, class... _A> struct __has_constructor : false_type {};
template<class _T, class... _A> struct __has_constructor<void_t<decltype(_T(declval<_A>()...))>, _T, _A...> : true_type {};
template<class _T, class... _A> struct is_constructible : __has_constructor<void, _T, _A...> {};
template<class _T> struct is_default_constructible : __has_constructor<void, _T> {};
template<class _T> struct is_copy_constructible : __has_constructor<void, _T, const _T &> {};
template<class _Void, class _A, class _B> struct __has_assignment : false_type {};
template<class _A, class _B> struct __has_assignment<void_t<decltype(declval<_A>() = declval<_B>())>, _A, _B> : true_type {};
template<class _A, class _B> struct is_assignable : __has_assignment<void, _A, _B> {};

template<class _F, class... _A> struct invoke_result { using type = decltype(declval<_F>()(declval<_A>()...)); };
template<class _Void, class _F, class... _A> struct __has_call : false_type {};
template<class _F, class... _A> struct __has_call<void_t<decltype(declval<_F>()(declval<_A>()...))>, _F, _A...>
    : true_type {};
template<class _F, class... _A> struct is_invocable : __has_call<void, _F, _A...> {};

template<class _T> struct rank : integral_constant<size_t, 0> {};
template<class _T, size_t _N> struct rank<_T[_N]> : integral_constant<size_t, rank<_T>::value + 1> {};
template<class _T, unsigned _I = 0> struct extent : integral_constant<size_t, 0> {};
template<class _T, size_t _N> struct extent<_T[_N], 0> : integral_constant<size_t, _N> {};
template<class _T, size_t _N, unsigned _I> struct extent<_T[_N], _I> : extent<_T, _I - 1> {};
template<class _T> struct remove_all_extents { using type = _T; };
template<class _T, size_t _N> struct remove_all_extents<_T[_N]> : remove_all_extents<_T> {};
template<class _T> struct add_volatile { using type = volatile _T; };
template<class _T> struct add_cv { using type = const volatile _T; };

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
template<class... _T> using common_type_t = typename common_type<_T...>::type;
template<class _T> using underlying_type_t = typename underlying_type<_T>::type;
template<class _F, class... _A> using invoke_result_t = typename invoke_result<_F, _A...>::type;
template<class _T> using remove_all_extents_t = typename remove_all_extents<_T>::type;
template<class _T> using add_rvalue_reference_t = typename add_rvalue_reference<_T>::type;
template<class _T> using add_volatile_t = typename add_volatile<_T>::type;
template<class _T> using add_cv_t = typename add_cv<_T>::type;
template<class _T> using type_identity_t = typename type_identity<_T>::type;

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
template<class _T> inline constexpr bool is_null_pointer_v = is_null_pointer<_T>::value;
template<class _T> inline constexpr bool is_volatile_v = is_volatile<_T>::value;
template<class _T> inline constexpr bool is_lvalue_reference_v = is_lvalue_reference<_T>::value;
template<class _T> inline constexpr bool is_rvalue_reference_v = is_rvalue_reference<_T>::value;
template<class _T> inline constexpr bool is_function_v = is_function<_T>::value;
template<class _T> inline constexpr bool is_fundamental_v = is_fundamental<_T>::value;
template<class _T> inline constexpr bool is_union_v = is_union<_T>::value;
template<class... _B> inline constexpr bool conjunction_v = conjunction<_B...>::value;
template<class... _B> inline constexpr bool disjunction_v = disjunction<_B...>::value;
template<class _B> inline constexpr bool negation_v = negation<_B>::value;
template<class _A, class _B> inline constexpr bool is_convertible_v = is_convertible<_A, _B>::value;
template<class _T, class... _A> inline constexpr bool is_constructible_v = is_constructible<_T, _A...>::value;
template<class _T> inline constexpr bool is_default_constructible_v = is_default_constructible<_T>::value;
template<class _A, class _B> inline constexpr bool is_assignable_v = is_assignable<_A, _B>::value;
template<class _F, class... _A> inline constexpr bool is_invocable_v = is_invocable<_F, _A...>::value;
template<class _T> inline constexpr size_t rank_v = rank<_T>::value;
template<class _T, unsigned _I = 0> inline constexpr size_t extent_v = extent<_T, _I>::value;
template<class _T> inline constexpr bool is_trivially_copyable_v = is_trivially_copyable<_T>::value;

}
