//! Where a number ends, by the grammar of RFC 8259 §6.

/// Digits from which on a whole number may exceed the largest double, 1.8·10³⁰⁸.
const DIGITS_HELD: usize = 308;

/// Length of the number that a message goes on with; `None` if it is none, or one that no double can hold.
#[inline]
pub(super) fn len(bytes: &[u8]) -> Option<usize> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    let is_number = whole == sign + 1 || (whole > sign && bytes.get(sign) != Some(&b'0'));
    if !is_number {
        return None;
    }
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        end = digits(bytes, whole + 1);
        if end == whole + 1 {
            return None;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        return with_exponent(bytes, end);
    }
    if whole > DIGITS_HELD { finite(bytes, end) } else { Some(end) }
}

#[cold]
fn with_exponent(bytes: &[u8], mantissa: usize) -> Option<usize> {
    let sign = usize::from(matches!(bytes.get(mantissa + 1), Some(b'+' | b'-')));
    let start = mantissa + 1 + sign;
    let end = digits(bytes, start);
    if end > start { finite(bytes, end) } else { None }
}

#[cold]
fn finite(bytes: &[u8], end: usize) -> Option<usize> {
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    text.parse::<f64>().is_ok_and(f64::is_finite).then_some(end)
}

/// The place after the digits that begin at `start`.
#[inline]
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
            ("0", Some(1)),
            ("-0,", Some(2)),
            ("10]", Some(2)),
            ("1.50}", Some(4)),
            ("1e5 ", Some(3)),
            ("-1.2E-3", Some(7)),
            ("1e400", None),
            ("-", None),
            ("01", None),
            ("-01", None),
            ("1.", None),
            ("1.e5", None),
            ("1e", None),
            ("1e+", None),
            ("", None),
        ] {
            assert_eq!(len(text.as_bytes()), expect, "{text}");
        }
        assert_eq!(len("9".repeat(308).as_bytes()), Some(308));
        assert_eq!(len("9".repeat(310).as_bytes()), None);
    }
}
