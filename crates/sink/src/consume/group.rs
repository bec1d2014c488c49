//! The partitions that this process holds, and what happens to them. Used by the poll thread alone, except for reading
//! [`Mark`]s.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use wattledger_record::Micros;

use super::inbox::{Budget, Inbox};
use super::record::Record;
use super::{SinkConsumer, lock};
use crate::config::Memory;
use crate::error::Error;
use crate::metrics::{self, Commit};
use crate::offsets::Ledger;
use crate::partition::{self, Begin, Proof, Report, Shared, Start, Stop, Tenure, Worker};

/// Time to move a partition's read position.
const SEEK: Duration = Duration::from_secs(10);
/// Pause between two looks at whether workers have ended.
const LOOK: Duration = Duration::from_millis(5);

/// The partitions of this process.
pub(crate) struct Group {
    partitions: BTreeMap<i32, Assigned>,
    shared: Shared,
    reports: mpsc::Sender<Report>,
    heard: mpsc::Receiver<Report>,
    runtime: Handle,
    budget: Arc<Budget>,
    held_bytes_max: usize,
    partition_bytes_max: usize,
    epoch: u64,
    failure: Option<Error>,
    /// Whether an assignment, perhaps an empty one, was ever received.
    joined: bool,
}

struct Assigned {
    tenure: Tenure,
    worker: Worker,
    /// There once the worker has said where to start.
    ledger: Option<Ledger>,
    /// Where librdkafka reads from, if nothing is changed.
    reads_from: i64,
    /// A record whose delivery is stored: the log has to hold the same one.
    proof: Option<Proof>,
    /// Whether a record came before the worker was ready, and was let go.
    strayed: bool,
    paused: bool,
    working: bool,
    stamped: Option<Micros>,
}

/// How far a partition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) partition: i32,
    /// Every offset below is written.
    pub(crate) next_offset: i64,
    /// Latest stamp among what was written since the assignment.
    pub(crate) stamped: Option<Micros>,
    /// Whether nothing is read and not yet written.
    pub(crate) idle: bool,
}

impl Group {
    pub(super) fn new(
        shared: Shared,
        (reports, heard): (mpsc::Sender<Report>, mpsc::Receiver<Report>),
        runtime: Handle,
        memory: &Memory,
    ) -> Self {
        Self {
            heard,
            partitions: BTreeMap::new(),
            shared,
            reports,
            runtime,
            budget: Arc::default(),
            held_bytes_max: memory.held_bytes_max,
            partition_bytes_max: memory.partition_bytes_max,
            epoch: 0,
            failure: None,
            joined: false,
        }
    }

    /// Takes a partition over; its worker will say where to start.
    pub(super) fn assign(&mut self, partition: i32, begin: Begin) {
        self.epoch += 1;
        let tenure = Tenure { partition, epoch: self.epoch };
        let inbox = Inbox::new(Arc::clone(&self.budget));
        let worker = {
            let _inside = self.runtime.enter();
            partition::start(&self.shared, tenure, begin, inbox, self.reports.clone())
        };
        let assigned = Assigned {
            tenure,
            worker,
            ledger: None,
            reads_from: begin.reads_from(),
            proof: None,
            strayed: false,
            paused: true,
            working: true,
            stamped: None,
        };
        if let Some(before) = self.partitions.insert(partition, assigned) {
            before.worker.fence.cancel();
        }
    }

    pub(super) fn joined(&mut self) {
        self.joined = true;
    }

    /// Hands a record to its partition's worker. What comes for a partition that is not ours any more, or a second
    /// time, is let go.
    pub(super) fn accept(&mut self, partition: i32, record: Record) {
        let Some(assigned) = self.partitions.get_mut(&partition) else { return };
        let Some(ledger) = &mut assigned.ledger else {
            assigned.strayed = true;
            return;
        };
        if assigned
            .proof
            .take_if(|proof| proof.offset <= record.offset)
            .is_some_and(|proof| proof.is_broken_by(&record))
        {
            let error = Error::LogReplaced { partition, offset: record.offset };
            return self.fail(error);
        }
        if ledger.accept(record.offset) {
            assigned.worker.inbox.push(record);
        }
    }

    pub(super) fn stop_all(&self, stop: Stop) {
        for assigned in self.partitions.values() {
            assigned.worker.stop.send_replace(stop);
        }
    }

    pub(super) fn stop(&self, partitions: &[i32], stop: Stop) {
        for assigned in partitions.iter().filter_map(|partition| self.partitions.get(partition)) {
            assigned.worker.inbox.close();
            assigned.worker.stop.send_replace(stop);
        }
    }

    /// Takes note of everything the workers have said.
    pub(super) fn hear(&mut self, consumer: &SinkConsumer, topic: &str) {
        while let Ok(report) = self.heard.try_recv() {
            if let Err(error) = apply(consumer, self, report, topic) {
                self.fail(error);
            }
        }
    }

    /// Whether workers (of the named partitions, or all) have not ended.
    fn is_working(&self, partitions: Option<&[i32]>) -> bool {
        self.partitions.iter().any(|(partition, assigned)| {
            assigned.working && partitions.is_none_or(|partitions| partitions.contains(partition))
        })
    }

    /// Ends the workers of partitions and forgets everything held for them.
    pub(super) fn drop_partitions(&mut self, partitions: &[i32]) {
        for partition in partitions {
            if let Some(assigned) = self.partitions.remove(partition) {
                assigned.worker.fence.cancel();
                assigned.worker.inbox.close();
            }
        }
    }

    pub(super) fn drop_all(&mut self) {
        let partitions: Vec<i32> = self.partitions.keys().copied().collect();
        self.drop_partitions(&partitions);
    }

    pub(super) fn failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
    }

    /// How far each partition whose start is agreed is written.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mark = |assigned: &Assigned| {
            let ledger = assigned.ledger.as_ref()?;
            Some(Mark {
                partition: assigned.tenure.partition,
                next_offset: ledger.frontier(),
                stamped: assigned.stamped,
                idle: ledger.pending() == 0,
            })
        };
        self.partitions.values().filter_map(mark).collect()
    }

    /// Whether the group has given its partitions (perhaps none) and each has agreed on its start.
    pub(crate) fn is_ready(&self) -> bool {
        self.joined && self.partitions.values().all(|assigned| assigned.ledger.is_some())
    }

    fn of(&mut self, tenure: Tenure) -> Option<&mut Assigned> {
        self.partitions.get_mut(&tenure.partition).filter(|assigned| assigned.tenure == tenure)
    }
}

/// Waits until workers that were told to stop have ended, and hears them; `false` if `patience` was not enough.
pub(super) fn settle(
    group: &Mutex<Group>,
    consumer: &SinkConsumer,
    topic: &str,
    partitions: Option<&[i32]>,
    patience: Duration,
) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        let mut inside = lock(group);
        inside.hear(consumer, topic);
        if !inside.is_working(partitions) {
            return true;
        }
        drop(inside);
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::park_timeout(LOOK);
    }
}

fn apply(consumer: &SinkConsumer, group: &mut Group, report: Report, topic: &str) -> Result<(), Error> {
    match report {
        Report::Ready { tenure, start } => ready(consumer, group, tenure, start, topic),
        Report::Written { tenure, range, stamped } => {
            let Some(assigned) = group.of(tenure) else { return Ok(()) };
            let Some(ledger) = &mut assigned.ledger else { return Ok(()) };
            let result = ledger.written(range);
            metrics::commit_checked(result.err());
            if let Err(violation) = result {
                tracing::error!(
                    ?tenure,
                    ?range,
                    kind = violation.as_str(),
                    "written range does not continue the prefix"
                );
            } else {
                assigned.stamped = assigned.stamped.max(Some(stamped));
            }
            Ok(())
        }
        Report::Failed { error } => Err(error),
        Report::Ended { tenure } => {
            if let Some(assigned) = group.of(tenure) {
                assigned.working = false;
            }
            Ok(())
        }
    }
}

fn ready(
    consumer: &SinkConsumer,
    group: &mut Group,
    tenure: Tenure,
    start: Start,
    topic: &str,
) -> Result<(), Error> {
    let Some(assigned) = group.of(tenure) else { return Ok(()) };
    let read_from = start.proof.map_or(start.offset, |proof| proof.offset.min(start.offset));
    if read_from != assigned.reads_from || assigned.strayed {
        consumer
            .seek(topic, tenure.partition, Offset::Offset(read_from), SEEK)
            .map_err(|source| Error::Kafka { what: "seek", source })?;
    }
    assigned.ledger = Some(Ledger::new(start.offset));
    assigned.proof = start.proof;
    tracing::info!(partition = tenure.partition, start = start.offset, "partition assigned");
    // the next look at the bounds resumes it
    Ok(())
}

/// Pauses partitions whose worker is behind, resumes those that have room again. Only partitions that this process
/// paused and still holds are resumed: others would be read twice.
pub(super) fn press_back(consumer: &SinkConsumer, group: &mut Group, topic: &str) {
    let held = group.budget.held();
    let (full, roomy) = (held >= group.held_bytes_max, held <= group.held_bytes_max / 2);
    let (mut pause, mut resume) = (TopicPartitionList::new(), TopicPartitionList::new());
    for assigned in group.partitions.values_mut() {
        let of_it = assigned.worker.inbox.held();
        let stop = full || of_it >= group.partition_bytes_max;
        let go = roomy && of_it <= group.partition_bytes_max / 2;
        if !assigned.paused && stop {
            pause.add_partition(topic, assigned.tenure.partition);
            assigned.paused = true;
        } else if assigned.paused && go && assigned.ledger.is_some() && assigned.working {
            resume.add_partition(topic, assigned.tenure.partition);
            assigned.paused = false;
        }
    }
    for (list, what, result) in [
        (&pause, "pause", if pause.count() > 0 { consumer.pause(&pause) } else { Ok(()) }),
        (&resume, "resume", if resume.count() > 0 { consumer.resume(&resume) } else { Ok(()) }),
    ] {
        if let Err(error) = result {
            tracing::warn!(%error, partitions = list.count(), what, "kafka");
        }
    }
    let paused = group.partitions.values().filter(|assigned| assigned.paused).count();
    metrics::assigned(group.partitions.len(), paused, held);
}

/// Commits what is written and not yet committed; `false` if the broker did not take it.
pub(super) fn commit(consumer: &SinkConsumer, group: &mut Group, topic: &str) -> bool {
    let mut list = TopicPartitionList::new();
    let mut due = Vec::new();
    for (partition, assigned) in &group.partitions {
        let Some(offset) = assigned.ledger.as_ref().and_then(Ledger::commit_due) else { continue };
        match list.add_partition_offset(topic, *partition, Offset::Offset(offset)) {
            Ok(()) => due.push((*partition, offset)),
            Err(error) => tracing::error!(%error, partition, offset, "offset cannot be committed"),
        }
    }
    if due.is_empty() {
        return true;
    }
    match consumer.commit(&list, CommitMode::Sync) {
        Ok(()) => {
            metrics::commit(Commit::Done);
            for (partition, offset) in due {
                metrics::committed(partition, offset);
                if let Some(ledger) = group.partitions.get_mut(&partition).and_then(|a| a.ledger.as_mut()) {
                    ledger.committed(offset);
                }
            }
            true
        }
        Err(error) => {
            metrics::commit(Commit::Failed);
            tracing::warn!(%error, partitions = due.len(), "commit failed, trying again");
            false
        }
    }
}
