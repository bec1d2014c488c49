-- Per station: how much came offline, how late events arrive, and whether its clock drifts (the least delay of an event
-- that was not offline is clock error plus network; far from 0 or below it, the clock is wrong).
SELECT
    tenant, min(raw_station) AS station,
    count() AS events,
    round(countIf(offline) / events, 4) AS offline_share,
    quantileIf(0.5)(delay_s, offline) AS offline_delay_p50_s,
    quantileIf(0.99)(delay_s, offline) AS offline_delay_p99_s,
    quantileIf(0.5)(delay_s, NOT offline) AS online_delay_p50_s,
    minIf(delay_s, NOT offline) AS clock_error_s,
    min(delay_s) > 300 AS always_late
FROM (SELECT tenant, station AS raw_station, station_key, offline, dateDiff('microsecond', event_time, received_at) / 1e6 AS delay_s FROM events)
GROUP BY tenant, station_key
ORDER BY offline_share DESC, tenant, station;
