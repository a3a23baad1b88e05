//! Makes a text with a difference small: leaves out runs of lines as long as the same kind of difference stays.

/// The word before the colon, and for refusals the message.
pub fn kind(verdict: &str) -> String {
    let mut parts = verdict.splitn(2, ": ");
    let word = parts.next().unwrap_or_default();
    if word != "refused" {
        return word.to_owned();
    }
    let rest = parts.next().unwrap_or_default();
    let at = rest.find("error: ").unwrap_or(0);
    let message: String =
        rest[at..].lines().next().unwrap_or_default().chars().filter(|c| !c.is_ascii_digit()).collect();
    // Names differ as the text shrinks: what is quoted does not count.
    let plain: String = message.split(['`', '"', '\'']).step_by(2).collect();
    format!("{word} {plain}")
}

/// The line with which the brace opened on line `i` is closed.
fn closing(lines: &[&str], i: usize) -> usize {
    let mut depth = 0i32;
    for (k, line) in lines.iter().enumerate().skip(i) {
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        if depth <= 0 {
            return k;
        }
    }
    i
}

pub fn reduce(text: &str, same: &dyn Fn(&str) -> bool) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    loop {
        let before = lines.len();
        // Whole braces first, then single lines and pairs, from the end: uses go before declarations.
        for step in [0usize, 16, 4, 1] {
            let mut i = lines.len();
            while i > 0 {
                i -= 1;
                if i >= lines.len() {
                    continue;
                }
                let end = if step == 0 { closing(&lines, i) } else { (i + step - 1).min(lines.len() - 1) };
                if step == 0 && end == i {
                    continue;
                }
                let mut less = lines.clone();
                less.drain(i..=end);
                if same(&less.join("\n")) {
                    lines = less;
                    continue;
                }
                if step == 0 {
                    // The head and the end of the block, without what is inside or around it.
                    let mut less = lines.clone();
                    less.drain(i + 1..end);
                    if end > i + 1 && same(&less.join("\n")) {
                        lines = less;
                        continue;
                    }
                    let mut less = lines.clone();
                    less.remove(end);
                    less.remove(i);
                    if same(&less.join("\n")) {
                        lines = less;
                    }
                }
            }
        }
        if lines.len() == before {
            break;
        }
    }
    lines.join("\n")
}
