//! More broken texts, with the place of the caret: the first error stands on the marked line (`//<`), its caret under the
//! word given, and there is no second error: one mistake, one complaint.

use crate::support::{compile_text, complaint, first_line, is_refused_at};

#[path = "mistakes/bodies.rs"]
mod bodies;
#[path = "mistakes/classes.rs"]
mod classes;
#[path = "mistakes/file_scope.rs"]
mod file_scope;
#[path = "mistakes/functions.rs"]
mod functions;

/// A phrase of the error, what the caret stands at (empty: anywhere), and the text.
type Mistake = (&'static str, &'static str, &'static str);

/// Column of the caret of the first error, from its rendering.
fn caret_column(log: &str) -> Option<usize> {
    let mut lines = log.lines().skip_while(|l| !l.contains("error: "));
    lines.next()?;
    lines.next()?;
    lines.next()?.find('^')?.checked_sub(6)
}

#[test]
fn one_mistake_gives_one_error_with_its_caret() {
    let whole = [functions::TEXTS, classes::TEXTS, file_scope::TEXTS].concat();
    let texts = bodies::BODIES
        .iter()
        .map(|(phrase, caret, body)| {
            let head = "// A kernel.\nextern \"C\" __global__ void k(float *x, const float *y, int n) {\n";
            (*phrase, *caret, format!("{head}{body}\n}}\n"))
        })
        .chain(whole.iter().map(|(phrase, caret, text)| (*phrase, *caret, format!("{text}\n"))));
    let mut bad = Vec::new();
    let mut count = 0;
    for (phrase, caret, text) in texts {
        count += 1;
        let outcome = compile_text(&text, "k", &[], &[]);
        if let Some(complaint) = complaint(&outcome) {
            bad.push(format!("{complaint}\n{text}"));
            continue;
        }
        let Some(log) = &outcome.refused else {
            bad.push(format!("accepted:\n{text}"));
            continue;
        };
        let lines: Vec<(usize, &str)> =
            text.lines().enumerate().filter(|(_, l)| l.contains("//<")).map(|(i, l)| (i + 1, l)).collect();
        let [(line, marked)] = lines[..] else { panic!("one mark, please: {text}") };
        let errors = log.lines().filter(|l| l.starts_with("t.cu(") && l.contains("): error: ")).count();
        let at_caret =
            caret_column(log).and_then(|c| marked.get(c..)).is_some_and(|rest| rest.starts_with(caret));
        if !is_refused_at(log, "t.cu", line)
            || !first_line(log).contains(phrase)
            || errors != 1
            || !(caret.is_empty() || at_caret)
        {
            bad.push(format!("wanted line {line}, \"{phrase}\" at `{caret}`, got\n{log}\nfor\n{text}"));
        }
    }
    eprintln!("{count} broken texts");
    assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n----------\n"));
}

#[test]
fn a_long_chain_of_base_classes_is_named() {
    let chain = |count: usize| {
        let classes: String = (1..=count).map(|i| format!("struct A{i} : A{} {{ }};\n", i - 1)).collect();
        let kernel = format!("extern \"C\" __global__ void k(int *x) {{ A{count} a; a.v = 1; x[0] = a.v; }}");
        format!("struct A0 {{ int v; }};\n{classes}{kernel}")
    };
    assert!(compile_text(&chain(64), "k", &[], &[]).refused.is_none());
    let log = compile_text(&chain(65), "k", &[], &[]).refused.expect("more classes than lookup follows");
    assert!(is_refused_at(&log, "t.cu", 66) && log.contains("64 base classes"), "{log}");
}
