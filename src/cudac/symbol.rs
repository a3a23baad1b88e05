//! Interned identifiers. A `Symbol` is a number; two identifiers are the same name exactly when the numbers are.
//! An interner may stand on a frozen base (keywords and built-in texts, shared by every compile of the process), so
//! that nothing built in is interned again and nothing the user writes outlives his compile.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

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

#[derive(Clone, Default, Debug)]
pub struct Interner {
    base: Option<Arc<Interner>>,
    first: u32,
    names: Vec<Arc<str>>,
    map: FastMap<Arc<str>, Symbol>,
}

impl Interner {
    pub fn new() -> Interner {
        Interner::default()
    }

    /// An interner that knows everything in `base` under the same numbers.
    pub fn over(base: Arc<Interner>) -> Interner {
        let first = base.len();
        Interner { base: Some(base), first, names: Vec::new(), map: FastMap::default() }
    }

    pub fn len(&self) -> u32 {
        self.first + self.names.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn lookup(&self, name: &str) -> Option<Symbol> {
        let base = self.base.as_ref().and_then(|b| b.lookup(name));
        base.or_else(|| self.map.get(name).copied())
    }

    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(known) = self.lookup(name) {
            return known;
        }
        let symbol = Symbol(self.len());
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.map.insert(name, symbol);
        symbol
    }

    pub fn name(&self, symbol: Symbol) -> &str {
        match (&self.base, symbol.0.checked_sub(self.first)) {
            (_, Some(i)) => self.names.get(i as usize).map_or("<unknown>", |n| n),
            (Some(base), None) => base.name(symbol),
            (None, None) => "<unknown>",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stacked_interner_keeps_the_numbers_of_its_base() {
        let mut base = Interner::new();
        let (a, b) = (base.intern("alpha"), base.intern("beta"));
        assert_ne!(a, b);
        let mut top = Interner::over(Arc::new(base));
        let c = top.intern("gamma");
        assert_eq!(top.intern("beta"), b);
        assert_eq!((top.name(a), top.name(c)), ("alpha", "gamma"));
        assert_eq!(top.len(), 3);
        assert_eq!(top.lookup("delta"), None);
    }
}
