//! Why a draft is refused.

use std::fmt;

use crate::violation::Text;

/// A rule that a draft breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// A member that has to be there.
    #[error("is missing")]
    Missing,
    /// A member that must not be there, as the request was.
    #[error("does not belong in the answer to this request")]
    Unasked,
    /// A list, object or text without anything in it.
    #[error("is empty")]
    Empty,
    /// A member or value that OCPP 2.0.1 lacks.
    #[error("is not in OCPP 2.0.1")]
    NotInVersion,
    /// A word outside its vocabulary.
    #[error("is outside its vocabulary")]
    NotListed,
    /// A text.
    #[error("has {characters} characters, at most {max}")]
    TooLong {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        max: usize,
    },
    /// A list.
    #[error("has {elements} elements, at most {max}")]
    TooMany {
        /// How many it has.
        elements: usize,
        /// How many it may have.
        max: usize,
    },
    /// An integer.
    #[error("is outside {min} to {max}")]
    OutOfRange {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// An amount below 0.
    #[error("is negative")]
    Negative,
    /// A decimal number with more than six decimal places (OCPP 2.0.1 part 2, 2.1.4).
    #[error("has more than six decimal places")]
    TooPrecise,
    /// A text that should be a decimal number, with at most twelve digits before the point.
    #[error("is no decimal number, or has too many digits")]
    NotDecimal,
    /// A text that should be a time of RFC 3339 with a zone and at most milliseconds (OCPP 2.0.1 part 2, 2.1.4 and 3.1).
    #[error("is no time of RFC 3339 with a zone and at most milliseconds")]
    NotTime,
    /// A raw value that should be JSON.
    #[error("is no JSON value")]
    NotJson,
    /// Something that stands there a second time.
    #[error("is there twice")]
    Repeated,
}

/// One rule that is broken, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// JSON path in the payload.
    pub path: Text,
    /// The rule.
    pub rule: Rule,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.rule)
    }
}

/// A draft that is no valid message: every rule that it breaks, at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// In the order of the schema.
    pub refusals: Vec<Refusal>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, refusal) in self.refusals.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{refusal}")?;
        }
        Ok(())
    }
}
