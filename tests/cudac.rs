//! File tests of the CUDA C compiler: every `tests/cudac/*.cu` says in comments how to launch its kernels and what must
//! come out, or which error which line must give. Each launch is interpreted, and run as machine code with and without
//! the optimising passes.
//!
//! `VMGPU_CUDAC_ONLY=text` keeps files whose name contains the text. `VMGPU_GXX=1` runs every launch through the host's
//! C++ compiler as well, which knows nothing of this library. `VMGPU_BLESS=1` rewrites the expected numbers (from the
//! host compiler's run when `VMGPU_GXX=1`).

#[path = "cudac_support/file.rs"]
mod file;
#[path = "cudac_support/host.rs"]
mod host;
#[path = "kernels/rng.rs"]
mod rng;
#[path = "cudac_support/run.rs"]
mod run;

use std::path::{Path, PathBuf};

use file::{Expect, LaunchTest, TestFile};
use run::{Compiled, Outcome, compile};

#[test]
fn files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cudac");
    let only = std::env::var("VMGPU_CUDAC_ONLY").unwrap_or_default();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of file tests")
        .map(|e| e.expect("a folder entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "cu"))
        .filter(|p| p.to_string_lossy().contains(&only))
        .collect();
    paths.sort();
    let mut failures = Vec::new();
    for path in &paths {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let result = std::panic::catch_unwind(|| test_file(path, &name));
        match result {
            Ok(list) => failures.extend(list.into_iter().map(|f| format!("{name}: {f}"))),
            Err(e) => {
                let text = e.downcast_ref::<String>().map_or("(no text)", |s| s.as_str());
                failures.push(format!("{name}: panicked: {text}"));
            }
        }
    }
    eprintln!("{} files", paths.len());
    assert!(!paths.is_empty(), "no file matches");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

fn test_file(path: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let file = match file::parse(&text) {
        Ok(file) => file,
        Err(e) => return vec![e],
    };
    if !file.errors.is_empty() {
        return must_fail(&file, &text, name);
    }
    if file.launches.is_empty() {
        return vec!["neither launches nor errors".into()];
    }
    let mut failures = Vec::new();
    let mut blessed: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for launch in &file.launches {
        let fail = |e: String| format!("{} (line {}): {e}", launch.kernel, launch.line + 1);
        match compile(&text, name, &launch.kernel, &file.options) {
            Err(e) => failures.push(fail(e)),
            Ok(compiled) => {
                failures
                    .extend(test_launch(&compiled, launch, &file, &text, &mut blessed).into_iter().map(fail));
            }
        }
    }
    if !blessed.is_empty() && std::env::var("VMGPU_BLESS").is_ok() {
        rewrite(path, &text, blessed);
    }
    failures
}

fn must_fail(file: &TestFile, text: &str, name: &str) -> Vec<String> {
    let kernel = file.kernel.as_deref().unwrap_or("kernel");
    let log = match compile(text, name, kernel, &file.options) {
        Ok(_) => return vec!["compiles, although it must not".into()],
        Err(log) => log,
    };
    let mut failures = Vec::new();
    let mut first_error = None;
    for line in log.lines().filter(|l| l.starts_with(name) && l.contains("error: ")) {
        first_error = first_error.or(Some(line.to_owned()));
    }
    for (line, want) in &file.errors {
        let head = format!("{name}({line}): error: ");
        if !log.lines().any(|l| l.strip_prefix(&head).is_some_and(|rest| rest.contains(want.as_str()))) {
            failures.push(format!("no error `{want}` in line {line}; the log is\n{log}"));
        }
    }
    // Nothing else may be reported: one mistake, one error.
    let count = log.lines().filter(|l| l.starts_with(name) && l.contains("): error: ")).count();
    if failures.is_empty() && count > file.errors.len() {
        failures.push(format!("more errors than expected\n{log}"));
    }
    failures
}

fn test_launch(
    compiled: &Compiled,
    launch: &LaunchTest,
    file: &TestFile,
    text: &str,
    blessed: &mut Vec<(usize, usize, Vec<String>)>,
) -> Vec<String> {
    let mut failures = Vec::new();
    let interpreted = match run::interpret(compiled, launch.shape, &launch.args, &launch.buffers, 0) {
        Ok(o) => o,
        Err(e) => return vec![e],
    };
    let mut outcomes = vec![("interpreter", Ok(interpreted.clone()))];
    for optimize in [false, true] {
        let label = if optimize { "optimised code" } else { "plain code" };
        let o = run::generated(compiled, launch.shape, &launch.args, &launch.buffers, optimize);
        outcomes.push((label, o));
    }
    let mut reference = interpreted;
    if std::env::var("VMGPU_GXX").is_ok() && !file.no_gxx && launch.fault.is_none() && launch.prints.is_none()
    {
        let run = host::run(text, &launch.kernel, &file.options, launch.shape, &launch.args, &launch.buffers);
        match run {
            Ok(buffers) => {
                reference = Outcome { buffers, ..Outcome::default() };
                outcomes.push(("host compiler", Ok(reference.clone())));
            }
            Err(e) => failures.push(format!("host compiler: {e}")),
        }
    }
    let bless = std::env::var("VMGPU_BLESS").is_ok();
    for expect in &launch.expects {
        let Some(run::Arg::Buffer(buffer)) = launch.args.get(expect.arg) else {
            return vec![format!("argument {} is no buffer", expect.arg)];
        };
        let kind = launch.kinds[*buffer];
        let numbers: Vec<String> =
            reference.buffers[*buffer].chunks_exact(kind.size()).map(|b| kind.show(b)).collect();
        if bless {
            blessed.push((expect.lines.0, expect.lines.1, expectation(expect, &numbers)));
        }
    }
    for (label, outcome) in outcomes {
        match outcome {
            Err(e) => failures.push(format!("{label}: {e}")),
            Ok(o) => {
                let is_host = label == "host compiler";
                failures.extend(
                    judge(launch, &o, &reference, bless, is_host)
                        .into_iter()
                        .map(|e| format!("{label}: {e}")),
                );
            }
        }
    }
    failures
}

fn judge(launch: &LaunchTest, o: &Outcome, reference: &Outcome, bless: bool, is_host: bool) -> Vec<String> {
    let mut failures = Vec::new();
    if !is_host {
        match (&launch.fault, &o.fault) {
            (None, None) => {}
            (Some((want, line)), Some((got, at))) => {
                if !got.to_lowercase().contains(&want.to_lowercase()) || line != at {
                    failures.push(format!("fault `{got}` in line {at}, expected `{want}` in line {line}"));
                }
            }
            (None, Some((got, at))) => failures.push(format!("fault `{got}` in line {at}")),
            (Some((want, _)), None) => failures.push(format!("no fault, expected `{want}`")),
        }
        if let Some(want) = &launch.prints
            && *want != o.printed
        {
            failures.push(format!("printed {:?}, expected {want:?}", o.printed));
        }
    }
    for expect in &launch.expects {
        let Some(run::Arg::Buffer(buffer)) = launch.args.get(expect.arg) else { continue };
        let kind = launch.kinds[*buffer];
        let got: Vec<&[u8]> = o.buffers[*buffer].chunks_exact(kind.size()).collect();
        let want: Result<Vec<Vec<u8>>, String> = if bless {
            Ok(reference.buffers[*buffer].chunks_exact(kind.size()).map(<[u8]>::to_vec).collect())
        } else {
            expect.text.iter().map(|t| kind.bytes(t)).collect()
        };
        let want = match want {
            Ok(w) => w,
            Err(e) => {
                failures.push(e);
                continue;
            }
        };
        if want.len() != got.len() {
            failures.push(format!(
                "{} numbers expected in argument {} of {}",
                want.len(),
                expect.arg,
                got.len()
            ));
            continue;
        }
        let wrong = (0..got.len()).find(|&i| !same(kind, got[i], &want[i], expect.tolerance));
        if let Some(i) = wrong {
            failures.push(format!(
                "argument {} [{i}]: got {}, expected {}",
                expect.arg,
                kind.show(got[i]),
                kind.show(&want[i])
            ));
        }
    }
    // A buffer that no expectation names must not change.
    for (i, (before, after)) in launch.buffers.iter().zip(&o.buffers).enumerate() {
        let is = |arg: usize| matches!(launch.args.get(arg), Some(run::Arg::Buffer(b)) if *b == i);
        let named = launch.expects.iter().any(|e| is(e.arg)) || launch.ignored.iter().any(|a| is(*a));
        if !named && before != after {
            failures.push(format!("buffer {i} was changed"));
        }
    }
    failures
}

fn same(kind: file::Num, got: &[u8], want: &[u8], tolerance: f64) -> bool {
    if got == want {
        return true;
    }
    if !kind.is_float() {
        return false;
    }
    let (got, want) = (kind.value(got), kind.value(want));
    (got.is_nan() && want.is_nan()) || (got - want).abs() <= tolerance * want.abs().max(1e-3)
}

/// The expectation's lines with new numbers.
fn expectation(expect: &Expect, numbers: &[String]) -> Vec<String> {
    let tolerance = if expect.tolerance > 0.0 { format!(" ~{:e}", expect.tolerance) } else { String::new() };
    let mut line = format!("//   expect {}{tolerance} =", expect.arg);
    let mut lines = Vec::new();
    for n in numbers {
        if line.len() + n.len() + 1 > 108 {
            lines.push(std::mem::replace(&mut line, "//    ".into()));
        }
        line.push(' ');
        line.push_str(n);
    }
    lines.push(line);
    lines
}

fn rewrite(path: &Path, text: &str, mut blessed: Vec<(usize, usize, Vec<String>)>) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    blessed.sort_by_key(|b| std::cmp::Reverse(b.0));
    for (from, to, new) in blessed {
        lines.splice(from..to, new);
    }
    std::fs::write(path, lines.join("\n") + "\n").expect("a writable file");
}
