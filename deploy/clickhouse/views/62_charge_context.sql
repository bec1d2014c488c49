-- A charge among what stations do not say: where it was, on what hardware, whose token it was.

CREATE OR REPLACE VIEW charge_context
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge: join by it',
    as_at DateTime64(6, 'UTC') COMMENT 'Moment as of which all below is told: the start of the charge, else the best that is known of its time',
    known_station Bool COMMENT 'Whether the station was in the list of stations then',
    site Nullable(String) COMMENT 'Site of the station',
    vendor LowCardinality(Nullable(String)) COMMENT 'Vendor of the station',
    model LowCardinality(Nullable(String)) COMMENT 'Model of the station',
    firmware LowCardinality(Nullable(String)) COMMENT 'Firmware version',
    time_zone LowCardinality(String) COMMENT 'Time zone of the site; UTC where it is not known',
    start_day Nullable(Date) COMMENT 'Local day of the start',
    end_day Nullable(Date) COMMENT 'Local day of the end',
    tariff LowCardinality(Nullable(String)) COMMENT 'Tariff of the station, as in tariff_window_rows',
    country_code LowCardinality(Nullable(String)) COMMENT 'OCPI country_code of the operator',
    party_id LowCardinality(Nullable(String)) COMMENT 'OCPI party_id of the operator',
    location_id Nullable(String) COMMENT 'OCPI location id',
    location_name Nullable(String) COMMENT 'OCPI location name',
    address Nullable(String) COMMENT 'Street and number',
    city LowCardinality(Nullable(String)) COMMENT 'City',
    postal_code Nullable(String) COMMENT 'Postal code',
    state LowCardinality(Nullable(String)) COMMENT 'State or province',
    country LowCardinality(Nullable(String)) COMMENT 'Country, ISO 3166-1 alpha-3',
    latitude Nullable(Decimal(9, 6)) COMMENT 'Latitude, degrees',
    longitude Nullable(Decimal(9, 6)) COMMENT 'Longitude, degrees',
    rated_power_w Nullable(Decimal(18, 6)) COMMENT 'Highest power of the connector, else of the EVSE, W',
    meter_id Nullable(String) COMMENT 'Serial number of the billing meter',
    evse_uid Nullable(String) COMMENT 'OCPI evse_uid',
    emi3_evse_id Nullable(String) COMMENT 'OCPI evse_id',
    ocpi_connector_id Nullable(String) COMMENT 'OCPI connector id: of the connector that the charge names, else of the only one that the EVSE has',
    connector_standard LowCardinality(Nullable(String)) COMMENT 'OCPI ConnectorType of that connector',
    connector_format LowCardinality(Nullable(String)) COMMENT 'OCPI ConnectorFormat of that connector',
    connector_power_type LowCardinality(Nullable(String)) COMMENT 'OCPI PowerType of that connector',
    token_known Bool COMMENT 'Whether the token that started the charge is in the list of tokens',
    group_id Nullable(String) COMMENT 'Group of the token',
    contract_id Nullable(String) COMMENT 'Contract of the token',
    ownership LowCardinality(String) COMMENT 'own, roaming, unknown (a token that is in no list, or of which that is not told) or anonymous (no token, or one of type NoAuthorization or Central)',
    token_country_code LowCardinality(Nullable(String)) COMMENT 'OCPI country_code of the provider',
    token_party_id LowCardinality(Nullable(String)) COMMENT 'OCPI party_id of the provider',
    token_ocpi_type LowCardinality(Nullable(String)) COMMENT 'OCPI TokenType',
    auth_method LowCardinality(Nullable(String)) COMMENT 'OCPI AuthMethod: COMMAND for a charge that was started remotely, else that of the token'
)
AS
WITH if(s.time_zone IN (SELECT time_zone FROM system.time_zones), assumeNotNull(s.time_zone), 'UTC') AS zone
SELECT
    t.tenant AS tenant,
    t.station_key AS station_key,
    t.transaction_key AS transaction_key,
    t.instance AS instance,
    t.record_id AS record_id,
    t.as_at AS as_at,
    toBool(s.station != '') AS known_station,
    s.site AS site,
    s.vendor AS vendor,
    s.model AS model,
    s.firmware AS firmware,
    zone AS time_zone,
    toDateOrNull(formatDateTime(t.started_at, '%F', zone)) AS start_day,
    toDateOrNull(formatDateTime(t.ended_at, '%F', zone)) AS end_day,
    s.tariff AS tariff,
    s.country_code AS country_code,
    s.party_id AS party_id,
    s.location_id AS location_id,
    s.location_name AS location_name,
    s.address AS address,
    s.city AS city,
    s.postal_code AS postal_code,
    s.state AS state,
    s.country AS country,
    s.latitude AS latitude,
    s.longitude AS longitude,
    coalesce(c.rated_power_w, e.rated_power_w) AS rated_power_w,
    e.meter_id AS meter_id,
    e.evse_uid AS evse_uid,
    e.emi3_evse_id AS emi3_evse_id,
    coalesce(c.ocpi_connector_id, toString(t.connector)) AS ocpi_connector_id,
    c.standard AS connector_standard,
    c.format AS connector_format,
    c.power_type AS connector_power_type,
    toBool(k.token_ref != '') AS token_known,
    k.group_id AS group_id,
    k.contract_id AS contract_id,
    if(t.id_token_start IS NULL OR ifNull(t.id_token_start_type IN ('NoAuthorization', 'Central'), false), 'anonymous', toString(k.ownership)) AS ownership,
    k.country_code AS token_country_code,
    k.party_id AS token_party_id,
    k.ocpi_type AS token_ocpi_type,
    if(t.remote_start_id IS NOT NULL, 'COMMAND', k.auth_method) AS auth_method
FROM
(
    SELECT
        r.*,
        coalesce(r.started_at, r.started_at_estimate, r.ended_at, r.ended_at_estimate, r.first_received_at) AS as_at,
        coalesce(r.connector_id, o.connector_id) AS connector
    FROM transactions AS r
    LEFT ANY JOIN
    (
        SELECT tenant, station, evse_id, min(connector_rows.connector_id) AS connector_id
        FROM connector_rows FINAL
        GROUP BY tenant, station, evse_id
        HAVING uniqExact(connector_rows.connector_id) = 1
    ) AS o ON o.tenant = r.tenant AND o.station = r.station_key AND o.evse_id = r.evse_id
    SETTINGS join_use_nulls = 1
) AS t
ASOF LEFT JOIN (SELECT * FROM station_rows FINAL) AS s
    ON s.tenant = t.tenant AND s.station = t.station_key AND t.as_at >= s.valid_from
ASOF LEFT JOIN (SELECT * FROM evse_rows FINAL) AS e
    ON e.tenant = t.tenant AND e.station = t.station_key AND e.evse_id = t.evse_id AND t.as_at >= e.valid_from
ASOF LEFT JOIN (SELECT * FROM connector_rows FINAL) AS c
    ON c.tenant = t.tenant AND c.station = t.station_key AND c.evse_id = t.evse_id AND c.connector_id = t.connector AND t.as_at >= c.valid_from
ASOF LEFT JOIN (SELECT * FROM token_rows FINAL) AS k
    ON k.tenant = t.tenant AND k.token_ref = t.id_token_start_ref AND t.as_at >= k.valid_from
COMMENT 'One row per charge, with what was known of station, EVSE, connector and token when it started; NULL where nothing is';
