-- Stations and EVSEs as they are now, which is at the watermark.

CREATE OR REPLACE VIEW stations
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity as spelled in the list of stations',
    station_key String COMMENT 'Station, case-folded: join by it',
    site Nullable(String) COMMENT 'Site',
    vendor LowCardinality(Nullable(String)) COMMENT 'Vendor',
    model LowCardinality(Nullable(String)) COMMENT 'Model',
    firmware LowCardinality(Nullable(String)) COMMENT 'Firmware version',
    time_zone LowCardinality(Nullable(String)) COMMENT 'Time zone',
    evses UInt64 COMMENT 'EVSEs in service',
    rated_power_w Nullable(Decimal(38, 6)) COMMENT 'Sum of their ratings, W'
)
AS
WITH (SELECT if(watermark = toDateTime64(0, 6, 'UTC'), toDateTime64('2299-12-31 00:00:00', 6, 'UTC'), watermark) FROM watermark) AS at
SELECT
    s.tenant AS tenant, s.last.1 AS station, s.station AS station_key,
    s.last.2 AS site, s.last.3 AS vendor, s.last.4 AS model, s.last.5 AS firmware, s.last.6 AS time_zone,
    e.evses AS evses,
    e.rated_power_w AS rated_power_w
FROM
(
    SELECT tenant, station, argMax((station_raw, site, vendor, model, firmware, time_zone), valid_from) AS last
    FROM station_rows FINAL
    WHERE valid_from <= at
    GROUP BY tenant, station
) AS s
LEFT ANY JOIN
(
    SELECT tenant, station, countIf(last.1) AS evses, sumIf(last.2, last.1) AS rated_power_w
    FROM
    (
        SELECT tenant, station, evse_id, argMax((ifNull(in_service, true), evse_rows.rated_power_w), valid_from) AS last
        FROM evse_rows FINAL
        WHERE valid_from <= at
        GROUP BY tenant, station, evse_id
    )
    GROUP BY tenant, station
) AS e ON e.tenant = s.tenant AND e.station = s.station
COMMENT 'One row per station of the list, as it is now; of all time while no watermark is known';
