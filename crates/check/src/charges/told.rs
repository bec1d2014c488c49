//! One charge, as it is told.

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Class, Energy, MissingRange, Record};
use wattledger_assemble::words::flag;
use wattledger_decoder::Code;
use wattledger_record::{Decimal6, Micros};

use super::Group;
use crate::limits::RANGES_TOLD_MAX;
use crate::options::Level;
use crate::position::Position;
use crate::tally::printable;

/// A charge, as it is told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) level: Level,
    pub(crate) station: String,
    pub(crate) transaction_id: String,
    pub(crate) class: &'static str,
    pub(crate) billable: bool,
    pub(crate) events: u32,
    pub(crate) repeats: u64,
    pub(crate) variants: u64,
    pub(crate) conflicts: u32,
    pub(crate) first_seq: i64,
    pub(crate) last_seq: i64,
    pub(crate) missing: u64,
    pub(crate) missing_ranges: Vec<MissingRange>,
    pub(crate) epochs: u16,
    pub(crate) started_at: Option<Micros>,
    pub(crate) ended_at: Option<Micros>,
    pub(crate) energy: Option<Energy>,
    pub(crate) estimate: Option<Energy>,
    pub(crate) register_begin: Option<Decimal6>,
    pub(crate) register_end: Option<Decimal6>,
    pub(crate) review: Vec<&'static str>,
    pub(crate) flags: Vec<&'static str>,
    pub(crate) lost: Vec<LostTold>,
}

/// A content that does not count, beside the one that does.
#[derive(Debug, Clone)]
pub(crate) struct LostTold {
    pub(crate) seq_no: i64,
    pub(crate) variant: bool,
    pub(crate) at: Position,
    pub(crate) counts: Option<Position>,
}

/// How bad a charge is: by the core's words alone.
fn level(record: &Record, flags: &[&'static str]) -> Level {
    let unbillable = matches!(record.class, Class::Conflict | Class::NoStart | Class::Waiting);
    if unbillable || !record.review.is_empty() {
        Level::Review
    } else if record.missing_count > 0 || !flags.is_empty() {
        Level::Flagged
    } else {
        Level::Clean
    }
}

/// Whether a bill could be made of it once it has settled: the rule of the view `transactions`, as far as events tell.
fn is_billable(record: &Record) -> bool {
    let whole = matches!(record.class, Class::Complete | Class::CompletePermittedGaps);
    whole && record.review.is_empty() && record.energy.is_some()
}

pub(super) fn tell(group: &Group<'_>, record: &Record, repeats: u64) -> Told {
    // a reason for review may be a flag as well; it is told once
    let own = |word: &&'static str| is_own(word, group.inferred) && !record.review.contains(word);
    let flags: Vec<&'static str> = record.flags.iter().copied().filter(own).collect();
    let lost: Vec<LostTold> = record
        .lost
        .iter()
        .map(|lost| {
            let find = |wanted: &dyn Fn(&Event) -> bool| {
                group.events.iter().zip(group.at).find(|(event, _)| wanted(event)).map(|(_, at)| *at)
            };
            LostTold {
                seq_no: lost.seq_no,
                variant: lost.variant,
                at: find(&|event| event.content_hash == lost.content_hash).unwrap_or_default(),
                counts: find(&|event| {
                    event.seq_no == lost.seq_no
                        && record.lost.iter().all(|other| other.content_hash != event.content_hash)
                }),
            }
        })
        .collect();
    let variants = lost.iter().filter(|lost| lost.variant).count();
    Told {
        level: level(record, &flags),
        station: printable(&record.station_raw),
        transaction_id: printable(&record.transaction_id_raw),
        class: record.class.as_str(),
        billable: is_billable(record),
        events: record.events,
        repeats,
        variants: u64::try_from(variants).unwrap_or(u64::MAX),
        conflicts: record.conflicts,
        first_seq: record.first_seq,
        last_seq: record.last_seq,
        missing: record.missing_count,
        missing_ranges: record.missing_ranges.iter().take(RANGES_TOLD_MAX).copied().collect(),
        epochs: record.epochs,
        started_at: record.started_at,
        ended_at: record.ended_at,
        energy: record.energy,
        estimate: record.energy_estimate,
        register_begin: record.register_begin_wh,
        register_end: record.register_end_wh,
        review: record.review.clone(),
        flags,
        lost,
    }
}

/// Whether a flag is the core's own: those of the messages have been told with the messages. What rests on receive times
/// is left out where there are none.
fn is_own(word: &str, inferred: bool) -> bool {
    if word == flag::LATE_UNMARKED {
        return !inferred;
    }
    word.parse::<Code>().is_err()
}
