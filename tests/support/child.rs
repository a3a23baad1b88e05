//! Runs a test's body in a process of its own: drivers and libraries are process-wide state.

use std::process::{Command, Output};

const MARK: &str = "VMGPU_TEST_CHILD";

/// Runs `body` in a child process made for the calling test, whose name is `test` ("module::name" as the test runner
/// prints it). Fails with the child's output if it fails.
pub fn in_child(test: &str, environment: &[(&str, &str)], body: impl FnOnce()) {
    if std::env::var(MARK).as_deref() == Ok(test) {
        body();
        return;
    }
    let output = run(test, environment);
    assert!(
        output.status.success(),
        "child of {test} failed ({})\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    // A name that fits no test would run nothing and succeed.
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "child of {test} ran no test:\n{text}");
}

fn run(test: &str, environment: &[(&str, &str)]) -> Output {
    let program = std::env::current_exe().expect("path of the test program");
    Command::new(program)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, test)
        .envs(environment.iter().copied())
        .output()
        .expect("starting the child process")
}
