//! The account: every delivery has one outcome, and nothing is missing that is merely on its way.

use std::sync::Arc;

use crate::database::Database;

const ACCOUNT: &str = "SELECT kafka_topic, generation, kafka_partition, sum(received), sum(stored), sum(duplicate), sum(conflict), \
    sum(quarantined), sum(missing), sum(unaccounted) FROM account GROUP BY ALL ORDER BY kafka_partition";
const BALANCE: &str = "
    wattledger.events.v1 | 1 | 0 | 22 | 17 | 4 | 1 | 0 | 0 | 0
    wattledger.events.v1 | 1 | 1 | 20 | 19 | 0 | 0 | 1 | 0 | 5";

#[tokio::test]
async fn every_delivery_has_one_outcome() {
    let database = Database::filled("deliveries").await;
    let not_stored = "SELECT kafka_partition, kafka_offset, transaction_key, seq_no, outcome FROM deliveries \
        WHERE outcome != 'stored' ORDER BY kafka_partition, kafka_offset";
    database
        .check(
            not_stored,
            "
        0 | 2 | tx-a | 1 | duplicate
        0 | 3 | tx-a | 1 | duplicate
        0 | 16 | tx-k | 1 | conflict
        0 | 17 | tx-k | 1 | duplicate
        0 | 20 | tx-p | 0 | duplicate
        1 | 21 | \\N | \\N | quarantined",
        )
        .await;
    database.check("SELECT count() FROM deliveries WHERE outcome = 'stored'", "36").await;
    // the same with a bound on the time of receipt
    database.check("SELECT kafka_offset, outcome FROM deliveries WHERE received_at >= '2026-03-04' AND received_at < '2026-03-05' \
        ORDER BY kafka_offset", "
        14 | stored
        15 | stored
        16 | conflict
        17 | duplicate
        18 | stored").await;
}

#[tokio::test]
async fn a_delivery_without_its_event_is_missing() {
    let database = Database::filled("missing").await;
    // what seqNo 1 of TX-A said, but from another station: equal bytes are no proof that this one is stored
    database.insert("delivery_rows", r#"{"generation":1,"kafka_partition":0,"kafka_offset":22,"received_at":"2026-03-09 22:00:00","month":202603,"tenant":"acme","station":"cs-9","transaction_id":"tx-a","seq_no":1,"content_hash":"101"}"#).await;
    // not said to be written yet, so nobody may miss its event
    database
        .check("SELECT count() FROM deliveries WHERE kafka_offset = 22 AND kafka_partition = 0", "0")
        .await;
    database.check(ACCOUNT, BALANCE).await;
    database.insert("progress", r#"{"generation":1,"kafka_partition":0,"written_at":"2026-03-10 00:00:01","next_offset":23,"watermark":"2026-03-10 00:00:00"}"#).await;
    database
        .check("SELECT station_key, kafka_offset FROM deliveries WHERE outcome = 'missing'", "cs-9 | 22")
        .await;
    database
        .check(
            "SELECT day, received, stored, missing, unaccounted FROM account WHERE missing > 0",
            "2026-03-09 | 3 | 2 | 1 | 0",
        )
        .await;
}

#[tokio::test]
async fn the_account_adds_up_shows_holes_and_is_unchanged_by_replays() {
    let database = Database::filled("account").await;
    database.check(ACCOUNT, BALANCE).await;
    let by_day = "SELECT * FROM account ORDER BY kafka_partition, day";
    let before = database.text(by_day).await;
    assert_eq!(before.lines().count(), 10);
    for _ in 0..2 {
        database.fill().await;
    }
    assert_eq!(database.text(by_day).await, before);
    assert_eq!(database.text("SELECT count() FROM delivery_rows").await, "126\n");
}

#[tokio::test]
async fn ids_are_spelled_as_in_the_event_or_the_quarantine() {
    let database = Database::filled("spelled").await;
    database.check("SELECT kafka_offset, station, station_key, transaction_id, transaction_key, outcome FROM deliveries \
        WHERE (kafka_partition, kafka_offset) IN ((0, 0), (0, 2), (0, 16), (0, 17), (1, 21)) ORDER BY kafka_partition, kafka_offset", "
        0 | CS-1 | cs-1 | TX-A | tx-a | stored
        2 | CS-1 | cs-1 | TX-A | tx-a | duplicate
        16 | CS-2 | cs-2 | TX-K | tx-k | conflict
        17 | CS-2 | cs-2 | TX-K | tx-k | duplicate
        21 | CS-4 | cs-4 | \\N | \\N | quarantined").await;
    // so that a join by the spelled names finds every event
    database
        .check(
            "SELECT count(), countIf(event_type != '') FROM deliveries LEFT ANY JOIN events \
        USING (tenant, station, transaction_id, content_hash) WHERE outcome != 'quarantined'",
            "41 | 41",
        )
        .await;
}

#[tokio::test]
async fn a_partition_that_has_not_reported_shows_nothing() {
    let database = Database::filled("silent").await;
    database
        .execute("ALTER TABLE progress DELETE WHERE kafka_partition = 1 SETTINGS mutations_sync = 2")
        .await;
    database.check("SELECT kafka_partition, count() FROM deliveries GROUP BY ALL", "0 | 22").await;
    database.check(ACCOUNT, "wattledger.events.v1 | 1 | 0 | 22 | 17 | 4 | 1 | 0 | 0 | 0").await;
}

/// Rounds of writing under the eyes of a reader.
const ROUNDS: u64 = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missing_while_it_is_written() {
    let database = Arc::new(Database::empty("written").await);
    database
        .insert(
            "generations",
            r#"{"generation":1,"cluster_id":"c","topic":"t","topic_id":"t","partitions":1}"#,
        )
        .await;
    let writer = tokio::spawn(write(Arc::clone(&database)));
    let (mut answers, mut grown) = (0, 0);
    while !writer.is_finished() {
        let sums = "SELECT sum(received), sum(missing), sum(unaccounted), \
            (SELECT countIf(outcome = 'missing') FROM deliveries) FROM account";
        let found = database.text(sums).await;
        let numbers: Vec<u64> = found.split_whitespace().map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers[1..], [0, 0, 0], "of {}", numbers[0]);
        assert!(numbers[0] >= grown, "{} after {grown}", numbers[0]);
        grown = numbers[0];
        answers += 1;
    }
    writer.await.unwrap();
    assert!(answers > 5, "only {answers} answers while it was written");
    let all = ROUNDS.to_string();
    database
        .check(
            "SELECT received, stored, missing, unaccounted FROM account",
            &format!("{all} | {all} | 0 | 0"),
        )
        .await;
}

/// As a sink does: events and deliveries beside each other, in either order, and once both are there the mark.
async fn write(database: Arc<Database>) {
    for offset in 0..ROUNDS {
        let event = format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"tx-1","seq_no":{offset},"content_hash":"{offset}","received_at":"2026-03-01 10:00:00","month":202603,"ocpp":"2.0.1","event_type":"Updated","generation":1,"kafka_offset":{offset}}}"#
        );
        let delivery = format!(
            r#"{{"generation":1,"kafka_offset":{offset},"received_at":"2026-03-01 10:00:00","month":202603,"tenant":"acme","station":"cs-1","transaction_id":"tx-1","seq_no":{offset},"content_hash":"{offset}"}}"#
        );
        if offset % 2 == 0 {
            database.insert("delivery_rows", &delivery).await;
            database.insert("event_rows", &event).await;
        } else {
            tokio::join!(database.insert("event_rows", &event), database.insert("delivery_rows", &delivery));
        }
        let next = offset + 1;
        database.insert("progress", &format!(
            r#"{{"generation":1,"written_at":"{}","next_offset":{next},"watermark":"2026-03-01 10:00:00"}}"#,
            1_772_323_200 + next
        )).await;
    }
}
