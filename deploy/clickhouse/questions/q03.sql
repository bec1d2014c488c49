-- Charges that ended with missing seqNos: which numbers, and for how long has nothing new come?
SELECT
    tenant, station, transaction_id, instance, class,
    missing_count, missing_ranges, missing_truncated,
    dateDiff('second', last_received_at, (SELECT watermark FROM watermark)) AS silent_s,
    settled_at
FROM transactions
WHERE missing_count > 0 AND stopped_reason IS NOT NULL
ORDER BY silent_s DESC, tenant, station, transaction_id, instance;
