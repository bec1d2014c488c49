-- Per site: charges, energy, hours and idle minutes by local day and by month, once by the day of the start and once by
-- that of the end. A row without a day is the month's; charges that cannot be dated stand in a row without a month.
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
GROUP BY GROUPING SETS ((tenant, site, counted_by, month, day), (tenant, site, counted_by, month))
-- what cannot be dated has one row, that of the month
HAVING day IS NOT NULL OR grouping(day) = 1
ORDER BY tenant, site, counted_by DESC, month, day
-- the month follows from the day and would be left out of its rows
SETTINGS optimize_group_by_function_keys = 0;
