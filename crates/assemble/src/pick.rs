//! Begin and end of a series (rules 23, 25).
//!
//! The context decides; without one the place and time of a reading relative to the start of charging.

use wattledger_decoder::{ChargingState, ReadingContext};

use super::contents::{Entry, Place};
use super::series::{Point, Series};

/// The first event with state Charging: its place, and its usable time.
pub(super) type Charging = Option<(Place, Option<i64>)>;

/// Two readings of a series and what lies between them.
pub(super) struct Pick {
    pub(super) begin: Point,
    pub(super) end: Point,
    /// The begin reading came only after charging began.
    pub(super) late_begin: bool,
    /// The end reading is not the Ended's.
    pub(super) last_update: bool,
    /// Readings in order up to the end, the begin before what follows it.
    pub(super) run: Vec<Point>,
    /// The highest reading behind the end, µWh.
    pub(super) highest_behind: Option<i64>,
}

/// Finds the first event with state Charging.
pub(super) fn first_charging(entries: &[Entry<'_>]) -> Charging {
    let charging = |e: &&Entry<'_>| e.event.charging_state == Some(ChargingState::Charging);
    entries.iter().find(charging).map(|e| (e.place, e.at()))
}

/// Begin and end of a series, if those are two readings; with `whole` the end must be the Ended's.
pub(super) fn pick(series: &Series, by_time: bool, charging: Charging, whole: bool) -> Option<Pick> {
    let points = if by_time { series.points.clone() } else { without_history(&series.points) };
    let (begin_at, late_begin) = begin(&points, charging)?;
    let end_at = end(&points);
    let last_update = end_at.is_none();
    if whole && last_update {
        return None;
    }
    let end_at = end_at.or_else(|| points.iter().rposition(|p| !is_begin(p)))?;
    let (begin, end) = (*points.get(begin_at)?, *points.get(end_at)?);
    if begin_at == end_at {
        return None;
    }
    let behind = points.get(end_at + 1..).unwrap_or_default();
    let highest_behind = behind.iter().map(|p| p.value).max();
    let run = run(&points, begin_at, end_at, by_time);
    Some(Pick { begin, end, late_begin, last_update, run, highest_behind })
}

/// All readings of a series in order, a begin that only the Ended tells before all others.
pub(super) fn in_order(series: &Series, by_time: bool) -> Vec<Point> {
    if by_time {
        return series.points.clone();
    }
    let mut points = without_history(&series.points);
    if let Some(begin) = points.iter().position(|p| p.from_ended && is_begin(p))
        && let Some(up_to_begin) = points.get_mut(..=begin)
    {
        up_to_begin.rotate_right(1);
    }
    points
}

/// Where seqNo is the order, an Ended's history has no place in it: only its begin and its latest reading count.
fn without_history(points: &[Point]) -> Vec<Point> {
    let begin = points.iter().position(|p| p.from_ended && is_begin(p));
    let latest = points
        .iter()
        .enumerate()
        .filter(|(_, p)| p.from_ended && !is_begin(p))
        .max_by_key(|(index, p)| (is_end(p), *index))
        .map(|(index, _)| index);
    let stays = |index: usize, p: &Point| !p.from_ended || Some(index) == begin || Some(index) == latest;
    points.iter().enumerate().filter(|(index, p)| stays(*index, p)).map(|(_, p)| *p).collect()
}

/// Whether a reading is marked as the begin of the transaction.
fn is_begin(point: &Point) -> bool {
    point.context == ReadingContext::TransactionBegin
}

fn is_end(point: &Point) -> bool {
    point.context == ReadingContext::TransactionEnd
}

/// Index of the begin reading, and whether it came late.
fn begin(points: &[Point], charging: Charging) -> Option<(usize, bool)> {
    if let Some(marked) = points.iter().position(is_begin) {
        return Some((marked, false));
    }
    let in_time = |p: &Point| {
        let before_charging = charging
            .is_some_and(|(place, at)| p.place <= place || p.at.zip(at).is_some_and(|(own, at)| own <= at));
        p.started || before_charging
    };
    match points.iter().position(in_time) {
        Some(index) => Some((index, false)),
        None if points.is_empty() => None,
        None => Some((0, true)),
    }
}

/// Index of the end reading: the latest Transaction.End, else the latest in the Ended.
fn end(points: &[Point]) -> Option<usize> {
    let in_ended = |p: &Point| p.ended && !is_begin(p);
    points.iter().rposition(is_end).or_else(|| points.iter().rposition(in_ended))
}

fn run(points: &[Point], begin_at: usize, end_at: usize, by_time: bool) -> Vec<Point> {
    let (Some(begin), Some(end)) = (points.get(begin_at), points.get(end_at)) else { return Vec::new() };
    let up_to_end = points.get(..=end_at).unwrap_or_default();
    if by_time && begin_at < end_at {
        return up_to_end.to_vec();
    }
    if by_time {
        return vec![*begin, *end];
    }
    if !begin.from_ended {
        return if begin_at < end_at { up_to_end.to_vec() } else { vec![*begin, *end] };
    }
    // the Ended tells the begin once more, or only now: it stands before all that followed it
    let others =
        points.iter().enumerate().filter(|(index, _)| *index != begin_at && *index <= end_at.max(begin_at));
    std::iter::once(*begin).chain(others.map(|(_, p)| *p)).collect()
}
