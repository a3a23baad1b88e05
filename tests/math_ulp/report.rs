//! The verdict, and the table in the documentation.

use std::fmt::Write as _;

use crate::cases::{Case, Width};
use crate::reference::Finding;

/// Fails on any error beyond its limit; writes docs/math.md when asked.
pub fn finish(cases: &[Case], found: &[Vec<Finding>], verbose: bool) {
    let mut failures = String::new();
    for finding in found.iter().flatten() {
        let case = &cases[finding.case];
        let line = format!(
            "{} ({}): error {:.3} at {:?}: got {:e}, wanted {:e}; allowed {}, {} points",
            case.name,
            finding.executor,
            finding.error,
            finding.arguments,
            finding.got,
            finding.wanted,
            case.limit,
            finding.points
        );
        if verbose {
            println!("{line}");
        }
        if finding.error.is_nan() || finding.error > case.limit || finding.points < 1000 {
            failures += &line;
            failures.push('\n');
        }
    }
    let points: usize = found.iter().flatten().map(|f| f.points).sum();
    println!("{} functions, {points} points", found.len());
    if std::env::var_os("VMGPU_MATH_DOCS").is_some() && !verbose {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/math.md");
        std::fs::create_dir_all(path.parent().unwrap()).expect("docs");
        std::fs::write(&path, table(cases, found)).expect("write docs/math.md");
    }
    assert!(failures.is_empty(), "errors beyond what CUDA documents:\n{failures}");
}

fn table(cases: &[Case], found: &[Vec<Finding>]) -> String {
    let mut text = String::from(
        "# Accuracy of the CPU device's math library\n\n\
         Largest error found over the whole range and the edges, beside the largest that CUDA documents, in ulp of\n\
         the result (`abs`: absolute error). Written by\n\
         `VMGPU_MATH_DOCS=1 cargo test --test math_ulp`; the test fails when a limit is passed.\n\n\
         The worst of all ways counts: the library's texts built by g++ with and without contraction of `a * b + c`, and\n\
         kernels on the CPU device, for all but the functions with a fast form also under `--use_fast_math` (`fast`: what\n\
         that makes of them). Denormal arguments and results are kept, NaN, infinities and signed zeros follow CUDA.\n",
    );
    for (width, title) in [(Width::F32, "Single precision"), (Width::F64, "Double precision")] {
        let _ = write!(text, "\n## {title}\n\n| function | found | allowed | points |\n|---|---|---|---|\n");
        for findings in found {
            let case = &cases[findings[0].case];
            if case.width != width {
                continue;
            }
            let error = findings.iter().map(|f| f.error).fold(0.0, f64::max);
            let points: usize = findings.iter().map(|f| f.points).sum();
            let (error, limit) = if case.absolute {
                (format!("{error:.1e} abs"), format!("{:.1e} abs", case.limit))
            } else {
                (format!("{error:.2}"), case.limit.to_string())
            };
            let _ = writeln!(text, "| `{}` | {error} | {limit} | {points} |", case.name);
        }
    }
    text
}
