//! Rows of `event_rows`: one decoded event with the coordinates of the copy it came in.

use wattledger_decoder::{Amount, SampledValue, TransactionEvent};
use wattledger_record::headers::Ingress;
use wattledger_record::{ContentHash, Micros, OcppVersion, StationKey, TokenKey, hash};

use super::delivery::Place;
use super::rowbinary::{Writer, storable};
use super::{Column, Rows};

pub(crate) const COLUMNS: &[Column] = &[
    ("tenant", "LowCardinality(String)"),
    ("station", "String"),
    ("transaction_id", "String"),
    ("seq_no", "Int64"),
    ("content_hash", "UInt128"),
    ("version", "UInt128"),
    ("hash_algorithm", "UInt8"),
    ("core_hash", "UInt128"),
    ("received_at", "DateTime64(6, 'UTC')"),
    ("event_time", "Nullable(DateTime64(6, 'UTC'))"),
    ("month", "UInt32"),
    ("station_raw", "String"),
    ("transaction_id_raw", "String"),
    ("ocpp", "Enum8"),
    ("message_id", "String"),
    ("ingress", "Enum8"),
    ("gateway", "LowCardinality(String)"),
    ("event_type", "Enum8"),
    ("trigger_reason", "Enum8"),
    ("trigger_reason_raw", "String"),
    ("offline", "Bool"),
    ("phases_used", "Nullable(Int64)"),
    ("cable_max_current_a", "Nullable(Int64)"),
    ("reservation_id", "Nullable(Int64)"),
    ("preconditioning_status", "Nullable(Enum8)"),
    ("evse_sleep", "Nullable(Bool)"),
    ("evse_id", "Nullable(Int64)"),
    ("connector_id", "Nullable(Int64)"),
    ("id_token", "Nullable(String)"),
    ("id_token_type", "LowCardinality(String)"),
    ("id_token_ref", "Nullable(String)"),
    ("charging_state", "Nullable(Enum8)"),
    ("charging_state_raw", "String"),
    ("time_spent_charging_s", "Nullable(Int64)"),
    ("stopped_reason", "Nullable(Enum8)"),
    ("stopped_reason_raw", "String"),
    ("remote_start_id", "Nullable(Int64)"),
    ("operation_mode", "LowCardinality(String)"),
    ("tariff_id", "Nullable(String)"),
    ("limit_cost", "Nullable(Decimal(18, 6))"),
    ("limit_energy_wh", "Nullable(Decimal(18, 6))"),
    ("limit_time_s", "Nullable(Int64)"),
    ("limit_soc_percent", "Nullable(Int64)"),
    ("cost_currency", "LowCardinality(String)"),
    ("cost_type", "LowCardinality(String)"),
    ("cost_excl_tax", "Nullable(Decimal(18, 6))"),
    ("cost_incl_tax", "Nullable(Decimal(18, 6))"),
    ("cost_energy_wh", "Nullable(Decimal(18, 6))"),
    ("cost_charging_s", "Nullable(Int64)"),
    ("cost_idle_s", "Nullable(Int64)"),
    ("cost_reservation_s", "Nullable(Int64)"),
    ("cost_failed", "Nullable(Bool)"),
    ("cost_failure_reason", "Nullable(String)"),
    ("flags", "Array(LowCardinality(String))"),
    ("meter_values.at", "Array(Nullable(DateTime64(6, 'UTC')))"),
    ("meter_values.value_text", "Array(String)"),
    ("meter_values.value", "Array(Nullable(Decimal(18, 6)))"),
    ("meter_values.ulp", "Array(Decimal(18, 6))"),
    ("meter_values.unit", "Array(Enum8)"),
    ("meter_values.unit_text", "Array(String)"),
    ("meter_values.multiplier", "Array(Int8)"),
    ("meter_values.measurand", "Array(Enum8)"),
    ("meter_values.measurand_text", "Array(String)"),
    ("meter_values.context", "Array(Enum8)"),
    ("meter_values.context_given", "Array(Bool)"),
    ("meter_values.phase", "Array(Enum8)"),
    ("meter_values.location", "Array(Enum8)"),
    ("meter_values.signed_meter_data", "Array(String)"),
    ("meter_values.signing_method", "Array(String)"),
    ("meter_values.encoding_method", "Array(String)"),
    ("meter_values.public_key", "Array(String)"),
    ("generation", "UInt32"),
    ("kafka_partition", "UInt32"),
    ("kafka_offset", "UInt64"),
    ("raw", "String"),
];

/// What an event's row says beside the event itself: the copy it came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventRow<'a> {
    pub(crate) place: Place,
    pub(crate) key: &'a StationKey,
    /// Folded.
    pub(crate) transaction_id: &'a str,
    pub(crate) content_hash: ContentHash,
    pub(crate) core_hash: ContentHash,
    pub(crate) version: u128,
    pub(crate) received_at: Micros,
    pub(crate) station_raw: &'a str,
    pub(crate) ocpp: OcppVersion,
    pub(crate) message_id: &'a str,
    pub(crate) ingress: Option<Ingress>,
    pub(crate) gateway: &'a str,
    pub(crate) tokens: &'a TokenKey,
    /// Sorted.
    pub(crate) flags: &'a [&'static str],
    pub(crate) raw: &'a [u8],
}

impl EventRow<'_> {
    pub(crate) fn write(&self, event: &TransactionEvent<'_>, rows: &mut Rows) {
        rows.push(|row| {
            self.identity(event, row);
            self.copy(event, row);
            head(event, row);
            token(event, self.tokens, row);
            info(event, row);
            limits(event, row);
            costs(event, row);
            row.array(self.flags.iter(), |row, flag| row.text(flag));
            samples(event, row);
            row.u32(self.place.generation);
            row.u32(self.place.partition);
            row.u64(self.place.offset);
            row.bytes(self.raw);
        });
    }

    fn identity(&self, event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
        row.text(self.key.tenant());
        row.text(self.key.station());
        row.text(self.transaction_id);
        row.i64(event.seq_no);
        row.hash(self.content_hash);
        row.u128(self.version);
        row.u8(hash::ALGORITHM);
        row.hash(self.core_hash);
    }

    fn copy(&self, event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
        row.time(self.received_at);
        row.nullable(storable(event.timestamp.micros), Writer::time);
        row.u32(event.timestamp.month);
        row.text(self.station_raw);
        row.text(event.transaction_info.transaction_id);
        row.u8(match self.ocpp {
            OcppVersion::V201 => 1,
            OcppVersion::V21 => 2,
        });
        row.text(self.message_id);
        row.u8(match self.ingress {
            None => 0,
            Some(Ingress::Http) => 1,
            Some(Ingress::HttpBatch) => 2,
            Some(Ingress::Websocket) => 3,
        });
        row.text(self.gateway);
    }
}

fn head(event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
    row.u8(event.event_type.as_u8());
    row.u8(event.trigger_reason.value.as_u8());
    row.text(event.trigger_reason.raw.unwrap_or_default());
    row.bool(event.offline.unwrap_or_default());
    row.nullable(event.phases_used, Writer::i64);
    row.nullable(event.cable_max_current_a, Writer::i64);
    row.nullable(event.reservation_id, Writer::i64);
    row.nullable(event.preconditioning_status.map(|status| status.value.as_u8()), Writer::u8);
    row.nullable(event.evse_sleep, Writer::bool);
    row.nullable(event.evse.and_then(|evse| evse.id), Writer::i64);
    row.nullable(event.evse.and_then(|evse| evse.connector_id), Writer::i64);
}

fn token(event: &TransactionEvent<'_>, tokens: &TokenKey, row: &mut Writer<'_>) {
    let token = event.id_token;
    row.nullable(token.map(|token| token.id_token), Writer::text);
    row.text(token.map(|token| token.token_type).unwrap_or_default());
    let reference = token.map(|token| tokens.reference(token.id_token, token.token_type));
    row.nullable(reference.as_deref(), Writer::text);
}

fn info(event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
    let info = &event.transaction_info;
    row.nullable(info.charging_state.map(|state| state.value.as_u8()), Writer::u8);
    row.text(info.charging_state.and_then(|state| state.raw).unwrap_or_default());
    row.nullable(info.time_spent_charging_s, Writer::i64);
    row.nullable(info.stopped_reason.map(|reason| reason.value.as_u8()), Writer::u8);
    row.text(info.stopped_reason.and_then(|reason| reason.raw).unwrap_or_default());
    row.nullable(info.remote_start_id, Writer::i64);
    row.text(operation_mode(event).unwrap_or_default());
    row.nullable(info.tariff_id, Writer::text);
}

fn limits(event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
    let limits = event.transaction_info.transaction_limit.unwrap_or_default();
    amount(row, limits.max_cost);
    amount(row, limits.max_energy_wh);
    row.nullable(limits.max_time_s, Writer::i64);
    row.nullable(limits.max_soc_percent, Writer::i64);
}

fn costs(event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
    let details = event.cost_details.as_ref();
    let cost = details.and_then(|details| details.total_cost);
    let total = cost.and_then(|cost| cost.total);
    let usage = details.and_then(|details| details.total_usage).unwrap_or_default();
    row.text(cost.and_then(|cost| cost.currency).unwrap_or_default());
    let kind = cost.and_then(|cost| cost.type_of_cost);
    row.text(kind.map(|kind| kind.raw.unwrap_or_else(|| kind.value.as_str())).unwrap_or_default());
    amount(row, total.and_then(|price| price.excl_tax));
    amount(row, total.and_then(|price| price.incl_tax));
    amount(row, usage.energy_wh);
    row.nullable(usage.charging_time_s, Writer::i64);
    row.nullable(usage.idle_time_s, Writer::i64);
    row.nullable(usage.reservation_time_s, Writer::i64);
    row.nullable(details.and_then(|details| details.failure_to_calculate), Writer::bool);
    row.nullable(details.and_then(|details| details.failure_reason), Writer::text);
}

/// NULL where the number does not fit the column; its digits stand in the raw bytes.
fn amount(row: &mut Writer<'_>, amount: Option<Amount<'_>>) {
    row.nullable(amount.and_then(|amount| amount.value), Writer::decimal);
}

/// `operationMode` as sent.
pub(crate) fn operation_mode<'a>(event: &TransactionEvent<'a>) -> Option<&'a str> {
    event.transaction_info.operation_mode.map(|mode| mode.raw.unwrap_or_else(|| mode.value.as_str()))
}

/// Writes the columns of the Nested one after the other: each is an array of its own in RowBinary.
fn samples(event: &TransactionEvent<'_>, row: &mut Writer<'_>) {
    let mut column = |put: fn(&mut Writer<'_>, SampledValue<'_>)| {
        row.length(event.samples.len());
        for sample in event.samples.iter() {
            put(row, sample);
        }
    };
    column(|row, sample| row.nullable(storable(sample.at), Writer::time));
    column(|row, sample| row.text(sample.value_text));
    column(|row, sample| row.nullable(sample.value, Writer::decimal));
    column(|row, sample| row.decimal(sample.ulp));
    column(|row, sample| row.u8(sample.unit as u8));
    column(|row, sample| row.text(sample.unit_text.unwrap_or_default()));
    column(|row, sample| row.i8(sample.multiplier));
    column(|row, sample| row.u8(sample.measurand.value.as_u8()));
    column(|row, sample| row.text(sample.measurand.raw.unwrap_or_default()));
    column(|row, sample| row.u8(context(sample).as_u8()));
    column(|row, sample| row.bool(sample.context.is_some()));
    column(|row, sample| row.u8(sample.phase.map_or(0, |phase| phase.value.as_u8())));
    column(|row, sample| row.u8(sample.location.map_or(0, |location| location.value.as_u8())));
    column(|row, sample| row.text(sample.signed.map(|signed| signed.signed_meter_data).unwrap_or_default()));
    column(|row, sample| row.text(sample.signed.map(|signed| signed.signing_method).unwrap_or_default()));
    column(|row, sample| row.text(sample.signed.map(|signed| signed.encoding_method).unwrap_or_default()));
    column(|row, sample| row.text(sample.signed.map(|signed| signed.public_key).unwrap_or_default()));
}

/// Context of a sample; absent means Sample.Periodic (SampledValueType).
pub(crate) fn context(sample: SampledValue<'_>) -> wattledger_decoder::ReadingContext {
    sample.context.map_or(wattledger_decoder::ReadingContext::SamplePeriodic, |context| context.value)
}
