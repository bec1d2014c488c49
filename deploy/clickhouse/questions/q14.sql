-- Energy that flowed between two charges on one EVSE: where does a register not begin where the last charge left it?
-- A charge without an end register (it has no start, or no end yet) leaves the last one it told of: previous_class says
-- so, and what it took itself is a matter of Q5 and Q6.
SELECT
    tenant, station, evse_id, previous_id, previous_class, transaction_id, previous_end_wh, register_begin_wh,
    register_begin_wh - previous_end_wh AS unbilled_wh
FROM
(
    SELECT
        tenant, station, evse_id, transaction_id, register_begin_wh,
        lagInFrame(coalesce(register_end_wh, last_register_wh)) OVER charges AS previous_end_wh,
        lagInFrame(transaction_id) OVER charges AS previous_id,
        lagInFrame(class) OVER charges AS previous_class
    FROM transactions
    -- a charge whose clock was not set is a charge too: left out, its energy would seem to lie between two others
    WHERE evse_id IS NOT NULL
    WINDOW charges AS (
        PARTITION BY tenant, station_key, evse_id ORDER BY coalesce(started_at, ended_at, started_at_estimate), record_id
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE register_begin_wh != previous_end_wh
ORDER BY abs(unbilled_wh) DESC, tenant, station, transaction_id;
