//! From the contents of a range to the rows of every record that they touch.
//!
//! ```text
//! in memory, in order        ─► digest takes the events in ─► record
//! in memory, not in order    ─► the set takes them in ─► fold
//! not in memory, or a digest
//! that cannot tell           ─► look-up, all such keys of the range together ─► set ∪ events in hand ─► digest, else fold
//! ```
//!
//! The look-up runs beside the insert of the range's own events, and no other range of the partition is under way: what
//! is stored, united with what is in hand, is everything that was ever consumed.

mod look_up;
mod make;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use wattledger_assemble::record::Folded;
use wattledger_record::TokenKey;

use super::doubtful::{Doubtful, Prospect};
use super::large::Large;
use super::memory::{Memory, State};
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::{Depth, Hydrate};
use crate::insert::backoff;
use crate::metrics::{self, LookUp};
use crate::rows::{Rows, transaction};

use look_up::{InHand, leave_alone};
use make::{CANNOT_BE_MADE, SET_CONTENTS_MAX, Step, add_to_digest, add_to_set, from_set};

/// Records between two chances for other tasks.
const RECORDS_ABREAST: usize = 128;

/// Events of a range by transaction, each transaction's in the order of the log.
pub(crate) type ByTransaction = HashMap<TransactionKey, Vec<Content>>;

/// What a range does to the records.
#[derive(Debug, Default)]
pub(crate) struct Renewed {
    /// Rows of `transaction_rows`.
    pub(crate) rows: Rows,
    /// Whose they are.
    pub(crate) keys: Vec<TransactionKey>,
    done: u64,
    unchanged: u64,
    /// Records that wait for their turn.
    put_off: u64,
}

/// Makes the records of one partition.
pub(crate) struct Renewer<H> {
    hydrator: H,
    tokens: TokenKey,
    memory: Memory,
    large: Large,
    doubtful: Doubtful,
    /// Between readings.
    pause: fn(u32) -> Duration,
}

impl<H: Hydrate> Renewer<H> {
    pub(crate) fn new(hydrator: H, tokens: TokenKey, memory_bytes: usize) -> Self {
        Self {
            hydrator,
            tokens,
            memory: Memory::new(memory_bytes),
            large: Large::default(),
            doubtful: Doubtful::default(),
            pause: backoff,
        }
    }

    /// Asks for the large records of a partition, which its earlier owner may have put off.
    pub(crate) async fn expect_large(&mut self, is_ours: impl Fn(&TransactionKey) -> bool + Send) {
        let large = self.patiently(0, || self.hydrator.large()).await;
        self.large.expect(large.into_iter().filter(is_ours).collect(), Instant::now());
    }

    /// When a large or a doubtful record is to be renewed, whether or not events come.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.large.next().into_iter().chain(self.doubtful.next()).min()
    }

    /// The rows of every record that the events of a range touch, and of large and doubtful ones whose turn it is; in a
    /// `replay` a missing record proves nothing.
    pub(crate) async fn renew(&mut self, mut events: ByTransaction, replay: bool, now: Instant) -> Renewed {
        let mut renewed = Renewed::default();
        let (mut open, mut doubted) = (HashMap::new(), HashMap::new());
        for key in self.large.due(now).into_iter().chain(self.doubtful.due(now)) {
            events.entry(key).or_default();
        }
        for (key, new) in events {
            if self.large.puts_off(&key, now) {
                renewed.put_off += 1;
                continue;
            }
            match self.in_memory(&key, new) {
                Step::Made(folded) => self.write(key, &folded, &mut renewed),
                Step::Outgrown(folded) => {
                    self.memory.forget(&key);
                    self.large.renewed(&key, usize::try_from(folded.contents).unwrap_or(usize::MAX), now);
                    self.write(key, &folded, &mut renewed);
                }
                Step::Unchanged => renewed.unchanged += 1,
                Step::Failed => {
                    self.memory.forget(&key);
                    self.doubt(&key, CANNOT_BE_MADE, now);
                    continue;
                }
                Step::Open(in_hand) => {
                    let late = self.memory.forget(&key);
                    metrics::look_ups(LookUp::Refused, usize::from(late));
                    let some = if self.doubtful.contains(&key) { &mut doubted } else { &mut open };
                    some.insert(key, InHand { events: in_hand, late });
                    continue;
                }
            }
            metrics::look_ups(LookUp::Hit, 1);
            renewed.breathe().await;
        }
        let depth = if replay { Depth::Thorough } else { Depth::Recorded };
        self.renew_read(open, replay, depth, now, &mut renewed).await;
        self.renew_read(doubted, replay, Depth::Everywhere, now, &mut renewed).await;
        self.large.put_back(now);
        metrics::folds(renewed.done, renewed.unchanged);
        metrics::put_off(renewed.put_off);
        renewed
    }

    /// The rows of records that only a look-up can tell; of no more at once than one query reads, since each is a set.
    async fn renew_read(
        &mut self,
        open: HashMap<TransactionKey, InHand>,
        replay: bool,
        depth: Depth,
        now: Instant,
        renewed: &mut Renewed,
    ) {
        let mut open = open.into_iter();
        loop {
            let some: HashMap<_, _> = open.by_ref().take(self.hydrator.keys_max()).collect();
            if some.is_empty() {
                return;
            }
            let found = self.look_up(some, replay, depth).await;
            for key in &found.short {
                self.doubt(key, "events that it counts cannot be read", now);
            }
            for (key, stored, late) in found.whole {
                if stored.is_beyond_bound {
                    leave_alone(&key, "it has more events than may be read at once");
                    self.large.renewed(&key, usize::MAX, now);
                    self.doubtful.remove(&key);
                    continue;
                }
                match from_set(&key, stored, late) {
                    Ok((folded, state)) => {
                        self.keep(&key, state, now);
                        self.doubtful.remove(&key);
                        self.write(key, &folded, renewed);
                    }
                    Err(reason) => self.doubt(&key, reason, now),
                }
                renewed.breathe().await;
            }
        }
    }

    /// Gives a record that could not be made another trial; a large one has its turns.
    fn doubt(&mut self, key: &TransactionKey, reason: &'static str, now: Instant) {
        let prospect = if self.large.contains(key) { Prospect::Tried } else { self.doubtful.add(key, now) };
        match prospect {
            Prospect::Tried => leave_alone(key, reason),
            Prospect::TriedAgain => {}
            Prospect::Left => leave_alone(key, "it is tried no more until an event of it comes"),
        }
    }

    /// Notes that the rows of a range are acknowledged.
    pub(crate) fn acknowledged(&mut self, keys: &[TransactionKey]) {
        for key in keys {
            self.memory.acknowledged(key);
        }
    }

    /// Takes the new events into what is kept.
    fn in_memory(&mut self, key: &TransactionKey, new: Vec<Content>) -> Step {
        let mut in_hand = Some(new);
        let step = self.memory.change(key, |state, acknowledged| {
            let new = in_hand.take().unwrap_or_default();
            let step = match state {
                State::Digest(digest) => add_to_digest(key, digest, new, *acknowledged),
                State::Set(contents) => add_to_set(key, contents, new, *acknowledged),
            };
            *acknowledged = matches!(step, Step::Unchanged);
            step
        });
        step.unwrap_or_else(|| Step::Open(in_hand.unwrap_or_default()))
    }

    /// Keeps what fits beside others: a large set is read again when its turn comes.
    fn keep(&mut self, key: &TransactionKey, state: State, now: Instant) {
        let contents = match &state {
            State::Digest(_) => 0,
            State::Set(contents) => contents.len(),
        };
        self.large.renewed(key, contents, now);
        if contents <= SET_CONTENTS_MAX {
            self.memory.keep(key, state);
        }
    }

    fn write(&self, key: TransactionKey, folded: &Folded, renewed: &mut Renewed) {
        transaction::write(&key.station, &key.transaction_id, folded, &self.tokens, &mut renewed.rows);
        renewed.keys.push(key);
        renewed.done += 1;
    }
}

impl Renewed {
    /// Gives other tasks a chance now and then.
    async fn breathe(&self) {
        if self.keys.len() % RECORDS_ABREAST == RECORDS_ABREAST - 1 {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests;
