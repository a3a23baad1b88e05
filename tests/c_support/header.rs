//! Reads `include/vmgpu.h` as its users do: functions with their signatures, enumerations, macros.

use std::path::PathBuf;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One declared function.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    /// "vmgpu_status", "const char *".
    pub returns: String,
    /// The parameter list between the parentheses on one line.
    pub parameters: String,
    pub comment: String,
}

impl Function {
    /// Names of the parameters, in order.
    pub fn parameter_names(&self) -> Vec<String> {
        if self.parameters == "void" {
            return Vec::new();
        }
        self.parameters
            .split(',')
            .map(|p| p.rsplit([' ', '*']).next().unwrap_or_default().to_string())
            .collect()
    }
}

/// An enumeration with its values.
#[derive(Debug, Clone)]
pub struct Enumeration {
    pub name: String,
    pub values: Vec<(String, u32)>,
}

pub struct Header {
    pub functions: Vec<Function>,
    pub enumerations: Vec<Enumeration>,
    pub macros: Vec<String>,
}

impl Header {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(root().join("include/vmgpu.h")).expect("include/vmgpu.h");
        Header { functions: functions(&text), enumerations: enumerations(&text), macros: macros(&text) }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn functions(text: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\nVMGPU_API") {
        let before = &rest[..at];
        let comment = match before.trim_end().ends_with("*/") {
            true => before.rfind("/**").map_or("", |start| &before[start..]),
            false => "",
        };
        let declaration = &rest[at + "\nVMGPU_API".len()..];
        let end = declaration.find(';').expect("declarations end with ;");
        let flat = one_line(&declaration[..end]);
        let open = flat.find('(').expect("a parameter list");
        let name_start = flat[..open].rfind([' ', '*']).map_or(0, |i| i + 1);
        found.push(Function {
            name: flat[name_start..open].to_string(),
            returns: flat[..name_start].trim().to_string(),
            parameters: flat[open + 1..flat.len() - 1].to_string(),
            comment: comment.to_string(),
        });
        rest = &declaration[end..];
    }
    found
}

fn enumerations(text: &str) -> Vec<Enumeration> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("enum ") else { continue };
        let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let mut values = Vec::new();
        for line in lines.by_ref() {
            if line.starts_with("};") {
                break;
            }
            let Some((value, number)) = line.trim().split_once(" = ") else { continue };
            if value.starts_with("VMGPU_") {
                let number = number.trim_end_matches(',').parse().expect("a number");
                values.push((value.to_string(), number));
            }
        }
        found.push(Enumeration { name: name.to_string(), values });
    }
    found
}

fn macros(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .filter_map(|line| line.split(|c: char| c.is_whitespace() || c == '(').next())
        .map(String::from)
        .collect()
}

/// The first function of each part of the manual, and the part's title.
const PARTS: &[(&str, &str)] = &[
    ("vmgpu_status_name", "Status and version"),
    ("vmgpu_last_error", "Errors and log"),
    ("vmgpu_manager_options_init", "Manager"),
    ("vmgpu_device_info_init", "Device"),
    ("vmgpu_buffer_create", "Buffer"),
    ("vmgpu_compile_options_init", "Kernel"),
    ("vmgpu_arg_u8", "Kernel arguments"),
    ("vmgpu_executor_config_init", "Executor"),
];

/// Lays cbindgen's declarations out for reading: `vmgpu_x *` without `struct`, one line where it fits, and a title before
/// the first function of each part.
pub fn layout(text: &str) -> String {
    let text = plain_enumerations(&short_comments(text));
    let marked = text.replace("typedef struct ", "typedef@ ").replace("struct vmgpu_", "vmgpu_");
    let text = marked.replace("typedef@ ", "typedef struct ");
    let mut result = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\nVMGPU_API") {
        let end = at + rest[at..].find(';').expect("declarations end with ;") + 1;
        let declaration = one_line(&rest[at..end]);
        let name = declaration[..declaration.find('(').expect("a parameter list")]
            .rsplit([' ', '*'])
            .next()
            .unwrap_or_default();
        let part = PARTS.iter().find(|(first, _)| *first == name);
        let comment = rest[..at].rfind("/**").expect("functions have comments");
        result.push_str(&rest[..comment]);
        if let Some((_, title)) = part {
            result.push_str(&format!("/* {title} {} */\n\n", "-".repeat(LINE - 7 - title.len())));
        }
        result.push_str(&rest[comment..at]);
        result.push('\n');
        result.push_str(&wrapped(&declaration));
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}

const LINE: usize = 110;

/// A comment of one line takes one line.
fn short_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut result = String::new();
    let mut at = 0;
    while at < lines.len() {
        let indent = &lines[at][..lines[at].len() - lines[at].trim_start().len()];
        if let [first, middle, last, ..] = &lines[at..]
            && (first.trim(), last.trim()) == ("/**", "*/")
            && middle.len() + 5 <= 120
        {
            result.push_str(&format!("{indent}/** {} */\n", middle.trim().trim_start_matches("* ")));
            at += 3;
            continue;
        }
        result.push_str(lines[at]);
        result.push('\n');
        at += 1;
    }
    result
}

/// cbindgen gives each enumeration two conditionals, one of them for C23. Here C always sees `uint32_t`, in every
/// standard, and C++ an enumeration of that width.
fn plain_enumerations(text: &str) -> String {
    let condition = "#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n  : uint32_t\n#endif // \
                     defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n {";
    let mut text = text.replace(&format!("\n{condition}"), " VMGPU_ENUM_BASE {");
    while let Some(start) = text.find("#if __STDC_VERSION__ >= 202311L\ntypedef enum ") {
        let end_mark = "#endif // __STDC_VERSION__ >= 202311L\n";
        let end = start + text[start..].find(end_mark).expect("the condition ends") + end_mark.len();
        let block = text[start..end].to_string();
        let kept = block.lines().find(|line| line.starts_with("typedef uint32_t")).expect("the C typedef");
        text.replace_range(start..end, &format!("{kept}\n"));
    }
    text
}

/// Breaks a declaration that is too long before a parameter.
fn wrapped(declaration: &str) -> String {
    let mut lines = vec![String::new()];
    for (index, piece) in declaration.split_inclusive(", ").enumerate() {
        let last = lines.last_mut().expect("never empty");
        if index > 0 && last.len() + piece.trim_end().len() > LINE {
            *last = last.trim_end().to_string();
            lines.push(format!("    {piece}"));
        } else {
            last.push_str(piece);
        }
    }
    lines.join("\n")
}
