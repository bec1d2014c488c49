//! End-to-end tests: the real gateway and sink on a real Kafka broker and the real ClickHouse engine.
//!
//! One broker and one engine serve all tests; each test has topics, a database, a gateway and a sink of its own
//! (`harness::World`). Tests that kill the broker or the engine start their own. A part that was not fetched is a
//! failure that says so, never a skip.

#[cfg(test)]
mod account;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod order;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod tokens;
