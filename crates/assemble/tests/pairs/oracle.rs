//! What the records of a group say, beside what is true.

use std::collections::{BTreeMap, BTreeSet};

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Class, Folded, Record};
use wattledger_record::{ContentHash, Decimal6};

use crate::fold;
use crate::place::locate;
use crate::signs;
use crate::station::{Told, Truth, lines};

/// How a bill may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Finding {
    /// Made from two charges, and an event shows it.
    Merged,
    /// Made from two charges, and no event shows it.
    Invisible,
    /// An event of another charge is in it, whether or not it has a part in the bill.
    Foreign,
    /// Another figure than the truth.
    Wrong,
    /// A charge is billed twice.
    Double,
    /// A charge whose events came is not billed.
    Held,
}

/// Counts of one group, or of many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    pub(crate) merged: usize,
    pub(crate) invisible: usize,
    pub(crate) foreign: usize,
    pub(crate) wrong: usize,
    pub(crate) double: usize,
    pub(crate) held: usize,
    /// Charges whose Started, Ended and token came.
    pub(crate) payable: usize,
    pub(crate) charges: usize,
    /// Reasons for which payable charges are held.
    pub(crate) reasons: BTreeMap<String, usize>,
}

impl Verdict {
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let counts = [
            (self.merged, Finding::Merged),
            (self.invisible, Finding::Invisible),
            (self.foreign, Finding::Foreign),
            (self.wrong, Finding::Wrong),
            (self.double, Finding::Double),
            (self.held, Finding::Held),
        ];
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, finding)| finding).collect()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.merged += other.merged;
        self.invisible += other.invisible;
        self.foreign += other.foreign;
        self.wrong += other.wrong;
        self.double += other.double;
        self.held += other.held;
        self.payable += other.payable;
        self.charges += other.charges;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }
}

/// An event at its (epoch, seqNo), and whether it counts.
type Placed<'a> = ((u16, i64), &'a Event, bool);

/// The events of one record, and whose they are.
struct Part<'a> {
    record: &'a Record,
    /// Whether the id has several charges.
    reused: bool,
    /// Contents that count, by place.
    counting: Vec<(&'a Event, &'a BTreeSet<usize>)>,
    /// All contents at its place.
    owners: Vec<&'a BTreeSet<usize>>,
}

/// Folds a group and compares.
pub(crate) fn judge(told: &[Told], truth: &[Truth]) -> Verdict {
    let events = fold::events(&lines(told));
    let mut owners: BTreeMap<ContentHash, BTreeSet<usize>> = BTreeMap::new();
    for (event, told) in events.iter().zip(told) {
        owners.entry(event.content_hash).or_default().insert(told.owner);
    }
    let folded = fold::fold(&events);
    let distinct: BTreeMap<ContentHash, &Event> = events.iter().map(|e| (e.content_hash, e)).collect();
    let parts = parts(&folded, &distinct, &owners);
    let mut verdict = Verdict { charges: truth.len(), ..Verdict::default() };
    let mut billed: BTreeMap<usize, usize> = BTreeMap::new();
    for part in parts.iter().filter(|part| billable(part.record)) {
        judge_bill(part, truth, &mut billed, &mut verdict);
    }
    verdict.double = billed.values().filter(|count| **count > 1).count();
    for owner in (0..truth.len()).filter(|owner| payable(told, truth, *owner)) {
        verdict.payable += 1;
        if !billed.contains_key(&owner) {
            verdict.held += 1;
            for reason in reasons(&parts, owner) {
                *verdict.reasons.entry(reason).or_default() += 1;
            }
        }
    }
    verdict
}

/// Billable once settled (rule 19), as the view `transactions` says it.
fn billable(record: &Record) -> bool {
    record.part_of.is_none()
        && record.energy.is_some()
        && record.review.is_empty()
        && record.id_token_start.is_some()
        && matches!(record.class, Class::Complete | Class::CompletePermittedGaps | Class::Waiting)
}

fn payable(told: &[Told], truth: &[Truth], owner: usize) -> bool {
    let has = |kind: char| told.iter().any(|e| e.owner == owner && e.kind == kind);
    let token = truth[owner].token.as_ref().map(|token| format!("tok={token}"));
    let named =
        |token: &String| told.iter().any(|e| e.owner == owner && e.kind != 'E' && e.facts.contains(token));
    has('S') && has('E') && token.is_some_and(|token| named(&token))
}

fn parts<'a>(
    folded: &'a Folded,
    distinct: &BTreeMap<ContentHash, &'a Event>,
    owners: &'a BTreeMap<ContentHash, BTreeSet<usize>>,
) -> Vec<Part<'a>> {
    let mut places: BTreeMap<i64, Vec<Placed<'_>>> = BTreeMap::new();
    for event in distinct.values() {
        let (key, epoch, counts) = locate(folded, event);
        places.entry(key).or_default().push(((epoch, event.seq_no), event, counts));
    }
    let part = |record: &'a Record| {
        let mut here = places.remove(&record.instance_key).unwrap_or_default();
        here.sort_by_key(|(place, ..)| *place);
        let counting = here.iter().filter(|(.., counts)| *counts);
        Part {
            record,
            reused: folded.records.iter().filter(|r| r.part_of.is_none()).count() > 1,
            counting: counting.map(|(_, event, _)| (*event, &owners[&event.content_hash])).collect(),
            owners: here.iter().map(|(_, event, _)| &owners[&event.content_hash]).collect(),
        }
    };
    folded.records.iter().filter(|r| r.part_of.is_none()).map(part).collect()
}

/// Judges a record that is billed. What no event shows is counted apart, whatever it is.
fn judge_bill(part: &Part<'_>, truth: &[Truth], billed: &mut BTreeMap<usize, usize>, verdict: &mut Verdict) {
    let finding = match whose(part, truth) {
        Err(finding) => Some(finding),
        Ok((owner, finding)) => {
            // nobody pays twice for nothing
            *billed.entry(owner).or_default() += usize::from(part.record.energy.is_some_and(|e| e.wh.0 > 0));
            finding
        }
    };
    let events: Vec<&Event> = part.counting.iter().map(|(event, _)| *event).collect();
    match finding {
        Some(_) if !signs::any(&events, part.reused) => verdict.invisible += 1,
        Some(Finding::Foreign) => verdict.foreign += 1,
        Some(Finding::Wrong) => verdict.wrong += 1,
        Some(_) => verdict.merged += 1,
        None => {}
    }
}

/// Whose charge a bill is for, and what is wrong with it; nobody's if it was made from two charges.
fn whose(part: &Part<'_>, truth: &[Truth]) -> Result<(usize, Option<Finding>), Finding> {
    let record = part.record;
    let begin = tellers(part, record.register_begin_wh);
    let end = tellers(part, record.register_end_wh);
    let token = record.id_token_start.as_ref().map(|token| token.id_token.to_string());
    let whose: Vec<usize> = begin.intersection(&end).copied().filter(|o| truth[*o].token == token).collect();
    let first = *whose.first().ok_or(Finding::Merged)?;
    let figure = record.energy.map(|energy| energy.wh);
    let right = |owner: &usize| figure == Some(Decimal6(truth[*owner].energy * 100_000));
    let Some(owner) = whose.into_iter().find(right) else { return Ok((first, Some(Finding::Wrong))) };
    // what stands behind the end has no part in the record (rule 15)
    let speaks = |event: &Event| event.seq_no <= record.last_seq;
    let foreign = part.counting.iter().any(|(event, owners)| speaks(event) && !owners.contains(&owner));
    Ok((owner, foreign.then_some(Finding::Foreign)))
}

/// The charges of which an event tells this reading.
fn tellers(part: &Part<'_>, reading: Option<Decimal6>) -> BTreeSet<usize> {
    let tells = |event: &Event| event.samples.iter().any(|sample| sample.value == reading);
    part.counting.iter().filter(|(event, _)| tells(event)).flat_map(|(_, owners)| (*owners).clone()).collect()
}

/// Why the records that hold a charge's events are not billed.
fn reasons(parts: &[Part<'_>], owner: usize) -> BTreeSet<String> {
    let holds = |part: &&Part<'_>| part.owners.iter().any(|owners| owners.contains(&owner));
    let mut reasons = BTreeSet::new();
    for record in parts.iter().filter(holds).map(|part| part.record) {
        reasons.extend(record.review.iter().map(ToString::to_string));
        if !matches!(record.class, Class::Complete | Class::CompletePermittedGaps | Class::Waiting) {
            reasons.insert(format!("class {:?}", record.class));
        }
    }
    reasons
}
