//! One attempt at one insert over HTTP: explicit time-outs, and every way to fail made into a [`Failure`].
//!
//! Why not the `clickhouse` crate here: its inserts cannot send the same compressed bytes twice, and have no time-out
//! for connecting. Look-ups and checks use the crate.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::classify::{Class, class_of};
use crate::config::ClickHouse;

/// Piece of a body handed to the connection at once: small enough that "everything is handed over" means that the
/// server takes it.
const PIECE_BYTES: usize = 64 << 10;
/// Longest answer that is read; the rest of an error text is of no use.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Longest error text that is kept.
const TEXT_CHARS_MAX: usize = 600;
/// Idle connections are closed before a server or a balancer does it under our hands.
const IDLE: Duration = Duration::from_secs(8);

/// Sends inserts to one ClickHouse server.
pub(crate) struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Pieces>,
    url: String,
    database: String,
    user: String,
    password: String,
    send_timeout: Duration,
    total_timeout: Duration,
}

/// An insert, ready to be sent any number of times.
#[derive(Clone)]
pub(crate) struct Insert {
    uri: Uri,
    body: Bytes,
}

/// Why an attempt failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}{}{text}", .code.map_or_else(String::new, |code| format!(" (code {code}): ")))]
pub struct Failure {
    /// ClickHouse error code, if the server answered with one.
    pub code: Option<u32>,
    /// What helps.
    pub class: Class,
    what: &'static str,
    text: String,
}

impl Failure {
    fn network(what: &'static str, text: &impl ToString) -> Self {
        Self { code: None, class: Class::Retry, what, text: format!(": {}", text.to_string()) }
    }

    /// Class after the same bytes have met this `times` times in a row.
    pub(crate) fn class_after(&self, times: u32) -> Class {
        self.code.map_or(self.class, |code| class_of(code, &self.text, times))
    }

    /// A failure told by the `clickhouse` crate.
    pub(crate) fn of_query(error: &clickhouse::error::Error) -> Self {
        let text = error.to_string();
        match code_in(&text) {
            Some(code) => Self::answered(code, text),
            None => Self::network("query failed", &text),
        }
    }

    fn answered(code: u32, text: String) -> Self {
        Self { code: Some(code), class: class_of(code, &text, 1), what: "server refused", text }
    }
}

impl Client {
    pub(crate) fn new(config: &ClickHouse) -> Self {
        let [connect, send_timeout, total_timeout] = config.timeouts();
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(connect));
        connector.set_nodelay(true);
        connector.set_keepalive(Some(Duration::from_secs(30)));
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            // a request whose bytes may have reached the server is repeated by us, under its token, and counted
            .retry_canceled_requests(false)
            .build(connector);
        Self {
            http,
            url: config.url.trim_end_matches('/').to_owned(),
            database: config.database.clone(),
            user: config.user.clone(),
            password: config.password.0.clone(),
            send_timeout,
            total_timeout,
        }
    }

    /// Makes an insert of `plain` rows with the statement `sql` and `settings`.
    pub(crate) fn prepare(
        &self,
        sql: &str,
        settings: &[(&str, &str)],
        plain: &[u8],
    ) -> Result<Insert, Failure> {
        let mut query = String::with_capacity(sql.len() * 2);
        let mut put = |name: &str, value: &str| {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str(name);
            query.push('=');
            escape(value, &mut query);
        };
        put("database", &self.database);
        put("query", sql);
        put("decompress", "1");
        for (name, value) in settings {
            put(name, value);
        }
        let uri = format!("{}/{query}", self.url)
            .parse()
            .map_err(|error: http::uri::InvalidUri| Failure::network("url cannot be used", &error))?;
        Ok(Insert { uri, body: super::compress::pack(plain) })
    }

    /// One attempt; `Ok` means that the server has acknowledged every row.
    pub(crate) async fn send(&self, insert: &Insert) -> Result<(), Failure> {
        match timeout(self.total_timeout, self.exchange(insert)).await {
            Ok(result) => result,
            Err(elapsed) => Err(Failure::network("no answer in time", &elapsed)),
        }
    }

    async fn exchange(&self, insert: &Insert) -> Result<(), Failure> {
        let handed_over = Arc::new(Notify::new());
        let body = Pieces { rest: insert.body.clone(), handed_over: Arc::clone(&handed_over) };
        let request = Request::builder()
            .method(Method::POST)
            .uri(insert.uri.clone())
            .header(header::USER_AGENT, concat!("wattledger-sink/", env!("CARGO_PKG_VERSION")))
            .header("X-ClickHouse-User", &self.user)
            .header("X-ClickHouse-Key", &self.password)
            .body(body)
            .map_err(|error| Failure::network("request cannot be made", &error))?;
        let answer = self.http.request(request);
        tokio::pin!(answer);
        let answer = tokio::select! {
            answer = &mut answer => answer,
            sent = timeout(self.send_timeout, handed_over.notified()) => match sent {
                Ok(()) => answer.await,
                Err(elapsed) => return Err(Failure::network("body not taken in time", &elapsed)),
            },
        };
        judge(answer.map_err(|error| Failure::network("no answer", &chain(&error)))?).await
    }
}

async fn judge(answer: hyper::Response<Incoming>) -> Result<(), Failure> {
    let status = answer.status();
    let code = answer
        .headers()
        .get("X-ClickHouse-Exception-Code")
        .and_then(|code| code.to_str().ok())
        .and_then(|code| code.parse().ok());
    #[expect(clippy::disallowed_methods, reason = "the body is limited")]
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
    let (whole, text) = match body {
        Ok(body) => (true, String::from_utf8_lossy(&body.to_bytes()).chars().take(TEXT_CHARS_MAX).collect()),
        Err(error) => (false, error.to_string()),
    };
    match code.or_else(|| code_in(&text)) {
        Some(code) => Err(Failure::answered(code, text)),
        None if status == StatusCode::OK && whole => Ok(()),
        None if status == StatusCode::OK => Err(Failure::network("answer cut off", &text)),
        None => Err(Failure::network("http error", &format!("{status} {text}"))),
    }
}

/// The code in a text such as `Code: 60. DB::Exception: …`.
fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    let (digits, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
    if rest.starts_with('.') { digits.parse().ok() } else { None }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn escape(value: &str, query: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            for nibble in [byte >> 4, byte & 15] {
                query.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
    }
}

/// A body that is handed over in pieces and tells when the last one is gone.
struct Pieces {
    rest: Bytes,
    handed_over: Arc<Notify>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            self.handed_over.notify_one();
            return Poll::Ready(None);
        }
        let size = PIECE_BYTES.min(self.rest.len());
        let piece = self.rest.split_to(size);
        if self.rest.is_empty() {
            self.handed_over.notify_one();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_texts() {
        assert_eq!(code_in("Code: 60. DB::Exception: Table x does not exist"), Some(60));
        assert_eq!(code_in("bad response: Code: 241. DB::Exception"), Some(241));
        assert_eq!(code_in("Code: x"), None);
        assert_eq!(code_in("Code: 12"), None);
    }

    #[test]
    fn values_are_escaped() {
        let mut query = String::new();
        escape("a b/é(1)", &mut query);
        assert_eq!(query, "a%20b%2f%c3%a9%281%29");
    }
}
