-- Which charges can be billed today, and what holds back the others? A charge with several reasons stands under each.
SELECT
    arrayJoin(multiIf(
        billable, ['ready'],
        notEmpty(review), arrayMap(reason -> concat('review: ', reason), review),
        settled_at IS NULL, [concat('not settled: ', class)],
        energy_wh IS NULL, [concat('no energy: ', class)],
        [concat('class: ', class)])) AS state,
    count() AS charges,
    sum(energy_wh) / 1000 AS kwh,
    sum(energy_estimate_wh) / 1000 AS kwh_estimate
FROM transactions
GROUP BY state
ORDER BY charges DESC, state;
