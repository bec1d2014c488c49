//! One violation, and the bounded list of a message's violations.

use std::fmt::{self, Write as _};

use crate::code::{Code, CodeSet, Severity};
use crate::limits::{TEXT_BYTES_MAX, VIOLATIONS_MAX};

/// One thing that was wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// What.
    pub code: Code,
    /// What it did to this message; more than [`Code::severity`] in strict reading.
    pub severity: Severity,
    /// JSON path, e.g. `meterValue[0].sampledValue[2].value`; empty for the message itself.
    pub path: Text,
    /// What came, or what was expected; empty where the code says it all.
    pub detail: Text,
}

/// A short text held in place and cut to [`TEXT_BYTES_MAX`] bytes at a character boundary: listing a violation does
/// not allocate, and a hostile member name cannot swell a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    len: u8,
    bytes: [u8; TEXT_BYTES_MAX],
}

impl Text {
    /// The empty text.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; TEXT_BYTES_MAX] };

    /// Writes a value's `Display` form.
    #[must_use]
    pub fn of(value: impl fmt::Display) -> Self {
        let mut text = Self::EMPTY;
        // an error only says that the text was cut
        match write!(text, "{value}") {
            Ok(()) | Err(fmt::Error) => text,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let start = usize::from(self.len);
        let room = (TEXT_BYTES_MAX - start).min(s.len());
        let fits = (0..=room).rev().find(|&n| s.is_char_boundary(n)).unwrap_or(0);
        let (Some(slots), Some(part)) = (self.bytes.get_mut(start..start + fits), s.as_bytes().get(..fits))
        else {
            return Err(fmt::Error);
        };
        slots.copy_from_slice(part);
        self.len = u8::try_from(start + fits).unwrap_or(self.len);
        if fits == s.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

/// The violations of one message. Invariant: at most [`VIOLATIONS_MAX`] and one `violations_truncated`, yet the sets
/// hold every code that came up.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    list: Vec<Violation>,
    codes: CodeSet,
    reasons: CodeSet,
    strict: bool,
}

impl Violations {
    /// Starts a new message.
    pub(crate) fn clear(&mut self, strict: bool) {
        self.list.clear();
        self.codes = CodeSet::default();
        self.reasons = CodeSet::default();
        self.strict = strict;
    }

    /// Lists a violation.
    pub(crate) fn push(&mut self, code: Code, path: Text, detail: Text) {
        let severity =
            if self.strict && code == Code::Coerced { Severity::Quarantine } else { code.severity() };
        self.codes.insert(code);
        if severity == Severity::Quarantine {
            self.reasons.insert(code);
        }
        if self.list.len() < VIOLATIONS_MAX {
            self.list.push(Violation { code, severity, path, detail });
        } else if !self.codes.contains(Code::ViolationsTruncated) {
            self.codes.insert(Code::ViolationsTruncated);
            let code = Code::ViolationsTruncated;
            self.list.push(Violation {
                code,
                severity: code.severity(),
                path: Text::EMPTY,
                detail: Text::EMPTY,
            });
        }
    }

    pub(crate) fn list(&self) -> &[Violation] {
        &self.list
    }

    /// Every code that came up.
    pub(crate) const fn codes(&self) -> CodeSet {
        self.codes
    }

    /// Those that keep the message from being an event.
    pub(crate) const fn reasons(&self) -> CodeSet {
        self.reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character() {
        let text = Text::of("ä".repeat(TEXT_BYTES_MAX));
        assert_eq!(text.as_str(), "ä".repeat(TEXT_BYTES_MAX / 2));
        assert_eq!(Text::of("short").as_str(), "short");
    }

    #[test]
    fn the_list_is_bounded_and_the_sets_are_whole() {
        let mut violations = Violations::default();
        for _ in 0..VIOLATIONS_MAX + 5 {
            violations.push(Code::Coerced, Text::EMPTY, Text::EMPTY);
        }
        violations.push(Code::SentinelTx, Text::EMPTY, Text::EMPTY);
        assert_eq!(violations.list().len(), VIOLATIONS_MAX + 1);
        assert!(violations.codes().contains(Code::ViolationsTruncated));
        assert!(violations.reasons().contains(Code::SentinelTx));
        assert!(!violations.reasons().contains(Code::Coerced));
    }
}
