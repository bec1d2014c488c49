//! One HTTP GET on loopback: does it answer 200?

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// A probe that takes longer is a "no".
const LIMIT: Duration = Duration::from_secs(2);

/// Whether `url` answers with status 200 within two seconds.
pub async fn is_ok(url: &str) -> bool {
    let Ok(uri) = url.parse() else { return false };
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = tokio::time::timeout(LIMIT, client.get(uri)).await;
    matches!(answer, Ok(Ok(response)) if response.status() == http::StatusCode::OK)
}
