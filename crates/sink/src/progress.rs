//! How far each partition is written, told to the table `progress`: the lowest watermark is what every class that
//! depends on time goes by, so that nothing settles while a sink stands.
//!
//! Watermark of a partition: the latest stamp among what is written; where everything up to the log's end is written,
//! the moment *before* the broker was asked where that end is. It never goes back.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::Consumer;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use wattledger_record::Micros;

use crate::consume::{Mark, Polling, SinkConsumer, lock};
use crate::insert::Lane;
use crate::metrics;
use crate::rows::Rows;
use crate::rows::progress::Progress;

/// Between two rows of a partition that moves.
const EVERY: Duration = Duration::from_secs(1);
/// Between two questions to the broker, and two rows of a partition that does not move.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// Time for one question.
const ASK: Duration = Duration::from_secs(2);

/// What the reporting needs.
pub(crate) struct Reporter {
    pub(crate) generation: u32,
    pub(crate) topic: String,
    pub(crate) polling: Polling,
    pub(crate) consumer: Weak<SinkConsumer>,
    pub(crate) lane: Lane,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    next_offset: i64,
    watermark: Micros,
    at: Instant,
}

/// Where a partition's log ended, and before which moment that was asked.
type Ends = BTreeMap<i32, (Micros, i64)>;

impl Reporter {
    /// Reports until `shutdown`. What is written after the last report is told by the next owner of the partition.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut told: BTreeMap<i32, Told> = BTreeMap::new();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked: Option<Instant> = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let marks = lock(&self.polling.group).marks();
            let ends = if asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
                asked = Some(Instant::now());
                self.ends(&marks).await
            } else {
                Ends::new()
            };
            // what was idle before the question and is written up to the end found: nothing can be in between
            let rows = self.rows(&marks, &ends, &mut told);
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = self.lane.put(rows, String::new()) => {}
            }
        }
    }

    /// Asks the broker for the end of each partition. Stops at the first that does not answer.
    async fn ends(&self, marks: &[Mark]) -> Ends {
        let (consumer, topic) = (Weak::clone(&self.consumer), self.topic.clone());
        let partitions: Vec<i32> = marks.iter().map(|mark| mark.partition).collect();
        let asked = tokio::task::spawn_blocking(move || {
            let mut ends = Ends::new();
            for partition in partitions {
                let before = now();
                let Some(consumer) = consumer.upgrade() else { break };
                match consumer.fetch_watermarks(&topic, partition, ASK) {
                    Ok((_, high)) => ends.insert(partition, (before, high)),
                    Err(_) => break,
                };
            }
            ends
        });
        asked.await.unwrap_or_default()
    }

    fn rows(&self, marks: &[Mark], ends: &Ends, told: &mut BTreeMap<i32, Told>) -> Rows {
        let mut rows = Rows::default();
        let at = Instant::now();
        told.retain(|partition, _| marks.iter().any(|mark| mark.partition == *partition));
        for mark in marks {
            let end = ends.get(&mark.partition).copied();
            if let Some((_, high)) = end {
                let behind = u64::try_from(high.saturating_sub(mark.next_offset)).unwrap_or(0);
                metrics::lag(mark.partition, behind);
            }
            let before = told.get(&mark.partition).copied();
            let Some(watermark) = watermark(mark, end, before.map(|told| told.watermark), now()) else {
                continue;
            };
            let is_news = before
                .is_none_or(|told| told.next_offset != mark.next_offset || told.at.elapsed() >= ASK_EVERY);
            if !is_news {
                continue;
            }
            told.insert(mark.partition, Told { next_offset: mark.next_offset, watermark, at });
            Progress {
                generation: self.generation,
                partition: u32::try_from(mark.partition).unwrap_or(u32::MAX),
                written_at: now(),
                next_offset: u64::try_from(mark.next_offset).unwrap_or(0),
                watermark,
            }
            .write(&mut rows);
        }
        rows
    }
}

/// The watermark to tell; `None` if nothing is known yet.
fn watermark(mark: &Mark, end: Option<(Micros, i64)>, before: Option<Micros>, now: Micros) -> Option<Micros> {
    let at_end = end.filter(|(_, high)| mark.idle && mark.next_offset >= *high).map(|(asked, _)| asked);
    let stamped = mark.stamped.map(|stamped| stamped.min(now));
    [at_end, stamped, before].into_iter().flatten().max()
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = Micros(1_000);

    fn mark(next_offset: i64, stamped: Option<i64>, idle: bool) -> Mark {
        Mark { partition: 0, next_offset, stamped: stamped.map(Micros), idle }
    }

    #[test]
    fn a_partition_at_its_end_counts_as_now() {
        let end = Some((Micros(900), 7));
        assert_eq!(watermark(&mark(7, Some(10), true), end, None, NOW), Some(Micros(900)));
        assert_eq!(watermark(&mark(6, Some(10), true), end, None, NOW), Some(Micros(10)));
        assert_eq!(watermark(&mark(7, Some(10), false), end, None, NOW), Some(Micros(10)));
        assert_eq!(watermark(&mark(6, None, true), end, None, NOW), None);
    }

    #[test]
    fn it_neither_goes_back_nor_ahead_of_the_clock() {
        assert_eq!(watermark(&mark(1, Some(10), true), None, Some(Micros(50)), NOW), Some(Micros(50)));
        assert_eq!(watermark(&mark(1, Some(5_000), true), None, None, NOW), Some(NOW));
    }
}
