//! What is found across the events of a charge, by the sink's own assembling core.
//!
//! In: folded records of one transactionId, and the events they were made of. Out: counts over all of them, and the first
//! charges told one by one. Nothing is judged here; a word of the core only gets a number and a place.

mod told;

use std::collections::{BTreeMap, HashMap};

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Class, Folded, MissingRange, Record};
use wattledger_record::ContentHash;

use crate::limits::RANGES_TOLD_MAX;
use crate::options::Level;
use crate::position::{First, Position};
use crate::tally::{Seen, printable};

pub(crate) use told::Told;
use told::tell;

/// Counts over charges, of one worker or of all.
#[derive(Debug, Clone)]
pub(crate) struct Charges {
    pub(crate) transactions: u64,
    /// By [`class_number`].
    pub(crate) classes: [u64; CLASSES.len()],
    pub(crate) levels: BTreeMap<Level, u64>,
    pub(crate) review: BTreeMap<&'static str, Seen<String>>,
    pub(crate) flags: BTreeMap<&'static str, Seen<String>>,
    /// By method: charges, and their sum in µWh.
    pub(crate) energy: BTreeMap<&'static str, (u64, i128)>,
    /// Charges that could be billed once they have settled, and their sum in µWh.
    pub(crate) billable: (u64, i128),
    /// Further copies of a content that was there.
    pub(crate) repeats: Seen<String>,
    pub(crate) variants: u64,
    pub(crate) conflicts: Seen<String>,
    /// seqNos that are missing.
    pub(crate) missing: u64,
    pub(crate) with_holes: Seen<String>,
    /// transactionIds with more events than are assembled.
    pub(crate) not_assembled: Seen<String>,
    pub(crate) not_assembled_events: u64,
    /// The first charges, the worst level first.
    pub(crate) told: [First<Told>; 3],
}

/// The classes in the order in which they are told.
pub(crate) const CLASSES: [Class; 6] = [
    Class::Conflict,
    Class::NoStart,
    Class::Open,
    Class::Waiting,
    Class::CompletePermittedGaps,
    Class::Complete,
];

const fn class_number(class: Class) -> usize {
    match class {
        Class::Conflict => 0,
        Class::NoStart => 1,
        Class::Open => 2,
        Class::Waiting => 3,
        Class::CompletePermittedGaps => 4,
        Class::Complete => 5,
    }
}

/// All events of one transactionId, in the order of their lines.
pub(crate) struct Group<'a> {
    pub(crate) station: &'a str,
    pub(crate) transaction_id: &'a str,
    pub(crate) events: &'a [Event],
    pub(crate) at: &'a [Position],
    /// Whether the order of lines had to stand for receive times.
    pub(crate) inferred: bool,
}

impl Group<'_> {
    fn name(&self) -> String {
        printable(&format!("{} {}", self.station, self.transaction_id))
    }

    fn first(&self) -> Position {
        self.at.first().copied().unwrap_or_default()
    }

    /// Where the first event of a record's time stands.
    fn place(&self, record: &Record) -> Position {
        let from = if record.instance_key == 0 { i64::MIN } else { record.instance_key };
        let within =
            |event: &Event| event.usable_time().is_some_and(|at| (from..record.until).contains(&at.0));
        self.events
            .iter()
            .zip(self.at)
            .find(|(event, _)| within(event))
            .map_or_else(|| self.first(), |(_, at)| *at)
    }
}

impl Charges {
    pub(crate) fn new(examples: usize, told: usize) -> Self {
        let seen = || Seen::new(examples);
        Self {
            transactions: 0,
            classes: [0; CLASSES.len()],
            levels: BTreeMap::new(),
            review: BTreeMap::new(),
            flags: BTreeMap::new(),
            energy: BTreeMap::new(),
            billable: (0, 0),
            repeats: seen(),
            variants: 0,
            conflicts: seen(),
            missing: 0,
            with_holes: seen(),
            not_assembled: seen(),
            not_assembled_events: 0,
            told: [First::new(told), First::new(told), First::new(told)],
        }
    }

    /// Counts a transactionId that has too many events.
    pub(crate) fn too_many(&mut self, name: &str, at: Position, events: u64) {
        self.transactions += 1;
        self.not_assembled_events += events;
        self.not_assembled.note(at, || printable(name));
    }

    /// Counts what was assembled.
    pub(crate) fn add(&mut self, group: &Group<'_>, folded: &Folded, examples: usize) {
        self.transactions += 1;
        let all_differ =
            usize::try_from(folded.contents).is_ok_and(|contents| contents == group.events.len());
        let mut repeats = if all_differ { 0 } else { self.copies(group) };
        for record in &folded.records {
            if record.part_of.is_none() {
                self.charge(group, record, std::mem::take(&mut repeats), examples);
            }
        }
    }

    /// Counts further copies of one content.
    fn copies(&mut self, group: &Group<'_>) -> u64 {
        let mut seen = HashMap::<ContentHash, i64>::new();
        let mut copies = 0;
        for (event, at) in group.events.iter().zip(group.at) {
            if seen.insert(event.content_hash, event.seq_no).is_some() {
                copies += 1;
                self.repeats.note(*at, || format!("{} seqNo {}", group.name(), event.seq_no));
            }
        }
        copies
    }

    fn charge(&mut self, group: &Group<'_>, record: &Record, repeats: u64, examples: usize) {
        let at = group.place(record);
        let told = tell(group, record, repeats);
        if let Some(count) = self.classes.get_mut(class_number(record.class)) {
            *count += 1;
        }
        *self.levels.entry(told.level).or_default() += 1;
        for word in &told.review {
            self.review.entry(word).or_insert_with(|| Seen::new(examples)).note(at, || group.name());
        }
        for word in &told.flags {
            self.flags.entry(word).or_insert_with(|| Seen::new(examples)).note(at, || group.name());
        }
        if let Some(energy) = &record.energy {
            let (charges, sum) = self.energy.entry(energy.method).or_default();
            *charges += 1;
            *sum += i128::from(energy.wh.0);
            if told.billable {
                self.billable = (self.billable.0 + 1, self.billable.1 + i128::from(energy.wh.0));
            }
        }
        self.variants += told.variants;
        for lost in told.lost.iter().filter(|lost| !lost.variant) {
            self.conflicts.note(lost.at, || format!("{} seqNo {}", group.name(), lost.seq_no));
        }
        self.missing += record.missing_count;
        if record.missing_count > 0 {
            self.with_holes.note(at, || format!("{}: {}", group.name(), ranges(record)));
        }
        let rank = match told.level {
            Level::Review | Level::Quarantined => 0,
            Level::Flagged => 1,
            Level::Clean => 2,
        };
        if let Some(first) = self.told.get_mut(rank) {
            first.note(at, || told);
        }
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.transactions += other.transactions;
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            *mine += theirs;
        }
        for (level, count) in other.levels {
            *self.levels.entry(level).or_default() += count;
        }
        for (mine, theirs) in [(&mut self.review, other.review), (&mut self.flags, other.flags)] {
            for (word, seen) in theirs {
                match mine.get_mut(word) {
                    Some(mine) => mine.absorb(seen),
                    None => drop(mine.insert(word, seen)),
                }
            }
        }
        for (method, (charges, sum)) in other.energy {
            let mine = self.energy.entry(method).or_default();
            *mine = (mine.0 + charges, mine.1 + sum);
        }
        self.billable = (self.billable.0 + other.billable.0, self.billable.1 + other.billable.1);
        self.repeats.absorb(other.repeats);
        self.variants += other.variants;
        self.conflicts.absorb(other.conflicts);
        self.missing += other.missing;
        self.with_holes.absorb(other.with_holes);
        self.not_assembled.absorb(other.not_assembled);
        self.not_assembled_events += other.not_assembled_events;
        for (mine, theirs) in self.told.iter_mut().zip(other.told) {
            mine.absorb(theirs);
        }
    }

    /// Charges in all.
    pub(crate) fn count(&self) -> u64 {
        self.classes.iter().sum()
    }
}

/// The missing seqNos of a record, as text: `3, 7-9`.
fn ranges(record: &Record) -> String {
    let told = record.missing_ranges.iter().take(RANGES_TOLD_MAX);
    let mut text: Vec<String> = told.map(|range| range_text(range, record.epochs)).collect();
    if record.missing_ranges.len() > RANGES_TOLD_MAX || record.missing_truncated {
        text.push("…".to_owned());
    }
    text.join(", ")
}

/// A range as text; with its run of seqNo where there are several.
pub(crate) fn range_text(range: &MissingRange, epochs: u16) -> String {
    let run = if epochs > 1 { format!(" (run {})", range.epoch) } else { String::new() };
    if range.first == range.last {
        format!("{}{run}", range.first)
    } else {
        format!("{}-{}{run}", range.first, range.last)
    }
}
