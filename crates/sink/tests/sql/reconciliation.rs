//! Do records, exports and the partners' lists agree? Every finding on rows made for it.

use crate::database::Database;

const FINDINGS: &str = "SELECT right(toString(record_id), 2), cdr_id, finding, partner, exported_wh, listed_wh FROM reconciliation ORDER BY ALL";

/// A charge of 1 kWh on an EVSE of `cs-1`.
fn charge(id: u32, evse_id: u32, started_at: &str) -> String {
    format!(
        r#"{{"tenant":"acme","station":"cs-1","transaction_id":"t{id}","record_id":"00000000-0000-0000-0000-{id:012}","class":"complete","id_token_start":"A","energy_wh":1000,"evse_id":{evse_id},"started_at":"2026-{started_at}"}}"#
    )
}

/// What was handed out of a charge; `rest` more members.
fn export(id: u32, version: u32, started_at: &str, rest: &str) -> String {
    format!(
        r#"{{"tenant":"acme","record_id":"00000000-0000-0000-0000-{id:012}","channel":"ocpi","version":"{version}","exported_at":"2026-04-0{version} 00:00:00","started_at":"2026-{started_at}","revision":1,{rest}}}"#
    )
}

/// A line of 1 kWh of a list.
fn listed(tenant: &str, partner: &str, cdr_id: &str, started_at: &str, rest: &str) -> String {
    format!(
        r#"{{"tenant":"{tenant}","partner":"{partner}","cdr_id":"{cdr_id}","energy_wh":1000,"started_at":"2026-{started_at}","revision":1{rest}}}"#
    )
}

async fn database(name: &str, charges: &[String], exports: &[String], lists: &[String]) -> Database {
    let database = Database::empty(name).await;
    let clock = [
        ("generations", r#"{"generation":1,"cluster_id":"c","topic":"t","topic_id":"t","partitions":1}"#),
        (
            "progress",
            r#"{"generation":1,"written_at":"2030-01-01 00:00:00","next_offset":1,"watermark":"2030-01-01 00:00:00"}"#,
        ),
    ];
    for (table, row) in clock {
        database.insert(table, row).await;
    }
    for (table, rows) in
        [("transaction_rows", charges), ("export_rows", exports), ("partner_cdr_rows", lists)]
    {
        database.insert(table, &rows.join("\n")).await;
    }
    database
}

#[tokio::test]
async fn a_credited_cdr_that_was_not_sent_again_is_missing() {
    let first = r#""cdr_id":"C-1","energy_wh":900"#;
    let credit = r#""cdr_id":"C-1C","credits_cdr_id":"C-1","energy_wh":-900"#;
    let exports = [export(1, 1, "03-01 10:00:00", first), export(1, 2, "03-01 10:00:00", credit)];
    let database = database("credited", &[charge(1, 1, "03-01 10:00:00")], &exports, &[]).await;
    database.check(FINDINGS, "01 | C-1 | missing | \\N | \\N | \\N").await;
    let again = export(1, 3, "03-01 10:00:00", r#""cdr_id":"C-2","energy_wh":1000"#);
    database.insert("export_rows", &again).await;
    database.check(FINDINGS, "01 | C-2 | agrees | \\N | 1000 | \\N").await;
}

#[tokio::test]
async fn station_and_start_find_the_charge_of_the_evse_that_is_listed() {
    let at = "03-01 10:00:00";
    let charges = [charge(1, 1, at), charge(2, 2, at)];
    let exports = [
        export(1, 1, at, r#""cdr_id":"C-1","energy_wh":1000"#),
        export(2, 1, at, r#""cdr_id":"C-2","energy_wh":1000"#),
    ];
    let on = |cdr_id: &str, rest: &str| {
        listed("acme", "NL-XYZ", cdr_id, at, &format!(r#","station":"cs-1","station_raw":"CS-1"{rest}"#))
    };
    let lists = [
        on("X-1", r#","evse_id":1"#),
        on("X-2", r#","evse_id":2"#),
        on("X-3", r#","evse_id":3"#),
        // two charges fit
        on("X-4", ""),
    ];
    let database = database("evses", &charges, &exports, &lists).await;
    database
        .check(
            FINDINGS,
            "
        01 | C-1 | agrees | NL-XYZ | 1000 | 1000
        02 | C-2 | agrees | NL-XYZ | 1000 | 1000
        \\N | X-3 | extra | NL-XYZ | \\N | 1000
        \\N | X-4 | extra | NL-XYZ | \\N | 1000",
        )
        .await;
}

#[tokio::test]
async fn a_charge_that_is_listed_twice_is_a_duplicate() {
    let at = "03-01 10:00:00";
    let exports = [export(1, 1, at, r#""cdr_id":"C-1","energy_wh":1000"#)];
    let own = r#","record_id":"00000000-0000-0000-0000-000000000001""#;
    let lists = [listed("acme", "NL-XYZ", "C-1", at, ""), listed("acme", "NL-XYZ", "X-9", at, own)];
    let database = database("twice", &[charge(1, 1, at)], &exports, &lists).await;
    database.check(FINDINGS, "01 | C-1 | duplicate | NL-XYZ | 1000 | 2000").await;
}

#[tokio::test]
async fn a_list_covers_what_lies_between_its_own_first_and_last_start() {
    let at = "03-10 10:00:00";
    let exports = [export(1, 1, at, r#""cdr_id":"C-1","energy_wh":1000"#)];
    // together they span the charge, each alone does not; another tenant's list does
    let lists = [
        listed("acme", "NL-XYZ", "X-1", "03-01 10:00:00", ""),
        listed("acme", "DE-XYZ", "X-2", "03-20 10:00:00", ""),
        listed("other", "NL-XYZ", "X-3", "03-01 10:00:00", ""),
        listed("other", "NL-XYZ", "X-4", "03-20 10:00:00", ""),
    ];
    let database = database("covered", &[charge(1, 1, at)], &exports, &lists).await;
    let finding = "SELECT finding FROM reconciliation WHERE record_id IS NOT NULL";
    database.check(finding, "agrees").await;
    database.insert("partner_cdr_rows", &listed("acme", "DE-XYZ", "X-5", "03-05 10:00:00", "")).await;
    database.check(finding, "not_listed").await;
    // a token of a provider that has a list of its own: that one is asked, and it ends before
    database.insert("token_rows", r#"{"tenant":"acme","token":"a","token_type":"iso14443","valid_from":"1970-01-01 00:00:00","token_ref":"ref","country_code":"NL","party_id":"XYZ","revision":1}"#).await;
    database
        .execute(
            "INSERT INTO transaction_rows SELECT * REPLACE(version + 1 AS version, 'ref' AS id_token_start_ref) FROM transaction_rows FINAL",
        )
        .await;
    database.check(finding, "agrees").await;
}
