//! Copies of what was set aside, to the quarantine topic: original key, value and headers, and why.
//!
//! The table is the source; the topic is for those who want to be told. A range is complete only after the broker has
//! acknowledged every copy.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use wattledger_record::topics;

use super::SetAside;
use crate::config::Kafka;
use crate::error::Error;
use crate::insert::backoff;
use crate::metrics::{self, Copy};

/// Codes, separated by commas.
const REASONS: &str = "quarantine_reasons";
/// What was expected and what came.
const MESSAGE: &str = "quarantine_message";
/// Coordinates of the original: generation/partition/offset.
const ORIGIN: &str = "quarantine_origin";

/// Copies on their way at once.
const ABREAST_MAX: usize = 256;
/// Longest wait for room in the producer's queue.
const QUEUE_WAIT: Duration = Duration::from_secs(5);

/// Produces copies.
#[derive(Clone)]
pub(crate) struct Quarantine {
    producer: FutureProducer,
    topic: String,
}

impl Quarantine {
    pub(crate) fn new(kafka: &Kafka) -> Result<Self, Error> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &kafka.brokers)
            .set("client.id", "wattledger-sink-quarantine")
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", "30000")
            .set("message.max.bytes", topics::MESSAGE_BYTES_MAX.to_string())
            .set("queue.buffering.max.kbytes", "32768")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random");
        for (name, value) in &kafka.settings {
            config.set(name, value);
        }
        let producer =
            config.create().map_err(|source| Error::Kafka { what: "quarantine producer", source })?;
        Ok(Self { producer, topic: kafka.quarantine_topic.clone() })
    }

    /// Produces `copies` and returns when all are acknowledged, however long that takes.
    pub(crate) async fn put(&self, generation: u32, partition: i32, copies: &[SetAside]) {
        for chunk in copies.chunks(ABREAST_MAX) {
            let sent: Vec<_> = chunk
                .iter()
                .map(|copy| {
                    let origin = format!("{generation}/{partition}/{}", copy.record.offset);
                    let sent = self.producer.send_result(self.record(&origin, copy)).ok();
                    (origin, copy, sent)
                })
                .collect();
            for (origin, copy, sent) in sent {
                let acknowledged = match sent {
                    Some(sent) => matches!(sent.await, Ok(Ok(_))),
                    None => false,
                };
                if acknowledged {
                    metrics::copy(Copy::Done);
                } else {
                    self.insist(&origin, copy).await;
                }
            }
        }
    }

    async fn insist(&self, origin: &str, copy: &SetAside) {
        let mut times = 0;
        loop {
            match self.producer.send(self.record(origin, copy), QUEUE_WAIT).await {
                Ok(_) => return metrics::copy(Copy::Done),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {
                    // it stands in the table byte for byte; a topic that cannot hold it must not stop the log
                    tracing::error!(
                        origin,
                        "quarantined record is too large for its topic, kept in the table only"
                    );
                    return metrics::copy(Copy::TooLarge);
                }
                Err((error, _)) => {
                    times += 1;
                    metrics::copy(Copy::Failed);
                    tracing::warn!(origin, times, %error, "quarantined record not acknowledged, trying again");
                    tokio::time::sleep(backoff(times)).await;
                }
            }
        }
    }

    fn record<'a>(&'a self, origin: &'a str, copy: &'a SetAside) -> FutureRecord<'a, [u8], [u8]> {
        let ours = [(REASONS, copy.reasons.as_str()), (MESSAGE, copy.message.as_str()), (ORIGIN, origin)];
        let mut headers = OwnedHeaders::new_with_capacity(copy.record.headers.len() + ours.len());
        for (name, value) in copy.record.headers() {
            headers = headers.insert(Header { key: name, value });
        }
        for (name, value) in ours {
            headers = headers.insert(Header { key: name, value: Some(value) });
        }
        FutureRecord {
            topic: &self.topic,
            partition: None,
            payload: copy.record.value.as_deref(),
            key: copy.record.key.as_deref(),
            timestamp: None,
            headers: Some(headers),
        }
    }
}
