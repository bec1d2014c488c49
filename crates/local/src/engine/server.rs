//! The HTTP side: accepts connections, sends each request on its way, and ends well.
//!
//! In: a listening socket. Out: replies.
//! `/` takes statements; `/ping` and `/replicas_status` say that the server is there; anything else is not found.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::body;
use super::core::Engine;
use super::exception::Exception;
use super::flush::{Counted, Flushed, Flushes};
use super::plan;
use super::query::{self, Places};
use super::reply::{self, ReplyBody};
use super::request::Ask;

/// Open connections; further ones wait in the listen queue.
const CONNECTIONS_MAX: usize = 1_024;
/// A client has this long for the head of a request, also the next one on a kept connection.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Running statements have this long to end by themselves when the server closes, and as long once they are stopped.
const CLOSING_TIME: Duration = Duration::from_secs(5);
/// How often sessions are looked through.
const SWEEP: Duration = Duration::from_secs(5);

/// Serves until `shutdown`, then lets statements end and closes the data folder.
pub(super) async fn serve(engine: Arc<Engine>, listener: TcpListener, shutdown: CancellationToken) {
    let tracker = TaskTracker::new();
    let open = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = sweep.tick() => engine.sessions.sweep(Instant::now()),
            accepted = accept(&listener, &open) => {
                let Some((stream, permit)) = accepted else { continue };
                let (engine, shutdown) = (Arc::clone(&engine), shutdown.clone());
                tracker.spawn(async move {
                    connection(engine, stream, shutdown).await;
                    drop(permit);
                });
            }
        }
    }
    drop(listener);
    tracker.close();
    if tokio::time::timeout(CLOSING_TIME, tracker.wait()).await.is_err() {
        engine.abort.cancel();
        tokio::time::timeout(CLOSING_TIME, tracker.wait()).await.ok();
    }
    engine.close(CLOSING_TIME).await;
}

async fn accept(
    listener: &TcpListener,
    open: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(open).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _peer)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            // out of file descriptors: accepting again at once would spin
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection(engine: Arc<Engine>, stream: TcpStream, shutdown: CancellationToken) {
    stream.set_nodelay(true).ok();
    let flushes = Flushes::default();
    let stream = Counted::new(stream, flushes.clone());
    let service = service_fn(move |request| {
        let (engine, flushes) = (Arc::clone(&engine), flushes.clone());
        async move { answer(engine, request).await.map(|reply| reply.map(|body| Flushed::new(body, flushes))) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).half_close(false);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection broke off");
    }
}

async fn answer(engine: Arc<Engine>, request: Request<Incoming>) -> Result<Response<ReplyBody>, Infallible> {
    let path = request.uri().path();
    let asks = request.uri().query().is_some();
    Ok(match (request.method(), path) {
        (&Method::GET | &Method::HEAD, "/ping" | "/replicas_status") => {
            reply::to_text(StatusCode::OK, "Ok.\n")
        }
        (&Method::GET | &Method::HEAD, "/") if !asks => reply::to_text(StatusCode::OK, "Ok.\n"),
        (&Method::GET | &Method::POST | &Method::PUT, "/") => statement(&engine, request).await,
        (_, "/") => reply::to_text(StatusCode::METHOD_NOT_ALLOWED, "use GET or POST\n"),
        _ => reply::to_text(StatusCode::NOT_FOUND, "There is no handle for this path. Use / or /ping.\n"),
    })
}

async fn statement(engine: &Arc<Engine>, request: Request<Incoming>) -> Response<ReplyBody> {
    let (parts, body) = request.into_parts();
    let begun = Instant::now();
    match Ask::read(&parts, engine.http_compression) {
        Ok(mut ask) => match run(engine, &mut ask, body, begun).await {
            Ok(response) => response,
            Err(exception) => reply::to_failure(engine, &ask.query_id, &exception),
        },
        Err(exception) => reply::to_failure(engine, "", &exception),
    }
}

async fn run(
    engine: &Arc<Engine>,
    ask: &mut Ask,
    body: Incoming,
    begun: Instant,
) -> Result<Response<ReplyBody>, Exception> {
    let present = engine.arrive()?;
    let received = tokio::time::timeout(engine.query_time_max, body::receive(body, &engine.room));
    let packed = received
        .await
        .map_err(|_elapsed| Exception::new(209, "SOCKET_TIMEOUT", "the body did not arrive in time"))??;
    // planned in its place among those that run, since an unpacked body takes room too
    let running = engine.start().await?;
    let (mut owned, room) = (std::mem::take(ask), engine.room.clone());
    let planned = tokio::task::spawn_blocking(move || {
        let plan = plan::plan(&mut owned, packed, &room);
        (owned, plan)
    });
    let (owned, plan) =
        planned.await.map_err(|_gone| Exception::new(1002, "UNKNOWN_EXCEPTION", "planning failed"))?;
    *ask = owned;
    let plan = plan?;
    let format = plan.format.clone();
    let running = query::start(engine, ask, plan, Places { _present: present, _running: running })?;
    reply::to_statement(engine, ask, &format, running, begun).await
}
