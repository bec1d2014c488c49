//! The part of a report that is about charges.

use serde::Serialize;

use super::{Counted, Example};
use crate::position::Place;

/// What is found across the events of charges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChargesFound {
    /// Distinct (station, transactionId).
    pub transaction_ids: u64,
    /// Charges; one id may have served several.
    pub charges: u64,
    /// Charges by class.
    pub classes: Vec<ClassFound>,
    /// Charges by how bad they are.
    pub levels: Vec<Counted>,
    /// Charges that could be billed once they have settled.
    pub billable_charges: u64,
    /// Their energy, Wh, exact.
    pub billable_wh: String,
    /// Energy of all charges that have one, by its method.
    pub energy: Vec<EnergyFound>,
    /// Missing seqNos.
    pub missing_seq_nos: u64,
    /// Charges with holes.
    pub holes: Found,
    /// Further copies of an event that had come.
    pub repeats: Found,
    /// Contents that tell an event again, otherwise.
    pub variants: u64,
    /// Contents that contradict another under the same seqNo.
    pub conflicts: Found,
    /// Why a human has to look, the most frequent first.
    pub review: Vec<WordFound>,
    /// What else is said of charges, the most frequent first.
    pub flags: Vec<WordFound>,
    /// transactionIds with more events than are assembled.
    pub not_assembled: Found,
    /// The events of those.
    pub not_assembled_events: u64,
    /// The first charges one by one, the worst first.
    pub told: Vec<Charge>,
}

/// Charges of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassFound {
    /// As in the table of records.
    pub name: &'static str,
    /// What it means for a bill.
    pub meaning: &'static str,
    /// Charges.
    pub count: u64,
}

/// Energy found by one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnergyFound {
    /// Stable snake_case text.
    pub method: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Charges.
    pub charges: u64,
    /// Their sum, Wh, exact.
    pub wh: String,
}

/// A count and the first examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A word of the record, and the charges that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordFound {
    /// Stable snake_case text.
    pub word: &'static str,
    /// What it says.
    pub meaning: String,
    /// Charges that have it.
    pub charges: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// Where its first event stands.
    pub place: Place,
    /// `clean`, `flagged` or `review`.
    pub level: &'static str,
    /// As spelled; `-` where no line names one.
    pub station: String,
    /// As spelled.
    pub transaction_id: String,
    /// As in the table of records.
    pub class: &'static str,
    /// Whether it could be billed once it has settled.
    pub billable: bool,
    /// Contents that count.
    pub events: u32,
    /// Further copies.
    pub repeats: u64,
    /// Contents that tell an event again, otherwise.
    pub variants: u64,
    /// Contents that lost against another.
    pub conflicts: u32,
    /// Lowest seqNo of the charge.
    pub first_seq_no: i64,
    /// Highest seqNo of the charge.
    pub last_seq_no: i64,
    /// Missing seqNos.
    pub missing_seq_nos: u64,
    /// The first of them, as `3` or `7-9`.
    pub missing_ranges: Vec<String>,
    /// Runs of seqNo; above 1 it began anew.
    pub runs: u16,
    /// RFC 3339, UTC.
    pub started_at: Option<String>,
    /// RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// What may be billed, Wh, exact.
    pub energy_wh: Option<String>,
    /// How it was found.
    pub energy_method: Option<&'static str>,
    /// The best there is, where nothing may be billed, Wh.
    pub estimate_wh: Option<String>,
    /// How that was found.
    pub estimate_method: Option<&'static str>,
    /// Reading at the beginning, Wh.
    pub register_begin_wh: Option<String>,
    /// Reading at the end, Wh.
    pub register_end_wh: Option<String>,
    /// Why a human has to look.
    pub review: Vec<&'static str>,
    /// What else is said.
    pub flags: Vec<&'static str>,
    /// Contents that do not count.
    pub lost: Vec<Lost>,
}

/// A content that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Its seqNo.
    pub seq_no: i64,
    /// `variant` tells the same again, `conflict` contradicts.
    pub kind: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Where the one stands that counts.
    pub counts: Option<Place>,
}
