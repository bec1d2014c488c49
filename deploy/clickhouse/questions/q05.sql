-- Charges that started and fell silent without an end: what was heard last, and is the station still heard of?
SELECT
    tenant, station, evse_id, transaction_id, instance,
    started_at, last_event_at, last_register_wh, energy_estimate_wh,
    dateDiff('second', last_received_at, (SELECT watermark FROM watermark)) AS silent_s,
    dateDiff('second', heard_at, (SELECT watermark FROM watermark)) AS station_silent_s
FROM transactions
LEFT ANY JOIN (SELECT tenant, station_key, max(last_received_at) AS heard_at FROM transactions GROUP BY tenant, station_key) AS heard
    USING (tenant, station_key)
WHERE class = 'no_end_presumed'
ORDER BY silent_s DESC, tenant, station, transaction_id, instance;
