//! `wattledger local`: run, up, down and demo of the stack.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wattledger_local::stack::{self, Addresses, Ports, Stack, StackConfig};

use crate::cli::{LocalCommand, PartsArgs, StackArgs};
use crate::demo;
use crate::programs::{FAILED, Failure, say, until_told, usage};

/// How long `up` waits for the stack and `down` for its end.
const WAIT: Duration = Duration::from_secs(180);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs one of the stack's commands.
///
/// # Errors
/// [`Failure`] with the exit status.
pub(crate) async fn run(command: LocalCommand) -> Result<ExitCode, Failure> {
    match command {
        LocalCommand::Run(args) => run_stack(stack_config(&args)?).await?,
        LocalCommand::Up(args) => up(&args).await?,
        LocalCommand::Down { data } => down(&data).await?,
        LocalCommand::Demo(args) => return demo::run(args).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_stack(config: StackConfig) -> Result<(), Failure> {
    let told = until_told()?;
    let stack = tokio::select! {
        stack = Stack::start(config) => stack?,
        () = told.cancelled() => return Ok(()),
    };
    let Addresses { gateway, kafka, clickhouse, .. } = stack.addresses();
    tracing::info!(gateway, kafka, clickhouse, "the stack is up");
    told.cancelled().await;
    tokio::task::spawn_blocking(move || stack.stop()).await?;
    Ok(())
}

/// Starts `local run` in a session of its own, so that it outlives this shell, and waits until it is ready.
async fn up(args: &StackArgs) -> Result<(), Failure> {
    if let Some(addresses) = stack::running(&args.data) {
        say(&format!("The stack is running already.\n{}", describe(&addresses)))?;
        return Ok(());
    }
    std::fs::create_dir_all(&args.data)?;
    let log_path = args.data.join("stack.log");
    let log = std::fs::File::create(&log_path)?;
    let mut child = Command::new("setsid")
        .arg(std::env::current_exe()?)
        .args(["local", "run"])
        .args(as_flags(args))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    let deadline = Instant::now() + WAIT;
    while Instant::now() < deadline {
        if let Some(addresses) = stack::running(&args.data) {
            say(&describe(&addresses))?;
            return Ok(());
        }
        if child.try_wait()?.is_some() {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let log = std::fs::read_to_string(&log_path).unwrap_or_default();
    let error = format!("the stack did not come up; {} says:\n{log}", log_path.display());
    Err(Failure { error: error.into(), status: FAILED })
}

async fn down(data: &Path) -> Result<(), Failure> {
    let Some(pid) = stack::holder(data).and_then(Pid::from_raw) else {
        say(&format!("No stack runs in {}.\n", data.display()))?;
        return Ok(());
    };
    kill_process(pid, Signal::TERM)?;
    let deadline = Instant::now() + WAIT;
    while stack::holder(data).is_some() {
        if Instant::now() > deadline {
            let error = format!("the stack in {} (process {pid:?}) did not end", data.display());
            return Err(Failure { error: error.into(), status: FAILED });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    say(&format!("The stack in {} is down; its data stay.\n", data.display()))?;
    Ok(())
}

fn stack_config(args: &StackArgs) -> Result<StackConfig, Failure> {
    Ok(StackConfig {
        kafka: args.kafka.clone(),
        clickhouse: args.clickhouse.clone(),
        database: args.database.clone(),
        ports: Ports {
            kafka: args.kafka_port,
            controller: args.controller_port,
            clickhouse: args.clickhouse_port,
            gateway: args.gateway_port,
            gateway_admin: args.gateway_admin_port,
            sink_admin: args.sink_admin_port,
        },
        ..parts_config(&args.data, &args.parts)?
    })
}

/// A stack in `data` from fetched parts, on any free ports.
///
/// # Errors
/// [`Failure`] if a part has not been fetched.
pub(crate) fn parts_config(data: &Path, parts: &PartsArgs) -> Result<StackConfig, Failure> {
    let absolute = |path: &Path, what: &str| {
        std::path::absolute(path).ok().filter(|path| path.exists()).ok_or_else(|| {
            usage(format!("{what} is not in {}: run `make fetch`, or say where it is", path.display()))
        })
    };
    Ok(StackConfig {
        program: std::env::current_exe()?,
        data: std::path::absolute(data)?,
        jars: absolute(&parts.jars, "Kafka")?,
        library: absolute(&parts.library, "the engine's library")?,
        kafka: None,
        clickhouse: None,
        database: "wattledger".to_owned(),
        ports: Ports::ANY,
    })
}

fn as_flags(args: &StackArgs) -> Vec<String> {
    let mut flags = vec![
        format!("--data={}", args.data.display()),
        format!("--jars={}", args.parts.jars.display()),
        format!("--library={}", args.parts.library.display()),
        format!("--database={}", args.database),
        format!("--kafka-port={}", args.kafka_port),
        format!("--controller-port={}", args.controller_port),
        format!("--clickhouse-port={}", args.clickhouse_port),
        format!("--gateway-port={}", args.gateway_port),
        format!("--gateway-admin-port={}", args.gateway_admin_port),
        format!("--sink-admin-port={}", args.sink_admin_port),
    ];
    flags.extend(args.kafka.iter().map(|kafka| format!("--kafka={kafka}")));
    flags.extend(args.clickhouse.iter().map(|url| format!("--clickhouse={url}")));
    flags
}

/// Where things are, and three queries to try.
fn describe(addresses: &Addresses) -> String {
    let Addresses { kafka, clickhouse, database, gateway, gateway_admin, sink_admin, token } = addresses;
    let query = format!("curl -s '{clickhouse}/?database={database}&default_format=PrettyCompact' --data");
    format!(
        "gateway     {gateway}   (bearer token: {token}; OpenAPI: {gateway}/openapi.json)\n\
         Kafka       {kafka}\n\
         ClickHouse  {clickhouse}   (database {database})\n\
         metrics     {gateway_admin}/metrics   {sink_admin}/metrics\n\n\
         Send a fleet, then ask:\n  \
         wattledger fleet run --gateway {gateway} --stations 50 --events 5000\n  \
         {query} 'SELECT class, count(), sum(energy_wh) / 1000 AS kwh FROM transactions GROUP BY class'\n  \
         {query} 'SELECT station, transaction_id, missing_ranges FROM transactions WHERE missing_count > 0 LIMIT 5'\n  \
         {query} 'SELECT * FROM account'\n"
    )
}
