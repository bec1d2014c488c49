//! Probes and metrics, on a port and a thread of their own: a runtime that is stuck must not answer for itself, and a
//! full public port must not hide the metrics.
//!
//! - `/livez`: the main runtime moved within the last [`STUCK`]. No outside system counts: Kafka being away never
//!   restarts a process.
//! - `/readyz`: the topic was seen once, and the process is not stopping. Kafka going away later does not count:
//!   all processes unready would turn answers with a Retry-After into refused connections.
//! - `/startupz`: configuration read, addresses bound, producer made.
//! - `/metrics`: text format of Prometheus.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::error::Error;
use crate::intake::Intake;
use crate::listen::accept::Acceptor;

/// How long the main runtime may stand still.
const STUCK: Duration = Duration::from_secs(15);
/// How often it says that it moves.
const BEAT: Duration = Duration::from_secs(1);

/// When the main runtime last moved, in ms since the start.
pub(crate) struct Heartbeat {
    started: Instant,
    at_ms: AtomicU64,
}

impl Heartbeat {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), at_ms: AtomicU64::new(0) })
    }

    /// Beats until told to stop; runs on the main runtime.
    pub(crate) async fn beat(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(BEAT)).await.is_some() {
            self.at_ms.store(self.now_ms(), Ordering::Relaxed);
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_alive(&self) -> bool {
        let still = self.now_ms().saturating_sub(self.at_ms.load(Ordering::Relaxed));
        Duration::from_millis(still) < STUCK
    }
}

#[derive(Clone)]
struct Watched {
    intake: Arc<Intake>,
    heartbeat: Arc<Heartbeat>,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    topic_seen: bool,
    draining: bool,
}

/// Serves on a thread of its own until told to stop.
///
/// # Errors
/// [`Error::Thread`] if the thread or its runtime cannot be made.
pub(crate) fn serve(
    listener: TcpListener,
    intake: Arc<Intake>,
    heartbeat: Arc<Heartbeat>,
    stop: CancellationToken,
) -> Result<JoinHandle<()>, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
    let router = router(Watched { intake, heartbeat });
    let limits =
        Limits { connections_max: 64, header_timeout_s: 10, write_timeout_s: 10, ..Limits::default() };
    let work = async move {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        let connections = TaskTracker::new();
        Acceptor { router, limits, metrics: None, stop, connections }.run(listener).await;
    };
    std::thread::Builder::new()
        .name("admin".to_owned())
        .spawn(move || runtime.block_on(work))
        .map_err(Error::Thread)
}

fn router(watched: Watched) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/startupz", get(async || "started\n"))
        .route("/metrics", get(metrics))
        .with_state(watched)
}

async fn livez(State(watched): State<Watched>) -> (StatusCode, &'static str) {
    if watched.heartbeat.is_alive() {
        (StatusCode::OK, "alive\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the main runtime stands still\n")
    }
}

async fn readyz(State(watched): State<Watched>) -> Response {
    let topic_seen = watched.intake.publisher.has_seen_topic();
    let draining = watched.intake.stop.is_cancelled();
    let ready = topic_seen && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, topic_seen, draining })).into_response()
}

async fn metrics(State(watched): State<Watched>) -> Response {
    let intake = &watched.intake;
    let limit = intake.config.limits.in_flight_bytes_max;
    intake.metrics.in_flight_bytes(limit.saturating_sub(intake.in_flight.available_permits()));
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, intake.metrics.render()).into_response()
}
