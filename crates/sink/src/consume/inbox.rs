//! The queue between the poll thread and one partition's worker, counted in bytes.
//!
//! Invariant: what is held for a partition (waiting, in the open range or being written) and for all together is
//! counted from [`Inbox::push`] until [`Held`] is dropped. The poll thread pauses a partition before it pushes beyond
//! the bound, so the overshoot is one record.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::record::Record;

/// Bytes held by all partitions of the process.
#[derive(Debug, Default)]
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Records on their way to one partition's worker.
#[derive(Debug)]
pub(crate) struct Inbox {
    waiting: Mutex<VecDeque<Record>>,
    arrived: Notify,
    closed: AtomicBool,
    held: AtomicUsize,
    budget: Arc<Budget>,
}

/// Bytes that stay counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: usize,
    inbox: Arc<Inbox>,
}

impl Inbox {
    pub(crate) fn new(budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
            closed: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            budget,
        })
    }

    /// Adds a record; after [`Self::close`] it is dropped.
    pub(crate) fn push(&self, record: Record) {
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        self.count(record.size());
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(record);
        self.arrived.notify_one();
    }

    /// Waits for records and takes at most `max`; the bytes stay counted until [`Held`] is dropped. Cancel-safe.
    pub(crate) async fn take(self: &Arc<Self>, max: usize) -> (Vec<Record>, Held) {
        loop {
            let arrived = self.arrived.notified();
            let records: Vec<Record> = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let count = max.min(waiting.len());
                waiting.drain(..count).collect()
            };
            if !records.is_empty() {
                let bytes = records.iter().map(Record::size).sum();
                return (records, Held { bytes, inbox: Arc::clone(self) });
            }
            arrived.await;
        }
    }

    /// Drops what waits, and what comes.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let dropped: VecDeque<Record> =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.discount(dropped.iter().map(Record::size).sum());
    }

    /// Bytes held for this partition.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn count(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        self.budget.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn discount(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.budget.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Held {
    /// Nothing, for records of `inbox`.
    pub(crate) fn none(inbox: &Arc<Inbox>) -> Self {
        Self { bytes: 0, inbox: Arc::clone(inbox) }
    }

    /// Moves `bytes` from another.
    pub(crate) fn take_from(&mut self, other: &mut Self, bytes: usize) {
        let moved = bytes.min(other.bytes);
        other.bytes -= moved;
        self.bytes += moved;
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.close();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.inbox.discount(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use wattledger_record::Micros;

    use super::*;

    fn record(offset: i64) -> Record {
        Record {
            offset,
            timestamp: Micros(0),
            key: None,
            value: Some(Box::from(&b"value"[..])),
            headers: Vec::new(),
            headers_unreadable: false,
        }
    }

    #[tokio::test]
    async fn bytes_are_counted_until_they_are_written() {
        let budget = Arc::new(Budget::default());
        let inbox = Inbox::new(Arc::clone(&budget));
        for offset in 0..3 {
            inbox.push(record(offset));
        }
        let size = record(0).size();
        let (records, held) = inbox.take(2).await;
        assert_eq!(records, [record(0), record(1)]);
        assert_eq!((inbox.held(), budget.held()), (3 * size, 3 * size));
        drop(held);
        assert_eq!(budget.held(), size);
        inbox.close();
        inbox.push(record(3));
        assert_eq!((inbox.held(), budget.held()), (0, 0));
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken() {
        let inbox = Inbox::new(Arc::new(Budget::default()));
        let reader = tokio::spawn({
            let inbox = Arc::clone(&inbox);
            async move { inbox.take(10).await.0 }
        });
        inbox.push(record(7));
        assert_eq!(reader.await.unwrap(), [record(7)]);
    }
}
