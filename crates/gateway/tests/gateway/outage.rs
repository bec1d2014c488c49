//! Kafka away: nothing is acknowledged, everybody is told when to come back, and it recovers by itself.

use std::time::{Duration, Instant};

use crate::support::{CLEAN, Connection, Request, Rig, broker, config, eventually, topic};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_while_the_broker_is_down() {
    let broker = tokio::task::spawn_blocking(|| broker("outage")).await.unwrap();
    let name = topic(&broker.address(), &[]).await;
    let mut config = config(&broker.address(), &name);
    config.kafka.delivery_timeout_ms = 2_000;
    config.breaker.open_after_ms = 1_000;
    config.breaker.probe_ms = 100;
    let rig = Rig::with(config);
    rig.await_ready().await;
    let lines =
        |id: &str| format!("{{\"station\":\"a\",\"messageId\":\"{id}\",\"payload\":1}}\nbad\n").repeat(2);
    assert_eq!(rig.send(Request::batch(lines("before"))).await.status, 207);

    broker.process().kill();
    let (one, batch) =
        tokio::join!(rig.send(Request::one("a", CLEAN)), rig.send(Request::batch(lines("during"))));
    for response in [&one, &batch] {
        assert_eq!(response.problem(), (503, "unavailable".to_owned()));
        let wait: u64 = response.headers["retry-after"].parse().unwrap();
        assert!((5..=10).contains(&wait), "{wait}");
        assert_eq!(response.json()["durable"], false);
    }
    let invalid = "envelope_invalid";
    assert_eq!(batch.codes(), ["unavailable", invalid, "unavailable", invalid]);
    assert!(batch.json()["results"].as_array().unwrap().iter().all(|item| item["durable"] == false));

    // the breaker answers at once now, without taking anything
    let breaker = "wattledger_gateway_breaker_open";
    eventually("the breaker opens", async || (rig.metric(breaker).await > 0.5).then_some(())).await;
    let started = Instant::now();
    assert_eq!(rig.send(Request::one("a", CLEAN)).await.problem(), (503, "unavailable".to_owned()));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let queued = r#"wattledger_gateway_messages_total{outcome="closed"}"#;
    assert!(rig.metric(queued).await < 0.5, "it was turned away before its body was read");
    // neither probe blames the process for Kafka
    assert_eq!(rig.probe("/readyz").await.status, 200);
    assert_eq!(rig.probe("/livez").await.status, 200);

    let broker = tokio::task::spawn_blocking(|| broker.kill_and_restart().unwrap()).await.unwrap();
    let recovered = async || (rig.send(Request::batch(lines("after"))).await.status == 207).then_some(());
    eventually("it recovers by itself", recovered).await;
    assert!(rig.metric(breaker).await < 0.5);
    let mut ids: Vec<_> =
        rig.log().await.into_iter().filter_map(|r| r.headers.get("message_id").cloned()).collect();
    ids.sort();
    assert_eq!(ids.iter().filter(|id| *id == "before").count(), 2, "what was acknowledged is there");
    assert_eq!(ids.iter().filter(|id| *id == "after").count(), 2);
    rig.stop().await.unwrap();
    drop(broker);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_in_flight() {
    let rig = Rig::start(|config| config.kafka.linger_ms = 100).await;
    let whole = Request::one("a", CLEAN).bytes();
    let mut in_flight = Connection::open(rig.address).await;
    in_flight.write(&whole).await;
    let mut idle = Connection::open(rig.address).await;
    // the head of a request is under way: it will be answered, but not taken any more
    idle.write(&whole[..40]).await;
    let gauge = "wattledger_gateway_inflight_messages";
    eventually("it was handed over", async || (rig.metric(gauge).await > 0.5).then_some(())).await;
    let connections = "wattledger_gateway_connections";
    eventually("both are open", async || (rig.metric(connections).await > 1.5).then_some(())).await;
    rig.shutdown.cancel();
    assert_eq!(in_flight.response().await.status, 200);
    eventually("it is not ready", async || (rig.probe("/readyz").await.status == 503).then_some(())).await;
    idle.write(&whole[40..]).await;
    let response = idle.response().await;
    assert_eq!(response.problem(), (503, "draining".to_owned()));
    assert_eq!(rig.log().await.len(), 1);
    let address = rig.address;
    rig.stop().await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_answered_line_by_line() {
    // all lines are handed over before the first of them leaves
    let rig = Rig::start(|config| {
        config.kafka.queue_messages_max = 1_000;
        config.kafka.linger_ms = 100;
    })
    .await;
    let line = |n: usize| format!("{{\"station\":\"a\",\"messageId\":\"{n}\",\"payload\":{n}}}\n");
    let response = rig.send(Request::batch((0..3_000).map(line).collect::<String>())).await;
    assert_eq!(response.problem(), (503, "unavailable".to_owned()));
    let wait: u64 = response.headers["retry-after"].parse().unwrap();
    assert!((1..=2).contains(&wait), "a full queue passes quickly: {wait}");
    let codes = response.codes();
    assert_eq!(codes.len(), 3_000);
    let durable: Vec<_> = (0..3_000).filter(|n| codes[*n] == "accepted").map(|n| n.to_string()).collect();
    assert!(durable.len() >= 1_000 && durable.len() < 3_000, "{}", durable.len());
    let logged: Vec<_> =
        rig.log().await.into_iter().map(|record| record.headers["message_id"].clone()).collect();
    assert_eq!(logged, durable, "what is named durable is there, in order, and nothing else");
    rig.stop().await.unwrap();
}
