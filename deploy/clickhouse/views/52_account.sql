-- Whether everything that came is somewhere.

CREATE OR REPLACE VIEW account
(
    kafka_topic Nullable(String) COMMENT 'Topic',
    generation UInt32 COMMENT 'Generation of that topic',
    kafka_partition UInt32 COMMENT 'Partition',
    day Date COMMENT 'Day of receipt, UTC',
    received UInt64 COMMENT 'Kafka records consumed: stored + duplicate + conflict + quarantined + missing',
    stored UInt64 COMMENT 'Earliest copy of a content that counts',
    duplicate UInt64 COMMENT 'Further copies, and variants that do not count',
    conflict UInt64 COMMENT 'Earliest copy of a content that lost a conflict',
    quarantined UInt64 COMMENT 'Part of no transaction',
    missing UInt64 COMMENT 'Accepted, but without an event row; 0 is the promise',
    unaccounted UInt64 COMMENT 'Offsets between the first delivery and the mark of progress for which there is no row, counted on the day of the delivery before the hole; 0 is the promise'
)
AS
WITH
    -- one mark for what is received and for what is unaccounted for; taken before the tables are read, as in deliveries
    (SELECT mapFromArrays(
        groupArray(bitShiftLeft(toUInt64(generation), 32) + kafka_partition), groupArray(next_offset)) FROM progress FINAL) AS marks
SELECT
    a.kafka_topic AS kafka_topic,
    a.generation AS generation,
    a.kafka_partition AS kafka_partition,
    a.day AS day,
    a.received AS received,
    a.stored AS stored,
    a.duplicate AS duplicate,
    a.conflict AS conflict,
    a.quarantined AS quarantined,
    a.missing AS missing,
    h.holes AS unaccounted
FROM
(
    SELECT
        any(kafka_topic) AS kafka_topic,
        generation,
        kafka_partition,
        toDate(received_at) AS day,
        count() AS received,
        countIf(outcome = 'stored') AS stored,
        countIf(outcome = 'duplicate') AS duplicate,
        countIf(outcome = 'conflict') AS conflict,
        countIf(outcome = 'quarantined') AS quarantined,
        countIf(outcome = 'missing') AS missing
    FROM delivery_states
    WHERE kafka_offset < marks[bitShiftLeft(toUInt64(generation), 32) + kafka_partition]
    GROUP BY generation, kafka_partition, day
) AS a
LEFT ANY JOIN
(
    SELECT w.generation AS generation, w.kafka_partition AS kafka_partition, w.day AS day, sum(w.next - w.kafka_offset - 1) AS holes
    FROM
    (
        -- copies of a delivery are neighbours here and leave no hole (next = offset)
        SELECT
            d.generation AS generation,
            d.kafka_partition AS kafka_partition,
            d.kafka_offset AS kafka_offset,
            toDate(d.received_at) AS day,
            leadInFrame(d.kafka_offset, 1, marks[bitShiftLeft(toUInt64(d.generation), 32) + d.kafka_partition]) OVER (
                PARTITION BY d.generation, d.kafka_partition ORDER BY d.kafka_offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
        FROM delivery_rows AS d
        WHERE d.kafka_offset < marks[bitShiftLeft(toUInt64(d.generation), 32) + d.kafka_partition]
    ) AS w
    WHERE w.next > w.kafka_offset + 1
    GROUP BY w.generation, w.kafka_partition, w.day
) AS h ON h.generation = a.generation AND h.kafka_partition = a.kafka_partition AND h.day = a.day
COMMENT 'What was received and what became of it, per partition and day; unchanged by replays; up to where progress says that everything is written, about a second behind';
