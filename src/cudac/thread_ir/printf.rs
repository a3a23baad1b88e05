//! Device `printf`: C formatting of 64-bit argument slots, without the host's own varargs.

use std::ffi::CStr;
use std::io::Write;

/// One conversion specification.
#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    alt: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    /// Bytes of the integer argument.
    bytes: u32,
}

/// Formats `args` (floats as `f64` bits, `%s` as address of a NUL-terminated string) by `fmt`.
///
/// # Safety
/// Each argument of a `%s` is null or points to a NUL-terminated string.
pub unsafe fn format_printf(fmt: &[u8], args: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(fmt.len() + 16);
    let mut args = args.iter().copied();
    let mut it = fmt.iter().copied().peekable();
    while let Some(c) = it.next() {
        if c != b'%' {
            out.push(c);
            continue;
        }
        let mut s = Spec { bytes: 4, ..Spec::default() };
        while let Some(&c) = it.peek() {
            match c {
                b'-' => s.minus = true,
                b'+' => s.plus = true,
                b' ' => s.space = true,
                b'#' => s.alt = true,
                b'0' => s.zero = true,
                _ => break,
            }
            it.next();
        }
        if it.peek() == Some(&b'*') {
            it.next();
            let w = args.next().unwrap_or(0) as i32;
            s.minus |= w < 0;
            s.width = (w.unsigned_abs() as usize).min(4096);
        } else {
            s.width = number(&mut it);
        }
        if it.peek() == Some(&b'.') {
            it.next();
            if it.peek() == Some(&b'*') {
                it.next();
                let p = args.next().unwrap_or(0) as i32;
                s.precision = usize::try_from(p).ok().map(|p| p.min(4096));
            } else {
                s.precision = Some(number(&mut it));
            }
        }
        while let Some(&c) = it.peek() {
            match c {
                b'h' => s.bytes = if s.bytes == 2 { 1 } else { 2 },
                b'l' | b'z' | b'j' | b't' | b'L' | b'q' => s.bytes = 8,
                _ => break,
            }
            it.next();
        }
        let Some(conv) = it.next() else { break };
        if conv == b'%' {
            out.push(b'%');
            continue;
        }
        let arg = args.next().unwrap_or(0);
        // SAFETY: passed on from the caller.
        unsafe { convert(&mut out, conv, arg, s) };
    }
    out
}

fn number(it: &mut std::iter::Peekable<impl Iterator<Item = u8>>) -> usize {
    let mut n = 0usize;
    while let Some(d) = it.peek().filter(|c| c.is_ascii_digit()) {
        n = (n * 10 + (d - b'0') as usize).min(4096);
        it.next();
    }
    n
}

/// # Safety
/// As `format_printf`.
unsafe fn convert(out: &mut Vec<u8>, conv: u8, arg: u64, s: Spec) {
    let signed = match s.bytes {
        1 => arg as i8 as i64,
        2 => arg as i16 as i64,
        4 => arg as i32 as i64,
        _ => arg as i64,
    };
    let unsigned = if s.bytes == 8 { arg } else { arg & ((1u64 << (s.bytes * 8)) - 1) };
    match conv {
        b'd' | b'i' => integer(out, &s, sign(&s, signed < 0), signed.unsigned_abs().to_string()),
        b'u' => integer(out, &s, "", unsigned.to_string()),
        b'x' => {
            let prefix = if s.alt && unsigned != 0 { "0x" } else { "" };
            integer(out, &s, prefix, format!("{unsigned:x}"));
        }
        b'X' => {
            let prefix = if s.alt && unsigned != 0 { "0X" } else { "" };
            integer(out, &s, prefix, format!("{unsigned:X}"));
        }
        b'o' => {
            let prefix = if s.alt && unsigned != 0 { "0" } else { "" };
            integer(out, &s, prefix, format!("{unsigned:o}"));
        }
        b'p' => {
            let text = if arg == 0 { "(nil)".to_owned() } else { format!("{arg:#x}") };
            pad(out, &s, "", &text, false);
        }
        b'c' => {
            let fill = s.width.saturating_sub(1);
            let spaces = std::iter::repeat_n(b' ', fill);
            if s.minus {
                out.push(arg as u8);
                out.extend(spaces);
            } else {
                out.extend(spaces);
                out.push(arg as u8);
            }
        }
        b's' => {
            let text = if arg == 0 {
                b"(null)".as_slice()
            } else {
                // SAFETY: the caller promises a NUL-terminated string.
                unsafe { CStr::from_ptr(arg as usize as *const _) }.to_bytes()
            };
            let text = &text[..text.len().min(s.precision.unwrap_or(usize::MAX))];
            let spaces = std::iter::repeat_n(b' ', s.width.saturating_sub(text.len()));
            if s.minus {
                out.extend_from_slice(text);
                out.extend(spaces);
            } else {
                out.extend(spaces);
                out.extend_from_slice(text);
            }
        }
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
            float(out, &s, conv, f64::from_bits(arg));
        }
        other => {
            out.push(b'%');
            out.push(other);
        }
    }
}

fn sign(s: &Spec, negative: bool) -> &'static str {
    match (negative, s.plus, s.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn integer(out: &mut Vec<u8>, s: &Spec, prefix: &str, mut digits: String) {
    if let Some(p) = s.precision {
        if p == 0 && digits == "0" {
            digits.clear();
        }
        while digits.len() < p {
            digits.insert(0, '0');
        }
    }
    pad(out, s, prefix, &digits, s.zero && s.precision.is_none());
}

fn pad(out: &mut Vec<u8>, s: &Spec, prefix: &str, body: &str, zero: bool) {
    let fill = s.width.saturating_sub(prefix.len() + body.len());
    let (before, zeros, after) = match (s.minus, zero) {
        (true, _) => (0, 0, fill),
        (_, true) => (0, fill, 0),
        _ => (fill, 0, 0),
    };
    // Writing to a vector does not fail.
    let _ = write!(out, "{:before$}{prefix}{:0<zeros$}{body}{:after$}", "", "", "");
}

fn float(out: &mut Vec<u8>, s: &Spec, conv: u8, x: f64) {
    let upper = conv.is_ascii_uppercase();
    let prefix = sign(s, x.is_sign_negative() && !x.is_nan());
    let a = x.abs();
    if !x.is_finite() {
        let text = if x.is_nan() { "nan" } else { "inf" };
        let text = if upper { text.to_uppercase() } else { text.to_owned() };
        return pad(out, s, prefix, &text, false);
    }
    let p = s.precision.unwrap_or(6);
    let mut body = match conv.to_ascii_lowercase() {
        b'f' => {
            let mut t = format!("{a:.p$}");
            if s.alt && p == 0 {
                t.push('.');
            }
            t
        }
        b'e' => exponent_form(a, p, s.alt),
        b'g' => general_form(a, p.max(1), s.alt),
        _ => hex_form(a, s.precision),
    };
    if upper {
        body = body.to_uppercase();
    }
    pad(out, s, prefix, &body, s.zero);
}

/// `d.ddde+XX` with at least two exponent digits.
fn exponent_form(a: f64, p: usize, alt: bool) -> String {
    let t = format!("{a:.p$e}");
    let (mantissa, exp) = t.split_once('e').unwrap_or((&t, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let dot = if alt && p == 0 { "." } else { "" };
    format!("{mantissa}{dot}e{}{:02}", if exp < 0 { '-' } else { '+' }, exp.abs())
}

fn general_form(a: f64, p: usize, alt: bool) -> String {
    let e = format!("{a:.prec$e}", prec = p - 1);
    let exp: i32 = e.split_once('e').and_then(|(_, x)| x.parse().ok()).unwrap_or(0);
    let strip = |t: String| {
        if alt || !t.contains('.') { t } else { t.trim_end_matches('0').trim_end_matches('.').to_owned() }
    };
    if exp < -4 || exp >= p as i32 {
        let t = exponent_form(a, p - 1, alt);
        let (m, x) = t.split_once('e').unwrap_or((&t, "+00"));
        format!("{}e{x}", strip(m.to_owned()))
    } else {
        let prec = (p as i32 - 1 - exp).max(0) as usize;
        strip(format!("{a:.prec$}"))
    }
}

fn hex_form(a: f64, precision: Option<usize>) -> String {
    let bits = a.to_bits();
    let (mut mantissa, biased) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    if a == 0.0 {
        let zeros = "0".repeat(precision.unwrap_or(0));
        return format!("0x0{}{zeros}p+0", if zeros.is_empty() { "" } else { "." });
    }
    let (mut lead, exp) = if biased == 0 { (0u64, -1022) } else { (1, biased - 1023) };
    if let Some(p) = precision.filter(|&p| p < 13) {
        let drop = 52 - 4 * p as u32;
        let full = (lead << 52) | mantissa;
        let (keep, rest, half) = (full >> drop, full & ((1 << drop) - 1), 1u64 << (drop - 1));
        let up = rest > half || (rest == half && keep & 1 == 1);
        let full = (keep + up as u64) << drop;
        lead = full >> 52;
        mantissa = full & ((1 << 52) - 1);
    }
    let mut digits = format!("{mantissa:013x}");
    match precision {
        Some(p) => {
            while digits.len() < p {
                digits.push('0');
            }
            digits.truncate(p);
        }
        None => digits = digits.trim_end_matches('0').to_owned(),
    }
    let dot = if digits.is_empty() { "" } else { "." };
    format!("0x{lead}{dot}{digits}p{exp:+}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f(fmt: &str, args: &[u64]) -> String {
        // SAFETY: the only `%s` below gets a static NUL-terminated string.
        String::from_utf8(unsafe { format_printf(fmt.as_bytes(), args) }).expect("ASCII")
    }

    #[test]
    fn like_c() {
        assert_eq!(
            f("a %d b %5u|%-5d|%05d", &[-3i64 as u64, 42, 7, -42i64 as u64]),
            "a -3 b    42|7    |-0042"
        );
        assert_eq!(f("%x %#X %o %lld %hhd", &[255, 255, 8, u64::MAX, 0x1ff]), "ff 0XFF 10 -1 -1");
        assert_eq!(f("%u", &[0xffff_ffff_ffff_ffff]), "4294967295");
        let d = |x: f64| x.to_bits();
        assert_eq!(
            f("%f %.2f %8.3f|%-8.1f|", &[d(1.5), d(2.345), d(-1.0), d(9.96)]),
            "1.500000 2.35   -1.000|10.0    |"
        );
        assert_eq!(
            f("%e %g %g %g %G", &[d(12345.678), d(0.0001), d(1e10), d(100.0), d(1e-9)]),
            "1.234568e+04 0.0001 1e+10 100 1E-09"
        );
        assert_eq!(f("%g %f %5.1f%%", &[d(f64::NAN), d(f64::NEG_INFINITY), d(99.5)]), "nan -inf  99.5%");
        assert_eq!(f("%a %.1a", &[d(1.5), d(1.96875)]), "0x1.8p+0 0x2.0p+0");
        let s = c"hello";
        assert_eq!(
            f("[%s] [%7s] [%.2s] %c %s", &[s.as_ptr() as u64, s.as_ptr() as u64, s.as_ptr() as u64, 65, 0]),
            "[hello] [  hello] [he] A (null)"
        );
        assert_eq!(f("%*d|%.*f|%q", &[4, 1, 2, d(3.15159), 5]), "   1|3.15|");
        assert_eq!(f("%d %d", &[1]), "1 0");
    }
}
