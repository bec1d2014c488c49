//! `wattledger local demo`: a fresh stack, a misbehaving fleet, its bills, and the verdict.
//!
//! ```text
//! empty folder · stack up · fleet (live line) · verify · bills of ten transactions · account · figures · stack down
//! ```

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wattledger_fleet as fleet;
use wattledger_local::settings::TENANT;
use wattledger_local::stack::{self, Addresses, Stack};

use crate::cli::{DemoArgs, FleetRunArgs};
use crate::local::parts_config;
use crate::programs::{FAILED, Failure, fleet_config, say, until_told, usage};

mod bills;
mod figures;

/// How often the progress line is written to a terminal; elsewhere every tenth time.
const TICK: Duration = Duration::from_millis(200);

/// Runs the demonstration; the exit status is the verdict.
///
/// # Errors
/// [`Failure`] if a part does not run.
pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode, Failure> {
    let told = until_told()?;
    let demonstration = demonstrate(&args);
    tokio::select! {
        outcome = demonstration => outcome,
        () = told.cancelled() => Err(Failure { error: "interrupted".into(), status: FAILED }),
    }
}

async fn demonstrate(args: &DemoArgs) -> Result<ExitCode, Failure> {
    empty(&args.data)?;
    say("Starting a Kafka broker, the ClickHouse engine, gateway and sink …\n")?;
    let started = Instant::now();
    let stack = Stack::start(parts_config(&args.data, &args.parts)?).await?;
    say(&format!("  up after {:.1} s in {}\n\n", started.elapsed().as_secs_f64(), args.data.display()))?;
    let outcome = feed_and_check(args, stack.addresses()).await;
    tokio::task::spawn_blocking(move || stack.stop()).await?;
    outcome
}

async fn feed_and_check(args: &DemoArgs, addresses: &Addresses) -> Result<ExitCode, Failure> {
    let ledger = args.data.join("ledger.jsonl");
    let run = FleetRunArgs {
        gateway: addresses.gateway.clone(),
        token: addresses.token.clone(),
        tenant: TENANT.to_owned(),
        size: args.size.clone(),
        prefix: Some("CS".to_owned()),
        rate: None,
        ledger: ledger.clone(),
    };
    say(&format!(
        "{} stations send {} events with faults: retries, reordering, offline bursts, lost, late and\n\
         conflicting events, reused ids, seqNo resets, bad clocks, unit slips, invalid payloads.\n",
        args.size.stations, args.size.events
    ))?;
    let started = Instant::now();
    let mut line = ProgressLine::new();
    let report = fleet::run(fleet_config(&run)?, |progress| line.show(progress)).await?;
    line.end()?;
    say("Checking the ledger of what was sent against SQL, event by event and Wh by Wh …\n")?;
    let verdict = fleet::verify(fleet::VerifyConfig::new(
        ledger,
        addresses.clickhouse.clone(),
        addresses.database.clone(),
    ))
    .await?;
    let arrived = started.elapsed();
    say(&bills::table(addresses, &report).await?)?;
    say(&bills::account(addresses).await?)?;
    say(&figures::summary(addresses, &args.data, &report, arrived).await?)?;
    say(&format!("\n{verdict}\n"))?;
    Ok(if verdict.holds() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Begins clean; refuses a folder that is in use or holds something else.
fn empty(data: &Path) -> Result<(), Failure> {
    if stack::holder(data).is_some() {
        return Err(usage(format!("a demonstration is running in {}", data.display())));
    }
    let ours = !data.exists() || data.join("stack.lock").exists() || data.read_dir()?.next().is_none();
    if !ours {
        return Err(usage(format!(
            "{} holds something else; name another folder with --data",
            data.display()
        )));
    }
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

/// One line that is written over on a terminal, and now and then a new one elsewhere.
struct ProgressLine {
    live: bool,
    last: Option<Instant>,
}

impl ProgressLine {
    fn new() -> Self {
        Self { live: std::io::stdout().is_terminal(), last: None }
    }

    fn show(&mut self, progress: fleet::Progress) {
        let every = if self.live { TICK } else { TICK * 10 };
        if self.last.is_some_and(|last| last.elapsed() < every) && progress.acknowledged < progress.planned {
            return;
        }
        self.last = Some(Instant::now());
        let seconds = progress.elapsed.as_secs_f64().max(0.001);
        let (start, end) = if self.live { ("\r", "") } else { ("", "\n") };
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = progress.acknowledged as f64 / seconds;
        let text = format!(
            "{start}  {:>7} of {} acknowledged · {rate:>6.0} events/s · {seconds:>5.1} s{end}",
            progress.acknowledged, progress.planned
        );
        // A progress line that nobody reads is no reason to stop.
        drop(std::io::stdout().write_all(text.as_bytes()));
        drop(std::io::stdout().flush());
    }

    fn end(&self) -> std::io::Result<()> {
        if self.live { say("\n\n") } else { say("\n") }
    }
}
