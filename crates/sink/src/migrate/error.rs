//! Why a database was not brought up to date.

use super::statements::Unclosed;

/// Why a database was not brought up to date. Nothing is undone; the next run continues.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is empty or cannot be quoted.
    #[error("database name {0:?} is not usable: it has to be 1–64 of a-z, A-Z, 0-9 and _")]
    Database(String),
    /// The server could not be reached or refused a statement.
    #[error("{doing}")]
    ClickHouse {
        /// What was being done, with the head of the statement.
        doing: String,
        /// What the server or the connection said.
        #[source]
        source: clickhouse::error::Error,
    },
    /// A file cannot be cut into statements: a defect of this build.
    #[error("file {version:04}_{name}.sql")]
    Unreadable {
        /// Number of the file.
        version: u32,
        /// Its name.
        name: &'static str,
        /// Which quote or comment has no end.
        #[source]
        source: Unclosed,
    },
    /// The file was applied with another content.
    #[error(
        "{version:04}_{name}.sql was applied with checksum {applied}, this binary has {known}; an applied file never changes"
    )]
    Changed {
        /// Number of the file.
        version: u32,
        /// Its name.
        name: String,
        /// Checksum in the database.
        applied: String,
        /// Checksum of the embedded file.
        known: String,
    },
    /// The database is ahead of this binary.
    #[error(
        "the database has version {applied} ({name}), this binary knows {known} at most; use the newer binary"
    )]
    Newer {
        /// Version in the database.
        applied: u32,
        /// Its name.
        name: String,
        /// Highest version of this binary.
        known: u32,
    },
    /// A later file is noted as applied, this one is not.
    #[error("version {applied} is applied, but {missing} before it is not; restore schema_migrations")]
    Hole {
        /// Highest version in the database.
        applied: u32,
        /// First version that is missing below it.
        missing: u32,
    },
    /// A file of views cannot be cut, or holds something else: a defect of this build.
    #[error("views/{file} holds something that is no CREATE OR REPLACE VIEW … COMMENT '…'")]
    ViewsUnreadable {
        /// The file.
        file: &'static str,
        /// Which quote or comment has no end.
        #[source]
        source: Option<Unclosed>,
    },
    /// A newer binary put up its views while this one put up its own.
    #[error(
        "views of revision {newer} were put up while this binary put up {known}; run the newer binary again"
    )]
    ViewsOvertaken {
        /// Revision that was found afterwards.
        newer: u32,
        /// Revision of this binary.
        known: u32,
    },
    /// Another binary of the same revision puts up other views all the time.
    #[error("after {attempts} attempts the views are still another binary's; run one at a time")]
    ViewsContended {
        /// How often they were put up.
        attempts: usize,
    },
}

impl Error {
    /// Stable name of the reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Database(_) => "database_name_invalid",
            Self::ClickHouse { .. } => "clickhouse_failed",
            Self::Unreadable { .. } => "migration_unreadable",
            Self::Changed { .. } => "migration_changed",
            Self::Newer { .. } => "schema_newer",
            Self::Hole { .. } => "schema_hole",
            Self::ViewsUnreadable { .. } => "views_unreadable",
            Self::ViewsOvertaken { .. } => "views_overtaken",
            Self::ViewsContended { .. } => "views_contended",
        }
    }
}
