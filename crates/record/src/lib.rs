//! What gateway and sink agree on: the Kafka record.
//!
//! ```text
//! topic    wattledger.events.v1
//! key      tenant/station        from the connection, percent-decoded once, ASCII case-folded   (key.rs)
//! value    the TransactionEvent JSON exactly as received
//! headers  received_at, ocpp, message_id, …                                                     (headers.rs)
//! identity content hash of the JSON value                                                       (hash/)
//! ```
//!
//! Everything that the sink needs to be deterministic is in the record, so that reading it twice, or by two
//! processes, gives the same rows. A record without our headers (a foreign producer) is read with stated
//! defaults and flagged, never refused.
//!
//! **Version rule.** [`headers::CONTRACT_VERSION`] changes when an old sink would read a new record wrongly. A new
//! optional header does not change it: readers pass over names they do not know. A new hash algorithm gets a new
//! number ([`hash::ALGORITHM`]), because stored rows are compared by it.

pub mod decimal;
pub mod digits;
pub mod hash;
pub mod headers;
pub mod ids;
pub mod key;
pub mod partition;
pub mod time;
pub mod token;
pub mod topics;
pub mod version;

pub use decimal::Decimal6;
pub use hash::ContentHash;
pub use headers::Headers;
pub use key::StationKey;
pub use time::Micros;
pub use token::TokenKey;
pub use version::OcppVersion;
