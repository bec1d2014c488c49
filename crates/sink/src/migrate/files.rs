//! What is shipped: the numbered files and the views of `deploy/clickhouse/`.

use sha2::{Digest, Sha256};

use super::statements::{Unclosed, split};

/// A numbered file: tables. Once applied it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Number in the file's name, from 1 without gaps.
    pub version: u32,
    /// File name without number and ending.
    pub name: &'static str,
    /// Content of the file.
    pub sql: &'static str,
}

impl Migration {
    /// SHA-256 of the file's bytes, in hexadecimal.
    #[must_use]
    pub fn checksum(&self) -> String {
        format!("{:x}", Sha256::digest(self.sql.as_bytes()))
    }
}

/// Every numbered file of `deploy/clickhouse/`, in order. This is the only list.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "tables",
        sql: include_str!("../../../../deploy/clickhouse/0001_tables.sql"),
    },
    Migration {
        version: 2,
        name: "reference",
        sql: include_str!("../../../../deploy/clickhouse/0002_reference.sql"),
    },
    Migration {
        version: 3,
        name: "status",
        sql: include_str!("../../../../deploy/clickhouse/0003_status.sql"),
    },
];

/// A file of `deploy/clickhouse/views/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewFile {
    /// File name; the number in it orders the files, since a view has to exist before another reads it.
    pub name: &'static str,
    /// Content of the file.
    pub sql: &'static str,
}

/// The views, which are put up again as a whole whenever one of them changed.
#[derive(Debug, Clone, Copy)]
pub struct ViewSet {
    /// Raised with every released change: a binary never puts its views over those of a higher revision.
    pub revision: u32,
    /// The files in order.
    pub files: &'static [ViewFile],
}

/// A file of views that cannot be used, and which quote or comment of it has no end, if that is why.
pub(super) type Unreadable = (&'static str, Option<Unclosed>);

impl ViewSet {
    /// First 12 hexadecimal digits of the SHA-256 over all files in order: tells two builds of one revision apart.
    #[must_use]
    pub fn checksum(&self) -> String {
        let mut digest = Sha256::new();
        for file in self.files {
            digest.update(file.sql.as_bytes());
        }
        let mut text = format!("{:x}", digest.finalize());
        text.truncate(12);
        text
    }

    /// Name and statement of every view, each statement with the `mark` at the end of the view's comment.
    ///
    /// # Errors
    /// The file that cannot be cut, or holds anything but `CREATE OR REPLACE VIEW name … COMMENT '…'`.
    pub(super) fn statements(&self, mark: &str) -> Result<Vec<(String, String)>, Unreadable> {
        let mut statements = Vec::new();
        for file in self.files {
            for statement in split(file.sql).map_err(|unclosed| (file.name, Some(unclosed)))? {
                let name = statement
                    .strip_prefix("CREATE OR REPLACE VIEW ")
                    .and_then(|rest| rest.split_whitespace().next());
                match (name, statement.strip_suffix('\'')) {
                    (Some(name), Some(open)) => statements.push((name.to_owned(), format!("{open} {mark}'"))),
                    _ => return Err((file.name, None)),
                }
            }
        }
        Ok(statements)
    }
}

macro_rules! view_files {
    ($($name:literal,)+) => {
        &[$(ViewFile { name: $name, sql: include_str!(concat!("../../../../deploy/clickhouse/views/", $name)) },)+]
    };
}

/// Every file of `deploy/clickhouse/views/`, in order. This is the only list.
pub const VIEWS: ViewSet = ViewSet {
    revision: 1,
    files: view_files![
        "10_watermark.sql",
        "12_irregular_transactions.sql",
        "14_vocabulary.sql",
        "16_status_of_transactions.sql",
        "20_transactions.sql",
        "30_events.sql",
        "32_meter_values.sql",
        "34_estimated_starts.sql",
        "40_quarantine.sql",
        "50_deliveries.sql",
        "52_account.sql",
        "60_evses.sql",
        "61_stations.sql",
        "62_charge_context.sql",
        "63_tokens.sql",
        "64_station_costs.sql",
        "70_state_intervals.sql",
        "72_energy_intervals.sql",
        "74_charging_curve.sql",
        "76_tariff_split.sql",
        "77_occupancy.sql",
        "78_exports.sql",
        "80_plausibility.sql",
        "84_charging_periods.sql",
        "86_without_cdr.sql",
        "88_cdrs.sql",
    ],
};
