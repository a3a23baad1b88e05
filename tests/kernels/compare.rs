//! Compares what a device left in a buffer with what was expected, and says where they part.

use super::case::{Expect, Tolerance};

pub fn check(expect: &Expect, got: &[u8]) -> Result<(), String> {
    match expect {
        Expect::Exact { bytes, element } => exact(bytes, got, *element),
        Expect::F32(values, tolerance) => {
            floats(values.iter().map(|&v| f64::from(v)), singles(got), tolerance)
        }
        Expect::F64(values, tolerance) => floats(values.iter().copied(), doubles(got), tolerance),
        Expect::Judge(judge) => judge(got),
        Expect::Scratch => Ok(()),
    }
}

/// Whether two devices left the same, as far as the case says that there is one result.
pub fn agree(expect: &Expect, a: &[u8], b: &[u8]) -> Result<(), String> {
    match expect {
        Expect::Exact { element, .. } => exact(a, b, *element),
        Expect::F32(_, tolerance) => floats(singles(a), singles(b), tolerance),
        Expect::F64(_, tolerance) => floats(doubles(a), doubles(b), tolerance),
        Expect::Judge(_) | Expect::Scratch => Ok(()),
    }
}

fn singles(bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
    bytes.chunks_exact(4).map(|b| f64::from(f32::from_ne_bytes(b.try_into().unwrap())))
}

fn doubles(bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
    bytes.chunks_exact(8).map(|b| f64::from_ne_bytes(b.try_into().unwrap()))
}

fn exact(expected: &[u8], got: &[u8], element: usize) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let wrong: Vec<usize> = (0..expected.len() / element)
        .filter(|&i| expected[i * element..][..element] != got[i * element..][..element])
        .collect();
    let at = wrong[0];
    let show = |bytes: &[u8]| match *bytes {
        [a] => format!("{a}"),
        [a, b] => format!("{}", i16::from_ne_bytes([a, b])),
        [a, b, c, d] => {
            format!("{} ({:e})", i32::from_ne_bytes([a, b, c, d]), f32::from_ne_bytes([a, b, c, d]))
        }
        _ if bytes.len() == 8 => {
            let b: [u8; 8] = bytes.try_into().unwrap();
            format!("{} ({:e})", i64::from_ne_bytes(b), f64::from_ne_bytes(b))
        }
        _ => format!("{bytes:x?}"),
    };
    Err(format!(
        "{} of {} elements differ, first [{at}]: got {}, expected {}",
        wrong.len(),
        expected.len() / element,
        show(&got[at * element..][..element]),
        show(&expected[at * element..][..element])
    ))
}

fn floats(
    expected: impl Iterator<Item = f64>,
    got: impl Iterator<Item = f64>,
    tolerance: &Tolerance,
) -> Result<(), String> {
    for (i, (expected, got)) in expected.zip(got).enumerate() {
        let same = expected == got || (expected.is_nan() && got.is_nan());
        if !same
            && !((got - expected).abs() <= tolerance.abs + tolerance.rel * expected.abs()
                && expected.is_finite())
        {
            return Err(format!(
                "[{i}]: got {got:e}, expected {expected:e} within {:e} relative + {:e} absolute ({})",
                tolerance.rel, tolerance.abs, tolerance.why
            ));
        }
    }
    Ok(())
}
