//! CDRs, the reasons why there is none, and what was handed out already.

use crate::database::Database;
use crate::questions::query;

#[tokio::test]
async fn every_charge_has_a_cdr_or_the_reasons_why_not() {
    let database = Database::filled("cdrs").await;
    for reference in [false, true] {
        if reference {
            database.fill_reference().await;
        }
        database
            .check(
                "SELECT count(), uniqExact(record_id), countIf(cdr) FROM \
                 (SELECT record_id, false AS cdr FROM without_cdr UNION ALL SELECT record_id, true FROM cdrs)",
                if reference { "13 | 13 | 2" } else { "13 | 13 | 0" },
            )
            .await;
        database.check("SELECT count(), uniqExact(record_id) FROM charge_context", "13 | 13").await;
    }
    database
        .check(
            "SELECT station, transaction_id, reasons FROM without_cdr WHERE station_key IN ('cs-1', 'cs-4') ORDER BY ALL",
            "
        CS-1 | TX-C | ['class: waiting','not_settled']
        CS-4 | TX-N | ['class: no_start','energy_unknown','start_unknown','evse_unknown','operator_unknown','location_unknown','token_missing','review: no_start','review: token_missing','rejected: token']
        CS-4 | TX-O | ['class: open','not_settled','energy_unknown','end_unknown','evse_uid_unknown','operator_unknown','location_unknown']
        CS-4 | TX-S | ['class: no_end_presumed','energy_unknown','end_unknown','evse_uid_unknown','operator_unknown','location_unknown']
        CS-4 | TX-T | ['evse_uid_unknown','operator_unknown','location_unknown','token_missing','review: token_missing','review: unit_suspect','rejected: energy_impossible','rejected: token']",
        )
        .await;
}

#[tokio::test]
async fn a_cdr_says_what_record_and_reference_say_and_keeps_signed_data() {
    let database = Database::filled("cdr_fields").await;
    database.fill_reference().await;
    let sql = "SELECT id = toString(record_id), country_code, party_id, start_date_time, end_date_time, cdr_token, auth_method, meter_id, \
        tariff_id, currency, total_cost_incl_vat, total_energy, total_time, total_charging_time, total_parking_time, remark, credit_reference_id FROM cdrs ORDER BY start_date_time";
    database.check(sql, "
        1 | NL | ABC | 2026-03-01 10:00:00.000000 | 2026-03-01 11:30:00.000000 | ('NL','ABC','AA11','RFID','NL-ABC-C1') | WHITELIST | M-1 | flex | EUR | 3.63 | 12 | 1.5 | 1 | 0.3333 | Local | \\N
        1 | NL | ABC | 2026-03-02 08:00:00.000000 | 2026-03-02 09:00:00.000000 | ('NL','ABC','AA11','RFID','NL-ABC-C1') | WHITELIST | M-1 | flex | \\N | \\N | 6 | 1 | 1 | 0 | Local | CDR-B").await;
    // cut where the state changes, and at 11:40 local time where the tariff does
    database.check("SELECT charging_periods FROM cdrs WHERE meter_id = 'M-1' ORDER BY start_date_time LIMIT 1",
        "[('2026-03-01 10:00:00.000000',[('ENERGY',0)],'day'),('2026-03-01 10:10:00.000000',[('ENERGY',6),('TIME',0.5)],'day'),\
         ('2026-03-01 10:40:00.000000',[('ENERGY',6),('TIME',0.5)],'peak'),('2026-03-01 11:10:00.000000',[('ENERGY',0),('PARKING_TIME',0.3333)],'peak')]").await;
    // byte for byte as in the events
    database
        .check(
            "SELECT signed_values, signed_oversized FROM cdrs ORDER BY start_date_time LIMIT 1",
            "[('End','2026-03-01 11:30:00.000000','OCMF','AA==','T0NNRg==')] | false",
        )
        .await;
    // the only connector that an EVSE has is its connector; one of two would be a guess
    let connector = "SELECT cdr_location.connector_id FROM cdrs ORDER BY start_date_time DESC LIMIT 1";
    database.check(connector, "2").await;
    database.insert("connector_rows", r#"{"tenant":"acme","station":"cs-1","evse_id":1,"connector_id":3,"valid_from":"1970-01-01 00:00:00","revision":1}"#).await;
    database.check(connector, "\\N").await;
}

#[tokio::test]
async fn a_check_is_tuned_by_a_row() {
    let database = Database::filled("tuned").await;
    let failing = "SELECT transaction_id, level, figure, minimum, maximum FROM plausibility WHERE check = 'energy' ORDER BY ALL";
    database.check(failing, "TX-T | suspicious | 8000 | 0.5 | 200").await;
    let row = |level: &str, revision: u32| {
        format!(r#"{{"name":"energy","minimum":2,"maximum":10,"level":"{level}","revision":{revision}}}"#)
    };
    database.insert("plausibility_checks", &row("rejected", 1)).await;
    database
        .check(
            failing,
            "
        TX-1 | rejected | 1 | 2 | 10
        TX-A | rejected | 12 | 2 | 10
        TX-C | rejected | 1 | 2 | 10
        TX-N | rejected | 0.5 | 2 | 10
        TX-P | rejected | 1 | 2 | 10
        TX-S | rejected | 0.5 | 2 | 10
        TX-T | rejected | 8000 | 2 | 10",
        )
        .await;
    database.insert("plausibility_checks", &row("off", 2)).await;
    database.check(failing, "").await;
}

#[tokio::test]
async fn a_station_s_own_calculation_stands_beside_our_figures() {
    let database = Database::filled("costs").await;
    let event = |seq_no: u32, kind: &str, costs: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-9","station_raw":"CS-9","transaction_id":"tx","transaction_id_raw":"TX","seq_no":{seq_no},"content_hash":"{seq_no}","month":202603,"event_time":"2026-03-01 10:0{seq_no}:00","ocpp":"2.1","event_type":"{kind}",{costs}}}"#
        )
    };
    let rows = [
        event(1, "Updated", r#""cost_currency":"EUR","cost_incl_tax":0.5,"cost_energy_wh":900"#),
        event(
            2,
            "Ended",
            r#""cost_currency":"EUR","cost_type":"NormalCost","cost_excl_tax":1,"cost_incl_tax":1.21,"cost_energy_wh":2200,"cost_charging_s":100,"cost_idle_s":20,"raw":"{\"costDetails\":{\"totalCost\": {\"fixed\":{\"exclTax\":0.10}}}}""#,
        ),
        // after the end that counts
        event(3, "Updated", r#""cost_currency":"USD","cost_energy_wh":1"#),
    ];
    database.insert("event_rows", &rows.join("\n")).await;
    database.insert("transaction_rows", r#"{"tenant":"acme","station":"cs-9","station_raw":"CS-9","transaction_id":"tx","transaction_id_raw":"TX","class":"complete","epochs":1,"last_seq":2,"energy_wh":2000,"time_charging_s":90.5,"record_id":"00000000-0000-0000-0000-000000000001"}"#).await;
    database.check("SELECT seq_no, final, currency, cost_type, cost_excl_tax, cost_incl_tax, station_energy_wh, energy_wh, energy_difference_wh, \
        charging_difference_s, station_idle_s, cost_details FROM station_costs WHERE station_key = 'cs-9'",
        r#"2 | true | EUR | NormalCost | 1 | 1.21 | 2200 | 2000 | 200 | 9.5 | 20 | {"totalCost":{"fixed":{"exclTax":0.1}}}"#).await;
    let differing = database.text(&query("q10")).await.replace('\t', " | ");
    assert!(
        differing.contains("acme | CS-9 | TX | 1 | 2000 | \\N | \\N | 2200 | \\N | 0.1\n"),
        "{differing}"
    );
}
