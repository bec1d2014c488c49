//! Verification: what the fleet saw acknowledged must be what SQL returns, event by event, Wh by Wh, class by class.
//!
//! [`mod@observe`] asks the analysts' views; [`mod@compare`] is a pure function of ledger and answers; here is only the waiting,
//! since rows become visible a moment after the gateway has acknowledged them.

pub mod compare;
pub mod difference;
pub mod observe;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use compare::{Checked, compare};
pub use difference::{Difference, Differences, Kind};
pub use observe::Observed;

use crate::error::Error;
use crate::ledger::Ledger;

/// Pause between two looks while rows are awaited.
const POLL: Duration = Duration::from_millis(250);

/// Where the truth and the rows are.
#[derive(Debug, Clone)]
pub struct VerifyConfig {
    /// Ledger of the run.
    pub ledger: PathBuf,
    /// HTTP interface of ClickHouse.
    pub clickhouse_url: String,
    /// Database of the views.
    pub database: String,
    /// User.
    pub user: String,
    /// Password; empty for none.
    pub password: String,
    /// Longest wait for the rows.
    pub deadline: Duration,
    /// Rows that differ are waited for no longer once nothing has changed for this time.
    pub calm: Duration,
}

impl VerifyConfig {
    /// Defaults: two minutes, of which 20 s without change are enough.
    #[must_use]
    pub fn new(ledger: PathBuf, clickhouse_url: String, database: String) -> Self {
        Self {
            ledger,
            clickhouse_url,
            database,
            user: "default".to_owned(),
            password: String::new(),
            deadline: Duration::from_secs(120),
            calm: Duration::from_secs(20),
        }
    }
}

/// Result of a verification.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Every kind of difference with its count, and the first of them one by one.
    pub differences: Differences,
    /// What was compared.
    pub checked: Checked,
    /// How long the rows were waited for.
    pub waited: Duration,
}

impl Verdict {
    /// Whether SQL returns exactly what the ledger says.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.differences.total() == 0
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.checked)?;
        if self.holds() {
            return write!(f, "verification holds: no difference between ledger and SQL");
        }
        write!(f, "verification fails: {}", self.differences)
    }
}

/// Compares a ledger with the views, once the rows are there or the deadline is over.
///
/// # Errors
/// [`Error::Ledger`], [`Error::LedgerLine`] if the ledger cannot be read; [`Error::ClickHouse`] if a question is not
/// answered.
pub async fn verify(config: VerifyConfig) -> Result<Verdict, Error> {
    let begin = Instant::now();
    let ledger = Ledger::read(&config.ledger)?;
    let views = observe::Views::new(&config, &ledger.head);
    let acknowledged = ledger.acknowledged();
    while begin.elapsed() < config.deadline && views.received().await? < acknowledged {
        tokio::time::sleep(POLL).await;
    }
    let mut calm_since = Instant::now();
    let mut seen = None;
    loop {
        let observed = views.observe().await?;
        let (differences, checked) = compare(&ledger, &observed, observed.at_ms);
        let over = begin.elapsed() >= config.deadline;
        let fingerprint = observed.fingerprint();
        if seen.replace(fingerprint) != Some(fingerprint) {
            calm_since = Instant::now();
        }
        if differences.total() == 0 || over || calm_since.elapsed() >= config.calm {
            return Ok(Verdict { differences, checked, waited: begin.elapsed() });
        }
        tokio::time::sleep(POLL).await;
    }
}
