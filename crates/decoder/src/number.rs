//! A number of a JSON text: where it ends by the grammar of RFC 8259 §6, and its digits, read once for all who ask.

/// Digits that fit 64 bits whatever they are.
const SHORT_DIGITS: usize = 18;

/// A number as sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    pub(crate) text: &'a str,
    /// Its value, if it has at most 18 digits and no exponent: what nearly every station sends.
    pub(crate) short: Option<Short>,
}

/// ± `mantissa` · 10^−`fraction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) mantissa: u64,
    pub(crate) fraction: u8,
    pub(crate) negative: bool,
}

impl<'a> Number<'a> {
    /// The number that a text begins with.
    #[inline]
    pub(crate) fn at_start_of(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let negative = bytes.first() == Some(&b'-');
        let sign = usize::from(negative);
        let (whole_end, mantissa) = digits(bytes, sign, 0);
        let is_number = whole_end == sign + 1 || (whole_end > sign && bytes.get(sign) != Some(&b'0'));
        if !is_number {
            return None;
        }
        let (mut end, mut mantissa, mut fraction) = (whole_end, mantissa, 0);
        if bytes.get(end) == Some(&b'.') {
            (end, mantissa) = digits(bytes, whole_end + 1, mantissa);
            fraction = end - whole_end - 1;
            if fraction == 0 {
                return None;
            }
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            return Self::with_exponent(text, end);
        }
        let is_short = whole_end - sign + fraction <= SHORT_DIGITS;
        let fraction = u8::try_from(fraction).ok().filter(|_| is_short);
        let short = fraction.map(|fraction| Short { mantissa, fraction, negative });
        Some(Self { text: text.get(..end)?, short })
    }

    /// A text that is a number and nothing else.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        Self::at_start_of(text).filter(|number| number.text.len() == text.len())
    }

    #[cold]
    fn with_exponent(text: &'a str, mantissa_end: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let sign = usize::from(matches!(bytes.get(mantissa_end + 1), Some(b'+' | b'-')));
        let start = mantissa_end + 1 + sign;
        let (end, _) = digits(bytes, start, 0);
        if end > start { Some(Self { text: text.get(..end)?, short: None }) } else { None }
    }

    /// Whether a double can hold it, as nearly every reader of JSON demands.
    #[inline]
    pub(crate) fn is_finite(self) -> bool {
        self.short.is_some() || self.text.parse::<f64>().is_ok_and(f64::is_finite)
    }
}

/// The place after the digits that begin at `start`, and `mantissa` with them appended (wrapping if there are too many).
#[inline]
fn digits(bytes: &[u8], start: usize, mantissa: u64) -> (usize, u64) {
    let (mut end, mut mantissa) = (start, mantissa);
    while let Some(digit) = bytes.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (end, mantissa)
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
            let whole = expect.is_some_and(|number| number == text);
            assert_eq!(Number::of(text).is_some(), whole, "{text}");
        }
    }

    #[test]
    fn short_numbers_have_their_digits() {
        let short = |text| Number::of(text).unwrap().short;
        assert_eq!(short("-20.50"), Some(Short { mantissa: 2050, fraction: 2, negative: true }));
        assert_eq!(short("999999999999999999").map(|short| short.mantissa), Some(999_999_999_999_999_999));
        assert_eq!(short("1000000000000000000"), None);
        assert_eq!(short("0.000000000000000001"), None);
        assert_eq!(short("2e3"), None);
    }

    #[test]
    fn what_a_double_cannot_hold_is_told() {
        assert!(Number::of("1e308").unwrap().is_finite());
        assert!(!Number::of("1e400").unwrap().is_finite());
        assert!(Number::of(&"9".repeat(308)).unwrap().is_finite());
        assert!(!Number::of(&"9".repeat(310)).unwrap().is_finite());
    }
}
