-- Charges that ended with missing seqNos: which numbers, for how long has nothing new come, and what did the station say
-- when it was last asked?
SELECT
    tenant, station, transaction_id, instance, class,
    missing_count, missing_ranges, missing_truncated,
    dateDiff('second', last_received_at, (SELECT watermark FROM watermark)) AS silent_s,
    settled_at, asked_at, outcome, answered_at, ongoing, messages_in_queue
FROM transactions
LEFT ANY JOIN status_of_transactions USING (tenant, station_key, transaction_key)
WHERE missing_count > 0 AND stopped_reason IS NOT NULL
ORDER BY silent_s DESC, tenant, station, transaction_id, instance
SETTINGS join_use_nulls = 1;
