//! The engine as a process of its own, asked over HTTP.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustix::fs::{Advice, fadvise};
use wattledger_local::process::{Launch, Process};
use wattledger_local::{ports, probe};

use super::Outcome;

/// How long the engine may take to open a folder.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Pause between two looks at what is awaited.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Largest answer, bytes: the energy of ten million events by hour and tariff takes a tenth.
const ANSWER_MAX: usize = 4 << 30;
/// How long it may take to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);

/// An engine that serves.
#[derive(Debug)]
pub struct Engine {
    process: Process,
    asker: Asker,
    data: PathBuf,
}

/// Asks an engine.
#[derive(Debug, Clone)]
pub struct Asker {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What an engine answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rows in the format asked for.
    pub text: String,
    /// Rows read.
    pub read_rows: u64,
    /// Bytes read, as they are in memory.
    pub read_bytes: u64,
    /// From the request to the last byte of the reply.
    pub elapsed: Duration,
}

impl Engine {
    /// Starts an engine on the folder `data`.
    ///
    /// # Errors
    /// If it does not answer in time.
    pub async fn start(program: &Path, library: &Path, data: &Path) -> Outcome<Self> {
        let port = ports::free()?;
        let listen = format!("127.0.0.1:{port}");
        let text = |path: &Path| path.display().to_string();
        let args = ["engine", "--listen", &listen, "--data", &text(data), "--library", &text(library)];
        let log = data.with_extension("log");
        let launch = Launch {
            name: "engine",
            program: program.to_owned(),
            args: args.into_iter().map(str::to_owned).collect(),
            env: Vec::new(),
            log,
        };
        let process = launch.start()?;
        let asker = Asker::new(&format!("http://{listen}"));
        let deadline = Instant::now() + READY_WITHIN;
        while !probe::is_ok(&format!("{}/ping", asker.url)).await {
            if process.exited().is_some() || Instant::now() > deadline {
                return Err(format!("the engine does not answer; see {}", launch.log.display()).into());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(Self { process, asker, data: data.to_owned() })
    }

    /// For asking beside a statement that runs.
    #[must_use]
    pub const fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Processor time that the engine has taken so far, its merges included. Unlike the time on the clock it hardly depends on
    /// what else the machine does.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn cpu(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.pid()))?;
        // the name of the program, in brackets, may hold spaces; user and system time are the 12th and 13th field after it
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: Result<u64, std::num::ParseIntError> =
            fields.skip(11).take(2).map(str::parse::<u64>).sum();
        Ok(Duration::from_millis(ticks? * 1_000 / rustix::param::clock_ticks_per_second()))
    }

    /// Forgets what it has read: its own caches, and the kernel's copies of its files.
    ///
    /// # Errors
    /// If a cache cannot be dropped or a file cannot be opened.
    pub async fn forget(&self) -> Outcome<()> {
        for cache in
            ["MARK", "PRIMARY INDEX", "INDEX MARK", "UNCOMPRESSED", "INDEX UNCOMPRESSED", "QUERY CONDITION"]
        {
            self.asker.execute("default", &format!("SYSTEM DROP {cache} CACHE")).await?;
        }
        // the kernel drops only pages that are on disk
        rustix::fs::sync();
        let data = self.data.clone();
        tokio::task::spawn_blocking(move || forget_files(&data)).await??;
        Ok(())
    }

    /// Ends the process; the folder can be opened again.
    pub fn stop(self) {
        self.process.stop(CLOSE_WITHIN);
    }
}

fn forget_files(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            // parts come and go with merges
            drop(forget_files(&path));
        } else if let Ok(file) = std::fs::File::open(&path) {
            fadvise(&file, 0, None, Advice::DontNeed)?;
        }
    }
    Ok(())
}

impl Asker {
    /// Asks the server at `url`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement and returns the text of its answer, tab-separated with names unless it says otherwise.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn ask(&self, database: &str, sql: &str) -> Outcome<Answer> {
        self.ask_for(database, sql, "TSVWithNames").await
    }

    /// Runs a statement for what it costs; its rows are made and dropped, since sending millions is no work of a table.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn try_out(&self, database: &str, sql: &str) -> Outcome<Answer> {
        self.ask_for(database, sql, "Null").await
    }

    async fn ask_for(&self, database: &str, sql: &str, format: &str) -> Outcome<Answer> {
        // nothing is remembered of one run for the next
        let url =
            format!("{}/?database={database}&default_format={format}&use_query_condition_cache=0", self.url);
        let begun = Instant::now();
        let request = Request::post(url).body(Full::new(Bytes::copy_from_slice(sql.as_bytes())))?;
        let reply = self.client.request(request).await?;
        let (head, body) = reply.into_parts();
        #[expect(clippy::disallowed_methods, reason = "the body is limited")]
        let bytes = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let elapsed = begun.elapsed();
        if !head.status.is_success() {
            return Err(format!("{text}\nin {sql}").into());
        }
        let summary = head.headers.get("x-clickhouse-summary").and_then(|value| value.to_str().ok());
        let summary: serde_json::Value = serde_json::from_str(summary.unwrap_or("{}"))?;
        let count =
            |name: &str| summary.get(name).and_then(|text| text.as_str()?.parse().ok()).unwrap_or_default();
        Ok(Answer { text, read_rows: count("read_rows"), read_bytes: count("read_bytes"), elapsed })
    }

    /// Runs a statement whose answer does not matter.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn execute(&self, database: &str, sql: &str) -> Outcome<()> {
        self.ask(database, sql).await.map(drop)
    }

    /// The rows of an answer, cells as text.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn rows(&self, database: &str, sql: &str) -> Outcome<Vec<Vec<String>>> {
        let text = self.ask(database, sql).await?.text;
        Ok(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// The one number that a statement returns.
    ///
    /// # Errors
    /// What the server says against it, or that it is no number.
    pub async fn number<T: std::str::FromStr>(&self, database: &str, sql: &str) -> Outcome<T> {
        let rows = self.rows(database, sql).await?;
        let cell = rows.first().and_then(|row| row.first());
        cell.and_then(|text| text.parse().ok()).ok_or_else(|| format!("no number from {sql}").into())
    }
}
