// Not a header of its own: which types are arithmetic, in the words that every compiler has.
#pragma once
namespace std {}
#ifdef __VMGPU_CPU__
// Elsewhere cuda::std is CUDA's own.
namespace cuda { namespace std = ::std; }
#define __VMGPU_INFINITY __builtin_huge_valf()
#define __VMGPU_NAN __builtin_nanf("")
#else
#define __VMGPU_INFINITY __builtin_bit_cast(float, 0x7f800000)
#define __VMGPU_NAN __builtin_bit_cast(float, 0x7fffffff)
#endif

namespace std {

template<class _T> struct __arithmetic {
    static constexpr bool __integral = false, __floating = false, __signed = false;
};
template<class _T> struct __arithmetic<const _T> : __arithmetic<_T> {};
template<class _T> struct __arithmetic<volatile _T> : __arithmetic<_T> {};
template<class _T> struct __arithmetic<const volatile _T> : __arithmetic<_T> {};

template<bool _Signed> struct __integer {
    static constexpr bool __integral = true, __floating = false, __signed = _Signed;
};
template<> struct __arithmetic<bool> : __integer<false> {};
template<> struct __arithmetic<char> : __integer<(char)-1 < 0> {};
template<> struct __arithmetic<signed char> : __integer<true> {};
template<> struct __arithmetic<unsigned char> : __integer<false> {};
template<> struct __arithmetic<wchar_t> : __integer<true> {};
template<> struct __arithmetic<char16_t> : __integer<false> {};
template<> struct __arithmetic<char32_t> : __integer<false> {};
template<> struct __arithmetic<short> : __integer<true> {};
template<> struct __arithmetic<unsigned short> : __integer<false> {};
template<> struct __arithmetic<int> : __integer<true> {};
template<> struct __arithmetic<unsigned int> : __integer<false> {};
template<> struct __arithmetic<long> : __integer<true> {};
template<> struct __arithmetic<unsigned long> : __integer<false> {};
template<> struct __arithmetic<long long> : __integer<true> {};
template<> struct __arithmetic<unsigned long long> : __integer<false> {};

struct __real {
    static constexpr bool __integral = false, __floating = true, __signed = true;
};
template<> struct __arithmetic<float> : __real {};
template<> struct __arithmetic<double> : __real {};

}
