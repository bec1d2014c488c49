//! One test's world: topics, a database, a gateway and a sink.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use wattledger_fleet as fleet;
use wattledger_local::process::{Launch, Process};
use wattledger_local::{ports, probe};
use wattledger_record::topics::MESSAGE_BYTES_MAX;
use wattledger_sink::migrate;

use super::http::{self, Answer};
use super::parts::{self, Parts};
use super::until;

const TOKEN: &str = "token-of-the-test";
/// SHA-256 of [`TOKEN`].
const TOKEN_SHA256: &str = "d0283ed870053d62b0ca8389c79b3771437e2d6d24e15033c671d69ecffff441";
pub(crate) const TENANT: &str = "acme";

/// Topics, a database, a gateway and a sink, on shared or own parts.
#[derive(Debug)]
pub(crate) struct World {
    kafka: String,
    engine: String,
    pub(crate) database: String,
    pub(crate) topic: String,
    folder: PathBuf,
    settings: PathBuf,
    gateway_port: u16,
    gateway_admin: u16,
    sink_admin: u16,
    gateway: Option<Process>,
    sink: Option<Process>,
    _shared: Option<Arc<Parts>>,
}

impl World {
    /// A world on the shared parts, with gateway and sink running.
    pub(crate) async fn new(name: &str) -> Self {
        let parts = Parts::shared().await;
        let mut world = Self::on(&parts, name, "").await;
        world._shared = Some(parts);
        world.start_gateway().await;
        world.start_sink().await;
        world
    }

    /// A world on given parts; nothing runs yet. `settings` are further lines of its configuration file.
    pub(crate) async fn on(parts: &Parts, name: &str, settings: &str) -> Self {
        let folder = parts::folder(name);
        let port = || ports::free().unwrap();
        let world = Self {
            kafka: parts.broker_config.address(),
            engine: parts.engine.url.clone(),
            database: name.to_owned(),
            topic: format!("{name}.events"),
            settings: folder.join("wattledger.toml"),
            folder,
            gateway_port: port(),
            gateway_admin: port(),
            sink_admin: port(),
            gateway: None,
            sink: None,
            _shared: None,
        };
        std::fs::write(&world.settings, world.render(settings)).unwrap();
        world.create_topics().await;
        let target = migrate::Target {
            url: world.engine.clone(),
            database: world.database.clone(),
            user: None,
            password: None,
        };
        migrate::run(&target).await.unwrap();
        world
    }

    fn render(&self, more: &str) -> String {
        let Self { kafka, engine, database, topic, gateway_port, gateway_admin, sink_admin, .. } = self;
        format!(
            "[gateway]\nlisten = \"127.0.0.1:{gateway_port}\"\nadmin = \"127.0.0.1:{gateway_admin}\"\n\
             local = true\nid = \"gw-test\"\nkafka.brokers = \"{kafka}\"\nkafka.topic = \"{topic}\"\n\
             tenants.inline.{TENANT}.token_sha256 = [\"{TOKEN_SHA256}\"]\n\n\
             [sink]\nadmin = \"127.0.0.1:{sink_admin}\"\ntoken_key = \"a key for tests only\"\n\
             kafka.brokers = \"{kafka}\"\nkafka.topic = \"{topic}\"\nkafka.quarantine_topic = \"{topic}.quarantine\"\n\
             kafka.group = \"{database}\"\nkafka.session_timeout_ms = 6000\nkafka.drain_ms = 3000\n\
             clickhouse.url = \"{engine}\"\nclickhouse.database = \"{database}\"\n{more}\n"
        )
    }

    async fn create_topics(&self) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &self.kafka).create().unwrap();
        let bytes = MESSAGE_BYTES_MAX.to_string();
        let quarantine = format!("{}.quarantine", self.topic);
        let topics = [self.topic.as_str(), &quarantine]
            .map(|name| NewTopic::new(name, 3, TopicReplication::Fixed(1)).set("max.message.bytes", &bytes));
        for outcome in admin.create_topics(&topics, &AdminOptions::new()).await.unwrap() {
            outcome.unwrap();
        }
    }

    fn launch(&self, name: &'static str) -> Launch {
        let args = vec![name.to_owned(), format!("--config={}", self.settings.display())];
        let log = self.folder.join(format!("{name}.log"));
        Launch { name, program: env!("CARGO_BIN_EXE_wattledger").into(), args, env: Vec::new(), log }
    }

    /// Runs a tool of the binary with this world's configuration.
    pub(crate) fn run(&self, args: &[&str]) -> std::process::Output {
        self.command(args).output().unwrap()
    }

    /// A tool of the binary with this world's configuration, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wattledger"));
        command.args(args).arg(format!("--config={}", self.settings.display()));
        command
    }

    async fn start(&self, name: &'static str, admin: u16) -> Process {
        let launch = self.launch(name);
        let process = launch.start().unwrap();
        let ready = format!("http://127.0.0.1:{admin}/readyz");
        until(&format!("{name} is ready"), || async {
            let log = || std::fs::read_to_string(&launch.log).unwrap_or_default();
            assert!(process.exited().is_none(), "{name} ended: {}", log());
            if probe::is_ok(&ready).await { Ok(()) } else { Err(log()) }
        })
        .await;
        process
    }

    pub(crate) async fn start_gateway(&mut self) {
        self.gateway = Some(self.start("gateway", self.gateway_admin).await);
    }

    pub(crate) async fn start_sink(&mut self) {
        self.sink = Some(self.start("sink", self.sink_admin).await);
    }

    /// SIGKILL to the sink.
    pub(crate) fn kill_sink(&mut self) {
        self.sink.take().unwrap().kill();
    }

    pub(crate) fn gateway_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.gateway_port)
    }

    /// Posts one event of a station.
    pub(crate) async fn post_event(&self, station: &str, body: &[u8]) -> Result<Answer, String> {
        let url = format!("{}/v1/stations/{station}/transaction-events", self.gateway_url());
        http::post(&url, TOKEN, &[("content-type", "application/json")], body.to_vec()).await
    }

    /// A query's answer, tab-separated, without the last line feed.
    pub(crate) async fn sql(&self, sql: &str) -> Result<String, String> {
        let answer = probe::query(&self.engine, &self.database, "TabSeparated", sql).await;
        answer.map(|text| text.trim_end_matches('\n').to_owned()).map_err(|error| error.to_string())
    }

    /// Waits until the query answers `expect`.
    pub(crate) async fn until_sql(&self, sql: &str, expect: &str) {
        until(&format!("{sql} = {expect}"), || async {
            match self.sql(sql).await {
                Ok(text) if text == expect => Ok(()),
                Ok(text) | Err(text) => Err(text),
            }
        })
        .await;
    }

    /// Waits until everything that `records` Kafka records cause is written and committed.
    pub(crate) async fn until_written(&self, records: usize) {
        self.until_sql("SELECT sum(next_offset) FROM progress FINAL", &records.to_string()).await;
    }

    /// Writes a record to the topic as the gateway would, with the given receive time.
    pub(crate) async fn produce(&self, station: &str, received_at: i64, payload: &[u8]) {
        let producer: FutureProducer = ClientConfig::new()
            .set("bootstrap.servers", &self.kafka)
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            .create()
            .unwrap();
        self.produce_with(&producer, station, received_at, payload).await;
    }

    /// As [`Self::produce`], with a producer that is there.
    pub(crate) async fn produce_with(
        &self,
        producer: &FutureProducer,
        station: &str,
        received_at: i64,
        payload: &[u8],
    ) {
        let key = format!("{TENANT}/{station}");
        let at = received_at.to_string();
        let header = |key, value| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new().insert(header("v", "1")).insert(header("received_at", at.as_str()));
        let record = FutureRecord::to(&self.topic).key(&key).payload(payload).headers(headers);
        producer.send(record, Duration::from_secs(30)).await.unwrap();
    }

    /// A producer for [`Self::produce_with`].
    pub(crate) fn producer(&self) -> FutureProducer {
        ClientConfig::new()
            .set("bootstrap.servers", &self.kafka)
            .set("partitioner", "murmur2_random")
            .create()
            .unwrap()
    }

    /// A run of the fleet against this world's gateway.
    pub(crate) fn fleet(&self, seed: u64, stations: u32, events: u64) -> fleet::RunConfig {
        let plan = fleet::Plan {
            seed,
            stations,
            events,
            // 2026-03-01T00:00:00Z: any day will do
            until_ms: 1_772_323_200_000,
            prefix: "CS".to_owned(),
            faults: fleet::Faults::default(),
            direct: 500,
        };
        let ledger = self.folder.join("ledger.jsonl");
        fleet::RunConfig::new(plan, self.gateway_url(), TOKEN.to_owned(), TENANT.to_owned(), ledger)
    }

    /// Compares the fleet's ledger with SQL; every difference is in the failure.
    pub(crate) async fn verify(&self) {
        let config = fleet::VerifyConfig::new(
            self.folder.join("ledger.jsonl"),
            self.engine.clone(),
            self.database.clone(),
        );
        let verdict = fleet::verify(config).await.unwrap();
        assert!(verdict.holds(), "{verdict}");
    }
}
