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

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use wattledger_assemble::digest::{Added, Digest};
use wattledger_assemble::record::{Folded, LARGE_CONTENTS};
use wattledger_record::TokenKey;

use super::large::Large;
use super::memory::{Memory, State};
use crate::contents::Contents;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::{Hydrate, Stored};
use crate::insert::backoff;
use crate::metrics::{self, LookUp, Panicked};
use crate::rows::{Rows, transaction};

use look_up::{InHand, leave_alone};

/// Records between two chances for other tasks.
const RECORDS_ABREAST: usize = 128;
/// A set that came out of order is kept as one, since more of that kind mostly follows; above this many contents, as
/// [`LARGE_CONTENTS`], it would push thousands of others out.
const SET_CONTENTS_MAX: usize = 10_000;
const _: () = assert!(SET_CONTENTS_MAX == LARGE_CONTENTS as usize, "a set is kept until its record is large");

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
    /// Between readings.
    pause: fn(u32) -> Duration,
}

/// What came of a transaction that was in memory.
enum Step {
    /// Its record.
    Made(Folded),
    /// Its record, and the set behind it is too large to be kept.
    Outgrown(Folded),
    /// This process has had its rows acknowledged.
    Unchanged,
    /// A look-up has to tell; the events in hand.
    Open(Vec<Content>),
    /// The fold failed on it; nothing of it may be kept.
    Failed,
}

impl<H: Hydrate> Renewer<H> {
    pub(crate) fn new(hydrator: H, tokens: TokenKey, memory_bytes: usize) -> Self {
        Self { hydrator, tokens, memory: Memory::new(memory_bytes), large: Large::default(), pause: backoff }
    }

    /// Asks for the large records of a partition, which its earlier owner may have put off.
    pub(crate) async fn expect_large(&mut self, is_ours: impl Fn(&TransactionKey) -> bool + Send) {
        let large = self.patiently(0, || self.hydrator.large()).await;
        self.large.expect(large.into_iter().filter(is_ours).collect(), Instant::now());
    }

    /// When a large record is to be renewed, whether or not events come.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.large.next()
    }

    /// The rows of every record that the events of a range touch, and of large ones whose turn it is; `thorough`
    /// look-ups do not trust a missing record.
    pub(crate) async fn renew(&mut self, mut events: ByTransaction, thorough: bool, now: Instant) -> Renewed {
        let mut renewed = Renewed::default();
        let mut open = HashMap::new();
        for key in self.large.due(now) {
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
                    continue;
                }
                Step::Open(in_hand) => {
                    let late = self.memory.forget(&key);
                    metrics::look_ups(LookUp::Refused, usize::from(late));
                    open.insert(key, InHand { events: in_hand, late });
                    continue;
                }
            }
            metrics::look_ups(LookUp::Hit, 1);
            renewed.breathe().await;
        }
        self.renew_read(open, thorough, now, &mut renewed).await;
        self.large.put_back(now);
        metrics::folds(renewed.done, renewed.unchanged);
        metrics::put_off(renewed.put_off);
        renewed
    }

    /// The rows of records that only a look-up can tell; of no more at once than one query reads, since each is a set.
    async fn renew_read(
        &mut self,
        open: HashMap<TransactionKey, InHand>,
        thorough: bool,
        now: Instant,
        renewed: &mut Renewed,
    ) {
        let mut open = open.into_iter();
        loop {
            let some: HashMap<_, _> = open.by_ref().take(self.hydrator.keys_max()).collect();
            if some.is_empty() {
                return;
            }
            for (key, stored, late) in self.look_up(some, thorough).await {
                if stored.is_beyond_bound {
                    leave_alone(&key, "it has more events than may be read at once");
                    self.large.renewed(&key, usize::MAX, now);
                } else if let Some((folded, state)) = from_set(&key, stored, late) {
                    self.keep(&key, state, now);
                    self.write(key, &folded, renewed);
                }
                renewed.breathe().await;
            }
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

fn add_to_digest(key: &TransactionKey, digest: &mut Digest, new: Vec<Content>, acknowledged: bool) -> Step {
    let told = guarded(key, || {
        let mut changed = !acknowledged;
        for content in &new {
            match digest.add(&content.event) {
                Added::New => changed = true,
                Added::Known => {}
                Added::NotPlain => return None,
            }
        }
        if changed { digest.record(&key.station, &key.transaction_id).map(Some) } else { Some(None) }
    });
    // the whole set tells also where the digest has a defect
    match told.flatten() {
        Some(Some(folded)) => Step::Made(folded),
        Some(None) => Step::Unchanged,
        None => Step::Open(new),
    }
}

fn add_to_set(key: &TransactionKey, contents: &mut Contents, new: Vec<Content>, acknowledged: bool) -> Step {
    let mut changed = !acknowledged;
    for content in new {
        changed |= contents.unite(content);
    }
    if !changed {
        return Step::Unchanged;
    }
    let outgrown = contents.len() > SET_CONTENTS_MAX;
    fold(key, contents).map_or(Step::Failed, if outgrown { Step::Outgrown } else { Step::Made })
}

/// The record of a set that was looked up, and what is kept of it; `None` if it cannot be made, or is of less than the
/// stored one.
fn from_set(key: &TransactionKey, stored: Stored, late: bool) -> Option<(Folded, State)> {
    let Stored { version, contents, .. } = stored;
    let events = contents.events();
    let plain = guarded(key, || {
        let digest = Digest::of(&key.station, &key.transaction_id, events)?;
        let folded = digest.record(&key.station, &key.transaction_id)?;
        Some((folded, digest))
    });
    // the whole set tells also where the digest has a defect
    let (folded, state) = match plain.flatten() {
        Some((folded, digest)) if !late || contents.len() > SET_CONTENTS_MAX => {
            (folded, State::Digest(digest))
        }
        Some((folded, _)) => (folded, State::Set(Box::new(contents))),
        None => (fold(key, &contents)?, State::Set(Box::new(contents))),
    };
    if folded.version < version {
        // kept, it would with the next event overtake the stored record, which knows more
        metrics::version_regression();
        leave_alone(key, "the stored record is of more than its stored events");
        return None;
    }
    Some((folded, state))
}

fn fold(key: &TransactionKey, contents: &Contents) -> Option<Folded> {
    guarded(key, || wattledger_assemble::fold(&key.station, &key.transaction_id, contents.events()))
}

/// Runs the core, guarded: a defect in it must not stop the other transactions of the partition.
fn guarded<T>(key: &TransactionKey, run: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(run));
    if result.is_err() {
        metrics::panicked(Panicked::Fold);
        tracing::error!(
            station = %key.station,
            transaction_id = %key.transaction_id,
            "the record cannot be made: a defect of this build; its events are stored"
        );
    }
    result.ok()
}

#[cfg(test)]
mod tests;
