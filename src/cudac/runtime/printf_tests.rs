//! Compared with the C library's own printf on this machine.

use std::ffi::CString;

use super::*;

fn ours(text: &str, args: &[u64]) -> String {
    String::from_utf8(format(text.as_bytes(), args, &|_| unreachable!("no strings here"))).unwrap()
}

/// The C library's text for one integer or one double.
fn theirs(text: &str, arg: Result<u64, f64>) -> String {
    let format = CString::new(text).unwrap();
    let mut buffer = vec![0u8; 8192];
    // SAFETY: the buffer is as long as said, the format ends in NUL and takes one argument of the kind that is passed.
    let n = unsafe {
        match arg {
            Ok(i) => libc::snprintf(buffer.as_mut_ptr().cast(), buffer.len(), format.as_ptr(), i),
            Err(x) => libc::snprintf(buffer.as_mut_ptr().cast(), buffer.len(), format.as_ptr(), x),
        }
    };
    String::from_utf8(buffer[..n as usize].to_vec()).unwrap()
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let x = *state ^ (*state >> 29);
    x.wrapping_mul(0xbf58476d1ce4e5b9) ^ (x >> 32)
}

fn flags(state: &mut u64, allowed: &str) -> String {
    let bits = random(state);
    let mut text: String =
        allowed.chars().enumerate().filter(|(i, _)| bits >> (i * 3) & 7 == 0).map(|(_, c)| c).collect();
    if bits >> 40 & 1 == 1 {
        text += &(bits >> 41 & 15).to_string();
    }
    if bits >> 50 & 1 == 1 {
        text += &format!(".{}", bits >> 51 & 15);
    }
    text
}

#[test]
fn integers_are_printed_as_by_the_c_library() {
    let mut state = 7;
    for _ in 0..20_000 {
        let conversion = ["d", "i", "u", "x", "X", "o"][(random(&mut state) % 6) as usize];
        let length = ["", "l", "ll", "h", "hh", "z"][(random(&mut state) % 6) as usize];
        let allowed = match conversion {
            "d" | "i" => "-+ 0",
            "u" => "-0",
            _ => "-#0",
        };
        let text = format!("<%{}{length}{conversion}>", flags(&mut state, allowed));
        let shift = random(&mut state) % 64;
        let value = random(&mut state) >> shift;
        for value in [value, value.wrapping_neg(), 0] {
            assert_eq!(ours(&text, &[value]), theirs(&text, Ok(value)), "{text} of {value:#x}");
        }
    }
}

#[test]
fn floats_are_printed_as_by_the_c_library() {
    let mut state = 11;
    for _ in 0..40_000 {
        let conversion = ["f", "e", "g", "E", "G", "a", "A", "F"][(random(&mut state) % 8) as usize];
        let text = format!("<%{}{conversion}>", flags(&mut state, "-+ #0"));
        let bits = random(&mut state);
        let value = match bits % 4 {
            0 => f64::from_bits(bits.rotate_left(17)),
            1 => (bits >> 40) as f64 / 64.0 - 1000.0,
            2 => f64::from(bits as u32 as f32) * 1e-3,
            _ => [0.0, -0.0, 0.5, 1.5, 2.5, 1e5, 999999.5, 1e-4, f64::INFINITY, f64::NEG_INFINITY, 5e-324]
                [(bits >> 8) as usize % 11],
        };
        // glibc drops the zeros of `%#g` when rounding carries into a new digit.
        let carries = text.contains('#') && conversion.eq_ignore_ascii_case("g");
        if value.is_nan()
            || (carries && format!("{value:.0e}") != format!("{value:.12e}").replace(".000000000000", ""))
        {
            continue;
        }
        assert_eq!(ours(&text, &[value.to_bits()]), theirs(&text, Err(value)), "{text} of {value:e}");
    }
    assert_eq!(
        ours("%5.1f|%G", &[f64::NAN.to_bits() & !(1 << 63), f64::NAN.to_bits() & !(1 << 63)]),
        "  nan|NAN"
    );
}

#[test]
fn the_rest_of_the_language() {
    let read = |address: u64| if address == 5 { b"hello".to_vec() } else { Vec::new() };
    let text = |f: &str, args: &[u64]| String::from_utf8(format(f.as_bytes(), args, &read)).unwrap();
    assert_eq!(text("100%% of %s, %8s|%-8s|%.2s", &[5, 5, 5, 5]), "100% of hello,    hello|hello   |he");
    assert_eq!(text("%c%c %3c|", &[65, 0x1_0042, 67]), "AB   C|");
    assert_eq!(text("%*d|%-*d|%.*f", &[6, 42, 4, 7, 2, 1.0f64.to_bits()]), "    42|7   |1.00");
    assert_eq!(text("%*d|", &[(-5i32) as u32 as u64, 1]), "1    |");
    assert_eq!(text("%p %p", &[0xab_cdef, 0]), "0xabcdef (nil)");
    assert_eq!(text("%s", &[0]), "(null)");
    assert_eq!(text("%d %d", &[1]), "1 0");
    assert_eq!(text("%y %", &[]), "%y %");
    assert_eq!(text("%99999999999d", &[1]).len(), MAX_FIELD);
    assert_eq!(text("%lld %hhd %hu", &[u64::MAX, 0x180, 0x1_ffff]), "-1 -128 65535");
}

#[test]
fn the_sink_takes_whole_calls() {
    use parking_lot::Mutex;
    let got = Arc::new(Mutex::new(Vec::new()));
    let into = got.clone();
    let before = set_sink(Some(Arc::new(move |text: &[u8]| into.lock().push(text.to_vec()))));
    // SAFETY: a string constant with its NUL.
    write(&unsafe { format_printf(b"a=%d %s b=%u\n", &[u64::MAX, c"text".as_ptr() as u64, 3], &|_| true) });
    set_sink(before);
    assert_eq!(got.lock()[..], [b"a=-1 text b=3\n".to_vec()]);
}

#[test]
fn conversions_of_text_are_told_from_the_rest() {
    assert_eq!(string_args(b"%d %s %% %*d %.2s %c %s", 9), [1, 4, 6]);
    assert_eq!(string_args(b"%s %s %s", 1), [0]);
    assert!(string_args(b"no", 3).is_empty());
}

#[test]
fn text_is_read_as_far_as_it_may_be() {
    let text = *b"abc\0";
    let start = text.as_ptr() as u64;
    // SAFETY: nothing outside of `text` is readable.
    let printed = |limit: u64| unsafe { format_printf(b"<%s>", &[start], &|at| at < start + limit) };
    assert_eq!(printed(4), b"<abc>");
    assert_eq!(printed(2), b"<ab(no text)>");
}
