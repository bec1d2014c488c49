//! RowBinary, column by column: fixed-width little-endian numbers, text behind its length, one byte before a Nullable.
//!
//! Source: ClickHouse documentation, formats, RowBinary.

use uuid::Uuid;
use wattledger_record::{ContentHash, Decimal6, Micros};

/// First and last instant that a `DateTime64(6)` column holds: 1900-01-01 … 2299-12-31T23:59:59.999999Z.
const COLUMN_FROM: i64 = -2_208_988_800_000_000;
const COLUMN_LAST: i64 = 10_413_791_999_999_999;

/// The time if a `DateTime64(6)` column can hold it.
#[must_use]
pub(crate) fn storable(at: Option<Micros>) -> Option<Micros> {
    at.filter(|at| (COLUMN_FROM..=COLUMN_LAST).contains(&at.0))
}

/// Appends values to a buffer of rows.
pub(crate) struct Writer<'a>(pub(crate) &'a mut Vec<u8>);

impl Writer<'_> {
    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn i8(&mut self, value: i8) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u128(&mut self, value: u128) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn hash(&mut self, value: ContentHash) {
        self.u128(value.0);
    }

    pub(crate) fn time(&mut self, value: Micros) {
        self.i64(value.0);
    }

    pub(crate) fn decimal(&mut self, value: Decimal6) {
        self.i64(value.0);
    }

    /// A UUID is two words, each little-endian, the high one first.
    pub(crate) fn uuid(&mut self, value: Uuid) {
        let (high, low) = value.as_u64_pair();
        self.u64(high);
        self.u64(low);
    }

    /// Length of a text or an array: LEB128.
    pub(crate) fn length(&mut self, length: usize) {
        let mut rest = u64::try_from(length).unwrap_or(u64::MAX);
        while rest >= 0x80 {
            self.0.push((rest.to_le_bytes().first().copied().unwrap_or_default() & 0x7f) | 0x80);
            rest >>= 7;
        }
        self.0.push(rest.to_le_bytes().first().copied().unwrap_or_default());
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.length(value.len());
        self.0.extend_from_slice(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn nullable<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.0.push(1),
            Some(value) => {
                self.0.push(0);
                put(self, value);
            }
        }
    }

    /// An array, from an iterator that knows its length.
    pub(crate) fn array<T>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut put: impl FnMut(&mut Self, T),
    ) {
        self.length(values.len());
        for value in values {
            put(self, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_leb128() {
        let cases: [(usize, &[u8]); 4] =
            [(0, &[0]), (127, &[127]), (128, &[0x80, 1]), (300_000, &[0xe0, 0xa7, 0x12])];
        for (length, expect) in cases {
            let mut buffer = Vec::new();
            Writer(&mut buffer).length(length);
            assert_eq!(buffer, expect);
        }
    }

    #[test]
    fn times_outside_the_column_are_no_times() {
        assert_eq!(storable(Some(Micros(i64::MAX))), None);
        assert_eq!(storable(Some(Micros(COLUMN_LAST))), Some(Micros(COLUMN_LAST)));
        assert_eq!(storable(Some(Micros(COLUMN_FROM - 1))), None);
    }
}
