-- Energy that flowed between two charges on one EVSE: where does a register not begin where the last charge ended?
SELECT
    tenant, station, evse_id, previous_id, transaction_id, previous_end_wh, register_begin_wh,
    register_begin_wh - previous_end_wh AS unbilled_wh
FROM
(
    SELECT
        tenant, station, evse_id, transaction_id, started_at, register_begin_wh,
        lagInFrame(register_end_wh) OVER charges AS previous_end_wh,
        lagInFrame(transaction_id) OVER charges AS previous_id
    FROM transactions
    WHERE evse_id IS NOT NULL AND started_at IS NOT NULL
    WINDOW charges AS (PARTITION BY tenant, station_key, evse_id ORDER BY started_at, record_id
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE register_begin_wh != previous_end_wh
ORDER BY abs(unbilled_wh) DESC, tenant, station, transaction_id;
