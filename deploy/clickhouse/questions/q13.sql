-- Where did an import register go backwards (meter exchanged, replaced board, fraud), and when? A fall by no more than
-- one unit in the last place of the coarser reading is rounding; a reading whose clock was not set has no place in time.
SELECT tenant, station, evse_id, transaction_id, at, before_wh, after_wh, before_wh - after_wh AS fall_wh
FROM
(
    SELECT
        tenant, station, e.evse AS evse_id, transaction_id, at, value_normalised AS after_wh, ulp AS after_ulp,
        lagInFrame(value_normalised) OVER readings AS before_wh,
        lagInFrame(ulp) OVER readings AS before_ulp
    FROM meter_values
    LEFT ANY JOIN (SELECT tenant, station_key, transaction_key, instance, evse_id AS evse FROM transactions) AS e
        USING (tenant, station_key, transaction_key, instance)
    WHERE counts AND measurand = 'Energy.Active.Import.Register' AND value_normalised IS NOT NULL
        AND at >= '2018-01-01' AND at < '2040-01-01'
    WINDOW readings AS (
        PARTITION BY tenant, station_key, evse_id, phase, location ORDER BY at, seq_no, position
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE before_wh - after_wh > greatest(after_ulp, before_ulp)
ORDER BY at, tenant, station, transaction_id;
