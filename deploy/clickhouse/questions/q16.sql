-- Each charge by local hour and tariff window: energy and minutes, straight between two readings.
SELECT
    tenant, station, transaction_id, instance, local_hour, tariff_window,
    split.energy_wh / 1000 AS kwh, round(split.seconds / 60, 2) AS minutes
FROM transactions
INNER JOIN tariff_split AS split USING (tenant, record_id)
ORDER BY tenant, station, transaction_id, instance, hour_at, tariff_window;
