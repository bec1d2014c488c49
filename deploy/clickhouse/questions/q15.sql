-- Charges that overlap on one EVSE, and transactionIds that were used again.
SELECT *
FROM
(
    SELECT 'overlap' AS finding, tenant, station, evse_id, transaction_id, earlier_transaction_id, started_at
    FROM overlaps
    UNION ALL
    SELECT 'reused' AS finding, tenant, station, evse_id, transaction_id, transaction_id AS earlier_transaction_id, started_at
    FROM transactions
    WHERE instance > 1
)
ORDER BY finding, tenant, station, started_at;
