//! Looks into cubins and PTX just as far as needed: is it whole, which kernels has it, which parameters.

use crate::types::ParamInfo;

/// What a binary given for loading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Cubin,
    Ptx,
    FatBinary,
}

/// Recognises a binary and checks that it is whole: the driver reads as far as the headers say, whatever the real
/// length. The error is a sentence.
pub fn recognise(bytes: &[u8]) -> Result<Form, String> {
    if bytes.starts_with(b"\x7fELF") {
        return check_elf(bytes).map(|()| Form::Cubin);
    }
    if bytes.starts_with(&super::fatbin::MAGIC.to_le_bytes()) {
        let header = u16_at(bytes, 6);
        let body = u64_at(bytes, 8);
        return match (header, body) {
            (Some(header), Some(body)) if (header as u64).saturating_add(body) <= bytes.len() as u64 => {
                Ok(Form::FatBinary)
            }
            _ => Err("the fat binary is cut off".to_string()),
        };
    }
    let text = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(text)
        && !text.contains('\0')
        && text.lines().any(|line| line.trim_start().starts_with(".version"))
    {
        return Ok(Form::Ptx);
    }
    Err("it is neither PTX, nor a cubin, nor a fat binary".to_string())
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Every table and section that the headers name lies within the file.
fn check_elf(bytes: &[u8]) -> Result<(), String> {
    let cut = || "the cubin is cut off or damaged".to_string();
    if bytes.get(4) != Some(&2) || bytes.get(5) != Some(&1) {
        return Err("the file is an ELF but not a 64-bit little-endian one, as cubins are".to_string());
    }
    const EM_CUDA: u16 = 190;
    if u16_at(bytes, 18) != Some(EM_CUDA) {
        return Err("the file is an ELF for another machine, not a cubin".to_string());
    }
    let length = bytes.len() as u64;
    let within = |offset: u64, size: u64| offset.checked_add(size).is_some_and(|end| end <= length);
    let table = |offset: usize, entry: usize, count: usize| -> Option<(u64, u64, u64)> {
        Some((u64_at(bytes, offset)?, u16_at(bytes, entry)? as u64, u16_at(bytes, count)? as u64))
    };
    for (offset, entry, count) in [(32, 54, 56), (40, 58, 60)] {
        let (start, size, count) = table(offset, entry, count).ok_or_else(cut)?;
        if count > 0 && !within(start, size * count) {
            return Err(cut());
        }
    }
    let (start, size, count) = table(40, 58, 60).ok_or_else(cut)?;
    for index in 0..count {
        let header = (start + index * size) as usize;
        const NO_BITS: u32 = 8;
        let kind = u32_at(bytes, header + 4).ok_or_else(cut)?;
        let offset = u64_at(bytes, header + 24).ok_or_else(cut)?;
        let length = u64_at(bytes, header + 32).ok_or_else(cut)?;
        if kind != NO_BITS && !within(offset, length) {
            return Err(cut());
        }
    }
    Ok(())
}

/// Names of the kernels in a cubin or PTX text.
pub fn kernel_names(bytes: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = if bytes.starts_with(b"\x7fELF") {
        // Each kernel has a constant bank of its own; device functions have none.
        strings(bytes).filter_map(|text| text.strip_prefix(".nv.constant0.")).map(str::to_string).collect()
    } else {
        let text = String::from_utf8_lossy(bytes);
        text.lines()
            .filter_map(|line| line.split_once(".entry "))
            .map(|(_, rest)| name_at(rest.trim_start()).to_string())
            .collect()
    };
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

/// Names that variable `name` (`c` or `ns::c`) may have in the binary, the most likely first.
pub fn symbol_candidates(bytes: &[u8], name: &str) -> Vec<String> {
    let mut candidates = vec![name.to_string()];
    let parts: Vec<&str> = name.split("::").filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return candidates;
    }
    let encoded: String = parts.iter().map(|part| format!("{}{part}", part.len())).collect();
    if parts.len() > 1 {
        candidates.push(format!("_ZN{encoded}E"));
    } else {
        candidates.push(format!("_ZL{encoded}"));
    }
    // Anonymous namespaces and internal linkage carry a file-dependent part: take what ends like the name.
    let text;
    let found: Box<dyn Iterator<Item = &str>> = if bytes.starts_with(b"\x7fELF") {
        Box::new(strings(bytes))
    } else {
        text = String::from_utf8_lossy(bytes);
        Box::new(text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')))
    };
    for symbol in found {
        let ends =
            symbol.ends_with(&encoded) || symbol.strip_suffix('E').is_some_and(|s| s.ends_with(&encoded));
        if symbol.starts_with("_Z") && ends && !candidates.iter().any(|known| known == symbol) {
            candidates.push(symbol.to_string());
        }
    }
    candidates
}

/// NUL-terminated printable texts, as in an ELF string table.
fn strings(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|part| part.len() > 1 && part.iter().all(|byte| byte.is_ascii_graphic()))
        .filter_map(|part| std::str::from_utf8(part).ok())
}

fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    &text[..end]
}

/// Kernels whose C++ name is `name`: the name itself, else the mangled ones of a function called so.
pub fn kernels_called(names: &[String], name: &str) -> Vec<String> {
    if names.iter().any(|known| known == name) {
        return vec![name.to_string()];
    }
    let parts: Vec<&str> = name.split("::").filter(|part| !part.is_empty()).collect();
    let encoded: String = parts.iter().map(|part| format!("{}{part}", part.len())).collect();
    let plain = if parts.len() > 1 { format!("_ZN{encoded}E") } else { format!("_Z{encoded}") };
    let local = format!("_ZL{encoded}");
    names.iter().filter(|known| known.starts_with(&plain) || known.starts_with(&local)).cloned().collect()
}

/// Parameters of kernel `entry` as PTX declares them; None if the text has no such kernel or reads unlike PTX.
pub fn ptx_params(ptx: &str, entry: &str) -> Option<Vec<ParamInfo>> {
    let mut rest = ptx;
    let list = loop {
        let (_, after) = rest.split_once(".entry ")?;
        let after = after.trim_start();
        if name_at(after) == entry {
            let after = after[entry.len()..].trim_start();
            // A kernel without parameters may lack the parentheses.
            let Some(open) = after.strip_prefix('(') else { return Some(Vec::new()) };
            break open.split_once(')')?.0;
        }
        rest = after;
    };
    let mut params = Vec::new();
    let mut offset = 0u32;
    for declaration in list.split(',') {
        let declaration = declaration.trim();
        if declaration.is_empty() {
            continue;
        }
        let (size, align, is_pointer) = ptx_param(declaration)?;
        offset = offset.checked_next_multiple_of(align)?;
        params.push(ParamInfo { size, offset, is_pointer, read_only: false });
        offset = offset.checked_add(size)?;
    }
    Some(params)
}

/// (size, alignment, pointer or not) of `.param .u64 .ptr .align 1 name` or `.param .align 8 .b8 name[16]`.
fn ptx_param(declaration: &str) -> Option<(u32, u32, Option<bool>)> {
    let mut words = declaration.split_whitespace();
    if words.next() != Some(".param") {
        return None;
    }
    let (mut width, mut align, mut pointer) = (None, None, false);
    while let Some(word) = words.next() {
        match word {
            ".align" => {
                let value: u32 = words.next()?.parse().ok()?;
                // After `.ptr` it is the alignment of what is pointed at.
                if !pointer {
                    align = Some(value);
                }
            }
            ".ptr" => pointer = true,
            ".global" | ".const" | ".shared" | ".local" => {}
            ".u8" | ".s8" | ".b8" | ".pred" => width = Some(1),
            ".u16" | ".s16" | ".b16" | ".f16" => width = Some(2),
            ".u32" | ".s32" | ".b32" | ".f32" | ".f16x2" => width = Some(4),
            ".u64" | ".s64" | ".b64" | ".f64" => width = Some(8),
            ".b128" => width = Some(16),
            name => {
                let width: u32 = width?;
                let align = align.filter(|align: &u32| align.is_power_of_two()).unwrap_or(width);
                let Some((_, count)) = name.split_once('[') else {
                    // Pointers are always 64-bit integers; older compilers do not mark them.
                    let is_pointer = if pointer {
                        Some(true)
                    } else if width == 8 && !declaration.contains(".f64") {
                        None
                    } else {
                        Some(false)
                    };
                    return Some((width, align, is_pointer));
                };
                let count: u32 = count.strip_suffix(']')?.parse().ok()?;
                let size = width.checked_mul(count)?;
                return Some((size, align, Some(false)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PTX: &str = "
.version 8.8
.target sm_90
.visible .entry other()
{ ret; }
.visible .entry _Z4vaddPKfPfi6Params(
\t.param .u64 .ptr .align 1 _Z4vadd_param_0,
\t.param .u64 _Z4vadd_param_1,
\t.param .u32 _Z4vadd_param_2,
\t.param .align 8 .b8 _Z4vadd_param_3[24],
\t.param .f64 _Z4vadd_param_4
)
{ ret; }
.visible .const .align 4 .b8 _ZN2ns5tableE[16];
";

    #[test]
    fn parameters_of_ptx() {
        let params = ptx_params(PTX, "_Z4vaddPKfPfi6Params").unwrap();
        let expected = [
            (8, 0, Some(true)),
            (8, 8, None),
            (4, 16, Some(false)),
            (24, 24, Some(false)),
            (8, 48, Some(false)),
        ];
        let got: Vec<_> = params.iter().map(|p| (p.size, p.offset, p.is_pointer)).collect();
        assert_eq!(got, expected);
        assert_eq!(ptx_params(PTX, "other").unwrap(), vec![]);
        assert_eq!(ptx_params(PTX, "_Z4vadd"), None);
    }

    #[test]
    fn kernels_and_symbols_by_their_cpp_names() {
        let names = kernel_names(PTX.as_bytes());
        assert_eq!(names, ["_Z4vaddPKfPfi6Params", "other"]);
        assert_eq!(kernels_called(&names, "vadd"), ["_Z4vaddPKfPfi6Params"]);
        assert_eq!(kernels_called(&names, "other"), ["other"]);
        assert!(kernels_called(&names, "add").is_empty());
        assert!(symbol_candidates(PTX.as_bytes(), "table").contains(&"_ZN2ns5tableE".to_string()));
        assert_eq!(symbol_candidates(PTX.as_bytes(), "ns::table")[1], "_ZN2ns5tableE");
    }

    #[test]
    fn damaged_binaries_are_refused() {
        assert_eq!(recognise(PTX.as_bytes()), Ok(Form::Ptx));
        assert!(recognise(b"hello").unwrap_err().contains("neither"));
        assert!(recognise(b"").is_err());
        let mut elf = vec![0u8; 64];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        elf[18] = 190;
        assert_eq!(recognise(&elf), Ok(Form::Cubin));
        // A section table that lies behind the end.
        elf[40] = 64;
        elf[58] = 64;
        elf[60] = 3;
        assert!(recognise(&elf).unwrap_err().contains("cut off"));
        assert!(recognise(&elf[..20]).is_err());
        let mut fat = 0xBA55_ED50_u32.to_le_bytes().to_vec();
        fat.extend([1, 0, 16, 0, 200, 0, 0, 0, 0, 0, 0, 0]);
        assert!(recognise(&fat).unwrap_err().contains("cut off"));
    }

    #[test]
    fn odd_declarations_are_refused_and_nothing_panics() {
        let with = |params: &str| ptx_params(&format!(".version 8.0\n.entry k({params})\n{{}}"), "k");
        assert_eq!(with(".param .align 0 .u32 a").unwrap()[0].size, 4);
        for odd in [
            ".param .b8 a[4294967295], .param .u64 b",
            ".param .align 4294967295 .b8 a[4294967295], .param .align 2147483648 .b8 b[9]",
            ".param .b64 a[4294967295]",
            ".param .b8 a[-1]",
            ".param .b8 a[",
            ".param a",
            ".reg .u32 a",
            ".param .align",
        ] {
            assert_eq!(with(odd), None, "{odd}");
        }
        // Damaged texts and files of every kind: any answer is fine, a panic is not.
        let mut elf = vec![0u8; 64 + 3 * 64 + 40];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        elf[18] = 190;
        (elf[40], elf[58], elf[60]) = (64, 64, 3);
        elf[256..].copy_from_slice(&b"\0.nv.constant0._Z4vaddv\0_ZN2ns1vE\0filler!!"[..40]);
        assert_eq!(recognise(&elf), Ok(Form::Cubin));
        assert_eq!(kernel_names(&elf), ["_Z4vaddv"]);
        let mut state = 88172645463325252u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let (mut refused, rounds) = (0, 20_000);
        for round in 0..rounds {
            let mut bytes = if round % 2 == 0 { elf.clone() } else { PTX.as_bytes().to_vec() };
            for _ in 0..1 + random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            bytes.truncate(bytes.len() - random(3) * random(bytes.len() / 2));
            refused += recognise(&bytes).is_err() as usize;
            let names = kernel_names(&bytes);
            kernels_called(&names, "vadd");
            symbol_candidates(&bytes, "ns::v");
            ptx_params(&String::from_utf8_lossy(&bytes), "_Z4vaddPKfPfi6Params");
        }
        assert!((rounds / 20..rounds).contains(&refused), "{refused} of {rounds} were refused");
    }
}
