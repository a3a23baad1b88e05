//! The name that a mistyped one was probably meant to be.

use super::context::Checker;
use crate::cudac::builtins;

/// Only the first undefined names get a suggestion: looking is slow beside everything else.
const MAX_SUGGESTIONS: u32 = 16;

const VARIABLES: &[&str] = &["threadIdx", "blockIdx", "blockDim", "gridDim", "warpSize"];
const TYPES: &[&str] = &[
    "bool", "char", "short", "int", "long", "unsigned", "signed", "float", "double", "void", "size_t",
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "const",
    "return", "float2", "float3", "float4", "double2", "int2", "int3", "int4", "uint2", "uint3", "uint4",
    "dim3",
];

impl<'a> Checker<'a> {
    /// A known name that differs in a letter or two.
    pub fn suggestion(&mut self, name: &str) -> Option<String> {
        if self.suggestions >= MAX_SUGGESTIONS || name.len() < 3 || name.len() > 40 {
            return None;
        }
        self.suggestions += 1;
        let limit = if name.len() < 6 { 1 } else { 2 };
        let mut best: Option<(usize, String)> = None;
        let mut offer = |known: &str| {
            let better = best.as_ref().map_or(limit, |b| b.0 - 1);
            if known.len().abs_diff(name.len()) <= better
                && let Some(distance) = distance(name, known, better)
                && distance > 0
            {
                best = Some((distance, known.to_string()));
            }
            best.as_ref().is_some_and(|b| b.0 == 1)
        };
        // The nearest scopes first, then what is built in.
        let mut at = Some(self.cx.scope);
        while let Some(scope) = at {
            let info = self.scope(scope);
            let mut names: Vec<&str> = info.names.keys().map(|s| self.src.name(*s)).collect();
            names.sort_unstable();
            for known in names {
                if offer(known) {
                    return best.map(|b| b.1);
                }
            }
            at = info.parent;
        }
        for known in VARIABLES.iter().chain(TYPES) {
            if offer(known) {
                return best.map(|b| b.1);
            }
        }
        let mut names: Vec<&str> = builtins::declared().map(|s| self.src.name(s)).collect();
        names.sort_unstable();
        for known in names {
            if offer(known) {
                break;
            }
        }
        best.map(|b| b.1)
    }
}

/// Letters to insert, drop, change or swap with their neighbour; `None` for more than `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let width = b.len() + 1;
    let mut rows = vec![vec![0usize; width]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..width).collect();
    for i in 1..=a.len() {
        for k in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[k - 1]);
            let mut least = (rows[i - 1][k] + 1).min(rows[i][k - 1] + 1).min(rows[i - 1][k - 1] + change);
            if i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] {
                least = least.min(rows[i - 2][k - 2] + 1);
            }
            rows[i][k] = least;
        }
        if rows[i].iter().all(|d| *d > limit) {
            return None;
        }
    }
    let result = rows[a.len()][b.len()];
    (result <= limit).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_count_slips_of_the_finger() {
        for (a, b, d) in [
            ("threadIdx", "threadIdx", 0),
            ("thraedIdx", "threadIdx", 1),
            ("threadidx", "threadIdx", 1),
            ("blockId", "blockIdx", 1),
            ("__synchthreads", "__syncthreads", 1),
            ("flaot", "float", 1),
            ("sqroot", "sqrt", 2),
        ] {
            assert_eq!(distance(a, b, 2), Some(d), "{a} {b}");
        }
        assert_eq!(distance("alpha", "beta", 2), None);
    }
}
