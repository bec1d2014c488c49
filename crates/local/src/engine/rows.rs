//! The body of a reply whose rows are sent while the statement runs.
//!
//! In: pieces of rows, then how the statement ended. Out: frames, packed.
//! Invariant: the body ends well only if the statement did.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::encoding::Packer;
use super::exception::Exception;
use super::query::Running;

/// Rows on their way to the client.
pub(super) struct Rows {
    kept: VecDeque<Bytes>,
    running: Running,
    packer: Option<Packer>,
    tag: String,
    version: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Rows come.
    Rows,
    /// No more rows; how did it end?
    Outcome,
    /// The exception is on its way; behind it the connection breaks off.
    Failing,
    Ended,
}

impl Rows {
    /// `kept` goes before what comes from `running`.
    pub(super) fn new(
        kept: Vec<Bytes>,
        running: Running,
        packer: Packer,
        tag: String,
        version: String,
    ) -> Self {
        Self { kept: kept.into(), running, packer: Some(packer), tag, version, state: State::Rows }
    }

    fn pack(&mut self, piece: Bytes) -> io::Result<Bytes> {
        self.packer.as_mut().map_or_else(|| Ok(Bytes::new()), |packer| packer.pack(piece))
    }

    /// The exception between its tags.
    ///
    /// Source: ClickHouse 25.11 and later, `WriteBufferFromHTTPServerResponse::cancelWithException`.
    fn exception(&self, exception: &Exception) -> Bytes {
        let text = exception.body(&self.version);
        let (tag, length) = (&self.tag, text.len());
        format!("\r\n__exception__\r\n{tag}\r\n{text}{length} {tag}\r\n__exception__\r\n").into()
    }

    /// The next bytes; None at the end.
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self.state {
            State::Rows => {
                let next = match self.kept.pop_front() {
                    Some(piece) => Some(piece),
                    None => ready!(self.running.pieces.poll_recv(context)),
                };
                match next {
                    Some(piece) => Poll::Ready(Some(self.pack(piece))),
                    None => {
                        self.state = State::Outcome;
                        self.poll_bytes(context)
                    }
                }
            }
            State::Outcome => {
                let failure = match ready!(Pin::new(&mut self.running.outcome).poll(context)) {
                    Ok(Ok(_answer)) => {
                        self.state = State::Ended;
                        return Poll::Ready(self.packer.take().map(Packer::finish));
                    }
                    Ok(Err(failure)) => failure,
                    Err(_gone) => Exception::new(1002, "UNKNOWN_EXCEPTION", "the query's thread is gone"),
                };
                self.state = State::Failing;
                let bytes = self.exception(&failure);
                Poll::Ready(Some(self.pack(bytes)))
            }
            State::Failing => {
                self.state = State::Ended;
                Poll::Ready(Some(Err(io::Error::other("the statement failed after its first rows"))))
            }
            State::Ended => Poll::Ready(None),
        }
    }
}

impl Body for Rows {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match ready!(self.poll_bytes(context)) {
                // an empty frame would end a chunked body
                Some(Ok(bytes)) if bytes.is_empty() => {}
                next => return Poll::Ready(next.map(|bytes| bytes.map(Frame::data))),
            }
        }
    }
}
