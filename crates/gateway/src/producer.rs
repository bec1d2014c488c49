//! The producer itself: its settings, what it tells on its own, how it fails, how it ends.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::producer::future_producer::FutureProducer;
use tokio::sync::Notify;

use crate::config::{self, FRAMING_BYTES};
use crate::metrics::Metrics;

pub(crate) type Producer = FutureProducer<Context>;

/// Why a record is not known to be durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Failure {
    /// The door was closed: nothing was handed over.
    Closed,
    /// The producer's queue is full.
    QueueFull,
    /// No acknowledgement in time; the broker may have it.
    TimedOut,
    /// The broker takes no record of this size: the topic changed since the start.
    TooLarge,
    /// The producer cannot go on; a new one is being made.
    Fatal,
    /// The producer ended before it told; the broker may have it.
    Lost,
    /// Anything else the broker said.
    Broker,
}

impl Failure {
    /// All of them, for the metrics.
    pub(crate) const ALL: [Self; 7] = [
        Self::Closed,
        Self::QueueFull,
        Self::TimedOut,
        Self::TooLarge,
        Self::Fatal,
        Self::Lost,
        Self::Broker,
    ];

    /// Label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::QueueFull => "queue_full",
            Self::TimedOut => "timeout",
            Self::TooLarge => "too_large",
            Self::Fatal => "fatal",
            Self::Lost => "lost",
            Self::Broker => "broker_error",
        }
    }

    /// Whether the record may be in the log all the same.
    pub(crate) const fn possibly_persisted(self) -> bool {
        matches!(self, Self::TimedOut | Self::Lost)
    }

    /// Whether it speaks of Kafka's health.
    pub(crate) const fn is_outage(self) -> bool {
        matches!(self, Self::TimedOut | Self::Fatal | Self::Lost | Self::Broker)
    }

    pub(crate) fn of(error: &KafkaError) -> Self {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Self::QueueFull,
            Some(RDKafkaErrorCode::MessageTimedOut) => Self::TimedOut,
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => Self::TooLarge,
            Some(RDKafkaErrorCode::Fatal) => Self::Fatal,
            Some(RDKafkaErrorCode::PurgeInflight | RDKafkaErrorCode::PurgeQueue) => Self::Lost,
            _ => Self::Broker,
        }
    }
}

/// What librdkafka tells on its own.
pub(crate) struct Context {
    metrics: Arc<Metrics>,
    /// Told once the producer cannot go on.
    fatal: Arc<Notify>,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(facility, message, "kafka client");
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
                tracing::warn!(facility, message, "kafka client");
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(facility, message, "kafka client");
            }
        }
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.metrics.kafka_statistics(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            self.fatal.notify_one();
        }
        tracing::warn!(%error, reason, "kafka client error");
    }
}

/// Settings of the producer, each through one alias only: with two, the map's order would decide.
pub(crate) fn settings(kafka: &config::Kafka, payload_bytes_max: usize, client_id: &str) -> ClientConfig {
    let mut settings = ClientConfig::new();
    for (name, value) in &kafka.librdkafka {
        settings.set(name, value);
    }
    for (name, value) in [
        ("acks", "all"),
        ("enable.idempotence", "true"),
        // idempotence keeps order with at most five
        ("max.in.flight.requests.per.connection", "5"),
        // two tries or more inside the delivery time-out
        ("request.timeout.ms", "5000"),
        // black holes are found fast, and a broker that is back is noticed fast
        ("socket.timeout.ms", "10000"),
        ("socket.connection.setup.timeout.ms", "5000"),
        ("socket.keepalive.enable", "true"),
        ("reconnect.backoff.max.ms", "10000"),
        // JSON shrinks four to eight times, and the sink pays least to undo this
        ("compression.type", "lz4"),
        ("statistics.interval.ms", "10000"),
    ] {
        if !kafka.librdkafka.contains_key(name) {
            settings.set(name, value);
        }
    }
    settings
        .set("bootstrap.servers", &kafka.brokers)
        .set("client.id", client_id)
        // the same placement as Java tools, and what the sink checks
        .set("partitioner", "murmur2_random")
        .set("message.timeout.ms", kafka.delivery_timeout_ms.to_string())
        .set("linger.ms", kafka.linger_ms.to_string())
        .set("queue.buffering.max.messages", kafka.queue_messages_max.to_string())
        .set("queue.buffering.max.kbytes", kafka.queue_kib_max.to_string())
        .set("message.max.bytes", (payload_bytes_max + FRAMING_BYTES).to_string());
    settings
}

/// Makes a producer. It connects by itself; a broker that is away is no error.
pub(crate) fn make(
    settings: &ClientConfig,
    metrics: &Arc<Metrics>,
    fatal: &Arc<Notify>,
) -> KafkaResult<Producer> {
    settings.create_with_context(Context { metrics: Arc::clone(metrics), fatal: Arc::clone(fatal) })
}

/// Ends a producer on a thread of its own: both steps block.
pub(crate) fn retire(old: Producer, within: Duration) {
    let ended = std::thread::Builder::new().name("producer-retire".to_owned()).spawn(move || {
        if let Err(error) = old.flush(within) {
            tracing::warn!(%error, "the replaced producer still held records");
        }
        drop(old);
    });
    if let Err(error) = ended {
        tracing::warn!(%error, "no thread to end the old producer on");
    }
}
