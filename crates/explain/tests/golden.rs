//! Stories, and what is said of each: `tests/stories/<name>.story`, beside it the answer as `.txt` and as `.json`.
//!
//! `UPDATE=1 cargo test -p wattledger-explain --test golden` writes the answers anew; the difference is then for a person
//! to judge.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a story that cannot be read fails the test"
)]

#[path = "story/stored.rs"]
mod stored;
mod story;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use wattledger_assemble::record::FOLD_REVISION;
use wattledger_explain::agree::State;
use wattledger_explain::charges;
use wattledger_explain::near::Near;
use wattledger_explain::report::{Line, Report};
use wattledger_explain::wanted::{Scope, Wanted};

const STORIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories");

#[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
fn is_update() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(STORIES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "story"))
        .collect();
    files.sort();
    assert!(files.len() >= 15, "a story for each kind of trouble");
    files
}

fn report(text: &str, all: bool) -> Report {
    let read = stored::play(&story::read(text));
    Report::new(&read.story, &read.folded, &read.reckonings, &Scope { all, only: None })
}

fn told(name: &str) -> Report {
    report(&fs::read_to_string(format!("{STORIES}/{name}.story")).unwrap(), false)
}

/// Without what a new version of the program or a new revision of the rules changes everywhere.
fn named(report: &Report, text: String) -> String {
    let versions = report.charges.iter().filter_map(|charge| charge.version.as_deref());
    let text = versions.fold(text, |text, version| text.replace(version, "NUMBER"));
    text.replace(&format!("\"fold_revision\": {FOLD_REVISION}"), "\"fold_revision\": \"TODAY\"")
        .replace(&format!("revision {FOLD_REVISION} of"), "revision TODAY of")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn answers_are_as_they_were() {
    let mut differing = Vec::new();
    for file in files() {
        let report = report(&fs::read_to_string(&file).unwrap(), false);
        for (found, extension) in [(report.to_text(false), "txt"), (report.to_json(), "json")] {
            let found = named(&report, found);
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
fn lines_fit_and_colours_only_add_to_them() {
    for file in files() {
        let report = report(&fs::read_to_string(&file).unwrap(), true);
        let plain = report.to_text(false);
        for line in plain.lines() {
            assert!(line.chars().count() <= 120, "{}: {line}", file.display());
        }
        let mut bare = report.to_text(true);
        for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m"] {
            bare = bare.replace(code, "");
        }
        assert!(!plain.contains('\u{1b}') && bare == plain, "{}", file.display());
    }
}

#[test]
fn why_and_why_not_stand_in_the_first_ten_lines() {
    let text = told("conflict").to_text(false);
    let head: Vec<&str> = text.lines().take(10).collect();
    let head = head.join("\n");
    for part in ["NOT BILLABLE", "12.3 kWh", "begin_end_register", "review conflict", "seqNo 0", "@100"] {
        assert!(head.contains(part), "{part} is not in\n{head}");
    }
}

#[test]
fn a_record_that_is_not_what_its_events_give_is_said() {
    let states = [
        ("in_order", State::Equal),
        ("behind", State::Behind),
        ("other_revision", State::OtherRevision),
        ("no_record", State::NoRecord),
        ("expired", State::NoEvents),
    ];
    for (name, state) in states {
        let report = told(name);
        assert_eq!(report.charges[0].agreement.state, state, "{name}");
        let text = report.to_text(false);
        let says: Vec<bool> = states
            .iter()
            .skip(1)
            .map(|(_, other)| text.contains(&format!("  {}: ", other.title())))
            .collect();
        let expect: Vec<bool> = states.iter().skip(1).map(|(_, other)| *other == state).collect();
        assert_eq!(says, expect, "{name}\n{text}");
    }
}

#[test]
fn of_many_charges_under_one_id_the_latest_are_told() {
    let charge = |hour: i64| format!("0 S {hour}:00 begin={hour}000\n1 E {hour}:30 end={hour}500\n");
    let story: String = (24..74).map(charge).collect();
    let few = report(&story, false);
    let told: Vec<u32> = few.charges.iter().map(|charge| charge.instance).collect();
    assert_eq!((told, few.charges_in_all), ((31..=50).collect(), 50));
    assert!(few.to_text(false).contains("the latest 20 of 50 charges (--all tells the others)"));
    assert_eq!(report(&story, true).charges.len(), 50);
}

#[test]
fn what_is_wanted_is_what_is_shown() {
    let story = fs::read_to_string(format!("{STORIES}/large.story")).unwrap();
    let read = stored::play(&story::read(&story));
    let arranged = charges::arrange(&read.folded, &read.reckonings, &read.story.events);
    let scope = Scope::default();
    let wanted = Wanted::of(&arranged, &scope);
    let report = Report::new(&read.story, &read.folded, &read.reckonings, &scope);
    let shown = report.charges[0].events.iter().filter(|line| matches!(line, Line::Event(_))).count();
    assert_eq!((wanted.shown.len(), wanted.compared.len(), wanted.figures.len()), (shown, 4, 2));
    assert!(shown < 80 && read.story.events.len() > 1_000, "{shown} shown");
}

#[test]
fn what_a_station_sends_moves_no_cursor() {
    let text =
        report("0 S 10:00 begin=1 tok=\u{1b}[2Jx note=\u{7}\n0 S 10:00 begin=2 note=\u{1b}[1A\n", false)
            .to_text(false);
    assert!(text.contains("\u{fffd}[2Jx") && !text.contains(['\u{1b}', '\u{7}']), "{text}");
}

const PAGE: &str = include_str!("../../../docs/explain.md");

#[test]
fn the_page_shows_what_is_printed() {
    let printed = fs::read_to_string(format!("{STORIES}/conflict.txt")).unwrap();
    let shown = PAGE.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(shown.lines().count() > 8);
    for line in shown.lines().filter(|line| *line != "…") {
        assert!(printed.lines().any(|printed| printed == line), "{line}");
    }
}

/// Names of members, apart from those of `record`, which are columns.
fn members(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                into.insert(name.clone());
                if name != "record" {
                    members(value, into);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| members(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_names_every_member() {
    let mut names = BTreeSet::new();
    for file in files() {
        let report = report(&fs::read_to_string(&file).unwrap(), false);
        members(&serde_json::from_str(&report.to_json()).unwrap(), &mut names);
    }
    members(&serde_json::from_str(&Near::new().to_json()).unwrap(), &mut names);
    let unnamed: Vec<&String> = names
        .iter()
        .filter(|name| !PAGE.contains(&format!("`{name}`")) && !PAGE.contains(&format!("`{name}[]`")))
        .collect();
    assert!(names.len() > 80 && unnamed.is_empty(), "{} names; not on the page: {unnamed:?}", names.len());
}
