-- The stored rows. Analysts query the views (views/), never these tables.
--
-- Every table is ReplacingMergeTree: a row that is written twice, by a retry, a replay or a second process, is one row.
-- No column is made by the server (no DEFAULT now()), so the same input gives the same row at any time and anywhere.
-- Enum8 stands for the closed vocabularies of OCPP: one byte, checked on insert; 0 is a spelling outside the vocabulary.
-- ZSTD(1) for text that hardly repeats, Delta or DoubleDelta before ZSTD for numbers that grow along the sort key, NONE
-- for hashes, which no codec makes smaller.
-- Skip indexes serve the analysts' columns that are not in the sort key: the raw spelling of ids (the key has them
-- case-folded), the record_id and the time of receipt.

-- Sort key: the identity of a content, its widest scope first, so that one station's or one transaction's events are
-- neighbours on disk: what hydration, the record's trace and every lookup read.
-- Partition: month of the event time. It is equal in every copy of a content (Replacing merges within a partition only,
-- so FINAL may stop at its border), keeps merges of old months finished, and bounds a lookup by the months that a record
-- names. Broken clocks share partition 0, or one insert would open a partition per event.
CREATE TABLE IF NOT EXISTS event_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant of the connection',
    station            String COMMENT 'Station identity of the connection, ASCII case-folded' CODEC(ZSTD(1)),
    transaction_id     String COMMENT 'transactionInfo.transactionId, ASCII case-folded' CODEC(ZSTD(1)),
    seq_no             Int64 COMMENT 'seqNo as sent' CODEC(Delta, ZSTD(1)),
    content_hash       UInt128 COMMENT 'Hash of the message as a JSON value without the top-level member offline' CODEC(NONE),
    version            UInt128 COMMENT 'Replacing version: the earliest received copy of a content survives' CODEC(NONE),

    hash_algorithm     UInt8 COMMENT 'Number of the algorithm behind content_hash',
    core_hash          UInt128 COMMENT 'As content_hash without timestamps, customData and unknown members: equal core makes two contents variants of one event' CODEC(NONE),
    received_at        DateTime64(6, 'UTC') COMMENT 'Gateway clock when the earliest copy arrived' CODEC(DoubleDelta, ZSTD(1)),
    event_time         Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the event; NULL if it is missing, unreadable or outside what the column can hold' CODEC(ZSTD(1)),
    month              UInt32 COMMENT 'yyyymm of the event time read without a zone override, 0 if that is not within 2018-01 … 2039-12; equal in every copy, so it can be the partition' CODEC(ZSTD(1)),
    station_raw        String COMMENT 'Station identity as spelled by the connection' CODEC(ZSTD(1)),
    transaction_id_raw String COMMENT 'transactionId as sent' CODEC(ZSTD(1)),
    ocpp               Enum8('2.0.1' = 1, '2.1' = 2) COMMENT 'OCPP version of the connection',
    message_id         String COMMENT 'OCPP-J message id, or the feeder''s; never an identity' CODEC(ZSTD(1)),
    ingress            Enum8('unknown' = 0, 'http' = 1, 'http_batch' = 2, 'websocket' = 3) COMMENT 'Door the earliest copy came through',
    gateway            LowCardinality(String) COMMENT 'Gateway process that received the earliest copy',

    event_type         Enum8('Started' = 1, 'Updated' = 2, 'Ended' = 3) COMMENT 'eventType',
    trigger_reason     Enum8('Unknown' = 0, 'Authorized' = 1, 'CablePluggedIn' = 2, 'ChargingRateChanged' = 3, 'ChargingStateChanged' = 4, 'Deauthorized' = 5, 'EnergyLimitReached' = 6, 'EVCommunicationLost' = 7, 'EVConnectTimeout' = 8, 'MeterValueClock' = 9, 'MeterValuePeriodic' = 10, 'TimeLimitReached' = 11, 'Trigger' = 12, 'UnlockCommand' = 13, 'StopAuthorized' = 14, 'EVDeparted' = 15, 'EVDetected' = 16, 'RemoteStop' = 17, 'RemoteStart' = 18, 'AbnormalCondition' = 19, 'SignedDataReceived' = 20, 'ResetCommand' = 21, 'CostLimitReached' = 22, 'LimitSet' = 23, 'OperationModeChanged' = 24, 'RunningCost' = 25, 'SoCLimitReached' = 26, 'TariffChanged' = 27, 'TariffNotAccepted' = 28, 'TxResumed' = 29) COMMENT 'triggerReason; Unknown if missing or outside the vocabulary',
    trigger_reason_raw String COMMENT 'triggerReason as sent, only where its spelling differs from the vocabulary' CODEC(ZSTD(1)),
    offline            Bool COMMENT 'offline of the earliest copy; false where absent',
    phases_used        Nullable(Int64) COMMENT 'numberOfPhasesUsed' CODEC(ZSTD(1)),
    cable_max_current_a Nullable(Int64) COMMENT 'cableMaxCurrent, A' CODEC(ZSTD(1)),
    reservation_id     Nullable(Int64) COMMENT 'reservationId' CODEC(ZSTD(1)),
    preconditioning_status Nullable(Enum8('Unknown' = 1, 'Ready' = 2, 'NotReady' = 3, 'Preconditioning' = 4, 'Other' = 0)) COMMENT 'preconditioningStatus (2.1)' CODEC(ZSTD(1)),
    evse_sleep         Nullable(Bool) COMMENT 'evseSleep (2.1)' CODEC(ZSTD(1)),
    evse_id            Nullable(Int64) COMMENT 'evse.id; NULL stays NULL' CODEC(ZSTD(1)),
    connector_id       Nullable(Int64) COMMENT 'evse.connectorId; NULL stays NULL' CODEC(ZSTD(1)),
    id_token           Nullable(String) COMMENT 'idToken.idToken as sent' CODEC(ZSTD(1)),
    id_token_type      LowCardinality(String) COMMENT 'idToken.type as sent; empty where there is no token',
    id_token_ref       Nullable(String) COMMENT 'Keyed hash of the token for grouping' CODEC(ZSTD(1)),
    charging_state     Nullable(Enum8('Unknown' = 0, 'Charging' = 1, 'EVConnected' = 2, 'SuspendedEV' = 3, 'SuspendedEVSE' = 4, 'Idle' = 5)) COMMENT 'transactionInfo.chargingState' CODEC(ZSTD(1)),
    charging_state_raw String COMMENT 'chargingState as sent, only where its spelling differs from the vocabulary' CODEC(ZSTD(1)),
    time_spent_charging_s Nullable(Int64) COMMENT 'transactionInfo.timeSpentCharging, seconds' CODEC(ZSTD(1)),
    stopped_reason     Nullable(Enum8('Unknown' = 0, 'DeAuthorized' = 1, 'EmergencyStop' = 2, 'EnergyLimitReached' = 3, 'EVDisconnected' = 4, 'GroundFault' = 5, 'ImmediateReset' = 6, 'Local' = 7, 'LocalOutOfCredit' = 8, 'MasterPass' = 9, 'Other' = 10, 'OvercurrentFault' = 11, 'PowerLoss' = 12, 'PowerQuality' = 13, 'Reboot' = 14, 'Remote' = 15, 'SOCLimitReached' = 16, 'StoppedByEV' = 17, 'TimeLimitReached' = 18, 'Timeout' = 19, 'ReqEnergyTransferRejected' = 20)) COMMENT 'transactionInfo.stoppedReason; NULL where absent' CODEC(ZSTD(1)),
    stopped_reason_raw String COMMENT 'stoppedReason as sent, only where its spelling differs from the vocabulary' CODEC(ZSTD(1)),
    remote_start_id    Nullable(Int64) COMMENT 'transactionInfo.remoteStartId' CODEC(ZSTD(1)),
    operation_mode     LowCardinality(String) COMMENT 'transactionInfo.operationMode (2.1) as sent; empty where absent',
    tariff_id          Nullable(String) COMMENT 'transactionInfo.tariffId (2.1)' CODEC(ZSTD(1)),
    limit_cost         Nullable(Decimal(18, 6)) COMMENT 'transactionInfo.transactionLimit.maxCost (2.1), currency of the station' CODEC(ZSTD(1)),
    limit_energy_wh    Nullable(Decimal(18, 6)) COMMENT 'transactionLimit.maxEnergy (2.1), Wh' CODEC(ZSTD(1)),
    limit_time_s       Nullable(Int64) COMMENT 'transactionLimit.maxTime (2.1), seconds from the Started' CODEC(ZSTD(1)),
    limit_soc_percent  Nullable(Int64) COMMENT 'transactionLimit.maxSoC (2.1), percent' CODEC(ZSTD(1)),
    cost_currency      LowCardinality(String) COMMENT 'costDetails.totalCost.currency (2.1) as sent; empty where absent',
    cost_type          LowCardinality(String) COMMENT 'costDetails.totalCost.typeOfCost (2.1) as sent; empty where absent',
    cost_excl_tax      Nullable(Decimal(18, 6)) COMMENT 'costDetails.totalCost.total.exclTax (2.1), in cost_currency' CODEC(ZSTD(1)),
    cost_incl_tax      Nullable(Decimal(18, 6)) COMMENT 'costDetails.totalCost.total.inclTax (2.1), in cost_currency' CODEC(ZSTD(1)),
    cost_energy_wh     Nullable(Decimal(18, 6)) COMMENT 'costDetails.totalUsage.energy (2.1), Wh' CODEC(ZSTD(1)),
    cost_charging_s    Nullable(Int64) COMMENT 'costDetails.totalUsage.chargingTime (2.1), seconds' CODEC(ZSTD(1)),
    cost_idle_s        Nullable(Int64) COMMENT 'costDetails.totalUsage.idleTime (2.1), seconds' CODEC(ZSTD(1)),
    cost_reservation_s Nullable(Int64) COMMENT 'costDetails.totalUsage.reservationTime (2.1), seconds' CODEC(ZSTD(1)),
    cost_failed        Nullable(Bool) COMMENT 'costDetails.failureToCalculate (2.1)' CODEC(ZSTD(1)),
    cost_failure_reason Nullable(String) COMMENT 'costDetails.failureReason (2.1)' CODEC(ZSTD(1)),
    flags              Array(LowCardinality(String)) COMMENT 'Codes of what was wrong with the message, sorted',

    -- One Nested column in effect (arrays of one length under one prefix), spelled out because only then each part
    -- can have its COMMENT and CODEC. No LowCardinality inside: it tripled the cost of the insert.
    `meter_values.at` Array(Nullable(DateTime64(6, 'UTC'))) COMMENT 'timestamp of the meterValue element; NULL if missing or unreadable' CODEC(ZSTD(1)),
    `meter_values.value_text` Array(String) COMMENT 'value digit by digit as sent' CODEC(ZSTD(1)),
    `meter_values.value` Array(Nullable(Decimal(18, 6))) COMMENT 'value in the base unit of its measurand (Wh for energy); NULL if its unit is unknown or it does not fit' CODEC(ZSTD(1)),
    `meter_values.ulp` Array(Decimal(18, 6)) COMMENT 'one unit in the last place as sent, in the base unit' CODEC(ZSTD(1)),
    `meter_values.unit` Array(Enum8('unknown' = 0, 'Wh' = 1, 'varh' = 2, 'VAh' = 3, 'W' = 4, 'var' = 5, 'VA' = 6, 'A' = 7, 'V' = 8, 'Hz' = 9, 'Percent' = 10, 'Celsius' = 11, 's' = 12, 'none' = 13)) COMMENT 'base unit; unknown: outside the vocabulary' CODEC(ZSTD(1)),
    `meter_values.unit_text` Array(String) COMMENT 'unitOfMeasure.unit as sent; empty where absent' CODEC(ZSTD(1)),
    `meter_values.multiplier` Array(Int8) COMMENT 'unitOfMeasure.multiplier, power of ten' CODEC(ZSTD(1)),
    `meter_values.measurand` Array(Enum8('Unknown' = 0, 'Current.Export' = 1, 'Current.Import' = 2, 'Current.Offered' = 3, 'Energy.Active.Export.Register' = 4, 'Energy.Active.Import.Register' = 5, 'Energy.Reactive.Export.Register' = 6, 'Energy.Reactive.Import.Register' = 7, 'Energy.Active.Export.Interval' = 8, 'Energy.Active.Import.Interval' = 9, 'Energy.Active.Net' = 10, 'Energy.Reactive.Export.Interval' = 11, 'Energy.Reactive.Import.Interval' = 12, 'Energy.Reactive.Net' = 13, 'Energy.Apparent.Net' = 14, 'Energy.Apparent.Import' = 15, 'Energy.Apparent.Export' = 16, 'Frequency' = 17, 'Power.Active.Export' = 18, 'Power.Active.Import' = 19, 'Power.Factor' = 20, 'Power.Offered' = 21, 'Power.Reactive.Export' = 22, 'Power.Reactive.Import' = 23, 'SoC' = 24, 'Voltage' = 25, 'Current.Export.Offered' = 26, 'Current.Export.Minimum' = 27, 'Current.Import.Offered' = 28, 'Current.Import.Minimum' = 29, 'Display.PresentSOC' = 30, 'Display.MinimumSOC' = 31, 'Display.TargetSOC' = 32, 'Display.MaximumSOC' = 33, 'Display.RemainingTimeToMinimumSOC' = 34, 'Display.RemainingTimeToTargetSOC' = 35, 'Display.RemainingTimeToMaximumSOC' = 36, 'Display.ChargingComplete' = 37, 'Display.BatteryEnergyCapacity' = 38, 'Display.InletHot' = 39, 'Energy.Active.Import.CableLoss' = 40, 'Energy.Active.Import.LocalGeneration.Register' = 41, 'Energy.Active.Setpoint.Interval' = 42, 'EnergyRequest.Target' = 43, 'EnergyRequest.Minimum' = 44, 'EnergyRequest.Maximum' = 45, 'EnergyRequest.Minimum.V2X' = 46, 'EnergyRequest.Maximum.V2X' = 47, 'EnergyRequest.Bulk' = 48, 'Power.Active.Setpoint' = 49, 'Power.Active.Residual' = 50, 'Power.Export.Minimum' = 51, 'Power.Export.Offered' = 52, 'Power.Import.Offered' = 53, 'Power.Import.Minimum' = 54, 'Voltage.Minimum' = 55, 'Voltage.Maximum' = 56)) COMMENT 'measurand; absent means Energy.Active.Import.Register' CODEC(ZSTD(1)),
    `meter_values.measurand_text` Array(String) COMMENT 'measurand as sent, only where its spelling differs from the vocabulary' CODEC(ZSTD(1)),
    `meter_values.context` Array(Enum8('Unknown' = 0, 'Interruption.Begin' = 1, 'Interruption.End' = 2, 'Other' = 3, 'Sample.Clock' = 4, 'Sample.Periodic' = 5, 'Transaction.Begin' = 6, 'Transaction.End' = 7, 'Trigger' = 8)) COMMENT 'context; absent means Sample.Periodic' CODEC(ZSTD(1)),
    `meter_values.context_given` Array(Bool) COMMENT 'whether context was sent' CODEC(ZSTD(1)),
    `meter_values.phase` Array(Enum8('total' = 0, 'L1' = 1, 'L2' = 2, 'L3' = 3, 'N' = 4, 'L1-N' = 5, 'L2-N' = 6, 'L3-N' = 7, 'L1-L2' = 8, 'L2-L3' = 9, 'L3-L1' = 10, 'Unknown' = 11)) COMMENT 'phase; absent means the total' CODEC(ZSTD(1)),
    `meter_values.location` Array(Enum8('unmarked' = 0, 'Body' = 1, 'Cable' = 2, 'EV' = 3, 'Inlet' = 4, 'Outlet' = 5, 'Upstream' = 6, 'Unknown' = 7)) COMMENT 'location; absent stays unmarked' CODEC(ZSTD(1)),
    `meter_values.signed_meter_data` Array(String) COMMENT 'signedMeterValue.signedMeterData byte for byte; empty where absent' CODEC(ZSTD(1)),
    `meter_values.signing_method` Array(String) COMMENT 'signedMeterValue.signingMethod as sent' CODEC(ZSTD(1)),
    `meter_values.encoding_method` Array(String) COMMENT 'signedMeterValue.encodingMethod as sent' CODEC(ZSTD(1)),
    `meter_values.public_key` Array(String) COMMENT 'signedMeterValue.publicKey as sent' CODEC(ZSTD(1)),

    generation         UInt32 COMMENT 'Generation of the topic (table generations) of the earliest copy' CODEC(ZSTD(1)),
    kafka_partition    UInt32 COMMENT 'Kafka partition of the earliest copy' CODEC(ZSTD(1)),
    kafka_offset       UInt64 COMMENT 'Kafka offset of the earliest copy' CODEC(DoubleDelta, ZSTD(1)),
    raw                String COMMENT 'Bytes of the earliest copy exactly as received' CODEC(ZSTD(1)),

    INDEX station_spelling station_raw TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX transaction_spelling transaction_id_raw TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX received received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY month
ORDER BY (tenant, station, transaction_id, seq_no, content_hash)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row per distinct content of (tenant, station, transactionId, seqNo); holds nothing that depends on other events';

-- Sort key: a key only ever appears and never changes, so a record is revised by a row with a higher version and needs
-- no tombstone. No partition: the start of a charge may be learnt late, and the row would move out of reach of the one
-- it replaces.
CREATE TABLE IF NOT EXISTS transaction_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant of the connection',
    station            String COMMENT 'Station identity, ASCII case-folded' CODEC(ZSTD(1)),
    transaction_id     String COMMENT 'transactionId, ASCII case-folded' CODEC(ZSTD(1)),
    instance_key       Int64 COMMENT '0 for the first charge under this transactionId; µs event time of the opening Started for each later one' CODEC(ZSTD(1)),
    version            UInt128 COMMENT 'Grows with the set of contents of the whole transactionId; equal sets give equal rows' CODEC(NONE),

    part_of            Nullable(Int64) COMMENT 'Not NULL: this Started merely repeats the start of that instance_key and is no charge of its own' CODEC(ZSTD(1)),
    until              Int64 COMMENT 'µs event time at which the next charge under this transactionId begins; the largest Int64 for the last one' CODEC(ZSTD(1)),
    epoch_starts       Array(Tuple(at Int64, seq_no Int64, content_hash UInt128)) COMMENT 'First event of each epoch after the first, in scan order (µs event time, seqNo, content hash)' CODEC(ZSTD(1)),
    placed             Array(Tuple(content_hash UInt128, seq_no Int64, epoch UInt16)) COMMENT 'Contents of this charge without a usable event time, and the epoch each was placed in' CODEC(ZSTD(1)),
    lost               Array(Tuple(content_hash UInt128, seq_no Int64, variant Bool)) COMMENT 'Contents that do not count; variant: another telling of the content that does, no conflict' CODEC(ZSTD(1)),
    contents           UInt32 COMMENT 'Distinct contents of the whole transactionId behind this version' CODEC(ZSTD(1)),
    first_month        UInt32 COMMENT 'Lowest month among the dated event rows of the transactionId, 0 if none' CODEC(ZSTD(1)),
    last_month         UInt32 COMMENT 'Highest month among the dated event rows of the transactionId, 0 if none' CODEC(ZSTD(1)),
    undated            Bool COMMENT 'Whether the transactionId has event rows in month 0',

    station_raw        String COMMENT 'Station identity as spelled by the connection of the lowest event' CODEC(ZSTD(1)),
    transaction_id_raw String COMMENT 'transactionId as sent in the lowest event' CODEC(ZSTD(1)),
    record_id          UUID COMMENT 'The only key by which exports, corrections and CDRs refer to a charge' CODEC(NONE),
    class              Enum8('conflict' = 1, 'no_start' = 2, 'open' = 4, 'complete' = 5, 'complete_permitted_gaps' = 6, 'waiting' = 7) COMMENT 'Class as far as the events alone give it; the view adds what time decides',
    first_seq          Int64 COMMENT 'seqNo of the Started, else the lowest seen' CODEC(ZSTD(1)),
    last_seq           Int64 COMMENT 'seqNo of the Ended that counts, else the highest seen' CODEC(ZSTD(1)),
    epochs             UInt16 COMMENT 'Runs of seqNo in this charge, at least 1' CODEC(ZSTD(1)),
    events             UInt32 COMMENT 'Contents that count' CODEC(ZSTD(1)),
    offline_events     UInt32 COMMENT 'Contents that count and came with offline = true' CODEC(ZSTD(1)),
    conflicts          UInt32 COMMENT 'Contents that lost a conflict' CODEC(ZSTD(1)),
    missing_count      UInt64 COMMENT 'Exact number of missing seqNos' CODEC(ZSTD(1)),
    missing_ranges     Array(Tuple(epoch UInt16, first Int64, last Int64)) COMMENT 'Missing seqNos, at most 64 ranges' CODEC(ZSTD(1)),
    missing_truncated  Bool COMMENT 'Whether there are more ranges than missing_ranges holds',

    started_at         Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time of the Started; NULL if there is none or it is unusable' CODEC(ZSTD(1)),
    ended_at           Nullable(DateTime64(6, 'UTC')) COMMENT 'Event time of the Ended that counts; NULL if there is none or it is unusable' CODEC(ZSTD(1)),
    started_at_estimate Nullable(DateTime64(6, 'UTC')) COMMENT 'Best estimate of the start where started_at is NULL' CODEC(ZSTD(1)),
    ended_at_estimate  Nullable(DateTime64(6, 'UTC')) COMMENT 'Best estimate of the end where ended_at is NULL and an Ended exists' CODEC(ZSTD(1)),
    duration_s         Nullable(Decimal(18, 6)) COMMENT 'ended_at − started_at in seconds; NULL rather than negative' CODEC(ZSTD(1)),
    time_charging_s    Nullable(Decimal(18, 6)) COMMENT 'Seconds in state Charging' CODEC(ZSTD(1)),
    time_suspended_ev_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state SuspendedEV' CODEC(ZSTD(1)),
    time_suspended_evse_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state SuspendedEVSE' CODEC(ZSTD(1)),
    time_ev_connected_s Nullable(Decimal(18, 6)) COMMENT 'Seconds in state EVConnected' CODEC(ZSTD(1)),
    time_idle_s        Nullable(Decimal(18, 6)) COMMENT 'Seconds in state Idle' CODEC(ZSTD(1)),
    time_unknown_s     Nullable(Decimal(18, 6)) COMMENT 'Seconds whose state cannot be told' CODEC(ZSTD(1)),

    evse_id            Nullable(Int64) COMMENT 'First evse.id by (epoch, seqNo)' CODEC(ZSTD(1)),
    connector_id       Nullable(Int64) COMMENT 'First connectorId from an event that names the same EVSE' CODEC(ZSTD(1)),
    id_token_start     Nullable(String) COMMENT 'First token of an event that is no stop, as sent' CODEC(ZSTD(1)),
    id_token_start_type LowCardinality(String) COMMENT 'Its type; empty where there is none',
    id_token_start_ref Nullable(String) COMMENT 'Keyed hash of the start token for grouping' CODEC(ZSTD(1)),
    id_token_stop      Nullable(String) COMMENT 'Token that stopped the charge, as sent' CODEC(ZSTD(1)),
    id_token_stop_type LowCardinality(String) COMMENT 'Its type; empty where there is none',
    id_token_stop_ref  Nullable(String) COMMENT 'Keyed hash of the stop token for grouping' CODEC(ZSTD(1)),
    remote_start_id    Nullable(Int64) COMMENT 'First remoteStartId' CODEC(ZSTD(1)),
    reservation_id     Nullable(Int64) COMMENT 'First reservationId' CODEC(ZSTD(1)),
    phases_used        Array(Int64) COMMENT 'Every numberOfPhasesUsed reported, sorted' CODEC(ZSTD(1)),
    cable_max_current_a Nullable(Int64) COMMENT 'First cableMaxCurrent, A' CODEC(ZSTD(1)),
    reported_charging_s Nullable(Int64) COMMENT 'Last timeSpentCharging, seconds' CODEC(ZSTD(1)),
    operation_mode     LowCardinality(String) COMMENT 'First operationMode (2.1); empty where there is none',
    tariff_id          Nullable(String) COMMENT 'Last tariffId (2.1)' CODEC(ZSTD(1)),
    stopped_reason     LowCardinality(String) COMMENT 'Canonical stoppedReason; Local where the Ended has none; empty without Ended',
    stopped_reason_raw Nullable(String) COMMENT 'stoppedReason as sent' CODEC(ZSTD(1)),

    energy_wh          Nullable(Decimal(18, 6)) COMMENT 'Energy that may be billed, Wh; NULL where the rules give none' CODEC(ZSTD(1)),
    energy_method      LowCardinality(String) COMMENT 'How energy_wh was found; empty where it is NULL',
    energy_estimate_wh Nullable(Decimal(18, 6)) COMMENT 'Best estimate, Wh' CODEC(ZSTD(1)),
    energy_estimate_method LowCardinality(String) COMMENT 'How energy_estimate_wh was found; empty where it is NULL',
    register_begin_wh  Nullable(Decimal(18, 6)) COMMENT 'Begin reading behind energy_wh, Wh' CODEC(ZSTD(1)),
    register_end_wh    Nullable(Decimal(18, 6)) COMMENT 'End reading behind energy_wh, Wh' CODEC(ZSTD(1)),
    energy_export_wh   Nullable(Decimal(18, 6)) COMMENT 'Exported energy, Wh; NULL where no export register was reported' CODEC(ZSTD(1)),
    review             Array(LowCardinality(String)) COMMENT 'Why a human has to look, sorted',
    flags              Array(LowCardinality(String)) COMMENT 'Flags of the record and of its events, sorted',
    last_event_at      Nullable(DateTime64(6, 'UTC')) COMMENT 'Latest usable event time' CODEC(ZSTD(1)),
    last_register_wh   Nullable(Decimal(18, 6)) COMMENT 'Last import register reading seen, Wh' CODEC(ZSTD(1)),
    first_received_at  DateTime64(6, 'UTC') COMMENT 'Lowest received_at among the contents of this charge' CODEC(ZSTD(1)),
    last_received_at   DateTime64(6, 'UTC') COMMENT 'Highest received_at among the contents of this charge: when the record last changed' CODEC(ZSTD(1)),

    INDEX station_spelling station_raw TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX transaction_spelling transaction_id_raw TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX record record_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, station, transaction_id, instance_key)
COMMENT 'One current row per charge; a pure function of the set of its event rows';

-- Sort key: coordinates, the identity of a delivery; holes are found by reading in this order.
-- Partition: month of receipt, equal in every copy of a delivery, and the unit in which deliveries expire.
CREATE TABLE IF NOT EXISTS delivery_rows
(
    generation         UInt32 COMMENT 'Generation of the topic (table generations)' CODEC(Delta, ZSTD(1)),
    kafka_partition    UInt32 COMMENT 'Kafka partition' CODEC(Delta, ZSTD(1)),
    kafka_offset       UInt64 COMMENT 'Kafka offset' CODEC(DoubleDelta, ZSTD(1)),
    received_at        DateTime64(6, 'UTC') COMMENT 'received_at of this copy' CODEC(DoubleDelta, ZSTD(1)),
    month              UInt32 COMMENT 'yyyymm of received_at, 0 outside 2018-01 … 2039-12' CODEC(ZSTD(1)),
    tenant             LowCardinality(String) COMMENT 'Tenant of the key',
    station            String COMMENT 'Station of the key, ASCII case-folded' CODEC(ZSTD(1)),
    transaction_id     String COMMENT 'transactionId, ASCII case-folded; empty if it could not be read' CODEC(ZSTD(1)),
    seq_no             Nullable(Int64) COMMENT 'seqNo; NULL if it could not be read' CODEC(ZSTD(1)),
    content_hash       UInt128 COMMENT 'Content hash of this copy' CODEC(NONE),
    value_bytes        UInt32 COMMENT 'Size of the record''s value, bytes' CODEC(ZSTD(1)),
    quarantine_reason  LowCardinality(String) COMMENT 'First quarantine reason; empty where the record was accepted',

    INDEX received received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY month
ORDER BY (generation, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row per consumed Kafka record: the account';

-- Keyed and partitioned as delivery_rows, with which it is read together. Bytes are kept under a stronger codec: the
-- table is small, written seldom and read by people.
CREATE TABLE IF NOT EXISTS quarantine_rows
(
    generation         UInt32 COMMENT 'Generation of the topic (table generations)',
    kafka_partition    UInt32 COMMENT 'Kafka partition',
    kafka_offset       UInt64 COMMENT 'Kafka offset',
    received_at        DateTime64(6, 'UTC') COMMENT 'received_at of this copy',
    month              UInt32 COMMENT 'yyyymm of received_at, 0 outside 2018-01 … 2039-12',
    tenant             LowCardinality(String) COMMENT 'Tenant of the key; empty if the key could not be read',
    station            String COMMENT 'Station of the key, ASCII case-folded' CODEC(ZSTD(1)),
    station_raw        String COMMENT 'Station identity as spelled by the connection' CODEC(ZSTD(1)),
    reasons            Array(LowCardinality(String)) COMMENT 'Codes of what made the message unusable',
    message            String COMMENT 'What was expected and what came, for people' CODEC(ZSTD(1)),
    record_key         String COMMENT 'Key bytes of the Kafka record' CODEC(ZSTD(1)),
    headers            Array(Tuple(name String, value String)) COMMENT 'Headers of the Kafka record' CODEC(ZSTD(1)),
    raw                String COMMENT 'Value bytes exactly as received' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY month
ORDER BY (generation, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What is part of no transaction, byte for byte, with its reasons';

CREATE TABLE IF NOT EXISTS generations
(
    generation         UInt32 COMMENT 'Number in every coordinate',
    cluster_id         String COMMENT 'Kafka cluster id',
    topic              String COMMENT 'Topic name',
    topic_id           String COMMENT 'Kafka topic id: a topic that was created anew has another',
    partitions         UInt32 COMMENT 'Partition count, frozen at creation'
)
ENGINE = ReplacingMergeTree
ORDER BY (generation)
COMMENT 'Which topic a coordinate speaks of';

CREATE TABLE IF NOT EXISTS progress
(
    generation         UInt32 COMMENT 'Generation of the topic',
    kafka_partition    UInt32 COMMENT 'Kafka partition',
    written_at         DateTime64(6, 'UTC') COMMENT 'When this row was written, sink''s clock',
    next_offset        UInt64 COMMENT 'Every offset below it is written',
    watermark          DateTime64(6, 'UTC') COMMENT 'received_at up to which this partition is written; now, where it is at its log end'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (generation, kafka_partition)
COMMENT 'How far each partition is written; the lowest watermark is what time-dependent classes go by';

CREATE TABLE IF NOT EXISTS parameters
(
    name               LowCardinality(String) COMMENT 'Parameter',
    value              Float64 COMMENT 'Value',
    revision           UInt64 COMMENT 'The row with the highest revision counts',
    meaning            String COMMENT 'Unit and meaning'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (name)
COMMENT 'Numbers the views go by; change one by inserting a row with a higher revision';

-- Only names that are not there yet: a second run adds nothing and leaves an operator's value alone.
INSERT INTO parameters
SELECT name, value, revision, meaning
FROM values(
    'name String, value Float64, revision UInt64, meaning String',
    ('settle_after_s', 86400, 0, 'seconds without new content after which a record counts as settled'),
    ('stale_after_s', 86400, 0, 'seconds of silence after which an open charge is presumed to have ended'))
WHERE name NOT IN (SELECT name FROM parameters);
