//! What stands in `deploy/clickhouse`, on the real engine: migrations, views, questions.

mod database;
mod migrate;
mod questions;
mod views;
