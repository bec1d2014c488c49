//! What signed data say against a bill (rule 27): errors of the meter, and a meter that was exchanged.
//!
//! Heard is every content up to the end and every Ended, those that lost to a copy of theirs too: a signed "do not
//! bill" is not outvoted by a telling that leaves it out.

use std::collections::BTreeSet;

use wattledger_decoder::EventType;

use super::contents::Entry;
use super::event::Event;
use super::ocmf::{Container, SignedReading};

/// What the signed data of a charge say.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and any may come with any other"
)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Energy is unusable from some reading on.
    pub(super) energy_error: bool,
    /// Times are unusable.
    pub(super) time_error: bool,
    /// Some reading is of a meter in a state in which it does not measure.
    pub(super) meter_state: bool,
    /// The readings are of more than one meter.
    pub(super) exchanged: bool,
    /// Some signed data are OCMF that cannot be read: what they forbid is not known.
    pub(super) unreadable: bool,
}

/// Hears the contents of one charge.
pub(super) fn judge(contents: &[Entry<'_>], end: Option<&Entry<'_>>) -> Verdict {
    let heard = |e: &&Entry<'_>| e.is(EventType::Ended) || end.is_none_or(|end| e.place <= end.place);
    let mut verdict = Verdict::default();
    let mut meters: BTreeSet<&str> = BTreeSet::new();
    let heard: Vec<&Event> = contents.iter().filter(heard).map(|e| e.event).collect();
    verdict.unreadable = heard.iter().any(|event| has_unreadable(event));
    for reading in heard.into_iter().flat_map(of) {
        verdict.energy_error |= reading.energy_error;
        verdict.time_error |= reading.time_error;
        verdict.meter_state |= !reading.meter_works;
        verdict.exchanged |= reading.exchanged;
        meters.extend(reading.meter.as_deref());
    }
    verdict.exchanged |= meters.len() > 1;
    verdict
}

/// Whether an event's signed data say that its energy and all that follows is unusable.
pub(super) fn ends_use(event: &Event) -> bool {
    of(event).any(|reading| reading.energy_error)
}

fn has_unreadable(event: &Event) -> bool {
    event.samples.iter().any(|sample| sample.container == Some(Container::Unreadable))
}

fn of(event: &Event) -> impl Iterator<Item = &SignedReading> {
    event.samples.iter().filter_map(|sample| sample.container.as_ref()).flat_map(Container::readings)
}
