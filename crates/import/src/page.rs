//! What the command line says about tables and columns, made from [`crate::table`].

use std::fmt::Write as _;

use crate::column::{Column, Need};
use crate::table::{TABLES, Table};

/// The tables, a line each.
#[must_use]
pub fn tables() -> String {
    let width = TABLES.iter().map(|table| table.name.len()).max().unwrap_or_default();
    let lines = TABLES.iter().map(|table| format!("  {:width$}  {}", table.name, table.meaning));
    format!("Tables:\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// A header line, an empty line, and what each column means.
#[must_use]
pub fn columns(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut page = format!("{}\n\n", names.join(","));
    for column in table.columns {
        // writing to a String cannot fail
        writeln!(
            page,
            "{:width$}  {:8}  {} [{}]",
            column.name,
            needed(column),
            column.meaning,
            column.kind.values()
        )
        .unwrap_or_default();
    }
    page
}

const fn needed(column: &Column) -> &'static str {
    match column.need {
        Need::Required => "required",
        Need::Else(_) | Need::Optional => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_a_header() {
        let page = columns(Table::named("evses").unwrap());
        assert!(page.starts_with("tenant,station,evse_id,valid_from,rated_power_w,"), "{page}");
        assert!(
            page.contains("\nevse_id           required  evse.id of OCPP [whole number, 1 to 2147483647]\n"),
            "{page}"
        );
        assert!(tables().contains("\n  partner_cdrs    what a partner"), "{}", tables());
    }
}
