//! Rows out: bodies of RowBinary, compressed once, sent with the same bytes and the same token until they are taken.
//!
//! ```text
//! range ─► Lane (one per table) ─► rate limit ─► Client::send ─► acknowledged
//!            │ coalesces what waits                 │ time-outs, errors by code
//!            └ splits what repeats its error        └ back-off without an attempt limit
//! ```
//!
//! Invariant: `put` returns `Ok` only after the server acknowledged the rows, and bytes that go with a token never
//! change.

pub(crate) mod classify;
mod client;
mod compress;
pub(crate) mod lane;
mod pace;
mod retry;

pub use classify::Class;
pub(crate) use client::Client;
pub use client::Failure;
pub(crate) use lane::{Lane, Lanes};
pub(crate) use retry::backoff;
