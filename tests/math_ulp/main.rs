//! Accuracy of the device math library: every function over its whole range and its edges, against references
//! of at least twice the precision, at the errors that CUDA documents.
//!
//! Every function is evaluated four ways: in objects that g++ builds from the library's own texts (with and without
//! contraction of a * b + c), and in kernels on the CPU device, as it comes and with `--use_fast_math`. Without g++
//! and libquadmath there is no reference: nothing is measured and the test says so.
//!
//! - `VMGPU_MATH_POINTS=N` multiplies the number of points; `VMGPU_MATH_EXHAUSTIVE=1` takes every float.
//! - `VMGPU_MATH_ONLY=name` measures one function and prints what it finds.
//! - `VMGPU_MATH_DOCS=1` writes the table of largest errors to docs/math.md.

#![cfg(feature = "cpu")]

mod cases;
mod device;
mod executor;
mod inputs;
mod reference;
mod report;
mod specials;

use cases::Width;
use executor::{Executor, Gcc};

#[test]
fn errors_stay_within_what_cuda_documents() {
    let cases: Vec<_> = cases::all();
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("math_ulp");
    std::fs::create_dir_all(&directory).expect("a folder for objects");
    if !executor::compiler_present(&directory) {
        println!("skipped: no g++ with libquadmath here; {} functions not measured", cases.len());
        return;
    }
    let (reference, executors) = std::thread::scope(|scope| {
        let reference = scope.spawn(|| reference::Reference::new(&directory, &cases));
        let off = scope.spawn(|| Gcc::new(&directory, &cases, "off"));
        let fast = Gcc::new(&directory, &cases, "fast");
        (reference.join().unwrap(), [off.join().unwrap(), fast])
    });
    let devices = [false, true].map(|fast| device::OnDevice::new(&cases, fast));
    let builds = executors.iter().map(|e| e as &dyn Executor);
    let executors: Vec<&dyn Executor> = builds.chain(devices.iter().map(|e| e as &dyn Executor)).collect();
    let only = std::env::var("VMGPU_MATH_ONLY").ok();
    let mut found = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        if only.as_ref().is_some_and(|name| name != case.name) {
            continue;
        }
        let executors: Vec<&dyn Executor> = executors.iter().copied().filter(|e| e.takes(case)).collect();
        found.push(match case.width {
            Width::F32 => reference.measure::<f32>(number, case, &executors),
            Width::F64 => reference.measure::<f64>(number, case, &executors),
        });
    }
    report::finish(&cases, &found, only.is_some());
}
