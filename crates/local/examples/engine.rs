//! Runs the engine alone: `engine ADDRESS DATA LIBRARY [BODY_BYTES_MAX [QUERY_SECONDS_MAX [CONNECTIONS]]]`.
//! It serves until it is interrupted. The tests of this package run it; people run `wattledger engine`.

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use wattledger_local::engine::{self, EngineConfig};

#[expect(clippy::print_stderr, reason = "the messages of a command")]
#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(config) = read(&arguments) else {
        eprintln!("usage: engine ADDRESS DATA LIBRARY [BODY_BYTES_MAX [QUERY_SECONDS_MAX [CONNECTIONS]]]");
        return ExitCode::FAILURE;
    };
    let shutdown = CancellationToken::new();
    let serving = engine::run(config, shutdown.clone());
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            eprintln!("cannot wait for signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        shutdown.cancel();
    });
    match serving.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Option<EngineConfig> {
    let [address, data, library, limits @ ..] = arguments else {
        return None;
    };
    let mut config = EngineConfig::new(address.parse().ok()?, data, library);
    let mut limits = limits.iter();
    if let Some(bytes) = limits.next() {
        config.body_bytes_max = bytes.parse().ok()?;
    }
    if let Some(seconds) = limits.next() {
        config.query_seconds_max = seconds.parse().ok()?;
    }
    if let Some(connections) = limits.next() {
        config.connections = connections.parse().ok()?;
    }
    Some(config)
}
