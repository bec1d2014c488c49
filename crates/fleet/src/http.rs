//! HTTP/1.1 to the gateway: one connection, one outstanding request, kept alive and renewed when it breaks.
//!
//! Another transport stands beside this file and gives [`crate::send`] the same: bytes in, an [`Answer`] out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

use crate::error::Error;

/// Largest answer that is read, bytes: 1,000 results with a preview of 64 codes each stay below it.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Gateway {
    host: String,
    port: u16,
    authority: HeaderValue,
    authorization: HeaderValue,
    timeout: Duration,
}

impl Gateway {
    /// Reads an `http://host:port` address.
    ///
    /// # Errors
    /// [`Error::Config`] if it is another address, or the token cannot stand in a header.
    pub(crate) fn new(url: &str, token: &str, timeout: Duration) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Config(vec![what.to_owned()]);
        let uri: Uri = url.parse().map_err(|error| wrong(&format!("gateway_url: {error}")))?;
        let plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "/" | "");
        let Some(host) = uri.host().filter(|_| plain) else {
            return Err(wrong("gateway_url is not http://HOST[:PORT]"));
        };
        let port = uri.port_u16().unwrap_or(80);
        let value = |text: String, what: &str| HeaderValue::from_str(&text).map_err(|_bytes| wrong(what));
        let mut authorization =
            value(format!("Bearer {token}"), "token holds characters that no header can hold")?;
        authorization.set_sensitive(true);
        Ok(Self {
            authority: value(format!("{host}:{port}"), "gateway_url")?,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            authorization,
            timeout,
        })
    }
}

/// A request's own part.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, HeaderValue)>,
    pub(crate) body: Bytes,
}

/// What the gateway says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// s
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Lost {
    /// Nothing was sent.
    Unsent(String),
    /// The request may have been taken.
    Unknown(String),
}

/// What the gateway says of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) durable: bool,
}

#[derive(Deserialize)]
struct Results {
    results: Vec<Outcome>,
}

impl Answer {
    /// Outcomes of a batch, in order; `None` if the request was turned away as a whole.
    pub(crate) fn outcomes(&self) -> Option<Vec<Outcome>> {
        serde_json::from_slice::<Results>(&self.body).ok().map(|results| results.results)
    }

    /// Outcome of a single event.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Beginning of the body, for people.
    pub(crate) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// A connection that is made when it is needed.
#[derive(Debug)]
pub(crate) struct Connection {
    gateway: Arc<Gateway>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) const fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, sender: None }
    }

    /// Posts and waits for the answer.
    pub(crate) async fn post(&mut self, post: &Post) -> Result<Answer, Lost> {
        let timeout = self.gateway.timeout;
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => tokio::time::timeout(timeout, self.connect())
                .await
                .map_err(|_elapsed| Lost::Unsent("no connection in time".to_owned()))?
                .map_err(Lost::Unsent)?,
        };
        let request = self.request(post).map_err(|error| Lost::Unsent(error.to_string()))?;
        let answer = tokio::time::timeout(timeout, exchange(&mut sender, request))
            .await
            .map_err(|_elapsed| Lost::Unknown("no answer in time".to_owned()))?
            .map_err(Lost::Unknown)?;
        // after an error the connection is in no known state, and is dropped
        self.sender = Some(sender);
        Ok(answer)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let address = (self.gateway.host.as_str(), self.gateway.port);
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        // ends with the sender
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection to the gateway ended");
            }
        });
        sender.ready().await.map_err(|error| error.to_string())?;
        Ok(sender)
    }

    fn request(&self, post: &Post) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&post.path)
            .header(header::HOST, &self.gateway.authority)
            .header(header::AUTHORIZATION, &self.gateway.authorization);
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        request.body(Full::new(post.body.clone()))
    }
}

async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    sender.ready().await.map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let (head, body) = response.into_parts();
    let retry_after = head.headers.get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    Ok(Answer { status: head.status, retry_after, body: read(body).await? })
}

#[expect(clippy::disallowed_methods, reason = "the body is limited")]
async fn read(body: Incoming) -> Result<Bytes, String> {
    let collected = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
}
