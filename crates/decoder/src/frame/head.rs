//! The tolerant reader: the first elements exactly, the rest as bytes.

use std::borrow::Cow;

use super::MessageType;
use crate::code::Code;
use crate::limits::DEPTH_CEILING;
use crate::scan::text::unescape;
use crate::unreadable::Reader;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The head of a frame, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'a> {
    /// The message type.
    pub message_type: MessageType,
    /// Unescaped, however long it is.
    pub message_id: Cow<'a, str>,
    /// Of a CALL or SEND.
    pub action: Option<Cow<'a, str>>,
    /// What stands between the comma after the head and the bracket that closes the frame, without white space around: the
    /// payload of a CALL, CALLRESULT or SEND; code, description and details of an error.
    ///
    /// Where that bracket cannot be told (the frame is cut, or something follows it) this is all that is left, down to the
    /// last byte: nothing is dropped on a guess.
    pub payload: &'a [u8],
}

/// Reads the head of a frame of either version: `[2,"<id>","<action>",` or `[3,"<id>",`, the last comma included. What
/// follows may be cut, no JSON, not UTF-8, followed by NULs, or without its closing bracket; a byte order mark may come
/// before. `None` if there is no such head.
#[must_use]
pub fn head(message: &[u8]) -> Option<Head<'_>> {
    let opening = opening(message);
    let rest = message.get(opening.payload_at?..)?;
    Some(Head {
        message_type: opening.message_type?,
        message_id: opening.message_id?,
        action: opening.action,
        payload: closed(rest).unwrap_or(rest),
    })
}

/// As much of a head as can be read.
#[derive(Default)]
pub(super) struct Opening<'a> {
    pub(super) message_type: Option<MessageType>,
    /// Where the message type stands.
    pub(super) type_at: usize,
    pub(super) message_id: Option<Cow<'a, str>>,
    action: Option<Cow<'a, str>>,
    /// Where what follows the head begins.
    pub(super) payload_at: Option<usize>,
}

/// Reads the first elements as far as they are what they should be.
pub(super) fn opening(message: &[u8]) -> Opening<'_> {
    let mut opening = Opening::default();
    let mut reader = Reader::new(message, DEPTH_CEILING);
    if message.starts_with(BYTE_ORDER_MARK) {
        reader.at = BYTE_ORDER_MARK.len();
    }
    // where the head stops being readable, the fault itself is the exact reader's to tell
    opening.payload_at = opening.read(message, &mut reader).map(|()| reader.at);
    opening
}

impl<'a> Opening<'a> {
    fn read(&mut self, message: &'a [u8], reader: &mut Reader<'a>) -> Option<()> {
        reader.blank();
        reader.take(b'[').ok()?;
        reader.blank();
        self.type_at = reader.at;
        reader.value(1).ok()?;
        let digits = message.get(self.type_at..reader.at).and_then(|bytes| std::str::from_utf8(bytes).ok());
        self.message_type = digits.and_then(|digits| digits.parse().ok()).and_then(MessageType::of);
        comma(reader)?;
        self.message_id = Some(text(message, reader).ok()?);
        comma(reader)?;
        if matches!(self.message_type, Some(MessageType::Call | MessageType::Send)) {
            self.action = Some(text(message, reader).ok()?);
            comma(reader)?;
        }
        Some(())
    }
}

fn comma(reader: &mut Reader<'_>) -> Option<()> {
    reader.blank();
    reader.take(b',').ok()?;
    reader.blank();
    Some(())
}

/// A text, unescaped; the reader stands before its opening quote.
pub(super) fn text<'a>(message: &'a [u8], reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Code> {
    let start = reader.at + 1;
    reader.string()?;
    let quoted = message.get(start..reader.at).unwrap_or_default();
    let raw = quoted.strip_suffix(b"\"").unwrap_or_default();
    let text = std::str::from_utf8(raw).or(Err(Code::InvalidUtf8))?;
    if !raw.contains(&b'\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut room = vec![0; raw.len()];
    let (_, written) = unescape(quoted, &mut room).ok_or(Code::NotJson)?;
    room.truncate(written);
    String::from_utf8(room).map(Cow::Owned).or(Err(Code::InvalidUtf8))
}

/// What stands before the bracket that closes the frame, without white space at its end; `None` if there is none, or if more
/// than white space and NULs follow it.
fn closed(rest: &[u8]) -> Option<&[u8]> {
    let end = close(rest)?;
    let (inside, after) = rest.split_at_checked(end)?;
    let is_end = after.get(1..)?.iter().all(|byte| is_blank(byte) || *byte == 0);
    let len = inside.iter().rposition(|byte| !is_blank(byte)).map_or(0, |last| last + 1);
    inside.get(..len).filter(|_| is_end)
}

/// White space of JSON.
const fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Place of the first bracket outside texts that closes more than what was opened before.
fn close(rest: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0usize);
    loop {
        match rest.get(at)? {
            b'"' => at = text_end(rest, at + 1)?,
            b'[' | b'{' => depth += 1,
            b']' if depth == 0 => return Some(at),
            b']' | b'}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
}

/// Place of the quote that ends the text in which `at` lies.
fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
