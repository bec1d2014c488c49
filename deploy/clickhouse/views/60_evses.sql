-- What charges say about each other.

CREATE OR REPLACE VIEW overlaps
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    station_key String COMMENT 'Station, case-folded',
    evse_id Int64 COMMENT 'EVSE on which both were',
    transaction_id String COMMENT 'transactionId of the later charge',
    record_id UUID COMMENT 'The later charge',
    started_at DateTime64(6, 'UTC') COMMENT 'When the later charge started; where that is not known, as in estimated_starts',
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
        assumeNotNull(coalesce(started_at, begun_at)) AS begin_at,
        -- a charge without an Ended is on for ever; one whose Ended cannot be dated claims no time
        assumeNotNull(coalesce(ended_at, ended_at_estimate, if(stopped_reason IS NULL, for_ever, begin_at))) AS end_at,
        -- in one pass over the charges of an EVSE; comparing each with each would take their square
        max((end_at, transaction_id, record_id)) OVER (
            PARTITION BY tenant, station_key, evse_id ORDER BY begin_at, record_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM transactions
    LEFT ANY JOIN (SELECT tenant, record_id, toNullable(estimated_starts.begun_at) AS begun_at FROM estimated_starts) AS estimated USING (tenant, record_id)
    WHERE evse_id IS NOT NULL AND coalesce(started_at, begun_at) IS NOT NULL
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
