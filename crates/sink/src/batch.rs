//! The cutter: when the open range of a partition is closed.
//!
//! Pure: time is an argument. A range is closed by rows, bytes or age, whichever comes first, and before it would
//! touch one ClickHouse partition (a month of event time) too many, so that the number of parts of one insert is
//! bounded whatever the stations' clocks say.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::offsets::Range;

/// Months of event time in one range; the next one closes it.
pub(crate) const MONTHS_MAX: usize = 32;

/// When to close.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Records.
    pub(crate) rows_max: usize,
    /// Bytes of encoded rows.
    pub(crate) bytes_max: usize,
    /// Age of the oldest record.
    pub(crate) linger: Duration,
}

/// Why a range was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Enough records.
    Rows,
    /// Enough bytes.
    Bytes,
    /// The oldest record waited long enough.
    Age,
    /// The next record would touch a month too many.
    Months,
    /// The process ends.
    Shutdown,
}

impl Mechanism {
    /// Every mechanism, for registering counters.
    pub(crate) const ALL: [Self; 5] = [Self::Rows, Self::Bytes, Self::Age, Self::Months, Self::Shutdown];

    /// Label in metrics.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Bytes => "bytes",
            Self::Age => "age",
            Self::Months => "months",
            Self::Shutdown => "shutdown",
        }
    }
}

/// The open range of one partition.
#[derive(Debug)]
pub(crate) struct Cutter {
    limits: Limits,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    range: Range,
    bytes: usize,
    months: BTreeSet<u32>,
    since: Instant,
}

impl Cutter {
    /// A cutter with nothing open.
    #[must_use]
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, open: None }
    }

    /// Whether a record of `month` has to wait for the next range.
    #[must_use]
    pub(crate) fn months_full(&self, month: u32) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.months.len() >= MONTHS_MAX && !open.months.contains(&month))
    }

    /// Adds a record of `bytes` encoded bytes; `month` is `None` where it makes no event row.
    pub(crate) fn add(&mut self, offset: i64, bytes: usize, month: Option<u32>, now: Instant) {
        let open = self.open.get_or_insert_with(|| Open {
            range: Range { first: offset, last: offset, count: 0 },
            bytes: 0,
            months: BTreeSet::new(),
            since: now,
        });
        open.range.last = offset;
        open.range.count += 1;
        open.bytes += bytes;
        open.months.extend(month);
    }

    /// Why the open range has to be closed now, if it has to.
    #[must_use]
    pub(crate) fn due(&self, now: Instant) -> Option<Mechanism> {
        let open = self.open.as_ref()?;
        if open.range.count >= self.limits.rows_max {
            return Some(Mechanism::Rows);
        }
        if open.bytes >= self.limits.bytes_max {
            return Some(Mechanism::Bytes);
        }
        (now.saturating_duration_since(open.since) >= self.limits.linger).then_some(Mechanism::Age)
    }

    /// When age will close the open range.
    #[must_use]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.since + self.limits.linger)
    }

    /// Closes the open range, if there is one.
    pub(crate) fn close(&mut self) -> Option<Range> {
        self.open.take().map(|open| open.range)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { rows_max: 5, bytes_max: 1_000, linger: Duration::from_millis(500) };

    #[test]
    fn closes_by_rows_bytes_and_age() {
        let start = Instant::now();
        let mut cutter = Cutter::new(LIMITS);
        assert_eq!((cutter.due(start), cutter.deadline()), (None, None));
        cutter.add(7, 10, Some(202_401), start);
        assert_eq!(cutter.due(start + Duration::from_millis(499)), None);
        assert_eq!(cutter.due(start + Duration::from_millis(500)), Some(Mechanism::Age));
        cutter.add(9, 990, None, start);
        assert_eq!(cutter.due(start), Some(Mechanism::Bytes));
        assert_eq!(cutter.close(), Some(Range { first: 7, last: 9, count: 2 }));
        for offset in 10..15 {
            cutter.add(offset, 1, Some(202_401), start);
        }
        assert_eq!(cutter.due(start), Some(Mechanism::Rows));
    }

    #[test]
    fn a_thirty_third_month_waits_for_the_next_range() {
        let now = Instant::now();
        let mut cutter = Cutter::new(Limits { rows_max: 1_000, ..LIMITS });
        for month in 0..32u32 {
            assert!(!cutter.months_full(month));
            cutter.add(i64::from(month), 1, Some(month), now);
        }
        assert!(cutter.months_full(32));
        assert!(!cutter.months_full(31));
        assert!(cutter.close().is_some());
        assert!(!cutter.months_full(32));
    }

    proptest! {
        /// Whatever the records: ranges are contiguous, in order, within the bounds, and hold every record once.
        #[test]
        fn ranges_partition_the_records(
            records in proptest::collection::vec((1i64..4, 1usize..400, proptest::option::of(0u32..60), 0u64..300), 1..300),
        ) {
            let mut now = Instant::now();
            let mut cutter = Cutter::new(LIMITS);
            let (mut offsets, mut ranges) = (Vec::new(), Vec::new());
            let mut offset = 0;
            let mut bytes_open = 0;
            for (step, bytes, month, wait) in records {
                now += Duration::from_millis(wait);
                if cutter.due(now).is_some() || month.is_some_and(|month| cutter.months_full(month)) {
                    ranges.extend(cutter.close());
                    bytes_open = 0;
                }
                prop_assert!(bytes_open < LIMITS.bytes_max);
                offset += step;
                offsets.push(offset);
                cutter.add(offset, bytes, month, now);
                bytes_open += bytes;
            }
            ranges.extend(cutter.close());
            let mut rest = offsets.as_slice();
            for range in ranges {
                prop_assert!(range.count <= LIMITS.rows_max);
                let (covered, tail) = rest.split_at(range.count);
                prop_assert_eq!(covered.first(), Some(&range.first));
                prop_assert_eq!(covered.last(), Some(&range.last));
                rest = tail;
            }
            prop_assert!(rest.is_empty());
        }
    }
}
