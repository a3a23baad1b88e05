//! `include/vmgpu.h` is what cbindgen makes of `src/capi`, compiles in every language it promises, and the two headers
//! beside it know everything that it declares. `VMGPU_BLESS=1` rewrites the generated parts.

mod c_support;

use std::path::PathBuf;

use c_support::header::{Header, layout, root};
use c_support::{Compiler, scratch};

/// Source files in the order in which the header presents them.
const SOURCES: &[&str] = &[
    "status",
    "version",
    "last_error",
    "log",
    "enums",
    "manager",
    "device",
    "buffer",
    "kernel",
    "arg",
    "executor_types",
    "executor",
];

fn header_path() -> PathBuf {
    root().join("include/vmgpu.h")
}

/// The header as it should be: cbindgen's output, its declarations laid out for reading.
fn generate() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in SOURCES {
        builder = builder.with_src(root().join(format!("src/capi/{name}.rs")));
    }
    let mut bytes = Vec::new();
    builder.generate().expect("cbindgen reads src/capi").write(&mut bytes);
    let text = String::from_utf8(bytes).expect("UTF-8");
    layout(&text)
}

#[test]
fn committed_header_is_what_the_sources_say() {
    let made = generate();
    if std::env::var_os("VMGPU_BLESS").is_some() {
        std::fs::write(header_path(), &made).expect("include/vmgpu.h is writable");
        return;
    }
    let committed = std::fs::read_to_string(header_path()).unwrap_or_default();
    let differs = made.lines().zip(committed.lines()).position(|(a, b)| a != b);
    assert!(
        made == committed,
        "include/vmgpu.h is out of date (first difference in line {:?}); run VMGPU_BLESS=1 cargo test --test header",
        differs.map(|line| line + 1)
    );
}

#[test]
fn every_source_file_with_functions_is_listed() {
    for entry in std::fs::read_dir(root().join("src/capi")).expect("src/capi") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("source");
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_string();
        if text.contains("no_mangle") {
            assert!(
                SOURCES.contains(&stem.as_str()),
                "{stem}.rs has exported functions but is not in SOURCES"
            );
        }
    }
}

#[test]
fn every_function_is_documented() {
    let header = Header::read();
    assert!(header.functions.len() >= 60, "only {} functions were parsed", header.functions.len());
    for function in &header.functions {
        assert!(!function.comment.is_empty(), "{} has no comment", function.name);
        if function.returns == "vmgpu_status" {
            assert!(function.comment.contains("@return"), "{} does not say what it returns", function.name);
        }
    }
}

#[test]
fn compiles_alone_and_twice_in_every_language() {
    let dir = scratch("header");
    for (file, include) in [("alone", 1), ("twice", 2)] {
        for (extension, standards) in
            [("c", &["c99", "c11", "c17", "gnu2x"][..]), ("cpp", &["c++11", "c++14", "c++17", "c++20"][..])]
        {
            let source = dir.join(format!("{file}.{extension}"));
            let text = "#include \"vmgpu.h\"\n".repeat(include) + "int vmgpu_header_test;\n";
            std::fs::write(&source, text).expect("scratch file");
            for standard in standards {
                Compiler::new(extension, standard).check_only(&source);
            }
        }
    }
}

/// The initialiser macros must list every field and compile without warnings, also as C++.
#[test]
fn initialisers_compile_everywhere() {
    let dir = scratch("header_init");
    let header = Header::read();
    let mut text = String::from("#include \"vmgpu.h\"\nint main(void) {\n    size_t sum = 0;\n");
    let macros: Vec<&String> = header.macros.iter().filter(|m| m.ends_with("_INIT")).collect();
    assert!(macros.len() >= 9, "{macros:?}");
    for (index, name) in macros.iter().enumerate() {
        let mut base = name.trim_end_matches("_INIT").to_lowercase();
        for preset in ["_production", "_development", "_benchmark"] {
            base = base.trim_end_matches(preset).to_string();
        }
        text += &format!(
            "    {{\n        {base} v{index} = {name};\n        sum += v{index}.struct_size;\n    }}\n"
        );
    }
    text += "    return sum == 0;\n}\n";
    for (extension, standards) in [("c", &["c99", "c17"][..]), ("cpp", &["c++11", "c++20"][..])] {
        let source = dir.join(format!("init.{extension}"));
        std::fs::write(&source, &text).expect("scratch file");
        for standard in standards {
            Compiler::new(extension, standard).check_only(&source);
        }
    }
}

/// The text between two marker lines, exclusive; `None` if a marker is missing.
fn region<'a>(text: &'a str, name: &str) -> Option<(usize, usize, &'a str)> {
    let begin = format!("/* BEGIN {name} */");
    let start = text.find(&begin)?;
    let start = start + text[start..].find('\n')? + 1;
    let end = start + text[start..].find(&format!("/* END {name} */"))?;
    let end = text[..end].rfind('\n')? + 1;
    Some((start, end, &text[start..end]))
}

#[test]
fn the_loader_has_every_function_with_its_signature() {
    let header = Header::read();
    let path = root().join("include/vmgpu_loader.h");
    let mut text = std::fs::read_to_string(&path).expect("include/vmgpu_loader.h");
    let short = |name: &str| name.strip_prefix("vmgpu_").expect("prefix").to_string();
    let functions: String = header
        .functions
        .iter()
        .map(|f| format!("    X({}, {}, ({})) \\\n", f.returns, short(&f.name), f.parameters))
        .collect();
    let names: String = header
        .functions
        .iter()
        .map(|f| format!("#define {} vmgpu_loader_table.{}\n", f.name, short(&f.name)))
        .collect();
    for (name, wanted) in [("FUNCTIONS", functions), ("NAMES", names)] {
        let (start, end, found) = region(&text, name).expect("markers");
        if found != wanted {
            assert!(
                std::env::var_os("VMGPU_BLESS").is_some(),
                "{name} of vmgpu_loader.h differ from vmgpu.h; run VMGPU_BLESS=1 cargo test --test header"
            );
            text.replace_range(start..end, &wanted);
            std::fs::write(&path, &text).expect("include/vmgpu_loader.h is writable");
        }
    }
}

/// The compiler itself compares each entry of the loader's table with the declaration in vmgpu.h.
#[test]
fn the_loader_compiles_everywhere_and_its_types_are_those_of_the_header() {
    let dir = scratch("header_loader");
    let mut text = String::from(
        "#include \"vmgpu_loader.h\"\nvoid fill(vmgpu_loader_api *api);\nvoid fill(vmgpu_loader_api *api) {\n",
    );
    for function in Header::read().functions {
        let short = function.name.trim_start_matches("vmgpu_").to_string();
        text += &format!("    api->{short} = {};\n", function.name);
    }
    text += "}\n";
    let programs = [
        ("types", text),
        ("one", "#define VMGPU_LOADER_IMPLEMENTATION\n#define VMGPU_LOADER_NAMES\n#include \"vmgpu_loader.h\"\n#include \"vmgpu_loader.h\"\nuint32_t v(void);\nuint32_t v(void) { return vmgpu_version(); }\n".into()),
        ("late", "#include \"vmgpu_loader.h\"\n#define VMGPU_LOADER_NAMES\n#include \"vmgpu_loader.h\"\nuint32_t v(void);\nuint32_t v(void) { return vmgpu_version(); }\n".into()),
    ];
    for (name, program) in programs {
        for (extension, standards) in [("c", &["c99", "c11", "c17"][..]), ("cpp", &["c++11", "c++17"][..])] {
            let source = dir.join(format!("{name}.{extension}"));
            std::fs::write(&source, &program).expect("scratch file");
            for standard in standards {
                Compiler::new(extension, standard).check_only(&source);
            }
        }
    }
}

#[test]
fn the_cpp_wrapper_uses_every_function_and_names_every_value() {
    let text = std::fs::read_to_string(root().join("include/vmgpu.hpp")).expect("include/vmgpu.hpp");
    let words: std::collections::HashSet<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let header = Header::read();
    let missing: Vec<&str> =
        header.functions.iter().map(|f| f.name.as_str()).filter(|name| !words.contains(name)).collect();
    assert!(missing.is_empty(), "vmgpu.hpp does not use {missing:?}");
    let values: Vec<&String> =
        header.enumerations.iter().flat_map(|e| &e.values).map(|(name, _)| name).collect();
    assert!(values.len() >= 66, "only {} values were parsed", values.len());
    let missing: Vec<&&String> = values.iter().filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "vmgpu.hpp does not name {missing:?}");
}

#[test]
fn the_cpp_wrapper_compiles_over_the_linked_and_the_loaded_api() {
    let dir = scratch("header_hpp");
    for (name, lines) in [
        ("linked", "#include \"vmgpu.hpp\"\n#include \"vmgpu.hpp\"\n"),
        ("loaded", "#define VMGPU_HPP_LOADER\n#define VMGPU_LOADER_IMPLEMENTATION\n#include \"vmgpu.hpp\"\n"),
    ] {
        let source = dir.join(format!("{name}.cpp"));
        std::fs::write(&source, lines).expect("scratch file");
        for standard in ["c++17", "c++20"] {
            Compiler::new("cpp", standard).check_only(&source);
            Compiler::new("cpp", standard).flag("-fno-exceptions").flag("-fno-rtti").check_only(&source);
        }
    }
}
