-- Charges whose record changed after it was handed out: the old and the new figure, and the CDR to be credited.
SELECT
    tenant, station, transaction_id, channel, cdr_id, exported_at, revised_at, changes,
    exported_energy_wh / 1000 AS old_kwh, energy_wh / 1000 AS new_kwh, energy_change_wh / 1000 AS change_kwh
FROM exports
WHERE notEmpty(changes) AND NOT credited
ORDER BY abs(change_kwh) DESC NULLS FIRST, tenant, channel, cdr_id;
