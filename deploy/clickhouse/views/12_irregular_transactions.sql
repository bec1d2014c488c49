-- What the views below join with to find instance, epoch and role of an event.

CREATE OR REPLACE VIEW irregular_transactions
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station_key String COMMENT 'Station, case-folded',
    transaction_key String COMMENT 'transactionId, case-folded',
    opened_at Array(Int64) COMMENT 'For each charge after the first: event time of its opening Started, µs, ascending',
    epoch_starts Array(Tuple(at Int64, seq_no Int64, content_hash UInt128)) COMMENT 'First event of each epoch after the first, over all charges, in scan order',
    placed Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Events without a usable time',
    placed_in Array(Tuple(opened_at Int64, epoch UInt16)) COMMENT 'Where each of placed belongs',
    conflicts Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Contents that lost a conflict',
    variants Array(Tuple(content_hash UInt128, seq_no Int64)) COMMENT 'Contents that are another telling of one that counts'
)
AS
SELECT
    r.tenant AS tenant,
    r.station AS station_key,
    r.transaction_id AS transaction_key,
    arraySort(groupArrayIf(r.instance_key, r.instance_key != 0)) AS opened_at,
    arraySort(groupArrayArray(r.epoch_starts)) AS epoch_starts,
    groupArrayArray(arrayMap(p -> (p.content_hash, p.seq_no), r.placed)) AS placed,
    groupArrayArray(arrayMap(p -> (r.instance_key, p.epoch), r.placed)) AS placed_in,
    groupArrayArray(arrayMap(l -> (l.content_hash, l.seq_no), arrayFilter(l -> NOT l.variant, r.lost))) AS conflicts,
    groupArrayArray(arrayMap(l -> (l.content_hash, l.seq_no), arrayFilter(l -> l.variant, r.lost))) AS variants
FROM
(
    SELECT tenant, station, transaction_id, instance_key, epoch_starts, placed, lost
    FROM transaction_rows FINAL
    WHERE part_of IS NULL
        AND (instance_key != 0 OR notEmpty(epoch_starts) OR notEmpty(placed) OR notEmpty(lost))
) AS r
GROUP BY r.tenant, r.station, r.transaction_id
COMMENT 'The few transactionIds whose events are not simply charge 1, epoch 1, counting: what events, deliveries and transactions join with';
