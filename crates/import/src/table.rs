//! Which tables can be imported, and their columns: the one place that says so. The check, the SQL, `--columns` and the
//! help are made from it, and a test holds it against `deploy/clickhouse`.

mod billing;
mod places;
mod tokens;

use crate::column::{Column, Kind, Need};

/// A table that can be imported.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name on the command line, and of its view.
    pub name: &'static str,
    /// Name of the stored table.
    pub stored: &'static str,
    /// What it holds, for people.
    pub meaning: &'static str,
    /// Its columns, in the order of the header that `--columns` prints.
    pub columns: &'static [Column],
    /// Columns of the stored table that make a row's identity.
    pub key: &'static [&'static str],
    /// Pairs of columns of which the first has to lie before the second, or at it if `true`.
    pub ordered: &'static [(&'static str, &'static str, bool)],
    /// Column of the stored table that takes the reference of `token` and `type`.
    pub reference: Option<(&'static str, &'static str)>,
}

/// Every table that can be imported.
pub const TABLES: [&Table; 7] = [
    &places::STATIONS,
    &places::EVSES,
    &places::CONNECTORS,
    &tokens::TOKENS,
    &billing::TARIFF_WINDOWS,
    &billing::EXPORTS,
    &billing::PARTNER_CDRS,
];

impl Table {
    /// The table of a name, in which `-` stands for `_` too.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let name = name.replace('-', "_");
        TABLES.into_iter().find(|table| table.name == name)
    }

    /// Columns of the stored table that a file fills, with their types, in the order in which rows are sent.
    pub fn filled(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.columns
            .iter()
            .flat_map(|column| column.fills.iter().copied())
            .chain(self.reference)
            .chain([REMOVED])
    }

    /// Of those, the ones that are not part of the key.
    pub fn values(&self) -> impl Iterator<Item = &'static str> {
        self.filled().map(|(name, _)| name).filter(|name| !self.key.contains(name))
    }
}

/// Takes a row back; part of every table.
pub(crate) const REMOVED: (&str, &str) = ("removed", "UInt8");

/// Column `removed` of every file.
const REMOVE: Column = Column {
    name: "removed",
    kind: Kind::Bool,
    need: Need::Optional,
    meaning: "true takes back the row of this key",
    fills: &[],
};

const TENANT: Column = Column {
    name: "tenant",
    kind: Kind::Tenant,
    need: Need::Required,
    meaning: "tenant of the station's connection",
    fills: &[("tenant", "LowCardinality(String)")],
};

const STATION: Column = Column {
    name: "station",
    kind: Kind::Station,
    need: Need::Required,
    meaning: "identity by which the station connects",
    fills: &[("station", "String"), ("station_raw", "String")],
};

const EVSE: Column = Column {
    name: "evse_id",
    kind: Kind::Whole(1, i32::MAX as i64),
    need: Need::Required,
    meaning: "evse.id of OCPP",
    fills: &[("evse_id", "Int64")],
};

/// `valid_from`; absent: from the beginning.
const VALID_FROM: Column = Column {
    name: "valid_from",
    kind: Kind::Time,
    need: Need::Else("1970-01-01"),
    meaning: "from when on the row counts; empty: from the beginning",
    fills: &[("valid_from", "DateTime64(6, 'UTC')")],
};

/// A column that fills one of its own name.
const fn optional(
    name: &'static str,
    kind: Kind,
    meaning: &'static str,
    fills: &'static [(&'static str, &'static str)],
) -> Column {
    Column { name, kind, need: Need::Optional, meaning, fills }
}

/// An optional column: `text!("site", 255, "…")` fills a column of its own name, of a type by its kind.
macro_rules! column {
    ($name:literal, $kind:expr, $type:literal, $meaning:literal) => {
        $crate::table::optional($name, $kind, $meaning, &[($name, $type)])
    };
}
use column;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tables_are_found_by_their_names() {
        assert_eq!(Table::named("tariff-windows").map(|table| table.name), Some("tariff_windows"));
        assert!(Table::named("transactions").is_none());
    }

    #[test]
    fn keys_are_filled_and_names_are_unique() {
        for table in TABLES {
            let filled: Vec<&str> = table.filled().map(|(name, _)| name).collect();
            assert_eq!(filled.iter().collect::<BTreeSet<_>>().len(), filled.len(), "{}", table.name);
            assert!(table.key.iter().all(|key| filled.contains(key)), "{}", table.name);
            let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            assert!(table.ordered.iter().all(|(a, b, _)| names.contains(a) && names.contains(b)));
            assert_eq!(names.last(), Some(&"removed"), "{}", table.name);
        }
    }
}
