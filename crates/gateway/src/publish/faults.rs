//! Faults that a real broker cannot be told to make, on librdkafka's own mock of one.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::config::Config;

const TOPIC: &str = "events";

struct Rig {
    cluster: MockCluster<'static, DefaultProducerContext>,
    publisher: Arc<Publisher>,
    metrics: Arc<Metrics>,
}

fn rig(faults: &[(RDKafkaApiKey, RDKafkaRespErr)], change: impl FnOnce(&mut ClientConfig)) -> Rig {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    for (request, error) in faults {
        cluster.request_errors(*request, &[*error]);
    }
    let mut config = Config::default();
    config.kafka.brokers = cluster.bootstrap_servers();
    config.kafka.topic = TOPIC.to_owned();
    config.kafka.delivery_timeout_ms = 2_000;
    config.breaker.probe_ms = 50;
    let mut settings = producer::settings(&config.kafka, config.limits.payload_bytes_max, "test");
    change(&mut settings);
    let metrics = Metrics::new(&config);
    let publisher = Publisher::new(settings, &config.kafka, config.breaker, Arc::clone(&metrics)).unwrap();
    publisher.topic_is_fit();
    Rig { cluster, publisher: Arc::new(publisher), metrics }
}

impl Rig {
    async fn send(&self) -> Result<(), Failure> {
        let key = StationKey::new("t", "a").unwrap();
        let admission = self.publisher.admit().ok_or(Failure::Closed)?;
        let record = Record { key: &key, headers: Headers::default(), payload: b"{}" };
        admission.delivered(admission.send(&record)?).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fatal_error_is_survived_with_a_new_producer() {
    let fault =
        (RDKafkaApiKey::InitProducerId, RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    let rig = rig(&[fault], |_| {});
    let stop = CancellationToken::new();
    let tending = tokio::spawn(Arc::clone(&rig.publisher).tend(stop.clone()));
    let mut failures = Vec::new();
    let delivered = async {
        while let Err(failure) = rig.send().await {
            failures.push(failure);
            // a send that is refused at once never waits
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), delivered).await.expect("it recovers");
    assert!(failures.iter().all(|failure| failure.is_outage()), "{failures:?}");
    assert!(rig.metrics.render().contains("producers_replaced_total 1"));
    stop.cancel();
    tending.await.unwrap();
}

#[tokio::test]
async fn what_the_broker_refuses_has_a_name() {
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    assert_eq!(rig(&[(RDKafkaApiKey::Produce, refused)], |_| {}).send().await, Err(Failure::TooLarge));
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    assert_eq!(rig(&[(RDKafkaApiKey::Produce, refused)], |_| {}).send().await, Err(Failure::Broker));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_an_unreachable_broker_in_time() {
    let rig = rig(&[], |settings| {
        settings.set("queue.buffering.max.messages", "1");
    });
    rig.cluster.broker_down(1).unwrap();
    let started = Instant::now();
    let (first, second) = tokio::join!(rig.send(), rig.send());
    assert_eq!((first, second), (Err(Failure::TimedOut), Err(Failure::QueueFull)));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_door_is_closed_until_the_topic_was_seen() {
    let rig = rig(&[], |_| {});
    rig.publisher.fit.store(false, Ordering::Release);
    assert!(rig.publisher.refuses());
    assert_eq!(rig.send().await, Err(Failure::Closed));
    rig.publisher.topic_is_fit();
    assert_eq!((rig.publisher.refuses(), rig.send().await), (false, Ok(())));
}
