//! What comes twice, is lost and comes back, or moves to another process: the rows are the same.

use super::world::engine::Engine;
use super::world::{ACCOUNT, BILLS, RECORDS, World, charge, send, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_changes_nothing_and_writes_every_record_again() {
    let mut world = World::new("replay").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-1")).await;
    send(&world, "cs-2", &charge("TX-2")).await;
    world.committed(10).await;
    sink.stop().await;
    let records = world.text(RECORDS).await;
    let events = world.text("SELECT * FROM event_rows FINAL ORDER BY ALL").await;
    // as after a crash between the events and the records of a range
    world.execute("TRUNCATE TABLE transaction_rows").await;
    world.config.kafka.group = "replay-again".to_owned();
    let sink = world.start();
    world.committed(10).await;
    sink.stop().await;
    assert_eq!(world.text(RECORDS).await, records);
    assert_eq!(world.text("SELECT * FROM event_rows FINAL ORDER BY ALL").await, events);
    assert_eq!(world.text(ACCOUNT).await, "10 | 10 | 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_behind_the_commit_is_noticed_and_filled_again() {
    let world = World::new("behind").await;
    let sink = world.start();
    send(&world, "cs-1", &charge("TX-1")).await;
    world.committed(5).await;
    sink.stop().await;
    let records = world.text(RECORDS).await;
    for table in ["event_rows", "delivery_rows"] {
        world
            .execute(&format!(
                "ALTER TABLE {table} DELETE WHERE kafka_offset >= 2 SETTINGS mutations_sync = 2"
            ))
            .await;
    }
    world.execute("TRUNCATE TABLE transaction_rows").await;
    assert_eq!(world.text(ACCOUNT).await, "2 | 2 | 0");
    let sink = world.start();
    world.wait(ACCOUNT, "5 | 5 | 0").await;
    world.wait("SELECT count() FROM event_rows FINAL", "5").await;
    world.wait("SELECT count() FROM transaction_rows FINAL", "1").await;
    sink.stop().await;
    assert_eq!(world.text(RECORDS).await, records);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_killed_under_load_is_waited_for() {
    let mut engine = Engine::start("killed").await;
    let world = World::on("killed", &engine.url).await;
    let sink = world.start();
    for round in 0..3 {
        for station in 0..20 {
            send(&world, &format!("cs-{station}"), &charge(&format!("TX-{round}"))).await;
        }
        engine.kill();
        engine.run().await;
    }
    world.committed(300).await;
    assert_eq!(world.text(ACCOUNT).await, "300 | 300 | 0");
    assert_eq!(world.text(BILLS).await, "60 | 60 | 240000",);
    sink.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_move_between_sinks_lose_and_double_nothing() {
    let world = World::new("moving").await;
    let first = world.start();
    let mut others = Vec::new();
    for round in 0..4 {
        for station in 0..10 {
            send(&world, &format!("cs-{station}"), &charge(&format!("TX-{round}"))).await;
        }
        match round {
            0 | 1 => others.push(world.start()),
            _ => others.pop().unwrap().stop().await,
        }
    }
    world.committed(200).await;
    until("every charge is whole", || async {
        let found = world.text(BILLS).await;
        if found == "40 | 40 | 160000" { Ok(()) } else { Err(found) }
    })
    .await;
    assert_eq!(world.text(ACCOUNT).await, "200 | 200 | 0");
    first.stop().await;
}
