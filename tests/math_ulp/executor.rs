//! Who evaluates a case over arrays: a trait, and the implementation by the system's C++ compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use libloading::Library;
use vmgpu::cudac::math::{entries, host};

use crate::cases::{Case, Width};

/// Runs the expression of a case once per element. The arrays are as long as `out`; arguments that the case
/// does not use are there all the same.
pub trait Executor {
    fn name(&self) -> &str;
    fn takes(&self, case: &Case) -> bool {
        !case.fast
    }
    fn run_f32(&self, case: usize, arguments: &[Vec<f32>; 4], out: &mut [f32]);
    fn run_f64(&self, case: usize, arguments: &[Vec<f64>; 4], out: &mut [f64]);
}

/// Whether there is a C++ compiler to test with, and libquadmath for the references.
pub fn compiler_present(directory: &Path) -> bool {
    let probe = directory.join("probe.cpp");
    std::fs::write(&probe, "#include <quadmath.h>\nextern \"C\" double f(double x) { return expq(x); }\n")
        .expect("write the probe");
    Command::new("g++")
        .args(["-shared", "-fPIC", "-o"])
        .args([directory.join("probe.so").as_os_str(), probe.as_os_str(), "-lquadmath".as_ref()])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Compiles one C++ text into a shared object beside it.
pub fn compile_object(directory: &Path, name: &str, text: &str, flags: &[&str]) -> Library {
    let source = directory.join(format!("{name}.cpp"));
    let object: PathBuf = directory.join(format!("{name}.so"));
    std::fs::write(&source, text).expect("write the C++ text");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/math_ulp");
    let output = Command::new("g++")
        .args(["-std=gnu++17", "-O2", "-shared", "-fPIC", "-w", "-I"])
        .arg(&here)
        .args(["-o".as_ref(), object.as_os_str(), source.as_os_str()])
        .args(flags)
        .output()
        .expect("g++ runs");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    // SAFETY: an object that this test just built; it has no constructors.
    unsafe { Library::new(&object) }.expect("load the object")
}

/// The library's texts compiled by g++.
pub struct Gcc {
    name: String,
    object: Library,
}

type Run32 = unsafe extern "C" fn(*const f32, *const f32, *const f32, *const f32, *mut f32, usize);
type Run64 = unsafe extern "C" fn(*const f64, *const f64, *const f64, *const f64, *mut f64, usize);

impl Gcc {
    /// `contract`: `off` or `fast`, as of -ffp-contract. The library must be right under both.
    pub fn new(directory: &Path, cases: &[Case], contract: &str) -> Gcc {
        let mut text = String::from("#include \"shim.h\"\nnamespace vm {\n");
        for entry in entries() {
            text += entry.text.split('{').next().unwrap();
            text += ";\n";
        }
        for entry in entries() {
            text += entry.text;
            text += "\n";
        }
        text += "}\nusing namespace vm;\n";
        for (number, case) in cases.iter().enumerate() {
            let t = c_type(case.width);
            text += &format!(
                "extern \"C\" void run_{number}(const {t} *A, const {t} *B, const {t} *C, const {t} *D, {t} *out, \
                 size_t n) {{ for (size_t i = 0; i < n; i++) {{ {t} a = A[i], b = B[i], c = C[i], d = D[i]; \
                 out[i] = vm_case_{number}(a, b, c, d); }} }}\n"
            );
        }
        // Each expression is a function of its own, in the namespace, so that its calls find the library only.
        let mut functions = String::from("namespace vm {\n");
        for (number, case) in cases.iter().enumerate() {
            let t = c_type(case.width);
            functions += &format!(
                "static {t} vm_case_{number}({t} a, {t} b, {t} c, {t} d) {{ return {}; }}\n",
                case.expr
            );
        }
        functions += "}\n";
        let text = text.replace("}\nusing namespace vm;\n", &format!("}}\n{functions}using namespace vm;\n"));
        let contraction = format!("-ffp-contract={contract}");
        let mut flags = vec!["-fno-builtin", "-include", "stddef.h", contraction.as_str()];
        if cfg!(target_arch = "x86_64") {
            flags.extend(["-mfma", "-msse4.1"]);
        }
        let object = compile_object(directory, &format!("library_{contract}"), &text, &flags);
        let f1: Vec<_> = host::HOST_F1.iter().map(|f| f.call).collect();
        let d1: Vec<_> = host::HOST_D1.iter().map(|f| f.call).collect();
        let d2: Vec<_> = host::HOST_D2.iter().map(|f| f.call).collect();
        type SetHost = unsafe extern "C" fn(*const host::F1, *const host::D1, *const host::D2);
        // SAFETY: the signature is the one in shim.h; the tables are leaked and so outlive every call.
        unsafe {
            let set = object.get::<SetHost>(b"set_host").expect("set_host");
            set(f1.leak().as_ptr(), d1.leak().as_ptr(), d2.leak().as_ptr());
        }
        Gcc { name: format!("g++ {contraction}"), object }
    }
}

pub fn c_type(width: Width) -> &'static str {
    match width {
        Width::F32 => "float",
        Width::F64 => "double",
    }
}

impl Executor for Gcc {
    fn name(&self) -> &str {
        &self.name
    }

    fn run_f32(&self, case: usize, a: &[Vec<f32>; 4], out: &mut [f32]) {
        assert!(a.iter().all(|v| v.len() == out.len()));
        let name = format!("run_{case}");
        // SAFETY: generated above with this signature; all five arrays have `out.len()` elements.
        unsafe {
            let run = self.object.get::<Run32>(name.as_bytes()).expect("a case of this executor");
            run(a[0].as_ptr(), a[1].as_ptr(), a[2].as_ptr(), a[3].as_ptr(), out.as_mut_ptr(), out.len());
        }
    }

    fn run_f64(&self, case: usize, a: &[Vec<f64>; 4], out: &mut [f64]) {
        assert!(a.iter().all(|v| v.len() == out.len()));
        let name = format!("run_{case}");
        // SAFETY: generated above with this signature; all five arrays have `out.len()` elements.
        unsafe {
            let run = self.object.get::<Run64>(name.as_bytes()).expect("a case of this executor");
            run(a[0].as_ptr(), a[1].as_ptr(), a[2].as_ptr(), a[3].as_ptr(), out.as_mut_ptr(), out.len());
        }
    }
}
