//! Every limit of the door: what is above it is answered, not taken, and not held.

use std::time::{Duration, Instant};

use wattledger_gateway::tenants::Reply;

use crate::support::{CLEAN, Connection, Request, Rig, eventually, gzip, token, zstd};

fn held(line: &str) -> String {
    format!("wattledger_gateway_{line}")
}

#[tokio::test(flavor = "multi_thread")]
async fn size_is_limited_by_payload_line_and_batch() {
    let rig = Rig::start(|config| {
        config.limits.payload_bytes_max = 2_000;
        config.limits.line_bytes_max = 3_000;
        config.limits.batch_bytes_max = 10_000;
        config.limits.batch_lines_max = 3;
    })
    .await;
    let too_large = |code: &str| (413, code.to_owned());
    assert_eq!(rig.send(Request::one("a", vec![b'x'; 2_000])).await.status, 200);
    assert_eq!(
        rig.send(Request::one("a", vec![b'x'; 2_001])).await.problem(),
        too_large("payload_too_large")
    );
    // without a stated length the limit is met on the way
    let chunked = format!("{:x}\r\n{}\r\n0\r\n\r\n", 2_001, "x".repeat(2_001));
    let request = Request::one("a", chunked).header("transfer-encoding", "chunked").without_length();
    assert_eq!(rig.send(request).await.problem(), too_large("payload_too_large"));

    let line = |n: usize| format!("{{\"station\":\"a\",\"payload\":\"{}\"}}\n", "x".repeat(n));
    let response = rig.send(Request::batch(line(10) + &line(2_500) + &line(3_000))).await;
    assert_eq!(response.codes(), ["accepted", "payload_too_large", "line_too_large"]);
    assert_eq!(rig.send(Request::batch(line(10).repeat(4))).await.problem(), too_large("batch_too_long"));
    assert_eq!(rig.send(Request::batch(vec![b' '; 10_001])).await.problem(), too_large("batch_too_large"));
    assert_eq!(rig.log().await.len(), 2);

    let counted = rig.metric(&held(r#"too_large_total{tenant="acme"}"#)).await;
    let bytes = rig.metric(&held(r#"too_large_bytes_total{tenant="acme"}"#)).await;
    assert!((counted - 5.0).abs() < 0.1, "{counted}");
    assert!((18_000.0..22_000.0).contains(&bytes), "{bytes}");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_at_the_door_passes_the_whole_way() {
    let rig = Rig::start(|_| {}).await;
    let mut seed = 1u32;
    // incompressible, so that the broker sees every byte
    let payload: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    })
    .take(8 << 20)
    .collect();
    assert_eq!(rig.send(Request::one("a", payload.clone())).await.status, 200);
    assert!(rig.log().await[0].value == payload);
    let response = rig.send(Request::one("a", vec![0; (8 << 20) + 1])).await;
    assert_eq!(response.problem(), (413, "payload_too_large".to_owned()));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn compression_bombs_and_broken_encodings_are_refused() {
    let rig = Rig::start(|_| {}).await;
    let bomb = vec![b' '; 64 << 20];
    for (encoding, body) in [("gzip", gzip(&bomb)), ("zstd", zstd(&bomb))] {
        let response = rig.send(Request::batch(body.clone()).header("content-encoding", encoding)).await;
        assert_eq!(response.problem(), (413, "batch_too_large".to_owned()), "{encoding}");
        let response = rig.send(Request::one("a", body).header("content-encoding", encoding)).await;
        assert_eq!(response.problem(), (413, "payload_too_large".to_owned()), "{encoding}");
        let response = rig.send(Request::one("a", CLEAN).header("content-encoding", encoding)).await;
        assert_eq!(response.problem(), (400, "encoding_invalid".to_owned()), "{encoding}");
    }
    let response = rig.send(Request::one("a", CLEAN).header("content-encoding", "br")).await;
    assert_eq!(response.problem(), (415, "encoding_unsupported".to_owned()));
    assert_eq!(response.headers["accept-encoding"], "gzip, zstd, identity");
    assert_eq!(rig.log().await.len(), 0);
    assert!(rig.metric(&held("inflight_bytes")).await < 0.5);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_over_its_rate_waits_and_others_do_not() {
    let rig = Rig::start(|config| {
        let acme = config.tenants.inline.get_mut("acme").unwrap();
        (acme.events_per_s, acme.burst_events) = (1, 3);
    })
    .await;
    let lines = "{\"station\":\"a\",\"payload\":1}\n".repeat(30);
    assert_eq!(rig.send(Request::batch(lines)).await.status, 200, "a batch above the burst is taken once");
    let response = rig.send(Request::one("a", CLEAN)).await;
    assert_eq!(response.problem(), (429, "rate_limited".to_owned()));
    let wait: u64 = response.headers["retry-after"].parse().unwrap();
    assert!((20..=60).contains(&wait), "27 s owed, up to twice that: {wait}");
    let response = rig.send(Request::one("a", CLEAN).bearer(&token("bravo"))).await;
    assert_eq!(response.status, 200);
    assert_eq!(rig.log().await.len(), 31);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stands_still_is_given_up() {
    let rig = Rig::start(|config| config.limits.body_timeout_s = 1).await;
    let whole = Request::one("a", CLEAN).bytes();
    let mut slow = Connection::open(rig.address).await;
    slow.write(&whole[..whole.len() - 1]).await;
    let started = Instant::now();
    assert_eq!(slow.response().await.problem(), (408, "body_timeout".to_owned()));
    assert!(started.elapsed() >= Duration::from_millis(900), "{:?}", started.elapsed());
    assert_eq!(rig.log().await.len(), 0);
    assert!(rig.metric(&held("inflight_bytes")).await < 0.5);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_closed() {
    let rig = Rig::start(|config| config.limits.header_timeout_s = 1).await;
    let connections = held("connections");
    let silent = Connection::open(rig.address).await;
    let mut dripping = Connection::open(rig.address).await;
    dripping.write(b"POST /v1/transaction-events HTTP/1.1\r\nx-a: ").await;
    eventually("both are open", async || (rig.metric(&connections).await > 1.5).then_some(())).await;
    eventually("both are closed", async || (rig.metric(&connections).await < 0.5).then_some(())).await;
    drop((silent, dripping));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_its_answers_loses_its_connection() {
    let rig = Rig::start(|config| {
        config.limits.connections_max = 1;
        config.limits.write_timeout_s = 1;
    })
    .await;
    let mut stalled = Connection::open(rig.address).await;
    // more bytes of answers than any socket buffer holds
    stalled.write(&b"GET /openapi.json HTTP/1.1\r\nhost: gateway\r\n\r\n".repeat(2_000)).await;
    let connections = held("connections");
    eventually("it is open", async || (rig.metric(&connections).await > 0.5).then_some(())).await;
    eventually("it is given up", async || (rig.metric(&connections).await < 0.5).then_some(())).await;
    assert_eq!(rig.send(Request::one("a", CLEAN)).await.status, 200, "its slot is free");
    drop(stalled);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_beyond_the_preview_budget_are_durable_without_a_preview() {
    let rig = Rig::start(|config| {
        config.limits.preview_bytes_max = 2_000;
        config.tenants.inline.get_mut("bravo").unwrap().reply = Reply::Strict;
    })
    .await;
    let line = |n: usize| format!("{{\"station\":\"a\",\"payload\":\"{}\"}}\n", "x".repeat(n));
    let body = line(1_500) + &line(1_500) + &line(300) + &line(1_500);
    let response = rig.send(Request::batch(body.clone())).await;
    assert_eq!(response.status, 200, "{response:?}");
    let json = response.json();
    let results = json["results"].as_array().unwrap();
    let previewed: Vec<_> = results.iter().map(|item| item.get("preview").is_some()).collect();
    assert_eq!(previewed, [true, false, true, false]);
    assert!(results.iter().all(|item| item["durable"] == true));

    // a strict tenant hears of violations as far as there is a verdict
    let response = rig.send(Request::batch(body).bearer(&token("bravo"))).await;
    let violation = "schema_violation";
    assert_eq!(response.codes(), [violation, "accepted", violation, "accepted"]);
    let response = rig.send(Request::one("a", "x".repeat(2_001)).bearer(&token("bravo"))).await;
    assert_eq!((response.status, response.json().get("preview")), (200, None));
    assert_eq!(rig.log().await.len(), 9);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_batch_is_read_whole() {
    let rig = Rig::start(|_| {}).await;
    let line = |n: usize| format!("{{\"station\":\"a\",\"payload\":\"{n:0>9000}\"}}\n");
    let response = rig.send(Request::batch((0..300).map(line).collect::<String>())).await;
    assert_eq!((response.status, response.codes().len()), (200, 300));
    assert_eq!(rig.log().await.len(), 300);
    assert!(rig.metric(&held("inflight_bytes")).await < 0.5);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_its_share_in_flight_leaves_room_for_others() {
    let rig = Rig::start(|config| {
        config.limits.payload_bytes_max = 4_096;
        config.limits.batch_bytes_max = 4_096;
        config.limits.in_flight_bytes_max = 40_000;
        config.limits.tenant_share_percent = 25;
    })
    .await;
    let whole = Request::one("a", vec![b'x'; 4_096]).bytes();
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::open(rig.address).await;
        connection.write(&whole[..whole.len() - 1]).await;
        slow.push(connection);
    }
    let in_flight = held("inflight_bytes");
    eventually("both are held", async || (rig.metric(&in_flight).await > 8_000.0).then_some(())).await;
    let more = Request::one("a", vec![b'x'; 4_096]);
    assert_eq!(rig.send(more.clone()).await.problem(), (503, "overloaded".to_owned()));
    assert_eq!(rig.send(more.clone().bearer(&token("bravo"))).await.status, 200);
    for mut connection in slow {
        connection.write(b"x").await;
        assert_eq!(connection.response().await.status, 200);
    }
    assert_eq!(rig.send(more).await.status, 200);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_in_flight_are_limited_over_all_requests() {
    let rig = Rig::start(|config| {
        config.limits.payload_bytes_max = 4_096;
        config.limits.batch_bytes_max = 4_096;
        config.limits.in_flight_bytes_max = 8_192;
    })
    .await;
    let whole = Request::one("a", vec![b'x'; 4_096]).bytes();
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::open(rig.address).await;
        connection.write(&whole[..whole.len() - 1]).await;
        slow.push(connection);
    }
    let in_flight = held("inflight_bytes");
    eventually("both are held", async || (rig.metric(&in_flight).await > 8_000.0).then_some(())).await;
    let response = rig.send(Request::one("a", CLEAN)).await;
    assert_eq!(response.problem(), (503, "overloaded".to_owned()));
    assert!(response.headers.contains_key("retry-after"));
    for mut connection in slow {
        connection.write(b"x").await;
        assert_eq!(connection.response().await.status, 200);
    }
    assert_eq!(rig.send(Request::one("a", CLEAN)).await.status, 200);
    assert!(rig.metric(&in_flight).await < 0.5);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_told_so() {
    let rig = Rig::start(|config| config.limits.connections_max = 2).await;
    let open = [Connection::open(rig.address).await, Connection::open(rig.address).await];
    let connections = held("connections");
    eventually("both are open", async || (rig.metric(&connections).await > 1.5).then_some(())).await;
    let refused = Connection::open(rig.address).await.response().await;
    assert_eq!(refused.problem(), (503, "too_many_connections".to_owned()));
    drop(open);
    eventually("both are closed", async || (rig.metric(&connections).await < 0.5).then_some(())).await;
    assert_eq!(rig.send(Request::one("a", CLEAN)).await.status, 200);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_is_counted_and_its_event_stays() {
    let rig = Rig::start(|config| config.kafka.linger_ms = 100).await;
    let mut connection = Connection::open(rig.address).await;
    connection.write(&Request::one("a", CLEAN).bytes()).await;
    let in_flight = held("inflight_messages");
    eventually("it was handed over", async || (rig.metric(&in_flight).await > 0.5).then_some(())).await;
    drop(connection);
    let cancelled = held("cancelled_messages_total");
    eventually("it was counted", async || (rig.metric(&cancelled).await > 0.5).then_some(())).await;
    assert_eq!(rig.log().await.len(), 1);
    rig.stop().await.unwrap();
}
