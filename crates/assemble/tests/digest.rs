//! The digest of a charge against the fold over all its events: equal in every field after each event, or silent.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that cannot be read, or a broken expectation, fails the test"
)]

mod digest {
    pub(crate) mod habit;
    pub(crate) mod telling;
    pub(crate) mod trouble;
}
mod fold;

use digest::habit::{Habit, habit};
use digest::trouble::{Trouble, strike, trouble};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};
use wattledger_assemble::digest::{Added, Digest};
use wattledger_assemble::event::Event;
use wattledger_assemble::record::Folded;

const TRANSACTION: &str = "tx-1";

/// Charges per property; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    ProptestConfig::default().cases.max(1_500)
}

/// How far a digest came.
#[derive(Debug, Default, Clone, Copy)]
struct Way {
    /// Events after which it gave a record.
    told: usize,
    /// Events after which it could not tell.
    silent: usize,
    /// It accepted every event, and told the record after the last.
    to_the_end: bool,
}

/// Feeds a digest and compares it with the fold after each event.
fn follow(events: &[Event]) -> Result<Way, TestCaseError> {
    let station = fold::station();
    let mut way = Way::default();
    let Some(first) = events.first() else { return Ok(way) };
    let Some(mut digest) = Digest::begin(&station, TRANSACTION, first) else { return Ok(way) };
    for count in 1..=events.len() {
        if count > 1 && digest.add(&events[count - 1]) == Added::NotPlain {
            return Ok(way);
        }
        let known = &events[..count];
        let whole = fold::fold(known);
        prop_assert_eq!(digest.version(), whole.version);
        prop_assert_eq!(digest.contents(), whole.contents);
        let record = digest.record(&station, TRANSACTION);
        way.to_the_end = record.is_some() && count == events.len();
        match record {
            Some(record) => {
                way.told += 1;
                same(&record, &whole, known)?;
            }
            None => way.silent += 1,
        }
    }
    Ok(way)
}

/// Field by field, so that a failure names what differs.
fn same(record: &Folded, whole: &Folded, events: &[Event]) -> Result<(), TestCaseError> {
    let fields = |folded: &Folded| format!("{folded:#?}");
    if record != whole {
        let (told, expected) = (fields(record), fields(whole));
        let differ = told.lines().zip(expected.lines()).filter(|(a, b)| a != b).take(8);
        let differ: Vec<String> = differ.map(|(a, b)| format!("{a} but {b}")).collect();
        return Err(TestCaseError::fail(format!("{differ:#?}\nafter {events:#?}")));
    }
    Ok(())
}

fn troubled() -> impl Strategy<Value = Vec<Event>> {
    let troubles = prop::collection::vec((any::<prop::sample::Index>(), trouble()), 0..4);
    (habit(), troubles).prop_map(|(habit, troubles): (Habit, Vec<(prop::sample::Index, Trouble)>)| {
        let mut events = habit.tell();
        for (index, trouble) in troubles {
            let at = index.index(events.len().max(1));
            strike(&mut events, at, trouble);
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plain_charge_gives_the_record_of_the_fold(habit in habit()) {
        follow(&habit.tell())?;
    }

    #[test]
    fn a_troubled_charge_gives_the_record_of_the_fold_or_none(events in troubled()) {
        follow(&events)?;
    }

    #[test]
    fn the_digest_of_a_set_is_that_of_its_events_in_order(events in troubled()) {
        let station = fold::station();
        if let Some(digest) = Digest::of(&station, TRANSACTION, &events)
            && let Some(record) = digest.record(&station, TRANSACTION) {
            same(&record, &fold::fold(&events), &events)?;
        }
    }
}

/// Of charges without trouble nearly all are told by their digest to the end; of those in trouble enough are, and
/// enough are not, for the properties above to mean something.
#[test]
fn the_digest_is_of_use() {
    const CASES: usize = 1_000;
    let mut runner = TestRunner::deterministic();
    let plain = habit();
    let troubled = troubled();
    let (mut whole, mut told, mut refused, mut silent) = (0, 0, 0, 0);
    for _ in 0..CASES {
        let way = follow(&plain.new_tree(&mut runner).unwrap().current().tell()).unwrap();
        whole += usize::from(way.to_the_end);
        let way = follow(&troubled.new_tree(&mut runner).unwrap().current()).unwrap();
        told += usize::from(way.to_the_end);
        refused += usize::from(!way.to_the_end);
        silent += usize::from(way.silent > 0);
    }
    assert!(whole * 100 >= CASES * 95, "plain to the end: {whole} of {CASES}");
    assert!(told * 4 >= CASES, "in trouble and told: {told} of {CASES}");
    assert!(refused * 4 >= CASES, "in trouble and not plain: {refused} of {CASES}");
    assert!(silent > 0, "no guard ever spoke");
}
