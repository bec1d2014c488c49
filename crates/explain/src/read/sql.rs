//! The text of every query, its columns by name.

/// Binds nothing.
pub(super) const CLOCK: &str = "SELECT partitions, watermark, settle_after_s, stale_after_s FROM watermark";

/// Binds: tenant, station, transactionId.
pub(super) const RECORDS: &str = "SELECT record_id, instance, version, class, settled_at, billable, review, flags, station, \
    transaction_id, first_seq, last_seq, epochs, events, offline_events, conflicts, missing_count, started_at, ended_at, \
    started_at_estimate, ended_at_estimate, duration_s, time_charging_s, time_suspended_ev_s, time_suspended_evse_s, \
    time_ev_connected_s, time_idle_s, time_unknown_s, evse_id, connector_id, id_token_start, id_token_start_type, \
    id_token_start_ref, id_token_stop, id_token_stop_type, id_token_stop_ref, remote_start_id, reservation_id, phases_used, \
    cable_max_current_a, reported_charging_s, operation_mode, tariff_id, stopped_reason, stopped_reason_raw, energy_wh, \
    energy_method, energy_estimate_wh, energy_estimate_method, register_begin_wh, register_end_wh, energy_export_wh, \
    last_register_wh, last_event_at, first_received_at, last_received_at FROM transactions \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ? ORDER BY instance";

/// Binds: record_id.
pub(super) const KEY_OF_RECORD: &str = "SELECT toString(tenant) AS tenant, station_key, transaction_key FROM transactions \
    WHERE record_id = toUUID(?) LIMIT 1";

/// Binds: station, transactionId. Of events, since a record may not be written yet.
pub(super) const TENANTS_OF_EVENTS: &str = "SELECT DISTINCT toString(tenant) AS tenant FROM events \
    WHERE station_key = ? AND transaction_key = ? ORDER BY tenant";
/// The same of records, whose events may have expired.
pub(super) const TENANTS_OF_RECORDS: &str = "SELECT DISTINCT toString(tenant) AS tenant FROM transactions \
    WHERE station_key = ? AND transaction_key = ? ORDER BY tenant";

/// Binds: tenant, station, transactionId.
pub(super) const DETAILS: &str = "SELECT seq_no, content_hash, ifNull(kafka_topic, '') AS topic, generation, \
    kafka_partition AS partition, kafka_offset AS offset, toString(ingress) AS ingress, toString(gateway) AS gateway, \
    ifNull(message_id, '') AS message_id, toString(ocpp) AS ocpp FROM events \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ?";
/// Narrows a query of events to some contents. Binds: seqNos, hashes as decimal text.
pub(super) const SOME: &str = " AND seq_no IN ? AND has(?, toString(content_hash))";

/// Binds: tenant, station, transactionId; then [`SOME`].
pub(super) const TEXTS: &str = "SELECT content_hash, toUInt32(position) AS position, value_text AS value, \
    ifNull(unit_text, '') AS unit, multiplier FROM meter_values \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ?";

/// Binds: tenant, station, transactionId, longest bytes; then [`SOME`].
pub(super) const RAWS: &str = "SELECT seq_no, content_hash, toValidUTF8(raw) AS text FROM events \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ? AND length(raw) <= ?";

/// Binds: tenant, station, transactionId, seqNo.
pub(super) const CONTENTS_OF_SEQ_NO: &str = "SELECT seq_no, content_hash, counts FROM events \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ? AND seq_no = ? ORDER BY counts DESC, received_at";
/// Binds: tenant, station, transactionId, hash as decimal text.
pub(super) const CONTENTS_OF_HASH: &str = "SELECT seq_no, content_hash, counts FROM events \
    WHERE tenant = ? AND station_key = ? AND transaction_key = ? AND toString(content_hash) = ?";
/// Binds: tenant, station, transactionId, seqNo, hash as decimal text.
pub(super) const RAW: &str = "SELECT raw FROM events WHERE tenant = ? AND station_key = ? AND transaction_key = ? \
    AND seq_no = ? AND toString(content_hash) = ? LIMIT 1";

/// Binds: coordinates kept, tenant, station, transactionId, partitions, from and until in µs.
pub(super) const DELIVERIES: &str = "SELECT seq_no, content_hash, toString(outcome) AS outcome, count() AS deliveries, \
    arraySlice(arraySort(groupArray(1000)((received_at, generation, kafka_partition, kafka_offset))), 1, ?) AS earliest \
    FROM deliveries WHERE tenant = ? AND station_key = ? AND transaction_key = ? AND kafka_partition IN ? \
    AND received_at >= fromUnixTimestamp64Micro(?) AND received_at <= fromUnixTimestamp64Micro(?) \
    GROUP BY seq_no, content_hash, outcome";

/// Binds: transactionId, tenant, station, partitions, from and until in µs, most rows.
pub(super) const QUARANTINED: &str = "SELECT ifNull(kafka_topic, '') AS topic, generation, kafka_partition AS partition, \
    kafka_offset AS offset, received_at, reasons, message, toBool(positionCaseInsensitive(raw, ?) > 0) AS names_it, \
    count() OVER () AS total FROM quarantine WHERE tenant = ? AND station_key = ? AND kafka_partition IN ? \
    AND received_at >= fromUnixTimestamp64Micro(?) AND received_at <= fromUnixTimestamp64Micro(?) \
    ORDER BY names_it DESC, received_at LIMIT ?";

/// Binds: transactionId, station, most rows.
pub(super) const TENANTS_OF_STATION: &str = "SELECT toString(tenant) AS tenant, count() AS charges, \
    toBool(countIf(transaction_key = ?) > 0) AS has_transaction FROM transactions WHERE station_key = ? \
    GROUP BY tenant ORDER BY tenant LIMIT ?";

/// Binds: station, most rows.
pub(super) const TENANTS_IN_QUARANTINE: &str = "SELECT DISTINCT toString(tenant) AS tenant FROM quarantine \
    WHERE station_key = ? AND tenant != '' ORDER BY tenant LIMIT ?";

/// Binds: transactionId as spelled, station, most rows. By the spelling, since that has an index.
pub(super) const OTHER_STATIONS: &str = "SELECT toString(tenant) AS tenant, station, transaction_id, \
    max(last_received_at) AS last_received_at FROM transactions WHERE transaction_id = ? AND station_key != ? \
    GROUP BY tenant, station, transaction_id ORDER BY last_received_at DESC LIMIT ?";

/// Binds: station, tenant or nothing twice, beginning, most rows.
pub(super) const OF_STATION: &str = "SELECT toString(tenant) AS tenant, station, transaction_id, \
    max(last_received_at) AS last_received_at FROM transactions WHERE station_key = ? AND (? = '' OR tenant = ?) \
    AND startsWith(transaction_key, ?) GROUP BY tenant, station, transaction_id ORDER BY last_received_at DESC LIMIT ?";
