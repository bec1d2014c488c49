//! What SQL returns: the analysts' views, asked by the names and columns of their contract.

use std::time::{SystemTime, UNIX_EPOCH};

use clickhouse::{Client, Row};
use serde::Deserialize;

use super::VerifyConfig;
use crate::error::Error;
use crate::ledger::Head;

/// One row of `events`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct EventRow {
    /// Station, folded.
    pub station: String,
    /// transactionId, folded.
    pub transaction_id: String,
    /// seqNo.
    pub seq_no: i64,
    /// XXH3-64 of the raw bytes.
    pub hash: u64,
    /// Whether it counts.
    pub counts: bool,
}

/// One row of `transactions`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct TransactionRow {
    /// Station, folded.
    pub station: String,
    /// transactionId, folded.
    pub transaction_id: String,
    /// Rank among the charges of this transactionId.
    pub instance: u32,
    /// Class.
    pub class: String,
    /// First seqNo.
    pub first_seq: i64,
    /// Last seqNo.
    pub last_seq: i64,
    /// Runs of seqNo.
    pub epochs: u16,
    /// Contents that count.
    pub events: u64,
    /// Contents that lost a conflict.
    pub conflicts: u64,
    /// Missing seqNos.
    pub missing_count: u64,
    /// Missing ranges.
    pub missing_ranges: Vec<(u16, i64, i64)>,
    /// µs.
    pub started_at: Option<i64>,
    /// µs.
    pub ended_at: Option<i64>,
    /// EVSE.
    pub evse_id: Option<i64>,
    /// Start token.
    pub id_token_start: Option<String>,
    /// Wh as text.
    pub energy_wh: Option<String>,
    /// Method.
    pub energy_method: Option<String>,
    /// Reasons for a human to look.
    pub review: Vec<String>,
}

/// Copies of one (station, transaction, seqNo) with one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct DeliveryRow {
    /// Station, folded.
    pub station: String,
    /// transactionId, folded; empty if it could not be read.
    pub transaction_id: String,
    /// seqNo, if it could be read.
    pub seq_no: Option<i64>,
    /// Outcome.
    pub outcome: String,
    /// How many.
    pub copies: u64,
}

/// One payload in `quarantine`.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct QuarantineRow {
    /// Station, folded.
    pub station: String,
    /// XXH3-64 of the raw bytes.
    pub hash: u64,
    /// Codes.
    pub reasons: Vec<String>,
    /// How many records hold these bytes.
    pub copies: u64,
}

/// Sums of `account`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Deserialize)]
pub struct AccountRow {
    /// Records consumed.
    pub received: u64,
    /// Earliest copies of contents that count.
    pub stored: u64,
    /// Further copies, and variants.
    pub duplicate: u64,
    /// Earliest copies of contents that lost.
    pub conflict: u64,
    /// Part of no transaction.
    pub quarantined: u64,
    /// Offsets without a row.
    pub unaccounted: u64,
}

/// Everything that SQL returns about a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// When it was asked, ms since the Unix epoch.
    pub at_ms: i64,
    /// `events`
    pub events: Vec<EventRow>,
    /// `transactions`
    pub transactions: Vec<TransactionRow>,
    /// `deliveries`
    pub deliveries: Vec<DeliveryRow>,
    /// `quarantine`
    pub quarantine: Vec<QuarantineRow>,
    /// `account`
    pub account: AccountRow,
}

impl Observed {
    /// Changes as long as rows arrive.
    #[must_use]
    pub fn fingerprint(&self) -> (u64, usize, u64) {
        let events = self.transactions.iter().map(|row| row.events).sum();
        (self.account.received, self.events.len() + self.transactions.len(), events)
    }
}

// The views give an identity as spelled, and case-folded as a key that leads the sort order; here it is the key.

const EVENTS: &str = "SELECT station_key AS station, transaction_key AS transaction_id, toInt64(seq_no) AS seq_no, \
    xxh3(raw) AS hash, toBool(counts) AS counts FROM events WHERE tenant = ? AND startsWith(station_key, ?)";

const TRANSACTIONS: &str = "SELECT station_key AS station, transaction_key AS transaction_id, \
    toUInt32(instance) AS instance, CAST(class, 'String') AS class, toInt64(first_seq) AS first_seq, \
    toInt64(last_seq) AS last_seq, toUInt16(epochs) AS epochs, toUInt64(events) AS events, \
    toUInt64(conflicts) AS conflicts, toUInt64(missing_count) AS missing_count, \
    arrayMap(r -> (toUInt16(r.1), toInt64(r.2), toInt64(r.3)), missing_ranges) AS missing_ranges, \
    CAST(toUnixTimestamp64Micro(started_at), 'Nullable(Int64)') AS started_at, \
    CAST(toUnixTimestamp64Micro(ended_at), 'Nullable(Int64)') AS ended_at, \
    CAST(evse_id, 'Nullable(Int64)') AS evse_id, CAST(id_token_start, 'Nullable(String)') AS id_token_start, \
    CAST(toString(energy_wh), 'Nullable(String)') AS energy_wh, \
    nullIf(CAST(energy_method, 'Nullable(String)'), '') AS energy_method, \
    CAST(review, 'Array(String)') AS review FROM transactions WHERE tenant = ? AND startsWith(station_key, ?)";

const DELIVERIES: &str = "SELECT station_key AS station, ifNull(transaction_key, '') AS transaction_id, \
    CAST(seq_no, 'Nullable(Int64)') AS seq_no, CAST(outcome, 'String') AS outcome, count() AS copies \
    FROM deliveries WHERE tenant = ? AND startsWith(station_key, ?) \
    GROUP BY station, transaction_id, seq_no, outcome";

const QUARANTINE: &str = "SELECT station_key AS station, xxh3(raw) AS hash, \
    CAST(any(reasons), 'Array(String)') AS reasons, count() AS copies FROM quarantine WHERE tenant = ? AND \
    startsWith(station_key, ?) GROUP BY station, hash";

const ACCOUNT: &str = "SELECT toUInt64(sum(received)) AS received, toUInt64(sum(stored)) AS stored, \
    toUInt64(sum(duplicate)) AS duplicate, toUInt64(sum(conflict)) AS conflict, \
    toUInt64(sum(quarantined)) AS quarantined, toUInt64(sum(unaccounted)) AS unaccounted FROM account";

const RECEIVED: &str = "SELECT toUInt64(sum(received)) AS received FROM account";

/// The views of one run's stations.
pub(crate) struct Views {
    client: Client,
    tenant: String,
    stations: String,
}

impl Views {
    pub(crate) fn new(config: &VerifyConfig, head: &Head) -> Self {
        let mut client = Client::default()
            .with_url(&config.clickhouse_url)
            .with_database(&config.database)
            .with_user(&config.user);
        if !config.password.is_empty() {
            client = client.with_password(&config.password);
        }
        Self {
            client,
            tenant: head.tenant.clone(),
            stations: format!("{}-", head.prefix).to_ascii_lowercase(),
        }
    }

    /// Records accounted for so far, those of others included.
    pub(crate) async fn received(&self) -> Result<u64, Error> {
        Ok(self.client.query(RECEIVED).fetch_one::<u64>().await?)
    }

    pub(crate) async fn observe(&self) -> Result<Observed, Error> {
        // the account first: whatever arrives between two questions is then a row too many, never one too few
        let account = self.client.query(ACCOUNT).fetch_one().await?;
        Ok(Observed {
            at_ms: now_ms(),
            account,
            deliveries: self.rows(DELIVERIES).await?,
            quarantine: self.rows(QUARANTINE).await?,
            events: self.rows(EVENTS).await?,
            transactions: self.rows(TRANSACTIONS).await?,
        })
    }

    async fn rows<R>(&self, sql: &str) -> Result<Vec<R>, Error>
    where
        R: clickhouse::RowOwned + clickhouse::RowRead,
    {
        Ok(self.client.query(sql).bind(&self.tenant).bind(&self.stations).fetch_all::<R>().await?)
    }
}

/// ms since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
