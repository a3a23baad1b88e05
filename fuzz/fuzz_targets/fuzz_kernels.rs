//! The whole path: changed texts of real kernels are compiled and run in checked mode on small grids, stopped after
//! a tenth of a second. Where that neither fails nor depends on the order of threads, the interpreter and plain and
//! optimised code without checks must leave the same bits.

#![no_main]

#[path = "../../tests/cudac_mutants/execute.rs"]
mod execute;
#[path = "../../tests/cudac_mutants/gentle.rs"]
mod gentle;
#[path = "../../tests/cudac_mutants/judge.rs"]
mod judge;
#[path = "../../tests/cudac_mutants/layout.rs"]
mod layout;
#[path = "../../tests/cudac_robust/mischief.rs"]
mod mischief;
#[path = "support/seeds.rs"]
mod seeds;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use judge::{Verdict, judge};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// Shown from time to time: a fuzzer whose kernels never run proves nothing.
static COUNTS: LazyLock<Mutex<HashMap<Verdict, u64>>> = LazyLock::new(Mutex::default);

fuzz_target!(
    init: seeds::write(),
    |data: &[u8]| {
        let text = String::from_utf8_lossy(data);
        let verdict = judge(&text, seeds::kernel(&text));
        let mut counts = COUNTS.lock().expect("one thread");
        *counts.entry(verdict).or_default() += 1;
        if counts.values().sum::<u64>().is_multiple_of(2000) {
            eprintln!("{counts:?}");
        }
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    seeds::mutate(data, size, max_size, seed, true)
});
