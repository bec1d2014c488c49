-- The clock of everything that time decides, and the parameters that go by it.

CREATE OR REPLACE VIEW watermark
(
    generation UInt32 COMMENT 'Current generation of the topic; 0 before the first',
    partitions UInt32 COMMENT 'Partitions of the topic',
    partitions_reporting UInt64 COMMENT 'Of those, how many have said how far they are written',
    watermark DateTime64(6, 'UTC') COMMENT 'received_at up to which every partition is written: the clock of everything that time decides; 1970-01-01 while a partition has not reported',
    settle_after_s Nullable(Float64) COMMENT 'Parameter: seconds without new content after which a record counts as settled',
    stale_after_s Nullable(Float64) COMMENT 'Parameter: seconds of silence after which an open charge is presumed to have ended',
    ask_again_after_s Nullable(Float64) COMMENT 'Parameter: seconds between an answer that nothing is left to send and the question that confirms it'
)
AS
WITH
    (SELECT (max(generation), argMax(partitions, generation)) FROM generations FINAL) AS current
SELECT
    current.1 AS generation,
    current.2 AS partitions,
    count() AS partitions_reporting,
    if(count() > 0 AND count() >= current.2, min(p.watermark), toDateTime64(0, 6, 'UTC')) AS watermark,
    (SELECT any(value) FROM parameters FINAL WHERE name = 'settle_after_s' HAVING count() > 0) AS settle_after_s,
    (SELECT any(value) FROM parameters FINAL WHERE name = 'stale_after_s' HAVING count() > 0) AS stale_after_s,
    (SELECT any(value) FROM parameters FINAL WHERE name = 'ask_again_after_s' HAVING count() > 0) AS ask_again_after_s
FROM progress AS p FINAL
WHERE p.generation = current.1
COMMENT 'One row: how far the account is written, and the parameters that go by it';
