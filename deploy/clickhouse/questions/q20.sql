-- Why charges stop, per model and week; what share of the ends is not normal: a fault, a lost supply, a reset.
SELECT
    model, toMonday(ended_at) AS week,
    count() AS ends,
    countIf(stopped_reason IN ('EmergencyStop', 'GroundFault', 'ImmediateReset', 'OvercurrentFault', 'PowerLoss', 'PowerQuality', 'Reboot', 'Timeout')) AS abnormal,
    round(abnormal / ends, 4) AS abnormal_share,
    arraySort(groupUniqArray(stopped_reason)) AS reasons
FROM transactions
LEFT ANY JOIN charge_context USING (tenant, record_id)
WHERE stopped_reason IS NOT NULL
GROUP BY model, week
ORDER BY model, week;
