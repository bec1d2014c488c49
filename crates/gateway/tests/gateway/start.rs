//! What stops the start, and what does not.

use std::time::Duration;

use wattledger_gateway::config::Config;
use wattledger_gateway::tenants::sha256_hex;
use wattledger_gateway::{Error, Gateway, Unfit};
use wattledger_local::ports;
use wattledger_record::topics::MESSAGE_BYTES_MAX;

use crate::support::{CLEAN, Request, Rig, brokers, config, eventually, tenant, token, topic};

async fn unfit(settings: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Unfit {
    let brokers = brokers().await;
    let mut config = config(&brokers, &topic(&brokers, settings).await);
    change(&mut config);
    match Rig::with(config).ended().await {
        Err(Error::Topic(unfit)) => unfit,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_promises_cannot_rest_on_stops_the_start() {
    let small = (MESSAGE_BYTES_MAX - 1).to_string();
    let found = unfit(&[("max.message.bytes", &small)], |_| {}).await;
    assert!(matches!(found, Unfit::MessageBytes { wanted: MESSAGE_BYTES_MAX, .. }), "{found}");
    let found = unfit(&[], |config| config.local = false).await;
    assert!(matches!(found, Unfit::InsyncReplicas { wanted: 2, .. }), "{found}");
    let found = unfit(&[], |config| config.kafka.partitions = 24).await;
    assert!(matches!(found, Unfit::Partitions { wanted: 24, found: 3, .. }), "{found}");
    let found = unfit(&[], |config| config.kafka.topic = "not-there".to_owned()).await;
    assert_eq!(found, Unfit::Missing("not-there".to_owned()));
    assert!(found.to_string().contains("not-there does not exist"), "{found}");
    // looking did not create it
    let found = unfit(&[], |config| config.kafka.topic = "not-there".to_owned()).await;
    assert_eq!(found, Unfit::Missing("not-there".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_waited_for() {
    let mut config = config(&format!("127.0.0.1:{}", ports::free().unwrap()), "t");
    config.breaker.probe_ms = 100;
    let rig = Rig::with(config);
    eventually("it started", async || (rig.probe("/startupz").await.status == 200).then_some(())).await;
    let readiness = rig.probe("/readyz").await;
    assert_eq!((readiness.status, &readiness.json()["topic_seen"]), (503, &false.into()));
    assert_eq!(rig.probe("/livez").await.status, 200);
    for request in [Request::one("a", CLEAN), Request::batch("{}")] {
        assert_eq!(rig.send(request).await.problem(), (503, "unavailable".to_owned()));
    }
    rig.stop().await.unwrap();
}

#[test]
fn a_bad_configuration_and_a_taken_address_are_said() {
    let mut bad = config("", "");
    bad.limits.connections_max = 0;
    match Gateway::bind(bad).err() {
        Some(Error::Configuration(problems)) => assert_eq!(problems.len(), 3, "{problems:?}"),
        other => panic!("{other:?}"),
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut second = config("127.0.0.1:1", "t");
    second.listen = taken.local_addr().unwrap();
    let error = Gateway::bind(second).err().unwrap();
    assert_eq!(
        (error.code(), error.to_string()),
        ("listen_failed", format!("cannot listen on {}", taken.local_addr().unwrap()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_rotated_without_a_restart() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("tenants-{}.toml", std::process::id()));
    let write = |tokens: &[&str]| {
        let hashes: Vec<_> = tokens.iter().map(|token| format!("\"{}\"", sha256_hex(token))).collect();
        std::fs::write(&file, format!("[tenants.filed]\ntoken_sha256 = [{}]\n", hashes.join(", "))).unwrap();
    };
    write(&["old-token"]);
    let rig = Rig::start(|config| {
        config.tenants.file = Some(file.clone());
        config.tenants.reload_s = 1;
    })
    .await;
    let status = async |token: &str| rig.send(Request::one("a", CLEAN).bearer(token)).await.status;
    assert_eq!((status("old-token").await, status("new-token").await), (200, 401));
    write(&["old-token", "new-token"]);
    eventually("the new token works", async || (status("new-token").await == 200).then_some(())).await;
    assert_eq!(status("old-token").await, 200);
    // a file that cannot be used changes nothing
    std::fs::write(&file, "[tenants.filed]\ntoken_sha256 = [\"short\"]\n").unwrap();
    let failed = r#"wattledger_gateway_tenants_reloads_total{outcome="failed"}"#;
    eventually("it was tried", async || (rig.metric(failed).await > 0.5).then_some(())).await;
    assert_eq!((status("new-token").await, status(&token("acme")).await), (200, 200));
    write(&["new-token"]);
    eventually("the old token is gone", async || (status("old-token").await == 401).then_some(())).await;
    rig.stop().await.unwrap();
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_tenant_in_both_places_is_refused() {
    let file =
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("twice-{}.toml", std::process::id()));
    std::fs::write(&file, "[tenants.acme]\n").unwrap();
    let mut config = config("127.0.0.1:1", "t");
    config.tenants.inline.insert("acme".to_owned(), tenant("acme"));
    config.tenants.file = Some(file.clone());
    config.drain_s = Duration::from_secs(1).as_secs();
    let error = Gateway::bind(config).err().unwrap();
    assert_eq!(error.code(), "tenants_unreadable");
    std::fs::remove_file(&file).unwrap();
}
