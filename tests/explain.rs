//! `wattledger explain` on the real pipeline: a figure leads to its events, their coordinates, and the bytes as sent.

use std::process::Output;

use serde_json::Value;

use crate::harness::{World, events};

const STATION: &str = "CS-Explained";
const TRANSACTION: &str = "Tx-Explained";

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A charge with a copy, a second Ended, a hole whose message came broken; and the payloads as sent.
async fn troubled(world: &World) -> (Vec<Vec<u8>>, Vec<u8>) {
    let sent = events::charge(TRANSACTION);
    let rival = events::ended(TRANSACTION, 4, "2026-03-01T10:59:00Z", 5_500);
    let broken = format!("{{\"seqNo\":3,\"transactionInfo\":{{\"transactionId\":\"{TRANSACTION}\"");
    for payload in [&sent[0], &sent[1], &sent[2], &sent[1], &sent[4], &rival, &broken.into_bytes()] {
        assert_eq!(world.post_event(STATION, payload).await.unwrap().status, 200);
    }
    world.until_written(7).await;
    (sent, rival)
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_leads_from_the_figure_to_the_bytes() {
    let world = World::new("explained").await;
    let (sent, rival) = troubled(&world).await;

    // ids compare case-insensitively, and the tenant is the only one that has them
    let asked = [STATION.to_uppercase(), TRANSACTION.to_lowercase()];
    let output = world.run(&["explain", &asked[0], &asked[1], "--format", "json"]);
    assert!(output.status.success(), "{output:?}");
    let report = json(&output);
    assert_eq!((&report["station"], &report["transaction_id"]), (&STATION.into(), &TRANSACTION.into()));
    let charge = &report["charges"][0];
    assert_eq!(charge["agreement"]["state"], "equal", "{charge}");
    assert_eq!(charge["record"]["energy_wh"], "4000");
    assert_eq!(charge["record"]["class"], "conflict");
    assert_eq!(charge["billable"], false);

    let begin = &charge["energy"]["basis"]["spans"][0]["begin"][0];
    let end = &charge["energy"]["basis"]["spans"][0]["end"][0];
    assert_eq!((&begin["wh"], &begin["value_text"]), (&"1000".into(), &"1000".into()));
    assert_eq!((&end["wh"], &end["seq_no"]), (&"5000".into(), &4.into()));
    for reading in [begin, end] {
        let place = &reading["place"];
        let there = format!(
            "SELECT toString(content_hash) FROM events WHERE kafka_topic = '{}' AND generation = {} AND \
             kafka_partition = {} AND kafka_offset = {}",
            place["topic"].as_str().unwrap(),
            place["generation"],
            place["partition"],
            place["offset"]
        );
        let hash = u128::from_str_radix(reading["content_hash"].as_str().unwrap(), 16).unwrap();
        world.until_sql(&there, &hash.to_string()).await;
    }

    let lines = charge["events"].as_array().unwrap();
    let of =
        |seq_no: i64, role: &str| lines.iter().find(|e| e["seq_no"] == seq_no && e["role"] == role).unwrap();
    assert_eq!(of(1, "counts")["copies"]["count"], 1);
    let hole = lines.iter().find(|line| line["line"] == "missing").unwrap();
    assert_eq!((&hole["first"], &hole["last"]), (&3.into(), &3.into()));
    let lost = of(4, "conflict");
    assert_eq!(lost["differences"][0]["path"], "meterValue[0].sampledValue[0].value");
    assert_eq!(
        (&lost["differences"][0]["counts"], &lost["differences"][0]["this"]),
        (&"5000".into(), &"5500".into())
    );
    assert_eq!(report["quarantined"]["first"][0]["names_it"], true, "{report}");

    let raw = |which: &str| world.run(&["explain", STATION, TRANSACTION, "--raw", which]);
    assert_eq!(raw("1").stdout, sent[1]);
    assert_eq!(raw(lost["content_hash"].as_str().unwrap()).stdout, rival);
    let several = raw("4");
    assert_eq!((several.status.code(), several.stdout.len()), (Some(1), 0), "{several:?}");
    let named = String::from_utf8(several.stderr).unwrap();
    assert!(named.contains(lost["content_hash"].as_str().unwrap()), "{named}");

    let by_record = world.run(&["explain", "--record-id", charge["record"]["record_id"].as_str().unwrap()]);
    assert!(by_record.status.success() && text(&by_record).contains("4 kWh"), "{by_record:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_tells_what_is_near_what_is_not_there() {
    let world = World::new("unexplained").await;
    troubled(&world).await;
    let ask = |station: &str, id: &str| world.run(&["explain", station, id, "--format", "json"]);

    let mistyped = ask(STATION, "tx-explain");
    assert_eq!(mistyped.status.code(), Some(1), "{mistyped:?}");
    let near = json(&mistyped);
    assert_eq!((&near["found"], &near["alike"][0]["transaction_id"]), (&false.into(), &TRANSACTION.into()));
    assert_eq!(near["quarantined"]["count"], 1);
    assert_eq!(near["quarantined"]["first"][0]["names_it"], true);

    let elsewhere = json(&ask("CS-Other", TRANSACTION));
    assert_eq!(elsewhere["other_stations"][0]["station"], STATION);
    assert!(elsewhere["tenants"].as_array().unwrap().is_empty());

    let foreign = world.run(&["explain", STATION, TRANSACTION, "--tenant", "other"]);
    assert_eq!(foreign.status.code(), Some(1));
    assert!(text(&foreign).contains("tenant acme has 1 charge of station"), "{foreign:?}");

    let nobody = world.run(&["explain", "--record-id", "00000000-0000-0000-0000-000000000000"]);
    assert_eq!(nobody.status.code(), Some(1));
    let wrong = world.run(&["explain", "no/station", "x"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}
