//! The views give the logical state of known rows, whatever was retried or replayed, and find it by index.

use crate::database::Database;

#[tokio::test]
async fn each_charge_is_one_row_with_its_class_as_of_the_watermark() {
    let database = Database::filled("transactions").await;
    let sql = "SELECT station, transaction_id, instance, class, settled_at, billable, review, events, conflicts, \
        missing_ranges, energy_wh, stopped_reason, id_token_start_type FROM transactions \
        ORDER BY station, transaction_id, instance";
    database.check(sql, "
        CS-1 | TX-A | 1 | complete | 2026-03-02 12:30:00.000000 | true | [] | 4 | 0 | [] | 12000 | Local | ISO14443
        CS-1 | TX-B | 1 | incomplete | 2026-03-03 09:00:00.000000 | true | [] | 3 | 0 | [(1,2,2)] | 6000 | Local | ISO14443
        CS-1 | TX-C | 1 | waiting | \\N | false | [] | 2 | 0 | [(1,1,1)] | 1000 | Local | ISO14443
        CS-2 | TX-K | 1 | conflict | 2026-03-05 09:00:00.000000 | false | ['conflict'] | 3 | 1 | [] | 2000 | Local | ISO14443
        CS-2 | TX-L | 1 | complete | 2026-03-06 08:00:00.000000 | true | [] | 3 | 0 | [] | 5000 | Local | ISO14443
        CS-2 | TX-P | 1 | complete | 2026-03-06 09:00:00.000000 | true | [] | 2 | 0 | [] | 1000 | Local | ISO14443
        CS-3 | TX-1 | 1 | complete | 2026-03-07 09:00:00.000000 | true | [] | 3 | 0 | [] | 1000 | Local | ISO14443
        CS-3 | TX-1 | 2 | complete | 2026-03-07 19:00:00.000000 | true | [] | 3 | 0 | [] | 2000 | Local | ISO14443
        CS-3 | TX-R | 1 | complete_permitted_gaps | 2026-03-08 09:00:00.000000 | false | ['seq_reset'] | 6 | 0 | [] | 6000 | Local | ISO14443
        CS-4 | TX-N | 1 | no_start | 2026-03-08 10:40:00.000000 | false | ['no_start','token_missing'] | 2 | 0 | [] | \\N | Local | \\N
        CS-4 | TX-O | 1 | open | \\N | false | [] | 1 | 0 | [] | \\N | \\N | ISO14443
        CS-4 | TX-S | 1 | no_end_presumed | 2026-03-09 08:30:00.000000 | false | [] | 2 | 0 | [] | \\N | \\N | ISO14443
        CS-4 | TX-T | 1 | complete | 2026-03-07 10:30:00.000000 | false | ['token_missing','unit_suspect'] | 2 | 0 | [] | 8000000 | Local | \\N").await;
}

#[tokio::test]
async fn time_decides_nothing_while_a_partition_has_not_reported() {
    let database = Database::filled("unreported").await;
    database
        .execute("ALTER TABLE progress DELETE WHERE kafka_partition = 1 SETTINGS mutations_sync = 2")
        .await;
    database
        .check("SELECT watermark, partitions_reporting FROM watermark", "1970-01-01 00:00:00.000000 | 1")
        .await;
    let sql = "SELECT class, count(), countIf(billable), countIf(settled_at IS NULL), countIf(has(review, 'token_missing')) \
        FROM transactions GROUP BY class ORDER BY class";
    database
        .check(
            sql,
            "
        complete | 6 | 0 | 6 | 0
        complete_permitted_gaps | 1 | 0 | 1 | 0
        conflict | 1 | 0 | 1 | 0
        no_start | 1 | 0 | 1 | 0
        open | 2 | 0 | 2 | 0
        waiting | 2 | 0 | 2 | 0",
        )
        .await;
}

#[tokio::test]
async fn a_new_generation_has_to_report_before_time_goes_on() {
    let database = Database::filled("generation").await;
    database.insert("generations", r#"{"generation":2,"cluster_id":"c","topic":"wattledger.events.v1","topic_id":"u","partitions":1}"#).await;
    let sql = "SELECT generation, partitions_reporting, watermark FROM watermark";
    database.check(sql, "2 | 0 | 1970-01-01 00:00:00.000000").await;
    database.insert("progress", r#"{"generation":2,"kafka_partition":0,"written_at":"2026-03-11 00:00:00","next_offset":0,"watermark":"2026-03-11 00:00:00"}"#).await;
    database.check(sql, "2 | 1 | 2026-03-11 00:00:00.000000").await;
    database.check("SELECT class FROM transactions WHERE transaction_id = 'TX-C'", "incomplete").await;
}

#[tokio::test]
async fn parameters_move_what_time_decides() {
    let database = Database::filled("parameters").await;
    let sql = "SELECT class, settled_at FROM transactions WHERE transaction_id IN ('TX-C', 'TX-O') ORDER BY transaction_id";
    database.insert("parameters", r#"{"name":"settle_after_s","value":3600,"revision":1}"#).await;
    // an open charge does not settle before it is presumed to have ended
    database
        .check(
            sql,
            "
        incomplete | 2026-03-09 22:00:00.000000
        open | \\N",
        )
        .await;
    database.insert("parameters", r#"{"name":"stale_after_s","value":1800,"revision":1}"#).await;
    database
        .check(
            sql,
            "
        incomplete | 2026-03-09 22:00:00.000000
        no_end_presumed | 2026-03-10 00:00:00.000000",
        )
        .await;
}

#[tokio::test]
async fn every_event_has_its_charge_its_epoch_and_its_role() {
    let database = Database::filled("events").await;
    let sql = "SELECT transaction_id, instance, epoch, groupArray((seq_no, counts, variant)) FROM \
        (SELECT * FROM events ORDER BY transaction_id, instance, epoch, seq_no, received_at) \
        GROUP BY transaction_id, instance, epoch ORDER BY transaction_id, instance, epoch";
    database
        .check(
            sql,
            "
        TX-1 | 1 | 1 | [(0,true,false),(1,true,false),(2,true,false)]
        TX-1 | 2 | 1 | [(0,true,false),(1,true,false),(2,true,false)]
        TX-A | 1 | 1 | [(0,true,false),(1,true,false),(2,true,false),(3,true,false)]
        TX-B | 1 | 1 | [(0,true,false),(1,true,false),(3,true,false)]
        TX-C | 1 | 1 | [(0,true,false),(2,true,false)]
        TX-K | 1 | 1 | [(0,true,false),(1,true,false),(1,false,false),(2,true,false)]
        TX-L | 1 | 1 | [(0,true,false),(1,true,false),(2,true,false)]
        TX-N | 1 | 1 | [(4,true,false),(5,true,false)]
        TX-O | 1 | 1 | [(0,true,false)]
        TX-P | 1 | 1 | [(0,true,false),(0,false,true),(1,true,false)]
        TX-R | 1 | 1 | [(0,true,false),(1,true,false),(2,true,false)]
        TX-R | 1 | 2 | [(1,true,false),(2,true,false),(3,true,false)]
        TX-S | 1 | 1 | [(0,true,false),(1,true,false)]
        TX-T | 1 | 1 | [(0,true,false),(1,true,false)]",
        )
        .await;
}

#[tokio::test]
async fn events_and_records_agree_on_what_counts() {
    let database = Database::filled("agree").await;
    database.check("SELECT t.transaction_id, t.instance, t.events, e.counting FROM transactions AS t LEFT JOIN \
        (SELECT station_key, transaction_key, instance, countIf(counts) AS counting FROM events \
         GROUP BY station_key, transaction_key, instance) AS e USING (station_key, transaction_key, instance) \
        WHERE t.events != e.counting", "").await;
}

#[tokio::test]
async fn the_earliest_copy_of_a_content_is_the_one_shown_and_unknown_is_null() {
    let database = Database::filled("earliest").await;
    database.check("SELECT seq_no, received_at, kafka_topic, kafka_partition, kafka_offset, trigger_reason, trigger_reason_raw, \
        charging_state, id_token_type, stopped_reason, evse_id FROM events WHERE transaction_id = 'TX-A' ORDER BY seq_no", "
        0 | 2026-03-01 10:00:00.000000 | wattledger.events.v1 | 0 | 0 | CablePluggedIn | \\N | EVConnected | ISO14443 | \\N | 1
        1 | 2026-03-01 10:10:00.000000 | wattledger.events.v1 | 0 | 1 | MeterValuePeriodic | \\N | Charging | \\N | \\N | \\N
        2 | 2026-03-01 11:10:00.000000 | wattledger.events.v1 | 0 | 4 | MeterValuePeriodic | \\N | SuspendedEV | \\N | \\N | \\N
        3 | 2026-03-01 12:30:00.000000 | wattledger.events.v1 | 0 | 5 | EVDeparted | evdeparted | \\N | \\N | \\N | \\N").await;
}

#[tokio::test]
async fn every_sampled_value_is_a_row_with_its_text_and_its_signed_data() {
    let database = Database::filled("values").await;
    let sql = "SELECT seq_no, position, at, measurand, phase, location, context, context_given, value_text, unit_text, unit, \
        value_normalised, signed_meter_data, signing_method, encoding_method, public_key FROM meter_values \
        WHERE transaction_id = 'TX-A' AND seq_no IN (0, 3) ORDER BY seq_no, position";
    database.check(sql, "
        0 | 1 | 2026-03-01 10:00:00.000000 | Energy.Active.Import.Register | total | Outlet | Transaction.Begin | true | 1.0 | kWh | Wh | 1000 | \\N | \\N | \\N | \\N
        0 | 2 | 2026-03-01 10:00:00.000000 | Power.Active.Import | L1 | unmarked | Sample.Periodic | false | 7.4 | kW | W | 7400 | \\N | \\N | \\N | \\N
        3 | 1 | 2026-03-01 11:30:00.000000 | Energy.Active.Import.Register | total | Outlet | Transaction.End | true | 13.0 | kWh | Wh | 13000 | T0NNRg== | ECDSA | OCMF | AA==
        3 | 2 | 2026-03-01 11:30:00.000000 | Power.Active.Import | L1 | unmarked | Sample.Periodic | false | 7.4 | kW | W | 7400 | \\N | \\N | \\N | \\N").await;
}

#[tokio::test]
async fn every_view_is_unchanged_by_replays() {
    let database = Database::filled("replayed").await;
    database.fill_reference().await;
    let views = database
        .text("SELECT name FROM system.tables WHERE database = 'replayed' AND engine = 'View' ORDER BY name")
        .await;
    assert!(views.lines().count() > 30, "{views}");
    let mut before = Vec::new();
    for view in views.lines() {
        before.push(database.text(&format!("SELECT * FROM {view} ORDER BY ALL")).await);
    }
    database.fill().await;
    database.fill_reference().await;
    for (view, before) in views.lines().zip(before) {
        assert!(!before.is_empty(), "{view} shows nothing");
        assert_eq!(database.text(&format!("SELECT * FROM {view} ORDER BY ALL")).await, before, "{view}");
    }
}

#[tokio::test]
async fn every_view_gives_the_types_it_declares() {
    let database = Database::filled("types").await;
    let views = database
        .text("SELECT name FROM system.tables WHERE database = 'types' AND engine = 'View' ORDER BY name")
        .await;
    for view in views.lines() {
        let mut cursor = database
            .client
            .query_raw(&format!("SELECT * FROM {view} LIMIT 0"))
            .fetch_bytes("TSVRawWithNamesAndTypes")
            .unwrap();
        let header = String::from_utf8(cursor.collect().await.unwrap().to_vec()).unwrap();
        let (names, types) = header.trim_end().split_once('\n').unwrap();
        let given: Vec<String> =
            names.split('\t').zip(types.split('\t')).map(|(name, r#type)| format!("{name} {type}")).collect();
        let declared = database.text(&format!("SELECT concat(name, ' ', type) FROM system.columns WHERE database = 'types' AND table = '{view}' ORDER BY position")).await;
        assert_eq!(given, declared.lines().collect::<Vec<_>>(), "{view}");
    }
}

#[tokio::test]
async fn a_lookup_reads_by_index_on_both_sides_of_the_join() {
    let database = Database::empty("lookup").await;
    // 160,000 records and the events of half of them: 20 granules of records, 40 of events
    database
        .execute(
            "INSERT INTO event_rows (tenant, station, station_raw, transaction_id, transaction_id_raw, seq_no, month, content_hash, \
             event_type, ocpp) WITH concat('cs-', toString(intDiv(number, 4) % 40)) AS cs, concat('tx-', toString(intDiv(number, 4))) AS tx \
             SELECT 'acme', cs, upper(cs), tx, upper(tx), number % 4, 202603, number, 'Updated', '2.1' FROM numbers(320000)",
        )
        .await;
    database
        .execute(
            "INSERT INTO transaction_rows (tenant, station, station_raw, transaction_id, transaction_id_raw, class, record_id) \
             WITH concat('cs-', toString(number % 40)) AS cs, concat('tx-', toString(number)) AS tx \
             SELECT 'acme', cs, upper(cs), tx, upper(tx), 'open', toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0'))) FROM numbers(160000)",
        )
        .await;
    for view in ["events", "transactions", "meter_values"] {
        let by_key = "tenant = 'acme' AND station_key = 'cs-7' AND transaction_key = 'tx-47'";
        let left = granules_left(&database, &format!("SELECT * FROM {view} WHERE {by_key}")).await;
        assert!(left.iter().all(|left| *left <= 2), "{view} by key reads {left:?}");
        // the spelling is no key of the join: it bounds its own side only, and FINAL adds the granules whose keys overlap
        let by_spelling = "tenant = 'acme' AND station = 'CS-7' AND transaction_id = 'TX-47'";
        let left = granules_left(&database, &format!("SELECT * FROM {view} WHERE {by_spelling}")).await;
        assert!(left.iter().any(|left| *left <= 4), "{view} by spelling reads {left:?}");
    }
    let by_record = "SELECT * FROM transactions WHERE record_id = '00000000-0000-0000-0000-000000000047'";
    let left = granules_left(&database, by_record).await;
    assert!(left.iter().any(|left| *left <= 4), "transactions by record_id reads {left:?}");
}

/// For each read of a table that a query makes: granules that the last of its indexes leaves.
async fn granules_left(database: &Database, sql: &str) -> Vec<u32> {
    let plan = database.text(&format!("EXPLAIN indexes = 1 {sql}")).await;
    let mut tables = Vec::new();
    for line in plan.lines().map(str::trim) {
        if line.starts_with("ReadFromMergeTree") {
            tables.push(u32::MAX);
        } else if let (Some(granules), Some(last)) = (line.strip_prefix("Granules: "), tables.last_mut()) {
            let (left, _seen) = granules.split_once('/').unwrap();
            *last = left.parse().unwrap();
        }
    }
    assert!(tables.len() >= 2, "{plan}");
    tables
}
