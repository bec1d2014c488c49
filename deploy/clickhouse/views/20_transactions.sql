-- Bills, and the reasons why a charge is none.

CREATE OR REPLACE VIEW transactions
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: leads the sort key, join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    record_id UUID COMMENT 'The only key by which exports, CDRs and review decisions refer to a charge',
    instance UInt32 COMMENT 'Rank, from 1 by event time, among the charges that used this transactionId; for display only, a backfilled older charge takes it over',
    version UInt128 COMMENT 'Grows with every revision of the record',
    revised_at DateTime64(6, 'UTC') COMMENT 'When the record last changed: its last_received_at',
    class LowCardinality(String) COMMENT 'conflict, no_start, no_end_presumed, open, complete, complete_permitted_gaps, waiting or incomplete; the leftmost that applies',
    settled_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the grace was over without change, and without the station saying that more is to come; NULL before. Late data still revises',
    end_presumed_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Class no_end_presumed: since when the end is presumed, after silence or because the station denied the charge twice; reversible',
    billable Bool COMMENT 'energy_wh is there, class is complete, complete_permitted_gaps or incomplete, settled, review is empty',
    review Array(LowCardinality(String)) COMMENT 'Why a human has to look, sorted; empty where nobody has to',

    first_seq Int64 COMMENT 'seqNo of the Started, else the lowest seen',
    last_seq Int64 COMMENT 'seqNo of the Ended that counts, else the highest seen',
    epochs UInt16 COMMENT 'Runs of seqNo in this charge, at least 1',
    events UInt32 COMMENT 'Contents that count',
    offline_events UInt32 COMMENT 'Of those, how many came with offline = true',
    conflicts UInt32 COMMENT 'Contents that lost a conflict; kept and visible in events',
    missing_count UInt64 COMMENT 'Exact number of missing seqNos',
    missing_ranges Array(Tuple(epoch UInt16, first Int64, last Int64)) COMMENT 'Missing seqNos, at most 64 ranges',
    missing_truncated Bool COMMENT 'Whether there are more ranges than missing_ranges holds',

    started_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time of the Started; NULL if there is none or it is unusable',
    ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time of the Ended that counts; NULL if there is none or it is unusable',
    started_at_estimate Nullable(DateTime64(6, 'UTC')) COMMENT 'Best estimate of the start where started_at is NULL',
    ended_at_estimate Nullable(DateTime64(6, 'UTC')) COMMENT 'Best estimate of the end where ended_at is NULL and there is an Ended',
    duration_s Nullable(Decimal(18, 6)) COMMENT 'ended_at − started_at in seconds; never negative',
    time_charging_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state Charging; the six times add up to duration_s',
    time_suspended_ev_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state SuspendedEV',
    time_suspended_evse_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state SuspendedEVSE',
    time_ev_connected_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state EVConnected',
    time_idle_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state Idle',
    time_unknown_s Nullable(Decimal(18, 6)) COMMENT 'Seconds whose state cannot be told',

    evse_id Nullable(Int64) COMMENT 'EVSE, from the first event that names one; NULL where none does',
    connector_id Nullable(Int64) COMMENT 'Connector, from the first event that names it and the same EVSE',
    id_token_start Nullable(String) COMMENT 'Token that started the charge, as received',
    id_token_start_type LowCardinality(Nullable(String)) COMMENT 'Type of that token, as received',
    id_token_start_ref Nullable(String) COMMENT 'Keyed hash of that token, for grouping without reading it',
    id_token_stop Nullable(String) COMMENT 'Token that stopped the charge, as received; NULL where it merely repeats the start token',
    id_token_stop_type LowCardinality(Nullable(String)) COMMENT 'Type of that token, as received',
    id_token_stop_ref Nullable(String) COMMENT 'Keyed hash of that token, for grouping without reading it',
    remote_start_id Nullable(Int64) COMMENT 'First remoteStartId',
    reservation_id Nullable(Int64) COMMENT 'First reservationId',
    phases_used Array(Int64) COMMENT 'Every numberOfPhasesUsed reported, sorted',
    cable_max_current_a Nullable(Int64) COMMENT 'First cableMaxCurrent, A',
    reported_charging_s Nullable(Int64) COMMENT 'Last timeSpentCharging that the station reported, seconds',
    operation_mode LowCardinality(Nullable(String)) COMMENT 'First operationMode (OCPP 2.1), as received',
    tariff_id Nullable(String) COMMENT 'Last tariffId (OCPP 2.1)',
    stopped_reason LowCardinality(Nullable(String)) COMMENT 'stoppedReason, canonical spelling; Local where the Ended has none; NULL without Ended',
    stopped_reason_raw Nullable(String) COMMENT 'stoppedReason as received',

    energy_wh Nullable(Decimal(18, 6)) COMMENT 'Energy that may be billed, Wh; NULL where the rules give none',
    energy_method LowCardinality(Nullable(String)) COMMENT 'How energy_wh was found: begin_end_register, first_reading, last_update, baseline_rebased, interval_sum, phase_sum or segment_sum',
    energy_estimate_wh Nullable(Decimal(18, 6)) COMMENT 'Best estimate, Wh; may be there where energy_wh is NULL; never a bill',
    energy_estimate_method LowCardinality(Nullable(String)) COMMENT 'How the estimate was found: the methods above, or piecewise_positive',
    register_begin_wh Nullable(Decimal(18, 6)) COMMENT 'Begin reading behind energy_wh, Wh',
    register_end_wh Nullable(Decimal(18, 6)) COMMENT 'End reading behind energy_wh, Wh',
    energy_export_wh Nullable(Decimal(18, 6)) COMMENT 'Exported energy, Wh; NULL where no export register was reported',
    last_register_wh Nullable(Decimal(18, 6)) COMMENT 'Last import register reading seen, Wh',
    last_event_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Latest usable event time',
    flags Array(LowCardinality(String)) COMMENT 'Flags of the record and of its events, sorted; status_contradicts: the station said that the charge goes on although its Ended is here',
    first_received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, earliest event of the charge',
    last_received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, latest new content of the charge'
)
AS
WITH
    -- one row; a parameter that is not there decides nothing
    (SELECT (watermark, toInt64(settle_after_s * 1000000), toInt64(stale_after_s * 1000000)) FROM watermark) AS clock,
    -- only of the newest charge of an id is the station asked
    r.until = 9223372036854775807 AS asked,
    greatest(r.last_received_at, ifNull(if(asked, s.held_at, NULL), r.last_received_at)) AS silent_since,
    if(asked, s.denied_at, NULL) AS denied_at,
    -- of an open charge: since when its end is presumed
    least(ifNull(denied_at, for_ever), ifNull(addMicroseconds(silent_since, clock.3), for_ever)) AS presumed_at,
    toDateTime64('2299-12-31 00:00:00', 6, 'UTC') AS for_ever,
    -- an open charge is not over before it is presumed to be
    greatest(addMicroseconds(silent_since, clock.2), if(r.class = 'open', presumed_at, silent_since)) AS settles_at,
    ifNull(settles_at <= clock.1, false) AS settled,
    multiIf(
        r.class = 'open' AND presumed_at <= clock.1, 'no_end_presumed',
        r.class = 'waiting' AND (settled OR denied_at IS NOT NULL), 'incomplete',
        toString(r.class)) AS class_now,
    if(settled AND r.id_token_start IS NULL, arraySort(arrayPushBack(r.review, 'token_missing')), r.review) AS review_now
SELECT
    r.tenant AS tenant,
    r.station_raw AS station,
    r.transaction_id_raw AS transaction_id,
    r.station AS station_key,
    r.transaction_id AS transaction_key,
    r.record_id AS record_id,
    1 + arrayCount(opened -> opened <= r.instance_key, i.opened_at) AS instance,
    r.version AS version,
    r.last_received_at AS revised_at,
    class_now AS class,
    if(settled, settles_at, NULL) AS settled_at,
    if(class_now = 'no_end_presumed', presumed_at, NULL) AS end_presumed_at,
    toBool(ifNull(
        r.energy_wh IS NOT NULL AND settled AND empty(review_now)
        AND class_now IN ('complete', 'complete_permitted_gaps', 'incomplete'), false)) AS billable,
    review_now AS review,
    r.first_seq AS first_seq,
    r.last_seq AS last_seq,
    r.epochs AS epochs,
    r.events AS events,
    r.offline_events AS offline_events,
    r.conflicts AS conflicts,
    r.missing_count AS missing_count,
    r.missing_ranges AS missing_ranges,
    r.missing_truncated AS missing_truncated,
    r.started_at AS started_at,
    r.ended_at AS ended_at,
    r.started_at_estimate AS started_at_estimate,
    r.ended_at_estimate AS ended_at_estimate,
    r.duration_s AS duration_s,
    r.time_charging_s AS time_charging_s,
    r.time_suspended_ev_s AS time_suspended_ev_s,
    r.time_suspended_evse_s AS time_suspended_evse_s,
    r.time_ev_connected_s AS time_ev_connected_s,
    r.time_idle_s AS time_idle_s,
    r.time_unknown_s AS time_unknown_s,
    r.evse_id AS evse_id,
    r.connector_id AS connector_id,
    r.id_token_start AS id_token_start,
    nullIf(r.id_token_start_type, '') AS id_token_start_type,
    r.id_token_start_ref AS id_token_start_ref,
    r.id_token_stop AS id_token_stop,
    nullIf(r.id_token_stop_type, '') AS id_token_stop_type,
    r.id_token_stop_ref AS id_token_stop_ref,
    r.remote_start_id AS remote_start_id,
    r.reservation_id AS reservation_id,
    r.phases_used AS phases_used,
    r.cable_max_current_a AS cable_max_current_a,
    r.reported_charging_s AS reported_charging_s,
    nullIf(r.operation_mode, '') AS operation_mode,
    r.tariff_id AS tariff_id,
    nullIf(r.stopped_reason, '') AS stopped_reason,
    r.stopped_reason_raw AS stopped_reason_raw,
    r.energy_wh AS energy_wh,
    nullIf(r.energy_method, '') AS energy_method,
    r.energy_estimate_wh AS energy_estimate_wh,
    nullIf(r.energy_estimate_method, '') AS energy_estimate_method,
    r.register_begin_wh AS register_begin_wh,
    r.register_end_wh AS register_end_wh,
    r.energy_export_wh AS energy_export_wh,
    r.last_register_wh AS last_register_wh,
    r.last_event_at AS last_event_at,
    if(r.stopped_reason != '' AND asked AND s.goes_on,
        arraySort(arrayPushBack(r.flags, 'status_contradicts')), r.flags) AS flags,
    r.first_received_at AS first_received_at,
    r.last_received_at AS last_received_at
FROM transaction_rows AS r FINAL
LEFT ANY JOIN
(
    SELECT tenant, station, transaction_id, groupArray(instance_key) AS opened_at
    FROM transaction_rows FINAL
    -- part of the sort key, so it may be asked before merging, and few rows are left to merge
    PREWHERE instance_key != 0
    WHERE part_of IS NULL
    GROUP BY tenant, station, transaction_id
) AS i ON i.tenant = r.tenant AND i.station = r.station AND i.transaction_id = r.transaction_id
LEFT ANY JOIN status_of_transactions AS s
    ON s.tenant = r.tenant AND s.station_key = r.station AND s.transaction_key = r.transaction_id
WHERE r.part_of IS NULL
COMMENT 'One current row per charge, a bill or the reason why it is none';
