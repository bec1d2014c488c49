//! What can stop a run or a verification.

use std::path::PathBuf;

/// Why a run or a verification ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be used; every problem is named.
    #[error("configuration: {}", .0.join("; "))]
    Config(Vec<String>),
    /// The ledger cannot be written or read.
    #[error("ledger {path}: {source}")]
    Ledger {
        /// Path of the ledger.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A line of the ledger cannot be understood.
    #[error("ledger {path}, line {line}: {reason}")]
    LedgerLine {
        /// Path of the ledger.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The gateway refuses what no repetition would mend (400, 401, 403, 404, 405, 413, 415).
    #[error("gateway refuses with {status}: {body}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Beginning of the answer.
        body: String,
    },
    /// The gateway did not acknowledge a request before the deadline.
    #[error("not acknowledged within {seconds} s; last answer: {last}")]
    NotAcknowledged {
        /// Deadline, s.
        seconds: u64,
        /// Last answer or error.
        last: String,
    },
    /// The answer to an acknowledged request cannot be understood.
    #[error("answer of the gateway: {0}")]
    Answer(String),
    /// ClickHouse does not answer a question.
    #[error("clickhouse: {0}")]
    ClickHouse(#[from] clickhouse::error::Error),
    /// A task of the run ended by itself.
    #[error("task ended: {0}")]
    Task(String),
}

impl Error {
    /// Stable name of the kind.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config_invalid",
            Self::Ledger { .. } => "ledger_io",
            Self::LedgerLine { .. } => "ledger_line_invalid",
            Self::Refused { .. } => "gateway_refuses",
            Self::NotAcknowledged { .. } => "not_acknowledged",
            Self::Answer(_) => "answer_invalid",
            Self::ClickHouse(_) => "clickhouse",
            Self::Task(_) => "task_ended",
        }
    }
}
