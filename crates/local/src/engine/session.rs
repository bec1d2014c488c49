//! Named sessions: an engine connection that stays open between the requests of one `session_id`.
//!
//! Invariants: one request at a time is in a session (the second is told SESSION_IS_LOCKED, as by a server); the
//! number of sessions is bounded; a session that nobody uses for its life is closed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::chdb::Connection;
use super::exception::Exception;
use super::request::SessionAsk;

/// Sessions kept at most; each holds an open engine session of a few hundred kilobytes.
const SESSIONS_MAX: usize = 256;

#[derive(Debug)]
enum Place {
    /// A request is in it.
    Busy,
    /// Nobody is in it.
    Idle { connection: Connection, until: Instant },
}

/// The sessions of a server.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    places: Mutex<HashMap<String, Place>>,
}

impl Sessions {
    /// Goes into a session; None is a new one, for which the caller opens a connection.
    ///
    /// # Errors
    /// SESSION_IS_LOCKED, SESSION_NOT_FOUND, or too many sessions.
    pub(super) fn enter(&self, ask: &SessionAsk, now: Instant) -> Result<Option<Connection>, Exception> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| !matches!(place, Place::Idle { until, .. } if *until <= now));
        match places.get(&ask.id) {
            Some(Place::Busy) => {
                let text = format!("Session {} is locked by a concurrent client", ask.id);
                return Err(Exception::new(373, "SESSION_IS_LOCKED", &text));
            }
            None if ask.must_exist => {
                return Err(Exception::new(
                    372,
                    "SESSION_NOT_FOUND",
                    &format!("Session {} not found", ask.id),
                ));
            }
            None if places.len() >= SESSIONS_MAX => {
                let text = format!("Too many sessions, maximum {SESSIONS_MAX}");
                return Err(Exception::new(202, "TOO_MANY_SIMULTANEOUS_QUERIES", &text));
            }
            Some(Place::Idle { .. }) | None => {}
        }
        match places.insert(ask.id.clone(), Place::Busy) {
            Some(Place::Idle { connection, .. }) => Ok(Some(connection)),
            Some(Place::Busy) | None => Ok(None),
        }
    }

    /// Leaves a session; without a connection it ends.
    pub(super) fn leave(&self, id: &str, connection: Option<Connection>, life: Duration, now: Instant) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => places.insert(id.to_owned(), Place::Idle { connection, until: now + life }),
            None => places.remove(id),
        };
    }

    /// Closes the sessions whose life is over.
    pub(super) fn sweep(&self, now: Instant) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| !matches!(place, Place::Idle { until, .. } if *until <= now));
    }

    /// Closes all sessions that nobody is in.
    pub(super) fn clear(&self) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
