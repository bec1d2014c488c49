//! Story and fold → report.

use std::collections::BTreeMap;

use uuid::Uuid;
use wattledger_assemble::meaning;
use wattledger_assemble::record::{Folded, Reckoning};
use wattledger_record::Micros;

use super::events::Lines;
use super::{Charge, Deliveries, FORM, Outcome, Place, Quarantined, Report, SetAside, energy};
use crate::agree::{self, Version};
use crate::charges::{self, Charge as Arranged};
use crate::figures::{self, Figures};
use crate::story::{QuarantineRow, StoredRecord, Story};
use crate::wanted::Scope;
use crate::why;

impl Report {
    /// Explains what was read; `folded` and `reckonings` are what the fold makes of its events.
    #[must_use]
    pub fn new(story: &Story, folded: &Folded, reckonings: &[Reckoning], scope: &Scope) -> Self {
        let arranged = charges::arrange(folded, reckonings, &story.events);
        let (matched, unmatched) = match_records(&arranged, &story.records);
        let lines = Lines::new(story);
        let told = arranged
            .iter()
            .zip(matched)
            .skip(scope.passed_over(arranged.len()))
            .filter(|(charge, stored)| {
                scope.includes(charge.record.record_id) || stored.is_some_and(|s| scope.includes(s.record_id))
            })
            .map(|(charge, stored)| told(story, folded, charge, stored, &lines, scope));
        let orphans = unmatched.into_iter().filter(|stored| scope.includes(stored.record_id));
        let charges = told.chain(orphans.map(|stored| orphan(story, stored))).collect();
        let (station, transaction_id) = spelling(story, &arranged);
        Self {
            form: FORM,
            wattledger: env!("CARGO_PKG_VERSION"),
            tenant: story.station.tenant().to_owned(),
            station,
            transaction_id,
            charges_in_all: u32::try_from(arranged.len().max(story.records.len())).unwrap_or(u32::MAX),
            contents: story.events.len(),
            written_until: (story.clock.watermark > 0).then(|| figures::time(Micros(story.clock.watermark))),
            charges,
            deliveries: deliveries(story),
            quarantined: quarantined(story),
        }
    }
}

/// Station and transactionId as the last charge spells them.
fn spelling(story: &Story, arranged: &[Arranged<'_>]) -> (String, String) {
    if let Some(record) = story.records.last() {
        return (record.station.clone(), record.transaction_id.clone());
    }
    match arranged.last() {
        Some(charge) => (charge.record.station_raw.to_string(), charge.record.transaction_id_raw.to_string()),
        None => (story.station.station().to_owned(), story.transaction_id.clone()),
    }
}

/// The stored record of each charge: the one with its record_id, else the one of its rank; and those of no charge.
fn match_records<'s>(
    arranged: &[Arranged<'_>],
    records: &'s [StoredRecord],
) -> (Vec<Option<&'s StoredRecord>>, Vec<&'s StoredRecord>) {
    let mut free: BTreeMap<Uuid, &StoredRecord> = records.iter().map(|r| (r.record_id, r)).collect();
    let mut matched: Vec<Option<&StoredRecord>> =
        arranged.iter().map(|charge| free.remove(&charge.record.record_id)).collect();
    for (charge, slot) in arranged.iter().zip(&mut matched).filter(|(_, slot)| slot.is_none()) {
        let rank = free.values().find(|r| r.instance == charge.instance).map(|r| r.record_id);
        *slot = rank.and_then(|id| free.remove(&id));
    }
    (matched, free.into_values().collect())
}

fn told(
    story: &Story,
    folded: &Folded,
    charge: &Arranged<'_>,
    stored: Option<&StoredRecord>,
    lines: &Lines<'_>,
    scope: &Scope,
) -> Charge {
    let of_fold = Figures::of_folded(charge.record);
    let of_store = stored.map(Figures::of_stored);
    let agreement = agree::compare(
        of_store.as_ref().zip(stored.map(|stored| stored.version)),
        Some((&of_fold, folded.version)),
    );
    let record = of_store.unwrap_or(of_fold);
    let energy = energy::of(story, charge, &record);
    let last_received = charge.record.last_received_at.0;
    Charge {
        events: lines.of(charge, scope.all),
        energy,
        agreement,
        ..head(story, record, stored, charge.instance, last_received)
    }
}

/// A stored record of which no events are there.
fn orphan(story: &Story, stored: &StoredRecord) -> Charge {
    let record = Figures::of_stored(stored);
    let agreement = agree::compare(Some((&record, stored.version)), None);
    Charge { agreement, ..head(story, record, Some(stored), stored.instance, stored.last_received_at) }
}

/// What a record says of itself.
fn head(
    story: &Story,
    record: Figures,
    stored: Option<&StoredRecord>,
    instance: u32,
    last_received: i64,
) -> Charge {
    let settled_at = stored.and_then(|stored| stored.settled_at);
    let last_received = stored.map_or(last_received, |stored| stored.last_received_at);
    let is_reviewed = |word: &&String| record.review.contains(word);
    let flags: Vec<String> = record.flags.iter().filter(|word| !is_reviewed(word)).cloned().collect();
    Charge {
        instance,
        class_meaning: meaning::of_class(&record.class),
        settled_at: settled_at.map(|at| figures::time(Micros(at))),
        billable: stored.is_some_and(|stored| stored.billable),
        not_billable: why::reasons(
            &record,
            settled_at.is_some(),
            stored.is_some(),
            last_received,
            &story.clock,
        ),
        version: stored.map(|stored| stored.version.to_string()),
        version_of: stored.map(|stored| Version::of(stored.version)),
        agreement: agree::compare(None, None),
        id_token_start_ref: stored.and_then(|stored| stored.id_token_start_ref.clone()),
        id_token_stop_ref: stored.and_then(|stored| stored.id_token_stop_ref.clone()),
        review: why::words(&record.review),
        flags: why::words(&flags),
        energy: energy::without_events(&record),
        events: Vec::new(),
        record,
    }
}

fn deliveries(story: &Story) -> Deliveries {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &story.deliveries.rows {
        *counts.entry(&row.outcome).or_default() += row.deliveries;
    }
    let outcome = |(outcome, count): (&str, u64)| Outcome { outcome: outcome.to_owned(), count };
    Deliveries {
        outcomes: counts.into_iter().map(outcome).collect(),
        until: figures::time(Micros(story.deliveries.until)),
    }
}

fn quarantined(story: &Story) -> Quarantined {
    let seq_no = |row: &QuarantineRow| {
        let at = (row.generation, row.partition, row.offset);
        let of = story.deliveries.rows.iter().filter(|delivery| delivery.outcome == "quarantined");
        let mut here = of.filter(|d| d.earliest.iter().any(|(_, g, p, o)| (*g, *p, *o) == at));
        here.find_map(|delivery| delivery.seq_no)
    };
    let set_aside = |row: &QuarantineRow| SetAside { seq_no: seq_no(row), ..SetAside::of(row) };
    Quarantined {
        count: story.quarantined.count,
        first: story.quarantined.first.iter().map(set_aside).collect(),
    }
}

impl SetAside {
    /// Of a row of the view.
    pub(crate) fn of(row: &QuarantineRow) -> Self {
        let QuarantineRow { topic, generation, partition, offset, .. } = row.clone();
        Self {
            place: Place { topic, generation, partition, offset },
            received_at: figures::time(Micros(row.received_at)),
            reasons: row.reasons.clone(),
            message: row.message.clone(),
            names_it: row.names_it,
            seq_no: None,
        }
    }
}
