//! Where the vendor's libraries and headers may lie: names for the loader, toolkit folders, Python wheels.
//!
//! Only looks at names and the existence of files; nothing is opened here.

use std::path::{Path, PathBuf};

/// An explicit path from the options or the environment; it is then the only candidate, so that a mistake in it shows.
fn explicit(option: &Option<PathBuf>, variable: &str) -> Option<PathBuf> {
    option.clone().or_else(|| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from))
}

/// Candidates for the driver library.
pub fn cuda_candidates(option: &Option<PathBuf>) -> Vec<PathBuf> {
    if let Some(path) = explicit(option, "VMGPU_CUDA_PATH") {
        return vec![if path.is_dir() { path.join("libcuda.so.1") } else { path }];
    }
    if cfg!(windows) {
        return vec![PathBuf::from("nvcuda.dll")];
    }
    let mut found: Vec<PathBuf> = vec!["libcuda.so.1".into(), "libcuda.so".into()];
    // Places that are not on the loader's path everywhere: containers, WSL, NixOS, distributions' own folders.
    let places = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib/wsl/lib",
        "/usr/local/nvidia/lib64",
        "/run/opengl-driver/lib",
    ];
    found.extend(
        places.iter().map(|place| Path::new(place).join("libcuda.so.1")).filter(|path| path.exists()),
    );
    found
}

/// Candidates for NVRTC, newest name first; files only where they exist.
pub fn nvrtc_candidates(option: &Option<PathBuf>) -> Vec<PathBuf> {
    if let Some(path) = explicit(option, "VMGPU_NVRTC_PATH") {
        return if path.is_dir() { nvrtc_in(&path) } else { vec![path] };
    }
    if cfg!(windows) {
        return vec!["nvrtc64_130_0.dll".into(), "nvrtc64_120_0.dll".into()];
    }
    let mut found: Vec<PathBuf> = NVRTC_NAMES.iter().map(PathBuf::from).collect();
    for folder in library_folders() {
        found.extend(nvrtc_in(&folder));
    }
    found
}

const NVRTC_NAMES: [&str; 3] = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"];

fn nvrtc_in(folder: &Path) -> Vec<PathBuf> {
    NVRTC_NAMES.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect()
}

/// Folders of toolkits and Python wheels, in order of preference.
fn library_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for root in toolkit_roots() {
        folders.push(root.join("lib64"));
        folders.push(root.join("lib"));
        folders.push(root.join("targets").join(target_folder()).join("lib"));
    }
    for site in python_sites() {
        let nvidia = site.join("nvidia");
        folders.push(nvidia.join("cu13").join("lib"));
        folders.push(nvidia.join("cuda_nvrtc").join("lib"));
    }
    folders
}

fn target_folder() -> &'static str {
    if cfg!(target_arch = "aarch64") { "sbsa-linux" } else { "x86_64-linux" }
}

/// CUDA_HOME, CUDA_PATH, /usr/local/cuda and its versions from new to old, conda.
fn toolkit_roots() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = ["CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX"]
        .iter()
        .filter_map(std::env::var_os)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .collect();
    roots.push("/usr/local/cuda".into());
    let mut versions: Vec<(Vec<u32>, PathBuf)> = std::fs::read_dir("/usr/local")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version: Option<Vec<u32>> =
                name.strip_prefix("cuda-")?.split('.').map(|part| part.parse().ok()).collect();
            Some((version?, entry.path()))
        })
        .collect();
    versions.sort();
    roots.extend(versions.into_iter().rev().map(|(_, path)| path));
    roots.push("/opt/cuda".into());
    roots
}

/// site-packages of the Python installations that the environment points at: the active virtual environment, conda,
/// the interpreter running this process, `python3` on PATH, the user's and the system's folders.
fn python_sites() -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(std::env::var_os)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .collect();
    let mut add_interpreter = |path: &Path| {
        if let Some(prefix) = path.parent().and_then(Path::parent) {
            prefixes.push(prefix.to_path_buf());
        }
    };
    if let Ok(program) = std::env::current_exe()
        && program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"))
    {
        add_interpreter(&program);
    }
    if let Some(path) = std::env::var_os("PATH")
        && let Some(python) = std::env::split_paths(&path).map(|dir| dir.join("python3")).find(|p| p.exists())
    {
        add_interpreter(&python);
        if let Ok(real) = python.canonicalize() {
            add_interpreter(&real);
        }
    }
    if let Some(home) = std::env::var_os("HOME") {
        prefixes.push(Path::new(&home).join(".local"));
    }
    prefixes.push("/usr/local".into());
    prefixes.push("/usr".into());

    let mut sites: Vec<PathBuf> = Vec::new();
    for prefix in prefixes {
        for versioned in python_folders(&prefix.join("lib")) {
            for name in ["site-packages", "dist-packages"] {
                let site = versioned.join(name);
                if !sites.contains(&site) && site.join("nvidia").is_dir() {
                    sites.push(site);
                }
            }
        }
    }
    sites
}

/// `python3*` folders below `lib`, newest first.
fn python_folders(lib: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<(u32, PathBuf)> = std::fs::read_dir(lib)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let rest = name.strip_prefix("python3")?;
            let minor = if rest.is_empty() { 0 } else { rest.strip_prefix('.')?.parse().ok()? };
            Some((minor, entry.path()))
        })
        .collect();
    folders.sort();
    folders.into_iter().rev().map(|(_, path)| path).collect()
}

/// The folder with CUDA's headers that belongs to the NVRTC at `nvrtc`: beside it first, then any toolkit's.
pub fn include_folder(nvrtc: &Path) -> Option<PathBuf> {
    let mut candidates = Vec::new();
    if let Some(lib) = nvrtc.parent() {
        // Toolkit: lib64 -> include. Wheel of CUDA 13: nvidia/cu13/{lib,include}.
        candidates.push(lib.join("../include"));
        candidates.push(lib.join("../../include"));
        candidates.push(lib.join("../targets").join(target_folder()).join("include"));
        // Wheels of CUDA 12: nvidia/cuda_nvrtc/lib and nvidia/cuda_runtime/include.
        candidates.push(lib.join("../../cuda_runtime/include"));
    }
    candidates.extend(toolkit_roots().into_iter().map(|root| root.join("include")));
    candidates
        .into_iter()
        .find(|folder| folder.join("cuda_fp16.h").is_file())
        .map(|folder| folder.canonicalize().unwrap_or(folder))
}

/// Files of NVRTC's builtins library in the folder of `nvrtc`.
pub fn builtins_beside(nvrtc: &Path, version: (i32, i32)) -> Vec<PathBuf> {
    let Some(folder) = nvrtc.parent() else { return Vec::new() };
    let exact = format!("libnvrtc-builtins.so.{}.{}", version.0, version.1);
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("libnvrtc-builtins.so"))
        .map(|entry| entry.path())
        .collect();
    found.sort_by_key(|path| path.file_name().is_none_or(|name| name != exact.as_str()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explicit_path_is_the_only_candidate() {
        let path = Some(PathBuf::from("/nowhere/libsomething.so"));
        assert_eq!(cuda_candidates(&path), vec![PathBuf::from("/nowhere/libsomething.so")]);
        assert_eq!(nvrtc_candidates(&path), vec![PathBuf::from("/nowhere/libsomething.so")]);
    }

    #[test]
    fn usual_names_come_first_and_versioned_before_bare() {
        let nvrtc = nvrtc_candidates(&None);
        if std::env::var_os("VMGPU_NVRTC_PATH").is_none() && cfg!(target_os = "linux") {
            assert_eq!(nvrtc[0], PathBuf::from("libnvrtc.so.13"));
            assert_eq!(nvrtc[1], PathBuf::from("libnvrtc.so.12"));
        }
    }

    /// A tree of empty files below a fresh folder, removed when dropped.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[&str]) -> Tree {
            let root = std::env::temp_dir().join(format!("vmgpu-search-{name}-{}", std::process::id()));
            for file in files {
                let file = root.join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, "").unwrap();
            }
            Tree(root)
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn headers_are_taken_from_the_nvrtc_that_is_used() {
        let tree = Tree::new(
            "include",
            &[
                "toolkit/lib64/libnvrtc.so.13",
                "toolkit/include/cuda_fp16.h",
                "nvidia/cu13/lib/libnvrtc.so.13",
                "nvidia/cu13/include/cuda_fp16.h",
                "nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                "nvidia/cuda_runtime/include/cuda_fp16.h",
            ],
        );
        let root = tree.0.canonicalize().unwrap();
        for (library, include) in [
            ("toolkit/lib64/libnvrtc.so.13", "toolkit/include"),
            ("nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cu13/include"),
            ("nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "nvidia/cuda_runtime/include"),
        ] {
            assert_eq!(include_folder(&root.join(library)), Some(root.join(include)));
        }
    }

    #[test]
    fn a_folder_offers_its_libraries_newest_first() {
        let tree = Tree::new(
            "folder",
            &["libnvrtc.so.12", "libnvrtc.so.13", "libnvrtc-builtins.so.12.9", "libnvrtc-builtins.so.13.1"],
        );
        let root = &tree.0;
        let found = nvrtc_candidates(&Some(root.clone()));
        assert_eq!(found, [root.join("libnvrtc.so.13"), root.join("libnvrtc.so.12")]);
        let builtins = builtins_beside(&root.join("libnvrtc.so.13"), (13, 1));
        assert_eq!(builtins[0], root.join("libnvrtc-builtins.so.13.1"));
        assert_eq!(builtins.len(), 2);
        assert_eq!(cuda_candidates(&Some(root.clone())), [root.join("libcuda.so.1")]);
    }

    #[test]
    fn python_folders_are_sorted_by_version_not_by_text() {
        let tree =
            Tree::new("python", &["python3.9/x", "python3.12/x", "python3/x", "perl5/x", "python3.12-old/x"]);
        let names: Vec<_> =
            python_folders(&tree.0).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["python3.12", "python3.9", "python3"]);
    }
}
