-- Where did an import register go backwards (meter exchanged, replaced board, fraud), and when?
SELECT tenant, station, evse_id, transaction_id, at, before_wh, after_wh, before_wh - after_wh AS fall_wh
FROM
(
    SELECT
        tenant, station, e.evse AS evse_id, transaction_id, at, value_normalised AS after_wh,
        lagInFrame(value_normalised) OVER (
            PARTITION BY tenant, station_key, evse_id, phase, location ORDER BY at, seq_no, position
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before_wh
    FROM meter_values
    LEFT ANY JOIN (SELECT tenant, station_key, transaction_key, instance, evse_id AS evse FROM transactions) AS e
        USING (tenant, station_key, transaction_key, instance)
    WHERE counts AND measurand = 'Energy.Active.Import.Register' AND at IS NOT NULL AND value_normalised IS NOT NULL
)
WHERE after_wh < before_wh
ORDER BY at, tenant, station, transaction_id;
