-- Charges of no or hardly any energy, too short, too long, or with more power than the connector is rated for. The bounds
-- are in plausibility_checks.
SELECT tenant, station, transaction_id, instance, check, level, round(figure, 4) AS found, minimum, maximum
FROM plausibility
WHERE check IN ('energy', 'duration', 'power')
ORDER BY check, found, tenant, station, transaction_id, instance;
