//! Interned identifiers. A `Symbol` is a number; two identifiers are the same name exactly when the numbers are.
//! An interner stands on names that are fixed when the library is built (keywords, everything in the built-in texts), so
//! that nothing built in is interned at run time and nothing the user writes outlives his compile.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Symbol(pub u32);

/// FNV-1a: identifiers are short, and the compile is bounded in text size, so flooding is no concern here.
#[derive(Clone, Copy)]
pub struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        NameHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0 ^ u64::from(n)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// A hash map for short keys that come from the text.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<NameHasher>>;

/// Names whose numbers are fixed when the library is built: one text, the end of each name in it, and an open
/// addressing table of numbers plus one. Plain numbers only, so that loading the library relocates nothing.
#[derive(Debug)]
pub struct FixedNames {
    pub text: &'static str,
    pub ends: &'static [u32],
    /// A power of two long.
    pub slots: &'static [u16],
}

/// For interners that stand on nothing.
static NO_NAMES: FixedNames = FixedNames { text: "", ends: &[], slots: &[] };

impl FixedNames {
    fn name(&self, index: u32) -> &'static str {
        let end = self.ends[index as usize] as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before as usize] as usize);
        &self.text[start..end]
    }

    fn find(&self, hash: u64, name: &str) -> Option<Symbol> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let symbol = u32::from(self.slots[at].checked_sub(1)?);
            if self.name(symbol) == name {
                return Some(Symbol(symbol));
            }
            at = (at + 1) & mask;
        }
    }
}

/// Eight bytes at a time: most names are one or two steps.
pub fn hash_name(name: &str) -> u64 {
    let mut hash = name.len() as u64;
    let mut step = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut chunks = name.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        step(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        step(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash ^ hash >> 32
}

/// Names of one compile, over the fixed ones. Its own names lie in one string, found through an open addressing
/// table like that of `FixedNames`.
#[derive(Clone, Debug)]
pub struct Interner {
    fixed: &'static FixedNames,
    text: String,
    ends: Vec<u32>,
    slots: Vec<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        Interner::over(&NO_NAMES)
    }
}

impl Interner {
    pub fn new() -> Interner {
        Interner::default()
    }

    /// An interner that knows the fixed names under their numbers.
    pub fn over(fixed: &'static FixedNames) -> Interner {
        Interner { fixed, text: String::new(), ends: Vec::new(), slots: Vec::new() }
    }

    pub fn len(&self) -> u32 {
        (self.fixed.ends.len() + self.ends.len()) as u32
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn lookup(&self, name: &str) -> Option<Symbol> {
        let hash = hash_name(name);
        self.fixed.find(hash, name).or_else(|| self.find(hash, name).ok())
    }

    /// The symbol, or the place in the table where it belongs.
    fn find(&self, hash: u64, name: &str) -> Result<Symbol, usize> {
        let Some(mask) = self.slots.len().checked_sub(1) else { return Err(0) };
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => return Err(at),
                n if self.own(n - 1) == name => return Ok(Symbol(self.fixed.ends.len() as u32 + n - 1)),
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn own(&self, index: u32) -> &str {
        let end = self.ends[index as usize] as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before as usize] as usize);
        &self.text[start..end]
    }

    pub fn intern(&mut self, name: &str) -> Symbol {
        let hash = hash_name(name);
        if let Some(known) = self.fixed.find(hash, name) {
            return known;
        }
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let place = match self.find(hash, name) {
            Ok(known) => return known,
            Err(place) => place,
        };
        let symbol = Symbol(self.len());
        self.text.push_str(name);
        self.ends.push(self.text.len() as u32);
        self.slots[place] = self.ends.len() as u32;
        symbol
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(256);
        let mut slots = vec![0u32; size];
        for index in 0..self.ends.len() as u32 {
            let mut at = hash_name(self.own(index)) as usize & (size - 1);
            while slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = index + 1;
        }
        self.slots = slots;
    }

    pub fn name(&self, symbol: Symbol) -> &str {
        let fixed = self.fixed.ends.len() as u32;
        match symbol.0.checked_sub(fixed) {
            None => self.fixed.name(symbol.0),
            Some(own) if (own as usize) < self.ends.len() => self.own(own),
            Some(_) => "<unknown>",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;

    #[test]
    fn names_keep_their_numbers_while_the_table_grows() {
        // "ab", "c", "" with a table made by hand.
        let mut slots = [0u16; 8];
        for (number, name) in ["ab", "c", ""].iter().enumerate() {
            let mut at = hash_name(name) as usize & 7;
            while slots[at] != 0 {
                at = (at + 1) & 7;
            }
            slots[at] = number as u16 + 1;
        }
        static SLOTS: OnceLock<[u16; 8]> = OnceLock::new();
        static FIXED: OnceLock<FixedNames> = OnceLock::new();
        let slots = SLOTS.get_or_init(|| slots);
        let fixed = FIXED.get_or_init(|| FixedNames { text: "abc", ends: &[2, 3, 3], slots });
        let mut names = Interner::over(fixed);
        assert_eq!(
            ["ab", "c", "", "a"].map(|n| names.lookup(n).map(|s| s.0)),
            [Some(0), Some(1), Some(2), None]
        );
        let own: Vec<String> = (0..2000).map(|i| format!("a_rather_long_name_{i}")).collect();
        let symbols: Vec<Symbol> = own.iter().map(|n| names.intern(n)).collect();
        for (i, (name, symbol)) in own.iter().zip(&symbols).enumerate() {
            assert_eq!(symbol.0 as usize, i + 3);
            assert_eq!((names.intern(name), names.lookup(name)), (*symbol, Some(*symbol)));
            assert_eq!(names.name(*symbol), name);
        }
        assert_eq!((names.intern("c").0, names.name(Symbol(0)), names.len()), (1, "ab", 2003));
        assert_eq!(names.name(Symbol(5000)), "<unknown>");
    }
}
