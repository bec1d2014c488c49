//! What stands in `deploy/clickhouse`, on the real engine: migrations, views, questions.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test helper fails by panicking"
)]

mod account;
mod cdrs;
mod database;
mod energy;
#[path = "../../../assemble/tests/fold/mod.rs"]
mod fold;
mod migrate;
mod occupancy;
mod periods;
mod questions;
mod reconciliation;
mod schemas;
mod states;
mod status;
mod stored;
mod views;
mod vocabulary;
