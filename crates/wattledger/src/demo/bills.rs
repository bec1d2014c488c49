//! What the demonstration shows of the result: ten bills and the account, as the engine prints them.

use wattledger_fleet::Report;
use wattledger_local::probe;
use wattledger_local::stack::Addresses;

use crate::programs::Failure;

/// Stories of which one transaction each is shown, and what it shows.
const STORIES: [(&str, &str); 10] = [
    ("none", "as it should be"),
    ("permitted_gap", "hole that a station may leave"),
    ("lost_register", "hole where the end register was"),
    ("late", "event after its Ended"),
    ("conflict", "two contents, one seqNo"),
    ("conflicting_end", "two Ended, two registers"),
    ("reused_id", "second charge, same id"),
    ("reset", "seqNo begins anew"),
    ("lost_started", "no Started"),
    ("unset_clock", "clock says 1970"),
];

/// The bills of ten transactions.
///
/// # Errors
/// If the query fails.
pub(crate) async fn table(addresses: &Addresses, report: &Report) -> Result<String, Failure> {
    let picked: Vec<String> = STORIES
        .iter()
        .filter_map(|(story, shows)| {
            let pick = report.picks.get(*story)?.first()?;
            Some(format!("('{}', '{}', '{shows}')", quoted(&pick.station), quoted(&pick.transaction_id)))
        })
        .collect();
    if picked.is_empty() {
        return Ok(String::new());
    }
    let sql = format!(
        "SELECT p.shows AS shows, t.station AS station, substring(t.transaction_id, 1, 8) AS tx, instance AS n, class, \
                first_seq, last_seq, \
                arrayStringConcat(arrayMap(r -> if(r.2 = r.3, toString(r.2), concat(toString(r.2), '-', toString(r.3))), \
                missing_ranges), ' ') AS missing, events, conflicts, energy_wh / 1000 AS kwh, energy_method AS method, \
                arrayStringConcat(review, ' ') AS review \
         FROM transactions AS t \
         INNER JOIN (SELECT tupleElement(p, 1) AS station, tupleElement(p, 2) AS transaction_id, tupleElement(p, 3) AS shows \
                     FROM (SELECT arrayJoin([{}]) AS p)) AS p USING (station, transaction_id) \
         ORDER BY shows, instance",
        picked.join(", ")
    );
    let rows = query(addresses, &sql).await?;
    Ok(format!("\nThe bills of ten transactions:\n{rows}"))
}

/// The account over all partitions.
///
/// # Errors
/// If the query fails.
pub(crate) async fn account(addresses: &Addresses) -> Result<String, Failure> {
    let sql = "SELECT sum(received) AS received, sum(stored) AS stored, sum(duplicate) AS duplicate, \
               sum(conflict) AS conflict, sum(quarantined) AS quarantined, sum(missing) AS missing, \
               sum(unaccounted) AS unaccounted, \
               received = stored + duplicate + conflict + quarantined AS adds_up FROM account";
    let rows = query(addresses, sql).await?;
    Ok(format!("\nThe account (received = stored + duplicate + conflict + quarantined):\n{rows}"))
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

async fn query(addresses: &Addresses, sql: &str) -> Result<String, Failure> {
    let format = "PrettyCompactNoEscapesMonoBlock";
    Ok(probe::query(&addresses.clickhouse, &addresses.database, format, sql).await?)
}
