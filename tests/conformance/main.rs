//! One suite for every backend: each test is a plain function on a device, run on every device kind there is.
//!
//! `cargo test --test conformance [FILTER..]`. An absent backend is skipped and counted; `VMGPU_REQUIRE=cuda` (a
//! comma-separated list) turns the skip into a failure. Tests that end a device run in a process of their own.

mod backends;
mod buffer;
mod compile_errors;
mod device;
mod executor;
mod faults;
mod kernel;
mod launch;
mod support;
mod threads;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, exit};
use std::time::Instant;

use backends::{Backend, Expectation};
use support::Context;

/// One test: area, name, what it does, and whether it needs a process of its own.
pub struct Test {
    pub area: &'static str,
    pub name: &'static str,
    pub run: fn(&Context),
    pub isolated: bool,
}

/// Makes the table entries of one area.
#[macro_export]
macro_rules! tests {
    ($area:literal: $($name:ident),* $(,)?) => {
        pub const TESTS: &[$crate::Test] =
            &[$($crate::Test { area: $area, name: stringify!($name), run: $name, isolated: false }),*];
    };
    ($area:literal isolated: $($name:ident),* $(,)?) => {
        pub const TESTS: &[$crate::Test] =
            &[$($crate::Test { area: $area, name: stringify!($name), run: $name, isolated: true }),*];
    };
}

const AREAS: &[&[Test]] = &[
    device::TESTS,
    buffer::TESTS,
    kernel::TESTS,
    launch::TESTS,
    compile_errors::TESTS,
    executor::TESTS,
    threads::TESTS,
    faults::TESTS,
];

fn main() {
    let mut filters: Vec<String> = std::env::args().skip(1).collect();
    if filters.first().is_some_and(|f| f == "--child") {
        let (backend, test) = (filters.remove(1), filters.remove(1));
        child(&backend, &test);
    }
    filters.retain(|f| !f.starts_with('-'));
    let required: Vec<String> = std::env::var("VMGPU_REQUIRE")
        .unwrap_or_default()
        .split(',')
        .filter(|s| !s.is_empty())
        .map(str::to_string)
        .collect();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for backend in backends::ALL {
        let Some(context) = Context::open(backend) else {
            let count = AREAS.iter().map(|a| a.len()).sum::<usize>();
            if required.iter().any(|r| r == backend.name) {
                println!("FAILED {}: required, but absent:\n{}", backend.name, support::explain());
                failed += count;
            } else {
                println!("skipped {} tests: no {} device", count, backend.name);
                skipped += count;
            }
            continue;
        };
        println!("== {}", context.device.label());
        for test in AREAS.iter().flat_map(|area| area.iter()) {
            let full = format!("{}::{}::{}", backend.name, test.area, test.name);
            if !filters.is_empty() && !filters.iter().any(|f| full.contains(f.as_str())) {
                continue;
            }
            let expectation = backend.expectation(test.area, test.name);
            if let Expectation::Unsupported(reason) = expectation {
                println!("skipped {full}: {reason}");
                skipped += 1;
                continue;
            }
            let started = Instant::now();
            let outcome = match test.isolated {
                true => in_child(backend, test),
                false => guarded(|| (test.run)(&context)),
            };
            let took = started.elapsed();
            match (outcome, expectation) {
                (Ok(()), Expectation::ExpectedToFail(reason)) => {
                    println!("FAILED {full}: passes, but is listed as failing: {reason}");
                    failed += 1;
                }
                (Err(_), Expectation::ExpectedToFail(reason)) => {
                    println!("skipped {full}: expected to fail: {reason}");
                    skipped += 1;
                }
                (Ok(()), _) => {
                    println!("ok {full} ({took:.1?})");
                    passed += 1;
                }
                (Err(text), _) => {
                    println!("FAILED {full} ({took:.1?}): {text}");
                    failed += 1;
                }
            }
        }
    }
    println!("\n{passed} passed, {failed} failed, {skipped} skipped");
    exit(if failed == 0 { 0 } else { 1 });
}

fn guarded(work: impl FnOnce()) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|s| s.to_string()))
            .unwrap_or_default()
    })
}

/// Runs one test in a child process, which must end by itself, normally, and in time.
fn in_child(backend: &Backend, test: &Test) -> Result<(), String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut child = Command::new(exe)
        .args(["--child", backend.name, &format!("{}::{}", test.area, test.name)])
        .spawn()
        .map_err(|e| e.to_string())?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return if status.success() { Ok(()) } else { Err(format!("child ended with {status}")) };
        }
        if started.elapsed().as_secs() > 60 {
            let _ = child.kill();
            let _ = child.wait();
            return Err("child did not end within 60 s".into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn child(backend: &str, test: &str) -> ! {
    let backend = backends::ALL.iter().find(|b| b.name == backend).expect("known backend");
    let entry = AREAS.iter().flat_map(|a| a.iter()).find(|t| format!("{}::{}", t.area, t.name) == test);
    let context = Context::open(backend).expect("the parent saw this device");
    match guarded(|| (entry.expect("known test").run)(&context)) {
        Ok(()) => exit(0),
        Err(text) => {
            eprintln!("{test}: {text}");
            exit(1)
        }
    }
}
