//! Plain and managed buffers: contents, ranges, copies, maps.

use std::sync::Arc;

use vmgpu::buffer::Buffer;
use vmgpu::error::{GpuError, Status};
use vmgpu::executor::GpuExecutorConfig;
use vmgpu::types::Access;

use crate::support::{Context, Random, SIZES, read};

crate::tests!("buffer":
    contents_survive_at_odd_offsets,
    ranges_are_checked_and_nothing_moves,
    fill_sets_exactly_its_range,
    copies_between_buffers,
    large_copies_are_exact,
    absurd_sizes_are_refused,
    many_buffers_come_and_go,
    managed_buffers_map_and_copy,
);

fn both_kinds(context: &Context, size: usize) -> [Buffer; 2] {
    let executor = context.executor(GpuExecutorConfig::default());
    [
        Buffer::Device(Arc::new(context.device.create_buffer(size).unwrap())),
        executor.create_buffer(size).unwrap(),
    ]
}

fn contents_survive_at_odd_offsets(context: &Context) {
    let mut random = Random::new(11);
    for &size in SIZES {
        for buffer in both_kinds(context, size) {
            assert_eq!(buffer.size(), size);
            let mut expected = random.bytes(size);
            buffer.write(0, &expected).unwrap();
            for _ in 0..20 {
                let offset = random.below(size + 1);
                let part = random.bytes_up_to(size - offset);
                buffer.write(offset, &part).unwrap();
                expected[offset..offset + part.len()].copy_from_slice(&part);
            }
            assert_eq!(read::<u8>(&buffer), expected);
            let offset = random.below(size + 1);
            let mut tail = vec![0xa5; size - offset];
            buffer.read(offset, &mut tail).unwrap();
            assert_eq!(tail, expected[offset..]);
        }
    }
}

impl Random {
    fn bytes_up_to(&mut self, limit: usize) -> Vec<u8> {
        let count = self.below(limit + 1);
        self.bytes(count)
    }
}

fn ranges_are_checked_and_nothing_moves(context: &Context) {
    for buffer in both_kinds(context, 100) {
        let content = Random::new(3).bytes(100);
        buffer.write(0, &content).unwrap();
        for (offset, size) in
            [(0, 101), (100, 1), (99, 2), (usize::MAX, 1), (usize::MAX - 3, 8), (1 << 40, 4)]
        {
            let status = |r: Result<(), GpuError>| r.unwrap_err().status();
            assert_eq!(status(buffer.write(offset, &vec![1; size])), Status::OutOfRange);
            assert_eq!(status(buffer.read(offset, &mut vec![1; size])), Status::OutOfRange);
            assert_eq!(status(buffer.fill(offset, 1, size)), Status::OutOfRange);
            assert_eq!(status(buffer.copy_from(offset, &buffer, 0, size)), Status::OutOfRange);
            assert_eq!(status(buffer.copy_from(0, &buffer, offset, size)), Status::OutOfRange);
        }
        // Ranges of nothing are fine up to the end.
        buffer.write(100, &[]).unwrap();
        buffer.read(0, &mut []).unwrap();
        buffer.fill(100, 9, 0).unwrap();
        assert_eq!(read::<u8>(&buffer), content);
    }
}

fn fill_sets_exactly_its_range(context: &Context) {
    let mut random = Random::new(5);
    for buffer in both_kinds(context, 777) {
        let mut expected = random.bytes(777);
        buffer.write(0, &expected).unwrap();
        for _ in 0..30 {
            let offset = random.below(778);
            let size = random.below(778 - offset);
            let value = random.next() as u8;
            buffer.fill(offset, value, size).unwrap();
            expected[offset..offset + size].fill(value);
        }
        assert_eq!(read::<u8>(&buffer), expected);
    }
}

fn copies_between_buffers(context: &Context) {
    let mut random = Random::new(8);
    let sources = both_kinds(context, 513);
    let targets = both_kinds(context, 600);
    for source in &sources {
        for target in &targets {
            let from = random.bytes(513);
            let mut expected = random.bytes(600);
            source.write(0, &from).unwrap();
            target.write(0, &expected).unwrap();
            target.copy_from(87, source, 13, 500).unwrap();
            expected[87..587].copy_from_slice(&from[13..513]);
            assert_eq!(read::<u8>(target), expected);
        }
    }
    for buffer in &sources {
        let mut expected = random.bytes(513);
        buffer.write(0, &expected).unwrap();
        buffer.copy_from(300, buffer, 0, 213).unwrap();
        expected.copy_within(0..213, 300);
        assert_eq!(read::<u8>(buffer), expected);
        let error = buffer.copy_from(10, buffer, 0, 11).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    }
}

fn large_copies_are_exact(context: &Context) {
    // Past every staging size, not a multiple of any.
    let size = (37 << 20) + 12_345;
    let content = Random::new(21).bytes(size);
    for buffer in both_kinds(context, size) {
        buffer.write(0, &content).unwrap();
        assert!(read::<u8>(&buffer) == content);
        let mut part = vec![0; size - 1_000_001];
        buffer.read(1_000_001, &mut part).unwrap();
        assert!(part == content[1_000_001..]);
    }
}

fn absurd_sizes_are_refused(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    for size in [usize::MAX, isize::MAX as usize, 1 << 60, 1 << 50] {
        let plain = context.device.create_buffer(size).err().expect("no machine has that");
        assert_eq!(plain.status(), Status::MemoryAllocationFailed, "{plain}");
        let managed = executor.create_buffer(size).err().expect("no machine has that");
        assert_eq!(managed.status(), Status::MemoryAllocationFailed, "{managed}");
    }
}

fn many_buffers_come_and_go(context: &Context) {
    let mut random = Random::new(4);
    let mut live: Vec<(Buffer, Vec<u8>)> = Vec::new();
    for _ in 0..400 {
        if live.len() > 20 {
            let (buffer, content) = live.swap_remove(random.below(20));
            assert_eq!(read::<u8>(&buffer), content);
        }
        let size = random.below(100_000);
        let content = random.bytes(size);
        for buffer in both_kinds(context, size) {
            buffer.write(0, &content).unwrap();
            live.push((buffer, content.clone()));
        }
    }
    for (buffer, content) in live {
        assert_eq!(read::<u8>(&buffer), content);
    }
}

fn managed_buffers_map_and_copy(context: &Context) {
    let executor = context.executor(GpuExecutorConfig::default());
    let buffer = executor.create_buffer(1000).unwrap();
    let content = Random::new(6).bytes(1000);
    let pointer = buffer.map(Access::Write).unwrap();
    // SAFETY: mapped for writing, 1000 bytes, until unmap.
    unsafe { std::ptr::copy_nonoverlapping(content.as_ptr(), pointer, 1000) };
    assert_eq!(buffer.map(Access::Read).unwrap_err().status(), Status::InvalidState);
    assert_eq!(buffer.read(0, &mut [0; 4]).unwrap_err().status(), Status::InvalidState);
    assert_eq!(buffer.write(0, &[0; 4]).unwrap_err().status(), Status::InvalidState);
    buffer.unmap().unwrap();
    assert_eq!(buffer.unmap().unwrap_err().status(), Status::InvalidState);
    assert_eq!(read::<u8>(&buffer), content);
    assert_eq!(buffer.device_pointer(), 0);
    let pointer = buffer.map(Access::Read).unwrap();
    // SAFETY: mapped for reading, 1000 bytes, until unmap.
    assert_eq!(unsafe { std::slice::from_raw_parts(pointer, 1000) }, content);
    buffer.unmap().unwrap();
    let empty = executor.create_buffer(0).unwrap();
    empty.map(Access::ReadWrite).unwrap();
    empty.unmap().unwrap();
}
