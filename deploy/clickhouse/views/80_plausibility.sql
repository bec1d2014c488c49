-- Which charges look wrong by the bounds of plausibility_checks. Judged when they are over.

CREATE OR REPLACE VIEW plausibility
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    check LowCardinality(String) COMMENT 'The check that it fails, as in plausibility_checks, which says what the figure is',
    level LowCardinality(String) COMMENT 'suspicious: somebody should look. rejected: no CDR is made of it',
    figure Float64 COMMENT 'What was found',
    minimum Nullable(Float64) COMMENT 'Lower bound; NULL: none',
    maximum Nullable(Float64) COMMENT 'Upper bound; NULL: none'
)
AS
SELECT
    f.tenant AS tenant, f.station AS station, f.transaction_id AS transaction_id, f.station_key AS station_key,
    f.transaction_key AS transaction_key, f.instance AS instance, f.record_id AS record_id,
    f.told.1 AS check,
    toString(p.level) AS level,
    assumeNotNull(f.told.2) AS figure,
    p.minimum AS minimum,
    p.maximum AS maximum
FROM
(
    SELECT
        t.tenant AS tenant, t.station AS station, t.transaction_id AS transaction_id, t.station_key AS station_key,
        t.transaction_key AS transaction_key, t.instance AS instance, t.record_id AS record_id,
        arrayJoin(arrayFilter(x -> x.2 IS NOT NULL, [
            ('energy', toFloat64(coalesce(t.energy_wh, t.energy_estimate_wh)) / 1000),
            ('energy_impossible', toFloat64(coalesce(t.energy_wh, t.energy_estimate_wh)) / 1000),
            ('duration', toFloat64(t.duration_s)),
            ('cost', toFloat64(s.cost_incl_tax)),
            ('power', e.mean_power_w / toFloat64(nullIf(c.rated_power_w, 0))),
            ('start_in_future', dateDiff('microsecond', t.first_received_at, t.started_at) / 1e6),
            ('age', dateDiff('second', t.ended_at, (SELECT watermark FROM watermark)) / 86400),
            ('token', toNullable(toFloat64(t.id_token_start IS NOT NULL))),
            ('tariff', toNullable(toFloat64(t.tariff_id IS NOT NULL OR c.tariff IS NOT NULL))),
            ('overlap', toNullable(toFloat64(o.others))),
            ('register', toFloat64(t.register_begin_wh)),
            ('register', toFloat64(t.register_end_wh))])) AS told
    FROM (SELECT * FROM transactions WHERE class != 'open') AS t
    LEFT ANY JOIN (SELECT tenant, record_id, tariff, rated_power_w FROM charge_context) AS c
        ON c.tenant = t.tenant AND c.record_id = t.record_id
    LEFT ANY JOIN (SELECT tenant, record_id, cost_incl_tax FROM station_costs) AS s
        ON s.tenant = t.tenant AND s.record_id = t.record_id
    LEFT ANY JOIN (SELECT tenant, record_id, max(energy_intervals.mean_power_w) AS mean_power_w FROM energy_intervals GROUP BY tenant, record_id) AS e
        ON e.tenant = t.tenant AND e.record_id = t.record_id
    LEFT ANY JOIN
    (
        SELECT tenant, arrayJoin([overlaps.record_id, overlaps.earlier_record_id]) AS record_id, count() AS others
        FROM overlaps
        GROUP BY tenant, record_id
    ) AS o
        ON o.tenant = t.tenant AND o.record_id = t.record_id
) AS f
INNER JOIN plausibility_checks AS p FINAL ON p.name = f.told.1
WHERE p.level != 'off' AND (ifNull(figure < p.minimum, false) OR ifNull(figure > p.maximum, false))
COMMENT 'One row per charge, check and figure that fails it: of register both readings may';
