//! Starts the engine as a process, and asks it over HTTP.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use wattledger_local::ports;
use wattledger_local::process::{Launch, Process};

/// A folder of its own under the system's temporary folder, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wattledger-engine-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A part that the local stack fetches; without it no test here can say anything.
pub(crate) fn part(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local").join(path);
    assert!(path.exists(), "{} is missing: run `make fetch`, which fetches it", path.display());
    path
}

/// The program that the package's example makes; `cargo test` builds it with the tests.
pub(crate) fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples/engine");
    assert!(path.exists(), "{} is missing: run `cargo build -p wattledger-local --examples`", path.display());
    path
}

/// A running engine. It dies with this handle, and with the test process.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) url: String,
    pub(crate) port: u16,
    data: PathBuf,
    _folder: Option<Folder>,
}

impl Server {
    /// With its own data folder; `limits` are the program's further arguments.
    pub(crate) async fn start(limits: &[&str]) -> Self {
        let folder = Folder::new();
        let mut server = Self::start_in(folder.path(), limits).await;
        server._folder = Some(folder);
        server
    }

    pub(crate) async fn start_in(data: &Path, limits: &[&str]) -> Self {
        let port = ports::free().unwrap();
        let mut args = vec![format!("127.0.0.1:{port}"), data.join("data").display().to_string()];
        args.push(part("chdb/libchdb.so").display().to_string());
        args.extend(limits.iter().map(|limit| (*limit).to_owned()));
        let log = data.join("engine.log");
        let process =
            Launch { name: "engine", program: program(), args, env: Vec::new(), log }.start().unwrap();
        let server = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
            port,
            data: data.to_owned(),
            _folder: None,
        };
        server.await_ready().await;
        server
    }

    async fn await_ready(&self) {
        let begun = Instant::now();
        while try_ask("GET", &format!("{}/ping", self.url), &[], "").await.is_none() {
            assert!(self.process.exited().is_none(), "the engine ended: {}", self.log());
            assert!(begun.elapsed() < Duration::from_secs(60), "the engine does not answer: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the process printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("engine.log")).unwrap_or_default()
    }

    /// Resident memory, bytes.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Runs `sql` in `database` and gives the rows; the statement has to succeed.
    pub(crate) async fn sql(&self, database: &str, sql: &str) -> String {
        let reply = ask("POST", &format!("{}/?database={database}", self.url), &[], sql.to_owned()).await;
        assert_eq!(reply.status, 200, "{sql}: {}", reply.text());
        reply.text()
    }

    /// A database of the test's own.
    pub(crate) async fn database(&self, name: &str) -> String {
        self.sql("default", &format!("CREATE DATABASE {name}")).await;
        name.to_owned()
    }

    /// Waits until the engine runs `count` statements, the one that asks not counted.
    pub(crate) async fn await_running(&self, pattern: &str, count: usize) {
        let sql = format!(
            "SELECT count() FROM system.processes WHERE query LIKE '%{pattern}%' AND query NOT LIKE '%system.processes%'"
        );
        let begun = Instant::now();
        loop {
            let running = self.sql("default", &sql).await;
            if running.trim() == count.to_string() {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{} statements run, not {count}",
                running.trim()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The server that tests share: it lives as long as one of them uses it.
pub(crate) async fn shared() -> Arc<Server> {
    static SHARED: tokio::sync::Mutex<Weak<Server>> = tokio::sync::Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let server = Arc::new(Server::start(&[]).await);
    *shared = Arc::downgrade(&server);
    server
}

/// An answer, read whole.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The connection broke off in the middle of the body.
    pub(crate) broken: bool,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    try_ask(method, url, headers, body).await.unwrap()
}

/// None if there is no answer.
pub(crate) async fn try_ask(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Option<Reply> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Full::new(body.into())).unwrap()).await.ok()?;
    let (parts, body) = response.into_parts();
    let mut body = Limited::new(body, 1 << 30);
    let (mut bytes, mut broken) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Err(_error) => {
                broken = true;
                break;
            }
        }
    }
    Some(Reply { status: parts.status, headers: parts.headers, body: bytes.into(), broken })
}

/// `text` for a URL.
pub(crate) fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Runs a program to its end and gives its stdout; it has to succeed.
pub(crate) fn output(command: &mut std::process::Command) -> String {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}
