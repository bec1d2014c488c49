//! The verdict notices each kind of error: rows are made from the truth itself, then one thing is changed.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wattledger_fleet::ledger::{Ack, Head, Ledger};
use wattledger_fleet::stream::Stream;
use wattledger_fleet::truth::{Class, Fate, TransactionTruth};
use wattledger_fleet::verify::observe::{AccountRow, DeliveryRow, EventRow, QuarantineRow, TransactionRow};
use wattledger_fleet::verify::{Kind, Observed, compare};
use wattledger_fleet::{Faults, Plan};
use xxhash_rust::xxh3::xxh3_64;

const NOW_MS: i64 = 1_790_000_000_000;

static LEDGER: LazyLock<Ledger> = LazyLock::new(ledger);
static ROWS: LazyLock<Observed> = LazyLock::new(|| observed(&LEDGER));

/// A run that went to its end, each delivery acknowledged at the first try.
fn ledger() -> Ledger {
    let plan = Plan {
        seed: 42,
        stations: 25,
        events: 5_000,
        until_ms: NOW_MS - 86_400_000,
        prefix: "WL".to_owned(),
        faults: Faults::default(),
        direct: 0,
    };
    let head = Head { tenant: "demo".to_owned(), prefix: "WL".to_owned(), seed: 42, planned: plan.events };
    let mut ledger = Ledger { head, units: vec![], acks: BTreeMap::new(), ended: true };
    for index in 0..plan.stations {
        let mut stream = Stream::new(&plan, index);
        while let Some(delivery) = stream.next_acknowledged() {
            ledger.units.extend(stream.announced().iter().map(|unit| unit.truth.clone()));
            let mut bytes = vec![];
            delivery.write(&mut bytes);
            let (unit, content) = (delivery.unit.truth.unit, delivery.content);
            let ack = Ack { unit, content, hash: xxh3_64(&bytes), attempts: 1, at_ms: NOW_MS };
            ledger.acks.entry((unit, content)).or_default().push(ack);
        }
    }
    ledger
}

fn text(uwh: i64) -> String {
    format!("{}.{:06}", uwh / 1_000_000, uwh % 1_000_000)
}

/// What a flawless pipeline would return.
fn observed(ledger: &Ledger) -> Observed {
    let mut observed = Observed { at_ms: NOW_MS, ..Observed::default() };
    for unit in &ledger.units {
        rows_of(ledger, unit, &mut observed);
    }
    let count = |outcome: &str| {
        observed.deliveries.iter().filter(|row| row.outcome == outcome).map(|row| row.copies).sum()
    };
    observed.account = AccountRow {
        received: ledger.acknowledged(),
        stored: count("stored"),
        duplicate: count("duplicate"),
        conflict: count("conflict"),
        quarantined: observed.quarantine.iter().map(|row| row.copies).sum(),
        unaccounted: 0,
    };
    observed
}

fn rows_of(ledger: &Ledger, unit: &TransactionTruth, observed: &mut Observed) {
    let (station, transaction_id) =
        (unit.station.to_ascii_lowercase(), unit.transaction_id.to_ascii_lowercase());
    for (index, content) in (0..).zip(&unit.contents) {
        let acks = &ledger.acks[&(unit.unit, index)];
        let copies = acks.len() as u64;
        let (hash, station, transaction_id) = (acks[0].hash, station.clone(), transaction_id.clone());
        if let Fate::Quarantined(reason) = &content.fate {
            for ack in acks {
                let (hash, reasons) = (ack.hash, vec![reason.clone()]);
                observed.quarantine.push(QuarantineRow {
                    station: station.clone(),
                    hash,
                    reasons,
                    copies: 1,
                });
            }
            continue;
        }
        let seq_no = content.seq_no.unwrap();
        let counts = content.fate == Fate::Counts;
        let (station_, transaction_id_) = (station.clone(), transaction_id.clone());
        observed.events.push(EventRow {
            station: station_,
            transaction_id: transaction_id_,
            seq_no,
            hash,
            counts,
        });
        let first = match content.fate {
            Fate::Counts => "stored",
            Fate::Conflict => "conflict",
            Fate::Variant | Fate::Quarantined(_) => "duplicate",
        };
        for (outcome, copies) in [(first, 1), ("duplicate", copies - 1)] {
            if copies > 0 {
                observed.deliveries.push(DeliveryRow {
                    station: station.clone(),
                    transaction_id: transaction_id.clone(),
                    seq_no: Some(seq_no),
                    outcome: outcome.to_owned(),
                    copies,
                });
            }
        }
    }
    for (instance, truth) in (1..).zip(&unit.instances) {
        observed.transactions.push(TransactionRow {
            station: station.clone(),
            transaction_id: transaction_id.clone(),
            instance,
            class: truth.class.as_str().to_owned(),
            first_seq: truth.first_seq,
            last_seq: truth.last_seq,
            epochs: truth.epochs,
            events: u64::from(truth.events),
            conflicts: u64::from(truth.conflicts),
            missing_count: truth.missing.iter().map(|(_, first, last)| (last - first + 1) as u64).sum(),
            missing_ranges: truth.missing.clone(),
            started_at: truth.started_at,
            ended_at: truth.ended_at,
            evse_id: truth.evse_id,
            id_token_start: truth.id_token_start.clone(),
            energy_wh: truth.energy.map(|energy| text(energy.uwh)),
            energy_method: truth.energy.map(|energy| energy.method.as_str().to_owned()),
            review: truth.review.clone().unwrap_or_default(),
        });
    }
}

/// Kinds of the differences after a change.
fn kinds(change: impl FnOnce(&mut Observed)) -> Vec<Kind> {
    let mut rows = ROWS.clone();
    change(&mut rows);
    assert_ne!(*ROWS, rows, "nothing was changed");
    let (differences, _) = compare(&LEDGER, &rows, NOW_MS);
    assert_eq!(differences.total() as usize, differences.listed.len());
    differences.by_kind.keys().copied().collect()
}

#[test]
fn the_truth_agrees_with_itself() {
    let (differences, checked) = compare(&LEDGER, &ROWS, NOW_MS);
    assert_eq!(differences.total(), 0, "{differences}");
    assert_eq!((checked.deliveries, checked.unfinished), (5_000, 0));
    let instances: usize = LEDGER.units.iter().map(|unit| unit.instances.len()).sum();
    assert_eq!(checked.transactions as usize, instances);
    assert!(checked.energy_uwh > 0 && checked.quarantined > 0);
}

#[test]
fn one_event_dropped_is_noticed() {
    assert_eq!(kinds(|rows| drop(rows.events.remove(17))), [Kind::EventMissing]);
}

#[test]
fn one_event_doubled_is_noticed() {
    assert_eq!(kinds(|rows| rows.events.push(rows.events[17].clone())), [Kind::EventDoubled]);
}

#[test]
fn one_event_nobody_sent_is_noticed() {
    assert_eq!(
        kinds(|rows| rows.events.push(EventRow { hash: 1, ..rows.events[17].clone() })),
        [Kind::EventUnexpected]
    );
}

#[test]
fn one_wh_off_is_noticed_and_so_is_one_micro_wh() {
    for off in [1_000_000, 1, -1] {
        let changed = kinds(|rows| {
            let row = rows.transactions.iter_mut().find(|row| row.energy_wh.is_some()).unwrap();
            let digits: String = row.energy_wh.as_deref().unwrap().chars().filter(|c| *c != '.').collect();
            row.energy_wh = Some(text(digits.parse::<i64>().unwrap() + off));
        });
        assert_eq!(changed, [Kind::Energy]);
    }
}

#[test]
fn energy_where_there_is_none_is_noticed_and_the_reverse() {
    let given = kinds(|rows| {
        let row = rows.transactions.iter_mut().find(|row| row.energy_wh.is_none()).unwrap();
        row.energy_wh = Some("0".to_owned());
    });
    assert_eq!(given, [Kind::Energy]);
    let taken = kinds(|rows| {
        let row = rows.transactions.iter_mut().find(|row| row.energy_wh.is_some()).unwrap();
        row.energy_wh = None;
    });
    assert_eq!(taken, [Kind::Energy]);
}

#[test]
fn one_class_changed_is_noticed() {
    for class in [Class::Complete, Class::Waiting, Class::Open, Class::NoStart, Class::Conflict] {
        let changed = kinds(|rows| {
            let row = rows.transactions.iter_mut().find(|row| row.class == class.as_str()).unwrap();
            row.class = "complete_permitted_gaps".to_owned();
        });
        assert_eq!(changed, [Kind::Class], "{class:?}");
    }
}

#[test]
fn one_conflict_hidden_is_noticed() {
    // its row dropped, the loser called a duplicate, and the record silent about it
    let changed = kinds(|rows| {
        let loser = rows.deliveries.iter_mut().find(|row| row.outcome == "conflict").unwrap();
        loser.outcome = "duplicate".to_owned();
        let loser = loser.clone();
        let of = |station: &str, id: &str| station == loser.station && id == loser.transaction_id;
        rows.events.retain(|row| row.counts || !of(&row.station, &row.transaction_id));
        let row = rows.transactions.iter_mut().find(|row| of(&row.station, &row.transaction_id)).unwrap();
        row.conflicts = 0;
        row.class = "complete".to_owned();
        rows.account.conflict -= 1;
        rows.account.duplicate += 1;
    });
    assert_eq!(changed, [Kind::EventMissing, Kind::Class, Kind::Conflicts, Kind::Outcomes]);
}

#[test]
fn the_wrong_content_counting_is_noticed() {
    let changed = kinds(|rows| {
        let loser = rows.events.iter().find(|row| !row.counts).unwrap().clone();
        for row in &mut rows.events {
            if (&row.station, &row.transaction_id, row.seq_no)
                == (&loser.station, &loser.transaction_id, loser.seq_no)
            {
                row.counts = !row.counts;
            }
        }
    });
    assert_eq!(changed, [Kind::EventCounts]);
}

#[test]
fn a_hole_hidden_or_moved_is_noticed() {
    let hidden = kinds(|rows| {
        let row = rows.transactions.iter_mut().find(|row| row.missing_count > 0).unwrap();
        row.missing_count = 0;
        row.missing_ranges.clear();
    });
    assert_eq!(hidden, [Kind::Missing]);
    let moved = kinds(|rows| {
        let row = rows.transactions.iter_mut().find(|row| row.missing_count > 0).unwrap();
        row.missing_ranges[0].1 -= 1;
    });
    assert_eq!(moved, [Kind::Missing]);
}

#[test]
fn two_charges_merged_are_noticed() {
    let changed = kinds(|rows| {
        let second = rows.transactions.iter().position(|row| row.instance == 2).unwrap();
        rows.transactions.remove(second);
    });
    assert_eq!(changed, [Kind::TransactionMissing]);
}

#[test]
fn a_charge_from_nowhere_is_noticed() {
    let changed = kinds(|rows| {
        let row = rows.transactions[0].clone();
        rows.transactions.push(TransactionRow { transaction_id: "-1".to_owned(), ..row });
    });
    assert_eq!(changed, [Kind::TransactionUnexpected]);
}

#[test]
fn copies_below_acknowledged_and_above_sent_are_noticed() {
    for more in [true, false] {
        let changed = kinds(|rows| {
            let row =
                rows.deliveries.iter_mut().find(|row| row.outcome == "duplicate" && row.copies == 1).unwrap();
            row.copies = if more { 2 } else { 0 };
        });
        assert_eq!(changed, [Kind::Deliveries]);
    }
}

#[test]
fn quarantine_lost_doubled_or_for_another_reason_is_noticed() {
    assert_eq!(kinds(|rows| drop(rows.quarantine.remove(0))), [Kind::Quarantine]);
    assert_eq!(kinds(|rows| rows.quarantine[0].copies += 1), [Kind::Quarantine]);
    assert_eq!(kinds(|rows| rows.quarantine[0].reasons = vec!["too_deep".to_owned()]), [Kind::Quarantine]);
}

#[test]
fn an_account_with_a_hole_is_noticed() {
    assert_eq!(kinds(|rows| rows.account.unaccounted = 1), [Kind::Account]);
    assert_eq!(kinds(|rows| rows.account.stored -= 1), [Kind::Account]);
}

#[test]
fn a_killed_run_is_compared_in_what_was_acknowledged() {
    let (mut ledger, whole) = (LEDGER.clone(), ROWS.clone());
    // the last delivery of each station was under way: durable or not, nobody knows
    let mut last: BTreeMap<String, (u64, u32)> = BTreeMap::new();
    for unit in &ledger.units {
        if let Some(index) = unit.contents.iter().rposition(|content| content.copies == 1) {
            last.insert(unit.station.clone(), (unit.unit, index as u32));
        }
    }
    for key in last.values() {
        ledger.acks.remove(key);
    }
    ledger.ended = false;
    let (differences, checked) = compare(&ledger, &whole, NOW_MS);
    assert_eq!(differences.total(), 0, "{differences}");
    assert_eq!(checked.unfinished as usize, last.len());
    // an acknowledged event of an unfinished transaction still has to be there
    let mut rows = whole;
    let other = |(unit, index): &(u64, u32)| {
        let truth = ledger.units.iter().find(|truth| truth.unit == *unit).unwrap();
        let contents = truth.contents.iter().zip(0..);
        let other = contents.into_iter().find(|(content, i)| i != index && content.seq_no.is_some());
        other.map(|(_, i)| ledger.acks[&(*unit, i)][0].hash)
    };
    let hash = last.values().find_map(other).unwrap();
    rows.events.retain(|row| row.hash != hash);
    let (differences, _) = compare(&ledger, &rows, NOW_MS);
    assert_eq!(differences.by_kind.keys().copied().collect::<Vec<_>>(), [Kind::EventMissing]);
}
