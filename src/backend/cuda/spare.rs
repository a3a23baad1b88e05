//! Device memory that was given back and is handed out again without asking the driver. Everything that touches device
//! memory goes through the device's one queue, so what the next owner queues comes after all that the last one did.

use cudarc::driver::sys::CUdeviceptr;
use parking_lot::Mutex;

/// Blocks are kept up to this size. Bytes.
const LARGEST: usize = 16 << 20;
/// All blocks kept together, at most, unless VMGPU_KEEP_MB says otherwise. MiB.
const KEPT_MB: usize = 64;
/// Smallest class, as a power of two; the driver aligns to as much.
const SMALLEST_LOG2: u32 = 8;
/// Classes in each power of two: a block is at most a quarter larger than what was asked for.
const STEPS_LOG2: u32 = 2;
const CLASSES: usize = ((LARGEST.ilog2() - SMALLEST_LOG2) << STEPS_LOG2) as usize + 1;

pub struct Spare {
    lists: Mutex<Lists>,
    /// Bytes that may be kept. 0: nothing is, and the driver is asked for exactly what is wanted, as tools like.
    limit: usize,
}

struct Lists {
    /// One a class, last in first out: what was used last may still be in the GPU's cache.
    blocks: [Vec<CUdeviceptr>; CLASSES],
    /// Bytes in all of them.
    kept: usize,
}

/// Class and size of the blocks that serve `size` bytes; None for what is not kept.
#[inline]
fn class_of(size: usize) -> Option<(usize, usize)> {
    if size == 0 || size > LARGEST {
        return None;
    }
    let size = size.max(1 << SMALLEST_LOG2);
    // The step between the classes of the power of two that `size` lies above.
    let power = (size - 1).ilog2().max(SMALLEST_LOG2);
    let step_log2 = power - STEPS_LOG2;
    let rounded = size.next_multiple_of(1 << step_log2);
    let index = ((power - SMALLEST_LOG2) << STEPS_LOG2) as usize + ((rounded - (1 << power)) >> step_log2);
    Some((index, rounded))
}

impl Spare {
    pub fn new(limit: usize) -> Self {
        Spare { lists: Mutex::new(Lists { blocks: [const { Vec::new() }; CLASSES], kept: 0 }), limit }
    }

    /// Keeps as many MiB as the environment variable VMGPU_KEEP_MB says.
    pub fn from_environment() -> Self {
        let wanted = std::env::var("VMGPU_KEEP_MB").ok().and_then(|text| text.trim().parse::<usize>().ok());
        Spare::new(wanted.unwrap_or(KEPT_MB).saturating_mul(1 << 20))
    }

    /// What to ask the driver for, so that the block can serve again.
    pub fn rounded(&self, size: usize) -> usize {
        class_of(size).filter(|_| self.limit > 0).map_or(size, |(_, rounded)| rounded)
    }

    /// A block for `size` bytes.
    #[inline]
    pub fn take(&self, size: usize) -> Option<CUdeviceptr> {
        let (class, rounded) = class_of(size)?;
        let mut lists = self.lists.lock();
        let block = lists.blocks[class].pop()?;
        lists.kept -= rounded;
        Some(block)
    }

    /// Keeps a block that was asked for with `size` bytes; false if it must go back to the driver.
    #[inline]
    pub fn put(&self, block: CUdeviceptr, size: usize) -> bool {
        let Some((class, rounded)) = class_of(size) else { return false };
        let mut lists = self.lists.lock();
        if lists.kept + rounded > self.limit {
            return false;
        }
        let list = &mut lists.blocks[class];
        if list.try_reserve(1).is_err() {
            return false;
        }
        list.push(block);
        lists.kept += rounded;
        true
    }

    /// All blocks, for the driver.
    pub fn drain(&self) -> Vec<CUdeviceptr> {
        let mut lists = self.lists.lock();
        lists.kept = 0;
        lists.blocks.iter_mut().flat_map(std::mem::take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_rise_and_waste_at_most_a_quarter() {
        assert_eq!(class_of(0), None);
        assert_eq!(class_of(LARGEST + 1), None);
        let mut last = (0, 256);
        let sizes = (1..5000)
            .chain((13..24).flat_map(|p| [(1 << p) - 1, 1 << p, (1 << p) + 1, (1 << p) + (1 << p) / 3]));
        for size in sizes {
            let (class, rounded) = class_of(size).unwrap();
            assert!(rounded >= size && class < CLASSES && class >= last.0, "{size}");
            assert!(rounded == 256 || rounded - size <= size / 4, "{size} in {rounded}");
            assert_eq!(class == last.0, rounded == last.1, "one size a class: {size}");
            assert_eq!(class_of(rounded), Some((class, rounded)));
            last = (class, rounded);
        }
        assert_eq!(class_of(LARGEST), Some((CLASSES - 1, LARGEST)));
    }

    #[test]
    fn a_block_serves_only_its_class_and_one_owner() {
        let spare = Spare::new(1 << 20);
        assert!(spare.put(0x1000, 1000));
        assert_eq!(spare.take(2000), None);
        assert_eq!(spare.take(600), None);
        assert_eq!(spare.take(spare.rounded(1000)), Some(0x1000));
        assert_eq!(spare.take(1000), None);
        assert!(!spare.put(0x2000, LARGEST + 1));
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let spare = Spare::new(64 << 20);
        let kept = (1..100u64).take_while(|i| spare.put(i << 32, 3 << 20)).count();
        assert_eq!(kept, 21);
        let mut blocks = spare.drain();
        blocks.sort_unstable();
        assert_eq!(blocks, (1..=kept as u64).map(|i| i << 32).collect::<Vec<_>>());
        assert!(spare.put(7, LARGEST) && spare.take(3 << 20).is_none());
        let none = Spare::new(0);
        assert!(!none.put(7, 300));
        assert_eq!(none.rounded(300), 300);
    }
}
