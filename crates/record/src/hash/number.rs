//! Hash of a number, by its exact decimal value.

use xxhash_rust::const_xxh3::xxh3_128_with_seed as xxh3_at_compile_time;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::short::{self, Left};
use super::{ContentHash, NUMBER};
use crate::digits::{Digits, WINDOW};

/// Longest canonical digit string hashed without an allocation; longer numbers take the slow path.
const DIGITS_INLINE: usize = 64;
/// Bytes that follow the digits: the sign and the exponent.
const TAIL: usize = 9;
/// Zero has neither sign nor exponent.
const ZERO: ContentHash = ContentHash(xxh3_at_compile_time(&[], NUMBER));

/// Hash of a number from its JSON text (RFC 8259 §6), by exact decimal value.
///
/// The value is digits · 10^exponent with neither leading nor trailing zeros in the digits. An exponent beyond i64
/// saturates: such a number is quarantined by the decoder and only needs *a* stable hash.
#[must_use]
#[inline]
pub fn number(text: &[u8]) -> ContentHash {
    let (negative, unsigned) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    match short_digits(unsigned) {
        Some(digits) => short_number(negative, digits),
        None => long(negative, unsigned),
    }
}

/// As [`number`], for one that was read already.
#[must_use]
#[inline]
pub fn short_number(negative: bool, digits: Digits) -> ContentHash {
    let Some((characters, len, exponent)) = digits.significant() else { return ZERO };
    // the bytes of `long`, in registers: characters, sign, exponent
    let (sign, exponent) = (u64::from(negative), exponent.cast_unsigned());
    let bytes = u64::try_from(len + TAIL).unwrap_or(u64::MAX);
    let tail = u128::from(sign) | u128::from(exponent) << 8;
    let first = characters | tail << (8 * len);
    let hash = if len + TAIL <= 16 {
        short::small(low(first), exponent, bytes, NUMBER)
    } else {
        // the last seven characters, the sign, the exponent
        let last = low(characters >> (8 * (len - 7))) & (u64::MAX >> 8) | sign << 56;
        let last = u128::from(last) | u128::from(exponent) << 64;
        short::ends(Left::new(first, NUMBER), last, bytes, NUMBER)
    };
    ContentHash(hash)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low(word: u128) -> u64 {
    word as u64
}

/// The digits of a whole text.
fn short_digits(unsigned: &[u8]) -> Option<Digits> {
    let mut window = [0; WINDOW];
    window.get_mut(..unsigned.len())?.copy_from_slice(unsigned);
    Digits::at_start_of(&window).filter(|(_, read)| *read == unsigned.len()).map(|(digits, _)| digits)
}

#[cold]
fn long(negative: bool, unsigned: &[u8]) -> ContentHash {
    let (mantissa, exponent) = split_exponent(unsigned);
    let (whole, fraction) = split_at_byte(mantissa, b'.');
    let fraction_len = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let trailing_zeros = trailing_zeros(whole, fraction);
    let exponent = exponent
        .saturating_sub(fraction_len)
        .saturating_add(i64::try_from(trailing_zeros).unwrap_or(i64::MAX));
    let significant = (whole.len() + fraction.len()) - trailing_zeros;
    let digits = whole.iter().chain(fraction).copied().take(significant).skip_while(|&d| d == b'0');
    let mut inline = [0u8; DIGITS_INLINE + TAIL];
    let mut len = 0;
    let mut long = Vec::new();
    for digit in digits {
        if let (true, Some(slot)) = (len < DIGITS_INLINE, inline.get_mut(len)) {
            *slot = digit;
            len += 1;
        } else {
            if long.is_empty() {
                long.extend(inline.iter().take(len));
            }
            long.push(digit);
        }
    }
    if len == 0 {
        return ZERO;
    }
    let tail = tail(negative, exponent);
    if long.is_empty() {
        if let Some(slots) = inline.get_mut(len..len + tail.len()) {
            slots.copy_from_slice(&tail);
        }
        ContentHash(xxh3_128_with_seed(inline.get(..len + tail.len()).unwrap_or_default(), NUMBER))
    } else {
        long.extend_from_slice(&tail);
        ContentHash(xxh3_128_with_seed(&long, NUMBER))
    }
}

fn tail(negative: bool, exponent: i64) -> [u8; TAIL] {
    let mut tail = [0; TAIL];
    if let Some((sign, rest)) = tail.split_first_mut() {
        *sign = u8::from(negative);
        rest.copy_from_slice(&exponent.to_le_bytes());
    }
    tail
}

fn trailing_zeros(whole: &[u8], fraction: &[u8]) -> usize {
    let in_fraction = fraction.iter().rev().take_while(|&&d| d == b'0').count();
    if in_fraction < fraction.len() {
        return in_fraction;
    }
    in_fraction + whole.iter().rev().take_while(|&&d| d == b'0').count()
}

fn split_at_byte(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| b == at) {
        Some(i) => (bytes.get(..i).unwrap_or_default(), bytes.get(i + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

fn split_exponent(unsigned: &[u8]) -> (&[u8], i64) {
    let Some(at) = unsigned.iter().position(|&b| b == b'e' || b == b'E') else { return (unsigned, 0) };
    let text = unsigned.get(at + 1..).unwrap_or_default();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let magnitude = digits
        .iter()
        .fold(0i64, |n, &d| n.saturating_mul(10).saturating_add(i64::from(d.wrapping_sub(b'0'))));
    (unsigned.get(..at).unwrap_or_default(), if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short number and the same one read the long way are one number.
    #[test]
    fn short_and_long_agree() {
        for text in
            ["0", "0.0", "0.00001", "1", "10", "100200", "1.5", "1.500", "999999999999999", "12345678.01234"]
        {
            let digits = short_digits(text.as_bytes()).unwrap();
            for negative in [false, true] {
                assert_eq!(short_number(negative, digits), long(negative, text.as_bytes()), "{text}");
                let other_spelling = format!("{text}e0");
                assert_eq!(
                    short_number(negative, digits),
                    long(negative, other_spelling.as_bytes()),
                    "{text}"
                );
            }
        }
    }
}
