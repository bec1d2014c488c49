//! Periods of a charge by hand: which energy and time belongs to which window, and what a CDR makes of them.

use crate::database::Database;
use crate::stored::fill;

/// Windows a, b and a again within one hour, in UTC.
async fn database(name: &str) -> Database {
    let database = Database::empty(name).await;
    let window = |name: &str, from: u32, to: u32| {
        format!(
            r#"{{"tenant":"acme","tariff":"","valid_from":"1970-01-01 00:00:00","name":"{name}","from_minute":{from},"to_minute":{to},"weekdays":[1,2,3,4,5,6,7],"revision":1}}"#
        )
    };
    let windows = [window("a", 600, 620), window("b", 620, 640), window("a", 640, 660)];
    database.insert("tariff_window_rows", &windows.join("\n")).await;
    database
}

#[tokio::test]
async fn energy_and_seconds_go_to_the_window_in_which_they_were() {
    let database = database("windows").await;
    let charges = [
        (
            "even",
            "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
             1 E 11:00 end=7000",
        ),
        // nothing is read after 10:10, and the vehicle stays over two borders
        (
            "parked",
            "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
             1 U 10:10 reg=2000 state=SuspendedEV
             2 E 11:00",
        ),
        // nothing is read before 10:30
        (
            "late",
            "0 S 10:00 tok=A evse=1 state=Charging
             1 U 10:30 reg=1000
             2 E 11:00 end=4000",
        ),
    ];
    fill(&database, &charges).await;
    database
        .check(
            "SELECT station_key, position, formatDateTime(start_date_time, '%H:%i'), seconds, charging_state, tariff_window, energy_wh \
             FROM charging_periods ORDER BY station_key, position",
            "
        even | 1 | 10:00 | 1200 | Charging | a | 2000
        even | 2 | 10:20 | 1200 | Charging | b | 2000
        even | 3 | 10:40 | 1200 | Charging | a | 2000
        late | 1 | 10:00 | 1200 | Charging | a | 0
        late | 2 | 10:20 | 1200 | Charging | b | 1000
        late | 3 | 10:40 | 1200 | Charging | a | 2000
        parked | 1 | 10:00 | 600 | Charging | a | 1000
        parked | 2 | 10:10 | 600 | SuspendedEV | a | 0
        parked | 3 | 10:20 | 1200 | SuspendedEV | b | 0
        parked | 4 | 10:40 | 1200 | SuspendedEV | a | 0",
        )
        .await;
}

#[tokio::test]
async fn a_charge_of_no_duration_has_one_period() {
    let database = database("moment").await;
    database.insert("transaction_rows", r#"{"tenant":"acme","station":"cs-1","transaction_id":"t","record_id":"00000000-0000-0000-0000-000000000001","class":"complete","energy_wh":7,"energy_method":"interval_sum","started_at":"2026-03-01 10:20:00","ended_at":"2026-03-01 10:20:00"}"#).await;
    database
        .check(
            "SELECT position, start_date_time, seconds, charging_state, tariff_window, energy_wh FROM charging_periods",
            "1 | 2026-03-01 10:20:00.000000 | 0 | Unknown | b | 7",
        )
        .await;
}

/// Makes what `fill` stored one that can be sent: settled, with token, EVSE and place known.
async fn complete(database: &Database) {
    let reference = [
        ("generations", r#"{"generation":1,"cluster_id":"c","topic":"t","topic_id":"t","partitions":1}"#),
        (
            "progress",
            r#"{"generation":1,"written_at":"2026-03-05 00:00:00","next_offset":1,"watermark":"2026-03-05 00:00:00"}"#,
        ),
        (
            "station_rows",
            r#"{"tenant":"acme","station":"cs-1","valid_from":"1970-01-01 00:00:00","country_code":"NL","party_id":"ABC","location_id":"LOC1","revision":1}"#,
        ),
        (
            "evse_rows",
            r#"{"tenant":"acme","station":"cs-1","evse_id":1,"valid_from":"1970-01-01 00:00:00","evse_uid":"UID-1","revision":1}"#,
        ),
        (
            "token_rows",
            r#"{"tenant":"acme","token":"a","token_type":"iso14443","valid_from":"1970-01-01 00:00:00","token_ref":"ref","contract_id":"C1","revision":1}"#,
        ),
    ];
    for (table, row) in reference {
        database.insert(table, row).await;
    }
    database
        .execute(
            "INSERT INTO transaction_rows SELECT * REPLACE(version + 1 AS version, 1 AS evse_id, 'A' AS id_token_start, 'ref' AS id_token_start_ref) \
             FROM transaction_rows FINAL",
        )
        .await;
}

#[tokio::test]
async fn a_cdr_is_rounded_and_its_periods_sum_to_its_totals() {
    let database = database("rounded").await;
    // 1.00005 kWh and 1500 s, of which 300 s are not a whole number of 0.36 s more than the 1200 s before
    let charge = "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:25 reg=2000.05 state=SuspendedEV
         2 E 10:50 end=2000.05";
    fill(&database, &[("cs-1", charge)]).await;
    complete(&database).await;
    database.check("SELECT reasons FROM without_cdr", "").await;
    database
        .check(
            "SELECT total_energy, total_time, total_charging_time, total_parking_time FROM cdrs",
            "1.0001 | 0.8333 | 0.4167 | 0.4167",
        )
        .await;
    database
        .check(
            "SELECT p.dimensions, p.tariff_window FROM cdrs ARRAY JOIN charging_periods AS p",
            "
        [('ENERGY',0.8),('TIME',0.3333)] | a
        [('ENERGY',0.2001),('TIME',0.0834)] | b
        [('ENERGY',0),('PARKING_TIME',0.25)] | b
        [('ENERGY',0),('PARKING_TIME',0.1667)] | a",
        )
        .await;
}

#[tokio::test]
async fn an_evse_that_is_not_listed_yet_is_why_there_is_no_cdr() {
    let database = database("unlisted").await;
    let charge = "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 E 11:00 end=2000";
    fill(&database, &[("cs-1", charge)]).await;
    complete(&database).await;
    database.check("SELECT count() FROM cdrs", "1").await;
    // the history of the EVSE begins after the charge
    database.execute("INSERT INTO evse_rows SELECT * REPLACE(revision + 1 AS revision, 1 AS removed) FROM evse_rows FINAL").await;
    database.insert("evse_rows", r#"{"tenant":"acme","station":"cs-1","evse_id":1,"valid_from":"2029-01-01 00:00:00","evse_uid":"UID-1","revision":3}"#).await;
    database.check("SELECT reasons FROM without_cdr", "['evse_uid_unknown']").await;
    database.check("SELECT count() FROM cdrs", "0").await;
}
