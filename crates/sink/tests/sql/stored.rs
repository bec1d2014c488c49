//! Events in the language of `tests/fold` as stored rows, and the records that they are folded to.

use std::fmt::Write;

use serde_json::{Value, json};
use wattledger_assemble::event::{Event, Sample};
use wattledger_assemble::record::{Class, Folded, Record, StateTimes};
use wattledger_record::{Decimal6, Micros};

use crate::database::Database;
use crate::fold;

/// Stores the events of each charge and the records that they are folded to, a station each.
pub(crate) async fn fill(database: &Database, charges: &[(&str, &str)]) {
    let (mut event_rows, mut record_rows) = (String::new(), String::new());
    for (name, told) in charges {
        let events = fold::events(told);
        let folded = fold::fold(&events);
        for event in &events {
            writeln!(event_rows, "{}", event_row(name, event)).unwrap();
        }
        for record in &folded.records {
            writeln!(record_rows, "{}", record_row(name, &folded, record)).unwrap();
        }
    }
    database.insert("event_rows", &event_rows).await;
    database.insert("transaction_rows", &record_rows).await;
}

fn event_row(station: &str, event: &Event) -> Value {
    json!({
        "tenant": "acme", "station": station, "station_raw": station, "transaction_id": "tx", "transaction_id_raw": "TX",
        "seq_no": event.seq_no, "content_hash": event.content_hash.0.to_string(),
        // the earliest copy survives
        "version": (u128::MAX - u128::try_from(event.received_at.0).unwrap()).to_string(),
        "received_at": moment(Some(event.received_at)), "event_time": moment(event.event_time), "month": event.month,
        "event_type": event.event_type.as_str(), "trigger_reason": event.trigger_reason.as_str(), "ocpp": "2.0.1",
        "evse_id": event.evse_id, "charging_state": event.charging_state.map(|state| state.as_str()),
        "stopped_reason": event.stopped_reason.map(|reason| reason.as_str()),
        "meter_values.at": column(event, |s| json!(moment(s.at))),
        "meter_values.value_text": column(event, |s| json!(s.value.map(|v| v.to_string()).unwrap_or_default())),
        "meter_values.value": column(event, |s| json!(s.value.map(|v| v.to_string()))),
        "meter_values.ulp": column(event, |s| json!(s.ulp.to_string())),
        "meter_values.unit": column(event, |_| json!("Wh")),
        "meter_values.unit_text": column(event, |_| json!("")),
        "meter_values.multiplier": column(event, |_| json!(0)),
        "meter_values.measurand": column(event, |s| json!(s.measurand.as_str())),
        "meter_values.measurand_text": column(event, |_| json!("")),
        "meter_values.context": column(event, |s| json!(s.context.as_str())),
        "meter_values.context_given": column(event, |s| json!(s.context_given)),
        "meter_values.phase": column(event, |s| json!(s.phase.map_or("total", |phase| phase.as_str()))),
        "meter_values.location": column(event, |s| json!(s.location.map_or("unmarked", |place| place.as_str()))),
        "meter_values.signed_meter_data": column(event, |s| json!(if s.signed { "signed" } else { "" })),
        "meter_values.signing_method": column(event, |_| json!("")),
        "meter_values.encoding_method": column(event, |_| json!("")),
        "meter_values.public_key": column(event, |_| json!("")),
    })
}

fn record_row(station: &str, folded: &Folded, record: &Record) -> Value {
    let starts = record.epoch_starts.iter();
    let time = |of: fn(&StateTimes) -> Decimal6| decimal(record.state_times.as_ref().map(of));
    json!({
        "tenant": "acme", "station": station, "station_raw": station, "transaction_id": "tx", "transaction_id_raw": "TX",
        "instance_key": record.instance_key, "version": folded.version.to_string(), "part_of": record.part_of,
        "until": record.until,
        "epoch_starts": starts.map(|s| json!({ "at": s.at, "seq_no": s.seq_no, "content_hash": s.content_hash.0.to_string() })).collect::<Vec<_>>(),
        "placed": record.placed.iter().map(|p| json!({ "content_hash": p.content_hash.0.to_string(), "seq_no": p.seq_no, "epoch": p.epoch })).collect::<Vec<_>>(),
        "lost": record.lost.iter().map(|l| json!({ "content_hash": l.content_hash.0.to_string(), "seq_no": l.seq_no, "variant": l.variant })).collect::<Vec<_>>(),
        "class": class(record.class), "first_seq": record.first_seq, "last_seq": record.last_seq, "epochs": record.epochs,
        "events": record.events, "started_at": moment(record.started_at), "ended_at": moment(record.ended_at),
        "duration_s": decimal(record.duration_s),
        "time_charging_s": time(|t| t.charging), "time_suspended_ev_s": time(|t| t.suspended_ev),
        "time_suspended_evse_s": time(|t| t.suspended_evse), "time_ev_connected_s": time(|t| t.ev_connected),
        "time_idle_s": time(|t| t.idle), "time_unknown_s": time(|t| t.unknown),
        "stopped_reason": record.stopped_reason,
        "energy_wh": decimal(record.energy.map(|energy| energy.wh)),
        "energy_method": record.energy.map_or("", |energy| energy.method),
        "register_begin_wh": decimal(record.register_begin_wh), "register_end_wh": decimal(record.register_end_wh),
        "record_id": record_id(station, record),
        "first_received_at": moment(Some(record.first_received_at)),
        "last_received_at": moment(Some(record.last_received_at)),
    })
}

/// All fixtures are one station's to the fold; here each is its own.
fn record_id(station: &str, record: &Record) -> String {
    let hash = fold::hash(&format!("{station} {}", record.instance_key));
    uuid::Uuid::from_u128(hash.0).to_string()
}

fn moment(at: Option<Micros>) -> Option<String> {
    let moment = |Micros(us)| chrono::DateTime::from_timestamp_micros(us).unwrap();
    at.map(|at| moment(at).format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

fn column(event: &Event, of: fn(&Sample) -> Value) -> Vec<Value> {
    event.samples.iter().map(of).collect()
}

fn decimal(value: Option<Decimal6>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Conflict => "conflict",
        Class::NoStart => "no_start",
        Class::Open => "open",
        Class::Complete => "complete",
        Class::CompletePermittedGaps => "complete_permitted_gaps",
        Class::Waiting => "waiting",
    }
}
