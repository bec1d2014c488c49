//! The local stack: what a person needs to try, develop and test wattledger on one machine without Docker.
//!
//! ```text
//! stack.rs      brings everything up in order, says where it is, brings it down
//!  ├ supervise.rs   restarts a child that dies, with a growing pause
//!  │  └ process.rs  one child process: it never outlives us, also when we are killed
//!  ├ broker.rs      a real Apache Kafka broker in KRaft mode, from jars
//!  ├ topics.rs      the topics of the record contract
//!  ├ probe.rs       is a part ready?
//!  ├ settings.rs    the gateway's and the sink's configuration for this stack
//!  └ engine/        the real ClickHouse engine as an HTTP server of its own
//! ```
//!
//! Everything listens on 127.0.0.1 only. It is for evaluation, development and tests: one broker, one replica, no
//! access control. Production is a Kafka cluster and a ClickHouse cluster.

pub mod broker;
pub mod ports;
pub mod probe;
pub mod process;
pub mod settings;
pub mod stack;
mod supervise;
pub mod topics;

pub mod engine;
