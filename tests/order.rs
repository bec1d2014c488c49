//! P4 *Order does not matter*, and P5 *A hole is shown, never guessed over*.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::harness::events::{charge, ended, started, updated};
use crate::harness::{Parts, World};

/// A delivery: station, receive time in µs, payload.
type Delivery = (&'static str, i64, Vec<u8>);

/// 2026-03-01T12:00:00Z in µs.
const NOON: i64 = 1_772_366_400_000_000;

/// Charges with everything that makes order tempting: a conflict, a reused id, a reset, a clock that was never set,
/// copies received later, and contents received in the same microsecond.
fn deliveries() -> Vec<Delivery> {
    let mut payloads: Vec<(&'static str, Vec<u8>)> = Vec::new();
    payloads.extend(charge("flawless").into_iter().map(|p| ("cs-1", p)));
    payloads.extend(charge("conflict").into_iter().map(|p| ("cs-1", p)));
    payloads.push(("cs-1", updated("conflict", 2, "2026-03-01T10:31:00Z", 3_333)));
    payloads.extend(charge("reused").into_iter().map(|p| ("cs-2", p)));
    payloads.push(("cs-2", started("reused", 0, "2026-03-02T08:00:00Z", 5_000)));
    payloads.push(("cs-2", ended("reused", 1, "2026-03-02T09:00:00Z", 9_000)));
    payloads.extend(charge("reset").into_iter().take(4).map(|p| ("cs-2", p)));
    payloads.push(("cs-2", updated("reset", 0, "2026-03-01T10:50:00Z", 4_200)));
    payloads.push(("cs-2", ended("reset", 1, "2026-03-01T10:55:00Z", 4_400)));
    payloads.push(("cs-3", started("unset", 0, "1970-01-01T00:00:10Z", 100)));
    payloads.push(("cs-3", updated("unset", 1, "1970-01-01T00:05:10Z", 300)));
    payloads.push(("cs-3", ended("unset", 2, "2026-03-01T11:00:00Z", 700)));
    let mut received = Vec::new();
    for (n, (station, payload)) in (0i64..).zip(payloads) {
        // pairs of neighbours share a microsecond
        let at = NOON + n / 2 * 2_000_000;
        received.push((station, at, payload.clone()));
        if n % 3 == 0 {
            received.push((station, at + 40_000_000, payload));
        }
    }
    received
}

/// The stored records and the logical events after `deliveries`, a line each. The records are compared as stored: what
/// the view adds to them (settled, presumed ends) is a matter of time, not of events.
async fn outcome_of(parts: &Parts, name: &str, deliveries: &[Delivery]) -> Vec<String> {
    let mut world = World::on(parts, name, "").await;
    let producer = world.producer();
    for (station, at, payload) in deliveries {
        world.produce_with(&producer, station, *at, payload).await;
    }
    world.start_sink().await;
    world.until_written(deliveries.len()).await;
    let records = "SELECT * FROM transaction_rows FINAL ORDER BY station, transaction_id, instance_key FORMAT JSONEachRow";
    let events = "SELECT * EXCEPT (kafka_topic, kafka_partition, kafka_offset) FROM events \
                  ORDER BY station, transaction_id, seq_no, content_hash FORMAT JSONEachRow";
    let (records, events) = (world.sql(records).await.unwrap(), world.sql(events).await.unwrap());
    records.lines().chain(events.lines()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_any_permutation_and_duplication_gives_the_same_records() {
    let parts = Parts::shared().await;
    let mut shuffled = deliveries();
    let straight = outcome_of(&parts, "order_straight", &shuffled).await;
    // six records of five transactionIds, and every content once
    assert_eq!(straight.len(), 6 + 5 + 6 + 7 + 6 + 3, "{straight:#?}");
    let mut rng = StdRng::seed_from_u64(4);
    for name in ["order_shuffled_a", "order_shuffled_b"] {
        shuffled.shuffle(&mut rng);
        let twice: Vec<Delivery> = shuffled.iter().chain(shuffled.iter().rev().take(7)).cloned().collect();
        let other = outcome_of(&parts, name, &twice).await;
        assert_eq!(other.len(), straight.len(), "seed 4, {name}");
        for (line, expect) in other.iter().zip(&straight) {
            assert_eq!(line, expect, "seed 4, {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_hole_is_shown_and_a_late_event_revises_the_record() {
    let world = World::new("hole").await;
    let events = charge("tx-hole");
    for event in events.iter().enumerate().filter(|(n, _)| *n != 2).map(|(_, event)| event) {
        assert_eq!(world.post_event("CS-9", event).await.unwrap().status, 200);
    }
    let record = "SELECT class, missing_count, missing_ranges, events, energy_wh FROM transactions";
    world.until_sql(record, "complete_permitted_gaps\t1\t[(1,2,2)]\t4\t4000").await;
    assert_eq!(world.post_event("CS-9", &events[2]).await.unwrap().status, 200);
    world.until_sql(record, "complete\t0\t[]\t5\t4000").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_with_a_new_month_per_event_keeps_its_partition_moving() {
    let world = World::new("months").await;
    let mut sent = 0;
    for year in 2019..2024 {
        for month in 1..=12 {
            let at = format!("{year}-{month:02}-01T00:00:00Z");
            let event = updated(&format!("tx-{year}-{month}"), 1, &at, 1);
            assert_eq!(world.post_event("CS-10", &event).await.unwrap().status, 200);
            sent += 1;
        }
    }
    world.until_written(sent).await;
    world.until_sql("SELECT count(), uniqExact(toYYYYMM(event_time)) FROM events", "60\t60").await;
}
