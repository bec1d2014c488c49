//! Rows of `progress`: how far a partition is written.

use wattledger_record::Micros;

use super::{Column, Rows};

pub(crate) const COLUMNS: &[Column] = &[
    ("generation", "UInt32"),
    ("kafka_partition", "UInt32"),
    ("written_at", "DateTime64(6, 'UTC')"),
    ("next_offset", "UInt64"),
    ("watermark", "DateTime64(6, 'UTC')"),
];

/// How far one partition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) generation: u32,
    pub(crate) partition: u32,
    pub(crate) written_at: Micros,
    pub(crate) next_offset: u64,
    pub(crate) watermark: Micros,
}

impl Progress {
    pub(crate) fn write(&self, rows: &mut Rows) {
        rows.push(|row| {
            row.u32(self.generation);
            row.u32(self.partition);
            row.time(self.written_at);
            row.u64(self.next_offset);
            row.time(self.watermark);
        });
    }
}
