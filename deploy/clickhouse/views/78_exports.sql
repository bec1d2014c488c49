-- What was handed to billing, and whether it still says what the record says.

CREATE OR REPLACE VIEW exports
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    record_id UUID COMMENT 'The charge',
    channel LowCardinality(String) COMMENT 'Where it was handed to',
    exported_version UInt128 COMMENT 'Version of the record that was handed out last; 0: not known',
    exported_at DateTime64(6, 'UTC') COMMENT 'When',
    cdr_id Nullable(String) COMMENT 'Id of the CDR or invoice line',
    credited Bool COMMENT 'Whether a credit of that CDR was handed out after it',
    exported_energy_wh Nullable(Decimal(18, 6)) COMMENT 'Energy as handed out, Wh',
    exported_started_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Start as handed out',
    exported_ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'End as handed out',
    exported_class LowCardinality(Nullable(String)) COMMENT 'Class as handed out',
    exported_token_ref Nullable(String) COMMENT 'Keyed hash of the token as handed out',
    exported_cost Nullable(Decimal(18, 6)) COMMENT 'Cost as handed out, excluding VAT',
    currency LowCardinality(Nullable(String)) COMMENT 'Its currency',
    station Nullable(String) COMMENT 'Station of the record, raw spelling; NULL: there is no such record, or no longer',
    transaction_id Nullable(String) COMMENT 'transactionId of the record, raw spelling',
    version Nullable(UInt128) COMMENT 'Version that the record has now',
    revised_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the record last changed',
    class LowCardinality(Nullable(String)) COMMENT 'Class that the record has now',
    energy_wh Nullable(Decimal(18, 6)) COMMENT 'Energy that the record says now, Wh',
    energy_change_wh Nullable(Decimal(18, 6)) COMMENT 'energy_wh − exported_energy_wh',
    changes Array(LowCardinality(String)) COMMENT 'What no longer agrees, of what was handed out: energy, class, started_at, ended_at, token; record where there is none. Not empty and not credited: a credit CDR is due'
)
AS
SELECT
    x.tenant AS tenant, x.record_id AS record_id, x.channel AS channel,
    x.last.version AS exported_version,
    x.last.exported_at AS exported_at,
    x.last.cdr_id AS cdr_id,
    toBool(ifNull(has(x.credits, x.last.cdr_id), false)) AS credited,
    x.last.energy_wh AS exported_energy_wh,
    x.last.started_at AS exported_started_at,
    x.last.ended_at AS exported_ended_at,
    x.last.class AS exported_class,
    x.last.token_ref AS exported_token_ref,
    x.last.cost AS exported_cost,
    x.last.currency AS currency,
    t.station AS station,
    t.transaction_id AS transaction_id,
    t.version AS version,
    t.revised_at AS revised_at,
    t.class AS class,
    t.energy_wh AS energy_wh,
    t.energy_wh - x.last.energy_wh AS energy_change_wh,
    if(t.record_id IS NULL, ['record'], arrayFilter(change -> change != '', [
        if(x.last.energy_wh IS NOT NULL AND ifNull(t.energy_wh != x.last.energy_wh, true), 'energy', ''),
        if(x.last.class IS NOT NULL AND t.class != x.last.class, 'class', ''),
        if(x.last.started_at IS NOT NULL AND ifNull(t.started_at != x.last.started_at, true), 'started_at', ''),
        if(x.last.ended_at IS NOT NULL AND ifNull(t.ended_at != x.last.ended_at, true), 'ended_at', ''),
        if(x.last.token_ref IS NOT NULL AND ifNull(t.id_token_start_ref != x.last.token_ref, true), 'token', '')])) AS changes
FROM
(
    SELECT
        tenant, record_id, channel,
        argMaxIf(CAST(
            (version, exported_at, cdr_id, energy_wh, started_at, ended_at, class, token_ref, cost, currency),
            'Tuple(version UInt128, exported_at DateTime64(6, ''UTC''), cdr_id Nullable(String), energy_wh Nullable(Decimal(18, 6)),
             started_at Nullable(DateTime64(6, ''UTC'')), ended_at Nullable(DateTime64(6, ''UTC'')), class Nullable(String),
             token_ref Nullable(String), cost Nullable(Decimal(18, 6)), currency Nullable(String))'),
            (exported_at, version), credits_cdr_id IS NULL) AS last,
        groupUniqArray(credits_cdr_id) AS credits
    FROM export_rows FINAL
    GROUP BY tenant, record_id, channel
    HAVING countIf(credits_cdr_id IS NULL) > 0
) AS x
LEFT ANY JOIN transactions AS t ON t.tenant = x.tenant AND t.record_id = x.record_id
SETTINGS join_use_nulls = 1
COMMENT 'One row per charge and channel: what was handed out last, beside what the record says now';

CREATE OR REPLACE VIEW reconciliation
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    finding LowCardinality(String) COMMENT 'agrees · duplicate: on lists more than once · missing: billable, and handed out nowhere, or credited and not sent again · changed: handed out, and the record says otherwise now · not_listed: handed out, and on no list although one covers its start: that of the provider of its token, else any of the tenant · extra: on a list, and not handed out by us, or credited · differs: on a list with another energy (by more than 0.1 Wh, the last digit of OCPI)',
    partner LowCardinality(Nullable(String)) COMMENT 'Whose list, of several the last by name; NULL: on none',
    record_id Nullable(UUID) COMMENT 'The charge; NULL: nothing of the list fits one',
    cdr_id Nullable(String) COMMENT 'Id of the CDR, as handed out, else as listed',
    started_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Start, of the record, else of the list',
    recorded_wh Nullable(Decimal(18, 6)) COMMENT 'energy_wh of the record',
    exported_wh Nullable(Decimal(18, 6)) COMMENT 'Energy as handed out; NULL where that was credited',
    listed_wh Nullable(Decimal(18, 6)) COMMENT 'Energy on the list; of a duplicate the sum'
)
AS
SELECT
    g.tenant AS tenant,
    multiIf(
        g.listings > 1, 'duplicate',
        g.listed AND NOT g.exported, 'extra',
        g.listed AND ifNull(abs(g.exported_wh - g.listed_wh) > 0.1, false), 'differs',
        g.exported AND g.changed, 'changed',
        NOT g.exported, 'missing',
        NOT g.listed AND arrayExists(
            list -> ifNull(list.2 <= g.started_at AND g.started_at <= list.3, false),
            if(has(c.lists.1, p.provider), arrayFilter(list -> list.1 = p.provider, c.lists), c.lists)), 'not_listed',
        'agrees') AS finding,
    nullIf(g.partner, '') AS partner,
    if(startsWith(g.charge, 'cdr '), NULL, toUUIDOrNull(g.charge)) AS record_id,
    g.cdr_id AS cdr_id, g.started_at AS started_at,
    g.recorded_wh AS recorded_wh, g.exported_wh AS exported_wh, g.listed_wh AS listed_wh
FROM
(
    -- what three sources say of one charge
    SELECT
        tenant, charge,
        max(u.billable) AS billable, max(u.exported) AS exported, max(u.changed) AS changed, countIf(u.listed) AS listings, listings > 0 AS listed, max(u.partner) AS partner,
        coalesce(anyIf(u.cdr_id, u.exported), any(u.cdr_id)) AS cdr_id,
        coalesce(anyIf(u.started_at, NOT u.listed), any(u.started_at)) AS started_at,
        max(u.recorded_wh) AS recorded_wh, max(u.exported_wh) AS exported_wh, sumOrNull(u.listed_wh) AS listed_wh
    FROM
    (
        SELECT
            tenant, toString(record_id) AS charge, billable, false AS exported, false AS changed, false AS listed, '' AS partner,
            CAST(NULL, 'Nullable(String)') AS cdr_id, started_at, energy_wh AS recorded_wh,
            CAST(NULL, 'Nullable(Decimal(18, 6))') AS exported_wh, CAST(NULL, 'Nullable(Decimal(18, 6))') AS listed_wh
        FROM transactions
        UNION ALL
        -- what was credited is as if it had not been handed out
        SELECT
            tenant, toString(record_id), false, NOT credited, notEmpty(changes) AND NOT credited, false, '', cdr_id, exported_started_at, NULL,
            if(credited, NULL, exported_energy_wh), NULL
        FROM exports
        UNION ALL
        SELECT
            l.tenant, coalesce(
                toString(l.record_id), toString(x.record_id),
                -- the one charge of that EVSE, else the one whose EVSE is not told; among several it would be a guess
                if(length(arrayFilter(r -> ifNull(r.1 = l.evse_id, false), t.charges) AS named) > 0, if(length(named) = 1, toString(named[1].2), NULL),
                    if(length(arrayFilter(r -> r.1 IS NULL OR l.evse_id IS NULL, t.charges) AS open) = 1, toString(open[1].2), NULL)),
                concat('cdr ', l.partner, ' ', l.cdr_id)),
            false, false, false, true, toString(l.partner), toNullable(l.cdr_id), l.started_at, NULL, NULL, l.energy_wh
        FROM (SELECT * FROM partner_cdr_rows FINAL) AS l
        LEFT ANY JOIN (SELECT tenant, cdr_id, toNullable(any(exports.record_id)) AS record_id FROM exports WHERE cdr_id IS NOT NULL GROUP BY tenant, cdr_id) AS x
            ON x.tenant = l.tenant AND x.cdr_id = l.cdr_id
        LEFT ANY JOIN (SELECT tenant, station_key, started_at, groupArray((evse_id, record_id)) AS charges FROM transactions WHERE started_at IS NOT NULL GROUP BY ALL) AS t
            ON t.tenant = l.tenant AND t.station_key = l.station AND t.started_at = l.started_at
    ) AS u
    GROUP BY tenant, charge
    HAVING billable OR exported OR listed
) AS g
LEFT ANY JOIN
(
    SELECT tenant, groupArray((toString(partner), first_at, last_at)) AS lists
    FROM (SELECT tenant, partner, min(started_at) AS first_at, max(started_at) AS last_at FROM partner_cdr_rows FINAL GROUP BY tenant, partner)
    GROUP BY tenant
) AS c ON c.tenant = g.tenant
LEFT ANY JOIN
(
    SELECT tenant, toString(record_id) AS charge, concat(ifNull(toString(token_country_code), ''), '-', ifNull(toString(token_party_id), '')) AS provider
    FROM charge_context
) AS p ON p.tenant = g.tenant AND p.charge = g.charge
COMMENT 'One row per charge that is billable, was handed out or is on a partner''s list: do the three agree?';
