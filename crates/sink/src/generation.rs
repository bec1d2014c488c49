//! Which topic the coordinates of this database speak of.
//!
//! Coordinates are (generation, partition, offset). The generation is a number that ClickHouse keeps for each topic, so
//! that the offsets of a topic on another cluster can never be taken for those of the old one.
//!
//! The identity is (cluster id, topic name): rdkafka 0.39 does not show the topic id. A topic that was made anew under
//! its name on the same cluster is noticed per partition, by a stored delivery that no longer is in the log.

use std::time::Duration;

use clickhouse::{Client, Row};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use serde::Deserialize;

use crate::config::Kafka;
use crate::error::Error;
use crate::insert::Failure;

/// Time for one question to the broker.
const ASK: Duration = Duration::from_secs(5);

/// The topic as the broker knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) cluster_id: String,
    pub(crate) partitions: u32,
}

#[derive(Debug, Clone, Row, Deserialize)]
struct Generation {
    generation: u32,
    cluster_id: String,
    topic: String,
    partitions: u32,
}

/// What the table says of a topic.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It is known.
    Known(u32),
    /// It is new and gets this number.
    New(u32),
}

/// Asks the broker; blocks. `Ok(None)` if the topic does not exist (yet).
pub(crate) fn ask(kafka: &Kafka) -> Result<Option<Topic>, KafkaError> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &kafka.brokers).set("client.id", "wattledger-sink-check");
    for (name, value) in &kafka.settings {
        config.set(name, value);
    }
    let client: BaseConsumer = config.create()?;
    let metadata = client.fetch_metadata(Some(&kafka.topic), ASK)?;
    let found = metadata.topics().iter().find(|topic| topic.name() == kafka.topic && topic.error().is_none());
    let partitions = found.map_or(0, |topic| topic.partitions().len());
    let Some(partitions) = u32::try_from(partitions).ok().filter(|count| *count > 0) else { return Ok(None) };
    let cluster_id = client
        .client()
        .fetch_cluster_id(ASK)
        .ok_or(KafkaError::MetadataFetch(RDKafkaErrorCode::OperationTimedOut))?;
    Ok(Some(Topic { name: kafka.topic.clone(), cluster_id, partitions }))
}

/// What can come of looking a topic up.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The server could not be asked or told.
    Unasked(Failure),
    /// The topic is not the one that was written before.
    Other(Error),
}

/// The generation of `topic`; a topic that was never seen gets the next number.
pub(crate) async fn of(client: &Client, topic: &Topic) -> Result<u32, Refused> {
    let unasked = |error: clickhouse::error::Error| Refused::Unasked(Failure::of_query(&error));
    let known = client
        .query("SELECT generation, cluster_id, topic, partitions FROM generations FINAL ORDER BY generation")
        .fetch_all::<Generation>()
        .await
        .map_err(unasked)?;
    match judge(&known, topic).map_err(Refused::Other)? {
        Verdict::Known(generation) => Ok(generation),
        Verdict::New(generation) => note(client, generation, topic).await.map_err(unasked),
    }
}

/// Gives `topic` the next number whatever is known of its name: the operator says that it continues nothing stored.
pub(crate) async fn renew(client: &Client, topic: &Topic) -> Result<u32, clickhouse::error::Error> {
    let latest = client.query("SELECT max(generation) FROM generations").fetch_one::<u32>().await?;
    note(client, latest + 1, topic).await
}

async fn note(client: &Client, generation: u32, topic: &Topic) -> Result<u32, clickhouse::error::Error> {
    client
        .query("INSERT INTO generations (generation, cluster_id, topic, topic_id, partitions) VALUES (?, ?, ?, '', ?)")
        .bind(generation)
        .bind(&topic.cluster_id)
        .bind(&topic.name)
        .bind(topic.partitions)
        .with_setting("async_insert", "0")
        .execute()
        .await?;
    tracing::info!(generation, topic = topic.name, cluster = topic.cluster_id, "topic noted");
    Ok(generation)
}

fn judge(known: &[Generation], topic: &Topic) -> Result<Verdict, Error> {
    let Some(latest) = known.iter().rev().find(|row| row.topic == topic.name) else {
        return Ok(Verdict::New(known.last().map_or(1, |row| row.generation + 1)));
    };
    let identity = |cluster: &str, partitions: u32| format!("cluster {cluster} with {partitions} partitions");
    if latest.cluster_id == topic.cluster_id && latest.partitions == topic.partitions {
        return Ok(Verdict::Known(latest.generation));
    }
    Err(Error::UnknownTopic {
        topic: topic.name.clone(),
        generation: latest.generation,
        known: identity(&latest.cluster_id, latest.partitions),
        found: identity(&topic.cluster_id, topic.partitions),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(generation: u32, cluster: &str, topic: &str, partitions: u32) -> Generation {
        Generation { generation, cluster_id: cluster.to_owned(), topic: topic.to_owned(), partitions }
    }

    fn topic(cluster: &str, partitions: u32) -> Topic {
        Topic { name: "events".to_owned(), cluster_id: cluster.to_owned(), partitions }
    }

    #[test]
    fn a_new_topic_gets_the_next_number() {
        assert_eq!(judge(&[], &topic("a", 6)).unwrap(), Verdict::New(1));
        assert_eq!(judge(&[row(1, "a", "other", 6)], &topic("a", 6)).unwrap(), Verdict::New(2));
    }

    #[test]
    fn a_known_name_with_another_identity_is_refused() {
        let known = [row(1, "a", "events", 6), row(2, "b", "events", 6)];
        assert_eq!(judge(&known, &topic("b", 6)).unwrap(), Verdict::Known(2));
        for other in [topic("a", 6), topic("c", 6), topic("b", 12)] {
            assert_eq!(judge(&known, &other).unwrap_err().code(), "topic_unknown");
        }
    }
}
