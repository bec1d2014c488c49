//! The sink on a real broker and the real engine: what goes in by Kafka comes out by SQL.
//!
//! One broker and one engine serve all tests; each test has topics, a database and a group of its own. A part that was
//! not fetched is a failure that says so.

#[cfg(test)]
mod arrive;
#[cfg(test)]
mod look_up;
#[cfg(test)]
mod refuse;
#[cfg(test)]
mod survive;
#[cfg(test)]
mod world;
