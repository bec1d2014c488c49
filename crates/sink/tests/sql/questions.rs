//! Every file of `deploy/clickhouse/questions/` is one query that gives the right answer on known rows, and runs on an
//! empty database.

use std::path::{Path, PathBuf};

use crate::database::Database;
use wattledger_sink::migrate::split;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse/questions")
}

/// Where a question's answer on the rows of `rows/` stands: with empty reference tables, and with filled ones where that
/// is another.
fn answers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql/answers")
}

/// Names of the files of a folder without their ending, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The one query of a question, whose file opens with a comment that says what it answers.
pub(crate) fn query(name: &str) -> String {
    let text = std::fs::read_to_string(folder().join(format!("{name}.sql"))).unwrap();
    assert!(text.starts_with("-- "), "{name} does not say what it answers");
    let mut statements = split(&text).unwrap();
    assert_eq!(statements.len(), 1, "{name} is not one query");
    statements.remove(0)
}

#[test]
fn all_24_questions_are_there_and_each_file_has_its_answer() {
    let files = names(&folder());
    assert_eq!(files, names(&answers()));
    for number in 1..=24 {
        assert!(files.contains(&format!("q{number:02}")), "question {number} is missing");
    }
    assert!(names(&answers().join("reference")).iter().all(|name| files.contains(name)));
}

#[tokio::test]
async fn every_question_is_answered_on_known_rows() {
    let database = Database::filled("answers").await;
    for name in names(&folder()) {
        eprintln!("{name}");
        let answer = std::fs::read_to_string(answers().join(format!("{name}.txt"))).unwrap();
        database.check(&query(&name), &answer).await;
    }
}

#[tokio::test]
async fn every_question_is_answered_with_filled_reference_tables() {
    let database = Database::filled("reference_answers").await;
    database.fill_reference().await;
    for name in names(&folder()) {
        eprintln!("{name}");
        let file = format!("{name}.txt");
        let answer = std::fs::read_to_string(answers().join("reference").join(&file))
            .or_else(|_| std::fs::read_to_string(answers().join(&file)))
            .unwrap();
        database.check(&query(&name), &answer).await;
    }
}

#[tokio::test]
async fn every_question_runs_on_an_empty_database() {
    let database = Database::empty("no_rows").await;
    for name in names(&folder()) {
        eprintln!("{name}");
        database.check(&query(&name), "").await;
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
    database.check(&query("q14"), "acme | CS-1 | 1 | c | no_start | d | 8000 | 8500 | 500").await;
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
        .check(&query("q13"), "acme | CS-1 | \\N | a | 2026-03-01 10:02:00.000000 | 990 | 979.9 | 10.1")
        .await;
}

#[tokio::test]
async fn a_request_that_two_charges_name_is_one() {
    let database = Database::empty("named_twice").await;
    let request = |id: u32| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","kind":"remote_start","request_id":{id},"requested_at":"2026-03-01 09:59:30","revision":1}}"#
        )
    };
    database.insert("start_requests", &[request(7), request(8)].join("\n")).await;
    let charge = |id: u32| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"t{id}","record_id":"00000000-0000-0000-0000-{id:012}","class":"complete","remote_start_id":7,"started_at":"2026-03-01 10:00:00"}}"#
        )
    };
    database.insert("transaction_rows", &[charge(1), charge(2)].join("\n")).await;
    database.check(&query("q19"), "remote_start | 2 | 1 | 0.5 | 0 | 30").await;
}

#[tokio::test]
async fn charges_that_cannot_be_dated_are_counted() {
    let database = Database::empty("undated_days").await;
    let charge = |id: u32, times: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"t{id}","record_id":"00000000-0000-0000-0000-{id:012}","class":"complete","energy_wh":1000{times}}}"#
        )
    };
    let rows = [
        charge(
            1,
            r#","started_at":"2026-03-01 10:00:00","ended_at":"2026-03-01 11:00:00","duration_s":3600"#,
        ),
        charge(2, r#","ended_at":"2026-03-01 11:00:00""#),
        charge(3, ""),
    ];
    database.insert("transaction_rows", &rows.join("\n")).await;
    database
        .check(
            &query("q01"),
            "
        acme | \\N | start | 2026-03-01 | 2026-03-01 | 1 | 1 | 1 | 0
        acme | \\N | start | 2026-03-01 | \\N | 1 | 1 | 1 | 0
        acme | \\N | start | \\N | \\N | 2 | 2 | \\N | 0
        acme | \\N | end | 2026-03-01 | 2026-03-01 | 2 | 2 | 1 | 0
        acme | \\N | end | 2026-03-01 | \\N | 2 | 2 | 1 | 0
        acme | \\N | end | \\N | \\N | 1 | 1 | \\N | 0",
        )
        .await;
}
