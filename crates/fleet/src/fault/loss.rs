//! Events that never arrive whole.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Body, Draft};
use crate::fault::invalid;
use crate::script::Kind;
use crate::truth::{Class, Fate};

/// One to three Updated with nothing but a periodic sample are dropped. Begin and end register, token and EVSE are all in
/// other events, so nothing that a bill needs can be missing: class at once `complete_permitted_gaps`, energy untouched.
/// Whether a human should look is left open, since that also depends on whether the station ever reused an id.
pub(crate) fn permitted_gap(draft: &mut Draft, rng: &mut StdRng) {
    let candidates = draft.periodic();
    let count = rng.random_range(1..=3.min(candidates.len().max(1)));
    let mut lost: Vec<usize> = vec![];
    for _ in 0..count {
        if let Some(index) = candidates.get(rng.random_range(0..candidates.len().max(1))) {
            lost.push(*index);
        }
    }
    lost.sort_unstable();
    lost.dedup();
    let missing = draft.lose(&lost);
    draft.first(|truth| {
        truth.class = Class::CompletePermittedGaps;
        truth.missing = missing;
        truth.review = None;
    });
}

/// Without its Started the base of the numbers is unknown, so nothing before the lowest seen is missing; without a start
/// there is no energy to bill.
pub(crate) fn started(draft: &mut Draft) {
    draft.lose(&[0]);
    let first_seq = draft.contents.first().and_then(|content| content.seq_no).unwrap_or_default();
    let evse_id = draft.contents.iter().filter_map(|content| content.told()).find_map(|event| event.evse);
    draft.first(|truth| {
        truth.class = Class::NoStart;
        truth.first_seq = first_seq;
        truth.started_at = None;
        truth.evse_id = evse_id;
        truth.id_token_start = None;
        truth.energy = None;
        truth.review = None;
    });
}

/// An open charge has no energy to bill, and nothing is missing up to the highest number seen.
pub(crate) fn ended(draft: &mut Draft) {
    let last = draft.contents.len().saturating_sub(1);
    draft.lose(&[last]);
    let last_seq = draft.contents.last().and_then(|content| content.seq_no).unwrap_or_default();
    draft.first(|truth| {
        truth.class = Class::Open;
        truth.last_seq = last_seq;
        truth.ended_at = None;
        truth.energy = None;
        truth.review = None;
    });
}

/// The Ended has no register, and the last Updated is lost: it may have held the end, so the class is `waiting`. Until
/// then the bill goes up to the Updated before it, with the reason that a number between it and the Ended is missing.
pub(crate) fn register(draft: &mut Draft) {
    let last_updated = draft.contents.len().saturating_sub(2);
    let readings =
        |index: usize| draft.contents.get(index).and_then(|c| c.told()).map(|e| e.readings.clone());
    let lost = readings(last_updated).unwrap_or_default().last().map(|reading| reading.uwh);
    let left = readings(last_updated.saturating_sub(1)).unwrap_or_default().last().map(|reading| reading.uwh);
    let missing = draft.lose(&[last_updated]);
    draft.first(|truth| {
        truth.class = Class::Waiting;
        truth.missing = missing;
        truth.review = Some(vec!["missing_events".to_owned()]);
        if let (Some(energy), Some(lost), Some(left)) = (&mut truth.energy, lost, left) {
            energy.uwh -= lost - left;
        }
    });
}

/// The Updated with the start token is lost: `waiting`, since a bill needs a token. The token of a stop is no start token.
/// Both registers are there, so the energy stands.
pub(crate) fn token(draft: &mut Draft) {
    let holds =
        |index: &usize| draft.contents.get(*index).and_then(|c| c.told()).is_some_and(|e| e.token.is_some());
    let Some(index) = (0..draft.contents.len()).find(holds) else { return };
    let missing = draft.lose(&[index]);
    draft.first(|truth| {
        truth.class = Class::Waiting;
        truth.missing = missing;
        truth.id_token_start = None;
        truth.review = None;
    });
}

/// An Updated with nothing but a periodic sample is cut off: its bytes are kept as no JSON, and its number is missing, as
/// if the station had dropped it.
pub(crate) fn damage(draft: &mut Draft, rng: &mut StdRng) {
    let candidates = draft.periodic();
    let Some(index) = candidates.get(rng.random_range(0..candidates.len().max(1))).copied() else { return };
    let Some(content) = draft.contents.get_mut(index) else { return };
    let Some(event) = content.told().filter(|event| event.kind == Kind::Updated).cloned() else { return };
    let missing = vec![(1, event.seq_no, event.seq_no)];
    content.body = Body::Cut(event);
    content.seq_no = None;
    content.fate = Fate::Quarantined(invalid::NOT_JSON.to_owned());
    draft.first(|truth| {
        truth.class = Class::CompletePermittedGaps;
        truth.events -= 1;
        truth.missing = missing;
        truth.review = None;
    });
}
