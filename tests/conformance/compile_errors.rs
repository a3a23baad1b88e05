//! Broken texts and names: a clear error with the compiler's whole log, and nothing is lost.

use vmgpu::error::{GpuError, Status};
use vmgpu::types::CompileOptions;

use crate::support::{Context, VADD};

crate::tests!("compile_errors": the_log_names_line_and_cause, unusable_texts_and_names, the_device_goes_on);

fn refused(context: &Context, source: &str, name: &str, options: &[&str]) -> GpuError {
    let options =
        CompileOptions { options: options.iter().map(|s| s.to_string()).collect(), ..Default::default() };
    match context.device.compile(source, name, &options) {
        Ok(_) => panic!("compiled: {source}"),
        Err(error) => error,
    }
}

fn the_log_names_line_and_cause(context: &Context) {
    let cases: &[(&str, u32, &str)] = &[
        ("extern \"C\" __global__ void k(int *p) {\n  p[0] = undefined_name;\n}", 2, "undefined_name"),
        ("extern \"C\" __global__ void k(int *p) {\n\n  p[0] = 1\n}", 4, ";"),
        ("extern \"C\" __global__ void k(int *p)\n{ int a = 1; a = f(a); p[0] = a; }", 2, "f"),
        ("#define X(\nextern \"C\" __global__ void k(int *p) {}", 1, ""),
    ];
    for (source, line, text) in cases {
        let error = refused(context, source, "k", &[]);
        assert_eq!(error.status(), Status::KernelCompilationFailed, "{error}");
        let GpuError::KernelCompilationFailed { kernel_name, r#source: kept, reason } = &error else {
            unreachable!()
        };
        assert_eq!((kernel_name.as_str(), kept.as_str()), ("k", *source));
        assert!(reason.contains(&format!("({line})")), "line {line} is not in: {reason}");
        assert!(reason.contains(text) && reason.contains("error"), "{reason}");
    }
}

fn unusable_texts_and_names(context: &Context) {
    for (source, name) in [("", "k"), (VADD, ""), (VADD, "  "), ("a\0b", "k")] {
        assert_eq!(refused(context, source, name, &[]).status(), Status::InvalidArgument);
    }
    for name in ["vad", "VADD", "vadd<int>", "1x", "vadd(", "a b c"] {
        let error = refused(context, VADD, name, &[]);
        assert_eq!(error.status(), Status::KernelCompilationFailed, "{name}: {error}");
    }
    let error = refused(context, "#error stop here\n", "k", &[]);
    assert!(error.to_string().contains("stop here"), "{error}");
}

fn the_device_goes_on(context: &Context) {
    for _ in 0..5 {
        refused(context, "this is no kernel", "k", &[]);
        context.compile(VADD, "vadd");
    }
}
