//! Looks up what is stored of transactions that are not in memory, in two steps.
//!
//! 1. `transaction_rows` (sorted by key, unpartitioned) tells which of the keys have a record, how many contents stand
//!    behind it and in which months of event time they lie.
//! 2. `event_rows` is read for those keys within those months; without the bound every month's index would be searched.
//!
//! A key without a record has no second step: whatever events of it are stored without one are in ranges that are not
//! committed, and those are in hand again. Only where the table has lost rows that it once acknowledged (a restored
//! backup) is that no proof; then the second step is *thorough*, over all months. A key whose second step gives fewer contents than its record counts is a
//! *partial read*, which the caller must not write from.

mod row;

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

/// Above this many contents a key is looked up alone, so that one long transaction does not swell the query of others.
const LARGE_CONTENTS: u128 = 10_000;

/// What is stored of one key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    /// Version of its record; 0 if it has none.
    pub(crate) version: u128,
    pub(crate) contents: Contents,
}

impl Stored {
    /// Contents behind the stored record.
    pub(crate) const fn counted(&self) -> u128 {
        self.version >> 96
    }
}

/// Reads from ClickHouse.
#[derive(Clone)]
pub(crate) struct Hydrator {
    client: Client,
    keys_max: usize,
    timeout: std::time::Duration,
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
        Self {
            tenant: key.station.tenant().to_owned(),
            station: key.station.station().to_owned(),
            transaction_id: key.transaction_id.to_string(),
            newest: 0,
            first: 1,
            last: u32::MAX,
            without_date: true,
        }
    }
}

impl Hydrator {
    pub(crate) fn new(client: Client, config: &ClickHouse) -> Self {
        let [_, _, timeout] = config.timeouts();
        Self { client, keys_max: config.lookup_keys_max, timeout }
    }

    /// What is stored of `keys`; every key is in the answer.
    ///
    /// # Errors
    /// What the server or the connection said. Nothing is known then.
    pub(crate) async fn read(
        &self,
        keys: &[&TransactionKey],
        thorough: bool,
    ) -> Result<HashMap<TransactionKey, Stored>, Failure> {
        let mut found: HashMap<TransactionKey, Stored> =
            keys.iter().map(|key| ((*key).clone(), Stored::default())).collect();
        for chunk in keys.chunks(self.keys_max) {
            let mut known = self.timed(self.records(chunk)).await?;
            if thorough {
                let recorded: HashSet<TransactionKey> = known.iter().map(|(key, _)| key.clone()).collect();
                let unrecorded = chunk.iter().filter(|key| !recorded.contains(**key));
                known.extend(unrecorded.map(|key| ((*key).clone(), Known::anywhere(key))));
            }
            let (large, small): (Vec<_>, Vec<_>) =
                known.into_iter().partition(|(_, known)| known.newest >> 96 > LARGE_CONTENTS);
            for (key, known) in large {
                self.fill(&[(key, known)], &mut found).await?;
            }
            self.fill(&small, &mut found).await?;
        }
        Ok(found)
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
        if known.is_empty() {
            return Ok(());
        }
        for (key, known) in known {
            if let Some(stored) = found.get_mut(key) {
                stored.version = known.newest;
            }
        }
        self.timed(self.events(known, found)).await
    }

    async fn events(
        &self,
        known: &[(TransactionKey, Known)],
        found: &mut HashMap<TransactionKey, Stored>,
    ) -> Result<(), clickhouse::error::Error> {
        let dated = || known.iter().filter(|(_, known)| known.first > 0);
        let first = dated().map(|(_, known)| known.first).min().unwrap_or(1);
        let last = dated().map(|(_, known)| known.last).max().unwrap_or(0);
        let undated = known.iter().any(|(_, known)| known.without_date);
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

/// The text of a query with 10,000 keys is about 1.5 MB; the server's default bound is 256 KiB.
fn bounded(query: clickhouse::query::Query) -> clickhouse::query::Query {
    query.with_setting("max_query_size", "8388608").with_setting("max_ast_elements", "1000000")
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
