//! A server and a process as models.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use wattledger_assemble::record::LARGE_CONTENTS;
use wattledger_record::{ContentHash, TokenKey};

use super::super::{ByTransaction, Renewed, Renewer};
use crate::contents::Contents;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::{Depth, Hydrate, Months, Stored};
use crate::insert::Failure;
use crate::partition::told::{Told, key};
use crate::rows::{Rows, transaction};

/// Rows of one transactionId by their key.
pub(super) type EventRows = BTreeMap<(i64, ContentHash), Content>;

/// Event rows and versions of records, as the server has them.
pub(super) struct Store {
    pub(super) rows: Mutex<HashMap<TransactionKey, EventRows>>,
    pub(super) versions: Mutex<HashMap<TransactionKey, u128>>,
    /// Months that the records name.
    months: Mutex<HashMap<TransactionKey, Months>>,
    pub(super) keys_max: AtomicUsize,
    pub(super) look_ups: AtomicUsize,
    pub(super) keys_read: AtomicUsize,
    /// So many of the next answers lack two rows.
    pub(super) partial: AtomicUsize,
    /// Queries of more keys than this meet the memory limit.
    pub(super) refuses_above: AtomicUsize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            versions: Mutex::default(),
            months: Mutex::default(),
            keys_max: AtomicUsize::new(5_000),
            look_ups: AtomicUsize::new(0),
            keys_read: AtomicUsize::new(0),
            partial: AtomicUsize::new(0),
            refuses_above: AtomicUsize::new(usize::MAX),
        }
    }
}

impl Store {
    pub(super) fn insert(&self, key: &TransactionKey, content: &Content) {
        let mut rows = self.rows.lock().unwrap();
        let place = (content.event.seq_no, content.event.content_hash);
        let known = rows.entry(key.clone()).or_default().entry(place).or_insert_with(|| content.clone());
        if known.version < content.version {
            *known = content.clone();
        }
    }

    /// Inserts the record of a set.
    fn note(&self, key: &TransactionKey, set: &Contents) {
        let folded = wattledger_assemble::fold(&key.station, &key.transaction_id, set.events());
        let mut versions = self.versions.lock().unwrap();
        let known = versions.entry(key.clone()).or_default();
        if folded.version >= *known {
            *known = folded.version;
            let months =
                Months { first: folded.first_month, last: folded.last_month, undated: folded.undated };
            self.months.lock().unwrap().insert(key.clone(), months);
        }
    }

    /// Events in the months that a record of this version lets a look-up read.
    fn read_of(&self, key: &TransactionKey, version: u128, depth: Depth) -> Contents {
        let named = self.months.lock().unwrap().get(key).copied();
        let months = match (named, depth) {
            (_, Depth::Everywhere) | (None, Depth::Thorough) => Months::ALL,
            (Some(months), _) => months.to_read(version >> 96),
            (None, Depth::Recorded) => return Contents::default(),
        };
        let mut contents = Contents::default();
        let events = self.contents(key);
        for content in events.events().iter().filter(|event| months.contain(event.month)).map(as_content) {
            contents.unite(content);
        }
        contents
    }

    pub(super) fn contents(&self, key: &TransactionKey) -> Contents {
        let mut contents = Contents::default();
        for content in self.rows.lock().unwrap().get(key).into_iter().flat_map(BTreeMap::values) {
            contents.unite(content.clone());
        }
        contents
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.look_ups.load(Ordering::Relaxed), self.keys_read.load(Ordering::Relaxed))
    }
}

impl Hydrate for &Store {
    fn keys_max(&self) -> usize {
        self.keys_max.load(Ordering::Relaxed)
    }

    async fn read(
        &self,
        keys: &[&TransactionKey],
        depth: Depth,
    ) -> Result<HashMap<TransactionKey, Stored>, Failure> {
        if keys.len() > self.refuses_above.load(Ordering::Relaxed) {
            let text = "Code: 241. DB::Exception: Memory limit (for query) exceeded. (MEMORY_LIMIT_EXCEEDED)";
            return Err(Failure::of_query(&clickhouse::error::Error::BadResponse(text.to_owned())));
        }
        self.look_ups.fetch_add(1, Ordering::Relaxed);
        self.keys_read.fetch_add(keys.len(), Ordering::Relaxed);
        let lacks = self.partial.load(Ordering::Relaxed) > 0;
        if lacks {
            self.partial.fetch_sub(1, Ordering::Relaxed);
        }
        let stored = |key: &&TransactionKey| {
            let version = self.versions.lock().unwrap().get(*key).copied().unwrap_or(0);
            let mut contents = self.read_of(key, version, depth);
            if lacks {
                let kept: Vec<Content> = contents.events().iter().skip(2).map(as_content).collect();
                contents = Contents::default();
                for content in kept {
                    contents.unite(content);
                }
            }
            ((*key).clone(), Stored { version, contents, is_beyond_bound: false })
        };
        Ok(keys.iter().map(stored).collect())
    }

    async fn large(&self) -> Result<Vec<TransactionKey>, Failure> {
        let large = |version: &u128| version >> 96 > u128::from(LARGE_CONTENTS);
        let versions = self.versions.lock().unwrap();
        Ok(versions.iter().filter(|(_, version)| large(version)).map(|(key, _)| key.clone()).collect())
    }
}

pub(super) fn as_content(event: &wattledger_assemble::event::Event) -> Content {
    Content { version: wattledger_record::ids::event_version(event.received_at, 7), event: event.clone() }
}

pub(super) fn tokens() -> TokenKey {
    TokenKey::new(b"a key for tests that is long enough").unwrap()
}

/// Rows of the records as the fold over everything known gives them.
pub(super) fn expected(key: &TransactionKey, contents: &Contents) -> (Rows, u128) {
    let folded = wattledger_assemble::fold(&key.station, &key.transaction_id, contents.events());
    let mut rows = Rows::default();
    transaction::write(&key.station, &key.transaction_id, &folded, &tokens(), &mut rows);
    (rows, folded.version)
}

pub(super) fn renewer(store: &Store, bytes: usize) -> Renewer<&Store> {
    Renewer { pause: |_| Duration::ZERO, ..Renewer::new(store, tokens(), bytes) }
}

/// A log, how far of it is written, and the process that writes.
pub(super) struct Process<'a> {
    pub(super) store: &'a Store,
    pub(super) renewer: Renewer<&'a Store>,
    pub(super) consumed: HashMap<TransactionKey, Contents>,
}

impl<'a> Process<'a> {
    pub(super) fn new(store: &'a Store, bytes: usize) -> Self {
        Self { store, renewer: renewer(store, bytes), consumed: HashMap::new() }
    }

    /// A new process at the same place of the log.
    pub(super) fn restart(&mut self, bytes: usize) {
        self.renewer = renewer(self.store, bytes);
    }

    /// Writes a range as the worker does; with a `crash` only so much of its first step is stored.
    pub(super) async fn write(&mut self, range: &[(usize, Told)], crash: Option<usize>) {
        let mut events = ByTransaction::new();
        for (number, told) in range {
            events.entry(key(*number)).or_default().push(told.content());
        }
        // the look-up runs beside the insert: any part of the range may be there already
        for (number, told) in range.iter().take(crash.unwrap_or(range.len() / 2)) {
            self.store.insert(&key(*number), &told.content());
        }
        let named: Vec<TransactionKey> = events.keys().cloned().collect();
        let renewed = self.renewer.renew(events, false, Instant::now()).await;
        if crash.is_some() {
            return;
        }
        for (number, told) in range {
            self.store.insert(&key(*number), &told.content());
            self.consumed.entry(key(*number)).or_default().unite(told.content());
        }
        self.compare(&renewed);
        self.renewer.acknowledged(&renewed.keys);
        for key in &named {
            let least = expected(key, &self.consumed[key]).1;
            let noted = self.store.versions.lock().unwrap().get(key).copied();
            assert!(noted >= Some(least), "a record was not renewed");
        }
    }

    /// Each record is that of everything consumed; or of everything stored, where a crash has stored more than that.
    pub(super) fn compare(&self, renewed: &Renewed) {
        let mut bytes = renewed.rows.as_bytes();
        for key in &renewed.keys {
            let whole = [self.consumed[key].clone(), self.store.contents(key)];
            let whole = whole.map(|set| (expected(key, &set).0, set));
            let fits = whole.iter().find(|(rows, _)| bytes.starts_with(rows.as_bytes()));
            let (rows, set) = fits.expect("a record differs from the fold over everything");
            bytes = &bytes[rows.bytes()..];
            self.store.note(key, set);
        }
        assert!(bytes.is_empty(), "rows of nobody");
    }
}
