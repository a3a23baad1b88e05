//! One text, run in all ways: whether they agree.

use super::execute::{End, FaultKind, Program, Way};

/// What became of a text that all ways of running it agree on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    Refused,
    /// Checked mode found a fault.
    Faulted,
    /// It ran too long.
    Stopped,
    /// The result depends on the order of threads or on what fresh memory holds.
    Ordered,
    Compared,
}

/// Panics at a difference.
pub fn judge(text: &str, kernel: &str) -> Verdict {
    let Some(program) = Program::new(text, kernel) else { return Verdict::Refused };
    let run = |way: Way| program.run(&way);
    let checked = run(Way::Generated { optimize: true, checked: true, seed: 0 });
    match checked.end {
        End::Done => {}
        End::Stopped => return Verdict::Stopped,
        End::Fault(..) => return Verdict::Faulted,
    }
    let plain = run(Way::Generated { optimize: false, checked: true, seed: 0 });
    let shuffled = run(Way::Generated { optimize: true, checked: true, seed: 11 });
    if plain.end != End::Done || shuffled.end != End::Done || !program.same(&checked, &shuffled) {
        return Verdict::Ordered;
    }
    // What fresh memory holds and the order of threads both follow the seed.
    let want = run(Way::Interpreted { seed: 0 });
    let other = run(Way::Interpreted { seed: 0x9e37_79b9 });
    // Reading what nobody wrote leads anywhere.
    let useless = want.end == End::Stopped || want.end == End::Fault(FaultKind::OutOfBounds);
    if useless || want.end != other.end || !program.same(&want, &other) {
        return Verdict::Ordered;
    }
    let fast = run(Way::Generated { optimize: true, checked: false, seed: 0 });
    for (label, got) in [("checked", checked), ("checked, plain", plain), ("fast", fast)] {
        if got.end == End::Stopped {
            continue;
        }
        assert!(got.end == want.end, "{label}: ended with {:?}, interpreted {:?}", got.end, want.end);
        assert!(program.same(&want, &got), "{label}: {}", program.difference(&want, &got));
    }
    Verdict::Compared
}
