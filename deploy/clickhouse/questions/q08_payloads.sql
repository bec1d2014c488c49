-- Conflicts side by side: the content that counts for a seqNo, and those that lost to it.
SELECT
    tenant, station_key, transaction_key, instance, epoch, seq_no,
    maxIf(raw, counts) AS counting,
    groupArrayIf(raw, NOT counts AND NOT variant) AS losing
FROM events
WHERE (tenant, station_key, transaction_key) IN (SELECT tenant, station_key, transaction_key FROM transactions WHERE conflicts > 0)
GROUP BY tenant, station_key, transaction_key, instance, epoch, seq_no
HAVING notEmpty(losing)
ORDER BY tenant, station_key, transaction_key, instance, epoch, seq_no;
