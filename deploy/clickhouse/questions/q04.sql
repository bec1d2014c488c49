-- Per vendor, model and firmware: which share of the charges of each class can be billed?
SELECT
    vendor, model, firmware, class,
    count() AS charges,
    countIf(billable) AS billable_charges,
    round(billable_charges / charges, 4) AS billable_share
FROM transactions
LEFT ANY JOIN charge_context USING (tenant, record_id)
GROUP BY vendor, model, firmware, class
ORDER BY vendor, model, firmware, charges DESC, class;
