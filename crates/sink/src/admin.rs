//! The admin port: is the process alive, may it be called started and ready, and its metrics.
//!
//! Liveness is progress of the poll loop: an outage of Kafka or ClickHouse is waited out, and a restart would not help.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::consume::{Polling, lock};
use crate::error::Error;

/// A poll loop that stood longer than this stands for good: above every wait that it has by design.
const STANDS_AFTER: Duration = Duration::from_secs(90);
/// Between two upkeeps of the histograms.
const UPKEEP: Duration = Duration::from_secs(5);

/// What the admin port shows.
pub(crate) struct Shown {
    pub(crate) metrics: Option<PrometheusHandle>,
    /// Set once tables and topic are checked and the poll thread runs.
    pub(crate) polling: OnceLock<Polling>,
}

/// Binds the admin port and serves it until `shutdown`.
pub(crate) async fn serve(
    address: SocketAddr,
    shown: Arc<Shown>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let listener = TcpListener::bind(address).await.map_err(|source| Error::Admin { address, source })?;
    if let Some(handle) = shown.metrics.clone() {
        let ended = shutdown.clone();
        tokio::spawn(async move {
            while tokio::time::timeout(UPKEEP, ended.cancelled()).await.is_err() {
                handle.run_upkeep();
            }
        });
    }
    let router = Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/startupz", get(started))
        .route("/metrics", get(metrics))
        .with_state(shown);
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "admin port");
        }
    });
    Ok(())
}

type Answer = (StatusCode, &'static str);

async fn live(State(shown): State<Arc<Shown>>) -> Answer {
    match shown.polling.get() {
        Some(polling) if polling.age() > STANDS_AFTER => {
            (StatusCode::SERVICE_UNAVAILABLE, "the poll loop stands\n")
        }
        _ => (StatusCode::OK, "live\n"),
    }
}

async fn started(State(shown): State<Arc<Shown>>) -> Answer {
    if shown.polling.get().is_some() {
        (StatusCode::OK, "started\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting for tables and topic\n")
    }
}

async fn ready(State(shown): State<Arc<Shown>>) -> Answer {
    match shown.polling.get() {
        Some(polling) if lock(&polling.group).is_ready() => (StatusCode::OK, "ready\n"),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "waiting for partitions\n"),
        None => (StatusCode::SERVICE_UNAVAILABLE, "waiting for tables and topic\n"),
    }
}

async fn metrics(State(shown): State<Arc<Shown>>) -> String {
    shown.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default()
}
