//! The look-up of a range: asked until there is an answer, and again while the answer is short of what a record counts.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Renewer;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::{Depth, Hydrate, Stored};
use crate::insert::{Class, Failure};
use crate::metrics::{self, LookUp};

/// Readings of a key that find less than its record counts, before the record is left as it is.
pub(super) const PARTIAL_READS_MAX: u32 = 5;
/// Refusals by the server after which the keys are asked for in halves: it may be the size of their sets (241). A server
/// that does not answer at all has not seen them.
const HALVED_AFTER: u32 = 3;
/// Between look-ups that somebody has to mend the server for.
const STOPPED_PAUSE: Duration = Duration::from_secs(15);

/// Events of a transaction whose earlier ones have to be looked up.
pub(super) struct InHand {
    pub(super) events: Vec<Content>,
    /// A digest could not take them in: they came out of order, or contradict what came before.
    pub(super) late: bool,
}

/// What a look-up found.
#[derive(Default)]
pub(super) struct Found {
    /// United with what is in hand; the flag is [`InHand::late`].
    pub(super) whole: Vec<(TransactionKey, Stored, bool)>,
    /// What could not be read whole.
    pub(super) short: Vec<TransactionKey>,
}

impl<H: Hydrate> Renewer<H> {
    /// What is stored of the transactions; in a `replay` the events in hand may be among those that their records count.
    pub(super) async fn look_up(
        &self,
        mut open: HashMap<TransactionKey, InHand>,
        replay: bool,
        depth: Depth,
    ) -> Found {
        let mut found = Found::default();
        let mut reads = 0;
        while !open.is_empty() {
            let mut stored = self.read(&open, depth).await;
            reads += 1;
            let mut short = HashMap::new();
            for (key, in_hand) in open {
                let mut stored = stored.remove(&key).unwrap_or_default();
                let replayed: &[Content] = if replay { &in_hand.events } else { &[] };
                if is_short(&stored, replayed) {
                    short.insert(key, in_hand);
                    continue;
                }
                metrics::look_ups(if stored.version == 0 { LookUp::New } else { LookUp::Read }, 1);
                for content in in_hand.events {
                    stored.contents.unite(content);
                }
                found.whole.push((key, stored, in_hand.late));
            }
            metrics::partial_reads(short.len());
            metrics::look_ups(LookUp::Partial, short.len());
            if reads >= PARTIAL_READS_MAX {
                found.short.extend(short.into_keys());
                break;
            }
            open = short;
            if !open.is_empty() {
                tracing::warn!(keys = open.len(), reads, "look-up found fewer events than the record counts");
                tokio::time::sleep((self.pause)(reads + 2)).await;
            }
        }
        found
    }

    /// Asks until there is an answer. What the server refuses again and again is halved, down to a single key: that one
    /// stalls its partition, which shows, where a record left out would not.
    async fn read(
        &self,
        open: &HashMap<TransactionKey, InHand>,
        depth: Depth,
    ) -> HashMap<TransactionKey, Stored> {
        let mut stored = HashMap::with_capacity(open.len());
        let mut waiting: Vec<Vec<&TransactionKey>> = vec![open.keys().collect()];
        while let Some(mut keys) = waiting.pop() {
            let mut times = 0;
            loop {
                let failure = match self.hydrator.read(&keys, depth).await {
                    Ok(answer) => {
                        stored.extend(answer);
                        break;
                    }
                    Err(failure) => failure,
                };
                times += 1;
                self.wait_after(&failure, times, keys.len()).await;
                if times >= HALVED_AFTER
                    && keys.len() > 1
                    && failure.code.is_some()
                    && failure.class != Class::Stop
                {
                    waiting.push(keys.split_off(keys.len() / 2));
                    times = 0;
                }
            }
        }
        stored
    }

    /// Asks until there is an answer.
    pub(super) async fn patiently<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        keys: usize,
        ask: impl Fn() -> F,
    ) -> T {
        let mut times = 0;
        loop {
            let failure = match ask().await {
                Ok(answer) => return answer,
                Err(failure) => failure,
            };
            times += 1;
            self.wait_after(&failure, times, keys).await;
        }
    }

    async fn wait_after(&self, failure: &Failure, times: u32, keys: usize) {
        metrics::look_ups(LookUp::Failed, keys);
        tracing::warn!(times, keys, %failure, "look-up failed, trying again");
        let pause = if failure.class == Class::Stop { STOPPED_PAUSE } else { (self.pause)(times) };
        tokio::time::sleep(pause).await;
    }
}

pub(super) fn leave_alone(key: &TransactionKey, reason: &str) {
    metrics::left_alone();
    tracing::error!(
        station = %key.station,
        transaction_id = %key.transaction_id,
        reason,
        "the record is left as it is"
    );
}

/// Whether the stored events, united with those `replayed`, are fewer than the stored record counts.
///
/// A record is sent after the events that it counts are acknowledged, so new events cannot make up for stored ones that
/// were not read. Only where the table has lost events are those of a replay among the counted ones.
fn is_short(stored: &Stored, replayed: &[Content]) -> bool {
    if stored.is_beyond_bound {
        return false;
    }
    let lacking = stored.counted().saturating_sub(u128::try_from(stored.contents.len()).unwrap_or(u128::MAX));
    if lacking == 0 {
        return false;
    }
    let further: HashSet<_> = replayed
        .iter()
        .filter(|content| !stored.contents.contains(content))
        .map(|content| (content.event.seq_no, content.event.content_hash))
        .collect();
    u128::try_from(further.len()).is_ok_and(|further| further < lacking)
}
