//! From events, records and deliveries to rows of RowBinary, a file per table.
//!
//! Each file states its columns, in the order in which it writes them, with the types it writes; [`schema`] compares
//! that with the server before the first row is sent.

pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod progress;
pub(crate) mod quarantine;
pub(crate) mod rowbinary;
pub(crate) mod schema;
pub(crate) mod transaction;

use crate::metrics::Table;

/// A column: its name and its type as `system.columns` spells it. `Enum8` and `Nullable(Enum8)` stand for any list of
/// names: the numbers are what is written, and the list is part of the versioned schema.
pub(crate) type Column = (&'static str, &'static str);

/// Version of the rows, part of every token: a build that writes other bytes for the same range must not meet the
/// tokens of this one.
pub(crate) const ROWS_VERSION: u8 = 1;

/// Encoded rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    /// End of each row in `bytes`.
    ends: Vec<usize>,
}

impl Rows {
    /// Adds the row that `put` writes.
    pub(crate) fn push(&mut self, put: impl FnOnce(&mut rowbinary::Writer<'_>)) {
        put(&mut rowbinary::Writer(&mut self.bytes));
        self.ends.push(self.bytes.len());
    }

    /// Keeps the first `count` rows, and nothing of a row that was begun.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().copied().unwrap_or_default());
    }

    pub(crate) fn append(&mut self, other: &Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    /// The first and the second half, by rows.
    pub(crate) fn halve(&self) -> (Self, Self) {
        let (first, second) = self.ends.split_at(self.ends.len() / 2);
        let cut = first.last().copied().unwrap_or_default();
        let (head, tail) = self.bytes.split_at(cut.min(self.bytes.len()));
        (
            Self { bytes: head.to_vec(), ends: first.to_vec() },
            Self { bytes: tail.to_vec(), ends: second.iter().map(|end| end - cut).collect() },
        )
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Columns of a table in the order in which its rows are written.
#[must_use]
pub(crate) const fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Events => event::COLUMNS,
        Table::Deliveries => delivery::COLUMNS,
        Table::Quarantine => quarantine::COLUMNS,
        Table::Transactions => transaction::COLUMNS,
        Table::Progress => progress::COLUMNS,
    }
}

/// The statement that takes the rows of a table.
#[must_use]
pub(crate) fn statement(table: Table) -> String {
    let names: Vec<&str> = columns(table).iter().map(|(name, _)| *name).collect();
    format!("INSERT INTO {} ({}) FORMAT RowBinary", table.name(), names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_put_together_are_the_whole() {
        let mut rows = Rows::default();
        for n in 0..5u8 {
            rows.push(|row| row.bytes(&vec![n; usize::from(n)]));
        }
        let (first, second) = rows.halve();
        assert_eq!((first.count(), second.count()), (2, 3));
        let mut joined = first;
        joined.append(&second);
        assert_eq!(joined, rows);
    }
}
