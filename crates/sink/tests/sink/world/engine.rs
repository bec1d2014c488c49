//! The engine in a process of its own, as in production: this test binary, started again. (Inside the tests' process
//! the library's own threads would still run while the process ends.)

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use wattledger_local::engine::{EngineConfig, Server};
use wattledger_local::process::{Launch, Process};
use wattledger_local::{ports, probe};

use super::{fetched, folder, until};

/// Tells the started-again binary where to listen and where its data are.
const LISTEN: &str = "SINK_TEST_ENGINE_LISTEN";
const DATA: &str = "SINK_TEST_ENGINE_DATA";

/// A running engine.
pub(crate) struct Engine {
    launch: Launch,
    pub(crate) url: String,
    process: Option<Process>,
}

/// URL of the engine that the tests of this binary share.
pub(crate) async fn shared() -> &'static str {
    static SHARED: OnceCell<Engine> = OnceCell::const_new();
    &SHARED.get_or_init(|| Engine::start("engine")).await.url
}

impl Engine {
    pub(crate) async fn start(name: &str) -> Self {
        let address = format!("127.0.0.1:{}", ports::free().unwrap());
        let data = folder(name);
        let launch = Launch {
            name: "engine",
            program: std::env::current_exe().unwrap(),
            args: ["--exact", "world::engine::answers", "--nocapture"].map(str::to_owned).into(),
            env: vec![
                (LISTEN.to_owned(), address.clone()),
                (DATA.to_owned(), data.join("data").display().to_string()),
            ],
            log: data.join("engine.log"),
        };
        let mut engine = Self { launch, url: format!("http://{address}"), process: None };
        engine.run().await;
        engine
    }

    /// Starts it (again) on its data.
    pub(crate) async fn run(&mut self) {
        self.process = Some(self.launch.start().unwrap());
        let ping = format!("{}/ping", self.url);
        until("the engine answers", || async {
            let log = || std::fs::read_to_string(&self.launch.log).unwrap_or_default();
            if probe::is_ok(&ping).await { Ok(()) } else { Err(log()) }
        })
        .await;
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }
}

/// What the started-again binary is told; `None` in the tests' own process.
#[expect(clippy::disallowed_methods, reason = "the only word between the tests and their engine")]
fn told() -> Option<(String, PathBuf)> {
    Some((std::env::var(LISTEN).ok()?, PathBuf::from(std::env::var(DATA).ok()?)))
}

/// In the tests' process: the shared engine answers. In the started-again one: it *is* the engine.
#[tokio::test(flavor = "multi_thread")]
async fn answers() -> ExitCode {
    let Some((listen, data)) = told() else {
        let client = clickhouse::Client::default().with_url(shared().await);
        assert_eq!(client.query("SELECT 1 + 1").fetch_one::<u16>().await.unwrap(), 2);
        return ExitCode::SUCCESS;
    };
    let config = EngineConfig::new(listen.parse().unwrap(), data, fetched("chdb/libchdb.so"));
    Server::open(config).await.unwrap().serve(CancellationToken::new()).await;
    ExitCode::FAILURE
}
