//! When a charge began and ended, and how long it was in each state (rules 30–32).
//!
//! Times of the record are event times; where one is unusable the record says NULL and gives an estimate beside it.
//! Invariant: state times, where given, add up to the duration to the microsecond.

use wattledger_decoder::{ChargingState, EventType, StoppedReason, TriggerReason};
use wattledger_record::{Decimal6, Micros};

use super::charge::Charge;
use super::contents::Entry;
use super::missing;
use super::record::StateTimes;
use super::words::{Remarks, flag, review};

/// An event received later than this after its event time was late, µs.
const LATE_AFTER_US: i64 = 300_000_000;
/// Event times may fall by this along seqNo before the split over states is given up, µs.
const FALL_TOLERATED_US: i64 = 1_000_000;

/// The times of a record.
#[derive(Default)]
pub(super) struct Times {
    pub(super) started_at: Option<Micros>,
    pub(super) ended_at: Option<Micros>,
    pub(super) started_at_estimate: Option<Micros>,
    pub(super) ended_at_estimate: Option<Micros>,
    pub(super) duration_s: Option<Decimal6>,
    pub(super) state_times: Option<StateTimes>,
}

/// Finds the times of a charge; `first_reading` is the own time of its first register reading.
pub(super) fn find(charge: &Charge<'_>, first_reading: Option<Micros>, remarks: &mut Remarks) -> Times {
    let told = charge.told();
    let start = told.iter().position(|e| e.is(EventType::Started));
    let end = told.iter().rposition(|e| e.is(EventType::Ended));
    let started_at = charge.start().and_then(|e| e.event.usable_time());
    let ended_at = charge.end().and_then(|e| e.event.usable_time());
    let duration_us = started_at.zip(ended_at).map(|(Micros(a), Micros(b))| b - a).filter(|us| *us >= 0);
    let mut times = Times {
        started_at,
        ended_at,
        duration_s: duration_us.map(Decimal6),
        state_times: None,
        started_at_estimate: None,
        ended_at_estimate: None,
    };
    if started_at.is_none() {
        times.started_at_estimate = match start {
            Some(start) => estimate(told, start),
            None => first_reading.or_else(|| estimate(told, 0)),
        };
    }
    if ended_at.is_none() {
        times.ended_at_estimate = end.and_then(|end| estimate(told, end));
    }
    if falls(&charge.counting) {
        remarks.flag(review::CLOCK_STEP);
    }
    if duration_us.is_some() && !charge.time_error && !falls(charge.span()) {
        times.state_times = state_times(charge.span());
    }
    times
}

/// Flags contents that came late without saying so, and clocks that were never set.
pub(super) fn judge_clocks(entries: &[Entry<'_>], remarks: &mut Remarks) {
    for Entry { event, .. } in entries {
        match event.usable_time() {
            Some(Micros(at)) if !event.offline && event.received_at.0 - at > LATE_AFTER_US => {
                remarks.flag(flag::LATE_UNMARKED);
            }
            None if event.event_time.is_some() => remarks.flag(flag::CLOCK_UNSET),
            _ => {}
        }
    }
}

/// Usable time of the event, else when it was received unless it was offline then, else the nearest usable time.
fn estimate(entries: &[Entry<'_>], index: usize) -> Option<Micros> {
    let entry = entries.get(index)?;
    if let Some(at) = entry.event.usable_time() {
        return Some(at);
    }
    if !entry.event.offline {
        return Some(entry.event.received_at);
    }
    let (before, after) = entries.split_at_checked(index)?;
    let time = |e: &Entry<'_>| e.event.usable_time();
    let distance = |entries: &mut dyn Iterator<Item = &Entry<'_>>| {
        entries.enumerate().find_map(|(distance, e)| time(e).map(|at| (distance, at)))
    };
    let earlier = distance(&mut before.iter().rev());
    let later = distance(&mut after.iter().skip(1));
    // of two equally near ones the later, so that an estimated start is no earlier than what is known
    match (earlier, later) {
        (Some((a, at)), Some((b, _))) if a < b => Some(at),
        (_, Some((_, at))) | (Some((_, at)), None) => Some(at),
        (None, None) => None,
    }
}

/// Whether usable event times fall along the order of places by more than is tolerated.
fn falls(counting: &[Entry<'_>]) -> bool {
    let mut latest = i64::MIN;
    counting.iter().filter_map(Entry::at).any(|at| {
        let falls = at < latest.saturating_sub(FALL_TOLERATED_US);
        latest = latest.max(at);
        falls
    })
}

/// Splits the time from start to end over the states; `None` where an event has no usable time.
pub(super) fn state_times(span: &[Entry<'_>]) -> Option<StateTimes> {
    if span.iter().any(|e| e.at().is_none()) {
        return None;
    }
    let end = span.last().and_then(Entry::at)?;
    let mut times = StateTimes::default();
    let mut state: Option<ChargingState> = None;
    let mut previous: Option<(&Entry<'_>, i64)> = None;
    for entry in span {
        // tolerated falls are clamped, so that the buckets still add up to the duration
        let at = entry.at()?.min(end).max(previous.map_or(i64::MIN, |(_, at)| at));
        if let Some((before, since)) = previous {
            let told = if is_told(before, entry, state) { state } else { None };
            let slot = bucket(&mut times, told);
            *slot = Decimal6(slot.0.saturating_add(at - since));
        }
        state = entry.event.charging_state.or(state);
        previous = Some((entry, at));
    }
    Some(times)
}

/// Whether the state carried into an interval held until its end.
fn is_told(before: &Entry<'_>, after: &Entry<'_>, state: Option<ChargingState>) -> bool {
    let event = after.event;
    let power_was_lost = after.is(EventType::Ended)
        && matches!(event.stopped_reason, Some(StoppedReason::PowerLoss | StoppedReason::Reboot));
    let changes = event.charging_state.is_some() && event.charging_state != state;
    let hole = missing::hole(before.place, after.place).is_some();
    event.trigger_reason != TriggerReason::TxResumed
        && !power_was_lost
        && before.place.epoch == after.place.epoch
        && !(hole && changes)
}

fn bucket(times: &mut StateTimes, state: Option<ChargingState>) -> &mut Decimal6 {
    match state {
        Some(ChargingState::Charging) => &mut times.charging,
        Some(ChargingState::EVConnected) => &mut times.ev_connected,
        Some(ChargingState::SuspendedEV) => &mut times.suspended_ev,
        Some(ChargingState::SuspendedEVSE) => &mut times.suspended_evse,
        Some(ChargingState::Idle) => &mut times.idle,
        Some(ChargingState::Unknown) | None => &mut times.unknown,
    }
}
