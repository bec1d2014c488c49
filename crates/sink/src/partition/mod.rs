//! One assigned partition: its worker, from the inbox to the report that a range is written.
//!
//! ```text
//! inbox ─► cut: decode into the open range ─► write: events, deliveries, quarantine
//!                                                    then transactions
//!                                                    then report ─► poll thread commits
//! ```
//!
//! Cutting goes on while the range before it is written; a third one is not begun. Everything a partition has in memory
//! belongs to its worker and ends with it: a partition that comes back starts cold.

mod cut;
mod doubtful;
mod large;
pub(crate) mod memory;
pub(crate) mod renew;
pub(crate) mod start;
#[cfg(test)]
pub(crate) mod told;
mod write;

use std::sync::Arc;

use clickhouse::Client;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use wattledger_record::{ContentHash, Micros, TokenKey};

use crate::batch::Limits;
use crate::consume::inbox::Inbox;
use crate::consume::record::Record;
use crate::deliver::decode::content_hash;
use crate::deliver::quarantine::Quarantine;
use crate::error::Error;
use crate::hydrate::Hydrator;
use crate::insert::Lanes;
use crate::offsets::Range;

/// What every worker of the process shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) generation: u32,
    pub(crate) partitions: u32,
    pub(crate) limits: Limits,
    /// Bytes of transactions that one partition may keep.
    pub(crate) memory_bytes: usize,
    pub(crate) lanes: Lanes,
    pub(crate) quarantine: Quarantine,
    pub(crate) hydrator: Hydrator,
    pub(crate) clickhouse: Client,
    pub(crate) tokens: TokenKey,
}

/// How far a worker is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// On and on.
    Run,
    /// The partition is taken away: finish the range that is being written, drop the rest.
    Drain,
    /// The process ends: write the open range too.
    Flush,
}

/// Which assignment of a partition something belongs to: a late result of an earlier one must not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenure {
    pub(crate) partition: i32,
    /// Grows with every assignment.
    pub(crate) epoch: u64,
}

/// What a worker tells the poll thread.
#[derive(Debug)]
pub(crate) enum Report {
    /// It is agreed where to start reading.
    Ready { tenure: Tenure, start: Start },
    /// Everything that a range causes is acknowledged.
    Written { tenure: Tenure, range: Range, stamped: Micros },
    /// The sink has to stop.
    Failed { error: Error },
    /// The worker has ended.
    Ended { tenure: Tenure },
}

/// Where an assignment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begin {
    /// First offset that the log still holds.
    pub(crate) low: i64,
    /// Committed offset; `None` if there is none.
    pub(crate) committed: Option<i64>,
}

impl Begin {
    /// Where reading begins unless the table says otherwise: at the record before the committed offset, to see
    /// whether it still is the one that was written, else at the log's start.
    pub(crate) fn reads_from(self) -> i64 {
        self.committed.map_or(self.low, |committed| (committed - 1).max(self.low).min(committed))
    }
}

/// Where a worker has agreed to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// First offset to write.
    pub(crate) offset: i64,
    /// At or before it: a record whose delivery is stored.
    pub(crate) proof: Option<Proof>,
    /// Set if the table lost what it once acknowledged.
    pub(crate) replay: Option<Replay>,
}

/// A stretch that is written again although the server may remember its tokens: rows that were lost with a token that
/// was not must not be swallowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replay {
    /// First offset behind the stretch.
    pub(crate) until: i64,
    /// Part of the tokens within it.
    pub(crate) epoch: u64,
}

/// A record that was written before: if the log now holds another one there, the log was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) offset: i64,
    pub(crate) content_hash: ContentHash,
}

impl Proof {
    /// Whether `record` stands at its offset and is another one.
    pub(crate) fn is_broken_by(self, record: &Record) -> bool {
        record.offset == self.offset && content_hash(record) != self.content_hash
    }
}

/// A worker as the poll thread holds it.
pub(crate) struct Worker {
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) stop: watch::Sender<Stop>,
    /// Ends the worker at once, whatever it is doing.
    pub(crate) fence: CancellationToken,
}

/// Starts the worker of an assigned partition; must run inside the runtime.
pub(crate) fn start(
    shared: &Shared,
    tenure: Tenure,
    begin: Begin,
    inbox: Arc<Inbox>,
    reports: mpsc::Sender<Report>,
) -> Worker {
    let (stop, stopped) = watch::channel(Stop::Run);
    let fence = CancellationToken::new();
    let task = run(shared.clone(), tenure, begin, Arc::clone(&inbox), stopped, reports.clone());
    let fenced = fence.clone();
    tokio::spawn(async move {
        let failed = tokio::select! {
            () = fenced.cancelled() => None,
            result = task => result.err(),
        };
        let last = match failed {
            Some(error) => Report::Failed { error },
            None => Report::Ended { tenure },
        };
        // the poll thread is gone only at the very end of the process
        drop(reports.send(last).await);
    });
    Worker { inbox, stop, fence }
}

async fn run(
    shared: Shared,
    tenure: Tenure,
    begin: Begin,
    inbox: Arc<Inbox>,
    stopped: watch::Receiver<Stop>,
    reports: mpsc::Sender<Report>,
) -> Result<(), Error> {
    let start = start::agree(&shared, tenure.partition, begin).await;
    if reports.send(Report::Ready { tenure, start }).await.is_err() {
        return Ok(());
    }
    let (closed, ranges) = mpsc::channel(1);
    let cutting = cut::Cut::new(&shared, tenure.partition, inbox, stopped, closed).run();
    let writing = write::Write::new(shared.clone(), tenure, start.replay, reports).run(ranges);
    let (cut, ()) = tokio::join!(cutting, writing);
    cut
}
