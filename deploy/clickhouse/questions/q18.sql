-- Charges and energy per token, group and contract; own customers, roaming ones, and anonymous charges; each kind of
-- owner also as a whole.
SELECT
    if(grouping(token) = 1, 'owner', 'token') AS per,
    ownership, group_id, contract_id, id_token_start_ref AS token,
    count() AS charges,
    sum(energy_wh) / 1000 AS kwh
FROM transactions
LEFT ANY JOIN charge_context USING (tenant, record_id)
GROUP BY GROUPING SETS ((ownership, group_id, contract_id, token), (ownership))
ORDER BY per, ownership, charges DESC, group_id, contract_id, token;
