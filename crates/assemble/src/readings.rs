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
use super::ocmf::{Code, Container, SignedReading};
use super::record::ScanPosition;
use super::series::Point;
use super::signed;

/// One reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) place: Place,
    /// Position of its sample in the message.
    pub(super) index: u32,
    /// Position of its entry in the sample's signed data.
    pub(super) entry: Option<u32>,
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
    /// Which of the registers of its measurand.
    pub(super) code: Code,
    /// The meter by its signed serial number: index in `Readings::meters`.
    pub(super) meter: Option<u32>,
    /// The first reading of an exchanged meter.
    pub(super) exchanged: bool,
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
    /// Serial numbers in the signed data.
    pub(super) meters: Vec<Box<str>>,
    /// Two values under one key.
    pub(super) contradicted: bool,
    /// Own times of unsigned readings are usable and agree with seqNo: they are the order.
    unsigned_by_time: bool,
    /// The same of signed readings.
    signed_by_time: bool,
    epoch_starts: Vec<i64>,
}

type Key = (i64, Option<Phase>, Option<Location>, ReadingContext, bool, Code, Option<u32>);

/// Readings under collection.
#[derive(Default)]
struct Collection<'a> {
    known: HashMap<Key, usize>,
    list: Vec<Reading>,
    meters: Vec<&'a str>,
    contradicted: bool,
}

/// Gathers the readings of one measurand.
pub(super) fn collect(
    entries: &[Entry<'_>],
    measurand: Measurand,
    epoch_starts: &[ScanPosition],
) -> Readings {
    let mut collection = Collection::default();
    // nothing counts behind the event whose signed data end the use of the register
    let last_used = entries.iter().position(|e| signed::ends_use(e.event)).unwrap_or(entries.len());
    for entry in entries.get(..=last_used).unwrap_or(entries) {
        collection.add_event(entry, measurand);
    }
    let Collection { list, meters, contradicted, .. } = collection;
    // the meter's clock is not the station's: each kind of reading has an order of its own
    let unsigned_by_time = agree_with_places(&list, false);
    let signed_by_time = agree_with_places(&list, true);
    Readings {
        list,
        meters: meters.into_iter().map(Box::from).collect(),
        contradicted,
        unsigned_by_time,
        signed_by_time,
        epoch_starts: epoch_starts.iter().map(|start| start.at).collect(),
    }
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

impl<'a> Collection<'a> {
    /// The readings of an event. One whose signed data end the use of the register gives only what they say before
    /// that.
    fn add_event(&mut self, entry: &Entry<'a>, measurand: Measurand) {
        let ends_use = signed::ends_use(entry.event);
        for (index, sample) in (0u32..).zip(&entry.event.samples) {
            if !is_of_the_charge(sample.location) {
                continue;
            }
            if let Some(Container::Readings(container)) = &sample.container {
                self.add_container(entry, index, sample, container, measurand);
            } else if sample.measurand == measurand && !ends_use {
                self.add(of_sample(entry, index, sample));
            }
        }
    }

    /// Rule 27: what is signed stands in the place of the sample's own value.
    fn add_container(
        &mut self,
        entry: &Entry<'a>,
        index: u32,
        sample: &Sample,
        container: &'a [SignedReading],
        measurand: Measurand,
    ) {
        // of several entries only a `TX` tells which is the begin and which the end
        let is_end =
            matches!(sample.context, ReadingContext::TransactionBegin | ReadingContext::TransactionEnd);
        let otherwise =
            if is_end && container.len() > 1 { ReadingContext::SamplePeriodic } else { sample.context };
        let usable_ones = (0u32..).zip(container).take_while(|(_, signed)| !signed.energy_error);
        for (position, signed) in usable_ones {
            let register = signed.register.filter(|r| r.measurand(sample.measurand) == measurand);
            let (Some(register), Some(value)) = (register.filter(|_| signed.meter_works), signed.value)
            else {
                continue;
            };
            let reading = Reading {
                entry: Some(position),
                at: usable(signed.at),
                value: value.0,
                ulp: signed.ulp.0,
                context: signed.context.unwrap_or(otherwise),
                signed: true,
                code: register.code(),
                meter: signed.meter.as_deref().map(|serial| self.meter(serial)),
                exchanged: signed.exchanged,
                ..blank(entry, index, sample)
            };
            self.add(Some(reading).filter(|reading| reading.value >= 0));
        }
    }

    fn meter(&mut self, serial: &'a str) -> u32 {
        let known = self.meters.iter().position(|known| *known == serial);
        let index = known.unwrap_or_else(|| {
            self.meters.push(serial);
            self.meters.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Rule 22: one reading per moment and kind, the first counts.
    fn add(&mut self, reading: Option<Reading>) {
        let Some(reading) = reading else { return };
        let Reading { phase, location, context, signed, code, meter, .. } = reading;
        let key = reading.at.map(|at| (at, phase, location, context, signed, code, meter));
        let first = key.and_then(|key| self.known.get(&key)).and_then(|index| self.list.get_mut(*index));
        if let Some(first) = first {
            self.contradicted |= first.value != reading.value;
            first.ended |= reading.ended;
            return;
        }
        if let Some(key) = key {
            self.known.insert(key, self.list.len());
        }
        self.list.push(reading);
    }
}

fn is_of_the_charge(location: Option<Location>) -> bool {
    !matches!(location, Some(Location::Upstream | Location::Cable | Location::EV | Location::Unknown))
}

fn of_sample(entry: &Entry<'_>, index: u32, sample: &Sample) -> Option<Reading> {
    let value = sample.value.filter(|value| *value >= Decimal6::ZERO)?;
    Some(Reading { value: value.0, ..blank(entry, index, sample) })
}

/// A reading of a sample, without its value.
fn blank(entry: &Entry<'_>, index: u32, sample: &Sample) -> Reading {
    let told_by = entry.event.event_type;
    Reading {
        place: entry.place,
        index,
        entry: None,
        at: usable(sample.at),
        value: 0,
        ulp: sample.ulp.0,
        context: sample.context,
        phase: sample.phase,
        location: sample.location,
        signed: sample.signed,
        code: Code::TOTAL,
        meter: None,
        exchanged: false,
        told_by,
        ended: told_by == EventType::Ended,
    }
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

    /// The readings that a point of a series is made of.
    pub(super) fn behind(&self, point: &Point) -> impl Iterator<Item = &Reading> + use<'_> {
        let indices = point.origin.readings.into_iter().flatten();
        indices.filter_map(|index| self.list.get(usize::try_from(index).ok()?))
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
