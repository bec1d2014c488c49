//! What arrives by Kafka stands in the tables: events, records, the account, quarantine.

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::FutureRecord;

use super::world::{ACCOUNT, BILLS, PARTITIONS, RECEIVED, RECORDS, World, charge, payload, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_becomes_its_record_and_offsets_are_committed_behind_it() {
    let world = World::new("charge").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-1")).await;
    world
        .wait(
            "SELECT class, events, energy_wh, id_token_start, length(id_token_start_ref) FROM transaction_rows FINAL",
            "complete | 5 | 4000 | 04A2B3 | 32",
        )
        .await;
    world.committed(5).await;
    assert_eq!(world.text(ACCOUNT).await, "5 | 5 | 0");
    assert_eq!(world.text("SELECT count(), uniqExact(raw) FROM event_rows").await, "5 | 5");
    world
        .wait(
            "SELECT count(), max(next_offset), min(watermark) > '2026-03-01' FROM progress FINAL",
            "3 | 5 | 1",
        )
        .await;
    sink.stop().await;
}

/// An event in which every column has a value that no other column has.
const FULL: &str = r#"{"eventType":"Ended","timestamp":"2026-03-01T12:00:00.123456+02:00","triggerReason":"evdeparted",
"seqNo":7,"offline":true,"numberOfPhasesUsed":3,"cableMaxCurrent":32,"reservationId":11,
"preconditioningStatus":"Ready","evseSleep":true,"evse":{"id":2,"connectorId":1},
"idToken":{"idToken":"04A2B3","type":"ISO14443"},"transactionInfo":{"transactionId":"TX-1","chargingState":"EVConnected",
"timeSpentCharging":3600,"stoppedReason":"remote","remoteStartId":21,"operationMode":"ChargingOnly","tariffId":"T-1",
"transactionLimit":{"maxCost":25.5,"maxEnergy":50000,"maxTime":7200,"maxSoC":80}},
"costDetails":{"totalCost":{"currency":"EUR","typeOfCost":"NormalCost","total":{"exclTax":1.25,"inclTax":1.5}},
"totalUsage":{"energy":2500,"chargingTime":3000,"idleTime":600,"reservationTime":60},
"failureToCalculate":false,"failureReason":"none"},
"meterValue":[{"timestamp":"2026-03-01T10:00:01Z","sampledValue":[
{"value":5.5,"context":"Transaction.End","measurand":"Energy.Active.Import.Register","location":"Outlet",
"unitOfMeasure":{"unit":"kWh","multiplier":0},"signedMeterValue":{"signedMeterData":"T0NNRg==","signingMethod":"",
"encodingMethod":"OCMF","publicKey":"a2V5"}},
{"value":-2,"measurand":"Current.Import","phase":"L2","unitOfMeasure":{"unit":"A"}}]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_record_says_what_the_fold_says() {
    let world = World::new("record").await;
    let sink = world.start();
    let undated = payload("Updated", "TX-1", 5, "soon", 3_500);
    let values = [
        payload("Started", "TX-1", 0, "2026-03-01T09:00:00Z", 1_000),
        payload("Updated", "TX-1", 3, "2026-03-01T09:30:00Z", 3_000),
        payload("Updated", "TX-1", 3, "2026-03-01T09:31:00Z", 3_001),
        undated,
        FULL.as_bytes().to_vec(),
    ];
    send(&world, "cs-1", &values).await;
    world.committed(5).await;
    sink.stop().await;
    let record = "SELECT * EXCEPT (version, placed, lost, review, flags) FROM transaction_rows FINAL";
    assert_columns(&world.text(record).await, RECORD);
    let hashes = "SELECT arrayMap(x -> (x.2, x.3), placed), arrayMap(x -> (x.2, x.3), lost), \
         intDiv(version, exp2(96)), has((SELECT groupArray(content_hash) FROM event_rows WHERE seq_no = 3), lost[1].1) \
         FROM transaction_rows FINAL";
    assert_eq!(world.text(hashes).await, "[(5,1)] | [(3,false)] | 5 | 1");
}

/// The row of [`FULL`], without hashes, version and raw bytes.
const EVENT: &str = "acme|cs-1|tx-1|7|1|2026-03-01 11:00:00.000000|2026-03-01 10:00:00.123456|202603|CS Raw|TX-1|2.1|m-1|\
    websocket|gw-1|Ended|EVDeparted|evdeparted|true|3|32|11|Ready|true|2|1|04A2B3|ISO14443|b54bbe5fa355fb248c0bef24749147ed|EVConnected||\
    3600|Remote|remote|21|ChargingOnly|T-1|25.5|50000|7200|80|EUR|NormalCost|1.25|1.5|2500|3000|600|60|false|none|['enum_spelling','timestamp_fraction']|\
    ['2026-03-01 10:00:01.000000','2026-03-01 10:00:01.000000']|['5.5','-2']|[5500,-2]|[100,1]|\
    ['Wh','A']|['kWh','A']|[0,0]|['Energy.Active.Import.Register','Current.Import']|['','']|\
    ['Transaction.End','Sample.Periodic']|[true,false]|['total','L2']|['Outlet','unmarked']|\
    ['T0NNRg==','']|['','']|['OCMF','']|['a2V5','']|1|1|0";

/// A record with a conflict, holes and an event without a time.
const RECORD: &str = "acme|cs-1|tx-1|0|\\N|9223372036854775807|[]|5|202603|202603|true|CS Raw|TX-1|\
    29f9d814-6057-5346-874b-d29699df2dec|conflict|0|7|1|4|1|1|4|[(1,1,2),(1,4,4),(1,6,6)]|false|\
    2026-03-01 09:00:00.000000|2026-03-01 10:00:00.123456|\\N|\\N|3600.123456|\\N|\\N|\\N|\\N|\\N|\\N|1|\
    1|04A2B3|ISO14443|b54bbe5fa355fb248c0bef24749147ed|\\N||\\N|21|11|[3]|32|3600|ChargingOnly|T-1|\
    Remote|remote|2500|last_update|2500|last_update|1000|3500|\\N|2026-03-01 10:00:00.123456|3500|\
    2026-03-01 11:00:00.000000|2026-03-01 11:00:00.000004";

/// Columns are parted by `|`.
#[track_caller]
fn assert_columns(row: &str, expect: &str) {
    assert_eq!(row.split(" | ").collect::<Vec<_>>(), expect.split('|').collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_an_event_says_what_the_message_says() {
    let world = World::new("columns").await;
    let sink = world.start();
    world.event("cs-1", RECEIVED, FULL.as_bytes()).await;
    world.committed(1).await;
    sink.stop().await;
    let row = world.text("SELECT * EXCEPT (content_hash, version, core_hash, raw) FROM event_rows").await;
    assert_columns(&row, EVENT);
    assert_eq!(world.text("SELECT raw FROM event_rows").await, FULL);
    let versions = "SELECT version > 0, content_hash > 0, core_hash != content_hash, \
         toString(intDiv(version, toUInt128('18446744073709551616')) + toUnixTimestamp64Micro(received_at)) \
         FROM event_rows";
    assert_eq!(world.text(versions).await, "1 | 1 | 1 | 18446744073709551615");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_transactions_are_looked_up_at_once() {
    const MANY: usize = 6_000;
    let world = World::new("many").await;
    let events = |kind: &str, seq_no: i64, at: &str, wh: i64| -> Vec<(String, i64, Vec<u8>)> {
        let of = |n: usize| {
            (format!("cs-{}", n % 50), RECEIVED, payload(kind, &format!("TX-{n}"), seq_no, at, wh))
        };
        (0..MANY).map(of).collect()
    };
    world.events(&events("Started", 0, "2026-03-01T10:00:00Z", 1_000)).await;
    let sink = world.start();
    world.committed(6_000).await;
    sink.stop().await;
    world.events(&events("Ended", 1, "2026-04-01T00:00:00Z", 3_000)).await;
    let sink = world.start();
    world.committed(12_000).await;
    sink.stop().await;
    assert_eq!(world.text(BILLS).await, "6000 | 6000 | 12000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_made_in_memory_equals_the_one_made_from_stored_rows() {
    let whole = World::new("whole").await;
    let pieces = World::new("pieces").await;
    let mut values = charge("TX-1");
    values.swap(1, 3);
    values.push(payload("Updated", "tx-1", 2, "2026-03-01T10:31:00Z", 3_500));
    values.push(signed_error(values.last().unwrap()));
    let sink = whole.start();
    send(&whole, "cs-1", &values).await;
    whole.committed(7).await;
    sink.stop().await;
    for (n, value) in values.iter().enumerate() {
        pieces.event("cs-1", RECEIVED + i64::try_from(n).unwrap(), value).await;
        let sink = pieces.start();
        pieces.committed(i64::try_from(n).unwrap() + 1).await;
        sink.stop().await;
    }
    let record = whole.text(RECORDS).await;
    assert!(record.contains("conflict"), "{record}");
    let reasons = "SELECT has(review, 'signed_error') FROM transaction_rows FINAL";
    assert_eq!((whole.text(reasons).await, pieces.text(reasons).await), ("1".into(), "1".into()));
    assert_eq!(pieces.text(RECORDS).await, record);
}

/// The same event with signed data that forbid a bill.
fn signed_error(event: &[u8]) -> Vec<u8> {
    let mut event: serde_json::Value = serde_json::from_slice(event).unwrap();
    event["meterValue"][0]["sampledValue"][0]["signedMeterValue"] = serde_json::json!({
        "signedMeterData": r#"OCMF|{"RD":[{"TX":"X","RV":3500,"RU":"Wh","ST":"G"}]}|{}"#,
        "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "",
    });
    serde_json::to_vec(&event).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_kept_byte_for_byte_in_table_and_topic() {
    let world = World::new("quarantine").await;
    let sink = world.start();
    let topic = &world.config.kafka.topic;
    world.event("cs-1", RECEIVED, b"{\"seqNo\": ").await;
    world.produce(FutureRecord::to(topic).payload(&b"no key"[..])).await;
    world.produce(FutureRecord::to(topic).key("acme/CS-1").payload(&b"key not folded"[..])).await;
    world.produce(FutureRecord::to(topic).key("acme/cs-1")).await;
    // a foreign producer: no headers of ours, and one that cannot be read
    let foreign =
        OwnedHeaders::new().insert(rdkafka::message::Header { key: "x", value: Some(&[0xff_u8][..]) });
    let value = payload("Started", "TX-1", 0, "2026-03-01T10:00:00Z", 0);
    world.produce(FutureRecord::to(topic).key("acme/cs-1").payload(value.as_slice()).headers(foreign)).await;
    world.committed(5).await;
    sink.stop().await;
    assert_eq!(
        world.text("SELECT reasons, raw FROM quarantine_rows FINAL ORDER BY ALL").await,
        "['key_unreadable'] | key not folded\n['key_unreadable'] | no key\n['not_json'] | {\"seqNo\": \n['value_missing'] |",
    );
    assert_eq!(world.text(ACCOUNT).await, "5 | 5 | 4");
    assert_eq!(
        world.text("SELECT flags, received_at > '2026-03-01' FROM event_rows").await,
        "['foreign_record','header_unreadable'] | 1",
    );
    assert_eq!(
        copies(&world).await,
        ["key not folded", "no key", "{\"seqNo\": ", ""].map(|v| v.as_bytes().to_vec()).sorted()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_with_a_new_month_in_each_event_does_not_hold_its_partition_up() {
    let world = World::new("months").await;
    let sink = world.start();
    let values: Vec<Vec<u8>> = (0..100)
        .map(|n| {
            payload("Updated", "TX-1", n, &format!("{}-{:02}-01T00:00:00Z", 2020 + n / 12, 1 + n % 12), n)
        })
        .collect();
    send(&world, "cs-1", &values).await;
    world.committed(100).await;
    assert_eq!(world.text("SELECT uniqExact(month), count() FROM event_rows").await, "100 | 100");
    assert_eq!(
        world.text("SELECT events, first_month, last_month FROM transaction_rows FINAL").await,
        "100 | 202001 | 202804"
    );
    sink.stop().await;
}

trait Sorted {
    fn sorted(self) -> Vec<Vec<u8>>;
}

impl<const N: usize> Sorted for [Vec<u8>; N] {
    fn sorted(self) -> Vec<Vec<u8>> {
        let mut all = Vec::from(self);
        all.sort();
        all
    }
}

/// Values in the quarantine topic, each with its reasons in a header.
async fn copies(world: &World) -> Vec<Vec<u8>> {
    let kafka = world.config.kafka.clone();
    tokio::task::spawn_blocking(move || {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &kafka.brokers)
            .set("group.id", "reader")
            .create()
            .unwrap();
        let mut list = rdkafka::TopicPartitionList::new();
        let mut expected = 0;
        for partition in 0..PARTITIONS {
            list.add_partition_offset(&kafka.quarantine_topic, partition, rdkafka::Offset::Beginning)
                .unwrap();
            let limit = std::time::Duration::from_secs(10);
            expected += client.fetch_watermarks(&kafka.quarantine_topic, partition, limit).unwrap().1;
        }
        client.assign(&list).unwrap();
        let mut values = Vec::new();
        while i64::try_from(values.len()).unwrap() < expected {
            let message =
                client.poll(std::time::Duration::from_secs(30)).expect("copies are missing").unwrap();
            let reasons = message.headers().unwrap().iter().find(|header| header.key == "quarantine_reasons");
            assert!(reasons.unwrap().value.is_some_and(|text| !text.is_empty()));
            values.push(message.payload().unwrap_or_default().to_vec());
        }
        values.sort();
        values
    })
    .await
    .unwrap()
}
