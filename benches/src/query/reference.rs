//! What no station says, for the seed: the tables that imports, exports and questions to stations fill.
//!
//! All of it follows from what the stations said, so it is true of them: a station has the site of its number, an EVSE
//! the power that a charge at it reached, a token belongs to a provider, a settled record was handed out, and what lacks
//! events was asked for.

use super::engine::Asker;
use super::{Outcome, SEED};

/// One statement per table, over the views of the seed.
const FILL: &[&str] = &[
    "INSERT INTO station_rows
        (tenant, station, valid_from, station_raw, site, vendor, model, firmware, time_zone, tariff, country_code, party_id,
         location_id, location_name, city, country, revision, removed)
    SELECT DISTINCT
        tenant, station_key, toDateTime64(0, 6, 'UTC'), station, concat('site-', toString(toUInt32(substring(station, 4)) % 25)),
        ['Alfen', 'Kempower', 'ABB', 'EVBox'][1 + toUInt32(substring(station, 4)) % 4], 'M1',
        concat('1.', toString(toUInt32(substring(station, 4)) % 6)), 'Europe/Amsterdam',
        if(toUInt32(substring(station, 4)) % 10 = 0, NULL, 'day-night'), 'NL', 'WLG',
        concat('LOC-', toString(toUInt32(substring(station, 4)) % 25)), 'Somewhere', 'Utrecht', 'NLD', 1, 0
    FROM transactions",
    "INSERT INTO evse_rows (tenant, station, evse_id, valid_from, station_raw, rated_power_w, phases, evse_uid, in_service, revision, removed)
    SELECT tenant, station_key, assumeNotNull(evse_id), toDateTime64(0, 6, 'UTC'), min(station),
        toDecimal64(max(toFloat64(energy_wh) * 3600 / nullIf(toFloat64(duration_s), 0)), 6), 3, concat(min(station), '-', toString(evse_id)), true, 1, 0
    FROM transactions WHERE evse_id IS NOT NULL GROUP BY tenant, station_key, evse_id",
    "INSERT INTO connector_rows (tenant, station, evse_id, connector_id, valid_from, station_raw, standard, format, power_type, revision, removed)
    SELECT DISTINCT tenant, station_key, assumeNotNull(evse_id), 1, toDateTime64(0, 6, 'UTC'), station, 'IEC_62196_T2', 'SOCKET', 'AC_3_PHASE', 1, 0
    FROM transactions WHERE evse_id IS NOT NULL",
    "INSERT INTO token_rows
        (tenant, token, token_type, valid_from, token_raw, token_type_raw, token_ref, group_id, contract_id, ownership,
         country_code, party_id, issuer, ocpi_type, auth_method, whitelist, valid, revision, removed)
    SELECT
        tenant, lower(assumeNotNull(id_token_start)), lower(toString(id_token_start_type)), toDateTime64(0, 6, 'UTC'),
        any(assumeNotNull(id_token_start)), any(toString(id_token_start_type)), assumeNotNull(id_token_start_ref), NULL,
        concat('NL-WLG-', substring(id_token_start_ref, 1, 9)),
        if(cityHash64(id_token_start_ref) % 3 = 0, 'roaming', 'own'), 'NL', 'WLG', 'Wattledger', 'RFID', 'WHITELIST', 'ALLOWED',
        cityHash64(id_token_start_ref) % 50 != 0, 1, 0
    FROM transactions WHERE id_token_start_ref IS NOT NULL
    GROUP BY tenant, lower(assumeNotNull(id_token_start)) AS token, lower(toString(id_token_start_type)) AS type, id_token_start_ref, id_token_start, id_token_start_type",
    "INSERT INTO tariff_window_rows (tenant, tariff, valid_from, name, from_minute, weekdays, to_minute, time_zone, revision, removed)
    SELECT tenant, w.1, toDateTime64(0, 6, 'UTC'), w.2, w.3, [1, 2, 3, 4, 5, 6, 7], w.4, NULL, 1, 0
    FROM (SELECT DISTINCT tenant FROM transactions)
    ARRAY JOIN [('', 'flat', 0, 1440), ('day-night', 'night', 0, 420), ('day-night', 'day', 420, 1380), ('day-night', 'night', 1380, 1440)] AS w",
    "INSERT INTO export_rows (tenant, record_id, channel, version, exported_at, cdr_id, energy_wh, started_at, ended_at, class, token_ref, revision, removed)
    SELECT tenant, record_id, 'ocpi', version, settled_at, toString(record_id),
        if(cityHash64(record_id) % 200 = 0, energy_wh + 1000, energy_wh), started_at, ended_at, class, id_token_start_ref, 1, 0
    FROM transactions WHERE billable AND cityHash64(record_id) % 20 != 0",
    "INSERT INTO partner_cdr_rows (tenant, partner, cdr_id, record_id, station, station_raw, evse_id, started_at, ended_at, energy_wh, status, revision, removed)
    SELECT tenant, 'NL-ABC', toString(record_id), record_id, station_key, station, evse_id, started_at, ended_at,
        if(cityHash64(record_id, 1) % 100 = 0, energy_wh + 500, energy_wh), 'accepted', 1, 0
    FROM transactions WHERE billable AND cityHash64(record_id) % 30 = 0",
    "INSERT INTO status_questions (tenant, station, transaction_id, question_id, asked_at, deadline_at, reason)
    SELECT tenant, station_key, transaction_key, reinterpretAsUUID(reinterpretAsUInt128(record_id) + nth * 4096),
        addSeconds(last_received_at, 30 + nth * 1800), addSeconds(last_received_at, 60 + nth * 1800),
        if(class = 'no_end_presumed', 'stale', 'missing_events')
    FROM transactions ARRAY JOIN [0, 1] AS nth
    WHERE class IN ('incomplete', 'complete_permitted_gaps', 'no_end_presumed')",
    "INSERT INTO status_answers (tenant, station, transaction_id, question_id, outcome, answered_at, ongoing, messages_in_queue, raw)
    SELECT tenant, station, transaction_id, question_id,
        if(cityHash64(question_id) % 4 = 0, 'not_connected', 'answered'), addSeconds(asked_at, 3),
        if(cityHash64(question_id) % 4 = 0, NULL, false), if(cityHash64(question_id) % 4 = 0, NULL, false),
        if(cityHash64(question_id) % 4 = 0, '', '{\"ongoingIndicator\":false,\"messagesInQueue\":false}')
    FROM status_questions FINAL",
];

/// Fills the seed's tables.
pub(super) async fn fill(engine: &Asker) -> Outcome<()> {
    for statement in FILL {
        engine.execute(SEED, statement).await?;
    }
    Ok(())
}
