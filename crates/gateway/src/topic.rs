//! Whether the topic is what promises rest on. Checked once, as soon as a broker answers.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

type Admin = Arc<AdminClient<DefaultClientContext>>;

/// How long the broker may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// What the topic has to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) topic: String,
    /// 0: any.
    pub(crate) partitions: u32,
    pub(crate) message_bytes: usize,
    pub(crate) insync_replicas: u32,
}

/// What the topic lacks: a person has to act, so the start stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It does not exist.
    #[error("topic {0} does not exist, or may not be described; create it first, the gateway never does")]
    Missing(String),
    /// Its settings may not be read.
    #[error(
        "topic {0}: its settings may not be read; grant Describe and DescribeConfigs to the gateway's user"
    )]
    Forbidden(String),
    /// Another number of partitions.
    #[error(
        "topic {topic} has {found} partitions, not {wanted}; one identity has to stay in one partition for ever"
    )]
    Partitions {
        /// Topic.
        topic: String,
        /// Partitions as configured.
        wanted: u32,
        /// Partitions as they are.
        found: usize,
    },
    /// The largest message let in would be refused by the broker.
    #[error(
        "topic {topic}: max.message.bytes is {found}, but the gateway lets in messages that need {wanted}"
    )]
    MessageBytes {
        /// Topic.
        topic: String,
        /// Least bytes.
        wanted: usize,
        /// Bytes as they are.
        found: String,
    },
    /// One broker's disk could hold the only copy.
    #[error(
        "topic {topic}: min.insync.replicas is {found}, not at least {wanted}; set `local = true` for a single broker"
    )]
    InsyncReplicas {
        /// Topic.
        topic: String,
        /// Least replicas.
        wanted: u32,
        /// Replicas as they are.
        found: String,
    },
}

impl Unfit {
    /// Whether a second look may say otherwise: a topic that was just made is not known everywhere at once.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Forbidden(_))
    }
}

/// Why the check came to no end.
#[derive(Debug)]
pub(crate) enum Unchecked {
    /// No broker answers; try again.
    Away(KafkaError),
    /// A person has to act.
    Unfit(Unfit),
}

/// Looks at the topic. Never creates it.
pub(crate) async fn check(settings: &ClientConfig, wanted: &Wanted) -> Result<usize, Unchecked> {
    let admin: Admin = Arc::new(settings.create().map_err(Unchecked::Away)?);
    let options = AdminOptions::new().request_timeout(Some(ANSWER));
    let asked = [ResourceSpecifier::Topic(&wanted.topic)];
    let described = admin.describe_configs(&asked, &options).await.map_err(Unchecked::Away)?;
    let settings = described.into_iter().flatten().find(|resource| !resource.entries.is_empty());
    let partitions = count_partitions(admin, &wanted.topic).await.map_err(Unchecked::Away)?;
    let topic = || wanted.topic.clone();
    // rdkafka drops the error of a resource: what is left is a resource without settings
    let unfit = match (settings, partitions) {
        (None, None) => Unfit::Missing(topic()),
        (None, Some(_)) => Unfit::Forbidden(topic()),
        (Some(_), None) => {
            return Err(Unchecked::Away(KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable)));
        }
        (Some(settings), Some(found)) => {
            compare(&settings, wanted).map_err(Unchecked::Unfit)?;
            if wanted.partitions == 0 || u32::try_from(found) == Ok(wanted.partitions) {
                return Ok(found);
            }
            Unfit::Partitions { topic: topic(), wanted: wanted.partitions, found }
        }
    };
    Err(Unchecked::Unfit(unfit))
}

/// Partitions of the topic, if it is there. Asks for all topics: to ask for one by name may create it.
async fn count_partitions(admin: Admin, topic: &str) -> KafkaResult<Option<usize>> {
    let topic = topic.to_owned();
    let counted = tokio::task::spawn_blocking(move || {
        let metadata = admin.inner().fetch_metadata(None, ANSWER)?;
        let found = metadata.topics().iter().find(|known| known.name() == topic);
        Ok(found.map(|known| known.partitions().len()).filter(|count| *count > 0))
    });
    counted.await.unwrap_or(Err(KafkaError::Canceled))
}

fn compare(resource: &ConfigResource, wanted: &Wanted) -> Result<(), Unfit> {
    let value = |name| resource.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
    let at_least = |text: &str, least: usize| text.parse::<usize>().is_ok_and(|found| found >= least);
    let topic = || wanted.topic.clone();
    let bytes = value("max.message.bytes");
    if !at_least(&bytes, wanted.message_bytes) {
        return Err(Unfit::MessageBytes { topic: topic(), wanted: wanted.message_bytes, found: bytes });
    }
    let replicas = value("min.insync.replicas");
    if !at_least(&replicas, usize::try_from(wanted.insync_replicas).unwrap_or(usize::MAX)) {
        return Err(Unfit::InsyncReplicas {
            topic: topic(),
            wanted: wanted.insync_replicas,
            found: replicas,
        });
    }
    Ok(())
}
