//! What a run says about itself while it runs and when it is over.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::truth::TransactionTruth;

/// Transactions kept per story for those who want to look at some.
const PICKS_MAX: usize = 12;

/// State of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Deliveries that the plan holds.
    pub planned: u64,
    /// Deliveries handed to a connection, each once.
    pub sent: u64,
    /// Deliveries acknowledged.
    pub acknowledged: u64,
    /// Deliveries repeated because an answer was missing or asked for it.
    pub resent: u64,
    /// Since the start of the run.
    pub elapsed: Duration,
}

/// A transaction worth looking at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Station as spelled.
    pub station: String,
    /// transactionId as spelled.
    pub transaction_id: String,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Deliveries that the plan held.
    pub planned: u64,
    /// Deliveries handed to a connection, each once.
    pub sent: u64,
    /// Deliveries acknowledged.
    pub acknowledged: u64,
    /// Deliveries repeated because an answer was missing or asked for it.
    pub resent: u64,
    /// Requests sent.
    pub requests: u64,
    /// Bytes of payload acknowledged.
    pub payload_bytes: u64,
    /// From the first request to the last acknowledgement.
    pub elapsed: Duration,
    /// How often each fault was told.
    pub faults: BTreeMap<&'static str, u64>,
    /// Some transactions per story; `none` lists flawless ones.
    pub picks: BTreeMap<String, Vec<Pick>>,
    /// Charges told.
    pub instances: u64,
}

impl Report {
    pub(crate) fn note(&mut self, truth: &TransactionTruth, faults: &[(&'static str, u64)]) {
        for (name, count) in faults {
            *self.faults.entry(name).or_default() += count;
        }
        self.instances += u64::try_from(truth.instances.len()).unwrap_or(u64::MAX);
        let picks = self.picks.entry(truth.story.clone()).or_default();
        if picks.len() < PICKS_MAX {
            let (station, transaction_id) = (truth.station.clone(), truth.transaction_id.clone());
            picks.push(Pick { station, transaction_id });
        }
    }
}
