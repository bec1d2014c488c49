//! The broker and the engine under the tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use wattledger_local::broker::{Broker, BrokerConfig};
use wattledger_local::ports;
use wattledger_local::process::{Launch, Process};

use super::until;

/// Folder of fetched parts.
pub(crate) fn fetched(part: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local").join(part);
    assert!(path.exists(), "{} is missing: run `make fetch`", path.display());
    path.canonicalize().unwrap()
}

/// A new folder for one test's data.
pub(crate) fn folder(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A running engine.
#[derive(Debug)]
pub(crate) struct Engine {
    launch: Launch,
    pub(crate) url: String,
    process: Option<Process>,
}

impl Engine {
    async fn start(data: &Path) -> Self {
        let port = ports::free().unwrap();
        let args = [
            "engine".to_owned(),
            format!("--listen=127.0.0.1:{port}"),
            format!("--data={}", data.join("clickhouse").display()),
            format!("--library={}", fetched("chdb/libchdb.so").display()),
        ];
        let launch = Launch {
            name: "engine",
            program: env!("CARGO_BIN_EXE_wattledger").into(),
            args: args.into(),
            env: Vec::new(),
            log: data.join("engine.log"),
        };
        let mut engine = Self { launch, url: format!("http://127.0.0.1:{port}"), process: None };
        engine.run().await;
        engine
    }

    async fn run(&mut self) {
        self.process = Some(self.launch.start().unwrap());
        let ping = format!("{}/ping", self.url);
        until("the engine answers", || async {
            if wattledger_local::probe::is_ok(&ping).await { Ok(()) } else { Err(self.log()) }
        })
        .await;
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.launch.log).unwrap_or_default()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Starts it again on its data.
    pub(crate) async fn restart(&mut self) {
        self.run().await;
    }
}

/// A broker and an engine.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) broker: Option<Broker>,
    pub(crate) broker_config: BrokerConfig,
    pub(crate) engine: Engine,
}

impl Parts {
    /// Parts of this test alone, to be killed.
    pub(crate) async fn own(name: &str) -> Self {
        let data = folder(name);
        let broker_config = BrokerConfig {
            jars: fetched("kafka-libs"),
            data: data.join("kafka"),
            port: ports::free().unwrap(),
            controller_port: ports::free().unwrap(),
        };
        let starting = broker_config.clone();
        let broker = tokio::task::spawn_blocking(move || Broker::start(starting).unwrap());
        let engine = Engine::start(&data).await;
        Self { broker: Some(broker.await.unwrap()), broker_config, engine }
    }

    /// The parts that all other tests share; they end with the test process.
    pub(crate) async fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Parts>> = OnceLock::new();
        static STARTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _one_at_a_time = STARTING.lock().await;
        if let Some(parts) = SHARED.get() {
            return Arc::clone(parts);
        }
        let parts = Arc::new(Self::own("shared").await);
        Arc::clone(SHARED.get_or_init(|| parts))
    }

    /// SIGKILL to the broker.
    pub(crate) fn kill_broker(&mut self) {
        self.broker.take().unwrap().process().kill();
    }

    /// Starts the broker again on its data.
    pub(crate) async fn restart_broker(&mut self) {
        let config = self.broker_config.clone();
        let broker = tokio::task::spawn_blocking(move || Broker::start(config).unwrap()).await.unwrap();
        self.broker = Some(broker);
    }
}
