//! Reads one record and puts what it gives into the open load.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wattledger_decoder::{Code, Decoded, Decoder, Limits, Outcome, Reading, TransactionEvent, Violation};
use wattledger_record::ids::{event_version, fold_id};
use wattledger_record::{ContentHash, Headers, Micros, StationKey, TokenKey, hash, partition};

use super::event::{Reception, of_message};
use super::{Content, Load, SetAside, TransactionKey};
use crate::consume::record::Record;
use crate::error::Error;
use crate::metrics::{self, Panicked};
use crate::rows::delivery::{DeliveryRow, Place};
use crate::rows::event::EventRow;
use crate::rows::quarantine::QuarantineRow;
use crate::rows::rowbinary::storable;

/// No key, or one that no gateway writes: the record belongs to no station.
pub(crate) const KEY_UNREADABLE: &str = "key_unreadable";
/// A record without a value.
pub(crate) const VALUE_MISSING: &str = "value_missing";
/// Our own code failed on it.
pub(crate) const PANIC: &str = "panic";
/// Flag: the record lacks the headers of our contract.
pub(crate) const FOREIGN_RECORD: &str = "foreign_record";
/// Flag: a header could not be read.
pub(crate) const HEADER_UNREADABLE: &str = "header_unreadable";

/// Characters of the text for people.
const MESSAGE_CHARS_MAX: usize = 1_024;
/// Violations told in it.
const VIOLATIONS_TOLD_MAX: usize = 8;

/// Reads the records of one partition.
pub(crate) struct Intake {
    decoder: Decoder,
    tokens: TokenKey,
    generation: u32,
    partition: i32,
    partitions: u32,
}

/// What became of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is in the load; month of its event row, if it made one.
    In(Option<u32>),
    /// Its month does not fit the open range, which has to be closed first.
    NeedsNewRange(Record),
}

/// Content hash of a record, as its delivery has it.
pub(crate) fn content_hash(record: &Record) -> ContentHash {
    let value = record.value.as_deref().unwrap_or_default();
    let hashed =
        catch_unwind(|| Decoder::new(Limits::default()).decode(value, Reading::default()).content_hash);
    hashed.unwrap_or_else(|_| hash::not_json(value))
}

/// What is known of a record before its value is read.
struct Envelope<'a> {
    place: Place,
    record: &'a Record,
    headers: Headers<'a>,
    key: Option<StationKey>,
    received_at: Micros,
}

impl Intake {
    pub(crate) fn new(tokens: TokenKey, generation: u32, partition: i32, partitions: u32) -> Self {
        Self { decoder: Decoder::new(Limits::default()), tokens, generation, partition, partitions }
    }

    /// Reads `record` into `load`; `months_full` says whether an event row of a month has to wait for the next range.
    ///
    /// # Errors
    /// [`Error::WrongPartition`] if the record's key belongs to another partition: nothing may be written then.
    pub(crate) fn take(
        &mut self,
        record: Record,
        load: &mut Load,
        months_full: impl Fn(u32) -> bool,
    ) -> Result<Taken, Error> {
        let record = Arc::new(record);
        let envelope = self.envelope(&record)?;
        let month = {
            let (Some(key), Some(value)) = (&envelope.key, &record.value) else {
                let reason = if envelope.key.is_none() { KEY_UNREADABLE } else { VALUE_MISSING };
                set_aside(&envelope, Unusable::before_decoding(&record, reason), &record, load);
                return Ok(Taken::In(None));
            };
            let reading = Reading {
                version: envelope.headers.ocpp.unwrap_or_default(),
                strict: envelope.headers.strict,
                zone_minutes: envelope.headers.zone_minutes,
            };
            let (decoder, tokens) = (&mut self.decoder, &self.tokens);
            let before = load.mark();
            match catch_unwind(AssertUnwindSafe(|| {
                let decoded = decoder.decode(value, reading);
                accept(&envelope, (key, tokens), &decoded, &record, load, &months_full)
            })) {
                Ok(month) => month,
                Err(_) => {
                    metrics::panicked(Panicked::Decode);
                    load.back_to(before);
                    self.decoder = Decoder::new(Limits::default());
                    set_aside(&envelope, Unusable::before_decoding(&record, PANIC), &record, load);
                    Some(None)
                }
            }
        };
        drop(envelope);
        match month {
            Some(month) => Ok(Taken::In(month)),
            None => Ok(Taken::NeedsNewRange(Arc::unwrap_or_clone(record))),
        }
    }

    fn envelope<'a>(&self, record: &'a Record) -> Result<Envelope<'a>, Error> {
        let mut headers = Headers::decode(record.headers());
        headers.unreadable |= record.headers_unreadable;
        let key_bytes = record.key.as_deref().unwrap_or_default();
        // a key that is not spelled as gateways fold it would be a second key of the same station
        let key = StationKey::parse(key_bytes).ok().filter(|key| key.as_str().as_bytes() == key_bytes);
        if key.is_some() {
            let expected = partition::of_key(key_bytes, self.partitions);
            if i64::from(expected) != i64::from(self.partition) {
                return Err(Error::WrongPartition {
                    partition: self.partition,
                    offset: record.offset,
                    key: String::from_utf8_lossy(key_bytes).into_owned(),
                    expected,
                });
            }
        }
        let place = Place {
            generation: self.generation,
            partition: u32::try_from(self.partition).unwrap_or(u32::MAX),
            offset: u64::try_from(record.offset).unwrap_or(u64::MAX),
        };
        let received_at = sane(headers.effective_received_at(record.timestamp), record.timestamp);
        Ok(Envelope { place, record, headers, key, received_at })
    }
}

/// A receive time that rows and versions can hold: from 1970 on and within the column.
fn sane(received_at: Micros, kafka_timestamp: Micros) -> Micros {
    let holds = |at: &Micros| at.0 >= 0 && storable(Some(*at)).is_some();
    [received_at, kafka_timestamp].into_iter().find(holds).unwrap_or_default()
}

impl Envelope<'_> {
    fn station_raw(&self) -> &str {
        let folded = self.key.as_ref().map(StationKey::station).unwrap_or_default();
        self.headers.station.unwrap_or(folded)
    }

    /// The clock that tells how far this partition's log has got; a feeder's own time does not.
    fn stamped(&self) -> Micros {
        sane(self.headers.received_at.unwrap_or(self.record.timestamp), self.record.timestamp)
    }
}

/// Puts a decoded message into the load. `None`: its month has to wait for the next range.
fn accept(
    envelope: &Envelope<'_>,
    (key, tokens): (&StationKey, &TokenKey),
    decoded: &Decoded<'_>,
    record: &Arc<Record>,
    load: &mut Load,
    months_full: impl Fn(u32) -> bool,
) -> Option<Option<u32>> {
    let Some(event) = &decoded.event else {
        set_aside(envelope, Unusable::decoded(decoded), record, load);
        return Some(None);
    };
    let month = event.timestamp.month;
    if months_full(month) {
        return None;
    }
    let transaction_id = fold_id(event.transaction_info.transaction_id);
    let content = write_event(envelope, (key, tokens), decoded, event, &transaction_id, load);
    write_delivery(
        envelope,
        &Account {
            transaction_id: &transaction_id,
            seq_no: Some(event.seq_no),
            content_hash: decoded.content_hash,
            reason: "",
        },
        load,
    );
    count(envelope, if decoded.outcome() == Outcome::Clean { 0 } else { 1 }, load);
    let key = TransactionKey { station: key.clone(), transaction_id: transaction_id.into() };
    load.contents.entry(key).or_default().push(content);
    Some(Some(month))
}

fn write_event(
    envelope: &Envelope<'_>,
    (key, tokens): (&StationKey, &TokenKey),
    decoded: &Decoded<'_>,
    event: &TransactionEvent<'_>,
    transaction_id: &str,
    load: &mut Load,
) -> Content {
    let raw = envelope.record.value.as_deref().unwrap_or_default();
    let offline = event.offline.unwrap_or_default();
    let version = event_version(envelope.received_at, hash::copy_tiebreak(raw, offline));
    let codes: Vec<Code> = decoded.codes().iter().collect();
    let flags = flags(&codes, &envelope.headers);
    EventRow {
        place: envelope.place,
        key,
        transaction_id,
        content_hash: decoded.content_hash,
        core_hash: decoded.core_hash,
        version,
        received_at: envelope.received_at,
        station_raw: envelope.station_raw(),
        ocpp: envelope.headers.ocpp.unwrap_or_default(),
        message_id: envelope.headers.message_id.unwrap_or_default(),
        ingress: envelope.headers.ingress,
        gateway: envelope.headers.gateway.unwrap_or_default(),
        tokens,
        flags: &flags,
        raw,
    }
    .write(event, &mut load.events);
    let reception = Reception {
        content_hash: decoded.content_hash,
        core_hash: decoded.core_hash,
        received_at: envelope.received_at,
        station_raw: envelope.station_raw(),
        flags: codes,
    };
    Content { version, event: of_message(event, reception) }
}

/// Codes of the message and flags of the record, sorted.
fn flags(codes: &[Code], headers: &Headers<'_>) -> Vec<&'static str> {
    let mut flags: Vec<&'static str> = codes.iter().map(|code| code.as_str()).collect();
    if !headers.ours {
        flags.push(FOREIGN_RECORD);
    }
    if headers.unreadable {
        flags.push(HEADER_UNREADABLE);
    }
    flags.sort_unstable();
    flags
}

/// Why a record is no event, and what could be found of it all the same.
struct Unusable<'a> {
    transaction_id: &'a str,
    seq_no: Option<i64>,
    content_hash: ContentHash,
    reasons: Vec<&'static str>,
    message: String,
}

impl<'a> Unusable<'a> {
    fn before_decoding(record: &Record, reason: &'static str) -> Self {
        let raw = record.value.as_deref().unwrap_or_default();
        Self {
            transaction_id: "",
            seq_no: None,
            content_hash: hash::not_json(raw),
            reasons: vec![reason],
            message: String::new(),
        }
    }

    fn decoded(decoded: &'a Decoded<'_>) -> Self {
        Self {
            transaction_id: decoded.transaction_id.unwrap_or_default(),
            seq_no: decoded.seq_no,
            content_hash: decoded.content_hash,
            reasons: decoded.reasons().iter().map(Code::as_str).collect(),
            message: told(decoded.violations),
        }
    }
}

fn told(violations: &[Violation]) -> String {
    let lines: Vec<String> = violations
        .iter()
        .filter(|violation| violation.severity == wattledger_decoder::Severity::Quarantine)
        .take(VIOLATIONS_TOLD_MAX)
        .map(|violation| {
            let at = if violation.path.is_empty() { "message" } else { violation.path.as_str() };
            format!("{at}: {} {}", violation.code, violation.detail).trim_end().to_owned()
        })
        .collect();
    lines.join("; ").chars().take(MESSAGE_CHARS_MAX).collect()
}

fn set_aside(envelope: &Envelope<'_>, unusable: Unusable<'_>, record: &Arc<Record>, load: &mut Load) {
    let headers: Vec<(&[u8], &[u8])> =
        record.headers().map(|(name, value)| (name.as_bytes(), value.unwrap_or_default())).collect();
    QuarantineRow {
        place: envelope.place,
        received_at: envelope.received_at,
        tenant: envelope.key.as_ref().map(StationKey::tenant).unwrap_or_default(),
        station: envelope.key.as_ref().map(StationKey::station).unwrap_or_default(),
        station_raw: envelope.station_raw(),
        reasons: &unusable.reasons,
        message: &unusable.message,
        key: record.key.as_deref().unwrap_or_default(),
        headers: &headers,
        raw: record.value.as_deref().unwrap_or_default(),
    }
    .write(&mut load.quarantine);
    let account = Account {
        transaction_id: &fold_id(unusable.transaction_id),
        seq_no: unusable.seq_no,
        content_hash: unusable.content_hash,
        reason: unusable.reasons.first().copied().unwrap_or("unknown"),
    };
    write_delivery(envelope, &account, load);
    count(envelope, 2, load);
    load.copies.push(SetAside {
        record: Arc::clone(record),
        reasons: unusable.reasons.join(","),
        message: unusable.message,
    });
}

/// What the account says of a record.
struct Account<'a> {
    transaction_id: &'a str,
    seq_no: Option<i64>,
    content_hash: ContentHash,
    reason: &'a str,
}

fn write_delivery(envelope: &Envelope<'_>, account: &Account<'_>, load: &mut Load) {
    let value_bytes = envelope.record.value.as_ref().map_or(0, |value| value.len());
    DeliveryRow {
        place: envelope.place,
        received_at: envelope.received_at,
        tenant: envelope.key.as_ref().map(StationKey::tenant).unwrap_or_default(),
        station: envelope.key.as_ref().map(StationKey::station).unwrap_or_default(),
        transaction_id: account.transaction_id,
        seq_no: account.seq_no,
        content_hash: account.content_hash,
        value_bytes: u32::try_from(value_bytes).unwrap_or(u32::MAX),
        quarantine_reason: account.reason,
    }
    .write(&mut load.deliveries);
}

fn count(envelope: &Envelope<'_>, outcome: usize, load: &mut Load) {
    load.received.push(envelope.received_at);
    load.stamped = load.stamped.max(Some(envelope.stamped()));
    if let Some(seen) = load.seen.get_mut(outcome) {
        *seen += 1;
    }
}
