//! Every knob of the sink once: default, bound, unit and why. [`Config::problems`] names all that is wrong at once.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use wattledger_record::token::KEY_BYTES_MIN;
use wattledger_record::topics;

/// The sink's configuration.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of `/livez`, `/readyz`, `/startupz` and `/metrics`.
    pub admin: SocketAddr,
    /// Key of the keyed token hashes (`id_token_…_ref`), at least 16 bytes. Changing it changes every reference.
    pub token_key: Secret,
    /// Longest time that open ranges are given to be written at shutdown, ms.
    pub shutdown_ms: u64,
    /// Where events come from.
    pub kafka: Kafka,
    /// Where rows go.
    pub clickhouse: ClickHouse,
    /// When a range is closed.
    pub batch: Batch,
    /// What may be held in memory.
    pub memory: Memory,
}

/// Kafka side.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kafka {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// Consumer group.
    pub group: String,
    /// Events topic.
    pub topic: String,
    /// Topic for what is part of no transaction.
    pub quarantine_topic: String,
    /// Static membership: a name that this process keeps over restarts, so that it gets its partitions back at once.
    pub instance: Option<String>,
    /// After this silence the group takes a process for dead, ms.
    pub session_timeout_ms: u64,
    /// Longest wait for the range in flight when partitions are taken away, ms; below half the session time-out.
    pub drain_ms: u64,
    /// Further librdkafka settings, e.g. for TLS and SASL; they win over the ones above.
    pub settings: std::collections::BTreeMap<String, String>,
}

/// ClickHouse side.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClickHouse {
    /// Base URL, e.g. `http://127.0.0.1:8123`.
    pub url: String,
    /// Database that holds the tables.
    pub database: String,
    /// User.
    pub user: String,
    /// Password.
    pub password: Secret,
    /// Time to connect, ms.
    pub connect_timeout_ms: u64,
    /// Time to hand the body to the server, ms.
    pub send_timeout_ms: u64,
    /// Time for a whole attempt, answer included, ms.
    pub total_timeout_ms: u64,
    /// Inserts per second over all tables and partitions of this process: each is a part that a merge has to pay for.
    pub inserts_per_second_max: u32,
    /// Keys of one look-up.
    pub lookup_keys_max: usize,
}

/// A range is closed by whichever comes first.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Batch {
    /// Records.
    pub rows_max: usize,
    /// Bytes of encoded rows.
    pub bytes_max: usize,
    /// Age of the oldest record, ms.
    pub linger_ms: u64,
}

/// Bounds on memory. At most about: 2 × `held_bytes_max` (records, and the rows made of them) + `fetch_bytes_max` +
/// `state_bytes_max`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// Records that are read and not yet written, all partitions, bytes.
    pub held_bytes_max: usize,
    /// The same for one partition, so that a stuck one does not starve the others, bytes.
    pub partition_bytes_max: usize,
    /// librdkafka's fetch queue, bytes.
    pub fetch_bytes_max: usize,
    /// Events of transactions kept to save look-ups, all partitions, bytes.
    pub state_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 9101)),
            token_key: Secret::default(),
            shutdown_ms: 20_000,
            kafka: Kafka::default(),
            clickhouse: ClickHouse::default(),
            batch: Batch::default(),
            memory: Memory::default(),
        }
    }
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".to_owned(),
            group: "wattledger-sink".to_owned(),
            topic: topics::EVENTS.to_owned(),
            quarantine_topic: topics::QUARANTINE.to_owned(),
            instance: None,
            session_timeout_ms: 45_000,
            drain_ms: 10_000,
            settings: std::collections::BTreeMap::new(),
        }
    }
}

impl Default for ClickHouse {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8123".to_owned(),
            database: "wattledger".to_owned(),
            user: "default".to_owned(),
            password: Secret::default(),
            connect_timeout_ms: 5_000,
            send_timeout_ms: 30_000,
            total_timeout_ms: 90_000,
            inserts_per_second_max: 8,
            lookup_keys_max: 5_000,
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self { rows_max: 50_000, bytes_max: 32 << 20, linger_ms: 500 }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            held_bytes_max: 128 << 20,
            partition_bytes_max: 32 << 20,
            fetch_bytes_max: 64 << 20,
            state_bytes_max: 128 << 20,
        }
    }
}

impl Config {
    /// Everything that is wrong with this configuration, a sentence each; empty if it can be run.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let checks = [
            (self.token_key.0.len() < KEY_BYTES_MIN, "token_key has to be at least 16 bytes long"),
            (self.kafka.brokers.trim().is_empty(), "kafka.brokers names no broker"),
            (self.kafka.group.is_empty(), "kafka.group is empty"),
            (self.kafka.topic.is_empty(), "kafka.topic is empty"),
            (self.kafka.quarantine_topic.is_empty(), "kafka.quarantine_topic is empty"),
            (
                !(6_000..=1_800_000).contains(&self.kafka.session_timeout_ms),
                "kafka.session_timeout_ms has to be within 6000 … 1800000",
            ),
            (
                self.kafka.drain_ms > self.kafka.session_timeout_ms / 2,
                "kafka.drain_ms has to be at most half of kafka.session_timeout_ms",
            ),
            (
                !self.clickhouse.url.starts_with("http://"),
                "clickhouse.url has to start with http:// (put a TLS proxy in between for https)",
            ),
            (self.clickhouse.database.is_empty(), "clickhouse.database is empty"),
            (self.clickhouse.connect_timeout_ms == 0, "clickhouse.connect_timeout_ms is 0"),
            (self.clickhouse.send_timeout_ms == 0, "clickhouse.send_timeout_ms is 0"),
            (
                self.clickhouse.total_timeout_ms < self.clickhouse.send_timeout_ms,
                "clickhouse.total_timeout_ms is below clickhouse.send_timeout_ms",
            ),
            (self.clickhouse.inserts_per_second_max == 0, "clickhouse.inserts_per_second_max is 0"),
            (
                !(1..=10_000).contains(&self.clickhouse.lookup_keys_max),
                "clickhouse.lookup_keys_max has to be within 1 … 10000",
            ),
            (!(1..=1_000_000).contains(&self.batch.rows_max), "batch.rows_max has to be within 1 … 1000000"),
            (
                !(1_024..=512 << 20).contains(&self.batch.bytes_max),
                "batch.bytes_max has to be within 1 KiB … 512 MiB",
            ),
            (!(1..=60_000).contains(&self.batch.linger_ms), "batch.linger_ms has to be within 1 … 60000"),
            (
                self.memory.partition_bytes_max > self.memory.held_bytes_max,
                "memory.partition_bytes_max is above memory.held_bytes_max",
            ),
            (
                self.memory.partition_bytes_max < topics::MESSAGE_BYTES_MAX,
                "memory.partition_bytes_max is below the largest message",
            ),
            (
                self.memory.fetch_bytes_max < topics::MESSAGE_BYTES_MAX,
                "memory.fetch_bytes_max is below the largest message",
            ),
        ];
        checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, text)| text.to_owned()).collect()
    }
}

impl ClickHouse {
    /// Time-outs as durations: connect, send, total.
    #[must_use]
    pub(crate) fn timeouts(&self) -> [Duration; 3] {
        [self.connect_timeout_ms, self.send_timeout_ms, self.total_timeout_ms].map(Duration::from_millis)
    }
}

/// Text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "(secret)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_lacks_only_its_secret() {
        assert_eq!(Config::default().problems(), ["token_key has to be at least 16 bytes long"]);
    }

    #[test]
    fn all_problems_are_told_at_once_and_unknown_keys_are_errors() {
        let mut config = Config { token_key: Secret("x".repeat(16)), ..Config::default() };
        config.batch.linger_ms = 0;
        config.clickhouse.url = "https://db".to_owned();
        config.kafka.drain_ms = 30_000;
        assert_eq!(config.problems().len(), 3);
        assert!(toml::from_str::<Config>("[kafka]\nbroker = \"x\"").is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = Config { token_key: Secret("0123456789abcdef".to_owned()), ..Config::default() };
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
        assert!(!serde_json::to_string(&config).unwrap().contains("0123456789abcdef"));
    }
}
