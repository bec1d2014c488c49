//! Which seqNos are missing (rule 13): exactly counted, the first ranges listed.
//!
//! The first epoch is expected from the start's seqNo, a later one from its lowest seen; each up to its highest seen,
//! the last one up to the end. Numbers above the end are never missing.

use super::contents::{Entry, Place};
use super::record::{MISSING_RANGES_MAX, MissingRange};

/// What is missing from a charge.
#[derive(Default)]
pub(super) struct Missing {
    pub(super) count: u64,
    pub(super) ranges: Vec<MissingRange>,
    pub(super) truncated: bool,
}

/// Looks for holes between the start, or the lowest event, and the end, or the highest.
///
/// `counting` is in place order and reaches up to the end.
pub(super) fn find(counting: &[Entry<'_>], start: Option<Place>) -> Missing {
    let mut missing = Missing::default();
    let expected =
        |place: Place| start.is_none_or(|start| place.epoch != start.epoch || place.seq_no >= start.seq_no);
    let mut previous: Option<Place> = None;
    for place in counting.iter().map(|entry| entry.place).filter(|place| expected(*place)) {
        if let Some(hole) = previous.and_then(|previous| hole(previous, place)) {
            missing.add(hole);
        }
        previous = Some(place);
    }
    missing
}

/// Whether a seqNo may be missing between two places: a hole, or the unknown tail of an epoch.
pub(super) fn any_between(counting: &[Entry<'_>], from: Place, to: Place) -> bool {
    let places = counting.iter().map(|entry| entry.place).filter(|place| (from..=to).contains(place));
    let mut previous: Option<Place> = None;
    for place in places {
        if previous.is_some_and(|p| p.epoch != place.epoch || hole(p, place).is_some()) {
            return true;
        }
        previous = Some(place);
    }
    false
}

/// The missing run between two neighbours of one epoch.
pub(super) fn hole(previous: Place, next: Place) -> Option<MissingRange> {
    if previous.epoch != next.epoch {
        return None;
    }
    let first = previous.seq_no.checked_add(1)?;
    let last = next.seq_no.checked_sub(1)?;
    (first <= last).then_some(MissingRange { epoch: next.epoch, first, last })
}

impl MissingRange {
    /// How many seqNos it has.
    pub(super) fn numbers(&self) -> u64 {
        let numbers = i128::from(self.last) - i128::from(self.first) + 1;
        u64::try_from(numbers).unwrap_or(u64::MAX)
    }
}

impl Missing {
    fn add(&mut self, hole: MissingRange) {
        self.count = self.count.saturating_add(hole.numbers());
        if self.ranges.len() < MISSING_RANGES_MAX {
            self.ranges.push(hole);
        } else {
            self.truncated = true;
        }
    }
}
