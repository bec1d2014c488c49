//! Runs one program for a parsed command line.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use toml::Table;
use wattledger_fleet as fleet;
use wattledger_local::engine;
use wattledger_sink::migrate;

use crate::cli::{Command, ConfigArgs, EngineArgs, FleetCommand, FleetRunArgs, FleetVerifyArgs, MigrateArgs};
use crate::{check, config, explain, import, local};

/// Exit status of a run that was asked to do the impossible: usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// Exit status of a run that failed.
pub(crate) const FAILED: u8 = 1;

/// Share of the fleet's stations that post each event alone, in 1/10,000; the others' events travel in batches.
const DIRECT: u32 = 200;

/// Why a program ended, and its exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Cause.
    pub error: Box<dyn Error>,
    /// Exit status.
    pub status: u8,
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: Box::new(error), status: FAILED }
    }
}

/// A failure that is the caller's to mend.
pub(crate) fn usage(error: impl Into<Box<dyn Error>>) -> Failure {
    Failure { error: error.into(), status: USAGE }
}

/// Runs the command to its end.
///
/// # Errors
/// [`Failure`] with the exit status.
pub(crate) async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Gateway(args) => {
            let config: wattledger_gateway::Config =
                configured(&args, "gateway", wattledger_gateway::Config::problems)?;
            if !args.check_config {
                wattledger_gateway::run(config, until_told()?).await?;
            }
        }
        Command::Sink(args) => {
            let config: wattledger_sink::Config =
                configured(&args, "sink", wattledger_sink::Config::problems)?;
            if !args.check_config {
                wattledger_sink::run(config, until_told()?).await?;
            }
        }
        Command::Migrate(args) => migrate(&args).await?,
        Command::Check(args) => return check::run(args).await,
        Command::Explain(args) => return explain::run(args).await,
        Command::Import(args) => return import::run(args).await,
        Command::Engine(args) => serve_engine(args).await?,
        Command::Fleet(FleetCommand::Run(args)) => fleet_run(args).await?,
        Command::Fleet(FleetCommand::Verify(args)) => return fleet_verify(args).await,
        Command::Local(command) => return local::run(command).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// Cancelled by SIGTERM or SIGINT.
///
/// # Errors
/// If the signals cannot be listened to.
pub(crate) fn until_told() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let cancel = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
        cancel.cancel();
        // A second signal means: at once. Nothing is lost by it, what is not committed is read again.
        tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
        std::process::exit(i32::from(FAILED));
    });
    Ok(token)
}

/// Writes to standard output what the command was asked for.
///
/// # Errors
/// If nobody reads it.
pub(crate) fn say(text: &str) -> std::io::Result<()> {
    write_out(text.as_bytes())
}

/// The same for bytes.
///
/// # Errors
/// If nobody reads them.
pub(crate) fn write_out(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

fn table(args: &ConfigArgs) -> Result<Table, Failure> {
    config::load(args.config.as_deref(), std::env::vars(), &args.set).map_err(usage)
}

/// A section that can be used as it is.
///
/// # Errors
/// [`Failure`] names everything that is wrong with it.
pub(crate) fn configured<T: serde::de::DeserializeOwned + Default>(
    args: &ConfigArgs,
    section: &str,
    problems: impl Fn(&T) -> Vec<String>,
) -> Result<T, Failure> {
    let config: T = config::section(&table(args)?, section).map_err(usage)?;
    let problems = problems(&config);
    if problems.is_empty() {
        return Ok(config);
    }
    Err(usage(format!("the configuration of [{section}] cannot be used:\n  - {}", problems.join("\n  - "))))
}

/// The sink's configuration for a tool that needs no more of it than where ClickHouse is.
///
/// # Errors
/// [`Failure`] if a source cannot be read.
pub(crate) fn sink_config(args: &ConfigArgs) -> Result<wattledger_sink::Config, Failure> {
    config::section(&table(args)?, "sink").map_err(usage)
}

async fn migrate(args: &MigrateArgs) -> Result<(), Failure> {
    let config = sink_config(&args.config)?;
    if args.config.check_config {
        return Ok(());
    }
    let clickhouse = config.clickhouse.clone();
    let target = migrate::Target {
        url: clickhouse.url,
        database: clickhouse.database,
        user: Some(clickhouse.user),
        password: Some(clickhouse.password.0),
    };
    let report = migrate::run(&target).await?;
    for applied in &report.applied {
        say(&format!("applied {:04} {}\n", applied.version, applied.name))?;
    }
    match report.views {
        migrate::Views::UpToDate => {}
        migrate::Views::Applied(views) => say(&format!("put up {views} views\n"))?,
        migrate::Views::Newer(revision) => {
            say(&format!("views are of the newer revision {revision}, left alone\n"))?
        }
    }
    say(&format!("database {} is at version {:04}\n", report.database, report.version))?;
    if args.new_generation {
        let generation = wattledger_sink::new_generation(&config).await?;
        say(&format!("topic {} is generation {generation}\n", config.kafka.topic))?;
    }
    Ok(())
}

async fn serve_engine(args: EngineArgs) -> Result<(), Failure> {
    let config = engine::EngineConfig::new(args.listen, args.data, args.library);
    engine::run(config, until_told()?).await?;
    Ok(())
}

async fn fleet_run(args: FleetRunArgs) -> Result<(), Failure> {
    let report = fleet::run(fleet_config(&args)?, |_| {}).await?;
    say(&format!(
        "sent {} of {} deliveries of {} charges, {} acknowledged, {} repeated, in {:.1} s; ledger: {}\n",
        report.sent,
        report.planned,
        report.instances,
        report.acknowledged,
        report.resent,
        report.elapsed.as_secs_f64(),
        args.ledger.display(),
    ))?;
    for (fault, count) in &report.faults {
        say(&format!("  {count:>7} {fault}\n"))?;
    }
    Ok(())
}

/// The fleet's plan ends now: charges of the days before.
pub(crate) fn fleet_config(args: &FleetRunArgs) -> Result<fleet::RunConfig, Failure> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let plan = fleet::Plan {
        seed: args.size.seed,
        stations: args.size.stations,
        events: args.size.events,
        until_ms: i64::try_from(now.as_millis())?,
        prefix: args.prefix.clone().unwrap_or_else(|| format!("F{:x}", now.as_secs())),
        faults: fleet::Faults::default(),
        direct: DIRECT,
    };
    let mut config = fleet::RunConfig::new(
        plan,
        args.gateway.clone(),
        args.token.clone(),
        args.tenant.clone(),
        args.ledger.clone(),
    );
    config.rate_per_s = args.rate;
    Ok(config)
}

async fn fleet_verify(args: FleetVerifyArgs) -> Result<ExitCode, Failure> {
    let mut config = fleet::VerifyConfig::new(args.ledger, args.clickhouse, args.database);
    config.deadline = Duration::from_secs(args.wait);
    let verdict = fleet::verify(config).await?;
    say(&format!("{verdict}\n"))?;
    Ok(if verdict.holds() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
