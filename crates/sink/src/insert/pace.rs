//! The bound on inserts per second: each insert is a part per month it touches, and merges have to keep up.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Hands out moments to start an insert, evenly spaced, with a burst of one second's worth.
#[derive(Debug)]
pub(crate) struct Pace {
    every: Duration,
    burst: Duration,
    /// Start of the next insert if all went evenly.
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        let every = Duration::from_secs(1) / per_second.max(1);
        Self { every, burst: Duration::from_secs(1), next: Mutex::new(Instant::now()) }
    }

    /// Waits for the next moment.
    pub(crate) async fn turn(&self) {
        let start = {
            let mut next = self.next.lock().await;
            let now = Instant::now();
            let start = (*next).max(now.checked_sub(self.burst).unwrap_or(now));
            *next = start + self.every;
            start
        };
        sleep_until(start).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_is_followed_by_the_rate() {
        let pace = Pace::new(20);
        let start = Instant::now();
        for _ in 0..25 {
            pace.turn().await;
        }
        // nothing was saved up, so 24 steps of 50 ms lie between the first and the last
        assert!(start.elapsed() >= Duration::from_millis(1_190));
    }
}
