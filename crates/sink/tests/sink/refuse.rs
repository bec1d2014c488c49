//! What the sink stops at, rather than write something that could not be mended.

use rdkafka::producer::FutureRecord;
use wattledger_record::partition;

use super::world::{PARTITIONS, World, charge, payload, send, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_a_partition_that_is_not_its_own_stops_the_sink() {
    let world = World::new("misplaced").await;
    let right = partition::of_key(b"acme/cs-1", u32::try_from(PARTITIONS).unwrap());
    let wrong = (i32::try_from(right).unwrap() + 1) % PARTITIONS;
    let value = payload("Started", "TX-1", 0, "2026-03-01T10:00:00Z", 0);
    let record = FutureRecord::to(&world.config.kafka.topic).key("acme/cs-1").payload(value.as_slice());
    world.produce(record.partition(wrong)).await;
    let error = world.start().error().await;
    assert_eq!(error.code(), "wrong_partition", "{error}");
    assert_eq!(world.text("SELECT count() FROM event_rows").await, "0");
    world.committed(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_as_this_build_writes_it_is_refused() {
    let world = World::new("schema").await;
    world.execute("ALTER TABLE delivery_rows MODIFY COLUMN value_bytes UInt64").await;
    let error = world.start().error().await;
    assert_eq!(error.code(), "schema_mismatch");
    assert!(error.to_string().contains("column value_bytes is UInt64, expected UInt32"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_topic_under_the_known_name_is_refused_until_it_has_a_generation() {
    let world = World::new("another").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-1")).await;
    world.committed(5).await;
    sink.stop().await;
    world
        .execute("ALTER TABLE generations UPDATE cluster_id = 'another' WHERE 1 SETTINGS mutations_sync = 2")
        .await;
    assert_eq!(world.start().error().await.code(), "topic_unknown");
    assert_eq!(wattledger_sink::new_generation(&world.config).await.unwrap(), 2);
    let sink = world.start();
    until("the log is read from its start under the new generation", || async {
        let rows = world.text("SELECT count() FROM delivery_rows FINAL WHERE generation = 2").await;
        if rows == "5" { Ok(()) } else { Err(rows) }
    })
    .await;
    sink.stop().await;
    assert_eq!(world.text("SELECT count() FROM event_rows FINAL").await, "5", "the events are the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_replaced_under_its_offsets_is_noticed() {
    let world = World::new("replaced").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-1")).await;
    world.committed(5).await;
    sink.stop().await;
    world.execute("ALTER TABLE delivery_rows UPDATE content_hash = 7 WHERE kafka_offset = 4 SETTINGS mutations_sync = 2").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-2")).await;
    assert_eq!(sink.error().await.code(), "log_replaced");
}
