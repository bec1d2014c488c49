//! What GetTransactionStatus does to class, presumed end and settlement: nothing in the stored row changes.

use crate::database::Database;
use crate::questions::query;

/// `waiting`: an Ended with a hole. `open`: no Ended. Both last heard of at 10:00; the watermark is told by the test.
async fn database(name: &str, watermark: &str) -> Database {
    let database = Database::empty(name).await;
    database
        .insert(
            "generations",
            r#"{"generation":1,"cluster_id":"c","topic":"t","topic_id":"t","partitions":1}"#,
        )
        .await;
    let progress = format!(
        r#"{{"generation":1,"written_at":"2026-03-09 00:00:00","next_offset":1,"watermark":"{watermark}"}}"#
    );
    database.insert("progress", &progress).await;
    let charge = |id: &str, class: &str, rest: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","station_raw":"CS-1","transaction_id":"{id}","transaction_id_raw":"{id}","until":9223372036854775807,"class":"{class}","id_token_start":"A","energy_wh":5,"last_received_at":"2026-03-01 10:00:00",{rest}}}"#
        )
    };
    let rows = [
        charge("waiting", "waiting", r#""stopped_reason":"Local","missing_count":1"#),
        charge("open", "open", r#""stopped_reason":"""#),
    ];
    database.insert("transaction_rows", &rows.join("\n")).await;
    database
}

/// Asks for both charges and stores what the station says. `answer` is JSON members, or the outcome of no answer.
async fn ask(database: &Database, number: u32, asked_at: &str, answered_at: &str, answer: &str) {
    for id in ["waiting", "open"] {
        let identity = format!(
            r#""tenant":"acme","station":"cs-1","transaction_id":"{id}","question_id":"00000000-0000-0000-0000-{number:012}""#
        );
        let question = format!(
            r#"{{{identity},"asked_at":"2026-{asked_at}","deadline_at":"2026-{asked_at}","reason":"stale"}}"#
        );
        database.insert("status_questions", &question).await;
        let answer = format!(r#"{{{identity},"answered_at":"2026-{answered_at}",{answer}}}"#);
        database.insert("status_answers", &answer).await;
    }
}

const DRAINED: &str = r#""outcome":"answered","ongoing":false,"messages_in_queue":false"#;
const QUEUED: &str = r#""outcome":"answered","ongoing":false,"messages_in_queue":true"#;
const GOES_ON: &str = r#""outcome":"answered","ongoing":true,"messages_in_queue":false"#;
const UNKNOWN: &str = r#""outcome":"answered","ongoing":null,"messages_in_queue":false"#;
const SILENCE: &str = r#""outcome":"not_connected","ongoing":null,"messages_in_queue":null"#;

const CLASSES: &str = "SELECT transaction_id, class, settled_at, end_presumed_at, billable, has(flags, 'status_contradicts') \
    FROM transactions ORDER BY transaction_id DESC";

/// Neither charge is over.
#[track_caller]
fn still_on(database: &Database) -> impl Future<Output = ()> {
    database.check("SELECT class FROM transactions ORDER BY class", "open\nwaiting")
}

#[tokio::test]
async fn without_an_answer_only_the_grace_decides() {
    let early = database("unasked", "2026-03-02 09:59:59").await;
    early
        .check(
            CLASSES,
            "
        waiting | waiting | \\N | \\N | false | 0
        open | open | \\N | \\N | false | 0",
        )
        .await;
    let late = database("unasked_late", "2026-03-02 10:00:00").await;
    ask(&late, 1, "03-01 11:00:00", "03-01 11:01:00", SILENCE).await;
    late.check(
        CLASSES,
        "
        waiting | incomplete | 2026-03-02 10:00:00.000000 | \\N | true | 0
        open | no_end_presumed | 2026-03-02 10:00:00.000000 | 2026-03-02 10:00:00.000000 | false | 0",
    )
    .await;
}

#[tokio::test]
async fn two_denials_far_enough_apart_end_the_chase_and_one_does_not() {
    let database = database("denied", "2026-03-01 12:00:00").await;
    ask(&database, 1, "03-01 10:30:00", "03-01 10:30:01", DRAINED).await;
    // too early to confirm anything
    ask(&database, 2, "03-01 10:45:00", "03-01 10:45:01", DRAINED).await;
    still_on(&database).await;
    ask(&database, 3, "03-01 10:45:01", "03-01 10:45:02", DRAINED).await;
    database
        .check(
            CLASSES,
            "
        waiting | incomplete | \\N | \\N | false | 0
        open | no_end_presumed | \\N | 2026-03-01 10:45:02.000000 | false | 0",
        )
        .await;
}

#[tokio::test]
async fn an_answer_beyond_the_watermark_is_not_heard() {
    let database = database("unheard", "2026-03-01 10:50:00").await;
    ask(&database, 1, "03-01 10:30:00", "03-01 10:30:01", DRAINED).await;
    ask(&database, 2, "03-01 10:46:00", "03-01 10:50:01", DRAINED).await;
    still_on(&database).await;
}

#[tokio::test]
async fn waiting_messages_and_a_charge_that_goes_on_hold_everything() {
    for (name, answer, contradicts) in [("queued", QUEUED, 0), ("goes_on", GOES_ON, 1)] {
        let database = database(name, "2026-03-02 10:59:59").await;
        ask(&database, 1, "03-01 10:10:00", "03-01 10:10:01", DRAINED).await;
        ask(&database, 2, "03-01 11:00:00", "03-01 11:00:00", answer).await;
        // said before: the count begins anew
        ask(&database, 3, "03-01 11:30:00", "03-01 11:30:00", SILENCE).await;
        database
            .check(
                CLASSES,
                &format!(
                    "
            waiting | waiting | \\N | \\N | false | {contradicts}
            open | open | \\N | \\N | false | 0"
                ),
            )
            .await;
    }
    let over = database("over", "2026-03-02 11:00:00").await;
    ask(&over, 1, "03-01 11:00:00", "03-01 11:00:00", QUEUED).await;
    over.check(
        "SELECT class, settled_at FROM transactions ORDER BY class",
        "
        incomplete | 2026-03-02 11:00:00.000000
        no_end_presumed | 2026-03-02 11:00:00.000000",
    )
    .await;
}

#[tokio::test]
async fn an_absent_indicator_ends_no_charge_but_an_empty_queue_ends_the_wait() {
    let database = database("absent", "2026-03-01 12:00:00").await;
    ask(&database, 1, "03-01 10:30:00", "03-01 10:30:01", UNKNOWN).await;
    ask(&database, 2, "03-01 11:00:00", "03-01 11:00:01", UNKNOWN).await;
    database
        .check(
            "SELECT transaction_id, class FROM transactions ORDER BY transaction_id",
            "
        open | open
        waiting | incomplete",
        )
        .await;
}

#[tokio::test]
async fn new_content_makes_old_answers_history() {
    let database = database("news", "2026-03-01 12:00:00").await;
    ask(&database, 1, "03-01 09:00:00", "03-01 09:00:01", DRAINED).await;
    ask(&database, 2, "03-01 09:59:59", "03-01 10:00:01", DRAINED).await;
    still_on(&database).await;
    // they are still shown
    database
        .check(
            "SELECT questions, answered_at, outcome, ongoing FROM status_of_transactions",
            "
        2 | 2026-03-01 10:00:01.000000 | answered | false
        2 | 2026-03-01 10:00:01.000000 | answered | false",
        )
        .await;
}

#[tokio::test]
async fn the_last_answer_is_shown_beside_the_hole() {
    let database = database("shown", "2026-03-01 12:00:00").await;
    ask(&database, 1, "03-01 10:30:00", "03-01 10:30:01", QUEUED).await;
    // silence was noted first, then the station did answer
    ask(&database, 2, "03-01 11:00:00", "03-01 11:00:31", SILENCE).await;
    ask(&database, 2, "03-01 11:00:00", "03-01 11:00:40", DRAINED).await;
    ask(&database, 3, "03-01 11:30:00", "03-01 11:30:31", SILENCE).await;
    database
        .check(
            &query("q03"),
            "acme | CS-1 | waiting | 1 | waiting | 1 | [] | false | 7200 | \\N | \
        2026-03-01 11:30:00.000000 | not_connected | 2026-03-01 11:00:40.000000 | false | false",
        )
        .await;
}
