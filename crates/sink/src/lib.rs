//! Kafka in, ordered transactions, ClickHouse out.

pub mod assemble;
pub mod migrate;
