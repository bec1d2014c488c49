//! P2 *No event without an account* and P3 *One logical row*.

use crate::harness::World;
use crate::harness::events::{charge, ended, started, updated};

/// 2026-03-01T12:00:00Z in µs.
const NOON: i64 = 1_772_366_400_000_000;

const ACCOUNT: &str = "SELECT sum(received), sum(stored), sum(duplicate), sum(conflict), sum(quarantined), \
                       sum(missing), sum(unaccounted) FROM account";

#[tokio::test(flavor = "multi_thread")]
async fn p2_every_delivery_has_exactly_one_outcome() {
    let mut world = World::new("account").await;
    let mut received = 0;
    let mut at = NOON;
    let mut deliver = async |station: &str, payload: Vec<u8>, step: i64| {
        at += step;
        received += 1;
        world.produce(station, at, &payload).await;
    };
    for event in charge("plain") {
        deliver("cs-1", event, 1_000_000).await;
    }
    // a retry, and bytes that are no event
    deliver("cs-1", charge("plain")[3].clone(), 1_000_000).await;
    deliver("cs-1", b"{\"eventType\":".to_vec(), 1_000_000).await;
    // a loser, a copy of the loser, and a loser received in the same microsecond as another
    deliver("cs-1", updated("plain", 1, "2026-03-01T10:16:00Z", 2_222), 1_000_000).await;
    deliver("cs-1", updated("plain", 1, "2026-03-01T10:16:00Z", 2_222), 1_000_000).await;
    deliver("cs-1", updated("plain", 2, "2026-03-01T10:31:00Z", 3_333), 1_000_000).await;
    deliver("cs-1", updated("plain", 2, "2026-03-01T10:32:00Z", 3_334), 0).await;
    // a second charge under the same id: the same seqNos, and no conflict
    for event in charge("reused") {
        deliver("cs-2", event, 1_000_000).await;
    }
    deliver("cs-2", started("reused", 0, "2026-03-02T08:00:00Z", 5_000), 1_000_000).await;
    deliver("cs-2", ended("reused", 1, "2026-03-02T09:00:00Z", 9_000), 1_000_000).await;
    // seqNo begins anew: no conflict either
    for event in charge("reset").into_iter().take(4) {
        deliver("cs-3", event, 1_000_000).await;
    }
    deliver("cs-3", updated("reset", 0, "2026-03-01T10:50:00Z", 4_200), 1_000_000).await;
    deliver("cs-3", ended("reset", 1, "2026-03-01T10:55:00Z", 4_400), 1_000_000).await;
    world.until_written(received).await;
    // 24 deliveries: 5 + 7 + 6 contents count; 3 contents lost; copies of a content and of a loser; one no event
    world.until_sql(ACCOUNT, "24\t18\t2\t3\t1\t0\t0").await;
    world.kill_sink();
    world.start_sink().await;
    world.until_sql(ACCOUNT, "24\t18\t2\t3\t1\t0\t0").await;
    world.until_sql("SELECT raw, reasons[1] FROM quarantine", "{\"eventType\":\tnot_json").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_copies_are_one_logical_row() {
    let world = World::new("copies").await;
    let events = charge("copied");
    for _ in 0..3 {
        for event in &events {
            assert_eq!(world.post_event("CS-4", event).await.unwrap().status, 200);
        }
    }
    world.until_sql(ACCOUNT, "15\t5\t10\t0\t0\t0\t0").await;
    world.until_sql("SELECT count(), countIf(counts) FROM events", "5\t5").await;
    world.until_sql("SELECT class, events, energy_wh FROM transactions", "complete\t5\t4000").await;
}
