//! The header line: which field of a row is which column of the table.

use crate::column::{Column, Kind, Need};
use crate::input::Row;
use crate::problem::{Problems, nearest, shown};
use crate::table::Table;

/// Another name of an energy column, for lists that are in kWh.
const KWH: (&str, &str) = ("energy_kwh", "energy_wh");

/// Where the columns of a table stand in a file.
#[derive(Debug)]
pub(crate) struct Header {
    /// For each column of the table, the field that holds it.
    pub(crate) fields: Vec<Option<Field>>,
    /// Fields of each row.
    pub(crate) width: usize,
}

/// A column's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// From 0.
    pub(crate) at: usize,
    /// In kWh where the column is in Wh.
    pub(crate) kwh: bool,
}

impl Header {
    /// Reads the header line; notes each unknown, repeated and missing column.
    pub(crate) fn read(table: &Table, record: &Row, problems: &mut Problems) -> Self {
        let line = record.line;
        let mut fields = vec![None; table.columns.len()];
        for (at, name) in record.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let name = name.trim();
            let Some((column, kwh)) = find(table, name) else {
                problems.note(line, Some((at + 1, name)), unknown(table, name));
                continue;
            };
            match fields.get_mut(column) {
                Some(place @ None) => *place = Some(Field { at, kwh }),
                _ => problems.note(line, Some((at + 1, name)), "this column is there already".to_owned()),
            }
        }
        for (column, _) in
            table.columns.iter().zip(&fields).filter(|(column, field)| is_missing(column, **field))
        {
            problems.note(line, None, format!("column {} is missing: {}", column.name, column.meaning));
        }
        Self { fields, width: record.len() }
    }
}

fn is_missing(column: &Column, field: Option<Field>) -> bool {
    column.need == Need::Required && field.is_none()
}

/// Position of a column, and whether its kWh name was used.
fn find(table: &Table, name: &str) -> Option<(usize, bool)> {
    let position =
        |name: &str| table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
    if let Some(at) = position(name) {
        return Some((at, false));
    }
    let at = if name.eq_ignore_ascii_case(KWH.0) { position(KWH.1)? } else { return None };
    table.columns.get(at).is_some_and(|column| column.kind == Kind::Energy).then_some((at, true))
}

fn unknown(table: &Table, name: &str) -> String {
    if name.is_empty() {
        return "this column has no name".to_owned();
    }
    match nearest(name, table.columns.iter().map(|column| column.name)) {
        Some(known) => format!("{} has no such column; did you mean {known}?", table.name),
        None => format!(
            "{} has no column {}; `wattledger import {} --columns` lists them",
            table.name,
            shown(name),
            table.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(table: &str, names: &[&str]) -> Vec<String> {
        let mut problems = Problems::new(9);
        Header::read(Table::named(table).unwrap(), &Row::of(names), &mut problems);
        problems.told.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn order_case_and_space_do_not_matter() {
        let mut problems = Problems::new(9);
        let names = Row::of(&[" Station", "TENANT", "site"]);
        let header = Header::read(Table::named("stations").unwrap(), &names, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let at: Vec<Option<usize>> = header.fields.iter().map(|field| field.map(|field| field.at)).collect();
        assert_eq!(at.get(..4).unwrap(), [Some(1), Some(0), None, Some(2)]);
    }

    #[test]
    fn every_wrong_column_is_told() {
        assert_eq!(
            problems("stations", &["tenant", "site", "site", "timezone", "", "colour"]),
            [
                "line 1, column 3 (site): this column is there already",
                "line 1, column 4 (timezone): stations has no such column; did you mean time_zone?",
                "line 1, column 5 (): this column has no name",
                "line 1, column 6 (colour): stations has no column \"colour\"; `wattledger import stations --columns` lists them",
                "line 1: column station is missing: identity by which the station connects",
            ]
        );
    }

    #[test]
    fn kwh_stand_for_wh_once() {
        let names = ["tenant", "partner", "cdr_id", "energy_kwh"];
        assert!(problems("partner_cdrs", &names).is_empty());
        assert_eq!(problems("partner_cdrs", &[names.as_slice(), &["energy_wh"]].concat()).len(), 1);
        assert_eq!(problems("stations", &["tenant", "station", "energy_kwh"]).len(), 1);
    }
}
