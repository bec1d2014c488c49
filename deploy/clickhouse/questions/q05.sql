-- Charges that started and fell silent without an end: what was heard last?
SELECT
    tenant, station, evse_id, transaction_id, instance,
    started_at, last_event_at, last_register_wh, energy_estimate_wh,
    dateDiff('second', last_received_at, (SELECT watermark FROM watermark)) AS silent_s
FROM transactions
WHERE class = 'no_end_presumed'
ORDER BY silent_s DESC, tenant, station, transaction_id, instance;
