//! Tests a station's messages before it may bill: files of payloads, frames or whole logs in, a report for a ticket out.
//!
//! The path, file by file:
//!
//! ```text
//! source      inputs → chunks of whole lines, bounded
//! line        [pure] a line → a TransactionEvent and what stands around it, or what the line is instead
//! work        the decoder of the pipeline says what is wrong      tally   counts and first examples
//! store       events sorted by transaction, in memory or set aside
//! assemble    the core that the sink uses folds each transaction          charges   counts, first charges
//! report      the findings as values, as text, as JSON
//! ```
//!
//! Invariants: the report is the same whatever the number of workers; every line of an input is an event or counted by
//! kind; nothing is judged here that the decoder or the core does not judge; memory is bounded ([`limits`]).

mod assemble;
mod charges;
mod error;
pub mod limits;
mod line;
mod options;
mod position;
mod progress;
pub mod report;
mod run;
mod source;
mod store;
mod tally;
mod work;

pub use error::Error;
pub use options::{Level, Options, Shape, zone};
pub use position::Place;
pub use report::Report;
pub use run::check;
