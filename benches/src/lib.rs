//! What the benches share: interleaved rounds on one core, medians, and a count of allocations.
//!
//! Rounds of the contestants alternate, so that a slow moment of the machine hits all of them; a quoted figure is a ratio
//! of medians from one run. Input: closures that do a whole pass over the corpus; output: seconds per pass.

pub mod allocations;
pub mod typed;

use std::time::{Duration, Instant};

/// One thing to time: a name, and a pass over the corpus that returns something the optimiser cannot drop.
pub struct Contestant<'a> {
    /// Name in the table.
    pub name: &'static str,
    /// One pass.
    pub pass: Box<dyn FnMut() -> usize + 'a>,
}

/// Median time of one pass of each contestant, in their order.
///
/// Each gets `rounds` rounds after one warm-up; a round lasts one pass.
pub fn medians(contestants: &mut [Contestant<'_>], rounds: usize) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    for contestant in contestants.iter_mut() {
        std::hint::black_box((contestant.pass)());
    }
    for _ in 0..rounds {
        for (contestant, times) in contestants.iter_mut().zip(&mut times) {
            let start = Instant::now();
            std::hint::black_box((contestant.pass)());
            times.push(start.elapsed());
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times.get(times.len() / 2).copied().unwrap_or_default()
        })
        .collect()
}
