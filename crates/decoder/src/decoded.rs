//! What decoding one message gave.

use wattledger_record::ContentHash;

use crate::code::{Code, CodeSet};
use crate::event::TransactionEvent;
use crate::violation::Violation;

/// One message, decoded.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Decoded<'a> {
    /// Over the JSON value without the top-level `offline`; over the bytes where they could not be read as JSON.
    pub content_hash: ContentHash,
    /// As `content_hash`, also without times, `customData` and unknown members at any depth.
    pub core_hash: ContentHash,
    /// There unless the message is quarantined.
    pub event: Option<TransactionEvent<'a>>,
    /// Every violation, in the order of the message as far as possible; at most 64 and one `violations_truncated`.
    pub violations: &'a [Violation],
    /// As far as it could be found, also in quarantine.
    pub transaction_id: Option<&'a str>,
    /// As far as it could be found, also in quarantine.
    pub seq_no: Option<i64>,
    pub(crate) codes: CodeSet,
    pub(crate) reasons: CodeSet,
}

/// A message beside the event, decoded.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct DecodedMessage<'a, T> {
    /// There unless a violation makes the message unreadable or ambiguous ([`crate::Severity::Quarantine`]).
    pub message: Option<T>,
    /// As in [`Decoded::violations`].
    pub violations: &'a [Violation],
    pub(crate) codes: CodeSet,
    pub(crate) reasons: CodeSet,
}

/// The three ways a message can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An event without remark.
    Clean,
    /// An event with flags.
    Flagged,
    /// No event.
    Quarantined,
}

/// What an answer to the sender can say before the event is processed. It is a preview: the sink alone decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The outcome.
    pub outcome: Outcome,
    /// Every code, each once, in alphabetical order.
    pub codes: Vec<Code>,
}

impl Outcome {
    /// Stable text in answers, metrics and columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Flagged => "flagged",
            Self::Quarantined => "quarantined",
        }
    }
}

impl Outcome {
    const fn of(codes: CodeSet, reasons: CodeSet) -> Self {
        if !reasons.is_empty() {
            Self::Quarantined
        } else if codes.is_empty() {
            Self::Clean
        } else {
            Self::Flagged
        }
    }
}

impl<T> DecodedMessage<'_, T> {
    /// How the message ended; quarantined means that it cannot be used.
    pub const fn outcome(&self) -> Outcome {
        Outcome::of(self.codes, self.reasons)
    }

    /// Every code that came up, also of violations beyond the listed ones.
    pub const fn codes(&self) -> CodeSet {
        self.codes
    }

    /// The codes that make it unusable.
    pub const fn reasons(&self) -> CodeSet {
        self.reasons
    }
}

impl Decoded<'_> {
    /// How the message ended.
    pub const fn outcome(&self) -> Outcome {
        Outcome::of(self.codes, self.reasons)
    }

    /// Every code that came up, also of violations beyond the listed ones.
    pub const fn codes(&self) -> CodeSet {
        self.codes
    }

    /// The codes that keep it from being an event; empty unless quarantined.
    pub const fn reasons(&self) -> CodeSet {
        self.reasons
    }

    /// Outcome and codes, owned.
    #[must_use]
    pub fn preview(&self) -> Preview {
        Preview { outcome: self.outcome(), codes: self.codes.iter().collect() }
    }
}
