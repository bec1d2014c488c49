//! Large transactions whose events do not come in order: each renewal reads and folds all of them, so it is put off to
//! once a minute.
//!
//! That survives a crash without a note of what is put off: put off is only what has a stored record of more than
//! [`LARGE_CONTENTS`] contents, and each assignment begins by renewing every such record of its partition.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use wattledger_assemble::record::LARGE_CONTENTS;

use crate::deliver::TransactionKey;

/// Between two renewals of one large record: a bill waits a minute, and 100,000 events a minute cost one fold.
pub(crate) const RENEWED_EVERY: Duration = Duration::from_secs(60);

/// The large transactions of one partition that were met since it was assigned.
#[derive(Debug, Default)]
pub(crate) struct Large {
    known: HashMap<TransactionKey, Turn>,
}

#[derive(Debug)]
struct Turn {
    /// Not before this.
    due: Instant,
    /// There are events that the record does not have.
    waiting: bool,
}

impl Large {
    /// Expects records that an earlier owner of the partition may have put off.
    pub(crate) fn expect(&mut self, keys: Vec<TransactionKey>, now: Instant) {
        self.known.extend(keys.into_iter().map(|key| (key, Turn { due: now, waiting: true })));
    }

    /// Whether a record that an event touches is put off; it is then waiting.
    pub(crate) fn puts_off(&mut self, key: &TransactionKey, now: Instant) -> bool {
        let Some(turn) = self.known.get_mut(key) else { return false };
        turn.waiting = true;
        turn.due > now
    }

    /// Notes that a record is renewed, or cannot be, with so many contents, of which it keeps nothing in memory.
    pub(crate) fn renewed(&mut self, key: &TransactionKey, contents: usize, now: Instant) {
        if u32::try_from(contents).is_ok_and(|contents| contents <= LARGE_CONTENTS) {
            self.known.remove(key);
            return;
        }
        self.known.insert(key.clone(), Turn { due: now + RENEWED_EVERY, waiting: false });
    }

    /// Lets those whose turn it was, and that were not renewed, wait for another one.
    pub(crate) fn put_back(&mut self, now: Instant) {
        for turn in self.known.values_mut().filter(|turn| turn.waiting && turn.due <= now) {
            turn.due = now + RENEWED_EVERY;
        }
    }

    pub(crate) fn contains(&self, key: &TransactionKey) -> bool {
        self.known.contains_key(key)
    }

    /// Records whose turn it is.
    pub(crate) fn due(&self, now: Instant) -> Vec<TransactionKey> {
        let due = self.known.iter().filter(|(_, turn)| turn.waiting && turn.due <= now);
        due.map(|(key, _)| key.clone()).collect()
    }

    /// When the next turn is.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.known.values().filter(|turn| turn.waiting).map(|turn| turn.due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::told::key;

    #[test]
    fn a_large_record_takes_a_turn_a_minute() {
        let mut large = Large::default();
        let now = Instant::now();
        assert!(!large.puts_off(&key(1), now));
        large.renewed(&key(1), 10_001, now);
        assert_eq!((large.next(), large.due(now + RENEWED_EVERY)), (None, vec![]));
        assert!(large.puts_off(&key(1), now + RENEWED_EVERY / 2));
        assert_eq!(large.next(), Some(now + RENEWED_EVERY));
        assert_eq!(large.due(now + RENEWED_EVERY), [key(1)]);
        assert!(!large.puts_off(&key(1), now + RENEWED_EVERY));
        large.put_back(now + RENEWED_EVERY);
        assert_eq!(large.next(), Some(now + 2 * RENEWED_EVERY));
        large.renewed(&key(1), 10_000, now);
        assert!(!large.puts_off(&key(1), now));
    }

    #[test]
    fn an_earlier_owners_records_are_due_at_once() {
        let mut large = Large::default();
        let now = Instant::now();
        large.expect(vec![key(2)], now);
        assert_eq!((large.next(), large.due(now)), (Some(now), vec![key(2)]));
    }
}
