//! What is true of a transaction, as the script that invented it wrote it down: the ledger's vocabulary.

use serde::{Deserialize, Serialize};

/// Class that the record has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Contents contradict each other.
    Conflict,
    /// The Started was lost.
    NoStart,
    /// The Ended was lost.
    Open,
    /// Nothing is missing.
    Complete,
    /// Only Updated are missing that no bill needs.
    CompletePermittedGaps,
    /// A missing Updated may hold what a bill needs; `incomplete` once the station was asked in vain.
    Waiting,
}

impl Class {
    /// The name in the column `class`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NoStart => "no_start",
            Self::Open => "open",
            Self::Complete => "complete",
            Self::CompletePermittedGaps => "complete_permitted_gaps",
            Self::Waiting => "waiting",
        }
    }
}

/// How `energy_wh` has to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// End minus begin of a total register.
    BeginEndRegister,
    /// End minus begin, each the sum of the phases of one moment.
    PhaseSum,
    /// The Ended has no register; the last Updated gives the end.
    LastUpdate,
}

impl Method {
    /// The name in the column `energy_method`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeginEndRegister => "begin_end_register",
            Self::PhaseSum => "phase_sum",
            Self::LastUpdate => "last_update",
        }
    }
}

/// An amount of energy that may be billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Energy {
    /// µWh.
    pub uwh: i64,
    /// How it has to be found.
    pub method: Method,
}

/// A run of missing seqNos: (epoch from 1, first, last).
pub type MissingRange = (u16, i64, i64);

/// What is true of one charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceTruth {
    /// Its class.
    pub class: Class,
    /// seqNo of the Started, else the lowest sent.
    pub first_seq: i64,
    /// seqNo of the Ended, else the highest sent.
    pub last_seq: i64,
    /// Runs of seqNo, at least 1.
    pub epochs: u16,
    /// Contents that count.
    pub events: u32,
    /// Contents that lose a conflict.
    pub conflicts: u32,
    /// Every missing range, in order.
    pub missing: Vec<MissingRange>,
    /// Event time of the Started, µs; `None` if it was lost or its clock was not set.
    pub started_at: Option<i64>,
    /// Event time of the Ended that counts, µs; `None` as above.
    pub ended_at: Option<i64>,
    /// EVSE, if any event that was sent names it.
    pub evse_id: Option<i64>,
    /// Token that started the charge, if it was sent.
    pub id_token_start: Option<String>,
    /// What may be billed; `None` where the rules give nothing.
    pub energy: Option<Energy>,
    /// Reasons for a human to look, sorted; `None` where the script does not commit itself.
    pub review: Option<Vec<String>>,
}

/// What has to become of a content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It counts.
    Counts,
    /// Another content of its seqNo was acknowledged before it was first sent.
    Conflict,
    /// It tells again, with other `customData`, an event that was acknowledged before.
    Variant,
    /// It is part of no transaction, for this reason (a code of the decoder).
    Quarantined(String),
}

/// One distinct content, in the order of [`TransactionTruth::contents`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentTruth {
    /// seqNo; `None` only if quarantined.
    pub seq_no: Option<i64>,
    /// What becomes of it.
    pub fate: Fate,
    /// How often it is to be sent.
    pub copies: u32,
}

/// Everything under one transactionId of one station, with the invalid payloads that came along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionTruth {
    /// Number of this transaction in the run; what acknowledgements refer to.
    pub unit: u64,
    /// Station as spelled.
    pub station: String,
    /// transactionId as spelled.
    pub transaction_id: String,
    /// Name of the fault that bent it, or `none`.
    pub story: String,
    /// Its charges by start time.
    pub instances: Vec<InstanceTruth>,
    /// Its contents.
    pub contents: Vec<ContentTruth>,
}
