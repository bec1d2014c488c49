//! `wattledger import` on the real engine: what a file changes, what it must not change, and what is said.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test helper fails by panicking"
)]

#[path = "../../../sink/tests/sql/database.rs"]
#[expect(dead_code, reason = "helper of another crate's tests, of which these use a part")]
mod database;

mod changes;
mod problems;
mod schema;

use std::path::PathBuf;

use database::Database;
use wattledger_import::{Changes, Error, Options, Table, Target, run};
use wattledger_record::TokenKey;

const KEY: &str = "a key for tests only";

/// A file of the test's own, which the next run overwrites.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("import");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn options(database: &Database, table: &str, file: PathBuf) -> Options {
    Options {
        target: Target {
            url: database.target.url.clone(),
            database: database.target.database.clone(),
            user: "default".to_owned(),
            password: String::new(),
        },
        table: Table::named(table).unwrap(),
        file,
        delimiter: None,
        check: false,
        problems: 50,
        tokens: TokenKey::new(KEY.as_bytes()),
    }
}

/// Imports `content`, which has to succeed.
async fn import(database: &Database, table: &str, content: &str) -> Changes {
    let name = format!("{}-{table}.csv", database.target.database);
    run(&options(database, table, file(&name, content))).await.unwrap()
}

/// Imports `content`, which has to be refused; what is told.
async fn refused(database: &Database, table: &str, content: &str) -> Vec<String> {
    let name = format!("{}-{table}.csv", database.target.database);
    match run(&options(database, table, file(&name, content))).await {
        Err(Error::Problems(problems)) => problems.told.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

/// `new`, `changed`, `equal`, `removed` and `repeated` rows.
fn counts(changes: Changes) -> [u64; 5] {
    assert_eq!(
        changes.rows - changes.repeated,
        changes.new + changes.changed + changes.equal + changes.removed
    );
    [changes.new, changes.changed, changes.equal, changes.removed, changes.repeated]
}

/// Nothing of an import is left behind.
async fn assert_tidy(database: &Database) {
    database
        .check(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'import\\\\_%'",
            "",
        )
        .await;
}
