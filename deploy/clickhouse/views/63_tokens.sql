-- Tokens of the list, for those who may read references only as for those who may read tokens.

CREATE OR REPLACE VIEW tokens
(
    tenant LowCardinality(String) COMMENT 'Tenant',
    token_ref String COMMENT 'Keyed hash of token and type: join it with id_token_…_ref of transactions and id_token_ref of events',
    valid_from DateTime64(6, 'UTC') COMMENT 'The row counts from here until the next one of the token; 1970-01-01: from the beginning',
    token String COMMENT 'idToken as spelled in the list: personal data',
    token_type LowCardinality(String) COMMENT 'idToken.type as spelled in the list',
    group_id Nullable(String) COMMENT 'Group of tokens that may stop each other''s charges',
    contract_id Nullable(String) COMMENT 'Contract (eMAID): personal data',
    ownership LowCardinality(String) COMMENT 'own, roaming or unknown',
    country_code LowCardinality(Nullable(String)) COMMENT 'OCPI country_code of the provider',
    party_id LowCardinality(Nullable(String)) COMMENT 'OCPI party_id of the provider',
    issuer LowCardinality(Nullable(String)) COMMENT 'Company that issued the token',
    ocpi_type LowCardinality(Nullable(String)) COMMENT 'OCPI TokenType',
    auth_method LowCardinality(Nullable(String)) COMMENT 'OCPI AuthMethod by which it is authorised',
    whitelist LowCardinality(Nullable(String)) COMMENT 'OCPI WhitelistType',
    valid Nullable(Bool) COMMENT 'false: blocked from valid_from on'
)
AS
SELECT
    t.tenant AS tenant,
    t.token_ref AS token_ref,
    t.valid_from AS valid_from,
    t.token_raw AS token,
    t.token_type_raw AS token_type,
    t.group_id AS group_id,
    t.contract_id AS contract_id,
    toString(t.ownership) AS ownership,
    t.country_code AS country_code,
    t.party_id AS party_id,
    t.issuer AS issuer,
    t.ocpi_type AS ocpi_type,
    t.auth_method AS auth_method,
    t.whitelist AS whitelist,
    t.valid AS valid
FROM token_rows AS t FINAL
COMMENT 'One row per token of the list and moment from which it was so';
