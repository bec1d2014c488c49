//! Identifiers used twice: transactionIds and sequence numbers.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Body, Draft};
use crate::truth::Class;

/// A second charge under the same transactionId, hours later, after the first has ended: its Started has a later event
/// time, so it is an instance of its own, whatever order the events of both arrive in and whatever numbers they share.
pub(crate) fn reuse(draft: &mut Draft, again: Draft) {
    draft.contents.extend(again.contents);
    draft.instances.extend(again.instances);
}

/// seqNo begins anew at 0 in the middle of a charge. The first number after it is below the highest, is taken or lies
/// below the Started's, is later in time, and is followed by 1, which is not above the highest either (the first run has
/// at least three numbers): so a second epoch begins with it. Both runs are whole, but the tail of the first cannot be
/// known: `complete_permitted_gaps` at best, to be looked at.
pub(crate) fn reset(draft: &mut Draft, rng: &mut StdRng) {
    let count = draft.contents.len();
    let from = rng.random_range(3..count.saturating_sub(1).max(4));
    let mut seq_no = 0;
    for content in draft.contents.iter_mut().skip(from) {
        if let Body::Told(event) = &mut content.body {
            event.seq_no = seq_no;
            content.seq_no = Some(seq_no);
            seq_no += 1;
        }
    }
    draft.first(|truth| {
        truth.class = Class::CompletePermittedGaps;
        truth.epochs = 2;
        truth.last_seq = seq_no - 1;
        truth.review = Some(vec!["seq_reset".to_owned()]);
    });
}
