-- A charge in the periods of OCPI: a new one at every change of state and of tariff window.

CREATE OR REPLACE VIEW charging_periods
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    position UInt32 COMMENT 'Place of the period in its charge, from 1',
    start_date_time DateTime64(6, 'UTC') COMMENT 'Begin of the period; it ends where the next begins, the last one with the charge',
    seconds Float64 COMMENT 'Length, s',
    charging_state LowCardinality(String) COMMENT 'State in the period, as in state_intervals; Unknown where the states of the charge cannot be told',
    tariff_window LowCardinality(Nullable(String)) COMMENT 'Window of the tariff at start_date_time, by the plan of tariff_split; NULL: in none',
    energy_wh Decimal(18, 6) COMMENT 'Energy in the period, Wh: as in energy_intervals, in proportion to time between two readings. Per charge the sum is its energy_wh; what the meter told before the start or after the end is in the first or last period'
)
AS
SELECT
    tenant, station_key, transaction_key, instance, record_id,
    i AS position,
    fromUnixTimestamp64Micro(cuts[i], 'UTC') AS start_date_time,
    (cuts[i + 1] - cuts[i]) / 1e6 AS seconds,
    if(empty(states), 'Unknown', arrayLast(x -> x.1 <= cuts[i], states).2) AS charging_state,
    nullIf(arrayLast(x -> x.1 <= cuts[i], windows).2, '') AS tariff_window,
    reinterpret(sums[i + 1] - sums[i], 'Decimal(18, 6)') AS energy_wh
FROM
(
    SELECT *, arrayConcat([toInt64(0)], arrayPopBack(arrayPopFront(told)), [energy]) AS sums
    FROM
    (
        -- energy so far at each cut: all that lies before the piece of the curve it is in, and its share of that piece
        SELECT
            *,
            arrayMap(
                (at, c) -> toInt64(c.3 + intDiv(toInt128(c.4) * (least(at, c.2) - c.1), greatest(c.2 - c.1, 1))),
                cuts, arrayMap(at -> arrayLast(c -> c.1 <= at, curve), cuts)) AS told
        FROM
        (
            -- cut where state or window differ from what was before
            SELECT
                *,
                arrayConcat([a], arraySort(arrayDistinct(arrayFilter(at -> at > a AND at < b, arrayConcat(
                    arrayFilter((x, before) -> x.2 != before.2, states, arrayPopBack(arrayConcat([(toInt64(0), '')], states))).1,
                    arrayFilter((x, before) -> x.2 != before.2, windows, arrayPopBack(arrayConcat([(toInt64(0), '')], windows))).1)))), [b]) AS cuts
            FROM
                (
                    SELECT
                        tenant, station_key, transaction_key, instance, record_id,
                        assumeNotNull(toUnixTimestamp64Micro(started_at)) AS a, assumeNotNull(toUnixTimestamp64Micro(ended_at)) AS b,
                        reinterpretAsInt64(assumeNotNull(energy_wh)) AS energy
                    FROM transactions
                    WHERE energy_wh IS NOT NULL AND started_at IS NOT NULL AND ended_at >= started_at
                ) AS t
                LEFT ANY JOIN
                (
                    SELECT
                        tenant, station_key, transaction_key, instance,
                        arraySort(groupArray((
                            assumeNotNull(toUnixTimestamp64Micro(from_at)), assumeNotNull(toUnixTimestamp64Micro(to_at)),
                            reinterpretAsInt64(energy_until_wh) - reinterpretAsInt64(energy_wh), reinterpretAsInt64(energy_wh)))) AS curve
                    FROM energy_intervals
                    WHERE from_at IS NOT NULL AND to_at IS NOT NULL
                    GROUP BY tenant, station_key, transaction_key, instance
                ) AS e USING (tenant, station_key, transaction_key, instance)
                LEFT ANY JOIN
                (
                    SELECT tenant, station_key, transaction_key, instance, arraySort(groupArray((toUnixTimestamp64Micro(from_at), toString(charging_state)))) AS states
                    FROM state_intervals
                    GROUP BY tenant, station_key, transaction_key, instance
                ) AS s USING (tenant, station_key, transaction_key, instance)
                LEFT ANY JOIN
                (
                    -- by the clock over the whole charge: its readings may begin after it, end before it, and tariff_split
                    -- does not tell that an hour comes back to a window
                    SELECT
                        tenant, station_key, transaction_key, instance,
                        arraySort(groupArray((cut, arrayFirst(
                            w -> ifNull(
                                has(w.weekdays, toUInt8(formatDateTime(fromUnixTimestamp64Micro(cut, 'UTC'), '%u', w.zone)))
                                AND (toUInt16(formatDateTime(fromUnixTimestamp64Micro(cut, 'UTC'), '%H', w.zone)) * 60
                                    + toUInt16(formatDateTime(fromUnixTimestamp64Micro(cut, 'UTC'), '%i', w.zone)) AS minute) >= w.from_minute
                                AND minute < w.to_minute, false),
                            plan).name))) AS windows
                    FROM
                    (
                        SELECT
                            tenant, station_key, transaction_key, instance, a, b, c.windows AS plan, c.odd_minutes AS odd_minutes,
                            arrayMap(n -> (intDiv(a, 900000000) + n) * 900000000, range(toUInt64(intDiv(b, 900000000) - intDiv(a, 900000000) + 1))) AS quarters
                        FROM
                        (
                            SELECT
                                tenant, station_key, transaction_key, instance,
                                assumeNotNull(toUnixTimestamp64Micro(started_at)) AS a, assumeNotNull(toUnixTimestamp64Micro(ended_at)) AS b
                            FROM transactions
                            WHERE energy_wh IS NOT NULL AND started_at IS NOT NULL AND ended_at >= started_at
                                AND dateDiff('day', started_at, ended_at) <= 366
                        ) AS t
                        INNER JOIN charge_windows AS c USING (tenant, station_key, transaction_key, instance)
                        WHERE notEmpty(c.windows)
                    )
                    ARRAY JOIN arrayDistinct(arrayConcat([a], arrayFilter(at -> at > a AND at < b,
                        arrayConcat(quarters, arrayFlatten(arrayMap(m -> arrayMap(q -> q + m * 60000000, quarters), odd_minutes)))))) AS cut
                    GROUP BY tenant, station_key, transaction_key, instance
                ) AS w USING (tenant, station_key, transaction_key, instance)
        )
    )
)
ARRAY JOIN arrayPopBack(arrayEnumerate(cuts)) AS i
COMMENT 'One row per charge and period; only of charges with energy_wh, start and end';
