//! Bessel functions of whole order.
//!
//! CUDA's bound of a few ulp below 8 holds at the zeros too, where libm's (like most) has only an absolute
//! error. So up to 8 each function is pieces around its zeros with the factor x - zero taken out, which is
//! computed from a zero in two doubles; beyond 8 CUDA promises an absolute error and libm serves.

use std::f64::consts::{FRAC_2_PI, PI};

pub use libm::{jn, yn};

use super::bessel_tables::*;

fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// (x - zero) * P(x - zero)
fn around((high, low): (f64, f64), coefficients: &[f64], x: f64) -> f64 {
    let u = x - high;
    (u - low) * horner(coefficients, u)
}

pub fn j0(x: f64) -> f64 {
    let a = x.abs();
    match a {
        _ if a < 1.7 => horner(&J0_NEAR_0, a * a),
        _ if a < 3.9 => around(J0_ZERO_1, &J0_NEAR_1, a),
        _ if a < 7.0 => around(J0_ZERO_2, &J0_NEAR_2, a),
        _ if a < 8.0 => horner(&J0_NEAR_8, a - 7.5),
        _ => libm::j0(x),
    }
}

pub fn j1(x: f64) -> f64 {
    let a = x.abs();
    let v = match a {
        _ if a < 2.2 => a * horner(&J1_NEAR_0, a * a),
        _ if a < 5.4 => around(J1_ZERO_1, &J1_NEAR_1, a),
        _ if a < 8.0 => around(J1_ZERO_2, &J1_NEAR_2, a),
        _ if a == f64::INFINITY => 0.0,
        _ => return libm::j1(x),
    };
    if x < 0.0 || (x == 0.0 && x.is_sign_negative()) { -v } else { v }
}

pub fn y0(x: f64) -> f64 {
    match x {
        _ if x.is_nan() || x < 0.0 => f64::NAN,
        0.0 => f64::NEG_INFINITY,
        // 2/pi ln(x / z) J0(x) + (x^2 - z^2) S(x^2): both parts vanish at the first zero z
        _ if x < 2.2 => {
            let (high, low) = Y0_ZERO_1;
            let u = (x - high) - low;
            let log = match x {
                _ if x < 1e-300 => libm::log(x) - libm::log(high),
                _ if x < 0.4 => libm::log(x / high),
                _ => libm::log1p(u / high),
            };
            FRAC_2_PI * log * j0(x) + u * (x + high) * horner(&Y0_NEAR_1, x * x)
        }
        _ if x < 5.5 => around(Y0_ZERO_2, &Y0_NEAR_2, x),
        _ if x < 8.0 => around(Y0_ZERO_3, &Y0_NEAR_3, x),
        _ => libm::y0(x),
    }
}

pub fn y1(x: f64) -> f64 {
    match x {
        _ if x.is_nan() || x < 0.0 => f64::NAN,
        0.0 => f64::NEG_INFINITY,
        // 2/pi (ln(x) J1(x) - 1/x) + x S(x^2); the pole alone where the rest would be below an ulp
        _ if x < 1e-20 => -FRAC_2_PI / x,
        _ if x < 1.2 => FRAC_2_PI * (libm::log(x) * j1(x) - 1.0 / x) + x * horner(&Y1_NEAR_0, x * x),
        _ if x < 3.8 => around(Y1_ZERO_1, &Y1_NEAR_1, x),
        _ if x < 7.0 => around(Y1_ZERO_2, &Y1_NEAR_2, x),
        _ if x < 8.0 => horner(&Y1_NEAR_8, x - 7.5),
        _ => libm::y1(x),
    }
}

/// Modified Bessel function of the first kind, order 0.
pub fn i0(x: f64) -> f64 {
    modified(0, x.abs())
}

/// Modified Bessel function of the first kind, order 1.
pub fn i1(x: f64) -> f64 {
    modified(1, x.abs()).copysign(x)
}

/// I_n(x) for n = 0 or 1, x >= 0.
fn modified(n: i32, x: f64) -> f64 {
    if x.is_nan() || x > 720.0 {
        return x * f64::INFINITY;
    }
    if x < 30.0 { power_series(n, x) } else { asymptotic(n, x) }
}

/// The sum of (x/2)^(2k+n) / (k! (k+n)!): all terms positive, so summing from the smallest keeps it accurate.
fn power_series(n: i32, x: f64) -> f64 {
    let h = 0.5 * x;
    let (z, z_low) = square(h);
    // Backwards as a nested product: 1 + z/(1(1+n)) (1 + z/(2(2+n)) (1 + ...)), in two doubles.
    let terms = 8 + (2.2 * x) as i32;
    let (mut high, mut low) = (1.0_f64, 0.0_f64);
    for k in (1..=terms).rev() {
        let divisor = f64::from(k * (k + n));
        let product = high * z;
        let lost = high.mul_add(z, -product) + (high * z_low + low * z);
        let quotient = product / divisor;
        let rest = ((-quotient).mul_add(divisor, product) + lost) / divisor;
        high = 1.0 + quotient;
        // |quotient| may exceed 1: the sum's error either way round
        let v = high - 1.0;
        low = (1.0 - (high - v)) + (quotient - v) + rest;
    }
    if n == 0 { high + low } else { h * high + h * low }
}

fn square(x: f64) -> (f64, f64) {
    let high = x * x;
    (high, x.mul_add(x, -high))
}

/// e^x / sqrt(2 pi x) times the Hankel series, which for x >= 30 reaches full precision long before it diverges.
fn asymptotic(n: i32, x: f64) -> f64 {
    let mu = f64::from(4 * n * n);
    let mut terms = [1.0; 30];
    for k in 1..30_u8 {
        let odd = f64::from(2 * k - 1);
        terms[usize::from(k)] = terms[usize::from(k) - 1] * (odd * odd - mu) / (8.0 * f64::from(k) * x);
    }
    // the smallest first
    let sum: f64 = terms.iter().rev().sum();
    let scale = sum / (2.0 * PI * x).sqrt();
    if x < 700.0 {
        libm::exp(x) * scale
    } else {
        let half = libm::exp(0.5 * x);
        half * scale * half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join() {
        // At each border the two pieces agree: a wrong table or constant would show as a step.
        for (f, borders) in [
            (j0 as fn(f64) -> f64, &[1.7, 3.9, 7.0, 8.0][..]),
            (j1, &[2.2, 5.4, 8.0]),
            (y0, &[0.4, 2.2, 5.5, 8.0]),
            (y1, &[1.2, 3.8, 7.0, 8.0]),
            (i0, &[30.0, 700.0]),
            (i1, &[30.0, 700.0]),
        ] {
            for &border in borders {
                let (below, above) = (f(f64::next_down(border)), f(border));
                assert!((below / above - 1.0).abs() < 4e-15 * border.max(1.0), "{border}: {below} {above}");
            }
        }
    }

    #[test]
    fn known_values() {
        for (got, want) in [
            (j0(1.0), 0.765_197_686_557_966_6),
            (j1(-1.0), -0.440_050_585_744_933_5),
            (y0(1.0), 0.088_256_964_215_676_96),
            (y1(1.0), -0.781_212_821_300_288_7),
            (j0(5.0), -0.177_596_771_314_338_3),
            (i0(2.0), 2.279_585_302_336_067),
            (i1(-2.0), -1.590_636_854_637_329),
        ] {
            assert!((got / want - 1.0).abs() < 1e-14, "{got} {want}");
        }
        assert!(y0(-1.0).is_nan() && y1(f64::NAN).is_nan());
        assert_eq!(y0(0.0), f64::NEG_INFINITY);
        assert_eq!(i0(800.0), f64::INFINITY);
        assert_eq!(i1(-800.0), f64::NEG_INFINITY);
        assert_eq!(j1(-0.0).to_bits(), (-0.0_f64).to_bits());
    }
}
