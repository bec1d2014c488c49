//! A real broker and a real engine for all tests of a binary; topics, a database and a group for each test.

pub(crate) mod engine;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clickhouse::Client;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wattledger_local::broker::{Broker, BrokerConfig};
use wattledger_local::ports;
use wattledger_record::headers::Ingress;
use wattledger_record::{Headers, Micros, OcppVersion, topics};
use wattledger_sink::config::Secret;
use wattledger_sink::migrate::{self, Target};
use wattledger_sink::{Config, Error};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(90);
/// Partitions of every topic.
pub(crate) const PARTITIONS: i32 = 3;

/// Waits until `check` gives `Ok`; fails with what it last said.
pub(crate) async fn until<T, F: Future<Output = Result<T, String>>>(
    what: &str,
    mut check: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    loop {
        ticks.tick().await;
        match check().await {
            Ok(value) => return value,
            Err(last) => assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}; last: {last}"),
        }
    }
}

/// Headers of a gateway that received the event then, over the WebSocket of a 2.1 station.
fn ours(received_at: i64) -> OwnedHeaders {
    let headers = Headers {
        received_at: Some(Micros(received_at)),
        ocpp: Some(OcppVersion::V21),
        message_id: Some("m-1"),
        ingress: Some(Ingress::Websocket),
        gateway: Some("gw-1"),
        station: Some("CS Raw"),
        ours: true,
        ..Headers::default()
    };
    let mut encoded = Vec::new();
    headers.encode(|name, text| encoded.push((name, text.to_owned())));
    encoded.iter().fold(OwnedHeaders::new(), |all, (key, text)| all.insert(Header { key, value: Some(text) }))
}

fn fetched(part: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local").join(part);
    path.canonicalize().unwrap_or_else(|_| panic!("{} is missing: run `make fetch`", path.display()))
}

/// A folder of this run. Broker and engine hold it until the process is gone, so each run removes what earlier ones
/// left.
fn folder(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sink");
    std::fs::create_dir_all(&root).unwrap();
    for entry in std::fs::read_dir(&root).unwrap().flatten() {
        if !Path::new("/proc").join(entry.file_name()).exists() {
            // another run may be removing it at the same time
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
    let path = root.join(std::process::id().to_string()).join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn broker() -> &'static str {
    static BROKER: OnceLock<(Broker, String)> = OnceLock::new();
    let (_, address) = BROKER.get_or_init(|| {
        let config = BrokerConfig {
            jars: fetched("kafka-libs"),
            data: folder("kafka"),
            port: ports::free().unwrap(),
            controller_port: ports::free().unwrap(),
        };
        let broker = Broker::start(config).unwrap();
        let address = broker.address();
        (broker, address)
    });
    address
}

/// One test's topics, database and group.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) client: Client,
    producer: FutureProducer,
}

/// A running sink.
pub(crate) struct Sink {
    stop: CancellationToken,
    task: JoinHandle<Result<(), Error>>,
}

impl World {
    /// A world on the parts that the tests of this binary share.
    pub(crate) async fn new(name: &str) -> Self {
        let url = engine::shared().await;
        Self::on(name, url).await
    }

    /// A world on an engine of its own.
    pub(crate) async fn on(name: &str, clickhouse: &str) -> Self {
        let kafka = tokio::task::spawn_blocking(broker).await.unwrap();
        let mut config = Config { token_key: Secret("a key for tests".repeat(2)), ..Config::default() };
        config.kafka.brokers = kafka.to_owned();
        config.kafka.topic = format!("{name}.events");
        config.kafka.quarantine_topic = format!("{name}.quarantine");
        config.kafka.group = name.to_owned();
        config.kafka.session_timeout_ms = 6_000;
        config.kafka.drain_ms = 3_000;
        config.clickhouse.url = clickhouse.to_owned();
        config.clickhouse.database = name.to_owned();
        config.clickhouse.inserts_per_second_max = 50;
        config.batch.linger_ms = 100;
        let target =
            Target { url: clickhouse.to_owned(), database: name.to_owned(), user: None, password: None };
        migrate::run(&target).await.unwrap();
        let client =
            Client::default().with_url(clickhouse).with_database(name).with_setting("async_insert", "0");
        let producer = ClientConfig::new()
            .set("bootstrap.servers", kafka)
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", topics::MESSAGE_BYTES_MAX.to_string())
            .create()
            .unwrap();
        let world = Self { config, client, producer };
        world.create_topics().await;
        world
    }

    async fn create_topics(&self) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &self.config.kafka.brokers).create().unwrap();
        let bytes = topics::MESSAGE_BYTES_MAX.to_string();
        let names = [&self.config.kafka.topic, &self.config.kafka.quarantine_topic];
        let wanted = names.map(|name| {
            NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1)).set("max.message.bytes", &bytes)
        });
        for outcome in admin.create_topics(&wanted, &AdminOptions::new()).await.unwrap() {
            outcome.unwrap();
        }
    }

    /// Starts a sink on a free admin port.
    pub(crate) fn start(&self) -> Sink {
        let mut config = self.config.clone();
        config.admin.set_port(ports::free().unwrap());
        let stop = CancellationToken::new();
        Sink { task: tokio::spawn(wattledger_sink::run(config, stop.clone())), stop }
    }

    /// Produces as a gateway does.
    pub(crate) async fn event(&self, station: &str, received_at: i64, value: &[u8]) {
        self.events(&[(station.to_owned(), received_at, value.to_vec())]).await;
    }

    /// The same for many at once.
    pub(crate) async fn events(&self, events: &[(String, i64, Vec<u8>)]) {
        let topic = &self.config.kafka.topic;
        let sent: Vec<_> = events
            .iter()
            .map(|(station, received_at, value)| {
                let key = format!("acme/{station}");
                let record =
                    FutureRecord::to(topic).key(key.as_str()).payload(value).headers(ours(*received_at));
                self.producer.send_result(record).map_err(|(error, _)| error).unwrap()
            })
            .collect();
        for acknowledged in sent {
            acknowledged.await.unwrap().map_err(|(error, _)| error).unwrap();
        }
    }

    /// Produces any record.
    pub(crate) async fn produce(&self, record: FutureRecord<'_, str, [u8]>) {
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    /// Rows as text, columns parted by ` | `.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let mut cursor = self.client.query_raw(sql).fetch_bytes("TSVRaw").unwrap();
        let bytes = cursor.collect().await.unwrap_or_else(|error| panic!("{error}\nin {sql}"));
        String::from_utf8(bytes.to_vec()).unwrap().replace('\t', " | ").trim_end().to_owned()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.client.query_raw(sql).execute().await.unwrap();
    }

    /// Waits until `sql` gives `expect`.
    pub(crate) async fn wait(&self, sql: &str, expect: &str) {
        until(sql, || async {
            let found = self.text(sql).await;
            if found == expect { Ok(()) } else { Err(found) }
        })
        .await;
    }

    /// Waits until the group has committed `count` offsets over all partitions.
    pub(crate) async fn committed(&self, count: i64) {
        let kafka = self.config.kafka.clone();
        until("offsets are committed", || {
            let kafka = kafka.clone();
            async move {
                let total = tokio::task::spawn_blocking(move || total_committed(&kafka)).await.unwrap();
                let total = total.map_err(|error| error.to_string())?;
                if total == count { Ok(()) } else { Err(format!("{total} of {count}")) }
            }
        })
        .await;
    }
}

/// Sum over the partitions; an error while the group's coordinator is being found.
fn total_committed(kafka: &wattledger_sink::config::Kafka) -> KafkaResult<i64> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &kafka.brokers)
        .set("group.id", &kafka.group)
        .create()
        .unwrap();
    let mut list = rdkafka::TopicPartitionList::new();
    list.add_partition_range(&kafka.topic, 0, PARTITIONS - 1);
    let committed = client.committed_offsets(list, Duration::from_secs(10))?;
    Ok(committed
        .elements()
        .iter()
        .filter_map(|element| element.offset().to_raw())
        .filter(|raw| *raw > 0)
        .sum())
}

impl Sink {
    /// Stops it in order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Waits for it to stop by itself.
    pub(crate) async fn error(self) -> Error {
        let ended = tokio::time::timeout(PATIENCE, self.task).await.expect("the sink goes on");
        ended.unwrap().expect_err("the sink ended without an error")
    }
}

/// A payload as a station writes it.
pub(crate) fn payload(kind: &str, tx: &str, seq_no: i64, at: &str, wh: i64) -> Vec<u8> {
    let context = match kind {
        "Started" => "Transaction.Begin",
        "Ended" => "Transaction.End",
        _ => "Sample.Periodic",
    };
    let mut event = json!({
        "eventType": kind, "timestamp": at, "triggerReason": "MeterValuePeriodic", "seqNo": seq_no,
        "transactionInfo": {"transactionId": tx, "chargingState": "Charging"},
        "meterValue": [{"timestamp": at, "sampledValue": [{
            "value": wh, "context": context, "measurand": "Energy.Active.Import.Register", "location": "Outlet",
        }]}],
    });
    if kind == "Started" {
        event["evse"] = json!({"id": 1, "connectorId": 1});
        event["idToken"] = json!({"idToken": "04A2B3", "type": "ISO14443"});
    }
    serde_json::to_vec::<Value>(&event).unwrap()
}

/// A flawless charge of five events and 4 kWh.
pub(crate) fn charge(tx: &str) -> Vec<Vec<u8>> {
    let at = |minute: u32| format!("2026-03-01T10:{minute:02}:00Z");
    vec![
        payload("Started", tx, 0, &at(0), 1_000),
        payload("Updated", tx, 1, &at(15), 2_000),
        payload("Updated", tx, 2, &at(30), 3_000),
        payload("Updated", tx, 3, &at(45), 4_000),
        payload("Ended", tx, 4, &at(59), 5_000),
    ]
}

/// 2026-03-01T11:00:00Z in µs.
pub(crate) const RECEIVED: i64 = 1_772_362_800_000_000;
/// Everything of every record, as text.
pub(crate) const RECORDS: &str =
    "SELECT * FROM transaction_rows FINAL ORDER BY tenant, station, transaction_id, instance_key";
/// Deliveries, distinct coordinates among them, and those in quarantine.
pub(crate) const ACCOUNT: &str = "SELECT count(), uniqExact(kafka_partition, kafka_offset), \
     countIf(quarantine_reason != '') FROM delivery_rows FINAL";
/// Charges, complete ones among them, and their energy, Wh.
pub(crate) const BILLS: &str =
    "SELECT count(), countIf(class = 'complete'), sum(energy_wh) FROM transaction_rows FINAL";

/// Sends values as a station does, a microsecond apart.
pub(crate) async fn send(world: &World, station: &str, values: &[Vec<u8>]) {
    for (n, value) in values.iter().enumerate() {
        world.event(station, RECEIVED + i64::try_from(n).unwrap(), value).await;
    }
}
