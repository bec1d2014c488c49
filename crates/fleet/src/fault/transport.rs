//! What happens on the way: copies, overtaking, queues. None of it changes what is true.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::draft::{Body, Draft, Send};
use crate::fault::{Fault, Faults, invalid};

/// Distance between two contents of a transaction, so that a delivery can be placed between them.
pub(crate) const STEP: u64 = 1_000;
/// How far a delivery falls back where deliveries overtake each other: over the end of the next transaction.
const OVERTAKEN: u64 = 12 * STEP;
/// How far behind its original a copy comes.
const COPY: std::ops::Range<u64> = 1..20 * STEP;
/// Copies per transaction, so that its length has a bound.
const COPIES_MAX: u64 = 6;

/// Decides what is sent when. Contents that wait for another's acknowledgement stay behind it.
pub(crate) fn send(faults: &Faults, draft: &mut Draft, rng: &mut StdRng) {
    if let Some(story) = draft.story {
        draft.faults.push((story.as_str(), 1));
    }
    if faults.happens(Fault::Invalid, rng) {
        invalid::add(draft, rng);
        draft.faults.push((Fault::Invalid.as_str(), 1));
    }
    if faults.happens(Fault::OfflineBurst, rng) {
        offline_burst(draft, rng);
        draft.faults.push((Fault::OfflineBurst.as_str(), 1));
    }
    let overtaken = if faults.happens(Fault::Reorder, rng) {
        draft.faults.push((Fault::Reorder.as_str(), 1));
        OVERTAKEN
    } else {
        0
    };
    let positions = positions(draft, overtaken, rng);
    let mut sends = Vec::with_capacity(positions.len() + 2);
    for (content, position) in positions.into_iter().enumerate() {
        sends.push(Send { content, copy: 0, offline_changed: false, position });
    }
    copies(draft, faults, &mut sends, rng);
    draft.sends = sends;
}

fn positions(draft: &Draft, overtaken: u64, rng: &mut StdRng) -> Vec<u64> {
    let mut positions: Vec<u64> = Vec::with_capacity(draft.contents.len());
    for (index, content) in (0_u64..).zip(&draft.contents) {
        let fallen = if overtaken == 0 { 0 } else { rng.random_range(0..overtaken) };
        let mut position = (index + content.held) * STEP + fallen;
        if let Some(first) = content.after.and_then(|after| positions.get(after)) {
            position = position.max(first + 1);
        }
        positions.push(position);
    }
    positions
}

/// A run of events happens while the station has no connection: marked offline, sent after the live events that follow.
fn offline_burst(draft: &mut Draft, rng: &mut StdRng) {
    let count = draft.contents.len();
    let from = rng.random_range(0..count.max(1));
    let run = rng.random_range(2..6);
    let behind = u64::try_from(run).unwrap_or_default() + rng.random_range(1..4);
    for content in draft.contents.iter_mut().skip(from).take(run) {
        if let Body::Told(event) = &mut content.body {
            event.offline = true;
            content.held += behind;
        }
    }
}

/// A lost answer makes a station send again: the same bytes, or with `offline` set on what is still queued
/// (E11.FR.07), which is no part of the content. Either way a duplicate.
fn copies(draft: &mut Draft, faults: &Faults, sends: &mut Vec<Send>, rng: &mut StdRng) {
    let originals = sends.clone();
    let mut left = COPIES_MAX;
    for original in &originals {
        let told = draft.contents.get(original.content).is_some_and(|content| content.told().is_some());
        let mut copy = 0;
        for fault in [Fault::Retry, Fault::RetryOffline] {
            let possible = fault == Fault::Retry || told;
            if left == 0 || !possible || !faults.happens(fault, rng) {
                continue;
            }
            left -= 1;
            copy += 1;
            sends.push(Send {
                copy,
                offline_changed: fault == Fault::RetryOffline,
                position: original.position + rng.random_range(COPY),
                ..*original
            });
            draft.faults.push((fault.as_str(), 1));
        }
    }
}
