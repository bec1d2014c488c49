//! The ClickHouse server: how it is reached, whether its table is the one this build fills, which time zones it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::Error;
use crate::table::Table;

/// Where the tables are.
#[derive(Clone)]
pub struct Target {
    /// Base URL of the HTTP interface, e.g. `http://127.0.0.1:8123`.
    pub url: String,
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// Password of that user.
    pub password: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("database", &self.database)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Target {
    pub(crate) fn client(&self) -> Client {
        // rows have to be visible to the next statement, whatever the server's default is
        Client::default()
            .with_url(&self.url)
            .with_database(&self.database)
            .with_user(&self.user)
            .with_password(&self.password)
            .with_setting("async_insert", "0")
    }
}

#[derive(Row, Deserialize)]
struct Found {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Checks that the table has every column that this build fills, with its type.
pub(crate) async fn check_schema(client: &Client, table: &Table) -> Result<(), Error> {
    let found = client
        .query("SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = ?")
        .bind(table.stored)
        .fetch_all::<Found>()
        .await
        .map_err(|source| Error::Server { doing: "looking at the table's columns", source })?;
    let found: BTreeMap<&str, &str> =
        found.iter().map(|column| (column.name.as_str(), column.kind.as_str())).collect();
    let schema = |detail: String| Err(Error::Schema { table: table.stored, detail });
    if found.is_empty() {
        return schema("it does not exist".to_owned());
    }
    for (name, kind) in table.filled().chain([("revision", "UInt64")]) {
        match found.get(name) {
            Some(there) if *there == kind => {}
            Some(there) => return schema(format!("column {name} is {there}, expected {kind}")),
            None => return schema(format!("column {name} is missing")),
        }
    }
    Ok(())
}

/// Names of time zones; the server's, because it is what computes with them.
pub(crate) async fn time_zones(client: &Client) -> Result<BTreeSet<String>, Error> {
    let names = client.query("SELECT time_zone FROM system.time_zones").fetch_all::<String>().await;
    let names = names.map_err(|source| Error::Server { doing: "asking for the time zones", source })?;
    Ok(names.into_iter().collect())
}
