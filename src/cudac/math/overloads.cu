// The C++ overloads that CUDA's headers give: f-less names on float, integer arguments as double, mixed
// arguments in the wider type, and abs, min and max on every type.

// One argument
__device__ float sqrt(float x) { return sqrtf(x); }
__device__ float rsqrt(float x) { return rsqrtf(x); }
__device__ float cbrt(float x) { return cbrtf(x); }
__device__ float rcbrt(float x) { return rcbrtf(x); }
__device__ float exp(float x) { return expf(x); }
__device__ float exp2(float x) { return exp2f(x); }
__device__ float exp10(float x) { return exp10f(x); }
__device__ float expm1(float x) { return expm1f(x); }
__device__ float log(float x) { return logf(x); }
__device__ float log2(float x) { return log2f(x); }
__device__ float log10(float x) { return log10f(x); }
__device__ float log1p(float x) { return log1pf(x); }
__device__ float sin(float x) { return sinf(x); }
__device__ float cos(float x) { return cosf(x); }
__device__ float tan(float x) { return tanf(x); }
__device__ float sinpi(float x) { return sinpif(x); }
__device__ float cospi(float x) { return cospif(x); }
__device__ float asin(float x) { return asinf(x); }
__device__ float acos(float x) { return acosf(x); }
__device__ float atan(float x) { return atanf(x); }
__device__ float sinh(float x) { return sinhf(x); }
__device__ float cosh(float x) { return coshf(x); }
__device__ float tanh(float x) { return tanhf(x); }
__device__ float asinh(float x) { return asinhf(x); }
__device__ float acosh(float x) { return acoshf(x); }
__device__ float atanh(float x) { return atanhf(x); }
__device__ float erf(float x) { return erff(x); }
__device__ float erfc(float x) { return erfcf(x); }
__device__ float erfinv(float x) { return erfinvf(x); }
__device__ float erfcinv(float x) { return erfcinvf(x); }
__device__ float erfcx(float x) { return erfcxf(x); }
__device__ float normcdf(float x) { return normcdff(x); }
__device__ float normcdfinv(float x) { return normcdfinvf(x); }
__device__ float lgamma(float x) { return lgammaf(x); }
__device__ float tgamma(float x) { return tgammaf(x); }
__device__ float j0(float x) { return j0f(x); }
__device__ float j1(float x) { return j1f(x); }
__device__ float y0(float x) { return y0f(x); }
__device__ float y1(float x) { return y1f(x); }
__device__ float cyl_bessel_i0(float x) { return cyl_bessel_i0f(x); }
__device__ float cyl_bessel_i1(float x) { return cyl_bessel_i1f(x); }
__device__ float floor(float x) { return floorf(x); }
__device__ float ceil(float x) { return ceilf(x); }
__device__ float trunc(float x) { return truncf(x); }
__device__ float rint(float x) { return rintf(x); }
__device__ float nearbyint(float x) { return nearbyintf(x); }
__device__ float round(float x) { return roundf(x); }
__device__ float fabs(float x) { return fabsf(x); }
__device__ float logb(float x) { return logbf(x); }

// One integer argument: computed in double
__device__ double sqrt(int x) { return sqrt((double)x); }
__device__ double sqrt(unsigned int x) { return sqrt((double)x); }
__device__ double sqrt(long x) { return sqrt((double)x); }
__device__ double sqrt(unsigned long x) { return sqrt((double)x); }
__device__ double sqrt(long long x) { return sqrt((double)x); }
__device__ double sqrt(unsigned long long x) { return sqrt((double)x); }
__device__ double cbrt(int x) { return cbrt((double)x); }
__device__ double cbrt(unsigned int x) { return cbrt((double)x); }
__device__ double cbrt(long x) { return cbrt((double)x); }
__device__ double cbrt(unsigned long x) { return cbrt((double)x); }
__device__ double cbrt(long long x) { return cbrt((double)x); }
__device__ double cbrt(unsigned long long x) { return cbrt((double)x); }
__device__ double exp(int x) { return exp((double)x); }
__device__ double exp(unsigned int x) { return exp((double)x); }
__device__ double exp(long x) { return exp((double)x); }
__device__ double exp(unsigned long x) { return exp((double)x); }
__device__ double exp(long long x) { return exp((double)x); }
__device__ double exp(unsigned long long x) { return exp((double)x); }
__device__ double exp2(int x) { return exp2((double)x); }
__device__ double exp2(unsigned int x) { return exp2((double)x); }
__device__ double exp2(long x) { return exp2((double)x); }
__device__ double exp2(unsigned long x) { return exp2((double)x); }
__device__ double exp2(long long x) { return exp2((double)x); }
__device__ double exp2(unsigned long long x) { return exp2((double)x); }
__device__ double expm1(int x) { return expm1((double)x); }
__device__ double expm1(unsigned int x) { return expm1((double)x); }
__device__ double expm1(long x) { return expm1((double)x); }
__device__ double expm1(unsigned long x) { return expm1((double)x); }
__device__ double expm1(long long x) { return expm1((double)x); }
__device__ double expm1(unsigned long long x) { return expm1((double)x); }
__device__ double log(int x) { return log((double)x); }
__device__ double log(unsigned int x) { return log((double)x); }
__device__ double log(long x) { return log((double)x); }
__device__ double log(unsigned long x) { return log((double)x); }
__device__ double log(long long x) { return log((double)x); }
__device__ double log(unsigned long long x) { return log((double)x); }
__device__ double log2(int x) { return log2((double)x); }
__device__ double log2(unsigned int x) { return log2((double)x); }
__device__ double log2(long x) { return log2((double)x); }
__device__ double log2(unsigned long x) { return log2((double)x); }
__device__ double log2(long long x) { return log2((double)x); }
__device__ double log2(unsigned long long x) { return log2((double)x); }
__device__ double log10(int x) { return log10((double)x); }
__device__ double log10(unsigned int x) { return log10((double)x); }
__device__ double log10(long x) { return log10((double)x); }
__device__ double log10(unsigned long x) { return log10((double)x); }
__device__ double log10(long long x) { return log10((double)x); }
__device__ double log10(unsigned long long x) { return log10((double)x); }
__device__ double log1p(int x) { return log1p((double)x); }
__device__ double log1p(unsigned int x) { return log1p((double)x); }
__device__ double log1p(long x) { return log1p((double)x); }
__device__ double log1p(unsigned long x) { return log1p((double)x); }
__device__ double log1p(long long x) { return log1p((double)x); }
__device__ double log1p(unsigned long long x) { return log1p((double)x); }
__device__ double sin(int x) { return sin((double)x); }
__device__ double sin(unsigned int x) { return sin((double)x); }
__device__ double sin(long x) { return sin((double)x); }
__device__ double sin(unsigned long x) { return sin((double)x); }
__device__ double sin(long long x) { return sin((double)x); }
__device__ double sin(unsigned long long x) { return sin((double)x); }
__device__ double cos(int x) { return cos((double)x); }
__device__ double cos(unsigned int x) { return cos((double)x); }
__device__ double cos(long x) { return cos((double)x); }
__device__ double cos(unsigned long x) { return cos((double)x); }
__device__ double cos(long long x) { return cos((double)x); }
__device__ double cos(unsigned long long x) { return cos((double)x); }
__device__ double tan(int x) { return tan((double)x); }
__device__ double tan(unsigned int x) { return tan((double)x); }
__device__ double tan(long x) { return tan((double)x); }
__device__ double tan(unsigned long x) { return tan((double)x); }
__device__ double tan(long long x) { return tan((double)x); }
__device__ double tan(unsigned long long x) { return tan((double)x); }
__device__ double asin(int x) { return asin((double)x); }
__device__ double asin(unsigned int x) { return asin((double)x); }
__device__ double asin(long x) { return asin((double)x); }
__device__ double asin(unsigned long x) { return asin((double)x); }
__device__ double asin(long long x) { return asin((double)x); }
__device__ double asin(unsigned long long x) { return asin((double)x); }
__device__ double acos(int x) { return acos((double)x); }
__device__ double acos(unsigned int x) { return acos((double)x); }
__device__ double acos(long x) { return acos((double)x); }
__device__ double acos(unsigned long x) { return acos((double)x); }
__device__ double acos(long long x) { return acos((double)x); }
__device__ double acos(unsigned long long x) { return acos((double)x); }
__device__ double atan(int x) { return atan((double)x); }
__device__ double atan(unsigned int x) { return atan((double)x); }
__device__ double atan(long x) { return atan((double)x); }
__device__ double atan(unsigned long x) { return atan((double)x); }
__device__ double atan(long long x) { return atan((double)x); }
__device__ double atan(unsigned long long x) { return atan((double)x); }
__device__ double sinh(int x) { return sinh((double)x); }
__device__ double sinh(unsigned int x) { return sinh((double)x); }
__device__ double sinh(long x) { return sinh((double)x); }
__device__ double sinh(unsigned long x) { return sinh((double)x); }
__device__ double sinh(long long x) { return sinh((double)x); }
__device__ double sinh(unsigned long long x) { return sinh((double)x); }
__device__ double cosh(int x) { return cosh((double)x); }
__device__ double cosh(unsigned int x) { return cosh((double)x); }
__device__ double cosh(long x) { return cosh((double)x); }
__device__ double cosh(unsigned long x) { return cosh((double)x); }
__device__ double cosh(long long x) { return cosh((double)x); }
__device__ double cosh(unsigned long long x) { return cosh((double)x); }
__device__ double tanh(int x) { return tanh((double)x); }
__device__ double tanh(unsigned int x) { return tanh((double)x); }
__device__ double tanh(long x) { return tanh((double)x); }
__device__ double tanh(unsigned long x) { return tanh((double)x); }
__device__ double tanh(long long x) { return tanh((double)x); }
__device__ double tanh(unsigned long long x) { return tanh((double)x); }
__device__ double asinh(int x) { return asinh((double)x); }
__device__ double asinh(unsigned int x) { return asinh((double)x); }
__device__ double asinh(long x) { return asinh((double)x); }
__device__ double asinh(unsigned long x) { return asinh((double)x); }
__device__ double asinh(long long x) { return asinh((double)x); }
__device__ double asinh(unsigned long long x) { return asinh((double)x); }
__device__ double acosh(int x) { return acosh((double)x); }
__device__ double acosh(unsigned int x) { return acosh((double)x); }
__device__ double acosh(long x) { return acosh((double)x); }
__device__ double acosh(unsigned long x) { return acosh((double)x); }
__device__ double acosh(long long x) { return acosh((double)x); }
__device__ double acosh(unsigned long long x) { return acosh((double)x); }
__device__ double atanh(int x) { return atanh((double)x); }
__device__ double atanh(unsigned int x) { return atanh((double)x); }
__device__ double atanh(long x) { return atanh((double)x); }
__device__ double atanh(unsigned long x) { return atanh((double)x); }
__device__ double atanh(long long x) { return atanh((double)x); }
__device__ double atanh(unsigned long long x) { return atanh((double)x); }
__device__ double erf(int x) { return erf((double)x); }
__device__ double erf(unsigned int x) { return erf((double)x); }
__device__ double erf(long x) { return erf((double)x); }
__device__ double erf(unsigned long x) { return erf((double)x); }
__device__ double erf(long long x) { return erf((double)x); }
__device__ double erf(unsigned long long x) { return erf((double)x); }
__device__ double erfc(int x) { return erfc((double)x); }
__device__ double erfc(unsigned int x) { return erfc((double)x); }
__device__ double erfc(long x) { return erfc((double)x); }
__device__ double erfc(unsigned long x) { return erfc((double)x); }
__device__ double erfc(long long x) { return erfc((double)x); }
__device__ double erfc(unsigned long long x) { return erfc((double)x); }
__device__ double lgamma(int x) { return lgamma((double)x); }
__device__ double lgamma(unsigned int x) { return lgamma((double)x); }
__device__ double lgamma(long x) { return lgamma((double)x); }
__device__ double lgamma(unsigned long x) { return lgamma((double)x); }
__device__ double lgamma(long long x) { return lgamma((double)x); }
__device__ double lgamma(unsigned long long x) { return lgamma((double)x); }
__device__ double tgamma(int x) { return tgamma((double)x); }
__device__ double tgamma(unsigned int x) { return tgamma((double)x); }
__device__ double tgamma(long x) { return tgamma((double)x); }
__device__ double tgamma(unsigned long x) { return tgamma((double)x); }
__device__ double tgamma(long long x) { return tgamma((double)x); }
__device__ double tgamma(unsigned long long x) { return tgamma((double)x); }
__device__ double floor(int x) { return floor((double)x); }
__device__ double floor(unsigned int x) { return floor((double)x); }
__device__ double floor(long x) { return floor((double)x); }
__device__ double floor(unsigned long x) { return floor((double)x); }
__device__ double floor(long long x) { return floor((double)x); }
__device__ double floor(unsigned long long x) { return floor((double)x); }
__device__ double ceil(int x) { return ceil((double)x); }
__device__ double ceil(unsigned int x) { return ceil((double)x); }
__device__ double ceil(long x) { return ceil((double)x); }
__device__ double ceil(unsigned long x) { return ceil((double)x); }
__device__ double ceil(long long x) { return ceil((double)x); }
__device__ double ceil(unsigned long long x) { return ceil((double)x); }
__device__ double trunc(int x) { return trunc((double)x); }
__device__ double trunc(unsigned int x) { return trunc((double)x); }
__device__ double trunc(long x) { return trunc((double)x); }
__device__ double trunc(unsigned long x) { return trunc((double)x); }
__device__ double trunc(long long x) { return trunc((double)x); }
__device__ double trunc(unsigned long long x) { return trunc((double)x); }
__device__ double rint(int x) { return rint((double)x); }
__device__ double rint(unsigned int x) { return rint((double)x); }
__device__ double rint(long x) { return rint((double)x); }
__device__ double rint(unsigned long x) { return rint((double)x); }
__device__ double rint(long long x) { return rint((double)x); }
__device__ double rint(unsigned long long x) { return rint((double)x); }
__device__ double nearbyint(int x) { return nearbyint((double)x); }
__device__ double nearbyint(unsigned int x) { return nearbyint((double)x); }
__device__ double nearbyint(long x) { return nearbyint((double)x); }
__device__ double nearbyint(unsigned long x) { return nearbyint((double)x); }
__device__ double nearbyint(long long x) { return nearbyint((double)x); }
__device__ double nearbyint(unsigned long long x) { return nearbyint((double)x); }
__device__ double round(int x) { return round((double)x); }
__device__ double round(unsigned int x) { return round((double)x); }
__device__ double round(long x) { return round((double)x); }
__device__ double round(unsigned long x) { return round((double)x); }
__device__ double round(long long x) { return round((double)x); }
__device__ double round(unsigned long long x) { return round((double)x); }
__device__ double fabs(int x) { return fabs((double)x); }
__device__ double fabs(unsigned int x) { return fabs((double)x); }
__device__ double fabs(long x) { return fabs((double)x); }
__device__ double fabs(unsigned long x) { return fabs((double)x); }
__device__ double fabs(long long x) { return fabs((double)x); }
__device__ double fabs(unsigned long long x) { return fabs((double)x); }
__device__ double logb(int x) { return logb((double)x); }
__device__ double logb(unsigned int x) { return logb((double)x); }
__device__ double logb(long x) { return logb((double)x); }
__device__ double logb(unsigned long x) { return logb((double)x); }
__device__ double logb(long long x) { return logb((double)x); }
__device__ double logb(unsigned long long x) { return logb((double)x); }
__device__ double rsqrt(int x) { return rsqrt((double)x); }
__device__ double rsqrt(unsigned int x) { return rsqrt((double)x); }
__device__ double rsqrt(long x) { return rsqrt((double)x); }
__device__ double rsqrt(unsigned long x) { return rsqrt((double)x); }
__device__ double rsqrt(long long x) { return rsqrt((double)x); }
__device__ double rsqrt(unsigned long long x) { return rsqrt((double)x); }
__device__ double exp10(int x) { return exp10((double)x); }
__device__ double exp10(unsigned int x) { return exp10((double)x); }
__device__ double exp10(long x) { return exp10((double)x); }
__device__ double exp10(unsigned long x) { return exp10((double)x); }
__device__ double exp10(long long x) { return exp10((double)x); }
__device__ double exp10(unsigned long long x) { return exp10((double)x); }
__device__ double fma(float x, float y, double z) { return fma((double)x, (double)y, (double)z); }
__device__ double fma(float x, double y, float z) { return fma((double)x, (double)y, (double)z); }
__device__ double fma(double x, float y, float z) { return fma((double)x, (double)y, (double)z); }
__device__ double fma(float x, double y, double z) { return fma((double)x, (double)y, (double)z); }
__device__ double fma(double x, float y, double z) { return fma((double)x, (double)y, (double)z); }
__device__ double fma(double x, double y, float z) { return fma((double)x, (double)y, (double)z); }

// Results that are no floating type
__device__ long lround(float x) { return lroundf(x); }
__device__ long long llround(float x) { return llroundf(x); }
__device__ long lrint(float x) { return lrintf(x); }
__device__ long long llrint(float x) { return llrintf(x); }
__device__ int ilogb(float x) { return ilogbf(x); }

// Two arguments: float, and mixed in double
__device__ float pow(float x, float y) { return powf(x, y); }
__device__ double pow(float x, double y) { return pow((double)x, (double)y); }
__device__ double pow(double x, float y) { return pow((double)x, (double)y); }
__device__ double pow(int x, double y) { return pow((double)x, (double)y); }
__device__ double pow(int x, float y) { return pow((double)x, (double)y); }
__device__ double pow(unsigned int x, double y) { return pow((double)x, (double)y); }
__device__ double pow(double x, unsigned int y) { return pow((double)x, (double)y); }
__device__ double pow(unsigned int x, float y) { return pow((double)x, (double)y); }
__device__ double pow(float x, unsigned int y) { return pow((double)x, (double)y); }
__device__ double pow(long long x, double y) { return pow((double)x, (double)y); }
__device__ double pow(double x, long long y) { return pow((double)x, (double)y); }
__device__ double pow(long long x, float y) { return pow((double)x, (double)y); }
__device__ double pow(float x, long long y) { return pow((double)x, (double)y); }
__device__ double pow(unsigned long long x, double y) { return pow((double)x, (double)y); }
__device__ double pow(double x, unsigned long long y) { return pow((double)x, (double)y); }
__device__ double pow(unsigned long long x, float y) { return pow((double)x, (double)y); }
__device__ double pow(float x, unsigned long long y) { return pow((double)x, (double)y); }
__device__ double pow(int x, int y) { return pow((double)x, (double)y); }
__device__ float atan2(float x, float y) { return atan2f(x, y); }
__device__ double atan2(float x, double y) { return atan2((double)x, (double)y); }
__device__ double atan2(double x, float y) { return atan2((double)x, (double)y); }
__device__ double atan2(int x, double y) { return atan2((double)x, (double)y); }
__device__ double atan2(double x, int y) { return atan2((double)x, (double)y); }
__device__ double atan2(int x, float y) { return atan2((double)x, (double)y); }
__device__ double atan2(float x, int y) { return atan2((double)x, (double)y); }
__device__ double atan2(unsigned int x, double y) { return atan2((double)x, (double)y); }
__device__ double atan2(double x, unsigned int y) { return atan2((double)x, (double)y); }
__device__ double atan2(unsigned int x, float y) { return atan2((double)x, (double)y); }
__device__ double atan2(float x, unsigned int y) { return atan2((double)x, (double)y); }
__device__ double atan2(long long x, double y) { return atan2((double)x, (double)y); }
__device__ double atan2(double x, long long y) { return atan2((double)x, (double)y); }
__device__ double atan2(long long x, float y) { return atan2((double)x, (double)y); }
__device__ double atan2(float x, long long y) { return atan2((double)x, (double)y); }
__device__ double atan2(unsigned long long x, double y) { return atan2((double)x, (double)y); }
__device__ double atan2(double x, unsigned long long y) { return atan2((double)x, (double)y); }
__device__ double atan2(unsigned long long x, float y) { return atan2((double)x, (double)y); }
__device__ double atan2(float x, unsigned long long y) { return atan2((double)x, (double)y); }
__device__ double atan2(int x, int y) { return atan2((double)x, (double)y); }
__device__ float fmod(float x, float y) { return fmodf(x, y); }
__device__ double fmod(float x, double y) { return fmod((double)x, (double)y); }
__device__ double fmod(double x, float y) { return fmod((double)x, (double)y); }
__device__ double fmod(int x, double y) { return fmod((double)x, (double)y); }
__device__ double fmod(double x, int y) { return fmod((double)x, (double)y); }
__device__ double fmod(int x, float y) { return fmod((double)x, (double)y); }
__device__ double fmod(float x, int y) { return fmod((double)x, (double)y); }
__device__ double fmod(unsigned int x, double y) { return fmod((double)x, (double)y); }
__device__ double fmod(double x, unsigned int y) { return fmod((double)x, (double)y); }
__device__ double fmod(unsigned int x, float y) { return fmod((double)x, (double)y); }
__device__ double fmod(float x, unsigned int y) { return fmod((double)x, (double)y); }
__device__ double fmod(long long x, double y) { return fmod((double)x, (double)y); }
__device__ double fmod(double x, long long y) { return fmod((double)x, (double)y); }
__device__ double fmod(long long x, float y) { return fmod((double)x, (double)y); }
__device__ double fmod(float x, long long y) { return fmod((double)x, (double)y); }
__device__ double fmod(unsigned long long x, double y) { return fmod((double)x, (double)y); }
__device__ double fmod(double x, unsigned long long y) { return fmod((double)x, (double)y); }
__device__ double fmod(unsigned long long x, float y) { return fmod((double)x, (double)y); }
__device__ double fmod(float x, unsigned long long y) { return fmod((double)x, (double)y); }
__device__ double fmod(int x, int y) { return fmod((double)x, (double)y); }
__device__ float remainder(float x, float y) { return remainderf(x, y); }
__device__ double remainder(float x, double y) { return remainder((double)x, (double)y); }
__device__ double remainder(double x, float y) { return remainder((double)x, (double)y); }
__device__ double remainder(int x, double y) { return remainder((double)x, (double)y); }
__device__ double remainder(double x, int y) { return remainder((double)x, (double)y); }
__device__ double remainder(int x, float y) { return remainder((double)x, (double)y); }
__device__ double remainder(float x, int y) { return remainder((double)x, (double)y); }
__device__ double remainder(unsigned int x, double y) { return remainder((double)x, (double)y); }
__device__ double remainder(double x, unsigned int y) { return remainder((double)x, (double)y); }
__device__ double remainder(unsigned int x, float y) { return remainder((double)x, (double)y); }
__device__ double remainder(float x, unsigned int y) { return remainder((double)x, (double)y); }
__device__ double remainder(long long x, double y) { return remainder((double)x, (double)y); }
__device__ double remainder(double x, long long y) { return remainder((double)x, (double)y); }
__device__ double remainder(long long x, float y) { return remainder((double)x, (double)y); }
__device__ double remainder(float x, long long y) { return remainder((double)x, (double)y); }
__device__ double remainder(unsigned long long x, double y) { return remainder((double)x, (double)y); }
__device__ double remainder(double x, unsigned long long y) { return remainder((double)x, (double)y); }
__device__ double remainder(unsigned long long x, float y) { return remainder((double)x, (double)y); }
__device__ double remainder(float x, unsigned long long y) { return remainder((double)x, (double)y); }
__device__ double remainder(int x, int y) { return remainder((double)x, (double)y); }
__device__ float hypot(float x, float y) { return hypotf(x, y); }
__device__ double hypot(float x, double y) { return hypot((double)x, (double)y); }
__device__ double hypot(double x, float y) { return hypot((double)x, (double)y); }
__device__ double hypot(int x, double y) { return hypot((double)x, (double)y); }
__device__ double hypot(double x, int y) { return hypot((double)x, (double)y); }
__device__ double hypot(int x, float y) { return hypot((double)x, (double)y); }
__device__ double hypot(float x, int y) { return hypot((double)x, (double)y); }
__device__ double hypot(unsigned int x, double y) { return hypot((double)x, (double)y); }
__device__ double hypot(double x, unsigned int y) { return hypot((double)x, (double)y); }
__device__ double hypot(unsigned int x, float y) { return hypot((double)x, (double)y); }
__device__ double hypot(float x, unsigned int y) { return hypot((double)x, (double)y); }
__device__ double hypot(long long x, double y) { return hypot((double)x, (double)y); }
__device__ double hypot(double x, long long y) { return hypot((double)x, (double)y); }
__device__ double hypot(long long x, float y) { return hypot((double)x, (double)y); }
__device__ double hypot(float x, long long y) { return hypot((double)x, (double)y); }
__device__ double hypot(unsigned long long x, double y) { return hypot((double)x, (double)y); }
__device__ double hypot(double x, unsigned long long y) { return hypot((double)x, (double)y); }
__device__ double hypot(unsigned long long x, float y) { return hypot((double)x, (double)y); }
__device__ double hypot(float x, unsigned long long y) { return hypot((double)x, (double)y); }
__device__ double hypot(int x, int y) { return hypot((double)x, (double)y); }
__device__ float rhypot(float x, float y) { return rhypotf(x, y); }
__device__ double rhypot(float x, double y) { return rhypot((double)x, (double)y); }
__device__ double rhypot(double x, float y) { return rhypot((double)x, (double)y); }
__device__ float fmin(float x, float y) { return fminf(x, y); }
__device__ double fmin(float x, double y) { return fmin((double)x, (double)y); }
__device__ double fmin(double x, float y) { return fmin((double)x, (double)y); }
__device__ double fmin(int x, double y) { return fmin((double)x, (double)y); }
__device__ double fmin(double x, int y) { return fmin((double)x, (double)y); }
__device__ double fmin(int x, float y) { return fmin((double)x, (double)y); }
__device__ double fmin(float x, int y) { return fmin((double)x, (double)y); }
__device__ double fmin(unsigned int x, double y) { return fmin((double)x, (double)y); }
__device__ double fmin(double x, unsigned int y) { return fmin((double)x, (double)y); }
__device__ double fmin(unsigned int x, float y) { return fmin((double)x, (double)y); }
__device__ double fmin(float x, unsigned int y) { return fmin((double)x, (double)y); }
__device__ double fmin(long long x, double y) { return fmin((double)x, (double)y); }
__device__ double fmin(double x, long long y) { return fmin((double)x, (double)y); }
__device__ double fmin(long long x, float y) { return fmin((double)x, (double)y); }
__device__ double fmin(float x, long long y) { return fmin((double)x, (double)y); }
__device__ double fmin(unsigned long long x, double y) { return fmin((double)x, (double)y); }
__device__ double fmin(double x, unsigned long long y) { return fmin((double)x, (double)y); }
__device__ double fmin(unsigned long long x, float y) { return fmin((double)x, (double)y); }
__device__ double fmin(float x, unsigned long long y) { return fmin((double)x, (double)y); }
__device__ double fmin(int x, int y) { return fmin((double)x, (double)y); }
__device__ float fmax(float x, float y) { return fmaxf(x, y); }
__device__ double fmax(float x, double y) { return fmax((double)x, (double)y); }
__device__ double fmax(double x, float y) { return fmax((double)x, (double)y); }
__device__ double fmax(int x, double y) { return fmax((double)x, (double)y); }
__device__ double fmax(double x, int y) { return fmax((double)x, (double)y); }
__device__ double fmax(int x, float y) { return fmax((double)x, (double)y); }
__device__ double fmax(float x, int y) { return fmax((double)x, (double)y); }
__device__ double fmax(unsigned int x, double y) { return fmax((double)x, (double)y); }
__device__ double fmax(double x, unsigned int y) { return fmax((double)x, (double)y); }
__device__ double fmax(unsigned int x, float y) { return fmax((double)x, (double)y); }
__device__ double fmax(float x, unsigned int y) { return fmax((double)x, (double)y); }
__device__ double fmax(long long x, double y) { return fmax((double)x, (double)y); }
__device__ double fmax(double x, long long y) { return fmax((double)x, (double)y); }
__device__ double fmax(long long x, float y) { return fmax((double)x, (double)y); }
__device__ double fmax(float x, long long y) { return fmax((double)x, (double)y); }
__device__ double fmax(unsigned long long x, double y) { return fmax((double)x, (double)y); }
__device__ double fmax(double x, unsigned long long y) { return fmax((double)x, (double)y); }
__device__ double fmax(unsigned long long x, float y) { return fmax((double)x, (double)y); }
__device__ double fmax(float x, unsigned long long y) { return fmax((double)x, (double)y); }
__device__ double fmax(int x, int y) { return fmax((double)x, (double)y); }
__device__ float copysign(float x, float y) { return copysignf(x, y); }
__device__ double copysign(float x, double y) { return copysign((double)x, (double)y); }
__device__ double copysign(double x, float y) { return copysign((double)x, (double)y); }
__device__ double copysign(int x, double y) { return copysign((double)x, (double)y); }
__device__ double copysign(double x, int y) { return copysign((double)x, (double)y); }
__device__ double copysign(int x, float y) { return copysign((double)x, (double)y); }
__device__ double copysign(float x, int y) { return copysign((double)x, (double)y); }
__device__ double copysign(unsigned int x, double y) { return copysign((double)x, (double)y); }
__device__ double copysign(double x, unsigned int y) { return copysign((double)x, (double)y); }
__device__ double copysign(unsigned int x, float y) { return copysign((double)x, (double)y); }
__device__ double copysign(float x, unsigned int y) { return copysign((double)x, (double)y); }
__device__ double copysign(long long x, double y) { return copysign((double)x, (double)y); }
__device__ double copysign(double x, long long y) { return copysign((double)x, (double)y); }
__device__ double copysign(long long x, float y) { return copysign((double)x, (double)y); }
__device__ double copysign(float x, long long y) { return copysign((double)x, (double)y); }
__device__ double copysign(unsigned long long x, double y) { return copysign((double)x, (double)y); }
__device__ double copysign(double x, unsigned long long y) { return copysign((double)x, (double)y); }
__device__ double copysign(unsigned long long x, float y) { return copysign((double)x, (double)y); }
__device__ double copysign(float x, unsigned long long y) { return copysign((double)x, (double)y); }
__device__ double copysign(int x, int y) { return copysign((double)x, (double)y); }
__device__ float fdim(float x, float y) { return fdimf(x, y); }
__device__ double fdim(float x, double y) { return fdim((double)x, (double)y); }
__device__ double fdim(double x, float y) { return fdim((double)x, (double)y); }
__device__ double fdim(int x, double y) { return fdim((double)x, (double)y); }
__device__ double fdim(double x, int y) { return fdim((double)x, (double)y); }
__device__ double fdim(int x, float y) { return fdim((double)x, (double)y); }
__device__ double fdim(float x, int y) { return fdim((double)x, (double)y); }
__device__ double fdim(unsigned int x, double y) { return fdim((double)x, (double)y); }
__device__ double fdim(double x, unsigned int y) { return fdim((double)x, (double)y); }
__device__ double fdim(unsigned int x, float y) { return fdim((double)x, (double)y); }
__device__ double fdim(float x, unsigned int y) { return fdim((double)x, (double)y); }
__device__ double fdim(long long x, double y) { return fdim((double)x, (double)y); }
__device__ double fdim(double x, long long y) { return fdim((double)x, (double)y); }
__device__ double fdim(long long x, float y) { return fdim((double)x, (double)y); }
__device__ double fdim(float x, long long y) { return fdim((double)x, (double)y); }
__device__ double fdim(unsigned long long x, double y) { return fdim((double)x, (double)y); }
__device__ double fdim(double x, unsigned long long y) { return fdim((double)x, (double)y); }
__device__ double fdim(unsigned long long x, float y) { return fdim((double)x, (double)y); }
__device__ double fdim(float x, unsigned long long y) { return fdim((double)x, (double)y); }
__device__ double fdim(int x, int y) { return fdim((double)x, (double)y); }
__device__ float nextafter(float x, float y) { return nextafterf(x, y); }
__device__ double nextafter(float x, double y) { return nextafter((double)x, (double)y); }
__device__ double nextafter(double x, float y) { return nextafter((double)x, (double)y); }
__device__ float pow(float x, int n) { return powif(x, n); }
__device__ double pow(double x, int n) { return powi(x, n); }

// The rest
__device__ float ldexp(float x, int n) { return ldexpf(x, n); }
__device__ float scalbn(float x, int n) { return scalbnf(x, n); }
__device__ float scalbln(float x, long n) { return scalblnf(x, n); }
__device__ float frexp(float x, int *nptr) { return frexpf(x, nptr); }
__device__ float modf(float x, float *iptr) { return modff(x, iptr); }
__device__ float remquo(float x, float y, int *quo) { return remquof(x, y, quo); }
__device__ float fma(float x, float y, float z) { return fmaf(x, y, z); }
__device__ float jn(int n, float x) { return jnf(n, x); }
__device__ float yn(int n, float x) { return ynf(n, x); }
__device__ float norm3d(float x, float y, float z) { return norm3df(x, y, z); }
__device__ float rnorm3d(float x, float y, float z) { return rnorm3df(x, y, z); }
__device__ float norm4d(float x, float y, float z, float w) { return norm4df(x, y, z, w); }
__device__ float rnorm4d(float x, float y, float z, float w) { return rnorm4df(x, y, z, w); }
__device__ float norm(int dim, const float *p) { return normf(dim, p); }
__device__ float rnorm(int dim, const float *p) { return rnormf(dim, p); }
__device__ void sincos(float x, float *sptr, float *cptr) { sincosf(x, sptr, cptr); }
__device__ void sincospi(float x, float *sptr, float *cptr) { sincospif(x, sptr, cptr); }

// abs: two's complement wrap for the least value, as the machine does
__device__ int abs(int x) { return x < 0 ? (int)(0u - (unsigned int)x) : x; }
__device__ long abs(long x) { return x < 0 ? (long)(0ul - (unsigned long)x) : x; }
__device__ long long abs(long long x) { return x < 0 ? (long long)(0ull - (unsigned long long)x) : x; }
__device__ float abs(float x) { return fabsf(x); }
__device__ double abs(double x) { return fabs(x); }
__device__ long labs(long x) { return abs(x); }
__device__ long long llabs(long long x) { return abs(x); }

// min and max: a mixed pair of integers in the unsigned type, of floats in double; NaN loses, as in fmin
__device__ int min(int x, int y) { return x < y ? x : y; }
__device__ unsigned int min(unsigned int x, unsigned int y) { return x < y ? x : y; }
__device__ long min(long x, long y) { return x < y ? x : y; }
__device__ unsigned long min(unsigned long x, unsigned long y) { return x < y ? x : y; }
__device__ long long min(long long x, long long y) { return x < y ? x : y; }
__device__ unsigned long long min(unsigned long long x, unsigned long long y) { return x < y ? x : y; }
__device__ unsigned int min(int x, unsigned int y) { return (unsigned int)x < (unsigned int)y ? (unsigned int)x : (unsigned int)y; }
__device__ unsigned int min(unsigned int x, int y) { return (unsigned int)x < (unsigned int)y ? (unsigned int)x : (unsigned int)y; }
__device__ unsigned long min(long x, unsigned long y) { return (unsigned long)x < (unsigned long)y ? (unsigned long)x : (unsigned long)y; }
__device__ unsigned long min(unsigned long x, long y) { return (unsigned long)x < (unsigned long)y ? (unsigned long)x : (unsigned long)y; }
__device__ unsigned long long min(long long x, unsigned long long y) { return (unsigned long long)x < (unsigned long long)y ? (unsigned long long)x : (unsigned long long)y; }
__device__ unsigned long long min(unsigned long long x, long long y) { return (unsigned long long)x < (unsigned long long)y ? (unsigned long long)x : (unsigned long long)y; }
__device__ float min(float x, float y) { return fminf(x, y); }
__device__ double min(double x, double y) { return fmin(x, y); }
__device__ double min(float x, double y) { return fmin((double)x, y); }
__device__ double min(double x, float y) { return fmin(x, (double)y); }
__device__ unsigned int umin(unsigned int x, unsigned int y) { return x < y ? x : y; }
__device__ long long llmin(long long x, long long y) { return x < y ? x : y; }
__device__ unsigned long long ullmin(unsigned long long x, unsigned long long y) { return x < y ? x : y; }
__device__ int max(int x, int y) { return x > y ? x : y; }
__device__ unsigned int max(unsigned int x, unsigned int y) { return x > y ? x : y; }
__device__ long max(long x, long y) { return x > y ? x : y; }
__device__ unsigned long max(unsigned long x, unsigned long y) { return x > y ? x : y; }
__device__ long long max(long long x, long long y) { return x > y ? x : y; }
__device__ unsigned long long max(unsigned long long x, unsigned long long y) { return x > y ? x : y; }
__device__ unsigned int max(int x, unsigned int y) { return (unsigned int)x > (unsigned int)y ? (unsigned int)x : (unsigned int)y; }
__device__ unsigned int max(unsigned int x, int y) { return (unsigned int)x > (unsigned int)y ? (unsigned int)x : (unsigned int)y; }
__device__ unsigned long max(long x, unsigned long y) { return (unsigned long)x > (unsigned long)y ? (unsigned long)x : (unsigned long)y; }
__device__ unsigned long max(unsigned long x, long y) { return (unsigned long)x > (unsigned long)y ? (unsigned long)x : (unsigned long)y; }
__device__ unsigned long long max(long long x, unsigned long long y) { return (unsigned long long)x > (unsigned long long)y ? (unsigned long long)x : (unsigned long long)y; }
__device__ unsigned long long max(unsigned long long x, long long y) { return (unsigned long long)x > (unsigned long long)y ? (unsigned long long)x : (unsigned long long)y; }
__device__ float max(float x, float y) { return fmaxf(x, y); }
__device__ double max(double x, double y) { return fmax(x, y); }
__device__ double max(float x, double y) { return fmax((double)x, y); }
__device__ double max(double x, float y) { return fmax(x, (double)y); }
__device__ unsigned int umax(unsigned int x, unsigned int y) { return x > y ? x : y; }
__device__ long long llmax(long long x, long long y) { return x > y ? x : y; }
__device__ unsigned long long ullmax(unsigned long long x, unsigned long long y) { return x > y ? x : y; }
