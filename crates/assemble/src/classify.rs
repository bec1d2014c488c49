//! The class of a charge as far as its events alone give it, and what only its neighbours under the same
//! transactionId can tell (rules 9, 18, 20, 21).

use wattledger_decoder::EventType;

use super::charge::Charge;
use super::record::Class;
use super::words::{flag, review};

/// What a bill needs besides the registers: without them a missing event may hold them.
pub(super) struct Needs {
    pub(super) both_registers: bool,
    pub(super) token: bool,
    pub(super) evse: bool,
}

/// The class; precedence from the top.
pub(super) fn class(charge: &Charge<'_>, missing: u64, needs: &Needs) -> Class {
    if charge.conflict {
        Class::Conflict
    } else if charge.start().is_none() {
        Class::NoStart
    } else if charge.end().is_none() {
        Class::Open
    } else if missing == 0 && charge.epochs == 1 {
        Class::Complete
    } else if needs.both_registers && needs.token && needs.evse {
        Class::CompletePermittedGaps
    } else {
        Class::Waiting
    }
}

/// Compares each charge with the next one under the same transactionId.
pub(super) fn judge_neighbours(charges: &mut [Charge<'_>]) {
    if charges.len() < 2 {
        return;
    }
    for charge in charges.iter_mut() {
        charge.remarks.flag(flag::TX_REUSED);
    }
    for next in 1..charges.len() {
        let (before, after) = charges.split_at_mut(next);
        if let (Some(before), Some(after)) = (before.last_mut(), after.first_mut()) {
            judge_pair(before, after);
        }
    }
}

fn judge_pair<'a>(before: &mut Charge<'a>, after: &mut Charge<'a>) {
    if before.contents.iter().all(|e| e.is(EventType::Started)) {
        before.conflict = true;
        before.energy_blocked = true;
        before.remarks.flag(flag::START_RESTATED);
    }
    if before.contents.iter().any(|e| e.is(EventType::Ended)) {
        return;
    }
    let start = after.counting.iter().find(|e| e.is(EventType::Started)).map(|e| e.place.seq_no);
    let highest = before.contents.iter().map(|e| e.place.seq_no).max();
    let tail = before.counting.last().map(|e| e.place.seq_no);
    let follows = |last: Option<i64>| last.and_then(|last| last.checked_add(1)) == start;
    if start.is_some() && (follows(highest) || follows(tail)) {
        before.remarks.both(review::STARTED_TWICE);
        after.remarks.both(review::STARTED_TWICE);
    }
    if at_once(before, after) {
        for charge in [before, after] {
            charge.conflict = true;
            charge.remarks.flag(flag::TX_ON_TWO_EVSES);
        }
    }
}

/// Rule 21: the earlier charge did not end, and the later one starts at another EVSE, or names both.
///
/// An id used again elsewhere after a lost Ended looks the same: it is held, because an event that names no EVSE may
/// be either driver's.
fn at_once(before: &Charge<'_>, after: &Charge<'_>) -> bool {
    let opened_at = |charge: &Charge<'_>| {
        charge.counting.iter().find(|e| e.is(EventType::Started)).and_then(|e| e.event.evse_id)
    };
    if opened_at(before).zip(opened_at(after)).is_some_and(|(a, b)| a != b) {
        return true;
    }
    let evses = |charge: &Charge<'_>| -> Vec<i64> {
        charge.counting.iter().filter_map(|e| e.event.evse_id).collect()
    };
    let Some(earlier) = evses(before).first().copied() else { return false };
    let named = evses(after);
    named.contains(&earlier) && named.iter().any(|evse| *evse != earlier)
}
