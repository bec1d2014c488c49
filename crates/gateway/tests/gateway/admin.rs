//! The admin port.

use crate::support::{CLEAN, Request, Rig};

#[tokio::test(flavor = "multi_thread")]
async fn probes_answer_and_metrics_add_up() {
    let rig = Rig::start(|_| {}).await;
    for path in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(rig.probe(path).await.status, 200, "{path}");
    }
    assert_eq!(rig.send(Request::one("CS-1", CLEAN)).await.status, 200);
    let body =
        format!("{{\"station\":\"CS-1\",\"payload\":{CLEAN}}}\nbad\n{{\"station\":\"CS-2\",\"payload\":7}}");
    assert_eq!(rig.send(Request::batch(body)).await.status, 207);
    let whole = |value: f64| format!("{value:.0}");
    for (line, value) in [
        (r#"messages_total{outcome="accepted"}"#, "3"),
        (r#"messages_total{outcome="envelope_invalid"}"#, "1"),
        (r#"requests_total{code="accepted"}"#, "1"),
        (r#"requests_total{code="mixed"}"#, "1"),
        (r#"previews_total{outcome="clean"}"#, "2"),
        (r#"previews_total{outcome="quarantined"}"#, "1"),
        (r#"kafka_deliveries_total{outcome="ok"}"#, "3"),
        (r#"ack_duration_seconds_count{outcome="ok"}"#, "3"),
        ("message_size_bytes_count", "3"),
        ("inflight_messages", "0"),
        ("inflight_bytes", "0"),
        ("possibly_persisted_total", "0"),
    ] {
        assert_eq!(whole(rig.metric(&format!("wattledger_gateway_{line}")).await), value, "{line}");
    }
    let text = rig.probe("/metrics").await.text();
    assert!(!text.contains("summary"), "{text}");
    assert!(!text.contains("CS-1") && !text.contains("cs-1"), "a station is never a label");
    rig.stop().await.unwrap();
}
