//! First half of a worker: records into the open range, and the range on to be written when it is due.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::{Shared, Stop};
use crate::batch::{Cutter, Mechanism};
use crate::consume::inbox::{Held, Inbox};
use crate::consume::record::Record;
use crate::deliver::Load;
use crate::deliver::decode::{Intake, Taken};
use crate::error::Error;
use crate::metrics::{self, Seen};
use crate::offsets::Range;

/// Records taken from the inbox at once: enough to make the lock cheap, little enough to yield often.
const TAKE_MAX: usize = 256;

/// A closed range on its way to be written.
pub(super) struct Closed {
    pub(super) range: Range,
    pub(super) load: Load,
    /// Keeps the bytes counted until the range is written.
    pub(super) held: Held,
    /// Lets the next range follow.
    pub(super) turn: OwnedSemaphorePermit,
}

pub(super) struct Cut {
    inbox: Arc<Inbox>,
    intake: Intake,
    cutter: Cutter,
    load: Load,
    held: Held,
    stopped: watch::Receiver<Stop>,
    closed: mpsc::Sender<Closed>,
    /// One range is written at a time.
    turns: Arc<Semaphore>,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl Cut {
    pub(super) fn new(
        shared: &Shared,
        partition: i32,
        inbox: Arc<Inbox>,
        stopped: watch::Receiver<Stop>,
        closed: mpsc::Sender<Closed>,
    ) -> Self {
        Self {
            intake: Intake::new(shared.tokens.clone(), shared.generation, partition, shared.partitions),
            cutter: Cutter::new(shared.limits),
            load: Load::default(),
            held: Held::none(&inbox),
            inbox,
            stopped,
            closed,
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// Runs until told to stop.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        while self.step().await? == Next::GoOn {}
        Ok(())
    }

    async fn step(&mut self) -> Result<Next, Error> {
        let stop = *self.stopped.borrow_and_update();
        match stop {
            Stop::Run => {}
            Stop::Drain => return Ok(Next::End),
            Stop::Flush => {
                self.close(Mechanism::Shutdown).await;
                return Ok(Next::End);
            }
        }
        let due = self.cutter.due(Instant::now());
        match due {
            Some(mechanism @ (Mechanism::Rows | Mechanism::Bytes)) => {
                self.close(mechanism).await;
                Ok(Next::GoOn)
            }
            // while the range before it is being written, an old range goes on growing
            Some(mechanism) => {
                let turn = Arc::clone(&self.turns).acquire_owned();
                tokio::select! {
                    biased;
                    Ok(turn) = turn => self.send(mechanism, turn).await,
                    (records, held) = self.inbox.take(TAKE_MAX) => self.take(records, held).await?,
                    changed = self.stopped.changed() => return Ok(ended(&changed)),
                }
                Ok(Next::GoOn)
            }
            None => {
                let deadline = self.cutter.deadline();
                tokio::select! {
                    (records, held) = self.inbox.take(TAKE_MAX) => self.take(records, held).await?,
                    () = wait_until(deadline) => {}
                    changed = self.stopped.changed() => return Ok(ended(&changed)),
                }
                Ok(Next::GoOn)
            }
        }
    }

    async fn take(&mut self, records: Vec<Record>, mut held: Held) -> Result<(), Error> {
        for mut record in records {
            let size = record.size();
            let offset = record.offset;
            loop {
                let bytes = self.load.bytes();
                let cutter = &self.cutter;
                match self.intake.take(record, &mut self.load, |month| cutter.months_full(month))? {
                    Taken::In(month) => {
                        let added = self.load.bytes() - bytes;
                        self.cutter.add(offset, added, month, Instant::now());
                        break;
                    }
                    Taken::NeedsNewRange(again) => {
                        record = again;
                        self.close(Mechanism::Months).await;
                    }
                }
            }
            self.held.take_from(&mut held, size);
            if let Some(mechanism @ (Mechanism::Rows | Mechanism::Bytes)) = self.cutter.due(Instant::now()) {
                self.close(mechanism).await;
            }
        }
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Waits until the range before it is written, and sends the open one on.
    async fn close(&mut self, mechanism: Mechanism) {
        if let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await {
            self.send(mechanism, turn).await;
        }
    }

    async fn send(&mut self, mechanism: Mechanism, turn: OwnedSemaphorePermit) {
        let Some(range) = self.cutter.close() else { return };
        let load = std::mem::take(&mut self.load);
        let held = std::mem::replace(&mut self.held, Held::none(&self.inbox));
        metrics::batch_closed(mechanism, range.count, load.bytes());
        for (seen, count) in [Seen::Clean, Seen::Flagged, Seen::Quarantined].into_iter().zip(load.seen) {
            metrics::deliveries(seen, count);
        }
        // the writer ends only with this worker
        drop(self.closed.send(Closed { range, load, held, turn }).await);
    }
}

/// A stop that nobody can announce any more is the end.
const fn ended(changed: &Result<(), watch::error::RecvError>) -> Next {
    match changed {
        Ok(()) => Next::GoOn,
        Err(_) => Next::End,
    }
}

/// Waits for a moment; for ever if there is none.
pub(super) async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
