//! Compile options as NVRTC takes them. What changes the meaning of the text is honoured, what only concerns NVIDIA's code
//! generator is accepted in silence, and anything else is ignored with a warning.

use super::preprocess::{MacroOption, PreprocessOptions};

/// What the options say.
#[derive(Clone, Debug)]
pub struct Options {
    pub preprocess: PreprocessOptions,
    /// `--use_fast_math`: approximate single precision functions, division and square root.
    pub fast_math: bool,
    /// `-fmad`: products and sums may be fused.
    pub fmad: bool,
    /// `--device-as-default-execution-space`
    pub default_device: bool,
    /// `-w`
    pub suppress_warnings: bool,
    /// Texts of warnings for the log.
    pub warnings: Vec<String>,
}

/// Options with a value that mean nothing here.
const IGNORED_WITH_VALUE: &[&str] = &[
    "gpu-architecture",
    "arch",
    "gpu-code",
    "code",
    "maxrregcount",
    "ftz",
    "prec-sqrt",
    "prec-div",
    "relocatable-device-code",
    "rdc",
    "optimization-info",
    "opt-info",
    "ptxas-options",
    "Xptxas",
    "diag-error",
    "diag-suppress",
    "diag-warn",
    "builtin-move-forward",
    "builtin-initializer-list",
    "time",
    "split-compile",
    "fdevice-time-trace",
    "pch-dir",
    "jump-table-density",
    "device-stack-protector",
    "Xcompiler",
    "compiler-options",
    "extensible-whole-program-mode",
    "minimal-mode",
    "x",
    "O",
    "optimize",
    "Ofast-compile",
    "frandom-seed",
    "generate-code",
    "gencode",
    "m",
    "threads",
    "arch-list",
];

/// Options without a value that mean nothing here.
const IGNORED: &[&str] = &[
    "device-debug",
    "G",
    "generate-line-info",
    "lineinfo",
    "dopt",
    "device-c",
    "dc",
    "device-w",
    "dw",
    "extra-device-vectorization",
    "restrict",
    "no-source-include",
    "minimal",
    "dlink-time-opt",
    "dlto",
    "gen-opt-lto",
    "device-int128",
    "device-float128",
    "extended-lambda",
    "extended-lambda-capture",
    "expt-relaxed-constexpr",
    "expt-extended-lambda",
    "display-error-number",
    "err-no",
    "no-display-error-number",
    "no-err-no",
    "brief-diagnostics",
    "brief-diag",
    "extensible-whole-program",
    "ewp",
    "modify-stack-limit",
    "verbose",
    "v",
    "g",
    "pch",
    "O0",
    "O1",
    "O2",
    "O3",
    "keep",
    "cubin",
    "ptx",
    "fast-compile",
    "Wno-deprecated-gpu-targets",
    "Wreorder",
    "Werror",
    "no-cache",
    "disable-optimizer-constants",
];

impl Options {
    pub fn parse(list: &[String]) -> Options {
        let mut options = Options {
            preprocess: PreprocessOptions { standard: 17, ..PreprocessOptions::default() },
            fast_math: false,
            fmad: true,
            default_device: false,
            suppress_warnings: false,
            warnings: Vec::new(),
        };
        let mut fmad = None;
        let mut words = list.iter().map(|s| s.trim()).filter(|s| !s.is_empty()).peekable();
        while let Some(word) = words.next() {
            let Some(body) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
                options.warn(word);
                continue;
            };
            // `-DX`, `-D X`, `-D=X`; long forms take their value after `=` or as the next word.
            let mut short = |letter: &str| -> Option<String> {
                let rest = body.strip_prefix(letter)?;
                if word.starts_with("--") {
                    return None;
                }
                Some(match rest.strip_prefix('=').unwrap_or(rest) {
                    "" => words.next().unwrap_or("").to_owned(),
                    value => value.to_owned(),
                })
            };
            if let Some(text) = short("D") {
                options.preprocess.macros.push(MacroOption::Define(text));
                continue;
            }
            if let Some(name) = short("U") {
                options.preprocess.macros.push(MacroOption::Undef(name));
                continue;
            }
            if let Some(folder) = short("I") {
                options.include_path(folder);
                continue;
            }
            let (name, value) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let mut needed = || value.clone().or_else(|| words.next().map(str::to_owned)).unwrap_or_default();
            match name {
                "define-macro" => options.preprocess.macros.push(MacroOption::Define(needed())),
                "undefine-macro" => options.preprocess.macros.push(MacroOption::Undef(needed())),
                "include-path" => {
                    let folder = needed();
                    options.include_path(folder);
                }
                "pre-include" | "include" => options.preprocess.forced_includes.push(needed()),
                "std" => options.standard(&needed()),
                "use_fast_math" => options.fast_math = value.as_deref().is_none_or(is_true),
                "fmad" => fmad = Some(is_true(&needed())),
                "device-as-default-execution-space" | "default-device" => {
                    options.default_device = value.as_deref().is_none_or(is_true);
                }
                "disable-warnings" | "w" => options.suppress_warnings = true,
                _ if IGNORED.contains(&name) || (value.is_some() && IGNORED_WITH_VALUE.contains(&name)) => {}
                _ if IGNORED_WITH_VALUE.contains(&name) => {
                    // Its value may be the next word.
                    if words.peek().is_some_and(|w| !w.starts_with('-')) {
                        words.next();
                    }
                }
                _ => options.warn(word),
            }
        }
        options.fmad = fmad.unwrap_or(true);
        options
    }

    fn include_path(&mut self, folder: String) {
        self.preprocess.include_dirs.push(folder);
        self.preprocess.allow_disk = true;
    }

    fn standard(&mut self, text: &str) {
        let number = text.strip_prefix("c++").or_else(|| text.strip_prefix("gnu++"));
        match number.map(|n| (n, n.parse::<u32>())) {
            Some((_, Ok(n @ (11 | 14 | 17 | 20 | 23)))) => self.preprocess.standard = n,
            Some(("03" | "98", _)) => self.preprocess.standard = 11,
            _ => self.warn(&format!("-std={text}")),
        }
    }

    fn warn(&mut self, option: &str) {
        self.warnings.push(format!("option `{option}` is not known on the CPU device and is ignored"));
    }
}

fn is_true(value: &str) -> bool {
    !matches!(value, "false" | "0" | "no" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Options {
        Options::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_changes_the_meaning_is_honoured() {
        let o = parse(
            "-DA=1 -D B --define-macro=C=2 -UA --undefine-macro X -I/inc -I inc2 --include-path=i3 -std=c++14",
        );
        let define = |s: &str| MacroOption::Define(s.into());
        let undef = |s: &str| MacroOption::Undef(s.into());
        assert_eq!(o.preprocess.macros, [define("A=1"), define("B"), define("C=2"), undef("A"), undef("X")]);
        assert_eq!(o.preprocess.include_dirs, ["/inc", "inc2", "i3"]);
        assert_eq!((o.preprocess.standard, o.fmad, o.fast_math), (14, true, false));
        assert!(o.preprocess.allow_disk && o.warnings.is_empty());
        let o = parse("--use_fast_math -fmad=false -w -include a.h --std=c++20");
        assert!(o.fast_math && !o.fmad && o.suppress_warnings && !o.preprocess.allow_disk);
        assert_eq!((o.preprocess.forced_includes, o.preprocess.standard), (vec!["a.h".to_owned()], 20));
    }

    #[test]
    fn what_is_only_nvidias_is_accepted_and_the_rest_warned_of() {
        let o = parse(
            "--gpu-architecture=compute_70 -arch sm_80 -G -lineinfo --maxrregcount=32 -rdc=true -Xptxas -v -O3",
        );
        assert!(o.warnings.is_empty(), "{:?}", o.warnings);
        let o = parse("--frobnicate stray -std=c++99 -DOK");
        assert_eq!(o.warnings.len(), 3, "{:?}", o.warnings);
        assert!(o.warnings[0].contains("--frobnicate") && o.warnings[1].contains("stray"));
        assert_eq!(o.preprocess.macros.len(), 1);
        let empty = Options::parse(&["-D".to_owned()]);
        assert_eq!(empty.preprocess.macros, [MacroOption::Define(String::new())]);
    }
}
