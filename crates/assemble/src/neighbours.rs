//! What only the other charges under the same transactionId can tell of a charge (rules 9, 20, 21, and what no rule
//! names: `DESIGN.md`, "Two charges in one").

use std::collections::HashMap;

use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros};

use super::charge::Charge;
use super::end;
use super::words::{flag, review};

/// Compares the charges of one transactionId, in the order of their instances.
pub(super) fn judge(charges: &mut [Charge<'_>]) {
    if charges.len() < 2 {
        return;
    }
    for charge in charges.iter_mut() {
        charge.remarks.flag(flag::TX_REUSED);
        if charge.has_seam() {
            charge.remarks.both(review::REUSED_WITH_GAPS);
        }
    }
    for next in 1..charges.len() {
        let (before, after) = charges.split_at_mut(next);
        if let (Some(before), Some(after)) = (before.last_mut(), after.first_mut()) {
            judge_pair(before, after);
        }
    }
    judge_starts_in_holes(charges);
    judge_starts_in_a_row(charges);
    judge_crossed_starts(charges);
    judge_untimed(charges);
    judge_retold(charges);
}

fn judge_pair<'a>(before: &mut Charge<'a>, after: &mut Charge<'a>) {
    if before.contents.iter().all(|e| e.is(EventType::Started)) {
        before.conflict = true;
        before.remarks.flag(flag::START_RESTATED);
    }
    if before.has_ended() {
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

/// Rule 21: the earlier charge did not end, and the later one names another EVSE.
///
/// An id used again elsewhere after a lost Ended looks the same: it is held, because an event that names no EVSE may
/// be either driver's.
fn at_once(before: &Charge<'_>, after: &Charge<'_>) -> bool {
    let evses = |charge: &Charge<'_>| -> Vec<i64> {
        charge.counting.iter().filter_map(|e| e.event.evse_id).collect()
    };
    evses(before).first().is_some_and(|earlier| evses(after).iter().any(|evse| evse != earlier))
}

/// A seqNo that a charge misses and another one starts with: what follows the hole may be the other's.
fn judge_starts_in_holes(charges: &mut [Charge<'_>]) {
    let starts = starts(charges);
    let holes: Vec<(i64, i64)> =
        charges.iter().flat_map(|charge| charge.holes()).map(|hole| (hole.first, hole.last)).collect();
    let holes = united(holes);
    let starts_in = |first: i64, last: i64| {
        let next = starts.partition_point(|(start, _)| *start < first);
        starts.get(next).is_some_and(|(start, _)| *start <= last)
    };
    let in_a_hole = |start: i64| {
        let begun = holes.partition_point(|(first, _)| *first <= start);
        begun.checked_sub(1).and_then(|index| holes.get(index)).is_some_and(|(_, last)| start <= *last)
    };
    for charge in charges {
        let misses_a_start = charge.holes().any(|hole| starts_in(hole.first, hole.last));
        if misses_a_start || charge.starts().any(in_a_hole) {
            charge.remarks.both(review::STARTS_CROSSED);
        }
    }
}

/// Ranges without overlap, sorted.
fn united(mut ranges: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    ranges.sort_unstable();
    let mut united: Vec<(i64, i64)> = Vec::new();
    for (first, last) in ranges {
        match united.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => united.push((first, last)),
        }
    }
    united
}

/// seqNo of every Started with the index of its charge, sorted.
fn starts(charges: &[Charge<'_>]) -> Vec<(i64, usize)> {
    let of = |(index, charge): (usize, &Charge<'_>)| -> Vec<(i64, usize)> {
        charge.starts().map(|seq_no| (seq_no, index)).collect()
    };
    let mut starts: Vec<(i64, usize)> = charges.iter().enumerate().flat_map(of).collect();
    starts.sort_unstable();
    starts
}

/// A Started right behind another charge's: a station that labels two events Started, told by a clock that sorts other
/// charges between them.
fn judge_starts_in_a_row(charges: &mut [Charge<'_>]) {
    let starts = starts(charges);
    for ((before, a), (after, b)) in starts.iter().zip(starts.iter().skip(1)) {
        if before.checked_add(1) != Some(*after) || a == b {
            continue;
        }
        for index in [a, b] {
            if let Some(charge) = charges.get_mut(*index) {
                charge.remarks.both(review::STARTED_TWICE);
            }
        }
    }
}

/// A charge without Ended, and a later one that was received first, or that holds what was received before its Started:
/// the clock was set back between them, or the first is a late replay. The tail of the one may stand in the other.
fn judge_crossed_starts(charges: &mut [Charge<'_>]) {
    let mut open: Option<Micros> = None;
    let mut crossed = vec![false; charges.len()];
    for (charge, crossed) in charges.iter().zip(&mut crossed) {
        let late = charge.opened.is_some_and(|opened| charge.first_received() < Some(opened));
        *crossed = open.zip(charge.opened).is_some_and(|(open, opened)| late || opened <= open);
        if !charge.has_ended() {
            open = open.max(charge.opened);
        }
    }
    let mut first: Option<Micros> = None;
    for (charge, crossed) in charges.iter_mut().zip(crossed).rev() {
        let before_one =
            !charge.has_ended() && first.zip(charge.opened).is_some_and(|(first, own)| first <= own);
        first = match (first, charge.opened) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if crossed || before_one {
            charge.remarks.both(review::STARTS_CROSSED);
        }
    }
}

/// An event without a usable time stands where the order of reception puts it (rule 10). Where another charge of the
/// id is not whole without it, it may be that one's.
fn judge_untimed(charges: &mut [Charge<'_>]) {
    let parts = charges.iter().filter(|charge| !charge.is_whole()).count();
    for charge in charges {
        let others = parts - usize::from(!charge.is_whole());
        if !charge.placed.is_empty() && others > 0 {
            charge.remarks.both(review::PLACED_BY_RECEPTION);
        }
    }
}

/// Charges that begin with variants of one Started: one charge told twice by two clocks, if the Ended agree as well or
/// one of them is not whole.
fn judge_retold(charges: &mut [Charge<'_>]) {
    let mut last: HashMap<(i64, ContentHash), usize> = HashMap::new();
    let mut retold: Vec<usize> = Vec::new();
    for (index, charge) in charges.iter().enumerate() {
        let Some(start) = charge.start() else { continue };
        let key = (start.place.seq_no, start.event.core_hash);
        let Some(before) = last.insert(key, index) else { continue };
        let ends = charges.get(before).and_then(Charge::end).zip(charge.end());
        let agree = ends.is_some_and(|(a, b)| end::agree(a.event, b.event));
        let parts = [before, index]
            .into_iter()
            .filter(|part| agree || charges.get(*part).is_some_and(|charge| !charge.is_whole()));
        retold.extend(parts);
    }
    for index in retold {
        if let Some(charge) = charges.get_mut(index) {
            charge.remarks.both(review::CHARGE_RETOLD);
        }
    }
}
