//! Ledger against rows: a pure function, so that it can itself be shown to notice each kind of error.
//!
//! A transaction whose every planned delivery was acknowledged is *whole* and compared in everything. One that a killed
//! run left unfinished is compared in what was acknowledged: its events have to be there, but its record depends on how
//! much more arrived.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::difference::{Difference, Differences, Kind};
use super::observe::{EventRow, Observed, TransactionRow};
use crate::ledger::{Ack, Ledger};
use crate::number;
use crate::truth::{Class, ContentTruth, Fate, InstanceTruth, TransactionTruth};

/// An `Ended` with a hole is asked about after 30 s and again 15 min later: the chase cannot be over earlier.
const CHASE_MS: i64 = 930_000;
/// Silence after which an open charge may be presumed to have ended.
const STALE_MS: i64 = 86_400_000;

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Contents whose row was looked for.
    pub events: u64,
    /// Charges compared in every column.
    pub transactions: u64,
    /// Transactions that a killed run left unfinished.
    pub unfinished: u64,
    /// Acknowledged deliveries.
    pub deliveries: u64,
    /// Contents that had to be in quarantine.
    pub quarantined: u64,
    /// Energy that had to be billed, µWh.
    pub energy_uwh: i64,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let energy = number::text(self.energy_uwh, 9);
        write!(
            f,
            "checked {} events, {} charges ({energy} kWh), {} deliveries, {} in quarantine; {} unfinished",
            self.events, self.transactions, self.deliveries, self.quarantined, self.unfinished
        )
    }
}

/// (station, transactionId), folded.
type Key = (String, String);

/// Compares everything; `now_ms` decides which classes time may have given.
#[must_use]
pub fn compare(ledger: &Ledger, observed: &Observed, now_ms: i64) -> (Differences, Checked) {
    let silence_ms = now_ms.saturating_sub(ledger.last_ack_ms());
    let keys: Vec<Key> = ledger.units.iter().map(key_of).collect();
    let mut comparison = Comparison {
        ledger,
        keys: &keys,
        silence_ms,
        differences: Differences::default(),
        checked: Checked::default(),
    };
    comparison.events(observed);
    comparison.transactions(observed);
    comparison.deliveries(observed);
    comparison.quarantine(observed);
    comparison.account(observed);
    comparison.checked.deliveries = ledger.acknowledged();
    (comparison.differences, comparison.checked)
}

struct Comparison<'a> {
    ledger: &'a Ledger,
    /// Of each transaction of the ledger.
    keys: &'a [Key],
    silence_ms: i64,
    differences: Differences,
    checked: Checked,
}

/// Copies that have to be, and that may be, accounted for.
#[derive(Debug, Default)]
struct Copies {
    acknowledged: u64,
    /// `None` if a killed run cannot tell.
    sent: Option<u64>,
    stored: u64,
    conflict: u64,
}

impl<'a> Comparison<'a> {
    fn acks(&self, unit: &TransactionTruth, index: usize) -> &'a [Ack] {
        let content = u32::try_from(index).unwrap_or(u32::MAX);
        self.ledger.acks.get(&(unit.unit, content)).map_or(&[], Vec::as_slice)
    }

    /// Whether every planned copy of everything was acknowledged.
    fn whole(&self, unit: &TransactionTruth) -> bool {
        unit.contents.iter().enumerate().all(|(index, content)| self.done(unit, index, content))
    }

    fn done(&self, unit: &TransactionTruth, index: usize, content: &ContentTruth) -> bool {
        u32::try_from(self.acks(unit, index).len()).is_ok_and(|acks| acks >= content.copies)
    }

    fn differs(&mut self, kind: Kind, key: &Key, seq_no: Option<i64>, expected: String, observed: String) {
        let (station, transaction_id) = key.clone();
        self.differences.push(Difference { kind, station, transaction_id, seq_no, expected, observed });
    }

    fn events(&mut self, observed: &'a Observed) {
        let mut rows: HashMap<(&str, &str, i64), Vec<&EventRow>> = HashMap::new();
        for row in &observed.events {
            rows.entry((&row.station, &row.transaction_id, row.seq_no)).or_default().push(row);
        }
        let ledger = self.ledger;
        for (unit, key) in ledger.units.iter().zip(self.keys) {
            for (index, content) in unit.contents.iter().enumerate() {
                let Some(seq_no) = content.seq_no else { continue };
                let found = rows.entry((&key.0, &key.1, seq_no)).or_default();
                // rows that are matched leave the map; what stays was not sent
                let mut matched = vec![];
                let hashes: BTreeSet<u64> = self.acks(unit, index).iter().map(|ack| ack.hash).collect();
                found.retain(|row| {
                    let hit = hashes.contains(&row.hash);
                    if hit {
                        matched.push(*row);
                    }
                    !hit
                });
                if hashes.is_empty() {
                    continue;
                }
                self.event(key, seq_no, content, &matched);
            }
            self.unsent(key, unit, &mut rows);
        }
        for ((station, transaction, seq_no), left) in rows {
            let key = (station.to_owned(), transaction.to_owned());
            for row in left {
                self.differs(Kind::EventUnexpected, &key, Some(seq_no), "no row".to_owned(), bytes(row.hash));
            }
        }
    }

    fn event(&mut self, key: &Key, seq_no: i64, content: &ContentTruth, matched: &[&EventRow]) {
        self.checked.events += 1;
        let [row] = matched else {
            let kind = if matched.is_empty() { Kind::EventMissing } else { Kind::EventDoubled };
            self.differs(kind, key, Some(seq_no), "1 row".to_owned(), format!("{} rows", matched.len()));
            return;
        };
        let counts = content.fate == Fate::Counts;
        if row.counts != counts {
            let (expected, observed) = (format!("counts = {counts}"), format!("counts = {}", row.counts));
            self.differs(Kind::EventCounts, key, Some(seq_no), expected, observed);
        }
    }

    /// Rows of contents that a killed run had under way: nobody knows whether they became durable.
    fn unsent<'r>(
        &self,
        key: &'r Key,
        unit: &TransactionTruth,
        rows: &mut HashMap<(&'r str, &'r str, i64), Vec<&'r EventRow>>,
    ) where
        'a: 'r,
    {
        for (index, content) in unit.contents.iter().enumerate() {
            let Some(seq_no) = content.seq_no else { continue };
            if !self.done(unit, index, content) {
                rows.entry((&key.0, &key.1, seq_no)).or_default().pop();
            }
        }
    }

    fn transactions(&mut self, observed: &Observed) {
        let mut rows: BTreeMap<Key, Vec<&TransactionRow>> = BTreeMap::new();
        for row in &observed.transactions {
            rows.entry((row.station.clone(), row.transaction_id.clone())).or_default().push(row);
        }
        let ledger = self.ledger;
        for (unit, key) in ledger.units.iter().zip(self.keys) {
            let mut found = rows.remove(key).unwrap_or_default();
            found.sort_by_key(|row| row.instance);
            if !self.whole(unit) {
                self.checked.unfinished += 1;
                continue;
            }
            for (index, truth) in unit.instances.iter().enumerate() {
                match found.get(index) {
                    Some(row) => self.instance(key, truth, row),
                    None => {
                        let expected = format!("charge {} as {}", index + 1, truth.class.as_str());
                        self.differs(Kind::TransactionMissing, key, None, expected, "no row".to_owned());
                    }
                }
            }
            for row in found.iter().skip(unit.instances.len()) {
                let observed = format!("charge {} as {}", row.instance, row.class);
                self.differs(Kind::TransactionUnexpected, key, None, "no row".to_owned(), observed);
            }
        }
        for (key, left) in rows {
            for row in left {
                let observed = format!("{} with {} events", row.class, row.events);
                self.differs(Kind::TransactionUnexpected, &key, None, "no row".to_owned(), observed);
            }
        }
    }

    fn instance(&mut self, key: &Key, truth: &InstanceTruth, row: &TransactionRow) {
        self.checked.transactions += 1;
        let mut differs = |kind, expected: String, observed: String| {
            self.differences.push(Difference {
                kind,
                station: key.0.clone(),
                transaction_id: key.1.clone(),
                seq_no: None,
                expected,
                observed,
            });
        };
        if !class_holds(truth.class, &row.class, self.silence_ms) {
            differs(Kind::Class, truth.class.as_str().to_owned(), row.class.clone());
        }
        let energy = truth.energy.map(|energy| energy.uwh);
        let observed = row.energy_wh.as_deref().map(number::millionths);
        if energy.map(Some) != observed {
            differs(Kind::Energy, wh(energy), row.energy_wh.clone().unwrap_or_else(|| "NULL".to_owned()));
        }
        let method = truth.energy.map(|energy| energy.method.as_str());
        if method != row.energy_method.as_deref() {
            differs(Kind::EnergyMethod, text(&method), text(&row.energy_method.as_deref()));
        }
        let missing: i64 = truth.missing.iter().map(|(_, first, last)| last - first + 1).sum();
        if truth.missing != row.missing_ranges || u64::try_from(missing) != Ok(row.missing_count) {
            let observed = format!("{} in {:?}", row.missing_count, row.missing_ranges);
            differs(Kind::Missing, format!("{missing} in {:?}", truth.missing), observed);
        }
        let pairs = [
            (Kind::Epochs, u64::from(truth.epochs), u64::from(row.epochs)),
            (Kind::Events, u64::from(truth.events), row.events),
            (Kind::Conflicts, u64::from(truth.conflicts), row.conflicts),
        ];
        for (kind, expected, observed) in pairs {
            if expected != observed {
                differs(kind, expected.to_string(), observed.to_string());
            }
        }
        let pairs = [
            (
                Kind::Sequence,
                format!("{}..{}", truth.first_seq, truth.last_seq),
                format!("{}..{}", row.first_seq, row.last_seq),
            ),
            (
                Kind::Times,
                format!("{:?}..{:?}", truth.started_at, truth.ended_at),
                format!("{:?}..{:?}", row.started_at, row.ended_at),
            ),
            (
                Kind::Carried,
                format!("{:?} {:?}", truth.evse_id, truth.id_token_start),
                format!("{:?} {:?}", row.evse_id, row.id_token_start),
            ),
        ];
        for (kind, expected, observed) in pairs {
            if expected != observed {
                differs(kind, expected, observed);
            }
        }
        if let Some(review) = &truth.review
            && *review != row.review
        {
            differs(Kind::Review, format!("{review:?}"), format!("{:?}", row.review));
        }
        self.checked.energy_uwh += energy.unwrap_or_default();
    }

    fn deliveries(&mut self, observed: &Observed) {
        let mut expected: BTreeMap<(Key, i64), Copies> = BTreeMap::new();
        let ledger = self.ledger;
        for (unit, key) in ledger.units.iter().zip(self.keys) {
            for (index, content) in unit.contents.iter().enumerate() {
                let Some(seq_no) = content.seq_no else { continue };
                let acks = self.acks(unit, index);
                let done = self.done(unit, index, content);
                let copies = expected
                    .entry((key.clone(), seq_no))
                    .or_insert_with(|| Copies { sent: Some(0), ..Copies::default() });
                copies.acknowledged += u64::try_from(acks.len()).unwrap_or_default();
                let sent: u64 = acks.iter().map(|ack| u64::from(ack.attempts)).sum();
                copies.sent = copies.sent.filter(|_| done).map(|before| before + sent);
                match content.fate {
                    Fate::Counts if !acks.is_empty() => copies.stored += 1,
                    Fate::Conflict if !acks.is_empty() => copies.conflict += 1,
                    Fate::Counts | Fate::Conflict | Fate::Variant | Fate::Quarantined(_) => {}
                }
            }
        }
        let mut seen: BTreeMap<(Key, i64), BTreeMap<&str, u64>> = BTreeMap::new();
        for row in observed.deliveries.iter().filter(|row| row.outcome != "quarantined") {
            let key = (row.station.clone(), row.transaction_id.clone());
            let outcomes = seen.entry((key, row.seq_no.unwrap_or(i64::MIN))).or_default();
            *outcomes.entry(&row.outcome).or_default() += row.copies;
        }
        for ((key, seq_no), copies) in expected {
            let outcomes = seen.remove(&(key.clone(), seq_no)).unwrap_or_default();
            self.copies(&key, seq_no, &copies, &outcomes);
        }
        for ((key, seq_no), outcomes) in seen {
            self.differs(Kind::Deliveries, &key, Some(seq_no), "none".to_owned(), format!("{outcomes:?}"));
        }
    }

    fn copies(&mut self, key: &Key, seq_no: i64, copies: &Copies, outcomes: &BTreeMap<&str, u64>) {
        let total: u64 = outcomes.values().sum();
        if total < copies.acknowledged || copies.sent.is_some_and(|sent| total > sent) {
            let most = copies.sent.map_or_else(|| "?".to_owned(), |sent| sent.to_string());
            let expected = format!("{} to {most} copies", copies.acknowledged);
            self.differs(Kind::Deliveries, key, Some(seq_no), expected, format!("{total} copies"));
        }
        let outcome = |name| outcomes.get(name).copied().unwrap_or_default();
        let known = ["stored", "conflict", "duplicate"].into_iter().map(outcome).sum::<u64>() == total;
        let exact = copies.sent.is_none()
            || (outcome("stored") == copies.stored && outcome("conflict") == copies.conflict);
        if !known || !exact {
            let expected = format!("{} stored, {} conflict", copies.stored, copies.conflict);
            self.differs(Kind::Outcomes, key, Some(seq_no), expected, format!("{outcomes:?}"));
        }
    }

    fn quarantine(&mut self, observed: &Observed) {
        let mut expected: BTreeMap<(String, u64), (u64, u64, &str)> = BTreeMap::new();
        let mut unfinished: BTreeSet<String> = BTreeSet::new();
        let ledger = self.ledger;
        for unit in &ledger.units {
            let station = unit.station.to_ascii_lowercase();
            for (index, content) in unit.contents.iter().enumerate() {
                let Fate::Quarantined(reason) = &content.fate else { continue };
                if !self.done(unit, index, content) {
                    unfinished.insert(station.clone());
                }
                for ack in self.acks(unit, index) {
                    let entry = expected.entry((station.clone(), ack.hash)).or_insert((0, 0, reason));
                    entry.0 += 1;
                    entry.1 += u64::from(ack.attempts);
                }
            }
        }
        self.checked.quarantined = u64::try_from(expected.len()).unwrap_or_default();
        let mut rows: BTreeMap<(String, u64), (u64, &[String])> = BTreeMap::new();
        for row in &observed.quarantine {
            let entry = rows.entry((row.station.clone(), row.hash)).or_insert((0, &row.reasons));
            entry.0 += row.copies;
        }
        for ((station, hash), (least, most, reason)) in expected {
            let (copies, reasons) = rows.remove(&(station.clone(), hash)).unwrap_or((0, &[]));
            let most = if unfinished.contains(&station) { u64::MAX } else { most };
            if !(least..=most).contains(&copies) || !reasons.iter().any(|code| code == reason) {
                let expected = format!("{} with {reason}, {least} to {most} copies", bytes(hash));
                let key = (station, String::new());
                self.differs(Kind::Quarantine, &key, None, expected, format!("{copies} with {reasons:?}"));
            }
        }
        for ((station, hash), (copies, reasons)) in rows {
            if !unfinished.contains(&station) {
                let observed = format!("{} with {reasons:?}, {copies} copies", bytes(hash));
                self.differs(
                    Kind::Quarantine,
                    &(station, String::new()),
                    None,
                    "nothing".to_owned(),
                    observed,
                );
            }
        }
    }

    fn account(&mut self, observed: &Observed) {
        let account = &observed.account;
        let sum = account.stored + account.duplicate + account.conflict + account.quarantined;
        let acknowledged = self.ledger.acknowledged();
        if account.received != sum || account.unaccounted != 0 || account.received < acknowledged {
            let expected = format!("received >= {acknowledged}, received = sum of outcomes, 0 unaccounted");
            let key = ("all stations".to_owned(), String::new());
            self.differs(Kind::Account, &key, None, expected, format!("{account:?}"));
        }
    }
}

/// Whether a class may be shown for a truth after `silence_ms` without new content. Time alone turns `waiting` into
/// `incomplete` when the chase is over, and `open` into `no_end_presumed` when the station has been silent for a day.
fn class_holds(truth: Class, observed: &str, silence_ms: i64) -> bool {
    observed == truth.as_str()
        || (truth == Class::Waiting && observed == "incomplete" && silence_ms >= CHASE_MS)
        || (truth == Class::Open && observed == "no_end_presumed" && silence_ms >= STALE_MS)
}

fn key_of(unit: &TransactionTruth) -> Key {
    (unit.station.to_ascii_lowercase(), unit.transaction_id.to_ascii_lowercase())
}

fn bytes(hash: u64) -> String {
    format!("bytes {hash:016x}")
}

fn wh(uwh: Option<i64>) -> String {
    uwh.map_or_else(|| "NULL".to_owned(), |uwh| number::text(uwh, 6))
}

fn text(value: &Option<&str>) -> String {
    value.unwrap_or("NULL").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_alone_changes_two_classes() {
        assert!(class_holds(Class::Waiting, "waiting", 0));
        assert!(!class_holds(Class::Waiting, "incomplete", CHASE_MS - 1));
        assert!(class_holds(Class::Waiting, "incomplete", CHASE_MS));
        assert!(!class_holds(Class::Open, "no_end_presumed", CHASE_MS));
        assert!(class_holds(Class::Open, "no_end_presumed", STALE_MS));
        assert!(!class_holds(Class::Complete, "incomplete", i64::MAX));
    }
}
