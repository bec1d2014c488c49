//! Builds replies: head, rows as they come, and the exception, whether it comes before the first byte or after it.
//!
//! In: a running statement. Out: an HTTP response.
//! The head waits for the first mebibyte of rows or the end, whichever is first, so most errors still get their
//! status. A later one is written behind the rows with the tag that the head announced, and the connection breaks off,
//! as a server does it; no client can take such a reply for a whole one.

use std::io::{self, Write};
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use tokio::sync::mpsc;

use super::chdb::{Answer, Counts};
use super::core::Engine;
use super::encoding::Packer;
use super::exception::Exception;
use super::query::{Outcome, PIECES, Running, pump};
use super::request::Ask;
use super::rows::Rows;
use super::spool::Spool;

/// What the server sends.
pub(super) type ReplyBody = UnsyncBoxBody<Bytes, io::Error>;

/// Rows kept back before the head is sent.
const HEAD_BYTES: usize = 1 << 20;

/// What came before the head had to be sent.
enum Begun {
    /// All of it.
    Whole(Vec<Bytes>, Answer),
    /// More rows than are kept back.
    Part(Vec<Bytes>),
}

/// The reply to a statement that runs.
///
/// # Errors
/// The statement failed before anything was sent.
pub(super) async fn to_statement(
    engine: &Engine,
    ask: &Ask,
    format: &str,
    mut running: Running,
    begun: Instant,
) -> Result<Response<ReplyBody>, Exception> {
    let packer = Packer::new(ask.reply_encoding).map_err(|error| cannot_pack(&error))?;
    let tag = exception_tag();
    let mut head = Head { engine, ask, format, tag: &tag, counts: Counts::default(), begun };
    let (pieces, answer) = match begin(&mut running).await? {
        Begun::Whole(pieces, answer) => (pieces, answer),
        Begun::Part(pieces) if ask.wait_end => {
            let (spool, answer) = keep(engine, pieces, &mut running).await?;
            running = replay(spool, answer.clone())?;
            head.counts = answer.counts;
            return Ok(head.reply(
                Rows::new(Vec::new(), running, packer, tag.clone(), engine.version.clone()).boxed_unsync(),
            ));
        }
        Begun::Part(pieces) => {
            return Ok(head.reply(
                Rows::new(pieces, running, packer, tag.clone(), engine.version.clone()).boxed_unsync(),
            ));
        }
    };
    head.counts = answer.counts;
    let body = pack_whole(packer, pieces, answer).map_err(|error| cannot_pack(&error))?;
    Ok(head.reply(whole(body)))
}

async fn begin(running: &mut Running) -> Result<Begun, Exception> {
    let mut pieces = Vec::new();
    let mut length = 0;
    while let Some(piece) = running.pieces.recv().await {
        length += piece.len();
        pieces.push(piece);
        if length >= HEAD_BYTES {
            return Ok(Begun::Part(pieces));
        }
    }
    Ok(Begun::Whole(pieces, end(running).await?))
}

async fn end(running: &mut Running) -> Outcome {
    (&mut running.outcome)
        .await
        .unwrap_or_else(|_gone| Err(Exception::new(1002, "UNKNOWN_EXCEPTION", "the query's thread is gone")))
}

/// Keeps all rows until the statement has ended (`wait_end_of_query=1`).
async fn keep(
    engine: &Engine,
    pieces: Vec<Bytes>,
    running: &mut Running,
) -> Result<(Spool, Answer), Exception> {
    let told =
        |error: io::Error| Exception::new(243, "NOT_ENOUGH_SPACE", &format!("cannot keep the rows: {error}"));
    let mut spool = Spool::create(&engine.room.place).map_err(told)?;
    let mut left = engine.room.bytes_max;
    let mut pieces = pieces.into_iter();
    while let Some(piece) = match pieces.next() {
        Some(piece) => Some(piece),
        None => running.pieces.recv().await,
    } {
        left = left.checked_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX)).ok_or_else(|| {
            let text = format!("Limit for result exceeded, max bytes: {}", engine.room.bytes_max);
            Exception::new(396, "TOO_MANY_ROWS_OR_BYTES", &text)
        })?;
        spool.write_all(&piece).map_err(told)?;
    }
    Ok((spool, end(running).await?))
}

/// Rows that were kept, as if the statement ran now.
fn replay(spool: Spool, answer: Answer) -> Result<Running, Exception> {
    let reader = spool.into_reader().map_err(|error| cannot_pack(&error))?;
    let (pieces_in, pieces) = mpsc::channel(PIECES);
    let (outcome_in, outcome) = tokio::sync::oneshot::channel();
    outcome_in.send(Ok(answer)).ok();
    tokio::task::spawn_blocking(move || pump(reader, &pieces_in));
    Ok(Running { pieces, outcome, _client: tokio_util::sync::CancellationToken::new().drop_guard() })
}

fn pack_whole(mut packer: Packer, pieces: Vec<Bytes>, answer: Answer) -> io::Result<Bytes> {
    let mut packed = Vec::new();
    for piece in pieces.into_iter().chain([Bytes::from(answer.body)]).filter(|piece| !piece.is_empty()) {
        packed.extend_from_slice(&packer.pack(piece)?);
    }
    packed.extend_from_slice(&packer.finish()?);
    Ok(packed.into())
}

fn cannot_pack(error: &io::Error) -> Exception {
    Exception::new(1002, "UNKNOWN_EXCEPTION", &format!("cannot pack the reply: {error}"))
}

/// A body that is there whole.
pub(super) fn whole(body: Bytes) -> ReplyBody {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// The reply to a request that failed before anything was sent. The body is never packed: it is short, and a client
/// that reads a status other than 200 may not unpack.
pub(super) fn to_failure(engine: &Engine, query_id: &str, exception: &Exception) -> Response<ReplyBody> {
    let mut response = Response::new(whole(exception.body(&engine.version).into()));
    *response.status_mut() = exception.status();
    set(&mut response, "content-type", "text/plain; charset=UTF-8");
    set(&mut response, "x-clickhouse-exception-code", &exception.code.to_string());
    set(&mut response, "x-clickhouse-query-id", query_id);
    set(&mut response, "x-clickhouse-timezone", &engine.timezone);
    set(&mut response, "x-clickhouse-server-display-name", DISPLAY_NAME);
    response
}

/// A short reply in plain text.
pub(super) fn to_text(status: StatusCode, text: &'static str) -> Response<ReplyBody> {
    let mut response = Response::new(whole(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    set(&mut response, "content-type", "text/plain; charset=UTF-8");
    response
}

const DISPLAY_NAME: &str = "wattledger-engine";

struct Head<'a> {
    engine: &'a Engine,
    ask: &'a Ask,
    format: &'a str,
    tag: &'a str,
    counts: Counts,
    begun: Instant,
}

impl Head<'_> {
    fn reply(&self, body: ReplyBody) -> Response<ReplyBody> {
        let mut response = Response::new(body);
        set(&mut response, CONTENT_TYPE.as_str(), content_type(self.format));
        if let Some(name) = self.ask.reply_encoding.name() {
            set(&mut response, CONTENT_ENCODING.as_str(), name);
        }
        set(&mut response, "x-clickhouse-query-id", &self.ask.query_id);
        set(&mut response, "x-clickhouse-format", self.format);
        set(&mut response, "x-clickhouse-timezone", &self.engine.timezone);
        set(&mut response, "x-clickhouse-server-display-name", DISPLAY_NAME);
        set(&mut response, "x-clickhouse-exception-tag", self.tag);
        set(&mut response, "x-clickhouse-summary", &self.summary());
        response
    }

    /// Counts as a server sends them: texts. Zeros where rows are sent before the end.
    fn summary(&self) -> String {
        let Counts { read_rows, read_bytes, written_rows, written_bytes, result_rows, result_bytes } =
            self.counts;
        // the rows of an INSERT count as read, too
        let (read_rows, read_bytes) = (read_rows.max(written_rows), read_bytes.max(written_bytes));
        let elapsed_ns = self.begun.elapsed().as_nanos();
        format!(
            "{{\"read_rows\":\"{read_rows}\",\"read_bytes\":\"{read_bytes}\",\"written_rows\":\"{written_rows}\",\
             \"written_bytes\":\"{written_bytes}\",\"total_rows_to_read\":\"0\",\"result_rows\":\"{result_rows}\",\
             \"result_bytes\":\"{result_bytes}\",\"elapsed_ns\":\"{elapsed_ns}\"}}"
        )
    }
}

fn set(response: &mut Response<ReplyBody>, name: &'static str, value: &str) {
    // a client's query id may hold what a header may not
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// Sixteen letters that no row holds by chance.
fn exception_tag() -> String {
    let id = uuid::Uuid::new_v4();
    id.as_bytes().iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

fn content_type(format: &str) -> &'static str {
    let is = |names: &[&str]| names.iter().any(|name| format.eq_ignore_ascii_case(name));
    if is(&["TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw"])
        || starts_with(format, "TabSeparated")
        || starts_with(format, "TSV")
    {
        "text/tab-separated-values; charset=UTF-8"
    } else if is(&["JSONEachRow", "JSONLines", "NDJSON"]) || starts_with(format, "JSONCompactEachRow") {
        "application/x-ndjson; charset=UTF-8"
    } else if starts_with(format, "JSON") {
        "application/json; charset=UTF-8"
    } else if starts_with(format, "CSV") {
        "text/csv; charset=UTF-8"
    } else if is(&["XML"]) {
        "application/xml; charset=UTF-8"
    } else if is(&[
        "Native",
        "RowBinary",
        "RowBinaryWithNames",
        "RowBinaryWithNamesAndTypes",
        "Parquet",
        "ORC",
        "Avro",
    ]) {
        "application/octet-stream"
    } else {
        "text/plain; charset=UTF-8"
    }
}

fn starts_with(format: &str, prefix: &str) -> bool {
    format.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
