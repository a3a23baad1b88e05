//! Seeded random inputs: SplitMix64, small enough to be seen through.

pub struct Rng(u64);

#[allow(dead_code)]
impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(seed)
    }

    /// A stream of its own for each kernel name, so that adding a kernel changes no other's inputs.
    pub fn for_name(seed: u64, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Rng(seed ^ hash)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn u32(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// Below `n`, which must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// From `low` to `high`, both included.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    pub fn f64(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }

    pub fn f32(&mut self, low: f32, high: f32) -> f32 {
        self.f64(f64::from(low), f64::from(high)) as f32
    }

    pub fn vec<T>(&mut self, n: usize, mut make: impl FnMut(&mut Rng) -> T) -> Vec<T> {
        (0..n).map(|_| make(self)).collect()
    }

    pub fn f32s(&mut self, n: usize, low: f32, high: f32) -> Vec<f32> {
        self.vec(n, |r| r.f32(low, high))
    }

    pub fn f64s(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        self.vec(n, |r| r.f64(low, high))
    }

    pub fn i32s(&mut self, n: usize, low: i32, high: i32) -> Vec<i32> {
        self.vec(n, |r| r.int(low.into(), high.into()) as i32)
    }

    pub fn u32s(&mut self, n: usize) -> Vec<u32> {
        self.vec(n, |r| r.u32())
    }

    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        self.vec(n, |r| r.next() as u8)
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
