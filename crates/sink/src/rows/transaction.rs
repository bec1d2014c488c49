//! Rows of `transaction_rows`: a record of a charge as `assemble` gives it, and nothing that is not a function of its
//! events.

use wattledger_record::{Decimal6, StationKey, TokenKey};

use super::rowbinary::Writer;
use super::{Column, Rows};
use wattledger_assemble::event::Token;
use wattledger_assemble::record::{Energy, Folded, Record, StateTimes};

pub(crate) const COLUMNS: &[Column] = &[
    ("tenant", "LowCardinality(String)"),
    ("station", "String"),
    ("transaction_id", "String"),
    ("instance_key", "Int64"),
    ("version", "UInt128"),
    ("part_of", "Nullable(Int64)"),
    ("until", "Int64"),
    ("epoch_starts", "Array(Tuple(at Int64, seq_no Int64, content_hash UInt128))"),
    ("placed", "Array(Tuple(content_hash UInt128, seq_no Int64, epoch UInt16))"),
    ("lost", "Array(Tuple(content_hash UInt128, seq_no Int64, variant Bool))"),
    ("contents", "UInt32"),
    ("first_month", "UInt32"),
    ("last_month", "UInt32"),
    ("undated", "Bool"),
    ("station_raw", "String"),
    ("transaction_id_raw", "String"),
    ("record_id", "UUID"),
    ("class", "Enum8"),
    ("first_seq", "Int64"),
    ("last_seq", "Int64"),
    ("epochs", "UInt16"),
    ("events", "UInt32"),
    ("offline_events", "UInt32"),
    ("conflicts", "UInt32"),
    ("missing_count", "UInt64"),
    ("missing_ranges", "Array(Tuple(epoch UInt16, first Int64, last Int64))"),
    ("missing_truncated", "Bool"),
    ("started_at", "Nullable(DateTime64(6, 'UTC'))"),
    ("ended_at", "Nullable(DateTime64(6, 'UTC'))"),
    ("started_at_estimate", "Nullable(DateTime64(6, 'UTC'))"),
    ("ended_at_estimate", "Nullable(DateTime64(6, 'UTC'))"),
    ("duration_s", "Nullable(Decimal(18, 6))"),
    ("time_charging_s", "Nullable(Decimal(18, 6))"),
    ("time_suspended_ev_s", "Nullable(Decimal(18, 6))"),
    ("time_suspended_evse_s", "Nullable(Decimal(18, 6))"),
    ("time_ev_connected_s", "Nullable(Decimal(18, 6))"),
    ("time_idle_s", "Nullable(Decimal(18, 6))"),
    ("time_unknown_s", "Nullable(Decimal(18, 6))"),
    ("evse_id", "Nullable(Int64)"),
    ("connector_id", "Nullable(Int64)"),
    ("id_token_start", "Nullable(String)"),
    ("id_token_start_type", "LowCardinality(String)"),
    ("id_token_start_ref", "Nullable(String)"),
    ("id_token_stop", "Nullable(String)"),
    ("id_token_stop_type", "LowCardinality(String)"),
    ("id_token_stop_ref", "Nullable(String)"),
    ("remote_start_id", "Nullable(Int64)"),
    ("reservation_id", "Nullable(Int64)"),
    ("phases_used", "Array(Int64)"),
    ("cable_max_current_a", "Nullable(Int64)"),
    ("reported_charging_s", "Nullable(Int64)"),
    ("operation_mode", "LowCardinality(String)"),
    ("tariff_id", "Nullable(String)"),
    ("stopped_reason", "LowCardinality(String)"),
    ("stopped_reason_raw", "Nullable(String)"),
    ("energy_wh", "Nullable(Decimal(18, 6))"),
    ("energy_method", "LowCardinality(String)"),
    ("energy_estimate_wh", "Nullable(Decimal(18, 6))"),
    ("energy_estimate_method", "LowCardinality(String)"),
    ("register_begin_wh", "Nullable(Decimal(18, 6))"),
    ("register_end_wh", "Nullable(Decimal(18, 6))"),
    ("energy_export_wh", "Nullable(Decimal(18, 6))"),
    ("review", "Array(LowCardinality(String))"),
    ("flags", "Array(LowCardinality(String))"),
    ("last_event_at", "Nullable(DateTime64(6, 'UTC'))"),
    ("last_register_wh", "Nullable(Decimal(18, 6))"),
    ("first_received_at", "DateTime64(6, 'UTC')"),
    ("last_received_at", "DateTime64(6, 'UTC')"),
];

/// Writes every row of one transactionId.
pub(crate) fn write(
    station: &StationKey,
    transaction_id: &str,
    folded: &Folded,
    tokens: &TokenKey,
    rows: &mut Rows,
) {
    for record in &folded.records {
        rows.push(|row| {
            row.text(station.tenant());
            row.text(station.station());
            row.text(transaction_id);
            row.i64(record.instance_key);
            row.u128(folded.version);
            segments(row, record);
            row.u32(folded.contents);
            row.u32(folded.first_month);
            row.u32(folded.last_month);
            row.bool(folded.undated);
            row.text(&record.station_raw);
            row.text(&record.transaction_id_raw);
            row.uuid(record.record_id);
            counts(row, record);
            times(row, record);
            carried(row, record, tokens);
            energy(row, record);
        });
    }
}

fn segments(row: &mut Writer<'_>, record: &Record) {
    row.nullable(record.part_of, Writer::i64);
    row.i64(record.until);
    row.array(record.epoch_starts.iter(), |row, start| {
        row.i64(start.at);
        row.i64(start.seq_no);
        row.hash(start.content_hash);
    });
    row.array(record.placed.iter(), |row, placed| {
        row.hash(placed.content_hash);
        row.i64(placed.seq_no);
        row.u16(placed.epoch);
    });
    row.array(record.lost.iter(), |row, lost| {
        row.hash(lost.content_hash);
        row.i64(lost.seq_no);
        row.bool(lost.variant);
    });
}

fn counts(row: &mut Writer<'_>, record: &Record) {
    row.u8(record.class as u8);
    row.i64(record.first_seq);
    row.i64(record.last_seq);
    row.u16(record.epochs);
    row.u32(record.events);
    row.u32(record.offline_events);
    row.u32(record.conflicts);
    row.u64(record.missing_count);
    row.array(record.missing_ranges.iter(), |row, range| {
        row.u16(range.epoch);
        row.i64(range.first);
        row.i64(range.last);
    });
    row.bool(record.missing_truncated);
}

fn times(row: &mut Writer<'_>, record: &Record) {
    row.nullable(record.started_at, Writer::time);
    row.nullable(record.ended_at, Writer::time);
    row.nullable(record.started_at_estimate, Writer::time);
    row.nullable(record.ended_at_estimate, Writer::time);
    row.nullable(record.duration_s, Writer::decimal);
    let bucket = |of: fn(&StateTimes) -> Decimal6| record.state_times.as_ref().map(of);
    for seconds in [
        bucket(|times| times.charging),
        bucket(|times| times.suspended_ev),
        bucket(|times| times.suspended_evse),
        bucket(|times| times.ev_connected),
        bucket(|times| times.idle),
        bucket(|times| times.unknown),
    ] {
        row.nullable(seconds, Writer::decimal);
    }
}

fn carried(row: &mut Writer<'_>, record: &Record, tokens: &TokenKey) {
    row.nullable(record.evse_id, Writer::i64);
    row.nullable(record.connector_id, Writer::i64);
    token(row, record.id_token_start.as_ref(), tokens);
    token(row, record.id_token_stop.as_ref(), tokens);
    row.nullable(record.remote_start_id, Writer::i64);
    row.nullable(record.reservation_id, Writer::i64);
    row.array(record.phases_used.iter(), |row, phases| row.i64(*phases));
    row.nullable(record.cable_max_current_a, Writer::i64);
    row.nullable(record.reported_charging_s, Writer::i64);
    row.text(record.operation_mode.as_deref().unwrap_or_default());
    row.nullable(record.tariff_id.as_deref(), Writer::text);
    row.text(record.stopped_reason);
    row.nullable(record.stopped_reason_raw.as_deref(), Writer::text);
}

fn token(row: &mut Writer<'_>, token: Option<&Token>, tokens: &TokenKey) {
    row.nullable(token.map(|token| token.id_token.as_ref()), Writer::text);
    row.text(token.map(|token| token.token_type.as_ref()).unwrap_or_default());
    let reference = token.map(|token| tokens.reference(&token.id_token, &token.token_type));
    row.nullable(reference.as_deref(), Writer::text);
}

fn energy(row: &mut Writer<'_>, record: &Record) {
    figure(row, record.energy);
    figure(row, record.energy_estimate);
    row.nullable(record.register_begin_wh, Writer::decimal);
    row.nullable(record.register_end_wh, Writer::decimal);
    row.nullable(record.energy_export_wh, Writer::decimal);
    row.array(record.review.iter(), |row, reason| row.text(reason));
    row.array(record.flags.iter(), |row, flag| row.text(flag));
    row.nullable(record.last_event_at, Writer::time);
    row.nullable(record.last_register_wh, Writer::decimal);
    row.time(record.first_received_at);
    row.time(record.last_received_at);
}

fn figure(row: &mut Writer<'_>, energy: Option<Energy>) {
    row.nullable(energy.map(|energy| energy.wh), Writer::decimal);
    row.text(energy.map(|energy| energy.method).unwrap_or_default());
}
