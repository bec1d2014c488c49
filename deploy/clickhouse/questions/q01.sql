-- Per site: charges, energy, hours and idle minutes by local day and by month, once by the day of the start and once by
-- that of the end. A row without a day is the month's.
SELECT
    tenant, site, counted_by, toStartOfMonth(on_day) AS month, on_day AS day,
    count() AS charges,
    sum(energy_wh) / 1000 AS kwh,
    round(sum(toFloat64(duration_s)) / 3600, 2) AS hours,
    round(sum(idle_s) / 60, 2) AS idle_minutes
FROM transactions
LEFT ANY JOIN (SELECT tenant, record_id, site, start_day, end_day FROM charge_context) AS place USING (tenant, record_id)
LEFT ANY JOIN idle_times USING (tenant, station_key, transaction_key, instance)
ARRAY JOIN ['start', 'end'] AS counted_by, [start_day, end_day] AS on_day
WHERE on_day IS NOT NULL
GROUP BY GROUPING SETS ((tenant, site, counted_by, month, day), (tenant, site, counted_by, month))
ORDER BY tenant, site, counted_by DESC, month, day;
