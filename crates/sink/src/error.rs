//! Why the sink stops. Trouble that passes (a broker or server that is away, a full disk) is waited out and never
//! ends up here.

use crate::insert::Failure;

/// Why [`crate::run`] ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be run.
    #[error("configuration: {}", .0.join("; "))]
    Config(Vec<String>),
    /// The admin port cannot be taken.
    #[error("admin address {address} cannot be bound")]
    Admin {
        /// Address as configured.
        address: std::net::SocketAddr,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("the poll thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// A Kafka client could not be made, or met a fatal error.
    #[error("kafka: {what}")]
    Kafka {
        /// What was tried.
        what: &'static str,
        /// Cause.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// A table is not as this build writes it.
    #[error("table {table} does not fit this build: {detail}; run `wattledger migrate`")]
    Schema {
        /// Table.
        table: &'static str,
        /// First difference.
        detail: String,
    },
    /// The server refuses what cannot pass by itself (rights, a missing database).
    #[error("clickhouse refuses: {0}")]
    ClickHouse(Failure),
    /// The topic's name is known, the cluster or topic behind it is another.
    #[error(
        "topic {topic} was generation {generation} on {known}, and is now on {found}: offsets of two topics would mix. \
         Give the new topic a generation of its own (`wattledger migrate --new-generation`)"
    )]
    UnknownTopic {
        /// Topic name.
        topic: String,
        /// Its last known generation.
        generation: u32,
        /// Identity stored with that generation.
        known: String,
        /// Identity found now.
        found: String,
    },
    /// A record lies in a partition that its key does not belong to: one identity would be in two partitions.
    #[error("record {partition}/{offset}: its key {key:?} belongs to partition {expected}")]
    WrongPartition {
        /// Where it was read.
        partition: i32,
        /// Its offset.
        offset: i64,
        /// Key, made readable.
        key: String,
        /// Where it should be.
        expected: u32,
    },
    /// Records between the committed offset and the log's start are gone.
    #[error(
        "partition {partition}: offset {offset} is no longer in the log. Records may be lost; nothing is skipped by itself"
    )]
    OffsetGone {
        /// Partition.
        partition: i32,
        /// Offset the sink stands at.
        offset: i64,
    },
    /// The log holds another record than the one whose delivery is stored.
    #[error(
        "partition {partition}: record {offset} is not the one that was written before; the log was replaced. \
         Give the new topic a generation of its own (`wattledger migrate --new-generation`)"
    )]
    LogReplaced {
        /// Partition.
        partition: i32,
        /// Offset compared.
        offset: i64,
    },
    /// The poll thread ended without a word.
    #[error("the poll thread ended unexpectedly")]
    PollThread,
}

impl Error {
    /// Stable name for logs and exit messages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config_invalid",
            Self::Admin { .. } => "admin_bind_failed",
            Self::Thread(_) => "thread_failed",
            Self::Kafka { .. } => "kafka_failed",
            Self::Schema { .. } => "schema_mismatch",
            Self::ClickHouse(_) => "clickhouse_refused",
            Self::UnknownTopic { .. } => "topic_unknown",
            Self::WrongPartition { .. } => "wrong_partition",
            Self::OffsetGone { .. } => "offset_gone",
            Self::LogReplaced { .. } => "log_replaced",
            Self::PollThread => "poll_thread_ended",
        }
    }
}
