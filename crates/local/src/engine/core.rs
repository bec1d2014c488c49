//! The engine as one process has it: the library, the data folder, the places for queries, and the way to stop one.
//!
//! Invariants: at most `connections` queries run and at most `waiting` requests stand before them; the first connection
//! stays open until the last query has ended, since the library closes the data folder with its last connection.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::body::Room;
use super::chdb::{Connection, Library};
use super::exception::Exception;
use super::session::Sessions;
use super::spool::Place;
use super::{EngineConfig, Error};

/// Requests that may wait for a connection. Each holds at most one body.
const WAITING_MAX: usize = 64;
/// Settings in which the embedded engine differs from a server: a bare expression is no query, addresses stay hidden.
const AS_A_SERVER: &str = "SET implicit_select = 0, allow_introspection_functions = 0";

/// What all requests share.
#[derive(Debug)]
pub(super) struct Engine {
    library: &'static Library,
    data: PathBuf,
    running: Arc<Semaphore>,
    present: Arc<Semaphore>,
    connections: u32,
    /// The connection that keeps the folder open and stops queries.
    first: Mutex<Option<Connection>>,
    pub(super) sessions: Sessions,
    pub(super) room: Room,
    pub(super) query_time_max: Duration,
    pub(super) version: String,
    pub(super) timezone: String,
    /// The engine's default of `enable_http_compression`.
    pub(super) http_compression: bool,
    /// Cancelled when running queries have to end.
    pub(super) abort: CancellationToken,
}

impl Engine {
    /// Loads the library and opens the data folder. Blocks for some tenths of a second.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) fn open(config: &EngineConfig) -> Result<Self, Error> {
        let library = Library::open(&config.library)?;
        let mut first = Connection::open(library, &config.data)?;
        let facts = "SELECT version(), timezone(), toString(getSetting('enable_http_compression'))";
        let answer =
            first.query(facts.as_bytes(), "TSVRaw").map_err(|error| Error::Engine { text: error.text })?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let mut facts = text.trim_end().split('\t').map(str::to_owned);
        let connections = config.connections.max(1);
        Ok(Self {
            library,
            data: config.data.clone(),
            running: Arc::new(Semaphore::new(connections)),
            present: Arc::new(Semaphore::new(connections + WAITING_MAX)),
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
            first: Mutex::new(Some(first)),
            sessions: Sessions::default(),
            room: Room {
                place: Place::new(config.temp.as_deref()),
                // one being received for each that is being run
                spools: Arc::new(Semaphore::new(2 * connections)),
                bytes_max: config.body_bytes_max,
            },
            query_time_max: Duration::from_secs(config.query_seconds_max.max(1)),
            version: facts.next().unwrap_or_default(),
            timezone: facts.next().unwrap_or_default(),
            http_compression: facts.next().is_some_and(|value| matches!(value.as_str(), "1" | "true")),
            abort: CancellationToken::new(),
        })
    }

    /// A place among those that run or wait.
    ///
    /// # Errors
    /// All are taken.
    pub(super) fn arrive(&self) -> Result<OwnedSemaphorePermit, Exception> {
        Arc::clone(&self.present).try_acquire_owned().map_err(|_full| {
            let text = format!(
                "Too many simultaneous queries. Maximum: {} and {WAITING_MAX} waiting",
                self.connections
            );
            Exception::new(202, "TOO_MANY_SIMULTANEOUS_QUERIES", &text)
        })
    }

    /// Waits for a place among those that run, no longer than a query may take.
    ///
    /// # Errors
    /// None came free in time, or the server is closing.
    pub(super) async fn start(&self) -> Result<OwnedSemaphorePermit, Exception> {
        let permit =
            tokio::time::timeout(self.query_time_max, Arc::clone(&self.running).acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Exception::new(236, "ABORTED", "the server is closing")),
            Err(_elapsed) => {
                let text = format!("no connection came free within {} s", self.query_time_max.as_secs());
                Err(Exception::new(202, "TOO_MANY_SIMULTANEOUS_QUERIES", &text))
            }
        }
    }

    /// Opens a connection with the settings of a server. Blocks shortly.
    ///
    /// # Errors
    /// What the engine says.
    pub(super) fn connect(&self) -> Result<Connection, Exception> {
        let mut connection = Connection::open(self.library, &self.data)
            .map_err(|error| Exception::new(210, "NETWORK_ERROR", &error.to_string()))?;
        connection.query(AS_A_SERVER.as_bytes(), "Null")?;
        Ok(connection)
    }

    /// Asks the engine to stop the query whose `log_comment` ends with `mark`. Blocks shortly.
    pub(super) fn stop(&self, mark: &str) {
        let sql = format!("KILL QUERY WHERE endsWith(Settings['log_comment'], '{mark}') ASYNC");
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && let Err(error) = first.query(sql.as_bytes(), "Null")
        {
            tracing::warn!(%error, "cannot stop a query");
        }
    }

    /// Takes all places, so that no query runs or starts, and closes the data folder.
    pub(super) async fn close(&self, patience: Duration) {
        let all = Arc::clone(&self.running).acquire_many_owned(self.connections);
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("a query does not end; the data folder is left as a crash would leave it");
            return;
        }
        self.running.close();
        self.sessions.clear();
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        // the last connection: the engine ends its merges and writes what it holds
        if tokio::task::spawn_blocking(move || drop(first)).await.is_err() {
            tracing::warn!("closing the data folder broke off");
        }
    }
}
