//! Migrations on the real engine: applied once, continued after a crash, refused where they would do harm.

use crate::database::Database;
use wattledger_sink::migrate::{
    self as migrations, MIGRATIONS, Migration, Target, VIEWS, ViewFile, ViewSet, Views, split,
};

const NO_VIEWS: ViewSet = ViewSet { revision: 0, files: &[] };

fn target() -> Target {
    Target { url: String::new(), database: "x".to_owned(), user: None, password: None }
}

async fn code(target: &Target, migrations: &'static [Migration]) -> &'static str {
    migrations::apply(target, migrations, &NO_VIEWS).await.unwrap_err().code()
}

#[tokio::test]
async fn an_empty_server_gets_everything_and_a_second_run_does_nothing() {
    let database = Database::bare("fresh");
    let first = migrations::run(&database.target).await.unwrap();
    let applied: Vec<_> = first.applied.iter().map(|file| (file.version, file.name)).collect();
    assert_eq!(applied, [(1, "tables"), (2, "reference"), (3, "status")]);
    assert_eq!(first.version, 3);
    assert!(matches!(first.views, Views::Applied(views) if views > 10), "{first:?}");
    let ledger = "SELECT version, name, checksum, applied_at FROM schema_migrations FINAL ORDER BY version";
    let noted = database.text(ledger).await;
    assert_eq!(noted.lines().count(), 3);

    let second = migrations::run(&database.target).await.unwrap();
    assert_eq!((second.applied, second.views), (Vec::new(), Views::UpToDate));
    assert_eq!(second.version, 3);
    assert_eq!(database.text(ledger).await, noted);
}

#[tokio::test]
async fn a_run_that_crashed_after_any_statement_is_continued() {
    let statements: Vec<String> = MIGRATIONS.iter().flat_map(|file| split(file.sql).unwrap()).collect();
    for done in 0..=statements.len() {
        let database = Database::bare(&format!("crashed_{done}"));
        Database::bare("default").execute(&format!("CREATE DATABASE crashed_{done}")).await;
        for statement in &statements[..done] {
            database.execute(statement).await;
        }
        let continued = migrations::apply(&database.target, MIGRATIONS, &NO_VIEWS).await.unwrap();
        assert_eq!(continued.applied.len(), 3);
        database
            .check(
                "SELECT name, value FROM parameters ORDER BY name",
                "
            ask_after_s | 30
            ask_again_after_s | 900
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
    for statement in MIGRATIONS.iter().flat_map(|file| split(file.sql).unwrap()) {
        database.execute(&statement).await;
    }
    database.check("SELECT settle_after_s, stale_after_s FROM watermark", "60 | 86400").await;
    database.check("SELECT count() FROM parameters FINAL", "4").await;
}

#[tokio::test]
async fn a_changed_file_is_refused_and_nothing_is_applied() {
    const CHANGED: &[Migration] = &[
        Migration {
            version: 1,
            name: "tables",
            sql: "CREATE TABLE IF NOT EXISTS other (a Int8) ENGINE = Memory",
        },
        Migration { version: 2, name: "reference", sql: "SELECT 1" },
        Migration { version: 3, name: "status", sql: "SELECT 1" },
        Migration { version: 4, name: "more", sql: "CREATE TABLE more (a Int8) ENGINE = Memory" },
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
    let error = migrations::apply(&database.target, BROKEN, &NO_VIEWS).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("clickhouse_failed", "SELECT nothing"));
    assert_eq!(
        migrations::apply(&database.target, MENDED, &NO_VIEWS).await.unwrap().applied[0].statements,
        2
    );
}

/// Two views, the second of which reads the first; `revision` is what they show.
const OLD: ViewSet = ViewSet {
    revision: 4,
    files: &[ViewFile {
        name: "10_both.sql",
        sql: "CREATE OR REPLACE VIEW a (n UInt8) AS SELECT 4 AS n FROM system.one AS o COMMENT 'a';
              CREATE OR REPLACE VIEW b (n UInt8) AS SELECT n FROM a AS below COMMENT 'b'",
    }],
};
const NEW: ViewSet = ViewSet {
    revision: 5,
    files: &[
        ViewFile {
            name: "10_a.sql",
            sql: "CREATE OR REPLACE VIEW a (n UInt8) AS SELECT 5 AS n FROM system.one AS o COMMENT 'a';",
        },
        ViewFile {
            name: "20_b.sql",
            sql: "CREATE OR REPLACE VIEW b (n UInt8) AS SELECT n FROM a AS below COMMENT 'b';",
        },
    ],
};

async fn views(database: &Database, set: &ViewSet) -> Result<Views, &'static str> {
    let report = migrations::apply(&database.target, &[], set).await;
    report.map(|report| report.views).map_err(|error| error.code())
}

#[tokio::test]
async fn changed_dropped_and_foreign_views_are_put_up_again() {
    let database = Database::bare("changed_views");
    assert_eq!(views(&database, &OLD).await, Ok(Views::Applied(2)));
    assert_eq!(views(&database, &OLD).await, Ok(Views::UpToDate));
    assert_eq!(views(&database, &NEW).await, Ok(Views::Applied(2)));
    database.check("SELECT n FROM b", "5").await;
    database.execute("DROP VIEW b").await;
    assert_eq!(views(&database, &NEW).await, Ok(Views::Applied(2)));
    database
        .execute("CREATE OR REPLACE VIEW a (n UInt8) AS SELECT 9 AS n FROM system.one AS o COMMENT 'by hand'")
        .await;
    assert_eq!(views(&database, &NEW).await, Ok(Views::Applied(2)));
    database.check("SELECT n FROM b", "5").await;
}

#[tokio::test]
async fn an_older_binary_leaves_newer_views_alone() {
    let database = Database::bare("newer_views");
    views(&database, &NEW).await.unwrap();
    assert_eq!(views(&database, &OLD).await, Ok(Views::Newer(5)));
    // even where only one of them is left
    database.execute("DROP VIEW a").await;
    assert_eq!(views(&database, &OLD).await, Ok(Views::Newer(5)));
    assert_eq!(views(&database, &NEW).await, Ok(Views::Applied(2)));
}

#[tokio::test]
async fn a_view_file_that_holds_something_else_is_refused() {
    const TABLE: ViewSet = ViewSet {
        revision: 1,
        files: &[ViewFile {
            name: "10_table.sql",
            sql: "CREATE TABLE t (a Int8) ENGINE = Memory COMMENT 't'",
        }],
    };
    let database = Database::bare("no_views");
    assert_eq!(views(&database, &TABLE).await, Err("views_unreadable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_at_once_do_no_harm() {
    let database = Database::bare("at_once");
    let runs = (0..4).map(|_| {
        let target = database.target.clone();
        tokio::spawn(async move { migrations::run(&target).await.map(|report| report.version) })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.unwrap().unwrap(), 3);
    }
    assert_eq!(migrations::run(&database.target).await.unwrap().views, Views::UpToDate);
    database.check("SELECT count(), uniqExact(name) FROM parameters FINAL", "4 | 4").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_older_run_beside_a_newer_one_is_told_and_mended_by_the_next() {
    let mut told = 0;
    for round in 0..20 {
        let database = Database::bare(&format!("beside_{round}"));
        let (old, new) = tokio::join!(views(&database, &OLD), views(&database, &NEW));
        assert!(
            matches!(old, Ok(Views::Applied(2) | Views::Newer(5)) | Err("views_overtaken")),
            "{old:?}, newer {new:?}"
        );
        assert_eq!(new, Ok(Views::Applied(2)));
        told += u32::from(old != Ok(Views::Applied(2)));
        views(&database, &NEW).await.unwrap();
        database.check("SELECT n FROM b", "5").await;
        assert_eq!(views(&database, &NEW).await, Ok(Views::UpToDate));
    }
    eprintln!("the older run gave way in {told} of 20 rounds");
}

#[test]
fn every_file_of_the_folder_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse");
    let sql_files = |folder: &std::path::Path| {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        names.sort();
        names
    };
    let views: Vec<&str> = VIEWS.files.iter().map(|file| file.name).collect();
    assert_eq!(sql_files(&folder.join("views")), views);
    let numbered: Vec<String> =
        MIGRATIONS.iter().map(|file| format!("{:04}_{}.sql", file.version, file.name)).collect();
    assert_eq!(sql_files(&folder), numbered);
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
