//! What a run says, as values: `text` writes it for people, serde for programs.
//!
//! The JSON form is stable: members are added, never renamed or removed, and [`FORM`] grows when one changes its
//! meaning. `docs/check.md` describes it.

mod build;
mod charge;
mod text;

use serde::Serialize;

pub use charge::{Charge, ChargesFound, ClassFound, EnergyFound, Found, Lost, WordFound};

use crate::charges::Charges;
use crate::options::{Level, Options};
use crate::position::{Atlas, Place};
use crate::run::InputRead;
use crate::tally::Tally;

/// Number of the JSON form.
pub const FORM: u32 = 1;

/// What a report is made from.
pub(crate) struct Findings<'a> {
    pub(crate) options: &'a Options,
    pub(crate) atlas: Atlas,
    pub(crate) inputs: Vec<InputRead>,
    pub(crate) tally: Tally,
    pub(crate) charges: Charges,
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`FORM`].
    pub form: u32,
    /// Version of this program.
    pub wattledger: &'static str,
    /// How it was read.
    pub reading: Reading,
    /// The short of it.
    pub verdict: Verdict,
    /// What was read.
    pub input: Input,
    /// Events by what the pipeline would do with them.
    pub events: Events,
    /// What is wrong with events, the worst and most frequent first.
    pub codes: Vec<CodeFound>,
    /// What is found across the events of charges.
    pub charges: ChargesFound,
}

/// How inputs were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// `2.0.1`, `2.1`, or `both` where the input says so event by event.
    pub version: &'static str,
    /// `option`, `input` or `default`.
    pub version_from: &'static str,
    /// Whether a coerced value quarantines.
    pub strict: bool,
    /// Zone of times without one, minutes east of UTC.
    pub zone_minutes: i16,
}

/// The short of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `clean`, `flagged`, `review`, `quarantined`, or `no_events`.
    pub level: &'static str,
    /// The least level that makes a run fail.
    pub fail_on: &'static str,
    /// Exit status of the program.
    pub exit_status: u8,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Each input, in order.
    pub files: Vec<FileRead>,
    /// Bytes of all.
    pub bytes: u64,
    /// Lines of all.
    pub lines: u64,
    /// Events by how they were written down.
    pub forms: Vec<Counted>,
    /// Lines without an event, by kind.
    pub other_lines: Vec<OtherLines>,
    /// Calls of other actions, the most frequent first.
    pub other_actions: Vec<Counted>,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRead {
    /// As given, or `<stdin>`.
    pub file: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its lines.
    pub lines: u64,
}

/// A name and how often it came up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Lines of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherLines {
    /// Stable snake_case text.
    pub kind: &'static str,
    /// For people.
    pub meaning: &'static str,
    /// How many.
    pub count: u64,
    /// The first of them, where an event may be lost in them.
    pub examples: Vec<Example>,
}

/// Events by what the pipeline would do with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Events {
    /// In all.
    pub total: u64,
    /// Accepted without remark.
    pub clean: u64,
    /// Accepted with flags.
    pub flagged: u64,
    /// Part of no charge.
    pub quarantined: u64,
}

/// A code of the decoder, and the events that have it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodeFound {
    /// Stable snake_case text.
    pub code: &'static str,
    /// `flag` or `quarantine`.
    pub effect: &'static str,
    /// Events that have it.
    pub events: u64,
    /// Share of all events, 0 to 1.
    pub share: f64,
    /// What it says.
    pub meaning: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// Error code of a strict CSMS's CALLERROR.
    pub ocpp_error: &'static str,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// JSON path in the message, or empty.
    pub path: String,
    /// What came, or what was expected; or empty.
    pub detail: String,
    /// Of the event, as far as it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Of the event, as far as it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq_no: Option<i64>,
}

impl Report {
    /// Exit status of the program.
    #[must_use]
    pub const fn exit_status(&self) -> u8 {
        self.verdict.exit_status
    }

    /// As one JSON object over several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// For people.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::write(self)
    }
}

/// Exit status where there was no event at all: nothing was tested.
pub(crate) const NO_EVENTS: u8 = 65;

/// Exit status of a level.
pub(crate) fn exit_status(level: Level, fail_on: Level) -> u8 {
    match level {
        _ if level < fail_on => 0,
        Level::Clean => 0,
        Level::Flagged => 1,
        Level::Review | Level::Quarantined => 2,
    }
}
