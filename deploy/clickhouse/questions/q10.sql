-- Where do the register, the integral of reported power and the station's own calculation (OCPP 2.1) differ by more than
-- 5 %? Power tells only of the time that it covers.
SELECT
    tenant, station, transaction_id, instance, energy_wh,
    if(power_readings > 1, round(power_energy_wh, 3), NULL) AS power_wh,
    round(power_seconds / toFloat64(duration_s), 4) AS power_covers,
    station_energy_wh,
    round(power_wh / toFloat64(energy_wh) - 1, 4) AS power_differs,
    round(toFloat64(station_energy_wh) / toFloat64(energy_wh) - 1, 4) AS station_differs
FROM transactions
LEFT ANY JOIN power_integrals USING (tenant, station_key, transaction_key, instance)
LEFT ANY JOIN (SELECT tenant, record_id, station_energy_wh FROM station_costs) AS costs USING (tenant, record_id)
WHERE energy_wh > 0 AND (abs(power_differs) > 0.05 OR abs(station_differs) > 0.05)
ORDER BY greatest(abs(ifNull(power_differs, 0)), abs(ifNull(station_differs, 0))) DESC, tenant, station, transaction_id, instance;
