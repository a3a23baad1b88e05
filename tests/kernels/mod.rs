//! The kernels by topic, the cases they run on and the runners they run with.

// References are written as close to the formula as possible: loops over indices, shifts beside masks, and
// comparisons negated so that NaN fails.
#![allow(
    clippy::needless_range_loop,
    clippy::precedence,
    clippy::neg_cmp_op_on_partial_ord,
    clippy::nonminimal_bool,
    clippy::neg_multiply,
    clippy::excessive_precision,
    clippy::type_complexity
)]

mod case;
mod compare;
mod device;
mod gxx;
mod rng;
mod suite;

/// One topic: its kernels, each with a generator of cases, run as one test.
macro_rules! topics {
    ($($topic:ident),* $(,)?) => {
        $(
            mod $topic;
            #[test]
            fn $topic() {
                crate::kernels::suite::run_topic(stringify!($topic), &$topic::kernels());
            }
        )*

        fn all_topics() -> Vec<(&'static str, Vec<case::Kernel>)> {
            vec![$((stringify!($topic), $topic::kernels())),*]
        }
    };
}

topics! {
    reduce,
    scan,
    sort,
    linear_algebra,
    solvers,
    sparse,
    stencil,
    image,
    physics,
    hash,
    random,
    graph,
    text,
    neural,
    signal,
    bits,
    numeric,
    integers,
    language,
    threads,
    standard,
}

#[test]
fn names_are_unique_and_stages_covered() {
    let all: Vec<_> = all_topics().into_iter().flat_map(|(_, kernels)| kernels).collect();
    let names: std::collections::BTreeSet<_> = all.iter().map(|k| k.name).collect();
    assert_eq!(names.len(), all.len(), "two kernels share a name");
    for stage in
        [case::Stage::S0, case::Stage::S1, case::Stage::S2, case::Stage::S3, case::Stage::S4, case::Stage::S5]
    {
        let count = all.iter().filter(|k| k.stage == stage).count();
        eprintln!("{stage:?}: {count} kernels");
        assert!(count >= 8, "only {count} kernels at stage {stage:?}");
    }
    suite::dump_if_asked(&all);
}
