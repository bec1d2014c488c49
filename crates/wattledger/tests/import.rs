//! `wattledger import` as its user runs it. What it does to tables is tested in `crates/import`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A port on which nobody listens.
const NOBODY: &str = "sink.clickhouse.url=http://127.0.0.1:9";

fn run(arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wattledger"))
        .args(["import", "--set", NOBODY, "--set", "sink.token_key=0123456789abcdef"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a run that needs no input may be over before it is written
    child.stdin.take().unwrap().write_all(b"tenant,station\nacme,CS-1\n").ok();
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_help_lists_every_table() {
    let (status, out, _) = told(&run(&["--help"]));
    assert_eq!(status, Some(0));
    for table in wattledger_import::table::TABLES {
        assert!(out.contains(&format!("\n  {} ", table.name)), "{}: {out}", table.name);
    }
    assert!(out.contains("Exit status:"), "{out}");
}

#[test]
fn columns_are_printed_without_file_or_server() {
    let (status, out, _) = told(&run(&["tariff-windows", "--columns"]));
    assert_eq!(status, Some(0));
    assert!(out.starts_with("tenant,tariff,valid_from,name,weekdays,from,to,time_zone,removed\n\n"), "{out}");
}

#[test]
fn wrong_usage_has_status_2() {
    for arguments in [
        &["station", "-"][..],
        &["stations"],
        &["stations", "-", "--delimiter", "ab"],
        &["stations", "-", "--problems", "2000000"],
        &["stations", "-", "--set", "sink.clickhouse.ur=x"],
        &["stations", "no-such-file.csv"],
        &["tokens", "-", "--set", "sink.token_key=short"],
    ] {
        let (status, out, error) = told(&run(arguments));
        assert_eq!((status, out.as_str()), (Some(2), ""), "{arguments:?}: {error}");
        assert!(!error.is_empty(), "{arguments:?}");
    }
    let (_, _, error) = told(&run(&["station", "-"]));
    assert!(error.contains("the tables are stations, evses"), "{error}");
}

#[test]
fn a_server_that_is_not_there_has_status_3_and_no_secret_is_told() {
    let (status, out, error) = told(&run(&["stations", "-"]));
    assert_eq!((status, out.as_str()), (Some(3), ""), "{error}");
    assert!(error.contains("failed") && error.contains("because: "), "{error}");
    assert!(!error.contains("0123456789abcdef"), "{error}");
}

#[test]
fn a_secret_may_stand_in_a_file() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("import-secrets");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("token-key");
    std::fs::write(&path, "0123456789abcdef of the file\n").unwrap();
    let of_file = format!("sink.token_key_file={}", path.display());
    let import = |set: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattledger"));
        command.args(["import", "tokens", "/dev/null", "--set", NOBODY]);
        for set in set {
            command.args(["--set", set]);
        }
        told(&command.output().unwrap())
    };
    let (status, _, error) = import(&[&of_file]);
    assert_eq!(status, Some(3), "the key was read, the server is asked: {error}");
    let (status, _, error) = import(&[]);
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("tokens needs the sink's token_key"), "{error}");
    let (status, _, error) = import(&[&of_file, "sink.token_key=0123456789abcdef"]);
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("both"), "{error}");
    let (status, _, error) = import(&["sink.token_key_file=/no/such/file"]);
    assert_eq!(status, Some(2), "{error}");
    assert!(error.contains("/no/such/file"), "{error}");
}
