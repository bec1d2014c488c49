-- A charge along its states.

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
-- A step per level: an expression that others use several times would be analysed, and worked out, as often.
SELECT
    tenant, station, transaction_id, station_key, transaction_key, instance,
    evses[i] AS evse_id,
    span[i].seq_no AS seq_no,
    fromUnixTimestamp64Micro(times[i], 'UTC') AS from_at,
    fromUnixTimestamp64Micro(times[i + 1], 'UTC') AS to_at,
    (times[i + 1] - times[i]) / 1e6 AS seconds,
    if(held[i], ifNull(states[i], 'Unknown'), 'Unknown') AS charging_state,
    toBool(charged[i] > 0 AND charging_state != 'Charging') AS after_charging
FROM
(
    SELECT
        *,
        -- how far each time lies below the latest before it: added back, times do not fall
        arrayMap((at, fall) -> at + fall, told_at,
            arrayCumSumNonNegative(arrayMap((at, before) -> before - at, told_at, arrayPushFront(arrayPopBack(told_at), told_at[1])))) AS times,
        arrayMap(
            (before, after, state) ->
                before.epoch = after.epoch AND after.trigger_reason != 'TxResumed'
                AND NOT (after.event_type = 'Ended' AND ifNull(after.stopped_reason IN ('PowerLoss', 'Reboot'), false))
                AND NOT (after.seq_no > before.seq_no AND after.seq_no - before.seq_no > 1
                    AND after.charging_state IS NOT NULL AND ifNull(after.charging_state != state, true)),
            arrayPopBack(span), arrayPopFront(span), arrayPopBack(states)) AS held
    FROM
    (
        SELECT
            *,
            arrayMap(e -> least(e.at, ended_at), span) AS told_at,
            arrayFill(state -> state IS NOT NULL, arrayMap(e -> e.charging_state, span)) AS states,
            arrayFill(evse -> evse IS NOT NULL, arrayMap(e -> e.evse_id, span)) AS evses,
            arrayCumSum(arrayMap(e -> toUInt32(ifNull(e.charging_state = 'Charging', false)), span)) AS charged
        FROM
        (
            -- what lies from the start to the end that counts; nothing where one of them is not there
            SELECT *, arraySlice(charge, first, if(first > 0 AND last > first, last - first + 1, 0)) AS span
            FROM
            (
                SELECT
                    *,
                    arrayFirstIndex(e -> e.event_type = 'Started', charge) AS first,
                    arrayFirstIndex(e -> e.event_type = 'Ended' AND e.at = ended_at AND e.seq_no = last_seq, charge) AS last
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
                )
            )
        )
    )
)
ARRAY JOIN arrayEnumerate(held) AS i
WHERE times[i + 1] > times[i]
COMMENT 'What state a charge was in between each two neighbouring events from its start to its end. Per charge the seconds add up to duration_s and per state to the times of its record; nothing where the record has no such times';

CREATE OR REPLACE VIEW idle_times
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    idle_s Float64 COMMENT 'Seconds for which an idle fee may be asked: the vehicle suspends or stays plugged in after it has charged; suspension by the EVSE is no parking'
)
AS
SELECT tenant, station_key, transaction_key, instance, sumIf(seconds, after_charging AND charging_state IN ('SuspendedEV', 'EVConnected')) AS idle_s
FROM state_intervals
GROUP BY tenant, station_key, transaction_key, instance
COMMENT 'One row per charge whose states can be told';
