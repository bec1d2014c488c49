//! The ledger of one partition: which offsets were accepted, which are written, and what may be committed.
//!
//! Pure: no clock, no I/O.
//!
//! Invariant: the frontier never passes an offset that was accepted and not written. A range that leaves such an
//! offset behind, comes twice, or names what was never accepted is refused as a [`Violation`] and moves nothing.

use std::collections::VecDeque;

/// Ledger of one partition since it was assigned.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Accepted and not yet written, ascending.
    pending: VecDeque<i64>,
    last_accepted: Option<i64>,
    frontier: i64,
    committed: i64,
}

/// A contiguous run of a partition's records, by offset; holes that the log itself has count as covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    /// Offset of the first record.
    pub(crate) first: i64,
    /// Offset of the last record.
    pub(crate) last: i64,
    /// Records.
    pub(crate) count: usize,
}

/// A range that does not continue the written prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// An accepted offset lies before the range and is not written.
    Gap,
    /// The range starts with an offset that is not the next pending one.
    OutOfOrder,
    /// The range does not hold the records that were accepted between its ends.
    Overlap,
    /// No record.
    Empty,
}

impl Violation {
    /// Every kind, for registering counters.
    pub(crate) const ALL: [Self; 4] = [Self::Gap, Self::OutOfOrder, Self::Overlap, Self::Empty];

    /// Label in metrics.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::OutOfOrder => "out_of_order",
            Self::Overlap => "overlap",
            Self::Empty => "empty",
        }
    }
}

impl Ledger {
    /// A partition that is read from `start` on.
    #[must_use]
    pub(crate) const fn new(start: i64) -> Self {
        Self { pending: VecDeque::new(), last_accepted: None, frontier: start, committed: start }
    }

    /// Takes note of a polled record; `false` if it was seen already (the same offset can come again after an
    /// incremental assignment) and has to be dropped.
    pub(crate) fn accept(&mut self, offset: i64) -> bool {
        if offset < self.frontier || self.last_accepted.is_some_and(|last| offset <= last) {
            return false;
        }
        self.last_accepted = Some(offset);
        self.pending.push_back(offset);
        true
    }

    /// Moves the frontier over a written range.
    ///
    /// # Errors
    /// A [`Violation`] if the range does not continue the written prefix exactly; nothing moves then.
    pub(crate) fn written(&mut self, range: Range) -> Result<(), Violation> {
        if range.count == 0 || range.last < range.first {
            return Err(Violation::Empty);
        }
        match self.pending.front() {
            Some(&next) if next == range.first => {}
            Some(&next) if next < range.first => return Err(Violation::Gap),
            _ => return Err(Violation::OutOfOrder),
        }
        let covered = self.pending.partition_point(|&offset| offset <= range.last);
        let ends_there = covered.checked_sub(1).and_then(|at| self.pending.get(at)) == Some(&range.last);
        if covered != range.count || !ends_there {
            return Err(Violation::Overlap);
        }
        self.pending.drain(..covered);
        self.frontier = range.last + 1;
        Ok(())
    }

    /// Next offset to be written; every accepted one below is.
    #[must_use]
    pub(crate) const fn frontier(&self) -> i64 {
        self.frontier
    }

    /// The offset to commit, if it differs from the last one that was committed.
    #[must_use]
    pub(crate) const fn commit_due(&self) -> Option<i64> {
        if self.frontier > self.committed { Some(self.frontier) } else { None }
    }

    /// Takes note of a commit that the broker confirmed.
    pub(crate) fn committed(&mut self, offset: i64) {
        self.committed = self.committed.max(offset);
    }

    /// Accepted records that are not written yet.
    #[must_use]
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(first: i64, last: i64, count: usize) -> Range {
        Range { first, last, count }
    }

    #[test]
    fn a_range_may_span_holes_of_the_log() {
        let mut ledger = Ledger::new(10);
        for offset in [10, 12, 15] {
            assert!(ledger.accept(offset));
        }
        assert_eq!(ledger.written(range(10, 12, 2)), Ok(()));
        assert_eq!(ledger.commit_due(), Some(13));
        ledger.committed(13);
        assert_eq!((ledger.commit_due(), ledger.pending()), (None, 1));
    }

    #[test]
    fn what_came_already_is_dropped() {
        let mut ledger = Ledger::new(5);
        assert!(!ledger.accept(4));
        assert!(ledger.accept(5));
        assert!(!ledger.accept(5));
        assert_eq!(ledger.written(range(5, 5, 1)), Ok(()));
        assert!(!ledger.accept(5));
    }

    #[test]
    fn each_violation_is_named_and_moves_nothing() {
        let mut ledger = Ledger::new(0);
        for offset in 0..4 {
            assert!(ledger.accept(offset));
        }
        assert_eq!(ledger.written(range(1, 2, 2)), Err(Violation::Gap));
        assert_eq!(ledger.written(range(-1, 2, 3)), Err(Violation::OutOfOrder));
        assert_eq!(ledger.written(range(0, 2, 2)), Err(Violation::Overlap));
        assert_eq!(ledger.written(range(0, 9, 4)), Err(Violation::Overlap));
        assert_eq!(ledger.written(range(0, 0, 0)), Err(Violation::Empty));
        assert_eq!((ledger.frontier(), ledger.pending()), (0, 4));
    }

    proptest! {
        /// Model: a plain list of accepted offsets and a set of written ones.
        #[test]
        fn the_frontier_never_passes_an_unwritten_offset(
            steps in proptest::collection::vec((0u8..4, 0usize..5, 0i64..3), 1..200),
        ) {
            let mut ledger = Ledger::new(0);
            let (mut accepted, mut written): (Vec<i64>, usize) = (Vec::new(), 0);
            let mut next = 0;
            for (kind, size, skip) in steps {
                match kind {
                    0 | 1 => {
                        next += skip;
                        prop_assert!(ledger.accept(next));
                        prop_assert!(!ledger.accept(next));
                        accepted.push(next);
                        next += 1;
                    }
                    2 => {
                        let size = size.min(accepted.len() - written);
                        let chunk = &accepted[written..written + size];
                        let result = match (chunk.first(), chunk.last()) {
                            (Some(&first), Some(&last)) => ledger.written(range(first, last, size)),
                            _ => ledger.written(range(0, 0, 0)),
                        };
                        prop_assert_eq!(result.is_ok(), size > 0);
                        written += size;
                    }
                    _ => {
                        // a range that skips one pending record is never taken
                        if let [_, second, ..] = accepted[written..] {
                            prop_assert_eq!(ledger.written(range(second, second, 1)), Err(Violation::Gap));
                        }
                    }
                }
                let first_unwritten = accepted.get(written).copied();
                prop_assert!(first_unwritten.is_none_or(|offset| ledger.frontier() <= offset));
                if let Some(&last_written) = written.checked_sub(1).and_then(|at| accepted.get(at)) {
                    prop_assert_eq!(ledger.frontier(), last_written + 1);
                }
                if let Some(due) = ledger.commit_due() {
                    prop_assert_eq!(due, ledger.frontier());
                    ledger.committed(due);
                }
            }
        }
    }
}
