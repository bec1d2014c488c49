//! The topics of the record contract, created where they are missing.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use wattledger_record::topics;

/// Partitions of every topic in the local stack: enough for a sink to show parallelism on a small machine.
pub const PARTITIONS: i32 = 6;

/// Creates what is missing; topics that are there stay as they are.
///
/// # Errors
/// If the broker refuses, or does not answer within 30 s.
pub async fn create(brokers: &str) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let bytes = topics::MESSAGE_BYTES_MAX.to_string();
    let names = [topics::EVENTS, topics::QUARANTINE, topics::COMMANDS, topics::STATUS, topics::RESPONSES];
    let wanted: Vec<NewTopic<'_>> = names
        .iter()
        .map(|name| {
            NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1)).set("max.message.bytes", &bytes)
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    for outcome in admin.create_topics(&wanted, &options).await? {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code)),
        }
    }
    Ok(())
}
