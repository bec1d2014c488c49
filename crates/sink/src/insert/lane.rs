//! A lane carries the rows of one table to the server and waits out whatever stands in the way.
//!
//! Rows that wait while the lane is busy or held back by the rate are sent together where the table allows it: bodies
//! of RowBinary are joined by putting them one behind the other. `event_rows` never joins ranges, so that a range cut
//! again after a crash is the same block under the same token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::classify::Class;
use super::client::{Client, Failure, Insert};
use super::pace::Pace;
use super::retry::backoff;
use crate::metrics::{self, Table};
use crate::rows::Rows;

/// Requests that may wait in a lane; senders beyond it wait themselves.
const WAITING_MAX: usize = 64;
/// Rows joined into one insert, bytes.
const JOINED_BYTES_MAX: usize = 32 << 20;
/// Between attempts at something that somebody has to mend.
const STOPPED_PAUSE: Duration = Duration::from_secs(15);

/// Where the rows of one table go; cheap to clone.
#[derive(Clone)]
pub(crate) struct Lane {
    requests: mpsc::Sender<Request>,
}

/// The lanes of all tables.
#[derive(Clone)]
pub(crate) struct Lanes {
    pub(crate) events: Lane,
    pub(crate) deliveries: Lane,
    pub(crate) quarantine: Lane,
    pub(crate) transactions: Lane,
    pub(crate) progress: Lane,
}

struct Request {
    rows: Rows,
    token: String,
    done: oneshot::Sender<()>,
}

/// What a lane needs for its table.
#[derive(Clone)]
struct Carrier {
    table: Table,
    sql: Arc<str>,
    settings: Arc<[(&'static str, &'static str)]>,
    client: Arc<Client>,
    pace: Arc<Pace>,
}

/// Ways to tell a server that a block is not to be looked up among earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deduplication {
    /// The server knows `deduplicate_insert` (26.x), beside which `insert_deduplicate` alone has no effect.
    ByInsert,
    /// It knows only `insert_deduplicate`.
    ByUser,
}

impl Lanes {
    /// Starts the lanes; they end when the last clone is dropped and what they carry is acknowledged.
    pub(crate) fn start(client: Client, inserts_per_second: u32, way: Deduplication) -> Self {
        let client = Arc::new(client);
        let pace = Arc::new(Pace::new(inserts_per_second));
        let lane = |table: Table, abreast: usize, joined: bool| {
            let carrier = Carrier {
                table,
                sql: crate::rows::statement(table).into(),
                settings: settings(table, way).into(),
                client: Arc::clone(&client),
                pace: Arc::clone(&pace),
            };
            let (requests, waiting) = mpsc::channel(WAITING_MAX);
            tokio::spawn(carry(carrier, waiting, abreast, joined));
            Lane { requests }
        };
        Self {
            events: lane(Table::Events, 4, false),
            deliveries: lane(Table::Deliveries, 2, true),
            quarantine: lane(Table::Quarantine, 1, true),
            transactions: lane(Table::Transactions, 2, true),
            progress: lane(Table::Progress, 1, true),
        }
    }
}

impl Lane {
    /// Brings `rows` to the server; returns when they are acknowledged, however long that takes. `false` only if the
    /// lane has ended, which happens at the end of the process.
    pub(crate) async fn put(&self, rows: Rows, token: String) -> bool {
        if rows.is_empty() {
            return true;
        }
        let (done, acknowledged) = oneshot::channel();
        if self.requests.send(Request { rows, token, done }).await.is_err() {
            return false;
        }
        acknowledged.await.is_ok()
    }
}

fn settings(table: Table, way: Deduplication) -> Vec<(&'static str, &'static str)> {
    let mut settings = vec![
        ("async_insert", "0"),
        ("wait_end_of_query", "1"),
        ("max_partitions_per_insert_block", "0"),
        ("max_insert_block_size", "10000000"),
        ("max_insert_threads", "1"),
        ("input_format_parallel_parsing", "0"),
    ];
    let wanted = table.has_token();
    settings.push(("insert_deduplicate", if wanted { "1" } else { "0" }));
    if way == Deduplication::ByInsert {
        settings.push(("deduplicate_insert", if wanted { "enable" } else { "disable" }));
    }
    settings
}

async fn carry(carrier: Carrier, mut waiting: mpsc::Receiver<Request>, abreast: usize, joined: bool) {
    let slots = Arc::new(tokio::sync::Semaphore::new(abreast));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Some(first) = waiting.recv().await else { return };
        carrier.pace.turn().await;
        let mut load = vec![first];
        if joined {
            join_waiting(&mut load, &mut waiting);
        }
        let carrier = carrier.clone();
        tokio::spawn(async move {
            carrier.deliver(load).await;
            drop(slot);
        });
    }
}

fn join_waiting(load: &mut Vec<Request>, waiting: &mut mpsc::Receiver<Request>) {
    let mut bytes: usize = load.iter().map(|request| request.rows.bytes()).sum();
    while bytes < JOINED_BYTES_MAX {
        let Ok(next) = waiting.try_recv() else { return };
        bytes += next.rows.bytes();
        load.push(next);
    }
}

impl Carrier {
    async fn deliver(&self, load: Vec<Request>) {
        let mut joined = Rows::default();
        let mut tokens = Vec::with_capacity(load.len());
        let mut waiting = Vec::with_capacity(load.len());
        for request in load {
            joined.append(&request.rows);
            tokens.push(request.token);
            waiting.push(request.done);
        }
        self.insist(joined, tokens.join("+")).await;
        for done in waiting {
            if done.send(()).is_err() {
                tracing::debug!(
                    table = self.table.as_str(),
                    "written for a partition that has gone meanwhile"
                );
            }
        }
    }

    /// Sends until acknowledged. Rows that cannot go together are halved, under tokens of their own.
    async fn insist(&self, rows: Rows, token: String) {
        let mut open = vec![(rows, token)];
        while let Some((rows, token)) = open.pop() {
            if self.attempt(&rows, &token).await {
                continue;
            }
            let (first, second) = rows.halve();
            tracing::warn!(table = self.table.as_str(), token, "insert is halved");
            open.push((second, format!("{token}/b")));
            open.push((first, format!("{token}/a")));
        }
    }

    /// `true` once acknowledged, `false` if the rows have to be halved.
    async fn attempt(&self, rows: &Rows, token: &str) -> bool {
        metrics::insert_size(self.table, rows.count(), rows.bytes());
        let trouble = metrics::Trouble::new(self.table);
        let prepared = self.prepare(rows, token);
        let mut times = 0;
        loop {
            let result = match &prepared {
                Ok(insert) => self.once(insert).await,
                Err(failure) => Err(failure.clone()),
            };
            let Err(failure) = result else {
                metrics::rows_written(self.table, rows.count());
                return true;
            };
            times += 1;
            let class = failure.class_after(times);
            trouble.failed(class);
            if class == Class::Split && rows.count() > 1 {
                return false;
            }
            self.pause(&failure, class, times).await;
        }
    }

    async fn once(&self, insert: &Insert) -> Result<(), Failure> {
        let started = Instant::now();
        let result = self.client.send(insert).await;
        metrics::insert_took(self.table, result.is_ok(), started.elapsed());
        result
    }

    fn prepare(&self, rows: &Rows, token: &str) -> Result<Insert, Failure> {
        let mut settings: Vec<(&str, &str)> = self.settings.to_vec();
        if self.table.has_token() {
            settings.push(("insert_deduplication_token", token));
        }
        self.client.prepare(&self.sql, &settings, rows.as_bytes())
    }

    async fn pause(&self, failure: &Failure, class: Class, times: u32) {
        let table = self.table.as_str();
        if class == Class::Retry {
            tracing::warn!(table, times, %failure, "insert failed, trying again");
            tokio::time::sleep(backoff(times)).await;
        } else {
            tracing::error!(table, times, %failure, "insert is refused and cannot pass by itself: mend the server");
            tokio::time::sleep(STOPPED_PAUSE).await;
        }
    }
}
