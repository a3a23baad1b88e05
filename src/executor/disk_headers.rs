//! Files that a kernel's text may include from disk, as they were when it was compiled. They are part of the content that
//! the cache goes by, but only their names are in the request.
//!
//! A scan of `#include` lines, more generous than a preprocessor (conditions are ignored), finds the files; a hit asks
//! whether they are still the same. Texts that include nothing from disk cost nothing. CUDA's own headers, which the
//! compiler finds without being told, belong to the compiler.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustc_hash::FxHasher;

use crate::headers::include_options;
use crate::types::CompileOptions;

/// Files looked at for one text, at most; beyond, the text is not kept.
const MAX_FILES: usize = 4096;
/// Largest file that is scanned. Bytes.
const MAX_SIZE: u64 = 64 << 20;
/// A file this young may change again without a visible trace, so its content is compared.
const YOUNG: Duration = Duration::from_secs(2);

/// What a text includes from disk.
#[derive(Default)]
pub(super) struct DiskHeaders {
    files: Vec<Seen>,
    /// Some name could not be found out (a macro), or there are too many: the text must be compiled every time.
    unknown: bool,
}

/// A file that was looked for.
struct Seen {
    path: PathBuf,
    /// None: it was not there.
    state: Option<FileState>,
}

#[derive(PartialEq, Eq)]
struct FileState {
    size: u64,
    modified: Option<SystemTime>,
    /// Number on its volume, which a file that replaces it does not have. 0 where there is none.
    node: u64,
    /// Hash of the content, of a young file.
    content: Option<u64>,
}

impl DiskHeaders {
    /// Looks for the files now. Before the compile: one that changes meanwhile is then seen to have changed.
    pub fn of(source: &str, options: &CompileOptions) -> DiskHeaders {
        let (folders, forced) = include_options(&options.options);
        let mut scan = Scan {
            options,
            folders,
            found: DiskHeaders::default(),
            known: HashSet::new(),
            scanned: HashSet::new(),
            pending: Vec::new(),
        };
        // The compilers look for what the text itself includes in quotes in the working directory as well.
        let here = Path::new("");
        for name in &forced {
            scan.include(name, Some(here));
        }
        scan.text(source, here);
        for (_, text) in &options.headers {
            scan.text(text, here);
        }
        while let Some((text, folder)) = scan.pending.pop() {
            scan.text(&text, &folder);
        }
        scan.found
    }

    /// Whether the text includes nothing from disk.
    #[inline]
    pub fn are_none(&self) -> bool {
        !self.unknown && self.files.is_empty()
    }

    /// What is known without looking at the disk: whether a kernel made with these files still is what its text says. None:
    /// [`DiskHeaders::are_unchanged`] has to look.
    pub fn known(&self) -> Option<bool> {
        match self.unknown {
            true => Some(false),
            false => self.are_none().then_some(true),
        }
    }

    /// Looks whether the files are as they were. A folder on a network may keep its caller waiting.
    pub fn are_unchanged(&self) -> bool {
        self.files.iter().all(|seen| {
            let young = seen.state.as_ref().is_some_and(|state| state.content.is_some());
            FileState::of(&seen.path, young).map(|(state, _)| state) == seen.state
        })
    }

    #[cfg(test)]
    fn are_current(&self) -> bool {
        self.known().unwrap_or_else(|| self.are_unchanged())
    }
}

impl FileState {
    /// The state of an ordinary file, and its content where `with_content`. None if there is none.
    fn of(path: &Path, with_content: bool) -> Option<(FileState, Vec<u8>)> {
        let data = std::fs::metadata(path).ok().filter(|data| data.is_file())?;
        let (mut content, mut hash) = (Vec::new(), None);
        if with_content && data.len() <= MAX_SIZE {
            content = std::fs::read(path).ok()?;
            hash = Some(hash_of(&content));
        }
        #[cfg(unix)]
        let node = std::os::unix::fs::MetadataExt::ino(&data);
        #[cfg(not(unix))]
        let node = 0;
        Some((FileState { size: data.len(), modified: data.modified().ok(), node, content: hash }, content))
    }

    /// Whether a later change might leave size and time as they are.
    fn is_young(&self) -> bool {
        let age = self.modified.and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_none_or(|age| age < YOUNG)
    }
}

fn hash_of(content: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    content.hash(&mut hasher);
    hasher.finish()
}

struct Scan<'a> {
    options: &'a CompileOptions,
    folders: Vec<PathBuf>,
    found: DiskHeaders,
    /// Paths looked at.
    known: HashSet<PathBuf>,
    /// Files found, by their real path: one file may be reached by endlessly many.
    scanned: HashSet<PathBuf>,
    /// Texts still to go through, and the folders they lie in.
    pending: Vec<(String, PathBuf)>,
}

impl Scan<'_> {
    /// Goes through a text that lies in folder `beside`.
    fn text(&mut self, text: &str, beside: &Path) {
        let joined;
        let text = match text.contains("\\\n") || text.contains("\\\r\n") {
            true => {
                joined = text.replace("\\\r\n", "").replace("\\\n", "");
                &joined
            }
            false => text,
        };
        if !text.contains("include") && !text.contains("import") {
            return;
        }
        for line in text.lines() {
            let line = line.trim_start();
            let Some(mut rest) = line.strip_prefix('#').or_else(|| line.strip_prefix("%:")) else { continue };
            rest = rest.trim_start();
            while let Some((_, after)) = rest.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
                rest = after.trim_start();
            }
            let directive = ["include_next", "include", "import"].iter().find_map(|d| rest.strip_prefix(d));
            if let Some(operand) = directive {
                self.operand(operand, beside);
            } else {
                // `__has_include(<name>)` in a condition depends on the file as well.
                for (at, word) in rest.match_indices("__has_include") {
                    let operand = rest[at + word.len()..].trim_start_matches("_next").trim_start();
                    if let Some(operand) = operand.strip_prefix('(') {
                        self.operand(operand, beside);
                    }
                }
            }
        }
    }

    fn operand(&mut self, operand: &str, beside: &Path) {
        let mut operand = operand.trim_start();
        while let Some((_, after)) = operand.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
            operand = after.trim_start();
        }
        let name = |open: char, close: char| {
            operand.strip_prefix(open).and_then(|rest| rest.split_once(close)).map(|(name, _)| name)
        };
        if let Some(name) = name('"', '"') {
            self.include(name, Some(beside));
        } else if let Some(name) = name('<', '>') {
            self.include(name, None);
        } else {
            self.found.unknown = true;
        }
    }

    /// Looks for a header in the caller's own, beside the text that includes it, and in the folders of the options.
    fn include(&mut self, name: &str, beside: Option<&Path>) {
        let plain = name.strip_prefix("./").unwrap_or(name);
        if self.options.headers.iter().any(|(known, _)| known == name || known == plain) {
            return;
        }
        let places: Vec<PathBuf> = beside
            .into_iter()
            .chain(self.folders.iter().map(PathBuf::as_path))
            .map(|folder| folder.join(name))
            .collect();
        for path in places {
            if !self.known.insert(path.clone()) {
                // Looked at before: if it is there, the search ended with it.
                match self.found.files.iter().find(|seen| seen.path == path) {
                    Some(seen) if seen.state.is_some() => return,
                    _ => continue,
                }
            }
            if self.found.files.len() >= MAX_FILES {
                self.found.unknown = true;
                return;
            }
            let seen = FileState::of(&path, true);
            let (state, content) = match seen {
                Some((mut state, content)) => {
                    if !state.is_young() {
                        state.content = None;
                    }
                    (Some(state), content)
                }
                None => (None, Vec::new()),
            };
            let there = state.is_some();
            self.found.files.push(Seen { path: path.clone(), state });
            if there {
                if self.scanned.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                    self.pending.push((String::from_utf8_lossy(&content).into_owned(), folder));
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(list: &[&str], headers: &[(&str, &str)]) -> CompileOptions {
        CompileOptions {
            options: list.iter().map(|s| s.to_string()).collect(),
            headers: headers.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect(),
        }
    }

    fn looked_for(source: &str, options: &CompileOptions) -> Vec<String> {
        let found = DiskHeaders::of(source, options);
        assert!(!found.unknown);
        found.files.iter().map(|seen| seen.path.display().to_string()).collect()
    }

    #[test]
    fn texts_that_include_nothing_from_disk_look_at_nothing() {
        let none: [&str; 0] = [];
        assert_eq!(looked_for("__global__ void f() {}", &options(&["-I/x", "-DN=4"], &[])), none);
        assert_eq!(looked_for("#include <cuda_fp16.h>\n", &options(&["-DN=4"], &[])), none);
        let memory = options(&["-I/x"], &[("a.h", ""), ("b.h", "#include \"a.h\"\n")]);
        assert_eq!(looked_for("#include \"./b.h\"\n#include <a.h>", &memory), none);
        assert_eq!(looked_for("// include \"x.h\"\nint include; /* \n # error include it */", &memory), none);
        assert!(DiskHeaders::of("", &memory).are_current());
    }

    #[test]
    fn every_spelling_is_found() {
        let folders = options(&["-I/none1", "-I", "/none2", "--include-path=/none3", "-I=/none4"], &[]);
        let all = |name: &str| (1..5).map(|n| format!("/none{n}/{name}")).collect::<Vec<_>>();
        for text in [
            "#include <x.h>",
            "  #  include<x.h> // as it is",
            "#/**/include /* a */ <x.h>",
            "%:include <x.h>",
            "#inc\\\nlude <x.h>",
            "#if defined(A) && __has_include(<x.h>)",
            "#if 0\n#include <x.h>\n#endif",
        ] {
            assert_eq!(looked_for(text, &folders), all("x.h"), "{text}");
        }
        let mut quoted = vec!["x.h".to_string()];
        quoted.extend(all("x.h"));
        assert_eq!(looked_for("#include \"x.h\"", &folders), quoted);
        assert_eq!(looked_for("", &options(&["-include", "x.h"], &[])), ["x.h"]);
        assert_eq!(looked_for("", &options(&["--pre-include=x.h", "-I/none1"], &[])), ["x.h", "/none1/x.h"]);
    }

    #[test]
    fn a_name_that_only_a_preprocessor_knows_is_never_current() {
        let found = DiskHeaders::of("#define H <x.h>\n#include H", &options(&["-I/none"], &[]));
        assert!(found.unknown && !found.are_current());
    }

    #[test]
    fn headers_that_include_each_other_are_looked_at_once() {
        let folder = std::env::temp_dir().join(format!("vmgpu-scan-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        std::fs::write(folder.join("a.h"), "#include \"sub/b.h\"").unwrap();
        std::fs::write(folder.join("sub/b.h"), "#include \"c.h\"\n#include <a.h>").unwrap();
        std::fs::write(folder.join("sub/c.h"), "#include \"../a.h\"\n#include \"b.h\"").unwrap();
        let option = format!("-I{}", folder.display());
        let found = DiskHeaders::of("#include <a.h>", &options(&[&option], &[]));
        let there: Vec<_> = found.files.iter().filter(|seen| seen.state.is_some()).collect();
        assert_eq!(there.len(), 4, "a.h, sub/b.h, sub/c.h, sub/../a.h");
        assert!(found.are_current());
        std::fs::write(folder.join("sub/c.h"), "#include \"../a.h\"\n#include \"B.h\"").unwrap();
        assert!(!found.are_current(), "same length, same moment, other content");
        std::fs::remove_file(folder.join("sub/c.h")).unwrap();
        assert!(!found.are_current());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
