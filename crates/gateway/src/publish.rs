//! Records into Kafka: an idempotent producer with acks=all, one delivery result per record.
//!
//! Invariants: what is reported delivered was acknowledged by all in-sync replicas; the queue is bounded in records
//! and bytes, and a full one refuses at once. A record that was *not* reported delivered may still be in the log
//! ("possibly persisted"): the client sends it again, and the sink finds one content.
//!
//! Not here: whether a topic is fit ([`crate::topic`]), and what an outcome means to a client ([`crate::reply`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaResult;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::Producer as _;
use rdkafka::producer::future_producer::{DeliveryFuture, FutureRecord};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wattledger_record::{Headers, StationKey};

use crate::breaker::{Breaker, Pass};
use crate::config;
use crate::metrics::Metrics;
use crate::producer::{self, Failure, Producer};

/// How long an old producer may deliver what it still holds, once it cannot be used any more.
const OLD_FLUSH: Duration = Duration::from_secs(1);
/// How long a look-up of the topic may take.
const LOOK_UP: Duration = Duration::from_secs(2);
/// Headers of one record, all optional ones there.
const HEADERS_MOST: usize = 12;
/// On top of the delivery time-out: librdkafka looks for overdue records once a second.
const REPORT_SLACK: Duration = Duration::from_secs(5);

/// One event for the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) key: &'a StationKey,
    pub(crate) headers: Headers<'a>,
    pub(crate) payload: &'a [u8],
}

/// The producer and the breaker in front of it.
pub(crate) struct Publisher {
    settings: ClientConfig,
    topic: String,
    report_within: Duration,
    probe: Duration,
    metrics: Arc<Metrics>,
    fatal: Arc<Notify>,
    current: RwLock<Producer>,
    breaker: Mutex<Breaker>,
    fit: AtomicBool,
}

/// The right to hand records over. Its outcome is told by [`Admission::tell`]; dropped untold, it was no try.
pub(crate) struct Admission<'a> {
    publisher: &'a Publisher,
    producer: Producer,
    pass: Option<Pass>,
}

impl Publisher {
    /// Makes a producer. It connects by itself; a broker that is away is no error.
    pub(crate) fn new(
        settings: ClientConfig,
        kafka: &config::Kafka,
        breaker: config::Breaker,
        metrics: Arc<Metrics>,
    ) -> KafkaResult<Self> {
        let fatal = Arc::new(Notify::new());
        let producer = producer::make(&settings, &metrics, &fatal)?;
        Ok(Self {
            settings,
            topic: kafka.topic.clone(),
            report_within: Duration::from_millis(kafka.delivery_timeout_ms) + REPORT_SLACK,
            probe: Duration::from_millis(breaker.probe_ms),
            metrics,
            fatal,
            current: RwLock::new(producer),
            breaker: Mutex::new(Breaker::new(Duration::from_millis(breaker.open_after_ms))),
            fit: AtomicBool::new(false),
        })
    }

    /// The topic was seen, and is as it has to be: from now on records are taken.
    pub(crate) fn topic_is_fit(&self) {
        self.fit.store(true, Ordering::Release);
    }

    /// Whether the topic was ever seen.
    pub(crate) fn has_seen_topic(&self) -> bool {
        self.fit.load(Ordering::Acquire)
    }

    /// Whether a request would be refused now.
    pub(crate) fn refuses(&self) -> bool {
        !self.has_seen_topic() || self.with_breaker(|breaker| breaker.refuses())
    }

    /// Lets one request hand records over, or not.
    pub(crate) fn admit(&self) -> Option<Admission<'_>> {
        if !self.has_seen_topic() {
            return None;
        }
        let pass = self.with_breaker(Breaker::admit)?;
        Some(Admission { publisher: self, producer: self.producer(), pass: Some(pass) })
    }

    fn with_breaker<T>(&self, work: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let before = breaker.is_open();
        let done = work(&mut breaker);
        match (before, breaker.is_open()) {
            (false, true) => {
                tracing::warn!("kafka has been failing: requests are refused until it acknowledges again")
            }
            (true, false) => tracing::info!("kafka acknowledges again"),
            _ => return done,
        }
        self.metrics.breaker_open(!before);
        done
    }

    fn producer(&self) -> Producer {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Watches over the producer until told to stop: replaces it after a fatal error, looks whether a broker that
    /// was away is back.
    pub(crate) async fn tend(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.fatal.notified() => {
                    if !self.replace() {
                        tokio::time::sleep(self.probe).await;
                        self.fatal.notify_one();
                    }
                }
                () = tokio::time::sleep(self.probe) => self.look_up().await,
            }
        }
    }

    async fn look_up(self: &Arc<Self>) {
        if !self.with_breaker(|breaker| breaker.is_open()) {
            return;
        }
        let (producer, topic) = (self.producer(), self.topic.clone());
        let answers = tokio::task::spawn_blocking(move || {
            let metadata = producer.client().fetch_metadata(Some(&topic), LOOK_UP);
            metadata.is_ok_and(|metadata| {
                let led = |t: &rdkafka::metadata::MetadataTopic| {
                    t.error().is_none() && t.partitions().iter().all(|p| p.leader() >= 0)
                };
                metadata.topics().iter().any(led)
            })
        });
        if answers.await.unwrap_or(false) {
            self.with_breaker(Breaker::broker_answers);
        }
    }

    /// A producer with a fatal error takes nothing any more. `false` if there is still no other.
    fn replace(&self) -> bool {
        if self.producer().client().fatal_error().is_none() {
            return true;
        }
        self.metrics.producer_replaced();
        match producer::make(&self.settings, &self.metrics, &self.fatal) {
            Ok(new) => {
                tracing::error!("the producer met a fatal error and was replaced");
                let old = std::mem::replace(
                    &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
                    new,
                );
                producer::retire(old, OLD_FLUSH);
                true
            }
            Err(error) => {
                tracing::error!(%error, "the producer met a fatal error and could not be replaced; trying again");
                false
            }
        }
    }

    /// Waits until everything handed over is delivered or failed, `within` at most.
    pub(crate) async fn flush(&self, within: Duration) {
        let producer = self.producer();
        let flushed = tokio::task::spawn_blocking(move || producer.flush(within)).await;
        match flushed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the producer still held records at the end"),
            Err(error) => tracing::warn!(%error, "the producer could not be flushed"),
        }
    }
}

impl Admission<'_> {
    /// Hands one record over; returns at once.
    ///
    /// # Errors
    /// [`Failure`] if it was not taken: then it is not in the log.
    pub(crate) fn send(&self, record: &Record<'_>) -> Result<DeliveryFuture, Failure> {
        // each insert takes the list and gives it back
        let mut headers = Some(OwnedHeaders::new_with_capacity(HEADERS_MOST));
        record.headers.encode(|key, value| {
            headers = headers.take().map(|so_far| so_far.insert(Header { key, value: Some(value) }));
        });
        let mut message =
            FutureRecord::to(&self.publisher.topic).key(record.key.as_str()).payload(record.payload);
        message.headers = headers;
        self.producer.send_result(message).map_err(|(error, _message)| {
            let failure = Failure::of(&error);
            if failure == Failure::Fatal {
                self.publisher.fatal.notify_one();
            }
            failure
        })
    }

    /// Waits for one delivery.
    ///
    /// # Errors
    /// [`Failure`] if the record is not known to be durable.
    pub(crate) async fn delivered(&self, delivery: DeliveryFuture) -> Result<(), Failure> {
        match tokio::time::timeout(self.publisher.report_within, delivery).await {
            Ok(Ok(Ok(_place))) => Ok(()),
            Ok(Ok(Err((error, _message)))) => {
                tracing::debug!(%error, "a record was not acknowledged");
                Err(Failure::of(&error))
            }
            Ok(Err(_)) | Err(_) => Err(Failure::Lost),
        }
    }

    /// Tells how it went, `handed_over` being the time of the first record.
    pub(crate) fn tell(mut self, handed_over: Instant, any_delivered: bool, failures: &[Failure]) {
        let now = Instant::now();
        if any_delivered {
            self.pass = None;
            self.publisher.with_breaker(|breaker| breaker.succeeded(now));
        } else if failures.iter().any(|failure| failure.is_outage()) {
            self.pass = None;
            self.publisher.with_breaker(|breaker| breaker.failed(handed_over, now));
        }
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if self.pass == Some(Pass::Probe) {
            self.publisher.with_breaker(Breaker::abandon);
        }
    }
}

#[cfg(test)]
mod faults;
