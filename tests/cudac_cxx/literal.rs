//! Literals of every kind, and constant expressions that cannot overflow.

use super::scope::Gen;
use super::ty::{Cat, Expr, Ty};

impl Gen {
    pub fn literal(&mut self) -> Expr {
        match self.r.below(10) {
            0 => Expr::int(self.pick(&["true", "false"])),
            1 => Expr::int(self.pick(&[
                "'a'", "'Z'", "'\\n'", "'\\0'", "'\\x7f'", "'\\xff'", "'\\''", "'\\377'", "'\"'", "'\\\\'",
                "' '",
            ])),
            2 | 3 => self.float_literal(),
            4 => Expr::int(self.pick(&[
                "2147483647",
                "0x7fffffff",
                "0x80000000",
                "4294967295u",
                "0xffffffffffffffffull",
                "4294967296",
                "9223372036854775807ll",
                "0x8000000000000000",
                "65535",
                "65536",
                "255",
                "128",
                "32768",
                "-1",
                "0xffff'ffff",
                "0b1011'0110",
                "(-2147483647 - 1)",
                "1'000'000",
                "0377",
                "0x1p3f > 7",
            ]))
            .parenthesised(),
            _ => Expr::int(self.int_literal()),
        }
    }

    pub fn int_literal(&mut self) -> String {
        let v = match self.r.below(4) {
            0 => self.r.below(1 << 20) as u64,
            1 => u64::from(self.r.u32() >> 1),
            _ => self.r.below(100) as u64,
        };
        let suffix = self.pick(&["", "", "", "u", "U", "l", "ll", "ull", "LL", "lu", "ULL"]);
        match self.r.below(6) {
            0 => format!("0x{v:x}{suffix}"),
            1 => format!("0{v:o}{suffix}"),
            2 if v < 5000 => format!("0b{v:b}{suffix}"),
            _ => format!("{v}{suffix}"),
        }
    }

    pub fn float_literal(&mut self) -> Expr {
        let text = match self.r.below(8) {
            0 => self
                .pick(&[
                    "1.5f", ".25", "3.", "1e3f", "2.5e-3", "0x1.8p3", "0x.8p1f", "1e10", "1.f", "0.1f", "0.1",
                ])
                .to_owned(),
            1 => self
                .pick(&["1e-40f", "3.0e38f", "1e300", "16777217.0f", "0.0f", "0.0", "-0.0f", "1e-310"])
                .to_owned(),
            2 | 3 => format!("{}.{}", self.r.below(1000), self.r.below(10000)),
            _ => format!("{}.{}f", self.r.below(100), self.r.below(1000)),
        };
        Expr::new(format!("({text})"), Cat::Float)
    }

    /// A constant expression of an integer type, its absolute value below a few millions.
    pub fn constant(&mut self, d: u32) -> String {
        if d == 0 || self.chance(4) {
            return match self.r.below(8) {
                0 => self.pick(&["'a'", "true", "'\\x80'", "sizeof(short)", "(int)sizeof(double)"]).into(),
                1 => format!("(-{})", self.r.below(50)),
                2 => format!("{}u", self.r.below(50)),
                _ => format!("{}", self.r.below(50)),
            };
        }
        let (a, b) = (self.constant(d - 1), self.constant(d - 1));
        match self.r.below(12) {
            0..=3 => format!("({a} {} {b})", self.pick(&["+", "-"])),
            4 => format!("({a} * {})", self.r.below(9)),
            5 => format!("({a} {} {b})", self.pick(&["&", "|", "^"])),
            6 => format!("({a} {} (({b} & 7) | 1))", self.pick(&["/", "%"])),
            7 => format!("({a} {} {b})", self.pick(&["<", ">", "==", "!=", "<=", "&&", "||"])),
            8 => format!("({a} ? {b} : {})", self.constant(d - 1)),
            9 => format!(
                "({}){a}",
                self.pick(&["short", "unsigned char", "int", "long long", "bool", "signed char"])
            )
            .parenthesised(),
            10 => format!("({}{a})", self.pick(&["~", "-", "!", "+"])),
            _ => format!("(({a} & 0xff) {} ({b} & 3))", self.pick(&["<<", ">>"])),
        }
    }

    /// A literal with the very type, for braces that allow no narrowing.
    pub fn exact_literal(&mut self, ty: Ty) -> String {
        match ty {
            Ty::Bool => self.pick(&["true", "false"]).into(),
            Ty::Float => format!("{}.5f", self.r.below(100)),
            Ty::Double => format!("{}.25", self.r.below(1000)),
            Ty::Param(_) => format!("{}", self.r.below(100)),
            _ => format!("{}", self.r.below(100)),
        }
    }
}

trait Parenthesised {
    fn parenthesised(self) -> Self;
}

impl Parenthesised for Expr {
    fn parenthesised(self) -> Self {
        Expr::new(self.s.parenthesised(), self.c)
    }
}

impl Parenthesised for String {
    fn parenthesised(self) -> Self {
        format!("({self})")
    }
}
