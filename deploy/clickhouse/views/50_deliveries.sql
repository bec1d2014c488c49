-- What came out of Kafka, and what became of it.

CREATE OR REPLACE VIEW delivery_states
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock of this copy',
    tenant LowCardinality(String) COMMENT 'Tenant of the record''s key',
    station String COMMENT 'Station identity, raw spelling of the content''s row in events or quarantine; case-folded where there is none',
    transaction_id Nullable(String) COMMENT 'transactionId, raw spelling of the content''s row in events; case-folded where there is none, NULL if it could not be read',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key Nullable(String) COMMENT 'transactionId, case-folded: join by it',
    seq_no Nullable(Int64) COMMENT 'seqNo; NULL if it could not be read',
    content_hash UInt128 COMMENT 'Content of this copy',
    value_bytes UInt32 COMMENT 'Size of the record''s value, bytes',
    quarantine_reason LowCardinality(Nullable(String)) COMMENT 'First quarantine reason; NULL where the record was accepted',
    outcome LowCardinality(String) COMMENT 'stored, duplicate, conflict, quarantined, or missing, which is never to be seen'
)
AS
WITH (SELECT mapFromArrays(groupArray(generation), groupArray(topic)) FROM generations FINAL) AS topics
SELECT
    nullIf(topics[d.generation], '') AS kafka_topic,
    d.generation AS generation,
    d.kafka_partition AS kafka_partition,
    d.kafka_offset AS kafka_offset,
    d.received_at AS received_at,
    d.tenant AS tenant,
    multiIf(d.original_station != '', d.original_station, c.station_raw != '', c.station_raw, q.station_raw != '', q.station_raw, d.station) AS station,
    nullIf(multiIf(d.original, d.original_transaction_id, c.known, c.transaction_id_raw, d.transaction_id), '') AS transaction_id,
    d.station AS station_key,
    nullIf(d.transaction_id, '') AS transaction_key,
    d.seq_no AS seq_no,
    d.content_hash AS content_hash,
    d.value_bytes AS value_bytes,
    nullIf(d.quarantine_reason, '') AS quarantine_reason,
    multiIf(
        d.quarantine_reason != '', 'quarantined',
        NOT d.original AND NOT c.known, 'missing',
        NOT d.original OR has(t.variants, (d.content_hash, assumeNotNull(d.seq_no))), 'duplicate',
        has(t.conflicts, (d.content_hash, assumeNotNull(d.seq_no))), 'conflict',
        'stored') AS outcome
-- Is the content of a delivery that is no original in the events table? The contents stream past the few deliveries
-- that ask (`wanted`), and a runtime filter on those drops almost all before the join: 1 CPU second for one day of 3 M
-- events. The other way round, or with a condition in place of the NULL, every identity goes through the join.
-- transactionId and seqNo are part of the content, so its hash and the station identify it.
FROM (SELECT tenant, station, content_hash, station_raw, transaction_id_raw, true AS known FROM event_rows) AS c
RIGHT ANY JOIN
(
    SELECT
        d.*, o.original AS original, o.station_raw AS original_station, o.transaction_id_raw AS original_transaction_id,
        if(o.original OR d.quarantine_reason != '', NULL, d.content_hash) AS wanted
    -- copies of a delivery are equal in every column, so a filter on received_at may go before FINAL
    FROM (SELECT * FROM delivery_rows FINAL SETTINGS use_skip_indexes_if_final_exact_mode = 0) AS d
    -- received_at is equal in both, so a bound on it bounds both sides
    LEFT ANY JOIN
    (
        SELECT generation, kafka_partition, kafka_offset, received_at, station_raw, transaction_id_raw, true AS original
        FROM event_rows FINAL
    ) AS o
        ON o.generation = d.generation AND o.kafka_partition = d.kafka_partition AND o.kafka_offset = d.kafka_offset
        AND o.received_at = d.received_at
) AS d
    ON c.content_hash = d.wanted AND c.station = d.station AND c.tenant = d.tenant
LEFT ANY JOIN
(
    SELECT generation, kafka_partition, kafka_offset, station_raw FROM quarantine_rows
) AS q
    ON q.generation = d.generation AND q.kafka_partition = d.kafka_partition AND q.kafka_offset = d.kafka_offset
LEFT ANY JOIN irregular_transactions AS t
    ON t.tenant = d.tenant AND t.station_key = d.station AND t.transaction_key = d.transaction_id
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Every delivery row, those above the mark of progress too, whose event may not be there yet: what deliveries and account read';

CREATE OR REPLACE VIEW deliveries
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    received_at DateTime64(6, 'UTC') COMMENT 'Gateway clock of this copy',
    tenant LowCardinality(String) COMMENT 'Tenant of the record''s key',
    station String COMMENT 'Station identity, raw spelling of the content''s row in events or quarantine; case-folded where there is none',
    transaction_id Nullable(String) COMMENT 'transactionId, raw spelling of the content''s row in events; case-folded where there is none, NULL if it could not be read',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key Nullable(String) COMMENT 'transactionId, case-folded: join by it',
    seq_no Nullable(Int64) COMMENT 'seqNo; NULL if it could not be read',
    content_hash UInt128 COMMENT 'Content of this copy',
    value_bytes UInt32 COMMENT 'Size of the record''s value, bytes',
    quarantine_reason LowCardinality(Nullable(String)) COMMENT 'First quarantine reason; NULL where the record was accepted',
    outcome LowCardinality(String) COMMENT 'stored, duplicate, conflict, quarantined, or missing, which is never to be seen'
)
AS
WITH
    -- The tables are read through the view below, and a view is opened only after the scalars of the query that asks it
    -- are known: whatever lies below these marks was written before the tables are looked at.
    (SELECT mapFromArrays(
        groupArray(bitShiftLeft(toUInt64(generation), 32) + kafka_partition), groupArray(next_offset)) FROM progress FINAL) AS marks
SELECT *
FROM delivery_states
WHERE kafka_offset < marks[bitShiftLeft(toUInt64(generation), 32) + kafka_partition]
COMMENT 'One row per consumed Kafka record, and what became of it; up to where progress says that everything is written, about a second behind';
