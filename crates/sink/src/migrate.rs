//! Brings the tables and views of a ClickHouse database up to the version this binary knows.
//!
//! Input: a database that may not exist yet. Output: the embedded files of `deploy/clickhouse/` applied in order, each
//! noted in `schema_migrations` with its SHA-256.
//!
//! Invariants:
//! - A file is noted only after all of its statements ran, and every statement may run twice, so an interrupted run is
//!   continued by the next one, and two runs at once do no harm.
//! - A file that was applied never changes: another checksum is refused, as is a database that is ahead of this binary.
//! - What an operator changed (rows of `parameters`) is left alone.

mod statements;

use chrono::Utc;
use clickhouse::{Client, Row};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use statements::{Unclosed, split};

/// Where the tables are to be.
#[derive(Clone)]
pub struct Target {
    /// Base URL of the HTTP interface, e.g. `http://127.0.0.1:8123`.
    pub url: String,
    /// Database; created if missing.
    pub database: String,
    /// User, if the server asks for one.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("database", &self.database)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .finish()
    }
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Database it was done to.
    pub database: String,
    /// Files applied by this run, in order; empty if there was nothing to do.
    pub applied: Vec<Applied>,
    /// Version the database has now.
    pub version: u32,
}

/// One file applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Number in the file's name.
    pub version: u32,
    /// File name without number and ending.
    pub name: &'static str,
    /// Statements run.
    pub statements: usize,
}

/// One embedded file.
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

/// Every file of `deploy/clickhouse/`, in order. This is the only list.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "tables", sql: include_str!("../../../deploy/clickhouse/0001_tables.sql") },
    Migration { version: 2, name: "views", sql: include_str!("../../../deploy/clickhouse/0002_views.sql") },
];

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
        }
    }
}

/// Applies what is missing. Does nothing on a database that is up to date.
///
/// # Errors
/// See [`Error`]; what was applied before the error stays applied.
pub async fn run(target: &Target) -> Result<Report, Error> {
    apply(target, MIGRATIONS).await
}

/// As [`run`], with a list of one's own: for tests of the rules above.
///
/// # Errors
/// See [`Error`].
pub async fn apply(target: &Target, migrations: &'static [Migration]) -> Result<Report, Error> {
    create_database(target).await?;
    let client = client(target).with_database(&target.database);
    execute(&client, CREATE_LEDGER).await?;
    let pending = check(&applied(&client).await?, migrations)?;
    let mut report = Report {
        database: target.database.clone(),
        applied: Vec::with_capacity(pending.len()),
        version: migrations.last().map_or(0, |migration| migration.version),
    };
    for migration in pending {
        report.applied.push(apply_one(&client, migration).await?);
    }
    Ok(report)
}

const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version UInt32 COMMENT 'Number in the file name',
    name String COMMENT 'File name without number and ending',
    checksum String COMMENT 'SHA-256 of the file, hexadecimal',
    applied_at DateTime64(6, 'UTC') COMMENT 'Clock of the process that applied it'
) ENGINE = ReplacingMergeTree ORDER BY (version, checksum)
COMMENT 'Files of deploy/clickhouse that were applied; written by wattledger migrate'";

/// A row of `schema_migrations`.
#[derive(Debug, Row, Deserialize)]
struct Noted {
    version: u32,
    name: String,
    checksum: String,
}

/// Which migrations are still to be applied, if the ones noted agree with ours.
fn check(noted: &[Noted], migrations: &'static [Migration]) -> Result<&'static [Migration], Error> {
    let known_max = migrations.last().map_or(0, |migration| migration.version);
    for row in noted {
        let Some(known) = migrations.iter().find(|migration| migration.version == row.version) else {
            return Err(Error::Newer { applied: row.version, name: row.name.clone(), known: known_max });
        };
        let checksum = known.checksum();
        if checksum != row.checksum {
            return Err(Error::Changed {
                version: row.version,
                name: row.name.clone(),
                applied: row.checksum.clone(),
                known: checksum,
            });
        }
    }
    let highest = noted.iter().map(|row| row.version).max().unwrap_or(0);
    let is_noted = |version: u32| noted.iter().any(|row| row.version == version);
    if let Some(hole) = migrations.iter().find(|known| known.version < highest && !is_noted(known.version)) {
        return Err(Error::Hole { applied: highest, missing: hole.version });
    }
    let first_pending =
        migrations.iter().position(|known| known.version > highest).unwrap_or(migrations.len());
    Ok(migrations.get(first_pending..).unwrap_or_default())
}

async fn apply_one(client: &Client, migration: &Migration) -> Result<Applied, Error> {
    let &Migration { version, name, sql } = migration;
    let statements = split(sql).map_err(|source| Error::Unreadable { version, name, source })?;
    for statement in &statements {
        execute(client, statement).await?;
    }
    note(client, migration).await?;
    tracing::info!(version, name, statements = statements.len(), "migration applied");
    Ok(Applied { version, name, statements: statements.len() })
}

async fn note(client: &Client, migration: &Migration) -> Result<(), Error> {
    client
        .query("INSERT INTO schema_migrations SELECT ?, ?, ?, fromUnixTimestamp64Micro(?, 'UTC')")
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.checksum())
        .bind(Utc::now().timestamp_micros())
        .execute()
        .await
        .map_err(|source| Error::ClickHouse { doing: "noting a migration".to_owned(), source })
}

/// Every distinct row, superseded ones too: two binaries that applied different files are both seen.
async fn applied(client: &Client) -> Result<Vec<Noted>, Error> {
    client
        .query("SELECT DISTINCT version, name, checksum FROM schema_migrations ORDER BY version, checksum")
        .fetch_all::<Noted>()
        .await
        .map_err(|source| Error::ClickHouse { doing: "reading schema_migrations".to_owned(), source })
}

async fn create_database(target: &Target) -> Result<(), Error> {
    let name = &target.database;
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(usable) {
        return Err(Error::Database(name.clone()));
    }
    execute(&client(target), &format!("CREATE DATABASE IF NOT EXISTS `{name}`")).await
}

fn client(target: &Target) -> Client {
    // rows have to be visible to the next statement, whatever the server's default is
    let mut client = Client::default().with_url(&target.url).with_setting("async_insert", "0");
    if let Some(user) = &target.user {
        client = client.with_user(user);
    }
    if let Some(password) = &target.password {
        client = client.with_password(password);
    }
    client
}

async fn execute(client: &Client, statement: &str) -> Result<(), Error> {
    client
        .query_raw(statement)
        .execute()
        .await
        .map_err(|source| Error::ClickHouse { doing: head(statement), source })
}

/// First line of a statement, for an error message.
fn head(statement: &str) -> String {
    statement.lines().next().unwrap_or_default().chars().take(120).collect()
}
