//! Energy along a charge: every way of cutting it gives back the record's figure to the last digit.

use crate::database::Database;
use crate::states::fixtures;
use crate::stored::fill;

/// Charges whose pieces do not add up to the record, by view.
const APART: [&str; 4] = ["energy_intervals", "energy_pieces", "tariff_split", "charging_periods"];

async fn assert_sums(database: &Database, views: &[&str]) {
    for view in views {
        // charging_periods need both ends
        let all = if *view == "charging_periods" { "started_at < ended_at" } else { "true" };
        database
            .check(
                &format!(
                    "SELECT t.station_key, t.instance, t.energy_wh, v.wh FROM transactions AS t LEFT JOIN \
                     (SELECT tenant, record_id, toNullable(sum({view}.energy_wh)) AS wh, min({view}.energy_wh) AS least FROM {view} GROUP BY ALL) AS v \
                     ON v.tenant = t.tenant AND v.record_id = t.record_id \
                     WHERE t.energy_wh IS NOT NULL AND ({all}) AND (ifNull(v.wh != t.energy_wh, true) OR v.least < 0)"
                ),
                "",
            )
            .await;
        database
            .check(
                &format!("SELECT count() FROM {view} WHERE record_id NOT IN (SELECT record_id FROM transactions WHERE energy_wh IS NOT NULL)"),
                "0",
            )
            .await;
    }
}

#[tokio::test]
async fn every_folded_charge_adds_up_to_its_energy() {
    let database = Database::empty("folded_energy").await;
    let texts = fixtures();
    let charges: Vec<_> = texts.iter().map(|(name, told)| (name.as_str(), told.as_str())).collect();
    fill(&database, &charges).await;
    assert_sums(&database, &APART).await;
    // most are told by readings, not by the whole
    database.check("SELECT uniqExactIf(record_id, basis = 'readings') > 60 FROM energy_intervals", "1").await;
}

#[tokio::test]
async fn the_charges_written_down_add_up_with_filled_reference_tables_too() {
    let database = Database::filled("cut_energy").await;
    database.fill_reference().await;
    assert_sums(&database, &APART).await;
}

#[tokio::test]
async fn intervals_follow_the_billed_series() {
    let database = Database::empty("series").await;
    let charges = [
        // the total of the outlet is billed; the body and the phases are other series
        (
            "outlet",
            "0 S 10:00 begin=1000 begin.Body=5 tok=A evse=1 state=Charging
                    1 U 10:30 reg=1400 reg.Body=900
                    2 E 11:00 end=2000 end.Body=1005",
        ),
        // the same reading told twice, and the charge held up at the end
        (
            "still",
            "0 S 10:00 begin=1000 tok=A evse=1 state=Charging
                   1 U 10:30 reg=2000
                   2 E 11:00 end=2000",
        ),
        // no register: one interval over the whole
        (
            "amounts",
            "0 S 10:00 tok=A evse=1 state=Charging
                     1 U 10:30 int=600
                     2 E 11:00 int=400",
        ),
    ];
    fill(&database, &charges).await;
    assert_sums(&database, &APART).await;
    database
        .check(
            "SELECT station_key, position, formatDateTime(from_at, '%H:%i'), formatDateTime(to_at, '%H:%i'), energy_wh, energy_until_wh, mean_power_w, basis \
             FROM energy_intervals ORDER BY station_key, position",
            "
        amounts | 1 | 10:00 | 11:00 | 1000 | 1000 | 1000 | whole
        outlet | 1 | 10:00 | 10:30 | 400 | 400 | 800 | readings
        outlet | 2 | 10:30 | 11:00 | 600 | 1000 | 1200 | readings
        still | 1 | 10:00 | 10:30 | 1000 | 1000 | 2000 | readings
        still | 2 | 10:30 | 11:00 | 0 | 1000 | 0 | readings",
        )
        .await;
}

#[tokio::test]
async fn a_charge_over_the_change_of_clocks_has_every_hour_once() {
    let database = Database::empty("clocks").await;
    let station = r#"{"tenant":"acme","station":"cs-1","valid_from":"1970-01-01 00:00:00","time_zone":"Europe/Amsterdam","revision":1}"#;
    database.insert("station_rows", station).await;
    let charge = |id: &str, from: &str, to: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-1","transaction_id":"{id}","record_id":"00000000-0000-0000-0000-{id:0>12}","class":"complete","started_at":"2026-{from}","ended_at":"2026-{to}","energy_wh":10,"energy_method":"interval_sum"}}"#
        )
    };
    // clocks go forward on 29 March at 01:00 UTC and back on 25 October at 01:00 UTC
    let rows =
        [charge("1", "03-29 00:30:00", "03-29 01:30:00"), charge("2", "10-24 23:50:00", "10-25 01:50:00")];
    database.insert("transaction_rows", &rows.join("\n")).await;
    database
        .check(
            "SELECT transaction_key, local_hour, hour_at, seconds, energy_wh FROM tariff_split ORDER BY transaction_key, hour_at",
            "
        1 | 2026-03-29 01:00:00 | 2026-03-29 00:00:00.000000 | 1800 | 5
        1 | 2026-03-29 03:00:00 | 2026-03-29 01:00:00.000000 | 1800 | 5
        2 | 2026-10-25 01:00:00 | 2026-10-24 23:00:00.000000 | 600 | 0.833333
        2 | 2026-10-25 02:00:00 | 2026-10-25 00:00:00.000000 | 3600 | 5
        2 | 2026-10-25 02:00:00 | 2026-10-25 01:00:00.000000 | 3000 | 4.166667",
        )
        .await;
    assert_sums(&database, &APART).await;
}

#[tokio::test]
async fn what_cannot_be_dated_and_a_clock_gone_wrong_keep_their_energy() {
    let database = Database::empty("undated").await;
    let charge = |id: u32, times: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-{id}","transaction_id":"t","record_id":"00000000-0000-0000-0000-{id:012}","class":"complete","energy_wh":7,"energy_method":"interval_sum"{times}}}"#
        )
    };
    let rows = [
        charge(1, ""),
        charge(2, r#","started_at":"2026-03-01 10:00:00""#),
        charge(3, r#","started_at":"2026-03-01 10:00:00","ended_at":"2026-03-01 09:00:00""#),
        charge(4, r#","started_at":"2019-03-01 10:00:00","ended_at":"2026-03-01 09:00:00""#),
    ];
    database.insert("transaction_rows", &rows.join("\n")).await;
    assert_sums(&database, &["energy_intervals", "energy_pieces", "tariff_split"]).await;
    database
        .check(
            "SELECT station_key, local_hour, energy_wh FROM tariff_split ORDER BY station_key",
            "
        cs-1 | \\N | 7
        cs-2 | 2026-03-01 10:00:00 | 7
        cs-3 | 2026-03-01 10:00:00 | 7
        cs-4 | 2019-03-01 10:00:00 | 7",
        )
        .await;
}

#[tokio::test]
async fn mean_power_of_much_energy_in_no_time_is_told() {
    let database = Database::empty("power").await;
    let charge = |id: u32, ended_at: &str| {
        format!(
            r#"{{"tenant":"acme","station":"cs-{id}","transaction_id":"t","record_id":"00000000-0000-0000-0000-{id:012}","class":"complete","energy_wh":"5000000000","energy_method":"interval_sum","started_at":"2026-03-01 10:00:00","ended_at":"2026-03-01 {ended_at}"}}"#
        )
    };
    // 5 GWh, which is more than 2^63 in µWh times 3600
    let rows = [charge(1, "11:00:00"), charge(2, "10:00:00.000001")];
    database.insert("transaction_rows", &rows.join("\n")).await;
    database
        .check(
            "SELECT station_key, energy_wh, mean_power_w FROM energy_intervals ORDER BY station_key",
            "
        cs-1 | 5000000000 | 5000000000
        cs-2 | 5000000000 | 18000000000000000000",
        )
        .await;
}
