//! One worker: lines of a chunk → counts, and events for the assembly.

use std::borrow::Cow;

use wattledger_decoder::{Code, Decoder, Limits, Reading};
use wattledger_record::{OcppVersion, StationKey, ids};

use crate::error::Error;
use crate::limits::LINE_BYTES_MAX;
use crate::line::{self, Form, Kind, Line, Sent};
use crate::options::Shape;
use crate::position::Position;
use crate::source::{Chunk, next_line};
use crate::store::{self, Batch, Kept, Store};
use crate::tally::Tally;

/// Station of events that name none, where none is given.
pub(crate) const UNNAMED: &str = "-";

/// How lines are read.
#[derive(Debug, Clone)]
pub(crate) struct How {
    pub(crate) shape: Option<Shape>,
    pub(crate) version: Option<OcppVersion>,
    pub(crate) strict: bool,
    pub(crate) zone_minutes: Option<i16>,
    pub(crate) station: String,
    pub(crate) examples: usize,
}

impl How {
    pub(crate) const fn reading(&self, version: OcppVersion) -> Reading {
        Reading { version, strict: self.strict, zone_minutes: self.zone_minutes }
    }
}

/// Reads chunks.
pub(crate) struct Worker<'a> {
    how: &'a How,
    store: &'a Store,
    decoder: Decoder,
    batch: Batch,
    pub(crate) tally: Tally,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(how: &'a How, store: &'a Store) -> Self {
        let decoder = Decoder::new(Limits::default());
        Self { how, store, decoder, batch: Batch::new(), tally: Tally::new(how.examples) }
    }

    /// Reads a chunk; the lines it has.
    ///
    /// # Errors
    /// [`Error::Spill`].
    pub(crate) fn read(&mut self, chunk: &Chunk) -> Result<u32, Error> {
        let mut at = Position { chunk: u32::try_from(chunk.number).unwrap_or(u32::MAX), line: 0 };
        if let Some(length) = chunk.too_long {
            self.tally.other(Kind::TooLong, at, &format!("{length} bytes"));
            return Ok(1);
        }
        let mut rest = chunk.bytes.as_slice();
        while let Some((line, lines, after)) = next_line(rest) {
            self.line(line, at, chunk.version);
            at.line += lines;
            rest = after;
        }
        self.store.add(&mut self.batch)?;
        Ok(at.line)
    }

    fn line(&mut self, line: &[u8], at: Position, stated: Option<OcppVersion>) {
        if line.len() > LINE_BYTES_MAX {
            self.tally.other(Kind::TooLong, at, &format!("{} bytes", line.len()));
            return;
        }
        match line::read(line, self.how.shape) {
            Line::Other(kind, word) => self.tally.other(kind, at, &word),
            Line::Sent(sent) => self.event(&sent, at, stated),
        }
    }

    fn event(&mut self, sent: &Sent<'_>, at: Position, stated: Option<OcppVersion>) {
        let version = self.how.version.or(sent.version).or(stated).unwrap_or_default();
        self.tally.v21 += u64::from(version == OcppVersion::V21);
        let reading = self.how.reading(version);
        let decoded = self.decoder.decode(&sent.payload, reading);
        let logged = matches!(sent.form, Form::Frame | Form::Log);
        // a log line may go on behind its frame
        let own = if logged && decoded.reasons().contains(Code::NotJson) {
            line::rebound(&sent.payload)
        } else {
            None
        };
        let decoded = match own {
            Some(own) => self.decoder.decode(own, reading),
            None => decoded,
        };
        self.tally.event(sent.form, at, &decoded);
        let Some(event) = &decoded.event else { return };
        let station = station(sent, &self.how.station);
        let id = ids::fold_id(event.transaction_info.transaction_id);
        self.batch.put(&Kept {
            hash: store::hash(&station.to_ascii_lowercase(), &id),
            at,
            version,
            received_at: sent.received_at,
            station: &station,
            payload: own.unwrap_or(&sent.payload),
        });
    }
}

/// The station of an event: as the line names it, if a gateway could have taken it in under that name.
fn station<'a>(sent: &'a Sent<'_>, or: &'a str) -> Cow<'a, str> {
    match &sent.station {
        Some(name) if StationKey::new("any", name).is_ok() => Cow::Borrowed(name),
        _ => Cow::Borrowed(or),
    }
}
