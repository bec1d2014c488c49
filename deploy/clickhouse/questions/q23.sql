-- Demand per site and quarter of an hour: charges at once (on average, and how many were there at all), kW, and which
-- share of its EVSEs, as they are now, was taken.
SELECT
    site, quarter_at,
    round(sum(seconds) / 900, 4) AS charges_at_once,
    uniqExact(record_id) AS charges,
    sum(energy_wh) / 250 AS kw,
    round(charges_at_once / nullIf(any(site_evses), 0), 4) AS utilisation
FROM occupancy
LEFT ANY JOIN (SELECT tenant, record_id, site FROM charge_context) AS place USING (tenant, record_id)
LEFT ANY JOIN (SELECT tenant, site, sum(evses) AS site_evses FROM stations GROUP BY tenant, site) AS capacity USING (tenant, site)
GROUP BY tenant, site, quarter_at
ORDER BY tenant, site, quarter_at;
