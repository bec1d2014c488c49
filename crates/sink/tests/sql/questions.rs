//! Every file of `deploy/clickhouse/questions/` is one query that gives the right answer on known rows, and runs on an
//! empty database.

use std::path::Path;

use crate::database::Database;
use wattledger_sink::migrate::split;

/// File, and its answer on the rows of `rows/`.
const QUESTIONS: &[(&str, &str)] = &[
    (
        "q02.sql",
        "
        ready | 6 | 27 | 27
        review: token_missing | 2 | 8000 | 8000.5
        no energy: no_end_presumed | 1 | \\N | 0.5
        not settled: open | 1 | \\N | \\N
        not settled: waiting | 1 | 1 | 1
        review: conflict | 1 | 2 | 2
        review: no_start | 1 | \\N | 0.5
        review: seq_reset | 1 | 6 | 6
        review: unit_suspect | 1 | 8000 | 8000",
    ),
    (
        "q03.sql",
        "
        acme | CS-1 | TX-B | 1 | incomplete | 1 | [(1,2,2)] | false | 658800 | 2026-03-03 09:00:00.000000
        acme | CS-1 | TX-C | 1 | waiting | 1 | [(1,1,1)] | false | 10800 | \\N",
    ),
    (
        "q05.sql",
        "acme | CS-4 | 1 | TX-S | 1 | 2026-03-08 08:00:00.000000 | 2026-03-08 08:30:00.000000 | 9500 | 500 | 142200",
    ),
    (
        "q06.sql",
        "acme | CS-4 | TX-N | 1 | 4 | 5 | 2026-03-07 10:30:00.000000 | \\N | 700 | 0.5 | first_reading",
    ),
    (
        "q08.sql",
        "
        acme | CS-2 | 11 | 2 | 1 | 0.1818
        acme | CS-1 | 11 | 2 | 0 | 0.1818
        acme | CS-3 | 12 | 0 | 0 | 0
        acme | CS-4 | 7 | 0 | 0 | 0",
    ),
    (
        "q08_payloads.sql",
        r#"
        acme | cs-2 | tx-k | 1 | 1 | 1 | {"eventType": "Updated", "seqNo": 1, "n": 113} | ['{"eventType": "Updated", "seqNo": 1, "n": 114}']"#,
    ),
    (
        "q09.sql",
        "
        begin_end_register |  | 10 | 6 | 8036 | \\N
        none |  | 1 | 0 | \\N | \\N
        none | first_reading | 1 | 0 | \\N | 0.5
        none | last_update | 1 | 0 | \\N | 0.5",
    ),
    (
        "q12.sql",
        "acme | CS-4 | 2 | TX-T | 1 | 2026-03-06 10:00:00.000000 | 0 | 8000000 | 8000 | 1800 | ['unit_suspect']",
    ),
    ("q13.sql", "acme | CS-4 | 1 | TX-O | 2026-03-09 23:00:00.000000 | 9500 | 9400 | 100"),
    ("q14.sql", "acme | CS-1 | 1 | TX-A | complete | TX-B | 13000 | 13500 | 500"),
    (
        "q15.sql",
        "
        overlap | acme | CS-4 | 1 | TX-O | TX-S | 2026-03-09 23:00:00.000000
        reused | acme | CS-3 | 1 | TX-1 | TX-1 | 2026-03-06 18:00:00.000000",
    ),
    (
        "q17.sql",
        "
        acme | CS-1 | 180 | 20 | 0 | 10 | 0 | 0 | 20
        acme | CS-2 | 180 | 0 | 0 | 0 | 0 | 0 | 0
        acme | CS-3 | 60 | 0 | 0 | 0 | 0 | 0 | 0
        acme | CS-4 | 30 | 0 | 0 | 0 | 0 | 0 | 0",
    ),
    (
        "q21.sql",
        "
        acme | CS-1 | 9 | 0.1111 | 3600 | 3600 | 0 | 0 | 0
        acme | CS-2 | 10 | 0.1 | 171000 | 171000 | 0 | 0 | 0
        acme | CS-3 | 12 | 0 | \\N | \\N | 0 | 0 | 0
        acme | CS-4 | 7 | 0 | \\N | \\N | 0 | 0 | 0",
    ),
    ("q22.sql", r#"not_json | 2026-03-08 | 1 | 1 | 0 | {"eventType":"#),
    (
        "q24.sql",
        "
        wattledger.events.v1 | 0 | 2026-03-01 | 5 | 4 | 1 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 0 | 2026-03-02 | 4 | 3 | 1 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 0 | 2026-03-03 | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 0 | 2026-03-04 | 5 | 3 | 1 | 1 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 0 | 2026-03-05 | 4 | 3 | 1 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 0 | 2026-03-09 | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 1 | 2026-03-06 | 8 | 8 | 0 | 0 | 0 | 0 | 2 | 0
        wattledger.events.v1 | 1 | 2026-03-07 | 8 | 8 | 0 | 0 | 0 | 0 | 0 | 1
        wattledger.events.v1 | 1 | 2026-03-08 | 3 | 2 | 0 | 0 | 1 | 0 | 3 | 0
        wattledger.events.v1 | 1 | 2026-03-09 | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 1",
    ),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse/questions")
}

/// The one query of a file, which opens with a comment that says what it answers.
fn query(file: &str) -> String {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    assert!(text.starts_with("-- "), "{file} does not say what it answers");
    let mut statements = split(&text).unwrap();
    assert_eq!(statements.len(), 1, "{file} is not one query");
    statements.remove(0)
}

#[test]
fn every_file_is_tested() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let tested: Vec<&str> = QUESTIONS.iter().map(|(file, _)| *file).collect();
    assert_eq!(files, tested);
}

#[tokio::test]
async fn every_question_is_answered_on_known_rows() {
    let database = Database::filled("answers").await;
    for (file, answer) in QUESTIONS {
        eprintln!("{file}");
        database.check(&query(file), answer).await;
    }
}

#[tokio::test]
async fn every_question_runs_on_an_empty_database() {
    let database = Database::empty("no_rows").await;
    for (file, _) in QUESTIONS {
        eprintln!("{file}");
        database.check(&query(file), "").await;
    }
}

#[tokio::test]
async fn a_charge_with_an_unset_clock_stands_between_its_neighbours() {
    let database = Database::empty("unset_clock").await;
    let charge = |key: u32, id: &str, rest: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","station_raw":"CS-1","transaction_id":"{id}","transaction_id_raw":"{id}","evse_id":1,"record_id":"00000000-0000-0000-0000-{key:012}",{rest}}}"#
        )
    };
    let rows = [
        charge(
            1,
            "a",
            r#""class":"complete","started_at":"2026-03-01 10:00:00","ended_at":"2026-03-01 11:00:00","register_begin_wh":1000,"register_end_wh":2000"#,
        ),
        charge(
            2,
            "b",
            r#""class":"complete","started_at_estimate":"2026-03-01 12:00:00","ended_at":"2026-03-01 13:00:00","register_begin_wh":2000,"register_end_wh":5000"#,
        ),
        charge(3, "c", r#""class":"no_start","ended_at":"2026-03-01 15:00:00","last_register_wh":8000"#),
        charge(
            4,
            "d",
            r#""class":"complete","started_at":"2026-03-01 16:00:00","register_begin_wh":8500,"register_end_wh":9000"#,
        ),
    ];
    database.insert("transaction_rows", &rows.join("\n")).await;
    database.check(&query("q14.sql"), "acme | CS-1 | 1 | c | no_start | d | 8000 | 8500 | 500").await;
}

#[tokio::test]
async fn rounding_and_unset_clocks_are_no_fall() {
    let database = Database::empty("rounding").await;
    let reading = |seq_no: u32, at: &str, wh: &str, ulp: u32| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","station_raw":"CS-1","transaction_id":"a","transaction_id_raw":"a","seq_no":{seq_no},"content_hash":"{seq_no}","month":202603,"ocpp":"2.1","event_type":"Updated","meter_values.at":["{at}"],"meter_values.value_text":["x"],"meter_values.value":[{wh}],"meter_values.ulp":[{ulp}],"meter_values.unit":["Wh"],"meter_values.unit_text":[""],"meter_values.multiplier":[0],"meter_values.measurand":["Energy.Active.Import.Register"],"meter_values.measurand_text":[""],"meter_values.context":["Sample.Periodic"],"meter_values.context_given":[false],"meter_values.phase":["total"],"meter_values.location":["unmarked"],"meter_values.signed_meter_data":[""],"meter_values.signing_method":[""],"meter_values.encoding_method":[""],"meter_values.public_key":[""]}}"#
        )
    };
    let rows = [
        reading(0, "1970-01-01 00:01:00", "9999", 1),
        reading(1, "2026-03-01 10:00:00", "1000", 1),
        // a fall of one unit in the coarser one's last place, then of a little more
        reading(2, "2026-03-01 10:01:00", "990", 10),
        reading(3, "2026-03-01 10:02:00", "979.9", 1),
    ];
    database.insert("event_rows", &rows.join("\n")).await;
    database
        .check(&query("q13.sql"), "acme | CS-1 | \\N | a | 2026-03-01 10:02:00.000000 | 990 | 979.9 | 10.1")
        .await;
}
