//! Changes of a text that a compiler may well accept: other operators, numbers, names and types, statements that go,
//! come twice or change their place.

use super::mischief::{Random, SPICE, words};

/// Words that mean something near each other: one for the other often leaves a valid text.
const ALIKE: &[&[&str]] = &[
    &["+", "-", "*", "/", "%", "&", "|", "^"],
    &["<", ">", "=="],
    &["int", "unsigned", "char", "short", "bool", "float", "double", "size_t"],
    &["min", "max"],
    &["sinf", "cosf", "sqrtf", "expf", "fabsf", "floorf", "rintf", "erff", "tanhf", "log2f"],
    &["sin", "cos", "sqrt", "exp", "fabs", "floor", "rint", "cbrt", "tanh", "log1p"],
    &["threadIdx", "blockIdx", "blockDim", "gridDim"],
    &["x", "y", "z"],
    &["atomicAdd", "atomicMax", "atomicMin", "atomicXor", "atomicExch", "atomicAnd", "atomicOr", "atomicSub"],
    &["__shfl_down_sync", "__shfl_up_sync", "__shfl_xor_sync", "__shfl_sync"],
    &["__ballot_sync", "__any_sync", "__all_sync"],
    &["__syncthreads", "__syncwarp"],
    &["__popc", "__clz", "__ffs", "__brev"],
    &["if", "while"],
    &["break", "continue", "return"],
    &["0", "1", "2", "3", "7", "31", "32", "33", "63", "255", "-1", "0x7fffffff", "0x80000000u", "65536"],
    &["0.0f", "1.0f", "-0.0f", "0.5f", "1e30f", "1e-40f", "0.5", "1e300", "3.0"],
];

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// A change that a compiler may well accept.
pub fn gentle(text: &str, random: &mut Random) -> String {
    // The line that names the kernel stays.
    let head = text.find('\n').map_or(0, |at| at + 1);
    let places: Vec<_> = words(text).into_iter().filter(|w| w.0 >= head).collect();
    if places.is_empty() {
        return text.to_string();
    }
    let replace = |(from, to): (usize, usize), new: &str| format!("{}{new}{}", &text[..from], &text[to..]);
    for _ in 0..20 {
        let place = places[random.below(places.len())];
        let word = &text[place.0..place.1];
        let other = places[random.below(places.len())];
        let other_word = &text[other.0..other.1];
        let name = |w: &str| w.starts_with(|c: char| c.is_alphabetic() || c == '_');
        match random.below(8) {
            0..=2 => {
                let group = ALIKE.iter().find(|g| g.contains(&word) || (is_number(word) && is_number(g[0])));
                if let Some(group) = group {
                    return replace(place, group[random.below(group.len())]);
                }
            }
            3 if name(word) && name(other_word) => return replace(place, other_word),
            4 if is_number(word) && is_number(other_word) => return replace(place, other_word),
            // A whole statement goes, comes twice or changes its place.
            5 | 6 if word == ";" => {
                let from = text[head..place.0].rfind([';', '{', '}']).map_or(head, |at| head + at + 1);
                let statement = &text[from..place.1];
                match random.below(3) {
                    0 => return replace((from, place.1), ""),
                    1 => return replace((place.1, place.1), statement),
                    _ if other_word == ";" => return replace((other.1, other.1), statement),
                    _ => {}
                }
            }
            7 if is_number(word) || name(word) => {
                let operator =
                    ["+ 1", "- 1", "* 2", "/ 3", "% 5", "<< 2", ">> 1", "^ 1", "& 6"][random.below(9)];
                return replace(place, &format!("({word} {operator})"));
            }
            _ => {}
        }
    }
    replace(places[random.below(places.len())], SPICE[random.below(SPICE.len())])
}
