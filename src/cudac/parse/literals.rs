//! Spellings of literals to values: numbers with their suffixes, characters and strings with their escapes.

use super::ast::{FloatLiteral, FloatSuffix, IntLiteral};

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    Int(IntLiteral),
    Float(FloatLiteral),
}

/// Reads a preprocessing number.
pub fn number(text: &str) -> Result<Number, String> {
    let plain;
    let text = if text.contains('\'') {
        plain = text.replace('\'', "");
        plain.as_str()
    } else {
        text
    };
    let bytes = text.as_bytes();
    let lower = |i: usize| bytes.get(i).map_or(0, u8::to_ascii_lowercase);
    let radix = match (lower(0), lower(1)) {
        (b'0', b'x') => 16,
        (b'0', b'b') => 2,
        (b'0', _) => 8,
        _ => 10,
    };
    let is_float = match radix {
        16 => bytes.iter().any(|b| matches!(b, b'.' | b'p' | b'P')),
        2 => false,
        _ => {
            let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
            matches!(lower(digits), b'.' | b'e')
        }
    };
    if is_float { float(text, radix == 16).map(Number::Float) } else { integer(text, radix).map(Number::Int) }
}

fn integer(text: &str, radix: u32) -> Result<IntLiteral, String> {
    let digits = if matches!(radix, 16 | 2) { &text[2..] } else { text };
    let end = digits.find(|c: char| !c.is_digit(radix.max(10))).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    if digits.is_empty() {
        // `1f` and the like come here with digits, `0x` without.
        return Err(format!("invalid number \"{text}\""));
    }
    let (unsigned, longs) = match suffix.to_ascii_lowercase().as_str() {
        "" => (false, 0),
        "u" => (true, 0),
        "l" => (false, 1),
        "ll" => (false, 2),
        "ul" | "lu" | "zu" | "uz" => (true, 1),
        "z" => (false, 1),
        "ull" | "llu" => (true, 2),
        "i64" => (false, 2),
        "ui64" => (true, 2),
        _ => return Err(bad_suffix(suffix, text)),
    };
    if digits.bytes().any(|b| u32::from(b) >= u32::from(b'0') + radix && radix < 10) {
        return Err(format!("invalid digit in the number \"{text}\""));
    }
    let value = u64::from_str_radix(digits, radix)
        .map_err(|_| format!("integer constant \"{text}\" is too large"))?;
    Ok(IntLiteral { value, unsigned, longs, decimal: radix == 10 })
}

fn bad_suffix(suffix: &str, text: &str) -> String {
    if suffix.starts_with('_') {
        format!("user-defined literals are not supported yet: `{text}`")
    } else {
        format!("invalid suffix \"{suffix}\" on the number \"{text}\"")
    }
}

fn float(text: &str, hex: bool) -> Result<FloatLiteral, String> {
    let start = if hex { 2 } else { 0 };
    let is_digit = |b: u8| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
    let bytes = text.as_bytes();
    let mut end = start;
    while end < bytes.len() && (is_digit(bytes[end]) || bytes[end] == b'.') {
        end += 1;
    }
    let mantissa = &text[start..end];
    let marker = if hex { b'p' } else { b'e' };
    let mut exponent: Option<i64> = None;
    if bytes.get(end).is_some_and(|b| b.to_ascii_lowercase() == marker) {
        let mut stop = end + 1;
        if matches!(bytes.get(stop), Some(b'+' | b'-')) {
            stop += 1;
        }
        while bytes.get(stop).is_some_and(u8::is_ascii_digit) {
            stop += 1;
        }
        let digits = &text[end + 1..stop];
        if !digits.ends_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("exponent has no digits in \"{text}\""));
        }
        // Anything past this range is zero or infinite anyway.
        let negative = digits.starts_with('-');
        let size = digits.trim_start_matches(['+', '-']).parse::<i64>().unwrap_or(1 << 40);
        exponent = Some(if negative { -size } else { size });
        end = stop;
    }
    if mantissa.bytes().filter(|b| *b == b'.').count() > 1 || mantissa == "." || mantissa.is_empty() {
        return Err(format!("invalid number \"{text}\""));
    }
    let suffix = match &text[end..] {
        "" => FloatSuffix::None,
        "f" | "F" => FloatSuffix::Float,
        "l" | "L" => FloatSuffix::Long,
        other => return Err(bad_suffix(other, text)),
    };
    let value = if hex {
        let Some(exponent) = exponent else {
            return Err(format!("hexadecimal floating-point constant \"{text}\" needs an exponent"));
        };
        hex_float(mantissa, exponent, suffix == FloatSuffix::Float)
    } else {
        let number = &text[..end];
        let invalid = |_| format!("invalid number \"{text}\"");
        match suffix {
            FloatSuffix::Float => f64::from(number.parse::<f32>().map_err(invalid)?),
            _ => number.parse::<f64>().map_err(invalid)?,
        }
    };
    Ok(FloatLiteral { value, suffix })
}

/// `mantissa * 2^exponent`, rounded once to nearest even.
fn hex_float(mantissa: &str, exponent: i64, single: bool) -> f64 {
    let mut bits: u64 = 0;
    let mut sticky = false;
    let mut exponent = exponent;
    let mut after_point = false;
    for c in mantissa.chars() {
        let Some(digit) = c.to_digit(16) else {
            after_point = true;
            continue;
        };
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            exponent = exponent.saturating_sub(if after_point { 4 } else { 0 });
        } else {
            sticky |= digit != 0;
            exponent = exponent.saturating_add(if after_point { 0 } else { 4 });
        }
    }
    if bits == 0 {
        return 0.0;
    }
    // The value is bits * 2^exponent (plus a little if sticky). Keep as many bits as the type has at this size.
    let (precision, min_exponent) = if single { (24, -149) } else { (53, -1074) };
    let length = 64 - i64::from(bits.leading_zeros());
    let lowest = exponent.saturating_add(length - precision).max(min_exponent);
    let drop = lowest.saturating_sub(exponent);
    let kept = match drop {
        ..=0 => bits,
        1..=64 => {
            let wide = u128::from(bits) << 1 | u128::from(sticky);
            let drop = drop as u32 + 1;
            let kept = wide >> drop;
            let rest = wide & ((1 << drop) - 1);
            let half = 1u128 << (drop - 1);
            let up = rest > half || (rest == half && kept & 1 == 1);
            (kept + u128::from(up)) as u64
        }
        _ => 0,
    };
    let scale = if drop > 0 { lowest } else { exponent };
    let value = scaled(kept as f64, scale);
    if single && value > f64::from(f32::MAX) { f64::INFINITY } else { value }
}

/// Exact times 2^exponent where the result is a number of the type, in steps that are powers of two themselves.
fn scaled(mut value: f64, mut exponent: i64) -> f64 {
    while exponent > 0 && value.is_finite() {
        let step = exponent.min(1000);
        value *= 2f64.powi(step as i32);
        exponent -= step;
    }
    while exponent < 0 && value != 0.0 {
        let step = (-exponent).min(1000);
        value /= 2f64.powi(step as i32);
        exponent += step;
    }
    value
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CharLiteral {
    pub value: i64,
    pub wide: bool,
    pub multi: bool,
}

/// Splits `u8"..."` into prefix, quoted part.
fn split_prefix(text: &str) -> (&str, &str) {
    let quote = text.find(['"', '\'']).unwrap_or(0);
    text.split_at(quote)
}

pub fn character(text: &str) -> Result<CharLiteral, String> {
    let (prefix, quoted) = split_prefix(text);
    let inner = quoted.get(1..quoted.len().max(2) - 1).unwrap_or("");
    let wide = matches!(prefix, "L" | "u" | "U");
    if inner.is_empty() {
        return Err("empty character constant".to_string());
    }
    if wide {
        let mut units = Vec::new();
        unescape(inner, |unit| units.push(unit))?;
        return match units.as_slice() {
            [Unit::Char(c)] => Ok(CharLiteral { value: i64::from(u32::from(*c)), wide, multi: false }),
            [Unit::Byte(n)] => Ok(CharLiteral { value: i64::from(*n), wide, multi: false }),
            _ => Err("a wide character constant holds one character".to_string()),
        };
    }
    let bytes = escaped_bytes(inner)?;
    match bytes.as_slice() {
        [b] => Ok(CharLiteral { value: i64::from(*b as i8), wide, multi: false }),
        list if list.len() <= 4 => {
            let value = list.iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
            Ok(CharLiteral { value: i64::from(value as i32), wide, multi: true })
        }
        _ => Err("too many characters in character constant".to_string()),
    }
}

pub struct StringLiteral {
    pub bytes: Vec<u8>,
    pub wide: bool,
}

pub fn string(text: &str) -> Result<StringLiteral, String> {
    let (prefix, quoted) = split_prefix(text);
    let wide = matches!(prefix, "L" | "u" | "U" | "LR" | "uR" | "UR");
    if prefix.ends_with('R') {
        // `"tag( ... )tag"`
        let open = quoted.find('(').unwrap_or(0);
        let inner = quoted.get(open + 1..quoted.len().saturating_sub(open + 1)).unwrap_or("");
        return Ok(StringLiteral { bytes: inner.as_bytes().to_vec(), wide });
    }
    let inner = quoted.get(1..quoted.len().max(2) - 1).unwrap_or("");
    Ok(StringLiteral { bytes: escaped_bytes(inner)?, wide })
}

enum Unit {
    Char(char),
    /// From `\x` or an octal escape.
    Byte(u32),
}

fn escaped_bytes(inner: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(inner.len());
    let mut too_large = false;
    unescape(inner, |unit| match unit {
        Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Unit::Byte(n) => {
            too_large |= n > 255;
            out.push(n as u8);
        }
    })?;
    if too_large { Err("escape sequence is too large for a character".to_string()) } else { Ok(out) }
}

fn unescape(inner: &str, mut emit: impl FnMut(Unit)) -> Result<(), String> {
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            emit(Unit::Char(c));
            continue;
        }
        let Some(c) = chars.next() else { return Err("incomplete escape sequence".to_string()) };
        let mut digits = |radix: u32, most: usize, first: u32| {
            let (mut value, mut count) = (first, 0);
            while count < most
                && let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix))
            {
                value = value.saturating_mul(radix).saturating_add(digit);
                count += 1;
                chars.next();
            }
            (value, count)
        };
        match c {
            'n' => emit(Unit::Char('\n')),
            't' => emit(Unit::Char('\t')),
            'r' => emit(Unit::Char('\r')),
            'a' => emit(Unit::Char('\x07')),
            'b' => emit(Unit::Char('\x08')),
            'f' => emit(Unit::Char('\x0c')),
            'v' => emit(Unit::Char('\x0b')),
            'e' => emit(Unit::Char('\x1b')),
            '0'..='7' => emit(Unit::Byte(digits(8, 2, c as u32 - '0' as u32).0)),
            'x' => match digits(16, usize::MAX, 0) {
                (_, 0) => return Err("\\x is not followed by a hexadecimal digit".to_string()),
                (value, _) => emit(Unit::Byte(value)),
            },
            'u' | 'U' => {
                let most = if c == 'u' { 4 } else { 8 };
                match digits(16, most, 0) {
                    (value, n) if n == most && char::from_u32(value).is_some() => {
                        emit(Unit::Char(char::from_u32(value).unwrap_or(' ')));
                    }
                    _ => return Err("invalid universal character name".to_string()),
                }
            }
            // `\"`, `\\`, `\'`, `\?`, and unknown ones, which mean themselves.
            other => emit(Unit::Char(other)),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "literals_tests.rs"]
mod tests;
