//! A fleet of simulated stations with faults: load generator, traffic of the demo, input and oracle of the tests.
//!
//! The path of one simulated event, in module order: a [`script`] says what happened at a charge; a fault bends how it
//! is told; a dialect writes it as one firmware would; it is sent over HTTP until the gateway acknowledges it; the
//! [`ledger`] keeps what was acknowledged beside the truth; [`mod@verify`] compares ledger and SQL.
//!
//! Invariants: the same [`Plan`] gives the same bytes in the same order per station. The truth is written down by the
//! script that invented the charge, never read back from a payload, and this crate knows neither decoder, record nor
//! sink, so that an error of theirs cannot excuse itself. Only faults whose outcome the rules of the record decide
//! without doubt are told.

mod config;
mod dialect;
mod draft;
mod error;
pub mod fault;
mod http;
mod json;
pub mod ledger;
mod number;
mod report;
pub mod script;
mod send;
pub mod stream;
mod time;
pub mod truth;
pub mod verify;

pub use config::{Plan, RunConfig};
pub use dialect::Dialect;
pub use error::Error;
pub use fault::{Fault, Faults};
pub use report::{Pick, Progress, Report};
pub use send::run;
pub use verify::{Verdict, VerifyConfig, verify};
