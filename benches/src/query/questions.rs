//! What is asked: the analysts' questions, and look-ups by identity.

use std::path::Path;

use super::copies::{COUNT, Map};
use super::engine::Engine;
use super::{Outcome, SEED, Settings};

/// How an answer grows from the seed to the copies.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Every row names a station or charge, or a partition: once for each copy.
    PerCopy,
    /// Asked of one copy.
    OneCopy(u32),
    /// Rows over all stations: these columns are sums.
    Summed(&'static [&'static str]),
}

/// How much a question may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// It is about everything, so everything is read.
    Everything,
    /// It is about one charge, station or day, so little may be read.
    Bounded,
}

/// A question, ready to be asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// File or look-up.
    pub name: String,
    /// The statement.
    pub sql: String,
    /// The statement for the seed.
    pub in_seed: String,
    /// How the answer grows.
    pub rule: Rule,
    /// How much may be read.
    pub scope: Scope,
    /// Stations of the seed.
    pub stations: u32,
}

/// How the answer of each file grows.
const FILES: &[(&str, Rule)] = &[
    ("q01.sql", Rule::Summed(&["charges", "kwh", "hours", "idle_minutes"])),
    ("q02.sql", Rule::Summed(&["charges", "kwh", "kwh_estimate"])),
    ("q03.sql", Rule::PerCopy),
    ("q04.sql", Rule::Summed(&["charges", "billable_charges"])),
    ("q05.sql", Rule::PerCopy),
    ("q06.sql", Rule::PerCopy),
    ("q07.sql", Rule::PerCopy),
    ("q08.sql", Rule::PerCopy),
    ("q08_payloads.sql", Rule::PerCopy),
    ("q09.sql", Rule::Summed(&["charges", "billable_charges", "kwh", "kwh_only_estimated"])),
    ("q10.sql", Rule::PerCopy),
    ("q11.sql", Rule::PerCopy),
    ("q12.sql", Rule::PerCopy),
    ("q13.sql", Rule::PerCopy),
    ("q14.sql", Rule::PerCopy),
    ("q15.sql", Rule::PerCopy),
    ("q16.sql", Rule::PerCopy),
    ("q17.sql", Rule::PerCopy),
    ("q18.sql", Rule::Summed(&["charges", "kwh"])),
    ("q19.sql", Rule::Summed(&["requests", "became_charges", "charges_without_request"])),
    ("q20.sql", Rule::Summed(&["ends", "abnormal"])),
    ("q21.sql", Rule::PerCopy),
    ("q22.sql", Rule::Summed(&["messages", "stations"])),
    ("q23.sql", Rule::Summed(&["charges_at_once", "charges", "kw"])),
    ("q24.sql", Rule::PerCopy),
    ("q24_reconciliation.sql", Rule::Summed(&["charges", "recorded_kwh", "exported_kwh", "listed_kwh"])),
];

/// A look-up by identity: what stands in braces is taken from one charge, one event or one day of the seed.
struct LookUp {
    name: &'static str,
    sql: &'static str,
    /// Sums over all copies; none if it is about one copy.
    summed: &'static [&'static str],
}

const LOOK_UPS: &[LookUp] = &[
    LookUp {
        name: "record by key",
        sql: "SELECT * FROM transactions WHERE tenant = '{tenant}' AND station_key = '{station_key}' AND transaction_key = '{transaction_key}'",
        summed: &[],
    },
    LookUp {
        name: "record by spelling",
        sql: "SELECT * FROM transactions WHERE station = '{station}' AND transaction_id = '{transaction_id}'",
        summed: &[],
    },
    LookUp { name: "record by transaction_id", sql: "SELECT * FROM transactions WHERE transaction_id = '{transaction_id}'", summed: &[] },
    LookUp { name: "record by record_id", sql: "SELECT * FROM transactions WHERE record_id = '{record_id}'", summed: &[] },
    LookUp {
        name: "records of a station",
        sql: "SELECT station, transaction_id, instance, class, energy_wh FROM transactions WHERE station = '{station}'",
        summed: &[],
    },
    LookUp {
        name: "records of a day",
        sql: "SELECT class, count() AS charges, sum(energy_wh) AS wh FROM transactions
              WHERE started_at >= '{day} 00:00:00' AND started_at < toDateTime64('{day} 00:00:00', 6, 'UTC') + INTERVAL 1 DAY GROUP BY class",
        summed: &["charges", "wh"],
    },
    LookUp {
        name: "events by key",
        sql: "SELECT * EXCEPT raw FROM events WHERE tenant = '{tenant}' AND station_key = '{station_key}' AND transaction_key = '{transaction_key}'",
        summed: &[],
    },
    LookUp {
        name: "events by spelling",
        sql: "SELECT * EXCEPT raw FROM events WHERE station = '{station}' AND transaction_id = '{transaction_id}'",
        summed: &[],
    },
    LookUp {
        name: "raw bytes of one event",
        sql: "SELECT transaction_key, raw FROM events WHERE tenant = '{tenant}' AND station_key = '{station_key}' AND transaction_key = '{transaction_key}' AND seq_no = {seq_no}",
        summed: &[],
    },
    LookUp {
        name: "register curve of a charge",
        sql: "SELECT station, transaction_id, at, value_normalised FROM meter_values
              WHERE tenant = '{tenant}' AND station_key = '{station_key}' AND transaction_key = '{transaction_key}' AND measurand = 'Energy.Active.Import.Register'",
        summed: &[],
    },
    LookUp {
        name: "states of a charge",
        sql: "SELECT station, transaction_id, from_at, to_at, charging_state FROM state_intervals
              WHERE tenant = '{tenant}' AND station_key = '{station_key}' AND transaction_key = '{transaction_key}'",
        summed: &[],
    },
    LookUp {
        name: "events received on a day",
        sql: "SELECT event_type, count() AS events FROM events
              WHERE received_at >= '{day} 00:00:00' AND received_at < toDateTime64('{day} 00:00:00', 6, 'UTC') + INTERVAL 1 DAY GROUP BY event_type",
        summed: &["events"],
    },
    LookUp {
        name: "deliveries of a station and day",
        sql: "SELECT station_key, transaction_key, seq_no, outcome FROM deliveries WHERE tenant = '{tenant}' AND station_key = '{station_key}'
              AND received_at >= '{day} 00:00:00' AND received_at < toDateTime64('{day} 00:00:00', 6, 'UTC') + INTERVAL 1 DAY",
        summed: &[],
    },
    LookUp { name: "account of a day", sql: "SELECT * FROM account WHERE day = '{day}'", summed: &[] },
    LookUp {
        name: "quarantine of a day",
        sql: "SELECT station, reasons, raw FROM quarantine WHERE received_at >= '{day} 00:00:00' AND received_at < toDateTime64('{day} 00:00:00', 6, 'UTC') + INTERVAL 1 DAY",
        summed: &[],
    },
];

/// Look-ups that name no station, so that they are about every copy.
const ABOUT_ALL: &[&str] = &["account of a day", "quarantine of a day"];

/// The charge, event and day that look-ups are about: one in the middle of the seed, chosen by its hash.
const PICKED: &str = "SELECT tenant, station, station_key, transaction_id, transaction_key, record_id, toDate(started_at) AS day, first_seq + 1 AS seq_no
    FROM transactions WHERE class = 'complete' AND events > 8 AND length(transaction_id) > 8 ORDER BY cityHash64(record_id) LIMIT 1";
/// Copy that look-ups are about.
const PICKED_COPY: u32 = COUNT - 3;

/// Every question and look-up.
///
/// # Errors
/// A file for which it is not said how its answer grows.
pub async fn all(engine: &Engine, settings: &Settings) -> Outcome<Vec<Question>> {
    let stations: u32 =
        engine.asker().number(SEED, "SELECT uniqExact(station_key) FROM transactions").await?;
    let mut questions = files(&settings.questions, stations)?;
    questions.extend(look_ups(engine, stations).await?);
    questions.retain(|question| question.name.starts_with(&settings.only));
    Ok(questions)
}

fn files(folder: &Path, stations: u32) -> Outcome<Vec<Question>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    let question = |name: String| {
        let rule = FILES.iter().find(|(file, _)| *file == name).map(|(_, rule)| *rule);
        let rule = rule.ok_or_else(|| format!("how the answer of {name} grows is not said"))?;
        let sql = std::fs::read_to_string(folder.join(&name))?;
        let sql = sql.trim_end().trim_end_matches(';').to_owned();
        Ok(Question { name, in_seed: sql.clone(), sql, rule, scope: Scope::Everything, stations })
    };
    names.into_iter().map(question).collect()
}

async fn look_ups(engine: &Engine, stations: u32) -> Outcome<Vec<Question>> {
    let picked = engine.asker().rows(SEED, PICKED).await?;
    let [picked] = picked.as_slice() else { return Err("the seed has no charge to look up".into()) };
    let names = [
        "tenant",
        "station",
        "station_key",
        "transaction_id",
        "transaction_key",
        "record_id",
        "day",
        "seq_no",
    ];
    let map = Map { copy: PICKED_COPY, stations };
    let moved = |name: &str, cell: &str| match name {
        "station" | "station_key" => map.station(cell),
        "transaction_id" | "transaction_key" => map.transaction(cell),
        "record_id" => map.uuid(cell),
        _ => cell.to_owned(),
    };
    let question = |look_up: &LookUp| {
        let (mut sql, mut in_seed) = (look_up.sql.to_owned(), look_up.sql.to_owned());
        for (name, cell) in names.iter().zip(picked) {
            sql = sql.replace(&format!("{{{name}}}"), &moved(name, cell));
            in_seed = in_seed.replace(&format!("{{{name}}}"), cell);
        }
        let rule = match look_up.summed {
            [] if ABOUT_ALL.contains(&look_up.name) => Rule::PerCopy,
            [] => Rule::OneCopy(PICKED_COPY),
            columns => Rule::Summed(columns),
        };
        Question { name: look_up.name.to_owned(), sql, in_seed, rule, scope: Scope::Bounded, stations }
    };
    Ok(LOOK_UPS.iter().map(question).collect())
}
