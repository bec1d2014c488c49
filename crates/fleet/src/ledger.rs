//! The ledger: what was invented, what was acknowledged, and what is true, as JSON lines.
//!
//! A `run` line comes first. A `unit` line with the truth of a transaction is written before its first delivery is sent,
//! an `ack` line for each acknowledged delivery after the answer, an `end` line when everything planned has been
//! acknowledged. So whatever moment a run is killed at, each event that it may have sent is announced, and each one that
//! was acknowledged, save those of the answers just read, is on file. What is missing from the end of a killed run's last
//! line is passed over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::truth::TransactionTruth;

/// What a run says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Tenant that the token belongs to.
    pub tenant: String,
    /// What station names begin with.
    pub prefix: String,
    /// Seed of the plan.
    pub seed: u64,
    /// Deliveries planned.
    pub planned: u64,
}

/// An acknowledged delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// Transaction.
    pub unit: u64,
    /// Index of the content.
    pub content: u32,
    /// XXH3-64 of the bytes: how a row's `raw` is recognised.
    pub hash: u64,
    /// Requests that carried this delivery; all but one may or may not have become durable.
    pub attempts: u32,
    /// When the answer came, ms since the Unix epoch.
    pub at_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Written<'a> {
    Run(&'a Head),
    Unit(&'a TransactionTruth),
    Ack(&'a Ack),
    End { acknowledged: u64 },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Run(Head),
    Unit(Box<TransactionTruth>),
    Ack(Ack),
    End { acknowledged: u64 },
}

/// Writes the ledger of a run; shared by its connections.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
}

impl Writer {
    /// Begins a ledger, in place of an earlier one.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be written.
    pub fn create(path: &Path, head: &Head) -> Result<Self, Error> {
        let failed = |source| Error::Ledger { path: path.to_owned(), source };
        let file = File::create(path).map_err(failed)?;
        let writer = Self { path: path.to_owned(), file: Mutex::new(BufWriter::new(file)) };
        writer.lines(&[Written::Run(head)])?;
        Ok(writer)
    }

    /// Writes down transactions before they are sent.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be written.
    pub fn units<'a>(&self, units: impl Iterator<Item = &'a TransactionTruth>) -> Result<(), Error> {
        self.lines(&units.map(Written::Unit).collect::<Vec<_>>())
    }

    /// Writes down what was acknowledged.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be written.
    pub fn acks(&self, acks: &[Ack]) -> Result<(), Error> {
        self.lines(&acks.iter().map(Written::Ack).collect::<Vec<_>>())
    }

    /// Ends the ledger and makes it durable.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be written.
    pub fn end(&self, acknowledged: u64) -> Result<(), Error> {
        self.lines(&[Written::End { acknowledged }])?;
        self.sync()
    }

    /// Makes what is written durable.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be written.
    pub fn sync(&self) -> Result<(), Error> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.get_ref().sync_all().map_err(|source| self.failed(source))
    }

    fn lines(&self, lines: &[Written<'_>]) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut text = Vec::with_capacity(lines.len() * 128);
        for line in lines {
            serde_json::to_writer(&mut text, line).map_err(|error| self.failed(error.into()))?;
            text.push(b'\n');
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // flushed, so that a killed process leaves whole lines behind
        file.write_all(&text).and_then(|()| file.flush()).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Ledger { path: self.path.clone(), source }
    }
}

/// A ledger as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The run.
    pub head: Head,
    /// Its transactions.
    pub units: Vec<TransactionTruth>,
    /// Acknowledged deliveries by (transaction, content).
    pub acks: BTreeMap<(u64, u32), Vec<Ack>>,
    /// Whether the run went to its end.
    pub ended: bool,
}

impl Ledger {
    /// Reads a ledger.
    ///
    /// # Errors
    /// [`Error::Ledger`] if the file cannot be read; [`Error::LedgerLine`] for a line that is none, unless it is the last
    /// of a run that was killed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Ledger { path: path.to_owned(), source };
        let broken = |line: usize, reason: String| Error::LedgerLine { path: path.to_owned(), line, reason };
        let mut ledger: Option<Self> = None;
        let mut torn: Option<Error> = None;
        for (number, text) in BufReader::new(File::open(path).map_err(failed)?).split(b'\n').enumerate() {
            let text = text.map_err(failed)?;
            if let Some(error) = torn {
                return Err(error);
            }
            match (serde_json::from_slice(&text), &mut ledger) {
                (Ok(Line::Run(head)), none @ None) => {
                    *none = Some(Self { head, units: vec![], acks: BTreeMap::new(), ended: false });
                }
                (Ok(line), Some(ledger)) => ledger.take(line),
                (Ok(_), None) => return Err(broken(number + 1, "no run line before it".to_owned())),
                (Err(error), _) => torn = Some(broken(number + 1, error.to_string())),
            }
        }
        ledger.ok_or_else(|| broken(1, "empty".to_owned()))
    }

    /// Deliveries acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.acks.values().map(|acks| u64::try_from(acks.len()).unwrap_or_default()).sum()
    }

    /// When the last answer came, ms since the Unix epoch.
    #[must_use]
    pub fn last_ack_ms(&self) -> i64 {
        self.acks.values().flatten().map(|ack| ack.at_ms).max().unwrap_or_default()
    }

    fn take(&mut self, line: Line) {
        match line {
            // a second run line would be another ledger's; the first stands
            Line::Run(_) => {}
            Line::Unit(unit) => self.units.push(*unit),
            Line::Ack(ack) => self.acks.entry((ack.unit, ack.content)).or_default().push(ack),
            Line::End { acknowledged } => self.ended = acknowledged == self.acknowledged(),
        }
    }
}
