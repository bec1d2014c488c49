-- Per station: what share of its deliveries are repetitions, and how often did one seqNo come with two contents?
SELECT
    tenant, station_key,
    count() AS received,
    countIf(outcome = 'duplicate') AS duplicates,
    countIf(outcome = 'conflict') AS conflicts,
    round(duplicates / received, 4) AS duplicate_share
FROM deliveries
WHERE outcome != 'quarantined'
GROUP BY tenant, station_key
ORDER BY conflicts DESC, duplicate_share DESC, tenant, station_key;
