//! Reference tables from CSV files: checked whole, then written.
//!
//! ```text
//! file ─► input ─► header ─► row, value ─► staging ─► compare ─► write
//!         rows     columns   checked,      a table    new,       what differs,
//!         bounded            folded        beside     changed    with a revision
//! ```
//!
//! Invariants:
//! - Nothing is written before every row has been checked, and compared with every other row of its key.
//! - Only what differs from what stands is written, so the same file again changes nothing, and an import that broke off
//!   is finished by running it again.
//! - Neither side holds the file: a row and a batch here, sorts that go to disk there.

pub mod column;
mod header;
mod input;
pub mod page;
mod problem;
mod progress;
mod row;
mod server;
mod staging;
pub mod table;
mod value;

use std::path::PathBuf;

use chrono::Utc;
use wattledger_record::TokenKey;

pub use input::ROW_BYTES_MAX;
pub use problem::{Problem, Problems};
pub use server::Target;
pub use staging::Changes;
pub use table::Table;

use header::Header;
use input::Input;
use progress::Progress;
use row::Reader;
use staging::Staging;

/// Sent in one insert, bytes: large enough for few parts, small enough to be nothing to either side.
const BATCH_BYTES: usize = 8 << 20;

/// An import.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server.
    pub target: Target,
    /// What is imported.
    pub table: &'static Table,
    /// The file; `-` is standard input.
    pub file: PathBuf,
    /// Between fields; found out from the header line if absent.
    pub delimiter: Option<u8>,
    /// Only check and compare.
    pub check: bool,
    /// Problems to tell.
    pub problems: usize,
    /// The sink's key, for tables with references to tokens.
    pub tokens: Option<TokenKey>,
}

/// Why an import was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("cannot read {}", .path.display())]
    Input {
        /// As given.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// Reading broke off.
    #[error("reading broke off behind line {line}")]
    Unread {
        /// Where.
        line: u64,
        /// Cause.
        source: std::io::Error,
    },
    /// A row is longer than is held in memory.
    #[error(
        "line {line}: the row that begins here is longer than {ROW_BYTES_MAX} bytes; is a quote never closed?"
    )]
    RowTooLong {
        /// Where it begins.
        line: u64,
    },
    /// There is not even a header line.
    #[error("the file is empty; its first line has to name the columns")]
    Empty,
    /// The file cannot be imported.
    #[error("{}", told(.0))]
    Problems(Problems),
    /// References are to be made without a key.
    #[error(
        "{0} needs the sink's token_key, at least 16 bytes, to make the references by which charges join"
    )]
    NoTokenKey(&'static str),
    /// The table is not there, or is another.
    #[error("table {table} does not fit this build: {detail}; run `wattledger migrate`")]
    Schema {
        /// Stored table.
        table: &'static str,
        /// First difference.
        detail: String,
    },
    /// The server could not be reached or refused.
    #[error("{doing} failed")]
    Server {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: clickhouse::error::Error,
    },
}

fn told(problems: &Problems) -> String {
    let mut lines: Vec<String> = problems.told.iter().map(ToString::to_string).collect();
    let untold = problems.found - u64::try_from(lines.len()).unwrap_or_default();
    if untold > 0 {
        lines.push(format!("… and {untold} more"));
    }
    lines.join("\n")
}

/// Checks the file, and unless it is only to be checked, writes what differs.
///
/// # Errors
/// [`Error`]. Behind [`Error::Server`] while writing, part of the file may be written: run it again. Behind every other
/// nothing is written.
pub async fn run(options: &Options) -> Result<Changes, Error> {
    if options.table.reference.is_some() && options.tokens.is_none() {
        return Err(Error::NoTokenKey(options.table.name));
    }
    let progress = Progress::reading(input::size(&options.file));
    let mut input = Input::open(&options.file, options.delimiter)?;
    let client = options.target.client();
    server::check_schema(&client, options.table).await?;
    let zones = server::time_zones(&client).await?;
    let mut problems = Problems::new(options.problems);
    let header = match input.next()? {
        Some(row) => Header::read(options.table, row, &mut problems),
        None => return Err(Error::Empty),
    };
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    let reader = Reader { table: options.table, header, zones: &zones, tokens: options.tokens.as_ref() };
    let staging = Staging::create(&client, options.table, Utc::now().timestamp_micros()).await?;
    let outcome = stage_and_write(options, &mut input, &reader, &staging, problems, &progress).await;
    let dropped = staging.drop().await;
    let changes = outcome?;
    dropped.map(|()| changes)
}

async fn stage_and_write(
    options: &Options,
    input: &mut Input,
    reader: &Reader<'_>,
    staging: &Staging,
    mut problems: Problems,
    progress: &Progress,
) -> Result<Changes, Error> {
    stage(input, reader, staging, &mut problems, progress).await?;
    progress.then("comparing");
    if problems.is_empty() {
        staging.contradictions(&mut problems, options.problems.saturating_add(1)).await?;
    }
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    let changes = staging.compare().await?;
    let writes = changes.new + changes.changed + changes.removed > 0;
    if writes && !options.check {
        progress.then("writing");
        staging.write(Utc::now().timestamp_micros()).await?;
    }
    Ok(changes)
}

/// Checks every row and sends it on; behind the first problem it only checks.
async fn stage(
    input: &mut Input,
    reader: &Reader<'_>,
    staging: &Staging,
    problems: &mut Problems,
    progress: &Progress,
) -> Result<(), Error> {
    let mut batch = Vec::with_capacity(BATCH_BYTES);
    while let Some(row) = input.next()? {
        if !problems.is_empty() {
            batch.clear();
        }
        reader.read(row, &mut batch, problems);
        if batch.len() >= BATCH_BYTES {
            progress.at(input.bytes());
            staging.send(std::mem::take(&mut batch)).await?;
        }
    }
    if batch.is_empty() || !problems.is_empty() { Ok(()) } else { staging.send(batch).await }
}
