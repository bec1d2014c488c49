//! Transactions of one partition kept in memory to save look-ups: least recently used first out, bounded in bytes.
//!
//! A kept transaction is complete: everything stored of it, united with everything this worker has read of it. Where its
//! events came in order it is a digest of constant size, else the whole set.
//!
//! Bytes are real ones: a slot with the key's text, what the state holds, and its part of the index. Slots lie in chunks,
//! linked from the newest to the oldest by number, so that a transaction costs no allocation of its own beside its texts.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use wattledger_assemble::digest::Digest;

use crate::contents::Contents;
use crate::deliver::TransactionKey;
use crate::metrics;

/// Slots that are allocated at once: 256 of them are about 100 KiB.
const CHUNK: usize = 256;
/// Bytes of a slot's part of the index: its number and a control byte, in a table that is half full on the average.
const INDEX_BYTES: usize = 2 * (size_of::<u32>() + 1);
/// No slot.
const NOWHERE: u32 = u32::MAX;
/// Parts station and transactionId; a station's identity has no control characters.
const PART: char = '\n';

/// The events of a transactionId, as far as its record needs them.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are digests, and a box of its own would cost each 16 bytes"
)]
pub enum State {
    /// In order: what decides the record.
    Digest(Digest),
    /// Each content.
    Set(Box<Contents>),
}

#[derive(Debug)]
struct Slot {
    /// Station, [`PART`], transactionId.
    key: Box<str>,
    state: State,
    /// Rows of this very state have been acknowledged to this process since the partition was assigned.
    acknowledged: bool,
    bytes: u32,
    newer: u32,
    older: u32,
}

/// The transactions kept for one partition.
#[derive(Debug)]
pub struct Memory {
    hasher: RandomState,
    index: HashTable<u32>,
    chunks: Vec<Vec<Option<Slot>>>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
    bytes: usize,
    bytes_max: usize,
}

impl State {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Digest(digest) => digest.heap_bytes(),
            Self::Set(contents) => contents.bytes(),
        }
    }
}

impl Memory {
    /// An empty memory of so many bytes.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            index: HashTable::new(),
            chunks: Vec::new(),
            free: Vec::new(),
            newest: NOWHERE,
            oldest: NOWHERE,
            bytes: 0,
            bytes_max,
        }
    }

    /// Changes a transaction, which makes it the most recently used one; `None` if it is not kept. The change is told
    /// the state, and whether rows of this very state are acknowledged.
    pub fn change<T>(
        &mut self,
        key: &TransactionKey,
        change: impl FnOnce(&mut State, &mut bool) -> T,
    ) -> Option<T> {
        let number = self.find(key)?;
        self.unlink(number);
        self.link(number);
        let slot = self.slot_mut(number)?;
        let before = slot.bytes();
        let result = change(&mut slot.state, &mut slot.acknowledged);
        let after = slot.measure();
        self.resized((self.bytes + after).saturating_sub(before));
        self.evict();
        Some(result)
    }

    /// Keeps a transaction as the most recently used one, and drops the oldest ones while there are too many bytes.
    pub fn keep(&mut self, key: &TransactionKey, state: State) {
        self.forget(key);
        let (station, id) = (key.station.as_str(), key.transaction_id.as_ref());
        let mut text = String::with_capacity(station.len() + PART.len_utf8() + id.len());
        text.extend([station, PART.encode_utf8(&mut [0; 4]), id]);
        let mut slot = Slot {
            key: text.into_boxed_str(),
            state,
            acknowledged: false,
            bytes: 0,
            newer: NOWHERE,
            older: NOWHERE,
        };
        let bytes = slot.measure();
        let Some(number) = self.place(slot) else { return };
        let Self { hasher, index, chunks, .. } = self;
        index.insert_unique(hash(hasher, station, id), number, |number| rehash(hasher, chunks, *number));
        self.link(number);
        self.resized(self.bytes + bytes);
        self.evict();
    }

    /// Drops a transaction; `true` if it was kept.
    pub fn forget(&mut self, key: &TransactionKey) -> bool {
        let Some(number) = self.find(key) else { return false };
        self.remove(number);
        true
    }

    /// Notes that the rows of a transaction are acknowledged.
    pub fn acknowledged(&mut self, key: &TransactionKey) {
        if let Some(slot) = self.find(key).and_then(|number| self.slot_mut(number)) {
            slot.acknowledged = true;
        }
    }

    /// Transactions kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.index.len()
    }

    /// Bytes of what is kept.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn find(&self, key: &TransactionKey) -> Option<u32> {
        let (station, id) = (key.station.as_str(), key.transaction_id.as_ref());
        let is_key = |number: &u32| self.slot(*number).is_some_and(|slot| parts(slot) == (station, id));
        self.index.find(hash(&self.hasher, station, id), is_key).copied()
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        at(&self.chunks, number)
    }

    fn slot_mut(&mut self, number: u32) -> Option<&mut Slot> {
        let number = usize::try_from(number).ok()?;
        self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK)?.as_mut()
    }

    /// Puts a slot where one is free, else behind the last; `None` if there are 2³² of them.
    fn place(&mut self, slot: Slot) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            let place = usize::try_from(number).ok()?;
            *self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)? = Some(slot);
            return Some(number);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let before = (self.chunks.len() - 1) * CHUNK;
        let chunk = self.chunks.last_mut()?;
        let number = u32::try_from(before + chunk.len()).ok().filter(|number| *number != NOWHERE)?;
        chunk.push(Some(slot));
        Some(number)
    }

    fn remove(&mut self, number: u32) {
        self.unlink(number);
        let Self { hasher, index, chunks, .. } = self;
        if let Some(slot) = at(chunks, number) {
            let (station, id) = parts(slot);
            if let Ok(entry) = index.find_entry(hash(hasher, station, id), |known| *known == number) {
                entry.remove();
            }
        }
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let slot = self.chunks.get_mut(place / CHUNK).and_then(|chunk| chunk.get_mut(place % CHUNK));
        if let Some(slot) = slot.and_then(Option::take) {
            self.free.push(number);
            self.resized(self.bytes.saturating_sub(slot.bytes()));
        }
    }

    fn unlink(&mut self, number: u32) {
        let Some((newer, older)) = self.slot(number).map(|slot| (slot.newer, slot.older)) else { return };
        match self.slot_mut(newer) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
        match self.slot_mut(older) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
    }

    fn link(&mut self, number: u32) {
        let older = self.newest;
        if let Some(slot) = self.slot_mut(number) {
            (slot.newer, slot.older) = (NOWHERE, older);
        }
        match self.slot_mut(older) {
            Some(slot) => slot.newer = number,
            None => self.oldest = number,
        }
        self.newest = number;
    }

    fn evict(&mut self) {
        while self.bytes > self.bytes_max && self.oldest != NOWHERE {
            self.remove(self.oldest);
        }
    }

    fn resized(&mut self, bytes: usize) {
        metrics::state_bytes_changed(self.bytes, bytes);
        self.bytes = bytes;
    }
}

impl Slot {
    /// Measures itself anew.
    fn measure(&mut self) -> usize {
        let bytes = size_of::<Option<Self>>() + INDEX_BYTES + self.key.len() + self.state.heap_bytes();
        self.bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.bytes()
    }

    /// As measured last; no set has 4 GiB.
    fn bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.resized(0);
    }
}

fn at(chunks: &[Vec<Option<Slot>>], number: u32) -> Option<&Slot> {
    let number = usize::try_from(number).ok()?;
    chunks.get(number / CHUNK)?.get(number % CHUNK)?.as_ref()
}

fn parts(slot: &Slot) -> (&str, &str) {
    slot.key.split_once(PART).unwrap_or_default()
}

fn hash(hasher: &RandomState, station: &str, transaction_id: &str) -> u64 {
    hasher.hash_one((station, transaction_id))
}

fn rehash(hasher: &RandomState, chunks: &[Vec<Option<Slot>>], number: u32) -> u64 {
    let (station, id) = at(chunks, number).map(parts).unwrap_or_default();
    hash(hasher, station, id)
}

#[cfg(test)]
mod tests;
