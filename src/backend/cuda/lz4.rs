//! Unpacks LZ4 blocks, the form in which the tools of CUDA 12 compress the parts of fat binaries.
//!
//! A block is a list of sequences: a token (high half: number of plain bytes, low half: length of a match less 4; 15 goes on
//! in further bytes until one is not 255), the plain bytes, the distance of the match (16 bits). The last has no match.

/// Shortest match.
const LEAST_MATCH: usize = 4;
/// A block cannot unpack to more than this many times its own size.
const MOST_GROWTH: usize = 255;
/// Larger than any part of a fat binary; a damaged size must not take the memory.
const LARGEST: usize = 1 << 30;

/// The content of a block, which is to be `size` bytes. None if it is damaged.
pub fn unpack(block: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    if size > block.len().checked_mul(MOST_GROWTH)?.min(LARGEST) || content.try_reserve_exact(size).is_err() {
        return None;
    }
    let mut rest = block;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        let plain = length(token >> 4, &mut rest)?;
        let (bytes, after) = rest.split_at_checked(plain)?;
        if bytes.len() > size - content.len() {
            return None;
        }
        content.extend_from_slice(bytes);
        if after.is_empty() {
            break;
        }
        let (distance, after) = after.split_first_chunk::<2>()?;
        rest = after;
        let distance = u16::from_le_bytes(*distance) as usize;
        let count = length(token & 15, &mut rest)?.checked_add(LEAST_MATCH)?;
        let from = content.len().checked_sub(distance)?;
        if distance == 0 || count > size - content.len() {
            return None;
        }
        // Source and destination may overlap: then what was just written is repeated.
        (from..from + count).for_each(|at| content.push(content[at]));
    }
    (content.len() == size).then_some(content)
}

/// A length that begins with four bits of a token and may go on in `rest`.
fn length(first: u8, rest: &mut &[u8]) -> Option<usize> {
    let mut length = first as usize;
    let mut more = first == 15;
    while more {
        let (next, after) = rest.split_first()?;
        *rest = after;
        length = length.checked_add(*next as usize)?;
        more = *next == 255;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "abcdef", 4 bytes from 6 before; "-", 300 bytes from 1 before; "!".
    const WHOLE: &[u8] = b"\x60abcdef\x06\x00\x1f-\x01\x00\xff\x1a\x10!";
    const SIZE: usize = 312;

    /// A block of plain bytes only.
    fn stored(content: &[u8]) -> Vec<u8> {
        let mut block = vec![(content.len().min(15) as u8) << 4];
        if let Some(mut more) = content.len().checked_sub(15) {
            while more >= 255 {
                block.push(255);
                more -= 255;
            }
            block.push(more as u8);
        }
        block.extend_from_slice(content);
        block
    }

    #[test]
    fn plain_bytes_of_every_length() {
        for size in [0usize, 1, 14, 15, 16, 269, 270, 271, 5000] {
            let content: Vec<u8> = (0..size).map(|i| (i * 7) as u8).collect();
            assert_eq!(unpack(&stored(&content), size).as_ref(), Some(&content), "{size}");
            assert_eq!(unpack(&stored(&content), size + 1), None);
        }
    }

    #[test]
    fn matches_far_near_and_long() {
        let expected = [&b"abcdefabcd-"[..], &[b'-'; 300], b"!"].concat();
        assert_eq!(expected.len(), SIZE);
        assert_eq!(unpack(WHOLE, SIZE), Some(expected));
    }

    #[test]
    fn damaged_blocks_are_refused_and_nothing_panics() {
        assert_eq!(unpack(b"\x10a\x02\x00", 5), None, "before the beginning");
        assert_eq!(unpack(b"\x10a\x00\x00", 5), None, "of itself");
        assert_eq!(unpack(b"\x00", usize::MAX), None);
        assert_eq!(unpack(b"", 1), None);
        for length in 0..WHOLE.len() {
            assert_eq!(unpack(&WHOLE[..length], SIZE), None, "{length} bytes");
        }
        let mut state = 88172645463325252u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for _ in 0..20_000 {
            let mut bytes = WHOLE.to_vec();
            for _ in 0..1 + random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            let content = unpack(&bytes, SIZE);
            assert!(content.is_none_or(|content| content.len() == SIZE));
        }
    }
}
