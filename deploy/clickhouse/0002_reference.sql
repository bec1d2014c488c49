-- What the stations do not say: where they stand, what they may deliver, whose a token is, and what billing was given.
-- `wattledger import` fills these tables from CSV files; views and questions join them and work on empty ones too.
--
-- Every table is ReplacingMergeTree(revision, removed): a row of the same key with a higher revision takes its place, so
-- a corrected file wins and the same file again changes nothing; a row with removed = 1 is gone from every FINAL.
-- The revision is made by the import, which writes only what differs from what stands there.
--
-- Dated tables (stations, evses, connectors, tokens) hold a row per change, not per day: a row counts from its
-- valid_from until the next one of the same thing, and for a charge the row that counts at its start. As a join:
--     ASOF LEFT JOIN … ON equal keys AND charge's start >= valid_from
-- valid_from stands last in their sort keys, so that the history of one thing is read in one piece. It is never NULL:
-- a file that does not give it speaks of all time, from 1970-01-01 on.
--
-- Ids are folded as in the tables of the events, and the spelling of the file is kept beside them. NULL is unknown.

CREATE TABLE IF NOT EXISTS station_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded',
    valid_from         DateTime64(6, 'UTC') COMMENT 'The row counts from here until the next one of the station; 1970-01-01: from the beginning',
    station_raw        String COMMENT 'Station identity as spelled in the file',
    site               Nullable(String) COMMENT 'Site the station belongs to, the name that reports group by',
    vendor             LowCardinality(Nullable(String)) COMMENT 'Vendor of the station',
    model              LowCardinality(Nullable(String)) COMMENT 'Model of the station',
    firmware           LowCardinality(Nullable(String)) COMMENT 'Firmware version',
    serial_number      Nullable(String) COMMENT 'Serial number of the station',
    time_zone          LowCardinality(Nullable(String)) COMMENT 'Time zone of the site, IANA name as Europe/Amsterdam; local days and tariff windows go by it',
    tariff             LowCardinality(Nullable(String)) COMMENT 'Which tariff of tariff_windows applies; NULL: the one without a name',
    country_code       LowCardinality(Nullable(String)) COMMENT 'OCPI country_code of the operator, ISO 3166-1 alpha-2',
    party_id           LowCardinality(Nullable(String)) COMMENT 'OCPI party_id of the operator',
    location_id        Nullable(String) COMMENT 'OCPI location id, at most 36 characters',
    location_name      Nullable(String) COMMENT 'OCPI location name',
    address            Nullable(String) COMMENT 'Street and number, at most 45 characters in a CDR',
    city               LowCardinality(Nullable(String)) COMMENT 'City',
    postal_code        Nullable(String) COMMENT 'Postal code',
    state              LowCardinality(Nullable(String)) COMMENT 'State or province',
    country            LowCardinality(Nullable(String)) COMMENT 'Country, ISO 3166-1 alpha-3 as in OCPI locations',
    latitude           Nullable(Decimal(9, 6)) COMMENT 'Latitude, degrees',
    longitude          Nullable(Decimal(9, 6)) COMMENT 'Longitude, degrees',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, station, valid_from)
COMMENT 'Stations as they were from a moment on: site, make and firmware, OCPI location';

-- An EVSE is what delivers to one vehicle at a time; what differs between its plugs stands in connector_rows, so that a
-- join by EVSE finds one row.
CREATE TABLE IF NOT EXISTS evse_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded',
    evse_id            Int64 COMMENT 'evse.id of OCPP, from 1',
    valid_from         DateTime64(6, 'UTC') COMMENT 'The row counts from here until the next one of the EVSE; 1970-01-01: from the beginning',
    station_raw        String COMMENT 'Station identity as spelled in the file',
    rated_power_w      Nullable(Decimal(18, 6)) COMMENT 'Highest power that the EVSE can deliver, W',
    rated_current_a    Nullable(Decimal(18, 6)) COMMENT 'Highest current per phase, A',
    phases             Nullable(UInt8) COMMENT 'Phases connected: 1 to 3; NULL for DC or unknown',
    meter_id           Nullable(String) COMMENT 'Serial number of the billing meter, OCPI meter_id',
    meter_public_key   Nullable(String) COMMENT 'Public key of the meter as registered, to check signed readings against',
    evse_uid           Nullable(String) COMMENT 'OCPI evse_uid, at most 36 characters',
    emi3_evse_id       Nullable(String) COMMENT 'OCPI evse_id, as NL*ABC*E123',
    in_service         Nullable(Bool) COMMENT 'false: out of service from valid_from on, not counted as available; NULL: in service',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, station, evse_id, valid_from)
COMMENT 'EVSEs as they were from a moment on: rating, meter, OCPI ids';

CREATE TABLE IF NOT EXISTS connector_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    station            String COMMENT 'Station identity, ASCII case-folded',
    evse_id            Int64 COMMENT 'evse.id of OCPP, from 1',
    connector_id       Int64 COMMENT 'evse.connectorId of OCPP, from 1',
    valid_from         DateTime64(6, 'UTC') COMMENT 'The row counts from here until the next one of the connector; 1970-01-01: from the beginning',
    station_raw        String COMMENT 'Station identity as spelled in the file',
    ocpi_connector_id  Nullable(String) COMMENT 'OCPI connector id; NULL: the number of OCPP',
    standard           LowCardinality(Nullable(String)) COMMENT 'OCPI ConnectorType, as IEC_62196_T2_COMBO',
    format             LowCardinality(Nullable(String)) COMMENT 'OCPI ConnectorFormat: SOCKET or CABLE',
    power_type         LowCardinality(Nullable(String)) COMMENT 'OCPI PowerType: AC_1_PHASE, AC_2_PHASE, AC_2_PHASE_SPLIT, AC_3_PHASE or DC',
    rated_power_w      Nullable(Decimal(18, 6)) COMMENT 'Highest power through this connector, W; NULL: that of the EVSE',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, station, evse_id, connector_id, valid_from)
COMMENT 'Connectors as they were from a moment on: what a CDR has to say of the plug';

-- Charges are joined by token_ref, which stands on transactions and events too and may be read by those who may not
-- read tokens; the key of the table is the token itself, because a change of the secret changes every reference.
CREATE TABLE IF NOT EXISTS token_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    token              String COMMENT 'idToken, ASCII case-folded: personal data',
    token_type         LowCardinality(String) COMMENT 'idToken.type, ASCII case-folded',
    valid_from         DateTime64(6, 'UTC') COMMENT 'The row counts from here until the next one of the token; 1970-01-01: from the beginning',
    token_raw          String COMMENT 'idToken as spelled in the file: personal data',
    token_type_raw     LowCardinality(String) COMMENT 'idToken.type as spelled in the file, as ISO14443 or eMAID',
    token_ref          String COMMENT 'Keyed hash of token and type: equals id_token_…_ref of charges and events with this token',
    group_id           Nullable(String) COMMENT 'Group, for charges that one member starts and another stops',
    contract_id        Nullable(String) COMMENT 'Contract (eMAID), OCPI contract_id, at most 36 characters: personal data',
    ownership          Enum8('unknown' = 0, 'own' = 1, 'roaming' = 2) COMMENT 'own: a customer of ours; roaming: of another provider',
    country_code       LowCardinality(Nullable(String)) COMMENT 'OCPI country_code of the provider, ISO 3166-1 alpha-2',
    party_id           LowCardinality(Nullable(String)) COMMENT 'OCPI party_id of the provider',
    issuer             LowCardinality(Nullable(String)) COMMENT 'OCPI issuer: company that issued the token',
    ocpi_type          LowCardinality(Nullable(String)) COMMENT 'OCPI TokenType: AD_HOC_USER, APP_USER, EMAID, OTHER or RFID',
    auth_method        LowCardinality(Nullable(String)) COMMENT 'OCPI AuthMethod by which it is authorised: AUTH_REQUEST, COMMAND or WHITELIST',
    whitelist          LowCardinality(Nullable(String)) COMMENT 'OCPI WhitelistType: ALWAYS, ALLOWED, ALLOWED_OFFLINE or NEVER',
    valid              Nullable(Bool) COMMENT 'false: blocked from valid_from on',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back',

    INDEX reference token_ref TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, token, token_type, valid_from)
COMMENT 'Tokens as they were from a moment on: group, contract, whose customer';

-- The rows of one (tenant, tariff, valid_from) are a plan and replace the plan before it as a whole: a window that is not
-- in the new plan is over. Hence valid_from stands before the window in the key.
CREATE TABLE IF NOT EXISTS tariff_window_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    tariff             LowCardinality(String) COMMENT 'Tariff the window is part of; empty: the one that applies where a station names none',
    valid_from         DateTime64(6, 'UTC') COMMENT 'The plan counts from here until the next one of the tariff; 1970-01-01: from the beginning',
    name               LowCardinality(String) COMMENT 'Name of the window, as peak; several windows may share it',
    from_minute        UInt16 COMMENT 'First minute of the local day, from 0',
    weekdays           Array(UInt8) COMMENT 'Local days of the week, 1 Monday to 7 Sunday, ascending',
    to_minute          UInt16 COMMENT 'Minute of the local day at which it is over, at most 1440; above from_minute',
    time_zone          LowCardinality(Nullable(String)) COMMENT 'Time zone of the minutes, IANA name; NULL: that of the station, else UTC',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, tariff, valid_from, name, from_minute, weekdays)
COMMENT 'Windows of the local day by which energy is split, as peak and night';

-- Key: a version of a record goes through a channel once, however often it is sent. record_id leads after tenant: what
-- is asked is what became of a charge.
CREATE TABLE IF NOT EXISTS export_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    record_id          UUID COMMENT 'Charge, as in transactions',
    channel            LowCardinality(String) COMMENT 'Where it was handed to, as ocpi or invoicing',
    version            UInt128 COMMENT 'Version of the record that was handed out; 0: not known',
    exported_at        DateTime64(6, 'UTC') COMMENT 'When it was handed out',
    cdr_id             Nullable(String) COMMENT 'Id of the CDR or invoice line, at most 39 characters',
    credits_cdr_id     Nullable(String) COMMENT 'OCPI credit_reference_id: this is a credit of that CDR; its figures are taken back',
    energy_wh          Nullable(Decimal(18, 6)) COMMENT 'Energy as handed out, Wh',
    started_at         Nullable(DateTime64(6, 'UTC')) COMMENT 'Start as handed out',
    ended_at           Nullable(DateTime64(6, 'UTC')) COMMENT 'End as handed out',
    class              LowCardinality(Nullable(String)) COMMENT 'Class of the record as handed out',
    token_ref          Nullable(String) COMMENT 'Keyed hash of the token as handed out',
    cost               Nullable(Decimal(18, 6)) COMMENT 'Cost as handed out, excluding VAT, in currency',
    currency           LowCardinality(Nullable(String)) COMMENT 'Currency, ISO 4217',
    revision           UInt64 COMMENT 'µs clock of the import or export that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, record_id, channel, version)
COMMENT 'What was handed to billing: the record versions that are out of our hands';

-- Key: an id is unique for its issuer only. A list that is delivered again replaces itself.
CREATE TABLE IF NOT EXISTS partner_cdr_rows
(
    tenant             LowCardinality(String) COMMENT 'Tenant',
    partner            LowCardinality(String) COMMENT 'Partner whose list it is, as NL-ABC',
    cdr_id             String COMMENT 'Id in the list: of the CDR that we sent, or the partner''s own',
    record_id          Nullable(UUID) COMMENT 'Charge, where the partner repeats our id; else it is found by cdr_id in exports, or by station and start',
    station            Nullable(String) COMMENT 'Station identity, ASCII case-folded',
    station_raw        Nullable(String) COMMENT 'Station identity as spelled in the list',
    evse_id            Nullable(Int64) COMMENT 'evse.id of OCPP',
    location_id        Nullable(String) COMMENT 'OCPI location id',
    evse_uid           Nullable(String) COMMENT 'OCPI evse_uid',
    contract_id        Nullable(String) COMMENT 'Contract (eMAID): personal data',
    started_at         Nullable(DateTime64(6, 'UTC')) COMMENT 'Start in the list',
    ended_at           Nullable(DateTime64(6, 'UTC')) COMMENT 'End in the list',
    energy_wh          Nullable(Decimal(18, 6)) COMMENT 'Energy in the list, Wh',
    cost               Nullable(Decimal(18, 6)) COMMENT 'Cost in the list, excluding VAT, in currency',
    currency           LowCardinality(Nullable(String)) COMMENT 'Currency, ISO 4217',
    status             LowCardinality(Nullable(String)) COMMENT 'What the partner made of it, as accepted or rejected; its own words',
    remark             Nullable(String) COMMENT 'What the partner says about it',
    revision           UInt64 COMMENT 'µs clock of the import that wrote the row; the highest counts',
    removed            UInt8 COMMENT '1: the row was taken back'
)
ENGINE = ReplacingMergeTree(revision, removed)
ORDER BY (tenant, partner, cdr_id)
COMMENT 'What a partner has on its list, for reconciliation with what we recorded and exported';
