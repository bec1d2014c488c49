//! Routes: who is it, may it come in, what does it say.
//!
//! A request passes these in order, and the first that does not let it through answers: token, suspension, shutdown,
//! breaker, rate; size as stated; encoding and content type; then its body is received under limits, read into
//! envelopes, and charged to the tenant's rate. Nothing is handed over before all of that.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::Body as _;
use wattledger_record::headers::Ingress;
use wattledger_record::{Micros, StationKey};

use crate::admission::Reservation;
use crate::batch::{self, Envelope, Line, Refused, Stated};
use crate::error::Refusal;
use crate::intake::{Intake, Received};
use crate::listen::body::{self, Door, Encoding};
use crate::reply::{self, Turn};
use crate::tenants::Tenant;

/// The feeder's statement of the OCPP version: `2.0.1` or `2.1`.
const OCPP_VERSION: &str = "x-ocpp-version";
/// The feeder's, or the station's, id of the message.
const MESSAGE_ID: &str = "x-message-id";
/// When the feeder received the payload, RFC 3339.
const RECEIVED_AT: &str = "x-received-at";
const TRACEPARENT: &str = "traceparent";

/// What a batch may call itself. The last is what `curl --data-binary` says when nobody tells it otherwise.
const NDJSON: [&str; 8] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/json",
    "application/octet-stream",
    "text/plain",
    "application/x-www-form-urlencoded",
];

/// How much of a refused body is still read, so that the client gets to see the answer, and for how long.
const LINGER_BYTES: usize = 32 << 20;
const LINGER: Duration = Duration::from_secs(3);

/// Bytes of a batch that are read into lines where the request is served: less than a millisecond.
const SPLIT_INLINE_BYTES: usize = 256 << 10;

type Shared = State<Arc<Intake>>;

/// All paths of the public port.
pub(crate) fn router(intake: Arc<Intake>) -> Router {
    Router::new()
        .route("/v1/stations/{station}/transaction-events", post(one))
        .route("/v1/transaction-events", post(several))
        .route("/openapi.json", get(document))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .with_state(intake)
}

async fn document(State(intake): Shared) -> Response {
    reply::document(&intake.metrics)
}

async fn unknown_path(State(intake): Shared) -> Response {
    reply::refuse(&intake.metrics, &Refusal::NotFound.into())
}

async fn unknown_method(State(intake): Shared) -> Response {
    reply::refuse(&intake.metrics, &Refusal::MethodNotAllowed.into())
}

async fn one(State(intake): Shared, path: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let (head, mut body) = request.into_parts();
    let station = path.map(|Path(station)| station);
    match take_one(&intake, station, &head.headers, &mut body).await {
        Ok(response) => response,
        Err(turn) => turn_away(&intake, &turn, body),
    }
}

async fn several(State(intake): Shared, request: Request) -> Response {
    let (head, mut body) = request.into_parts();
    match take_several(&intake, &head.headers, &mut body).await {
        Ok(response) => response,
        Err(turn) => turn_away(&intake, &turn, body),
    }
}

async fn take_one(
    intake: &Arc<Intake>,
    station: Result<String, PathRejection>,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<Response, Turn> {
    let tenant = admit(intake, headers)?;
    let station = station.map_err(|_not_utf8| Turn::from(Refusal::StationInvalid))?;
    let key = StationKey::new(tenant.name(), &station).map_err(|error| {
        tracing::debug!(tenant = tenant.name(), station = %Shown(&station), "station refused");
        Turn { refusal: Refusal::StationInvalid, detail: Some(error.to_string()), wait: None }
    })?;
    if !tenant.may_write(&key) {
        return Err(Refusal::StationForbidden.into());
    }
    let limits = &intake.config.limits;
    let (payload, held) =
        receive(intake, &tenant, headers, body, limits.payload_bytes_max, Refusal::PayloadTooLarge).await?;
    charge(&tenant, 1)?;
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let stated = Stated::read(
        text(MESSAGE_ID),
        text(RECEIVED_AT),
        text(OCPP_VERSION),
        ["X-Message-Id", "X-Received-At", "X-OCPP-Version"],
    );
    let spelled = (key.station() != station).then_some(station);
    let line = Line { number: 1, read: Ok(Envelope { key, station: spelled, stated, payload }) };
    let reply = tenant.reply();
    let received = received(tenant, vec![line], Ingress::Http, headers, held);
    let answers = intake.take(received).await.unwrap_or_default();
    // no answer: the work broke off, so nothing is known to be durable
    let answer = answers.first().ok_or_else(|| Turn::from(Refusal::Unavailable))?;
    Ok(reply::one(&intake.metrics, answer, reply))
}

async fn take_several(intake: &Arc<Intake>, headers: &HeaderMap, body: &mut Body) -> Result<Response, Turn> {
    let tenant = admit(intake, headers)?;
    if !is_ndjson(headers) {
        return Err(Refusal::ContentTypeUnsupported.into());
    }
    let limits = &intake.config.limits;
    let (batch, held) =
        receive(intake, &tenant, headers, body, limits.batch_bytes_max, Refusal::BatchTooLarge).await?;
    let hint = batch::hint(&batch);
    let (mut lines, held) = split(intake, &tenant, batch, held).await?;
    charge(&tenant, lines.len())?;
    for line in &mut lines {
        restrict(&tenant, line);
        if let Err(refused) = &line.read {
            count_too_large(
                intake,
                &tenant,
                refused.refusal,
                u64::try_from(refused.bytes).unwrap_or(u64::MAX),
            );
        }
    }
    let reply = tenant.reply();
    let answers = intake.take(received(tenant, lines, Ingress::HttpBatch, headers, held)).await;
    let answers = answers.ok_or_else(|| Turn::from(Refusal::Unavailable))?;
    Ok(reply::batch(&intake.metrics, &answers, reply, hint))
}

/// Reads a batch into lines; a large one off the threads that serve.
async fn split(
    intake: &Intake,
    tenant: &Arc<Tenant>,
    batch: Bytes,
    held: Reservation,
) -> Result<(Vec<Line>, Reservation), Turn> {
    let limits = intake.config.limits;
    if batch.len() <= SPLIT_INLINE_BYTES {
        return Ok((batch::read(&batch, tenant.name(), &limits)?, held));
    }
    let slot = Arc::clone(&intake.inflating).acquire_owned().await;
    let slot = slot.map_err(|_closed| Turn::from(Refusal::Draining))?;
    let tenant = Arc::clone(tenant);
    // what is held goes along: the work goes on when the client leaves
    let work = tokio::task::spawn_blocking(move || {
        let lines = batch::read(&batch, tenant.name(), &limits);
        drop(slot);
        lines.map(|lines| (lines, held))
    });
    let done = work.await.map_err(|_broke_off| Turn::from(Refusal::Unavailable))?;
    Ok(done?)
}

/// Who it is, and whether it may come in now.
fn admit(intake: &Intake, headers: &HeaderMap) -> Result<Arc<Tenant>, Turn> {
    let directory = intake.tenants.current();
    let tenant =
        bearer(headers).and_then(|token| directory.authenticate(token)).ok_or(Refusal::Unauthorized)?;
    if tenant.suspended() {
        return Err(Refusal::TenantSuspended.into());
    }
    if intake.stop.is_cancelled() {
        return Err(Refusal::Draining.into());
    }
    if intake.publisher.refuses() {
        return Err(Refusal::Unavailable.into());
    }
    tenant.rate(|bucket| bucket.check(Instant::now())).map_err(over_rate)?;
    Ok(Arc::clone(tenant))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && values.next().is_none()).then(|| token.trim())
}

fn charge(tenant: &Tenant, events: usize) -> Result<(), Turn> {
    tenant.rate(|bucket| bucket.take(events, Instant::now())).map_err(over_rate)
}

fn over_rate(wait: Duration) -> Turn {
    Turn { refusal: Refusal::RateLimited, detail: None, wait: Some(wait) }
}

fn restrict(tenant: &Tenant, line: &mut Line) {
    if line.read.as_ref().is_ok_and(|envelope| !tenant.may_write(&envelope.key)) {
        let detail = "the token does not reach this station".to_owned();
        line.read = Err(Refused { refusal: Refusal::StationForbidden, detail, bytes: 0 });
    }
}

async fn receive(
    intake: &Intake,
    tenant: &Tenant,
    headers: &HeaderMap,
    body: &mut Body,
    bytes_max: usize,
    above: Refusal,
) -> Result<(Bytes, Reservation), Turn> {
    let encoding = Encoding::of(headers)?;
    let door = Door {
        bytes_max,
        above,
        timeout: intake.config.limits.body_timeout(),
        inflating: Arc::clone(&intake.inflating),
    };
    let share = intake.shares.of(tenant.name());
    let held = Reservation::new([share, Arc::clone(&intake.in_flight)]);
    body::read(body, encoding, &door, held).await.map_err(|turned| {
        count_too_large(intake, tenant, turned.refusal, turned.bytes);
        Turn::from(turned.refusal)
    })
}

fn count_too_large(intake: &Intake, tenant: &Tenant, refusal: Refusal, bytes: u64) {
    if refusal.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        intake.metrics.too_large(tenant.name(), bytes);
    }
}

fn is_ndjson(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    NDJSON.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

fn received(
    tenant: Arc<Tenant>,
    lines: Vec<Line>,
    ingress: Ingress,
    headers: &HeaderMap,
    held: Reservation,
) -> Received {
    let traceparent = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let traceparent = traceparent.filter(|text| is_traceparent(text)).map(str::to_owned);
    Received { tenant, lines, ingress, traceparent, received_at: wall_clock(), held }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; anything else is not passed on.
fn is_traceparent(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([2, 32, 16, 2])
        && text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn wall_clock() -> Micros {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

/// Answers, and reads on for a moment: a connection that is closed while its client still writes is reset, and the
/// client never sees why.
fn turn_away(intake: &Intake, turn: &Turn, body: Body) -> Response {
    if !body.is_end_stream() && turn.refusal != Refusal::BodyTimeout {
        tokio::spawn(async move { tokio::time::timeout(LINGER, discard(body)).await });
    }
    reply::refuse(&intake.metrics, turn)
}

async fn discard(mut body: Body) {
    let mut seen = 0usize;
    while let Some(Ok(frame)) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await
    {
        seen = seen.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if seen > LINGER_BYTES {
            return;
        }
    }
}

/// An identity as it may stand in a log: escaped and short.
struct Shown<'a>(&'a str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().take(64).try_for_each(|c| write!(f, "{}", c.escape_debug()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_in_logs_are_short_and_on_one_line() {
        let shown = Shown(&format!("a\n\u{1b}[31m{}", "x".repeat(100))).to_string();
        assert!(shown.starts_with("a\\n\\u{1b}[31m") && shown.len() < 80, "{shown}");
    }

    #[test]
    fn only_a_whole_traceparent_is_passed_on() {
        assert!(is_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        for bad in
            ["", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1-2-3", "00-0-b7-01-\n"]
        {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }
}
