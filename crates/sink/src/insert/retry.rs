//! Waiting between attempts: full jitter, so that partitions and processes do not come back in one moment.

use std::time::Duration;

use rand::RngExt;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// Wait after the `attempt`-th failure in a row (from 1): uniform in 0 … min(30 s, 200 ms · 2^(attempt−1)).
#[must_use]
pub(crate) fn backoff(attempt: u32) -> Duration {
    rand::rng().random_range(Duration::ZERO..=ceiling(attempt))
}

fn ceiling(attempt: u32) -> Duration {
    let doubled = 1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST.saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_half_a_minute_and_no_further() {
        assert_eq!(ceiling(1), Duration::from_millis(200));
        assert_eq!(ceiling(4), Duration::from_millis(1_600));
        for attempt in [9, 40, u32::MAX] {
            assert_eq!(ceiling(attempt), LONGEST);
            assert!(backoff(attempt) <= LONGEST);
        }
    }
}
