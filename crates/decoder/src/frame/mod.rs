//! OCPP-J frames (part 4, chapter 4): bytes of one WebSocket message -> what kind of frame, whose, and its payload; and back.
//!
//! | type | frame | versions | section |
//! |---|---|---|---|
//! | CALL | `[2, "<id>", "<action>", payload]` | both | 4.2.1 |
//! | CALLRESULT | `[3, "<id>", payload]` | both | 4.2.2 |
//! | CALLERROR | `[4, "<id>", "<code>", "<description>", details]` | both | 4.2.3 |
//! | CALLRESULTERROR | `[5, "<id>", "<code>", "<description>", details]` | 2.1 | 4.2.3 |
//! | SEND | `[6, "<id>", "<action>", payload]`, never answered | 2.1 | 4.2.4 |
//!
//! [`read()`] is exact: the whole message is one JSON array in UTF-8 with these elements. [`head()`] is tolerant: it reads the
//! first elements and gives the rest as bytes, whatever they are, so that an event with a broken payload still has an
//! envelope and can be kept. Where `read` succeeds both say the same.
//!
//! Pure. Texts borrow from the message unless they were escaped; payloads are the bytes as received, and no more is said of
//! them than that they are JSON: whether a payload is an object is for its decoder to say.
//!
//! **What differs between the versions**: the types 5 and 6, and the answer to a type that is on neither list
//! ([`FrameFault::answer`]). The error codes are the same in both (4.3), and so is the bound on a message id (4.1.4);
//! 2.1, and the errata of 2.0.1 (2024-09, 4.6), let a retry keep its id.

mod fault;
mod head;
mod read;
mod write;

use std::borrow::Cow;

use wattledger_record::OcppVersion;

pub use self::fault::{Answer, FaultCode, FrameFault};
pub use self::head::{Head, head};
pub use self::read::{read, read_on};
pub use self::write::{write_call, write_call_error, write_call_result, write_call_result_error, write_send};

/// Longest message id, in characters, in both versions: room for a UUID (part 4, 4.1.4).
pub const MESSAGE_ID_CHARACTERS_MAX: usize = 36;

/// Longest error description, in characters, in both versions (part 4, 4.2.3).
pub const DESCRIPTION_CHARACTERS_MAX: usize = 255;

/// The message id of a CALLERROR where that of the CALL could not be read (part 4, 4.2.3).
pub const UNREADABLE_ID: &str = "-1";

/// What an action's name ends with when the payload is a JWS around the action's own payload (part 4, 7.1).
pub const SIGNED_SUFFIX: &str = "-Signed";

/// An action without [`SIGNED_SUFFIX`], and whether it had one.
#[must_use]
pub fn split_signed(action: &str) -> (&str, bool) {
    action.strip_suffix(SIGNED_SUFFIX).map_or((action, false), |plain| (plain, true))
}

/// The action of a TransactionEventRequest.
pub const TRANSACTION_EVENT: &str = "TransactionEvent";

/// The action of a GetTransactionStatusRequest.
pub const GET_TRANSACTION_STATUS: &str = "GetTransactionStatus";

/// The message type number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MessageType {
    /// A request.
    Call = 2,
    /// The answer to one.
    CallResult = 3,
    /// The answer to a CALL that could not be processed.
    CallError = 4,
    /// What follows a CALLRESULT that could not be processed (2.1).
    CallResultError = 5,
    /// A message without an answer (2.1).
    Send = 6,
}

impl MessageType {
    /// Every type, in the order of the numbers.
    pub const ALL: &'static [Self] =
        &[Self::Call, Self::CallResult, Self::CallError, Self::CallResultError, Self::Send];

    /// The number in a frame.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type of a number.
    #[must_use]
    pub fn of(number: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| u64::from(kind.number()) == number)
    }

    /// Whether a version has the type.
    #[must_use]
    pub const fn is_in(self, version: OcppVersion) -> bool {
        match self {
            Self::Call | Self::CallResult | Self::CallError => true,
            Self::CallResultError | Self::Send => matches!(version, OcppVersion::V21),
        }
    }
}

/// One frame. Payloads and details are raw JSON, without white space around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A request.
    Call {
        /// Unescaped.
        message_id: Cow<'a, str>,
        /// Name of the message without `Request`; capitals count.
        action: Cow<'a, str>,
        /// As received.
        payload: &'a [u8],
    },
    /// The answer to a CALL.
    CallResult {
        /// That of the CALL.
        message_id: Cow<'a, str>,
        /// As received.
        payload: &'a [u8],
    },
    /// The answer to a CALL that could not be processed.
    CallError {
        /// That of the CALL, or [`UNREADABLE_ID`].
        message_id: Cow<'a, str>,
        /// As received; [`crate::OcppError::parse`] knows those of the specification.
        code: Cow<'a, str>,
        /// For people.
        description: Cow<'a, str>,
        /// As received.
        details: &'a [u8],
    },
    /// What follows a CALLRESULT that could not be processed (2.1).
    CallResultError {
        /// That of the CALLRESULT.
        message_id: Cow<'a, str>,
        /// As received.
        code: Cow<'a, str>,
        /// For people.
        description: Cow<'a, str>,
        /// As received.
        details: &'a [u8],
    },
    /// A message without an answer (2.1). A TransactionEvent never is one.
    Send {
        /// Unescaped.
        message_id: Cow<'a, str>,
        /// Name of the message; capitals count.
        action: Cow<'a, str>,
        /// As received.
        payload: &'a [u8],
    },
}

impl Frame<'_> {
    /// The message type.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::Call { .. } => MessageType::Call,
            Self::CallResult { .. } => MessageType::CallResult,
            Self::CallError { .. } => MessageType::CallError,
            Self::CallResultError { .. } => MessageType::CallResultError,
            Self::Send { .. } => MessageType::Send,
        }
    }

    /// The message id.
    #[must_use]
    pub fn message_id(&self) -> &str {
        match self {
            Self::Call { message_id, .. }
            | Self::CallResult { message_id, .. }
            | Self::CallError { message_id, .. }
            | Self::CallResultError { message_id, .. }
            | Self::Send { message_id, .. } => message_id,
        }
    }
}
