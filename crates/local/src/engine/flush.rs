//! Lets a reply break off only behind what was written before it.
//!
//! In: the body of a reply, and the connection it goes out on. Out: the same frames; an error comes when they are flushed.
//! hyper closes the connection as soon as a body fails and drops what is still in its buffer, which with a slow client
//! is the exception that says why. Nothing else tells a body that its frames have gone out, so the connection does.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::reply::ReplyBody;

/// How often a connection had nothing left to write.
#[derive(Debug, Clone, Default)]
pub(super) struct Flushes(Arc<Mutex<Count>>);

#[derive(Debug, Default)]
struct Count {
    done: u64,
    waiting: Option<Waker>,
}

impl Flushes {
    fn count(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done(&self) -> u64 {
        self.count().done
    }

    fn add(&self) {
        let mut count = self.count();
        count.done += 1;
        if let Some(waker) = count.waiting.take() {
            waker.wake();
        }
    }

    /// Ready once there was a flush after the first `seen` ones.
    fn poll_after(&self, seen: u64, context: &Context<'_>) -> Poll<()> {
        let mut count = self.count();
        if count.done > seen {
            return Poll::Ready(());
        }
        count.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A connection that counts its flushes.
pub(super) struct Counted<S> {
    stream: S,
    flushes: Flushes,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S, flushes: Flushes) -> Self {
        Self { stream, flushes }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper asks for it only when its own buffer is empty.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.flushes.add();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A body whose error waits until its frames are flushed.
pub(super) struct Flushed {
    body: ReplyBody,
    flushes: Flushes,
    /// Flushes before the last frame was handed over.
    seen: u64,
    error: Option<io::Error>,
}

impl Flushed {
    /// The body of a reply on the connection that counts `flushes`.
    pub(super) fn new(body: ReplyBody, flushes: Flushes) -> Self {
        Self { body, seen: flushes.done(), flushes, error: None }
    }
}

impl Body for Flushed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.error.is_none() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Err(error)) => self.error = Some(error),
                next => {
                    self.seen = self.flushes.done();
                    return Poll::Ready(next);
                }
            }
        }
        ready!(self.flushes.poll_after(self.seen, context));
        Poll::Ready(self.error.take().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.error.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use http::Response;
    use http_body_util::BodyExt as _;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Frames that are all there at once.
    struct Frames(VecDeque<io::Result<Bytes>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            Poll::Ready(self.0.pop_front().map(|frame| frame.map(Frame::data)))
        }
    }

    /// What a client gets that takes 16 bytes at a time.
    async fn told(frames: fn() -> Vec<io::Result<Bytes>>) -> String {
        let (mut client, server) = tokio::io::duplex(16);
        let flushes = Flushes::default();
        let io = TokioIo::new(Counted::new(server, flushes.clone()));
        let service = service_fn(move |_request| {
            let body = Frames(frames().into()).boxed_unsync();
            let reply = Response::new(Flushed::new(body, flushes.clone()));
            async { Ok::<_, Infallible>(reply) }
        });
        let serving = tokio::spawn(http1::Builder::new().serve_connection(io, service));
        client.write_all(b"GET / HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut told = String::new();
        client.read_to_string(&mut told).await.unwrap();
        drop(serving.await.unwrap());
        told
    }

    #[tokio::test]
    async fn what_stands_before_an_error_goes_out() {
        let broken = told(|| {
            vec![Ok("rows ".repeat(1_000).into()), Ok("the reason".into()), Err(io::ErrorKind::Other.into())]
        });
        let broken = broken.await;
        assert!(broken.contains("the reason"), "{broken}");
        assert!(!broken.ends_with("0\r\n\r\n"), "a reply that breaks off has no end");
    }

    #[tokio::test]
    async fn a_whole_reply_has_an_end() {
        let whole = told(|| vec![Ok("rows ".repeat(1_000).into())]).await;
        assert!(whole.ends_with("0\r\n\r\n"), "{whole}");
    }
}
