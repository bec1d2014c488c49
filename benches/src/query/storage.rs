//! Bytes on disk, per table and column.

use super::engine::Engine;
use super::{COPIES, Outcome};

/// What the tables take.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Event rows.
    pub events: u64,
    /// Largest first.
    pub tables: Vec<Taken>,
    /// The ten largest columns, as `table.column`.
    pub columns: Vec<Taken>,
}

/// What something takes.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Parts.
    pub parts: u64,
    /// On disk, indexes included.
    pub bytes: u64,
    /// Unpacked.
    pub unpacked_bytes: u64,
}

/// Asks the engine.
///
/// # Errors
/// What it says against it.
pub async fn of(engine: &Engine) -> Outcome<Storage> {
    let tables =
        "SELECT table, sum(rows), count(), sum(bytes_on_disk), sum(data_uncompressed_bytes) FROM system.parts
        WHERE active AND database = currentDatabase() GROUP BY table ORDER BY sum(bytes_on_disk) DESC";
    let columns = "SELECT concat(table, '.', column), sum(rows), count(), sum(column_bytes_on_disk), sum(column_data_uncompressed_bytes)
        FROM system.parts_columns WHERE active AND database = currentDatabase()
        GROUP BY table, column ORDER BY sum(column_bytes_on_disk) DESC LIMIT 10";
    Ok(Storage {
        events: engine.asker().number(COPIES, "SELECT count() FROM event_rows").await?,
        tables: taken(engine, tables).await?,
        columns: taken(engine, columns).await?,
    })
}

async fn taken(engine: &Engine, sql: &str) -> Outcome<Vec<Taken>> {
    let read = |row: Vec<String>| {
        let [name, numbers @ ..] = row.as_slice() else { return Err("an empty row".into()) };
        let numbers = numbers.iter().map(|text| text.parse()).collect::<Result<Vec<u64>, _>>()?;
        let [rows, parts, bytes, unpacked_bytes] = numbers[..] else { return Err("not four numbers".into()) };
        Ok(Taken { name: name.clone(), rows, parts, bytes, unpacked_bytes })
    };
    engine.asker().rows(COPIES, sql).await?.into_iter().map(read).collect()
}
