//! Interleaved rounds: in each, every contestant passes once over the set, so that a slow moment of the machine hits all of
//! them. What is quoted is a ratio of medians from one run. The clock is the thread's own: it stands while another process
//! has the core, which would else make long passes look worse than short ones.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wattledger_decoder::TransactionEvent;

use crate::sets::Set;

/// How a contestant read one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As we did, as far as it says anything.
    Same,
    /// Otherwise than we did.
    Different,
    /// Not at all.
    Refused,
}

/// What reads one message and compares.
pub type Judge = dyn FnMut(&[u8], &TransactionEvent<'_>) -> Answer;

/// One way to read messages.
pub struct Contestant {
    /// Name in the table.
    pub name: &'static str,
    /// Reads a whole set on one core, refused messages only up to where they are refused.
    pub pass: Box<dyn FnMut(&Set)>,
    /// Reads one message and compares what came out with our event.
    pub answer: Box<Judge>,
}

/// Median time of a pass of each contestant, in their order; each gets `rounds` passes after a warm-up.
pub fn medians(contestants: &mut [Contestant], set: &Set, rounds: usize) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    for contestant in contestants.iter_mut() {
        (contestant.pass)(set);
    }
    for _ in 0..rounds {
        for (contestant, times) in contestants.iter_mut().zip(&mut times) {
            let start = on_core();
            (contestant.pass)(set);
            times.push(on_core().saturating_sub(start));
        }
    }
    times.into_iter().map(median).collect()
}

/// How long this thread has been on a core.
fn on_core() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
