//! The host functions behind `__vmgpu_host_math_*`: the parts of the library that stay calls into Rust.
//!
//! A call names its function by its place in one of the tables below; the texts repeat the name in a comment
//! and a test compares the two. Nothing here allocates, panics or keeps state, so generated code may call it
//! from any thread.

pub mod bessel;
mod bessel_tables;
pub mod inverse;

/// One function with its name for listings.
#[derive(Clone, Copy)]
pub struct HostFn<F: 'static> {
    pub name: &'static str,
    pub call: F,
}

pub type F1 = extern "C" fn(f32) -> f32;
pub type D1 = extern "C" fn(f64) -> f64;
pub type D2 = extern "C" fn(f64, f64) -> f64;

macro_rules! host_table {
    ($table:ident: fn($float:ty) as $kind:ident; $($name:ident = $call:expr),* $(,)?) => {
        pub static $table: &[HostFn<$kind>] = &[$({
            extern "C" fn $name(x: $float) -> $float {
                $call(x)
            }
            HostFn { name: stringify!($name), call: $name }
        }),*];
    };
    ($table:ident: fn($float:ty, $second:ty) as $kind:ident; $($name:ident = $call:expr),* $(,)?) => {
        pub static $table: &[HostFn<$kind>] = &[$({
            extern "C" fn $name(x: $float, y: $second) -> $float {
                $call(x, y)
            }
            HostFn { name: stringify!($name), call: $name }
        }),*];
    };
}

host_table! { HOST_F1: fn(f32) as F1;
    sinf = libm::sinf,
    cosf = libm::cosf,
    tanf = libm::tanf,
}

host_table! { HOST_D1: fn(f64) as D1;
    sin = libm::sin,
    cos = libm::cos,
    tan = libm::tan,
    lgamma = libm::lgamma,
    tgamma = libm::tgamma,
    j0 = bessel::j0,
    j1 = bessel::j1,
    y0 = bessel::y0,
    y1 = bessel::y1,
    cyl_bessel_i0 = bessel::i0,
    cyl_bessel_i1 = bessel::i1,
    erfinv = inverse::erfinv,
    erfcinv = inverse::erfcinv,
    normcdfinv = inverse::normcdfinv,
}

host_table! { HOST_D2: fn(f64, f64) as D2;
    fmod = libm::fmod,
    remainder = libm::remainder,
    remquo_bits = self::remquo_bits,
    jn = self::jn,
    yn = self::yn,
}

/// The low bits of the quotient that `remainder` leaves, with its sign.
pub fn remquo_bits(x: f64, y: f64) -> f64 {
    f64::from(libm::remquo(x, y).1)
}

// The order travels as a double so that one kind of call serves; the texts convert it from int.
pub fn jn(n: f64, x: f64) -> f64 {
    bessel::jn(n as i32, x)
}

pub fn yn(n: f64, x: f64) -> f64 {
    bessel::yn(n as i32, x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cudac::math::entries;

    #[test]
    fn numbers_in_the_texts_name_the_right_function() {
        let mut calls = 0;
        for entry in entries() {
            for (kind, names) in [
                ("f1", HOST_F1.iter().map(|f| f.name).collect::<Vec<_>>()),
                ("d1", HOST_D1.iter().map(|f| f.name).collect()),
                ("d2", HOST_D2.iter().map(|f| f.name).collect()),
            ] {
                for part in entry.text.split(&format!("__vmgpu_host_math_{kind}(")).skip(1) {
                    let (number, rest) = part.split_once(" /* ").expect("number and name");
                    let (name, _) = rest.split_once(" */").expect("closed comment");
                    assert_eq!(names.get(number.parse::<usize>().unwrap()), Some(&name), "in {}", entry.name);
                    calls += 1;
                }
            }
        }
        assert!(calls > 40, "{calls} calls found");
    }

    #[test]
    fn calls_through_the_table_reach_the_function() {
        let d1 = |name: &str, x: f64| (HOST_D1.iter().find(|f| f.name == name).unwrap().call)(x);
        let d2 = |name: &str, x: f64, y: f64| (HOST_D2.iter().find(|f| f.name == name).unwrap().call)(x, y);
        assert_eq!(d1("tgamma", 5.0), 24.0);
        assert!((d1("erfinv", 0.5) - 0.476_936_276_204_469_9).abs() < 1e-15);
        assert!((d1("normcdfinv", 0.975) - 1.959_963_984_540_054).abs() < 1e-15);
        assert!((d1("cyl_bessel_i0", 1.0) - 1.266_065_877_752_008_4).abs() < 1e-15);
        assert_eq!(d2("fmod", 7.5, 2.0), 1.5);
        assert_eq!(d2("remquo_bits", 10.0, 3.0), 3.0);
        assert!((d2("jn", 2.0, 1.0) - 0.114_903_484_931_900_5).abs() < 1e-16);
    }
}
