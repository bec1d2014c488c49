-- What the meters said.

CREATE OR REPLACE VIEW meter_values
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: leads the sort key, join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId that the event belongs to',
    epoch UInt32 COMMENT 'Run of seqNo inside the charge, from 1',
    seq_no Int64 COMMENT 'seqNo of the event',
    content_hash UInt128 COMMENT 'Content that the value stands in',
    counts Bool COMMENT 'Whether that content counts for its seqNo',
    event_type LowCardinality(String) COMMENT 'Started, Updated or Ended',
    event_time Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the event',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock, earliest copy',
    evse_id Nullable(Int64) COMMENT 'evse.id of the event; NULL where it names none',
    position UInt32 COMMENT 'Place of the value in its event, from 1',
    at Nullable(DateTime64(6, 'UTC')) COMMENT 'timestamp of the meterValue that the value stands in',
    measurand LowCardinality(String) COMMENT 'Measurand; absent means Energy.Active.Import.Register',
    measurand_text Nullable(String) COMMENT 'Measurand as sent, where that is not the canonical spelling',
    phase LowCardinality(String) COMMENT 'Phase; total where absent',
    location LowCardinality(String) COMMENT 'Location; unmarked where absent',
    context LowCardinality(String) COMMENT 'Context; absent means Sample.Periodic',
    context_given Bool COMMENT 'Whether the context was sent',
    value_text String COMMENT 'Value digit by digit as sent',
    unit LowCardinality(String) COMMENT 'Base unit of value_normalised; unknown if outside the vocabulary',
    unit_text Nullable(String) COMMENT 'Unit as sent; NULL where absent',
    multiplier Int8 COMMENT 'Multiplier as sent, power of ten',
    value_normalised Nullable(Decimal(18, 6)) COMMENT 'Value in the base unit (Wh, W, A, …); NULL if the unit is unknown or it does not fit',
    ulp Decimal(18, 6) COMMENT 'One unit in the last place of the value as sent, in the base unit: what rounding may change',
    signed_meter_data Nullable(String) COMMENT 'Signed data byte for byte; NULL where absent',
    signing_method Nullable(String) COMMENT 'Signing method as sent',
    encoding_method Nullable(String) COMMENT 'Encoding method as sent',
    public_key Nullable(String) COMMENT 'Public key as sent'
)
AS
SELECT
    tenant, station, transaction_id, station_key, transaction_key, instance, epoch, seq_no, content_hash, counts,
    event_type, event_time, received_at, evse_id,
    position,
    meter_values.at AS at,
    meter_values.measurand AS measurand,
    meter_values.measurand_text AS measurand_text,
    meter_values.phase AS phase,
    meter_values.location AS location,
    meter_values.context AS context,
    meter_values.context_given AS context_given,
    meter_values.value_text AS value_text,
    meter_values.unit AS unit,
    meter_values.unit_text AS unit_text,
    meter_values.multiplier AS multiplier,
    meter_values.value_normalised AS value_normalised,
    meter_values.ulp AS ulp,
    meter_values.signed_meter_data AS signed_meter_data,
    meter_values.signing_method AS signing_method,
    meter_values.encoding_method AS encoding_method,
    meter_values.public_key AS public_key
FROM events
ARRAY JOIN meter_values, arrayEnumerate(meter_values.value_text) AS position
COMMENT 'One row per sampled value of every event';
