//! `state_intervals` and the records say the same: per charge the seconds add up to the duration, and per state to the
//! record's times; where the record has none, there is no interval. Records as they are folded, not as someone wrote
//! them down.

use std::path::Path;

use crate::database::Database;
use crate::stored::fill;

/// Charges in the language of `tests/fold`, with what `state_intervals` has to say.
const CHARGES: &[(&str, &str, &str)] = &[
    (
        "what comes after the Ended that counts is nobody's idling",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:30 state=SuspendedEV
         2 E 10:40 end=2000
         3 U 15:00 state=EVConnected",
        "0 | 10:00:00 | 1800 | Charging | false
         1 | 10:30:00 | 600 | SuspendedEV | true",
    ),
    (
        "an event that was never timed leaves no state to tell",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 1970 state=SuspendedEV rx=10:30
         2 E 11:00 end=2000",
        "",
    ),
    (
        "a charge that begins in 1970 is none of fifty years",
        "0 S 1970 begin=1000 tok=A evse=1 state=Charging rx=10:00
         1 U 10:30 state=SuspendedEV
         2 E 11:00 end=2000",
        "",
    ),
    (
        "times that fall",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:40 state=SuspendedEV
         2 U 10:30 state=Charging
         3 E 11:00 end=2000",
        "",
    ),
    (
        "times that fall by less than is tolerated are held up",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:30:01 state=SuspendedEV
         2 U 10:30:00.5 state=Charging
         3 U 10:40 state=EVConnected
         4 E 11:00 end=2000",
        "0 | 10:00:00 | 1801 | Charging | false
         2 | 10:30:01 | 599 | Charging | false
         3 | 10:40:00 | 1200 | EVConnected | true",
    ),
    (
        "a counter that began again: nobody knows what was in between",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:10 reg=1100
         2 U 10:20 reg=1200
         3 U 10:30 reg=1300
         1 U 10:40 reg=1400 state=SuspendedEV
         2 U 10:50 reg=1500
         3 E 11:00 end=2000",
        "0 | 10:00:00 | 600 | Charging | false
         1 | 10:10:00 | 600 | Charging | false
         2 | 10:20:00 | 600 | Charging | false
         3 | 10:30:00 | 600 | Unknown | true
         1 | 10:40:00 | 600 | SuspendedEV | true
         2 | 10:50:00 | 600 | SuspendedEV | true",
    ),
    (
        "power that went at an unknown time, and came back",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:30 reg=1500 why=TxResumed
         2 U 10:40 reg=1600
         3 E 11:00 end=2000 reason=Reboot",
        "0 | 10:00:00 | 1800 | Unknown | true
         1 | 10:30:00 | 600 | Charging | false
         2 | 10:40:00 | 1200 | Unknown | true",
    ),
    (
        "a hole before another state, and before the same",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         2 U 10:20 state=Charging
         4 U 10:40 state=EVConnected
         5 U 10:50 evse=1/2
         7 E 11:00 end=2000",
        "0 | 10:00:00 | 1200 | Charging | false
         2 | 10:20:00 | 1200 | Unknown | true
         4 | 10:40:00 | 600 | EVConnected | true
         5 | 10:50:00 | 600 | EVConnected | true",
    ),
    (
        "an Updated and the Ended under one seqNo",
        "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
         1 U 10:30 state=SuspendedEV
         1 E 11:00 end=2000",
        "0 | 10:00:00 | 1800 | Charging | false
         1 | 10:30:00 | 1800 | SuspendedEV | true",
    ),
];

/// Charges whose intervals and records differ.
const DIFFERING: &str = "SELECT t.station_key, t.instance, duration_s, n, s, charging, suspended_ev, suspended_evse, connected, idle, unknown
    FROM transactions AS t
    LEFT JOIN
    (
        SELECT
            tenant, station_key, transaction_key, instance, count() AS n, toDecimal64(sum(us) / 1000000, 6) AS s,
            toDecimal64(sumIf(us, charging_state = 'Charging') / 1000000, 6) AS charging,
            toDecimal64(sumIf(us, charging_state = 'SuspendedEV') / 1000000, 6) AS suspended_ev,
            toDecimal64(sumIf(us, charging_state = 'SuspendedEVSE') / 1000000, 6) AS suspended_evse,
            toDecimal64(sumIf(us, charging_state = 'EVConnected') / 1000000, 6) AS connected,
            toDecimal64(sumIf(us, charging_state = 'Idle') / 1000000, 6) AS idle,
            toDecimal64(sumIf(us, charging_state = 'Unknown') / 1000000, 6) AS unknown
        FROM (SELECT *, toInt64(round(seconds * 1000000)) AS us FROM state_intervals)
        GROUP BY tenant, station_key, transaction_key, instance
    ) AS i USING (tenant, station_key, transaction_key, instance)
    WHERE if(t.time_unknown_s IS NULL, n != 0,
        NOT ifNull((s, charging, suspended_ev, suspended_evse, connected, idle, unknown) =
            (duration_s, time_charging_s, time_suspended_ev_s, time_suspended_evse_s, time_ev_connected_s, time_idle_s, time_unknown_s), false))
    ORDER BY ALL";

#[tokio::test]
async fn intervals_tell_what_the_rules_allow() {
    let database = Database::empty("intervals").await;
    let names: Vec<String> = (0..CHARGES.len()).map(|number| format!("cs-{number}")).collect();
    let charges: Vec<_> =
        names.iter().zip(CHARGES).map(|(name, (_, told, _))| (name.as_str(), *told)).collect();
    fill(&database, &charges).await;
    for (name, (what, _, expect)) in names.iter().zip(CHARGES) {
        eprintln!("{what}");
        let sql = format!(
            "SELECT seq_no, formatDateTime(from_at, '%H:%i:%S'), seconds, charging_state, after_charging \
             FROM state_intervals WHERE station_key = '{name}' ORDER BY from_at, to_at"
        );
        database.check(&sql, expect).await;
    }
    database.check(DIFFERING, "").await;
}

#[tokio::test]
async fn every_folded_charge_has_the_intervals_of_its_record() {
    let database = Database::empty("folded").await;
    let texts = fixtures();
    let charges: Vec<_> = texts.iter().map(|(name, told)| (name.as_str(), told.as_str())).collect();
    fill(&database, &charges).await;
    database.check("SELECT uniqExact(station_key) > 50 FROM state_intervals", "1").await;
    database.check("SELECT count() > 20 FROM transactions WHERE time_unknown_s IS NULL", "1").await;
    database.check(DIFFERING, "").await;
}

#[tokio::test]
async fn the_records_written_down_for_the_other_tests_have_these_intervals_too() {
    let database = Database::filled("written_down").await;
    database.check(DIFFERING, "").await;
    database.check("SELECT count() FROM transactions WHERE time_unknown_s IS NOT NULL", "8").await;
}

#[tokio::test]
async fn the_intervals_of_one_transaction_are_found_by_index() {
    let database = Database::empty("intervals_lookup").await;
    database
        .execute(
            "INSERT INTO event_rows (tenant, station, transaction_id, seq_no, month, content_hash, event_type, ocpp) \
             SELECT 'acme', 'cs-1', concat('tx-', toString(intDiv(number, 4))), number % 4, 202603, number, 'Updated', '2.1' \
             FROM numbers(100000)",
        )
        .await;
    let sql = "EXPLAIN indexes = 1 SELECT * FROM state_intervals \
        WHERE tenant = 'acme' AND station_key = 'cs-1' AND transaction_key = 'tx-47'";
    let plan = database.text(sql).await;
    let events = plan.split_once(".event_rows)").unwrap().1;
    let events = events.split_once("ReadFromMergeTree").map_or(events, |(events, _)| events);
    let (left, all) = events
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Granules: ")?.split_once('/'))
        .next_back()
        .unwrap();
    assert_eq!(left, "1", "{plan}");
    assert!(all.parse::<u32>().unwrap() > 10, "{plan}");
}

/// The charges of the fold's fixtures: name, and the events in their language.
pub(crate) fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assemble/tests/fold");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "fold"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let told = text.split_once("\n=\n").unwrap().0.to_owned();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), told)
        })
        .collect()
}
