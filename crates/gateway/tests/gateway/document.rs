//! The OpenAPI document against the real router, both ways: what is documented happens, what happens is documented.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wattledger_gateway::OPENAPI;
use wattledger_gateway::config::Config;
use wattledger_gateway::tenants::{Reply, TenantConfig};
use wattledger_local::ports;

use crate::support::{
    CLEAN, Connection, Request, Response, Rig, broker, config, eventually, tenant, token, topic,
};

const ONE: &str = "/v1/stations/{station}/transaction-events";
const BATCH: &str = "/v1/transaction-events";
const DOCUMENT: &str = "/openapi.json";

/// (path, status, code), the code empty where there is none; and codes of items as (path, status, "item:" code).
type Seen = BTreeSet<(String, u16, String)>;

fn documented() -> Seen {
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    let mut all = Seen::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let status: u16 = status.parse().unwrap();
                let schema = response["content"].as_object().unwrap().values().next().unwrap();
                let codes = schema["schema"]["allOf"][1]["properties"]["code"]["enum"].as_array();
                let codes = codes.map_or_else(|| vec![Value::from("")], Clone::clone);
                let items = response["x-item-codes"].as_array().cloned().unwrap_or_default();
                let text = |value: Value| value.as_str().unwrap().to_owned();
                all.extend(codes.into_iter().map(|code| (path.clone(), status, text(code))));
                all.extend(items.into_iter().map(|c| (path.clone(), status, format!("item:{}", text(c)))));
            }
        }
    }
    all
}

/// What the answers said.
#[derive(Default)]
struct Observed(Seen);

impl Observed {
    fn note(&mut self, path: &str, response: &Response) {
        let json = response.json();
        let code = json["code"].as_str().unwrap_or_default();
        self.0.insert((path.to_owned(), response.status, code.to_owned()));
        for item in json["results"].as_array().into_iter().flatten() {
            self.0.insert((
                path.to_owned(),
                response.status,
                format!("item:{}", item["code"].as_str().unwrap()),
            ));
        }
    }

    async fn send(&mut self, rig: &Rig, path: &str, request: Request) {
        self.note(path, &rig.send(request).await);
    }

    /// Sends what makes both doors answer alike.
    async fn both(&mut self, rig: &Rig, change: impl Fn(Request) -> Request) {
        self.send(rig, ONE, change(Request::one("CS-1", CLEAN))).await;
        self.send(rig, BATCH, change(Request::batch("{\"station\":\"CS-1\",\"payload\":1}"))).await;
    }
}

fn settings(config: &mut Config) {
    config.limits.payload_bytes_max = 4_096;
    config.limits.line_bytes_max = 6_000;
    config.limits.batch_bytes_max = 8_192;
    config.limits.in_flight_bytes_max = 16_384;
    config.limits.batch_lines_max = 8;
    config.limits.body_timeout_s = 2;
    config.kafka.delivery_timeout_ms = 1_000;
    config.breaker.open_after_ms = 300_000;
    let mut insert = |name: &str, change: fn(&mut TenantConfig)| {
        let mut entry = tenant(name);
        change(&mut entry);
        config.tenants.inline.insert(name.to_owned(), entry);
    };
    insert("gone", |t| t.suspended = true);
    insert("strict", |t| {
        t.reply = Reply::Strict;
        t.station_prefixes = vec!["cs-".to_owned()];
    });
    insert("slow", |t| (t.events_per_s, t.burst_events) = (1, 1));
}

/// A line of each kind that needs no outage; `strict` makes the second a violation.
fn every_line() -> String {
    let line =
        |station: &str, payload: &str| format!("{{\"station\":\"{station}\",\"payload\":{payload}}}\n");
    let long = |n: usize| format!("\"{}\"", "x".repeat(n));
    [line("cs-1", CLEAN), line("cs-1", "{}"), "bad\n".to_owned(), line("other", "1")].concat()
        + &line("cs-1", &long(4_100))
}

async fn refusals(observed: &mut Observed, rig: &Rig) {
    observed.both(rig, |request| request.bearer("wrong")).await;
    observed.both(rig, |request| request.bearer(&token("gone"))).await;
    observed.both(rig, |request| request.header("content-encoding", "br")).await;
    observed.both(rig, |request| request.header("content-encoding", "gzip")).await;
    // the first takes the whole rate
    for _ in 0..2 {
        observed.both(rig, |request| request.bearer(&token("slow"))).await;
    }
    let strict = |request: Request| request.bearer(&token("strict"));
    observed.send(rig, ONE, strict(Request::one("other", CLEAN))).await;
    observed.send(rig, ONE, strict(Request::one("cs-1", "{}"))).await;
    observed.send(rig, ONE, Request::one("a%2Fb", CLEAN)).await;
    observed.send(rig, ONE, Request::one("a", vec![0; 5_000])).await;
    observed.send(rig, BATCH, Request::batch(vec![b' '; 9_000])).await;
    observed.send(rig, BATCH, Request::batch("{}\n".repeat(9))).await;
    observed.send(rig, BATCH, strict(Request::batch(every_line()))).await;
    let long_line = format!("{{{}}}\n", " ".repeat(6_100));
    let accepted = "{\"station\":\"a\",\"payload\":1}";
    observed.send(rig, BATCH, Request::batch(format!("{long_line}{accepted}"))).await;
    observed.send(rig, BATCH, Request::batch(long_line)).await;
    let refused = every_line().lines().skip(2).collect::<Vec<_>>().join("\n");
    observed.send(rig, BATCH, strict(Request::batch(refused))).await;
    let xml = Request::new("POST", BATCH).bearer(&token("acme")).header("content-type", "text/xml");
    observed.send(rig, BATCH, xml).await;
    observed.send(rig, DOCUMENT, Request::new("GET", DOCUMENT)).await;
}

/// Bodies that end early, stand still, or stand in each other's way.
async fn bodies(observed: &mut Observed, rig: &Rig) {
    for (path, request) in
        [(ONE, Request::one("a", vec![b' '; 4_000])), (BATCH, Request::batch(vec![b' '; 8_000]))]
    {
        let whole = request.bytes();
        let part = &whole[..whole.len() - 1];
        let mut broken = Connection::open(rig.address).await;
        broken.write(part).await;
        broken.finish().await;
        observed.note(path, &broken.response().await);
        let mut slow = Vec::new();
        for _ in 0..5 {
            let mut connection = Connection::open(rig.address).await;
            connection.write(part).await;
            slow.push(connection);
        }
        for connection in slow {
            observed.note(path, &connection.response().await);
        }
    }
}

async fn full_house(observed: &mut Observed, brokers: &str) {
    let mut config = config(brokers, "any");
    config.limits.connections_max = 1;
    let rig = Rig::with(config);
    let guest = Connection::open(rig.address).await;
    let gauge = "wattledger_gateway_connections";
    eventually("the guest is in", async || (rig.metric(gauge).await > 0.5).then_some(())).await;
    for path in [ONE, BATCH, DOCUMENT] {
        observed.note(path, &Connection::open(rig.address).await.response().await);
    }
    drop(guest);
    rig.stop().await.unwrap();
}

async fn draining(observed: &mut Observed, rig: Rig) {
    let mut late = Vec::new();
    for (path, request) in [(ONE, Request::one("a", CLEAN)), (BATCH, Request::batch(""))] {
        let whole = request.bytes();
        let mut connection = Connection::open(rig.address).await;
        connection.write(&whole[..40]).await;
        late.push((path, connection, whole[40..].to_vec()));
    }
    let gauge = "wattledger_gateway_connections";
    eventually("both are in", async || (rig.metric(gauge).await > 1.5).then_some(())).await;
    rig.shutdown.cancel();
    eventually("it is stopping", async || (rig.probe("/readyz").await.status == 503).then_some(())).await;
    for (path, mut connection, rest) in late {
        connection.write(&rest).await;
        observed.note(path, &connection.response().await);
    }
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_documented_happens_and_everything_that_happens_is_documented() {
    let mut observed = Observed::default();
    let broker = tokio::task::spawn_blocking(|| broker("document")).await.unwrap();
    let name = topic(&broker.address(), &[]).await;
    let mut chosen = config(&broker.address(), &name);
    settings(&mut chosen);
    let rig = Rig::with(chosen);
    rig.await_ready().await;
    observed.both(&rig, |request| request).await;
    refusals(&mut observed, &rig).await;
    bodies(&mut observed, &rig).await;
    full_house(&mut observed, &format!("127.0.0.1:{}", ports::free().unwrap())).await;
    broker.process().kill();
    observed.both(&rig, |request| request).await;
    draining(&mut observed, rig).await;

    // a batch of which one part is durable and the other is not needs another gateway than this one:
    // `outage::a_full_queue_is_answered_line_by_line`; here its items are only those of an outage
    let in_outage = |(path, status, code): &(String, u16, String)| {
        path == BATCH && *status == 503 && code.starts_with("item:") && code != "item:unavailable"
    };
    let documented: Seen = documented().into_iter().filter(|one| !in_outage(one)).collect();
    let missing: Vec<_> = documented.difference(&observed.0).collect();
    let extra: Vec<_> = observed.0.difference(&documented).filter(|one| !in_outage(one)).collect();
    assert!(missing.is_empty(), "documented and never seen: {missing:#?}");
    assert!(extra.is_empty(), "seen and not documented: {extra:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_method_and_path_is_refused() {
    let rig = Rig::start(|_| {}).await;
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    let paths: BTreeMap<_, _> = document["paths"].as_object().unwrap().iter().collect();
    assert_eq!(paths.keys().map(|path| path.as_str()).collect::<Vec<_>>(), [DOCUMENT, ONE, BATCH]);
    for (path, operations) in paths {
        let url = path.replace("{station}", "CS-1");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if operations.get(method.to_lowercase()).is_some() {
                continue;
            }
            let response = rig.send(Request::new(method, &url)).await;
            assert_eq!(response.problem(), (405, "method_not_allowed".to_owned()), "{method} {path}");
            let allowed: Vec<_> = response.headers["allow"].split(',').map(str::trim).collect();
            assert!(
                operations.as_object().unwrap().keys().all(|m| allowed.contains(&m.to_uppercase().as_str()))
            );
        }
    }
    for path in ["/", "/v1", "/metrics", "/livez", "/v1/transaction-events/"] {
        let response = rig.send(Request::new("POST", path).bearer(&token("acme"))).await;
        assert_eq!(response.problem(), (404, "not_found".to_owned()), "{path}");
    }
    rig.stop().await.unwrap();
}

#[test]
fn the_document_is_whole() {
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
