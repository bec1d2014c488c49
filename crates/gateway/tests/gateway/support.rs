//! A broker, a gateway, a client that says exactly what it is told, and a reader of the log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers as _, Message};
use rdkafka::{Offset, TopicPartitionList};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wattledger_gateway::config::Config;
use wattledger_gateway::tenants::{TenantConfig, sha256_hex};
use wattledger_gateway::{Error, Gateway};
use wattledger_local::broker::{Broker, BrokerConfig};
use wattledger_local::ports;
use wattledger_record::topics::MESSAGE_BYTES_MAX;

/// No wait in a test is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

static BROKER: LazyLock<Broker> = LazyLock::new(|| broker("shared"));
static TOPICS: AtomicU32 = AtomicU32::new(0);

/// Starts a broker with an empty log.
pub(crate) fn broker(name: &str) -> Broker {
    let jars = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/kafka-libs");
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("gateway-{name}"));
    if data.exists() {
        std::fs::remove_dir_all(&data).unwrap();
    }
    let (port, controller_port) = (ports::free().unwrap(), ports::free().unwrap());
    Broker::start(BrokerConfig { jars, data, port, controller_port }).unwrap()
}

/// Address of the shared broker.
pub(crate) async fn brokers() -> String {
    tokio::task::spawn_blocking(|| BROKER.address()).await.unwrap()
}

/// A topic of its own with `settings` on top of what the gateway needs.
pub(crate) async fn topic(brokers: &str, settings: &[(&str, &str)]) -> String {
    let name = format!("events-{}", TOPICS.fetch_add(1, Ordering::Relaxed));
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    let bytes = MESSAGE_BYTES_MAX.to_string();
    let new = NewTopic::new(&name, 3, TopicReplication::Fixed(1)).set("max.message.bytes", &bytes);
    let new = settings.iter().fold(new, |new, (key, value)| new.set(key, value));
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    admin.create_topics([&new], &options).await.unwrap().remove(0).unwrap();
    name
}

/// Token of a tenant.
pub(crate) fn token(tenant: &str) -> String {
    format!("{tenant}-0123456789abcdef0123456789abcdef")
}

/// A tenant with that token.
pub(crate) fn tenant(name: &str) -> TenantConfig {
    TenantConfig { token_sha256: vec![sha256_hex(&token(name))], ..TenantConfig::default() }
}

/// A running gateway.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) brokers: String,
    pub(crate) topic: String,
    pub(crate) shutdown: CancellationToken,
    served: JoinHandle<Result<(), Error>>,
}

/// A configuration on free ports, with the tenants `acme` and `bravo`.
pub(crate) fn config(brokers: &str, topic: &str) -> Config {
    let mut config = Config { local: true, id: "gw-test".to_owned(), ..Config::default() };
    config.listen.set_port(0);
    config.admin.set_port(0);
    config.kafka.brokers = brokers.to_owned();
    config.kafka.topic = topic.to_owned();
    for name in ["acme", "bravo"] {
        config.tenants.inline.insert(name.to_owned(), tenant(name));
    }
    config
}

impl Rig {
    /// Starts one on the shared broker, on a topic of its own, and waits until it is ready.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let brokers = brokers().await;
        let topic = topic(&brokers, &[]).await;
        let mut config = config(&brokers, &topic);
        change(&mut config);
        let rig = Self::with(config);
        rig.await_ready().await;
        rig
    }

    /// Starts one as configured.
    pub(crate) fn with(config: Config) -> Self {
        let (brokers, topic) = (config.kafka.brokers.clone(), config.kafka.topic.clone());
        let gateway = Gateway::bind(config).unwrap();
        let (address, admin) = (gateway.address().unwrap(), gateway.admin_address().unwrap());
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(gateway.serve(shutdown.clone()));
        Self { address, admin, brokers, topic, shutdown, served }
    }

    pub(crate) async fn await_ready(&self) {
        eventually("ready", async || (self.probe("/readyz").await.status == 200).then_some(())).await;
    }

    /// GET on the admin port.
    pub(crate) async fn probe(&self, path: &str) -> Response {
        Request::new("GET", path).send(self.admin).await
    }

    /// Value of a metric's line, given name and labels.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let text = self.probe("/metrics").await.text();
        let found = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(' ')?.parse().ok());
        found.unwrap_or_else(|| panic!("{line} is missing in\n{text}"))
    }

    pub(crate) async fn send(&self, request: Request) -> Response {
        request.send(self.address).await
    }

    /// Everything that is in the topic.
    pub(crate) async fn log(&self) -> Vec<Logged> {
        let (brokers, topic) = (self.brokers.clone(), self.topic.clone());
        tokio::task::spawn_blocking(move || read_log(&brokers, &topic)).await.unwrap()
    }

    /// Stops it and returns how it ended.
    pub(crate) async fn stop(self) -> Result<(), Error> {
        self.shutdown.cancel();
        self.ended().await
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) -> Result<(), Error> {
        tokio::time::timeout(PATIENCE, self.served).await.unwrap().unwrap()
    }
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within {PATIENCE:?}: {what}");
}

/// A record in the log.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) partition: u32,
    pub(crate) key: String,
    pub(crate) value: Vec<u8>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// Reads up to where the log ends now.
pub(crate) fn read_log(brokers: &str, topic: &str) -> Vec<Logged> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "reader").create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let mut places = TopicPartitionList::new();
    let mut left = 0;
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE).unwrap();
        places.add_partition_offset(topic, partition.id(), Offset::Offset(low)).unwrap();
        left += high - low;
    }
    consumer.assign(&places).unwrap();
    let (deadline, mut log) = (Instant::now() + PATIENCE, Vec::new());
    while left > 0 {
        assert!(Instant::now() < deadline, "{left} records are missing");
        let Some(message) = consumer.poll(Duration::from_millis(200)) else { continue };
        let message = message.unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = message.headers().into_iter().flat_map(|all| all.iter());
        log.push(Logged {
            partition: u32::try_from(message.partition()).unwrap(),
            key: text(message.key().unwrap()),
            value: message.payload().unwrap().to_vec(),
            headers: headers.map(|h| (h.key.to_owned(), text(h.value.unwrap()))).collect(),
        });
        left -= 1;
    }
    log
}

/// A request, byte for byte.
#[derive(Clone)]
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
    length: bool,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n");
        Self { head, body: Vec::new(), length: true }
    }

    /// One payload for `station`, with the token of `acme`.
    pub(crate) fn one(station: &str, payload: impl Into<Vec<u8>>) -> Self {
        let path = format!("/v1/stations/{station}/transaction-events");
        Self::new("POST", &path).bearer(&token("acme")).body(payload)
    }

    /// A batch, with the token of `acme`.
    pub(crate) fn batch(body: impl Into<Vec<u8>>) -> Self {
        let request = Self::new("POST", "/v1/transaction-events").bearer(&token("acme"));
        request.header("content-type", "application/x-ndjson").body(body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.head = self
            .head
            .lines()
            .filter(|l| !l.starts_with("authorization"))
            .fold(String::new(), |h, l| h + l + "\r\n");
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends no content-length: the caller's headers frame the body.
    pub(crate) fn without_length(mut self) -> Self {
        self.length = false;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length =
            if self.length { format!("content-length: {}\r\n", self.body.len()) } else { String::new() };
        [self.head.as_bytes(), length.as_bytes(), b"\r\n", &self.body].concat()
    }

    pub(crate) async fn send(&self, to: SocketAddr) -> Response {
        let mut connection = Connection::open(to).await;
        let bytes = self.bytes();
        connection.write(&bytes).await;
        connection.response().await
    }
}

/// A connection under the test's control.
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> Self {
        Self(TcpStream::connect(to).await.unwrap())
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Closes the writing half.
    pub(crate) async fn finish(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    /// Reads until the peer closes.
    pub(crate) async fn response(mut self) -> Response {
        let mut bytes = Vec::new();
        tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.unwrap().unwrap();
        Response::parse(&bytes)
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let split =
            bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {bytes:?}"));
        let head = std::str::from_utf8(&bytes[..split]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.map(|l| l.split_once(": ").unwrap()).map(|(n, v)| (n.to_lowercase(), v.to_owned()));
        let response = Self { status, headers: headers.collect(), body: bytes[split + 4..].to_vec() };
        if let Some(length) = response.headers.get("content-length") {
            assert_eq!(length.parse(), Ok(response.body.len()), "{head}");
        }
        response
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and code; checks the shape of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{json}");
        let code = json["code"].as_str().unwrap().to_owned();
        assert_eq!(json["type"], format!("urn:wattledger:problem:{code}"));
        (self.status, code)
    }

    /// Code of each result, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let results = json["results"].as_array().unwrap_or_else(|| panic!("no results: {json}"));
        results.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// zstd.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).unwrap()
}

/// A legal Updated event.
pub(crate) const CLEAN: &str = r#"{"eventType":"Updated","timestamp":"2026-03-01T10:00:00Z","triggerReason":"MeterValuePeriodic","seqNo":3,"transactionInfo":{"transactionId":"tx-1"}}"#;
