//! Messages as files, and what each is read as: `tests/data/<outcome>/<name>.json` holds the bytes, `.expect` beside it
//! the reading, the violations and the event. Names begin with the behaviour they stand for, e.g. a row number.
//!
//! `UPDATE=1 cargo test -p wattledger-decoder --test golden` writes the files anew (the first line stays); the
//! difference is then for a person to judge.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod render;

use std::fs;
use std::path::{Path, PathBuf};

use wattledger_decoder::{Code, Decoder, Outcome, Reading};
use wattledger_record::OcppVersion;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

#[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
fn is_update() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

fn messages(outcome: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(Path::new(DATA).join(outcome))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{outcome}");
    files
}

/// The first line of an expectation: `reading 2.1 strict zone=120`.
fn reading(line: &str) -> Reading {
    let mut words = line.strip_prefix("reading ").unwrap().split(' ');
    let mut reading =
        Reading { version: OcppVersion::parse(words.next().unwrap()).unwrap(), ..Reading::default() };
    for word in words {
        match word.strip_prefix("zone=") {
            Some(minutes) => reading.zone_minutes = Some(minutes.parse().unwrap()),
            None if word == "strict" => reading.strict = true,
            None => panic!("{word}"),
        }
    }
    reading
}

fn check(folder: &str, outcome: Outcome) {
    let mut decoder = Decoder::default();
    let mut differing = Vec::new();
    for file in messages(folder) {
        let expect_file = file.with_extension("expect");
        let expect = fs::read_to_string(&expect_file).unwrap();
        let first = expect.lines().next().unwrap();
        let message = fs::read(&file).unwrap();
        let decoded = decoder.decode(&message, reading(first));
        assert_eq!(decoded.outcome(), outcome, "{}: {:#?}", file.display(), decoded.violations);
        let found = format!("{first}\n{}", render::decoded(&decoded));
        if is_update() {
            fs::write(&expect_file, &found).unwrap();
        } else if found != expect {
            differing.push(format!("{}\n--- expected\n{expect}\n--- found\n{found}", file.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn clean_messages() {
    check("accept", Outcome::Clean);
}

#[test]
fn flagged_messages() {
    check("flag", Outcome::Flagged);
}

#[test]
fn quarantined_messages() {
    check("quarantine", Outcome::Quarantined);
}

/// A code that no file shows is a rule without a test.
#[test]
fn every_code_is_shown_by_a_file() {
    let shown: String = ["flag", "quarantine"]
        .iter()
        .flat_map(|folder| messages(folder))
        .map(|file| fs::read_to_string(file.with_extension("expect")).unwrap())
        .collect();
    // 4 MiB of message are made in tests/limits.rs instead of kept as a file
    let elsewhere = [Code::TooLarge, Code::TooMany];
    for code in Code::ALL.iter().filter(|code| !elsewhere.contains(code)) {
        assert!(shown.contains(&format!("violation {code} ")), "{code}");
    }
}
