//! The command line: one subcommand for each program and tool.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wattledger_local::stack::Ports;

use crate::check::{CHECK_HELP, CheckArgs};
use crate::explain::{EXPLAIN_HELP, ExplainArgs};
use crate::import::{self, ImportArgs};

/// From OCPP TransactionEvents to bills that add up.
#[derive(Debug, Parser)]
#[command(name = "wattledger", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Log level and filter, as `info` or `wattledger_sink=debug,warn`.
    #[arg(long, global = true, env = "WATTLEDGER_LOG", default_value = "info")]
    pub log: String,
    /// Log lines as JSON objects.
    #[arg(long, global = true)]
    pub log_json: bool,
}

/// What to run.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take events over HTTP and make them durable in Kafka before answering.
    Gateway(ConfigArgs),
    /// Read events from Kafka, rebuild transactions, write ClickHouse.
    Sink(ConfigArgs),
    /// Bring the tables and views in ClickHouse up to this version.
    Migrate(MigrateArgs),
    /// Test a station's messages before it may bill: payloads, frames or whole OCPP logs in, a report out.
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Fill a reference table (stations, tokens, tariff windows …) from a CSV file.
    #[command(after_help = import::help())]
    Import(ImportArgs),
    /// Trace a bill back: record, events, how the energy was found, Kafka coordinates, bytes.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// Simulate a fleet of charging stations, or check what became of its events.
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// Serve the ClickHouse engine (libchdb) over HTTP on loopback, for the local stack.
    Engine(EngineArgs),
    /// Run broker, engine, gateway and sink on this machine.
    #[command(subcommand)]
    Local(LocalCommand),
}

/// Where a program's configuration comes from.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// TOML file with a section for each program.
    #[arg(long, env = "WATTLEDGER_CONFIG")]
    pub config: Option<PathBuf>,
    /// A single setting, as `sink.kafka.brokers=host:9092`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Check the configuration, list every problem, and end.
    #[arg(long)]
    pub check_config: bool,
}

/// A migration.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Then note the events topic as a new one: it was made anew, or lives on another cluster, and continues nothing
    /// that is stored. Stop the sinks first.
    #[arg(long)]
    pub new_generation: bool,
}

/// Server for the local engine.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// Loopback address.
    #[arg(long, default_value = "127.0.0.1:8123")]
    pub listen: SocketAddr,
    /// Data folder; one process at a time.
    #[arg(long)]
    pub data: PathBuf,
    /// `libchdb.so`.
    #[arg(long)]
    pub library: PathBuf,
}

/// The fleet.
#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Send a fleet's events and write its ledger.
    Run(FleetRunArgs),
    /// Compare a ledger with what SQL returns; the exit status tells.
    Verify(FleetVerifyArgs),
}

/// How much a fleet sends.
#[derive(Debug, Clone, Args)]
pub(crate) struct SizeArgs {
    /// Simulated stations.
    #[arg(long, default_value_t = 500)]
    pub stations: u32,
    /// Events to send, copies and invalid payloads included.
    #[arg(long, default_value_t = 100_000)]
    pub events: u64,
    /// Same seed, same charges and faults.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A run of the fleet.
#[derive(Debug, Clone, Args)]
pub(crate) struct FleetRunArgs {
    /// Gateway URL.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub gateway: String,
    /// Bearer token.
    #[arg(long, env = "WATTLEDGER_TOKEN", hide_env_values = true, default_value = wattledger_local::settings::TOKEN)]
    pub token: String,
    /// Tenant of the token, for the ledger.
    #[arg(long, default_value = "local")]
    pub tenant: String,
    #[command(flatten)]
    pub size: SizeArgs,
    /// Stations are called PREFIX-NUMBER; absent: a prefix of this second, so that two runs never share a station.
    #[arg(long)]
    pub prefix: Option<String>,
    /// Events per second; as fast as acknowledged if absent.
    #[arg(long)]
    pub rate: Option<u32>,
    /// Ledger file.
    #[arg(long, default_value = "fleet-ledger.jsonl")]
    pub ledger: PathBuf,
}

/// A check of a fleet's ledger.
#[derive(Debug, Clone, Args)]
pub(crate) struct FleetVerifyArgs {
    /// Ledger file.
    #[arg(long, default_value = "fleet-ledger.jsonl")]
    pub ledger: PathBuf,
    /// ClickHouse HTTP URL.
    #[arg(long, default_value = "http://127.0.0.1:8123")]
    pub clickhouse: String,
    /// Database.
    #[arg(long, default_value = "wattledger")]
    pub database: String,
    /// How long to wait until everything acknowledged has arrived, seconds.
    #[arg(long, default_value_t = 120)]
    pub wait: u64,
}

/// The local stack.
#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Run the stack in the foreground until it is interrupted.
    Run(StackArgs),
    /// Bring the stack up in the background; say where it is.
    Up(StackArgs),
    /// Bring down the stack of a folder, and nothing else.
    Down {
        /// Folder of the stack.
        #[arg(long, default_value = ".local/stack")]
        data: PathBuf,
    },
    /// A fresh stack, a misbehaving fleet, its bills, and the verdict.
    Demo(DemoArgs),
}

/// Where a stack lives and what it uses.
#[derive(Debug, Clone, Args)]
pub(crate) struct StackArgs {
    /// The folder that holds everything.
    #[arg(long, default_value = ".local/stack")]
    pub data: PathBuf,
    #[command(flatten)]
    pub parts: PartsArgs,
    /// Use this Kafka instead of starting one.
    #[arg(long)]
    pub kafka: Option<String>,
    /// Use this ClickHouse instead of starting one.
    #[arg(long)]
    pub clickhouse: Option<String>,
    /// Database for tables and views.
    #[arg(long, default_value = "wattledger")]
    pub database: String,
    /// Port for Kafka clients; 0 takes any free one, here and below.
    #[arg(long, default_value_t = Ports::default().kafka)]
    pub kafka_port: u16,
    /// Port for the Kafka controller.
    #[arg(long, default_value_t = Ports::default().controller)]
    pub controller_port: u16,
    /// Port for ClickHouse over HTTP.
    #[arg(long, default_value_t = Ports::default().clickhouse)]
    pub clickhouse_port: u16,
    /// Port for the gateway.
    #[arg(long, default_value_t = Ports::default().gateway)]
    pub gateway_port: u16,
    /// Port for the gateway's probes and metrics.
    #[arg(long, default_value_t = Ports::default().gateway_admin)]
    pub gateway_admin_port: u16,
    /// Port for the sink's probes and metrics.
    #[arg(long, default_value_t = Ports::default().sink_admin)]
    pub sink_admin_port: u16,
}

/// Fetched parts (`make fetch`).
#[derive(Debug, Clone, Args)]
pub(crate) struct PartsArgs {
    /// Folder with the Kafka jars.
    #[arg(long, default_value = ".local/kafka-libs")]
    pub jars: PathBuf,
    /// `libchdb.so`.
    #[arg(long, default_value = ".local/chdb/libchdb.so")]
    pub library: PathBuf,
}

/// A demonstration.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the demonstration's stack; emptied first.
    #[arg(long, default_value = ".local/demo")]
    pub data: PathBuf,
    #[command(flatten)]
    pub parts: PartsArgs,
    #[command(flatten)]
    pub size: SizeArgs,
}
