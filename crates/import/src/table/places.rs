//! Where charging happens: stations, EVSEs, connectors.

use super::{EVSE, REMOVE, STATION, TENANT, Table, VALID_FROM, column};
use crate::column::{Column, Kind, Need};

/// Longest free text, characters: what the longest OCPI text has.
const TEXT: Kind = Kind::Text(255);
/// Ids of OCPI, characters (CiString(36)).
const OCPI_ID: Kind = Kind::Text(36);

pub(super) const STATIONS: Table = Table {
    name: "stations",
    stored: "station_rows",
    meaning: "site, make, firmware, time zone and OCPI location of a station, from a moment on",
    columns: &[
        TENANT,
        STATION,
        VALID_FROM,
        column!("site", TEXT, "Nullable(String)", "site, the name that reports group by"),
        column!("vendor", TEXT, "LowCardinality(Nullable(String))", "vendor"),
        column!("model", TEXT, "LowCardinality(Nullable(String))", "model"),
        column!("firmware", TEXT, "LowCardinality(Nullable(String))", "firmware version"),
        column!("serial_number", TEXT, "Nullable(String)", "serial number"),
        column!("time_zone", Kind::Zone, "LowCardinality(Nullable(String))", "time zone of the site"),
        column!(
            "tariff",
            TEXT,
            "LowCardinality(Nullable(String))",
            "tariff of tariff_windows; empty: the one without a name"
        ),
        column!(
            "country_code",
            Kind::Letters(2),
            "LowCardinality(Nullable(String))",
            "OCPI country_code of the operator"
        ),
        column!(
            "party_id",
            Kind::Text(3),
            "LowCardinality(Nullable(String))",
            "OCPI party_id of the operator"
        ),
        column!("location_id", OCPI_ID, "Nullable(String)", "OCPI location id"),
        column!("location_name", TEXT, "Nullable(String)", "OCPI location name"),
        column!("address", Kind::Text(45), "Nullable(String)", "street and number"),
        column!("city", Kind::Text(45), "LowCardinality(Nullable(String))", "city"),
        column!("postal_code", Kind::Text(10), "Nullable(String)", "postal code"),
        column!("state", Kind::Text(20), "LowCardinality(Nullable(String))", "state or province"),
        column!(
            "country",
            Kind::Letters(3),
            "LowCardinality(Nullable(String))",
            "country, ISO 3166-1 alpha-3"
        ),
        column!("latitude", Kind::Decimal(-90, 90), "Nullable(Decimal(9, 6))", "degrees north"),
        column!("longitude", Kind::Decimal(-180, 180), "Nullable(Decimal(9, 6))", "degrees east"),
        REMOVE,
    ],
    key: &["tenant", "station", "valid_from"],
    ordered: &[],
    reference: None,
};

pub(super) const EVSES: Table = Table {
    name: "evses",
    stored: "evse_rows",
    meaning: "rating, meter and OCPI ids of an EVSE, from a moment on",
    columns: &[
        TENANT,
        STATION,
        EVSE,
        VALID_FROM,
        column!(
            "rated_power_w",
            Kind::Decimal(0, 10_000_000),
            "Nullable(Decimal(18, 6))",
            "highest power, W"
        ),
        column!(
            "rated_current_a",
            Kind::Decimal(0, 10_000),
            "Nullable(Decimal(18, 6))",
            "highest current per phase, A"
        ),
        column!("phases", Kind::Whole(1, 3), "Nullable(UInt8)", "phases connected; empty for DC"),
        column!("meter_id", TEXT, "Nullable(String)", "serial number of the billing meter"),
        column!(
            "meter_public_key",
            Kind::Text(4_096),
            "Nullable(String)",
            "public key of the meter as registered"
        ),
        column!("evse_uid", OCPI_ID, "Nullable(String)", "OCPI evse_uid"),
        column!("emi3_evse_id", Kind::Text(48), "Nullable(String)", "OCPI evse_id, as NL*ABC*E123"),
        column!("in_service", Kind::Bool, "Nullable(Bool)", "false: out of service; empty: in service"),
        REMOVE,
    ],
    key: &["tenant", "station", "evse_id", "valid_from"],
    ordered: &[],
    reference: None,
};

const CONNECTOR: Column = Column {
    name: "connector_id",
    kind: Kind::Whole(1, i32::MAX as i64),
    need: Need::Required,
    meaning: "evse.connectorId of OCPP",
    fills: &[("connector_id", "Int64")],
};

/// OCPI 2.2.1 and 2.3.0, ConnectorType.
const STANDARDS: Kind = Kind::Choice(&[
    "CHADEMO",
    "CHAOJI",
    "DOMESTIC_A",
    "DOMESTIC_B",
    "DOMESTIC_C",
    "DOMESTIC_D",
    "DOMESTIC_E",
    "DOMESTIC_F",
    "DOMESTIC_G",
    "DOMESTIC_H",
    "DOMESTIC_I",
    "DOMESTIC_J",
    "DOMESTIC_K",
    "DOMESTIC_L",
    "DOMESTIC_M",
    "DOMESTIC_N",
    "DOMESTIC_O",
    "GBT_AC",
    "GBT_DC",
    "IEC_60309_2_single_16",
    "IEC_60309_2_three_16",
    "IEC_60309_2_three_32",
    "IEC_60309_2_three_64",
    "IEC_62196_T1",
    "IEC_62196_T1_COMBO",
    "IEC_62196_T2",
    "IEC_62196_T2_COMBO",
    "IEC_62196_T3A",
    "IEC_62196_T3C",
    "MCS",
    "NEMA_5_20",
    "NEMA_6_30",
    "NEMA_6_50",
    "NEMA_10_30",
    "NEMA_10_50",
    "NEMA_14_30",
    "NEMA_14_50",
    "PANTOGRAPH_BOTTOM_UP",
    "PANTOGRAPH_TOP_DOWN",
    "SAE_J3400",
    "TESLA_R",
    "TESLA_S",
]);

/// OCPI 2.2.1, PowerType.
const POWER_TYPES: Kind = Kind::Choice(&["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"]);

pub(super) const CONNECTORS: Table = Table {
    name: "connectors",
    stored: "connector_rows",
    meaning: "plug of a connector as a CDR names it, from a moment on",
    columns: &[
        TENANT,
        STATION,
        EVSE,
        CONNECTOR,
        VALID_FROM,
        column!(
            "ocpi_connector_id",
            OCPI_ID,
            "Nullable(String)",
            "OCPI connector id; empty: the number of OCPP"
        ),
        column!("standard", STANDARDS, "LowCardinality(Nullable(String))", "OCPI ConnectorType"),
        column!(
            "format",
            Kind::Choice(&["SOCKET", "CABLE"]),
            "LowCardinality(Nullable(String))",
            "OCPI ConnectorFormat"
        ),
        column!("power_type", POWER_TYPES, "LowCardinality(Nullable(String))", "OCPI PowerType"),
        column!(
            "rated_power_w",
            Kind::Decimal(0, 10_000_000),
            "Nullable(Decimal(18, 6))",
            "highest power, W; empty: that of the EVSE"
        ),
        REMOVE,
    ],
    key: &["tenant", "station", "evse_id", "connector_id", "valid_from"],
    ordered: &[],
    reference: None,
};
