//! The figures of a record, from the view and from the fold, in one form, so that they can be laid side by side.

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use wattledger_assemble::event::Token;
use wattledger_assemble::record::{Class, Energy, Record, StateTimes};
use wattledger_assemble::words::review;
use wattledger_record::{Decimal6, Micros};

use crate::story::StoredRecord;

/// What a record says; names and meanings are those of the view `transactions`. Amounts are text, so that no digit is
/// lost; times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns of the view `transactions`, each with its comment there")]
pub struct Figures {
    pub record_id: String,
    pub class: String,
    pub first_seq: i64,
    pub last_seq: i64,
    pub epochs: u16,
    pub events: u32,
    pub offline_events: u32,
    pub conflicts: u32,
    pub missing_count: u64,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub started_at_estimate: Option<String>,
    pub ended_at_estimate: Option<String>,
    pub duration_s: Option<String>,
    pub time_charging_s: Option<String>,
    pub time_suspended_ev_s: Option<String>,
    pub time_suspended_evse_s: Option<String>,
    pub time_ev_connected_s: Option<String>,
    pub time_idle_s: Option<String>,
    pub time_unknown_s: Option<String>,
    pub evse_id: Option<i64>,
    pub connector_id: Option<i64>,
    pub id_token_start: Option<String>,
    pub id_token_start_type: Option<String>,
    pub id_token_stop: Option<String>,
    pub id_token_stop_type: Option<String>,
    pub remote_start_id: Option<i64>,
    pub reservation_id: Option<i64>,
    pub phases_used: Vec<i64>,
    pub cable_max_current_a: Option<i64>,
    pub reported_charging_s: Option<i64>,
    pub operation_mode: Option<String>,
    pub tariff_id: Option<String>,
    pub stopped_reason: Option<String>,
    pub stopped_reason_raw: Option<String>,
    pub energy_wh: Option<String>,
    pub energy_method: Option<String>,
    pub energy_estimate_wh: Option<String>,
    pub energy_estimate_method: Option<String>,
    pub register_begin_wh: Option<String>,
    pub register_end_wh: Option<String>,
    pub energy_export_wh: Option<String>,
    pub last_register_wh: Option<String>,
    pub last_event_at: Option<String>,
    pub review: Vec<String>,
    pub flags: Vec<String>,
    pub first_received_at: String,
    pub last_received_at: String,
}

/// A time as text; empty where no calendar has it.
#[must_use]
pub fn time(Micros(at): Micros) -> String {
    let at = DateTime::from_timestamp_micros(at);
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).unwrap_or_default()
}

fn moment(at: Option<i64>) -> Option<String> {
    at.map(|at| time(Micros(at)))
}

fn amount(value: Option<i64>) -> Option<String> {
    value.map(|value| Decimal6(value).to_string())
}

impl Figures {
    /// Of the view's row.
    #[must_use]
    pub fn of_stored(row: &StoredRecord) -> Self {
        let row = row.clone();
        Self {
            record_id: row.record_id.to_string(),
            class: row.class,
            first_seq: row.first_seq,
            last_seq: row.last_seq,
            epochs: row.epochs,
            events: row.events,
            offline_events: row.offline_events,
            conflicts: row.conflicts,
            missing_count: row.missing_count,
            started_at: moment(row.started_at),
            ended_at: moment(row.ended_at),
            started_at_estimate: moment(row.started_at_estimate),
            ended_at_estimate: moment(row.ended_at_estimate),
            duration_s: amount(row.duration_s),
            time_charging_s: amount(row.time_charging_s),
            time_suspended_ev_s: amount(row.time_suspended_ev_s),
            time_suspended_evse_s: amount(row.time_suspended_evse_s),
            time_ev_connected_s: amount(row.time_ev_connected_s),
            time_idle_s: amount(row.time_idle_s),
            time_unknown_s: amount(row.time_unknown_s),
            evse_id: row.evse_id,
            connector_id: row.connector_id,
            id_token_start: row.id_token_start,
            id_token_start_type: row.id_token_start_type,
            id_token_stop: row.id_token_stop,
            id_token_stop_type: row.id_token_stop_type,
            remote_start_id: row.remote_start_id,
            reservation_id: row.reservation_id,
            phases_used: row.phases_used,
            cable_max_current_a: row.cable_max_current_a,
            reported_charging_s: row.reported_charging_s,
            operation_mode: row.operation_mode,
            tariff_id: row.tariff_id,
            stopped_reason: row.stopped_reason,
            stopped_reason_raw: row.stopped_reason_raw,
            energy_wh: amount(row.energy_wh),
            energy_method: row.energy_method,
            energy_estimate_wh: amount(row.energy_estimate_wh),
            energy_estimate_method: row.energy_estimate_method,
            register_begin_wh: amount(row.register_begin_wh),
            register_end_wh: amount(row.register_end_wh),
            energy_export_wh: amount(row.energy_export_wh),
            last_register_wh: amount(row.last_register_wh),
            last_event_at: moment(row.last_event_at),
            review: row.review,
            flags: row.flags,
            first_received_at: time(Micros(row.first_received_at)),
            last_received_at: time(Micros(row.last_received_at)),
        }
    }

    /// Of the fold's record.
    #[must_use]
    pub fn of_folded(record: &Record) -> Self {
        let at = |at: Option<Micros>| at.map(time);
        let amount = |value: Option<Decimal6>| value.map(|value| value.to_string());
        let state = |of: fn(&StateTimes) -> Decimal6| amount(record.state_times.as_ref().map(of));
        let wh = |energy: Option<Energy>| energy.map(|energy| energy.wh.to_string());
        let method = |energy: Option<Energy>| energy.map(|energy| energy.method.to_owned());
        let token = |token: &Option<Token>| token.as_ref().map(|token| token.id_token.to_string());
        let kind = |token: &Option<Token>| token.as_ref().and_then(|token| filled(&token.token_type));
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            record_id: record.record_id.to_string(),
            class: record.class.as_str().to_owned(),
            first_seq: record.first_seq,
            last_seq: record.last_seq,
            epochs: record.epochs,
            events: record.events,
            offline_events: record.offline_events,
            conflicts: record.conflicts,
            missing_count: record.missing_count,
            started_at: at(record.started_at),
            ended_at: at(record.ended_at),
            started_at_estimate: at(record.started_at_estimate),
            ended_at_estimate: at(record.ended_at_estimate),
            duration_s: amount(record.duration_s),
            time_charging_s: state(|times| times.charging),
            time_suspended_ev_s: state(|times| times.suspended_ev),
            time_suspended_evse_s: state(|times| times.suspended_evse),
            time_ev_connected_s: state(|times| times.ev_connected),
            time_idle_s: state(|times| times.idle),
            time_unknown_s: state(|times| times.unknown),
            evse_id: record.evse_id,
            connector_id: record.connector_id,
            id_token_start: token(&record.id_token_start),
            id_token_start_type: kind(&record.id_token_start),
            id_token_stop: token(&record.id_token_stop),
            id_token_stop_type: kind(&record.id_token_stop),
            remote_start_id: record.remote_start_id,
            reservation_id: record.reservation_id,
            phases_used: record.phases_used.clone(),
            cable_max_current_a: record.cable_max_current_a,
            reported_charging_s: record.reported_charging_s,
            operation_mode: record.operation_mode.as_deref().and_then(filled),
            tariff_id: record.tariff_id.as_deref().map(str::to_owned),
            stopped_reason: filled(record.stopped_reason),
            stopped_reason_raw: record.stopped_reason_raw.as_deref().map(str::to_owned),
            energy_wh: wh(record.energy),
            energy_method: method(record.energy),
            energy_estimate_wh: wh(record.energy_estimate),
            energy_estimate_method: method(record.energy_estimate),
            register_begin_wh: amount(record.register_begin_wh),
            register_end_wh: amount(record.register_end_wh),
            energy_export_wh: amount(record.energy_export_wh),
            last_register_wh: amount(record.last_register_wh),
            last_event_at: at(record.last_event_at),
            review: words(&record.review),
            flags: words(&record.flags),
            first_received_at: time(record.first_received_at),
            last_received_at: time(record.last_received_at),
        }
    }

    /// Without what only time tells: the view adds it, the stored row has it not.
    #[must_use]
    pub fn without_time(mut self) -> Self {
        match self.class.as_str() {
            "no_end_presumed" => self.class = Class::Open.as_str().to_owned(),
            "incomplete" => self.class = Class::Waiting.as_str().to_owned(),
            _ => {}
        }
        self.review.retain(|word| word != review::TOKEN_MISSING);
        self
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
