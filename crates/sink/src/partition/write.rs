//! Second half of a worker: everything that a closed range causes, in the order that survives a crash at any point.
//!
//! 1. `event_rows`, `delivery_rows`, `quarantine_rows` and the quarantine topic, beside each other, under the range's
//!    token; what is stored of the range's transactions is looked up meanwhile.
//! 2. `transaction_rows` of *every* transaction named in the range, whether or not its events were new: after a crash
//!    between the two the replay sees only duplicates, and "nothing changed" must not mean "nothing to write".
//! 3. The report, on which the poll thread commits.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use wattledger_record::Micros;

use super::cut::Closed;
use super::memory::{Memory, Transaction};
use super::{Replay, Report, Shared, Tenure};
use crate::deliver::{Content, Load, SetAside, TransactionKey};
use crate::hydrate::Stored;
use crate::insert::{Class, backoff};
use crate::metrics::{self, LookUp, Panicked, Table};
use crate::offsets::Range;
use crate::rows::{ROWS_VERSION, Rows, transaction};
use wattledger_assemble::record::Folded;

/// Readings of a key that find less than its record counts, before the record is left as it is.
const PARTIAL_READS_MAX: u32 = 5;
/// Folds between two chances for other tasks.
const FOLDS_ABREAST: usize = 128;
/// Between look-ups that somebody has to mend the server for.
const STOPPED_PAUSE: Duration = Duration::from_secs(15);

pub(super) struct Write {
    shared: Shared,
    tenure: Tenure,
    replay: Option<Replay>,
    reports: mpsc::Sender<Report>,
    memory: Memory,
}

/// What is stored of the transactions that were not in memory; `None`: it could not be read whole.
type Found = HashMap<TransactionKey, Option<Stored>>;

impl Write {
    pub(super) fn new(
        shared: Shared,
        tenure: Tenure,
        replay: Option<Replay>,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let memory = Memory::new(shared.memory_bytes);
        Self { shared, tenure, replay, reports, memory }
    }

    /// Writes range after range until the cutter ends.
    pub(super) async fn run(mut self, mut ranges: mpsc::Receiver<Closed>) {
        while let Some(closed) = ranges.recv().await {
            let Closed { range, mut load, held, turn } = closed;
            if !self.write(range, &mut load).await {
                return;
            }
            let report =
                Report::Written { tenure: self.tenure, range, stamped: load.stamped.unwrap_or_default() };
            if self.reports.send(report).await.is_err() {
                return;
            }
            drop((held, turn));
        }
    }

    /// `false` only at the end of the process.
    async fn write(&mut self, range: Range, load: &mut Load) -> bool {
        let contents = std::mem::take(&mut load.contents);
        let rows = [&mut load.events, &mut load.deliveries, &mut load.quarantine].map(std::mem::take);
        let (first, found) =
            tokio::join!(self.first_step(range, rows, &load.copies), self.look_up(range, &contents));
        if !first {
            return false;
        }
        let (rows, versions) = self.fold_all(contents, found).await;
        if !self.shared.lanes.transactions.put(rows, String::new()).await {
            return false;
        }
        for (key, version) in versions {
            self.memory.acknowledged(&key, version);
        }
        let now = now();
        for received_at in &load.received {
            let micros = now.0.saturating_sub(received_at.0);
            metrics::end_to_end(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        }
        true
    }

    async fn first_step(&self, range: Range, rows: [Rows; 3], copies: &[SetAside]) -> bool {
        let lanes = &self.shared.lanes;
        let partition = self.tenure.partition;
        let token = |table| self.token(range, table);
        let [events, deliveries, quarantine] = rows;
        let (events, deliveries, quarantine, ()) = tokio::join!(
            lanes.events.put(events, token(Table::Events)),
            lanes.deliveries.put(deliveries, token(Table::Deliveries)),
            lanes.quarantine.put(quarantine, token(Table::Quarantine)),
            self.shared.quarantine.put(self.shared.generation, partition, copies),
        );
        events && deliveries && quarantine
    }

    /// Equal for the same rows of the same records, in any process.
    fn token(&self, range: Range, table: Table) -> String {
        let (generation, partition) = (self.shared.generation, self.tenure.partition);
        let Range { first, last, .. } = range;
        let replay = self.replay.filter(|replay| first < replay.until);
        let replay = replay.map_or_else(String::new, |replay| format!("/{}", replay.epoch));
        format!("{generation}/{partition}/{first}-{last}/{}/{ROWS_VERSION}{replay}", table.as_str())
    }

    async fn look_up(&self, range: Range, contents: &HashMap<TransactionKey, Vec<Content>>) -> Found {
        let mut open: Vec<&TransactionKey> =
            contents.keys().filter(|key| !self.memory.contains(key)).collect();
        metrics::look_ups(LookUp::Hit, contents.len() - open.len());
        let thorough = self.replay.is_some_and(|replay| range.first < replay.until);
        let mut found = Found::new();
        let mut reads = 0;
        while !open.is_empty() {
            let mut stored = self.read(&open, thorough).await;
            reads += 1;
            // an event in hand may or may not be among the stored ones: only the united set can be short
            let (partial, whole): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|key| is_short(stored.get(*key), contents.get(*key)));
            for key in whole {
                let stored = stored.remove(key).unwrap_or_default();
                metrics::look_ups(if stored.version == 0 { LookUp::New } else { LookUp::Read }, 1);
                found.insert(key.clone(), Some(stored));
            }
            metrics::partial_reads(partial.len());
            metrics::look_ups(LookUp::Partial, partial.len());
            if reads >= PARTIAL_READS_MAX {
                found.extend(partial.iter().map(|key| ((*key).clone(), None)));
                break;
            }
            open = partial;
            if !open.is_empty() {
                tracing::warn!(keys = open.len(), reads, "look-up found fewer events than the record counts");
                tokio::time::sleep(backoff(reads + 2)).await;
            }
        }
        found
    }

    async fn read(&self, keys: &[&TransactionKey], thorough: bool) -> HashMap<TransactionKey, Stored> {
        let mut times = 0;
        loop {
            let failure = match self.shared.hydrator.read(keys, thorough).await {
                Ok(stored) => return stored,
                Err(failure) => failure,
            };
            times += 1;
            metrics::look_ups(LookUp::Failed, keys.len());
            tracing::warn!(partition = self.tenure.partition, times, %failure, "look-up failed, trying again");
            let pause = if failure.class == Class::Stop { STOPPED_PAUSE } else { backoff(times) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Folds every transaction of the range over its full set; gives the rows and the versions that they bring.
    async fn fold_all(
        &mut self,
        contents: HashMap<TransactionKey, Vec<Content>>,
        mut found: Found,
    ) -> (Rows, Vec<(TransactionKey, u128)>) {
        let mut rows = Rows::default();
        let mut versions = Vec::with_capacity(contents.len());
        let (mut done, mut unchanged) = (0, 0);
        for (key, new) in contents {
            let transaction = match (self.memory.take(&key), found.remove(&key)) {
                (Some(kept), _) => kept,
                (None, Some(Some(stored))) => Transaction::new(stored),
                (None, _) => {
                    metrics::left_alone();
                    tracing::error!(
                        station = %key.station,
                        transaction_id = %key.transaction_id,
                        "events of a stored record are missing: the record is left as it is"
                    );
                    continue;
                }
            };
            match fold_one(&key, transaction, new, &self.shared.tokens, &mut rows) {
                Step::Written(version, transaction) => {
                    versions.push((key.clone(), version));
                    self.memory.keep(key, transaction);
                }
                Step::Unchanged(transaction) => {
                    unchanged += 1;
                    self.memory.keep(key, transaction);
                }
                Step::Failed => {}
            }
            done += 1;
            if versions.len() % FOLDS_ABREAST == FOLDS_ABREAST - 1 {
                tokio::task::yield_now().await;
            }
        }
        metrics::folds(done, unchanged);
        (rows, versions)
    }
}

enum Step {
    /// Its rows are in the batch, under this version.
    Written(u128, Transaction),
    /// This process has had this version acknowledged already.
    Unchanged(Transaction),
    /// The fold failed on it; nothing of it is kept.
    Failed,
}

fn fold_one(
    key: &TransactionKey,
    mut transaction: Transaction,
    new: Vec<Content>,
    tokens: &transaction::TokenKey,
    rows: &mut Rows,
) -> Step {
    for content in new {
        transaction.add(content);
    }
    let Some(folded) = fold(key, &transaction) else { return Step::Failed };
    if transaction.acknowledged == Some(folded.version) {
        return Step::Unchanged(transaction);
    }
    if folded.version < transaction.stored {
        metrics::version_regression();
    }
    transaction::write(&key.station, &key.transaction_id, &folded, tokens, rows);
    Step::Written(folded.version, transaction)
}

/// The fold, guarded: a defect in it must not stop the other transactions of the partition.
fn fold(key: &TransactionKey, transaction: &Transaction) -> Option<Folded> {
    let events = transaction.contents.events();
    let folded = catch_unwind(AssertUnwindSafe(|| {
        wattledger_assemble::fold(&key.station, &key.transaction_id, events)
    }));
    if folded.is_err() {
        metrics::panicked(Panicked::Fold);
        tracing::error!(
            station = %key.station,
            transaction_id = %key.transaction_id,
            "the record cannot be made: a defect of this build; its events are stored"
        );
    }
    folded.ok()
}

/// Whether the stored events, united with those in hand, are fewer than the stored record counts.
fn is_short(stored: Option<&Stored>, new: Option<&Vec<Content>>) -> bool {
    let Some(stored) = stored.filter(|stored| stored.version > 0) else { return false };
    if u128::try_from(stored.contents.len()).is_ok_and(|read| read >= stored.counted()) {
        return false;
    }
    let mut united = stored.contents.clone();
    for content in new.into_iter().flatten() {
        united.unite(content.clone());
    }
    u128::try_from(united.len()).is_ok_and(|united| united < stored.counted())
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
