//! Clocks that were never set.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Body, Draft};

/// The clock says 1970 until it is set during the charge, or all the time. Order is by seqNo, begin and end are known by
/// where they stand, so class and energy are untouched; a time from 1970 is no time, and no other charge has this
/// transactionId, so there is no doubt where the events belong.
pub(crate) fn unset(draft: &mut Draft, rng: &mut StdRng) {
    let count = draft.contents.len();
    let set_from = if rng.random_bool(0.25) { count } else { rng.random_range(1..count.max(2)) };
    for content in draft.contents.iter_mut().take(set_from) {
        if let Body::Told(event) = &mut content.body {
            event.clock_set = false;
        }
    }
    draft.first(|truth| {
        truth.started_at = None;
        if set_from >= count {
            truth.ended_at = None;
        }
        truth.review = None;
    });
}
