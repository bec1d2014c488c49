//! Laws of the fold over generated charges: sets, not sequences, decide; rows place every content; faults of clocks
//! and counters change nothing that they should not.
//!
//! `PROPTEST_CASES` says how many cases each law is tried on.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that cannot be read, or a broken expectation, fails the test"
)]

#[path = "../fold/mod.rs"]
mod fold;
#[path = "../fold/place.rs"]
mod place;

mod bounds;
mod clocks;
mod generator;
mod rows;
mod sets;

use proptest::test_runner::Config;

/// Cases of an ordinary run.
const CASES: u32 = 200;

/// How often a law is tried.
fn config() -> Config {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config { failure_persistence: None, ..Config::default() };
    if told { config } else { Config { cases: CASES, ..config } }
}
