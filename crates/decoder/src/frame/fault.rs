//! What is wrong with a frame, and what is to be answered.

use std::borrow::Cow;
use std::fmt;

use wattledger_record::OcppVersion;

use super::{MessageType, UNREADABLE_ID};
use crate::code::OcppError;

macro_rules! faults {
    ($($name:ident $text:literal $source:literal $meaning:literal;)+) => {
        /// What is wrong with a frame.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultCode {
            $(#[doc = $meaning] $name,)+
        }

        impl FaultCode {
            /// Every code, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Stable snake_case text in metrics and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)+ }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

faults! {
    ActionInvalid "action_invalid" "OCPP-J part 4, 4.2.1" "The action is no text.";
    DescriptionInvalid "description_invalid" "OCPP-J part 4, 4.2.3" "The error description is no text.";
    ElementMissing "element_missing" "OCPP-J part 4, 4.2" "The array has fewer elements than a frame of its type.";
    ElementSurplus "element_surplus" "OCPP-J part 4, 4.2" "The array has more elements than a frame of its type.";
    ErrorCodeInvalid "error_code_invalid" "OCPP-J part 4, 4.2.3" "The error code is no text.";
    FrameNotArray "frame_not_array" "OCPP-J part 4, 4.2" "The message is no JSON array.";
    FrameNotJson "frame_not_json" "OCPP-J part 4, 4.1.2; RFC 8259" "The message is no JSON text, or has a number beyond the range of a double.";
    FrameNotUtf8 "frame_not_utf8" "OCPP-J part 4, 4.1.2" "The message is not UTF-8.";
    FrameTooDeep "frame_too_deep" "bound of this decoder" "Objects and arrays are nested too deeply.";
    MessageIdInvalid "message_id_invalid" "OCPP-J part 4, 4.1.4" "The message id is no text.";
    MessageIdTooLong "message_id_too_long" "OCPP-J part 4, 4.1.4" "The message id has more than 36 characters.";
    MessageTypeInvalid "message_type_invalid" "OCPP-J part 4, 4.1.3" "The message type is no integer.";
    MessageTypeUnknown "message_type_unknown" "OCPP-J part 4, 4.1.3 and 4.4" "The version has no such message type.";
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message that is no frame: why, where, and whom an answer could be for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no OCPP-J frame: {code} at byte {at}")]
pub struct FrameFault<'a> {
    /// What is wrong.
    pub code: FaultCode,
    /// Byte of the message.
    pub at: usize,
    /// Whether the fault lies in the payload (or details) of a frame that is sound up to there.
    pub in_payload: bool,
    /// The message type, if it could be had and is one of the five.
    pub message_type: Option<MessageType>,
    /// The message id, if it could be had, however long it is.
    pub message_id: Option<Cow<'a, str>>,
}

/// An error frame that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'f> {
    /// [`MessageType::CallError`] or [`MessageType::CallResultError`].
    pub message_type: MessageType,
    /// That of the message, or [`UNREADABLE_ID`].
    pub message_id: &'f str,
    /// What to say.
    pub code: OcppError,
}

impl FrameFault<'_> {
    /// What a connection of this version has to answer; `None` if nothing.
    ///
    /// A CALL, and what cannot be told to be anything else, gets a CALLERROR (part 4, 4.1.7 and 4.2.3); a CALLRESULT a
    /// CALLRESULTERROR, which only 2.1 has; errors and SENDs are never answered (4.2.4), or two sides could answer each
    /// other for ever. A message type that the version does not have: 2.0.1 answers MessageTypeNotSupported (4.4; its
    /// 4.1.3, "ignore the payload", forbids no answer), 2.1 ignores it (4.4).
    #[must_use]
    pub fn answer(&self, version: OcppVersion) -> Option<Answer<'_>> {
        let message_type = match self.message_type {
            Some(kind) if !kind.is_in(version) => MessageType::CallError,
            None if self.code == FaultCode::MessageTypeUnknown && version == OcppVersion::V21 => return None,
            None | Some(MessageType::Call) => MessageType::CallError,
            Some(MessageType::CallResult) if version == OcppVersion::V21 => MessageType::CallResultError,
            Some(
                MessageType::CallResult
                | MessageType::CallError
                | MessageType::CallResultError
                | MessageType::Send,
            ) => return None,
        };
        let is_unknown = self.code == FaultCode::MessageTypeUnknown
            || self.message_type.is_some_and(|kind| !kind.is_in(version));
        let code = match (is_unknown, self.in_payload) {
            (true, _) => OcppError::MessageTypeNotSupported,
            (false, true) => OcppError::FormatViolation,
            (false, false) => OcppError::RpcFrameworkError,
        };
        Some(Answer { message_type, message_id: self.message_id.as_deref().unwrap_or(UNREADABLE_ID), code })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted() {
        assert!(FaultCode::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    }
}
