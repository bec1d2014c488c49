//! `docs/behaviours.md` is made from the first lines and the expectations of the fixtures in `tests/fold`.
//! `UPDATE=1 cargo test -p wattledger-assemble --test behaviours_page` renews it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const FIXTURES: &str = "crates/assemble/tests/fold";
const PAGE: &str = "docs/behaviours.md";
/// What a reader of a bill asks first; a fixture states more.
const TOLD: [&str; 16] = [
    "records",
    "class",
    "energy",
    "estimate",
    "export",
    "conflicts",
    "missing",
    "epochs",
    "token",
    "evse",
    "connector",
    "duration",
    "reason",
    "states",
    "flags",
    "review",
];

/// Kinds of fixtures by the beginning of their names, and what they show.
const PARTS: [(&str, &str); 3] = [
    ("row_", "## What stations do\n\nThings seen in the field, and the record that comes of them."),
    (
        "rule_",
        "## What the record rests on\n\nThe rules behind it, each with a sequence of events that would go wrong without it.",
    ),
    (
        "pair_",
        "## Two charges in one\n\nOne transactionId for several charges, and events lost between them: what shows it, and holds the bill.",
    ),
];

fn page() -> String {
    let mut out = String::from(
        "# What stations do, and what we make of it\n\n\
         Made from the fixtures in [`crates/assemble/tests/fold`](../crates/assemble/tests/fold); do not edit. Each line is a test: it holds in \
         whatever order the events\narrive, and however often. A figure is in Wh with the method by which it was found; `review` \
         lists what a human has to look at before the charge is billed.\n",
    );
    let mut names: Vec<String> = fs::read_dir(Path::new(ROOT).join(FIXTURES))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "fold"))
        .collect();
    names.sort_unstable();
    for (prefix, head) in PARTS {
        write!(out, "\n{head}\n\n| | what happens | the record says |\n|---|---|---|\n").unwrap();
        for name in names.iter().filter(|name| name.starts_with(prefix)) {
            let text = fs::read_to_string(Path::new(ROOT).join(FIXTURES).join(name)).unwrap();
            let title = name.strip_suffix(".fold").unwrap().splitn(3, '_').nth(2).unwrap().replace('_', " ");
            let told = text.lines().next().unwrap().strip_prefix("# ").unwrap();
            writeln!(out, "| [{title}](../{FIXTURES}/{name}) | {} | {} |", cell(told), cell(&records(&text)))
                .unwrap();
        }
    }
    out
}

/// What a fixture expects of its records, in a line.
fn records(text: &str) -> String {
    let (_, expected) = text.split_once("\n=\n").unwrap();
    let mut records = vec![Vec::new()];
    for line in expected.lines() {
        if line.starts_with("-- ") {
            records.push(Vec::new());
        }
        let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        // the method stands behind the figure
        let value = value.replacen(' ', " Wh, ", usize::from(matches!(key, "energy" | "estimate")));
        match (TOLD.contains(&key), value.is_empty()) {
            (false, _) => {}
            (true, false) => records.last_mut().unwrap().push(format!("{key} `{value}`")),
            (true, true) => records.last_mut().unwrap().push(format!("no {key}")),
        }
    }
    records.retain(|record| !record.is_empty());
    records.iter().map(|record| record.join(", ")).collect::<Vec<_>>().join("; then ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_page_is_the_fixtures() {
    let path = Path::new(ROOT).join(PAGE);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert!(found == page(), "{PAGE} is not made from the fixtures: run this test with UPDATE=1");
}
