-- Quarantine per reason and day, with one message to look at.
SELECT
    arrayJoin(reasons) AS reason,
    toDate(received_at) AS day,
    count() AS messages,
    uniqExact(tenant, station_key) AS stations,
    countIf(redriven_at IS NOT NULL) AS redriven,
    argMin(substring(raw, 1, 200), received_at) AS sample
FROM quarantine
GROUP BY reason, day
ORDER BY day, messages DESC, reason;
