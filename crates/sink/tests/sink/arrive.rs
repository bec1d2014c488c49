//! What arrives by Kafka stands in the tables: events, records, the account, quarantine.

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::FutureRecord;

use super::world::{ACCOUNT, PARTITIONS, RECEIVED, RECORDS, World, charge, payload, send};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_record_made_in_memory_equals_the_one_made_from_stored_rows() {
    let whole = World::new("whole").await;
    let pieces = World::new("pieces").await;
    let mut values = charge("TX-1");
    values.swap(1, 3);
    values.push(payload("Updated", "tx-1", 2, "2026-03-01T10:31:00Z", 3_500));
    let sink = whole.start();
    send(&whole, "cs-1", &values).await;
    whole.committed(6).await;
    sink.stop().await;
    for (n, value) in values.iter().enumerate() {
        pieces.event("cs-1", RECEIVED + i64::try_from(n).unwrap(), value).await;
        let sink = pieces.start();
        pieces.committed(i64::try_from(n).unwrap() + 1).await;
        sink.stop().await;
    }
    let record = whole.text(RECORDS).await;
    assert!(record.contains("conflict"), "{record}");
    assert_eq!(pieces.text(RECORDS).await, record);
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
