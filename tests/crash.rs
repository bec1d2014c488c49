//! Processes killed in the middle of a load: P1 *No ack before durability* and P3 *One logical row*.

use wattledger_fleet as fleet;

use crate::harness::events::charge;
use crate::harness::{Parts, World, until};

/// Events of a load that is still running when something is killed.
const EVENTS: u64 = 6_000;

type Load = tokio::task::JoinHandle<Result<fleet::Report, fleet::Error>>;

/// A fleet at a rate at which the load is still running when the first rows are there.
fn start_load(world: &World, seed: u64) -> Load {
    let mut run = world.fleet(seed, 60, EVENTS);
    run.rate_per_s = Some(1_500);
    tokio::spawn(fleet::run(run, |_| {}))
}

async fn after(world: &World, rows: usize) {
    until("the load is under way", || async {
        let count = world.sql("SELECT count() FROM delivery_rows").await?;
        if count.parse::<usize>().is_ok_and(|count| count >= rows) { Ok(()) } else { Err(count) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_a_sink_killed_in_the_middle_of_a_load_loses_and_doubles_nothing() {
    let mut world = World::new("sink_killed").await;
    let load = start_load(&world, 11);
    for rows in [500, 1_500, 3_000] {
        after(&world, rows).await;
        world.kill_sink();
        world.start_sink().await;
    }
    load.await.unwrap().unwrap();
    world.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_an_engine_killed_in_the_middle_of_a_load_loses_and_doubles_nothing() {
    let mut parts = Parts::own("engine_killed").await;
    let mut world = World::on(&parts, "engine_killed", "").await;
    world.start_gateway().await;
    world.start_sink().await;
    let load = start_load(&world, 12);
    for rows in [500, 2_500] {
        after(&world, rows).await;
        parts.engine.kill();
        parts.engine.restart().await;
    }
    load.await.unwrap().unwrap();
    world.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_broker_killed_in_the_middle_of_a_load_has_every_acknowledged_event() {
    let mut parts = Parts::own("broker_killed").await;
    let mut world = World::on(&parts, "broker_killed", "").await;
    world.start_gateway().await;
    world.start_sink().await;
    let load = start_load(&world, 13);
    after(&world, 1_000).await;
    parts.kill_broker();
    parts.restart_broker().await;
    load.await.unwrap().unwrap();
    world.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_with_the_broker_down_nothing_is_acknowledged() {
    let mut parts = Parts::own("broker_down").await;
    let mut world = World::on(&parts, "broker_down", "").await;
    world.start_gateway().await;
    parts.kill_broker();
    let event = charge("unlucky").remove(0);
    for _ in 0..2 {
        let answer = world.post_event("CS-5", &event).await.unwrap();
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
    }
    parts.restart_broker().await;
    world.start_sink().await;
    let answer = until("the gateway takes events again", || async {
        let answer = world.post_event("CS-5", &event).await?;
        if answer.status == 200 { Ok(answer) } else { Err(format!("{answer:?}")) }
    })
    .await;
    assert_eq!(answer.status, 200);
    // what timed out may have been stored, which is allowed; what was acknowledged has to be there
    world.until_sql("SELECT count() FROM events", "1").await;
}
