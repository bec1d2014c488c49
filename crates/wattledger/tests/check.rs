//! `wattledger check` as its user runs it: files and standard input in, report and exit status out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../check/tests/data");

fn fixture(name: &str) -> String {
    Path::new(DATA).join(name).display().to_string()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wattledger")).arg("check").args(arguments).output().unwrap()
}

fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wattledger"))
        .arg("check")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const CLEAN: &str = r#"{"eventType":"Updated","timestamp":"2026-03-01T10:00:00Z","triggerReason":"Trigger","seqNo":1,"transactionInfo":{"transactionId":"a"}}"#;

fn charge(reason: &str) -> String {
    let event = |kind: &str, seq: u32, wh: u32, context: &str, token: &str| {
        format!(
            r#"{{"eventType":"{kind}","timestamp":"2026-03-01T10:0{seq}:00Z","triggerReason":"{reason}","seqNo":{seq},"transactionInfo":{{"transactionId":"a"}},"evse":{{"id":1}}{token},"meterValue":[{{"timestamp":"2026-03-01T10:0{seq}:00Z","sampledValue":[{{"value":{wh},"context":"{context}"}}]}}]}}"#
        )
    };
    let token = r#","idToken":{"idToken":"04A2B3C4","type":"ISO14443"}"#;
    let begin = event("Started", 0, 1000, "Transaction.Begin", token);
    format!("{begin}\n{}", event("Ended", 1, 1100, "Transaction.End", ""))
}

#[test]
fn the_exit_status_tells_the_worst_finding() {
    assert_eq!(status(&run(&[&fixture("clean.ndjson")])), 0);
    assert_eq!(status(&fed(&["-"], charge("authorized").as_bytes())), 1);
    assert_eq!(status(&fed(&["-"], CLEAN.as_bytes())), 2, "a charge without a start");
    assert_eq!(status(&run(&[&fixture("nasty.log")])), 2);
    assert_eq!(status(&run(&[&fixture("nothing.log")])), 65);
}

#[test]
fn fail_on_sets_the_least_that_counts() {
    let with = |level: &str, input: &str| status(&fed(&["--fail-on", level, "-"], input.as_bytes()));
    assert_eq!([with("flagged", &charge("authorized")), with("review", &charge("authorized"))], [1, 0]);
    assert_eq!([with("review", CLEAN), with("quarantined", CLEAN)], [2, 0]);
    assert_eq!(with("quarantined", "{\"eventType\":\"Started\"}"), 2);
}

#[test]
fn strict_reading_quarantines_what_is_coerced() {
    let quoted = charge("Authorized").replace("\"seqNo\":0", "\"seqNo\":\"0\"");
    let counts = |arguments: &[&str]| json(&fed(arguments, quoted.as_bytes()))["events"].clone();
    assert_eq!(counts(&["--format", "json", "-"])["flagged"], 1);
    assert_eq!(counts(&["--format", "json", "--strict", "-"])["quarantined"], 1);
}

#[test]
fn version_zone_and_station_are_taken_from_the_command_line() {
    let zoneless = charge("Authorized")
        .replace("00Z", "00")
        .replace("\"evse\"", "\"preconditioningStatus\":\"Ready\",\"evse\"");
    let report = json(&fed(
        &["--format", "json", "--version", "2.1", "--zone", "-05:30", "--station", "ACME", "-"],
        zoneless.as_bytes(),
    ));
    assert_eq!(report["reading"]["version"], "2.1");
    assert_eq!(report["charges"]["told"][0]["station"], "ACME");
    assert_eq!(report["charges"]["told"][0]["started_at"], "2026-03-01T15:30:00Z");
    let codes: Vec<_> = report["codes"].as_array().unwrap().iter().map(|code| code["code"].clone()).collect();
    assert_eq!(codes, ["tz_assumed"]);
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    let folder = folder("check-usage");
    let packed = folder.join("a.log.gz");
    std::fs::write(&packed, b"\x1f\x8b\x08\x00rest").unwrap();
    let (folder, packed) = (folder.display().to_string(), packed.display().to_string());
    let cases: [(&[&str], &str); 8] = [
        (&[], "FILE"),
        (&["--no-such", "-"], "--no-such"),
        (&["--zone", "Berlin", "-"], "+02:00"),
        (&["--version", "1.6", "-"], "2.0.1 and 2.1"),
        (&["--station", "a/b", "-"], "station identity"),
        (&["-", "-"], "only once"),
        (&[&folder], "is a folder"),
        (&[&packed], "zcat"),
    ];
    for (arguments, said) in cases {
        let output = run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(status(&output), 64, "{arguments:?} {stderr}");
        assert!(stderr.contains(said), "{arguments:?} {stderr}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(status(&run(&["--help"])), 0);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let output = run(&[&fixture("clean.ndjson"), "/no/such/file.log"]);
    assert_eq!(status(&output), 66);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("/no/such/file.log") && stderr.contains("No such file"), "{stderr}");
}

#[test]
fn line_ends_of_any_kind_give_the_same_events() {
    let frames = std::fs::read_to_string(fixture("frames.log")).unwrap();
    let report = |text: &str| {
        let report = json(&fed(&["--format", "json", "-"], text.as_bytes()));
        (report["events"].clone(), report["charges"]["classes"].clone(), report["input"]["lines"].clone())
    };
    let unix = report(&frames);
    assert_eq!(report(&frames.replace('\n', "\r\n")), unix);
    assert_eq!(report(frames.trim_end()), unix);
    assert_eq!(report(&format!("\u{feff}{frames}")), unix);
}

#[test]
fn several_files_are_one_input() {
    let output = run(&["--format", "json", &fixture("nothing.log"), &fixture("clean.ndjson")]);
    let report = json(&output);
    assert_eq!((status(&output), &report["input"]["lines"]), (0, &serde_json::json!(5)));
    let told = &report["charges"]["told"][0]["place"];
    assert_eq!(
        (&told["file"], &told["line"]),
        (&serde_json::json!(fixture("clean.ndjson")), &serde_json::json!(1))
    );
}

#[test]
fn nothing_but_the_report_is_written() {
    let output = run(&[&fixture("clean.ndjson")]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no bar where there is no terminal");
    assert!(output.stdout.is_ascii());
    let text = run(&[&fixture("nasty.log")]).stdout;
    let controls = text.iter().filter(|b| b.is_ascii_control() && **b != b'\n').count();
    assert_eq!(controls, 0, "a log could write over the terminal of its reader");
}
