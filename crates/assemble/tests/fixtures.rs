//! Every fixture of `tests/fold/` gives the record that it states, in any order and with any copies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a fixture that cannot be read, or a broken expectation, fails the test"
)]

mod fold;
#[path = "fold/show.rs"]
mod show;

use std::collections::BTreeSet;
use std::path::PathBuf;

use wattledger_assemble::event::Event;
use wattledger_assemble::record::Folded;
use wattledger_record::Micros;

/// Rows of the catalogue of station behaviour that a fixture stands for.
const ROWS: &[u32] = &[
    1, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33, 34, 35, 36,
    37, 38, 39, 40, 41, 42, 43, 44, 57, 58, 59, 60, 61, 62, 63, 71, 72, 73, 75, 76, 77, 78,
];
/// Rules of the record that a fixture stands for.
const RULES: &[u32] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34,
];

struct Fixture {
    name: String,
    events: Vec<Event>,
    expected: Vec<(usize, String)>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fold");
    let mut fixtures: Vec<Fixture> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "fold"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(text.starts_with("# "), "{name}: no header");
            let (told, expected) = text.split_once("\n=\n").unwrap_or_else(|| panic!("{name}: no '='"));
            Fixture { events: fold::events(told), expected: expectations(expected), name }
        })
        .collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

/// Lines with the index of the record they speak of.
fn expectations(text: &str) -> Vec<(usize, String)> {
    let mut record = 0;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("-- ") {
            Some(number) => record = number.parse::<usize>().unwrap() - 1,
            None => lines.push((record, line.to_owned())),
        }
    }
    lines
}

/// What a fixture states and the record does not.
fn differences(fixture: &Fixture, folded: &Folded) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in &fixture.expected {
        if let Some(count) = line.strip_prefix("records = ") {
            if folded.records.len().to_string() != count {
                found.push(format!("{}: {line}, but there are {}", fixture.name, folded.records.len()));
            }
            continue;
        }
        let Some(record) = folded.records.get(*index) else {
            found.push(format!("{}: no record {}", fixture.name, index + 1));
            continue;
        };
        let fields = show::show(record);
        let mut words = line.splitn(3, ' ');
        let (name, verb) = (words.next().unwrap(), words.next().unwrap());
        let value = words.next().unwrap_or_default().trim();
        let is = fields.get(name).unwrap_or_else(|| panic!("{}: no field {name}", fixture.name));
        let has = || value.split(' ').all(|word| is.split(' ').any(|w| w == word));
        let holds = match verb {
            "=" => is == value,
            "has" => has(),
            "lacks" => !has(),
            other => panic!("{}: no verb {other}", fixture.name),
        };
        if !holds {
            found.push(format!("{} record {}: {line}, but it is '{is}'", fixture.name, index + 1));
        }
    }
    found
}

#[test]
fn every_fixture_gives_the_record_that_it_states() {
    let found: Vec<String> =
        fixtures().iter().flat_map(|fixture| differences(fixture, &fold::fold(&fixture.events))).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_fixture_depends_on_order_or_copies() {
    for fixture in fixtures() {
        let once = fold::fold(&fixture.events);
        let mut events = fixture.events.clone();
        events.reverse();
        assert_eq!(fold::fold(&events), once, "{} reversed", fixture.name);
        for rotation in 0..events.len() {
            events.rotate_left(1);
            let mut copy = events[rotation % events.len()].clone();
            copy.received_at = Micros(copy.received_at.0 + 3_600_000_000);
            copy.offline = !copy.offline;
            events.push(copy);
            assert_eq!(fold::fold(&events), once, "{} with copies", fixture.name);
        }
    }
}

#[test]
fn every_row_and_rule_has_a_fixture() {
    let numbers = |prefix: &str| -> BTreeSet<u32> {
        let names = fixtures().into_iter().map(|fixture| fixture.name);
        names.filter_map(|name| name.strip_prefix(prefix).map(|rest| rest[..2].parse().unwrap())).collect()
    };
    assert_eq!(numbers("row_"), ROWS.iter().copied().collect());
    assert_eq!(numbers("rule_"), RULES.iter().copied().collect());
}
