//! Bessel functions of whole order.

use std::f64::consts::PI;

pub use libm::{j0, j1, jn, y0, y1, yn};

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
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 30.0 {
        power_series(n, x)
    } else {
        asymptotic(n, x)
    }
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
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..30 {
        let odd = f64::from(2 * k - 1);
        term *= (odd * odd - mu) / (f64::from(8 * k) * x);
        sum += term;
        if term.abs() < 1e-18 {
            break;
        }
    }
    let scale = sum / (2.0 * PI * x).sqrt();
    if x < 700.0 {
        libm::exp(x) * scale
    } else {
        let half = libm::exp(0.5 * x);
        half * scale * half
    }
}
