//! Transactions of one partition kept in memory to save look-ups: least recently used first out, bounded in bytes.
//!
//! A kept transaction is complete: everything stored of it, united with everything this worker has read of it.

use std::collections::{BTreeMap, HashMap};

use crate::contents::Contents;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::Stored;
use crate::metrics;
use wattledger_assemble::event::Event;

/// Bytes of a signed reading with the text of its meter's serial.
const SIGNED_READING_BYTES: usize = 160;
/// Bytes that a content is taken to need beside its samples and texts, with its place in the map.
const CONTENT_BYTES: usize = 512;
/// The same for a transaction.
const TRANSACTION_BYTES: usize = 256;
/// The same for a sample.
const SAMPLE_BYTES: usize = 64;

/// One transactionId's contents and what is known of its stored rows.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) contents: Contents,
    /// Version that this process has had acknowledged since the partition was assigned.
    pub(crate) acknowledged: Option<u128>,
    /// Version of the stored record when it was looked up; 0 if there was none.
    pub(crate) stored: u128,
    bytes: usize,
    used: u64,
}

impl Transaction {
    pub(crate) fn new(stored: Stored) -> Self {
        let bytes = TRANSACTION_BYTES + stored.contents.events().iter().map(bytes).sum::<usize>();
        Self { contents: stored.contents, stored: stored.version, bytes, ..Self::default() }
    }

    pub(crate) fn add(&mut self, content: Content) {
        let bytes = bytes(&content.event);
        if self.contents.unite(content) {
            self.bytes += bytes;
        }
    }
}

fn bytes(event: &Event) -> usize {
    let texts = event.station_raw.len() + event.transaction_id_raw.len();
    let signed: usize =
        event.samples.iter().flat_map(|sample| &sample.container).map(|c| c.readings().len()).sum();
    CONTENT_BYTES + texts + event.samples.len() * SAMPLE_BYTES + signed * SIGNED_READING_BYTES
}

/// The transactions kept for one partition.
#[derive(Debug)]
pub(crate) struct Memory {
    kept: HashMap<TransactionKey, Transaction>,
    /// By when they were last used.
    order: BTreeMap<u64, TransactionKey>,
    clock: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Memory {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { kept: HashMap::new(), order: BTreeMap::new(), clock: 0, bytes: 0, bytes_max }
    }

    pub(crate) fn contains(&self, key: &TransactionKey) -> bool {
        self.kept.contains_key(key)
    }

    /// Takes a transaction out, to be changed and kept again.
    pub(crate) fn take(&mut self, key: &TransactionKey) -> Option<Transaction> {
        let transaction = self.kept.remove(key)?;
        self.order.remove(&transaction.used);
        self.resized(self.bytes.saturating_sub(transaction.bytes));
        Some(transaction)
    }

    /// Keeps a transaction as the most recently used one, and drops the oldest ones while there are too many bytes.
    pub(crate) fn keep(&mut self, key: TransactionKey, mut transaction: Transaction) {
        self.clock += 1;
        transaction.used = self.clock;
        let bytes = self.bytes + transaction.bytes;
        self.order.insert(self.clock, key.clone());
        self.kept.insert(key, transaction);
        self.resized(bytes);
        while self.bytes > self.bytes_max {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            let gone = self.kept.remove(&oldest).map_or(0, |transaction| transaction.bytes);
            self.resized(self.bytes.saturating_sub(gone));
        }
    }

    /// Notes that the rows of a version are acknowledged.
    pub(crate) fn acknowledged(&mut self, key: &TransactionKey, version: u128) {
        if let Some(transaction) = self.kept.get_mut(key) {
            transaction.acknowledged = Some(version);
        }
    }

    fn resized(&mut self, bytes: usize) {
        metrics::state_bytes_changed(self.bytes, bytes);
        self.bytes = bytes;
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.resized(0);
    }
}

#[cfg(test)]
mod tests {
    use wattledger_record::StationKey;

    use super::*;

    fn key(n: u32) -> TransactionKey {
        TransactionKey {
            station: StationKey::new("t", "s").unwrap(),
            transaction_id: n.to_string().into_boxed_str(),
        }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut memory = Memory::new(2 * TRANSACTION_BYTES);
        memory.keep(key(1), Transaction::new(Stored::default()));
        memory.keep(key(2), Transaction::new(Stored::default()));
        let first = memory.take(&key(1)).unwrap();
        memory.keep(key(1), first);
        memory.keep(key(3), Transaction::new(Stored::default()));
        assert!(memory.contains(&key(1)) && memory.contains(&key(3)) && !memory.contains(&key(2)));
        assert_eq!(memory.bytes, 2 * TRANSACTION_BYTES);
    }

    #[test]
    fn only_what_is_kept_can_be_skipped_later() {
        let mut memory = Memory::new(0);
        memory.keep(key(1), Transaction::new(Stored::default()));
        memory.acknowledged(&key(1), 7);
        assert!(memory.take(&key(1)).is_none());
    }
}
