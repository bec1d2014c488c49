//! Whose a token is.

use super::{REMOVE, TENANT, Table, VALID_FROM, column};
use crate::column::{Column, Kind, Need};

/// OCPP 2.1 gives an idToken 255 characters (2.0.1: 36).
const TOKEN: Column = Column {
    name: "token",
    kind: Kind::Token(255),
    need: Need::Required,
    meaning: "idToken as stations send it",
    fills: &[("token", "String"), ("token_raw", "String")],
};

const TYPE: Column = Column {
    name: "type",
    kind: Kind::Token(20),
    need: Need::Required,
    meaning: "idToken.type as stations send it, as ISO14443, eMAID or Central",
    fills: &[("token_type", "LowCardinality(String)"), ("token_type_raw", "LowCardinality(String)")],
};

const OWNERSHIP: Column = Column {
    name: "ownership",
    kind: Kind::Choice(&["unknown", "own", "roaming"]),
    need: Need::Else("unknown"),
    meaning: "own: a customer of ours; roaming: of another provider",
    fills: &[("ownership", "Enum8('unknown' = 0, 'own' = 1, 'roaming' = 2)")],
};

const OCPI_TYPES: Kind = Kind::Choice(&["AD_HOC_USER", "APP_USER", "EMAID", "OTHER", "RFID"]);
const AUTH_METHODS: Kind = Kind::Choice(&["AUTH_REQUEST", "COMMAND", "WHITELIST"]);
const WHITELISTS: Kind = Kind::Choice(&["ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"]);

pub(super) const TOKENS: Table = Table {
    name: "tokens",
    stored: "token_rows",
    meaning: "group, contract and provider of a token, from a moment on; needs the sink's token_key",
    columns: &[
        TENANT,
        TOKEN,
        TYPE,
        VALID_FROM,
        column!(
            "group_id",
            Kind::Text(255),
            "Nullable(String)",
            "group of tokens that may stop each other's charges"
        ),
        column!("contract_id", Kind::Text(36), "Nullable(String)", "contract (eMAID), OCPI contract_id"),
        OWNERSHIP,
        column!(
            "country_code",
            Kind::Letters(2),
            "LowCardinality(Nullable(String))",
            "OCPI country_code of the provider"
        ),
        column!(
            "party_id",
            Kind::Text(3),
            "LowCardinality(Nullable(String))",
            "OCPI party_id of the provider"
        ),
        column!("issuer", Kind::Text(64), "LowCardinality(Nullable(String))", "OCPI issuer"),
        column!("ocpi_type", OCPI_TYPES, "LowCardinality(Nullable(String))", "OCPI TokenType"),
        column!(
            "auth_method",
            AUTH_METHODS,
            "LowCardinality(Nullable(String))",
            "OCPI AuthMethod by which it is authorised"
        ),
        column!("whitelist", WHITELISTS, "LowCardinality(Nullable(String))", "OCPI WhitelistType"),
        column!("valid", Kind::Bool, "Nullable(Bool)", "false: blocked"),
        REMOVE,
    ],
    key: &["tenant", "token", "token_type", "valid_from"],
    ordered: &[],
    reference: Some(("token_ref", "String")),
};
