//! Why there is no explanation.

use wattledger_record::key::KeyError;
use wattledger_sink::Failure;

use crate::limits::CONTENTS_MAX;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused or did not answer.
    #[error("asking clickhouse for {what}")]
    ClickHouse {
        /// What was asked for.
        what: &'static str,
        /// Cause.
        source: Refusal,
    },
    /// The stored events could not be read.
    #[error("reading the stored events")]
    Events(#[source] Failure),
    /// No answer in time.
    #[error("clickhouse did not answer within {seconds} s when asked for {what}")]
    Late {
        /// What was asked for.
        what: &'static str,
        /// The bound.
        seconds: u64,
    },
    /// No gateway could have taken such a name.
    #[error("tenant {tenant:?} and station {station:?} name no station")]
    Name {
        /// As given.
        tenant: String,
        /// As given.
        station: String,
        /// Cause.
        source: KeyError,
    },
    /// Several tenants have this station and transaction.
    #[error("tenants {} each have this station and transaction: say which with --tenant", .0.join(", "))]
    Tenants(Vec<String>),
    /// More contents than are explained at once.
    #[error("{0} contents are stored of this transaction; at most {CONTENTS_MAX} are explained")]
    TooMany(u128),
}

/// What the server or the connection said, cut: a server repeats the query, and with it the views behind it.
#[derive(Debug, thiserror::Error)]
#[error("{}", cut(.0))]
pub struct Refusal(clickhouse::error::Error);

/// Longest text of a refusal.
const REFUSAL_CHARS_MAX: usize = 600;

fn cut(error: &clickhouse::error::Error) -> String {
    let text = error.to_string();
    let mut shown: String = text.chars().take(REFUSAL_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

impl From<clickhouse::error::Error> for Refusal {
    fn from(error: clickhouse::error::Error) -> Self {
        Self(error)
    }
}

impl Error {
    /// Whether it is the caller's to mend.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Name { .. } | Self::Tenants(_))
    }
}
