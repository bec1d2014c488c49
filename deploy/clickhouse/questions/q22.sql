-- Quarantine per reason, vendor and day, with one message to look at and when the latest was sent again.
SELECT
    arrayJoin(reasons) AS reason,
    vendor,
    toDate(received_at) AS day,
    count() AS messages,
    uniqExact(tenant, station_key) AS stations,
    max(redriven_at) AS redriven,
    argMin(substring(raw, 1, 200), received_at) AS sample
FROM quarantine
LEFT ANY JOIN (SELECT tenant, station_key, vendor FROM stations) AS s USING (tenant, station_key)
GROUP BY reason, vendor, day
ORDER BY day, messages DESC, reason, vendor;
