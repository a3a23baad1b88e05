//! Inverses of the error function and of the normal distribution, by Halley steps on libm's erf and erfc.
//!
//! Each branch solves for the side of the curve where the argument is exact and the inverse well conditioned:
//! `1 - x` and `2 - x` are exact where they are used (Sterbenz), so nothing is lost before the iteration.

use std::f64::consts::{PI, SQRT_2};

const HALF_SQRT_PI: f64 = 0.886_226_925_452_758;

pub fn erfinv(x: f64) -> f64 {
    let a = x.abs();
    if a.is_nan() || a >= 1.0 {
        return if a == 1.0 { f64::INFINITY.copysign(x) } else { f64::NAN };
    }
    if a > 0.5 {
        return upper(1.0 - a).copysign(x);
    }
    if a < 1e-9 {
        return x * HALF_SQRT_PI;
    }
    // Series to the fifth power as a start, good to 2e-3 at one half.
    let s = x * HALF_SQRT_PI;
    let t = s * s;
    let mut y = s * (1.0 + t * (1.0 / 3.0 + t * (7.0 / 30.0)));
    for _ in 0..2 {
        let u = (libm::erf(y) - x) * HALF_SQRT_PI * libm::exp(y * y);
        y -= u / (1.0 + y * u);
    }
    y
}

pub fn erfcinv(x: f64) -> f64 {
    if !(0.0..=2.0).contains(&x) {
        return f64::NAN;
    }
    if x < 0.5 {
        upper(x)
    } else if x > 1.5 {
        -upper(2.0 - x)
    } else {
        erfinv(1.0 - x)
    }
}

pub fn normcdfinv(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let x = if p < 0.25 {
        upper(2.0 * p)
    } else if p > 0.75 {
        -upper(2.0 * (1.0 - p))
    } else {
        erfinv(1.0 - 2.0 * p)
    };
    -SQRT_2 * x
}

/// The y > 0 with erfc(y) = q, for 0 <= q <= 1/2.
fn upper(q: f64) -> f64 {
    if q == 0.0 {
        return f64::INFINITY;
    }
    let l = libm::log(q);
    // erfc(y) is about exp(-y^2) / sqrt(pi (y^2 + 1/2)); two rounds of that give a start within a few percent
    let mut s = -l;
    for _ in 0..3 {
        s = (-l - 0.5 * libm::log(PI * (s + 0.6))).max(0.2);
    }
    let mut y = s.sqrt();
    for _ in 0..3 {
        // (erfc(y) - q) / (2/sqrt(pi) exp(-y^2)), with both terms scaled by exp(y^2): no underflow
        let u = HALF_SQRT_PI * (erfcx(y) - libm::exp(y * y + l));
        y += u / (1.0 - y * u);
    }
    y
}

/// exp(y^2) erfc(y) for y > 0; its error, times y^2, is what an inverse sees of it.
fn erfcx(y: f64) -> f64 {
    if y < 10.0 {
        return libm::erfc(y) * libm::exp(y * y);
    }
    let r = 0.5 / (y * y);
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..20 {
        term *= -f64::from(2 * k - 1) * r;
        sum += term;
    }
    0.5 * sum / (y * HALF_SQRT_PI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverses_invert() {
        for i in 1..2000 {
            let x = f64::from(i) / 1000.0;
            let back = libm::erfc(erfcinv(x));
            assert!((back - x).abs() <= 4e-16 * x.max(1.0), "erfcinv({x}) gives back {back}");
        }
        for e in [1e-5, 1e-20, 1e-100, 1e-250, 1e-307] {
            let y = erfcinv(e);
            let slope = 2.0 * y * y;
            assert!((libm::erfc(y) / e - 1.0).abs() < 1e-15 * slope, "{e}");
        }
    }

    #[test]
    fn edges() {
        assert_eq!(erfinv(1.0), f64::INFINITY);
        assert_eq!(erfinv(-1.0), f64::NEG_INFINITY);
        assert!(erfinv(1.0001).is_nan() && erfinv(f64::NAN).is_nan());
        assert_eq!(erfcinv(0.0), f64::INFINITY);
        assert_eq!(erfcinv(2.0), f64::NEG_INFINITY);
        assert!(erfcinv(-1e-300).is_nan() && erfcinv(f64::NAN).is_nan());
        assert_eq!(normcdfinv(0.0), f64::NEG_INFINITY);
        assert_eq!(normcdfinv(1.0), f64::INFINITY);
        assert_eq!(normcdfinv(0.5), 0.0);
        assert!(erfcinv(5e-324).is_finite());
    }
}
