//! The exact reader: one JSON array in UTF-8 with the elements of its type, and nothing else.

use std::borrow::Cow;

use wattledger_record::OcppVersion;

use super::head::{opening, text};
use super::{FaultCode, Frame, FrameFault, MESSAGE_ID_CHARACTERS_MAX, MessageType};
use crate::code::Code;
use crate::limits::DEPTH_CEILING;
use crate::unreadable::Reader;

/// Reads a frame of either version.
///
/// # Errors
/// Says what is wrong first, and what could be had of type and id.
pub fn read(message: &[u8]) -> Result<Frame<'_>, FrameFault<'_>> {
    let mut elements = Elements { message, reader: Reader::new(message, DEPTH_CEILING), in_payload: false };
    elements.frame().map_err(|code| elements.fault(code))
}

/// Reads a frame on a connection of a version: as [`read`], and a type that the version does not have is a fault.
///
/// # Errors
/// As [`read`], and [`FaultCode::MessageTypeUnknown`].
pub fn read_on(message: &[u8], version: OcppVersion) -> Result<Frame<'_>, FrameFault<'_>> {
    let frame = read(message)?;
    if frame.message_type().is_in(version) {
        return Ok(frame);
    }
    let opening = opening(message);
    Err(FrameFault {
        code: FaultCode::MessageTypeUnknown,
        at: opening.type_at,
        in_payload: false,
        message_type: opening.message_type,
        message_id: opening.message_id,
    })
}

/// The elements of a frame, one after another.
struct Elements<'a> {
    message: &'a [u8],
    reader: Reader<'a>,
    in_payload: bool,
}

type Step<T> = Result<T, FaultCode>;

impl<'a> Elements<'a> {
    fn frame(&mut self) -> Step<Frame<'a>> {
        if simdutf8::basic::from_utf8(self.message).is_err() {
            // the plain one names the byte
            self.reader.at =
                std::str::from_utf8(self.message).map_or_else(|error| error.valid_up_to(), str::len);
            return Err(FaultCode::FrameNotUtf8);
        }
        self.reader.blank();
        if self.reader.take(b'[').is_err() {
            return Err(self.other_than_array());
        }
        let kind = self.message_type()?;
        let message_id = self.message_id()?;
        let frame = match kind {
            MessageType::Call | MessageType::Send => {
                let action = self.text(FaultCode::ActionInvalid)?;
                let payload = self.payload()?;
                match kind {
                    MessageType::Send => Frame::Send { message_id, action, payload },
                    _ => Frame::Call { message_id, action, payload },
                }
            }
            MessageType::CallResult => Frame::CallResult { message_id, payload: self.payload()? },
            MessageType::CallError | MessageType::CallResultError => {
                let code = self.text(FaultCode::ErrorCodeInvalid)?;
                let description = self.text(FaultCode::DescriptionInvalid)?;
                let details = self.payload()?;
                match kind {
                    MessageType::CallError => Frame::CallError { message_id, code, description, details },
                    _ => Frame::CallResultError { message_id, code, description, details },
                }
            }
        };
        self.end()?;
        Ok(frame)
    }

    /// A message that is no array: JSON all the same, or not.
    fn other_than_array(&mut self) -> FaultCode {
        let start = self.reader.at;
        match self.reader.value(0) {
            Ok(()) => {
                self.reader.at = start;
                FaultCode::FrameNotArray
            }
            Err(code) => json(code),
        }
    }

    fn message_type(&mut self) -> Step<MessageType> {
        self.reader.blank();
        let start = self.reader.at;
        if self.reader.peek() == Some(b']') {
            return Err(FaultCode::ElementMissing);
        }
        self.reader.value(1).map_err(json)?;
        let digits = self.since(start);
        let kind = match digits.parse() {
            Ok(number) => MessageType::of(number).ok_or(FaultCode::MessageTypeUnknown),
            Err(_) if is_integer(digits) => Err(FaultCode::MessageTypeUnknown),
            Err(_) => Err(FaultCode::MessageTypeInvalid),
        };
        if kind.is_err() {
            self.reader.at = start;
        }
        kind
    }

    fn message_id(&mut self) -> Step<Cow<'a, str>> {
        let id = self.text(FaultCode::MessageIdInvalid)?;
        if id.len() > MESSAGE_ID_CHARACTERS_MAX && id.chars().count() > MESSAGE_ID_CHARACTERS_MAX {
            return Err(FaultCode::MessageIdTooLong);
        }
        Ok(id)
    }

    /// The next element, which has to be a text.
    fn text(&mut self, other: FaultCode) -> Step<Cow<'a, str>> {
        self.next()?;
        let start = self.reader.at;
        if self.reader.peek() != Some(b'"') {
            self.reader.value(1).map_err(json)?;
            self.reader.at = start;
            return Err(other);
        }
        text(self.message, &mut self.reader).map_err(json)
    }

    /// The last element, any JSON value.
    fn payload(&mut self) -> Step<&'a [u8]> {
        self.next()?;
        let start = self.reader.at;
        self.in_payload = true;
        self.reader.value(1).map_err(json)?;
        self.in_payload = false;
        Ok(self.message.get(start..self.reader.at).unwrap_or_default())
    }

    /// Passes the comma before an element.
    fn next(&mut self) -> Step<()> {
        self.reader.blank();
        if self.reader.peek() == Some(b']') {
            return Err(FaultCode::ElementMissing);
        }
        self.reader.take(b',').map_err(json)?;
        self.reader.blank();
        Ok(())
    }

    fn end(&mut self) -> Step<()> {
        self.reader.blank();
        if self.reader.peek() == Some(b',') {
            return Err(FaultCode::ElementSurplus);
        }
        self.reader.take(b']').map_err(json)?;
        self.reader.blank();
        if self.reader.peek().is_some() { Err(FaultCode::FrameNotJson) } else { Ok(()) }
    }

    /// The text from a place to where the reader stands.
    fn since(&self, start: usize) -> &'a str {
        let bytes = self.message.get(start..self.reader.at).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    #[cold]
    fn fault(&self, code: FaultCode) -> FrameFault<'a> {
        let opening = opening(self.message);
        let at = self.reader.at;
        // found before the elements are looked at
        let is_unreadable = code == FaultCode::FrameNotUtf8;
        FrameFault {
            code,
            at,
            in_payload: self.in_payload
                || (is_unreadable && opening.payload_at.is_some_and(|start| at >= start)),
            message_type: opening.message_type,
            message_id: opening.message_id,
        }
    }
}

/// Whether an element is an integer, of any size.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the reader's codes are here.
fn json(code: Code) -> FaultCode {
    if code == Code::TooDeep { FaultCode::FrameTooDeep } else { FaultCode::FrameNotJson }
}
