//! Brings the tables and views of a ClickHouse database up to the version this binary knows.
//!
//! Input: a database that may not exist yet. Output: the embedded files of `deploy/clickhouse/` applied in order: the
//! numbered ones, which make tables, each noted in `schema_migrations` with its SHA-256; then the views ([`views`]).
//!
//! Invariants:
//! - A file is noted only after all of its statements ran, and every statement may run twice, so an interrupted run is
//!   continued by the next one, and two runs at once do no harm.
//! - A numbered file that was applied never changes: another checksum is refused, as is a database that is ahead of this
//!   binary. Views hold no data: they are put up again whenever they changed, but never over those of a newer binary.
//! - What an operator changed (rows of `parameters`) is left alone.

mod error;
mod files;
mod statements;
pub mod views;

use chrono::Utc;
use clickhouse::{Client, Row};
use serde::Deserialize;

pub use error::Error;
pub use files::{MIGRATIONS, Migration, VIEWS, ViewFile, ViewSet};
pub use statements::{Unclosed, split};
pub use views::Views;

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
    /// What became of the views.
    pub views: Views,
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

/// Applies what is missing. Does nothing on a database that is up to date.
///
/// # Errors
/// See [`Error`]; what was applied before the error stays applied.
pub async fn run(target: &Target) -> Result<Report, Error> {
    apply(target, MIGRATIONS, &VIEWS).await
}

/// As [`run`], with lists of one's own: for tests of the rules above.
///
/// # Errors
/// See [`Error`].
pub async fn apply(
    target: &Target,
    migrations: &'static [Migration],
    views: &ViewSet,
) -> Result<Report, Error> {
    create_database(target).await?;
    let client = client(target).with_database(&target.database);
    execute(&client, CREATE_LEDGER).await?;
    let pending = check(&applied(&client).await?, migrations)?;
    let mut applied = Vec::with_capacity(pending.len());
    for migration in pending {
        applied.push(apply_one(&client, migration).await?);
    }
    Ok(Report {
        database: target.database.clone(),
        applied,
        version: migrations.last().map_or(0, |migration| migration.version),
        views: views::apply(&client, views).await?,
    })
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
