//! Ten copies of the seed under other identities: a world of any size whose every answer follows from the seed's.
//!
//! Copy `k` has other stations, transactionIds, record ids, hashes and Kafka partitions, and the same times, offsets and
//! figures. Each map is one-to-one and keeps the order of hashes, record ids and a station's transactionIds, so whatever the
//! views compare inside one station compares in each copy as it does in the seed. Copy 0 is the seed itself. Copies of a station are far apart in
//! every sort key, so that no block on disk holds two of them and nothing is compressed better than it would be.

use super::engine::Asker;
use super::report::say;
use super::tell::PREFIX;
use super::world::{SEED_PARTITIONS, Size};
use super::{COPIES, Outcome, SEED};

/// Copies, the seed included; at most one for each digit that an id may end in.
pub const COUNT: u32 = 10;
/// Ids shorter than this are counters, equal at many stations anyway, and stay; longer ones are unique and must differ.
const UNIQUE_ID_LEN: usize = 8;
/// What the engine writes for NULL.
const NULL: &str = "\\N";
/// What ids end in. Only the last digit is turned, since a station's ids differ before it and so keep their order.
const DIGITS: &str = "0123456789abcdef";

/// A table, and what is other in a copy: column and expression over the seed's row `r` and the number of the copy `k`.
struct Copied {
    table: &'static str,
    columns: &'static [(&'static str, &'static str)],
}

const STATION: (&str, &str) = ("station", "other_station(r.station)");
const STATION_RAW: (&str, &str) = ("station_raw", "other_station(r.station_raw)");
const TRANSACTION: (&str, &str) = ("transaction_id", "other_id(r.transaction_id)");
const TRANSACTION_RAW: (&str, &str) = ("transaction_id_raw", "other_id(r.transaction_id_raw)");
const RECORD: (&str, &str) = ("record_id", "other_uuid(r.record_id)");
const CONTENT: (&str, &str) = ("content_hash", "r.content_hash + k");
const PARTITION: (&str, &str) = ("kafka_partition", "r.kafka_partition + k * SEED_PARTITIONS");

/// Every table that speaks of stations. The others (tokens, tariffs, parameters, checks) are the same in all copies.
const TABLES: &[Copied] = &[
    Copied {
        table: "event_rows",
        columns: &[
            STATION,
            STATION_RAW,
            TRANSACTION,
            TRANSACTION_RAW,
            CONTENT,
            ("core_hash", "r.core_hash + k"),
            PARTITION,
            ("raw", "replaceOne(r.raw, r.transaction_id_raw, other_id(r.transaction_id_raw))"),
        ],
    },
    Copied {
        table: "transaction_rows",
        columns: &[
            STATION,
            STATION_RAW,
            TRANSACTION,
            TRANSACTION_RAW,
            RECORD,
            ("epoch_starts", "arrayMap(s -> (s.at, s.seq_no, s.content_hash + k), r.epoch_starts)"),
            ("placed", "arrayMap(p -> (p.content_hash + k, p.seq_no, p.epoch), r.placed)"),
            ("lost", "arrayMap(l -> (l.content_hash + k, l.seq_no, l.variant), r.lost)"),
        ],
    },
    Copied { table: "delivery_rows", columns: &[STATION, TRANSACTION, CONTENT, PARTITION] },
    Copied { table: "quarantine_rows", columns: &[STATION, STATION_RAW, PARTITION] },
    Copied { table: "progress", columns: &[PARTITION] },
    Copied { table: "station_rows", columns: &[STATION, STATION_RAW] },
    Copied { table: "evse_rows", columns: &[STATION, STATION_RAW] },
    Copied { table: "connector_rows", columns: &[STATION, STATION_RAW] },
    Copied { table: "export_rows", columns: &[RECORD, ("cdr_id", "concat(r.cdr_id, '-', toString(k))")] },
    Copied {
        table: "partner_cdr_rows",
        columns: &[
            STATION,
            STATION_RAW,
            ("record_id", "other_uuid(r.record_id)"),
            ("cdr_id", "concat(r.cdr_id, '-', toString(k))"),
        ],
    },
    Copied {
        table: "status_questions",
        columns: &[STATION, TRANSACTION, ("question_id", "other_uuid(r.question_id)")],
    },
    Copied {
        table: "status_answers",
        columns: &[STATION, TRANSACTION, ("question_id", "other_uuid(r.question_id)")],
    },
];

/// Tables that are the same however many stations there are.
const SHARED: &[&str] = &["token_rows", "tariff_window_rows"];
/// Tables that a database has by itself.
const OWN: &[&str] = &["schema_migrations", "parameters", "plausibility_checks", "generations"];

/// Fills the database of copies from the seed.
pub(super) async fn make(engine: &Asker, size: Size) -> Outcome<()> {
    check_tables(engine).await?;
    for copied in TABLES {
        for copy in 0..COUNT {
            engine.execute(COPIES, &copied.sql(copy, size)).await?;
        }
        let rows: u64 = engine.number(COPIES, &format!("SELECT count() FROM {}", copied.table)).await?;
        say(&format!("{}: {rows} rows", copied.table));
    }
    for table in SHARED {
        engine.execute(COPIES, &format!("INSERT INTO {table} SELECT * FROM {SEED}.{table} FINAL")).await?;
    }
    let partitions = SEED_PARTITIONS * COUNT;
    let generations = format!(
        "INSERT INTO generations SELECT * REPLACE ({partitions} AS partitions) FROM {SEED}.generations FINAL"
    );
    engine.execute(COPIES, &generations).await?;
    settle(engine).await
}

/// A table that nobody thought of here would be empty in the copies, and its questions would be answered wrongly.
async fn check_tables(engine: &Asker) -> Outcome<()> {
    let sql = format!(
        "SELECT name FROM system.tables WHERE database = '{SEED}' AND engine LIKE '%MergeTree' AND total_rows > 0"
    );
    let known: Vec<&str> =
        TABLES.iter().map(|copied| copied.table).chain(SHARED.iter().chain(OWN).copied()).collect();
    for table in engine.rows(SEED, &sql).await?.concat() {
        if !known.contains(&table.as_str()) {
            return Err(format!("how {table} differs from copy to copy is not said").into());
        }
    }
    Ok(())
}

/// Waits until the engine has merged what it wants to merge, as it would have in the course of a year.
async fn settle(engine: &Asker) -> Outcome<()> {
    // two looks in a row, since one merge may be the reason for the next
    let mut quiet = 0;
    while quiet < 20 {
        let merges: u64 = engine.number(COPIES, "SELECT count() FROM system.merges").await?;
        quiet = if merges == 0 { quiet + 1 } else { 0 };
        tokio::time::sleep(super::engine::LOOK_EVERY).await;
    }
    Ok(())
}

impl Copied {
    /// The statement that makes copy `copy` of the table. Rows are read as stored: what FINAL would hide stays hidden.
    fn sql(&self, copy: u32, size: Size) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|(name, expression)| format!("{expression} AS {name}")).collect();
        let (first, digits) = (PREFIX.len() + 2, turned(DIGITS, copy));
        let with = format!(
            "{copy} AS k,
            x -> if(x = '', x, concat(substring(x, 1, {dash}), leftPad(toString(toUInt32(substring(x, {first})) + k * {stations}), 5, '0'))) AS other_station,
            x -> if(length(x) < {UNIQUE_ID_LEN}, x, concat(substring(x, 1, length(x) - 1), translate(substring(x, -1), '{DIGITS}', '{digits}'))) AS other_id,
            x -> reinterpretAsUUID(reinterpretAsUInt128(x) + k) AS other_uuid",
            dash = first - 1,
            stations = size.stations,
        );
        format!(
            "INSERT INTO {table} WITH {with} SELECT * REPLACE ({columns}) FROM {SEED}.{table} AS r
            SETTINGS deduplicate_insert = 'disable', max_partitions_per_insert_block = 0, max_block_size = 8192,
                max_insert_block_size = 262144, min_insert_block_size_rows = 262144, min_insert_block_size_bytes = 0",
            table = self.table,
            columns = columns.join(", "),
        )
        .replace("SEED_PARTITIONS", &SEED_PARTITIONS.to_string())
    }
}

/// `digits` with each one `copy` places further.
fn turned(digits: &str, copy: u32) -> String {
    let place = usize::try_from(copy).unwrap_or_default() % digits.len();
    digits.chars().cycle().skip(place).take(digits.len()).collect()
}

/// The maps of the copies, for cells of answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    /// Number of the copy.
    pub(super) copy: u32,
    /// Stations of the seed.
    pub(super) stations: u32,
}

impl Map {
    pub(super) fn station(self, name: &str) -> String {
        let Some((prefix, number)) = name.split_once('-') else { return name.to_owned() };
        match number.parse::<u32>() {
            Ok(number) => format!("{prefix}-{:05}", number + self.copy * self.stations),
            Err(_) => name.to_owned(),
        }
    }

    pub(super) fn transaction(self, id: &str) -> String {
        if id.len() < UNIQUE_ID_LEN {
            return id.to_owned();
        }
        let mut id = id.to_owned();
        let last = id.pop().unwrap_or_default();
        id.push(DIGITS.find(last).and_then(|at| turned(DIGITS, self.copy).chars().nth(at)).unwrap_or(last));
        id
    }

    pub(super) fn hash(self, text: &str) -> String {
        text.parse::<u128>()
            .map_or_else(|_| text.to_owned(), |hash| hash.wrapping_add(self.copy.into()).to_string())
    }

    pub(super) fn partition(self, text: &str) -> String {
        text.parse::<u32>()
            .map_or_else(|_| text.to_owned(), |p| (p + self.copy * SEED_PARTITIONS).to_string())
    }

    pub(super) fn cdr(self, text: &str) -> String {
        if text == NULL { text.to_owned() } else { format!("{text}-{}", self.copy) }
    }

    /// The engine holds a UUID as two numbers of 64 bits, the first one low.
    pub(super) fn uuid(self, text: &str) -> String {
        let hex = text.replace('-', "");
        let Ok(number) = u128::from_str_radix(&hex, 16) else { return text.to_owned() };
        let mapped = number.rotate_left(64).wrapping_add(self.copy.into()).rotate_left(64);
        let hex = format!("{mapped:032x}");
        let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
        [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_other_identities() {
        let map = Map { copy: 3, stations: 200 };
        assert_eq!(map.station("CP-00007"), "CP-00607");
        assert_eq!(map.transaction("0a9b8c7e"), "0a9b8c71");
        assert_eq!(map.transaction("17"), "17");
        assert_eq!(map.hash("340282366920938463463374607431768211453"), "0");
        assert_eq!(map.partition("5"), "23");
        assert_eq!(map.uuid("8d1c3e0a-53f4-5c0e-9d1f-6a4b27c8e5d0"), "8d1c3e0a-53f4-5c11-9d1f-6a4b27c8e5d0");
        assert_eq!(turned("0123", 3), "3012");
    }
}
