//! What is put side by side agrees with the record, over every fixture of the assembling core: each content has one place,
//! the holes are the missing seqNos, roles are the counts, and the figure is what its readings give.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails the test")]

#[path = "../../assemble/tests/fold/mod.rs"]
mod fold;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wattledger_assemble::event::Event;
use wattledger_explain::charges::{self, Charge, Mark, Role};

/// Events of each fixture, without repeats.
fn fixtures() -> Vec<(String, Vec<Event>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assemble/tests/fold");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut fixtures: Vec<(String, Vec<Event>)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "fold"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let (told, _) = text.split_once("\n=\n").unwrap();
            let mut events = fold::events(told);
            let mut seen = BTreeSet::new();
            events.retain(|event| seen.insert(event.content_hash));
            (path.file_stem().unwrap().to_string_lossy().into_owned(), events)
        })
        .collect();
    fixtures.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(fixtures.len() > 100, "{} fixtures", fixtures.len());
    fixtures
}

fn check(mut judge: impl FnMut(&Charge<'_>) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for (name, events) in fixtures() {
        let (folded, reckonings) = wattledger_assemble::fold_and_reckon(&fold::station(), "tx-1", &events);
        for charge in charges::arrange(&folded, &reckonings, &events) {
            if let Err(what) = judge(&charge) {
                wrong.push(format!("{name}, charge {}: {what}", charge.instance));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expect: &T) -> Result<(), String> {
    if found == expect { Ok(()) } else { Err(format!("{what}: {found:?}, the record says {expect:?}")) }
}

#[test]
fn every_content_has_one_place() {
    for (name, events) in fixtures() {
        let folded = fold::fold(&events);
        let arranged = charges::arrange(&folded, &[], &events);
        let mut placed: Vec<_> =
            arranged.iter().flat_map(|charge| &charge.entries).map(|entry| entry.content()).collect();
        let mut all: Vec<_> = events.iter().map(|event| (event.seq_no, event.content_hash)).collect();
        placed.sort_unstable();
        all.sort_unstable();
        assert_eq!(placed, all, "{name}");
    }
}

#[test]
fn holes_are_the_missing_seq_nos() {
    check(|charge| {
        let holes = charge.holes();
        let count: i128 = holes.iter().map(|(_, a, b)| i128::from(*b) - i128::from(*a) + 1).sum();
        equal("missing", &count, &i128::from(charge.record.missing_count))?;
        let told: Vec<(i64, i64)> = holes.iter().map(|(_, first, last)| (*first, *last)).take(64).collect();
        let ranges: Vec<(i64, i64)> =
            charge.record.missing_ranges.iter().map(|range| (range.first, range.last)).collect();
        equal("ranges", &told, &ranges)
    });
}

#[test]
fn roles_are_the_counts_of_the_record() {
    check(|charge| {
        let of = |role: Role| charge.entries.iter().filter(|entry| entry.role == role).count();
        equal("counts", &of(Role::Counts), &usize::try_from(charge.record.events).unwrap())?;
        equal("conflicts", &of(Role::Conflict), &usize::try_from(charge.record.conflicts).unwrap())?;
        let epochs = charge.entries.iter().map(|entry| entry.epoch).max().unwrap_or(1);
        let resets = charge.entries.iter().filter(|entry| entry.marks.contains(&Mark::Reset)).count();
        equal("resets", &resets, &charge.record.epoch_starts.len())?;
        if epochs > charge.record.epochs { Err(format!("epoch {epochs}")) } else { Ok(()) }
    });
}

#[test]
fn start_and_end_are_those_of_the_record() {
    check(|charge| {
        let time = |mark: Mark| {
            let marked = charge.entries.iter().find(|entry| entry.marks.contains(&mark));
            marked.and_then(|entry| entry.event.usable_time())
        };
        equal("start", &time(Mark::Start), &charge.record.started_at)?;
        equal("end", &time(Mark::End), &charge.record.ended_at)?;
        let has_end = charge.entries.iter().any(|entry| entry.marks.contains(&Mark::End));
        equal("an end", &has_end, &!charge.record.stopped_reason.is_empty())
    });
}
