-- A charge as a curve: power, energy so far and state of charge over time.

CREATE OR REPLACE VIEW charging_curve
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    at DateTime64(6, 'UTC') COMMENT 'Moment, by the time of the meter values',
    power_kw Nullable(Float64) COMMENT 'Power that the station reported, kW: Power.Active.Import of the outlet or without a location, the total, else the sum of its phases',
    mean_power_kw Nullable(Float64) COMMENT 'Mean power since the reading before, kW, from the billed register; NULL where no reading ends here',
    energy_kwh Nullable(Float64) COMMENT 'Energy from the begin of the charge, kWh, from the billed register; NULL where no reading stands here',
    soc_percent Nullable(Float64) COMMENT 'State of charge of the vehicle, percent; NULL where not told'
)
AS
SELECT
    tenant, station_key, transaction_key, instance, at,
    max(power) / 1000 AS power_kw,
    max(mean_power) / 1000 AS mean_power_kw,
    max(energy) / 1000 AS energy_kwh,
    max(soc) AS soc_percent
FROM
(
    SELECT
        tenant, station_key, transaction_key, instance, at,
        toFloat64(if(countIf(measurand != 'SoC' AND phase = 'total') > 0,
            maxOrNullIf(reading, measurand != 'SoC' AND phase = 'total'),
            sumOrNullIf(reading, measurand != 'SoC' AND phase IN ('L1', 'L2', 'L3')))) AS power,
        CAST(NULL, 'Nullable(Float64)') AS mean_power,
        CAST(NULL, 'Nullable(Float64)') AS energy,
        toFloat64(maxOrNullIf(reading, measurand = 'SoC')) AS soc
    FROM
    (
        -- one value per moment, measurand and phase: the earliest telling
        SELECT
            tenant, station_key, transaction_key, instance, measurand, phase, assumeNotNull(meter_values.at) AS at,
            argMin(value_normalised, (epoch, seq_no, position)) AS reading
        FROM meter_values
        WHERE counts AND value_normalised IS NOT NULL AND meter_values.at >= '2018-01-01' AND meter_values.at < '2040-01-01'
            AND (measurand = 'SoC' OR measurand = 'Power.Active.Import' AND location IN ('Outlet', 'unmarked'))
        GROUP BY tenant, station_key, transaction_key, instance, measurand, phase, at
    )
    GROUP BY tenant, station_key, transaction_key, instance, at
    UNION ALL
    SELECT tenant, station_key, transaction_key, instance, assumeNotNull(to_at), NULL, mean_power_w, toFloat64(energy_until_wh), NULL
    FROM energy_intervals
    WHERE basis = 'readings'
    UNION ALL
    SELECT tenant, station_key, transaction_key, instance, assumeNotNull(from_at), NULL, NULL, 0, NULL
    FROM energy_intervals
    WHERE basis = 'readings' AND position = 1
)
GROUP BY tenant, station_key, transaction_key, instance, at
COMMENT 'One row per charge and moment at which power, register or state of charge was told';

CREATE OR REPLACE VIEW power_integrals
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    power_readings UInt64 COMMENT 'Moments at which power was told',
    power_seconds Float64 COMMENT 'From the first to the last of them, s',
    power_energy_wh Float64 COMMENT 'Integral of the power over that time, straight between neighbours, Wh'
)
AS
SELECT
    tenant, station_key, transaction_key, instance,
    length(told) AS power_readings,
    told[-1].1 - told[1].1 AS power_seconds,
    arraySum(arrayMap((x, y) -> (y.1 - x.1) * (x.2 + y.2) / 2 / 3.6, arrayPopBack(told), arrayPopFront(told))) AS power_energy_wh
FROM
(
    SELECT tenant, station_key, transaction_key, instance, arraySort(groupArray((toUnixTimestamp64Micro(at) / 1e6, assumeNotNull(power_kw)))) AS told
    FROM charging_curve
    WHERE power_kw IS NOT NULL
    GROUP BY tenant, station_key, transaction_key, instance
) AS charge
COMMENT 'One row per charge with reported power: what the energy should be by it';
