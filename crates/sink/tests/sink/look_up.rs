//! What a look-up reads does not grow with the table.

use super::world::World;

/// Keys of the look-up.
const KEYS: u64 = 20;
/// Rows between two marks of the index.
const GRANULE: u64 = 8_192;

/// Fills the table up to so many events: 20 per transaction, 500 stations, one month.
async fn fill(world: &World, from: u64, until: u64) {
    world
        .execute(&format!(
            "INSERT INTO event_rows (tenant, station, transaction_id, seq_no, content_hash, version, received_at, \
             event_time, month, event_type) \
             SELECT 'acme', concat('cs-', toString(intDiv(number, 20) % 500)), concat('tx-', toString(intDiv(number, 20))), \
             number % 20, number, number, now64(6), now64(6), 202603, 'Updated' \
             FROM numbers({from}, {})",
            until - from
        ))
        .await;
}

/// Parts and rows that a look-up of keys spread over the table reads; it finds all their events.
async fn read(world: &World, events: u64) -> (u64, u64) {
    let transactions = events / 20;
    let key = |n: u64| {
        // a prime apart, so that neither stations nor granules are shared
        let transaction = (n * 7_919 + 7) % transactions;
        format!("('acme','cs-{}','tx-{transaction}')", transaction % 500)
    };
    let keys: Vec<String> = (0..KEYS).map(key).collect();
    let binds = ["202603", "202603", "false", &format!("({})", keys.join(","))];
    let sql = binds.iter().fold(wattledger_sink::LOOK_UP.to_owned(), |sql, bind| sql.replacen('?', bind, 1));
    let found = world.text(&format!("SELECT count() FROM ({sql})")).await;
    assert_eq!(found, (KEYS * 20).to_string());
    let estimate =
        world.text(&format!("SELECT parts, rows FROM viewExplain('EXPLAIN ESTIMATE', '', ({sql}))")).await;
    let numbers: Vec<u64> = estimate.split(" | ").filter_map(|number| number.parse().ok()).collect();
    let [parts, rows] = numbers[..] else { panic!("no estimate: {estimate}") };
    (parts, rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_reads_the_same_of_a_table_ten_times_as_large() {
    let world = World::new("look_up").await;
    let mut before = 0;
    for events in [100_000, 300_000, 1_000_000] {
        fill(&world, before, events).await;
        before = events;
        let (parts, rows) = read(&world, events).await;
        println!("{events} events in {parts} parts: {} rows read per key", rows / KEYS);
        // a key's 20 rows lie in one granule of a part, or across the border of two
        assert!(
            rows <= KEYS * 2 * GRANULE * parts,
            "{rows} rows of {events} for {KEYS} keys in {parts} parts"
        );
    }
}
