-- How many remote starts and reservations became a charge, and how fast? Of charges whose request is not in
-- start_requests only the number is known.
SELECT
    kind,
    -- a station may name a request in two charges
    uniqExactIf((tenant, station_key, id), requested_at IS NOT NULL) AS requests,
    uniqExactIf((tenant, station_key, id), requested_at IS NOT NULL AND record_id IS NOT NULL) AS became_charges,
    round(became_charges / nullIf(requests, 0), 4) AS conversion,
    countIf(requested_at IS NULL) AS charges_without_request,
    quantileExact(0.5)(dateDiff('second', requested_at, started_at)) AS median_s_to_start
FROM
(
    SELECT tenant, station AS station_key, toString(kind) AS kind, toNullable(request_id) AS id, requested_at
    FROM start_requests FINAL
) AS requests
FULL JOIN
(
    SELECT tenant, station_key, record_id, started_at, request.1 AS kind, request.2 AS id
    FROM transactions
    ARRAY JOIN [('remote_start', remote_start_id), ('reservation', reservation_id)] AS request
    WHERE id IS NOT NULL
) AS charges USING (tenant, station_key, kind, id)
GROUP BY kind
ORDER BY kind
SETTINGS join_use_nulls = 1;
