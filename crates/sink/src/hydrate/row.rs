//! An event row read back: only the columns that the core knows, in plain RowBinary.

use clickhouse::Row;
use serde::Deserialize;
use wattledger_decoder::{
    ChargingState, Code, EventType, Location, Measurand, Phase, ReadingContext, StoppedReason, TriggerReason,
};
use wattledger_record::{ContentHash, Decimal6, Micros};

use wattledger_assemble::event::{Event, Sample, Token};
use wattledger_assemble::ocmf;

/// The second step of a look-up. Binds: first month, last month, whether month 0 counts too, keys. Copies of one content that are not merged yet
/// may come several times; the reader keeps the one that will stay, which spares the server a FINAL.
pub const SQL: &str = "SELECT tenant, station, transaction_id, seq_no, content_hash, version, core_hash, \
    received_at, event_time, month, station_raw, transaction_id_raw, event_type, trigger_reason, offline, phases_used, \
    cable_max_current_a, reservation_id, evse_id, connector_id, id_token, id_token_type, charging_state, \
    time_spent_charging_s, stopped_reason, stopped_reason_raw, remote_start_id, operation_mode, tariff_id, flags, \
    meter_values.at AS at, meter_values.value AS value, meter_values.ulp AS ulp, \
    meter_values.measurand AS measurand, meter_values.context AS context, \
    meter_values.context_given AS context_given, meter_values.phase AS phase, meter_values.location AS location, \
    meter_values.signed_meter_data AS signed_data \
    FROM event_rows WHERE ((month >= ? AND month <= ?) OR (? AND month = 0)) \
    AND (tenant, station, transaction_id) IN ?";

#[derive(Row, Deserialize)]
pub(super) struct EventRow {
    pub(super) tenant: String,
    pub(super) station: String,
    pub(super) transaction_id: String,
    seq_no: i64,
    content_hash: u128,
    pub(super) version: u128,
    core_hash: u128,
    received_at: i64,
    event_time: Option<i64>,
    month: u32,
    station_raw: String,
    transaction_id_raw: String,
    event_type: u8,
    trigger_reason: u8,
    offline: bool,
    phases_used: Option<i64>,
    cable_max_current_a: Option<i64>,
    reservation_id: Option<i64>,
    evse_id: Option<i64>,
    connector_id: Option<i64>,
    id_token: Option<String>,
    id_token_type: String,
    charging_state: Option<u8>,
    time_spent_charging_s: Option<i64>,
    stopped_reason: Option<u8>,
    stopped_reason_raw: String,
    remote_start_id: Option<i64>,
    operation_mode: String,
    tariff_id: Option<String>,
    flags: Vec<String>,
    at: Vec<Option<i64>>,
    value: Vec<Option<i64>>,
    ulp: Vec<i64>,
    measurand: Vec<u8>,
    context: Vec<u8>,
    context_given: Vec<bool>,
    phase: Vec<u8>,
    location: Vec<u8>,
    signed_data: Vec<String>,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        let samples = (0..row.at.len()).filter_map(|at| row.sample(at)).collect();
        let id_token = row
            .id_token
            .map(|id_token| Token { id_token: id_token.into(), token_type: row.id_token_type.into() });
        Self {
            seq_no: row.seq_no,
            content_hash: ContentHash(row.content_hash),
            core_hash: ContentHash(row.core_hash),
            received_at: Micros(row.received_at),
            month: row.month,
            station_raw: row.station_raw.into(),
            transaction_id_raw: row.transaction_id_raw.into(),
            event_type: EventType::from_u8(row.event_type).unwrap_or(EventType::Updated),
            trigger_reason: TriggerReason::from_u8(row.trigger_reason).unwrap_or(TriggerReason::Unknown),
            event_time: row.event_time.map(Micros),
            offline: row.offline,
            evse_id: row.evse_id,
            connector_id: row.connector_id,
            id_token,
            charging_state: row.charging_state.and_then(ChargingState::from_u8),
            stopped_reason: row.stopped_reason.and_then(StoppedReason::from_u8),
            stopped_reason_raw: filled(row.stopped_reason_raw),
            time_spent_charging_s: row.time_spent_charging_s,
            remote_start_id: row.remote_start_id,
            reservation_id: row.reservation_id,
            phases_used: row.phases_used,
            cable_max_current_a: row.cable_max_current_a,
            operation_mode: filled(row.operation_mode),
            tariff_id: row.tariff_id.map(Into::into),
            // flags of the pipeline are no codes of the decoder, and no part of the record
            flags: row.flags.iter().filter_map(|flag| flag.parse::<Code>().ok()).collect(),
            samples,
        }
    }
}

impl EventRow {
    fn sample(&self, at: usize) -> Option<Sample> {
        let signed_data = self.signed_data.get(at)?;
        Some(Sample {
            at: self.at.get(at)?.map(Micros),
            value: self.value.get(at)?.map(Decimal6),
            ulp: Decimal6(*self.ulp.get(at)?),
            measurand: Measurand::from_u8(*self.measurand.get(at)?).unwrap_or(Measurand::Unknown),
            context: ReadingContext::from_u8(*self.context.get(at)?).unwrap_or(ReadingContext::Unknown),
            context_given: *self.context_given.get(at)?,
            phase: Phase::from_u8(*self.phase.get(at)?),
            location: Location::from_u8(*self.location.get(at)?),
            signed: !signed_data.is_empty(),
            container: ocmf::read(signed_data),
        })
    }
}

fn filled(text: String) -> Option<Box<str>> {
    if text.is_empty() { None } else { Some(text.into()) }
}
