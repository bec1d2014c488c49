//! Register readings of a charge: each once, in one order (rules 22, 23).
//!
//! In: entries in place order. Out: readings of one measurand, without repeats. A reading is exact, in µWh; a value
//! whose unit is unknown is none, one below 0 is none (stations send -1 for a meter they cannot read), and nothing
//! measured upstream of the station is.

use std::collections::HashMap;

use wattledger_decoder::{EventType, Location, Measurand, Phase, ReadingContext};
use wattledger_record::{Decimal6, Micros};

use super::contents::{Entry, Place};
use super::event::Sample;
use super::record::ScanPosition;

/// One reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) place: Place,
    /// Position in the message.
    pub(super) index: u32,
    /// Usable own time, µs.
    pub(super) at: Option<i64>,
    /// µWh.
    pub(super) value: i64,
    /// One unit in the last place as sent, µWh.
    pub(super) ulp: i64,
    pub(super) context: ReadingContext,
    pub(super) phase: Option<Phase>,
    pub(super) location: Option<Location>,
    pub(super) signed: bool,
    /// Type of the event it counts for.
    pub(super) told_by: EventType,
    /// Told by an Ended, alone or as a repeat.
    pub(super) ended: bool,
}

impl Reading {
    /// Whether the event it counts for is an Ended.
    pub(super) fn is_from_ended(&self) -> bool {
        self.told_by == EventType::Ended
    }
}

/// The readings of one measurand.
pub(super) struct Readings {
    pub(super) list: Vec<Reading>,
    /// Two values under one key.
    pub(super) contradicted: bool,
    /// Own times are usable and agree with seqNo: they are the order.
    pub(super) by_time: bool,
    epoch_starts: Vec<i64>,
}

type Key = (i64, Option<Phase>, Option<Location>, ReadingContext, bool);

/// Gathers the readings of one measurand.
pub(super) fn collect(
    entries: &[Entry<'_>],
    measurand: Measurand,
    epoch_starts: &[ScanPosition],
) -> Readings {
    let mut known: HashMap<Key, usize> = HashMap::new();
    let mut list: Vec<Reading> = Vec::new();
    let mut contradicted = false;
    for reading in entries.iter().flat_map(|entry| of_event(entry, measurand)) {
        let key = |at| (at, reading.phase, reading.location, reading.context, reading.signed);
        let first = reading.at.and_then(|at| known.get(&key(at))).and_then(|index| list.get_mut(*index));
        if let Some(first) = first {
            contradicted |= first.value != reading.value;
            first.ended |= reading.ended;
            continue;
        }
        if let Some(at) = reading.at {
            known.insert(key(at), list.len());
        }
        list.push(reading);
    }
    let by_time = agree_with_places(&list);
    let epoch_starts = epoch_starts.iter().map(|start| start.at).collect();
    Readings { list, contradicted, by_time, epoch_starts }
}

/// Whether one of these measurands was told with a value below 0, which no meter shows.
pub(super) fn any_negative(entries: &[Entry<'_>], measurands: &[Measurand]) -> bool {
    let mut samples = entries.iter().flat_map(|entry| &entry.event.samples);
    samples.any(|sample| measurands.contains(&sample.measurand) && is_negative(sample))
}

/// Whether such a value stands where the begin or the end belongs: in a Started or Ended, or marked as one of the two.
pub(super) fn unknown_at_an_end(entries: &[Entry<'_>], measurand: Measurand) -> bool {
    entries.iter().any(|entry| {
        let outer = entry.event.event_type != EventType::Updated;
        entry.event.samples.iter().any(|sample| {
            let marked =
                matches!(sample.context, ReadingContext::TransactionBegin | ReadingContext::TransactionEnd);
            sample.measurand == measurand && (outer || marked) && is_negative(sample)
        })
    })
}

fn is_negative(sample: &Sample) -> bool {
    sample.value.is_some_and(|value| value < Decimal6::ZERO)
}

fn of_event<'a>(entry: &'a Entry<'_>, measurand: Measurand) -> impl Iterator<Item = Reading> + 'a {
    let told_by = entry.event.event_type;
    let numbered = (0u32..).zip(&entry.event.samples);
    numbered.filter(move |(_, sample)| sample.measurand == measurand).filter_map(move |(index, sample)| {
        let billable = !matches!(
            sample.location,
            Some(Location::Upstream | Location::Cable | Location::EV | Location::Unknown)
        );
        let value = sample.value.filter(|value| billable && *value >= Decimal6::ZERO)?;
        Some(Reading {
            place: entry.place,
            index,
            at: sample.at.filter(|at| at.is_usable()).map(|Micros(at)| at),
            value: value.0,
            ulp: sample.ulp.0,
            context: sample.context,
            phase: sample.phase,
            location: sample.location,
            signed: sample.signed,
            told_by,
            ended: told_by == EventType::Ended,
        })
    })
}

/// Whether own times are all usable and do not fall along places over events that are no Ended.
fn agree_with_places(list: &[Reading]) -> bool {
    if list.iter().any(|reading| reading.at.is_none()) {
        return false;
    }
    let mut previous: Option<(u16, i64)> = None;
    let told: Vec<&Reading> = list.iter().filter(|reading| !reading.is_from_ended()).collect();
    for of_event in told.chunk_by(|a, b| a.place == b.place) {
        let times = || of_event.iter().filter_map(|reading| reading.at);
        let (Some(earliest), Some(latest)) = (times().min(), times().max()) else { continue };
        let epoch = of_event.first().map_or(0, |reading| reading.place.epoch);
        if previous.is_some_and(|(same, before)| same == epoch && earliest < before) {
            return false;
        }
        previous = Some((epoch, latest));
    }
    true
}

impl Readings {
    /// Sort key of a reading: by (epoch, own time), or by (epoch, seqNo, own time), then position.
    pub(super) fn order(&self, reading: &Reading) -> (u16, i64, Place, Option<i64>, u32) {
        let Reading { place, at, index, .. } = *reading;
        match at {
            Some(at) if self.by_time => (self.epoch(reading, at), at, place, None, index),
            _ => (place.epoch, i64::MIN, place, at, index),
        }
    }

    /// An Ended repeats readings of all epochs; each belongs to the epoch of its time.
    fn epoch(&self, reading: &Reading, at: i64) -> u16 {
        if !reading.is_from_ended() {
            return reading.place.epoch;
        }
        let begun = self.epoch_starts.partition_point(|start| *start <= at);
        u16::try_from(begun).unwrap_or(u16::MAX).saturating_add(1).min(reading.place.epoch)
    }
}
