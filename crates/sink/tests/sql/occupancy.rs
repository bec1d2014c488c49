//! Charges whose start is an estimate are where they were, not when they were told of.

use crate::database::Database;

#[tokio::test]
async fn an_estimated_start_after_the_end_is_the_first_time_that_is_known() {
    let database = Database::empty("capped").await;
    let charge = |id: u32, times: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"t{id}","record_id":"00000000-0000-0000-0000-{id:012}","evse_id":1,"class":"complete","stopped_reason":"Local","energy_wh":1000,"energy_method":"interval_sum",{times}}}"#
        )
    };
    let rows = [
        // delivered at 15:00 after it was over: an event at 10:30 is the first that is known of it
        charge(1, r#""started_at_estimate":"2026-03-01 15:00:00","ended_at":"2026-03-01 11:00:00""#),
        // nothing known but its end, and nothing at 15:00, when the others were told of
        charge(2, r#""started_at_estimate":"2026-03-01 15:00:00","ended_at":"2026-03-01 12:00:00""#),
        charge(3, r#""started_at":"2026-03-01 14:45:00","ended_at":"2026-03-01 15:15:00""#),
        // an estimate that nothing contradicts stands
        charge(4, r#""started_at_estimate":"2026-03-01 16:00:00","ended_at":"2026-03-01 16:15:00""#),
    ];
    database.insert("transaction_rows", &rows.join("\n")).await;
    let event = |seq_no: u32, at: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"t1","seq_no":{seq_no},"content_hash":"{seq_no}","month":202603,"event_time":"{at}","ocpp":"2.1","event_type":"Updated"}}"#
        )
    };
    let events =
        [event(0, "1970-01-01 00:01:00"), event(1, "2026-03-01 10:30:00"), event(2, "2026-03-01 11:00:00")];
    database.insert("event_rows", &events.join("\n")).await;
    database
        .check(
            "SELECT transaction_key, formatDateTime(quarter_at, '%H:%i'), seconds, energy_wh FROM occupancy ORDER BY transaction_key, quarter_at",
            "
        t1 | 10:30 | 900 | 500
        t1 | 10:45 | 900 | 500
        t2 | 12:00 | 0 | 1000
        t3 | 14:45 | 900 | 500
        t3 | 15:00 | 900 | 500
        t4 | 16:00 | 900 | 1000",
        )
        .await;
    database.check("SELECT transaction_id, earlier_transaction_id FROM overlaps", "").await;
}
