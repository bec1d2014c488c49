//! Inputs as files, and what is reported of each: `tests/data/<name>.log` (or `.ndjson`), beside it the report as `.txt` and
//! as `.json`. Fixtures without a word in front come from `examples/fleet_log.rs`; those of `nasty` were made by hand.
//!
//! `UPDATE=1 cargo test -p wattledger-check --test golden` writes the reports anew; the difference is then for a person
//! to judge.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use wattledger_check::{Level, Options, Report, check};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

#[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
fn is_update() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

fn options(inputs: Vec<PathBuf>) -> Options {
    Options {
        inputs,
        shape: None,
        version: None,
        strict: false,
        zone_minutes: None,
        station: None,
        examples: 3,
        charges: 5,
        fail_on: Level::Flagged,
        threads: Some(2),
        spill: None,
    }
}

fn inputs() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(DATA)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log" || extension == "ndjson"))
        .collect();
    files.sort();
    assert!(files.len() >= 11, "a fixture for each form");
    files
}

/// The report of a fixture, under its name instead of its path.
fn report(file: &Path, threads: usize) -> (String, String) {
    let mut options = options(vec![file.to_owned()]);
    options.threads = Some(threads);
    let report: Report = check(&options).unwrap();
    let named =
        |text: String| text.replace(&format!("{DATA}/"), "").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    (named(report.to_text()), named(report.to_json()))
}

#[test]
fn reports_are_as_they_were() {
    let mut differing = Vec::new();
    for file in inputs() {
        let (text, json) = report(&file, 2);
        for (found, extension) in [(text, "txt"), (json, "json")] {
            let expected = file.with_extension(extension);
            if is_update() {
                fs::write(&expected, &found).unwrap();
            } else if fs::read_to_string(&expected).unwrap_or_default() != found {
                differing.push(format!("{}\n{found}", expected.display()));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn every_form_of_one_fleet_tells_the_same_events() {
    let told = |name: &str| {
        let report = check(&options(vec![Path::new(DATA).join(name)])).unwrap();
        let codes: Vec<_> = report.codes.iter().map(|code| (code.code, code.events)).collect();
        (report.events, codes, report.charges.classes, report.charges.energy)
    };
    let frames = told("frames.log");
    for name in
        ["payloads.ndjson", "envelopes.ndjson", "mobilityhouse.log", "home-assistant.log", "ocpp-go.log"]
    {
        assert_eq!(told(name), frames, "{name}");
    }
    for name in ["citrineos.log", "steve.log", "microocpp.log", "docker.log"] {
        assert_eq!(told(name), frames, "{name}");
    }
}

#[test]
fn the_number_of_workers_changes_nothing() {
    // several chunks: each fixture many times over, under one name
    let mut all = Vec::new();
    for file in inputs() {
        all.extend(fs::read(file).unwrap());
        all.push(b'\n');
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workers.log");
    fs::write(&file, all.repeat(usize::div_ceil(4 << 20, all.len()))).unwrap();
    let one = report(&file, 1);
    for threads in [2, 3, 8] {
        assert!(report(&file, threads) == one, "{threads} workers");
    }
    assert!(one.0.contains("further copies"), "{}", one.0);
}
