//! Pure: when Kafka has been failing for long, requests are answered 503 at once instead of being queued to fail.
//!
//! ```text
//! closed ──deliveries fail for open_after without a success──► open ──the broker answers a look-up──► half open
//!   ▲                                                           ▲                                        │
//!   └───────────────── one request was acknowledged ────────────┼───────── or it was not ────────────────┘
//! ```
//!
//! A half-open breaker lets one request through at a time: of everyone who waits, one at most can waste an attempt.
//! Look-ups are the shell's work; a look-up alone does not close the breaker, since a broker that answers may still
//! refuse to write (too few replicas).

use std::time::{Duration, Instant};

/// The state; `now` is always given.
#[derive(Debug)]
pub(crate) struct Breaker {
    open_after: Duration,
    state: State,
    succeeded_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failing_since: Option<Instant> },
    Open,
    HalfOpen { busy: bool },
}

/// How a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Pass {
    /// As usual.
    Usual,
    /// As the one that tries; its outcome must be told, with [`Breaker::abandon`] if it has none.
    Probe,
}

impl Breaker {
    pub(crate) const fn new(open_after: Duration) -> Self {
        Self { open_after, state: State::Closed { failing_since: None }, succeeded_at: None }
    }

    /// Whether requests are refused at the moment.
    pub(crate) const fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }

    /// Whether a request would be refused now: asked before its body is read.
    pub(crate) const fn refuses(&self) -> bool {
        matches!(self.state, State::Open | State::HalfOpen { busy: true })
    }

    /// Lets a request through, or not.
    pub(crate) const fn admit(&mut self) -> Option<Pass> {
        match self.state {
            State::Closed { .. } => Some(Pass::Usual),
            State::HalfOpen { busy: false } => {
                self.state = State::HalfOpen { busy: true };
                Some(Pass::Probe)
            }
            State::Open | State::HalfOpen { busy: true } => None,
        }
    }

    /// A record was acknowledged.
    pub(crate) const fn succeeded(&mut self, now: Instant) {
        self.succeeded_at = Some(now);
        self.state = State::Closed { failing_since: None };
    }

    /// A record that was handed over at `since` was not acknowledged, and that was Kafka's doing.
    pub(crate) fn failed(&mut self, since: Instant, now: Instant) {
        // it may have been handed over long before the last success
        let since = self.succeeded_at.map_or(since, |at| at.max(since));
        match self.state {
            State::Closed { failing_since } => {
                let earliest = failing_since.map_or(since, |known| known.min(since));
                self.state = if now.saturating_duration_since(earliest) >= self.open_after {
                    State::Open
                } else {
                    State::Closed { failing_since: Some(earliest) }
                };
            }
            State::HalfOpen { .. } => self.state = State::Open,
            State::Open => {}
        }
    }

    /// The request that tried ended without a word from Kafka.
    pub(crate) const fn abandon(&mut self) {
        if let State::HalfOpen { busy: true } = self.state {
            self.state = State::HalfOpen { busy: false };
        }
    }

    /// The broker answered a look-up: the next request may try.
    pub(crate) const fn broker_answers(&mut self) {
        if let State::Open = self.state {
            self.state = State::HalfOpen { busy: false };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(10);

    fn s(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn opens_after_failures_without_a_success_and_not_before() {
        let t = Instant::now();
        let mut breaker = Breaker::new(AFTER);
        breaker.failed(t, s(t, 4));
        breaker.failed(s(t, 3), s(t, 9));
        assert_eq!(breaker.admit(), Some(Pass::Usual));
        breaker.succeeded(s(t, 9));
        breaker.failed(t, s(t, 12));
        assert!(!breaker.is_open(), "a success starts the count again");
        breaker.failed(s(t, 10), s(t, 19));
        assert!(breaker.is_open() && breaker.refuses());
        assert_eq!(breaker.admit(), None);
    }

    #[test]
    fn one_delivery_time_out_longer_than_the_limit_is_enough() {
        let t = Instant::now();
        let mut breaker = Breaker::new(AFTER);
        breaker.failed(t, s(t, 15));
        assert!(breaker.is_open());
    }

    #[test]
    fn lets_one_try_at_a_time_and_only_when_the_broker_answers() {
        let t = Instant::now();
        let mut breaker = Breaker::new(AFTER);
        breaker.failed(t, s(t, 15));
        assert_eq!(breaker.admit(), None);
        breaker.broker_answers();
        assert!(!breaker.refuses());
        assert_eq!(breaker.admit(), Some(Pass::Probe));
        assert_eq!(breaker.admit(), None);
        breaker.failed(s(t, 16), s(t, 17));
        assert_eq!(breaker.admit(), None, "a failed try waits for the next look-up");
        breaker.broker_answers();
        assert_eq!(breaker.admit(), Some(Pass::Probe));
        breaker.abandon();
        assert_eq!(breaker.admit(), Some(Pass::Probe), "a try without an outcome does not block the next");
        breaker.succeeded(s(t, 20));
        assert_eq!(breaker.admit(), Some(Pass::Usual));
    }

    #[test]
    fn late_failures_and_answers_do_not_disturb() {
        let t = Instant::now();
        let mut breaker = Breaker::new(AFTER);
        breaker.broker_answers();
        breaker.abandon();
        assert!(!breaker.is_open());
        breaker.failed(t, s(t, 15));
        breaker.failed(t, s(t, 16));
        assert!(breaker.refuses());
    }
}
