-- What nobody could read as an event.

CREATE OR REPLACE VIEW quarantine
(
    tenant LowCardinality(String) COMMENT 'Tenant of the connection; empty if the record''s key could not be read',
    station String COMMENT 'Station identity, raw spelling',
    station_key String COMMENT 'Station, case-folded',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock',
    reasons Array(LowCardinality(String)) COMMENT 'Codes of what made the message unusable',
    message String COMMENT 'What was expected and what came, for people',
    headers Array(Tuple(name String, value String)) COMMENT 'Headers of the Kafka record',
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    redriven_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the record was last sent again; NULL: never',
    raw String COMMENT 'Bytes exactly as received'
)
AS
WITH (SELECT mapFromArrays(groupArray(generation), groupArray(topic)) FROM generations FINAL) AS topics
SELECT
    q.tenant AS tenant,
    q.station_raw AS station,
    q.station AS station_key,
    q.received_at AS received_at,
    q.reasons AS reasons,
    q.message AS message,
    q.headers AS headers,
    nullIf(topics[q.generation], '') AS kafka_topic,
    q.generation AS generation,
    q.kafka_partition AS kafka_partition,
    q.kafka_offset AS kafka_offset,
    CAST(NULL, 'Nullable(DateTime64(6, \'UTC\'))') AS redriven_at,
    q.raw AS raw
FROM quarantine_rows AS q FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'What is part of no transaction, byte for byte, and why';
