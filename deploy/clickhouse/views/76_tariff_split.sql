-- A charge by the clock on the wall: its energy and time in each local hour and each tariff window.

CREATE OR REPLACE VIEW charge_windows
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    instance UInt32 COMMENT 'Charge under this transactionId',
    time_zone LowCardinality(String) COMMENT 'Zone of the station, else UTC',
    tariff LowCardinality(Nullable(String)) COMMENT 'Tariff of the station; NULL: the one without a name',
    windows Array(Tuple(name String, weekdays Array(UInt8), from_minute UInt16, to_minute UInt16, zone String)) COMMENT 'Windows of its plan that counted at the start of the charge, by name; empty where there is none',
    odd_minutes Array(Int64) COMMENT 'Minutes past a quarter of an hour on which one of them begins or ends'
)
AS
SELECT
    c.tenant AS tenant, c.station_key AS station_key, c.transaction_key AS transaction_key, c.instance AS instance,
    c.time_zone AS time_zone,
    c.tariff AS tariff,
    arrayMap(w -> (w.1, w.2, w.3, w.4, if(w.5 = '', c.time_zone, w.5)), p.plan) AS windows,
    arrayMap(m -> toInt64(m), p.odd) AS odd_minutes
FROM
(
    SELECT tenant, station_key, transaction_key, instance, as_at, time_zone, tariff, ifNull(tariff, '') AS plan
    FROM charge_context
) AS c
ASOF LEFT JOIN
(
    SELECT
        tenant, tariff, valid_from,
        arraySort(groupArray((
            toString(name), weekdays, from_minute, to_minute,
            if(w.time_zone IN (SELECT time_zone FROM system.time_zones), ifNull(toString(w.time_zone), ''), '')))) AS plan,
        arrayFilter(m -> m != 0, arrayDistinct(arrayConcat(groupUniqArray(from_minute % 15), groupUniqArray(to_minute % 15)))) AS odd
    FROM tariff_window_rows AS w FINAL
    GROUP BY tenant, tariff, valid_from
) AS p ON p.tenant = c.tenant AND p.tariff = c.plan AND c.as_at >= p.valid_from
COMMENT 'One row per charge: the windows that its energy is split by';

CREATE OR REPLACE VIEW energy_pieces
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    time_zone LowCardinality(String) COMMENT 'Zone of the station, else UTC',
    tariff LowCardinality(Nullable(String)) COMMENT 'Tariff of the station; NULL: the one without a name',
    windows Array(Tuple(name String, weekdays Array(UInt8), from_minute UInt16, to_minute UInt16, zone String)) COMMENT 'Windows that the charge is split by',
    from_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Begin of the piece; NULL where the charge cannot be dated',
    seconds Nullable(Float64) COMMENT 'Length, s',
    energy_wh Decimal(18, 6) COMMENT 'Energy in the piece, Wh: at a border the energy so far is rounded down to 0.000001 Wh, and what that leaves goes to the later piece'
)
AS
SELECT
    tenant, station_key, transaction_key, instance, record_id, time_zone, tariff, windows,
    if(dated, fromUnixTimestamp64Micro(borders[i], 'UTC'), NULL) AS from_at,
    if(measured, (borders[i + 1] - borders[i]) / 1e6, NULL) AS seconds,
    reinterpret(
        if(b > a,
            toInt64(intDiv(toInt128(energy) * (borders[i + 1] - a), b - a) - intDiv(toInt128(energy) * (borders[i] - a), b - a)),
            energy),
        'Decimal(18, 6)') AS energy_wh
FROM
(
    SELECT *, if(b > a, arrayConcat([a], arraySort(arrayDistinct(arrayFilter(t -> t > a AND t < b, arrayConcat(quarters, odd)))), [b]), [a, b]) AS borders
    FROM
    (
        SELECT *, arrayFlatten(arrayMap(m -> arrayMap(q -> q + m * 60000000, quarters), odd_minutes)) AS odd
        FROM
        (
            -- hours of every zone begin on a quarter of an hour, and so do most windows; other minutes are added where they
            -- fall. What is longer than a leap year is not cut: no charge is, a clock was wrong.
            SELECT
                *,
                if(measured AND b - a <= 31622400000000,
                    arrayMap(n -> (intDiv(a, 900000000) + n) * 900000000, range(toUInt64(intDiv(b, 900000000) - intDiv(a, 900000000) + 1))),
                    []) AS quarters
            FROM
            (
                SELECT
                    e.tenant AS tenant, e.station_key AS station_key, e.transaction_key AS transaction_key, e.instance AS instance,
                    e.record_id AS record_id, c.time_zone AS time_zone, c.tariff AS tariff, c.windows AS windows, c.odd_minutes AS odd_minutes,
                    e.from_at IS NOT NULL AS dated,
                    e.from_at IS NOT NULL AND e.to_at IS NOT NULL AS measured,
                    assumeNotNull(toUnixTimestamp64Micro(e.from_at)) AS a,
                    if(measured, greatest(assumeNotNull(toUnixTimestamp64Micro(e.to_at)), a), a) AS b,
                    reinterpretAsInt64(e.energy_wh) AS energy
                FROM energy_intervals AS e
                LEFT ANY JOIN charge_windows AS c USING (tenant, station_key, transaction_key, instance)
            )
        )
    )
)
ARRAY JOIN arrayPopBack(arrayEnumerate(borders)) AS i
COMMENT 'Energy intervals cut at every quarter of an hour of the clock and every border of a tariff window; per charge the sum is its energy_wh';

CREATE OR REPLACE VIEW tariff_split
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    time_zone LowCardinality(String) COMMENT 'Zone of the local hours: of the station, else UTC',
    local_hour Nullable(DateTime('UTC')) COMMENT 'Local hour, as the clock on the wall shows it; NULL where the charge cannot be dated',
    hour_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When that hour began; tells the hour that the clock shows twice in autumn from itself',
    from_at Nullable(DateTime64(6, 'UTC')) COMMENT 'First moment of the charge in that hour and window',
    tariff LowCardinality(Nullable(String)) COMMENT 'Tariff of the station; NULL: the one without a name',
    tariff_window LowCardinality(Nullable(String)) COMMENT 'Window of the plan that counted at the start of the charge, of several the first by name; NULL: in none',
    seconds Nullable(Float64) COMMENT 'Time of the charge in that hour and window, s',
    energy_wh Decimal(18, 6) COMMENT 'Energy in that hour and window, Wh, in proportion to time between two readings. Per charge the sum is its energy_wh, to the last digit: see energy_pieces for the remainder'
)
AS
WITH
    concat(formatDateTime(p.from_at, '%F %H', p.time_zone), ':00:00') AS hour,
    toInt64(formatDateTime(p.from_at, '%i', p.time_zone)) * 60000000 AS into_hour
SELECT
    p.tenant AS tenant, p.station_key AS station_key, p.transaction_key AS transaction_key, p.instance AS instance,
    p.record_id AS record_id, p.time_zone AS time_zone,
    toDateTimeOrNull(hour, 'UTC') AS local_hour,
    addMicroseconds(p.from_at, -into_hour - toUnixTimestamp64Micro(p.from_at) % 60000000) AS hour_at,
    min(p.from_at) AS from_at,
    p.tariff AS tariff,
    nullIf(arrayFirst(
        w -> ifNull(
            has(w.weekdays, toUInt8(formatDateTime(p.from_at, '%u', w.zone)))
            AND (toUInt16(formatDateTime(p.from_at, '%H', w.zone)) * 60 + toUInt16(formatDateTime(p.from_at, '%i', w.zone)) AS minute) >= w.from_minute
            AND minute < w.to_minute, false),
        p.windows).name, '') AS tariff_window,
    sum(p.seconds) AS seconds,
    sum(p.energy_wh) AS energy_wh
FROM energy_pieces AS p
GROUP BY ALL
COMMENT 'One row per charge, local hour and tariff window; energy between two readings is spread evenly over the time between them';
