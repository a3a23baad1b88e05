//! Device printf: C's conversions over packed arguments, and the sink that the text goes to.
//!
//! An argument is a 64-bit pattern: integers sign- or zero-extended from the width they were promoted to, floats as
//! doubles, pointers as addresses. The conversion says how it is read, as in C; a missing argument reads as 0. One call
//! reaches the sink in one piece, so that lines of different threads do not mix.

use std::io::Write;
use std::sync::Arc;

use crate::fork::{self, ForkLocal};
use crate::sync::RwLock;

/// Receives the text of one printf call.
pub type Sink = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// A child has its parent's sink, unless it was being changed at the fork.
static SINK: ForkLocal<RwLock<Option<Sink>>> =
    ForkLocal::new(|parent| RwLock::new(parent.and_then(RwLock::try_read).and_then(|sink| sink.clone())));

/// Replaces where device printf writes; `None` is the standard output. Gives the sink before.
pub fn set_sink(sink: Option<Sink>) -> Option<Sink> {
    std::mem::replace(&mut *SINK.get().write(), sink)
}

/// Writes the text of one call to the sink. A standard output that is closed or full is nobody's error here.
pub fn write(text: &[u8]) {
    let sink = SINK.get().read().clone();
    match sink {
        Some(sink) => sink(text),
        // The lock of the standard output may be held by a thread that only the parent has.
        #[cfg(unix)]
        None if fork::generation() != 0 => {
            use std::os::fd::FromRawFd;
            // SAFETY: the descriptor is only borrowed: `ManuallyDrop` keeps it open.
            let mut out = std::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(1) });
            let _ = out.write_all(text);
        }
        None => {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text).and_then(|()| out.flush());
        }
    }
}

/// Longest `%s` that is followed: a pointer to no string must not print the whole memory.
const MAX_STRING: usize = 64 << 10;

/// Largest width and precision; C allows what fits into an int, which is no use and much memory.
const MAX_FIELD: usize = 4096;

/// As [`fn@format`], with `%s` arguments read from the addresses they are, as far as these are `readable`.
///
/// # Safety
/// What `%s` conversions of `format_text` consume is null or the address of a text that ends with NUL, or `readable` says
/// where it ends.
pub unsafe fn format_printf(format_text: &[u8], args: &[u64], readable: &dyn Fn(u64) -> bool) -> Vec<u8> {
    format(format_text, args, &|address| {
        let mut bytes = Vec::new();
        for at in (address..).take(MAX_STRING) {
            if !readable(at) {
                bytes.extend_from_slice(b"(no text)");
                break;
            }
            // SAFETY: readable as promised by the caller: the text has not ended yet.
            match unsafe { *(at as *const u8) } {
                0 => break,
                byte => bytes.push(byte),
            }
        }
        bytes
    })
}

/// Which of `count` arguments `%s` conversions take.
pub fn string_args(format_text: &[u8], count: usize) -> Vec<usize> {
    let taken = std::cell::RefCell::new(Vec::new());
    // Every argument is its own number, from 1: null is not asked for.
    let numbers: Vec<u64> = (1..=count as u64).collect();
    format(format_text, &numbers, &|number| {
        taken.borrow_mut().push(number as usize - 1);
        Vec::new()
    });
    taken.into_inner()
}

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    /// Bytes of an integer argument.
    size: u32,
}

/// The text of one call. `read_string` fetches what a `%s` argument points to (never asked for null).
pub fn format(format: &[u8], args: &[u64], read_string: &dyn Fn(u64) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len() + 16);
    let mut args = args.iter().copied();
    let mut next = || args.next().unwrap_or(0);
    let mut i = 0;
    while let Some(&c) = format.get(i) {
        i += 1;
        if c != b'%' {
            out.push(c);
            continue;
        }
        let start = i - 1;
        let mut spec = Spec { size: 4, ..Spec::default() };
        while let Some(&flag) = format.get(i) {
            match flag {
                b'-' => spec.minus = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            i += 1;
        }
        if format.get(i) == Some(&b'*') {
            i += 1;
            let width = next() as i32;
            spec.minus |= width < 0;
            spec.width = (width.unsigned_abs() as usize).min(MAX_FIELD);
        } else {
            spec.width = number(format, &mut i);
        }
        if format.get(i) == Some(&b'.') {
            i += 1;
            if format.get(i) == Some(&b'*') {
                i += 1;
                let precision = next() as i32;
                spec.precision = usize::try_from(precision).ok().map(|p| p.min(MAX_FIELD));
            } else {
                spec.precision = Some(number(format, &mut i));
            }
        }
        loop {
            let rest = &format[i.min(format.len())..];
            let (size, len) = match rest {
                [b'h', b'h', ..] => (1, 2),
                [b'h', ..] => (2, 1),
                [b'l', b'l', ..] => (8, 2),
                [b'l' | b'z' | b'j' | b't' | b'q', ..] => (8, 1),
                [b'L', ..] => (spec.size, 1),
                _ => break,
            };
            spec.size = size;
            i += len;
        }
        let Some(&conversion) = format.get(i) else {
            out.extend_from_slice(&format[start..]);
            break;
        };
        i += 1;
        match conversion {
            b'%' => out.push(b'%'),
            b'd' | b'i' => {
                let shift = 64 - spec.size * 8;
                let value = ((next() << shift) as i64) >> shift;
                let sign = if value < 0 { "-" } else { spec.sign() };
                spec.integer(&mut out, sign, value.unsigned_abs().to_string());
            }
            b'u' | b'o' | b'x' | b'X' => {
                let shift = 64 - spec.size * 8;
                let value = (next() << shift) >> shift;
                spec.unsigned(&mut out, conversion, value);
            }
            b'c' => spec.pad(&mut out, "", &[next() as u8], false),
            b's' => {
                let address = next();
                let mut text = if address == 0 { b"(null)".to_vec() } else { read_string(address) };
                text.truncate(spec.precision.unwrap_or(usize::MAX));
                spec.pad(&mut out, "", &text, false);
            }
            b'p' => {
                let value = next();
                let text = if value == 0 { "(nil)".to_owned() } else { format!("{value:#x}") };
                spec.pad(&mut out, "", text.as_bytes(), false);
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
                spec.float(&mut out, conversion, f64::from_bits(next()));
            }
            // Not a conversion: shown as it stands.
            _ => out.extend_from_slice(&format[start..i]),
        }
    }
    out
}

fn number(format: &[u8], i: &mut usize) -> usize {
    let mut n = 0usize;
    while let Some(digit) = format.get(*i).filter(|c| c.is_ascii_digit()) {
        n = (n * 10 + usize::from(digit - b'0')).min(MAX_FIELD);
        *i += 1;
    }
    n
}

impl Spec {
    fn sign(&self) -> &'static str {
        match (self.plus, self.space) {
            (true, _) => "+",
            (false, true) => " ",
            _ => "",
        }
    }

    /// `prefix` (sign, 0x) and `body`, padded to the width; zeros go between the two.
    fn pad(&self, out: &mut Vec<u8>, prefix: &str, body: &[u8], zeros: bool) {
        let fill = self.width.saturating_sub(prefix.len() + body.len());
        let zeros = zeros && !self.minus;
        if !self.minus && !zeros {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
        out.extend_from_slice(prefix.as_bytes());
        if zeros {
            out.extend(std::iter::repeat_n(b'0', fill));
        }
        out.extend_from_slice(body);
        if self.minus {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
    }

    fn integer(&self, out: &mut Vec<u8>, prefix: &str, mut digits: String) {
        if let Some(precision) = self.precision {
            if precision == 0 && digits == "0" {
                digits.clear();
            }
            if digits.len() < precision {
                digits.insert_str(0, &"0".repeat(precision - digits.len()));
            }
        }
        // A precision turns the zero flag off.
        self.pad(out, prefix, digits.as_bytes(), self.zero && self.precision.is_none());
    }

    fn unsigned(&self, out: &mut Vec<u8>, conversion: u8, value: u64) {
        let (prefix, digits) = match conversion {
            b'o' => ("", format!("{value:o}")),
            b'x' => ("0x", format!("{value:x}")),
            b'X' => ("0X", format!("{value:X}")),
            _ => ("", value.to_string()),
        };
        if conversion == b'o' && self.alternate {
            // The first digit must be a zero.
            let digits = if value == 0 { digits } else { format!("0{digits}") };
            if value == 0 && self.precision == Some(0) {
                return self.pad(out, "", b"0", false);
            }
            return self.integer(out, "", digits);
        }
        let prefix = if self.alternate && value != 0 { prefix } else { "" };
        self.integer(out, prefix, digits);
    }

    fn float(&self, out: &mut Vec<u8>, conversion: u8, x: f64) {
        let sign = if x.is_sign_negative() { "-" } else { self.sign() };
        let upper = conversion.is_ascii_uppercase();
        let magnitude = x.abs();
        if !magnitude.is_finite() {
            let text = match (x.is_nan(), upper) {
                (true, false) => "nan",
                (true, true) => "NAN",
                (false, false) => "inf",
                (false, true) => "INF",
            };
            return self.pad(out, sign, text.as_bytes(), false);
        }
        let (prefix, mut body) = match conversion.to_ascii_lowercase() {
            b'f' => ("", self.fixed(magnitude, self.precision.unwrap_or(6))),
            b'e' => ("", self.scientific(magnitude, self.precision.unwrap_or(6))),
            b'g' => ("", self.general(magnitude)),
            _ => ("0x", self.hexadecimal(magnitude)),
        };
        let mut prefix = format!("{sign}{prefix}");
        if upper {
            body.make_ascii_uppercase();
            prefix.make_ascii_uppercase();
        }
        self.pad(out, &prefix, body.as_bytes(), self.zero);
    }

    fn fixed(&self, x: f64, precision: usize) -> String {
        let point = if precision == 0 && self.alternate { "." } else { "" };
        format!("{x:.precision$}{point}")
    }

    fn scientific(&self, x: f64, precision: usize) -> String {
        let text = format!("{x:.precision$e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let point = if precision == 0 && self.alternate { "." } else { "" };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}{point}e{sign}{:02}", exponent.abs())
    }

    fn general(&self, x: f64) -> String {
        let precision = self.precision.unwrap_or(6).max(1);
        // The exponent after rounding to this many digits decides the style.
        let probe = format!("{x:.*e}", precision - 1);
        let exponent: i32 = probe.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
        let text = if exponent < -4 || exponent >= precision as i32 {
            self.scientific(x, precision - 1)
        } else {
            self.fixed(x, (precision as i32 - 1 - exponent) as usize)
        };
        if self.alternate || !text.contains('.') {
            return text;
        }
        let (digits, tail) = match text.find('e') {
            Some(e) => text.split_at(e),
            None => (&text[..], ""),
        };
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        format!("{digits}{tail}")
    }

    fn hexadecimal(&self, x: f64) -> String {
        let bits = x.to_bits();
        let mut fraction = bits & ((1 << 52) - 1);
        let biased = (bits >> 52) as i32;
        let (mut lead, exponent) = match biased {
            0 if fraction == 0 => (0, 0),
            0 => (0, -1022),
            _ => (1u64, biased - 1023),
        };
        let digits = match self.precision {
            Some(precision) if precision < 13 => {
                // To nearest even at the last digit that is shown.
                let drop = (13 - precision as u32) * 4;
                let whole = (lead << 52) | fraction;
                let half = 1u64 << (drop - 1);
                let rest = whole & ((1 << drop) - 1);
                let mut kept = whole >> drop;
                if rest > half || (rest == half && kept & 1 == 1) {
                    kept += 1;
                }
                let shown = kept << drop;
                lead = shown >> 52;
                fraction = shown & ((1 << 52) - 1);
                format!("{fraction:013x}")[..precision].to_owned()
            }
            Some(precision) => format!("{fraction:013x}{}", "0".repeat(precision - 13)),
            None => format!("{fraction:013x}").trim_end_matches('0').to_owned(),
        };
        let point = if digits.is_empty() && !self.alternate { "" } else { "." };
        format!("{lead:x}{point}{digits}p{exponent:+}")
    }
}

#[cfg(test)]
#[path = "printf_tests.rs"]
mod tests;
