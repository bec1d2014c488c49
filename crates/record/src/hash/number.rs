//! Hash of a number, by its exact decimal value.

use xxhash_rust::const_xxh3::xxh3_128_with_seed as xxh3_at_compile_time;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{ContentHash, NUMBER};

/// Longest canonical digit string hashed without an allocation; longer numbers take the slow path.
const DIGITS_INLINE: usize = 64;
/// Bytes that follow the digits: the sign and the exponent.
const TAIL: usize = 9;
/// Zero has neither sign nor exponent.
const ZERO: ContentHash = ContentHash(xxh3_at_compile_time(&[], NUMBER));
/// Longest number, sign apart, that is taken apart in a register: what nearly every station sends.
const SHORT: usize = 16;

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
    if unsigned.len() <= SHORT
        && let Some(hash) = short(negative, unsigned)
    {
        return hash;
    }
    long(negative, unsigned)
}

/// A number of at most [`SHORT`] bytes; `None` if it has an exponent.
#[inline]
fn short(negative: bool, unsigned: &[u8]) -> Option<ContentHash> {
    // digits from the first that is not 0 on, the first of them in the lowest byte
    let (mut digits, mut len) = (0u128, 0usize);
    let (mut significant, mut fraction, mut in_fraction) = (0usize, 0i64, false);
    for &byte in unsigned {
        if byte == b'.' {
            in_fraction = true;
            continue;
        }
        if !byte.is_ascii_digit() {
            return None;
        }
        fraction += i64::from(in_fraction);
        if byte != b'0' || len > 0 {
            digits |= u128::from(byte) << (8 * len);
            len += 1;
            significant = if byte == b'0' { significant } else { len };
        }
    }
    if len == 0 {
        return Some(ZERO);
    }
    let exponent = i64::try_from(len - significant).ok()? - fraction;
    let mut canonical = [0; SHORT + TAIL];
    canonical.first_chunk_mut()?.clone_from(&digits.to_le_bytes());
    canonical.get_mut(significant..significant + TAIL)?.copy_from_slice(&tail(negative, exponent));
    Some(ContentHash(xxh3_128_with_seed(canonical.get(..significant + TAIL)?, NUMBER)))
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

    /// A short number and the same one written too long for a register, or with an exponent, are one number.
    #[test]
    fn short_and_long_agree() {
        for text in ["0", "0.0", "0.00001", "1", "10", "100200", "1.5", "1.500", "00.10", "9999999999999999", "123456789.01234"] {
            for negative in [false, true] {
                let short = short(negative, text.as_bytes());
                assert_eq!(short, Some(long(negative, text.as_bytes())), "{text}");
                assert_eq!(short, Some(long(negative, format!("{text}e0").as_bytes())), "{text}");
            }
        }
        assert_eq!(short(false, b"1e3"), None);
    }
}
