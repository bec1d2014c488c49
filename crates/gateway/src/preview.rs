//! What the sink will probably say about an event: the decoder's verdict, for the answer only.
//!
//! It decides nothing: the sink alone puts an event into quarantine, since it knows the record as stored. So it is
//! also what gives way: decoding is the dearest work of a request, and a payload can be made to cost seconds. One
//! request gets previews for a budget of bytes, more than a little is decoded off the threads that serve, on all
//! cores but one, and who finds those busy for long is answered without.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wattledger_decoder::{Decoder, Limits, Preview, Reading};

/// Bytes that are decoded where the request is served: some 10 ms at the worst.
const INLINE_BYTES: usize = 64 << 10;
/// How long a request waits for its turn; the broker's answer takes about as long when things are slow.
const TURN_WAIT: Duration = Duration::from_secs(1);

/// One payload, and how it is to be read.
pub(crate) type Wanted = (Bytes, Reading);

/// Decodes for previews under a budget.
pub(crate) struct Previewer {
    pool: Arc<Pool>,
    /// A permit per thread that may decode.
    turns: Arc<Semaphore>,
    /// Bytes of one request.
    budget: usize,
}

/// Decoders kept warm; the scratch memory of each is as large as the largest message it has seen.
struct Pool {
    idle: Mutex<Vec<Decoder>>,
    idle_max: usize,
}

impl Previewer {
    /// Leaves one of `cores` to everything else, if there are two; `budget` in bytes of payloads per request.
    pub(crate) fn new(cores: usize, budget: usize) -> Self {
        let pool = Arc::new(Pool { idle: Mutex::new(Vec::new()), idle_max: cores });
        Self { pool, turns: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))), budget }
    }

    /// One entry for each of `wanted`: `None` where there was nothing, where the budget did not reach, or for all
    /// if no turn came in time.
    pub(crate) async fn preview(&self, mut wanted: Vec<Option<Wanted>>) -> Vec<Option<Preview>> {
        let (count, bytes) = (wanted.len(), self.cut(&mut wanted));
        if bytes <= INLINE_BYTES {
            return self.pool.decode(&wanted);
        }
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return none(count) };
        let pool = Arc::clone(&self.pool);
        let work = tokio::task::spawn_blocking(move || {
            let done = pool.decode(&wanted);
            drop(turn);
            done
        });
        work.await.unwrap_or_else(|_broke_off| none(count))
    }

    /// Drops what does not fit what is left of the budget; bytes of the rest.
    fn cut(&self, wanted: &mut [Option<Wanted>]) -> usize {
        let mut left = self.budget;
        for slot in wanted {
            let Some((payload, _)) = slot else { continue };
            // an empty one costs nothing, and is still an event that has a verdict
            match left.checked_sub(payload.len()) {
                Some(rest) if self.budget > 0 => left = rest,
                _ => *slot = None,
            }
        }
        self.budget - left
    }
}

impl Pool {
    fn decode(&self, wanted: &[Option<Wanted>]) -> Vec<Option<Preview>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut decoder = idle.unwrap_or_else(|| Decoder::new(Limits::default()));
        let previews = wanted.iter().map(|one| {
            let (payload, reading) = one.as_ref()?;
            Some(decoder.decode(payload, *reading).preview())
        });
        let previews = previews.collect();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.idle_max {
            idle.push(decoder);
        }
        previews
    }
}

fn none(count: usize) -> Vec<Option<Preview>> {
    std::iter::repeat_with(|| None).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(bytes: usize) -> Option<Wanted> {
        Some((Bytes::from(format!("\"{}\"", "x".repeat(bytes - 2))), Reading::default()))
    }

    async fn seen(previewer: &Previewer, sizes: &[usize]) -> Vec<bool> {
        let wanted = sizes.iter().map(|bytes| payload(*bytes)).chain([None]).collect();
        previewer.preview(wanted).await.iter().map(Option::is_some).collect()
    }

    #[tokio::test]
    async fn what_is_beyond_the_budget_has_no_preview_and_what_still_fits_has_one() {
        let previewer = Previewer::new(2, 100);
        assert_eq!(seen(&previewer, &[60, 60, 40, 2]).await, [true, false, true, false, false]);
        let large = Previewer::new(2, 4 * INLINE_BYTES);
        let sizes = [2 * INLINE_BYTES, 3 * INLINE_BYTES, INLINE_BYTES];
        assert_eq!(seen(&large, &sizes).await, [true, false, true, false]);
        assert_eq!(seen(&Previewer::new(2, 0), &[2]).await, [false, false]);
    }

    #[tokio::test]
    async fn without_a_turn_much_is_answered_without_and_little_is_not_held_up() {
        let previewer = Previewer::new(1, 4 * INLINE_BYTES);
        let taken = Arc::clone(&previewer.turns).acquire_owned().await.unwrap();
        assert_eq!(seen(&previewer, &[2 * INLINE_BYTES]).await, [false, false]);
        assert_eq!(seen(&previewer, &[INLINE_BYTES]).await, [true, false]);
        drop(taken);
        assert_eq!(seen(&previewer, &[2 * INLINE_BYTES]).await, [true, false]);
    }
}
