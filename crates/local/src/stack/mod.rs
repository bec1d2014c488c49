//! The whole stack in one folder: brought up in order, each part ready before the next, and brought down as a whole.
//!
//! ```text
//! lock the folder · ports free? · broker ∥ engine · topics · tables · gateway ∥ sink · ready
//! ```
//!
//! A part that is named from outside (`kafka`, `clickhouse`) is used instead of started.

use std::io;
use std::path::PathBuf;

use crate::broker;
use crate::ports;
use crate::process::Launch;
use crate::settings;
use crate::supervise::Kept;

mod folder;
mod start;

pub use folder::{holder, running};

use folder::READY;
use start::Starting;

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
        let lock = folder::lock(&config.data)?;
        config.choose_ports()?;
        let mut starting = Starting::new(&config);
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
