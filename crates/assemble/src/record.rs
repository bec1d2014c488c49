//! What `fold` gives: the record of each charge under one transactionId, field by field as stored.

use uuid::Uuid;
use wattledger_record::{ContentHash, Decimal6, Micros};

use super::event::Token;

pub use super::reckoning::{Basis, Reckoning, Source, Span};
use super::words::flag;

/// Revision of the fold's rules, the lowest bits of a record's version: grows when the same events give another record.
pub const FOLD_REVISION: u16 = 2;

/// Ranges of missing seqNos kept in a record; more are counted exactly but not listed. 64 ranges are 1.2 KiB a row.
pub const MISSING_RANGES_MAX: usize = 64;

/// Above this many contents under one transactionId its records have a flag, and whoever renews them may take his time:
/// one charge of a day with an event every ten seconds stays below.
pub const LARGE_CONTENTS: u32 = 10_000;

/// All records of one transactionId.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// Over the whole set of contents; see `wattledger_record::ids::record_version`.
    pub version: u128,
    /// Distinct contents of the whole transactionId.
    pub contents: u32,
    /// Lowest month among dated events, 0 if none.
    pub first_month: u32,
    /// Highest month among dated events, 0 if none.
    pub last_month: u32,
    /// Whether there are events in month 0.
    pub undated: bool,
    /// One record per instance key, sorted by it.
    pub records: Vec<Record>,
}

impl Folded {
    /// Flags the records of a large transaction.
    pub(super) fn flag_large(&mut self) {
        if self.contents <= LARGE_CONTENTS {
            return;
        }
        for record in &mut self.records {
            if let Err(place) = record.flags.binary_search(&flag::LARGE_TRANSACTION) {
                record.flags.insert(place, flag::LARGE_TRANSACTION);
            }
        }
    }
}

/// One row of `transaction_rows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 0 for the first charge, else the event time of the `Started` that opened it, µs.
    pub instance_key: i64,
    /// Set: this `Started` merely repeats the start of that instance; the row is no charge of its own.
    pub part_of: Option<i64>,
    /// Event time, µs, at which the next charge begins; `i64::MAX` for the last.
    pub until: i64,
    /// First event of each epoch after the first.
    pub epoch_starts: Vec<ScanPosition>,
    /// Contents without a usable time that belong here.
    pub placed: Vec<Placed>,
    /// Contents that do not count.
    pub lost: Vec<Lost>,

    /// As spelled by the lowest event.
    pub station_raw: Box<str>,
    /// As spelled by the lowest event.
    pub transaction_id_raw: Box<str>,
    /// UUIDv5; see `wattledger_record::ids::record_id`.
    pub record_id: Uuid,
    /// Class as far as the events alone give it.
    pub class: Class,
    /// seqNo of the start, else the lowest seen.
    pub first_seq: i64,
    /// seqNo of the `Ended` that counts, else the highest seen.
    pub last_seq: i64,
    /// Runs of seqNo, at least 1.
    pub epochs: u16,
    /// Contents that count.
    pub events: u32,
    /// Of those, how many came with `offline`.
    pub offline_events: u32,
    /// Contents that lost a conflict.
    pub conflicts: u32,
    /// Exact number of missing seqNos.
    pub missing_count: u64,
    /// At most [`MISSING_RANGES_MAX`].
    pub missing_ranges: Vec<MissingRange>,
    /// Whether there are more.
    pub missing_truncated: bool,

    /// Event time of the start.
    pub started_at: Option<Micros>,
    /// Event time of the `Ended` that counts.
    pub ended_at: Option<Micros>,
    /// Where `started_at` is `None`.
    pub started_at_estimate: Option<Micros>,
    /// Where `ended_at` is `None` and an `Ended` exists.
    pub ended_at_estimate: Option<Micros>,
    /// Seconds; never negative.
    pub duration_s: Option<Decimal6>,
    /// Seconds per charging state; `None` where they cannot be told.
    pub state_times: Option<StateTimes>,

    /// First by (epoch, seqNo).
    pub evse_id: Option<i64>,
    /// First from an event that names the same EVSE.
    pub connector_id: Option<i64>,
    /// First token of an event that is no stop.
    pub id_token_start: Option<Token>,
    /// Token that stopped the charge.
    pub id_token_stop: Option<Token>,
    /// First by (epoch, seqNo).
    pub remote_start_id: Option<i64>,
    /// First by (epoch, seqNo).
    pub reservation_id: Option<i64>,
    /// Every value reported, sorted.
    pub phases_used: Vec<i64>,
    /// First by (epoch, seqNo), A.
    pub cable_max_current_a: Option<i64>,
    /// Last by (epoch, seqNo), s.
    pub reported_charging_s: Option<i64>,
    /// First by (epoch, seqNo).
    pub operation_mode: Option<Box<str>>,
    /// Last by (epoch, seqNo).
    pub tariff_id: Option<Box<str>>,
    /// Canonical; `Local` where an `Ended` has none; empty without `Ended`.
    pub stopped_reason: &'static str,
    /// As sent.
    pub stopped_reason_raw: Option<Box<str>>,

    /// What may be billed, and how it was found.
    pub energy: Option<Energy>,
    /// The best there is.
    pub energy_estimate: Option<Energy>,
    /// Begin reading behind `energy`, Wh.
    pub register_begin_wh: Option<Decimal6>,
    /// End reading behind `energy`, Wh.
    pub register_end_wh: Option<Decimal6>,
    /// Exported energy, Wh.
    pub energy_export_wh: Option<Decimal6>,
    /// Why a human has to look, sorted.
    pub review: Vec<&'static str>,
    /// Flags of the record and of its events, sorted.
    pub flags: Vec<&'static str>,
    /// Latest usable event time.
    pub last_event_at: Option<Micros>,
    /// Last import register reading seen, Wh.
    pub last_register_wh: Option<Decimal6>,
    /// Lowest `received_at`.
    pub first_received_at: Micros,
    /// Highest `received_at`.
    pub last_received_at: Micros,
}

/// Place of an event in scan order: usable event time, then seqNo, then hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanPosition {
    /// Event time, µs.
    pub at: i64,
    /// seqNo.
    pub seq_no: i64,
    /// Content hash.
    pub content_hash: ContentHash,
}

/// A content without a usable event time, and where it was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Content hash.
    pub content_hash: ContentHash,
    /// seqNo.
    pub seq_no: i64,
    /// Epoch, from 1.
    pub epoch: u16,
}

/// A content that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// Content hash.
    pub content_hash: ContentHash,
    /// seqNo.
    pub seq_no: i64,
    /// Another telling of the content that counts: no conflict.
    pub variant: bool,
}

/// Class as far as the events alone give it; `no_end_presumed` and `incomplete` come with time, in the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Contents contradict each other.
    Conflict = 1,
    /// No `Started`.
    NoStart = 2,
    /// No `Ended`.
    Open = 4,
    /// Every seqNo from `Started` to `Ended`.
    Complete = 5,
    /// Only `Updated` missing, and nothing that a bill needs.
    CompletePermittedGaps = 6,
    /// A missing event may hold what a bill needs.
    Waiting = 7,
}

/// A run of missing seqNos in one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRange {
    /// Epoch, from 1.
    pub epoch: u16,
    /// First missing.
    pub first: i64,
    /// Last missing.
    pub last: i64,
}

/// Seconds per charging state; they add up to the duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateTimes {
    /// Charging.
    pub charging: Decimal6,
    /// SuspendedEV.
    pub suspended_ev: Decimal6,
    /// SuspendedEVSE.
    pub suspended_evse: Decimal6,
    /// EVConnected.
    pub ev_connected: Decimal6,
    /// Idle.
    pub idle: Decimal6,
    /// Cannot be told.
    pub unknown: Decimal6,
}

/// An amount of energy and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Energy {
    /// Wh.
    pub wh: Decimal6,
    /// One of the closed list of methods, e.g. `begin_end_register`.
    pub method: &'static str,
}
