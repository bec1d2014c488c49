-- A charge along its meter: how much between each two neighbouring readings of the series that was billed.

CREATE OR REPLACE VIEW charge_readings
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    evse_id Nullable(Int64) COMMENT 'EVSE of the charge',
    begun_at Nullable(Int64) COMMENT 'Start, else as in estimated_starts, µs',
    over_at Nullable(Int64) COMMENT 'End or its estimate, µs',
    energy Int64 COMMENT 'energy_wh, µWh',
    begin Int64 COMMENT 'register_begin_wh, µWh; 0 where there is none',
    end Int64 COMMENT 'register_end_wh, µWh; 0 where there is none',
    agree Bool COMMENT 'Whether energy is end − begin',
    points Array(Tuple(series Tuple(signed UInt8, location UInt64, notation UInt8, width Int16, phases UInt8), at Int64, wh Int64)) COMMENT 'Import registers that stand in the events: the series each belongs to, least the one that the record prefers, time in µs, reading in µWh'
)
AS
SELECT
    t.tenant AS tenant, t.station AS station, t.transaction_id AS transaction_id, t.station_key AS station_key,
    t.transaction_key AS transaction_key, t.instance AS instance, t.record_id AS record_id, t.evse_id AS evse_id,
    t.begun_at AS begun_at, t.over_at AS over_at,
    assumeNotNull(t.energy) AS energy, ifNull(t.begin, 0) AS begin, ifNull(t.end, 0) AS end,
    toBool(ifNull(t.end - t.begin = t.energy, false)) AS agree,
    m.points AS points
FROM
(
    SELECT
        tenant, station, transaction_id, station_key, transaction_key, instance, record_id, evse_id,
        toUnixTimestamp64Micro(coalesce(started_at, estimated.first_at)) AS begun_at,
        toUnixTimestamp64Micro(coalesce(ended_at, ended_at_estimate)) AS over_at,
        reinterpretAsInt64(energy_wh) AS energy,
        reinterpretAsInt64(register_begin_wh) AS begin,
        reinterpretAsInt64(register_end_wh) AS end
    FROM transactions
    LEFT ANY JOIN (SELECT tenant, record_id, toNullable(estimated_starts.begun_at) AS first_at FROM estimated_starts) AS estimated USING (tenant, record_id)
    WHERE energy_wh IS NOT NULL
) AS t
LEFT ANY JOIN
(
    SELECT tenant, station_key, transaction_key, instance, groupArray((series, at, wh)) AS points
    FROM
    (
        -- a phase sum adds the phases of one time and context; sets of phases are series of their own, the larger before
        SELECT
            tenant, station_key, transaction_key, instance, at,
            (signed, indexOf(['Outlet', 'unmarked', 'Body', 'Inlet'], location), notation, -bitCount(groupBitOr(phase_bit)), groupBitOr(phase_bit)) AS series,
            sum(reading) AS wh
        FROM
        (
            -- a value told again (same time, context, phase, location) is one reading: the earliest telling
            SELECT
                tenant, station_key, transaction_key, instance, context, location,
                signed_meter_data IS NOT NULL AS signed,
                toUnixTimestamp64Micro(assumeNotNull(meter_values.at)) AS at,
                multiIf(phase = 'total', 0, phase LIKE '%-N', 2, 1) AS notation,
                bitShiftLeft(toUInt8(1), indexOf(['total', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N'], phase) - 1) AS phase_bit,
                reinterpretAsInt64(argMin(assumeNotNull(value_normalised), (epoch, seq_no, position))) AS reading
            FROM meter_values
            WHERE counts AND measurand = 'Energy.Active.Import.Register' AND value_normalised IS NOT NULL
                AND meter_values.at >= '2018-01-01' AND meter_values.at < '2040-01-01'
                AND location IN ('Outlet', 'unmarked', 'Body', 'Inlet')
                AND phase IN ('total', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
            GROUP BY tenant, station_key, transaction_key, instance, context, location, signed, at, phase
        )
        GROUP BY tenant, station_key, transaction_key, instance, signed, location, notation, at, context
    )
    GROUP BY tenant, station_key, transaction_key, instance
) AS m USING (tenant, station_key, transaction_key, instance)
COMMENT 'One row per charge with energy_wh and the readings behind it: what energy_intervals is made of';

CREATE OR REPLACE VIEW energy_intervals
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    evse_id Nullable(Int64) COMMENT 'EVSE of the charge',
    position UInt32 COMMENT 'Place of the interval in its charge, from 1',
    from_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the earlier reading, by the meter value it stands in; NULL: the start of the charge cannot be dated',
    to_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the later reading; NULL: the end of the charge cannot be dated',
    seconds Nullable(Float64) COMMENT 'Length, s; 0 where two readings of one moment differ',
    energy_wh Decimal(18, 6) COMMENT 'Energy in the interval, Wh; never negative. Per charge the sum is energy_wh of its record',
    energy_until_wh Decimal(18, 6) COMMENT 'Energy from the begin of the charge to to_at, Wh',
    mean_power_w Nullable(Float64) COMMENT 'energy_wh over the length, W; NULL where the length is 0 or unknown',
    basis LowCardinality(String) COMMENT 'readings: between neighbouring readings. whole: the method has no register, or its readings cannot be told from the events (signed data, locations mixed); one interval over the whole charge'
)
AS
-- A step per level: an expression that others use several times would be analysed, and worked out, as often.
SELECT
    tenant, station, transaction_id, station_key, transaction_key, instance, record_id, evse_id,
    i AS position,
    fromUnixTimestamp64Micro(times[i], 'UTC') AS from_at,
    fromUnixTimestamp64Micro(times[i + 1], 'UTC') AS to_at,
    micros / 1e6 AS seconds,
    reinterpret(step, 'Decimal(18, 6)') AS energy_wh,
    reinterpret(sums[i + 1], 'Decimal(18, 6)') AS energy_until_wh,
    if(micros > 0, toFloat64(step) * 3600 / micros, NULL) AS mean_power_w,
    if(told, 'readings', 'whole') AS basis
FROM
(
    SELECT *, i, sums[i + 1] - sums[i] AS step, greatest(times[i + 1] - times[i], 0) AS micros
    FROM
    (
        SELECT
            *,
            if(told, arrayMap(at -> toNullable(at), span.1), [begun_at, over_at]) AS times,
            if(told, arrayMap((wh, fall) -> least(wh + fall, end) - begin, span.2, fall), [toInt64(0), energy]) AS sums
        FROM
        (
            -- how far each reading lies below the highest before it (rounding, an outlier that was ignored): added back, it does not fall
            SELECT *, arrayCumSumNonNegative(arrayMap((wh, before) -> before - wh, span.2, arrayPopBack(arrayConcat([begin], span.2)))) AS fall
            FROM
            (
                SELECT
                    *,
                    agree AND first_at > 0 AND last_at >= first_at AS told,
                    arrayFilter(p -> p.1 >= first_at AND p.1 <= last_at AND (p.1 > first_at OR p.2 >= begin) AND (p.1 < last_at OR p.2 <= end), readings) AS span
                FROM
                (
                    -- from the first time that the meter stood at the begin to the last time that it stood at the end
                    SELECT *, arrayFirst(p -> p.2 = begin, readings).1 AS first_at, arrayLast(p -> p.2 = end, readings).1 AS last_at
                    FROM
                    (
                        -- the first series, in the order in which the record prefers them, that holds both readings behind the figure
                        SELECT
                            *,
                            arrayFirst(
                                s -> arrayExists(p -> p.1 = s AND p.3 = begin, points) AND arrayExists(p -> p.1 = s AND p.3 = end, points),
                                arraySort(arrayDistinct(points.1))) AS series,
                            arraySort(arrayMap(p -> (p.2, p.3), arrayFilter(p -> p.1 = series, points))) AS readings
                        FROM charge_readings
                    )
                )
            )
        )
    )
    ARRAY JOIN arrayPopBack(arrayEnumerate(sums)) AS i
)
WHERE step != 0 OR micros != 0 OR times[i] IS NULL OR times[i + 1] IS NULL OR length(sums) = 2
COMMENT 'Energy between neighbouring readings of the billed series of each charge that has energy_wh; per charge the sum is that figure, to the last digit';
