//! Every knob of the gateway: default, bound, unit, and why. Text is parsed by serde, meaning is checked by
//! [`Config::problems`], which returns all problems at once.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use wattledger_record::topics;

use crate::tenants::{self, TenantConfig};

/// Room for key, headers and batch framing between the door and the topic's `max.message.bytes`.
pub const FRAMING_BYTES: usize = topics::MESSAGE_BYTES_MAX - topics::DOOR_BYTES_MAX;

/// The gateway's configuration.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address for feeders. Default `127.0.0.1:8080`, so that nothing is reachable that nobody opened.
    pub listen: SocketAddr,
    /// Address for probes and metrics; never in a public service. Default `127.0.0.1:9100`.
    pub admin: SocketAddr,
    /// One broker, one replica is enough (`min.insync.replicas` 1). Default `false`; for evaluation and tests only.
    pub local: bool,
    /// Id of this process in record headers, at most 64 printable ASCII characters. Default: the host's name.
    pub id: String,
    /// Where events go.
    pub kafka: Kafka,
    /// What is let in.
    pub limits: Limits,
    /// When the door closes because Kafka is away.
    pub breaker: Breaker,
    /// Who may come in.
    pub tenants: Tenants,
    /// How long requests in flight may take once the process is told to stop, in s, before the producer is flushed.
    /// Default 20 (the delivery time-out and 5 s for the answer), 0 to 600.
    pub drain_s: u64,
}

/// The producer.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    /// `host:port`, comma-separated. Default `127.0.0.1:9092`.
    pub brokers: String,
    /// Topic of raw events. Default [`topics::EVENTS`].
    pub topic: String,
    /// Partitions that the topic must have; 0: any. Set it, and a topic that was created with another count, or
    /// widened later, stops the start: identities would be in two partitions. Default 0.
    pub partitions: u32,
    /// How long one record may take to be acknowledged, in ms. Default 15,000: below the timer of stations (often
    /// 30 s), so that our answer ends the wait. 1,000 to 60,000.
    pub delivery_timeout_ms: u64,
    /// How long a record waits for company in a batch, in ms; the median answer takes that much longer. Default 5,
    /// 0 to 100.
    pub linger_ms: u64,
    /// Records waiting in the producer. Default 200,000, 1,000 to 2,000,000.
    pub queue_messages_max: u32,
    /// Bytes waiting in the producer, in KiB. Default 131,072 (128 MiB; the library's own 1 GiB would be killed by
    /// many pod limits). At least twice the door.
    pub queue_kib_max: u32,
    /// Settings passed to librdkafka as they are (security, tuning). What this program relies on is refused here.
    #[serde(serialize_with = "without_secrets")]
    pub librdkafka: BTreeMap<String, String>,
}

/// Limits of the door. Worst case of memory: [`Limits::in_flight_bytes_max`], base64 at three quarters of its line
/// on top, 8 MiB per inflating core, 16 KiB of headers per connection, and the producer's queue.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest payload of one event, inflated, in bytes. Default 8 MiB; the topic's `max.message.bytes` has to be
    /// this + 64 KiB. 1 KiB to 64 MiB.
    pub payload_bytes_max: usize,
    /// Largest batch body, inflated, in bytes. Default 16 MiB, 1 KiB to 256 MiB.
    pub batch_bytes_max: usize,
    /// Longest line of a batch, in bytes. Default 12 MiB: a payload at the door in base64, and its envelope.
    pub line_bytes_max: usize,
    /// Lines of a batch that are not blank. Default 10,000, 1 to 100,000.
    pub batch_lines_max: usize,
    /// Bytes of all bodies that are being received, inflated or delivered. Default 128 MiB; more is answered 503.
    pub in_flight_bytes_max: usize,
    /// Connections at a time; one more is told 503 and closed. Default 1,024, 1 to 100,000.
    pub connections_max: usize,
    /// Largest request head, in bytes. Default 16 KiB, 8 KiB to 1 MiB.
    pub header_bytes_max: usize,
    /// How long a request head may take, and how long a connection may idle, in s. Default 60: more than the idle
    /// time of feeders' connection pools. 1 to 600.
    pub header_timeout_s: u64,
    /// How long a whole body may take to arrive, in s. Default 30, 1 to 600.
    pub body_timeout_s: u64,
    /// How long a client may read nothing of its answer before its connection is closed, in s. Default 30, 1 to 600;
    /// on the admin port 10.
    pub write_timeout_s: u64,
    /// Bytes of payloads that are decoded for the previews of one request; events beyond are durable without a
    /// preview. Default 1 MiB (at worst about 0.2 s of one core), 0 (no previews) to 64 MiB.
    pub preview_bytes_max: usize,
    /// Share of `in_flight_bytes_max` that one tenant may hold, in percent; never less than its largest body takes.
    /// Default 50, 1 to 100.
    pub tenant_share_percent: u8,
}

/// When Kafka counts as down.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// How long deliveries may fail, without one success, before requests are refused at once, in ms. Default
    /// 10,000, 100 to 300,000.
    pub open_after_ms: u64,
    /// How often a closed door looks whether the broker is back, in ms. Default 1,000, 50 to 60,000.
    pub probe_ms: u64,
}

/// Where tenants are listed. The same name in both places is a problem.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tenants {
    /// TOML file with a table `[tenants.<name>]` each. Read again without a restart when it changes.
    pub file: Option<PathBuf>,
    /// How often the file is looked at, in s. Default 10; 0: never.
    pub reload_s: u64,
    /// Tenants given here, for the local stack and tests.
    pub inline: BTreeMap<String, TenantConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 9100)),
            local: false,
            id: host_name(),
            kafka: Kafka::default(),
            limits: Limits::default(),
            breaker: Breaker::default(),
            tenants: Tenants::default(),
            drain_s: 20,
        }
    }
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".to_owned(),
            topic: topics::EVENTS.to_owned(),
            partitions: 0,
            delivery_timeout_ms: 15_000,
            linger_ms: 5,
            queue_messages_max: 200_000,
            queue_kib_max: 131_072,
            librdkafka: BTreeMap::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes_max: topics::DOOR_BYTES_MAX,
            batch_bytes_max: 16 << 20,
            line_bytes_max: 12 << 20,
            batch_lines_max: 10_000,
            in_flight_bytes_max: 128 << 20,
            connections_max: 1_024,
            header_bytes_max: 16 << 10,
            header_timeout_s: 60,
            body_timeout_s: 30,
            write_timeout_s: 30,
            preview_bytes_max: 1 << 20,
            tenant_share_percent: 50,
        }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self { open_after_ms: 10_000, probe_ms: 1_000 }
    }
}

impl Default for Tenants {
    fn default() -> Self {
        Self { file: None, reload_s: 10, inline: BTreeMap::new() }
    }
}

impl Config {
    /// Everything that is wrong with the values, each as one sentence that names the key; empty if they are usable.
    /// The tenants file is read by the start, not here.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=64).contains(&self.id.len()) || !self.id.bytes().all(|b| b.is_ascii_graphic()) {
            problems.push("id: not 1 to 64 printable ASCII characters".to_owned());
        }
        within("drain_s", self.drain_s, 0, 600, &mut problems);
        within("breaker.open_after_ms", self.breaker.open_after_ms, 100, 300_000, &mut problems);
        within("breaker.probe_ms", self.breaker.probe_ms, 50, 60_000, &mut problems);
        self.kafka.problems(self.limits.payload_bytes_max, &mut problems);
        self.limits.problems(&mut problems);
        if self.tenants.file.is_none() && self.tenants.inline.is_empty() {
            problems
                .push("tenants: neither a file nor an inline tenant; nobody could send anything".to_owned());
        }
        if let Err(found) = tenants::Directory::build(&self.tenants.inline) {
            problems.extend(found.into_iter().map(|problem| format!("tenants.inline.{problem}")));
        }
        problems
    }
}

impl Kafka {
    fn problems(&self, door: usize, problems: &mut Vec<String>) {
        if self.brokers.trim().is_empty() {
            problems.push("kafka.brokers: empty".to_owned());
        }
        if self.topic.is_empty() {
            problems.push("kafka.topic: empty".to_owned());
        }
        within("kafka.delivery_timeout_ms", self.delivery_timeout_ms, 1_000, 60_000, problems);
        within("kafka.linger_ms", self.linger_ms, 0, 100, problems);
        within("kafka.queue_messages_max", self.queue_messages_max, 1_000, 2_000_000, problems);
        let least = u32::try_from(door >> 9).unwrap_or(u32::MAX).max(1_024);
        within("kafka.queue_kib_max", self.queue_kib_max, least, 2_097_151, problems);
        for name in self.librdkafka.keys().filter(|name| RELIED_ON.contains(&name.as_str())) {
            problems.push(format!(
                "kafka.librdkafka.{name}: delivery rests on this setting, it cannot be changed"
            ));
        }
    }
}

impl Limits {
    fn problems(&self, problems: &mut Vec<String>) {
        within("limits.payload_bytes_max", self.payload_bytes_max, 1 << 10, 64 << 20, problems);
        within("limits.batch_bytes_max", self.batch_bytes_max, 1 << 10, 256 << 20, problems);
        within("limits.line_bytes_max", self.line_bytes_max, 1 << 10, 256 << 20, problems);
        within("limits.batch_lines_max", self.batch_lines_max, 1, 100_000, problems);
        within("limits.connections_max", self.connections_max, 1, 100_000, problems);
        within("limits.header_bytes_max", self.header_bytes_max, 8 << 10, 1 << 20, problems);
        within("limits.header_timeout_s", self.header_timeout_s, 1, 600, problems);
        within("limits.body_timeout_s", self.body_timeout_s, 1, 600, problems);
        within("limits.write_timeout_s", self.write_timeout_s, 1, 600, problems);
        within("limits.preview_bytes_max", self.preview_bytes_max, 0, 64 << 20, problems);
        within("limits.tenant_share_percent", self.tenant_share_percent, 1, 100, problems);
        within("limits.in_flight_bytes_max", self.in_flight_bytes_max, self.one_body(), 1 << 32, problems);
    }

    /// Bytes that the largest body may hold: compressed and inflated side by side for a moment.
    fn one_body(&self) -> usize {
        self.batch_bytes_max.max(self.payload_bytes_max).saturating_mul(2)
    }

    /// Bytes in flight of one tenant.
    pub(crate) fn tenant_in_flight_bytes(&self) -> usize {
        let share = self.in_flight_bytes_max / 100 * usize::from(self.tenant_share_percent);
        share.max(self.one_body())
    }

    /// [`Self::write_timeout_s`].
    #[must_use]
    pub const fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_s)
    }

    /// [`Self::body_timeout_s`].
    #[must_use]
    pub const fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_s)
    }
}

/// librdkafka settings, and their aliases, that promises rest on or that have a knob of their own here.
const RELIED_ON: [&str; 20] = [
    "acks",
    "request.required.acks",
    "enable.idempotence",
    "max.in.flight.requests.per.connection",
    "max.in.flight",
    "retries",
    "message.send.max.retries",
    "transactional.id",
    "partitioner",
    "bootstrap.servers",
    "metadata.broker.list",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "linger.ms",
    "queue.buffering.max.ms",
    "queue.buffering.max.messages",
    "queue.buffering.max.kbytes",
    "message.max.bytes",
    "statistics.interval.ms",
    "client.id",
];

fn within<T: Copy + PartialOrd + std::fmt::Display>(
    key: &str,
    value: T,
    least: T,
    most: T,
    problems: &mut Vec<String>,
) {
    if value < least || value > most {
        problems.push(format!("{key}: {value} is not between {least} and {most}"));
    }
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(64).collect();
    if name.is_empty() { "gateway".to_owned() } else { name }
}

fn is_secret(name: &str) -> bool {
    ["password", "secret", "jaas", "key.pem", "token"].iter().any(|word| name.contains(word))
}

fn redacted(settings: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    settings.iter().map(|(k, v)| (k.as_str(), if is_secret(k) { "***" } else { v.as_str() })).collect()
}

fn without_secrets<S: Serializer>(settings: &BTreeMap<String, String>, s: S) -> Result<S::Ok, S::Error> {
    redacted(settings).serialize(s)
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("partitions", &self.partitions)
            .field("delivery_timeout_ms", &self.delivery_timeout_ms)
            .field("linger_ms", &self.linger_ms)
            .field("queue_messages_max", &self.queue_messages_max)
            .field("queue_kib_max", &self.queue_kib_max)
            .field("librdkafka", &redacted(&self.librdkafka))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_tenant() -> Config {
        let mut config = Config::default();
        let tenant = TenantConfig { token_sha256: vec![tenants::sha256_hex("t")], ..TenantConfig::default() };
        config.tenants.inline.insert("t".to_owned(), tenant);
        config
    }

    #[test]
    fn defaults_are_usable_but_for_the_missing_tenant() {
        assert_eq!(with_tenant().problems(), Vec::<String>::new());
        assert_eq!(Config::default().problems().len(), 1);
    }

    #[test]
    fn all_problems_come_at_once() {
        let mut config = with_tenant();
        config.id = "a b".to_owned();
        config.kafka.linger_ms = 101;
        config.limits.in_flight_bytes_max = 1;
        config.limits.write_timeout_s = 0;
        config.limits.tenant_share_percent = 101;
        config.kafka.librdkafka.insert("acks".to_owned(), "0".to_owned());
        config.tenants.inline.insert("Upper".to_owned(), TenantConfig::default());
        let problems = config.problems().join("\n");
        let keys = ["id:", "kafka.linger_ms", "limits.in_flight_bytes_max", "kafka.librdkafka.acks"];
        let more = ["limits.write_timeout_s", "limits.tenant_share_percent", "tenants.inline.Upper"];
        for key in keys.into_iter().chain(more) {
            assert!(problems.contains(key), "{key} is missing in\n{problems}");
        }
    }

    #[test]
    fn unknown_keys_are_errors() {
        let error = toml::from_str::<Config>("[limits]\nbody_bytes = 1\n").unwrap_err().to_string();
        assert!(error.contains("body_bytes"), "{error}");
    }

    #[test]
    fn secrets_are_printed_nowhere() {
        let mut config = with_tenant();
        config.kafka.librdkafka.insert("sasl.password".to_owned(), "hunter2".to_owned());
        let printed = format!("{config:?} {}", serde_json::to_string(&config).unwrap());
        assert!(!printed.contains("hunter2") && printed.contains("***"), "{printed}");
    }
}
