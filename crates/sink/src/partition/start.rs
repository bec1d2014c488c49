//! Where an assigned partition is read from: the committed offset, or earlier if the table knows less than the commit
//! says (a restored backup), so that the account has no hole.

use std::time::{SystemTime, UNIX_EPOCH};

use clickhouse::Row;
use serde::Deserialize;
use wattledger_record::ContentHash;

use super::{Begin, Proof, Replay, Shared, Start};
use crate::insert::{Failure, backoff};
use crate::metrics;

/// Offsets before the committed one that are searched for holes. Older ones were searched by earlier assignments.
const SEARCHED: i64 = 100_000;

#[derive(Row, Deserialize)]
struct Delivery {
    kafka_offset: u64,
    content_hash: u128,
}

impl Delivery {
    fn proof(&self) -> Option<Proof> {
        let offset = i64::try_from(self.kafka_offset).ok()?;
        Some(Proof { offset, content_hash: ContentHash(self.content_hash) })
    }
}

/// Agrees on the first offset to read, however long the server takes to answer.
pub(super) async fn agree(shared: &Shared, partition: i32, begin: Begin) -> Start {
    let mut times = 0;
    loop {
        match compare(shared, partition, begin).await {
            Ok(start) => return start,
            Err(failure) => {
                times += 1;
                tracing::warn!(partition, times, %failure, "deliveries cannot be read, trying again");
                tokio::time::sleep(backoff(times)).await;
            }
        }
    }
}

async fn compare(shared: &Shared, partition: i32, begin: Begin) -> Result<Start, Failure> {
    let Some(committed) = begin.committed else {
        // never committed, or the topic was made anew under its old name
        let first = one(shared, partition, "kafka_offset = ? LIMIT 1", begin.low).await?;
        return Ok(Start { offset: begin.low, proof: first.and_then(|first| first.proof()), replay: None });
    };
    let stored = stretch(shared, partition, committed).await?;
    let last =
        one(shared, partition, "kafka_offset < ? ORDER BY kafka_offset DESC LIMIT 1", committed).await?;
    let proof = last.and_then(|last| last.proof());
    let offset = first_hole(&stored, proof.map(|proof| proof.offset), begin.low, committed);
    if offset < committed {
        metrics::table_behind();
        tracing::warn!(partition, committed, offset, "deliveries lack committed offsets, reading them again");
    }
    Ok(Start {
        offset,
        proof: proof.filter(|proof| proof.offset >= begin.low && proof.offset < offset),
        replay: (offset < committed).then(|| Replay { until: committed, epoch: epoch() }),
    })
}

/// Tells this replay's tokens from those of every earlier one.
fn epoch() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Offsets with a delivery, ascending, of the searched stretch.
async fn stretch(shared: &Shared, partition: i32, committed: i64) -> Result<Vec<i64>, Failure> {
    const SQL: &str = "SELECT DISTINCT kafka_offset FROM delivery_rows \
         WHERE generation = ? AND kafka_partition = ? AND kafka_offset >= ? AND kafka_offset < ? ORDER BY kafka_offset";
    let offsets: Vec<u64> = shared
        .clickhouse
        .query(SQL)
        .bind(shared.generation)
        .bind(partition)
        .bind(committed.saturating_sub(SEARCHED).max(0))
        .bind(committed)
        .fetch_all::<u64>()
        .await
        .map_err(|error| Failure::of_query(&error))?;
    Ok(offsets.into_iter().filter_map(|offset| i64::try_from(offset).ok()).collect())
}

/// One delivery of the partition.
async fn one(shared: &Shared, partition: i32, which: &str, offset: i64) -> Result<Option<Delivery>, Failure> {
    let sql = format!(
        "SELECT kafka_offset, content_hash FROM delivery_rows WHERE generation = ? AND kafka_partition = ? AND {which}"
    );
    shared
        .clickhouse
        .query(&sql)
        .bind(shared.generation)
        .bind(partition)
        .bind(offset)
        .fetch_optional::<Delivery>()
        .await
        .map_err(|error| Failure::of_query(&error))
}

/// The lowest offset that the log still holds, that is below `committed`, and that has no delivery; else `committed`.
/// `stored` is the searched stretch, `last` the last delivery of all below `committed`.
fn first_hole(stored: &[i64], last: Option<i64>, low: i64, committed: i64) -> i64 {
    let searched_from = low.max(committed.saturating_sub(SEARCHED)).min(committed);
    let first = stored.iter().copied().find(|&offset| offset >= searched_from);
    let Some(first) = first else {
        // nothing in the searched stretch: go on behind the last one before it
        return last.map_or(low, |last| (last + 1).max(low)).min(committed);
    };
    if first > searched_from {
        return searched_from;
    }
    let mut next = first;
    for &offset in stored.iter().filter(|&&offset| offset >= first) {
        if offset != next {
            break;
        }
        next += 1;
    }
    next.min(committed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_starts_at_the_first_offset_without_a_delivery() {
        let all: Vec<i64> = (0..10).collect();
        let hole =
            |stored: &[i64], low, committed| first_hole(stored, stored.last().copied(), low, committed);
        assert_eq!(hole(&all, 0, 10), 10);
        assert_eq!(hole(&all, 10, 10), 10);
        assert_eq!(hole(&all[..7], 0, 10), 7);
        assert_eq!(hole(&[0, 1, 2, 4, 5, 6, 7, 8, 9], 0, 10), 3);
        assert_eq!(hole(&all[5..], 0, 10), 0);
        assert_eq!(hole(&all[5..], 5, 10), 10);
        assert_eq!(hole(&[], 4, 10), 4);
        assert_eq!(hole(&[], 10, 10), 10);
        assert_eq!(first_hole(&[], Some(3), 0, 1_000_000), 4);
    }
}
