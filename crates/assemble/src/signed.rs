//! What signed data say against a bill (rule 27): errors of the meter, and a meter that was exchanged.
//!
//! Heard is every content up to the end and every Ended, those that lost to a copy of theirs too: a signed "do not
//! bill" is not outvoted by a telling that leaves it out.

use std::collections::BTreeSet;

use wattledger_decoder::EventType;
use wattledger_record::Micros;

use super::contents::Entry;
use super::event::Event;
use super::ocmf::{Container, SignedReading};

/// What the signed data of a charge say.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and any may come with any other"
)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict<'a> {
    /// Energy is unusable from some reading on.
    pub(super) energy_error: bool,
    /// Times are unusable.
    pub(super) time_error: bool,
    /// Some reading is of a meter in a state in which it does not measure.
    pub(super) meter_state: bool,
    /// Some signed data could be read and hold no register reading.
    pub(super) unused: bool,
    /// Some signed data are OCMF that cannot be read: what they forbid is not known.
    pub(super) unreadable: bool,
    /// The meter was exchanged.
    pub(super) exchange: Option<Exchange<'a>>,
}

/// What the signed data say of an exchanged meter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Exchange<'a> {
    /// The serial numbers that were heard.
    pub(super) meters: BTreeSet<&'a str>,
    /// Times of the entries that are marked as an exchanged meter's.
    pub(super) marks: BTreeSet<Option<Micros>>,
}

/// Hears the contents of one charge.
pub(super) fn judge<'a>(contents: &[Entry<'a>], end: Option<&Entry<'a>>) -> Verdict<'a> {
    let heard = |e: &&Entry<'_>| e.is(EventType::Ended) || end.is_none_or(|end| e.place <= end.place);
    let mut verdict = Verdict::default();
    let mut exchange = Exchange::default();
    let containers = contents
        .iter()
        .filter(heard)
        .flat_map(|entry| &entry.event.samples)
        .filter_map(|sample| sample.container.as_ref());
    for container in containers {
        verdict.unreadable |= *container == Container::Unreadable;
        let readings = container.readings();
        verdict.unused |= !readings.is_empty() && !readings.iter().any(holds_reading);
        for reading in readings {
            verdict.energy_error |= reading.energy_error;
            verdict.time_error |= reading.time_error;
            verdict.meter_state |= !reading.meter_works;
            exchange.meters.extend(reading.meter.as_deref());
            if reading.exchanged {
                exchange.marks.insert(reading.at);
            }
        }
    }
    let exchanged = exchange.meters.len() > 1 || !exchange.marks.is_empty();
    verdict.exchange = exchanged.then_some(exchange);
    verdict
}

/// Whether an event's signed data say that its energy and all that follows is unusable.
pub(super) fn ends_use(event: &Event) -> bool {
    let containers = event.samples.iter().filter_map(|sample| sample.container.as_ref());
    containers.flat_map(Container::readings).any(|reading| reading.energy_error)
}

/// Whether an entry is a reading of a register, also one that must not be used.
fn holds_reading(entry: &SignedReading) -> bool {
    entry.register.is_some() && entry.value.is_some()
}
