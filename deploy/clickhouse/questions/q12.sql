-- Figures that look like a unit slip (a factor of 1000) or a lifetime odometer (begin 0).
SELECT
    tenant, station, evse_id, transaction_id, instance, started_at,
    register_begin_wh, register_end_wh, energy_wh / 1000 AS kwh, duration_s,
    arrayIntersect(review, ['baseline_rebased', 'mixed_register', 'power_implausible', 'unit_suspect', 'zero_baseline']) AS suspicions
FROM transactions
WHERE notEmpty(suspicions)
ORDER BY energy_wh DESC NULLS LAST, tenant, station, transaction_id, instance;
