//! The way through all stages: text, options and the name of a kernel in; thread IR or machine code and the log out.
//!
//! The work is done on a thread of the compiler's own, see `crew`.

use super::check::tree::Program;
use super::check::{CheckOptions, check_kernel, earlier_mistake};
use super::codegen::{self, CompiledKernel};
use super::crew::on_roomy_stack;
use super::diagnostics::Diagnostics;
use super::lower::lower_program;
use super::options::Options;
use super::parse::library::Library;
use super::parse::{ParseInput, parse_unit};
use super::preprocess::MemoryHeader;
use super::thread_ir::{Loc, Module};

/// What to compile.
#[derive(Clone, Copy)]
pub struct CompileInput<'a> {
    /// What the diagnostics call the text.
    pub name: &'a str,
    pub text: &'a str,
    /// A function or a name expression: `k`, `ns::k`, `add<float, 4>`.
    pub kernel: &'a str,
    pub options: &'a Options,
    pub headers: &'a [MemoryHeader<'a>],
}

/// What the front end makes of it.
pub struct FrontEnd {
    pub program: Program,
    pub module: Module,
    /// Warnings, in NVRTC's format; empty if there are none.
    pub log: String,
}

/// Machine code and what the front end knows about the kernel.
pub struct Compiled {
    pub kernel: CompiledKernel,
    pub program: Program,
    pub log: String,
}

/// Text to thread IR. The error is the log.
pub fn front_end(input: &CompileInput<'_>) -> Result<FrontEnd, String> {
    on_roomy_stack(input.text.len(), || run_front_end(input))
}

/// Text to machine code. The error is the log.
pub fn compile(input: &CompileInput<'_>, back_end: &codegen::CompileOptions) -> Result<Compiled, String> {
    on_roomy_stack(input.text.len(), || {
        let front = run_front_end(input)?;
        let kernel = codegen::compile(&front.module, lowered_kernel(&front.program), back_end);
        match kernel {
            Ok(kernel) => Ok(Compiled { kernel, program: front.program, log: front.log }),
            Err(error) => {
                let place = match &error {
                    codegen::CompileError::Refused { loc, .. } => place(&front.module, *loc),
                    _ => None,
                };
                let place = place.unwrap_or_else(|| input.name.to_owned());
                Err(format!("{place}: error: {error}\n\n{}", front.log))
            }
        }
    })
}

/// File and line as an error names them.
fn place(module: &Module, loc: Loc) -> Option<String> {
    let line = module.line(loc)?;
    Some(format!("{}({})", module.files.get(line.file as usize)?, line.line))
}

fn lowered_kernel(program: &Program) -> super::thread_ir::FuncId {
    super::thread_ir::FuncId(program.kernel.0)
}

fn run_front_end(input: &CompileInput<'_>) -> Result<FrontEnd, String> {
    let options = input.options;
    let mut sink = Diagnostics::default();
    sink.suppress_warnings = options.suppress_warnings;
    let expressions = [input.kernel];
    let parse = ParseInput {
        name: input.name,
        text: input.text,
        options: &options.preprocess,
        headers: input.headers,
        library: Some(Library::get()),
        name_expressions: &expressions,
    };
    let unit = parse_unit(&parse, &mut sink);
    let parsed = !sink.has_errors();
    let check = CheckOptions {
        fmad: options.fmad,
        fast_math: options.fast_math,
        default_device: options.default_device,
    };
    let program = match unit.name_expressions.first() {
        Some(name) => check_kernel(&unit, name, input.kernel, &check, &mut sink),
        None => None,
    };
    let module = program.as_ref().map(lower_program);
    if let Some(Err(error)) = &module {
        sink.push((**error).clone());
    }
    if let Some(earlier) = sink.first_error().and_then(|first| earlier_mistake(&unit, &check, first)) {
        if !parsed {
            // What cannot be read is a consequence.
            sink = Diagnostics::default();
        }
        sink.push_first(earlier);
    }
    let mut log: String =
        options.warnings.iter().map(|w| format!("{}: warning: {w}\n", input.name)).collect();
    log.push_str(&sink.render(&unit.sources, input.name));
    match (program, module) {
        (Some(program), Some(Ok(module))) if !sink.has_errors() => Ok(FrontEnd { program, module, log }),
        _ => Err(log),
    }
}
