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
use super::ocmf::{Container, SignedReading};
use super::record::ScanPosition;
use super::signed;

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
    /// Own times of unsigned readings are usable and agree with seqNo: they are the order.
    unsigned_by_time: bool,
    /// The same of signed readings.
    signed_by_time: bool,
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
    // nothing counts behind the event whose signed data end the use of the register
    let last_used = entries.iter().position(|e| signed::ends_use(e.event)).unwrap_or(entries.len());
    let used = entries.get(..=last_used).unwrap_or(entries);
    for reading in used.iter().flat_map(|entry| of_event(entry, measurand)) {
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
    // the meter's clock is not the station's: each kind of reading has an order of its own
    let unsigned_by_time = agree_with_places(&list, false);
    let signed_by_time = agree_with_places(&list, true);
    let epoch_starts = epoch_starts.iter().map(|start| start.at).collect();
    Readings { list, contradicted, unsigned_by_time, signed_by_time, epoch_starts }
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

/// The readings of an event. One whose signed data end the use of the register gives only what they say before that.
fn of_event(entry: &Entry<'_>, measurand: Measurand) -> Vec<Reading> {
    let ends_use = signed::ends_use(entry.event);
    let mut readings = Vec::new();
    for (index, sample) in (0u32..).zip(&entry.event.samples) {
        if !is_of_the_charge(sample.location) {
            continue;
        }
        if let Some(Container::Readings(container)) = &sample.container {
            readings.extend(of_container(entry, index, sample, container, measurand));
        } else if sample.measurand == measurand && !ends_use {
            readings.extend(of_sample(entry, index, sample));
        }
    }
    readings
}

fn is_of_the_charge(location: Option<Location>) -> bool {
    !matches!(location, Some(Location::Upstream | Location::Cable | Location::EV | Location::Unknown))
}

fn of_sample(entry: &Entry<'_>, index: u32, sample: &Sample) -> Option<Reading> {
    let told_by = entry.event.event_type;
    Some(Reading {
        place: entry.place,
        index,
        at: usable(sample.at),
        value: sample.value.filter(|value| *value >= Decimal6::ZERO)?.0,
        ulp: sample.ulp.0,
        context: sample.context,
        phase: sample.phase,
        location: sample.location,
        signed: sample.signed,
        told_by,
        ended: told_by == EventType::Ended,
    })
}

/// Rule 27: what is signed stands in the place of the sample's own value.
fn of_container(
    entry: &Entry<'_>,
    index: u32,
    sample: &Sample,
    container: &[SignedReading],
    measurand: Measurand,
) -> Vec<Reading> {
    let marked = matches!(sample.context, ReadingContext::TransactionBegin | ReadingContext::TransactionEnd);
    // of several entries only a `TX` tells which is the begin and which the end
    let otherwise =
        if marked && container.len() > 1 { ReadingContext::SamplePeriodic } else { sample.context };
    let usable_ones = container.iter().take_while(|signed| !signed.energy_error);
    let told = usable_ones.filter(|signed| {
        let register = signed.register.map(|register| register.measurand(sample.measurand));
        signed.meter_works && register == Some(measurand)
    });
    told.filter_map(|signed| {
        let as_sample = Sample {
            at: signed.at,
            value: signed.value,
            ulp: signed.ulp,
            context: signed.context.unwrap_or(otherwise),
            measurand,
            context_given: true,
            phase: sample.phase,
            location: sample.location,
            signed: true,
            container: None,
        };
        of_sample(entry, index, &as_sample)
    })
    .collect()
}

fn usable(at: Option<Micros>) -> Option<i64> {
    at.filter(|at| at.is_usable()).map(|Micros(at)| at)
}

/// Whether own times are all usable and do not fall along places over events that are no Ended.
fn agree_with_places(list: &[Reading], signed: bool) -> bool {
    let of_kind = || list.iter().filter(|reading| reading.signed == signed);
    if of_kind().any(|reading| reading.at.is_none()) {
        return false;
    }
    let mut previous: Option<(u16, i64)> = None;
    let told: Vec<&Reading> = of_kind().filter(|reading| !reading.is_from_ended()).collect();
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
    /// Whether own times are the order of the signed, or the unsigned, readings.
    pub(super) fn by_time(&self, signed: bool) -> bool {
        if signed { self.signed_by_time } else { self.unsigned_by_time }
    }

    /// Sort key of a reading: by (epoch, own time), or by (epoch, seqNo, own time), then position.
    pub(super) fn order(&self, reading: &Reading) -> (u16, i64, Place, Option<i64>, u32) {
        let Reading { place, at, index, .. } = *reading;
        match at {
            Some(at) if self.by_time(reading.signed) => (self.epoch(reading, at), at, place, None, index),
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
