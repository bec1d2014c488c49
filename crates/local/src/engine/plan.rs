//! Turns what a client sent into what the engine runs: one statement, its data in a spool, its rows into a pipe.
//!
//! In: the request and its body. Out: a [`Plan`].
//! The statement stays as it was sent, but for the clause by which data come in (`FROM INFILE`) or rows go out
//! (`INTO OUTFILE … APPEND`). Both name a file descriptor of this process, so rows flow through a pipe in the engine's
//! own formats and with the pipe's bound. (The library's streaming calls give one whole document per piece: JSON,
//! Native or a header line come once per 65,000 rows.)

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;

use tokio::sync::OwnedSemaphorePermit;

use super::body::{self, Packed, Room, Unpacked};
use super::encoding::Encoding;
use super::exception::Exception;
use super::form;
use super::request::Ask;
use super::spool::{Place, Spool};
use super::statement::{self, Insert, Other, Rows, Statement};

/// Format of rows where the client names none.
const DEFAULT_FORMAT: &str = "TabSeparated";
/// An INSERT is recognised within this many bytes, ClickHouse's `max_query_size`.
const HEAD_BYTES: u64 = 256 << 10;
/// Largest statement without its data. The engine's own `max_query_size` may be raised up to here.
const STATEMENT_BYTES_MAX: usize = 16 << 20;
/// Room in the pipe: a few pieces, so that the engine does not stop for each.
const PIPE_BYTES: usize = 1 << 20;

/// What the engine has to run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) sql: Vec<u8>,
    /// Format of the rows, if rows come.
    pub(super) format: String,
    /// What was put into the client's statement; errors are told without it.
    pub(super) own: String,
    /// Holds the data of an INSERT open.
    _data: Option<Data>,
    /// Both ends of the pipe that the rows go through.
    pub(super) pipe: Option<(PipeReader, PipeWriter)>,
}

/// The data of an INSERT, and the place that they take if they are large.
#[derive(Debug)]
struct Data {
    spool: Spool,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Reads the body and plans the statement. Blocks.
///
/// # Errors
/// Nothing to run, a statement that is not taken, a body that cannot be unpacked.
pub(super) fn plan(ask: &mut Ask, packed: Packed, room: &Room) -> Result<Plan, Exception> {
    let (bytes_max, place) = (room.bytes_max, &room.place);
    let packed = match plan_as_it_is(ask, packed)? {
        Ok(plan) => return Ok(plan),
        Err(packed) => packed,
    };
    let told = |error: io::Error| body::unpack_error(&error, bytes_max);
    let mut unpacked = packed.unpack(ask.body_encoding, ask.body_native, bytes_max).map_err(told)?;
    if let Some(boundary) = ask.boundary.take() {
        let mut bytes = Vec::new();
        unpacked.read_to_end(&mut bytes).map_err(told)?;
        for (name, value) in form::read(&bytes, &boundary)? {
            ask.take(&name, value.into())?;
        }
    } else if let Statement::Insert(insert) = statement::read(&ask.query) {
        let head = ask.query.clone();
        return plan_insert(ask, &head, &insert, unpacked, place)?.map_err(told);
    }
    let mut text = ask.query.clone();
    if !text.is_empty() {
        text.push(b'\n');
    }
    unpacked.by_ref().take(HEAD_BYTES).read_to_end(&mut text).map_err(told)?;
    if let Statement::Insert(insert) = statement::read(&text)
        && (insert.data_at < text.len() || u64::try_from(text.len()).is_ok_and(|length| length < HEAD_BYTES))
    {
        return plan_insert(ask, &text, &insert, unpacked, place)?.map_err(told);
    }
    let room = u64::try_from(STATEMENT_BYTES_MAX.saturating_sub(text.len())).unwrap_or_default();
    unpacked.by_ref().take(room + 1).read_to_end(&mut text).map_err(told)?;
    if text.len() > STATEMENT_BYTES_MAX {
        return Err(body::too_large(u64::try_from(STATEMENT_BYTES_MAX).unwrap_or_default()));
    }
    plan_statement(ask, text)
}

/// `head` is the INSERT and what of its data came with it; the rest of the data follows in `rest`.
fn plan_insert(
    ask: &Ask,
    head: &[u8],
    insert: &Insert,
    rest: Unpacked,
    place: &Place,
) -> Result<io::Result<Plan>, Exception> {
    if ask.only_reads { Err(only_reads()) } else { Ok(spool_insert(head, insert, rest, place)) }
}

fn spool_insert(head: &[u8], insert: &Insert, mut rest: Unpacked, place: &Place) -> io::Result<Plan> {
    let mut spool = Spool::create(place)?;
    spool.write_all(head.get(insert.data_at..).unwrap_or_default())?;
    let mut piece = vec![0; 256 << 10];
    loop {
        let read = rest.read(&mut piece)?;
        if read == 0 {
            break;
        }
        spool.write_all(piece.get(..read).unwrap_or_default())?;
    }
    Ok(insert_from(head, insert, Data { spool, _permit: None }))
}

/// A large body that is nothing but the data of an INSERT in the URL is read where it lies; otherwise it is given back.
fn plan_as_it_is(ask: &Ask, packed: Packed) -> Result<Result<Plan, Packed>, Exception> {
    let unpacked = ask.body_encoding == Encoding::Plain && !ask.body_native && ask.boundary.is_none();
    match (packed, statement::read(&ask.query)) {
        (Packed::Spooled(spool, permit), Statement::Insert(insert))
            if unpacked && insert.data_at >= ask.query.len() =>
        {
            if ask.only_reads {
                return Err(only_reads());
            }
            Ok(Ok(insert_from(&ask.query, &insert, Data { spool, _permit: Some(permit) })))
        }
        (packed, _) => Ok(Err(packed)),
    }
}

fn insert_from(head: &[u8], insert: &Insert, data: Data) -> Plan {
    let own = format!(" FROM INFILE '{}'", data.spool.path());
    let mut sql = head.get(..insert.infile_at).unwrap_or_default().to_vec();
    sql.extend_from_slice(own.as_bytes());
    sql.extend_from_slice(format!(" {} FORMAT {}", insert.settings, insert.format).as_bytes());
    Plan { sql, format: DEFAULT_FORMAT.to_owned(), own, _data: Some(data), pipe: None }
}

fn plan_statement(ask: &Ask, text: Vec<u8>) -> Result<Plan, Exception> {
    let default_format = || ask.default_format.clone().unwrap_or_else(|| DEFAULT_FORMAT.to_owned());
    match statement::read(&text) {
        Statement::Empty => Err(Exception::new(62, "SYNTAX_ERROR", "Empty query")),
        Statement::Refused(refusal) => Err(refusal),
        Statement::Rows(rows) => plan_rows(&text, rows, default_format).map_err(|error| {
            Exception::new(243, "NOT_ENOUGH_SPACE", &format!("cannot make a pipe: {error}"))
        }),
        Statement::Other(Other { reads_only: false, .. }) | Statement::Insert(_) if ask.only_reads => {
            Err(only_reads())
        }
        Statement::Insert(_) => {
            Err(Exception::new(62, "SYNTAX_ERROR", "INSERT with data behind 256 KiB of statement"))
        }
        Statement::Other(Other { end, format, .. }) => {
            let mut sql = text;
            sql.truncate(end);
            let format = format.unwrap_or_else(default_format);
            Ok(Plan { sql, format, own: String::new(), _data: None, pipe: None })
        }
    }
}

fn plan_rows(text: &[u8], rows: Rows, default_format: impl Fn() -> String) -> io::Result<Plan> {
    let (reader, writer) = io::pipe()?;
    // best effort: a smaller pipe is slower, not wrong
    rustix::pipe::fcntl_setpipe_size(&writer, PIPE_BYTES).ok();
    let own = format!(" INTO OUTFILE '/proc/self/fd/{}' APPEND", writer.as_raw_fd());
    let mut sql = text.get(..rows.outfile_at).unwrap_or_default().trim_ascii_end().to_vec();
    sql.extend_from_slice(own.as_bytes());
    let format = match rows.format {
        Some(format) => {
            sql.push(b' ');
            sql.extend_from_slice(text.get(rows.outfile_at..rows.end).unwrap_or_default());
            format
        }
        None => {
            let format = default_format();
            sql.extend_from_slice(format!(" FORMAT {format}").as_bytes());
            format
        }
    };
    Ok(Plan { sql, format, own, _data: None, pipe: Some((reader, writer)) })
}

/// The refusal of a statement that changes something and came with GET.
fn only_reads() -> Exception {
    let text = "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. \
                You should use method POST for modifying queries";
    Exception::new(164, "READONLY", text)
}
