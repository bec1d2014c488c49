//! Rows of `quarantine_rows`: what is part of no transaction, byte for byte, with its reasons.

use wattledger_record::Micros;

use super::delivery::Place;
use super::{Column, Rows};

pub(crate) const COLUMNS: &[Column] = &[
    ("generation", "UInt32"),
    ("kafka_partition", "UInt32"),
    ("kafka_offset", "UInt64"),
    ("received_at", "DateTime64(6, 'UTC')"),
    ("month", "UInt32"),
    ("tenant", "LowCardinality(String)"),
    ("station", "String"),
    ("station_raw", "String"),
    ("reasons", "Array(LowCardinality(String))"),
    ("message", "String"),
    ("record_key", "String"),
    ("headers", "Array(Tuple(name String, value String))"),
    ("raw", "String"),
];

/// One record set aside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuarantineRow<'a> {
    pub(crate) place: Place,
    pub(crate) received_at: Micros,
    pub(crate) tenant: &'a str,
    pub(crate) station: &'a str,
    pub(crate) station_raw: &'a str,
    pub(crate) reasons: &'a [&'static str],
    /// For people.
    pub(crate) message: &'a str,
    pub(crate) key: &'a [u8],
    pub(crate) headers: &'a [(&'a [u8], &'a [u8])],
    pub(crate) raw: &'a [u8],
}

impl QuarantineRow<'_> {
    pub(crate) fn write(&self, rows: &mut Rows) {
        rows.push(|row| {
            row.u32(self.place.generation);
            row.u32(self.place.partition);
            row.u64(self.place.offset);
            row.time(self.received_at);
            row.u32(self.received_at.month());
            row.text(self.tenant);
            row.text(self.station);
            row.text(self.station_raw);
            row.array(self.reasons.iter(), |row, reason| row.text(reason));
            row.text(self.message);
            row.bytes(self.key);
            row.array(self.headers.iter(), |row, (name, value)| {
                row.bytes(name);
                row.bytes(value);
            });
            row.bytes(self.raw);
        });
    }
}
