//! Traces a bill back: record version → events → Kafka coordinates → bytes, for whoever reads a kWh figure.
//!
//! ```text
//! question   what is asked                    read       asks ClickHouse, by key: the only part with I/O
//! story      what was read, as values
//! charges    [pure] each content at its place, with what is missing       window     which are shown of a long charge
//! registers  [pure] value, step and power along the events                sources    which readings a figure was made of
//! differ     [pure] what differs between two contents of one seqNo
//! figures, agree   [pure] the stored record beside the fold of the events stored now
//! why        [pure] why it may not be billed, what each guard said
//! report     the answer as values, as text, as JSON                       near       what is near one that is not there
//! ```
//!
//! Invariants: nothing is judged here that the assembling core or the views do not judge; where the stored record is not
//! what its events give, that is said and not hidden; what is read is bounded ([`limits`]).

pub mod agree;
pub mod charges;
mod differ;
mod error;
pub mod figures;
pub mod limits;
pub mod near;
mod question;
mod read;
pub mod registers;
pub mod report;
mod sources;
pub mod story;
pub mod wanted;
pub mod why;
mod window;

pub use error::{Error, Refusal};
pub use question::{Question, Subject, Which};
pub use read::{Answer, Bytes, bytes, explain};
pub use report::Report;
pub use uuid::Uuid as RecordId;
