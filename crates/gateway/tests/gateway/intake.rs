//! What comes in is what lies in the log, under whose key, with which answer.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wattledger_gateway::tenants::{Reply, StationConfig, TenantConfig, sha256_hex};
use wattledger_record::{StationKey, partition};

use crate::support::{CLEAN, Request, Rig, gzip, tenant, token, zstd};

/// JSON with white space, spellings and members that no serialiser would give back.
const ODD: &str = "{ \"eventType\" :\t\"Updated\" ,\r \"seqNo\": 1.0e0, \"x\":\"\\u00e9\\/\", \"x\": -0,\"big\":123456789012345678901234567890 }";

#[tokio::test(flavor = "multi_thread")]
async fn single_payloads_reach_the_log_byte_for_byte() {
    let rig = Rig::start(|_| {}).await;
    let payloads: [&[u8]; 6] =
        [CLEAN.as_bytes(), b" {\n \"seqNo\" : 1 }\r\n\n", b"not json", b"\x00\xff\xfe", b"", ODD.as_bytes()];
    for payload in payloads {
        let response = rig.send(Request::one("CS-1", payload)).await;
        assert_eq!((response.status, &response.json()["code"]), (200, &"accepted".into()));
    }
    for (encoding, body) in [("gzip", gzip(ODD.as_bytes())), ("zstd", zstd(ODD.as_bytes()))] {
        let response = rig.send(Request::one("CS-1", body).header("content-encoding", encoding)).await;
        assert_eq!(response.status, 200, "{response:?}");
    }
    let values: Vec<_> = rig.log().await.into_iter().map(|record| record.value).collect();
    let expected: Vec<_> = payloads.into_iter().chain([ODD.as_bytes(), ODD.as_bytes()]).collect();
    assert_eq!(values, expected);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_keeps_bytes_and_order_and_takes_the_good_lines() {
    let rig = Rig::start(|_| {}).await;
    let odd_bytes = b"\x00\x01 {\"no\n\n json";
    let body = format!(
        "{{\"payload\": {ODD} , \"station\":\"CS-1\"}}\r\n\n   \nno envelope\n\
         {{\"station\":\"CS-1\",\"payloadBase64\":\"{}\"}}\n{{\"station\":\"a/b\",\"payload\":1}}\n\
         {{\"station\":\"CS-1\",\"payload\":{CLEAN}}}\n{{\"station\":\"CS-1\"}}",
        STANDARD.encode(odd_bytes)
    );
    let response = rig.send(Request::batch(body.clone())).await;
    assert_eq!(response.status, 207);
    let invalid = "envelope_invalid";
    assert_eq!(response.codes(), ["accepted", invalid, "accepted", invalid, "accepted", invalid]);
    let json = response.json();
    let results = json["results"].as_array().unwrap();
    let lines: Vec<_> = results.iter().map(|item| item["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 4, 5, 6, 7, 8]);
    assert!(results.iter().all(|item| item["durable"] == (item["code"] == "accepted")));
    let values: Vec<_> = rig.log().await.into_iter().map(|record| record.value).collect();
    assert_eq!(values, [ODD.as_bytes(), odd_bytes, CLEAN.as_bytes()]);

    for (encoding, body) in [("gzip", gzip(body.as_bytes())), ("zstd", zstd(body.as_bytes()))] {
        let response = rig.send(Request::batch(body).header("content-encoding", encoding)).await;
        assert_eq!(response.status, 207, "{response:?}");
    }
    assert_eq!(rig.log().await.len(), 9);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_batch_is_answered_line_by_line_in_order() {
    let rig = Rig::start(|_| {}).await;
    let line = |n: usize| match n % 7 {
        3 => "{}\n".to_owned(),
        _ => format!(
            "{{\"station\":\"CS-{}\",\"messageId\":\"m{n}\",\"payload\":{{\"seqNo\":{n}}}}}\n",
            n % 50
        ),
    };
    let response = rig.send(Request::batch((0..3_000).map(line).collect::<String>())).await;
    let codes = response.codes();
    assert_eq!(codes.len(), 3_000);
    for (n, code) in codes.iter().enumerate() {
        assert_eq!(code, if n % 7 == 3 { "envelope_invalid" } else { "accepted" }, "line {n}");
    }
    let log = rig.log().await;
    let ids: BTreeSet<_> = log.iter().map(|record| record.headers["message_id"].clone()).collect();
    assert_eq!(ids, (0..3_000).filter(|n| n % 7 != 3).map(|n| format!("m{n}")).collect());
    for record in &log {
        assert_eq!(record.partition, partition::of_key(record.key.as_bytes(), 3), "{record:?}");
    }
    assert_eq!(log.iter().map(|r| &r.headers["received_at"]).collect::<BTreeSet<_>>().len(), 1);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stations_are_percent_decoded_once_and_folded() {
    let rig = Rig::start(|_| {}).await;
    for (path, key, spelled) in [
        ("CS-1", "acme/cs-1", Some("CS-1")),
        ("cs-1", "acme/cs-1", None),
        ("RDAM%7CA%20b", "acme/rdam|a b", Some("RDAM|A b")),
        ("%C3%84%2B+", "acme/Ä++", None),
        ("a%252Fb", "acme/a%2fb", Some("a%2Fb")),
    ] {
        let response = rig.send(Request::one(path, CLEAN)).await;
        assert_eq!(response.status, 200, "{path}: {response:?}");
        // one partition may be read before another: find it by its key and spelling
        let log = rig.log().await;
        let found =
            log.iter().any(|r| r.key == key && r.headers.get("station").map(String::as_str) == spelled);
        assert!(found, "{path} in {log:?}");
    }
    let taken = rig.log().await.len();
    for path in ["", "a%2Fb", "a%3Ab", "%00", "%FF", &"x".repeat(49)] {
        let response = rig.send(Request::one(path, CLEAN)).await;
        assert_eq!(response.problem(), (400, "station_invalid".to_owned()), "{path}");
    }
    assert_eq!(rig.log().await.len(), taken);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_writes_under_its_own_key_alone() {
    let rig = Rig::start(|config| {
        let limited = TenantConfig { station_prefixes: vec!["RDAM-".to_owned()], ..tenant("limited") };
        config.tenants.inline.insert("limited".to_owned(), limited);
        let suspended = TenantConfig { suspended: true, ..tenant("gone") };
        config.tenants.inline.insert("gone".to_owned(), suspended);
    })
    .await;
    let with = |name: &str, station: &str| Request::one(station, CLEAN).bearer(&token(name));
    assert_eq!(rig.send(with("acme", "CS-1")).await.status, 200);
    assert_eq!(rig.send(with("bravo", "CS-1")).await.status, 200);
    // a station that spells another tenant's key stays below the own one, or is none
    assert_eq!(rig.send(with("bravo", "acme%2Fcs-1")).await.problem().1, "station_invalid");
    let line = r#"{"station":"acme/cs-1","tenant":"acme","payload":1}"#;
    assert_eq!(rig.send(Request::batch(line).bearer(&token("bravo"))).await.codes(), ["envelope_invalid"]);
    assert_eq!(rig.send(with("limited", "rdam-7")).await.status, 200);
    assert_eq!(rig.send(with("limited", "CS-1")).await.problem(), (403, "station_forbidden".to_owned()));
    let lines = "{\"station\":\"CS-1\",\"payload\":1}\n{\"station\":\"RDAM-7\",\"payload\":2}";
    let response = rig.send(Request::batch(lines).bearer(&token("limited"))).await;
    assert_eq!(
        (response.status, response.codes()),
        (207, vec!["station_forbidden".into(), "accepted".into()])
    );
    assert_eq!(rig.send(with("gone", "CS-1")).await.problem(), (403, "tenant_suspended".to_owned()));
    let mut keys: Vec<_> = rig.log().await.into_iter().map(|record| record.key).collect();
    keys.sort();
    assert_eq!(keys, ["acme/cs-1", "bravo/cs-1", "limited/rdam-7", "limited/rdam-7"]);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_known_token_comes_in() {
    let rig = Rig::start(|config| {
        let second = sha256_hex("the-next-one-0123456789abcdef");
        config.tenants.inline.get_mut("acme").unwrap().token_sha256.push(second);
    })
    .await;
    let path = "/v1/stations/CS-1/transaction-events";
    let bare = || Request::new("POST", path).body(CLEAN);
    let hash = sha256_hex(&token("acme"));
    let refused = [
        bare(),
        bare().bearer("wrong"),
        bare().bearer(""),
        // the digest at rest is no token
        bare().bearer(&hash),
        bare().header("authorization", &format!("Basic {}", token("acme"))),
        bare().header("authorization", &token("acme")),
        bare().bearer(&token("acme")).header("authorization", "Bearer other"),
    ];
    for request in refused {
        let response = rig.send(request).await;
        assert_eq!(response.problem(), (401, "unauthorized".to_owned()));
        assert_eq!(response.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(rig.log().await.len(), 0);
    assert_eq!(rig.send(bare().bearer(&token("acme"))).await.status, 200);
    assert_eq!(rig.send(bare().bearer("the-next-one-0123456789abcdef")).await.status, 200);
    let lower = bare().header("authorization", &format!("bearer {}", token("acme")));
    assert_eq!(rig.send(lower).await.status, 200);
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_carry_what_the_sink_needs() {
    let rig = Rig::start(|config| {
        let acme = config.tenants.inline.get_mut("acme").unwrap();
        (acme.strict, acme.backfill, acme.zone) = (true, true, Some("+02:00".to_owned()));
        let own = StationConfig { strict: Some(false), zone: Some("-03:30".to_owned()) };
        acme.stations.insert("CS-2".to_owned(), own);
    })
    .await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::one("CS-1", CLEAN)
        .header("x-ocpp-version", "2.1")
        .header("x-message-id", "m-1")
        .header("x-received-at", "2026-01-01T00:00:00Z")
        .header("traceparent", trace);
    assert_eq!(rig.send(request).await.status, 200);
    let line = r#"{"station":"cs-2","ocppVersion":"1.6","payload":{}}"#;
    let response = rig.send(Request::batch(line).header("traceparent", "nonsense")).await;
    assert_eq!(response.json()["results"][0]["ignored"], serde_json::json!(["ocppVersion"]));

    let log = rig.log().await;
    let of = |key: &str| {
        let mut headers = log.iter().find(|record| record.key == key).unwrap().headers.clone();
        let received_at: i64 = headers.remove("received_at").unwrap().parse().unwrap();
        assert!(received_at > 1_767_225_600_000_000, "{received_at} is no time of this test in µs");
        headers.into_iter().collect::<Vec<_>>()
    };
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let shared = [("backfill", "1"), ("gateway", "gw-test")];
    assert_eq!(
        of("acme/cs-1"),
        pairs(&[
            ("backfill", "1"),
            ("client_received_at", "1767225600000000"),
            ("gateway", "gw-test"),
            ("ingress", "http"),
            ("message_id", "m-1"),
            ("ocpp", "2.1"),
            ("station", "CS-1"),
            ("strictness", "strict"),
            ("traceparent", trace),
            ("v", "1"),
            ("zone", "+02:00"),
        ])
    );
    let second = [("ingress", "http_batch"), ("v", "1"), ("zone", "-03:30")];
    assert_eq!(of("acme/cs-2"), pairs(&[&shared[..], &second[..]].concat()));
    assert_eq!(StationKey::parse(b"acme/cs-2").unwrap().station(), "cs-2");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_content_is_durable_and_previewed() {
    let rig =
        Rig::start(|config| config.tenants.inline.get_mut("bravo").unwrap().reply = Reply::Strict).await;
    let response = rig.send(Request::one("CS-1", CLEAN)).await;
    assert_eq!(response.json()["preview"], serde_json::json!({"outcome": "clean", "codes": []}));
    let response = rig.send(Request::one("CS-1", "nonsense")).await;
    assert_eq!((response.status, &response.json()["durable"]), (200, &true.into()));
    let preview = &response.json()["preview"];
    assert_eq!(
        (&preview["outcome"], &preview["codes"]),
        (&"quarantined".into(), &serde_json::json!(["not_json"]))
    );

    let strict = |payload: &str| Request::one("CS-1", payload).bearer(&token("bravo"));
    assert_eq!(rig.send(strict(CLEAN)).await.status, 200);
    let response = rig.send(strict("nonsense")).await;
    assert_eq!(response.problem(), (422, "schema_violation".to_owned()));
    assert_eq!(
        (&response.json()["durable"], &response.json()["preview"]["codes"][0]),
        (&true.into(), &"not_json".into())
    );
    let lines = format!("{{\"station\":\"a\",\"payload\":{CLEAN}}}\n{{\"station\":\"a\",\"payload\":[]}}");
    let response = rig.send(Request::batch(lines).bearer(&token("bravo"))).await;
    assert_eq!(
        (response.status, response.codes()),
        (207, vec!["accepted".into(), "schema_violation".into()])
    );
    assert_eq!(response.json()["results"][1]["status"], 422);
    assert_eq!(rig.log().await.len(), 6, "each of them is in the log");
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_batch_has_no_results() {
    let rig = Rig::start(|_| {}).await;
    let response = rig.send(Request::batch("\n \r\n")).await;
    assert_eq!((response.status, response.codes().len()), (200, 0));
    rig.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_which_nothing_is_taken_is_no_success() {
    let rig = Rig::start(|_| {}).await;
    let response = rig.send(Request::batch("bad\n\n{\"station\":\"a\"}")).await;
    assert_eq!(response.problem(), (400, "no_line_taken".to_owned()));
    assert_eq!(response.codes(), ["envelope_invalid", "envelope_invalid"]);
    let response = rig.send(Request::batch(r#" [{"station":"a","payload":1}]"#)).await;
    assert_eq!(response.problem(), (400, "no_line_taken".to_owned()));
    assert!(response.json()["detail"].as_str().unwrap().contains("array"), "{response:?}");
    assert_eq!(rig.log().await.len(), 0);
    let marked = "\u{feff}{\"station\":\"a\",\"payload\":1}";
    assert_eq!(rig.send(Request::batch(marked)).await.status, 200);
    assert_eq!(rig.log().await[0].value, b"1");
    rig.stop().await.unwrap();
}
