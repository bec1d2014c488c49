//! Who may come in now, pure: a token bucket per tenant. Bytes in flight are counted by [`Reservation`].
//!
//! A bucket lets a batch in while it is above zero and may then owe at most that batch, so that a batch larger than
//! the burst is slowed down and not refused for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Thousandths of an event: fine enough for one event per hour, without floats.
const MILLI: i64 = 1_000;

/// Events per second, on average and at once.
#[derive(Debug, Clone)]
pub(crate) struct TokenBucket {
    per_second: i64,
    burst_milli: i64,
    level_milli: i64,
    filled_at: Instant,
}

impl TokenBucket {
    /// A full bucket; `per_second` 0 means no limit.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst_milli = i64::from(burst.max(1)) * MILLI;
        Self { per_second: i64::from(per_second), burst_milli, level_milli: burst_milli, filled_at: now }
    }

    /// Whether anything would be let in now; if not, how long until it would.
    pub(crate) fn check(&mut self, now: Instant) -> Result<(), Duration> {
        if self.per_second == 0 {
            return Ok(());
        }
        self.fill(now);
        if self.level_milli > 0 {
            return Ok(());
        }
        // per_second events are per_second thousandths each millisecond
        let ms = (1 - self.level_milli).div_euclid(self.per_second).saturating_add(1);
        Err(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
    }

    /// Lets `events` in, or says how long to wait.
    pub(crate) fn take(&mut self, events: usize, now: Instant) -> Result<(), Duration> {
        self.check(now)?;
        let owed = i64::try_from(events).unwrap_or(i64::MAX).saturating_mul(MILLI);
        self.level_milli = self.level_milli.saturating_sub(owed);
        Ok(())
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled_at);
        let ms = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        if ms == 0 {
            return;
        }
        let earned = ms.saturating_mul(self.per_second);
        self.level_milli = self.level_milli.saturating_add(earned).min(self.burst_milli);
        // the part of a millisecond that was not counted stays for the next time
        self.filled_at += Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    }
}

/// How many bytes each tenant may have in flight, so that none of them takes all there is.
#[derive(Debug)]
pub(crate) struct Shares {
    bytes: usize,
    /// Kept when the tenants are read again: what is in flight stays counted.
    tenants: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Shares {
    /// `bytes` for each tenant.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes, tenants: Mutex::default() }
    }

    /// The share of one tenant, a permit per byte.
    pub(crate) fn of(&self, tenant: &str) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = tenants.get(tenant) {
            return Arc::clone(share);
        }
        let share = Arc::new(Semaphore::new(self.bytes));
        tenants.insert(tenant.to_owned(), Arc::clone(&share));
        share
    }
}

/// Bytes that one request holds of its tenant's share and of the limit for all. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    limits: [Arc<Semaphore>; 2],
    held: Option<[OwnedSemaphorePermit; 2]>,
}

/// A limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Reservation {
    /// Holds nothing yet; the limits, a permit per byte each: the tenant's share, and that for all.
    pub(crate) const fn new(limits: [Arc<Semaphore>; 2]) -> Self {
        Self { limits, held: None }
    }

    /// Takes `bytes` more of both limits, or none.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let Ok(permits) = u32::try_from(bytes) else { return Err(Full) };
        let take = |limit: &Arc<Semaphore>| Arc::clone(limit).try_acquire_many_owned(permits);
        let [share, all] = &self.limits;
        let (Ok(own), Ok(common)) = (take(share), take(all)) else { return Err(Full) };
        match &mut self.held {
            Some([share, all]) => {
                share.merge(own);
                all.merge(common);
            }
            none => *none = Some([own, common]),
        }
        Ok(())
    }

    /// Gives `bytes` back early.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        for held in self.held.iter_mut().flatten() {
            drop(held.split(bytes.min(held.num_permits())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_average_holds_whatever_the_pace() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(100, 50, start);
        let mut admitted = 0;
        for step in 0..100_000u64 {
            // 0.7 ms apart: fractions of a millisecond must not be lost
            let now = start + Duration::from_micros(step * 700);
            admitted += u32::from(bucket.take(1, now).is_ok());
        }
        // 70 s at 100 per second and the burst, each within one event
        assert!((7_049..=7_051).contains(&admitted), "{admitted}");
    }

    #[test]
    fn a_batch_above_the_burst_is_slowed_down_not_refused_for_ever() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(100, 10, start);
        assert_eq!(bucket.take(1_000, start), Ok(()));
        let wait = bucket.take(1, start).unwrap_err();
        assert!((ms(9_900)..=ms(9_902)).contains(&wait), "{wait:?}");
        assert!(bucket.take(1, start + wait - ms(2)).is_err());
        assert_eq!(bucket.take(1, start + wait), Ok(()));
    }

    #[test]
    fn zero_means_no_limit() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(0, 0, now);
        assert_eq!(bucket.take(usize::MAX, now), Ok(()));
        assert_eq!(bucket.take(usize::MAX, now), Ok(()));
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let start = Instant::now() + ms(1_000);
        let mut bucket = TokenBucket::new(1, 1, start);
        assert_eq!(bucket.take(1, start), Ok(()));
        assert!(bucket.take(1, start - ms(500)).is_err());
    }

    #[test]
    fn a_reservation_takes_all_or_nothing_and_gives_back() {
        let limit = Arc::new(Semaphore::new(100));
        let share = Arc::new(Semaphore::new(1_000));
        let new = || Reservation::new([Arc::clone(&share), Arc::clone(&limit)]);
        let mut first = new();
        assert_eq!(first.grow(60), Ok(()));
        let mut second = new();
        assert_eq!(second.grow(41), Err(Full));
        assert_eq!(second.grow(40), Ok(()));
        first.shrink(10);
        assert_eq!((limit.available_permits(), share.available_permits()), (10, 910));
        drop((first, second));
        assert_eq!((limit.available_permits(), share.available_permits()), (100, 1_000));
    }

    #[test]
    fn a_tenant_fills_its_share_and_leaves_the_rest_to_others() {
        let (all, shares) = (Arc::new(Semaphore::new(100)), Shares::new(60));
        let new = |tenant: &str| Reservation::new([shares.of(tenant), Arc::clone(&all)]);
        let (mut first, mut second, mut other) = (new("a"), new("a"), new("b"));
        assert_eq!(first.grow(50), Ok(()));
        assert_eq!(second.grow(11), Err(Full), "a second request does not widen the share");
        assert_eq!(other.grow(41), Ok(()));
        assert_eq!(second.grow(10), Err(Full), "what all hold together is limited too");
        assert_eq!(shares.of("a").available_permits(), 10, "what was refused holds nothing");
    }
}
