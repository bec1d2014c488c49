//! The poll thread: one OS thread around a `BaseConsumer`, which polls, pauses, commits and answers rebalances.
//!
//! It decides nothing about records. It copies each one into its partition's inbox, hears from the workers what is
//! written, and commits the written prefix, synchronously, because an asynchronous commit has no answer in librdkafka's
//! event interface.
//!
//! Invariant: what is committed is what the ledger says is written, and only under the assignment it was read in.

mod group;
pub(crate) mod inbox;
mod rebalance;
pub(crate) mod record;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use wattledger_record::topics;

pub(crate) use group::{Group, Mark};
pub(crate) use rebalance::Callbacks;
use record::Record;

use crate::config::{Config, Kafka};
use crate::error::Error;
use crate::partition::{Shared, Stop};

/// Longest wait in `poll`: bounds how long a written range waits for its commit while nothing arrives.
const POLL: Duration = Duration::from_millis(20);
/// Records taken between two looks at the reports.
const BURST: usize = 1_000;
/// Reports that may wait; workers beyond it wait themselves.
const REPORTS_MAX: usize = 256;
/// Between commits that failed.
const COMMIT_PAUSE: Duration = Duration::from_secs(1);

/// The consumer of this program.
pub(crate) type SinkConsumer = BaseConsumer<Callbacks>;

/// What the rest of the process may ask of the poll thread.
#[derive(Clone)]
pub(crate) struct Polling {
    pub(crate) group: Arc<Mutex<Group>>,
    /// Milliseconds since `started` at the last turn of the loop.
    tick: Arc<AtomicU64>,
    started: Instant,
}

impl Polling {
    /// How long ago the poll loop last turned.
    pub(crate) fn age(&self) -> Duration {
        let last = Duration::from_millis(self.tick.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(last)
    }

    fn turned(&self) {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.tick.store(millis, Ordering::Relaxed);
    }
}

/// Locks the group; a panic elsewhere must not stop the accounting.
pub(crate) fn lock(group: &Mutex<Group>) -> MutexGuard<'_, Group> {
    group.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running poll thread.
pub(crate) struct Running {
    pub(crate) polling: Polling,
    pub(crate) consumer: std::sync::Weak<SinkConsumer>,
    /// Its end: why, if not for a shutdown.
    pub(crate) ended: oneshot::Receiver<Result<(), Error>>,
}

/// Starts the poll thread; must be called inside the runtime.
pub(crate) fn start(config: &Config, shared: Shared, shutdown: CancellationToken) -> Result<Running, Error> {
    let (reports, heard) = mpsc::channel(REPORTS_MAX);
    let channel = (reports, heard);
    let group = Arc::new(Mutex::new(Group::new(shared, channel, Handle::current(), &config.memory)));
    let polling = Polling { group, tick: Arc::default(), started: Instant::now() };
    let callbacks = Callbacks::new(&config.kafka, Arc::clone(&polling.group));
    let consumer: SinkConsumer = settings(config)
        .create_with_context(callbacks)
        .map_err(|source| Error::Kafka { what: "consumer", source })?;
    consumer
        .subscribe(&[&config.kafka.topic])
        .map_err(|source| Error::Kafka { what: "subscription", source })?;
    let consumer = Arc::new(consumer);
    let weak = Arc::downgrade(&consumer);
    let (end, ended) = oneshot::channel();
    let thread = Loop {
        consumer,
        polling: polling.clone(),
        topic: config.kafka.topic.clone(),
        shutdown,
        patience: Duration::from_millis(config.shutdown_ms),
        commit_after: Instant::now(),
    };
    std::thread::Builder::new()
        .name("poll".to_owned())
        .spawn(move || drop(end.send(thread.run())))
        .map_err(Error::Thread)?;
    Ok(Running { polling, consumer: weak, ended })
}

fn settings(config: &Config) -> ClientConfig {
    let Kafka { brokers, group, instance, session_timeout_ms, settings, .. } = &config.kafka;
    let message_bytes = topics::MESSAGE_BYTES_MAX.to_string();
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", brokers)
        .set("client.id", "wattledger-sink")
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", session_timeout_ms.to_string())
        .set("heartbeat.interval.ms", (session_timeout_ms / 9).clamp(500, 5_000).to_string())
        .set("max.poll.interval.ms", session_timeout_ms.max(&300_000).to_string())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // nothing is skipped by itself: where to start is always said in the assignment
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("check.crcs", "true")
        .set("enable.partition.eof", "false")
        .set("queued.min.messages", "10000")
        .set("queued.max.messages.kbytes", (config.memory.fetch_bytes_max >> 10).to_string())
        .set("fetch.max.bytes", (16usize << 20).to_string())
        .set("max.partition.fetch.bytes", (2usize << 20).to_string())
        .set("message.max.bytes", &message_bytes)
        .set("receive.message.max.bytes", (64usize << 20).to_string())
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "100")
        .set("socket.keepalive.enable", "true")
        .set("allow.auto.create.topics", "false");
    if let Some(instance) = instance {
        client.set("group.instance.id", instance);
    }
    for (name, value) in settings {
        client.set(name, value);
    }
    client
}

struct Loop {
    consumer: Arc<SinkConsumer>,
    polling: Polling,
    topic: String,
    shutdown: CancellationToken,
    patience: Duration,
    /// No commit before this moment, after one that failed.
    commit_after: Instant,
}

impl Loop {
    fn run(mut self) -> Result<(), Error> {
        while !self.shutdown.is_cancelled() {
            self.polling.turned();
            lock(&self.polling.group).hear(&self.consumer, &self.topic);
            self.commit();
            group::press_back(&self.consumer, &mut lock(&self.polling.group), &self.topic);
            self.poll()?;
        }
        self.leave()
    }

    fn poll(&mut self) -> Result<(), Error> {
        let mut patience = POLL;
        for _ in 0..BURST {
            match self.consumer.poll(patience) {
                None => break,
                Some(Ok(message)) => {
                    let partition = message.partition();
                    lock(&self.polling.group).accept(partition, Record::copy(&message));
                }
                Some(Err(error)) => self.trouble(error)?,
            }
            patience = Duration::ZERO;
        }
        lock(&self.polling.group).failure().map_or(Ok(()), Err)
    }

    /// Transport errors are news, not failures: librdkafka goes on by itself. What it cannot mend ends the sink.
    fn trouble(&self, error: KafkaError) -> Result<(), Error> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Err(Error::Kafka {
                    what: "the log no longer holds the offset to read from; nothing is skipped",
                    source: error,
                })
            }
            Some(RDKafkaErrorCode::Fatal | RDKafkaErrorCode::FencedInstanceId) => {
                Err(Error::Kafka { what: "consumer", source: error })
            }
            _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => {
                Err(Error::Kafka { what: "consumer", source: error })
            }
            _ => {
                tracing::warn!(%error, "kafka");
                Ok(())
            }
        }
    }

    fn commit(&mut self) {
        if Instant::now() >= self.commit_after
            && !group::commit(&self.consumer, &mut lock(&self.polling.group), &self.topic)
        {
            self.commit_after = Instant::now() + COMMIT_PAUSE;
        }
    }

    /// Lets the workers write what they have, against a deadline, commits, and leaves the group.
    fn leave(mut self) -> Result<(), Error> {
        lock(&self.polling.group).stop_all(Stop::Flush);
        if !group::settle(&self.polling.group, &self.consumer, &self.topic, None, self.patience) {
            tracing::warn!("shutdown deadline passed: open ranges are dropped and will be read again");
        }
        self.commit();
        let mut group = lock(&self.polling.group);
        group.drop_all();
        let failure = group.failure();
        drop(group);
        tracing::info!("leaving the group");
        // the consumer is closed here, on its own thread
        drop(self.consumer);
        failure.map_or(Ok(()), Err)
    }
}
