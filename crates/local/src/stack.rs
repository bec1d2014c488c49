//! The whole stack in one folder: brought up in order, each part ready before the next, and brought down as a whole.
//!
//! ```text
//! lock the folder · ports free? · broker ∥ engine · topics · tables · gateway ∥ sink · ready
//! ```
//!
//! A part that is named from outside (`kafka`, `clickhouse`) is used instead of started.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use crate::broker::{self, BrokerConfig};
use crate::process::{Launch, Process};
use crate::settings;
use crate::supervise::Kept;
use crate::{ports, topics};

/// How long a part may take to answer on a busy two-core machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Pause between two looks at a part that is not ready.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct StackConfig {
    /// The `wattledger` program.
    pub program: PathBuf,
    /// The folder that holds everything: data, logs, settings, the lock.
    pub data: PathBuf,
    /// Folder with the broker's jars.
    pub jars: PathBuf,
    /// `libchdb.so`.
    pub library: PathBuf,
    /// An existing Kafka instead of our own, `host:port,…`.
    pub kafka: Option<String>,
    /// An existing ClickHouse instead of our own, `http://host:port`.
    pub clickhouse: Option<String>,
    /// Database for tables and views.
    pub database: String,
    /// Ports on 127.0.0.1.
    pub ports: Ports,
}

/// Ports on 127.0.0.1; 0 takes any free one.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Kafka clients.
    pub kafka: u16,
    /// Kafka controller.
    pub controller: u16,
    /// ClickHouse HTTP.
    pub clickhouse: u16,
    /// Gateway.
    pub gateway: u16,
    /// Gateway's probes and metrics.
    pub gateway_admin: u16,
    /// Sink's probes and metrics.
    pub sink_admin: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            kafka: 9092,
            controller: 9093,
            clickhouse: 8123,
            gateway: 8080,
            gateway_admin: 9100,
            sink_admin: 9101,
        }
    }
}

impl Ports {
    /// Any free ports.
    pub const ANY: Self =
        Self { kafka: 0, controller: 0, clickhouse: 0, gateway: 0, gateway_admin: 0, sink_admin: 0 };
}

/// Where the parts of a running stack are.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Addresses {
    /// Kafka bootstrap servers.
    pub kafka: String,
    /// ClickHouse HTTP URL.
    pub clickhouse: String,
    /// Database.
    pub database: String,
    /// Gateway URL.
    pub gateway: String,
    /// Gateway's admin URL.
    pub gateway_admin: String,
    /// Sink's admin URL.
    pub sink_admin: String,
    /// Bearer token of the stack's one tenant, `local`.
    pub token: String,
}

/// Why a stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another stack lives in the folder.
    #[error("a stack is running in {0} already: stop it first, or name another folder with --data")]
    InUse(PathBuf),
    /// A port is taken.
    #[error("port {port} for {part} is taken: stop what listens there, or choose another with --{part}-port")]
    PortTaken {
        /// Flag stem.
        part: &'static str,
        /// Port.
        port: u16,
    },
    /// A file or process could not be made.
    #[error("{doing} failed")]
    Io {
        /// What was tried.
        doing: String,
        /// Cause.
        source: io::Error,
    },
    /// The broker.
    #[error("the broker does not run")]
    Broker(#[from] broker::Error),
    /// The topics.
    #[error("the topics could not be created")]
    Topics(#[from] rdkafka::error::KafkaError),
    /// A part ended or did not answer.
    #[error("{part} {what}; the end of its log {log}:\n{tail}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What it did.
        what: &'static str,
        /// Its log.
        log: PathBuf,
        /// Last lines.
        tail: String,
    },
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    addresses: Addresses,
    kept: Vec<Kept>,
    lock: std::fs::File,
    ready_file: PathBuf,
}

impl Stack {
    /// Brings everything up; each part is ready when this returns.
    ///
    /// # Errors
    /// [`Error`] names the part and shows the end of its log.
    pub async fn start(mut config: StackConfig) -> Result<Self, Error> {
        let lock = lock_folder(&config.data)?;
        config.choose_ports()?;
        let mut starting = Starting { config: &config, parts: Vec::new() };
        let addresses = starting.bring_up().await?;
        let kept = starting.keep()?;
        let ready_file = config.data.join(READY);
        let text = serde_json::to_string_pretty(&addresses).map_err(io::Error::other);
        text.and_then(|text| std::fs::write(&ready_file, text))
            .map_err(failed("writing the stack's addresses"))?;
        Ok(Self { addresses, kept, lock, ready_file })
    }

    /// Where the parts are.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Brings everything down: what feeds before what is fed.
    pub fn stop(self) {
        if let Err(error) = std::fs::remove_file(&self.ready_file) {
            tracing::warn!(%error, "the stack's address file could not be removed");
        }
        for kept in self.kept.into_iter().rev() {
            kept.stop();
        }
        drop(self.lock);
    }
}

/// Name of the file that holds the addresses of a running stack.
const READY: &str = "stack.json";
const LOCK: &str = "stack.lock";

/// Addresses of the stack that runs in `data`, if one is ready there.
#[must_use]
pub fn running(data: &Path) -> Option<Addresses> {
    let text = std::fs::read_to_string(data.join(READY)).ok()?;
    let addresses = serde_json::from_str(&text).ok()?;
    holder(data).map(|_| addresses)
}

/// Process id of the stack that holds `data`.
#[must_use]
pub fn holder(data: &Path) -> Option<i32> {
    let lock = std::fs::File::options().read(true).open(data.join(LOCK)).ok()?;
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    std::fs::read_to_string(data.join(LOCK)).ok()?.trim().parse().ok()
}

fn lock_folder(data: &Path) -> Result<std::fs::File, Error> {
    std::fs::create_dir_all(data).map_err(failed("creating the stack's folder"))?;
    let path = data.join(LOCK);
    let lock = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed("opening the stack's lock"))?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(Error::InUse(data.to_owned()));
    }
    std::fs::write(&path, std::process::id().to_string()).map_err(failed("writing the stack's lock"))?;
    Ok(lock)
}

fn failed(doing: &str) -> impl FnOnce(io::Error) -> Error {
    let doing = doing.to_owned();
    move |source| Error::Io { doing, source }
}

impl StackConfig {
    fn choose_ports(&mut self) -> Result<(), Error> {
        let (own_kafka, own_clickhouse) = (self.kafka.is_none(), self.clickhouse.is_none());
        let ports = &mut self.ports;
        let wanted = [
            ("kafka", &mut ports.kafka, own_kafka),
            ("controller", &mut ports.controller, own_kafka),
            ("clickhouse", &mut ports.clickhouse, own_clickhouse),
            ("gateway", &mut ports.gateway, true),
            ("gateway-admin", &mut ports.gateway_admin, true),
            ("sink-admin", &mut ports.sink_admin, true),
        ];
        for (part, port, _) in wanted.into_iter().filter(|(_, _, needed)| *needed) {
            if *port == 0 {
                *port = ports::free().map_err(failed("looking for a free port"))?;
            } else if !ports::is_free(*port) {
                return Err(Error::PortTaken { part, port: *port });
            }
        }
        Ok(())
    }

    fn addresses(&self) -> Addresses {
        let local = |port: u16| format!("127.0.0.1:{port}");
        let http = |port: u16| format!("http://127.0.0.1:{port}");
        Addresses {
            kafka: self.kafka.clone().unwrap_or_else(|| local(self.ports.kafka)),
            clickhouse: self.clickhouse.clone().unwrap_or_else(|| http(self.ports.clickhouse)),
            database: self.database.clone(),
            gateway: http(self.ports.gateway),
            gateway_admin: http(self.ports.gateway_admin),
            sink_admin: http(self.ports.sink_admin),
            token: settings::TOKEN.to_owned(),
        }
    }

    fn launch(&self, name: &'static str, args: Vec<String>) -> Launch {
        let log = self.data.join(format!("{name}.log"));
        Launch { name, program: self.program.clone(), args, env: Vec::new(), log }
    }
}

/// A part that has been started: how, as what, and how long it may take to end.
type Part = (Launch, Process, Duration);

struct Starting<'a> {
    config: &'a StackConfig,
    parts: Vec<Part>,
}

impl Starting<'_> {
    async fn bring_up(&mut self) -> Result<Addresses, Error> {
        let config = self.config;
        let addresses = config.addresses();
        let settings_file = config.data.join("wattledger.toml");
        let text = settings::render(&addresses);
        std::fs::write(&settings_file, text).map_err(failed("writing the stack's settings"))?;
        let own_broker = config.kafka.is_none().then(|| self.start_broker()).transpose()?;
        if config.clickhouse.is_none() {
            self.start_engine()?;
        }
        if let Some(broker) = own_broker {
            self.await_broker(broker).await?;
        }
        topics::create(&addresses.kafka).await?;
        self.await_http("engine", &format!("{}/ping", addresses.clickhouse)).await?;
        let file = settings_file.display().to_string();
        self.migrate(&file)?;
        for name in ["gateway", "sink"] {
            let args = vec![name.to_owned(), "--config".to_owned(), file.clone()];
            self.start(config.launch(name, args), Duration::from_secs(20))?;
        }
        self.await_http("gateway", &format!("{}/readyz", addresses.gateway_admin)).await?;
        self.await_http("sink", &format!("{}/readyz", addresses.sink_admin)).await?;
        Ok(addresses)
    }

    fn start(&mut self, launch: Launch, grace: Duration) -> Result<(), Error> {
        let process = launch.start().map_err(failed(&format!("starting {}", launch.name)))?;
        self.parts.push((launch, process, grace));
        Ok(())
    }

    fn start_broker(&mut self) -> Result<BrokerConfig, Error> {
        let broker = BrokerConfig {
            jars: self.config.jars.clone(),
            data: self.config.data.join("kafka"),
            port: self.config.ports.kafka,
            controller_port: self.config.ports.controller,
        };
        self.start(broker.prepare()?, Duration::from_secs(20))?;
        Ok(broker)
    }

    fn start_engine(&mut self) -> Result<(), Error> {
        let config = self.config;
        let args = [
            "engine",
            "--listen",
            &format!("127.0.0.1:{}", config.ports.clickhouse),
            "--data",
            &config.data.join("clickhouse").display().to_string(),
            "--library",
            &config.library.display().to_string(),
        ];
        let args = args.into_iter().map(str::to_owned).collect();
        self.start(config.launch("engine", args), Duration::from_secs(20))
    }

    async fn await_broker(&mut self, broker: BrokerConfig) -> Result<(), Error> {
        let Some(at) = self.parts.iter().position(|(launch, ..)| launch.name == "broker") else {
            return Ok(());
        };
        let (launch, process, grace) = self.parts.swap_remove(at);
        let ready = tokio::task::spawn_blocking(move || {
            let ready = broker::await_ready(&broker, &process);
            (ready, process)
        });
        let (ready, process) =
            ready.await.map_err(|e| failed("waiting for the broker")(io::Error::other(e)))?;
        self.parts.insert(0, (launch, process, grace));
        Ok(ready?)
    }

    /// Waits until `url` answers 200, or the part has ended.
    async fn await_http(&self, name: &'static str, url: &str) -> Result<(), Error> {
        let deadline = Instant::now() + READY_WITHIN;
        let part = self.parts.iter().find(|(launch, ..)| launch.name == name);
        while Instant::now() < deadline {
            if crate::probe::is_ok(url).await {
                return Ok(());
            }
            if part.is_some_and(|(_, process, _)| process.exited().is_some()) {
                return Err(self.part_failed(name, "ended at start"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(self.part_failed(name, "did not become ready"))
    }

    fn migrate(&self, settings_file: &str) -> Result<(), Error> {
        let args = vec!["migrate".to_owned(), "--config".to_owned(), settings_file.to_owned()];
        let process =
            self.config.launch("migrate", args).start().map_err(failed("starting the migration"))?;
        match process.wait(READY_WITHIN) {
            Some(status) if status.success() => Ok(()),
            Some(_) => Err(self.part_failed("migrate", "failed")),
            None => Err(self.part_failed("migrate", "did not end")),
        }
    }

    fn part_failed(&self, part: &'static str, what: &'static str) -> Error {
        let log = self.config.data.join(format!("{part}.log"));
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.iter().skip(lines.len().saturating_sub(12)).copied().collect::<Vec<_>>().join("\n");
        Error::Part { part, what, log, tail }
    }

    fn keep(self) -> Result<Vec<Kept>, Error> {
        let data = &self.config.data;
        let keep = |(launch, process, grace): Part| {
            let pid_file = data.join(format!("{}.pid", launch.name));
            Kept::new(launch, process, pid_file, grace)
        };
        self.parts
            .into_iter()
            .map(keep)
            .collect::<io::Result<_>>()
            .map_err(failed("keeping the parts running"))
    }
}
