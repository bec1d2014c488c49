//! A number of a JSON text: where it ends by the grammar of RFC 8259 §6, and its digits, read once for all who ask.

use wattledger_record::digits::Digits;
use wattledger_record::{ContentHash, hash};

/// A number as sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    pub(crate) text: &'a str,
    /// Its value, if it has at most 15 digits and no exponent: what nearly every station sends.
    pub(crate) short: Option<Short>,
}

/// ± a short number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Short {
    pub(crate) negative: bool,
    pub(crate) digits: Digits,
}

impl<'a> Number<'a> {
    /// The number that a text goes on with at a place. Inlined, since it would have to be returned through memory.
    #[inline(always)]
    pub(crate) fn at(text: &'a str, start: usize) -> Option<Self> {
        let bytes = text.as_bytes().get(start..)?;
        match Short::at_start_of(bytes) {
            Some((short, len)) => Some(Self { text: text.get(start..start + len)?, short: Some(short) }),
            None => Self::any(text.get(start..)?),
        }
    }

    /// The number that a text begins with.
    pub(crate) fn at_start_of(text: &'a str) -> Option<Self> {
        Self::at(text, 0)
    }

    /// A number in any form: long, with an exponent, or at the end of a text.
    #[inline(never)]
    fn any(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let sign = usize::from(bytes.first() == Some(&b'-'));
        let whole_end = digits(bytes, sign);
        let is_number = whole_end == sign + 1 || (whole_end > sign && bytes.get(sign) != Some(&b'0'));
        if !is_number {
            return None;
        }
        let mut end = whole_end;
        if bytes.get(end) == Some(&b'.') {
            end = digits(bytes, whole_end + 1);
            if end == whole_end + 1 {
                return None;
            }
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let start = end + 1 + sign;
            end = digits(bytes, start);
            if end == start {
                return None;
            }
        }
        Some(Self { text: text.get(..end)?, short: None })
    }

    /// For the content hash.
    #[inline]
    pub(crate) fn hash(self) -> ContentHash {
        match self.short {
            Some(short) => hash::short_number(short.negative, short.digits),
            None => hash::number(self.text.as_bytes()),
        }
    }

    /// A text that is a number and nothing else.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        Self::at_start_of(text).filter(|number| number.text.len() == text.len())
    }

    /// Whether a double can hold it, as nearly every reader of JSON demands.
    #[inline]
    pub(crate) fn is_finite(self) -> bool {
        self.short.is_some() || self.text.parse::<f64>().is_ok_and(f64::is_finite)
    }
}

impl Short {
    /// The number that some bytes begin with, if it is a short one, and its length in bytes.
    #[inline(always)]
    pub(crate) fn at_start_of(bytes: &[u8]) -> Option<(Self, usize)> {
        let negative = bytes.first() == Some(&b'-');
        let sign = usize::from(negative);
        let (digits, len) = Digits::at_start_of(bytes.get(sign..)?.first_chunk()?)?;
        Some((Self { negative, digits }, sign + len))
    }
}

/// The place after the digits that begin at `start`.
fn digits(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_grammar_says() {
        for (text, expect) in [
            ("0", Some("0")),
            ("-0,", Some("-0")),
            ("10]", Some("10")),
            ("1.50}", Some("1.50")),
            ("1e5 ", Some("1e5")),
            ("-1.2E-3", Some("-1.2E-3")),
            ("1E+05", Some("1E+05")),
            ("1,5", Some("1")),
            ("0x1", Some("0")),
            ("-", None),
            ("--1", None),
            ("+1", None),
            (".5", None),
            ("01", None),
            ("-01", None),
            ("1.", None),
            ("1.e5", None),
            ("1e", None),
            ("1e+", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(Number::at_start_of(text).map(|number| number.text), expect, "{text}");
            let followed = format!("{text}                ");
            assert_eq!(Number::at_start_of(&followed).map(|number| number.text), expect, "{text}");
            let whole = expect.is_some_and(|number| number == text);
            assert_eq!(Number::of(text).is_some(), whole, "{text}");
        }
    }

    #[test]
    fn what_a_double_cannot_hold_is_told() {
        assert!(Number::of("1e308").unwrap().is_finite());
        assert!(!Number::of("1e400").unwrap().is_finite());
        assert!(Number::of(&"9".repeat(308)).unwrap().is_finite());
        assert!(!Number::of(&"9".repeat(310)).unwrap().is_finite());
    }
}
