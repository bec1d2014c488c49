//! The catalogue: every metric of the gateway with kind, unit, labels and meaning.
//!
//! Labels come from closed lists; a client can never mint one. The one exception, `tenant`, is taken from the tenants
//! file, at most [`TENANTS_LABELLED`] of them, the others as `_other`. Every counter is registered at zero at start,
//! since a counter that is born at one never shows an increase. Histograms have buckets: a summary cannot be added
//! up over pods. Handles are kept; nothing on the data path looks a metric up by name.
//!
//! The recorder belongs to the gateway, not to the process, so that two gateways in one test do not share counts.
#![expect(clippy::disallowed_macros, reason = "this file is the catalogue that the lint points to")]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge};
use metrics::{describe_histogram, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use serde::Deserialize;
use wattledger_decoder::Outcome;

use crate::config::Config;
use crate::error::Refusal;
use crate::producer::Failure;

/// Tenants that have a label of their own.
const TENANTS_LABELLED: usize = 50;
/// Label of the rest; no tenant has it, since names hold no underscore.
const OTHER: &str = "_other";
/// An answer should take milliseconds and must not take 20 s.
const ACK_BUCKETS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0];
/// An event has 1 KiB, a long `Ended` some MiB.
const SIZE_BUCKETS: [f64; 8] =
    [256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 8_388_608.0];

const REQUESTS: &str = "wattledger_gateway_requests_total";
const MESSAGES: &str = "wattledger_gateway_messages_total";
const PREVIEWS: &str = "wattledger_gateway_previews_total";
const CANCELLED: &str = "wattledger_gateway_cancelled_messages_total";
const POSSIBLY_PERSISTED: &str = "wattledger_gateway_possibly_persisted_total";
const RECEIVED_BYTES: &str = "wattledger_gateway_received_bytes_total";
const MESSAGE_SIZE: &str = "wattledger_gateway_message_size_bytes";
const ACK_DURATION: &str = "wattledger_gateway_ack_duration_seconds";
const IN_FLIGHT_MESSAGES: &str = "wattledger_gateway_inflight_messages";
const IN_FLIGHT_BYTES: &str = "wattledger_gateway_inflight_bytes";
const IN_FLIGHT_LIMIT: &str = "wattledger_gateway_inflight_limit_bytes";
const CONNECTIONS: &str = "wattledger_gateway_connections";
const CONNECTIONS_LIMIT: &str = "wattledger_gateway_connections_limit";
const CONNECTIONS_OPENED: &str = "wattledger_gateway_connections_opened_total";
const RETRY_AFTER: &str = "wattledger_gateway_retry_after_total";
const BREAKER_OPEN: &str = "wattledger_gateway_breaker_open";
const PRODUCERS_REPLACED: &str = "wattledger_gateway_producers_replaced_total";
const DELIVERIES: &str = "wattledger_gateway_kafka_deliveries_total";
const QUEUE_MESSAGES: &str = "wattledger_gateway_kafka_queue_messages";
const QUEUE_BYTES: &str = "wattledger_gateway_kafka_queue_bytes";
const QUEUE_LIMIT_MESSAGES: &str = "wattledger_gateway_kafka_queue_limit_messages";
const QUEUE_LIMIT_BYTES: &str = "wattledger_gateway_kafka_queue_limit_bytes";
const BROKERS_UP: &str = "wattledger_gateway_kafka_brokers_up";
const RTT_P99: &str = "wattledger_gateway_kafka_rtt_p99_seconds";
const TENANTS_RELOADED: &str = "wattledger_gateway_tenants_reloads_total";
const TOO_LARGE: &str = "wattledger_gateway_too_large_total";
const TOO_LARGE_BYTES: &str = "wattledger_gateway_too_large_bytes_total";
const BUILD_INFO: &str = "wattledger_gateway_build_info";

/// HELP text of every counter.
const COUNTERS: [(&str, &str); 13] = [
    (REQUESTS, "answers, by code (`accepted`, `mixed` or the code of the problem)"),
    (MESSAGES, "events by what became of them; their sum is what came with an answer per event"),
    (PREVIEWS, "durable events by the decoder's preview"),
    (CANCELLED, "events whose client left before the answer; they are in messages_total too"),
    (POSSIBLY_PERSISTED, "events answered as not durable that the broker may have all the same"),
    (RECEIVED_BYTES, "bytes of payloads handed to the producer"),
    (CONNECTIONS_OPENED, "connections by outcome"),
    (RETRY_AFTER, "answers with a Retry-After"),
    (PRODUCERS_REPLACED, "producers replaced after a fatal error"),
    (TENANTS_RELOADED, "times the tenants file was read again"),
    (TOO_LARGE, "bodies, lines and payloads refused for their size"),
    (TOO_LARGE_BYTES, "size of what was refused for it, as far as known"),
    (DELIVERIES, "records by delivery result"),
];

/// HELP text of every gauge.
const GAUGES: [(&str, &str); 13] = [
    (IN_FLIGHT_MESSAGES, "events handed to the producer and not yet reported"),
    (IN_FLIGHT_BYTES, "bytes of bodies being received, inflated or delivered"),
    (IN_FLIGHT_LIMIT, "limit of inflight_bytes"),
    (CONNECTIONS, "open connections"),
    (CONNECTIONS_LIMIT, "limit of connections"),
    (BREAKER_OPEN, "1 while requests are refused because Kafka has been failing"),
    (QUEUE_MESSAGES, "records in the producer"),
    (QUEUE_BYTES, "bytes in the producer"),
    (QUEUE_LIMIT_MESSAGES, "limit of kafka_queue_messages"),
    (QUEUE_LIMIT_BYTES, "limit of kafka_queue_bytes"),
    (BROKERS_UP, "brokers with an open connection"),
    (RTT_P99, "slowest broker's 99th percentile of round trips in the last window"),
    (BUILD_INFO, "1, with the version as label"),
];

/// What became of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fate {
    /// Durable.
    Accepted,
    /// Not taken.
    Refused(Refusal),
    /// Taken, and not known to be durable.
    Undelivered(Failure),
}

impl Fate {
    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(refusal) => refusal.code(),
            Self::Undelivered(failure) => failure.as_str(),
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Accepted)
            .chain(Refusal::ALL.map(Self::Refused))
            .chain(Failure::ALL.map(Self::Undelivered))
    }
}

/// The recorder and every handle.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    handles: Handles,
    /// Count and bytes by tenant.
    too_large: RwLock<BTreeMap<String, (Counter, Counter)>>,
}

struct Handles {
    requests: HashMap<&'static str, Counter>,
    messages: HashMap<&'static str, Counter>,
    previews: HashMap<Outcome, Counter>,
    deliveries: HashMap<&'static str, Counter>,
    cancelled: Counter,
    possibly_persisted: Counter,
    received_bytes: Counter,
    message_size: Histogram,
    ack_ok: Histogram,
    ack_error: Histogram,
    in_flight_messages: Gauge,
    in_flight_bytes: Gauge,
    connections: Gauge,
    connections_accepted: Counter,
    connections_refused: Counter,
    retry_after: Counter,
    breaker_open: Gauge,
    producers_replaced: Counter,
    queue_messages: Gauge,
    queue_bytes: Gauge,
    brokers_up: Gauge,
    rtt_p99: Gauge,
    reloads_ok: Counter,
    reloads_failed: Counter,
}

/// The keys of librdkafka's statistics that are used.
#[derive(Deserialize)]
struct Statistics {
    msg_cnt: f64,
    msg_size: f64,
    #[serde(default)]
    brokers: HashMap<String, BrokerStatistics>,
}

#[derive(Deserialize)]
struct BrokerStatistics {
    nodeid: i64,
    state: String,
    rtt: Window,
}

/// In µs.
#[derive(Deserialize)]
struct Window {
    p99: f64,
}

/// Counts something that is open, until it is dropped.
pub(crate) struct Open {
    gauge: Gauge,
    amount: f64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.gauge.decrement(self.amount);
    }
}

impl Metrics {
    /// Registers everything.
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        let handles = with_local_recorder(&recorder, || {
            describe();
            constants(config);
            Handles::register()
        });
        Arc::new(Self { recorder, handle, handles, too_large: RwLock::default() })
    }

    /// All metrics in the text format of Prometheus.
    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// Gives each tenant its label; called again when the file changes.
    pub(crate) fn tenants<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut labelled = self.too_large.write().unwrap_or_else(PoisonError::into_inner);
        for name in std::iter::once(OTHER).chain(names) {
            if labelled.len() > TENANTS_LABELLED || labelled.contains_key(name) {
                continue;
            }
            let label = name.to_owned();
            let pair = with_local_recorder(&self.recorder, || {
                (
                    zero(counter!(TOO_LARGE, "tenant" => label.clone())),
                    zero(counter!(TOO_LARGE_BYTES, "tenant" => label)),
                )
            });
            labelled.insert(name.to_owned(), pair);
        }
    }

    /// Something of `bytes` (0: unknown) was refused for its size.
    pub(crate) fn too_large(&self, tenant: &str, bytes: u64) {
        let labelled = self.too_large.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, size)) = labelled.get(tenant).or_else(|| labelled.get(OTHER)) {
            count.increment(1);
            size.increment(bytes);
        }
    }

    /// A request was answered, with `accepted`, `mixed` or the code of a refusal.
    pub(crate) fn answered(&self, code: &str) {
        if let Some(counter) = self.handles.requests.get(code) {
            counter.increment(1);
        }
    }

    /// What became of `count` events.
    pub(crate) fn messages(&self, fate: Fate, count: u64) {
        if let Some(counter) = self.handles.messages.get(fate.label()) {
            counter.increment(count);
        }
    }

    /// What the decoder says about a durable event.
    pub(crate) fn previewed(&self, outcome: Outcome) {
        if let Some(counter) = self.handles.previews.get(&outcome) {
            counter.increment(1);
        }
    }

    /// One record was reported after `took`.
    pub(crate) fn reported(&self, result: Result<(), Failure>, took: Duration) {
        let (label, histogram) = match result {
            Ok(()) => ("ok", &self.handles.ack_ok),
            Err(failure) => (failure.as_str(), &self.handles.ack_error),
        };
        histogram.record(took.as_secs_f64());
        if let Some(counter) = self.handles.deliveries.get(label) {
            counter.increment(1);
        }
        if result.is_err_and(Failure::possibly_persisted) {
            self.handles.possibly_persisted.increment(1);
        }
    }

    /// Payload bytes handed to the producer.
    pub(crate) fn handed_over(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.handles.received_bytes.increment(u64::from(bytes));
        self.handles.message_size.record(f64::from(bytes));
    }

    /// Events whose client left before the answer.
    pub(crate) fn cancelled(&self, events: usize) {
        self.handles.cancelled.increment(u64::try_from(events).unwrap_or(u64::MAX));
    }

    /// Counts events in flight until the guard is dropped.
    pub(crate) fn in_flight(&self, events: usize) -> Open {
        let amount = f64::from(u32::try_from(events).unwrap_or(u32::MAX));
        self.handles.in_flight_messages.increment(amount);
        Open { gauge: self.handles.in_flight_messages.clone(), amount }
    }

    /// Bytes held of the limit.
    pub(crate) fn in_flight_bytes(&self, bytes: usize) {
        self.handles.in_flight_bytes.set(as_f64(bytes));
    }

    /// A connection was accepted; counted until the guard is dropped.
    pub(crate) fn connection(&self) -> Open {
        self.handles.connections_accepted.increment(1);
        self.handles.connections.increment(1.0);
        Open { gauge: self.handles.connections.clone(), amount: 1.0 }
    }

    /// A connection above the limit was turned away.
    pub(crate) fn connection_refused(&self) {
        self.handles.connections_refused.increment(1);
    }

    /// An answer carried a Retry-After.
    pub(crate) fn retry_after(&self) {
        self.handles.retry_after.increment(1);
    }

    /// State of the breaker.
    pub(crate) fn breaker_open(&self, open: bool) {
        self.handles.breaker_open.set(if open { 1.0 } else { 0.0 });
    }

    /// A producer was replaced.
    pub(crate) fn producer_replaced(&self) {
        self.handles.producers_replaced.increment(1);
    }

    /// The tenants file was read again.
    pub(crate) fn tenants_reloaded(&self, ok: bool) {
        let counter = if ok { &self.handles.reloads_ok } else { &self.handles.reloads_failed };
        counter.increment(1);
    }

    /// Takes what is used out of librdkafka's statistics; runs on its poll thread.
    pub(crate) fn kafka_statistics(&self, json: &[u8]) {
        let Ok(read) = serde_json::from_slice::<Statistics>(json) else { return };
        // bootstrap addresses have negative ids and are closed once the brokers are known
        let up = read.brokers.values().filter(|b| b.nodeid >= 0 && b.state == "UP");
        let (count, slowest) = up.fold((0.0, 0.0_f64), |(n, slow), b| (n + 1.0, slow.max(b.rtt.p99)));
        self.handles.queue_messages.set(read.msg_cnt);
        self.handles.queue_bytes.set(read.msg_size);
        self.handles.brokers_up.set(count);
        self.handles.rtt_p99.set(slowest / 1e6);
    }
}

impl Handles {
    fn register() -> Self {
        let ack = |outcome: &'static str| histogram!(ACK_DURATION, "outcome" => outcome);
        let connections = |outcome: &'static str| zero(counter!(CONNECTIONS_OPENED, "outcome" => outcome));
        let reloads = |outcome: &'static str| zero(counter!(TENANTS_RELOADED, "outcome" => outcome));
        Self {
            requests: labelled(
                REQUESTS,
                "code",
                ["accepted", "mixed", "schema_violation", "served"]
                    .into_iter()
                    .chain(Refusal::ALL.map(Refusal::code)),
            ),
            messages: labelled(MESSAGES, "outcome", Fate::all().map(Fate::label)),
            previews: [Outcome::Clean, Outcome::Flagged, Outcome::Quarantined]
                .map(|outcome| (outcome, zero(counter!(PREVIEWS, "outcome" => outcome.as_str()))))
                .into(),
            deliveries: labelled(
                DELIVERIES,
                "outcome",
                std::iter::once("ok").chain(Failure::ALL.map(Failure::as_str)),
            ),
            cancelled: zero(counter!(CANCELLED)),
            possibly_persisted: zero(counter!(POSSIBLY_PERSISTED)),
            received_bytes: zero(counter!(RECEIVED_BYTES)),
            message_size: histogram!(MESSAGE_SIZE),
            ack_ok: ack("ok"),
            ack_error: ack("error"),
            in_flight_messages: gauge!(IN_FLIGHT_MESSAGES),
            in_flight_bytes: gauge!(IN_FLIGHT_BYTES),
            connections: gauge!(CONNECTIONS),
            connections_accepted: connections("accepted"),
            connections_refused: connections("over_limit"),
            retry_after: zero(counter!(RETRY_AFTER)),
            breaker_open: gauge!(BREAKER_OPEN),
            producers_replaced: zero(counter!(PRODUCERS_REPLACED)),
            queue_messages: gauge!(QUEUE_MESSAGES),
            queue_bytes: gauge!(QUEUE_BYTES),
            brokers_up: gauge!(BROKERS_UP),
            rtt_p99: gauge!(RTT_P99),
            reloads_ok: reloads("ok"),
            reloads_failed: reloads("failed"),
        }
    }
}

/// A counter that shows 0 from the start.
fn zero(counter: Counter) -> Counter {
    counter.increment(0);
    counter
}

fn labelled(
    name: &'static str,
    label: &'static str,
    values: impl Iterator<Item = &'static str>,
) -> HashMap<&'static str, Counter> {
    values.map(|value| (value, zero(counter!(name, label => value)))).collect()
}

fn builder() -> PrometheusBuilder {
    let buckets = [(ACK_DURATION, &ACK_BUCKETS[..]), (MESSAGE_SIZE, &SIZE_BUCKETS[..])];
    buckets.into_iter().fold(PrometheusBuilder::new(), |builder, (name, bounds)| {
        // fails for an empty list alone; a test sees that no summary is rendered
        builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), bounds).unwrap_or_default()
    })
}

fn describe() {
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
    }
    for (name, help) in GAUGES {
        describe_gauge!(name, help);
    }
    describe_histogram!(
        ACK_DURATION,
        Unit::Seconds,
        "time from the hand-over of a record to its delivery report"
    );
    describe_histogram!(MESSAGE_SIZE, Unit::Bytes, "payload sizes");
}

fn constants(config: &Config) {
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(IN_FLIGHT_LIMIT).set(as_f64(config.limits.in_flight_bytes_max));
    gauge!(CONNECTIONS_LIMIT).set(as_f64(config.limits.connections_max));
    gauge!(QUEUE_LIMIT_MESSAGES).set(f64::from(config.kafka.queue_messages_max));
    gauge!(QUEUE_LIMIT_BYTES).set(f64::from(config.kafka.queue_kib_max) * 1024.0);
}

/// Sizes below 4 GiB, which all configured ones are.
fn as_f64(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_shows_zero_and_every_metric_has_help() {
        let metrics = Metrics::new(&Config::default());
        metrics.tenants(["acme"].into_iter());
        let text = metrics.render();
        for (name, _) in COUNTERS {
            assert!(text.lines().any(|l| l.starts_with(name) && l.ends_with(" 0")), "{name} in\n{text}");
        }
        let names: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("# TYPE ")).collect();
        for name in names {
            let name = name.split(' ').next().unwrap();
            assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
            assert!(name.starts_with("wattledger_gateway_"), "{name}");
        }
    }

    #[test]
    fn histograms_have_buckets() {
        let metrics = Metrics::new(&Config::default());
        metrics.reported(Ok(()), Duration::from_millis(7));
        metrics.handed_over(500);
        let text = metrics.render();
        assert!(!text.contains(" summary"), "{text}");
        assert!(text.contains(r#"_ack_duration_seconds_bucket{outcome="ok",le="0.01"} 1"#), "{text}");
        assert!(text.contains(r#"_message_size_bytes_bucket{le="1024"} 1"#), "{text}");
    }

    #[test]
    fn tenants_beyond_the_cap_share_a_label() {
        let metrics = Metrics::new(&Config::default());
        let names: Vec<_> = (0..TENANTS_LABELLED + 5).map(|n| format!("t{n}")).collect();
        metrics.tenants(names.iter().map(String::as_str));
        metrics.too_large("t0", 3);
        metrics.too_large("t54", 4);
        let text = metrics.render();
        assert!(text.contains(r#"_too_large_bytes_total{tenant="t0"} 3"#), "{text}");
        assert!(text.contains(r#"_too_large_bytes_total{tenant="_other"} 4"#), "{text}");
        assert_eq!(text.matches("_too_large_total{").count(), TENANTS_LABELLED + 1);
    }

    #[test]
    fn statistics_of_librdkafka_become_gauges() {
        let metrics = Metrics::new(&Config::default());
        metrics.kafka_statistics(
            br#"{"msg_cnt":3,"msg_size":40,"brokers":{
                "a/bootstrap":{"nodeid":-1,"state":"UP","rtt":{"p99":9}},
                "a/1":{"nodeid":1,"state":"UP","rtt":{"p99":2500}},
                "a/2":{"nodeid":2,"state":"DOWN","rtt":{"p99":0}}}}"#,
        );
        let text = metrics.render();
        for line in ["kafka_queue_messages 3", "kafka_queue_bytes 40", "kafka_brokers_up 1"] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        assert!(text.contains("kafka_rtt_p99_seconds 0.0025"), "{text}");
    }
}
