//! The catalogue: every metric of the sink, with kind, unit, labels and meaning, and the only place that records them.
//!
//! Labels come from closed enums. Counters and sentinels are registered at zero, so that "never happened" and "not
//! measured" differ.

#![expect(clippy::disallowed_macros, reason = "this is the catalogue that the lint points to")]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::batch::Mechanism;
use crate::insert::Class;
use crate::offsets::Violation;

/// Tables that the sink writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Events,
    Deliveries,
    Quarantine,
    Transactions,
    Progress,
}

impl Table {
    pub(crate) const ALL: [Self; 5] =
        [Self::Events, Self::Deliveries, Self::Quarantine, Self::Transactions, Self::Progress];

    /// Name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Events => "event_rows",
            Self::Deliveries => "delivery_rows",
            Self::Quarantine => "quarantine_rows",
            Self::Transactions => "transaction_rows",
            Self::Progress => "progress",
        }
    }

    /// Label in metrics and tag in tokens.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Deliveries => "deliveries",
            Self::Quarantine => "quarantine",
            Self::Transactions => "transactions",
            Self::Progress => "progress",
        }
    }

    /// Whether the table has a deduplication window. `transactions` must not: a repair writes identical rows.
    pub(crate) const fn has_token(self) -> bool {
        matches!(self, Self::Events | Self::Deliveries | Self::Quarantine)
    }
}

macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        impl $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

closed!(
    /// What decoding made of a delivery.
    Seen { Clean = "clean", Flagged = "flagged", Quarantined = "quarantined" }
);
closed!(
    /// What happened to an assignment.
    Rebalance { Assigned = "assigned", Revoked = "revoked", Lost = "lost" }
);
closed!(
    /// Where a transaction's earlier events came from; refused: a digest could not take an event in, and the set is read.
    LookUp {
        Hit = "hit", New = "new", Read = "read", Refused = "refused", Partial = "partial", Failed = "failed",
    }
);
closed!(
    /// How a commit went.
    Commit { Done = "done", Failed = "failed" }
);
closed!(
    /// Code that was caught panicking on input.
    Panicked { Decode = "decode", Fold = "fold" }
);
closed!(
    /// How the answer to a quarantined record's copy came.
    Copy { Done = "done", Failed = "failed", TooLarge = "too_large" }
);

const DELIVERIES: &str = "wattledger_sink_deliveries_total";
const BATCHES: &str = "wattledger_sink_batches_total";
const BATCH_ROWS: &str = "wattledger_sink_batch_rows";
const BATCH_BYTES: &str = "wattledger_sink_batch_bytes";
const INSERT_SECONDS: &str = "wattledger_sink_insert_duration_seconds";
const INSERT_ROWS: &str = "wattledger_sink_insert_rows";
const INSERT_BYTES: &str = "wattledger_sink_insert_bytes";
const INSERT_ERRORS: &str = "wattledger_sink_insert_errors_total";
const ROWS_WRITTEN: &str = "wattledger_sink_rows_written_total";
const RETRY_AGE: &str = "wattledger_sink_insert_retry_age_seconds";
const STOPPED: &str = "wattledger_sink_inserts_stopped";
const END_TO_END: &str = "wattledger_sink_end_to_end_seconds";
const LAG: &str = "wattledger_sink_lag_messages";
const COMMITTED: &str = "wattledger_sink_committed_offset";
const COMMITS: &str = "wattledger_sink_commits_total";
const COMMITS_CHECKED: &str = "wattledger_sink_commits_checked_total";
const COMMIT_VIOLATIONS: &str = "wattledger_sink_commit_violations_total";
const REBALANCES: &str = "wattledger_sink_rebalances_total";
const ASSIGNED: &str = "wattledger_sink_assigned_partitions";
const PAUSED: &str = "wattledger_sink_paused_partitions";
const HELD: &str = "wattledger_sink_held_bytes";
const LOOK_UPS: &str = "wattledger_sink_lookups_total";
const LOOK_UP_SECONDS: &str = "wattledger_sink_lookup_duration_seconds";
const FOLDS: &str = "wattledger_sink_folds_total";
const FOLDS_SKIPPED: &str = "wattledger_sink_folds_unchanged_total";
const STATE: &str = "wattledger_sink_state_bytes";
const PANICS: &str = "wattledger_sink_panics_total";
const COPIES: &str = "wattledger_sink_quarantine_copies_total";
const PARTIAL_READS: &str = "wattledger_sink_partial_reads_total";
const REGRESSIONS: &str = "wattledger_sink_version_regressions_total";
const PUT_OFF: &str = "wattledger_sink_records_put_off_total";
const LEFT_ALONE: &str = "wattledger_sink_records_left_alone_total";
const TABLE_BEHIND: &str = "wattledger_sink_table_behind_commit_total";

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder, once per process, and registers everything at zero. `None` if the process already has
/// another recorder; then that one shows our metrics.
pub(crate) fn install() -> Option<PrometheusHandle> {
    let handle = HANDLE.get_or_init(|| {
        let seconds: Vec<f64> = (0..16).map(|power| 0.001 * f64::from(1 << power)).collect();
        let sizes: Vec<f64> = (0..14).map(|power| f64::from(4u32.pow(power))).collect();
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_rows".to_owned()), &sizes))
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &sizes))
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|error| tracing::warn!(%error, "metrics recorder not installed"))
            .ok()
    });
    describe();
    register();
    handle.clone()
}

fn describe() {
    describe_counter!(DELIVERIES, "consumed records by what decoding made of them");
    describe_counter!(BATCHES, "closed ranges by what closed them");
    describe_histogram!(BATCH_ROWS, "records of a closed range");
    describe_histogram!(BATCH_BYTES, "encoded bytes of a closed range");
    describe_histogram!(INSERT_SECONDS, "one attempt at an insert, failed ones too");
    describe_histogram!(INSERT_ROWS, "rows of an insert");
    describe_histogram!(INSERT_BYTES, "bytes of an insert before compression");
    describe_counter!(INSERT_ERRORS, "failed attempts by what helps");
    describe_counter!(ROWS_WRITTEN, "rows acknowledged by the server");
    describe_gauge!(RETRY_AGE, "age of the insert that is being retried, 0 if none");
    describe_gauge!(STOPPED, "inserts that somebody has to mend the server for");
    describe_histogram!(END_TO_END, "received_at to record rows acknowledged");
    describe_gauge!(LAG, "records in the partition that are not written");
    describe_gauge!(COMMITTED, "last offset that the broker confirmed");
    describe_counter!(COMMITS, "commits by outcome");
    describe_counter!(COMMITS_CHECKED, "written ranges checked against the ledger");
    describe_counter!(COMMIT_VIOLATIONS, "sentinel: written ranges that did not continue the written prefix");
    describe_counter!(REBALANCES, "partitions by what happened to their assignment");
    describe_gauge!(ASSIGNED, "partitions of this process");
    describe_gauge!(PAUSED, "partitions held back because memory is used up");
    describe_gauge!(HELD, "bytes of records read and not written");
    describe_counter!(LOOK_UPS, "transactions by where their earlier events came from");
    describe_histogram!(LOOK_UP_SECONDS, "one look-up query");
    describe_counter!(FOLDS, "transactions folded");
    describe_counter!(FOLDS_SKIPPED, "folds that gave the version this process has already written");
    describe_gauge!(STATE, "bytes of transactions kept in memory");
    describe_counter!(PANICS, "sentinel: panics caught on input");
    describe_counter!(COPIES, "copies of quarantined records to their topic");
    describe_counter!(
        PARTIAL_READS,
        "sentinel: look-ups that found fewer contents than a stored record counts"
    );
    describe_counter!(REGRESSIONS, "sentinel: folds that gave a lower version than the stored one");
    describe_counter!(
        LEFT_ALONE,
        "sentinel: records not renewed because their events could not be read whole"
    );
    describe_counter!(
        TABLE_BEHIND,
        "sentinel: partitions whose table was behind the committed offset at start"
    );
}

fn register() {
    for seen in Seen::ALL {
        counter!(DELIVERIES, "outcome" => seen.as_str()).absolute(0);
    }
    for mechanism in Mechanism::ALL {
        counter!(BATCHES, "mechanism" => mechanism.as_str()).absolute(0);
    }
    for table in Table::ALL {
        counter!(ROWS_WRITTEN, "table" => table.as_str()).absolute(0);
        gauge!(RETRY_AGE, "table" => table.as_str()).set(0.0);
        gauge!(STOPPED, "table" => table.as_str()).set(0.0);
        for class in Class::ALL {
            counter!(INSERT_ERRORS, "table" => table.as_str(), "class" => class.as_str()).absolute(0);
        }
    }
    for outcome in Commit::ALL {
        counter!(COMMITS, "outcome" => outcome.as_str()).absolute(0);
    }
    for kind in Violation::ALL {
        counter!(COMMIT_VIOLATIONS, "kind" => kind.as_str()).absolute(0);
    }
    for kind in Rebalance::ALL {
        counter!(REBALANCES, "kind" => kind.as_str()).absolute(0);
    }
    for result in LookUp::ALL {
        counter!(LOOK_UPS, "result" => result.as_str()).absolute(0);
    }
    for place in Panicked::ALL {
        counter!(PANICS, "in" => place.as_str()).absolute(0);
    }
    for outcome in Copy::ALL {
        counter!(COPIES, "outcome" => outcome.as_str()).absolute(0);
    }
    for name in
        [COMMITS_CHECKED, FOLDS, FOLDS_SKIPPED, PUT_OFF, PARTIAL_READS, REGRESSIONS, LEFT_ALONE, TABLE_BEHIND]
    {
        counter!(name).absolute(0);
    }
    for name in [ASSIGNED, PAUSED, HELD, STATE] {
        gauge!(name).set(0.0);
    }
}

/// Largest integer that a gauge shows exactly; offsets and bytes stay far below.
#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64; 2^53 offsets are out of reach")]
const fn float(n: u64) -> f64 {
    n as f64
}

fn size(n: usize) -> f64 {
    float(u64::try_from(n).unwrap_or(u64::MAX))
}

pub(crate) fn deliveries(seen: Seen, count: u64) {
    counter!(DELIVERIES, "outcome" => seen.as_str()).increment(count);
}

pub(crate) fn batch_closed(mechanism: Mechanism, rows: usize, bytes: usize) {
    counter!(BATCHES, "mechanism" => mechanism.as_str()).increment(1);
    histogram!(BATCH_ROWS).record(size(rows));
    histogram!(BATCH_BYTES).record(size(bytes));
}

pub(crate) fn insert_size(table: Table, rows: usize, bytes: usize) {
    histogram!(INSERT_ROWS, "table" => table.as_str()).record(size(rows));
    histogram!(INSERT_BYTES, "table" => table.as_str()).record(size(bytes));
}

pub(crate) fn insert_took(table: Table, ok: bool, took: Duration) {
    let outcome = if ok { "ok" } else { "error" };
    histogram!(INSERT_SECONDS, "table" => table.as_str(), "outcome" => outcome).record(took);
}

pub(crate) fn rows_written(table: Table, rows: usize) {
    counter!(ROWS_WRITTEN, "table" => table.as_str()).increment(u64::try_from(rows).unwrap_or(u64::MAX));
}

/// The trouble that one insert has; dropping it takes it off the gauges.
pub(crate) struct Trouble {
    table: Table,
    since: Instant,
    stopped: std::cell::Cell<bool>,
}

impl Trouble {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, since: Instant::now(), stopped: std::cell::Cell::new(false) }
    }

    pub(crate) fn failed(&self, class: Class) {
        let table = self.table.as_str();
        counter!(INSERT_ERRORS, "table" => table, "class" => class.as_str()).increment(1);
        gauge!(RETRY_AGE, "table" => table).set(self.since.elapsed());
        if class != Class::Retry && !self.stopped.replace(true) {
            gauge!(STOPPED, "table" => table).increment(1.0);
        }
    }
}

impl Drop for Trouble {
    fn drop(&mut self) {
        gauge!(RETRY_AGE, "table" => self.table.as_str()).set(0.0);
        if self.stopped.get() {
            gauge!(STOPPED, "table" => self.table.as_str()).decrement(1.0);
        }
    }
}

pub(crate) fn end_to_end(took: Duration) {
    histogram!(END_TO_END).record(took);
}

pub(crate) fn lag(partition: i32, messages: u64) {
    gauge!(LAG, "partition" => partition.to_string()).set(float(messages));
}

pub(crate) fn committed(partition: i32, offset: i64) {
    let offset = float(u64::try_from(offset).unwrap_or(0));
    gauge!(COMMITTED, "partition" => partition.to_string()).set(offset);
}

pub(crate) fn commit(outcome: Commit) {
    counter!(COMMITS, "outcome" => outcome.as_str()).increment(1);
}

pub(crate) fn commit_checked(violation: Option<Violation>) {
    counter!(COMMITS_CHECKED).increment(1);
    if let Some(kind) = violation {
        counter!(COMMIT_VIOLATIONS, "kind" => kind.as_str()).increment(1);
    }
}

pub(crate) fn rebalance(kind: Rebalance, partitions: usize) {
    counter!(REBALANCES, "kind" => kind.as_str()).increment(u64::try_from(partitions).unwrap_or(u64::MAX));
}

pub(crate) fn assigned(partitions: usize, paused: usize, held_bytes: usize) {
    gauge!(ASSIGNED).set(size(partitions));
    gauge!(PAUSED).set(size(paused));
    gauge!(HELD).set(size(held_bytes));
}

pub(crate) fn look_ups(result: LookUp, count: usize) {
    counter!(LOOK_UPS, "result" => result.as_str()).increment(u64::try_from(count).unwrap_or(u64::MAX));
}

pub(crate) fn look_up_took(took: Duration) {
    histogram!(LOOK_UP_SECONDS).record(took);
}

pub(crate) fn folds(done: u64, unchanged: u64) {
    counter!(FOLDS).increment(done);
    counter!(FOLDS_SKIPPED).increment(unchanged);
}

pub(crate) fn put_off(records: u64) {
    counter!(PUT_OFF).increment(records);
}

pub(crate) fn state_bytes_changed(before: usize, after: usize) {
    gauge!(STATE).increment(size(after) - size(before));
}

pub(crate) fn panicked(place: Panicked) {
    counter!(PANICS, "in" => place.as_str()).increment(1);
}

pub(crate) fn copy(outcome: Copy) {
    counter!(COPIES, "outcome" => outcome.as_str()).increment(1);
}

pub(crate) fn partial_reads(count: usize) {
    counter!(PARTIAL_READS).increment(u64::try_from(count).unwrap_or(u64::MAX));
}

pub(crate) fn version_regression() {
    counter!(REGRESSIONS).increment(1);
}

pub(crate) fn left_alone() {
    counter!(LEFT_ALONE).increment(1);
}

pub(crate) fn table_behind() {
    counter!(TABLE_BEHIND).increment(1);
}
