//! Several contents that claim the same number, and events where none should be.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Content, Draft};
use crate::script::{Event, Kind, Station};
use crate::truth::{Class, Fate};

/// A held event comes this many deliveries late: later than any Ended of its charge.
const LATE: std::ops::Range<u64> = 30..90;

/// Another Updated under a number that is taken, with another register and the same time. It is sent when the first is
/// acknowledged, so the first was received earlier and counts. An equal time opens neither instance nor epoch, and the
/// registers that are billed stand in other events.
pub(crate) fn conflict(station: &Station, draft: &mut Draft, rng: &mut StdRng) {
    let candidates = draft.periodic();
    let Some(index) = candidates.get(rng.random_range(0..candidates.len().max(1))).copied() else { return };
    contradict(station, draft, index, rng);
}

/// Another Ended under the number of the first, at the same time, with another register: the first received counts
/// (earliest event time and lowest number are equal), and its register is billed.
pub(crate) fn conflicting_end(station: &Station, draft: &mut Draft, rng: &mut StdRng) {
    let last = draft.contents.len().saturating_sub(1);
    contradict(station, draft, last, rng);
}

fn contradict(station: &Station, draft: &mut Draft, index: usize, rng: &mut StdRng) {
    let Some(mut event) = draft.contents.get(index).and_then(|c| c.told()).cloned() else { return };
    for reading in &mut event.readings {
        reading.uwh += station.resolution_uwh * rng.random_range(3..50);
    }
    second(draft, index, event, Fate::Conflict);
    draft.first(|truth| {
        truth.class = Class::Conflict;
        truth.conflicts = 1;
        truth.review = None;
    });
}

/// An Updated told again with a counter in its `customData`: another content, but a variant of the same event. The one
/// received first counts, nothing is in conflict.
pub(crate) fn variant(draft: &mut Draft, rng: &mut StdRng) {
    let candidates = draft.periodic();
    let Some(index) = candidates.get(rng.random_range(0..candidates.len().max(1))).copied() else { return };
    let Some(event) = draft.contents.get(index).and_then(|c| c.told()).cloned() else { return };
    second(draft, index, Event { marker: Some(2), ..event }, Fate::Variant);
}

fn second(draft: &mut Draft, first: usize, event: Event, fate: Fate) {
    let content = Content { fate, after: Some(first), ..Content::counts(event) };
    draft.contents.insert((first + 1).min(draft.contents.len()), content);
}

/// An Updated arrives long after the Ended: the order of arrival changes nothing.
pub(crate) fn late(draft: &mut Draft, rng: &mut StdRng) {
    let candidates = draft.periodic();
    let index = candidates.get(rng.random_range(0..candidates.len().max(1))).copied().unwrap_or_default();
    if let Some(content) = draft.contents.get_mut(index) {
        content.held = rng.random_range(LATE);
    }
}

/// An Updated numbered and stamped after the Ended is kept and counted, and changes nothing else; a register above the end
/// is a reason to look. It holds neither a token nor a state, which would be reasons of their own.
pub(crate) fn after_ended(station: &Station, draft: &mut Draft, rng: &mut StdRng) {
    let Some(ended) = draft.contents.last().and_then(|c| c.told()).cloned() else { return };
    let higher = rng.random_bool(0.5);
    let mut event = Event {
        seq_no: ended.seq_no + 1,
        kind: Kind::Updated,
        at_ms: ended.at_ms + rng.random_range(5_000..45_000),
        trigger: "MeterValuePeriodic",
        state: None,
        token: None,
        stopped_reason: None,
        ..ended
    };
    for reading in &mut event.readings {
        reading.at_ms = event.at_ms;
        reading.context = crate::script::Context::Periodic;
        reading.uwh += if higher { station.resolution_uwh * 5 } else { 0 };
    }
    draft.contents.push(Content::counts(event));
    draft.first(|truth| {
        truth.events += 1;
        truth.review = Some(if higher { vec!["after_end".to_owned()] } else { vec![] });
    });
}
