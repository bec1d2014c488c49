//! What a run is told: the plan, which alone decides the bytes, and how they are sent.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;
use crate::fault::Faults;

/// Longest prefix of a station's name; the number appended to it takes at most 11 of the 48 characters of an identity.
const PREFIX_LEN_MAX: usize = 32;
/// Deliveries per station above which the years needed for so many charges would leave the usable range of times.
const EVENTS_PER_STATION_MAX: u64 = 60_000;
/// Lines of one batch: the default of the gateway's own limit is not lower.
const BATCH_MAX: usize = 1_000;

/// What is invented. Equal plans give equal bytes, station by station.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of everything random.
    pub seed: u64,
    /// Number of stations, at least 1.
    pub stations: u32,
    /// Deliveries to plan in all, copies and invalid payloads included.
    pub events: u64,
    /// Time before which every charge has ended, ms since the Unix epoch.
    pub until_ms: i64,
    /// Stations are called `{prefix}-{number}`.
    pub prefix: String,
    /// How often each fault happens.
    pub faults: Faults,
    /// Share of stations that post each event alone to their own URL, in 1/10,000.
    pub direct: u32,
}

impl Plan {
    /// Deliveries of one station: an equal share, the remainder on the first ones.
    #[must_use]
    pub const fn events_of(&self, station: u32) -> u64 {
        if self.stations == 0 {
            return 0;
        }
        let stations = self.stations as u64;
        self.events / stations + if (station as u64) < self.events % stations { 1 } else { 0 }
    }
}

/// How a plan is sent.
#[derive(Debug, Clone)]
pub struct RunConfig {
    /// What is sent.
    pub plan: Plan,
    /// Address of the gateway, e.g. `http://127.0.0.1:8080`.
    pub gateway_url: String,
    /// Bearer token.
    pub token: String,
    /// Tenant that the token belongs to; what `verify` looks for.
    pub tenant: String,
    /// File for the ledger; an existing one is replaced.
    pub ledger: PathBuf,
    /// Deliveries per second over all connections; as fast as answers come if `None`.
    pub rate_per_s: Option<u32>,
    /// Connections, each with one outstanding request. Stations posting to their own URL have as many again.
    pub connections: usize,
    /// Lines per batch, 1 to 1,000.
    pub batch: usize,
    /// Stations that a connection speaks for at a time; bounds memory, about 20 KiB each.
    pub active: usize,
    /// Whether every second connection compresses its batches with gzip.
    pub gzip: bool,
    /// Longest wait for one answer.
    pub answer_timeout: Duration,
    /// How long one request is repeated before the run gives up.
    pub give_up_after: Duration,
}

impl RunConfig {
    /// The defaults for a plan and a gateway.
    #[must_use]
    pub fn new(plan: Plan, gateway_url: String, token: String, tenant: String, ledger: PathBuf) -> Self {
        Self {
            plan,
            gateway_url,
            token,
            tenant,
            ledger,
            rate_per_s: None,
            connections: 8,
            batch: 250,
            active: 64,
            gzip: true,
            answer_timeout: Duration::from_secs(30),
            give_up_after: Duration::from_secs(180),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut problems = Vec::new();
        if self.plan.stations == 0 || self.plan.events < u64::from(self.plan.stations) {
            problems.push("at least one station, and an event for each".to_owned());
        } else if self.plan.events_of(0) > EVENTS_PER_STATION_MAX {
            problems.push(format!("more than {EVENTS_PER_STATION_MAX} events per station"));
        }
        let prefix = &self.plan.prefix;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if prefix.is_empty() || prefix.len() > PREFIX_LEN_MAX || !prefix.bytes().all(plain) {
            problems.push(format!("prefix is not 1 to {PREFIX_LEN_MAX} letters, digits, - and _"));
        }
        if !(1..=BATCH_MAX).contains(&self.batch) {
            problems.push(format!("batch is not 1 to {BATCH_MAX}"));
        }
        if self.connections == 0 || self.active == 0 || self.rate_per_s == Some(0) {
            problems.push("connections, active and rate_per_s are at least 1".to_owned());
        }
        if let Some(problem) = self.plan.faults.problem() {
            problems.push(problem);
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Config(problems)) }
    }
}
