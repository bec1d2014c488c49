//! Compares the tables with what this build writes, before it writes anything: a slip in a column's order or type
//! would otherwise corrupt rows silently, since RowBinary carries no names.

use std::collections::BTreeMap;

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::{Column, columns};
use crate::error::Error;
use crate::insert::Failure;
use crate::metrics::Table;

#[derive(Row, Deserialize)]
struct Found {
    table: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Why the tables could not be compared, or do not fit.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The server could not be asked.
    Unasked(Failure),
    /// A table differs.
    Differs(Error),
}

/// Checks every table that the sink writes.
pub(crate) async fn check(client: &Client) -> Result<(), Unfit> {
    let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
    let found = client
        .query(
            "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN ?",
        )
        .bind(names)
        .fetch_all::<Found>()
        .await
        .map_err(|error| Unfit::Unasked(Failure::of_query(&error)))?;
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for column in found {
        tables.entry(column.table).or_default().insert(column.name, column.kind);
    }
    for table in Table::ALL {
        let there = tables.remove(table.name()).unwrap_or_default();
        if let Some(detail) = difference(columns(table), &there) {
            return Err(Unfit::Differs(Error::Schema { table: table.name(), detail }));
        }
    }
    Ok(())
}

/// The first difference, in words. Every column has to be one that we write: one that the server fills would differ
/// between copies of a row.
fn difference(wanted: &[Column], there: &BTreeMap<String, String>) -> Option<String> {
    if there.is_empty() {
        return Some("it does not exist".to_owned());
    }
    for (name, kind) in wanted {
        match there.get(*name) {
            None => return Some(format!("column {name} is missing")),
            Some(found) if !fits(kind, found) => {
                return Some(format!("column {name} is {found}, expected {kind}"));
            }
            Some(_) => {}
        }
    }
    let extra = there.keys().find(|name| !wanted.iter().any(|(wanted, _)| wanted == name))?;
    Some(format!("column {extra} is unknown to this build"))
}

/// Whether a type fits, the names inside of an `Enum8(…)` aside.
fn fits(wanted: &str, found: &str) -> bool {
    match wanted.find("Enum8") {
        None => wanted == found,
        Some(at) => {
            let (head, tail) = wanted.split_at(at + "Enum8".len());
            found
                .strip_prefix(head)
                .is_some_and(|rest| rest.starts_with('(') && rest.ends_with(&format!("){tail}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_fit_whatever_their_names() {
        assert!(fits("Enum8", "Enum8('a' = 1, 'b)' = 2)"));
        assert!(fits("Nullable(Enum8)", "Nullable(Enum8('a' = 1))"));
        assert!(fits("Array(Enum8)", "Array(Enum8('a' = 1))"));
        assert!(!fits("Enum8", "Enum16('a' = 1)"));
        assert!(!fits("Enum8", "Nullable(Enum8('a' = 1))"));
        assert!(!fits("UInt32", "UInt64"));
    }

    #[test]
    fn the_first_difference_is_named() {
        let there =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let wanted = &[("a", "UInt8"), ("b", "String")];
        assert_eq!(difference(wanted, &there(&[("a", "UInt8"), ("b", "String")])), None);
        assert_eq!(difference(wanted, &there(&[("a", "UInt8")])), Some("column b is missing".to_owned()));
        assert_eq!(
            difference(wanted, &there(&[("a", "UInt8"), ("b", "UInt8")])),
            Some("column b is UInt8, expected String".to_owned())
        );
        assert_eq!(
            difference(wanted, &there(&[("a", "UInt8"), ("b", "String"), ("c", "String")])),
            Some("column c is unknown to this build".to_owned())
        );
        assert_eq!(difference(wanted, &there(&[])), Some("it does not exist".to_owned()));
    }
}
