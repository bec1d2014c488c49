//! Runs one planned statement on a connection, and sees to its end: in time, when the client goes, when the server closes.
//!
//! In: the request, its plan. Out: a [`Running`]: the rows as they come, and how it ended.
//!
//! ```text
//! thread engine-query: connect ─ SET … ─ statement ─► pipe ─► pump ─► pieces ─► reply
//! watch: time is up · client gone · server closing ─► KILL QUERY, again until it has ended
//! ```
//!
//! Invariant: whatever happens to the reply, the thread ends, the connection is closed or back in its session, and the
//! place is free again.

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::chdb::{Answer, Connection};
use super::core::Engine;
use super::exception::Exception;
use super::plan::Plan;
use super::request::{Ask, SessionAsk};
use super::setup::Setup;

/// How a statement ended.
pub(super) type Outcome = Result<Answer, Exception>;

/// Size of a piece of rows on its way to the client.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces between pump and reply.
pub(super) const PIECES: usize = 4;
/// Pause between two attempts to stop a query: it may not have begun yet when the first one comes.
const STOP_AGAIN: Duration = Duration::from_millis(50);
/// Stack of the thread that calls the library: what a server's threads have.
const STACK_BYTES: usize = 8 << 20;
/// The engine itself ends a query at its time limit; the watch gives it this much longer.
const GRACE: Duration = Duration::from_secs(2);

/// A statement that runs.
pub(super) struct Running {
    pub(super) pieces: mpsc::Receiver<Bytes>,
    pub(super) outcome: oneshot::Receiver<Outcome>,
    /// Dropped with the reply: then the query is stopped if it still runs.
    pub(super) _client: DropGuard,
}

/// Places that the request holds until its statement has ended.
pub(super) struct Places {
    pub(super) _present: OwnedSemaphorePermit,
    pub(super) _running: OwnedSemaphorePermit,
}

/// Starts `plan`.
///
/// # Errors
/// The session is not to be had, or no thread.
pub(super) fn start(
    engine: &Arc<Engine>,
    ask: &Ask,
    plan: Plan,
    places: Places,
) -> Result<Running, Exception> {
    let kept = ask
        .session
        .as_ref()
        .map(|session| engine.sessions.enter(session, Instant::now()))
        .transpose()?
        .flatten();
    let (pieces_in, pieces) = mpsc::channel(PIECES);
    let (outcome_in, outcome) = oneshot::channel();
    let client = CancellationToken::new();
    let mut plan = plan;
    let (reader, writer) = plan.pipe.take().unzip();
    let watch = Arc::new(Watch::default());
    let setup = Setup::new(ask, engine.query_time_max);
    if let Some(reader) = reader {
        tokio::task::spawn_blocking(move || pump(reader, &pieces_in));
    }
    tokio::spawn(Arc::clone(&watch).guard(Arc::clone(engine), setup.mark.clone(), client.clone()));
    let job = Job { engine: Arc::clone(engine), session: ask.session.clone(), kept, setup, watch };
    let id = ask.session.as_ref().map(|session| session.id.clone());
    let thread = std::thread::Builder::new().name("engine-query".to_owned()).stack_size(STACK_BYTES);
    let spawned = thread.spawn(move || {
        let outcome = job.run(&plan);
        // the outcome first: the pipe's end tells the reply that it is there
        outcome_in.send(outcome).ok();
        drop((writer, plan, places));
    });
    match spawned {
        Ok(_thread) => Ok(Running { pieces, outcome, _client: client.drop_guard() }),
        Err(error) => {
            if let Some(id) = id {
                engine.sessions.leave(&id, None, Duration::ZERO, Instant::now());
            }
            Err(Exception::new(439, "CANNOT_SCHEDULE_TASK", &format!("no thread for the query: {error}")))
        }
    }
}

/// Moves rows from the pipe into pieces until either end closes.
pub(super) fn pump(mut reader: impl Read, pieces: &mpsc::Sender<Bytes>) {
    loop {
        let mut piece = BytesMut::zeroed(PIECE_BYTES);
        let mut filled = 0;
        let mut open = true;
        while open && filled < PIECE_BYTES {
            match reader.read(piece.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => open = false,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot read rows");
                    open = false;
                }
            }
        }
        piece.truncate(filled);
        let sent = filled == 0 || pieces.blocking_send(piece.freeze()).is_ok();
        if !open || !sent {
            return;
        }
    }
}

/// What the query's thread does.
struct Job {
    engine: Arc<Engine>,
    session: Option<SessionAsk>,
    kept: Option<Connection>,
    setup: Setup,
    watch: Arc<Watch>,
}

impl Job {
    fn run(mut self, plan: &Plan) -> Outcome {
        let _ended = self.watch.ended.clone().drop_guard();
        let mut connection = match self.kept.take().map_or_else(|| self.engine.connect(), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                self.leave(None);
                return Err(error);
            }
        };
        let outcome = self.run_on(&mut connection, plan);
        self.leave(Some(connection));
        let reason = self.watch.reason.get();
        outcome.map_err(|error| match reason {
            Some(reason) if error.code == QUERY_WAS_CANCELLED => reason.clone(),
            _ => error.without(&plan.own),
        })
    }

    fn run_on(&self, connection: &mut Connection, plan: &Plan) -> Outcome {
        let before = if self.session.is_some() { self.setup.remember(connection)? } else { Vec::new() };
        let outcome = self.setup.apply(connection).and_then(|()| {
            if let Some(reason) = self.watch.reason.get() {
                return Err(reason.clone());
            }
            connection.query(&plan.sql, &plan.format)
        });
        for statement in before {
            if let Err(error) = connection.query(statement.as_bytes(), "Null") {
                tracing::warn!(%error, "cannot take back a setting of a session");
            }
        }
        outcome
    }

    fn leave(&self, connection: Option<Connection>) {
        if let Some(session) = &self.session {
            self.engine.sessions.leave(&session.id, connection, session.life, Instant::now());
        }
    }
}

const QUERY_WAS_CANCELLED: i32 = 394;

/// Sees to it that a query ends.
#[derive(Debug, Default)]
struct Watch {
    ended: CancellationToken,
    /// Why it was stopped.
    reason: OnceLock<Exception>,
}

impl Watch {
    async fn guard(self: Arc<Self>, engine: Arc<Engine>, mark: String, client: CancellationToken) {
        let limit = engine.query_time_max;
        let reason = tokio::select! {
            () = self.ended.cancelled() => return,
            () = client.cancelled() => Exception::new(QUERY_WAS_CANCELLED, "QUERY_WAS_CANCELLED", "the client is gone"),
            () = engine.abort.cancelled() => Exception::new(236, "ABORTED", "the server is closing"),
            () = tokio::time::sleep(limit + GRACE) => {
                let text = format!("Timeout exceeded: maximum: {} seconds", limit.as_secs());
                Exception::new(159, "TIMEOUT_EXCEEDED", &text)
            }
        };
        self.reason.set(reason).ok();
        while !self.ended.is_cancelled() {
            let (stopper, mark) = (Arc::clone(&engine), mark.clone());
            if tokio::task::spawn_blocking(move || stopper.stop(&mark)).await.is_err() {
                return;
            }
            tokio::select! {
                () = self.ended.cancelled() => return,
                () = tokio::time::sleep(STOP_AGAIN) => {}
            }
        }
    }
}
