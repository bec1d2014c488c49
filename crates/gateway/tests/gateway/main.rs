//! The gateway against a real broker: what is sent over HTTP, what is answered, what lies in the log.
//!
//! One broker for all tests, a topic for each. It needs java and the Kafka jars in `.local/kafka-libs`; without them
//! the tests fail and say so.

#[cfg(test)]
mod support;

#[cfg(test)]
mod admin;
#[cfg(test)]
mod document;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod start;
