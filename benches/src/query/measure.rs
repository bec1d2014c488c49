//! Time, rows, bytes and memory of a question.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::engine::{Answer, Asker, Engine};
use super::plan::{self, Reads};
use super::questions::{Question, Scope};
use super::{COPIES, Outcome};

/// Timed runs of a question that takes less than so long; of a slower one a single run.
const RUNS: [(Duration, usize); 2] = [(Duration::from_secs(2), 7), (Duration::from_secs(20), 3)];
/// How often the memory of a running question is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// Share of a table above which a bounded question counts as a full scan.
pub const SHARE_MAX: f64 = 0.05;

/// What a question costs.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The question's name.
    pub name: String,
    /// What it is about.
    pub scope: Scope,
    /// Nothing that it reads is in memory.
    pub cold: Duration,
    /// Median of the runs after that.
    pub warm: Duration,
    /// Processor time of a run, in the mean; what the engine does beside it is in it.
    pub cpu: Duration,
    /// Rows read.
    pub read_rows: u64,
    /// Bytes read, unpacked.
    pub read_bytes: u64,
    /// Peak of the engine's memory for it; none if it was over before it could be looked at.
    pub memory_bytes: Option<u64>,
    /// What the plan reads.
    pub reads: Reads,
    /// Rows of the answer.
    pub rows: usize,
}

impl Measured {
    /// Whether it is about little and reads much of a table.
    #[must_use]
    pub fn is_full_scan(&self) -> bool {
        self.scope == Scope::Bounded && plan::share(&self.reads) > SHARE_MAX
    }
}

/// Measures every question, one after the other; `rows` are those of their answers.
///
/// # Errors
/// A question that is not answered.
pub async fn all(engine: &Engine, questions: &[Question], rows: &[usize]) -> Outcome<Vec<Measured>> {
    let mut measured = Vec::with_capacity(questions.len());
    for (question, rows) in questions.iter().zip(rows) {
        measured.push(one(engine, question, *rows).await?);
    }
    Ok(measured)
}

async fn one(engine: &Engine, question: &Question, rows: usize) -> Outcome<Measured> {
    let reads = plan::of(engine.asker(), COPIES, &question.sql).await?;
    engine.forget().await?;
    let cold = engine.asker().try_out(COPIES, &question.sql).await?;
    // looking at the memory takes time of its own, so this run is not timed
    let (watched, memory_bytes) = watched(engine.asker(), &question.sql).await?;
    let runs = RUNS.iter().find(|(below, _)| watched.elapsed < *below).map_or(1, |(_, runs)| *runs);
    let mut times = Vec::with_capacity(runs);
    let cpu = engine.cpu()?;
    for _ in 0..runs {
        times.push(engine.asker().try_out(COPIES, &question.sql).await?.elapsed);
    }
    let cpu = engine.cpu()?.saturating_sub(cpu) / u32::try_from(runs)?;
    times.sort_unstable();
    Ok(Measured {
        name: question.name.clone(),
        scope: question.scope,
        cold: cold.elapsed,
        cpu,
        warm: times.get(runs / 2).copied().unwrap_or_default(),
        read_rows: watched.read_rows,
        read_bytes: watched.read_bytes,
        memory_bytes,
        reads,
        rows,
    })
}

/// Asks, and looks at the memory meanwhile.
async fn watched(asker: &Asker, sql: &str) -> Outcome<(Answer, Option<u64>)> {
    let peak =
        "SELECT max(peak_memory_usage) FROM system.processes WHERE query NOT LIKE '%system.processes%'";
    let asking = asker.try_out(COPIES, sql);
    tokio::pin!(asking);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut memory_bytes = 0;
    loop {
        tokio::select! {
            answer = &mut asking => return Ok((answer?, (memory_bytes > 0).then_some(memory_bytes))),
            _ = looks.tick() => {}
        }
        memory_bytes = memory_bytes.max(asker.number::<u64>("default", peak).await?);
    }
}
