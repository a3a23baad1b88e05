//! Fat binaries: one file with cubins and PTX of one program for several architectures. The driver takes them as they are;
//! here the part that it will take is found, so that names and parameters of its kernels can be read.
//!
//! The form is NVIDIA's own and not documented; what is read here was checked against what nvFatbin 12.9 writes and what
//! comes with CUDA 12.9 and 13. What looks otherwise, or is compressed as the tools of CUDA 13 do it (Zstandard), is not
//! looked into.

use std::borrow::Cow;

use super::binary::{Form, u16_at, u32_at, u64_at};
use super::lz4;

/// First bytes of a fat binary.
pub const MAGIC: u32 = 0xBA55_ED50;

// Kinds of parts.
const PTX: u16 = 1;
const CUBIN: u16 = 2;
// Where things stand in the header of a part. Bytes.
const SIZE_OF_HEADER: usize = 4;
const SIZE: usize = 8;
const PACKED_SIZE: usize = 16;
const ARCHITECTURE: usize = 28;
const FLAGS: usize = 40;
const UNPACKED_SIZE: usize = 56;
/// A header that tells all of this.
const LEAST_HEADER: usize = 48;
// Flags of compressed parts: as the tools of CUDA 12 do it, and later ones.
const LZ4: u64 = 0x2000;
const ZSTANDARD: u64 = 0x8000;

/// A part, as its header describes it.
struct Part<'a> {
    kind: u16,
    arch: u32,
    flags: u64,
    header: &'a [u8],
    content: &'a [u8],
}

/// The part that a driver takes for a device of architecture `arch` (90 for sm_90). None if that is not certain, or if the
/// part cannot be read.
pub fn part_for(bytes: &[u8], arch: u32) -> Option<(Form, Cow<'_, [u8]>)> {
    let parts = parts(bytes)?;
    // Machine code runs on devices of the same major version that are not older; PTX on everything later.
    let best = |kind: u16, fits: &dyn Fn(u32) -> bool| {
        let newest =
            parts.iter().filter(|part| part.kind == kind && fits(part.arch)).map(|part| part.arch).max()?;
        Some(parts.iter().filter(|part| part.kind == kind && part.arch == newest).collect::<Vec<_>>())
    };
    let (form, found) = match best(CUBIN, &|of| of / 10 == arch / 10 && of <= arch) {
        Some(found) => (Form::Cubin, found),
        None => (Form::Ptx, best(PTX, &|of| of <= arch)?),
    };
    match found.as_slice() {
        [part] => Some((form, part.read()?)),
        _ => None,
    }
}

impl<'a> Part<'a> {
    fn read(&self) -> Option<Cow<'a, [u8]>> {
        match self.flags & (LZ4 | ZSTANDARD) {
            0 => Some(Cow::Borrowed(self.content)),
            LZ4 => {
                let packed = u32_at(self.header, PACKED_SIZE)? as usize;
                let size = usize::try_from(u64_at(self.header, UNPACKED_SIZE)?).ok()?;
                let block = self.content.get(..packed).filter(|block| !block.is_empty())?;
                lz4::unpack(block, size).filter(|content| !content.is_empty()).map(Cow::Owned)
            }
            _ => None,
        }
    }
}

/// All parts. None if the file is damaged.
fn parts(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    if u32_at(bytes, 0)? != MAGIC {
        return None;
    }
    let start = u16_at(bytes, 6)? as usize;
    let length = usize::try_from(u64_at(bytes, 8)?).ok()?;
    let mut rest = bytes.get(start..start.checked_add(length)?)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let header = u32_at(rest, SIZE_OF_HEADER)? as usize;
        let size = usize::try_from(u64_at(rest, SIZE)?).ok()?;
        if header < LEAST_HEADER {
            return None;
        }
        let end = header.checked_add(size)?;
        parts.push(Part {
            kind: u16_at(rest, 0)?,
            arch: u32_at(rest, ARCHITECTURE)?,
            flags: u64_at(rest, FLAGS)?,
            header: rest.get(..header)?,
            content: rest.get(header..end)?,
        });
        rest = &rest[end..];
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fat binary as nvFatbin writes it; parts as (kind, architecture, flags, content).
    fn fat(parts: &[(u16, u32, u64, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, arch, flags, content) in parts {
            // PTX has its options behind the header proper.
            let header = if *kind == PTX { 88 } else { 72 };
            let mut part = vec![0u8; header];
            part[..2].copy_from_slice(&kind.to_le_bytes());
            part[2..4].copy_from_slice(&[1, 1]);
            part[4..8].copy_from_slice(&(header as u32).to_le_bytes());
            part[8..16].copy_from_slice(&(content.len() as u64).to_le_bytes());
            part[28..32].copy_from_slice(&arch.to_le_bytes());
            part[32..36].copy_from_slice(&[64, 0, 0, 0]);
            part[40..48].copy_from_slice(&(21 | flags).to_le_bytes());
            part.extend_from_slice(content);
            body.extend(part);
        }
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend([1, 0, 16, 0]);
        bytes.extend((body.len() as u64).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn the_part_that_the_driver_takes() {
        let all = fat(&[
            (CUBIN, 80, 0, b"cubin 80"),
            (CUBIN, 86, 0, b"cubin 86"),
            (CUBIN, 90, 0, b"cubin 90"),
            (PTX, 80, 0, b"ptx 80"),
            (PTX, 90, 0, b"ptx 90"),
            (7, 90, 0, b"something new"),
        ]);
        let text = |arch| {
            let (form, content) = part_for(&all, arch)?;
            let text = std::str::from_utf8(&content).unwrap();
            assert_eq!(form == Form::Ptx, text.starts_with("ptx"));
            Some(text.to_string())
        };
        let is = |arch, expected: &str| assert_eq!(text(arch).as_deref(), Some(expected), "{arch}");
        is(80, "cubin 80");
        is(87, "cubin 86");
        is(90, "cubin 90");
        // Another major version.
        is(100, "ptx 90");
        assert_eq!(text(75), None);
    }

    #[test]
    fn parts_compressed_by_cuda_12_are_unpacked() {
        let text = b"ptx of many kernels, of many kernels";
        // Twenty plain bytes, a match of 14 at distance 17, the rest; then what fills the part up.
        let block = [&b"\xfa\x05"[..], &text[..20], b"\x11\x00\x20ls"].concat();
        let block = [&block[..], &[0; 3]].concat();
        let mut bytes = fat(&[(PTX, 90, LZ4, &block), (CUBIN, 80, 0, b"cubin")]);
        let packed = block.len() as u32 - 3;
        bytes[16 + PACKED_SIZE..][..4].copy_from_slice(&packed.to_le_bytes());
        bytes[16 + UNPACKED_SIZE..][..8].copy_from_slice(&(text.len() as u64).to_le_bytes());
        let (form, content) = part_for(&bytes, 90).unwrap();
        assert_eq!((form, &content[..]), (Form::Ptx, &text[..]));
        bytes[16 + UNPACKED_SIZE] += 1;
        assert!(part_for(&bytes, 90).is_none(), "another size than it says");
    }

    #[test]
    fn what_is_not_certain_is_not_told() {
        let two = fat(&[(CUBIN, 90, 0, b"sm_90"), (CUBIN, 90, 0, b"sm_90a"), (PTX, 80, 0, b"ptx")]);
        assert!(part_for(&two, 90).is_none());
        for flag in [0x2000, 0x8000] {
            let packed = fat(&[(CUBIN, 90, flag, b"lz"), (CUBIN, 80, 0, b"cubin 80"), (PTX, 80, 0, b"ptx")]);
            assert!(part_for(&packed, 90).is_none(), "the driver takes the compressed one");
            assert_eq!(part_for(&packed, 80).unwrap().1[..], b"cubin 80"[..]);
        }
    }

    #[test]
    fn damaged_files_are_refused_and_nothing_panics() {
        let whole = fat(&[(CUBIN, 90, 0, b"cubin 90"), (PTX, 80, 0, b"some ptx")]);
        for length in 0..whole.len() {
            assert!(part_for(&whole[..length], 90).is_none(), "{length} bytes");
        }
        let mut state = 88172645463325252u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let mut refused = 0;
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..1 + random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            refused += part_for(&bytes, 90).is_none() as usize;
        }
        assert!((1_000..19_000).contains(&refused), "{refused} were refused");
    }
}
