//! What goes wrong with a plain charge.

use proptest::prelude::*;
use wattledger_assemble::event::Event;
use wattledger_decoder::{
    ChargingState, EventType, Location, Measurand, Phase, ReadingContext, TriggerReason,
};
use wattledger_record::{Decimal6, Micros};

use super::telling::{sample, seal, token};

const SECOND: i64 = 1_000_000;

/// One fault, at one event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// The event never comes.
    Lost,
    /// The event comes again so many events later, received so many seconds after the first time.
    Repeated(usize, i64),
    /// The event comes so many events later.
    Delayed(usize),
    /// Another content under its seqNo.
    Contradicted,
    /// The seqNo and all later ones are higher by so much.
    Jump(i64),
    /// Its clock, and all later ones', differ by so many seconds.
    Clock(i64),
    ClockUnset,
    Type(EventType),
    Token(&'static str),
    Deauthorized,
    Evse(i64),
    Remote(i64),
    Connector(i64),
    Cable(i64),
    Spent(i64),
    Phases(i64),
    State(ChargingState),
    Resumed,
    /// Register of the event changes by so many Wh.
    Register(i64),
    /// All registers from it on are so many times as large.
    Scale(i64),
    RegisterUnknown,
    RegisterMoved(Location),
    RegisterPhase,
    RegisterSigned,
    RegisterTwice(ReadingContext, i64),
    RegisterTime(i64),
    Reports(Measurand, i64),
    PowerTwice,
    Spelled,
    Undated,
}

/// Any trouble.
pub(crate) fn trouble() -> impl Strategy<Value = Trouble> {
    let types = prop::sample::select(vec![EventType::Started, EventType::Updated, EventType::Ended]);
    let locations = prop::sample::select(vec![Location::Outlet, Location::Body, Location::Upstream]);
    let contexts = prop::sample::select(vec![
        ReadingContext::TransactionBegin,
        ReadingContext::TransactionEnd,
        ReadingContext::SamplePeriodic,
        ReadingContext::SampleClock,
    ]);
    let measurands = prop::sample::select(vec![
        Measurand::EnergyActiveExportRegister,
        Measurand::EnergyActiveImportInterval,
        Measurand::PowerActiveImport,
        Measurand::PowerActiveExport,
        Measurand::PowerOffered,
        Measurand::EnergyActiveNet,
    ]);
    let order = prop_oneof![
        4 => Just(Trouble::Lost),
        3 => (0usize..6, -3i64..90).prop_map(|(later, seconds)| Trouble::Repeated(later, seconds)),
        1 => (1usize..3).prop_map(Trouble::Delayed),
        1 => Just(Trouble::Contradicted),
        2 => (1i64..300).prop_map(Trouble::Jump),
        1 => prop::sample::select(vec![-3_600, -1, 30, 90, 7_200, 40 * 86_400]).prop_map(Trouble::Clock),
        1 => Just(Trouble::ClockUnset),
        1 => types.prop_map(Trouble::Type),
        1 => Just(Trouble::Undated),
    ];
    let states = prop::sample::select(vec![ChargingState::Charging, ChargingState::Idle]);
    let told = prop_oneof![
        prop::sample::select(vec!["04a2b3", "EEEE"]).prop_map(Trouble::Token),
        Just(Trouble::Deauthorized),
        (1i64..4).prop_map(Trouble::Evse),
        (76i64..78).prop_map(Trouble::Remote),
        (1i64..3).prop_map(Trouble::Connector),
        prop::sample::select(vec![16, 32]).prop_map(Trouble::Cable),
        prop::sample::select(vec![0, 60, 1 << 40]).prop_map(Trouble::Spent),
        prop::sample::select(vec![0, 1, 2, 3, 8, -1]).prop_map(Trouble::Phases),
        states.prop_map(Trouble::State),
        Just(Trouble::Resumed),
        Just(Trouble::Spelled),
    ];
    let registers = prop_oneof![
        prop::sample::select(vec![-10_000, -1, 1, 50, 5_000_000]).prop_map(Trouble::Register),
        prop::sample::select(vec![0, 1_000]).prop_map(Trouble::Scale),
        Just(Trouble::RegisterUnknown),
        locations.prop_map(Trouble::RegisterMoved),
        Just(Trouble::RegisterPhase),
        Just(Trouble::RegisterSigned),
        (contexts, -1i64..2).prop_map(|(context, more)| Trouble::RegisterTwice(context, more)),
        prop::sample::select(vec![-120, -1, 0, 1, 120]).prop_map(Trouble::RegisterTime),
        (measurands, -1i64..20).prop_map(|(measurand, value)| Trouble::Reports(measurand, value)),
        Just(Trouble::PowerTwice),
    ];
    prop_oneof![3 => order, 1 => told, 2 => registers]
}

/// Does it to the event at `at`.
pub(crate) fn strike(events: &mut Vec<Event>, at: usize, trouble: Trouble) {
    let Some(event) = events.get(at).cloned() else { return };
    match trouble {
        Trouble::Lost => drop(events.remove(at)),
        Trouble::Repeated(later, seconds) => {
            let mut copy = event;
            copy.received_at.0 += seconds * SECOND;
            copy.offline ^= seconds == 0;
            events.insert((at + 1 + later).min(events.len()), copy);
        }
        Trouble::Delayed(later) => {
            let event = events.remove(at);
            events.insert((at + later).min(events.len()), event);
        }
        Trouble::Contradicted => {
            let mut other = event;
            other.received_at.0 += SECOND;
            other.time_spent_charging_s = Some(999);
            seal(&mut other, "other");
            events.insert(at + 1, other);
        }
        Trouble::Jump(by) => from(events, at, |event| event.seq_no += by),
        Trouble::Clock(seconds) => from(events, at, |event| {
            event.event_time = event.event_time.map(|at| Micros(at.0 + seconds * SECOND));
        }),
        _ => one(&mut events[at], trouble),
    }
}

fn from(events: &mut [Event], at: usize, change: impl Fn(&mut Event)) {
    for event in events.iter_mut().skip(at) {
        change(event);
        seal(event, "");
    }
}

fn one(event: &mut Event, trouble: Trouble) {
    match trouble {
        Trouble::ClockUnset => event.event_time = Some(Micros(60 * SECOND)),
        Trouble::Undated => event.month = 0,
        Trouble::Type(event_type) => event.event_type = event_type,
        Trouble::Token(id) => event.id_token = Some(token(id)),
        Trouble::Deauthorized => {
            event.id_token = Some(token("DDDD"));
            event.trigger_reason = TriggerReason::Deauthorized;
        }
        Trouble::Evse(id) => (event.evse_id, event.connector_id) = (Some(id), Some(id)),
        Trouble::Remote(id) => event.remote_start_id = Some(id),
        Trouble::Connector(id) => (event.evse_id, event.connector_id) = (Some(2), Some(id)),
        Trouble::Cable(amperes) => event.cable_max_current_a = Some(amperes),
        Trouble::Spent(seconds) => event.time_spent_charging_s = Some(seconds),
        Trouble::Phases(phases) => event.phases_used = Some(phases),
        Trouble::State(state) => event.charging_state = Some(state),
        Trouble::Resumed => event.trigger_reason = TriggerReason::TxResumed,
        Trouble::Spelled => {
            (event.station_raw, event.transaction_id_raw) = ("Cs1".into(), "Tx-1".into());
        }
        _ => sampled(event, trouble),
    }
    seal(event, "");
}

fn sampled(event: &mut Event, trouble: Trouble) {
    let at = event.event_time.map_or(0, |at| at.0);
    let register = event.samples.iter_mut().find(|s| s.measurand == Measurand::EnergyActiveImportRegister);
    match (trouble, register) {
        (Trouble::Reports(measurand, value), _) => event.samples.push(sample(measurand, at, value)),
        (Trouble::PowerTwice, _) => {
            let earlier = sample(Measurand::PowerActiveImport, at - 30 * SECOND, 1_000);
            event.samples.push(earlier);
            event.samples.push(sample(Measurand::PowerActiveImport, at, 2_000));
        }
        (Trouble::Register(wh), Some(sample)) => {
            sample.value = sample.value.map(|value| Decimal6(value.0 + wh * SECOND));
        }
        (Trouble::Scale(by), Some(sample)) => sample.value = sample.value.map(|value| Decimal6(value.0 * by)),
        (Trouble::RegisterUnknown, Some(sample)) => sample.value = None,
        (Trouble::RegisterMoved(location), Some(sample)) => sample.location = Some(location),
        (Trouble::RegisterPhase, Some(sample)) => sample.phase = Some(Phase::L1),
        (Trouble::RegisterSigned, Some(sample)) => sample.signed = true,
        (Trouble::RegisterTime(seconds), Some(sample)) => {
            sample.at = sample.at.map(|at| Micros(at.0 + seconds * SECOND));
        }
        (Trouble::RegisterTwice(context, more), Some(known)) => {
            let mut again = known.clone();
            again.context = context;
            again.value = again.value.map(|value| Decimal6(value.0 + more * SECOND));
            event.samples.push(again);
        }
        _ => {}
    }
}
