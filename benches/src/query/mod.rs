//! `make bench-query`: the analysts' questions over a year of a fleet, their answers checked first, then timed.
//!
//! ```text
//! tell       a fleet's messages in the order of receipt ─► broker
//! world      broker ─► sink ─► database `seed`, compared with the fleet's ledger
//! reference  what no station says: sites, ratings, tokens, tariffs, exports, questions to stations
//! copies     `seed` ten times under other identities ─► database `wattledger`
//! answers    what a question must say of `wattledger`, from what it says of `seed`
//! questions  the files of deploy/clickhouse/questions, look-ups by identity, and how each answer grows
//! measure    time, rows, bytes, memory     plan  which granules are read     storage  bytes per event
//! ```
//!
//! The world is kept in a folder and made anew when its size or a table changes; views and questions are always those of
//! this build.

use std::path::PathBuf;

pub mod answers;
pub mod copies;
pub mod engine;
mod log;
pub mod measure;
pub mod plan;
pub mod questions;
pub mod reference;
pub mod report;
pub mod storage;
mod tell;
pub mod world;

/// What goes wrong in a bench ends it; the text is for the person who runs it.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Database of the world that the pipeline made.
pub const SEED: &str = "seed";
/// Database of its copies, which is measured.
pub const COPIES: &str = "wattledger";

/// What to measure, and with what.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `wattledger` program.
    pub program: PathBuf,
    /// Folder with the fetched parts: `chdb/libchdb.so`, `kafka-libs`.
    pub parts: PathBuf,
    /// Folder of the kept world.
    pub folder: PathBuf,
    /// Folder of the analysts' questions.
    pub questions: PathBuf,
    /// Deliveries in the measured database, about.
    pub events: u64,
    /// Only questions and look-ups whose name begins with it; all if empty.
    pub only: String,
}

impl Settings {
    /// Folder of the views.
    fn views(&self) -> PathBuf {
        self.questions.with_file_name("views")
    }
}

/// Makes the world if it is not there, checks every answer, measures, and prints.
///
/// # Errors
/// A part that does not run, a world that is not what its ledger says, or a wrong answer.
pub async fn run(settings: &Settings) -> Outcome<()> {
    let engine = world::open(settings).await?;
    let questions = questions::all(&engine, settings).await?;
    let rows = answers::check_all(&engine, &questions).await?;
    report::say(&format!("{} answers are right", rows.len()));
    let measured = measure::all(&engine, &questions, &rows).await?;
    let storage = storage::of(&engine).await?;
    report::print(&measured, &storage);
    engine.stop();
    Ok(())
}
