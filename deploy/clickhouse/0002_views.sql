-- What analysts query. A column's name and meaning here is a promise; the tables of 0001 are ours to change.
--
-- Every view gives the logical state: one row per content, per charge, per delivery, whatever was retried or replayed.
-- That takes FINAL over the Replacing tables. Tried on the engine (26.5), 3 M events in four monthly partitions, two
-- cores; seconds of a full scan over the identity, and what a filter on the identity reads:
--
--                                      full scan   filter on the identity
--   FINAL, merging within partitions      0.10 s   reads 4 of 369 granules by primary key
--   FINAL                                 0.53 s   the same
--   argMax … GROUP BY the identity        2.00 s   the same, with one argMax per column asked for
--   LIMIT 1 BY the identity               4.09 s   reads every granule: a filter does not pass LIMIT BY
--   row_number() for the rank of a charge          reads every granule: a filter does not pass a window
--
-- Hence FINAL, with do_not_merge_across_partitions_select_final, which is right because the partition of a row is equal
-- in all of its copies; and ranks by a join on the few transactionIds that need one, never by a window.
--
-- Two spellings of an id: `station` and `transaction_id` are as the station sends them, `station_key` and
-- `transaction_key` are case-folded and lead the sort keys. A lookup by either is by index; joins go by the keys.
-- A lookup by key bounds both sides of the joins below; one by spelling bounds its own side, and of the other (narrow
-- columns of transaction_rows) all is read.
--
-- deliveries and account: give a bound on received_at or day. Over everything the coordinates of all events have to fit
-- in memory at once; of 3 M deliveries the whole account took 11 CPU seconds and 1.5 GB, that of one day 2 and 0.2 GB.

CREATE OR REPLACE VIEW watermark
(
    generation UInt32 COMMENT 'Current generation of the topic; 0 before the first',
    partitions UInt32 COMMENT 'Partitions of the topic',
    partitions_reporting UInt64 COMMENT 'Of those, how many have said how far they are written',
    watermark DateTime64(6, 'UTC') COMMENT 'received_at up to which every partition is written: the clock of everything that time decides; 1970-01-01 while a partition has not reported',
    settle_after_s Nullable(Float64) COMMENT 'Parameter: seconds without new content after which a record counts as settled',
    stale_after_s Nullable(Float64) COMMENT 'Parameter: seconds of silence after which an open charge is presumed to have ended'
)
AS
WITH
    (SELECT (max(generation), argMax(partitions, generation)) FROM generations FINAL) AS current
SELECT
    current.1 AS generation,
    current.2 AS partitions,
    count() AS partitions_reporting,
    if(count() > 0 AND count() >= current.2, min(p.watermark), toDateTime64(0, 6, 'UTC')) AS watermark,
    (SELECT any(value) FROM parameters FINAL WHERE name = 'settle_after_s' HAVING count() > 0) AS settle_after_s,
    (SELECT any(value) FROM parameters FINAL WHERE name = 'stale_after_s' HAVING count() > 0) AS stale_after_s
FROM progress AS p FINAL
WHERE p.generation = current.1
COMMENT 'One row: how far the account is written, and the parameters that go by it';

CREATE OR REPLACE VIEW irregular_transactions
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    opened_at Array(Int64) COMMENT 'For each charge after the first: event time of its opening Started, µs, ascending',
    epoch_starts Array(Tuple(at Int64, seq_no Int64, content_hash UInt128)) COMMENT 'First event of each epoch after the first, over all charges, in scan order',
    placed Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Events without a usable time',
    placed_in Array(Tuple(opened_at Int64, epoch UInt16)) COMMENT 'Where each of placed belongs',
    conflicts Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Contents that lost a conflict',
    variants Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Contents that are another telling of one that counts'
)
AS
SELECT
    r.tenant AS tenant,
    r.station AS station_key,
    r.transaction_id AS transaction_key,
    arraySort(groupArrayIf(r.instance_key, r.instance_key != 0)) AS opened_at,
    arraySort(groupArrayArray(r.epoch_starts)) AS epoch_starts,
    groupArrayArray(arrayMap(p -> (p.content_hash, p.seq_no), r.placed)) AS placed,
    groupArrayArray(arrayMap(p -> (r.instance_key, p.epoch), r.placed)) AS placed_in,
    groupArrayArray(arrayMap(l -> (l.content_hash, l.seq_no), arrayFilter(l -> NOT l.variant, r.lost))) AS conflicts,
    groupArrayArray(arrayMap(l -> (l.content_hash, l.seq_no), arrayFilter(l -> l.variant, r.lost))) AS variants
FROM
(
    SELECT tenant, station, transaction_id, instance_key, epoch_starts, placed, lost
    FROM transaction_rows FINAL
    WHERE part_of IS NULL
        AND (instance_key != 0 OR notEmpty(epoch_starts) OR notEmpty(placed) OR notEmpty(lost))
) AS r
GROUP BY r.tenant, r.station, r.transaction_id
COMMENT 'The few transactionIds whose events are not simply charge 1, epoch 1, counting: what events, deliveries and transactions join with';

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
    settled_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the grace was over without change; NULL before. Late data still revises',
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
    flags Array(LowCardinality(String)) COMMENT 'Flags of the record and of its events, sorted',
    first_received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, earliest event of the charge',
    last_received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, latest new content of the charge'
)
AS
WITH
    -- one row each; NULL parameters settle nothing
    (SELECT watermark FROM watermark) AS written_until,
    (SELECT toInt64(settle_after_s * 1000000) FROM watermark) AS settle_us,
    (SELECT toInt64(stale_after_s * 1000000) FROM watermark) AS stale_us,
    -- an open charge is not over before it is presumed to be
    addMicroseconds(r.last_received_at, if(r.class = 'open', greatest(settle_us, stale_us), settle_us)) AS settles_at,
    settles_at <= written_until AS settled,
    multiIf(
        r.class = 'open' AND addMicroseconds(r.last_received_at, stale_us) <= written_until, 'no_end_presumed',
        r.class = 'waiting' AND settled, 'incomplete',
        toString(r.class)) AS class_now,
    arraySort(arrayConcat(
        r.review,
        if(settled AND r.id_token_start IS NULL, ['token_missing'], []))) AS review_now
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
    r.flags AS flags,
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
WHERE r.part_of IS NULL
COMMENT 'One current row per charge, a bill or the reason why it is none';

CREATE OR REPLACE VIEW events
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: leads the sort key, join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    seq_no Int64 COMMENT 'seqNo as sent',
    content_hash UInt128 COMMENT 'Identity of the content: hash of the message as a JSON value without its member offline',
    instance UInt32 COMMENT 'Charge under this transactionId that it belongs to, as in transactions; 1 until the record is written',
    epoch UInt32 COMMENT 'Run of seqNo inside the charge, from 1',
    counts Bool COMMENT 'Whether this content counts for its seqNo; false: it lost a conflict or is a variant',
    variant Bool COMMENT 'Does not count, but is only another telling of the content that does: no conflict',
    event_type LowCardinality(String) COMMENT 'Started, Updated or Ended',
    event_time Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the event; NULL if missing, unreadable or beyond what the column holds',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, earliest copy',
    trigger_reason LowCardinality(String) COMMENT 'triggerReason, canonical spelling; Unknown if missing or outside the vocabulary',
    trigger_reason_raw Nullable(String) COMMENT 'triggerReason as sent, where that is not the canonical spelling',
    offline Bool COMMENT 'offline of the earliest copy; false where absent',
    evse_id Nullable(Int64) COMMENT 'evse.id',
    connector_id Nullable(Int64) COMMENT 'evse.connectorId',
    id_token Nullable(String) COMMENT 'idToken.idToken as sent',
    id_token_type LowCardinality(Nullable(String)) COMMENT 'idToken.type as sent',
    charging_state LowCardinality(Nullable(String)) COMMENT 'transactionInfo.chargingState, canonical spelling; Unknown if outside the vocabulary',
    charging_state_raw Nullable(String) COMMENT 'chargingState as sent, where that is not the canonical spelling',
    time_spent_charging_s Nullable(Int64) COMMENT 'transactionInfo.timeSpentCharging, seconds',
    stopped_reason LowCardinality(Nullable(String)) COMMENT 'transactionInfo.stoppedReason, canonical spelling; NULL where absent; Unknown if outside the vocabulary',
    stopped_reason_raw Nullable(String) COMMENT 'stoppedReason as sent, where that is not the canonical spelling',
    remote_start_id Nullable(Int64) COMMENT 'transactionInfo.remoteStartId',
    reservation_id Nullable(Int64) COMMENT 'reservationId',
    phases_used Nullable(Int64) COMMENT 'numberOfPhasesUsed',
    cable_max_current_a Nullable(Int64) COMMENT 'cableMaxCurrent, A',
    operation_mode LowCardinality(Nullable(String)) COMMENT 'transactionInfo.operationMode (OCPP 2.1) as sent',
    tariff_id Nullable(String) COMMENT 'transactionInfo.tariffId (OCPP 2.1)',
    preconditioning_status LowCardinality(Nullable(String)) COMMENT 'preconditioningStatus (OCPP 2.1)',
    evse_sleep Nullable(Bool) COMMENT 'evseSleep (OCPP 2.1)',
    flags Array(LowCardinality(String)) COMMENT 'Codes of what was wrong with the message, sorted',
    `meter_values.at` Array(Nullable(DateTime64(6, 'UTC'))) COMMENT 'Sampled values, one element each: timestamp of the meterValue it stands in',
    `meter_values.value_text` Array(String) COMMENT 'Value digit by digit as sent',
    `meter_values.unit` Array(LowCardinality(String)) COMMENT 'Base unit of the normalised value; unknown if outside the vocabulary',
    `meter_values.unit_text` Array(Nullable(String)) COMMENT 'Unit as sent; NULL where absent',
    `meter_values.multiplier` Array(Int8) COMMENT 'Multiplier as sent, power of ten',
    `meter_values.value_normalised` Array(Nullable(Decimal(18, 6))) COMMENT 'Value in the base unit (Wh, W, A, …); NULL if the unit is unknown or it does not fit',
    `meter_values.ulp` Array(Decimal(18, 6)) COMMENT 'One unit in the last place of the value as sent, in the base unit: what rounding may change',
    `meter_values.measurand` Array(LowCardinality(String)) COMMENT 'Measurand; absent means Energy.Active.Import.Register',
    `meter_values.measurand_text` Array(Nullable(String)) COMMENT 'Measurand as sent, where that is not the canonical spelling',
    `meter_values.phase` Array(LowCardinality(String)) COMMENT 'Phase; total where absent',
    `meter_values.location` Array(LowCardinality(String)) COMMENT 'Location; unmarked where absent',
    `meter_values.context` Array(LowCardinality(String)) COMMENT 'Context; absent means Sample.Periodic',
    `meter_values.context_given` Array(Bool) COMMENT 'Whether the context was sent',
    `meter_values.signed_meter_data` Array(Nullable(String)) COMMENT 'Signed data byte for byte; NULL where absent',
    `meter_values.signing_method` Array(Nullable(String)) COMMENT 'Signing method as sent; NULL where absent',
    `meter_values.encoding_method` Array(Nullable(String)) COMMENT 'Encoding method as sent; NULL where absent',
    `meter_values.public_key` Array(Nullable(String)) COMMENT 'Public key as sent; NULL where absent',
    ocpp LowCardinality(String) COMMENT 'OCPP version of the connection',
    ingress LowCardinality(String) COMMENT 'Door the earliest copy came through: http, http_batch, websocket or unknown',
    gateway LowCardinality(String) COMMENT 'Gateway process that received the earliest copy',
    message_id Nullable(String) COMMENT 'OCPP-J message id or the feeder''s; never an identity; NULL where none came',
    kafka_topic Nullable(String) COMMENT 'Topic of the earliest copy',
    generation UInt32 COMMENT 'Generation of that topic: a topic that was created anew has another',
    kafka_partition UInt32 COMMENT 'Partition of the earliest copy',
    kafka_offset UInt64 COMMENT 'Offset of the earliest copy',
    raw String COMMENT 'Bytes of the earliest copy exactly as received'
)
AS
WITH
    (SELECT mapFromArrays(groupArray(generation), groupArray(topic)) FROM generations FINAL) AS topics,
    if(e.event_time >= '2018-01-01' AND e.event_time < '2040-01-01', toUnixTimestamp64Micro(e.event_time), NULL) AS at,
    (e.content_hash, e.seq_no) AS content,
    -- 0 where no record says anything of a content without a usable time
    indexOf(t.placed, content) AS placed_at,
    if(at IS NULL,
        t.placed_in[placed_at].1,
        arrayMax(arrayPushFront(arrayFilter(o -> o <= at, t.opened_at), 0))) AS opened
SELECT
    e.tenant AS tenant,
    e.station_raw AS station,
    e.transaction_id_raw AS transaction_id,
    e.station AS station_key,
    e.transaction_id AS transaction_key,
    e.seq_no AS seq_no,
    e.content_hash AS content_hash,
    1 + arrayCount(o -> o <= opened, t.opened_at) AS instance,
    if(at IS NULL,
        greatest(1, t.placed_in[placed_at].2),
        1 + arrayCount(
            s -> s.at >= opened AND (s.at, s.seq_no, s.content_hash) <= (assumeNotNull(at), e.seq_no, e.content_hash),
            t.epoch_starts)) AS epoch,
    toBool(NOT has(t.conflicts, content) AND NOT has(t.variants, content)) AS counts,
    toBool(has(t.variants, content)) AS variant,
    toString(e.event_type) AS event_type,
    e.event_time AS event_time,
    e.received_at AS received_at,
    toString(e.trigger_reason) AS trigger_reason,
    nullIf(e.trigger_reason_raw, '') AS trigger_reason_raw,
    e.offline AS offline,
    e.evse_id AS evse_id,
    e.connector_id AS connector_id,
    e.id_token AS id_token,
    nullIf(e.id_token_type, '') AS id_token_type,
    toString(e.charging_state) AS charging_state,
    nullIf(e.charging_state_raw, '') AS charging_state_raw,
    e.time_spent_charging_s AS time_spent_charging_s,
    toString(e.stopped_reason) AS stopped_reason,
    nullIf(e.stopped_reason_raw, '') AS stopped_reason_raw,
    e.remote_start_id AS remote_start_id,
    e.reservation_id AS reservation_id,
    e.phases_used AS phases_used,
    e.cable_max_current_a AS cable_max_current_a,
    nullIf(e.operation_mode, '') AS operation_mode,
    e.tariff_id AS tariff_id,
    toString(e.preconditioning_status) AS preconditioning_status,
    e.evse_sleep AS evse_sleep,
    e.flags AS flags,
    e.`meter_values.at` AS `meter_values.at`,
    e.`meter_values.value_text` AS `meter_values.value_text`,
    arrayMap(x -> toString(x), e.`meter_values.unit`) AS `meter_values.unit`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.unit_text`) AS `meter_values.unit_text`,
    e.`meter_values.multiplier` AS `meter_values.multiplier`,
    e.`meter_values.value` AS `meter_values.value_normalised`,
    e.`meter_values.ulp` AS `meter_values.ulp`,
    arrayMap(x -> toString(x), e.`meter_values.measurand`) AS `meter_values.measurand`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.measurand_text`) AS `meter_values.measurand_text`,
    arrayMap(x -> toString(x), e.`meter_values.phase`) AS `meter_values.phase`,
    arrayMap(x -> toString(x), e.`meter_values.location`) AS `meter_values.location`,
    arrayMap(x -> toString(x), e.`meter_values.context`) AS `meter_values.context`,
    e.`meter_values.context_given` AS `meter_values.context_given`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.signed_meter_data`) AS `meter_values.signed_meter_data`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.signing_method`) AS `meter_values.signing_method`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.encoding_method`) AS `meter_values.encoding_method`,
    arrayMap(x -> nullIf(x, ''), e.`meter_values.public_key`) AS `meter_values.public_key`,
    toString(e.ocpp) AS ocpp,
    toString(e.ingress) AS ingress,
    e.gateway AS gateway,
    nullIf(e.message_id, '') AS message_id,
    nullIf(topics[e.generation], '') AS kafka_topic,
    e.generation AS generation,
    e.kafka_partition AS kafka_partition,
    e.kafka_offset AS kafka_offset,
    e.raw AS raw
FROM event_rows AS e FINAL
LEFT ANY JOIN irregular_transactions AS t
    ON t.tenant = e.tenant AND t.station_key = e.station AND t.transaction_key = e.transaction_id
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'One row per distinct content of a seqNo, whether it counts or not';

CREATE OR REPLACE VIEW meter_values
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: leads the sort key, join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId that the event belongs to',
    epoch UInt32 COMMENT 'Run of seqNo inside the charge, from 1',
    seq_no Int64 COMMENT 'seqNo of the event',
    content_hash UInt128 COMMENT 'Content that the value stands in',
    counts Bool COMMENT 'Whether that content counts for its seqNo',
    event_type LowCardinality(String) COMMENT 'Started, Updated or Ended',
    event_time Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the event',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, earliest copy',
    evse_id Nullable(Int64) COMMENT 'evse.id of the event; NULL where it names none',
    position UInt32 COMMENT 'Place of the value in its event, from 1',
    at Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the meterValue that the value stands in',
    measurand LowCardinality(String) COMMENT 'Measurand; absent means Energy.Active.Import.Register',
    measurand_text Nullable(String) COMMENT 'Measurand as sent, where that is not the canonical spelling',
    phase LowCardinality(String) COMMENT 'Phase; total where absent',
    location LowCardinality(String) COMMENT 'Location; unmarked where absent',
    context LowCardinality(String) COMMENT 'Context; absent means Sample.Periodic',
    context_given Bool COMMENT 'Whether the context was sent',
    value_text String COMMENT 'Value digit by digit as sent',
    unit LowCardinality(String) COMMENT 'Base unit of value_normalised; unknown if outside the vocabulary',
    unit_text Nullable(String) COMMENT 'Unit as sent; NULL where absent',
    multiplier Int8 COMMENT 'Multiplier as sent, power of ten',
    value_normalised Nullable(Decimal(18, 6)) COMMENT 'Value in the base unit (Wh, W, A, …); NULL if the unit is unknown or it does not fit',
    ulp Decimal(18, 6) COMMENT 'One unit in the last place of the value as sent, in the base unit: what rounding may change',
    signed_meter_data Nullable(String) COMMENT 'Signed data byte for byte; NULL where absent',
    signing_method Nullable(String) COMMENT 'Signing method as sent',
    encoding_method Nullable(String) COMMENT 'Encoding method as sent',
    public_key Nullable(String) COMMENT 'Public key as sent'
)
AS
SELECT
    tenant, station, transaction_id, station_key, transaction_key, instance, epoch, seq_no, content_hash, counts,
    event_type, event_time, received_at, evse_id,
    position,
    meter_values.at AS at,
    meter_values.measurand AS measurand,
    meter_values.measurand_text AS measurand_text,
    meter_values.phase AS phase,
    meter_values.location AS location,
    meter_values.context AS context,
    meter_values.context_given AS context_given,
    meter_values.value_text AS value_text,
    meter_values.unit AS unit,
    meter_values.unit_text AS unit_text,
    meter_values.multiplier AS multiplier,
    meter_values.value_normalised AS value_normalised,
    meter_values.ulp AS ulp,
    meter_values.signed_meter_data AS signed_meter_data,
    meter_values.signing_method AS signing_method,
    meter_values.encoding_method AS encoding_method,
    meter_values.public_key AS public_key
FROM events
ARRAY JOIN meter_values, arrayEnumerate(meter_values.value_text) AS position
COMMENT 'One row per sampled value of every event';

CREATE OR REPLACE VIEW quarantine
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection; empty if the record''s key could not be read',
    station String COMMENT 'Station identity, raw spelling',
    station_key String COMMENT 'Station, case-folded',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock',
    reasons Array(LowCardinality(String)) COMMENT 'Codes of what made the message unusable',
    message String COMMENT 'What was expected and what came, for people',
    headers Array(Tuple(name String, value String)) COMMENT 'Headers of the Kafka record',
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    redriven_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the record was last sent again; NULL: never',
    raw String COMMENT 'Bytes exactly as received'
)
AS
WITH (SELECT mapFromArrays(groupArray(generation), groupArray(topic)) FROM generations FINAL) AS topics
SELECT
    q.tenant AS tenant,
    q.station_raw AS station,
    q.station AS station_key,
    q.received_at AS received_at,
    q.reasons AS reasons,
    q.message AS message,
    q.headers AS headers,
    nullIf(topics[q.generation], '') AS kafka_topic,
    q.generation AS generation,
    q.kafka_partition AS kafka_partition,
    q.kafka_offset AS kafka_offset,
    CAST(NULL, 'Nullable(DateTime64(6, \'UTC\'))') AS redriven_at,
    q.raw AS raw
FROM quarantine_rows AS q FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'What is part of no transaction, byte for byte, and why';

CREATE OR REPLACE VIEW delivery_states
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock of this copy',
    tenant LowCardinality(String) COMMENT 'Tenant of the record''s key',
    station String COMMENT 'Station identity, raw spelling of the content''s row in events or quarantine; case-folded where there is none',
    transaction_id Nullable(String) COMMENT 'transactionId, raw spelling of the content''s row in events; case-folded where there is none, NULL if it could not be read',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key Nullable(String) COMMENT 'transactionId, case-folded: join by it',
    seq_no Nullable(Int64) COMMENT 'seqNo; NULL if it could not be read',
    content_hash UInt128 COMMENT 'Content of this copy',
    value_bytes UInt32 COMMENT 'Size of the record''s value, bytes',
    quarantine_reason LowCardinality(Nullable(String)) COMMENT 'First quarantine reason; NULL where the record was accepted',
    outcome LowCardinality(String) COMMENT 'stored, duplicate, conflict, quarantined, or missing, which is never to be seen'
)
AS
WITH (SELECT mapFromArrays(groupArray(generation), groupArray(topic)) FROM generations FINAL) AS topics
SELECT
    nullIf(topics[d.generation], '') AS kafka_topic,
    d.generation AS generation,
    d.kafka_partition AS kafka_partition,
    d.kafka_offset AS kafka_offset,
    d.received_at AS received_at,
    d.tenant AS tenant,
    multiIf(d.original_station != '', d.original_station, c.station_raw != '', c.station_raw, q.station_raw != '', q.station_raw, d.station) AS station,
    nullIf(multiIf(d.original, d.original_transaction_id, c.known, c.transaction_id_raw, d.transaction_id), '') AS transaction_id,
    d.station AS station_key,
    nullIf(d.transaction_id, '') AS transaction_key,
    d.seq_no AS seq_no,
    d.content_hash AS content_hash,
    d.value_bytes AS value_bytes,
    nullIf(d.quarantine_reason, '') AS quarantine_reason,
    multiIf(
        d.quarantine_reason != '', 'quarantined',
        NOT d.original AND NOT c.known, 'missing',
        NOT d.original OR has(t.variants, (d.content_hash, assumeNotNull(d.seq_no))), 'duplicate',
        has(t.conflicts, (d.content_hash, assumeNotNull(d.seq_no))), 'conflict',
        'stored') AS outcome
-- Is the content of a delivery that is no original in the events table? The contents stream past the few deliveries
-- that ask (`wanted`), and a runtime filter on those drops almost all before the join: 1 CPU second for one day of 3 M
-- events. The other way round, or with a condition in place of the NULL, every identity goes through the join.
-- transactionId and seqNo are part of the content, so its hash and the station identify it.
FROM (SELECT tenant, station, content_hash, station_raw, transaction_id_raw, true AS known FROM event_rows) AS c
RIGHT ANY JOIN
(
    SELECT
        d.*, o.original AS original, o.station_raw AS original_station, o.transaction_id_raw AS original_transaction_id,
        if(o.original OR d.quarantine_reason != '', NULL, d.content_hash) AS wanted
    -- copies of a delivery are equal in every column, so a filter on received_at may go before FINAL
    FROM (SELECT * FROM delivery_rows FINAL SETTINGS use_skip_indexes_if_final_exact_mode = 0) AS d
    -- received_at is equal in both, so a bound on it bounds both sides
    LEFT ANY JOIN
    (
        SELECT generation, kafka_partition, kafka_offset, received_at, station_raw, transaction_id_raw, true AS original
        FROM event_rows FINAL
    ) AS o
        ON o.generation = d.generation AND o.kafka_partition = d.kafka_partition AND o.kafka_offset = d.kafka_offset
        AND o.received_at = d.received_at
) AS d
    ON c.content_hash = d.wanted AND c.station = d.station AND c.tenant = d.tenant
LEFT ANY JOIN
(
    SELECT generation, kafka_partition, kafka_offset, station_raw FROM quarantine_rows
) AS q
    ON q.generation = d.generation AND q.kafka_partition = d.kafka_partition AND q.kafka_offset = d.kafka_offset
LEFT ANY JOIN irregular_transactions AS t
    ON t.tenant = d.tenant AND t.station_key = d.station AND t.transaction_key = d.transaction_id
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Every delivery row, those above the mark of progress too, whose event may not be there yet: what deliveries and account read';

CREATE OR REPLACE VIEW deliveries
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock of this copy',
    tenant LowCardinality(String) COMMENT 'Tenant of the record''s key',
    station String COMMENT 'Station identity, raw spelling of the content''s row in events or quarantine; case-folded where there is none',
    transaction_id Nullable(String) COMMENT 'transactionId, raw spelling of the content''s row in events; case-folded where there is none, NULL if it could not be read',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key Nullable(String) COMMENT 'transactionId, case-folded: join by it',
    seq_no Nullable(Int64) COMMENT 'seqNo; NULL if it could not be read',
    content_hash UInt128 COMMENT 'Content of this copy',
    value_bytes UInt32 COMMENT 'Size of the record''s value, bytes',
    quarantine_reason LowCardinality(Nullable(String)) COMMENT 'First quarantine reason; NULL where the record was accepted',
    outcome LowCardinality(String) COMMENT 'stored, duplicate, conflict, quarantined, or missing, which is never to be seen'
)
AS
WITH
    -- The tables are read through the view below, and a view is opened only after the scalars of the query that asks it
    -- are known: whatever lies below these marks was written before the tables are looked at.
    (SELECT mapFromArrays(
        groupArray(bitShiftLeft(toUInt64(generation), 32) + kafka_partition), groupArray(next_offset)) FROM progress FINAL) AS marks
SELECT
    kafka_topic,
    generation,
    kafka_partition,
    kafka_offset,
    received_at,
    tenant,
    station,
    transaction_id,
    station_key,
    transaction_key,
    seq_no,
    content_hash,
    value_bytes,
    quarantine_reason,
    outcome
FROM delivery_states
WHERE kafka_offset < marks[bitShiftLeft(toUInt64(generation), 32) + kafka_partition]
COMMENT 'One row per consumed Kafka record, and what became of it; up to where progress says that everything is written, about a second behind';

CREATE OR REPLACE VIEW account
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    day Date COMMENT 'Day of receipt, UTC',
    received UInt64 COMMENT 'Kafka records consumed: stored + duplicate + conflict + quarantined + missing',
    stored UInt64 COMMENT 'Earliest copy of a content that counts',
    duplicate UInt64 COMMENT 'Further copies, and variants that do not count',
    conflict UInt64 COMMENT 'Earliest copy of a content that lost a conflict',
    quarantined UInt64 COMMENT 'Part of no transaction',
    missing UInt64 COMMENT 'Accepted, but without an event row; 0 is the promise',
    unaccounted UInt64 COMMENT 'Offsets between the first delivery and the mark of progress for which there is no row, counted on the day of the delivery before the hole; 0 is the promise'
)
AS
WITH
    -- one mark for what is received and for what is unaccounted for; taken before the tables are read, as in deliveries
    (SELECT mapFromArrays(
        groupArray(bitShiftLeft(toUInt64(generation), 32) + kafka_partition), groupArray(next_offset)) FROM progress FINAL) AS marks
SELECT
    a.kafka_topic AS kafka_topic,
    a.generation AS generation,
    a.kafka_partition AS kafka_partition,
    a.day AS day,
    a.received AS received,
    a.stored AS stored,
    a.duplicate AS duplicate,
    a.conflict AS conflict,
    a.quarantined AS quarantined,
    a.missing AS missing,
    h.holes AS unaccounted
FROM
(
    SELECT
        any(kafka_topic) AS kafka_topic,
        generation,
        kafka_partition,
        toDate(received_at) AS day,
        count() AS received,
        countIf(outcome = 'stored') AS stored,
        countIf(outcome = 'duplicate') AS duplicate,
        countIf(outcome = 'conflict') AS conflict,
        countIf(outcome = 'quarantined') AS quarantined,
        countIf(outcome = 'missing') AS missing
    FROM delivery_states
    WHERE kafka_offset < marks[bitShiftLeft(toUInt64(generation), 32) + kafka_partition]
    GROUP BY generation, kafka_partition, day
) AS a
LEFT ANY JOIN
(
    SELECT w.generation AS generation, w.kafka_partition AS kafka_partition, w.day AS day, sum(w.next - w.kafka_offset - 1) AS holes
    FROM
    (
        -- copies of a delivery are neighbours here and leave no hole (next = offset)
        SELECT
            d.generation AS generation,
            d.kafka_partition AS kafka_partition,
            d.kafka_offset AS kafka_offset,
            toDate(d.received_at) AS day,
            leadInFrame(d.kafka_offset, 1, marks[bitShiftLeft(toUInt64(d.generation), 32) + d.kafka_partition]) OVER (
                PARTITION BY d.generation, d.kafka_partition ORDER BY d.kafka_offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
        FROM delivery_rows AS d
        WHERE d.kafka_offset < marks[bitShiftLeft(toUInt64(d.generation), 32) + d.kafka_partition]
    ) AS w
    WHERE w.next > w.kafka_offset + 1
    GROUP BY w.generation, w.kafka_partition, w.day
) AS h ON h.generation = a.generation AND h.kafka_partition = a.kafka_partition AND h.day = a.day
COMMENT 'What was received and what became of it, per partition and day; unchanged by replays; up to where progress says that everything is written, about a second behind';

CREATE OR REPLACE VIEW overlaps
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    station_key String COMMENT 'Station, case-folded',
    evse_id Int64 COMMENT 'EVSE on which both were',
    transaction_id String COMMENT 'transactionId of the later charge',
    record_id UUID COMMENT 'The later charge',
    started_at DateTime64(6, 'UTC') COMMENT 'When the later charge started (or its estimate)',
    earlier_transaction_id String COMMENT 'transactionId of the charge that was still on; of several the one that ended last',
    earlier_record_id UUID COMMENT 'That charge',
    earlier_ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When that charge ended (or its estimate); NULL: it has no Ended'
)
AS
WITH toDateTime64('2299-12-31 00:00:00', 6, 'UTC') AS for_ever
SELECT
    c.tenant AS tenant,
    c.station AS station,
    c.station_key AS station_key,
    assumeNotNull(c.evse_id) AS evse_id,
    c.transaction_id AS transaction_id,
    c.record_id AS record_id,
    c.begin_at AS started_at,
    c.earlier.2 AS earlier_transaction_id,
    c.earlier.3 AS earlier_record_id,
    if(c.earlier.1 = for_ever, NULL, c.earlier.1) AS earlier_ended_at
FROM
(
    SELECT
        tenant, station, station_key, evse_id, transaction_id, record_id,
        assumeNotNull(coalesce(started_at, started_at_estimate)) AS begin_at,
        -- a charge without an Ended is on for ever; one whose Ended cannot be dated claims no time
        assumeNotNull(coalesce(ended_at, ended_at_estimate, if(stopped_reason IS NULL, for_ever, begin_at))) AS end_at,
        -- in one pass over the charges of an EVSE; comparing each with each would take their square
        max((end_at, transaction_id, record_id)) OVER (
            PARTITION BY tenant, station_key, evse_id ORDER BY begin_at, record_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM transactions
    WHERE evse_id IS NOT NULL AND coalesce(started_at, started_at_estimate) IS NOT NULL
) AS c
WHERE c.earlier.1 > c.begin_at
COMMENT 'Charges that started on an EVSE while another was still on there';

CREATE OR REPLACE VIEW reusing_stations
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    reused UInt64 COMMENT 'transactionIds that more than one charge used',
    last_reused_at DateTime64(6, 'UTC') COMMENT 'Event time of the latest Started under an id that was already used'
)
AS
SELECT
    r.tenant AS tenant,
    r.station AS station_key,
    uniqExact(r.transaction_id) AS reused,
    fromUnixTimestamp64Micro(max(r.instance_key), 'UTC') AS last_reused_at
FROM transaction_rows AS r FINAL
PREWHERE r.instance_key != 0
WHERE r.part_of IS NULL
GROUP BY r.tenant, r.station
COMMENT 'Stations that ever used a transactionId for two charges: a hole in their charges may hide the end of one and the start of the next';

CREATE OR REPLACE VIEW state_intervals
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    evse_id Nullable(Int64) COMMENT 'EVSE as the events of the charge up to here name it',
    seq_no Int64 COMMENT 'seqNo of the event that opens the interval',
    from_at DateTime64(6, 'UTC') COMMENT 'Event time of that event; where times fall by up to 1 s, no earlier than the event before',
    to_at DateTime64(6, 'UTC') COMMENT 'Event time of the next event',
    seconds Float64 COMMENT 'Length, s',
    charging_state LowCardinality(String) COMMENT 'State in the interval, carried from the last event that named one. Unknown before the first; before TxResumed, an Ended by PowerLoss or Reboot, and the start of an epoch; before an event of another state if seqNos are missing in between',
    after_charging Bool COMMENT 'Whether the charge had been in state Charging before'
)
AS
WITH
    -- what lies from the start to the end that counts; nothing where one of them is not there
    arrayFirstIndex(e -> e.event_type = 'Started', charge) AS first,
    arrayFirstIndex(e -> e.event_type = 'Ended' AND e.at = ended_at AND e.seq_no = last_seq, charge) AS last,
    arraySlice(charge, first, if(first > 0 AND last > first, last - first + 1, 0)) AS span,
    arrayMap(e -> least(e.at, ended_at), span) AS told_at,
    -- how far each time lies below the latest before it: added back, times do not fall
    arrayCumSumNonNegative(arrayMap((at, before) -> before - at, told_at, arrayPushFront(arrayPopBack(told_at), told_at[1]))) AS fall,
    arrayMap((at, fall) -> at + fall, told_at, fall) AS times,
    arrayFill(state -> state IS NOT NULL, arrayMap(e -> e.charging_state, span)) AS states,
    arrayFill(evse -> evse IS NOT NULL, arrayMap(e -> e.evse_id, span)) AS evses,
    arrayCumSum(arrayMap(e -> toUInt32(ifNull(e.charging_state = 'Charging', false)), span)) AS charged,
    arrayMap(
        (before, after, state) ->
            before.epoch = after.epoch AND after.trigger_reason != 'TxResumed'
            AND NOT (after.event_type = 'Ended' AND ifNull(after.stopped_reason IN ('PowerLoss', 'Reboot'), false))
            AND NOT (after.seq_no > before.seq_no AND after.seq_no - before.seq_no > 1
                AND after.charging_state IS NOT NULL AND ifNull(after.charging_state != state, true)),
        arrayPopBack(span), arrayPopFront(span), arrayPopBack(states)) AS held
SELECT
    c.tenant AS tenant, c.station AS station, c.transaction_id AS transaction_id, c.station_key AS station_key,
    c.transaction_key AS transaction_key, c.instance AS instance,
    evses[i] AS evse_id,
    span[i].seq_no AS seq_no,
    fromUnixTimestamp64Micro(times[i], 'UTC') AS from_at,
    fromUnixTimestamp64Micro(times[i + 1], 'UTC') AS to_at,
    (times[i + 1] - times[i]) / 1e6 AS seconds,
    if(held[i], ifNull(states[i], 'Unknown'), 'Unknown') AS charging_state,
    toBool(charged[i] > 0 AND charging_state != 'Charging') AS after_charging
FROM
(
    -- the events of each charge in their order, as one array: a filter on the keys passes GROUP BY, but no window
    SELECT
        r.tenant AS tenant, r.station AS station, r.transaction_id AS transaction_id, r.station_key AS station_key,
        r.transaction_key AS transaction_key, r.instance AS instance, r.last_seq AS last_seq,
        assumeNotNull(toUnixTimestamp64Micro(r.ended_at)) AS ended_at,
        arraySort(e -> (e.epoch, e.seq_no, e.event_type = 'Ended', e.at), e.charge) AS charge
    FROM
    (
        SELECT
            tenant, station_key, transaction_key, instance,
            groupArray(CAST(
                (epoch, seq_no, assumeNotNull(toUnixTimestamp64Micro(event_time)), event_type, trigger_reason, evse_id, charging_state, stopped_reason),
                'Tuple(epoch UInt32, seq_no Int64, at Int64, event_type LowCardinality(String), trigger_reason LowCardinality(String), evse_id Nullable(Int64), charging_state Nullable(String), stopped_reason Nullable(String))')) AS charge
        FROM events
        WHERE counts AND event_time >= '2018-01-01' AND event_time < '2040-01-01'
        GROUP BY tenant, station_key, transaction_key, instance
    ) AS e
    -- the record says whether its states can be told at all, and which Ended counts
    INNER JOIN
    (
        SELECT tenant, station, transaction_id, station_key, transaction_key, instance, last_seq, ended_at
        FROM transactions
        WHERE time_unknown_s IS NOT NULL AND ended_at IS NOT NULL
    ) AS r
        ON r.tenant = e.tenant AND r.station_key = e.station_key AND r.transaction_key = e.transaction_key AND r.instance = e.instance
) AS c
ARRAY JOIN arrayEnumerate(held) AS i
WHERE times[i + 1] > times[i]
COMMENT 'What state a charge was in between each two neighbouring events from its start to its end. Per charge the seconds add up to duration_s and per state to the times of its record; nothing where the record has no such times';
