//! Migrations on the real engine: applied once, continued after a crash, refused where they would do harm.

use crate::database::Database;
use wattledger_sink::migrate::{self as migrations, MIGRATIONS, Migration, Target, split};

fn target() -> Target {
    Target { url: String::new(), database: "x".to_owned(), user: None, password: None }
}

async fn code(target: &Target, migrations: &'static [Migration]) -> &'static str {
    migrations::apply(target, migrations).await.unwrap_err().code()
}

#[tokio::test]
async fn an_empty_server_gets_everything_and_a_second_run_does_nothing() {
    let database = Database::bare("fresh");
    let first = migrations::run(&database.target).await.unwrap();
    let applied: Vec<_> = first.applied.iter().map(|file| (file.version, file.name)).collect();
    assert_eq!(applied, [(1, "tables"), (2, "views")]);
    assert_eq!(first.version, 2);
    let ledger = "SELECT version, name, checksum, applied_at FROM schema_migrations FINAL ORDER BY version";
    let noted = database.text(ledger).await;
    assert_eq!(noted.lines().count(), 2);

    let second = migrations::run(&database.target).await.unwrap();
    assert_eq!(second.applied, []);
    assert_eq!(second.version, 2);
    assert_eq!(database.text(ledger).await, noted);
}

#[tokio::test]
async fn a_run_that_crashed_after_any_statement_is_continued() {
    let statements = split(MIGRATIONS[0].sql).unwrap();
    for done in 0..=statements.len() {
        let database = Database::bare(&format!("crashed_{done}"));
        Database::bare("default").execute(&format!("CREATE DATABASE crashed_{done}")).await;
        for statement in &statements[..done] {
            database.execute(statement).await;
        }
        assert_eq!(migrations::run(&database.target).await.unwrap().applied.len(), 2);
        database
            .check(
                "SELECT name, value FROM parameters ORDER BY name",
                "
            settle_after_s | 86400
            stale_after_s | 86400",
            )
            .await;
    }
}

#[tokio::test]
async fn running_a_file_twice_leaves_an_operators_value_alone() {
    let database = Database::empty("operator").await;
    database.execute("INSERT INTO parameters SELECT 'settle_after_s', 60, 1, meaning FROM parameters WHERE name = 'settle_after_s'").await;
    for statement in split(MIGRATIONS[0].sql).unwrap() {
        database.execute(&statement).await;
    }
    database.check("SELECT settle_after_s, stale_after_s FROM watermark", "60 | 86400").await;
    database.check("SELECT count() FROM parameters FINAL", "2").await;
}

#[tokio::test]
async fn a_changed_file_is_refused_and_nothing_is_applied() {
    const CHANGED: &[Migration] = &[
        Migration {
            version: 1,
            name: "tables",
            sql: "CREATE TABLE IF NOT EXISTS other (a Int8) ENGINE = Memory",
        },
        Migration { version: 2, name: "views", sql: "SELECT 1" },
        Migration { version: 3, name: "more", sql: "CREATE TABLE more (a Int8) ENGINE = Memory" },
    ];
    let database = Database::empty("changed").await;
    assert_eq!(code(&database.target, CHANGED).await, "migration_changed");
    database
        .check(
            "SELECT count() FROM system.tables WHERE database = 'changed' AND name IN ('other', 'more')",
            "0",
        )
        .await;
}

#[tokio::test]
async fn a_newer_database_and_a_hole_are_refused() {
    let database = Database::empty("newer").await;
    assert_eq!(code(&database.target, &MIGRATIONS[..1]).await, "schema_newer");
    database
        .execute("ALTER TABLE schema_migrations DELETE WHERE version = 1 SETTINGS mutations_sync = 2")
        .await;
    assert_eq!(code(&database.target, MIGRATIONS).await, "schema_hole");
}

#[tokio::test]
async fn a_failing_statement_is_named_and_the_next_run_goes_on_there() {
    const BROKEN: &[Migration] = &[Migration {
        version: 1,
        name: "broken",
        sql: "CREATE TABLE IF NOT EXISTS a (a Int8) ENGINE = Memory; SELECT nothing",
    }];
    const MENDED: &[Migration] = &[Migration {
        version: 1,
        name: "broken",
        sql: "CREATE TABLE IF NOT EXISTS a (a Int8) ENGINE = Memory; SELECT '?'",
    }];
    let database = Database::bare("broken");
    let error = migrations::apply(&database.target, BROKEN).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("clickhouse_failed", "SELECT nothing"));
    assert_eq!(migrations::apply(&database.target, MENDED).await.unwrap().applied[0].statements, 2);
}

#[tokio::test]
async fn names_that_cannot_be_quoted_and_servers_that_are_not_there_are_errors() {
    for name in ["", "a`b", "a-b", "ä"] {
        assert_eq!(
            code(&Target { database: name.to_owned(), ..target() }, MIGRATIONS).await,
            "database_name_invalid"
        );
    }
    let nowhere = Target { url: "http://127.0.0.1:1".to_owned(), ..target() };
    assert_eq!(code(&nowhere, MIGRATIONS).await, "clickhouse_failed");
}

#[tokio::test]
async fn every_table_view_and_column_has_a_comment() {
    let database = Database::empty("comments").await;
    database
        .check("SELECT table, name FROM system.columns WHERE database = 'comments' AND comment = ''", "")
        .await;
    database.check("SELECT name FROM system.tables WHERE database = 'comments' AND comment = ''", "").await;
    database.check("SELECT count() > 300 FROM system.columns WHERE database = 'comments'", "1").await;
}

#[test]
fn a_password_is_not_printed() {
    let target = Target { password: Some("hunter2".to_owned()), ..target() };
    assert!(!format!("{target:?}").contains("hunter2"));
}
