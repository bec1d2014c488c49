//! Rows of `delivery_rows`: the account, one row per consumed record.

use wattledger_record::{ContentHash, Micros};

use super::{Column, Rows};

pub(crate) const COLUMNS: &[Column] = &[
    ("generation", "UInt32"),
    ("kafka_partition", "UInt32"),
    ("kafka_offset", "UInt64"),
    ("received_at", "DateTime64(6, 'UTC')"),
    ("month", "UInt32"),
    ("tenant", "LowCardinality(String)"),
    ("station", "String"),
    ("transaction_id", "String"),
    ("seq_no", "Nullable(Int64)"),
    ("content_hash", "UInt128"),
    ("value_bytes", "UInt32"),
    ("quarantine_reason", "LowCardinality(String)"),
];

/// Where a record stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) generation: u32,
    pub(crate) partition: u32,
    pub(crate) offset: u64,
}

/// One consumed record, whatever became of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeliveryRow<'a> {
    pub(crate) place: Place,
    pub(crate) received_at: Micros,
    /// Empty where the key could not be read.
    pub(crate) tenant: &'a str,
    /// Empty where the key could not be read.
    pub(crate) station: &'a str,
    /// Folded; empty where it could not be read.
    pub(crate) transaction_id: &'a str,
    pub(crate) seq_no: Option<i64>,
    pub(crate) content_hash: ContentHash,
    pub(crate) value_bytes: u32,
    /// Empty where the record was accepted.
    pub(crate) quarantine_reason: &'a str,
}

impl DeliveryRow<'_> {
    pub(crate) fn write(&self, rows: &mut Rows) {
        rows.push(|row| {
            row.u32(self.place.generation);
            row.u32(self.place.partition);
            row.u64(self.place.offset);
            row.time(self.received_at);
            row.u32(self.received_at.month());
            row.text(self.tenant);
            row.text(self.station);
            row.text(self.transaction_id);
            row.nullable(self.seq_no, |row, n| row.i64(n));
            row.hash(self.content_hash);
            row.u32(self.value_bytes);
            row.text(self.quarantine_reason);
        });
    }
}
