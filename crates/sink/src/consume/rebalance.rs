//! What happens when partitions come and go. The callbacks run inside `poll`, on the poll thread.
//!
//! *Coming*: each partition is assigned with an explicit offset (the committed one, else the first of the log) and
//! paused; its worker compares the table with the commit and says where to start. *Going*: first drain (the range that
//! is being written may finish, within a bound), then commit what is written, then fence (the worker ends whatever it
//! does, and everything held is dropped). *Lost*: no drain and no commit; another process may be reading already.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, Statistics};

use super::{Group, group, lock};
use crate::config::Kafka;
use crate::error::Error;
use crate::metrics::{self, Rebalance};
use crate::partition::{Begin, Stop};

/// Time for one question to the broker.
const ASK: Duration = Duration::from_secs(5);
/// Time after which an assignment is given up, and the sink with it; below the wait that counts as dead.
const ASK_UNTIL: Duration = Duration::from_secs(60);
/// Between two questions.
const ASK_PAUSE: Duration = Duration::from_millis(200);

/// The consumer's callbacks.
pub(crate) struct Callbacks {
    topic: String,
    drain: Duration,
    group: Arc<Mutex<Group>>,
}

impl Callbacks {
    pub(super) fn new(kafka: &Kafka, group: Arc<Mutex<Group>>) -> Self {
        Self { topic: kafka.topic.clone(), drain: Duration::from_millis(kafka.drain_ms), group }
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> KafkaResult<()> {
        let begins = insist(|| begins(consumer, list))?;
        let mut explicit = TopicPartitionList::with_capacity(begins.len());
        for (partition, begin) in &begins {
            let offset = Offset::Offset(begin.reads_from());
            explicit.add_partition_offset(&self.topic, *partition, offset)?;
        }
        consumer.incremental_assign(&explicit)?;
        if !begins.is_empty() {
            consumer.pause(&explicit)?;
        }
        let mut group = lock(&self.group);
        for (partition, begin) in begins {
            group.assign(partition, begin);
        }
        group.joined();
        Ok(())
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> KafkaResult<()> {
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let lost = consumer.assignment_lost();
        metrics::rebalance(if lost { Rebalance::Lost } else { Rebalance::Revoked }, partitions.len());
        tracing::info!(?partitions, lost, "partitions go");
        if !lost {
            self.drain(consumer, &partitions);
        }
        lock(&self.group).drop_partitions(&partitions);
        consumer.incremental_unassign(list)
    }

    fn drain(&self, consumer: &BaseConsumer<Self>, partitions: &[i32]) {
        lock(&self.group).stop(partitions, Stop::Drain);
        if !group::settle(&self.group, consumer, &self.topic, Some(partitions), self.drain) {
            tracing::warn!(?partitions, "ranges in flight are dropped; their new owner reads them again");
        }
        group::commit(consumer, &mut lock(&self.group), &self.topic);
    }
}

/// Asks until the broker answers, or the assignment has to be given up.
fn insist<T>(ask: impl Fn() -> KafkaResult<T>) -> KafkaResult<T> {
    let deadline = Instant::now() + ASK_UNTIL;
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(error) => tracing::warn!(%error, "broker does not say where partitions begin, asking again"),
        }
        std::thread::park_timeout(ASK_PAUSE);
    }
}

fn begins<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    list: &TopicPartitionList,
) -> KafkaResult<Vec<(i32, Begin)>> {
    if list.count() == 0 {
        return Ok(Vec::new());
    }
    let committed = consumer.committed_offsets(list.clone(), ASK)?;
    let mut begins = Vec::with_capacity(list.count());
    for element in committed.elements() {
        element.error()?;
        let (low, _) = consumer.fetch_watermarks(element.topic(), element.partition(), ASK)?;
        let committed = match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        begins.push((element.partition(), Begin { low, committed }));
    }
    Ok(begins)
}

impl ClientContext for Callbacks {
    fn stats(&self, _: Statistics) {}

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka");
    }
}

impl ConsumerContext for Callbacks {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let result = match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                metrics::rebalance(Rebalance::Assigned, list.count());
                self.assign(consumer, list)
            }
            _ => self.revoke(consumer, list),
        };
        if let Err(source) = result {
            lock(&self.group).fail(Error::Kafka { what: "rebalance", source });
        }
    }
}
