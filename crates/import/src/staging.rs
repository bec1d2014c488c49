//! A table beside the one that is imported into: rows are sent there while they are checked, so that nothing is written
//! before the whole file is known to be good, and so that the server compares it with what stands, in one pass over the
//! file and without holding it in anybody's memory.
//!
//! It is an ordinary table, as sessions (and with them temporary tables) do not survive a proxy. It is dropped at the
//! end; what a killed import leaves behind is dropped by the next import of the table a day later.

use bytes::Bytes;
use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::Error;
use crate::problem::Problems;
use crate::table::Table;

/// After so long a staging table belongs to nobody, µs: no import takes a day.
const ABANDONED_US: i64 = 24 * 3_600 * 1_000_000;

/// Memory above which the server sorts on disk, bytes.
const SORT_BYTES_MAX: &str = "268435456";

/// What a file changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Deserialize)]
pub struct Changes {
    /// Rows of the file.
    pub rows: u64,
    /// Of those, repetitions of an equal row.
    pub repeated: u64,
    /// Rows of a key that was not there.
    pub new: u64,
    /// Rows of a key that was there with other values.
    pub changed: u64,
    /// Rows that stood there already, and rows to take back that are not there.
    pub equal: u64,
    /// Rows taken back.
    pub removed: u64,
}

/// Rows on their way.
pub(crate) struct Staging {
    client: Client,
    table: &'static Table,
    name: String,
}

impl Staging {
    /// Makes the table. `now`: µs of the Unix epoch.
    pub(crate) async fn create(client: &Client, table: &'static Table, now: i64) -> Result<Self, Error> {
        let staging = Self {
            client: client.clone(),
            table,
            name: format!("import_{}_{now}_{}", table.name, std::process::id()),
        };
        staging.drop_abandoned(now).await?;
        let columns: Vec<String> = table.filled().map(|(name, kind)| format!("{name} {kind}")).collect();
        let create = format!(
            "CREATE TABLE {} ({}, line UInt64) ENGINE = MergeTree ORDER BY ({}, line) \
             COMMENT 'Rows of a running wattledger import; may be dropped when none runs'",
            staging.name,
            columns.join(", "),
            table.key.join(", "),
        );
        staging.execute("making a staging table", &create).await?;
        Ok(staging)
    }

    async fn drop_abandoned(&self, now: i64) -> Result<(), Error> {
        let prefix = format!("import_{}_", self.table.name);
        let query =
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, ?)";
        let names = self.client.query(query).bind(&prefix).fetch_all::<String>().await;
        for name in
            names.map_err(|source| Error::Server { doing: "looking for abandoned imports", source })?
        {
            let made =
                name.strip_prefix(&prefix).and_then(|rest| rest.split_once('_')?.0.parse::<i64>().ok());
            if made.is_some_and(|made| made < now - ABANDONED_US) {
                self.execute("dropping an abandoned import", &format!("DROP TABLE IF EXISTS {name}")).await?;
            }
        }
        Ok(())
    }

    /// Sends lines of `JSONCompactEachRow`.
    pub(crate) async fn send(&self, lines: Vec<u8>) -> Result<(), Error> {
        let server = |source| Error::Server { doing: "sending rows", source };
        let mut insert =
            self.client.insert_formatted_with(format!("INSERT INTO {} FORMAT JSONCompactEachRow", self.name));
        insert.send(Bytes::from(lines)).await.map_err(server)?;
        insert.end().await.map_err(server)
    }

    /// Notes each row that has the key of an earlier one and other values.
    pub(crate) async fn contradictions(&self, problems: &mut Problems, most: usize) -> Result<(), Error> {
        #[derive(Row, Deserialize)]
        struct Twice {
            key: Vec<String>,
            first: u64,
            other: u64,
        }
        let (keys, values) = (self.table.key.join(", "), self.table.values().collect::<Vec<_>>().join(", "));
        let shown: Vec<String> = self.table.key.iter().map(|key| format!("toString({key})")).collect();
        // least and greatest text differ where any two do, in constant memory; the lines are for people, of as many as
        // people may have written
        let query = format!(
            "SELECT [{}] AS key, told[1].1 AS first, arrayFirst(row -> row.2 != told[1].2, told).1 AS other FROM \
             (SELECT {keys}, arraySort(groupArray(1000)((line, row))) AS told \
              FROM (SELECT {keys}, line, toJSONString(({values})) AS row FROM {}) GROUP BY {keys} HAVING min(row) != max(row)) \
             ORDER BY other LIMIT {most}",
            shown.join(", "),
            self.name,
        );
        let doing = "looking for contradictions";
        let found = self.query(&query).fetch_all::<Twice>().await;
        for twice in found.map_err(|source| Error::Server { doing, source })? {
            let key: Vec<String> = self
                .table
                .key
                .iter()
                .zip(&twice.key)
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            let text = format!("has the key of line {} ({}), and other values", twice.first, key.join(", "));
            problems.note(twice.other, None, text);
        }
        Ok(())
    }

    /// What the rows change.
    pub(crate) async fn compare(&self) -> Result<Changes, Error> {
        let query = format!(
            "SELECT sum(j.copies) AS rows, toUInt64(rows - count()) AS repeated, countIf({NEW}) AS new, \
             countIf({CHANGED}) AS changed, toUInt64(count() - new - changed - countIf({REMOVED})) AS equal, \
             countIf({REMOVED}) AS removed FROM ({}) AS j",
            self.joined()
        );
        let changes = self.query(&query).fetch_one::<Changes>().await;
        changes.map_err(|source| Error::Server { doing: "comparing", source })
    }

    /// Writes what changes.
    pub(crate) async fn write(&self, now: i64) -> Result<(), Error> {
        let columns: Vec<&str> = self.table.filled().map(|(name, _)| name).collect();
        let columns = columns.join(", ");
        let stored = self.table.stored;
        // above every revision that stands, whatever the clocks of other machines said
        let statement = format!(
            "INSERT INTO {stored} ({columns}, revision) \
             SELECT {columns}, greatest(toUInt64({now}), (SELECT max(revision) + 1 FROM {stored})) FROM ({}) AS j \
             WHERE ({NEW}) OR ({CHANGED}) OR ({REMOVED})",
            self.joined()
        );
        self.execute("writing", &statement).await
    }

    /// Each distinct row of the file, whether its key stands in the table, and whether with equal values.
    fn joined(&self) -> String {
        let Table { stored, key, .. } = *self.table;
        let keys = key.join(", ");
        let values: Vec<&str> = self.table.values().collect();
        let first: Vec<String> = values.iter().map(|name| format!("any(s.{name}) AS {name}")).collect();
        let ours: Vec<String> = self.table.filled().map(|(name, _)| format!("f.{name} AS {name}")).collect();
        let same: Vec<String> =
            values.iter().map(|name| format!("isNotDistinctFrom(f.{name}, t.{name})")).collect();
        let on: Vec<String> = key.iter().map(|name| format!("f.{name} = t.{name}")).collect();
        format!(
            "SELECT {}, f.copies AS copies, t.revision != 0 AS found, {} AS same FROM \
             (SELECT {keys}, {}, count() AS copies FROM {} AS s GROUP BY {keys}) AS f \
             LEFT JOIN (SELECT * FROM {stored} FINAL) AS t ON {}",
            ours.join(", "),
            same.join(" AND "),
            first.join(", "),
            self.name,
            on.join(" AND "),
        )
    }

    /// Takes the table away.
    pub(crate) async fn drop(&self) -> Result<(), Error> {
        self.execute("dropping the staging table", &format!("DROP TABLE IF EXISTS {}", self.name)).await
    }

    fn query(&self, query: &str) -> clickhouse::query::Query {
        let query = query.replace('?', "??");
        self.client
            .query(&query)
            .with_setting("join_algorithm", "full_sorting_merge")
            .with_setting("optimize_aggregation_in_order", "1")
            .with_setting("max_bytes_before_external_sort", SORT_BYTES_MAX)
            .with_setting("max_bytes_before_external_group_by", SORT_BYTES_MAX)
    }

    async fn execute(&self, doing: &'static str, statement: &str) -> Result<(), Error> {
        self.query(statement).execute().await.map_err(|source| Error::Server { doing, source })
    }
}

const NEW: &str = "NOT j.removed AND NOT j.found";
const CHANGED: &str = "NOT j.removed AND j.found AND NOT j.same";
const REMOVED: &str = "j.removed AND j.found";
