-- Per station: what share of its deliveries are repetitions, and how often did one seqNo come with two contents?
-- Quarantined deliveries are no part of the share: they have no content that could repeat (Q22 counts them).
SELECT
    tenant, min(d.station) AS station,
    count() AS received,
    countIf(outcome = 'duplicate') AS duplicates,
    countIf(outcome = 'conflict') AS conflicts,
    round(duplicates / received, 4) AS duplicate_share
FROM deliveries AS d
WHERE outcome != 'quarantined'
GROUP BY tenant, station_key
ORDER BY conflicts DESC, duplicate_share DESC, tenant, station;
