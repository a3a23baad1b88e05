//! Parameters of a kernel as its cubin's own metadata tells them, for drivers that do not (before CUDA 12.4) and binaries
//! without PTX beside them.
//!
//! Each kernel has a section `.nv.info.NAME`: entries of a format byte, an attribute byte and a value, one entry a
//! parameter. Everything is checked; what does not fit together means "not known", never a wrong answer.

use super::binary::{u16_at, u32_at, u64_at};
use crate::types::ParamInfo;

// Formats of an entry: no value, one byte, two bytes (all in 4 bytes), or a size and as many bytes.
const NO_VALUE: u8 = 1;
const BYTE: u8 = 2;
const HALF: u8 = 3;
const SIZED: u8 = 4;
// Attributes: a parameter (number, offset, size), the same for kernels with more than 4 KiB of them, and the size of all.
const PARAM: u8 = 0x17;
const WIDE_PARAM: u8 = 0x45;
const PARAM_BYTES: u8 = 0x19;

/// More parameters, and bytes of them, than any kernel can have.
const MOST: usize = 32 << 10;

/// Parameters of kernel `entry` in order. None if the file does not tell, or is damaged.
pub fn params(bytes: &[u8], entry: &str) -> Option<Vec<ParamInfo>> {
    let info = section(bytes, &format!(".nv.info.{entry}"))?;
    let mut found: Vec<(u16, u32, u32)> = Vec::new();
    let mut all = 0u32;
    let mut at = 0;
    while at < info.len() {
        let (format, attribute) = (*info.get(at)?, *info.get(at + 1)?);
        let value = u16_at(info, at + 2)?;
        at += 4;
        let size = match format {
            NO_VALUE | BYTE | HALF => 0,
            SIZED => value as usize,
            _ => return None,
        };
        let data = info.get(at..at.checked_add(size)?)?;
        at += size;
        match (format, attribute) {
            (SIZED, PARAM | WIDE_PARAM) => {
                let place = u32_at(data, 4)?;
                let word = u32_at(data, 8)?;
                let size = if attribute == PARAM { word >> 18 } else { word & 0xffff };
                found.push((place as u16, place >> 16, size));
                if found.len() > MOST {
                    return None;
                }
            }
            (HALF, PARAM_BYTES) => all = value as u32,
            _ => {}
        }
    }
    found.sort_unstable();
    let mut end = 0;
    for (index, (number, offset, size)) in found.iter().enumerate() {
        if *number as usize != index || *size == 0 || *offset < end {
            return None;
        }
        end = offset + size;
    }
    // Every byte belongs to a parameter, but for gaps of alignment: a list that ends early is not the whole list.
    if end != all {
        return None;
    }
    Some(
        found
            .into_iter()
            // Pointers are 8 bytes; anything else is none. More is not told.
            .map(|(_, offset, size)| ParamInfo {
                size,
                offset,
                is_pointer: (size != 8).then_some(false),
                read_only: false,
            })
            .collect(),
    )
}

/// Content of the section called `name`.
fn section<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let table = usize::try_from(u64_at(bytes, 40)?).ok()?;
    let (size, count) = (u16_at(bytes, 58)? as usize, u16_at(bytes, 60)? as usize);
    let names = u16_at(bytes, 62)? as usize;
    let header = |index: usize| -> Option<&'a [u8]> {
        let start = table.checked_add(index.checked_mul(size)?)?;
        bytes.get(start..start.checked_add(size)?)
    };
    let content = |header: &[u8]| -> Option<&'a [u8]> {
        const NO_BITS: u32 = 8;
        if u32_at(header, 4)? == NO_BITS {
            return None;
        }
        let start = usize::try_from(u64_at(header, 24)?).ok()?;
        let length = usize::try_from(u64_at(header, 32)?).ok()?;
        bytes.get(start..start.checked_add(length)?)
    };
    let names = content(header(names)?)?;
    for index in 0..count {
        let header = header(index)?;
        let called = names.get(u32_at(header, 0)? as usize..)?;
        let end = called.iter().position(|byte| *byte == 0)?;
        if &called[..end] == name.as_bytes() {
            return content(header);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cubin with one `.nv.info` section; parameters as (number, offset, size), in the order given.
    fn cubin(entry: &str, params: &[(u16, u16, u32)], all: u16, wide: bool) -> Vec<u8> {
        let mut info = vec![SIZED, 0x37, 4, 0, 1, 2, 3, 4, NO_VALUE, 0x50, 0, 0, BYTE, 0x6d, 7, 0];
        for (number, offset, size) in params {
            let word = if wide { *size } else { size << 18 | 0x1f000 };
            info.extend([SIZED, if wide { WIDE_PARAM } else { PARAM }, 12, 0, 0, 0, 0, 0]);
            info.extend(number.to_le_bytes().iter().chain(&offset.to_le_bytes()));
            info.extend(word.to_le_bytes());
        }
        if all > 0 {
            info.extend([HALF, PARAM_BYTES]);
            info.extend(all.to_le_bytes());
        }
        let names = format!("\0.shstrtab\0.nv.info.other\0.nv.info.{entry}\0");
        let mut file = vec![0u8; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[18] = 190;
        let (names_at, info_at) = (64, 64 + names.len());
        let table = info_at + info.len();
        file.extend(names.as_bytes());
        file.extend(&info);
        let place = |name: &str| names.find(name).unwrap() as u32;
        for (name, kind, start, length) in [
            (0, 0u32, 0, 0),
            (place(".shstrtab"), 3, names_at, names.len()),
            (place(".nv.info.other"), 1, names_at, 0),
            (place(&format!(".nv.info.{entry}")), 0x7000_0000, info_at, info.len()),
        ] {
            let mut header = vec![0u8; 64];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[4..8].copy_from_slice(&kind.to_le_bytes());
            header[24..32].copy_from_slice(&(start as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(length as u64).to_le_bytes());
            file.extend(header);
        }
        file[40..48].copy_from_slice(&(table as u64).to_le_bytes());
        (file[58], file[60], file[62]) = (64, 4, 1);
        file
    }

    fn facts(bytes: &[u8], entry: &str) -> Option<Vec<(u32, u32)>> {
        params(bytes, entry).map(|list| list.iter().map(|p| (p.offset, p.size)).collect())
    }

    #[test]
    fn number_offset_and_size_of_every_parameter() {
        // Compilers write the last one first.
        let list = [(3, 24, 3), (2, 16, 5), (1, 8, 4), (0, 0, 8)];
        let file = cubin("k", &list, 27, false);
        assert_eq!(facts(&file, "k"), Some(vec![(0, 8), (8, 4), (16, 5), (24, 3)]));
        assert_eq!(params(&file, "k").unwrap()[0].is_pointer, None);
        assert_eq!(params(&file, "k").unwrap()[1].is_pointer, Some(false));
        let wide = cubin("k", &[(1, 8, 30_000), (0, 0, 8)], 30_008, true);
        assert_eq!(facts(&wide, "k"), Some(vec![(0, 8), (8, 30_000)]));
        assert_eq!(facts(&cubin("k", &[], 0, false), "k"), Some(vec![]));
        assert_eq!(facts(&file, "other"), Some(vec![]), "an empty section");
        assert_eq!(facts(&file, "missing"), None);
        assert_eq!(facts(&file, "k2"), None);
    }

    #[test]
    fn what_does_not_fit_together_is_not_known() {
        for (list, all) in [
            (vec![(1, 8, 4)], 12),
            (vec![(0, 0, 8), (0, 8, 8)], 16),
            (vec![(0, 0, 8), (2, 8, 8)], 16),
            (vec![(0, 0, 8), (1, 4, 8)], 12),
            (vec![(0, 0, 8)], 16),
            (vec![(0, 0, 8)], 0),
            (vec![(0, 0, 0)], 0),
            (vec![], 8),
        ] {
            assert_eq!(facts(&cubin("k", &list, all, false), "k"), None, "{list:?} of {all}");
        }
    }

    #[test]
    fn damaged_files_are_no_panic() {
        let file = cubin("k", &[(2, 16, 5), (1, 8, 4), (0, 0, 8)], 21, false);
        let right = facts(&file, "k");
        let mut state = 88172645463325252u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let mut unknown = 0;
        for _ in 0..20_000 {
            let mut bytes = file.clone();
            for _ in 0..1 + random(3) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            bytes.truncate(bytes.len() - random(2) * random(bytes.len()));
            let got = facts(&bytes, "k");
            unknown += got.is_none() as u32;
            if let Some(list) = got.filter(|list| Some(list) != right.as_ref()) {
                assert!(list.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0), "{list:?}");
            }
        }
        assert!(unknown > 2_000, "{unknown}");
    }
}
