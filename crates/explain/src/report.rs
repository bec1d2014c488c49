//! What is said of a transactionId, as values: `text` writes it for people, serde for programs.
//!
//! The JSON form is stable: members are added, never renamed or removed, and [`FORM`] grows when one changes its
//! meaning. `docs/explain.md` describes it.

mod build;
mod energy;
mod event;
mod events;
mod text;

use serde::Serialize;

pub use event::{Copies, CopyTold, Difference, Event, Line, Place, Position, Reception};

use crate::agree::{Agreement, Version};
use crate::figures::Figures;
use crate::why::{Guard, Reason, Word};

/// Number of the JSON form.
pub const FORM: u32 = 1;

/// What is said of a transactionId.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`FORM`].
    pub form: u32,
    /// Version of this program.
    pub wattledger: &'static str,
    /// Tenant.
    pub tenant: String,
    /// As the station spells itself.
    pub station: String,
    /// As the station spells it.
    pub transaction_id: String,
    /// Charges under this transactionId, told here or not.
    pub charges_in_all: u32,
    /// Distinct contents stored under this transactionId.
    pub contents: usize,
    /// `received_at` up to which everything is written; absent while a partition has not reported.
    pub written_until: Option<String>,
    /// The charges.
    pub charges: Vec<Charge>,
    /// What the account knows of the transactionId.
    pub deliveries: Deliveries,
    /// Messages of the station that are part of no transaction, in the time of these charges.
    pub quarantined: Quarantined,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Charge {
    /// Rank under the transactionId, from 1.
    pub instance: u32,
    /// What the class means for a bill.
    pub class_meaning: &'static str,
    /// When the grace was over without change.
    pub settled_at: Option<String>,
    /// Whether it may be billed.
    pub billable: bool,
    /// Why not; empty where it may.
    pub not_billable: Vec<Reason>,
    /// Version of the stored record, as the view shows it; absent without one.
    pub version: Option<String>,
    /// The version taken apart.
    pub version_of: Option<Version>,
    /// Whether the stored record is what its events give.
    pub agreement: Agreement,
    /// The record: as stored, or as folded where none is stored.
    pub record: Figures,
    /// Keyed hash of the start token.
    pub id_token_start_ref: Option<String>,
    /// Keyed hash of the stop token.
    pub id_token_stop_ref: Option<String>,
    /// Why a human has to look, with meanings.
    pub review: Vec<Word>,
    /// What else is said, with meanings; without those of `review`.
    pub flags: Vec<Word>,
    /// How the energy was found.
    pub energy: Energy,
    /// Its events in order, with what is missing.
    pub events: Vec<Line>,
}

/// How an energy was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Energy {
    /// What the method says; empty where there is no figure.
    pub method_meaning: &'static str,
    /// What the method of the estimate says.
    pub estimate_method_meaning: &'static str,
    /// What the figure was read off; absent where there is none, or where the stored one is not the fold's.
    pub basis: Option<Basis>,
    /// Series whose readings stand beside the events.
    pub shown_series: Option<String>,
    /// What each check said.
    pub guards: Vec<Guard>,
}

/// What a figure was read off.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Basis {
    /// End minus begin of a register, per meter; the spans add up to the figure.
    Register {
        /// In their order.
        spans: Vec<Span>,
    },
    /// Amounts of intervals; they add up to the figure.
    Amounts {
        /// How many.
        count: usize,
        /// The first of them.
        first: Vec<Source>,
    },
}

/// Begin and end of one meter's register.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// Signed serial number of the meter.
    pub meter: Option<String>,
    /// The begin reading; several are phases that are summed.
    pub begin: Vec<Source>,
    /// The end reading, likewise.
    pub end: Vec<Source>,
}

/// A reading behind a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// Wh.
    pub wh: String,
    /// Run of seqNo, from 1.
    pub epoch: u16,
    /// seqNo of the event.
    pub seq_no: i64,
    /// Content hash, 32 hex digits.
    pub content_hash: String,
    /// Position of the sampled value in the event, from 1.
    pub position: u32,
    /// Entry in the sample's signed data, from 1; absent for the sample's own value.
    pub entry: Option<u32>,
    /// Whether the sample is signed.
    pub signed: bool,
    /// Own time.
    pub at: Option<String>,
    /// Where it was measured; absent is unmarked.
    pub location: Option<&'static str>,
    /// Absent is the total.
    pub phase: Option<&'static str>,
    /// Value of the sample digit by digit as sent.
    pub value_text: Option<String>,
    /// Unit as sent; empty where none was.
    pub unit_text: Option<String>,
    /// Power of ten as sent.
    pub multiplier: Option<i8>,
    /// Where the bytes lie.
    pub place: Option<Place>,
}

/// What the account knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Deliveries {
    /// Kafka records by outcome.
    pub outcomes: Vec<Outcome>,
    /// `received_at` up to which copies were looked for.
    pub until: String,
}

/// Kafka records of one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// `stored`, `duplicate`, `conflict`, `quarantined` or `missing`.
    pub outcome: String,
    /// How many.
    pub count: u64,
}

/// Messages of the station that are part of no transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// In the time of the charges.
    pub count: u64,
    /// The first of them, those that name the transactionId before all others.
    pub first: Vec<SetAside>,
}

/// A message in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// Where it lies.
    #[serde(flatten)]
    pub place: Place,
    /// Gateway's clock.
    pub received_at: String,
    /// Codes.
    pub reasons: Vec<String>,
    /// For people.
    pub message: String,
    /// Whether the transactionId stands anywhere in its bytes.
    pub names_it: bool,
    /// seqNo, where it could be read and the message is of this transaction.
    pub seq_no: Option<i64>,
}

/// What is near, for people.
pub(crate) fn near_to_text(near: &crate::near::Near, colour: bool) -> String {
    text::write_near(near, colour)
}

impl Report {
    /// As one JSON object over several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// For people; `colour` for a terminal.
    #[must_use]
    pub fn to_text(&self, colour: bool) -> String {
        text::write(self, colour)
    }
}
