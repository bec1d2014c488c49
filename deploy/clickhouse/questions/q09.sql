-- By which method was the energy found, and how many kWh rest on estimates?
SELECT
    ifNull(energy_method, 'none') AS method,
    ifNull(if(energy_wh IS NULL, energy_estimate_method, NULL), '') AS estimated_by,
    count() AS charges,
    countIf(billable) AS billable_charges,
    sum(energy_wh) / 1000 AS kwh,
    sumIf(energy_estimate_wh, energy_wh IS NULL) / 1000 AS kwh_only_estimated
FROM transactions
GROUP BY method, estimated_by
ORDER BY charges DESC, method, estimated_by;
