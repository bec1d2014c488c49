//! One line → a TransactionEvent and what the line says around it, or what the line is instead.
//!
//! ```text
//! {"eventType":…}                                            the payload itself
//! {"station":"CP_1","payload":{…}}                           envelope of a gateway's batch
//! [2,"id","TransactionEvent",{…}]                            OCPP-J frame
//! INFO:ocpp:CP_1: receive message [2,"id","TransactionEvent",{…}]
//! time="…" level=info msg="received JSON message from CP_1: [2,\"id\",\"TransactionEvent\",{…}]"
//! ```
//!
//! Invariant: every line is something; nothing is passed over without a [`Kind`].

mod around;
mod escape;
mod frame;
mod member;

use std::borrow::Cow;

use bytes::Bytes;
use wattledger_record::{Micros, OcppVersion};

use crate::options::Shape;

pub(crate) use around::versions;
pub(crate) use frame::rebound;

/// What a line holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A TransactionEvent, readable or not.
    Sent(Sent<'a>),
    /// Anything else; a word about it, e.g. the action.
    Other(Kind, Cow<'a, str>),
}

/// A TransactionEvent as it stands in a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent<'a> {
    pub(crate) payload: Cow<'a, [u8]>,
    pub(crate) station: Option<Cow<'a, str>>,
    pub(crate) version: Option<OcppVersion>,
    pub(crate) received_at: Option<Micros>,
    pub(crate) form: Form,
}

/// How a TransactionEvent was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Payload,
    Envelope,
    Frame,
    Log,
}

impl Form {
    pub(crate) const ALL: [Self; 4] = [Self::Payload, Self::Envelope, Self::Frame, Self::Log];

    /// Stable text.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Envelope => "envelope",
            Self::Frame => "frame",
            Self::Log => "log",
        }
    }
}

/// What a line is that holds no TransactionEvent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    OtherAction,
    Answer,
    FrameUnreadable,
    EnvelopeRefused,
    OtherJson,
    NoFrame,
    TooLong,
    Blank,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::OtherAction,
        Self::Answer,
        Self::FrameUnreadable,
        Self::EnvelopeRefused,
        Self::OtherJson,
        Self::NoFrame,
        Self::TooLong,
        Self::Blank,
    ];

    /// Stable text.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OtherAction => "other_action",
            Self::Answer => "answer",
            Self::FrameUnreadable => "frame_unreadable",
            Self::EnvelopeRefused => "envelope_refused",
            Self::OtherJson => "other_json",
            Self::NoFrame => "no_frame",
            Self::TooLong => "too_long",
            Self::Blank => "blank",
        }
    }

    /// For people.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::OtherAction => "OCPP-J calls of other actions",
            Self::Answer => "OCPP-J answers (CALLRESULT, CALLERROR)",
            Self::FrameUnreadable => "lines where a frame begins whose head cannot be read",
            Self::EnvelopeRefused => "batch envelopes that the gateway refuses",
            Self::OtherJson => "JSON that is neither event, envelope nor frame",
            Self::NoFrame => "lines of text without a frame",
            Self::TooLong => "lines above 8 MiB, which no gateway takes",
            Self::Blank => "blank lines",
        }
    }

    /// Whether a reader of the report should look at the lines themselves: an event may be lost in them.
    pub(crate) const fn is_suspect(self) -> bool {
        matches!(self, Self::FrameUnreadable | Self::EnvelopeRefused | Self::OtherJson | Self::TooLong)
    }
}

/// Reads a line (or several, where a log breaks a frame over lines) without its last line feed.
pub(crate) fn read(line: &[u8], shape: Option<Shape>) -> Line<'_> {
    let line = line.trim_ascii();
    let Some(first) = line.first() else { return Line::Other(Kind::Blank, Cow::Borrowed("")) };
    match (shape, first) {
        (None | Some(Shape::Payloads), b'{') => object(line, shape.is_some()),
        (Some(Shape::Payloads), _) => payload(line),
        (None | Some(Shape::Frames), b'[') => match frame::whole(line) {
            Some(read) => read,
            // a log line may well begin with a bracket
            None if shape.is_none() => logged(line),
            None => unreadable(line),
        },
        (Some(Shape::Frames), _) => unreadable(line),
        (None | Some(Shape::Log), _) => logged(line),
    }
}

/// A line that is a JSON object, by its members.
fn object(line: &[u8], payloads: bool) -> Line<'_> {
    match member::told_by(line) {
        member::Told::Event => payload(line),
        member::Told::Envelope => envelope(line),
        member::Told::Unknown if payloads => payload(line),
        member::Told::Unknown => match frame::inside(line) {
            Some(read) => read,
            None => Line::Other(Kind::OtherJson, excerpt(line)),
        },
    }
}

fn logged(line: &[u8]) -> Line<'_> {
    frame::inside(line).unwrap_or_else(|| Line::Other(Kind::NoFrame, excerpt(line)))
}

fn unreadable(line: &[u8]) -> Line<'_> {
    Line::Other(Kind::FrameUnreadable, excerpt(line))
}

fn payload(line: &[u8]) -> Line<'_> {
    Line::Sent(Sent {
        payload: Cow::Borrowed(line),
        station: None,
        version: None,
        received_at: None,
        form: Form::Payload,
    })
}

fn envelope(line: &[u8]) -> Line<'_> {
    match wattledger_gateway::offered(&Bytes::copy_from_slice(line)) {
        Ok(offered) => Line::Sent(Sent {
            payload: Cow::Owned(offered.payload.into()),
            station: Some(Cow::Owned(offered.station)),
            version: offered.ocpp,
            received_at: offered.received_at,
            form: Form::Envelope,
        }),
        Err(why) => Line::Other(Kind::EnvelopeRefused, Cow::Owned(why)),
    }
}

/// Characters of a line that a report repeats.
const EXCERPT_BYTES: usize = 60;

/// The beginning of a line.
fn excerpt(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.get(..EXCERPT_BYTES).unwrap_or(line))
}

#[cfg(test)]
mod tests;
