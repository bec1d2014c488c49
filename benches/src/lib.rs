//! What the benches share: sets of messages, contestants whose answers are checked, interleaved rounds on one core, medians,
//! and two figures that do not depend on the load of the machine: heap allocations and instructions.
//!
//! - [`decode`]: the benchmark of the decoder; [`rivals`]: who takes part in it; [`typed`]: the structs that rivals fill.
//! - [`query`]: the analysts' questions, on a world of its own and the real engine.
//! - [`sets`]: the messages. [`rounds`]: the clock. [`allocations`], [`callgrind`]: the counts.

#![cfg_attr(
    feature = "rivals",
    expect(
        clippy::print_stdout,
        clippy::expect_used,
        clippy::panic,
        reason = "a bench reports on standard output, and a wrong answer ends it"
    )
)]

#[cfg(feature = "rivals")]
pub mod allocations;
#[cfg(feature = "rivals")]
pub mod callgrind;
#[cfg(feature = "rivals")]
pub mod decode;
#[cfg(feature = "query")]
pub mod query;
#[cfg(feature = "rivals")]
pub mod rivals;
#[cfg(feature = "rivals")]
pub mod rounds;
pub mod sets;
#[cfg(feature = "rivals")]
pub mod typed;
