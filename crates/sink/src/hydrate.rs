//! Looks up what is stored of transactions that are not in memory, in two steps.
//!
//! 1. `transaction_rows` (sorted by key, unpartitioned) tells which of the keys have a record, how many contents stand
//!    behind it and in which months of event time they lie.
//! 2. `event_rows` is read for those keys within those months; without the bound every month's index would be searched.
//!
//! [`plan`] bounds the keys and the bytes of a query, and keeps keys of rare months from widening those of the others.
//!
//! A key without a record has no second step: whatever events of it are stored without one are in ranges that are not
//! committed, and those are in hand again. Only where the table has lost rows that it once acknowledged (a restored
//! backup) is that no proof; then the second step is *thorough*, over all months. So it is for a large record, which may
//! have been put off, and *everywhere* for a doubtful one, whose later events no record has named. A key whose second step gives fewer contents than its record counts is a *partial read*, which
//! the caller must not write from.

mod plan;
mod row;

pub use row::SQL as LOOK_UP;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use clickhouse::{Client, Row};
use serde::Deserialize;
use wattledger_record::StationKey;

use crate::config::ClickHouse;
use crate::contents::Contents;
use crate::deliver::{Content, TransactionKey};
use crate::insert::Failure;
use crate::metrics;
use wattledger_assemble::event::Event;
use wattledger_assemble::record::LARGE_CONTENTS;

/// Contents of one transactionId that are held at once, about 1 KiB each: a charge of two days with an event every
/// second. A station that has used one id for more is broken; its records are left as they are, and counted.
const CONTENTS_MAX: u128 = 200_000;

/// What is stored of one key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    /// Version of its record; 0 if it has none.
    pub(crate) version: u128,
    pub(crate) contents: Contents,
    /// It has more contents than may be held, and none were read.
    pub(crate) is_beyond_bound: bool,
}

impl Stored {
    /// Contents behind the stored record.
    pub(crate) const fn counted(&self) -> u128 {
        self.version >> 96
    }
}

/// Months of event time that a look-up reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Months {
    /// Lowest one; 0 if no event is dated.
    pub(crate) first: u32,
    /// Highest one.
    pub(crate) last: u32,
    /// Month 0 too.
    pub(crate) undated: bool,
}

impl Months {
    pub(crate) const ALL: Self = Self { first: 1, last: u32::MAX, undated: true };

    /// Where events can lie of which a record of so many contents names these months.
    ///
    /// A large record may have been put off since it was written (`partition/large.rs`), and knows nothing of the months
    /// of those events.
    pub(crate) fn to_read(self, counted: u128) -> Self {
        if counted > u128::from(LARGE_CONTENTS) { Self::ALL } else { self }
    }

    #[cfg(test)]
    pub(crate) const fn contain(self, month: u32) -> bool {
        (month >= self.first && month <= self.last && month > 0) || (self.undated && month == 0)
    }
}

/// How far a look-up trusts the stored records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// They name the months of all events, and without one there are none.
    Recorded,
    /// They name the months of all events, but one may be missing.
    Thorough,
    /// Events may lie in months that they do not name.
    Everywhere,
}

/// Where what is stored is read from.
pub(crate) trait Hydrate {
    /// Keys that one query asks for.
    fn keys_max(&self) -> usize;

    /// What is stored of `keys`; every key is in the answer.
    ///
    /// # Errors
    /// What the server or the connection said. Nothing is known then.
    fn read(
        &self,
        keys: &[&TransactionKey],
        depth: Depth,
    ) -> impl Future<Output = Result<HashMap<TransactionKey, Stored>, Failure>> + Send;

    /// Every key with a large record.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn large(&self) -> impl Future<Output = Result<Vec<TransactionKey>, Failure>> + Send;
}

/// Reads from ClickHouse.
#[derive(Clone)]
pub(crate) struct Hydrator {
    client: Client,
    keys_max: usize,
    timeout: std::time::Duration,
    contents_max: u128,
}

#[derive(Row, Deserialize)]
struct Named {
    tenant: String,
    station: String,
    transaction_id: String,
}

#[derive(Row, Deserialize)]
struct Known {
    tenant: String,
    station: String,
    transaction_id: String,
    newest: u128,
    first: u32,
    last: u32,
    without_date: bool,
}

impl Known {
    /// Stands for a key whose record is not there, although its events may be.
    fn anywhere(key: &TransactionKey) -> Self {
        let Months { first, last, undated } = Months::ALL;
        Self {
            tenant: key.station.tenant().to_owned(),
            station: key.station.station().to_owned(),
            transaction_id: key.transaction_id.to_string(),
            newest: 0,
            first,
            last,
            without_date: undated,
        }
    }

    /// Looks beyond the months that the record names.
    const fn widen(&mut self) {
        let Months { first, last, undated } = Months::ALL;
        (self.first, self.last, self.without_date) = (first, last, undated);
    }

    fn months(&self) -> Months {
        let Self { first, last, without_date: undated, newest, .. } = *self;
        Months { first, last, undated }.to_read(newest >> 96)
    }
}

impl Hydrate for Hydrator {
    fn keys_max(&self) -> usize {
        self.keys_max
    }

    async fn read(
        &self,
        keys: &[&TransactionKey],
        depth: Depth,
    ) -> Result<HashMap<TransactionKey, Stored>, Failure> {
        let mut found: HashMap<TransactionKey, Stored> =
            keys.iter().map(|key| ((*key).clone(), Stored::default())).collect();
        for chunk in plan::by_size(keys, self.keys_max) {
            let mut known = self.timed(self.records(chunk)).await?;
            if depth == Depth::Everywhere {
                known.iter_mut().for_each(|(_, known)| known.widen());
            }
            if depth != Depth::Recorded {
                let recorded: HashSet<TransactionKey> = known.iter().map(|(key, _)| key.clone()).collect();
                let unrecorded = chunk.iter().filter(|key| !recorded.contains(**key));
                known.extend(unrecorded.map(|key| ((*key).clone(), Known::anywhere(key))));
            }
            for group in plan::by_months(known) {
                self.fill(&group, &mut found).await?;
            }
        }
        Ok(found)
    }

    async fn large(&self) -> Result<Vec<TransactionKey>, Failure> {
        const SQL: &str =
            "SELECT DISTINCT tenant, station, transaction_id FROM transaction_rows WHERE contents > ?";
        let named = self.client.query(SQL).bind(LARGE_CONTENTS).fetch_all::<Named>();
        let named = self.timed(named).await?;
        Ok(named.iter().filter_map(|n| key(&n.tenant, &n.station, &n.transaction_id)).collect())
    }
}

impl Hydrator {
    pub(crate) fn new(client: Client, config: &ClickHouse) -> Self {
        let [_, _, timeout] = config.timeouts();
        Self { client, keys_max: config.lookup_keys_max, timeout, contents_max: u128::MAX }
    }

    /// Reads no transaction of more contents than [`CONTENTS_MAX`].
    pub(crate) const fn bounded(mut self) -> Self {
        self.contents_max = CONTENTS_MAX;
        self
    }

    async fn timed<T>(
        &self,
        query: impl Future<Output = Result<T, clickhouse::error::Error>>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let result = tokio::time::timeout(self.timeout, query).await;
        metrics::look_up_took(started.elapsed());
        result.unwrap_or(Err(clickhouse::error::Error::TimedOut)).map_err(|error| Failure::of_query(&error))
    }

    async fn records(
        &self,
        keys: &[&TransactionKey],
    ) -> Result<Vec<(TransactionKey, Known)>, clickhouse::error::Error> {
        const SQL: &str = "SELECT tenant, station, transaction_id, max(version) AS newest, \
             argMax(first_month, version) AS first, argMax(last_month, version) AS last, \
             argMax(undated, version) AS without_date \
             FROM transaction_rows WHERE (tenant, station, transaction_id) IN ? \
             GROUP BY tenant, station, transaction_id";
        let known =
            bounded(self.client.query(SQL)).bind(names(keys.iter().copied())).fetch_all::<Known>().await?;
        Ok(known
            .into_iter()
            .filter_map(|known| Some((key(&known.tenant, &known.station, &known.transaction_id)?, known)))
            .collect())
    }

    async fn fill(
        &self,
        known: &[(TransactionKey, Known)],
        found: &mut HashMap<TransactionKey, Stored>,
    ) -> Result<(), Failure> {
        for (key, known) in known {
            if let Some(stored) = found.get_mut(key) {
                stored.version = known.newest;
                stored.is_beyond_bound = stored.counted() > self.contents_max;
            }
        }
        // such a key is a group of its own
        if known.iter().any(|(_, known)| known.newest >> 96 > self.contents_max) {
            return Ok(());
        }
        self.timed(self.events(known, found)).await
    }

    async fn events(
        &self,
        known: &[(TransactionKey, Known)],
        found: &mut HashMap<TransactionKey, Stored>,
    ) -> Result<(), clickhouse::error::Error> {
        let months = || known.iter().map(|(_, known)| known.months());
        let dated = || months().filter(|months| months.first > 0);
        let first = dated().map(|months| months.first).min().unwrap_or(1);
        let last = dated().map(|months| months.last).max().unwrap_or(0);
        let undated = months().any(|months| months.undated);
        let mut rows = bounded(self.client.query(row::SQL))
            .bind(first)
            .bind(last)
            .bind(undated)
            .bind(names(known.iter().map(|(key, _)| key)))
            .fetch::<row::EventRow>()?;
        while let Some(row) = rows.next().await? {
            let Some(key) = key(&row.tenant, &row.station, &row.transaction_id) else { continue };
            if let Some(stored) = found.get_mut(&key) {
                stored.contents.unite(Content { version: row.version, event: Event::from(row) });
            }
        }
        Ok(())
    }
}

/// The text of a query with 10,000 keys is about 1.5 MB; the server's default bound is 256 KiB. [`plan`] stays below this
/// one, and so does a single transactionId as long as a message, even if every character has to be escaped.
fn bounded(query: clickhouse::query::Query) -> clickhouse::query::Query {
    query.with_setting("max_query_size", "16777216").with_setting("max_ast_elements", "1000000")
}

fn names<'a>(keys: impl Iterator<Item = &'a TransactionKey>) -> Vec<(&'a str, &'a str, &'a str)> {
    let distinct: HashSet<&TransactionKey> = keys.collect();
    distinct
        .into_iter()
        .map(|key| (key.station.tenant(), key.station.station(), key.transaction_id.as_ref()))
        .collect()
}

/// The key of a stored row; `None` if no gateway could have written it.
fn key(tenant: &str, station: &str, transaction_id: &str) -> Option<TransactionKey> {
    let station = StationKey::new(tenant, station).ok()?;
    Some(TransactionKey { station, transaction_id: transaction_id.into() })
}
