//! Whether the events of one record show that they are of two charges.
//!
//! Each sign is named as in `crates/assemble/DESIGN.md`; what shows none of them is what no rule can see.

use std::collections::BTreeSet;

use wattledger_assemble::event::Event;
use wattledger_decoder::{ChargingState, EventType, Measurand};
use wattledger_record::Micros;

use crate::fold::SECOND;

/// Longest time between two events of one charge, µs (30 days).
const GAP: i64 = 30 * 86_400 * SECOND;

/// Any sign in events in the order of their places; `reused` says that their id has other charges too.
pub(crate) fn any(events: &[&Event], reused: bool) -> bool {
    let several = |values: Vec<String>| values.into_iter().collect::<BTreeSet<_>>().len() > 1;
    let told =
        |what: &dyn Fn(&Event) -> Option<String>| several(events.iter().filter_map(|e| what(e)).collect());
    let count = |kind| events.iter().filter(|e| e.event_type == kind).count();
    let times: Vec<i64> = events.iter().filter_map(|e| e.usable_time()).map(|Micros(at)| at).collect();
    let registers: Vec<i64> = events.iter().flat_map(|e| registers(e)).collect();
    let spent: Vec<i64> = events.iter().filter_map(|e| e.time_spent_charging_s).collect();
    let falls = |values: &[i64], by: i64| values.windows(2).any(|pair| pair[1] < pair[0] - by);
    let seam = events.windows(2).any(|pair| pair[1].seq_no - pair[0].seq_no > 2);
    let tokens = || events.iter().filter_map(|e| e.id_token.as_ref()).map(|t| t.id_token.to_string());
    (seam && (reused || several(tokens().collect())))
        || count(EventType::Started) > 1
        || count(EventType::Ended) > 1
        || told(&|e| {
            e.id_token.as_ref().filter(|_| e.event_type != EventType::Ended).map(|t| t.id_token.to_string())
        })
        || told(&|e| e.evse_id.map(|n| n.to_string()))
        || told(&|e| e.connector_id.map(|n| n.to_string()))
        || told(&|e| e.remote_start_id.map(|n| n.to_string()))
        || told(&|e| e.reservation_id.map(|n| n.to_string()))
        || told(&|e| e.cable_max_current_a.map(|n| n.to_string()))
        || falls(&registers, 0)
        || falls(&spent, 0)
        || falls_over_a_hole(events)
        || times.windows(2).any(|pair| pair[1] - pair[0] > GAP)
        || plugged_in_again(events)
}

/// The clock falls by more than a minute where seqNos are missing.
fn falls_over_a_hole(events: &[&Event]) -> bool {
    let times: Vec<(i64, i64)> =
        events.iter().filter_map(|e| e.usable_time().map(|at| (e.seq_no, at.0))).collect();
    times.windows(2).any(|pair| pair[1].0 - pair[0].0 > 1 && pair[1].1 < pair[0].1 - 60 * SECOND)
}

/// Register readings of an event, without those that an Ended repeats.
fn registers(event: &Event) -> Vec<i64> {
    let own = event.samples.iter().filter(|s| s.at == event.event_time);
    own.filter(|s| s.measurand == Measurand::EnergyActiveImportRegister)
        .filter_map(|s| s.value)
        .map(|v| v.0)
        .collect()
}

/// A state with a vehicle after one without, once there was one.
fn plugged_in_again(events: &[&Event]) -> bool {
    let states: Vec<ChargingState> = events.iter().filter_map(|e| e.charging_state).collect();
    let plugged = |state: &ChargingState| *state != ChargingState::Idle;
    let Some(first) = states.iter().position(plugged) else { return false };
    states[first..].iter().skip_while(|s| plugged(s)).any(plugged)
}
