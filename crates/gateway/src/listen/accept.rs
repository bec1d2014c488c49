//! Connections: accepted under a limit, each with a deadline for its request heads and for its writes, drained on
//! shutdown.
//!
//! An own loop in place of `axum::serve`, which sets no deadlines: a hundred clients that drip their headers would
//! hold a hundred connections for ever.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::error::Refusal;
use crate::listen::patience::Patient;
use crate::metrics::Metrics;

/// How long to wait when the process has no descriptor left.
const DESCRIPTORS_PAUSE: Duration = Duration::from_millis(100);

/// Whom a connection may speak to, and for how long.
pub(crate) struct Acceptor {
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    /// Where connections are counted; probes are not.
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// Ends accepting, and asks every connection to finish the request it is in.
    pub(crate) stop: CancellationToken,
    /// Every connection.
    pub(crate) connections: TaskTracker,
}

impl Acceptor {
    /// Accepts until told to stop.
    pub(crate) async fn run(self, listener: TcpListener) {
        let slots = Arc::new(Semaphore::new(self.limits.connections_max));
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _peer)) => match Arc::clone(&slots).try_acquire_owned() {
                    Ok(slot) => self.serve(stream, slot),
                    Err(_full) => self.turn_away(&stream),
                },
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(DESCRIPTORS_PAUSE).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, slot: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
        let open = self.metrics.as_ref().map(|metrics| metrics.connection());
        let (service, stop) = (TowerToHyperService::new(self.router.clone()), self.stop.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(self.limits.header_timeout_s))
            .max_buf_size(self.limits.header_bytes_max)
            .serve_connection(TokioIo::new(Patient::new(stream, self.limits.write_timeout())), service)
            .with_upgrades();
        self.connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((open, slot));
        });
    }

    /// Says 503 without waiting for a request: a full house must not cost a slot.
    fn turn_away(&self, stream: &TcpStream) {
        if let Some(metrics) = &self.metrics {
            metrics.connection_refused();
        }
        if let Err(error) = stream.try_write(&crate::reply::before_http(Refusal::TooManyConnections)) {
            tracing::debug!(%error, "a connection that was turned away left first");
        }
    }
}
