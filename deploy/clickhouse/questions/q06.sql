-- Orphans, charges whose start never came: how much energy, and money by the station's own calculation, is at stake?
SELECT
    tenant, station, transaction_id, instance,
    first_seq, last_seq, ended_at, id_token_stop_ref, last_register_wh,
    energy_estimate_wh / 1000 AS kwh_estimate, energy_estimate_method, cost_incl_tax, currency
FROM transactions
LEFT ANY JOIN (SELECT tenant, record_id, cost_incl_tax, currency FROM station_costs) AS costs USING (tenant, record_id)
WHERE class = 'no_start'
ORDER BY kwh_estimate DESC NULLS LAST, tenant, station, transaction_id, instance;
