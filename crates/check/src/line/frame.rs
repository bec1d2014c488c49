//! OCPP-J frames: as a line of their own, and wherever a log line holds one.
//!
//! A frame with a readable head is a TransactionEvent whatever follows: the gateway takes it in just so, and the decoder
//! says what is wrong with the rest (OCPP-J part 4, 4.2).

use std::borrow::Cow;

use wattledger_decoder::frame::{self, Head, MessageType, TRANSACTION_EVENT};

use super::around::{Around, around};
use super::escape::{quoted, unescape};
use super::{Form, Kind, Line, Sent, excerpt};

/// Layers of quoting that are taken off: a text in a log line, in the JSON of a log collector.
const LAYERS_MAX: usize = 3;

/// A line that is a frame; `None` if its head cannot be read.
pub(super) fn whole(line: &[u8]) -> Option<Line<'_>> {
    let head = frame::head(line)?;
    let (payload, _) = bounded(line, head.payload);
    Some(told(&head, Cow::Borrowed(payload), Around::default(), Form::Frame))
}

/// The first frame inside a line; `None` if there is none.
pub(super) fn inside(line: &[u8]) -> Option<Line<'_>> {
    let mut unreadable = false;
    for start in memchr::memchr_iter(b'[', line) {
        let region = line.get(start..).unwrap_or_default();
        let Some((kind, backslashes)) = begins(region) else { continue };
        let before = line.get(..start).unwrap_or_default();
        let read = match layers(backslashes) {
            Some(0) => plain(region, before),
            Some(layers) => unquoted(region, before, (backslashes, layers)),
            None => None,
        };
        if read.is_some() {
            return read;
        }
        unreadable |= kind == b'2';
    }
    unreadable.then(|| Line::Other(Kind::FrameUnreadable, excerpt(line)))
}

/// A frame that stands in the line as it was sent.
fn plain<'a>(region: &'a [u8], before: &'a [u8]) -> Option<Line<'a>> {
    let head = frame::head(region)?;
    let (payload, after) = bounded(region, head.payload);
    Some(told(&head, Cow::Borrowed(payload), around(before, after), Form::Log))
}

/// A frame inside a quoted text.
fn unquoted<'a>(
    region: &'a [u8],
    before: &'a [u8],
    (backslashes, layers): (usize, usize),
) -> Option<Line<'a>> {
    let text = quoted(region, backslashes);
    let after = region.get(text.len()..).unwrap_or_default();
    let frame = (0..layers).fold(Cow::Borrowed(text), |text, _| Cow::Owned(unescape(&text)));
    let frame = frame.trim_ascii();
    let head = frame::head(frame)?;
    let (payload, _) = bounded(frame, head.payload);
    Some(told(&head, Cow::Owned(payload.to_vec()), around(before, after), Form::Log))
}

/// A payload, and what of the line follows its frame. A line that does not end with a bracket goes on behind the frame, or
/// was cut.
fn bounded<'a>(frame: &[u8], payload: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    if frame.ends_with(b"]") {
        return (payload, &[]);
    }
    let own = rebound(payload).unwrap_or(payload);
    (own, payload.get(own.len()..).unwrap_or_default())
}

/// Whether a frame begins here: its MessageTypeId, and the backslashes before the quote of its id.
fn begins(region: &[u8]) -> Option<(u8, usize)> {
    let rest = region.strip_prefix(b"[")?.trim_ascii_start();
    let (kind, rest) = rest.split_first().filter(|(kind, _)| (b'2'..=b'6').contains(kind))?;
    let rest = rest.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
    let backslashes = rest.iter().take_while(|b| **b == b'\\').count();
    (rest.get(backslashes) == Some(&b'"')).then_some((*kind, backslashes))
}

/// How often a text was quoted if that many backslashes stand before each of its quotes: 0, 1, 3, 7.
fn layers(backslashes: usize) -> Option<usize> {
    (0..=LAYERS_MAX).find(|layers| (1 << layers) - 1 == backslashes)
}

/// A JSON string at the beginning: its text as spelled, and what follows.
fn string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = rest.strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = inside.iter().position(|b| {
        let ends = *b == b'"' && !escaped;
        escaped = *b == b'\\' && !escaped;
        ends
    })?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

/// The payload up to its own closing brace; `None` if that is no shorter, or it has none. For a line that goes on behind
/// its frame and ends with a bracket all the same.
pub(crate) fn rebound(payload: &[u8]) -> Option<&[u8]> {
    if payload.first() != Some(&b'{') {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = payload.get(at..)?;
        let next = rest.iter().position(|b| matches!(b, b'"' | b'{' | b'}'))?;
        match rest.get(next) {
            Some(b'{') => depth += 1,
            Some(b'}') => depth -= 1,
            _ => {
                let (text, _) = string(rest.get(next..)?)?;
                at += next + text.len() + 2;
                continue;
            }
        }
        at += next + 1;
        if depth == 0 {
            return payload.get(..at).filter(|own| own.len() < payload.len());
        }
    }
}

fn told<'a>(head: &Head<'_>, payload: Cow<'a, [u8]>, around: Around<'a>, form: Form) -> Line<'a> {
    let action = head.action.as_deref().unwrap_or_default();
    match head.message_type {
        MessageType::Call if action == TRANSACTION_EVENT => {
            let Around { station, version, received_at } = around;
            Line::Sent(Sent { payload, station, version, received_at, form })
        }
        MessageType::Call | MessageType::Send => {
            Line::Other(Kind::OtherAction, Cow::Owned(excerpt(action.as_bytes()).into_owned()))
        }
        MessageType::CallResult => Line::Other(Kind::Answer, Cow::Borrowed("CALLRESULT")),
        MessageType::CallError => Line::Other(Kind::Answer, Cow::Borrowed("CALLERROR")),
        MessageType::CallResultError => Line::Other(Kind::Answer, Cow::Borrowed("CALLRESULTERROR")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_ends_with_its_own_brace() {
        assert_eq!(rebound(br#"{"a":"\"}"}] and more"#), Some(&br#"{"a":"\"}"}"#[..]));
        assert_eq!(rebound(br#"{"a":{"b":1}} (took 3 ms) [ok"#), Some(&br#"{"a":{"b":1}}"#[..]));
        for whole in [r#"{"a":1}"#, "}", "", r#"{"a":"cut"#, r#"{"a":{"b":1}"#] {
            assert_eq!(rebound(whole.as_bytes()), None, "{whole}");
        }
    }

    #[test]
    fn layers_of_quoting() {
        let found: Vec<_> = (0..9).map(layers).collect();
        assert_eq!(found, [Some(0), Some(1), None, Some(2), None, None, None, Some(3), None]);
    }
}
