-- What the stations calculated themselves (OCPP 2.1), beside our own figures. Neither corrects the other.

CREATE OR REPLACE VIEW station_costs
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    seq_no Int64 COMMENT 'seqNo of the event that told it: the last one with costDetails up to the end of the charge',
    final Bool COMMENT 'Whether that event is the Ended; otherwise the figures are running ones',
    currency LowCardinality(Nullable(String)) COMMENT 'Currency as sent, ISO 4217',
    cost_type LowCardinality(Nullable(String)) COMMENT 'NormalCost, MinCost or MaxCost, as sent',
    cost_excl_tax Nullable(Decimal(18, 6)) COMMENT 'Total without tax',
    cost_incl_tax Nullable(Decimal(18, 6)) COMMENT 'Total with tax',
    failed Nullable(Bool) COMMENT 'Whether the station says that it could not calculate',
    failure_reason Nullable(String) COMMENT 'Why, in its words',
    station_energy_wh Nullable(Decimal(18, 6)) COMMENT 'Energy that the station calculated with, Wh',
    energy_wh Nullable(Decimal(18, 6)) COMMENT 'Our figure, as in transactions',
    energy_difference_wh Nullable(Decimal(18, 6)) COMMENT 'station_energy_wh − energy_wh',
    station_charging_s Nullable(Int64) COMMENT 'chargingTime of the station, seconds; some mean the whole duration',
    time_charging_s Nullable(Decimal(18, 6)) COMMENT 'Our figure, as in transactions',
    charging_difference_s Nullable(Decimal(18, 6)) COMMENT 'station_charging_s − time_charging_s',
    station_idle_s Nullable(Int64) COMMENT 'idleTime of the station, seconds',
    station_reservation_s Nullable(Int64) COMMENT 'reservationTime of the station, seconds',
    cost_details Nullable(String) COMMENT 'costDetails as a whole, JSON: see events'
)
AS
SELECT
    t.tenant AS tenant, t.station AS station, t.transaction_id AS transaction_id, t.station_key AS station_key,
    t.transaction_key AS transaction_key, t.instance AS instance, t.record_id AS record_id,
    last.seq_no AS seq_no,
    toBool(last.event_type = 'Ended') AS final,
    last.cost_currency AS currency,
    last.cost_type AS cost_type,
    last.cost_excl_tax AS cost_excl_tax,
    last.cost_incl_tax AS cost_incl_tax,
    last.cost_failed AS failed,
    last.cost_failure_reason AS failure_reason,
    last.cost_energy_wh AS station_energy_wh,
    t.energy_wh AS energy_wh,
    last.cost_energy_wh - t.energy_wh AS energy_difference_wh,
    last.cost_charging_s AS station_charging_s,
    t.time_charging_s AS time_charging_s,
    last.cost_charging_s - t.time_charging_s AS charging_difference_s,
    last.cost_idle_s AS station_idle_s,
    last.cost_reservation_s AS station_reservation_s,
    last.cost_details AS cost_details
FROM
(
    SELECT
        tenant, station_key, transaction_key, instance,
        arraySort(e -> (e.epoch, e.seq_no, e.event_type = 'Ended'), groupArray(CAST(
            (epoch, seq_no, event_type, cost_currency, cost_type, cost_excl_tax, cost_incl_tax, cost_failed, cost_failure_reason,
             cost_energy_wh, cost_charging_s, cost_idle_s, cost_reservation_s, cost_details),
            'Tuple(epoch UInt32, seq_no Int64, event_type String, cost_currency Nullable(String), cost_type Nullable(String),
             cost_excl_tax Nullable(Decimal(18, 6)), cost_incl_tax Nullable(Decimal(18, 6)), cost_failed Nullable(Bool),
             cost_failure_reason Nullable(String), cost_energy_wh Nullable(Decimal(18, 6)), cost_charging_s Nullable(Int64),
             cost_idle_s Nullable(Int64), cost_reservation_s Nullable(Int64), cost_details Nullable(String))'))) AS told
    FROM events
    WHERE counts AND (cost_currency IS NOT NULL OR cost_energy_wh IS NOT NULL OR cost_failed IS NOT NULL)
    GROUP BY tenant, station_key, transaction_key, instance
) AS e
INNER JOIN transactions AS t USING (tenant, station_key, transaction_key, instance)
ARRAY JOIN [arrayLast(e -> e.epoch < t.epochs OR e.seq_no <= t.last_seq, told)] AS last
WHERE last.epoch > 0
COMMENT 'One row per charge whose events had costDetails';
