//! Second half of a worker: everything that a closed range causes, in the order that survives a crash at any point.
//!
//! 1. `event_rows`, `delivery_rows`, `quarantine_rows` and the quarantine topic, beside each other, under the range's
//!    token; what is stored of the range's transactions is looked up meanwhile.
//! 2. `transaction_rows` of *every* transaction named in the range, whether or not its events were new: after a crash
//!    between the two the replay sees only duplicates, and "nothing changed" must not mean "nothing to write".
//! 3. The report, on which the poll thread commits.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use wattledger_record::Micros;
use wattledger_record::partition::of_key as partition_of;

use super::cut::{Closed, wait_until};
use super::renew::{ByTransaction, Renewer};
use super::{Replay, Report, Shared, Tenure};
use crate::deliver::{Load, SetAside, TransactionKey};
use crate::hydrate::Hydrator;
use crate::metrics::{self, Table};
use crate::offsets::Range;
use crate::rows::{ROWS_VERSION, Rows};

pub(super) struct Write {
    shared: Shared,
    tenure: Tenure,
    replay: Option<Replay>,
    reports: mpsc::Sender<Report>,
    renewer: Renewer<Hydrator>,
}

impl Write {
    pub(super) fn new(
        shared: Shared,
        tenure: Tenure,
        replay: Option<Replay>,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        let renewer = Renewer::new(shared.hydrator.clone(), shared.tokens.clone(), shared.memory_bytes);
        Self { shared, tenure, replay, reports, renewer }
    }

    /// Writes range after range until the cutter ends.
    pub(super) async fn run(mut self, mut ranges: mpsc::Receiver<Closed>) {
        let (partition, partitions) = (self.tenure.partition, self.shared.partitions);
        let is_ours = move |key: &TransactionKey| {
            i64::from(partition_of(key.station.as_str().as_bytes(), partitions)) == i64::from(partition)
        };
        self.renewer.expect_large(is_ours).await;
        loop {
            let due = self.renewer.next_due();
            let closed = tokio::select! {
                biased;
                closed = ranges.recv() => closed,
                () = wait_until(due) => {
                    if !self.renew_due().await {
                        return;
                    }
                    continue;
                }
            };
            let Some(Closed { range, mut load, held, turn }) = closed else { return };
            if !self.write(range, &mut load).await {
                return;
            }
            let report =
                Report::Written { tenure: self.tenure, range, stamped: load.stamped.unwrap_or_default() };
            if self.reports.send(report).await.is_err() {
                return;
            }
            drop((held, turn));
        }
    }

    /// Renews the large and the doubtful records whose turn it is, while no range is under way; `false` only at the end of the process.
    async fn renew_due(&mut self) -> bool {
        let renewed = self.renewer.renew(ByTransaction::new(), false, Instant::now()).await;
        let written = self.shared.lanes.transactions.put(renewed.rows, String::new()).await;
        self.renewer.acknowledged(&renewed.keys);
        written
    }

    /// `false` only at the end of the process.
    async fn write(&mut self, range: Range, load: &mut Load) -> bool {
        let contents = std::mem::take(&mut load.contents);
        let rows = [&mut load.events, &mut load.deliveries, &mut load.quarantine].map(std::mem::take);
        let thorough = self.replay.is_some_and(|replay| range.first < replay.until);
        let Self { shared, tenure, replay, renewer, .. } = self;
        let place = Place { shared, tenure: *tenure, replay: *replay, range };
        let (first, renewed) = tokio::join!(
            place.first_step(rows, &load.copies),
            renewer.renew(contents, thorough, Instant::now())
        );
        if !first || !self.shared.lanes.transactions.put(renewed.rows, String::new()).await {
            return false;
        }
        self.renewer.acknowledged(&renewed.keys);
        let now = now();
        for received_at in &load.received {
            let micros = now.0.saturating_sub(received_at.0);
            metrics::end_to_end(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        }
        true
    }
}

/// A range and where it is written.
struct Place<'a> {
    shared: &'a Shared,
    tenure: Tenure,
    replay: Option<Replay>,
    range: Range,
}

impl Place<'_> {
    async fn first_step(&self, rows: [Rows; 3], copies: &[SetAside]) -> bool {
        let lanes = &self.shared.lanes;
        let partition = self.tenure.partition;
        let [events, deliveries, quarantine] = rows;
        let (events, deliveries, quarantine, ()) = tokio::join!(
            lanes.events.put(events, self.token(Table::Events)),
            lanes.deliveries.put(deliveries, self.token(Table::Deliveries)),
            lanes.quarantine.put(quarantine, self.token(Table::Quarantine)),
            self.shared.quarantine.put(self.shared.generation, partition, copies),
        );
        events && deliveries && quarantine
    }

    /// Equal for the same rows of the same records, in any process.
    fn token(&self, table: Table) -> String {
        let (generation, partition) = (self.shared.generation, self.tenure.partition);
        let Range { first, last, .. } = self.range;
        let replay = self.replay.filter(|replay| first < replay.until);
        let replay = replay.map_or_else(String::new, |replay| format!("/{}", replay.epoch));
        format!("{generation}/{partition}/{first}-{last}/{}/{ROWS_VERSION}{replay}", table.as_str())
    }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
