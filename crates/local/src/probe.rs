//! Small HTTP questions on loopback: is a part ready, what do its metrics say, what does a query return?

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// A probe that takes longer is a "no".
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// A query that takes longer is given up.
const QUERY_LIMIT: Duration = Duration::from_secs(60);
/// Largest answer, bytes: metrics and result tables for people are far smaller.
const ANSWER_MAX: usize = 4 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is none.
    #[error("{0} is no URL")]
    Url(String),
    /// Nobody answered.
    #[error("{url} did not answer")]
    Silent {
        /// URL.
        url: String,
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It said no.
    #[error("{url} answered {status}: {text}")]
    Refused {
        /// URL.
        url: String,
        /// Status.
        status: StatusCode,
        /// Body.
        text: String,
    },
}

/// Whether `url` answers with status 200 within two seconds.
pub async fn is_ok(url: &str) -> bool {
    matches!(tokio::time::timeout(PROBE_LIMIT, post(url, "")).await, Ok(Ok(_)))
}

/// The text at `url`.
///
/// # Errors
/// [`Error`] if nobody answers within a minute, or not with status 200.
pub async fn get(url: &str) -> Result<String, Error> {
    post(url, "").await
}

/// The answer to `sql` in `format`, from the ClickHouse at `url`.
///
/// # Errors
/// As [`get`]; an error of the server is [`Error::Refused`].
pub async fn query(url: &str, database: &str, format: &str, sql: &str) -> Result<String, Error> {
    post(&format!("{url}/?database={database}&default_format={format}"), sql).await
}

/// GET if `body` is empty, else POST.
async fn post(url: &str, body: &str) -> Result<String, Error> {
    let silent =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Silent { url: url.to_owned(), source };
    let method = if body.is_empty() { http::Method::GET } else { http::Method::POST };
    let request = Request::builder()
        .method(method)
        .uri(url)
        .body(Full::new(Bytes::from(body.to_owned())))
        .map_err(|_malformed| Error::Url(url.to_owned()))?;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let exchange = async {
        let response = client.request(request).await?;
        let status = response.status();
        let bytes = Limited::new(response.into_body(), ANSWER_MAX);
        #[expect(clippy::disallowed_methods, reason = "the body is limited")]
        let bytes = bytes.collect().await?.to_bytes();
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((status, bytes))
    };
    let (status, bytes) = tokio::time::timeout(QUERY_LIMIT, exchange)
        .await
        .map_err(|late| silent(late.into()))?
        .map_err(silent)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if status == StatusCode::OK {
        return Ok(text);
    }
    Err(Error::Refused { url: url.to_owned(), status, text })
}
