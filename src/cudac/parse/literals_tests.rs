//! Values of literals, against what a C++ compiler gives.

use super::*;

fn int(text: &str) -> (u64, bool, u8) {
    match number(text) {
        Ok(Number::Int(n)) => (n.value, n.unsigned, n.longs),
        other => panic!("{text}: {other:?}"),
    }
}

fn real(text: &str) -> (f64, FloatSuffix) {
    match number(text) {
        Ok(Number::Float(n)) => (n.value, n.suffix),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn integers_in_every_radix_with_every_suffix() {
    assert_eq!(int("42"), (42, false, 0));
    assert_eq!(int("0"), (0, false, 0));
    assert_eq!(int("0x1Fu"), (31, true, 0));
    assert_eq!(int("017"), (15, false, 0));
    assert_eq!(int("0b1011LL"), (11, false, 2));
    assert_eq!(int("18446744073709551615ULL"), (u64::MAX, true, 2));
    assert_eq!(int("1'000'000l"), (1_000_000, false, 1));
    assert_eq!(int("0xE"), (14, false, 0));
    for bad in ["18446744073709551616", "09", "0x", "12ab", "0b12", "1_km"] {
        assert!(number(bad).is_err(), "{bad}");
    }
}

#[test]
fn floats_are_rounded_once() {
    assert_eq!(real("1.5"), (1.5, FloatSuffix::None));
    assert_eq!(real("1e3f"), (1000.0, FloatSuffix::Float));
    assert_eq!(real(".5L"), (0.5, FloatSuffix::Long));
    assert_eq!(real("2."), (2.0, FloatSuffix::None));
    assert_eq!(real("0.1f").0, f64::from(0.1f32));
    assert_eq!(real("09.5").0, 9.5);
    assert_eq!(real("3.402823466e+38F").0, f64::from(f32::MAX));
    assert_eq!(real("1e999").0, f64::INFINITY);
    // Halfway between two floats for the double nearest to it, above in truth: double rounding would go down.
    assert_eq!(real("1.00000005960464477539062500000001f").0, f64::from(1.0f32 + f32::EPSILON));
    for bad in ["1.5.2", "1e", "1e+", "0x1.8", "1.0q", "1.0_x"] {
        assert!(number(bad).is_err(), "{bad}");
    }
}

#[test]
fn hexadecimal_floats() {
    assert_eq!(real("0x1.8p1").0, 3.0);
    assert_eq!(real("0x1p-1074").0, 5e-324);
    assert_eq!(real("0x1p-1075").0, 0.0);
    assert_eq!(real("0x1.8p-1075").0, 5e-324);
    assert_eq!(real("0x1.fffffffffffffp1023").0, f64::MAX);
    assert_eq!(real("0x1p1024").0, f64::INFINITY);
    assert_eq!(real("0x1.000001p0f").0, 1.0);
    assert_eq!(real("0x1.0000010000000000001p0f").0, f64::from(1.0f32 + f32::EPSILON));
    assert_eq!(real("0x.00000000000000000000001p92f").0, 1.0);
    assert_eq!(real("0x123456789abcdef0123p0").0, 0x1234_5678_9abc_def0_u64 as f64 * 4096.0);
    assert_eq!(real("0x1p99999999999999999999").0, f64::INFINITY);
    assert_eq!(real("0x1p-99999999999999999999").0, 0.0);
}

#[test]
fn characters_and_strings() {
    assert_eq!(character("'a'").unwrap().value, 97);
    assert_eq!(character("'\\n'").unwrap().value, 10);
    assert_eq!(character("'\\xff'").unwrap().value, -1);
    assert_eq!(character("'\\0'").unwrap().value, 0);
    assert_eq!(character("'\\''").unwrap().value, 39);
    assert_eq!(character("L'\u{e4}'").unwrap(), CharLiteral { value: 0xe4, wide: true, multi: false });
    assert_eq!(character("'ab'").unwrap(), CharLiteral { value: 0x6162, wide: false, multi: true });
    assert!(character("''").is_err());
    assert!(character("'\\x100'").is_err());
    assert_eq!(string("\"a\\tb\\101\\\"\"").unwrap().bytes, b"a\tbA\"");
    assert_eq!(string("u8\"\\u00e4\"").unwrap().bytes, "\u{e4}".as_bytes());
    assert_eq!(string("R\"x(a\\n)\" )x\"").unwrap().bytes, b"a\\n)\" ");
    assert!(string("L\"w\"").unwrap().wide);
    assert!(string("\"\\xzz\"").is_err());
}
