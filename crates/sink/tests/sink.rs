//! The sink on a real broker and the real engine: what goes in by Kafka comes out by SQL.

mod world;

use world::{World, charge};

const RECEIVED: i64 = 1_772_359_200_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_becomes_its_record_and_offsets_are_committed_behind_it() {
    let world = World::new("charge").await;
    let sink = world.start();
    for (n, value) in charge("TX-1").iter().enumerate() {
        world.event("cs-1", RECEIVED + n as i64, value).await;
    }
    world.wait("SELECT class, events, energy_wh FROM transaction_rows FINAL", "complete | 5 | 4000").await;
    world.wait("SELECT count(), uniqExact(kafka_offset), countIf(quarantine_reason != '') FROM delivery_rows", "5 | 5 | 0").await;
    world.committed(5).await;
    assert_eq!(world.text("SELECT count(), countIf(raw != '') FROM event_rows").await, "5 | 5");
    sink.stop().await;
}
