//! One real engine for all tests, a database for each, and rows to fill it with.
//!
//! `rows/*.jsonl` has a file per stored table. Each line says in `case` what it is there for:
//! `complete` (a content delivered three times, its row written three times) · `gap` (settled) · `gap_new` (not yet) ·
//! `late_fill` (two versions of the record) · `conflict` (the loser delivered twice) · `part_of` (a start told again:
//! a variant, and a row that is no charge) · `reused` (one id, two charges, an event without a time in the second) ·
//! `reset` (two epochs, an event without a time in the second) · `stale` (asked in vain), `open` (overlapping on one EVSE) ·
//! `no_start` · `no_token` · `quarantine`. `rows/reference/*.jsonl` has what stations do not say. Partition 1 has a hole of 2 offsets inside and of 3 at its end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;

use clickhouse::Client;
use tokio_util::sync::CancellationToken;
use wattledger_local::engine::{EngineConfig, Server};
use wattledger_sink::migrate::{self, Target};

/// Rows of `rows/`, by table.
const ROWS: [(&str, &str); 8] = [
    ("generations", include_str!("rows/generations.jsonl")),
    ("progress", include_str!("rows/progress.jsonl")),
    ("event_rows", include_str!("rows/event_rows.jsonl")),
    ("transaction_rows", include_str!("rows/transaction_rows.jsonl")),
    ("delivery_rows", include_str!("rows/delivery_rows.jsonl")),
    ("quarantine_rows", include_str!("rows/quarantine_rows.jsonl")),
    ("status_questions", include_str!("rows/status_questions.jsonl")),
    ("status_answers", include_str!("rows/status_answers.jsonl")),
];

/// Rows of `rows/reference/`, by table: the tables that others fill.
const REFERENCE: [(&str, &str); 8] = [
    ("station_rows", include_str!("rows/reference/station_rows.jsonl")),
    ("evse_rows", include_str!("rows/reference/evse_rows.jsonl")),
    ("connector_rows", include_str!("rows/reference/connector_rows.jsonl")),
    ("token_rows", include_str!("rows/reference/token_rows.jsonl")),
    ("tariff_window_rows", include_str!("rows/reference/tariff_window_rows.jsonl")),
    ("export_rows", include_str!("rows/reference/export_rows.jsonl")),
    ("partner_cdr_rows", include_str!("rows/reference/partner_cdr_rows.jsonl")),
    ("start_requests", include_str!("rows/reference/start_requests.jsonl")),
];

/// A database of its own on the one engine.
pub(crate) struct Database {
    pub(crate) target: Target,
    pub(crate) client: Client,
    engine: Option<Arc<Engine>>,
}

impl Database {
    /// Without a table.
    pub(crate) fn bare(name: &str) -> Self {
        let engine = Engine::shared();
        let url = engine.url.as_str();
        let target = Target { url: url.to_owned(), database: name.to_owned(), user: None, password: None };
        let client = Client::default().with_url(url).with_database(name).with_setting("async_insert", "0");
        Self { target, client, engine: Some(engine) }
    }

    /// With all tables and views, empty.
    pub(crate) async fn empty(name: &str) -> Self {
        let database = Self::bare(name);
        migrate::run(&database.target).await.unwrap();
        database
    }

    /// With the rows of `rows/`.
    pub(crate) async fn filled(name: &str) -> Self {
        let database = Self::empty(name).await;
        database.fill().await;
        database
    }

    /// Inserts the rows of `rows/`, again if they are there: what a replay does.
    pub(crate) async fn fill(&self) {
        for (table, rows) in ROWS {
            self.insert(table, rows).await;
        }
    }

    /// Inserts the rows of `rows/reference/`.
    pub(crate) async fn fill_reference(&self) {
        for (table, rows) in REFERENCE {
            self.insert(table, rows).await;
        }
    }

    pub(crate) async fn insert(&self, table: &str, rows: &str) {
        let sql = format!("INSERT INTO {table} FORMAT JSONEachRow");
        // a replay outside of every deduplication window
        let mut insert = self.client.insert_formatted_with(sql).with_setting("deduplicate_insert", "disable");
        insert.send(rows.as_bytes().to_vec().into()).await.unwrap();
        insert.end().await.unwrap();
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.client.query_raw(sql).execute().await.unwrap();
    }

    /// Rows as tab-separated text, as a person would read them.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let mut cursor = self.client.query_raw(sql).fetch_bytes("TSVRaw").unwrap();
        let bytes = cursor.collect().await.unwrap_or_else(|error| panic!("{error}\nin {sql}"));
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// `expect` is indented for the reader; columns are parted by ` | `.
    #[track_caller]
    pub(crate) fn check(&self, sql: &str, expect: &str) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let found = self.text(sql).await.replace('\t', " | ");
            let expect: Vec<&str> = expect.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let found: Vec<&str> = found.lines().collect();
            assert_eq!(found, expect, "at {place}\n{sql}\nfound:\n{}\n", found.join("\n"));
        }
    }
}

/// The engine, which the first test that needs it opens and the last one closes.
///
/// It is closed rather than left to the end of the process: the library does not survive the process's exit while its
/// threads run. A later test opens it anew.
struct Engine {
    url: String,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

static ENGINE: Mutex<Weak<Engine>> = Mutex::new(Weak::new());

impl Engine {
    fn shared() -> Arc<Self> {
        let mut engine = ENGINE.lock().unwrap();
        engine.upgrade().unwrap_or_else(|| {
            let opened = Arc::new(Self::open());
            *engine = Arc::downgrade(&opened);
            opened
        })
    }

    fn open() -> Self {
        let shutdown = CancellationToken::new();
        let until = shutdown.clone();
        let (told, url) = std::sync::mpsc::sync_channel(1);
        let serving = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async move {
                let listen = "127.0.0.1:0".parse().unwrap();
                let server = Server::open(EngineConfig::new(listen, data(), library())).await.unwrap();
                told.send(format!("http://{}", server.address())).unwrap();
                server.serve(until).await;
            });
        });
        Self { url: url.recv().expect("the engine did not start"), shutdown, serving: Some(serving) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // nobody may open the engine while it closes
        let _opening = ENGINE.lock();
        drop(self.engine.take());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if let Some(serving) = self.serving.take() {
            serving.join().unwrap();
        }
        std::fs::remove_dir_all(data()).unwrap();
    }
}

fn library() -> PathBuf {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/chdb/libchdb.so");
    assert!(library.exists(), "{} is missing: run `make fetch`", library.display());
    library
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sql-{}", std::process::id()))
}
