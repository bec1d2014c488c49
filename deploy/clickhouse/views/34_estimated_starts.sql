-- When charges began whose Started cannot be dated.

CREATE OR REPLACE VIEW estimated_starts
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge: join by it',
    begun_at DateTime64(6, 'UTC') COMMENT 'started_at_estimate, but no later than the first usable time of the charge: of an event that counts, else its end'
)
AS
-- The estimate may be a time of receipt, and a station that was offline delivers a charge after it was over: taken as it
-- is, such a charge would begin after its end.
SELECT
    t.tenant AS tenant, t.station_key AS station_key, t.transaction_key AS transaction_key, t.instance AS instance,
    t.record_id AS record_id,
    least(t.estimate_at, ifNull(t.known_at, t.estimate_at), ifNull(e.first_at, t.estimate_at)) AS begun_at
FROM
(
    SELECT
        tenant, station_key, transaction_key, instance, record_id, assumeNotNull(started_at_estimate) AS estimate_at,
        coalesce(ended_at, ended_at_estimate, last_event_at) AS known_at
    FROM transactions
    WHERE started_at IS NULL AND started_at_estimate IS NOT NULL
) AS t
LEFT ANY JOIN
(
    SELECT tenant, station_key, transaction_key, instance, toNullable(min(assumeNotNull(event_time))) AS first_at
    FROM events
    WHERE counts AND event_time >= '2018-01-01' AND event_time < '2040-01-01'
        AND (tenant, station_key, transaction_key) IN (
            SELECT tenant, station, transaction_id FROM transaction_rows WHERE started_at IS NULL AND started_at_estimate IS NOT NULL)
    GROUP BY tenant, station_key, transaction_key, instance
) AS e USING (tenant, station_key, transaction_key, instance)
COMMENT 'One row per charge whose start is an estimate: what occupancy and overlaps go by';
