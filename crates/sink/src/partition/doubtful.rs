//! Transactions whose record could not be made from what was read: too few of the events that it counts were there, or
//! the fold failed. Each is tried again once a minute, over all months, whether or not events of it come.
//!
//! What is remembered is this process's: after a restart such a record waits for the next event of its transaction.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::deliver::TransactionKey;

/// Between two trials of one record: a replica that lags catches up in seconds.
pub(crate) const TRIED_EVERY: Duration = Duration::from_secs(60);
/// Trials before a record is left as it is: an hour, in which somebody may mend a server.
const TRIALS_MAX: u32 = 60;
/// Transactions remembered per partition, some hundred bytes each; one that is doubtful beside them waits for its next event.
const KEYS_MAX: usize = 1_000;

/// The doubtful transactions of one partition.
#[derive(Debug, Default)]
pub(crate) struct Doubtful {
    known: HashMap<TransactionKey, Trial>,
}

#[derive(Debug)]
struct Trial {
    due: Instant,
    /// Further ones after that.
    left: u32,
}

/// What comes of a record that could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// It is tried again; it was not doubtful before.
    Tried,
    /// It is tried once more.
    TriedAgain,
    /// It is left as it is until an event of it comes.
    Left,
}

impl Doubtful {
    /// Notes that a record could not be made.
    pub(crate) fn add(&mut self, key: &TransactionKey, now: Instant) -> Prospect {
        let due = now + TRIED_EVERY;
        if let Some(trial) = self.known.get_mut(key) {
            let Some(left) = trial.left.checked_sub(1) else {
                self.known.remove(key);
                return Prospect::Left;
            };
            *trial = Trial { due, left };
            return Prospect::TriedAgain;
        }
        if self.known.len() >= KEYS_MAX {
            return Prospect::Left;
        }
        self.known.insert(key.clone(), Trial { due, left: TRIALS_MAX - 1 });
        Prospect::Tried
    }

    pub(crate) fn contains(&self, key: &TransactionKey) -> bool {
        self.known.contains_key(key)
    }

    /// Notes that a record is made.
    pub(crate) fn remove(&mut self, key: &TransactionKey) {
        self.known.remove(key);
    }

    /// Records to be tried now.
    pub(crate) fn due(&self, now: Instant) -> Vec<TransactionKey> {
        self.known.iter().filter(|(_, trial)| trial.due <= now).map(|(key, _)| key.clone()).collect()
    }

    /// When the next trial is.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.known.values().map(|trial| trial.due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::told::key;

    #[test]
    fn a_record_is_tried_for_an_hour() {
        let mut doubtful = Doubtful::default();
        let begun = Instant::now();
        assert_eq!(doubtful.add(&key(1), begun), Prospect::Tried);
        let mut tried = 0;
        while let Some(due) = doubtful.next() {
            assert_eq!((doubtful.due(due), doubtful.due(due - TRIED_EVERY / 2)), (vec![key(1)], vec![]));
            tried += 1;
            let last = tried == TRIALS_MAX;
            let prospect = if last { Prospect::Left } else { Prospect::TriedAgain };
            assert_eq!(doubtful.add(&key(1), due), prospect);
        }
        assert_eq!(tried, TRIALS_MAX);
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let mut doubtful = Doubtful::default();
        let now = Instant::now();
        for number in 0..KEYS_MAX {
            assert_eq!(doubtful.add(&key(number), now), Prospect::Tried);
        }
        assert_eq!(doubtful.add(&key(KEYS_MAX), now), Prospect::Left);
        doubtful.remove(&key(0));
        assert!(!doubtful.contains(&key(0)));
        assert_eq!(doubtful.add(&key(KEYS_MAX), now), Prospect::Tried);
    }
}
