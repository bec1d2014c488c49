//! Brings the parts of a stack up, each ready before the next needs it.

use std::io;
use std::time::{Duration, Instant};

use super::{Addresses, Error, StackConfig, failed};
use crate::broker::{self, BrokerConfig};
use crate::process::{Launch, Process};
use crate::supervise::Kept;
use crate::{probe, settings, topics};

/// How long a part may take to answer on a busy two-core machine.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Pause between two looks at a part that is not ready.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A part that has been started: how, as what, and how long it may take to end.
type Part = (Launch, Process, Duration);

pub(super) struct Starting<'a> {
    config: &'a StackConfig,
    parts: Vec<Part>,
}

impl<'a> Starting<'a> {
    pub(super) const fn new(config: &'a StackConfig) -> Self {
        Self { config, parts: Vec::new() }
    }

    pub(super) async fn bring_up(&mut self) -> Result<Addresses, Error> {
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
            if probe::is_ok(url).await {
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

    pub(super) fn keep(self) -> Result<Vec<Kept>, Error> {
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
