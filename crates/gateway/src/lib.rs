//! The gateway's stretch of the path: HTTP in, Kafka out, an answer back.
//!
//! ```text
//! listen/accept.rs   connections under a limit, header deadline, drain
//! listen/http.rs     routes; who is it (tenants.rs), may it come in (admission.rs)
//! listen/body.rs     body under limits of size and time, gzip and zstd inflated
//! batch.rs           NDJSON lines -> envelopes, each with the exact bytes of its payload
//! intake.rs          envelopes -> records -> one outcome each; goes on when the client has left
//! publish.rs         into Kafka: bounded, acks=all, one result per record (producer.rs, breaker.rs, topic.rs)
//! preview.rs         what the sink will probably say about it
//! reply.rs           the only place where an outcome becomes an HTTP answer
//! ```
//!
//! Invariants:
//! - no 2xx names an event durable before the broker acknowledged its record (acks=all);
//! - a payload that is let in reaches Kafka byte for byte, whatever it holds;
//! - the tenant of a key comes from the token alone, so nobody writes under another tenant's key;
//! - every queue, body, batch and wait has a limit; overload is answered, not buffered.
//!
//! Not here: what an event means (decoder), its order and record (sink). Nothing is written to disk: a copy that is
//! acknowledged before the broker has it would die with this machine, and the client still holds the event.

mod admin;
mod admission;
mod batch;
mod breaker;
pub mod config;
mod error;
mod gateway;
mod intake;
mod listen;
mod metrics;
mod preview;
mod producer;
mod publish;
mod reply;
pub mod tenants;
mod topic;

pub use batch::{Offered, offered};
pub use config::Config;
pub use error::Error;
pub use gateway::{Gateway, run};
pub use reply::OPENAPI;
pub use topic::Unfit;
