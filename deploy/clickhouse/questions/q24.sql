-- Does the account balance? received = stored + duplicate + conflict + quarantined; missing and unaccounted are 0.
SELECT
    kafka_topic, kafka_partition, day,
    sum(a.received) AS received, sum(a.stored) AS stored, sum(a.duplicate) AS duplicate, sum(a.conflict) AS conflict,
    sum(a.quarantined) AS quarantined, sum(a.missing) AS missing, sum(a.unaccounted) AS unaccounted,
    received = stored + duplicate + conflict + quarantined AND missing = 0 AND unaccounted = 0 AS balances
FROM account AS a
GROUP BY kafka_topic, kafka_partition, day
ORDER BY kafka_topic, kafka_partition, day;
