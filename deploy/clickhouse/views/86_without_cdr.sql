-- Why a charge has no CDR. Every charge is either here or in cdrs.

CREATE OR REPLACE VIEW without_cdr
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    station String COMMENT 'Station identity, raw spelling',
    transaction_id String COMMENT 'transactionId, raw spelling',
    station_key String COMMENT 'Station, case-folded: join by it',
    transaction_key String COMMENT 'transactionId, case-folded: join by it',
    instance UInt32 COMMENT 'Charge under this transactionId',
    record_id UUID COMMENT 'The charge',
    class LowCardinality(String) COMMENT 'Class of the record',
    energy_wh Nullable(Decimal(18, 6)) COMMENT 'Energy that would be billed, Wh',
    energy_estimate_wh Nullable(Decimal(18, 6)) COMMENT 'Best estimate, Wh: what is at stake',
    reasons Array(String) COMMENT 'Every reason: class: … (not one that is billed) · not_settled · energy_unknown · review: … · start_unknown · end_unknown · evse_unknown · evse_uid_unknown (the list of EVSEs has no evse_uid as of the start, which every CDR has to give) · station_unknown (not in the list of stations) · operator_unknown (no country_code or party_id) · location_unknown · token_missing · token_unknown (not in the list of tokens) · contract_unknown · rejected: … (a check of plausibility)'
)
AS
SELECT
    t.tenant AS tenant, t.station AS station, t.transaction_id AS transaction_id, t.station_key AS station_key,
    t.transaction_key AS transaction_key, t.instance AS instance, t.record_id AS record_id,
    t.class AS class,
    t.energy_wh AS energy_wh,
    t.energy_estimate_wh AS energy_estimate_wh,
    arrayConcat(
        arrayFilter(reason -> reason != '', [
            if(t.class IN ('complete', 'complete_permitted_gaps', 'incomplete'), '', concat('class: ', t.class)),
            if(t.settled_at IS NULL, 'not_settled', ''),
            if(t.energy_wh IS NULL, 'energy_unknown', ''),
            if(t.started_at IS NULL, 'start_unknown', ''),
            if(t.ended_at IS NULL, 'end_unknown', ''),
            if(t.evse_id IS NULL, 'evse_unknown', ''),
            if(t.evse_id IS NOT NULL AND c.evse_uid IS NULL, 'evse_uid_unknown', ''),
            if(c.known_station, '', 'station_unknown'),
            if(c.known_station AND (c.country_code IS NULL OR c.party_id IS NULL), 'operator_unknown', ''),
            if(c.known_station AND c.location_id IS NULL, 'location_unknown', ''),
            if(t.id_token_start IS NULL, 'token_missing', ''),
            if(t.id_token_start IS NOT NULL AND NOT c.token_known, 'token_unknown', ''),
            if(c.token_known AND c.contract_id IS NULL, 'contract_unknown', '')]),
        arrayMap(reason -> concat('review: ', reason), t.review),
        arrayMap(check -> concat('rejected: ', check), p.rejected)) AS reasons
FROM transactions AS t
LEFT ANY JOIN charge_context AS c ON c.tenant = t.tenant AND c.record_id = t.record_id
LEFT ANY JOIN
(
    SELECT tenant, record_id, arraySort(groupUniqArray(toString(check))) AS rejected
    FROM plausibility
    WHERE level = 'rejected'
    GROUP BY tenant, record_id
) AS p ON p.tenant = t.tenant AND p.record_id = t.record_id
WHERE notEmpty(reasons)
COMMENT 'One row per charge of which no CDR can be made, with every reason';
