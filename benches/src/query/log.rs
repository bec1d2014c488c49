//! Writes records into the events topic, each into the partition of its key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use wattledger_local::topics::PARTITIONS;
use wattledger_record::{Headers, StationKey, partition, topics};

use super::Outcome;

/// How long what is queued may take to be acknowledged.
const FLUSH_WITHIN: Duration = Duration::from_secs(120);
/// Pause while the queue is full.
const FULL_PAUSE: Duration = Duration::from_millis(5);

/// The events topic, open for writing.
pub(super) struct Log {
    producer: ThreadedProducer<Failures>,
}

/// Counts records that were not acknowledged.
#[derive(Default)]
struct Failures(AtomicU64);

impl rdkafka::ClientContext for Failures {}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Log {
    pub(super) fn open(brokers: &str) -> Outcome<Self> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("acks", "all")
            // one record after another, as the order of receipt is the order of the log
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "20")
            .create_with_context(Failures::default())?;
        Ok(Self { producer })
    }

    pub(super) fn append(&self, key: &StationKey, headers: &Headers<'_>, value: &[u8]) -> Outcome<()> {
        let partition = partition::of_key(key.as_str().as_bytes(), PARTITIONS.unsigned_abs());
        let mut owned = OwnedHeaders::new();
        let mut pairs = Vec::new();
        headers.encode(|name, text| pairs.push((name, text.to_owned())));
        for (key, text) in &pairs {
            owned = owned.insert(Header { key, value: Some(text.as_str()) });
        }
        let mut record = BaseRecord::to(topics::EVENTS)
            .partition(i32::try_from(partition)?)
            .key(key.as_str())
            .payload(value)
            .headers(owned);
        while let Err((error, returned)) = self.producer.send(record) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            std::thread::sleep(FULL_PAUSE);
            record = returned;
        }
        Ok(())
    }

    /// Waits until everything is acknowledged.
    pub(super) fn close(self) -> Outcome<()> {
        self.producer.flush(FLUSH_WITHIN)?;
        match self.producer.context().0.load(Ordering::Relaxed) {
            0 => Ok(()),
            failed => Err(format!("{failed} records were not acknowledged").into()),
        }
    }
}
