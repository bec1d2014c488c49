//! The look-up of a range: asked until there is an answer, and again while the answer is short of what a record counts.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Renewer;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::{Hydrate, Stored};
use crate::insert::{Class, Failure};
use crate::metrics::{self, LookUp};

/// Readings of a key that find less than its record counts, before the record is left as it is.
pub(super) const PARTIAL_READS_MAX: u32 = 5;
/// Between look-ups that somebody has to mend the server for.
const STOPPED_PAUSE: Duration = Duration::from_secs(15);

/// Events of a transaction whose earlier ones have to be looked up.
pub(super) struct InHand {
    pub(super) events: Vec<Content>,
    /// A digest could not take them in: they came out of order, or contradict what came before.
    pub(super) late: bool,
}

impl<H: Hydrate> Renewer<H> {
    /// What is stored of the transactions, united with what is in hand; those that cannot be read whole are left out.
    pub(super) async fn look_up(
        &self,
        mut open: HashMap<TransactionKey, InHand>,
        thorough: bool,
    ) -> Vec<(TransactionKey, Stored, bool)> {
        let mut found = Vec::with_capacity(open.len());
        let mut reads = 0;
        while !open.is_empty() {
            let mut stored = self.read(&open, thorough).await;
            reads += 1;
            let mut short = HashMap::new();
            for (key, in_hand) in open {
                let mut stored = stored.remove(&key).unwrap_or_default();
                let replayed: &[Content] = if thorough { &in_hand.events } else { &[] };
                if is_short(&stored, replayed) {
                    short.insert(key, in_hand);
                    continue;
                }
                metrics::look_ups(if stored.version == 0 { LookUp::New } else { LookUp::Read }, 1);
                for content in in_hand.events {
                    stored.contents.unite(content);
                }
                found.push((key, stored, in_hand.late));
            }
            metrics::partial_reads(short.len());
            metrics::look_ups(LookUp::Partial, short.len());
            if reads >= PARTIAL_READS_MAX {
                short.keys().for_each(|key| leave_alone(key, "events that it counts cannot be read"));
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

    async fn read(
        &self,
        open: &HashMap<TransactionKey, InHand>,
        thorough: bool,
    ) -> HashMap<TransactionKey, Stored> {
        let keys: Vec<&TransactionKey> = open.keys().collect();
        self.patiently(keys.len(), || self.hydrator.read(&keys, thorough)).await
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
            metrics::look_ups(LookUp::Failed, keys);
            tracing::warn!(times, %failure, "look-up failed, trying again");
            let pause = if failure.class == Class::Stop { STOPPED_PAUSE } else { (self.pause)(times) };
            tokio::time::sleep(pause).await;
        }
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
