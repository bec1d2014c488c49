-- Do records, exported CDRs and the partners' lists agree? missing, extra and different ones; agreeing ones are counted.
SELECT
    finding, partner,
    count() AS charges,
    sum(recorded_wh) / 1000 AS recorded_kwh, sum(exported_wh) / 1000 AS exported_kwh, sum(listed_wh) / 1000 AS listed_kwh,
    arraySlice(arraySort(groupArrayIf(ifNull(cdr_id, toString(record_id)), finding != 'agrees')), 1, 10) AS first_ten
FROM reconciliation
GROUP BY finding, partner
ORDER BY finding, partner;
