//! Questions to ClickHouse, each with a time-out.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use clickhouse::query::Query;
use clickhouse::{Client, Row, RowOwned, RowRead};
use serde::Deserialize;
use uuid::Uuid;
use wattledger_record::{ContentHash, StationKey};
use wattledger_sink::Config;

use super::{Key, sql};
use crate::error::Error;
use crate::limits::{COMPARED_BYTES_MAX, COPIES_TOLD_MAX, NEAR_TOLD_MAX, QUARANTINED_TOLD_MAX};
use crate::question::Which;
use crate::story::{Clock, Content, DeliveryRow, Detail, QuarantineRow, Quarantined, StoredRecord, Text};

/// Asks one server.
pub(super) struct Asker {
    client: Client,
    timeout: Duration,
}

#[derive(Row, Deserialize)]
struct KeyRow {
    tenant: String,
    station_key: String,
    transaction_key: String,
}

#[derive(Row, Deserialize)]
struct TenantRow {
    tenant: String,
}

#[derive(Row, Deserialize)]
struct ContentRow {
    seq_no: i64,
    content_hash: u128,
    counts: bool,
}

#[derive(Row, Deserialize)]
struct RawRow {
    seq_no: i64,
    content_hash: u128,
    text: String,
}

impl Asker {
    pub(super) fn new(config: &Config) -> Self {
        let clickhouse = &config.clickhouse;
        let client = Client::default()
            .with_url(&clickhouse.url)
            .with_database(&clickhouse.database)
            .with_user(&clickhouse.user);
        let password = &clickhouse.password.0;
        let client = if password.is_empty() { client } else { client.with_password(password) };
        // a look-up whose hashes and seqNos stand in its text may be longer than the server's 256 KiB
        let client = client.with_setting("max_query_size", "67108864");
        Self { client, timeout: Duration::from_millis(clickhouse.total_timeout_ms) }
    }

    pub(super) fn query(&self, sql: &str) -> Query {
        self.client.query(sql)
    }

    async fn within<T>(
        &self,
        what: &'static str,
        answer: impl Future<Output = Result<T, clickhouse::error::Error>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => answer.map_err(|error| Error::ClickHouse { what, source: error.into() }),
            Err(_elapsed) => Err(Error::Late { what, seconds: self.timeout.as_secs() }),
        }
    }

    pub(super) async fn all<T: RowOwned + RowRead>(
        &self,
        what: &'static str,
        query: Query,
    ) -> Result<Vec<T>, Error> {
        self.within(what, query.fetch_all::<T>()).await
    }

    fn of_key(&self, sql: &str, key: &Key) -> Query {
        self.query(sql).bind(key.station.tenant()).bind(key.station.station()).bind(&key.transaction_id)
    }

    pub(super) async fn clock(&self) -> Result<Clock, Error> {
        let clocks = self.all("the watermark", self.query(sql::CLOCK)).await?;
        Ok(clocks.into_iter().next().unwrap_or_default())
    }

    pub(super) async fn records(&self, key: &Key) -> Result<Vec<StoredRecord>, Error> {
        self.all("the records", self.of_key(sql::RECORDS, key)).await
    }

    pub(super) async fn key_of_record(&self, id: Uuid) -> Result<Option<Key>, Error> {
        let query = self.query(sql::KEY_OF_RECORD).bind(id.to_string());
        let found: Vec<KeyRow> = self.all("a record", query).await?;
        let Some(KeyRow { tenant, station_key, transaction_key }) = found.into_iter().next() else {
            return Ok(None);
        };
        let station = super::station_key(&tenant, &station_key)?;
        Ok(Some(Key { station, transaction_id: transaction_key }))
    }

    pub(super) async fn tenants_of(&self, station: &str, transaction_id: &str) -> Result<Vec<String>, Error> {
        let mut tenants: Vec<TenantRow> = Vec::new();
        for sql in [sql::TENANTS_OF_EVENTS, sql::TENANTS_OF_RECORDS] {
            if tenants.is_empty() {
                tenants = self.all("the tenants", self.query(sql).bind(station).bind(transaction_id)).await?;
            }
        }
        Ok(tenants.into_iter().map(|row| row.tenant).collect())
    }

    /// Of some contents, or of all.
    pub(super) async fn details(
        &self,
        key: &Key,
        some: Option<&BTreeSet<Content>>,
    ) -> Result<Vec<Detail>, Error> {
        let query = match some {
            None => self.of_key(sql::DETAILS, key),
            Some(some) => narrowed(self.of_key(&format!("{}{}", sql::DETAILS, sql::SOME), key), some),
        };
        self.all("coordinates of events", query).await
    }

    pub(super) async fn texts(&self, key: &Key, some: &BTreeSet<Content>) -> Result<Vec<Text>, Error> {
        if some.is_empty() {
            return Ok(Vec::new());
        }
        let query = self.of_key(&format!("{}{}", sql::TEXTS, sql::SOME), key);
        self.all("values as sent", narrowed(query, some)).await
    }

    pub(super) async fn raws(
        &self,
        key: &Key,
        some: &BTreeSet<Content>,
    ) -> Result<HashMap<Content, String>, Error> {
        if some.is_empty() {
            return Ok(HashMap::new());
        }
        let query = self.of_key(&format!("{}{}", sql::RAWS, sql::SOME), key).bind(COMPARED_BYTES_MAX);
        let rows: Vec<RawRow> = self.all("bytes of events", narrowed(query, some)).await?;
        Ok(rows.into_iter().map(|row| ((row.seq_no, ContentHash(row.content_hash)), row.text)).collect())
    }

    pub(super) async fn deliveries(
        &self,
        key: &Key,
        partitions: &[u32],
        from: i64,
        until: i64,
    ) -> Result<Vec<DeliveryRow>, Error> {
        let query = self
            .query(sql::DELIVERIES)
            .bind(COPIES_TOLD_MAX + 1)
            .bind(key.station.tenant())
            .bind(key.station.station())
            .bind(&key.transaction_id)
            .bind(partitions)
            .bind(from)
            .bind(until);
        self.all("deliveries", query).await
    }

    pub(super) async fn quarantined(
        &self,
        station: &StationKey,
        transaction_id: &str,
        partitions: &[u32],
        from: i64,
        until: i64,
    ) -> Result<Quarantined, Error> {
        let query = self
            .query(sql::QUARANTINED)
            .bind(transaction_id)
            .bind(station.tenant())
            .bind(station.station())
            .bind(partitions)
            .bind(from)
            .bind(until)
            .bind(QUARANTINED_TOLD_MAX);
        let first: Vec<QuarantineRow> = self.all("quarantine", query).await?;
        Ok(Quarantined { count: first.first().map_or(0, |row| row.total), first })
    }

    pub(super) async fn tenants_in_quarantine(&self, station: &str) -> Result<Vec<String>, Error> {
        let query = self.query(sql::TENANTS_IN_QUARANTINE).bind(station).bind(NEAR_TOLD_MAX);
        let tenants: Vec<TenantRow> = self.all("tenants in quarantine", query).await?;
        Ok(tenants.into_iter().map(|row| row.tenant).collect())
    }

    /// seqNo, hash and whether it counts of each content that is meant.
    pub(super) async fn contents(
        &self,
        key: &Key,
        which: Which,
    ) -> Result<Vec<(i64, ContentHash, bool)>, Error> {
        let query = match which {
            Which::SeqNo(seq_no) => self.of_key(sql::CONTENTS_OF_SEQ_NO, key).bind(seq_no),
            Which::Content(hash) => self.of_key(sql::CONTENTS_OF_HASH, key).bind(hash.0.to_string()),
        };
        let rows: Vec<ContentRow> = self.all("an event", query).await?;
        Ok(rows.into_iter().map(|row| (row.seq_no, ContentHash(row.content_hash), row.counts)).collect())
    }

    /// The bytes of a content exactly as received: a format that adds nothing.
    pub(super) async fn raw(&self, key: &Key, seq_no: i64, hash: ContentHash) -> Result<Vec<u8>, Error> {
        let query = self.of_key(sql::RAW, key).bind(seq_no).bind(hash.0.to_string());
        let collect = async { query.fetch_bytes("RawBLOB")?.collect().await };
        Ok(self.within("bytes of an event", collect).await?.to_vec())
    }
}

/// Binds the contents of [`sql::SOME`].
fn narrowed(query: Query, some: &BTreeSet<Content>) -> Query {
    let seq_nos: BTreeSet<i64> = some.iter().map(|(seq_no, _)| *seq_no).collect();
    let hashes: Vec<String> = some.iter().map(|(_, hash)| hash.0.to_string()).collect();
    query.bind(seq_nos.into_iter().collect::<Vec<_>>()).bind(hashes)
}
