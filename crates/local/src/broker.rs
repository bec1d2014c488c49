//! A real Apache Kafka broker: one node in KRaft mode, broker and controller in one JVM.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::process::{Launch, Process};

/// Heap of the broker: twice what it needed for 100,000 events/s.
const HEAP: &str = "-Xmx512m";
/// A cluster id of our own making (22 characters of base64url), equal in every local stack.
const CLUSTER_ID: &str = "d2F0dGxlZGdlci1sb2NhbA";
/// How long a broker may take to answer on a busy two-core machine; it takes 4 s on an idle one.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Where a broker lives and listens.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Folder with the jars of `org.apache.kafka:kafka_2.13`.
    pub jars: PathBuf,
    /// Folder for log segments, settings and the log file.
    pub data: PathBuf,
    /// Port for clients.
    pub port: u16,
    /// Port for the controller.
    pub controller_port: u16,
}

/// Why a broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No jars.
    #[error("no Kafka jars in {0}: run `make fetch`")]
    NoJars(PathBuf),
    /// A file or process could not be made.
    #[error("{doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// Cause.
        source: io::Error,
    },
    /// `StorageTool format` failed.
    #[error("formatting the broker's storage failed: {0}")]
    Format(String),
    /// It ended before it answered.
    #[error("the broker ended at start; its log: {0}")]
    Ended(PathBuf),
    /// It did not answer in time.
    #[error("the broker did not answer within {} s; its log: {log}", READY_WITHIN.as_secs())]
    Silent {
        /// Log file.
        log: PathBuf,
    },
}

impl BrokerConfig {
    /// `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Writes the settings, and formats the storage the first time.
    ///
    /// # Errors
    /// [`Error`] if the jars are missing or the folder cannot be written.
    pub fn prepare(&self) -> Result<Launch, Error> {
        if !self.jars.join("kafka_2.13-4.3.1.jar").exists() {
            return Err(Error::NoJars(self.jars.clone()));
        }
        let io = |doing: &str| {
            let doing = format!("{doing} in {}", self.data.display());
            move |source| Error::Io { doing, source }
        };
        std::fs::create_dir_all(&self.data).map_err(io("creating the broker's folder"))?;
        let settings = self.data.join("server.properties");
        std::fs::write(&settings, self.settings()).map_err(io("writing server.properties"))?;
        if !self.data.join("log/meta.properties").exists() {
            self.format(&settings)?;
        }
        Ok(Launch {
            name: "broker",
            program: "java".into(),
            args: [HEAP, "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
                .into_iter()
                .map(str::to_owned)
                .chain(["-cp".to_owned(), self.class_path(), "kafka.Kafka".to_owned()])
                .chain([settings.display().to_string()])
                .collect(),
            env: Vec::new(),
            log: self.log(),
        })
    }

    /// The broker's log file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.data.join("broker.log")
    }

    fn class_path(&self) -> String {
        format!("{}/*", self.jars.display())
    }

    fn format(&self, settings: &Path) -> Result<(), Error> {
        let output = Command::new("java")
            .args([HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &self.class_path()])
            .args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"])
            .arg(settings)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Error::Io { doing: "starting java".to_owned(), source })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Format(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// One replica of everything, and topics only where we make them.
    fn settings(&self) -> String {
        let (port, controller) = (self.port, self.controller_port);
        let log = self.data.join("log");
        let bytes = wattledger_record::topics::MESSAGE_BYTES_MAX;
        format!(
            "process.roles=broker,controller\n\
             node.id=1\n\
             controller.quorum.voters=1@127.0.0.1:{controller}\n\
             controller.listener.names=CONTROLLER\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
             log.dirs={log}\n\
             auto.create.topics.enable=false\n\
             message.max.bytes={bytes}\n\
             replica.fetch.max.bytes={bytes}\n\
             default.replication.factor=1\n\
             min.insync.replicas=1\n\
             offsets.topic.replication.factor=1\n\
             offsets.topic.num.partitions=4\n\
             transaction.state.log.replication.factor=1\n\
             transaction.state.log.min.isr=1\n\
             share.coordinator.state.topic.replication.factor=1\n\
             share.coordinator.state.topic.min.isr=1\n\
             group.initial.rebalance.delay.ms=0\n",
            log = log.display(),
        )
    }
}

/// A running broker for tests and tools; the stack supervises one itself.
#[derive(Debug)]
pub struct Broker {
    config: BrokerConfig,
    process: Process,
}

impl Broker {
    /// Starts a broker and waits until it answers.
    ///
    /// # Errors
    /// [`Error`] if it cannot be started or does not answer.
    pub fn start(config: BrokerConfig) -> Result<Self, Error> {
        let launch = config.prepare()?;
        let process =
            launch.start().map_err(|source| Error::Io { doing: "starting the broker".to_owned(), source })?;
        await_ready(&config, &process)?;
        Ok(Self { config, process })
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> String {
        self.config.address()
    }

    /// The process, to signal it.
    #[must_use]
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Kills the broker (SIGKILL) and starts it again on the same data.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn kill_and_restart(self) -> Result<Self, Error> {
        let Self { config, process } = self;
        process.kill();
        Self::start(config)
    }
}

/// Waits until the broker answers a metadata request.
pub(crate) fn await_ready(config: &BrokerConfig, process: &Process) -> Result<(), Error> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", config.address())
        .set("reconnect.backoff.max.ms", "200")
        .set("log_level", "0")
        .create()
        .map_err(|source| Error::Io {
            doing: "making a Kafka client".to_owned(),
            source: io::Error::other(source),
        })?;
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        if process.exited().is_some() {
            return Err(Error::Ended(config.log()));
        }
        if client.fetch_metadata(None, Duration::from_secs(1)).is_ok_and(|m| !m.brokers().is_empty()) {
            return Ok(());
        }
    }
    Err(Error::Silent { log: config.log() })
}
