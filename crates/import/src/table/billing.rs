//! What billing works with: windows of the day, what was handed out, what partners have on their lists.

use super::{REMOVE, TENANT, Table, VALID_FROM, column};
use crate::column::{Column, Kind, Need};

/// A column that has to be there and fills one of its own name.
macro_rules! required {
    ($name:literal, $kind:expr, $type:literal, $meaning:literal) => {
        Column { name: $name, kind: $kind, need: Need::Required, meaning: $meaning, fills: &[($name, $type)] }
    };
}

const TARIFF: Column = Column {
    name: "tariff",
    kind: Kind::Text(255),
    need: Need::Else(""),
    meaning: "tariff the window is part of; empty: of stations that name none",
    fills: &[("tariff", "LowCardinality(String)")],
};

const WEEKDAYS: Column = Column {
    name: "weekdays",
    kind: Kind::Weekdays,
    need: Need::Else("daily"),
    meaning: "local days of the week; empty: daily",
    fills: &[("weekdays", "Array(UInt8)")],
};

const FROM: Column = Column {
    name: "from",
    kind: Kind::Minute,
    need: Need::Required,
    meaning: "local time of day at which it begins",
    fills: &[("from_minute", "UInt16")],
};

const TO: Column = Column {
    name: "to",
    kind: Kind::Minute,
    need: Need::Required,
    meaning: "local time of day at which it is over, later than from: a window over midnight is two rows",
    fills: &[("to_minute", "UInt16")],
};

pub(super) const TARIFF_WINDOWS: Table = Table {
    name: "tariff_windows",
    stored: "tariff_window_rows",
    meaning: "windows of the local day by which energy is split; the rows of one tariff and valid_from are one plan",
    columns: &[
        TENANT,
        TARIFF,
        VALID_FROM,
        required!("name", Kind::Text(255), "LowCardinality(String)", "name of the window, as peak"),
        WEEKDAYS,
        FROM,
        TO,
        column!(
            "time_zone",
            Kind::Zone,
            "LowCardinality(Nullable(String))",
            "zone of the times; empty: that of the station, else UTC"
        ),
        REMOVE,
    ],
    key: &["tenant", "tariff", "valid_from", "name", "from_minute", "weekdays"],
    ordered: &[("from", "to", false)],
    reference: None,
};

const VERSION: Column = Column {
    name: "version",
    kind: Kind::Version,
    need: Need::Else("0"),
    meaning: "version of the record that was handed out; empty: not known",
    fills: &[("version", "UInt128")],
};

const COST: Kind = Kind::Decimal(-1_000_000_000, 1_000_000_000);

/// Classes of a record.
const CLASSES: Kind = Kind::Choice(&[
    "conflict",
    "no_start",
    "no_end_presumed",
    "open",
    "complete",
    "complete_permitted_gaps",
    "waiting",
    "incomplete",
]);

pub(super) const EXPORTS: Table = Table {
    name: "exports",
    stored: "export_rows",
    meaning: "record versions that were handed to billing",
    columns: &[
        TENANT,
        required!("record_id", Kind::Uuid, "UUID", "charge, as in transactions"),
        required!("channel", Kind::Text(255), "LowCardinality(String)", "where it was handed to, as ocpi"),
        VERSION,
        required!("exported_at", Kind::Time, "DateTime64(6, 'UTC')", "when it was handed out"),
        column!("cdr_id", Kind::Text(39), "Nullable(String)", "id of the CDR or invoice line"),
        column!("credits_cdr_id", Kind::Text(39), "Nullable(String)", "this is a credit of that CDR"),
        column!("energy_wh", Kind::Energy, "Nullable(Decimal(18, 6))", "energy as handed out, Wh"),
        column!("started_at", Kind::Time, "Nullable(DateTime64(6, 'UTC'))", "start as handed out"),
        column!("ended_at", Kind::Time, "Nullable(DateTime64(6, 'UTC'))", "end as handed out"),
        column!("class", CLASSES, "LowCardinality(Nullable(String))", "class as handed out"),
        column!("token_ref", Kind::Text(32), "Nullable(String)", "keyed hash of the token as handed out"),
        column!("cost", COST, "Nullable(Decimal(18, 6))", "cost excluding VAT, in currency"),
        column!("currency", Kind::Letters(3), "LowCardinality(Nullable(String))", "ISO 4217"),
        REMOVE,
    ],
    key: &["tenant", "record_id", "channel", "version"],
    ordered: &[("started_at", "ended_at", true)],
    reference: None,
};

const STATION: Column = Column {
    name: "station",
    kind: Kind::Station,
    need: Need::Optional,
    meaning: "station identity",
    fills: &[("station", "Nullable(String)"), ("station_raw", "Nullable(String)")],
};

pub(super) const PARTNER_CDRS: Table = Table {
    name: "partner_cdrs",
    stored: "partner_cdr_rows",
    meaning: "what a partner has on its list, for reconciliation",
    columns: &[
        TENANT,
        required!("partner", Kind::Text(255), "LowCardinality(String)", "whose list it is, as NL-ABC"),
        required!("cdr_id", Kind::Text(64), "String", "id in the list"),
        column!("record_id", Kind::Uuid, "Nullable(UUID)", "charge, where the partner repeats our id"),
        STATION,
        column!("evse_id", Kind::Whole(1, i32::MAX as i64), "Nullable(Int64)", "evse.id of OCPP"),
        column!("location_id", Kind::Text(36), "Nullable(String)", "OCPI location id"),
        column!("evse_uid", Kind::Text(36), "Nullable(String)", "OCPI evse_uid"),
        column!("contract_id", Kind::Text(36), "Nullable(String)", "contract (eMAID)"),
        column!("started_at", Kind::Time, "Nullable(DateTime64(6, 'UTC'))", "start"),
        column!("ended_at", Kind::Time, "Nullable(DateTime64(6, 'UTC'))", "end"),
        column!("energy_wh", Kind::Energy, "Nullable(Decimal(18, 6))", "energy, Wh"),
        column!("cost", COST, "Nullable(Decimal(18, 6))", "cost excluding VAT, in currency"),
        column!("currency", Kind::Letters(3), "LowCardinality(Nullable(String))", "ISO 4217"),
        column!(
            "status",
            Kind::Text(255),
            "LowCardinality(Nullable(String))",
            "what the partner made of it, its own words"
        ),
        column!("remark", Kind::Text(1_024), "Nullable(String)", "what the partner says about it"),
        REMOVE,
    ],
    key: &["tenant", "partner", "cdr_id"],
    ordered: &[("started_at", "ended_at", true)],
    reference: None,
};
