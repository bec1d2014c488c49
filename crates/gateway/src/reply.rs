//! The only place where an outcome becomes an HTTP answer.
//!
//! One rule: **2xx means that nothing needs to be sent again; 503 and 429 mean that it does.**
//!
//! | answer to a batch | when | a feeder |
//! |---|---|---|
//! | 200 | every line is durable | forgets all |
//! | 207 | no line would fare better another time, some are durable, some were refused or are in violation | forgets all, looks at those |
//! | 400 | no line is durable, and none would be another time | has something to mend |
//! | 503 | some line is not durable, and could be | sends those again that are not named durable, or all |
//!
//! A feeder that reads the status alone never loses an event: at worst it sends copies, which count once. A feeder
//! that reads `results` finds one for each line that is not blank, in order, with its `line` number and `durable`.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use rand::RngExt as _;
use serde::Serialize;
use wattledger_decoder as decoder;

use crate::error::Refusal;
use crate::intake::{Answer, Outcome};
use crate::metrics::Metrics;
use crate::producer::Failure;
use crate::tenants::Reply;

/// The description of the HTTP interface, OpenAPI 3.1 in JSON.
pub const OPENAPI: &str = include_str!("../openapi.json");

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Code of a durable event.
const ACCEPTED: &str = "accepted";
/// Code of a durable event of a strict tenant that is not clean.
const SCHEMA_VIOLATION: &str = "schema_violation";
/// Base of Retry-After while Kafka is away.
const AWAY: Duration = Duration::from_secs(5);
/// Base of Retry-After for what passes quickly.
const BUSY: Duration = Duration::from_secs(1);

/// A request that is turned away as a whole.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) refusal: Refusal,
    pub(crate) detail: Option<String>,
    /// Base of Retry-After, where the refusal's own does not fit.
    pub(crate) wait: Option<Duration>,
}

impl From<Refusal> for Turn {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, detail: None, wait: None }
    }
}

/// RFC 9457.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    durable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Preview<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Vec<Item<'a>>>,
}

/// Answer for one event.
#[derive(Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    status: u16,
    code: &'a str,
    durable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Preview<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ignored: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Preview<'a> {
    outcome: &'a str,
    codes: Vec<&'static str>,
}

#[derive(Serialize)]
struct Batch<'a> {
    results: Vec<Item<'a>>,
}

/// A request turned away.
pub(crate) fn refuse(metrics: &Metrics, turn: &Turn) -> Response {
    let Turn { refusal, detail, wait } = turn;
    let problem = problem(*refusal, detail.as_deref(), None);
    let mut headers = HeaderMap::new();
    if let Some(base) = wait.or_else(|| default_wait(*refusal)) {
        put_retry_after(&mut headers, base, metrics);
    }
    match refusal {
        Refusal::Unauthorized => put(&mut headers, header::WWW_AUTHENTICATE, "Bearer"),
        Refusal::EncodingUnsupported => put(&mut headers, header::ACCEPT_ENCODING, "gzip, zstd, identity"),
        // what of the body is still under way is not waited for
        Refusal::Draining | Refusal::BodyTimeout => put(&mut headers, header::CONNECTION, "close"),
        _ => {}
    }
    metrics.answered(refusal.code());
    json(refusal.status(), PROBLEM, headers, &problem)
}

/// The answer to a single payload.
pub(crate) fn one(metrics: &Metrics, answer: &Answer, reply: Reply) -> Response {
    let item = item(answer, reply, None);
    match &answer.outcome {
        Outcome::Durable(_) if item.status == 200 => {
            metrics.answered(ACCEPTED);
            json(StatusCode::OK, JSON, HeaderMap::new(), &item)
        }
        Outcome::Durable(_) => {
            metrics.answered(SCHEMA_VIOLATION);
            let problem = Problem {
                r#type: type_of(SCHEMA_VIOLATION),
                title: "the event is durable, and violates the schema",
                status: item.status,
                code: item.code,
                durable: true,
                detail: None,
                preview: item.preview,
                results: None,
            };
            json(StatusCode::UNPROCESSABLE_ENTITY, PROBLEM, HeaderMap::new(), &problem)
        }
        Outcome::Refused(refusal, detail) => {
            refuse(metrics, &Turn { refusal: *refusal, detail: Some(detail.clone()), wait: None })
        }
        Outcome::Undelivered(failure) => {
            refuse(metrics, &Turn { refusal: refusal_of(*failure), detail: None, wait: wait_of(*failure) })
        }
    }
}

/// The answer to a batch; `hint` says what is wrong with it as a whole, if that is known.
pub(crate) fn batch(
    metrics: &Metrics,
    answers: &[Answer],
    reply: Reply,
    hint: Option<&'static str>,
) -> Response {
    let results: Vec<_> = answers.iter().map(|answer| item(answer, reply, Some(answer.line))).collect();
    let again = answers.iter().filter_map(|answer| match answer.outcome {
        Outcome::Undelivered(failure) if refusal_of(failure) == Refusal::Unavailable => Some(failure),
        _ => None,
    });
    if let Some(wait) = again.map(|failure| wait_of(failure).unwrap_or(AWAY)).max() {
        metrics.answered(Refusal::Unavailable.code());
        let mut headers = HeaderMap::new();
        put_retry_after(&mut headers, wait, metrics);
        let problem =
            problem(Refusal::Unavailable, Some("send again what is not named durable"), Some(results));
        return json(StatusCode::SERVICE_UNAVAILABLE, PROBLEM, headers, &problem);
    }
    if !results.is_empty() && results.iter().all(|item| !item.durable) {
        metrics.answered(Refusal::NoLineTaken.code());
        let refusal = Refusal::NoLineTaken;
        let problem = problem(refusal, Some(hint.unwrap_or("see the detail of each line")), Some(results));
        return json(refusal.status(), PROBLEM, HeaderMap::new(), &problem);
    }
    let mixed = results.iter().any(|item| item.status != 200);
    metrics.answered(if mixed { "mixed" } else { ACCEPTED });
    let status = if mixed { StatusCode::MULTI_STATUS } else { StatusCode::OK };
    json(status, JSON, HeaderMap::new(), &Batch { results })
}

/// The document.
pub(crate) fn document(metrics: &Metrics) -> Response {
    metrics.answered("served");
    let mut response = Response::new(Body::from(OPENAPI));
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A refusal as bytes, for a connection on which no HTTP was spoken yet.
pub(crate) fn before_http(refusal: Refusal) -> Vec<u8> {
    let body = serde_json::to_string(&problem(refusal, None, None)).unwrap_or_default();
    let (status, wait) = (refusal.status(), jittered(BUSY));
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nretry-after: {wait}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn item(answer: &Answer, reply: Reply, line: Option<usize>) -> Item<'_> {
    let blank = Item {
        line,
        status: 200,
        code: ACCEPTED,
        durable: true,
        preview: None,
        ignored: &answer.ignored,
        detail: None,
    };
    match &answer.outcome {
        Outcome::Durable(preview) => {
            // without a verdict there is nothing to hold against it: the sink will judge
            let unclean = preview.as_ref().is_some_and(|p| p.outcome != decoder::Outcome::Clean);
            let violates = reply == Reply::Strict && unclean;
            let (status, code) = if violates { (422, SCHEMA_VIOLATION) } else { (200, ACCEPTED) };
            let preview = preview.as_ref().map(|preview| Preview {
                outcome: preview.outcome.as_str(),
                codes: preview.codes.iter().map(|code| code.as_str()).collect(),
            });
            Item { status, code, preview, ..blank }
        }
        Outcome::Refused(refusal, detail) => Item {
            status: refusal.status().as_u16(),
            code: refusal.code(),
            durable: false,
            detail: Some(detail),
            ..blank
        },
        Outcome::Undelivered(failure) => {
            let refusal = refusal_of(*failure);
            Item { status: refusal.status().as_u16(), code: refusal.code(), durable: false, ..blank }
        }
    }
}

const fn refusal_of(failure: Failure) -> Refusal {
    match failure {
        Failure::TooLarge => Refusal::PayloadTooLarge,
        Failure::Closed
        | Failure::QueueFull
        | Failure::TimedOut
        | Failure::Fatal
        | Failure::Lost
        | Failure::Broker => Refusal::Unavailable,
    }
}

const fn wait_of(failure: Failure) -> Option<Duration> {
    match failure {
        Failure::QueueFull | Failure::Fatal => Some(BUSY),
        Failure::TooLarge => None,
        Failure::Closed | Failure::TimedOut | Failure::Lost | Failure::Broker => Some(AWAY),
    }
}

fn default_wait(refusal: Refusal) -> Option<Duration> {
    match refusal {
        Refusal::Unavailable => Some(AWAY),
        _ if refusal.status() == StatusCode::SERVICE_UNAVAILABLE => Some(BUSY),
        _ => None,
    }
}

fn problem<'a>(refusal: Refusal, detail: Option<&'a str>, results: Option<Vec<Item<'a>>>) -> Problem<'a> {
    Problem {
        r#type: type_of(refusal.code()),
        title: refusal.title(),
        status: refusal.status().as_u16(),
        code: refusal.code(),
        durable: false,
        detail,
        preview: None,
        results,
    }
}

fn type_of(code: &str) -> String {
    format!("urn:wattledger:problem:{code}")
}

fn json(status: StatusCode, kind: HeaderValue, mut headers: HeaderMap, body: &impl Serialize) -> Response {
    // numbers, texts and lists of them always serialise
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    headers.insert(header::CONTENT_TYPE, kind);
    let mut response = Response::new(Body::from(Bytes::from(bytes)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn put_retry_after(headers: &mut HeaderMap, base: Duration, metrics: &Metrics) {
    metrics.retry_after();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(jittered(base)));
}

/// Whole seconds between `base` and twice that, so that a fleet does not come back in one second.
fn jittered(base: Duration) -> u64 {
    let base = base.as_secs() + u64::from(base.subsec_nanos() > 0);
    let base = base.max(1);
    base + rand::rng().random_range(0..=base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_between_once_and_twice() {
        let waits: std::collections::BTreeSet<_> = (0..1_000).map(|_| jittered(AWAY)).collect();
        assert_eq!(waits.into_iter().collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10]);
        assert!((1..=2).contains(&jittered(Duration::from_millis(1))));
    }
}
