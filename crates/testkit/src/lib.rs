//! For tests and benches only: messages to decode, and a slow, obvious answer to compare with.
//!
//! - [`message`]: one TransactionEvent, built by name.
//! - [`corpus`]: many, made from a seed, in the dialects of several stations.
//! - [`json`]: a JSON value that keeps order, twins and digits, and its rewriting in other spellings.
//! - [`wild`]: messages with everything in them, and what can go wrong with them.
//! - [`schema`]: payloads made from a JSON schema, and changes that break it.
//! - [`mod@reference`]: the rules of decoding, applied to a tree by a table; shares no code with the decoder.
//!
//! It knows neither decoder nor sink, so an error in them cannot hide in it. Panics are fine here: a test fails.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "only tests and benches use it, and one that cannot go on has failed"
)]

pub mod corpus;
pub mod json;
pub mod message;
pub mod reference;
pub mod schema;
pub mod wild;
