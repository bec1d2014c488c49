-- Charges by the quarter of an hour: who was there, and how much flowed.

CREATE OR REPLACE VIEW occupancy
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    quarter_at DateTime64(6, 'UTC') COMMENT 'Begin of the quarter of an hour',
    seconds Float64 COMMENT 'For how long the charge was on in it, s; where its start is not known, as in estimated_starts; a charge without end is on until it was last heard of',
    energy_wh Nullable(Decimal(38, 6)) COMMENT 'Energy in it, Wh; NULL where none is told of. What the meter tells before the start or after the end of the charge, or cannot be dated, is in no quarter'
)
AS
SELECT
    o.tenant AS tenant, o.station_key AS station_key, o.transaction_key AS transaction_key, o.instance AS instance,
    o.record_id AS record_id,
    fromUnixTimestamp64Micro(o.quarter, 'UTC') AS quarter_at,
    o.seconds AS seconds,
    p.energy_wh AS energy_wh
FROM
(
    SELECT *, quarter, (least(b, quarter + 900000000) - greatest(a, quarter)) / 1e6 AS seconds
    FROM
    (
        SELECT
            tenant, station_key, transaction_key, instance, record_id,
            assumeNotNull(toUnixTimestamp64Micro(coalesce(started_at, begun_at))) AS a,
            assumeNotNull(toUnixTimestamp64Micro(coalesce(ended_at, ended_at_estimate, last_event_at))) AS b
        FROM transactions
        LEFT ANY JOIN (SELECT tenant, record_id, toNullable(estimated_starts.begun_at) AS begun_at FROM estimated_starts) AS estimated USING (tenant, record_id)
        WHERE coalesce(started_at, begun_at) IS NOT NULL AND coalesce(ended_at, ended_at_estimate, last_event_at) IS NOT NULL
    )
    -- no charge is longer than a leap year: a clock was wrong
    ARRAY JOIN if(b >= a AND b - a <= 31622400000000,
        arrayMap(n -> (intDiv(a, 900000000) + n) * 900000000, range(toUInt64(intDiv(b, 900000000) - intDiv(a, 900000000) + 1))),
        []) AS quarter
    WHERE b > quarter OR b = a
) AS o
LEFT ANY JOIN
(
    SELECT tenant, record_id, intDiv(assumeNotNull(toUnixTimestamp64Micro(from_at)), 900000000) * 900000000 AS quarter, toNullable(sum(energy_pieces.energy_wh)) AS energy_wh
    FROM energy_pieces
    WHERE from_at IS NOT NULL
    GROUP BY tenant, record_id, quarter
) AS p ON p.tenant = o.tenant AND p.record_id = o.record_id AND p.quarter = o.quarter
COMMENT 'One row per charge and quarter of an hour that it touched';
