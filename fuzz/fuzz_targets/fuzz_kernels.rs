//! The whole path: changed texts of real kernels are compiled and run in checked mode on small grids, stopped after
//! a tenth of a second. Where that neither fails nor depends on the order of threads, the interpreter and plain and
//! optimised code without checks must leave the same bits.

#![no_main]

#[path = "support/execute.rs"]
mod execute;
#[path = "support/layout.rs"]
mod layout;
#[path = "../../tests/cudac_robust/mischief.rs"]
mod mischief;
#[path = "support/seeds.rs"]
mod seeds;

use execute::{End, Program, Way};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

/// What becomes of the texts, shown from time to time: a fuzzer whose kernels never run proves nothing.
#[derive(Default, Debug)]
#[allow(dead_code)]
struct Counts {
    refused: u64,
    faulted: u64,
    stopped: u64,
    ordered: u64,
    compared: u64,
}

static COUNTS: std::sync::Mutex<Counts> =
    std::sync::Mutex::new(Counts { refused: 0, faulted: 0, stopped: 0, ordered: 0, compared: 0 });

fn counted(field: impl FnOnce(&mut Counts)) -> Corpus {
    let mut counts = COUNTS.lock().expect("one thread");
    field(&mut counts);
    let sum = counts.refused + counts.faulted + counts.stopped + counts.ordered + counts.compared;
    if sum.is_multiple_of(2000) {
        eprintln!("{counts:?}");
    }
    Corpus::Keep
}

fuzz_target!(
    init: seeds::write(),
    |data: &[u8]| -> Corpus {
        let text = String::from_utf8_lossy(data);
        let Some(program) = Program::new(&text, seeds::kernel(&text)) else {
            return counted(|c| c.refused += 1);
        };
        let run = |way: Way| program.run(&way);
        let checked = run(Way::Generated { optimize: true, checked: true, seed: 0 });
        match checked.end {
            End::Done => {}
            End::Stopped => return counted(|c| c.stopped += 1),
            End::Fault(..) => return counted(|c| c.faulted += 1),
        }
        let plain = run(Way::Generated { optimize: false, checked: true, seed: 0 });
        let shuffled = run(Way::Generated { optimize: true, checked: true, seed: 11 });
        if plain.end != End::Done || shuffled.end != End::Done || !program.same(&checked, &shuffled) {
            return counted(|c| c.ordered += 1);
        }
        // What fresh memory holds and the order of threads both follow the seed.
        let want = run(Way::Interpreted { seed: 0 });
        let other = run(Way::Interpreted { seed: 0x9e37_79b9 });
        // Reading what nobody wrote leads anywhere.
        let outside = End::Fault(execute::FaultKind::OutOfBounds);
        let useless = want.end == End::Stopped || want.end == outside;
        if useless || want.end != other.end || !program.same(&want, &other) {
            return counted(|c| c.ordered += 1);
        }
        let fast = run(Way::Generated { optimize: true, checked: false, seed: 0 });
        for (label, got) in [("checked", checked), ("checked, plain", plain), ("fast", fast)] {
            if got.end == End::Stopped {
                continue;
            }
            assert!(got.end == want.end, "{label}: ended with {:?}, interpreted {:?}", got.end, want.end);
            assert!(program.same(&want, &got), "{label}: {}", program.difference(&want, &got));
        }
        counted(|c| c.compared += 1)
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    seeds::mutate(data, size, max_size, seed, true)
});
