-- Charges as CDRs of OCPI 2.2.1 and 2.3.0: the fields that ingestion can fill. Prices are made elsewhere.

CREATE OR REPLACE VIEW cdrs
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    record_id UUID COMMENT 'The charge, as in transactions',
    record_version UInt128 COMMENT 'Version of the record that this is made of; what is handed out notes it in exports',
    country_code LowCardinality(String) COMMENT 'Operator''s country_code',
    party_id LowCardinality(String) COMMENT 'Operator''s party_id',
    id String COMMENT 'record_id, 36 characters; a sent CDR is immutable, so who sends a correction gives it another',
    session_id String COMMENT 'record_id',
    start_date_time DateTime64(6, 'UTC') COMMENT 'Started of the charge',
    end_date_time DateTime64(6, 'UTC') COMMENT 'Ended of the charge',
    cdr_token Tuple(country_code Nullable(String), party_id Nullable(String), uid String, type Nullable(String), contract_id String) COMMENT 'uid is the idToken as received',
    auth_method LowCardinality(Nullable(String)) COMMENT 'AUTH_REQUEST, COMMAND or WHITELIST; NULL: not known',
    cdr_location Tuple(id String, name Nullable(String), address Nullable(String), city Nullable(String), postal_code Nullable(String), state Nullable(String), country Nullable(String), latitude Nullable(Decimal(9, 6)), longitude Nullable(Decimal(9, 6)), evse_uid Nullable(String), evse_id Nullable(String), connector_id Nullable(String), connector_standard Nullable(String), connector_format Nullable(String), connector_power_type Nullable(String)) COMMENT 'As at the start of the charge',
    meter_id Nullable(String) COMMENT 'Serial number of the meter as registered',
    currency LowCardinality(Nullable(String)) COMMENT 'Of the station''s own calculation (OCPP 2.1); NULL where it made none',
    tariff_id Nullable(String) COMMENT 'Tariff that the station applied (OCPP 2.1), else the one given to it',
    total_cost_excl_vat Nullable(Decimal(18, 6)) COMMENT 'Station''s own calculation (OCPP 2.1), not a price of ours',
    total_cost_incl_vat Nullable(Decimal(18, 6)) COMMENT 'The same with tax',
    total_energy Decimal(18, 4) COMMENT 'kWh, 4 decimals, as OCPI has numbers; energy_wh in transactions is exact',
    total_time Decimal(18, 4) COMMENT 'h',
    total_charging_time Nullable(Decimal(18, 4)) COMMENT 'h in state Charging; NULL where the states cannot be told',
    total_parking_time Nullable(Decimal(18, 4)) COMMENT 'h in which the vehicle did not ask for power (SuspendedEV); suspension by the EVSE is no parking',
    charging_periods Array(Tuple(start_date_time DateTime64(6, 'UTC'), dimensions Array(Tuple(type String, volume Decimal(18, 4))), tariff_window Nullable(String))) COMMENT 'At least one; ENERGY in kWh, TIME in h of charging, PARKING_TIME in h of SuspendedEV. Exact figures are in charging_periods, the view',
    signed_values Array(Tuple(nature String, at Nullable(DateTime64(6, 'UTC')), encoding_method Nullable(String), public_key Nullable(String), signed_data String)) COMMENT 'Signed readings byte for byte; nature Start, End or Intermediate by their context',
    signed_oversized Bool COMMENT 'Whether signed data are longer than OCPI takes: 5000 characters, 512 for a key',
    credit Bool COMMENT 'Always false: a credit takes back a CDR that was sent, see credit_reference_id',
    credit_reference_id Nullable(String) COMMENT 'CDR that was sent of this charge, says something else and is not credited: credit it before this one is sent',
    remark LowCardinality(Nullable(String)) COMMENT 'Why the charge stopped',
    last_updated DateTime64(6, 'UTC') COMMENT 'When the record last changed'
)
AS
SELECT
    t.tenant AS tenant,
    t.record_id AS record_id,
    t.version AS record_version,
    assumeNotNull(c.country_code) AS country_code,
    assumeNotNull(c.party_id) AS party_id,
    toString(t.record_id) AS id,
    toString(t.record_id) AS session_id,
    assumeNotNull(t.started_at) AS start_date_time,
    assumeNotNull(t.ended_at) AS end_date_time,
    CAST(
        (toString(c.token_country_code), toString(c.token_party_id), assumeNotNull(t.id_token_start), toString(c.token_ocpi_type), assumeNotNull(c.contract_id)),
        'Tuple(country_code Nullable(String), party_id Nullable(String), uid String, type Nullable(String), contract_id String)') AS cdr_token,
    c.auth_method AS auth_method,
    CAST(
        (assumeNotNull(c.location_id), c.location_name, c.address, toString(c.city), c.postal_code, toString(c.state), toString(c.country),
        c.latitude, c.longitude, c.evse_uid, c.emi3_evse_id, c.ocpi_connector_id, toString(c.connector_standard),
        toString(c.connector_format), toString(c.connector_power_type)),
        'Tuple(id String, name Nullable(String), address Nullable(String), city Nullable(String), postal_code Nullable(String), state Nullable(String), country Nullable(String), latitude Nullable(Decimal(9, 6)), longitude Nullable(Decimal(9, 6)), evse_uid Nullable(String), evse_id Nullable(String), connector_id Nullable(String), connector_standard Nullable(String), connector_format Nullable(String), connector_power_type Nullable(String))') AS cdr_location,
    c.meter_id AS meter_id,
    s.currency AS currency,
    coalesce(t.tariff_id, toString(c.tariff)) AS tariff_id,
    s.cost_excl_tax AS total_cost_excl_vat,
    s.cost_incl_tax AS total_cost_incl_vat,
    -- in units of the last digit, 0.1 Wh and 0.36 s, to the nearest: a conversion to Decimal would cut off
    reinterpret(intDiv(reinterpretAsInt64(assumeNotNull(t.energy_wh)) + 50000, 100000), 'Decimal(18, 4)') AS total_energy,
    reinterpret(intDiv(dateDiff('microsecond', assumeNotNull(t.started_at), assumeNotNull(t.ended_at)) + 180000, 360000), 'Decimal(18, 4)') AS total_time,
    if(t.time_charging_s IS NULL, NULL, reinterpret(intDiv(reinterpretAsInt64(assumeNotNull(t.time_charging_s)) + 180000, 360000), 'Decimal(18, 4)')) AS total_charging_time,
    if(t.time_suspended_ev_s IS NULL, NULL, reinterpret(intDiv(reinterpretAsInt64(assumeNotNull(t.time_suspended_ev_s)) + 180000, 360000), 'Decimal(18, 4)')) AS total_parking_time,
    CAST(
        p.periods,
        'Array(Tuple(start_date_time DateTime64(6, \'UTC\'), dimensions Array(Tuple(type String, volume Decimal(18, 4))), tariff_window Nullable(String)))') AS charging_periods,
    CAST(
        g.signed,
        'Array(Tuple(nature String, at Nullable(DateTime64(6, \'UTC\')), encoding_method Nullable(String), public_key Nullable(String), signed_data String))') AS signed_values,
    toBool(arrayExists(v -> length(v.5) > 5000 OR length(ifNull(v.4, '')) > 512, g.signed)) AS signed_oversized,
    false AS credit,
    x.cdr_id AS credit_reference_id,
    t.stopped_reason AS remark,
    t.revised_at AS last_updated
FROM transactions AS t
INNER JOIN charge_context AS c ON c.tenant = t.tenant AND c.record_id = t.record_id
LEFT ANTI JOIN without_cdr AS n ON n.tenant = t.tenant AND n.record_id = t.record_id
LEFT ANY JOIN station_costs AS s ON s.tenant = t.tenant AND s.record_id = t.record_id
LEFT ANY JOIN
(
    -- what has been told up to each period is rounded, and a period is what it adds: the periods sum to the totals
    SELECT
        tenant, record_id,
        arrayMap(
            (p, energy, charging, parking) -> (p.2, arrayFilter(d -> d.2 != 0 OR d.1 = 'ENERGY', [
                ('ENERGY', reinterpret(energy, 'Decimal(18, 4)')),
                ('TIME', reinterpret(charging, 'Decimal(18, 4)')),
                ('PARKING_TIME', reinterpret(parking, 'Decimal(18, 4)'))]), p.6),
            told,
            arrayPopFront(arrayDifference(arrayMap(x -> intDiv(x + 50000, 100000), arrayPushFront(arrayCumSum(told.5), 0)))),
            arrayPopFront(arrayDifference(arrayMap(x -> intDiv(x + 180000, 360000), arrayPushFront(arrayCumSum(arrayMap(p -> if(p.4 = 'Charging', p.3, 0), told)), 0)))),
            arrayPopFront(arrayDifference(arrayMap(x -> intDiv(x + 180000, 360000), arrayPushFront(arrayCumSum(arrayMap(p -> if(p.4 = 'SuspendedEV', p.3, 0), told)), 0))))) AS periods
    FROM
    (
        SELECT
            tenant, record_id,
            arraySort(groupArray((position, charging_periods.start_date_time, toInt64(round(seconds * 1000000)), toString(charging_state),
                reinterpretAsInt64(energy_wh), toString(tariff_window)))) AS told
        FROM charging_periods
        GROUP BY tenant, record_id
    )
) AS p ON p.tenant = t.tenant AND p.record_id = t.record_id
LEFT ANY JOIN
(
    SELECT
        tenant, station_key, transaction_key, instance,
        arrayMap(v -> v.4, arraySort(v -> (v.1, v.2, v.3), groupArray((epoch, seq_no, position, (
            multiIf(context = 'Transaction.Begin', 'Start', context = 'Transaction.End', 'End', 'Intermediate'),
            meter_values.at, encoding_method, public_key, assumeNotNull(signed_meter_data)))))) AS signed
    FROM meter_values
    WHERE counts AND signed_meter_data IS NOT NULL
    GROUP BY tenant, station_key, transaction_key, instance
) AS g ON g.tenant = t.tenant AND g.station_key = t.station_key AND g.transaction_key = t.transaction_key AND g.instance = t.instance
LEFT ANY JOIN
(
    SELECT tenant, record_id, argMax(exports.cdr_id, exported_at) AS cdr_id
    FROM exports
    WHERE notEmpty(changes) AND NOT credited AND exports.cdr_id IS NOT NULL
    GROUP BY tenant, record_id
) AS x ON x.tenant = t.tenant AND x.record_id = t.record_id
COMMENT 'One row per charge of which a CDR can be made; why the others have none is in without_cdr';
